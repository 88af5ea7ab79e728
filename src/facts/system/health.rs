//! How the machine bears its load: memory and how long is waited for it, swap space, the load average, what
//! the kernel had to end, and how hot the processor is.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{read, text};
use crate::facts::Fact;
use crate::facts::snapshot::Asked;

/// Memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// What the machine has.
    pub total_bytes: u64,
    /// What this process's control group may have, where that is less.
    pub limit_bytes: Option<u64>,
    /// What can still be had without swapping, within that limit.
    pub available_bytes: u64,
}

/// Swap space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Swap {
    /// All of it.
    pub total_bytes: u64,
    /// What is in use.
    pub used_bytes: u64,
}

/// For how much of the last minute processes waited for memory, in percent (PSI).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pressure {
    /// At least one did.
    pub some: f64,
    /// All did.
    pub full: f64,
}

/// How many processes ran or wanted to, on average over so many minutes.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Load {
    /// One.
    pub one: f64,
    /// Five.
    pub five: f64,
    /// Fifteen.
    pub fifteen: f64,
}

/// Processes that the kernel ended for want of memory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct OomKills {
    /// On the whole machine, since it was started.
    pub machine: u64,
    /// In the control group of the server, or of this process where no server runs; absent where the group
    /// does not count them.
    pub group: Option<u64>,
}

/// A temperature.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Sensor {
    /// Where it is measured: `coretemp`, `k10temp`, `cpu-thermal`.
    pub name: String,
    /// In degrees Celsius.
    pub celsius: i64,
    /// At which the machine turns itself off.
    pub critical: i64,
}

/// Memory, and swap space.
pub(super) fn memory() -> (Fact<Memory>, Fact<Swap>) {
    let mut system = match sysinfo::System::new() {
        Ok(system) => system,
        Err(error) => return (Fact::Unknown(error.to_string()), Fact::Unknown(error.to_string())),
    };
    system.refresh_memory();
    let total_bytes = system.total_memory();
    if total_bytes == 0 {
        let why = "the kernel does not say how much memory there is";
        return (Fact::Unknown(why.into()), Fact::Unknown(why.into()));
    }
    let group = system.cgroup_limits().filter(|limits| (1..total_bytes).contains(&limits.total_memory));
    let available = system.available_memory();
    let memory = Memory {
        total_bytes,
        limit_bytes: group.as_ref().map(|limits| limits.total_memory),
        available_bytes: group.map_or(available, |limits| limits.free_memory.min(available)),
    };
    let swap = Swap { total_bytes: system.total_swap(), used_bytes: system.used_swap() };
    (Fact::Known(memory), Fact::Known(swap))
}

/// Reads `/proc/pressure/memory`.
pub(super) fn pressure(asked: &Asked) -> Fact<Option<Pressure>> {
    // Absent on kernels without PSI, and where it is turned off; then nothing is measured.
    Fact::Known(read(asked, "/proc/pressure/memory").ok().and_then(|text| stalled(&text)))
}

fn stalled(text: &str) -> Option<Pressure> {
    let average = |kind: &str| -> Option<f64> {
        let line = text.lines().find_map(|line| line.strip_prefix(kind))?;
        let value = line.split_whitespace().find_map(|field| field.strip_prefix("avg60="))?;
        value.parse().ok().filter(|value: &f64| value.is_finite())
    };
    Some(Pressure { some: average("some ")?, full: average("full ")? })
}

/// Reads `/proc/loadavg`.
pub(super) fn load(asked: &Asked) -> Fact<Load> {
    read(asked, "/proc/loadavg")
        .and_then(|text| averages(&text).ok_or_else(|| "`/proc/loadavg` is not as it was".into()))
        .into()
}

fn averages(text: &str) -> Option<Load> {
    let mut numbers =
        text.split_whitespace().map(|word| word.parse().ok().filter(|number: &f64| number.is_finite()));
    Some(Load { one: numbers.next()??, five: numbers.next()??, fifteen: numbers.next()?? })
}

/// Reads `/proc/uptime`.
pub(super) fn uptime(asked: &Asked) -> Fact<u64> {
    let seconds = |text: String| {
        let first = text.split(['.', ' ', '\n']).next().unwrap_or_default();
        first.parse().map_err(|_| "`/proc/uptime` is not as it was".to_string())
    };
    read(asked, "/proc/uptime").and_then(seconds).into()
}

/// Counts what the kernel ended; `server` is the server's process.
pub(super) fn oom(asked: &Asked, server: Option<u32>) -> Fact<OomKills> {
    let machine = read(asked, "/proc/vmstat").and_then(|text| {
        counter(&text, "oom_kill").ok_or_else(|| "this kernel does not count them".to_string())
    });
    let process = server.filter(|pid| *pid != 0).map_or_else(|| "self".into(), |pid| pid.to_string());
    let group = read(asked, &format!("/proc/{process}/cgroup")).ok().and_then(|text| {
        let path = group_of(&text)?;
        counter(&read(asked, &format!("/sys/fs/cgroup{path}/memory.events")).ok()?, "oom_kill")
    });
    machine.map(|machine| OomKills { machine, group }).into()
}

/// A row of `name number`.
fn counter(text: &str, name: &str) -> Option<u64> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.trim().parse().ok())
}

/// The path in the unified hierarchy (cgroups(7)): the row `0::/path`.
fn group_of(text: &str) -> Option<&str> {
    let path = text.lines().find_map(|line| line.strip_prefix("0::"))?;
    (path.starts_with('/') && !path.contains("..")).then(|| path.trim_end_matches('/'))
}

/// The drivers that measure the processor itself.
const PROCESSORS: &[&str] =
    &["coretemp", "k10temp", "zenpower", "cpu_thermal", "cpu-thermal", "x86_pkg_temp"];

/// The sensor of the processor that is nearest to its limit.
pub(super) fn hottest(root: &Path) -> Option<Sensor> {
    let mut sensors = Vec::new();
    for chip in entries(&root.join("sys/class/hwmon")) {
        let Some(name) = word(&chip.join("name")).filter(|name| PROCESSORS.contains(&name.as_str())) else {
            continue;
        };
        for number in 1..=64 {
            let part = |what: &str| degrees(&chip.join(format!("temp{number}_{what}")));
            if let (Some(celsius), Some(critical)) = (part("input"), part("crit")) {
                sensors.push(Sensor { name: name.clone(), celsius, critical });
            }
        }
    }
    for zone in entries(&root.join("sys/class/thermal")) {
        let Some(name) = word(&zone.join("type")).filter(|name| PROCESSORS.contains(&name.as_str())) else {
            continue;
        };
        let critical = (0..16).find_map(|trip| {
            let is_critical = word(&zone.join(format!("trip_point_{trip}_type")))? == "critical";
            degrees(&zone.join(format!("trip_point_{trip}_temp"))).filter(|_| is_critical)
        });
        if let (Some(celsius), Some(critical)) = (degrees(&zone.join("temp")), critical) {
            sensors.push(Sensor { name, celsius, critical });
        }
    }
    // A limit of zero, or below, is a driver's way of saying that it knows none.
    sensors.retain(|sensor| sensor.critical > 0);
    sensors.into_iter().min_by_key(|sensor| sensor.critical.saturating_sub(sensor.celsius))
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    let mut paths: Vec<_> =
        fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

fn word(path: &Path) -> Option<String> {
    text(path).ok().map(|text| text.trim().to_string())
}

/// Thousandths of a degree, as both interfaces of the kernel give them.
fn degrees(path: &Path) -> Option<i64> {
    word(path)?.parse::<i64>().ok().map(|thousandths| thousandths / 1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kernel_s_counters_are_read_and_garbage_is_none() {
        let text =
            "some avg10=0.00 avg60=12.50 avg300=1.00 total=9\nfull avg10=0.00 avg60=3.25 avg300=0 total=1\n";
        assert_eq!(stalled(text), Some(Pressure { some: 12.5, full: 3.25 }));
        assert_eq!(
            averages("0.03 0.16 0.49 1/91 8480\n"),
            Some(Load { one: 0.03, five: 0.16, fifteen: 0.49 })
        );
        assert_eq!(counter("oom_kill_disable 1\noom_kill 3\n", "oom_kill"), Some(3));
        assert_eq!(
            group_of("9:name=systemd:/\n0::/system.slice/tars.service\n"),
            Some("/system.slice/tars.service")
        );
        for garbage in
            ["", "some", "some avg60=NaN\nfull avg60=1", "\u{fffd} \0", "inf inf inf", "0::relative"]
        {
            assert_eq!(stalled(garbage), None, "{garbage}");
            assert_eq!(averages(garbage), None, "{garbage}");
            assert_eq!(group_of(garbage), None, "{garbage}");
            assert_eq!(counter(garbage, "oom_kill"), None, "{garbage}");
        }
    }

    #[test]
    fn the_sensor_nearest_to_its_limit_counts_and_only_the_processor_s() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join("sys/class").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert_eq!(hottest(dir.path()), None);
        for (path, text) in [
            ("hwmon/hwmon0/name", "nvme\n"),
            ("hwmon/hwmon0/temp1_input", "84000\n"),
            ("hwmon/hwmon0/temp1_crit", "85000\n"),
            ("hwmon/hwmon1/name", "coretemp\n"),
            ("hwmon/hwmon1/temp1_input", "61000\n"),
            ("hwmon/hwmon1/temp1_crit", "100000\n"),
            ("hwmon/hwmon1/temp2_input", "72500\n"),
            ("hwmon/hwmon1/temp2_crit", "100000\n"),
            ("hwmon/hwmon1/temp3_input", "garbage\n"),
            ("thermal/thermal_zone0/type", "cpu-thermal\n"),
            ("thermal/thermal_zone0/temp", "50000\n"),
            ("thermal/thermal_zone0/trip_point_0_type", "passive\n"),
            ("thermal/thermal_zone0/trip_point_0_temp", "60000\n"),
            ("thermal/thermal_zone0/trip_point_1_type", "critical\n"),
            ("thermal/thermal_zone0/trip_point_1_temp", "110000\n"),
        ] {
            write(path, text);
        }
        let coretemp = Sensor { name: "coretemp".into(), celsius: 72, critical: 100 };
        assert_eq!(hottest(dir.path()), Some(coretemp));
    }
}
