//! The container engine: what it says of itself, its containers, images, networks and volumes, one sample of what
//! the containers use, and what happened in the window. JSON as the API gives it, one value a line.

use std::io::Write;

use jiff::Timestamp;
use serde_json::{Map, Value};

use super::engine::{DEADLINE, Engine, Listed};
use super::files::{missing, pour, write, write_json};
use super::{Collector, Planned, Scope, Sink};

pub(super) const COLLECTOR: Collector =
    Collector { name: "docker", about: "the container engine and its containers", plan, run };

/// What is asked as it is, cheapest first. The last may take the engine long, which measures then.
const ASKED: &[(&str, &str)] = &[
    ("/version", "docker/version.json"),
    ("/info", "docker/info.json"),
    ("/images/json", "docker/images.json"),
    ("/networks", "docker/networks.json"),
    ("/volumes", "docker/volumes.json"),
];

/// More containers are not looked at one by one.
const MOST: usize = 200;
/// Without a window, events of the last day are asked for.
const DAY: i64 = 86_400;

fn plan(scope: &Scope) -> Vec<Planned> {
    let Ok(Some(engine)) = Engine::of(scope) else { return Vec::new() };
    let from = |path: &str, asked: &str| Planned::new(path, format!("GET {asked} at {}", engine.socket()));
    let mut planned: Vec<Planned> = ASKED.iter().map(|(asked, path)| from(path, asked)).collect();
    planned.push(from("docker/containers.json", "/containers/json"));
    for container in scope.facts.docker.containers.known().into_iter().flatten().take(MOST) {
        planned.push(from(&format!("docker/inspect/{}.json", container.name), "/containers/ID/json"));
    }
    planned.push(from("docker/stats.json", "/containers/ID/stats"));
    planned.push(from("docker/events.jsonl", "/events"));
    planned.push(from("docker/disk.json", "/system/df"));
    planned
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let Some(engine) = Engine::of(scope)? else {
        let socket = &scope.facts.docker.socket;
        return write(
            sink,
            "docker/none.txt",
            &format!("there is no container engine: `{socket}` does not exist\n"),
        );
    };
    let (containers, listed) = engine.containers()?;
    write_json(sink, "docker/containers.json", &listed)?;
    for (asked, path) in ASKED {
        value(&engine, sink, path, asked)?;
    }
    for container in containers.iter().take(MOST) {
        let path = format!("docker/inspect/{}.json", container.name);
        value(&engine, sink, &path, &format!("/containers/{}/json", container.id))?;
    }
    stats(&engine, sink, &containers)?;
    events(scope, &engine, sink)?;
    value(&engine, sink, "docker/disk.json", "/system/df")
}

fn value(engine: &Engine, sink: &dyn Sink, path: &str, asked: &str) -> Result<(), String> {
    match engine.value(asked) {
        Ok(value) => write_json(sink, path, &value),
        Err(why) => {
            missing(sink, path, &why);
            // One that hangs in one answer hangs in the next ones too.
            if why.ends_with("no answer in time") { Err(why) } else { Ok(()) }
        }
    }
}

fn stats(engine: &Engine, sink: &dyn Sink, containers: &[Listed]) -> Result<(), String> {
    let mut file = sink.file("docker/stats.json");
    let mut samples = Map::new();
    for container in containers.iter().filter(|container| container.running).take(MOST) {
        // Without a second sample to compare with, the answer comes at once.
        match engine.value(&format!("/containers/{}/stats?stream=false&one-shot=true", container.id)) {
            Ok(sample) => {
                samples.insert(container.name.clone(), sample);
            }
            Err(why) => file.incomplete(&why),
        }
    }
    let text = crate::report::json::render(&Value::Object(samples));
    file.write_all(text.as_bytes()).map_err(super::files::closed)
}

fn events(scope: &Scope, engine: &Engine, sink: &dyn Sink) -> Result<(), String> {
    let until = scope.now.as_second();
    let since = scope.since.map_or(until - DAY, Timestamp::as_second);
    let mut file = sink.file("docker/events.jsonl");
    match engine.get(&format!("/events?since={since}&until={until}"), DEADLINE) {
        Ok(mut answer) => {
            if answer.status != 200 {
                file.incomplete(&format!("the engine answered with {}", answer.status));
            }
            pour(&mut answer.body, scope.cap, &mut *file).map(drop)
        }
        Err(why) => {
            file.incomplete(&why);
            Ok(())
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::super::testing::{Archive, engine, ordinary, scope};
    use super::*;

    #[test]
    fn everything_that_an_engine_says() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = scope(dir.path());
        engine(&mut scope, dir.path(), ordinary);
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        let value = |path: &str| serde_json::from_slice::<Value>(&archive.bytes(path)).unwrap();
        assert_eq!(value("docker/containers.json")[0]["Id"], "ab12");
        assert_eq!(value("docker/inspect/model.json")["Config"]["Tty"], false);
        assert_eq!(value("docker/stats.json")["model"]["memory_stats"]["usage"], 7);
        assert_eq!(archive.text("docker/events.jsonl").lines().count(), 2);
        assert!(archive.notes("docker/disk.json")[0].ends_with("500: busy"));
        assert!(ASKED.iter().all(|(_, path)| archive.notes(path).is_empty()));
        assert!(plan(&scope).iter().any(|planned| planned.path == "docker/disk.json"));
    }

    #[test]
    fn an_engine_that_hangs_in_one_answer_is_asked_no_more() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = scope(dir.path());
        engine(&mut scope, dir.path(), |path| if path == "/info" { None } else { ordinary(path) });
        let (archive, started) = (Archive::default(), Instant::now());
        let failed = run(&scope, &archive).unwrap_err();
        assert!(failed.contains("/info") && started.elapsed() < Duration::from_secs(4), "{failed}");
        assert_eq!(archive.notes("docker/info.json").len(), 1);
        assert_eq!(archive.text("docker/version.json"), "{}\n");
    }

    #[test]
    fn a_machine_without_an_engine_says_so() {
        let mut scope = scope("/nowhere".as_ref());
        scope.facts.docker.reach = crate::facts::Fact::Known(crate::facts::docker::Reach::Absent);
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert!(archive.text("docker/none.txt").contains("no container engine"));
    }
}
