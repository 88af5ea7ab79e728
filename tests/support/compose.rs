//! The real Docker Compose, which says what a compose file means; and projects in folders with what they are asked
//! with. No engine is needed for that.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::{TestEnv, skip, target};

/// The program; skips the test where it is not there.
pub fn program() -> Option<PathBuf> {
    let program = target().join("compose/docker-compose");
    if program.exists() {
        return Some(program);
    }
    skip("there is no Docker Compose: `cargo xtask test` fetches it with pip");
    None
}

/// A project in a folder of its own.
pub struct Case {
    /// The name of the folder, which says what the project is about.
    pub name: String,
    /// Where it is.
    pub folder: PathBuf,
    /// What is said before the command: files, profiles, files with variables.
    options: Vec<String>,
    /// The services that are asked for.
    services: Vec<String>,
    /// The variables around the command.
    variables: Vec<(String, String)>,
}

impl Case {
    /// The project in a folder: its `arguments.txt` has one argument in each line, its `variables.env` one variable.
    pub fn read(folder: &Path) -> Self {
        let lines = |name: &str| {
            let text = fs::read_to_string(folder.join(name)).unwrap_or_default();
            text.lines().map(str::to_owned).collect::<Vec<_>>()
        };
        let (mut options, mut services) = (Vec::new(), Vec::new());
        let mut arguments = lines("arguments.txt").into_iter();
        while let Some(argument) = arguments.next() {
            if argument.starts_with('-') {
                let value = arguments.next().unwrap_or_else(|| panic!("{argument} has no value: {folder:?}"));
                options.extend([argument, value]);
            } else {
                services.push(argument);
            }
        }
        let variables = lines("variables.env")
            .iter()
            .map(|line| line.split_once('=').unwrap_or_else(|| panic!("`{line}` in {folder:?}")))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        Self { name, folder: folder.to_path_buf(), options, services, variables }
    }

    /// What standard error has to say where the project is refused, one text in each line.
    pub fn says(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.join("says.txt")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }

    /// `docker compose config` for this project.
    pub fn asked_of_compose(&self, env: &TestEnv, program: &Path, format: &str) -> Command {
        let mut command = env.command(program);
        command.args(&self.options).args(["config", "--format", format]).args(&self.services);
        self.placed(command)
    }

    /// `tars up --print-config` for this project.
    pub fn asked_of_tars(&self, env: &TestEnv, format: &str) -> Command {
        let mut command = env.tars();
        command.arg("up").args(&self.options).args(["--print-config", "--format", format]);
        command.args(&self.services);
        self.placed(command)
    }

    /// `docker compose config --hash` for all services of this project.
    pub fn hashes_of_compose(&self, env: &TestEnv, program: &Path) -> Command {
        let mut command = env.command(program);
        command.args(&self.options).args(["config", "--hash", "*"]);
        self.placed(command)
    }

    /// `tars up --hash` for all services of this project.
    pub fn hashes_of_tars(&self, env: &TestEnv) -> Command {
        let mut command = env.tars();
        command.arg("up").args(&self.options).args(["--hash", "*"]);
        self.placed(command)
    }

    fn placed(&self, mut command: Command) -> Command {
        let variables = self.variables.iter().map(|(name, value)| (name, value));
        command.envs(variables).current_dir(&self.folder);
        command
    }
}

/// Where two values differ first, as the path to it and what is there.
pub fn difference(theirs: &Value, ours: &Value, path: &str) -> Option<String> {
    let told = |value: Option<&Value>| value.map_or_else(|| "nothing".to_owned(), Value::to_string);
    let below = |key: &dyn std::fmt::Display, theirs: Option<&Value>, ours: Option<&Value>| {
        let path = format!("{path}/{key}");
        match (theirs, ours) {
            (Some(theirs), Some(ours)) => difference(theirs, ours, &path),
            _ => Some(format!("`{path}` is {} there and {} here", told(theirs), told(ours))),
        }
    };
    match (theirs, ours) {
        (Value::Object(theirs), Value::Object(ours)) => {
            let added = ours.keys().filter(|key| !theirs.contains_key(*key));
            theirs.keys().chain(added).find_map(|key| below(key, theirs.get(key), ours.get(key)))
        }
        (Value::Array(theirs), Value::Array(ours)) => (0..theirs.len().max(ours.len()))
            .find_map(|index| below(&index, theirs.get(index), ours.get(index))),
        _ if theirs == ours => None,
        _ => Some(format!("`{path}` is {theirs} there and {ours} here")),
    }
}
