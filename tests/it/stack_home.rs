//! The home stack: `tars install --profile docker` on a real engine, with the image made out of the program under test.
//! There is no registry, so its language model cannot be had; what is said then is a part of what is tested.

use std::fs;
use std::process::Command;

use serde_json::Value;

use crate::support::engine::{Engine, engine};
use crate::support::env::{Ended, finish_within};
use crate::support::installed::json;
use crate::support::{TestEnv, compose};
use std::time::Duration;

/// How long a command may take that makes an image and waits for a container.
const LONG: Duration = Duration::from_secs(120);

/// An installation on the engine of the tests.
struct Home {
    env: TestEnv,
    engine: Engine,
}

impl Home {
    fn bare() -> Option<Self> {
        let engine = engine()?;
        let env = TestEnv::new();
        let documents = env.directory("documents");
        fs::write(
            documents.join("keeper.md"),
            "# Keeper\n\nThe keeper writes the log at dusk, in the green book.\n",
        )
        .unwrap();
        Some(Self { env, engine })
    }

    fn run(&self, arguments: &[&str]) -> Ended {
        let mut command = self.env.tars();
        // Whatever answers on the machine of the test is none of the stack's.
        command.env("DOCKER_HOST", self.engine.host()).env("TARS_ANSWER_ENDPOINT", "auto").args(arguments);
        finish_within(self.engine.beside(&mut command), LONG)
    }

    fn install(&self) -> Ended {
        let documents = self.env.path().join("documents").display().to_string();
        self.run(&["install", "--yes", "--profile", "docker", "--documents", &documents])
    }

    /// The only container of the stack.
    fn container(&self) -> Value {
        let listed = self.engine.ask("GET", "/containers/json?all=true", &Value::Null);
        let [only] = listed.as_array().unwrap().as_slice() else { panic!("{listed:#}") };
        self.engine.inspect(only["Id"].as_str().unwrap())
    }

    /// `docker-compose`, in the directory of the stack.
    fn compose(&self, program: &std::path::Path, arguments: &[&str]) -> Ended {
        let mut command: Command = self.env.command(program);
        command.env("DOCKER_HOST", self.engine.host()).current_dir(self.env.home().config).args(arguments);
        finish_within(&mut command, LONG)
    }
}

#[test]
fn the_server_runs_as_a_container_of_its_own_image_and_is_validated() {
    let (Some(home), Some(compose)) = (Home::bare(), compose::program()) else { return };
    let ended = home.install().expect(0);
    for said in
        ["\nGO ", "answers are extracts: the language model cannot be started", "container engine, process"]
    {
        assert!(ended.stdout.contains(said), "`{said}` is not in {ended:#?}");
    }
    let container = home.container();
    let at = |pointer: &str| container.pointer(pointer).cloned().unwrap_or_default();
    assert_eq!(at("/State/Health/Status"), "healthy");
    assert_eq!(at("/HostConfig/ReadonlyRootfs"), true);
    assert_eq!(at("/HostConfig/CapDrop"), serde_json::json!(["ALL"]));
    assert!(at("/Config/User").as_str().is_some_and(|user| !user.starts_with('0')), "{container:#}");
    assert!(
        at("/Config/Image").as_str().is_some_and(|image| image.starts_with("localhost/tars:")),
        "{container:#}"
    );
    let ports = at("/HostConfig/PortBindings");
    assert!(ports.as_object().unwrap().values().all(|port| port[0]["HostIp"] == "127.0.0.1"), "{ports:#}");

    let answer = home.run(&["ops", "ask", "where does the keeper write the log?"]).expect(0);
    assert!(answer.stdout.contains("green book") && answer.stdout.contains("keeper.md"), "{answer:#?}");
    home.run(&["ops", "status"]).expect(0);
    home.run(&["doctor", "--only", "ports.listen", "--only", "services.server.boot"]).expect(0);

    // Docker Compose has nothing to do, and the second installation neither.
    home.compose(&compose, &["up", "--detach"]).expect(0);
    let again = json(&home.run(&["install", "--yes", "--format", "json"]).expect(0));
    assert!(again["facts"].to_string().contains("nothing to change"), "{again:#}");
    assert_eq!(home.container()["Id"], container["Id"], "it was not made anew");
}

#[test]
fn it_is_stopped_started_and_taken_away() {
    let Some(home) = Home::bare() else { return };
    home.install().expect(0);
    let running = || home.container().pointer("/State/Running").cloned();
    home.run(&["ops", "stop"]).expect(0);
    assert_eq!(running(), Some(false.into()));
    home.run(&["ops", "status"]).expect(1);
    home.run(&["ops", "start"]).expect(0);
    assert_eq!(running(), Some(true.into()));

    let ended = home.run(&["install", "--yes", "--profile", "embedded"]).expect(2);
    assert!(ended.stderr.contains("the server runs as a container here"), "{ended:#?}");

    home.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    let listed = home.engine.ask("GET", "/containers/json?all=true", &Value::Null);
    assert_eq!(listed, serde_json::json!([]));
    let networks = home.engine.ask("GET", "/networks", &Value::Null);
    assert!(!networks.to_string().contains("tars-"), "{networks:#}");
    assert!(!home.env.home().config.join("compose.yml").exists());
    assert!(home.env.path().join("documents/keeper.md").exists(), "documents are nobody's to remove");
}

#[test]
fn an_engine_that_is_not_there_stops_it_before_anything_is_written() {
    let env = TestEnv::new();
    let nobody = env.path().join("no.sock");
    let mut command = env.tars();
    command.env("DOCKER_HOST", format!("unix://{}", nobody.display()));
    let ended = finish_within(command.args(["install", "--yes", "--profile", "docker"]), LONG).expect(2);
    assert!(ended.stderr.contains("the container engine cannot be used"), "{ended:#?}");
    assert!(!env.path().join("tars").exists());
}
