//! The tables of a whole project and of what its services share: networks, volumes, secrets, configs, models, and how a
//! service uses them.

use super::long;
use super::service::{JOB, SERVICE};
use super::shape::{Field, Record, Shape, field};

/// A project.
pub(in crate::stack::compose) static PROJECT: Record = Record {
    groups: &[&[
        field("name", Shape::Text),
        field("services", Shape::Named(&SERVICE)).always(),
        field("jobs", Shape::Named(&JOB)),
        field("networks", Shape::Named(&NETWORK)).long(long::externals),
        field("volumes", Shape::Named(&VOLUME)).long(long::externals),
        field("secrets", Shape::Named(&SECRET)).long(long::externals),
        field("configs", Shape::Named(&CONFIG)).long(long::externals),
        field("models", Shape::Named(&MODEL)),
    ]],
};

static NETWORK: Record = Record {
    groups: &[&[
        field("name", Shape::Text),
        field("driver", Shape::Text),
        field("driver_opts", Shape::Options),
        field("ipam", Shape::Embedded(&IPAM)),
        field("external", Shape::Flag),
        field("internal", Shape::Flag),
        field("attachable", Shape::Flag),
        field("labels", Shape::Labels),
        field("enable_ipv4", Shape::Switch),
        field("enable_ipv6", Shape::Switch),
    ]],
};

static IPAM: Record = Record {
    groups: &[&[
        field("driver", Shape::Text),
        field("config", Shape::List(&POOL)),
        field("options", Shape::Options),
    ]],
};

static POOL: Record = Record {
    groups: &[&[
        field("subnet", Shape::Text),
        field("gateway", Shape::Text),
        field("ip_range", Shape::Text),
        field("aux_addresses", Shape::Labels),
    ]],
};

static VOLUME: Record = Record {
    groups: &[&[
        field("name", Shape::Text),
        field("driver", Shape::Text),
        field("driver_opts", Shape::Options),
        field("external", Shape::Flag),
        field("labels", Shape::Labels),
    ]],
};

/// A secret: its content, which the environment gives, is never printed.
static SECRET: Record =
    Record { groups: &[&[field("name", Shape::Text), field("file", Shape::Text)], &OBJECT] };

static CONFIG: Record = Record {
    groups: &[
        &[field("name", Shape::Text), field("file", Shape::Text), field("content", Shape::Text)],
        &OBJECT,
    ],
};

const OBJECT: [Field; 6] = [
    field("environment", Shape::Text),
    field("external", Shape::Flag),
    field("labels", Shape::Labels),
    field("driver", Shape::Text),
    field("driver_opts", Shape::Strict),
    field("template_driver", Shape::Text),
];

static MODEL: Record = Record {
    groups: &[&[
        field("name", Shape::Text),
        field("model", Shape::Text),
        field("context_size", Shape::Number),
        field("runtime_flags", Shape::Texts),
    ]],
};

/// How a service uses a model.
pub(super) static MODEL_USE: Record =
    Record { groups: &[&[field("endpoint_var", Shape::Text), field("model_var", Shape::Text)]] };

/// How a service is attached to a network.
pub(super) static NETWORK_USE: Record = Record {
    groups: &[&[
        field("aliases", Shape::Texts),
        field("driver_opts", Shape::Options),
        field("gw_priority", Shape::Number),
        field("interface_name", Shape::Text),
        field("ipv4_address", Shape::Text),
        field("ipv6_address", Shape::Text),
        field("link_local_ips", Shape::Texts),
        field("mac_address", Shape::Text),
        field("priority", Shape::Number),
    ]],
};

/// A port of a service.
pub(super) static PORT: Record = Record {
    groups: &[&[
        field("name", Shape::Text),
        field("mode", Shape::Text),
        field("host_ip", Shape::Text),
        field("target", Shape::Number),
        field("published", Shape::Text),
        field("protocol", Shape::Text),
        field("app_protocol", Shape::Text),
    ]],
};

/// Something mounted into a service.
pub(super) static VOLUME_USE: Record = Record {
    groups: &[&[
        field("type", Shape::Text),
        field("source", Shape::Text),
        field("target", Shape::Text),
        field("read_only", Shape::Flag),
        field("consistency", Shape::Text),
        field("bind", Shape::Record(&BIND)),
        field("volume", Shape::Record(&VOLUME_OPTIONS)),
        field("tmpfs", Shape::Record(&TMPFS)),
        field("image", Shape::Record(&IMAGE)),
    ]],
};

static BIND: Record = Record {
    groups: &[&[
        field("selinux", Shape::Text),
        field("propagation", Shape::Text),
        field("create_host_path", Shape::OptOut),
        field("recursive", Shape::Text),
    ]],
};

static VOLUME_OPTIONS: Record = Record {
    groups: &[&[field("labels", Shape::Labels), field("nocopy", Shape::Flag), field("subpath", Shape::Text)]],
};

static TMPFS: Record = Record { groups: &[&[field("size", Shape::Bytes), field("mode", Shape::Short(32))]] };

static IMAGE: Record = Record { groups: &[&[field("subpath", Shape::Text)]] };

/// A secret or a config that a service reads.
pub(super) static FILE: Record = Record {
    groups: &[&[
        field("source", Shape::Text),
        field("target", Shape::Text),
        field("uid", Shape::Text),
        field("gid", Shape::Text),
        field("mode", Shape::Mode),
    ]],
};

/// A command that runs in a container at a point of its life.
pub(super) static HOOK: Record = Record {
    groups: &[&[
        field("command", Shape::Words),
        field("user", Shape::Text),
        field("privileged", Shape::Flag),
        field("working_dir", Shape::Text),
        field("environment", Shape::Environment),
    ]],
};
