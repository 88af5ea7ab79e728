//! What a container may be told, whoever starts it: a service, a job, or a hook before the start.

use super::common::{COMMAND, ENTRIES, EXTRA_HOSTS, GRANTS, TEXT_OR_SET, TEXT_OR_TEXTS, ULIMITS};
use super::deploy::GPUS;
use super::network::ATTACHMENTS;
use super::shape::{
    COUNT, FLAG, FLAG_OR_TEXT, NULL, NUMBER, NUMBER_OR_TEXT, Named, Shape, TEXT, TEXT_SET, WHOLE_OR_TEXT,
    list, map_of, mapping, one_of, set, within, word,
};
use super::volume::MOUNTS;

/// Everything about a container itself.
pub(super) const CONTAINER: &Shape = &mapping(&[
    ("annotations", ENTRIES),
    ("blkio_config", BLKIO),
    ("cap_add", TEXT_SET),
    ("cap_drop", TEXT_SET),
    ("cgroup", &word(&["host", "private"])),
    ("cgroup_parent", TEXT),
    ("command", COMMAND),
    ("configs", GRANTS),
    ("cpu_count", &one_of(&[COUNT, TEXT])),
    ("cpu_percent", &one_of(&[&within(0, 100), TEXT])),
    ("cpu_shares", NUMBER_OR_TEXT),
    ("cpu_quota", NUMBER_OR_TEXT),
    ("cpu_period", NUMBER_OR_TEXT),
    ("cpu_rt_period", NUMBER_OR_TEXT),
    ("cpu_rt_runtime", NUMBER_OR_TEXT),
    ("cpus", NUMBER_OR_TEXT),
    ("cpuset", TEXT),
    ("credential_spec", &mapping(&[("config", TEXT), ("file", TEXT), ("registry", TEXT)])),
    ("device_cgroup_rules", TEXT_SET),
    ("devices", DEVICES),
    ("dns", TEXT_OR_SET),
    ("dns_opt", TEXT_SET),
    ("dns_search", TEXT_OR_SET),
    ("domainname", TEXT),
    ("entrypoint", COMMAND),
    ("env_file", ENV_FILE),
    ("label_file", TEXT_OR_TEXTS),
    ("environment", ENTRIES),
    ("extra_hosts", EXTRA_HOSTS),
    ("gpus", GPUS),
    ("group_add", &set(NUMBER_OR_TEXT)),
    ("hostname", TEXT),
    ("image", TEXT),
    ("init", FLAG_OR_TEXT),
    ("ipc", TEXT),
    ("isolation", TEXT),
    ("labels", ENTRIES),
    ("logging", LOGGING),
    ("mac_address", TEXT),
    ("mem_limit", NUMBER_OR_TEXT),
    ("mem_reservation", WHOLE_OR_TEXT),
    ("mem_swappiness", WHOLE_OR_TEXT),
    ("memswap_limit", NUMBER_OR_TEXT),
    ("network_mode", TEXT),
    ("models", MODELS),
    ("networks", ATTACHMENTS),
    ("oom_kill_disable", FLAG_OR_TEXT),
    ("oom_score_adj", &one_of(&[&within(-1000, 1000), TEXT])),
    // The specification lets it be empty; Docker Compose 5 crashes over that.
    ("pid", TEXT),
    ("pids_limit", NUMBER_OR_TEXT),
    ("platform", TEXT),
    ("privileged", FLAG_OR_TEXT),
    ("pull_policy", PULL_POLICY),
    ("pull_refresh_after", TEXT),
    ("read_only", FLAG_OR_TEXT),
    ("runtime", TEXT),
    ("security_opt", TEXT_SET),
    ("shm_size", NUMBER_OR_TEXT),
    ("secrets", GRANTS),
    ("sysctls", ENTRIES),
    ("stop_grace_period", TEXT),
    ("stop_signal", TEXT),
    ("storage_opt", &mapping(&[]).lenient()),
    ("tmpfs", TEXT_OR_SET),
    ("ulimits", ULIMITS),
    ("use_api_socket", FLAG),
    ("user", TEXT),
    ("uts", TEXT),
    ("userns_mode", TEXT),
    ("volumes", MOUNTS),
    ("volumes_from", TEXT_SET),
    ("working_dir", TEXT),
]);

const PULL_POLICY: &Shape = &Shape::Form(
    "`always`, `never`, `build`, `if_not_present`, `missing`, `refresh`, `daily`, `weekly` or `every_` with a time \
     such as `12h`",
    is_pull_policy,
);

fn is_pull_policy(text: &str) -> bool {
    match text.strip_prefix("every_") {
        Some(time) => is_time(time),
        None => ["always", "never", "build", "if_not_present", "missing", "refresh", "daily", "weekly"]
            .contains(&text),
    }
}

/// `12h`, `1w2d`: numbers, each with a unit.
fn is_time(text: &str) -> bool {
    let mut digits = false;
    let each_has_a_unit = text.bytes().all(|b| {
        let ends = digits && b"wdhms".contains(&b);
        digits = b.is_ascii_digit();
        digits || ends
    });
    each_has_a_unit && !digits && !text.is_empty()
}

const BLKIO: &Shape = &mapping(&[
    ("device_read_bps", RATES),
    ("device_read_iops", RATES),
    ("device_write_bps", RATES),
    ("device_write_iops", RATES),
    ("weight", WHOLE_OR_TEXT),
    ("weight_device", &list(&mapping(&[("path", TEXT), ("weight", WHOLE_OR_TEXT)]).without_extensions())),
])
.without_extensions();

const RATES: &Shape = &list(&mapping(&[("path", TEXT), ("rate", WHOLE_OR_TEXT)]).without_extensions());

const DEVICES: &Shape = &list(&one_of(&[
    TEXT,
    &mapping(&[("source", TEXT), ("target", TEXT), ("permissions", TEXT)]).needs(&["source"]),
]));

const ENV_FILE: &Shape = &one_of(&[
    TEXT,
    &list(&one_of(&[
        TEXT,
        &mapping(&[("path", TEXT), ("format", TEXT), ("required", FLAG_OR_TEXT)])
            .needs(&["path"])
            .without_extensions(),
    ])),
]);

const LOGGING: &Shape = &mapping(&[
    ("driver", TEXT),
    ("options", &map_of(Named::Line, &one_of(&[TEXT, NUMBER, NULL])).lenient()),
]);

const MODELS: &Shape = &one_of(&[
    TEXT_SET,
    &map_of(Named::Resource, &one_of(&[NULL, &mapping(&[("endpoint_var", TEXT), ("model_var", TEXT)])]))
        .lenient(),
]);
