//! Volumes: those that a project declares, and how a service mounts them or anything else.

use super::common::{DRIVER_OPTS, ENTRIES};
use super::network::EXTERNAL;
use super::shape::{COUNT, FLAG_OR_TEXT, NULL, NUMBER_OR_TEXT, Shape, TEXT, mapping, one_of, set, word};

/// A volume of the project.
pub(super) const VOLUME: &Shape = &one_of(&[
    NULL,
    &mapping(&[
        ("name", TEXT),
        ("driver", TEXT),
        ("driver_opts", DRIVER_OPTS),
        ("external", EXTERNAL),
        ("labels", ENTRIES),
    ]),
]);

/// `volumes` of a service.
pub(super) const MOUNTS: &Shape = &set(&one_of(&[
    TEXT,
    &mapping(&[
        ("type", &word(&["bind", "volume", "tmpfs", "cluster", "npipe", "image"])),
        ("source", TEXT),
        ("target", TEXT),
        ("read_only", FLAG_OR_TEXT),
        ("consistency", TEXT),
        (
            "bind",
            &mapping(&[
                ("propagation", TEXT),
                ("create_host_path", FLAG_OR_TEXT),
                ("recursive", &word(&["enabled", "disabled", "writable", "readonly"])),
                ("selinux", &word(&["z", "Z"])),
            ]),
        ),
        ("volume", &mapping(&[("labels", ENTRIES), ("nocopy", FLAG_OR_TEXT), ("subpath", TEXT)])),
        ("tmpfs", &mapping(&[("size", &one_of(&[COUNT, TEXT])), ("mode", NUMBER_OR_TEXT)])),
        ("image", &mapping(&[("subpath", TEXT)])),
    ])
    .needs(&["type"]),
]));
