//! `develop` of a service, and the hooks that run when it starts or stops.

use super::common::{COMMAND, ENTRIES, TEXT_OR_SET};
use super::container::CONTAINER;
use super::shape::{FLAG, FLAG_OR_TEXT, NULL, Shape, TEXT, list, mapping, one_of, word};

/// What happens when files change.
pub(super) const DEVELOP: &Shape = &one_of(&[
    NULL,
    &mapping(&[(
        "watch",
        &list(
            &mapping(&[
                ("ignore", TEXT_OR_SET),
                ("include", TEXT_OR_SET),
                ("path", TEXT),
                ("action", &word(&["rebuild", "sync", "restart", "sync+restart", "sync+exec"])),
                ("target", TEXT),
                ("exec", HOOK),
                ("initial_sync", FLAG),
            ])
            .needs(&["path", "action"]),
        ),
    )]),
]);

/// A command that runs in the container of a service.
pub(super) const HOOK: &Shape = &mapping(&[
    ("command", COMMAND),
    ("user", TEXT),
    ("privileged", FLAG_OR_TEXT),
    ("working_dir", TEXT),
    ("environment", ENTRIES),
])
.needs(&["command"]);

/// A container that runs to its end before a service starts.
pub(super) const PRE_START: &Shape = &mapping(&[("per_replica", FLAG_OR_TEXT)]).and(&[CONTAINER]);
