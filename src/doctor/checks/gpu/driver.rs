//! Whether the driver runs, its library answers, and all its parts are of one version that is new enough.

use super::{answers, at_least, named, running};
use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::gpu::{Library, Module, Nvml};
use crate::facts::snapshot::Facts;

const INSTALL: &str = "install the driver: `sudo ubuntu-drivers install` on Ubuntu, `sudo apt install nvidia-driver` on Debian (with non-free), then restart the machine";
const RESTART: &str = "restart the machine: `sudo reboot`";

pub(super) fn module(facts: &Facts) -> Judged {
    let module = known(&facts.gpu.module)?;
    if let Some(version) = &module.running {
        return Ok(pass(format!("driver {version} runs")));
    }
    match facts.gpu.nvml.known() {
        Some(Nvml::Answers(_)) => return Ok(pass("the driver runs: its library talks to it")),
        Some(Nvml::Mismatch) => return Ok(pass("the driver runs, in another version than its library")),
        _ => {}
    }
    let cards = facts.gpu.cards.known().map(Vec::as_slice).unwrap_or_default();
    let held =
        |driver: &str| cards.iter().find(|card| card.is_nvidia() && card.driver.as_deref() == Some(driver));
    if let Some(card) = held("nouveau") {
        return Ok(fail(format!("`nouveau` has taken the card at {}: it cannot compute", card.address))
            .hint(INSTALL));
    }
    if let Some(card) = held("vfio-pci") {
        return Ok(warn(format!("the card at {} is kept for a virtual machine (`vfio-pci`)", card.address))
            .hint("if it is to be used here, remove its ids from `vfio-pci` in `/etc/modprobe.d` and restart the machine"));
    }
    Ok(not_loaded(module))
}

fn not_loaded(module: &Module) -> Judgement {
    match module.on_disk.known().map(Vec::as_slice) {
        Some([version, ..]) => fail(format!("driver {version} is installed and not loaded"))
            .hint("`sudo modprobe nvidia` loads it, or `sudo dmesg | grep NVRM` says why it cannot be; with Secure Boot, its key must be enrolled"),
        Some([]) => fail(format!("there is no NVIDIA module for the kernel {}", module.kernel))
            .hint(format!("{INSTALL}; after an update of the kernel alone: `sudo apt install linux-headers-{}` and `sudo dkms autoinstall`", module.kernel)),
        None => fail("no NVIDIA module is loaded").hint("`sudo modprobe nvidia` loads it, or says why it cannot"),
    }
}

pub(super) fn nvml(facts: &Facts) -> Judged {
    let hangs = "the driver accepted the question and never answered: a card hangs; see `sudo dmesg | grep -e NVRM -e Xid`, then restart the machine";
    let found = match known(&facts.gpu.nvml).map_err(|unknown| unknown.hint(hangs))? {
        Nvml::Answers(answers) => return Ok(counted(answers.devices.len(), answers.driver.known())),
        Nvml::NoLibrary => fail("`libnvidia-ml.so.1` is missing").hint(match running(facts) {
            Some(version) => format!("install the libraries of driver {version}: `sudo apt install libnvidia-ml1` on Debian, `libnvidia-compute-{}` on Ubuntu", version.split('.').next().unwrap_or(version)),
            None => INSTALL.into(),
        }),
        Nvml::DriverNotLoaded => fail("the library is there, and no kernel module of the driver runs")
            .hint("`sudo modprobe nvidia` loads it, or `sudo dmesg | grep NVRM` says why it cannot be"),
        Nvml::Mismatch => fail("the library is of another version than the driver that runs")
            .evidences(versions(facts))
            .hint(RESTART),
        Nvml::NoSymbol(name) => fail(format!("`libnvidia-ml.so.1` has no `{name}`: it is none of NVIDIA's, or very old"))
            .hint(INSTALL),
        Nvml::Failed(why) => fail(format!("the library answers with an error: {why}"))
            .hint("see `sudo dmesg | grep NVRM`, then restart the machine"),
    };
    Ok(found)
}

fn counted(devices: usize, driver: Option<&String>) -> Judgement {
    let driver = driver.map(|version| format!(", driver {version}")).unwrap_or_default();
    match devices {
        0 => fail(format!("the library answers and knows no card{driver}"))
            .hint("see `sudo dmesg | grep NVRM` for why the driver left the card out"),
        some => pass(format!("the driver's library answers: {}{driver}", show_count(some, "card"))),
    }
}

/// Every version that is known, a line each.
fn versions(facts: &Facts) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(module) = facts.gpu.module.known() {
        lines.push(format!("running module: {}", module.running.as_deref().unwrap_or("unknown")));
        let on_disk = module.on_disk.known().map(Vec::as_slice).unwrap_or_default();
        lines.extend(
            on_disk.iter().map(|version| format!("module on the disk for {}: {version}", module.kernel)),
        );
    }
    let libraries = facts.gpu.libraries.known().map(Vec::as_slice).unwrap_or_default();
    lines.extend(libraries.iter().map(|library| {
        format!("{}: {} ({})", library.name, library.version.as_deref().unwrap_or("unknown"), library.path)
    }));
    lines
}

pub(super) fn mismatch(facts: &Facts) -> Judged {
    let breaks = "the next container that starts with a card fails";
    let libraries = known(&facts.gpu.libraries)?;
    let Some(running) = running(facts) else {
        return match facts.gpu.nvml.known() {
            Some(Nvml::Mismatch) => {
                Ok(fail(format!("the library is of another version than the driver: {breaks}"))
                    .evidences(versions(facts))
                    .hint(RESTART))
            }
            _ => Err(not_here("no driver runs")),
        };
    };
    let differs = |library: &&Library| library.version.as_deref().is_some_and(|version| version != running);
    let other = libraries.iter().find(differs).and_then(|library| library.version.as_deref());
    if let Some(version) = other {
        return Ok(fail(format!("driver {running} runs, and its libraries are {version}: {breaks}"))
            .evidences(versions(facts))
            .hint(RESTART));
    }
    if facts.gpu.nvml.known() == Some(&Nvml::Mismatch) {
        return Ok(fail(format!(
            "driver {running} runs, and its library says that it is of another version: {breaks}"
        ))
        .evidences(versions(facts))
        .hint(RESTART));
    }
    let module = facts.gpu.module.known();
    let on_disk = module.and_then(|module| module.on_disk.known());
    if let Some(version) = on_disk.into_iter().flatten().find(|version| *version != running) {
        return Ok(warn(format!("driver {running} runs, and the next start of the machine loads {version}"))
            .evidences(versions(facts))
            .hint("restart the machine when it suits: `sudo reboot`; if the libraries stay behind then, install the driver's packages again"));
    }
    if libraries.iter().all(|library| library.version.is_none()) {
        return Err(unknown("no library of the driver says its version").hint(
            "the driver is installed in a place of its own: compare `/proc/driver/nvidia/version` with its libraries by hand",
        ));
    }
    Ok(pass(format!("the driver and its libraries are all {running}")))
}

pub(super) fn level(facts: &Facts) -> Judged {
    let answers = answers(facts)?;
    let mut judgements = Vec::new();
    let driver = known(&answers.driver)?;
    let cuda = known(&answers.cuda)?;
    for (what, version, least, shown) in
        [("driver", driver, [531, 0], "531"), ("CUDA", cuda, [12, 0], "12.0")]
    {
        judgements.push(match at_least(version, &least) {
            Some(true) => pass(format!("{what} {version}")),
            Some(false) => fail(format!("{what} {version} is older than {shown}, which model servers need"))
                .hint("update the driver: `sudo ubuntu-drivers install` on Ubuntu, `sudo apt install -t bookworm-backports nvidia-driver` on Debian 12"),
            None => unknown(format!("{what} `{version}` is no version")),
        });
    }
    for device in &answers.devices {
        let level = match known(&device.compute) {
            Ok(level) => level,
            Err(unknown) => {
                judgements.push(unknown);
                continue;
            }
        };
        judgements.push(match at_least(level, &[5, 0]) {
            Some(true) => pass(format!("{} computes at level {level}", named(device))),
            Some(false) => {
                fail(format!("{} computes at level {level}, and model servers need 5.0", named(device)))
                    .hint("use a newer card; models run on the processor with this one")
            }
            None => unknown(format!("compute capability `{level}` is no version")),
        });
    }
    let fine = format!("driver {driver}, CUDA {cuda}");
    Ok(worst(judgements, &fine, not_here("there is no card")))
}
