//! Asking the engine through its API, each question on a thread and a runtime of its own, and turning the
//! answers into facts. How long an answer may take is bounded twice: the look that waits for it gives up at
//! its deadline, and the thread that was left behind ends soon after.

use std::collections::HashMap;
use std::time::Duration;

use bollard::errors::Error;
use bollard::models::{
    ContainerInspectResponse, ContainerSummary, DeviceRequest, ImageSummary, PortSummary, SystemInfo,
    SystemInfoCgroupVersionEnum as CgroupVersion, SystemVersion,
};
use bollard::query_parameters::{ListContainersOptions, ListImagesOptions};
use bollard::{API_DEFAULT_VERSION, Docker};
use jiff::Timestamp;
use tokio::task::JoinSet;

use super::{Container, Engine, Image, LastProbe, Network, Published};
use crate::facts::Fact;

/// More containers or images than these are not looked at one by one.
const CONTAINERS: usize = 200;
const IMAGES: usize = 300;
/// How many are looked at side by side.
const AT_ONCE: usize = 16;
/// How much of the output of a health check is kept, in characters.
const OUTPUT: usize = 200;

/// The engine itself.
pub(super) fn engine(socket: &str, deadline: Duration) -> Fact<Engine> {
    ask(socket, deadline, async |docker| {
        let version = docker.version().await?;
        let info = docker.info().await?;
        Ok(described(version, info, Timestamp::now()))
    })
}

/// Its containers.
pub(super) fn containers(socket: &str, deadline: Duration) -> Fact<Vec<Container>> {
    ask(socket, deadline, async |docker| {
        let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
        let mut listed = docker.list_containers(Some(options)).await?;
        listed.truncate(CONTAINERS);
        let mut found = Vec::new();
        for some in listed.chunks(AT_ONCE) {
            let mut looks = JoinSet::new();
            for summary in some.iter().cloned() {
                let docker = docker.clone();
                looks.spawn(async move {
                    let id = summary.id.clone().unwrap_or_default();
                    // One that was removed meanwhile is no container any more.
                    let details = docker.inspect_container(&id, None).await.ok()?;
                    Some(container(summary, details))
                });
            }
            found.extend(looks.join_all().await.into_iter().flatten());
        }
        found.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(found)
    })
}

/// Its images, with the architecture of those that a container uses.
pub(super) fn images(socket: &str, deadline: Duration) -> Fact<Vec<Image>> {
    ask(socket, deadline, async |docker| {
        let listed = docker.list_images(None::<ListImagesOptions>).await?;
        let options = ListContainersOptions { all: true, ..ListContainersOptions::default() };
        let containers = docker.list_containers(Some(options)).await?;
        let used: Vec<_> = containers.into_iter().filter_map(|container| container.image_id).collect();
        let mut images: Vec<Image> = listed.into_iter().take(IMAGES).map(image).collect();
        for image in images.iter_mut().filter(|image| used.contains(&image.id)).take(CONTAINERS) {
            let details = docker.inspect_image(&image.id).await.ok();
            image.architecture = details.and_then(|details| details.architecture);
        }
        images.sort_by(|one, other| one.id.cmp(&other.id));
        Ok(images)
    })
}

/// Its networks that are bridges.
pub(super) fn networks(socket: &str, deadline: Duration) -> Fact<Vec<Network>> {
    ask(socket, deadline, async |docker| {
        let listed = docker.list_networks(None).await?;
        let bridges = listed.into_iter().filter(|network| network.driver.as_deref() == Some("bridge"));
        let mut networks: Vec<Network> = bridges
            .map(|network| {
                let named = network.options.unwrap_or_default().remove("com.docker.network.bridge.name");
                let id: String = network.id.unwrap_or_default().chars().take(12).collect();
                let pools = network.ipam.and_then(|ipam| ipam.config).unwrap_or_default();
                Network {
                    name: network.name.unwrap_or_default(),
                    bridge: named.unwrap_or_else(|| format!("br-{id}")),
                    subnets: pools.into_iter().filter_map(|pool| pool.subnet).collect(),
                }
            })
            .collect();
        networks.sort_by(|one, other| one.name.cmp(&other.name));
        Ok(networks)
    })
}

fn ask<T>(
    socket: &str,
    deadline: Duration,
    question: impl AsyncFnOnce(Docker) -> Result<T, Error>,
) -> Fact<T> {
    let answer = || -> Result<T, String> {
        let seconds = deadline.as_secs() + 1;
        let docker = if socket.starts_with('/') {
            if !std::path::Path::new(socket).exists() {
                return Err("there is no socket".into());
            }
            Docker::connect_with_unix(socket, seconds, API_DEFAULT_VERSION)
        } else {
            Docker::connect_with_http(socket, seconds, API_DEFAULT_VERSION)
        };
        let docker = docker.map_err(|error| told(&error))?;
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| told(&e))?;
        runtime.block_on(question(docker)).map_err(|error| told(&error))
    };
    Fact::from(answer())
}

/// An error with what lies behind it, in one line.
pub(super) fn told(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut inner = error.source();
    while let Some(error) = inner {
        let more = error.to_string();
        if !text.contains(&more) {
            text = format!("{text}: {more}");
        }
        inner = error.source();
    }
    line(&text, OUTPUT)
}

/// The first characters of a text, in one line.
fn line(text: &str, most: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let text = words.join(" ");
    let printable: String = text.chars().filter(|c| !c.is_control()).collect();
    if printable.chars().count() > most {
        printable.chars().take(most).chain(['…']).collect()
    } else {
        printable
    }
}

fn described(version: SystemVersion, info: SystemInfo, now: Timestamp) -> Engine {
    let has = |option: Option<bool>| option.unwrap_or(true);
    let limits = [
        ("memory", has(info.memory_limit)),
        ("swap", has(info.swap_limit)),
        ("pids", has(info.pids_limit)),
        ("cpu", has(info.cpu_cfs_quota)),
    ];
    let theirs: Option<Timestamp> = info.system_time.as_deref().and_then(|text| text.parse().ok());
    let mut runtimes: Vec<String> = info.runtimes.unwrap_or_default().into_keys().collect();
    runtimes.sort();
    let options = info.security_options.unwrap_or_default();
    let components = version.components.unwrap_or_default();
    Engine {
        product: components.into_iter().next().map(|component| component.name).unwrap_or_default(),
        version: version.version.unwrap_or_default(),
        api: version.api_version.unwrap_or_default(),
        architecture: info.architecture.unwrap_or_default(),
        storage_driver: info.driver.unwrap_or_default(),
        root: info.docker_root_dir.unwrap_or_default(),
        log_driver: info.logging_driver.unwrap_or_default(),
        cgroup_version: match info.cgroup_version {
            Some(CgroupVersion::_2) => "2".into(),
            // Engines that do not tell know only the first.
            _ => "1".into(),
        },
        cgroup_driver: info.cgroup_driver.map(|driver| driver.to_string()).unwrap_or_default(),
        live_restore: info.live_restore_enabled.unwrap_or(false),
        rootless: options.iter().any(|option| option == "name=rootless"),
        swarm: info
            .swarm
            .and_then(|swarm| swarm.local_node_state)
            .is_some_and(|state| state.to_string() == "active"),
        missing_limits: limits
            .into_iter()
            .filter(|(_, has)| !has)
            .map(|(name, _)| name.to_string())
            .collect(),
        runtimes,
        default_runtime: info.default_runtime.unwrap_or_default(),
        cdi_dirs: info.cdi_spec_dirs.unwrap_or_default(),
        pools: info.default_address_pools.unwrap_or_default().into_iter().filter_map(|p| p.base).collect(),
        warnings: info.warnings.unwrap_or_default().iter().map(|text| line(text, 300)).take(30).collect(),
        skew_ms: theirs.map(|theirs| theirs.as_millisecond().saturating_sub(now.as_millisecond())),
    }
}

fn image(summary: ImageSummary) -> Image {
    let mut tags = summary.repo_tags;
    tags.retain(|tag| tag != "<none>:<none>");
    Image { id: summary.id, tags, bytes: u64::try_from(summary.size).unwrap_or(0), architecture: None }
}

fn container(summary: ContainerSummary, details: ContainerInspectResponse) -> Container {
    let state = details.state.unwrap_or_default();
    let host = details.host_config.unwrap_or_default();
    let config = details.config.unwrap_or_default();
    let status = state.status.map(|status| status.to_string()).unwrap_or_default();
    let runs = matches!(status.as_str(), "running" | "paused" | "restarting");
    let health = state.health.unwrap_or_default();
    let log = host.log_config.unwrap_or_default();
    let requests: Vec<DeviceRequest> = host.device_requests.unwrap_or_default();
    let devices = host.devices.unwrap_or_default();
    let is_card = |path: Option<String>| path.is_some_and(|p| p.contains("/nvidia") || p.contains("/dri"));
    let device_requests: Vec<String> = requests.into_iter().map(request).collect();
    let gpu = host.runtime.as_deref() == Some("nvidia")
        || device_requests.iter().any(|request| request.contains("nvidia") || request.contains("gpu"))
        || devices.into_iter().any(|device| is_card(device.path_on_host));
    let name = details.name.unwrap_or_default();
    Container {
        id: summary.id.unwrap_or_default(),
        name: name.trim_start_matches('/').to_string(),
        image: config.image.or(summary.image).unwrap_or_default(),
        image_id: details.image.unwrap_or_default(),
        exit_code: state.exit_code.filter(|_| !runs && status != "created"),
        oom_killed: state.oom_killed.unwrap_or(false),
        error: line(&state.error.unwrap_or_default(), 300),
        pid: state.pid.and_then(|pid| u32::try_from(pid).ok()).filter(|pid| *pid != 0),
        health: health.status.map(|status| status.to_string()).filter(|s| !s.is_empty() && s != "none"),
        last_probe: health.log.and_then(|mut log| log.pop()).map(|probe| LastProbe {
            exit_code: probe.exit_code.unwrap_or(0),
            output: line(&probe.output.unwrap_or_default(), OUTPUT),
            failures: health.failing_streak.and_then(|n| u64::try_from(n).ok()).unwrap_or(0),
        }),
        state: status,
        restarts: details.restart_count.and_then(|count| u64::try_from(count).ok()).unwrap_or(0),
        restart_policy: host
            .restart_policy
            .and_then(|policy| policy.name)
            .map(|name| name.to_string())
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| "no".into()),
        log_driver: log.typ.unwrap_or_default(),
        log_max_size: log.config.unwrap_or_default().remove("max-size"),
        device_requests,
        gpu,
        ports: summary.ports.unwrap_or_default().into_iter().filter_map(published).collect(),
        labels: kept(summary.labels.unwrap_or_default()),
    }
}

/// `nvidia:all:gpu`: the driver, the devices or their number, the capabilities.
fn request(request: DeviceRequest) -> String {
    let ids = request.device_ids.unwrap_or_default().join(",");
    let which = match (request.count, ids.is_empty()) {
        (_, false) => ids,
        (Some(-1), true) => "all".into(),
        (count, true) => count.unwrap_or(0).to_string(),
    };
    let capabilities = request.capabilities.unwrap_or_default().concat().join(",");
    format!("{}:{which}:{capabilities}", request.driver.unwrap_or_default())
}

fn published(port: PortSummary) -> Option<Published> {
    Some(Published {
        address: port.ip.unwrap_or_default(),
        port: port.public_port?,
        inside: port.private_port,
        protocol: port.typ.map(|protocol| protocol.to_string()).unwrap_or_default(),
    })
}

/// People keep passwords in labels of their own: proxies read them from there.
fn kept(labels: HashMap<String, String>) -> std::collections::BTreeMap<String, String> {
    let ours = ["com.docker.compose.", "com.tars.", "org.opencontainers.image."];
    labels.into_iter().filter(|(name, _)| ours.iter().any(|prefix| name.starts_with(prefix))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{from_value, json};

    #[test]
    fn a_container_without_its_secrets() {
        let summary: ContainerSummary = from_value(json!({
            "Id": "abc", "Labels": {"com.docker.compose.project": "tars", "traefik.basicauth": "hidden"},
            "Ports": [{"IP": "127.0.0.1", "PrivatePort": 80, "PublicPort": 8080, "Type": "tcp"}, {"PrivatePort": 81, "Type": "tcp"}],
        }))
        .unwrap();
        let details: ContainerInspectResponse = from_value(json!({
            "Name": "/ollama", "Image": "sha256:1", "RestartCount": 2,
            "State": {"Status": "exited", "ExitCode": 137, "OOMKilled": true, "Pid": 0,
                "Health": {"Status": "unhealthy", "FailingStreak": 3, "Log": [{"ExitCode": 1, "Output": "no\nanswer\u{7}"}]}},
            "Config": {"Image": "ollama/ollama", "Env": ["PASSWORD=hidden"]},
            "HostConfig": {"LogConfig": {"Type": "json-file", "Config": {"max-size": "10m"}},
                "RestartPolicy": {"Name": "unless-stopped"},
                "DeviceRequests": [{"Driver": "nvidia", "Count": -1, "Capabilities": [["gpu"]]}]},
        }))
        .unwrap();
        let found = container(summary, details);
        assert!(found.is_ours() && found.gpu && found.oom_killed);
        assert_eq!((found.exit_code, found.pid, found.restarts), (Some(137), None, 2));
        assert_eq!(found.last_probe.as_ref().unwrap().output, "no answer");
        assert_eq!(found.device_requests, ["nvidia:all:gpu"]);
        assert_eq!((found.ports.len(), found.restart_policy.as_str()), (1, "unless-stopped"));
        assert!(!format!("{found:?}").contains("hidden"), "{found:?}");
    }

    #[test]
    fn an_engine_that_tells_nothing_is_no_panic() {
        let found = container(ContainerSummary::default(), ContainerInspectResponse::default());
        assert_eq!(found.restart_policy, "no");
        let engine = described(SystemVersion::default(), SystemInfo::default(), Timestamp::UNIX_EPOCH);
        assert_eq!((engine.cgroup_version.as_str(), engine.skew_ms), ("1", None));
    }

    #[test]
    fn the_clock_of_the_engine() {
        let info = |time: &str| SystemInfo { system_time: Some(time.into()), ..SystemInfo::default() };
        let skew = |time| described(SystemVersion::default(), info(time), Timestamp::UNIX_EPOCH).skew_ms;
        assert_eq!(skew("1970-01-01T00:00:07.5Z"), Some(7500));
        assert_eq!(skew("1970-01-01T01:00:00.123456789+01:00"), Some(123));
        assert_eq!(skew("noon"), None);
    }

    #[test]
    fn long_output_is_cut_by_characters() {
        assert_eq!(line("ä b\n c", 9), "ä b c");
        assert_eq!(line(&"é".repeat(300), 200).chars().count(), 201);
    }
}
