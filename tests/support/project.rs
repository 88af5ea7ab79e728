//! A compose project in a folder of its own, brought up by the program on an engine of the tests.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;

use super::TestEnv;
use super::env::{Ended, finish_within};

/// How long any command may take: a hanging engine is waited for.
const LONG: Duration = Duration::from_secs(100);

/// The project, in a clean environment with a home of its own.
pub struct Project {
    pub env: TestEnv,
    /// What `DOCKER_HOST` is.
    pub host: String,
    name: String,
}

impl Project {
    /// A project of this name on the engine at `host`.
    pub fn new(name: &str, host: &str, compose: &str) -> Self {
        let project = Self { env: TestEnv::new(), host: host.into(), name: name.into() };
        project.env.directory("stack");
        project.declare(compose);
        project
    }

    /// The folder with its compose file.
    pub fn folder(&self) -> PathBuf {
        self.env.path().join("stack")
    }

    /// Writes its compose file; `IMAGE` in it is the image of the tests.
    pub fn declare(&self, compose: &str) {
        let compose = compose.replace("IMAGE", super::engine::IMAGE);
        self.file("compose.yml", &format!("name: {}\n{compose}", self.name));
    }

    /// Writes a file beside it.
    pub fn file(&self, name: &str, text: &str) {
        fs::write(self.folder().join(name), text).unwrap();
    }

    /// The program with these arguments, in its folder.
    pub fn tars(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.tars();
        command.args(arguments).env("DOCKER_HOST", &self.host).current_dir(self.folder());
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ended {
        finish_within(&mut self.tars(arguments), LONG)
    }

    /// Brings it up, which has to work, and after which there has to be nothing left to do.
    #[track_caller]
    pub fn comes_up(&self) -> Ended {
        let ended = self.run(&["up"]).expect(0);
        self.is_as_declared();
        ended
    }

    /// Fails the test where there is something to do.
    #[track_caller]
    pub fn is_as_declared(&self) {
        let steps = &self.plan()["steps"];
        assert_eq!(steps.as_array().map(Vec::len), Some(0), "{steps:#}");
    }

    /// What would be done.
    #[track_caller]
    pub fn plan(&self) -> Value {
        let ended = self.run(&["up", "--plan", "--format", "json"]);
        serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"))
    }
}

impl Ended {
    /// Fails the test unless the result says this.
    #[track_caller]
    pub fn tells(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "`{text}` is not in {self:#?}");
        self
    }
}
