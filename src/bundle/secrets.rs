//! The secrets and the names that this machine is known to hold, from wherever they are kept: the settings files and
//! the environment, credentials files, containers, the database, the identity of the machine and its users. They are
//! gathered so that they can be taken out, and are kept nowhere.

mod keys;
mod names;
mod texts;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use secrecy::ExposeSecret;
use serde_json::Value;
use walkdir::WalkDir;

use super::collect::Scope;
use super::collect::engine::Engine;
use super::collect::files::{hung, text_of};
use crate::config::schema::KEYS;
use crate::facts::{DEADLINE, Fact, Probe, data};

pub use names::{Names, names};

/// Where mounts are listed.
const FSTAB: &str = "/etc/fstab";

/// The most containers and files that are looked into.
const CONTAINERS: usize = 200;
const FILES: usize = 200;

/// What containers are started with, while it is being asked for: an engine that hangs must not hold up the rest.
pub struct Containers(Option<Probe<Vec<String>>>);

/// Asks the engine, without waiting for it: the one that the doctor found, or will find where it has not looked yet.
#[must_use]
pub fn ask(scope: &Scope) -> Containers {
    let is_found = !scope.facts.docker.socket.is_empty();
    let engine = if is_found { Engine::of(scope).ok().flatten() } else { Some(Engine::expected(scope)) };
    Containers(engine.map(|engine| Probe::within(DEADLINE, move || Fact::Known(of_containers(&engine)))))
}

/// Every secret that this machine is known to hold, each once. Where something hangs, it takes some seconds.
#[must_use]
pub fn values(scope: &Scope, Containers(containers): Containers) -> Vec<Vec<u8>> {
    let mut found = BTreeSet::new();
    let mut add = |values: Vec<String>| found.extend(values.into_iter().map(String::into_bytes));
    if let Some(config) = &scope.config {
        let secrets = [&config.signing_key, &config.api_key].into_iter().flatten();
        add(secrets.map(|secret| secret.expose_secret().to_string()).collect());
    }
    add(scope.environment.iter().flat_map(|(name, value)| keys::secrets(name, value)).collect());
    let files = credential_files(scope);
    let person = variable(scope, "HOME").map(PathBuf::from).filter(|home| home.is_absolute());
    let mut directories: Vec<PathBuf> = files.iter().filter_map(|file| Some(file.parent()?.into())).collect();
    directories.extend([scope.home.config.clone(), scope.home.state.clone()]);
    directories.extend(person.clone());
    let hung = hung(scope, directories);
    let answers = |path: &Path| !hung.iter().any(|hung| path.starts_with(hung));
    if answers(&scope.home.config) {
        add(of_settings(&scope.home.config));
    }
    add(files.iter().filter(|file| answers(file)).flat_map(|file| texts::lines(&read(file))).collect());
    add(texts::fstab(&read(FSTAB.as_ref())));
    if let Some(person) = person.filter(|person| answers(person)) {
        add(of_person(scope, &person));
    }
    if answers(&scope.home.state) {
        add(data::read(&scope.home, DEADLINE / 2, of_database).unwrap_or_default());
    }
    add(containers.and_then(|probe| probe.finish().known().cloned()).unwrap_or_default());
    found.remove(&Vec::new());
    found.into_iter().collect()
}

/// A variable of the environment.
fn variable<'a>(scope: &'a Scope, name: &str) -> Option<&'a str> {
    scope.environment.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

/// A file as text, as far as there is one that can be read.
fn read(path: &Path) -> String {
    text_of(path).ok().flatten().unwrap_or_default()
}

/// What the files beside `tars.toml` hold.
fn of_settings(directory: &Path) -> Vec<String> {
    let walk = WalkDir::new(directory).max_depth(4).follow_links(false).same_file_system(true);
    let files =
        walk.into_iter().filter_map(Result::ok).filter(|entry| entry.file_type().is_file()).take(FILES);
    files.flat_map(|entry| of_file(entry.path())).collect()
}

/// What a file beside the settings holds, by what it is.
fn of_file(path: &Path) -> Vec<String> {
    let text = read(path);
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    if name == "admin-password" {
        return vec![text.trim().to_string()];
    }
    let mut found = texts::key_lines(&text);
    found.extend(match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "toml" => texts::toml(&text),
        "json" => texts::json(&text),
        _ => texts::lines(&text),
    });
    found
}

/// Files of credentials that the settings and `/etc/fstab` name.
fn credential_files(scope: &Scope) -> BTreeSet<PathBuf> {
    let in_fstab = texts::credential_files(&read(FSTAB.as_ref())).into_iter().map(PathBuf::from);
    let nas = scope.config.as_ref().and_then(|config| config.nas.as_ref());
    let seen = scope.facts.storage.nas.credential_files.iter().map(|file| PathBuf::from(&file.path));
    in_fstab.chain(nas.and_then(|nas| nas.credentials.clone())).chain(seen).collect()
}

/// What this user's own programs keep: the engine's sign-ins, passwords of hosts.
fn of_person(scope: &Scope, home: &Path) -> Vec<String> {
    let engine = variable(scope, "DOCKER_CONFIG").map_or_else(|| home.join(".docker"), PathBuf::from);
    let mut found = texts::sign_ins(&read(&engine.join("config.json")));
    found.extend(texts::netrc(&read(&home.join(".netrc"))));
    found
}

/// Password hashes. Tokens are signed and not kept.
fn of_database(database: &Connection) -> rusqlite::Result<Vec<String>> {
    database.prepare("SELECT password FROM users")?.query_map([], |row| row.get(0))?.collect()
}

/// What containers are started with: their environment, labels and command lines.
fn of_containers(engine: &Engine) -> Vec<String> {
    let Ok((containers, _)) = engine.containers() else { return Vec::new() };
    let mut found = Vec::new();
    for container in containers.iter().take(CONTAINERS) {
        let Ok(details) = engine.value(&format!("/containers/{}/json", container.id)) else { continue };
        found.extend(of_container(&details));
    }
    found
}

fn of_container(details: &Value) -> Vec<String> {
    let config = &details["Config"];
    let strings = |value: &Value| -> Vec<String> {
        value.as_array().into_iter().flatten().filter_map(|one| one.as_str().map(String::from)).collect()
    };
    let mut found = Vec::new();
    for assignment in strings(&config["Env"]) {
        if let Some((name, value)) = assignment.split_once('=') {
            found.extend(keys::secrets(name, value));
        }
    }
    for (name, value) in config["Labels"].as_object().into_iter().flatten() {
        found.extend(value.as_str().into_iter().flat_map(|value| keys::secrets(name, value)));
    }
    for words in [&config["Cmd"], &config["Entrypoint"], &details["Args"]] {
        found.extend(texts::command(&strings(words)));
    }
    found
}

/// The settings whose values are secret, by the names of their variables.
fn is_secret_setting(name: &str) -> Option<bool> {
    let dotted = name.to_ascii_lowercase();
    KEYS.iter().find(|key| key.variable() == name || key.name == dotted).map(|key| key.secret)
}

#[cfg(test)]
#[path = "secrets/tests.rs"]
mod tests;
