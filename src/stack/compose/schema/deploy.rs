//! `deploy` of a service, and the devices that it asks for there or under `gpus`.

use super::common::ENTRIES;
use super::shape::{
    NULL, NUMBER_OR_TEXT, Shape, TEXT, TEXT_SET, TEXTS, WHOLE_OR_TEXT, list, mapping, one_of, word,
};

/// How many, where, and with which resources.
pub(super) const DEPLOY: &Shape = &one_of(&[
    NULL,
    &mapping(&[
        ("mode", TEXT),
        ("endpoint_mode", TEXT),
        ("replicas", WHOLE_OR_TEXT),
        ("labels", ENTRIES),
        ("rollback_config", ROLLOUT),
        ("update_config", ROLLOUT),
        ("resources", &mapping(&[("limits", LIMITS), ("reservations", RESERVATIONS)])),
        ("restart_policy", RESTART_POLICY),
        ("placement", PLACEMENT),
    ]),
]);

/// `gpus`: all of them, or some described as devices.
pub(super) const GPUS: &Shape = &one_of(&[
    &word(&["all"]),
    // Docker Compose accepts unknown keys here, unlike under `devices`.
    &list(&mapping(DEVICE).lenient()),
]);

const ROLLOUT: &Shape = &mapping(&[
    ("parallelism", WHOLE_OR_TEXT),
    ("delay", TEXT),
    ("failure_action", TEXT),
    ("monitor", TEXT),
    ("max_failure_ratio", NUMBER_OR_TEXT),
    ("order", &word(&["start-first", "stop-first"])),
]);

const LIMITS: &Shape = &mapping(&[("cpus", NUMBER_OR_TEXT), ("memory", TEXT), ("pids", WHOLE_OR_TEXT)]);

const RESERVATIONS: &Shape = &mapping(&[
    ("cpus", NUMBER_OR_TEXT),
    ("memory", TEXT),
    ("generic_resources", &list(&mapping(&[("discrete_resource_spec", DISCRETE_RESOURCE)]))),
    ("devices", &list(&mapping(DEVICE).needs(&["capabilities"]))),
]);

const DISCRETE_RESOURCE: &Shape = &mapping(&[("kind", TEXT), ("value", NUMBER_OR_TEXT)]);

const DEVICE: &[(&str, &Shape)] = &[
    ("capabilities", TEXT_SET),
    ("count", WHOLE_OR_TEXT),
    ("device_ids", TEXT_SET),
    ("driver", TEXT),
    ("options", ENTRIES),
];

const RESTART_POLICY: &Shape =
    &mapping(&[("condition", TEXT), ("delay", TEXT), ("max_attempts", WHOLE_OR_TEXT), ("window", TEXT)]);

const PLACEMENT: &Shape = &mapping(&[
    ("constraints", TEXTS),
    ("preferences", &list(&mapping(&[("spread", TEXT)]))),
    ("max_replicas_per_node", WHOLE_OR_TEXT),
]);
