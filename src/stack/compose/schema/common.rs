//! What many keys have in common: lists that may be one text, lists that may be a mapping, limits, hosts.

use super::shape::{
    FLAG, NULL, NUMBER, NUMBER_OR_TEXT, Named, Shape, TEXT, TEXT_SET, TEXTS, WHOLE_OR_TEXT, list, map_of,
    mapping, one_of,
};

/// `a` or `[a, b]`.
pub(super) const TEXT_OR_SET: &Shape = &one_of(&[TEXT, TEXT_SET]);

/// `a` or `[a, b]`, where a text may be there twice.
pub(super) const TEXT_OR_TEXTS: &Shape = &one_of(&[TEXT, TEXTS]);

/// `[A=1]` or `{A: 1}`.
pub(super) const ENTRIES: &Shape =
    &one_of(&[&map_of(Named::Some, &one_of(&[TEXT, NUMBER, FLAG, NULL])), TEXT_SET]);

/// What a driver is told: `{a: b}`.
pub(super) const DRIVER_OPTS: &Shape = &map_of(Named::Line, NUMBER_OR_TEXT).lenient();

/// What a container runs: `a b`, `[a, b]`, or nothing.
pub(super) const COMMAND: &Shape = &one_of(&[TEXT, TEXTS, NULL]);

/// `[host=address]` or `{host: address}`.
pub(super) const EXTRA_HOSTS: &Shape = &one_of(&[&map_of(Named::Some, &one_of(&[TEXT, TEXTS])), TEXT_SET]);

/// Limits of the kernel, one number or a soft and a hard one.
pub(super) const ULIMITS: &Shape = &map_of(
    Named::Lower,
    &one_of(&[
        WHOLE_OR_TEXT,
        &mapping(&[("hard", WHOLE_OR_TEXT), ("soft", WHOLE_OR_TEXT)]).needs(&["soft", "hard"]),
    ]),
)
.lenient();

/// The secrets or configs that a service or a build is given.
pub(super) const GRANTS: &Shape = &list(&one_of(&[
    TEXT,
    &mapping(&[("source", TEXT), ("target", TEXT), ("uid", TEXT), ("gid", TEXT), ("mode", NUMBER_OR_TEXT)]),
]));
