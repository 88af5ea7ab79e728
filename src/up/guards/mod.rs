//! What has to hold before containers are started: the mounts that services bind are there, the ports are free, there is
//! room for the images, the graphics cards can be given, and the engine knows what it is asked for. [`look`] gathers what
//! that takes, each look with a deadline, and [`judge`] is pure. Nothing here changes anything, and what could not be
//! looked at is told as such: it stops nothing, because the engine will say the rest itself.

mod api;
mod binds;
mod look;
mod memory;
mod ports;
mod room;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

pub use look::{asked, look};

use super::change::Change;
use super::gpu;
use crate::facts::Fact;
use crate::facts::gpu::Gpu;
use crate::facts::listeners::Listener;
use crate::facts::storage::{Storage, There};
use crate::plan::Plan;
use crate::report::{Finding, Verdict};
use crate::stack::compose::{Kind, Node};
use crate::stack::engine::Api;
use crate::stack::model::{Service, Stack};

/// What the guards need to know of the machine and of its engine.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Seen {
    /// The engine is on this machine, so that its paths and ports are those that were looked at.
    pub local: bool,
    /// The newest version of its API that it knows.
    pub api: Api,
    /// What the engine says of itself.
    pub engine: Fact<Info>,
    /// The ports that running containers publish, of whatever project.
    pub published: Fact<Vec<Published>>,
    /// The sockets that listen where the engine publishes ports.
    pub sockets: Fact<Vec<Listener>>,
    /// What is mounted, and what should be.
    pub storage: Storage,
    /// The documents directories of the settings.
    pub documents: Vec<String>,
    /// What is at the paths that services bind, at the mount points above them, and at the documents directories.
    pub paths: BTreeMap<String, Fact<There>>,
    /// Bytes that may still be written where the engine keeps images.
    pub room: Fact<u64>,
    /// The graphics cards; not looked at where no service asks for one.
    pub gpu: Gpu,
}

/// What an engine says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Info {
    /// Where it keeps everything.
    pub root: String,
    /// The names of its runtimes.
    pub runtimes: Vec<String>,
    /// Where it looks for devices that are described by the Container Device Interface.
    pub cdi_dirs: Vec<String>,
    /// The memory of its machine, in bytes.
    pub memory: u64,
    /// It runs as an ordinary user.
    pub rootless: bool,
}

/// A port of this machine that a container has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Published {
    /// The id of the container.
    pub id: String,
    /// Its name.
    pub container: String,
    /// Its project and service, where it is one of a stack.
    pub member: Option<(String, String)>,
    /// `tcp` or `udp`.
    pub protocol: String,
    /// The address: `0.0.0.0`, `::`, `127.0.0.1`.
    pub address: String,
    /// The port.
    pub port: u16,
}

impl Default for Seen {
    fn default() -> Self {
        Self {
            local: true,
            api: Api(1, 41),
            engine: Fact::default(),
            published: Fact::default(),
            sockets: Fact::default(),
            storage: Storage::default(),
            documents: Vec::new(),
            paths: BTreeMap::new(),
            room: Fact::default(),
            gpu: Gpu::default(),
        }
    }
}

/// What is judged: what is declared, what will be done, and what was seen.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// What is declared.
    pub stack: &'a Stack,
    /// The resolved files, which know where each thing was written; none where a stack was kept without them.
    pub tree: Option<&'a Node>,
    /// What will be done.
    pub plan: &'a Plan<Change>,
    /// What was seen.
    pub seen: &'a Seen,
}

/// What stands in the way of the plan ([`Verdict::Fail`]), what should be known, and what could not be looked at. A plan
/// that starts nothing has nothing in its way but a full disk, where it brings images; of one that makes containers and
/// does not start them, only what the engine does not know is asked: mounts, ports and graphics cards may come before
/// they are started.
#[must_use]
pub fn judge(case: &Case<'_>) -> Vec<Finding> {
    if starting(case.plan).is_empty() {
        return room::judge(case).into_iter().collect();
    }
    let starts = |change: &Change| matches!(change, Change::Start { .. });
    if !case.plan.steps.iter().any(|step| starts(&step.action)) {
        return api::judge(case);
    }
    let mut findings = Vec::new();
    if !case.seen.local {
        findings.push(Finding::new(
            "up.engine.elsewhere",
            Verdict::Unknown,
            "the engine is on another machine, whose mounts, ports, disks and graphics cards cannot be looked at from here",
        ));
    }
    findings.extend(binds::judge(case));
    findings.extend(ports::judge(case));
    findings.extend(room::judge(case));
    findings.extend(gpu::judge(case));
    findings.extend(api::judge(case));
    findings.extend(memory::judge(case));
    findings
}

/// The services of which a container will be made or started.
#[must_use]
pub fn starting(plan: &Plan<Change>) -> BTreeSet<&str> {
    let service = |change| match change {
        &Change::Create { ref service, .. }
        | &Change::Recreate { ref service, .. }
        | &Change::Start { ref service, .. } => Some(service.as_str()),
        _ => None,
    };
    plan.steps.iter().filter_map(|step| service(&step.action)).collect()
}

impl<'a> Case<'a> {
    /// The services of which a container will be started.
    pub(super) fn starting(&self) -> impl Iterator<Item = &'a Service> {
        let names = starting(self.plan);
        self.stack.services.iter().filter(move |service| names.contains(service.name.as_str()))
    }

    /// What keeps the stack from being started; `at` is the path in the resolved files of what is judged, as a JSON
    /// pointer.
    pub(super) fn refuse(&self, id: &str, at: &str, summary: String) -> Finding {
        self.finding(id, Verdict::Fail, at, summary)
    }

    /// What should be known.
    pub(super) fn warn(&self, id: &str, at: &str, summary: String) -> Finding {
        self.finding(id, Verdict::Warn, at, summary)
    }

    pub(super) fn finding(&self, id: &str, verdict: Verdict, at: &str, summary: String) -> Finding {
        let mut finding = Finding::new(id, verdict, summary);
        finding.evidence.extend(self.place(at));
        finding
    }

    /// Where a file says it: `compose.yaml:7:9`.
    pub(super) fn place(&self, at: &str) -> Option<String> {
        self.tree.and_then(|tree| place(tree, at))
    }
}

/// Where something was written: the innermost thing on the way to it that a file says.
fn place(tree: &Node, pointer: &str) -> Option<String> {
    let mut node = tree;
    let mut found = None;
    for step in pointer.split('/').skip(1) {
        let (place, next) = match &node.kind {
            Kind::Map(map) => (map.place_of(step)?, map.get(step)?),
            Kind::List(list) => {
                let next = list.get(step.parse::<usize>().ok()?)?;
                (&next.place, next)
            }
            _ => break,
        };
        node = next;
        if place.line > 0 {
            found = Some(format!("{}:{}:{}", place.file.display(), place.line, place.column));
        }
    }
    found
}

/// `127.0.0.1:8000`, `[::1]:8000`
fn shown(address: &str, port: u16) -> String {
    if address.contains(':') { format!("[{address}]:{port}") } else { format!("{address}:{port}") }
}
