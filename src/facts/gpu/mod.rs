//! Graphics cards: what is on the bus, which driver drives it, what the driver's library says of it, and what
//! containers get of it. NVIDIA's own tools are never called: the kernel's files and the driver's library say
//! it themselves. What is healthy is for checks to say.

mod containers;
mod driver;
mod kernel_log;
mod module_file;
mod nvml;
mod pci;
mod toolkit;

use serde::{Deserialize, Serialize};

pub use containers::Sight;
pub use driver::{Library, Module, Node};
pub use kernel_log::Xid;
pub use nvml::{Answers, Device, Memory, Nvml, Process};
pub use pci::Card;
pub use toolkit::{Spec, Toolkit};

use super::snapshot::Asked;
use super::{Fact, Probe};

/// What is known of the graphics cards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gpu {
    /// Every display controller on the PCI bus, of any maker.
    pub cards: Fact<Vec<Card>>,
    /// NVIDIA's kernel module.
    pub module: Fact<Module>,
    /// The driver's libraries for programs.
    pub libraries: Fact<Vec<Library>>,
    /// What the driver's management library says.
    pub nvml: Fact<Nvml>,
    /// The driver's device nodes.
    pub nodes: Fact<Vec<Node>>,
    /// Errors that the driver has written into the kernel's log.
    pub xids: Fact<Vec<Xid>>,
    /// NVIDIA's tools for containers.
    pub toolkit: Fact<Toolkit>,
    /// The descriptions by which an engine gives the cards to containers.
    pub specs: Fact<Vec<Spec>>,
    /// What running containers see of the cards.
    pub sights: Fact<Vec<Sight>>,
}

/// Looks at it.
#[must_use]
pub fn gather(asked: &Asked) -> Gpu {
    let root = asked.at("/");
    let start = || root.clone();
    let (for_nvml, for_module, for_log, for_specs, for_containers) =
        (start(), start(), start(), start(), start());
    // The library talks to the driver, and a driver that is in trouble does not answer.
    let nvml = Probe::within(asked.deadline, move || Fact::Known(nvml::look(&for_nvml)));
    let module = Probe::within(asked.deadline, move || Fact::Known(driver::module(&for_module)));
    let xids = Probe::within(asked.deadline, move || kernel_log::look(&for_log));
    let specs = Probe::within(asked.deadline, move || toolkit::specs(&for_specs));
    let sights = Probe::within(asked.deadline, move || containers::look(&for_containers));
    Gpu {
        cards: pci::look(&root),
        libraries: Fact::Known(driver::libraries(&root)),
        nodes: driver::nodes(&root),
        toolkit: Fact::Known(toolkit::look(&root)),
        nvml: nvml.finish(),
        module: module.finish(),
        xids: xids.finish(),
        specs: specs.finish(),
        sights: sights.finish(),
    }
}

/// A version of the driver, such as `550.54.14`: numbers with dots between them.
fn is_version(text: &str) -> bool {
    text.contains('.')
        && text.split('.').all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looking_at_this_machine_does_not_panic() {
        let home = tempfile::tempdir().unwrap();
        let asked = Asked {
            root: "/".into(),
            home: crate::config::paths::Home::under(home.path()),
            config: None,
            waivers: Vec::new(),
            hung: Vec::new(),
            environment: Vec::new(),
            deadline: crate::facts::DEADLINE,
        };
        let gpu = gather(&asked);
        assert!(gpu.cards.known().is_some() && gpu.nvml.known().is_some(), "{gpu:#?}");
    }

    #[test]
    fn versions_are_numbers_with_dots() {
        for (text, is) in
            [("550.54.14", true), ("535.183", true), ("1", false), ("x86_64", false), ("5..1", false)]
        {
            assert_eq!(is_version(text), is, "{text}");
        }
    }
}
