//! The tables of services and jobs: what a container has, what something that is orchestrated has, and what only a
//! service or a job has, in the order in which `config` prints them.

use super::deploy::{DEPLOY, DEVICE_REQUEST};
use super::resources::{FILE, HOOK, MODEL_USE, NETWORK_USE, PORT, VOLUME_USE};
use super::shape::{Field, Record, Shape, field};
use super::{devices, long, mounts, ports, volumes};

/// A service.
pub(in crate::stack::compose) static SERVICE: Record = Record { groups: &[SERVICE_OWN, CONTAINER, WORKLOAD] };
/// A job: a container that runs to its end, by hand or by the clock.
pub(super) static JOB: Record = Record { groups: &[JOB_OWN, CONTAINER, WORKLOAD] };
/// A container that runs to its end before a service starts.
pub(in crate::stack::compose) static PRE_START: Record = Record { groups: &[CONTAINER, PRE_START_OWN] };

const SERVICE_OWN: &[Field] = &[
    field("profiles", Shape::Texts),
    field("deploy", Shape::Record(&DEPLOY)),
    field("develop", Shape::Record(&DEVELOP)),
    field("restart", Shape::Text),
    field("scale", Shape::Count),
    field("attach", Shape::Switch),
    field("container_name", Shape::Text),
    field("provider", Shape::Record(&PROVIDER)),
    field("extends", Shape::Record(&EXTENDS)).long(long::extends),
    field("external_links", Shape::Texts),
    field("links", Shape::Texts),
    field("pre_start", Shape::List(&PRE_START)),
    field("post_start", Shape::List(&HOOK)),
    field("pre_stop", Shape::List(&HOOK)),
];

const JOB_OWN: &[Field] = &[field("profiles", Shape::Texts), field("triggers", Shape::Record(&TRIGGERS))];

const PRE_START_OWN: &[Field] = &[field("per_replica", Shape::Flag)];

/// What every container has.
const CONTAINER: &[Field] = &[
    field("annotations", Shape::Labels),
    field("blkio_config", Shape::Record(&BLKIO)),
    field("cap_add", Shape::Texts),
    field("cap_drop", Shape::Texts),
    field("cgroup_parent", Shape::Text),
    field("cgroup", Shape::Text),
    field("cpu_count", Shape::Number),
    field("cpu_percent", Shape::Ratio),
    field("cpu_period", Shape::Number),
    field("cpu_quota", Shape::Number),
    field("cpu_rt_period", Shape::Number),
    field("cpu_rt_runtime", Shape::Number),
    field("cpus", Shape::Ratio),
    field("cpuset", Shape::Text),
    field("cpu_shares", Shape::Number),
    field("command", Shape::Words),
    field("configs", Shape::List(&FILE)).long(mounts::configs).unique(mounts::config_name),
    field("credential_spec", Shape::Record(&CREDENTIAL_SPEC)),
    field("device_cgroup_rules", Shape::Texts),
    field("devices", Shape::List(&DEVICE)).long(devices::mappings).unique(devices::name),
    field("dns", Shape::Texts).long(long::without_empty),
    field("dns_opt", Shape::Texts),
    field("dns_search", Shape::Texts),
    field("domainname", Shape::Text),
    field("entrypoint", Shape::Words),
    field("environment", Shape::Environment),
    field("env_file", Shape::List(&ENV_FILE)).long(long::env_file),
    field("extra_hosts", Shape::Hosts),
    field("group_add", Shape::Texts),
    field("gpus", Shape::List(&DEVICE_REQUEST)).long(devices::requests),
    field("hostname", Shape::Text),
    field("image", Shape::Text),
    field("init", Shape::Switch),
    field("ipc", Shape::Text),
    field("isolation", Shape::Text),
    field("labels", Shape::Labels),
    field("label_file", Shape::Texts),
    field("logging", Shape::Record(&LOGGING)),
    field("mem_limit", Shape::Bytes),
    field("mem_reservation", Shape::Bytes),
    field("memswap_limit", Shape::Bytes),
    field("mem_swappiness", Shape::Bytes),
    field("mac_address", Shape::Text),
    field("models", Shape::Named(&MODEL_USE)).long(long::names),
    field("network_mode", Shape::Text),
    field("networks", Shape::Named(&NETWORK_USE)).long(long::names),
    field("oom_kill_disable", Shape::Flag),
    field("oom_score_adj", Shape::Number),
    field("pid", Shape::Text),
    field("pids_limit", Shape::Number),
    field("platform", Shape::Text),
    field("privileged", Shape::Flag),
    field("pull_policy", Shape::Text),
    field("pull_refresh_after", Shape::Text),
    field("read_only", Shape::Flag),
    field("runtime", Shape::Text),
    field("secrets", Shape::List(&FILE)).long(mounts::secrets).unique(mounts::secret_name),
    field("security_opt", Shape::Texts),
    field("shm_size", Shape::Bytes),
    field("stop_grace_period", Shape::Duration),
    field("stop_signal", Shape::Text),
    field("storage_opt", Shape::Strict),
    field("sysctls", Shape::Labels),
    field("tmpfs", Shape::Texts),
    field("ulimits", Shape::Limit),
    field("use_api_socket", Shape::Flag),
    field("user", Shape::Text),
    field("userns_mode", Shape::Text),
    field("uts", Shape::Text),
    field("volumes", Shape::List(&VOLUME_USE)).long(volumes::mounts).unique(volumes::name),
    field("volumes_from", Shape::Texts),
    field("working_dir", Shape::Text),
];

/// What has services to depend on, a health and ports.
const WORKLOAD: &[Field] = &[
    field("build", Shape::Record(&BUILD)).long(long::build),
    field("depends_on", Shape::Named(&DEPENDENCY)).long(long::depends_on),
    field("expose", Shape::Texts).long(long::expose),
    field("healthcheck", Shape::Record(&HEALTHCHECK)),
    field("ports", Shape::List(&PORT)).long(ports::ports).unique(ports::name),
    field("stdin_open", Shape::Flag),
    field("tty", Shape::Flag),
];

static PROVIDER: Record =
    Record { groups: &[&[field("type", Shape::Text), field("options", Shape::Choices)]] };

static EXTENDS: Record = Record { groups: &[&[field("file", Shape::Text), field("service", Shape::Text)]] };

static TRIGGERS: Record = Record {
    groups: &[&[
        field("manual", Shape::Switch),
        field("schedule", Shape::List(&SCHEDULE)).long(long::schedules),
    ]],
};

static SCHEDULE: Record = Record {
    groups: &[&[
        field("cron", Shape::Text),
        field("timezone", Shape::Text),
        field("concurrency", Shape::Text),
        field("missed_fires", Shape::Text),
    ]],
};

static BLKIO: Record = Record {
    groups: &[&[
        field("weight", Shape::Short(16)),
        field("weight_device", Shape::List(&BLKIO_WEIGHT)),
        field("device_read_bps", Shape::List(&BLKIO_RATE)),
        field("device_read_iops", Shape::List(&BLKIO_RATE)),
        field("device_write_bps", Shape::List(&BLKIO_RATE)),
        field("device_write_iops", Shape::List(&BLKIO_RATE)),
    ]],
};

static BLKIO_WEIGHT: Record = Record {
    groups: &[&[
        field("path", Shape::Text).json("Path").always(),
        field("weight", Shape::Short(16)).json("Weight").always(),
    ]],
};

static BLKIO_RATE: Record = Record {
    groups: &[&[
        field("path", Shape::Text).json("Path").always(),
        field("rate", Shape::Bytes).json("Rate").always(),
    ]],
};

static CREDENTIAL_SPEC: Record = Record {
    groups: &[&[field("config", Shape::Text), field("file", Shape::Text), field("registry", Shape::Text)]],
};

static DEVICE: Record = Record {
    groups: &[&[
        field("source", Shape::Text),
        field("target", Shape::Text),
        field("permissions", Shape::Text),
    ]],
};

static ENV_FILE: Record = Record {
    groups: &[&[field("path", Shape::Text), field("required", Shape::OptOut), field("format", Shape::Text)]],
};

static LOGGING: Record =
    Record { groups: &[&[field("driver", Shape::Text), field("options", Shape::Options)]] };

static BUILD: Record = Record {
    groups: &[&[
        field("context", Shape::Text),
        field("dockerfile", Shape::Text),
        field("dockerfile_inline", Shape::Text),
        field("entitlements", Shape::Texts),
        field("args", Shape::Environment),
        field("provenance", Shape::Text),
        field("sbom", Shape::Text),
        field("ssh", Shape::Keys),
        field("labels", Shape::Labels),
        field("cache_from", Shape::Texts),
        field("cache_to", Shape::Texts),
        field("no_cache", Shape::Flag),
        field("no_cache_filter", Shape::Texts),
        field("additional_contexts", Shape::Labels).long(long::contexts),
        field("pull", Shape::Flag),
        field("extra_hosts", Shape::Hosts),
        field("isolation", Shape::Text),
        field("network", Shape::Text),
        field("target", Shape::Text),
        field("secrets", Shape::List(&FILE)).long(mounts::configs),
        field("shm_size", Shape::Bytes),
        field("tags", Shape::Texts),
        field("ulimits", Shape::Limit),
        field("platforms", Shape::Texts),
        field("privileged", Shape::Flag),
    ]],
};

static DEPENDENCY: Record = Record {
    groups: &[&[
        field("condition", Shape::Text),
        field("restart", Shape::Flag),
        field("required", Shape::Flag).always(),
    ]],
};

static HEALTHCHECK: Record = Record {
    groups: &[&[
        field("test", Shape::Test),
        field("timeout", Shape::Duration),
        field("interval", Shape::Duration),
        field("retries", Shape::Count),
        field("start_period", Shape::Duration),
        field("start_interval", Shape::Duration),
        field("disable", Shape::Flag),
    ]],
};

static DEVELOP: Record = Record { groups: &[&[field("watch", Shape::List(&WATCH))]] };

static WATCH: Record = Record {
    groups: &[&[
        field("path", Shape::Text).always(),
        field("action", Shape::Text).always(),
        field("target", Shape::Text),
        field("exec", Shape::Embedded(&HOOK)),
        field("include", Shape::Texts),
        field("ignore", Shape::Texts),
        field("initial_sync", Shape::Flag),
    ]],
};
