//! What the driver's management library says of every card. The library is loaded at run time, so that the
//! program runs where there is none; a card that does not know an answer (many consumer cards have no ECC)
//! says so, and that is no fault.

use std::path::Path;

use nvml_wrapper::bitmasks::device::ThrottleReasons;
use nvml_wrapper::enum_wrappers::device::{EccCounter, MemoryError, TemperatureSensor, TemperatureThreshold};
use nvml_wrapper::enums::device::UsedGpuMemory;
use nvml_wrapper::error::NvmlError;
use serde::{Deserialize, Serialize};

use crate::facts::Fact;

/// Whether the library answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Nvml {
    /// It does, and says this.
    Answers(Answers),
    /// There is no `libnvidia-ml.so.1` that this program could load.
    NoLibrary,
    /// No kernel module of the driver runs.
    DriverNotLoaded,
    /// The library belongs to another version of the driver than the kernel module that runs.
    Mismatch,
    /// The library lacks a function that every version has.
    NoSymbol(String),
    /// Anything else, in its own words.
    Failed(String),
}

/// What the library says.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Answers {
    /// The version of the driver.
    pub driver: Fact<String>,
    /// The newest CUDA that the driver runs: `12.4`.
    pub cuda: Fact<String>,
    /// The cards.
    pub devices: Vec<Device>,
}

/// A card. What a card of its kind does not know is `None`.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Device {
    /// Its number.
    pub index: u32,
    /// Its name.
    pub name: Fact<String>,
    /// What it can compute: `8.6`.
    pub compute: Fact<String>,
    /// Its memory.
    pub memory: Fact<Memory>,
    /// Degrees Celsius.
    pub temperature: Fact<Option<u32>>,
    /// The temperature at which it slows down.
    pub slowdown: Fact<Option<u32>>,
    /// Why it runs slower than it could.
    pub throttling: Fact<Option<Vec<String>>>,
    /// It stays initialised while nobody uses it.
    pub persistent: Fact<Option<bool>>,
    /// Memory errors since the driver was loaded that could not be corrected.
    pub uncorrected: Fact<Option<u64>>,
    /// The processes on it.
    pub processes: Fact<Vec<Process>>,
}

/// Memory of a card, in bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Memory {
    /// All of it.
    pub total: u64,
    /// What nobody uses.
    pub free: u64,
}

/// A process on a card.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// Its name, where it can be seen.
    pub name: Option<String>,
    /// The memory of the card that it uses, in bytes.
    pub memory: Option<u64>,
}

/// Loads the library and asks it.
pub(super) fn look(root: &Path) -> Nvml {
    let nvml = match nvml_wrapper::Nvml::init() {
        Ok(nvml) => nvml,
        Err(error) => return trouble(error),
    };
    let count = match nvml.device_count() {
        Ok(count) => count,
        Err(error) => return trouble(error),
    };
    Nvml::Answers(Answers {
        driver: nvml.sys_driver_version().into(),
        cuda: nvml
            .sys_cuda_driver_version()
            .map(|version| format!("{}.{}", version / 1000, version % 1000 / 10))
            .into(),
        devices: (0..count).map(|index| device(&nvml, index, root)).collect(),
    })
}

fn trouble(error: NvmlError) -> Nvml {
    match error {
        NvmlError::DriverNotLoaded => Nvml::DriverNotLoaded,
        NvmlError::LibRmVersionMismatch => Nvml::Mismatch,
        NvmlError::FailedToLoadSymbol(what) => Nvml::NoSymbol(symbol(&what)),
        NvmlError::LibloadingError(error) => {
            let text = error.to_string();
            // The loader has no number for it.
            if text.contains("No such file") { Nvml::NoLibrary } else { Nvml::Failed(text) }
        }
        other => Nvml::Failed(other.to_string()),
    }
}

/// The function that the loader misses, out of what it says of it.
fn symbol(said: &str) -> String {
    let words = said.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    // Its path may have such a word in it too; the name stands last.
    words.into_iter().rfind(|word| word.starts_with("nvml")).unwrap_or(said).to_string()
}

/// A fact that cards of some kinds do not have.
fn optional<T>(result: Result<T, NvmlError>) -> Fact<Option<T>> {
    match result {
        Err(NvmlError::NotSupported) => Fact::Known(None),
        other => known(other.map(Some)),
    }
}

fn known<T>(result: Result<T, NvmlError>) -> Fact<T> {
    match result {
        Err(NvmlError::FailedToLoadSymbol(what)) => {
            Fact::Unknown(format!("`libnvidia-ml.so.1` has no `{}`", symbol(&what)))
        }
        other => other.into(),
    }
}

fn device(nvml: &nvml_wrapper::Nvml, index: u32, root: &Path) -> Device {
    let device = match nvml.device_by_index(index) {
        Ok(device) => device,
        Err(error) => {
            let name = Fact::Unknown(error.to_string());
            return Device { index, name, ..Device::default() };
        }
    };
    let errors = device.total_ecc_errors(MemoryError::Uncorrected, EccCounter::Volatile);
    Device {
        index,
        name: known(device.name()),
        compute: known(
            device.cuda_compute_capability().map(|level| format!("{}.{}", level.major, level.minor)),
        ),
        memory: known(device.memory_info().map(|memory| Memory { total: memory.total, free: memory.free })),
        temperature: optional(device.temperature(TemperatureSensor::Gpu)),
        slowdown: optional(device.temperature_threshold(TemperatureThreshold::Slowdown)),
        throttling: optional(device.current_throttle_reasons().map(reasons)),
        persistent: optional(device.is_in_persistent_mode()),
        uncorrected: optional(errors),
        processes: processes(&device, root),
    }
}

/// The reasons that somebody should know of: an idle card and a chosen clock are none.
fn reasons(reasons: ThrottleReasons) -> Vec<String> {
    let named = [
        (ThrottleReasons::SW_POWER_CAP, "power cap"),
        (ThrottleReasons::HW_SLOWDOWN, "hardware slowdown"),
        (ThrottleReasons::SW_THERMAL_SLOWDOWN, "too warm (software slowdown)"),
        (ThrottleReasons::HW_THERMAL_SLOWDOWN, "too hot (hardware slowdown)"),
        (ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN, "power brake"),
    ];
    named
        .iter()
        .filter(|(reason, _)| reasons.contains(*reason))
        .map(|(_, name)| (*name).to_string())
        .collect()
}

fn processes(device: &nvml_wrapper::Device<'_>, root: &Path) -> Fact<Vec<Process>> {
    let computing = match device.running_compute_processes() {
        Ok(processes) => processes,
        Err(error) => return known(Err(error)),
    };
    // Some cards know no graphics at all.
    let drawing = device.running_graphics_processes().unwrap_or_default();
    let mut found: Vec<Process> = Vec::new();
    for process in computing.into_iter().chain(drawing) {
        if found.iter().any(|known| known.pid == process.pid) {
            continue;
        }
        let name = std::fs::read(root.join(format!("proc/{}/comm", process.pid))).ok();
        found.push(Process {
            pid: process.pid,
            name: name.map(|name| String::from_utf8_lossy(&name).trim().to_string()),
            memory: match process.used_gpu_memory {
                UsedGpuMemory::Used(bytes) => Some(bytes),
                UsedGpuMemory::Unavailable => None,
            },
        });
    }
    Fact::Known(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_trouble_has_its_name() {
        let lacks = "/nvml/libnvidia-ml.so.1: undefined symbol: nvmlInit_v2";
        assert_eq!(trouble(NvmlError::DriverNotLoaded), Nvml::DriverNotLoaded);
        assert_eq!(trouble(NvmlError::LibRmVersionMismatch), Nvml::Mismatch);
        assert_eq!(
            trouble(NvmlError::FailedToLoadSymbol(lacks.into())),
            Nvml::NoSymbol("nvmlInit_v2".into())
        );
        assert_eq!(
            trouble(NvmlError::GpuLost),
            Nvml::Failed("device fell off the bus or has otherwise become inacessible".into())
        );
    }

    #[test]
    fn what_a_card_does_not_know_is_no_fault() {
        assert_eq!(optional::<u32>(Err(NvmlError::NotSupported)), Fact::Known(None));
        assert!(matches!(optional::<u32>(Err(NvmlError::GpuLost)), Fact::Unknown(_)));
        assert_eq!(reasons(ThrottleReasons::GPU_IDLE), Vec::<String>::new());
        assert_eq!(reasons(ThrottleReasons::HW_POWER_BRAKE_SLOWDOWN), ["power brake"]);
    }
}
