//! Whether there is a card, and whether its device nodes are there for everybody.

use crate::doctor::check::{Judged, fail, known, not_here, pass, unknown, warn};
use crate::facts::gpu::{Card, Nvml};
use crate::facts::snapshot::Facts;

const NO_CARD: &str = "no NVIDIA card on the PCI bus";
/// Everybody may read and write.
const ANYBODY: u32 = 0o006;

pub(super) fn card(facts: &Facts) -> Judged {
    let bus = known(&facts.gpu.cards);
    let cards: Vec<&Card> =
        bus.iter().flat_map(|cards| cards.iter()).filter(|card| card.is_nvidia()).collect();
    // In a container, the driver may show a card of which the bus shows nothing.
    match facts.gpu.nvml.known() {
        Some(Nvml::Answers(answers)) if !answers.devices.is_empty() => {
            let counted = answers.devices.len();
            if counted < cards.len() {
                return Ok(warn(format!("the driver knows {counted} of the {} NVIDIA cards on the bus", cards.len()))
                    .evidences(cards.iter().map(|card| shown(card)))
                    .hint("see `sudo dmesg | grep NVRM` for why it left one out; a card that has fallen off the bus comes back by a restart of the machine"));
            }
            let names: Vec<_> = answers.devices.iter().map(super::named).collect();
            return Ok(pass(names.join(", ")));
        }
        Some(Nvml::Mismatch) if cards.is_empty() => {
            return Ok(pass("the driver runs, so there is a card, though the PCI bus shows none"));
        }
        _ => {}
    }
    if !cards.is_empty() {
        let places: Vec<_> = cards.iter().map(|card| card.address.as_str()).collect();
        return Ok(pass(format!("NVIDIA on the PCI bus at {}", places.join(", "))));
    }
    let others: Vec<_> = bus?.iter().filter_map(Card::maker).collect();
    if let Some(container) = asking(facts) {
        return Ok(fail(format!("the container `{container}` asks for a graphics card, and {NO_CARD}"))
            .evidences(others.iter().map(|maker| format!("a card by {maker} is there")))
            .hint("seat the card or give it to this virtual machine, or create the container anew without `--gpus`"));
    }
    match &facts.gpu.nvml {
        crate::facts::Fact::Unknown(why) => {
            Err(unknown(format!("{NO_CARD}, and the management library of the driver says nothing: {why}"))
                .hint("the driver is installed and hangs: see `sudo dmesg | grep NVRM`, then restart the machine"))
        }
        crate::facts::Fact::Known(Nvml::DriverNotLoaded) => {
            Ok(warn(format!("the NVIDIA driver is installed, and {NO_CARD}"))
                .evidence("`libnvidia-ml.so.1` is there, and no kernel module runs")
                .hint("seat the card, or give it to this virtual machine; if there is none, `sudo apt purge 'nvidia-*'` removes the driver"))
        }
        crate::facts::Fact::Known(_) if others.is_empty() => Err(not_here(NO_CARD)),
        crate::facts::Fact::Known(_) => {
            Err(not_here(format!("{NO_CARD}, but one by {}: these checks are about NVIDIA's", others.join(" and "))))
        }
    }
}

/// A running container that asks for a card.
pub(super) fn asking(facts: &Facts) -> Option<&str> {
    let containers = facts.docker.containers.known()?;
    containers.iter().find(|container| container.gpu).map(|container| container.name.as_str())
}

fn shown(card: &Card) -> String {
    format!(
        "{} {}:{}, driver {}",
        card.address,
        card.vendor,
        card.device,
        card.driver.as_deref().unwrap_or("none")
    )
}

pub(super) fn device_nodes(facts: &Facts) -> Judged {
    let nodes = known(&facts.gpu.nodes)?;
    let wanted = match facts.gpu.nvml.known() {
        Some(Nvml::Answers(answers)) => answers.devices.len(),
        _ => 1,
    };
    let cards = (0..wanted).map(|index| format!("/dev/nvidia{index}"));
    let needed: Vec<String> = cards.chain(["/dev/nvidiactl", "/dev/nvidia-uvm"].map(String::from)).collect();
    let missing: Vec<_> =
        needed.iter().filter(|path| !nodes.iter().any(|node| node.path == **path)).collect();
    let modes = || nodes.iter().map(|node| format!("{} {:04o}", node.path, node.mode));
    if let Some(first) = missing.first() {
        let more = if missing.len() > 1 { format!(" and {} more", missing.len() - 1) } else { String::new() };
        return Ok(fail(format!("`{first}`{more} is missing"))
            .evidences(modes())
            .hint("`sudo nvidia-modprobe -c 0 -u` makes them; `sudo systemctl enable --now nvidia-persistenced` keeps them"));
    }
    let closed = nodes.iter().find(|node| needed.contains(&node.path) && node.mode & ANYBODY != ANYBODY);
    match closed {
        Some(node) => Ok(warn(format!("`{}` is not for everybody: {:04o}", node.path, node.mode))
            .evidences(modes())
            .hint("if that is not wanted, remove `NVreg_DeviceFileMode` from `/etc/modprobe.d` and restart the machine")),
        None => Ok(pass(format!("{} device nodes, for everybody", needed.len()))),
    }
}
