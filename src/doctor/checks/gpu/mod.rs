//! Graphics cards: whether the card, its driver and its libraries belong together, whether containers get it,
//! and whether models really run on it. A machine without a card is a good machine: nothing is judged there.

mod card;
mod container;
mod driver;
mod health;
mod inference;

use crate::doctor::check::{Check, Effect, Fix, Judged, Judgement, known, not_here, worst};
use crate::facts::gpu::{Answers, Device, Nvml};
use crate::facts::snapshot::Facts;

/// What needs a card.
const CARD: &[&str] = &["gpu.card"];
/// What needs the driver's management library to answer.
const NVML: &[&str] = &["gpu.card", "gpu.nvml"];

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    Check {
        id: "gpu.card",
        title: "graphics card",
        meaning: "A graphics card is expected and is not there, or the driver has lost one that is on the bus.",
        matters: "Without a card, models run on the processor, at a tenth of the speed.",
        measured: "The display controllers below `/sys/bus/pci/devices`, and the cards that the driver's library counts.",
        rule: "Fails where a container asks for a card and there is none; warns where the driver is installed and no card is on the bus, or where it counts fewer cards than the bus has. Without an NVIDIA card, the whole category is skipped.",
        repair: "Switch the machine off, seat the card and its power cables, and see that the firmware lists it. In a virtual machine, give the card to the guest.",
        needs: &[],
        judge: card::card,
        fix: None,
    },
    Check {
        id: "gpu.module",
        title: "kernel module of the driver",
        meaning: "NVIDIA's kernel module does not drive the card: none is loaded, or another driver has taken the card.",
        matters: "Only NVIDIA's own module lets programs compute on the card.",
        measured: "`/proc/driver/nvidia/version`, and the driver that the kernel names for the card on the PCI bus.",
        rule: "Fails where no NVIDIA module runs or `nouveau` has the card; warns where `vfio-pci` keeps it for a virtual machine.",
        repair: "Install the driver (`sudo ubuntu-drivers install` on Ubuntu, `sudo apt install nvidia-driver` on Debian with non-free enabled) and restart the machine.",
        needs: CARD,
        judge: driver::module,
        fix: None,
    },
    Check {
        id: "gpu.nvml",
        title: "management library of the driver",
        meaning: "The driver's management library is missing, cannot talk to the driver, or does not answer.",
        matters: "Whatever gives a container its card uses this library first: where it fails, containers with a card do not start.",
        measured: "`libnvidia-ml.so.1` is loaded and asked for the number of cards, with a deadline.",
        rule: "Fails where the library is missing, lacks a function or answers with an error; is unknown where it does not answer in time.",
        repair: "Install the driver's libraries in the version of its module, and restart the machine if both were just updated.",
        needs: CARD,
        judge: driver::nvml,
        fix: None,
    },
    Check {
        id: "gpu.driver.mismatch",
        title: "driver and libraries of one version",
        meaning: "The kernel module that runs, the driver's libraries, and the module on the disk are of different versions, as after an update without a restart.",
        matters: "What runs goes on, and the next container that starts with a card fails with `driver/library version mismatch`.",
        measured: "`/proc/driver/nvidia/version`, the versions in the file names of `libnvidia-ml.so.1` and `libcuda.so.1`, and `.modinfo` of the module below `/lib/modules`.",
        rule: "Fails where a library differs from the running module; warns where only the module on the disk differs, which the next start of the machine would load.",
        repair: "Restart the machine. If it comes back, install module and libraries from one source again.",
        needs: CARD,
        judge: driver::mismatch,
        fix: None,
    },
    Check {
        id: "gpu.driver.level",
        title: "driver and card new enough for models",
        meaning: "The driver, its CUDA or the card itself is older than what model servers need.",
        matters: "Ollama leaves a card alone that it cannot use, and runs on the processor without an error.",
        measured: "The versions of driver and CUDA and the compute capability, as the management library says them.",
        rule: "Fails below driver 531, CUDA 12 or compute capability 5.0, which are Ollama's limits.",
        repair: "Update the driver from the distribution and restart the machine; a card below 5.0 must be replaced.",
        needs: NVML,
        judge: driver::level,
        fix: None,
    },
    Check {
        id: "gpu.device_nodes",
        title: "device nodes of the driver",
        meaning: "A device node through which programs reach the card is missing, or not everybody may use it.",
        matters: "Without `/dev/nvidia-uvm` no program computes on the card, and without permission only root does.",
        measured: "The names and permission bits of `/dev/nvidia*`.",
        rule: "Fails where `/dev/nvidiactl`, `/dev/nvidia-uvm` or the node of a card is missing; warns where others may not read and write one.",
        repair: "Run `sudo nvidia-modprobe -c 0 -u`, and enable `nvidia-persistenced` so that it stays so after a restart.",
        needs: &["gpu.card", "gpu.module"],
        judge: card::device_nodes,
        fix: None,
    },
    Check {
        id: "gpu.memory",
        title: "memory of the card",
        meaning: "The card has too little memory for a useful model, or next to none of it is free although no model is loaded.",
        matters: "What does not fit is computed by the processor.",
        measured: "Total and free memory, as the management library says them.",
        rule: "Warns below 4 GiB in all, and where less than a tenth is free while no model is loaded.",
        repair: "See with `nvidia-smi` what uses the memory and end it, or choose a smaller model.",
        needs: NVML,
        judge: health::memory,
        fix: None,
    },
    Check {
        id: "gpu.temperature",
        title: "temperature of the card",
        meaning: "The card is near or above the temperature at which it slows itself down.",
        matters: "A hot card computes slowly, and switches itself off when it gets hotter still.",
        measured: "The sensor and the slowdown threshold, as the management library says them.",
        rule: "Fails at the threshold; warns within 5 degrees of it, or from 85 degrees where the card names none.",
        repair: "Clean the fans and filters, and give the case a path for the air.",
        needs: NVML,
        judge: health::temperature,
        fix: None,
    },
    Check {
        id: "gpu.throttling",
        title: "card at full speed",
        meaning: "The card holds itself back because of heat, its power supply or a fault.",
        matters: "Answers take longer than they need to, and the reason does not go away by itself.",
        measured: "The reasons for lower clocks, as the management library names them.",
        rule: "Warns on every reason but the ordinary power cap, an idle card and clocks that somebody chose.",
        repair: "Against heat, clean and ventilate; against a power brake or a hardware slowdown, check the power cables and the power supply.",
        needs: NVML,
        judge: health::throttling,
        fix: None,
    },
    Check {
        id: "gpu.persistence",
        title: "driver stays awake",
        meaning: "The driver lets go of the card whenever nobody uses it, and starts it anew for the next one.",
        matters: "Each first answer waits some seconds longer, and device nodes may be missing after a start of the machine.",
        measured: "The persistence mode, as the management library says it.",
        rule: "Warns where it is off.",
        repair: "Run `sudo systemctl enable --now nvidia-persistenced`.",
        needs: NVML,
        judge: health::persistence,
        fix: None,
    },
    Check {
        id: "gpu.ecc",
        title: "memory errors of the card",
        meaning: "The card's memory had errors that could not be corrected since the driver was loaded.",
        matters: "What was computed with that memory is wrong, and the card may be dying.",
        measured: "The count of uncorrected volatile ECC errors, on cards that have ECC.",
        rule: "Fails from the first error on.",
        repair: "Restart the machine; if errors come back, have the card replaced.",
        needs: NVML,
        judge: health::ecc,
        fix: None,
    },
    Check {
        id: "gpu.xid",
        title: "errors of the card in the kernel's log",
        meaning: "The driver has reported errors of the card (Xid) within the last day.",
        matters: "Some are the fault of a program; others say that the card, its power or its slot is failing.",
        measured: "Lines `NVRM: Xid` in the kernel's buffer, or at the end of `/var/log/kern.log`.",
        rule: "Fails on numbers that mean hardware (48, 62, 64, 74, 79, 92, 95, 119, 120); warns on the others.",
        repair: "Look the number up in NVIDIA's Xid catalogue. A card that has fallen off the bus comes back only by a restart; check its power cables.",
        needs: CARD,
        judge: health::xid,
        fix: None,
    },
    Check {
        id: "gpu.processes",
        title: "others on the card",
        meaning: "A program that is no model server uses a good part of the card's memory.",
        matters: "The model may not fit beside it, and runs on the processor then.",
        measured: "The processes on each card with the memory of each, as the management library lists them.",
        rule: "Warns where one that is no model server uses more than a fifth of a card's memory.",
        repair: "End the program, or give it another card.",
        needs: NVML,
        judge: health::processes,
        fix: None,
    },
    Check {
        id: "gpu.toolkit",
        title: "NVIDIA's toolkit for containers",
        meaning: "There is a card and a container engine, and not the tools that bring them together.",
        matters: "A container that asks for the card is not started, or starts without it.",
        measured: "The programs `nvidia-container-runtime`, `nvidia-ctk` and `nvidia-container-cli` in the usual directories.",
        rule: "Fails where they are missing and a container asks for a card; warns where none asks.",
        repair: "Add NVIDIA's package source and run `sudo apt install nvidia-container-toolkit`.",
        needs: CARD,
        judge: container::toolkit,
        fix: None,
    },
    Check {
        id: "gpu.runtime",
        title: "engine knows how to give the card",
        meaning: "The container engine knows neither the runtime `nvidia` nor a description of the card.",
        matters: "A container that asks for the card ends with `could not select device driver`.",
        measured: "The engine's own list of runtimes, its CDI directories, and the descriptions in `/etc/cdi` and `/var/run/cdi`.",
        rule: "Fails where a container asks for a card, and warns otherwise.",
        repair: "Run `sudo nvidia-ctk runtime configure --runtime=docker`, then `sudo systemctl restart docker`.",
        needs: &["gpu.card", "gpu.toolkit"],
        judge: container::runtime,
        fix: Some(Fix {
            what: "register the runtime `nvidia` with the container engine",
            effect: Effect::Harmless,
            steps: container::register,
        }),
    },
    Check {
        id: "gpu.cdi",
        title: "description of the card for containers",
        meaning: "The description (CDI specification) of the card names files of another version of the driver, or files that are gone.",
        matters: "Containers that get the card through it do not start after the driver was updated.",
        measured: "The library versions and host paths in the descriptions below `/etc/cdi` and `/var/run/cdi`, against the running driver.",
        rule: "Warns where a description is of another driver or names a missing file, and where there is none and the engine has no runtime `nvidia` either.",
        repair: "Run `sudo nvidia-ctk cdi generate --output=/etc/cdi/nvidia.yaml`.",
        needs: CARD,
        judge: container::cdi,
        fix: Some(Fix {
            what: "have `nvidia-ctk` describe the card anew",
            effect: Effect::Harmless,
            steps: container::describe,
        }),
    },
    Check {
        id: "gpu.container",
        title: "containers see the card",
        meaning: "A running container asks for the card and does not have its device nodes, or the model server's container does not ask for it.",
        matters: "The model server in it runs on the processor, and says so only in its log.",
        measured: "The device nodes below the root of each container's first process, seen from the host.",
        rule: "Fails where a running container that asks for a card lacks `nvidiactl`, `nvidia-uvm` or every card; warns where an Ollama container does not ask.",
        repair: "Restart the container with `docker restart NAME`; one that does not ask is created anew with `--gpus all`.",
        needs: CARD,
        judge: container::container,
        fix: None,
    },
    Check {
        id: "gpu.fits",
        title: "model fits into the card",
        meaning: "The model with the context that is asked of it needs more memory than the cards have free for it.",
        matters: "What does not fit runs on the processor, and makes every answer many times slower.",
        measured: "The size of the model's weights, plus its key-value cache (layers × heads × (key + value) × 2 bytes × tokens of context, from Ollama's `/api/show`), plus 0.75 GiB for buffers, against the free memory and what loaded models hold of it.",
        rule: "Warns where it does not fit.",
        repair: "Choose a smaller model or one with a coarser quantisation, or end what else uses the card.",
        needs: NVML,
        judge: inference::fits,
        fix: None,
    },
    Check {
        id: "gpu.used",
        title: "model runs on the card",
        meaning: "A loaded model is wholly or partly on the processor although there is a card.",
        matters: "An answer then takes minutes instead of seconds.",
        measured: "`size_vram` against `size` of the loaded models in Ollama's `/api/ps`.",
        rule: "Fails where nothing of a model is on the card; warns where less than all of it is. Judged while a model is loaded.",
        repair: "See the log of Ollama for why it left the card alone, and whether the container sees the card (`tars doctor --only 'gpu.*'`).",
        needs: NVML,
        judge: inference::used,
        fix: None,
    },
];

/// What the management library says; the checks that ask need it to answer.
fn answers(facts: &Facts) -> Result<&Answers, Judgement> {
    match known(&facts.gpu.nvml)? {
        Nvml::Answers(answers) => Ok(answers),
        _ => Err(not_here("the management library of the driver does not answer")),
    }
}

/// Judges every card alike.
fn each(facts: &Facts, judge: fn(&Device) -> Judged, fine: &str, none: &str) -> Judged {
    let judgements = answers(facts)?.devices.iter().map(|device| judge(device).unwrap_or_else(|early| early));
    // Cards without what is looked at do not speak for the others.
    let judged = judgements.filter(|judgement| judgement.verdict != crate::report::Verdict::Skipped);
    Ok(worst(judged, fine, not_here(none)))
}

/// A card as it is named in a summary.
fn named(device: &Device) -> String {
    match device.name.known() {
        Some(name) => format!("card {} ({name})", device.index),
        None => format!("card {}", device.index),
    }
}

/// The version of the driver that runs.
fn running(facts: &Facts) -> Option<&str> {
    let module = facts.gpu.module.known().and_then(|module| module.running.as_deref());
    module.or_else(|| match facts.gpu.nvml.known()? {
        Nvml::Answers(answers) => answers.driver.known().map(String::as_str),
        _ => None,
    })
}

/// Bytes as people count memory.
pub(in crate::doctor) fn gib(bytes: u64) -> String {
    format!("{:.1} GiB", bytes as f64 / f64::from(1 << 30))
}

/// Whether a version such as `550.54.14` is at least this; none where it is no version.
pub(in crate::doctor) fn at_least(version: &str, least: &[u64]) -> Option<bool> {
    let digits =
        |part: &str| part.split(|c: char| !c.is_ascii_digit()).next().unwrap_or_default().parse().ok();
    let parts: Option<Vec<u64>> = version.trim_start_matches('v').split('.').map(digits).collect();
    Some(parts?.as_slice() >= least)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        for (version, least, is) in [
            ("550.54.14", &[531][..], Some(true)),
            ("470.256.02", &[531], Some(false)),
            ("12.10", &[12, 4], Some(true)),
            ("5.0", &[5, 0], Some(true)),
            ("0.5.0-rc1", &[0, 5], Some(true)),
            ("v0.1.33", &[0, 1, 34], Some(false)),
            ("", &[1], None),
            ("unknown", &[1], None),
            ("99999999999999999999999.1", &[1], None),
        ] {
            assert_eq!(at_least(version, least), is, "{version}");
        }
    }

    #[test]
    fn memory_is_shown_in_gibibytes() {
        assert_eq!(
            (gib(0), gib(12 << 30), gib(u64::MAX)),
            ("0.0 GiB".into(), "12.0 GiB".into(), "17179869184.0 GiB".into())
        );
    }
}
