//! What the engine is sent to make a container of a service: one request, in which every key of the service has its
//! place. It asks nothing and changes nothing, and knows the engine by its version alone. What it is equal to is what
//! Docker Compose 5 sends for the same service, so that either can take over what the other has made.

mod files;
mod health;
mod labels;
mod mounts;
mod networking;
mod ports;
mod resources;
mod security;
mod shared;
mod unsupported;

use bollard::models::{ContainerCreateBody, EndpointSettings, HostConfig, HostConfigLogConfig, MountPoint};

use super::compose::Result;
use super::compose::fields::Fields;
use super::engine::Api;
use super::model::{Service, Stack};

pub use self::files::{File, files};
pub use self::labels::COMPOSE_VERSION;
pub use self::unsupported::of_stack as unsupported;

/// What to send, and what to do before the container is started.
#[derive(Debug, Clone)]
pub struct Request {
    /// The container's name.
    pub name: String,
    /// What it is made of.
    pub body: ContainerCreateBody,
    /// For which platform it is, where one is said: a parameter of the request beside its body.
    pub platform: Option<String>,
    /// The networks, by name, that it has to be connected to before it is started: where the engine takes only one with
    /// the creation.
    pub connect: Vec<(String, EndpointSettings)>,
    /// The files that have to be written into it before it is started.
    pub files: Vec<File>,
}

/// What is known when a container is made, beside what its service says.
#[derive(Clone, Copy)]
pub struct Circumstances<'a> {
    /// Which of its service the container is, from 1.
    pub number: u32,
    /// The id of its image.
    pub image: &'a str,
    /// What the engine knows.
    pub api: Api,
    /// The id of the first container, by name, of a service: of the one whose network, memory, processes or volumes are
    /// shared.
    pub first: &'a dyn Fn(&str) -> Option<String>,
    /// The id of an image by the name that a service mounts it by.
    pub image_of: &'a dyn Fn(&str) -> Option<String>,
    /// The container in whose place it comes.
    pub replaced: Option<Replaced<'a>>,
}

/// A container in whose place another one comes: the volumes without a name of anybody's choosing are carried over.
#[derive(Clone, Copy)]
pub struct Replaced<'a> {
    /// What is mounted into it.
    pub mounts: &'a [MountPoint],
    /// The places at which its image declares volumes.
    pub volumes_of_image: &'a [String],
}

/// The request for a container of a service.
///
/// # Errors
/// The service says something that the engine cannot do and without which the container would be another one than the
/// one that is meant.
pub fn request(stack: &Stack, service: &Service, at: Circumstances) -> Result<Request> {
    let says = stack.says(&service.name);
    let name = stack.container_name(service, at.number);
    let shared = shared::Shared::of(says, at.first)?;
    let network = networking::Networking::of(stack, service, at.number, at.api)?;
    let mounted = mounts::Mounted::of(stack, says, at)?;
    let mut host = HostConfig {
        network_mode: shared.network.or(network.mode),
        ipc_mode: shared.ipc,
        pid_mode: shared.pid,
        volumes_from: shared.volumes,
        links: network.links,
        binds: mounted.binds,
        mounts: mounted.mounts,
        tmpfs: mounted.tmpfs,
        port_bindings: Some(ports::bindings(says)),
        restart_policy: health::restart(says)?,
        log_config: logging(says),
        ..general(says)
    };
    resources::apply(says, &mut host);
    security::apply(stack, says, &mut host)?;
    let body = ContainerCreateBody {
        image: Some(service.image.clone()),
        labels: Some(labels::labels(stack, service, at)),
        healthcheck: health::check(says)?,
        exposed_ports: ports::exposed(says),
        host_config: Some(host),
        networking_config: network.config,
        ..process(says)
    };
    Ok(Request {
        name,
        body,
        platform: says.string("platform").or_else(|| stack.platform.clone()),
        connect: network.connect,
        files: files::files(stack, service)?,
    })
}

/// The process in the container and what surrounds it.
fn process(says: Fields) -> ContainerCreateBody {
    let environment = says.values("environment").into_iter();
    let environment: Vec<String> = environment
        .map(|(name, value)| value.map_or_else(|| name.to_owned(), |value| format!("{name}={value}")))
        .collect();
    let stop_timeout = says.nanoseconds("stop_grace_period").map(|time| time / 1_000_000_000);
    ContainerCreateBody {
        hostname: says.string("hostname"),
        domainname: says.string("domainname"),
        user: says.string("user"),
        attach_stdin: Some(false),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(says.flag("tty")),
        open_stdin: Some(says.flag("stdin_open")),
        env: Some(environment).filter(|environment| !environment.is_empty()),
        cmd: says.has("command").then(|| says.texts("command")),
        entrypoint: says.has("entrypoint").then(|| says.texts("entrypoint")),
        working_dir: says.string("working_dir"),
        stop_signal: says.string("stop_signal"),
        stop_timeout,
        ..ContainerCreateBody::default()
    }
}

/// What is taken over word by word.
fn general(says: Fields) -> HostConfig {
    let hosts = says.texts("extra_hosts").iter().map(|host| host.replacen('=', ":", 1)).collect();
    HostConfig {
        annotations: Some(says.pairs("annotations"))
            .filter(|map: &std::collections::HashMap<_, _>| !map.is_empty()),
        init: says.switch("init"),
        cgroupns_mode: says.text("cgroup").and_then(|mode| mode.parse().ok()),
        uts_mode: says.string("uts"),
        userns_mode: says.string("userns_mode"),
        readonly_rootfs: Some(says.flag("read_only")),
        privileged: Some(says.flag("privileged")),
        shm_size: says.amount("shm_size"),
        sysctls: says.has("sysctls").then(|| says.pairs("sysctls")),
        dns: says.some_texts("dns"),
        dns_search: says.some_texts("dns_search"),
        dns_options: says.some_texts("dns_opt"),
        extra_hosts: Some(hosts),
        storage_opt: says.has("storage_opt").then(|| says.pairs("storage_opt")),
        isolation: says.text("isolation").and_then(|isolation| isolation.parse().ok()),
        runtime: says.string("runtime"),
        group_add: says.some_texts("group_add"),
        oom_score_adj: says.amount("oom_score_adj"),
        ..HostConfig::default()
    }
}

fn logging(says: Fields) -> Option<HostConfigLogConfig> {
    let logging = says.fields("logging");
    logging.is_there().then(|| HostConfigLogConfig {
        typ: Some(logging.string("driver").unwrap_or_default()),
        config: logging.has("options").then(|| logging.pairs("options")),
    })
}

#[cfg(test)]
mod tests;
