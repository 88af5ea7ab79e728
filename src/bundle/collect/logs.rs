//! Logs, the newest part of each: of our server, of units that systemd runs, of the kernel where it tells of
//! trouble, and of containers with times.

use std::path::PathBuf;

use super::engine::{Body, Engine, Frames, Listed};
use super::files::{Keep, answers, missing, planned, put};
use super::newest::newest;
use super::{Collector, Planned, Scope, Sink, kernel, units};

pub(super) const COLLECTOR: Collector =
    Collector { name: "logs", about: "logs of the server, units, the kernel and containers", plan, run };

/// How many log files that were put aside are looked for.
const ASIDE: u32 = 9;
/// The logs of more containers are not collected.
const MOST: usize = 200;

/// The server's log files, newest first, with their paths in the archive.
fn files(scope: &Scope) -> Vec<(String, PathBuf)> {
    let log = scope.home.log_file();
    let aside = |n: u32| (format!("logs/server.log.{n}"), PathBuf::from(format!("{}.{n}", log.display())));
    std::iter::once(("logs/server.log".into(), log.clone())).chain((1..=ASIDE).map(aside)).collect()
}

fn plan(scope: &Scope) -> Vec<Planned> {
    let mut all = planned("logs/", &scope.home.logs, || files(scope));
    all.extend(units::plan(scope));
    all.push(Planned::new(kernel::PATH, kernel::SOURCE));
    for container in scope.facts.docker.containers.known().into_iter().flatten().take(MOST) {
        all.push(Planned::new(format!("logs/containers/{}.log", container.name), "the container engine"));
    }
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let cap = (!scope.all_logs).then_some(scope.cap);
    match answers(scope, &[&scope.home.logs]) {
        Ok(()) => {
            let keep = if scope.all_logs { Keep::All } else { Keep::End };
            for (path, source) in files(scope) {
                put(scope, sink, &path, &source, keep)?;
            }
        }
        Err(why) => missing(sink, "logs/server.log", &why),
    }
    kernel::run(scope, sink)?;
    units::run(scope, sink, cap)?;
    let Some(engine) = Engine::of(scope)? else { return Ok(()) };
    let (mut containers, _) = engine.containers()?;
    // Our own come first: time may run out.
    let known = scope.facts.docker.containers.known();
    let is_ours =
        |one: &Listed| known.into_iter().flatten().any(|known| known.id == one.id && known.is_ours());
    containers.sort_by_cached_key(|one| (!is_ours(one), one.name.clone()));
    for container in containers.iter().take(MOST) {
        let mut file = sink.file(&format!("logs/containers/{}.log", container.name));
        // Those with a terminal have one stream, as it is.
        match engine.value(&format!("/containers/{}/json", container.id)) {
            Ok(details) => {
                let terminal = details["Config"]["Tty"].as_bool() == Some(true);
                newest(cap, &mut *file, |lines| output(scope, &engine, container, terminal, lines))?;
            }
            Err(why) => file.incomplete(&why),
        }
    }
    Ok(())
}

/// What a container said.
enum Output {
    Terminal(Body),
    Streams(Frames<Body>),
}

impl std::io::Read for Output {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        match self {
            Self::Terminal(body) => body.read(buffer),
            Self::Streams(frames) => frames.read(buffer),
        }
    }
}

fn output(
    scope: &Scope,
    engine: &Engine,
    container: &Listed,
    terminal: bool,
    lines: Option<u64>,
) -> Result<Output, String> {
    let mut path = format!("/containers/{}/logs?stdout=1&stderr=1&timestamps=1", container.id);
    path += &lines.map_or_else(String::new, |lines| format!("&tail={lines}"));
    path += &scope.since.map_or_else(String::new, |since| format!("&since={}", since.as_second()));
    path += &format!("&until={}", scope.now.as_second() + 1);
    // All of it may be large: the deadline of the collector bounds it.
    let answer = engine.get(&path, scope.deadline)?;
    match answer.status {
        200 if terminal => Ok(Output::Terminal(answer.body)),
        200 => Ok(Output::Streams(Frames::new(answer.body))),
        status => {
            let mut said = String::new();
            // What it says is a help and no more.
            let _ = std::io::Read::read_to_string(&mut std::io::Read::take(answer.body, 500), &mut said);
            Err(format!("the engine answered with {status}: {}", said.trim()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, engine, ordinary, scope};
    use super::*;

    #[test]
    fn the_newest_of_every_log_unless_all_is_wanted() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = Scope { cap: 20_000, ..scope(dir.path()) };
        engine(&mut scope, dir.path(), ordinary);
        std::fs::create_dir_all(&scope.home.logs).unwrap();
        let text: String = (0..3000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(scope.home.log_file(), &text).unwrap();
        std::fs::write(scope.home.logs.join("serve.log.1"), "older\n").unwrap();
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert_eq!(archive.text("logs/server.log.1"), "older\n");
        for path in ["logs/server.log", "logs/containers/model.log"] {
            let text = archive.text(path);
            assert!(
                text.len() <= 20_000 && text.len() > 10_000 && text.ends_with("line 2999\n"),
                "{}",
                text.len()
            );
            assert_eq!(archive.notes(path).len(), 1);
        }
        assert!(archive.text("logs/containers/model.log").starts_with("2030-01-01T"));
        scope.all_logs = true;
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert_eq!(archive.text("logs/server.log"), text);
        assert_eq!(archive.text("logs/containers/model.log").lines().count(), 3000);
        assert!(archive.notes("logs/containers/model.log").is_empty());
    }

    #[test]
    fn a_log_that_the_engine_does_not_keep_says_so() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = scope(dir.path());
        engine(&mut scope, dir.path(), |path| {
            let refused = || Some((500, b"{\"message\":\"the driver does not support reading\"}".to_vec()));
            if path.contains("/logs") { refused() } else { ordinary(path) }
        });
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert!(archive.notes("logs/containers/model.log")[0].contains("does not support reading"));
    }
}
