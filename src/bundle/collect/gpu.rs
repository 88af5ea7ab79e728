//! Graphics cards: what NVIDIA's library says of them, the driver in the kernel, and the devices.

use super::files::{write, write_json};
use super::page::Page;
use super::{Collector, Planned, Scope, Sink};

pub(super) const COLLECTOR: Collector =
    Collector { name: "gpu", about: "graphics cards, their driver and devices", plan, run };

const NVML: &str = "gpu/nvml.json";
const DRIVER: &str = "gpu/driver.txt";
const DEVICES: &str = "gpu/devices.txt";

fn plan(_: &Scope) -> Vec<Planned> {
    [(NVML, "the facts"), (DRIVER, "/proc/driver/nvidia"), (DEVICES, "the facts")]
        .map(|(path, source)| Planned::new(path, source))
        .into()
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let gpu = &scope.facts.gpu;
    write_json(sink, NVML, &gpu.nvml)?;
    let mut driver = Page::default();
    driver
        .file("/proc/driver/nvidia/version")
        .file("/proc/driver/nvidia/params")
        .file("/proc/driver/nvidia/registry");
    driver
        .fact("module", &gpu.module)
        .fact("libraries", &gpu.libraries)
        .fact("errors in the kernel's log", &gpu.xids);
    write(sink, DRIVER, driver.text())?;
    let mut devices = Page::default();
    devices
        .fact("cards", &gpu.cards)
        .fact("device nodes", &gpu.nodes)
        .fact("container toolkit", &gpu.toolkit);
    devices.fact("device descriptions", &gpu.specs).fact("seen from containers", &gpu.sights);
    write(sink, DEVICES, devices.text())
}
