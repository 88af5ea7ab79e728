//! What a container may use: processor, memory, disks, devices.

use std::collections::HashMap;

use bollard::models::{
    DeviceMapping, DeviceRequest, HostConfig, ResourcesBlkioWeightDevice, ResourcesUlimits, ThrottleDevice,
};

use crate::stack::compose::Node;
use crate::stack::compose::fields::Fields;

/// Writes what a service may use into the request.
pub(super) fn apply(says: Fields, host: &mut HostConfig) {
    processor(says, host);
    memory(says, host);
    disks(says.fields("blkio_config"), host);
    host.cgroup_parent = says.string("cgroup_parent");
    host.pids_limit = says.amount("pids_limit");
    let limits = says.at(&["deploy", "resources", "limits"]);
    if let Some(pids) = limits.number("pids").filter(|pids| *pids > 0) {
        host.pids_limit = Some(pids);
    }
    host.ulimits = some(ulimits(says));
    host.device_cgroup_rules = says.some_texts("device_cgroup_rules");
    host.device_requests = some(requested(says));
    host.devices = some(says.items("devices").filter(|device| cdi(*device).is_none()).map(mapped).collect());
}

fn processor(says: Fields, host: &mut HostConfig) {
    let limits = says.at(&["deploy", "resources", "limits"]);
    let billionths = |cpus: f32| (cpus * 1e9) as i64;
    let cpus = limits.ratio("cpus").filter(|cpus| *cpus != 0.0).or_else(|| says.ratio("cpus"));
    host.nano_cpus = cpus.map(billionths);
    host.cpu_count = says.amount("cpu_count");
    host.cpu_percent = says.ratio("cpu_percent").map(|percent| (percent * 100.0) as i64);
    host.cpu_period = says.amount("cpu_period");
    host.cpu_quota = says.amount("cpu_quota");
    host.cpu_realtime_period = says.amount("cpu_rt_period");
    host.cpu_realtime_runtime = says.amount("cpu_rt_runtime");
    host.cpu_shares = says.amount("cpu_shares");
    host.cpuset_cpus = says.string("cpuset");
}

fn memory(says: Fields, host: &mut HostConfig) {
    let resources = says.at(&["deploy", "resources"]);
    let memory = |side: &str, key: &str| resources.fields(side).amount("memory").or_else(|| says.amount(key));
    host.memory = memory("limits", "mem_limit");
    host.memory_reservation = memory("reservations", "mem_reservation");
    host.memory_swap = says.amount("memswap_limit");
    host.memory_swappiness = says.amount("mem_swappiness");
    host.oom_kill_disable = Some(says.flag("oom_kill_disable"));
}

fn disks(says: Fields, host: &mut HostConfig) {
    let rates = |key| {
        let rate =
            |device: Fields| ThrottleDevice { path: device.string("path"), rate: device.number("rate") };
        some(says.items(key).map(rate).collect())
    };
    let weight = |device: Fields| ResourcesBlkioWeightDevice {
        path: device.string("path"),
        weight: device.number("weight").and_then(|weight| usize::try_from(weight).ok()),
    };
    host.blkio_weight = says.amount("weight").and_then(|weight| u16::try_from(weight).ok());
    host.blkio_weight_device = some(says.items("weight_device").map(weight).collect());
    host.blkio_device_read_bps = rates("device_read_bps");
    host.blkio_device_read_iops = rates("device_read_iops");
    host.blkio_device_write_bps = rates("device_write_bps");
    host.blkio_device_write_iops = rates("device_write_iops");
}

/// The limits of processes, by name: one number is both the soft and the hard one.
fn ulimits(says: Fields) -> Vec<ResourcesUlimits> {
    let limits = says.fields("ulimits");
    let names = says.named("ulimits").into_iter();
    names
        .map(|(name, sides)| {
            let single = limits.number(name).unwrap_or_default();
            ResourcesUlimits {
                name: Some(name.into()),
                soft: Some(sides.amount("soft").unwrap_or(single)),
                hard: Some(sides.amount("hard").unwrap_or(single)),
            }
        })
        .collect()
}

/// The devices that drivers are asked for: reserved ones, those of the Container Device Interface, GPUs.
fn requested(says: Fields) -> Vec<DeviceRequest> {
    let reserved = says.at(&["deploy", "resources", "reservations"]);
    let mut requests: Vec<_> = reserved.items("devices").map(|device| request(device, &[])).collect();
    let names: Vec<String> = says.items("devices").filter_map(cdi).collect();
    if !names.is_empty() {
        requests.push(DeviceRequest {
            driver: Some("cdi".into()),
            device_ids: Some(names),
            ..DeviceRequest::default()
        });
    }
    requests.extend(says.items("gpus").map(|gpu| request(gpu, &["gpu"])));
    requests
}

fn request(says: Fields, more: &[&str]) -> DeviceRequest {
    let mut capabilities = says.texts("capabilities");
    capabilities.extend(more.iter().map(ToString::to_string));
    DeviceRequest {
        driver: says.string("driver"),
        count: says.number("count"),
        device_ids: says.some_texts("device_ids"),
        capabilities: Some(vec![capabilities]),
        options: says.has("options").then(|| says.pairs::<HashMap<_, _>>("options")),
    }
}

fn mapped(says: Fields) -> DeviceMapping {
    DeviceMapping {
        path_on_host: says.string("source"),
        path_in_container: says.string("target"),
        cgroup_permissions: says.string("permissions"),
    }
}

/// The name of a device of the Container Device Interface, `vendor.com/class=name`, which is no path.
fn cdi(says: Fields) -> Option<String> {
    let name =
        says.text("source").filter(|source| says.get("target").and_then(Node::as_str) == Some(source))?;
    let (kind, device) = name.split_once('=')?;
    let (vendor, class) = kind.split_once('/')?;
    let word = |text: &str, marks: &str| {
        !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    (word(vendor, "_-.") && word(class, "_-") && word(device, "_-.:")).then(|| name.to_owned())
}

fn some<T>(list: Vec<T>) -> Option<Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}
