//! Networks: those that a project declares, and how a service is attached to them.

use super::common::{DRIVER_OPTS, ENTRIES};
use super::shape::{
    FLAG, FLAG_OR_TEXT, NULL, NUMBER, Named, Shape, TEXT, TEXT_SET, list, map_of, mapping, one_of,
};

/// A network of the project.
pub(super) const NETWORK: &Shape = &one_of(&[
    NULL,
    &mapping(&[
        ("name", TEXT),
        ("driver", TEXT),
        ("driver_opts", DRIVER_OPTS),
        ("ipam", IPAM),
        ("external", EXTERNAL),
        ("internal", FLAG_OR_TEXT),
        ("enable_ipv4", FLAG_OR_TEXT),
        ("enable_ipv6", FLAG_OR_TEXT),
        ("attachable", FLAG_OR_TEXT),
        ("labels", ENTRIES),
    ]),
]);

/// Made by somebody else: yes or no, or, in the obsolete form, under which name.
pub(super) const EXTERNAL: &Shape = &one_of(&[FLAG, TEXT, &mapping(&[("name", TEXT)])]);

/// `networks` of a service.
pub(super) const ATTACHMENTS: &Shape =
    &one_of(&[TEXT_SET, &map_of(Named::Resource, &one_of(&[NULL, ATTACHMENT]))]);

const ATTACHMENT: &Shape = &mapping(&[
    ("aliases", TEXT_SET),
    ("interface_name", TEXT),
    ("ipv4_address", TEXT),
    ("ipv6_address", TEXT),
    ("link_local_ips", TEXT_SET),
    ("mac_address", TEXT),
    ("driver_opts", DRIVER_OPTS),
    ("priority", NUMBER),
    ("gw_priority", NUMBER),
]);

const IPAM: &Shape = &mapping(&[
    ("driver", TEXT),
    (
        "config",
        &list(&mapping(&[
            ("subnet", TEXT),
            ("ip_range", TEXT),
            ("gateway", TEXT),
            ("aux_addresses", &map_of(Named::Line, TEXT)),
        ])),
    ),
    ("options", &map_of(Named::Line, TEXT)),
]);
