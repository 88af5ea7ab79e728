//! The tables of `deploy`: how many containers there are, what they may use, and how they are replaced.

use super::devices;
use super::shape::{Record, Shape, field};

/// How a service is deployed.
pub(super) static DEPLOY: Record = Record {
    groups: &[&[
        field("mode", Shape::Text),
        field("replicas", Shape::Count),
        field("labels", Shape::Labels),
        field("update_config", Shape::Record(&UPDATE)),
        field("rollback_config", Shape::Record(&UPDATE)),
        field("resources", Shape::Embedded(&RESOURCES)),
        field("restart_policy", Shape::Record(&RESTART_POLICY)),
        field("placement", Shape::Embedded(&PLACEMENT)),
        field("endpoint_mode", Shape::Text),
    ]],
};

static UPDATE: Record = Record {
    groups: &[&[
        field("parallelism", Shape::Count),
        field("delay", Shape::Delay),
        field("failure_action", Shape::Text),
        field("monitor", Shape::Delay),
        field("max_failure_ratio", Shape::Ratio),
        field("order", Shape::Text),
    ]],
};

static RESOURCES: Record = Record {
    groups: &[&[field("limits", Shape::Record(&RESOURCE)), field("reservations", Shape::Record(&RESOURCE))]],
};

static RESOURCE: Record = Record {
    groups: &[&[
        field("cpus", Shape::Ratio),
        field("memory", Shape::Bytes),
        field("pids", Shape::Number),
        field("devices", Shape::List(&DEVICE_REQUEST)).long(devices::requests),
        field("generic_resources", Shape::List(&GENERIC_RESOURCE)),
    ]],
};

static GENERIC_RESOURCE: Record =
    Record { groups: &[&[field("discrete_resource_spec", Shape::Record(&DISCRETE))]] };

static DISCRETE: Record =
    Record { groups: &[&[field("kind", Shape::Text).always(), field("value", Shape::Number).always()]] };

static RESTART_POLICY: Record = Record {
    groups: &[&[
        field("condition", Shape::Text),
        field("delay", Shape::Duration),
        field("max_attempts", Shape::Count),
        field("window", Shape::Duration),
    ]],
};

static PLACEMENT: Record = Record {
    groups: &[&[
        field("constraints", Shape::Texts),
        field("preferences", Shape::List(&PREFERENCE)),
        field("max_replicas_per_node", Shape::Number),
    ]],
};

static PREFERENCE: Record = Record { groups: &[&[field("spread", Shape::Text)]] };

/// Devices that are asked of a driver.
pub(super) static DEVICE_REQUEST: Record = Record {
    groups: &[&[
        field("capabilities", Shape::Texts),
        field("driver", Shape::Text),
        field("count", Shape::Devices),
        field("device_ids", Shape::Texts),
        field("options", Shape::Labels),
    ]],
};
