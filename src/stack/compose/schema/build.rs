//! `build` of a service: where its image comes from when it is not pulled.

use super::common::{ENTRIES, EXTRA_HOSTS, GRANTS, TEXT_OR_SET, ULIMITS};
use super::shape::{FLAG_OR_TEXT, Shape, TEXT, TEXTS, WHOLE_OR_TEXT, mapping, one_of};

/// A context, or everything about the build.
pub(super) const BUILD: &Shape = &one_of(&[
    TEXT,
    &mapping(&[
        ("context", TEXT),
        ("dockerfile", TEXT),
        ("dockerfile_inline", TEXT),
        ("entitlements", TEXTS),
        ("args", ENTRIES),
        ("ssh", ENTRIES),
        ("labels", ENTRIES),
        ("cache_from", TEXTS),
        ("cache_to", TEXTS),
        ("no_cache", FLAG_OR_TEXT),
        ("no_cache_filter", TEXT_OR_SET),
        ("additional_contexts", ENTRIES),
        ("network", TEXT),
        ("provenance", FLAG_OR_TEXT),
        ("sbom", FLAG_OR_TEXT),
        ("pull", FLAG_OR_TEXT),
        ("target", TEXT),
        ("shm_size", WHOLE_OR_TEXT),
        ("extra_hosts", EXTRA_HOSTS),
        ("isolation", TEXT),
        ("privileged", FLAG_OR_TEXT),
        ("secrets", GRANTS),
        ("tags", TEXTS),
        ("ulimits", ULIMITS),
        ("platforms", TEXTS),
    ]),
]);
