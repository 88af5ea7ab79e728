//! The hashes by which Docker Compose knows whether something has changed since it was made: it writes them to the label
//! `com.docker.compose.config-hash` of containers, networks and volumes. Each is the SHA-256 of what the files say, written
//! as Go writes it: one byte that is different, and either program would make everything anew that the other has made. What
//! is written and in which order is that of `config --format json`, except for what stands here.

mod json;
mod references;

use sha2::{Digest, Sha256};

use crate::stack::compose::Node;
use crate::stack::compose::render::{self, Printed};

/// What of a service may be different without any of its containers being another one.
const LEFT_OUT: [&str; 5] = ["build", "depends_on", "profiles", "pull_policy", "scale"];

/// The order of a service's keys. It is frozen in Docker Compose: `config` has another one by now. Keys that it does not
/// have come last, by name.
const ORDER: [&str; 87] = [
    "annotations",
    "attach",
    "develop",
    "blkio_config",
    "cap_add",
    "cap_drop",
    "cgroup_parent",
    "cgroup",
    "cpu_count",
    "cpu_percent",
    "cpu_period",
    "cpu_quota",
    "cpu_rt_period",
    "cpu_rt_runtime",
    "cpus",
    "cpuset",
    "cpu_shares",
    "command",
    "configs",
    "container_name",
    "credential_spec",
    "deploy",
    "device_cgroup_rules",
    "devices",
    "dns",
    "dns_opt",
    "dns_search",
    "domainname",
    "entrypoint",
    "provider",
    "environment",
    "env_file",
    "expose",
    "extends",
    "external_links",
    "extra_hosts",
    "group_add",
    "gpus",
    "hostname",
    "healthcheck",
    "image",
    "init",
    "ipc",
    "isolation",
    "labels",
    "label_file",
    "links",
    "logging",
    "mem_limit",
    "mem_reservation",
    "memswap_limit",
    "mem_swappiness",
    "mac_address",
    "models",
    "network_mode",
    "networks",
    "oom_kill_disable",
    "oom_score_adj",
    "pid",
    "pids_limit",
    "platform",
    "ports",
    "privileged",
    "read_only",
    "restart",
    "runtime",
    "secrets",
    "security_opt",
    "shm_size",
    "stdin_open",
    "stop_grace_period",
    "stop_signal",
    "storage_opt",
    "sysctls",
    "tmpfs",
    "tty",
    "ulimits",
    "use_api_socket",
    "user",
    "userns_mode",
    "uts",
    "volumes",
    "volumes_from",
    "working_dir",
    "pre_start",
    "post_start",
    "pre_stop",
];

/// The hash of a service as `config --hash` prints it; that of an empty one where there is none of this name. Where the
/// service shares something of another one, its containers have the hash of [`container`] instead.
#[must_use]
pub fn service(tree: &Node, name: &str) -> String {
    digest(of_service(tree, name))
}

/// The hash on the containers of a service: what they share with the container of another service is named by the id of
/// that container, which `container` knows by the name of its service. Of several containers it is the one whose name
/// comes first.
#[must_use]
pub fn container(tree: &Node, name: &str, container: impl Fn(&str) -> Option<String>) -> String {
    let mut fields = of_service(tree, name);
    references::resolve(&mut fields, container);
    digest(fields)
}

/// The hash of a network, by its key in the files.
#[must_use]
pub fn network(tree: &Node, key: &str) -> String {
    digest(render::entry(tree, "networks", key))
}

/// The hash of a volume, by its key in the files. One that names no driver has that of the engine, `local`.
#[must_use]
pub fn volume(tree: &Node, key: &str) -> String {
    let mut fields = render::entry(tree, "volumes", key);
    if !fields.iter().any(|(key, _)| key == "driver") {
        let behind_name = fields.iter().take_while(|(key, _)| key == "name").count();
        fields.insert(behind_name, ("driver".into(), Printed::Text("local".into())));
    }
    digest(fields)
}

/// What of a service is hashed.
fn of_service(tree: &Node, name: &str) -> Vec<(String, Printed)> {
    let mut fields = render::entry(tree, "services", name);
    fields.retain(|(key, _)| !LEFT_OUT.contains(&key.as_str()));
    for (_, deploy) in fields.iter_mut().filter(|(key, _)| key == "deploy") {
        if let Printed::Map(deploy) = deploy {
            deploy.retain(|(key, _)| key != "replicas");
        }
    }
    fields.sort_by_cached_key(|(key, _)| {
        (ORDER.iter().position(|known| known == key).unwrap_or(ORDER.len()), key.clone())
    });
    fields
}

fn digest(fields: Vec<(String, Printed)>) -> String {
    let digest = Sha256::digest(json::text(&Printed::Map(fields)));
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests;
