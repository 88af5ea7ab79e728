//! The looks that the guards need, each with a deadline: at the engine through its API, and at the machine on a thread of
//! its own, which is left behind where it does not come back.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bollard::query_parameters::ListContainersOptions;
use tokio::net::UnixStream;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::{Info, Published, Seen, binds, room, starting};
use crate::config::Config;
use crate::ctx::Ctx;
use crate::facts::far::{self, Question};
use crate::facts::gpu::{self, Gpu};
use crate::facts::listeners::{self, Listener};
use crate::facts::snapshot::Asked;
use crate::facts::storage::expect::expected;
use crate::facts::storage::{self, Storage, There, is_below};
use crate::facts::{DEADLINE, Fact, Probe};
use crate::plan::Plan;
use crate::stack::engine::Engine;
use crate::stack::gpu::{asks, nodes};
use crate::stack::labels;
use crate::stack::model::Stack;
use crate::up::change::Change;

/// What is looked at on this machine: the usual places, and those that the settings name.
#[must_use]
pub fn asked(ctx: &Ctx) -> Asked {
    let hung = far::hung(vec![ctx.home.config.clone(), ctx.home.state.clone()], DEADLINE);
    let mut asked = Asked {
        root: "/".into(),
        home: ctx.home.clone(),
        config: None,
        waivers: Vec::new(),
        hung,
        environment: ctx.environment().to_vec(),
        deadline: DEADLINE,
    };
    // Settings that cannot be read are told by whoever needs them; here they only name further places.
    if asked.answers(&ctx.home.config) {
        asked.config = ctx.settings().ok().and_then(|settings| Config::new(&settings).ok());
    }
    asked
}

/// What has to be looked at.
struct Wishes {
    /// The paths that services bind.
    binds: BTreeSet<String>,
    /// Where the engine keeps everything, where it says so.
    root: Option<PathBuf>,
    /// A service asks for a graphics card.
    gpu: bool,
    /// The process whose network the engine publishes ports in, where it is not this one's.
    network: Option<u32>,
}

/// What was seen on this machine.
struct Machine {
    sockets: Fact<Vec<Listener>>,
    storage: Storage,
    paths: BTreeMap<String, Fact<There>>,
    room: Fact<u64>,
    gpu: Gpu,
}

/// Looks at what the plan needs; at nothing where it starts nothing and brings no image. It takes twice `asked.deadline` at most, and a few
/// milliseconds where everything answers.
pub async fn look(asked: Asked, engine: &Engine, stack: &Stack, plan: &Plan<Change>) -> Seen {
    let mut seen = Seen { local: engine.socket.starts_with('/'), api: engine.api, ..Seen::default() };
    let names = starting(plan);
    if names.is_empty() && room::new(plan) == 0 {
        return seen;
    }
    (seen.engine, seen.published) = tokio::join!(info(engine), published(engine));
    if !seen.local {
        return seen;
    }
    let services = || stack.services.iter().filter(|service| names.contains(service.name.as_str()));
    let known = seen.engine.known();
    let wishes = Wishes {
        binds: services()
            .flat_map(|service| binds::of(stack, service))
            .map(|bind| bind.path)
            .chain(services().flat_map(nodes))
            .collect(),
        root: known.map(|engine| PathBuf::from(&engine.root)),
        gpu: services().any(asks),
        // A rootless engine publishes its ports out of the network that it lives in.
        network: if known.is_some_and(|engine| engine.rootless) {
            None
        } else {
            network(&engine.socket).await
        },
    };
    seen.documents = asked.documents().iter().map(|path| path.to_string_lossy().into_owned()).collect();
    let patience = asked.deadline * 2;
    let (send, answer) = oneshot::channel();
    // Detached: a look that hangs cannot be ended, and the runtime would wait for a thread of its own.
    let _ = std::thread::Builder::new().name("guards".into()).spawn(move || {
        // Nobody listens any more where the deadline has passed.
        let _ = send.send(machine(asked, wishes));
    });
    if let Ok(Ok(machine)) = timeout(patience, answer).await {
        let Machine { sockets, storage, paths, room, gpu } = machine;
        seen = Seen { sockets, storage, paths, room, gpu, ..seen };
    }
    seen
}

async fn info(engine: &Engine) -> Fact<Info> {
    let answer = engine.ask_for(DEADLINE, "ask the engine what it is", engine.docker.info()).await;
    Fact::from(answer.map(|info| {
        let mut runtimes: Vec<String> = info.runtimes.unwrap_or_default().into_keys().collect();
        runtimes.sort();
        let options = info.security_options.unwrap_or_default();
        Info {
            root: info.docker_root_dir.unwrap_or_default(),
            runtimes,
            cdi_dirs: info.cdi_spec_dirs.unwrap_or_default(),
            memory: info.mem_total.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0),
            rootless: options.iter().any(|option| option == "name=rootless"),
        }
    }))
}

async fn published(engine: &Engine) -> Fact<Vec<Published>> {
    let running = engine.docker.list_containers(None::<ListContainersOptions>);
    let answer = engine.ask_for(DEADLINE, "list the published ports", running).await;
    Fact::from(answer.map(|containers| {
        let mut found = Vec::new();
        for container in containers {
            let known = container.labels.unwrap_or_default();
            let label = |name: &str| known.get(name).cloned();
            let names = container.names.unwrap_or_default();
            let one = Published {
                id: container.id.unwrap_or_default(),
                container: names
                    .first()
                    .map(|name| name.trim_start_matches('/').to_string())
                    .unwrap_or_default(),
                member: label(labels::PROJECT).zip(label(labels::SERVICE)),
                ..Published::default()
            };
            found.extend(container.ports.unwrap_or_default().into_iter().filter_map(|port| {
                Some(Published {
                    port: port.public_port?,
                    protocol: port.typ.map(|protocol| protocol.to_string()).unwrap_or_default(),
                    address: port.ip.unwrap_or_default(),
                    ..one.clone()
                })
            }));
        }
        found
    }))
}

/// The engine's process, where it lives in another network than this one: an engine in a container, or one of a test.
/// systemd, where it holds the socket for the engine, lives in that of the machine.
async fn network(socket: &str) -> Option<u32> {
    let connection = timeout(DEADLINE, UnixStream::connect(socket)).await.ok()?.ok()?;
    let pid = u32::try_from(connection.peer_cred().ok()?.pid()?).ok()?;
    let of = |process: &str| std::fs::metadata(Path::new("/proc").join(process).join("ns/net")).ok();
    let (theirs, ours) = (of(&pid.to_string())?, of("self")?);
    (theirs.ino() != ours.ino()).then_some(pid)
}

/// Looks at the machine, for about `asked.deadline`.
fn machine(asked: Asked, wishes: Wishes) -> Machine {
    let asked = Arc::new(asked);
    let deadline = asked.deadline;
    let mut storage = storage::declared(&asked);
    let sockets = {
        let (asked, network) = (Arc::clone(&asked), wishes.network);
        Probe::within(deadline + deadline / 2, move || listeners::sockets(&asked, network))
    };
    let gpu = wishes.gpu.then(|| {
        let asked = Arc::clone(&asked);
        Probe::within(deadline + deadline / 2, move || Fact::Known(gpu::gather(&asked)))
    });
    let room = wishes.root.map(|root| {
        Probe::within(deadline, move || match far::look(&root, &Question::default()) {
            Fact::Known(seen) => Fact::from(seen.free),
            Fact::Unknown(why) => Fact::Unknown(why),
        })
    });
    let question = Question { user: None, sentinel: storage.sentinel.clone() };
    let start = |path: String| {
        let (place, question) = (PathBuf::from(&path), question.clone());
        (path, Probe::within(deadline, move || storage::look(&place, &question)))
    };
    let looks: Vec<_> = places(&asked, &storage, wishes.binds).into_iter().map(start).collect();
    let finish = |(path, probe): (String, Probe<There>)| (path, probe.finish());
    let paths = looks.into_iter().map(finish).collect();
    // Looking at a path may have mounted it.
    storage.mounts = storage::mounts(&asked);
    Machine {
        sockets: sockets.finish(),
        paths,
        room: room.map_or_else(Fact::default, Probe::finish),
        gpu: gpu.and_then(|probe| probe.finish().known().cloned()).unwrap_or_default(),
        storage,
    }
}

/// The paths, the mount points that should be above them, and the documents directories that are.
fn places(asked: &Asked, storage: &Storage, binds: BTreeSet<String>) -> BTreeSet<String> {
    let points = binds.iter().filter_map(|path| expected(storage, path)).map(|expected| expected.point);
    let documents = asked.documents().iter().map(|path| path.to_string_lossy().into_owned());
    let documents = documents.filter(|directory| binds.iter().any(|path| is_below(path, directory)));
    let above: Vec<String> = points.chain(documents).collect();
    binds.into_iter().chain(above).collect()
}

/// Looks at the machine without an engine.
#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// What is seen of this machine where these paths are bound; the rest is as given.
    pub(in super::super) fn machine_of(asked: Asked, binds: &[&str], seen: Seen) -> Seen {
        let binds = binds.iter().map(ToString::to_string).collect();
        let Machine { sockets, storage, paths, .. } =
            machine(asked, Wishes { binds, root: None, gpu: false, network: None });
        Seen { sockets, storage, paths, ..seen }
    }
}
