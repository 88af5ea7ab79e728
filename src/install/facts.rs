//! The facts that an installation rests on, gathered concurrently. All but the texts of the two settings
//! files can be stored and shown; those are kept apart, because one of them is secret.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::{docker, stack};
use crate::config::env_file;
use crate::config::secrets::check_signing_key;
use crate::ctx::Ctx;
use crate::facts::documents::{self, Directory};
use crate::facts::machine::{self, Storage, System};
use crate::facts::models::{self, Endpoint};
use crate::facts::paths::{self, Entry, Privacy};
use crate::facts::ports::{self, Port};
use crate::facts::{Fact, Probe};
use crate::failure::{Failure, IoContext, Result};
use crate::host::service::{Manager, Service, State};
use crate::host::{files, systemd};

/// The signing key in `tars.env`, without the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Key {
    /// There is none.
    Missing,
    /// It is long and varied enough.
    Good,
    /// It is not, and why.
    Weak(String),
}

/// This program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Program {
    /// Where it stands now.
    pub path: PathBuf,
    /// SHA-256 of it.
    pub digest: String,
}

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Facts {
    pub system: Fact<System>,
    pub storage: Fact<Storage>,
    /// Directories in which nothing can be made, and why.
    pub unwritable: Vec<String>,
    pub listen: SocketAddr,
    pub port: Fact<Port>,
    pub manager: Manager,
    pub service: Fact<State>,
    /// Why the running server is not the one that would be started now, if so.
    pub outdated: Option<String>,
    pub models: Fact<Vec<Endpoint>>,
    pub documents: Vec<Directory>,
    /// What is at every path that matters.
    pub paths: BTreeMap<PathBuf, Entry>,
    /// Temporary files that an interrupted run left where only install writes.
    pub leftovers: Vec<PathBuf>,
    pub program: Program,
    pub key: Key,
    /// What the docker profile needs to know, where it is asked for.
    pub docker: Option<docker::Around>,
}

/// The facts, and the texts that edits start from.
#[derive(Debug)]
pub(super) struct Found {
    pub facts: Facts,
    pub toml: Option<String>,
    pub env: Option<SecretString>,
}

/// Looks at everything.
pub(super) async fn gather(ctx: &Ctx, answers: &Answers) -> Result<Found> {
    let home = &ctx.home;
    let (listen, state_directory) = (answers.listen, home.state.clone());
    let system = Probe::start(machine::system);
    let storage = Probe::start(move || machine::storage(&state_directory));
    let port = Probe::start(move || ports::look(listen));
    let models = Probe::start(move || models::endpoints(listen.port()));
    let documents: Vec<_> = answers
        .documents
        .iter()
        .map(|path| {
            let looked_at = path.clone();
            (path.clone(), Probe::start(move || documents::look(&looked_at)))
        })
        .collect();

    let directories = [&home.config, &home.state, &home.logs, &home.run, &home.bin];
    let unwritable = directories
        .iter()
        .filter_map(|path| machine::refuses_writing(path))
        .collect::<std::collections::BTreeSet<_>>();
    let program = ctx.this_program()?;
    let digest = paths::digest_of_file(&program)
        .trying(format_args!("read this program at `{}`", program.display()))?;
    // The port first: a server that answers there was known to whatever keeps it before it could answer.
    let port = port.finish();
    let service = Service::under(ctx, answers.manager)?;
    let state: Fact<State> = service.state().await.into();
    let env = read(&home.env())?.map(SecretString::from);
    let docker = match answers.manager {
        Manager::Docker => Some(docker::look(ctx, answers).await?),
        Manager::Systemd { .. } | Manager::Supervisor => None,
    };
    let facts = Facts {
        outdated: state.known().and_then(|state| outdated(state, &[home.toml(), home.env()])),
        service: state,
        manager: answers.manager,
        unwritable: unwritable.into_iter().collect(),
        paths: entries(ctx, answers.manager),
        leftovers: [&home.config, &home.bin].into_iter().flat_map(|path| files::leftovers(path)).collect(),
        program: Program { path: program, digest },
        key: env.as_ref().map_or(Key::Missing, key),
        docker,
        listen,
        system: system.finish(),
        storage: storage.finish(),
        port,
        models: models.finish(),
        documents: documents
            .into_iter()
            .map(|(path, probe)| Directory { path, state: probe.finish() })
            .collect(),
    };
    Ok(Found { facts, toml: read(&home.toml())?, env })
}

fn entries(ctx: &Ctx, manager: Manager) -> BTreeMap<PathBuf, Entry> {
    let home = &ctx.home;
    let mut entries = BTreeMap::new();
    let mut look = |path: &Path, privacy| {
        entries.entry(path.to_path_buf()).or_insert_with(|| paths::look(path, privacy));
    };
    for directory in [&home.config, &home.state, &home.logs, &home.run, &home.bin] {
        directory.ancestors().for_each(|path| look(path, Privacy::Secret));
    }
    for path in [home.env(), home.first_password(), home.database()] {
        look(&path, Privacy::Secret);
    }
    look(&home.toml(), Privacy::Open);
    look(&home.program(), Privacy::Open);
    if manager == Manager::Docker {
        for (path, _) in docker::directories(&home.config) {
            look(&path, Privacy::Secret);
        }
        for path in stack::paths() {
            let secret = stack::PASSWORDS.contains(&path);
            look(&home.config.join(path), if secret { Privacy::Secret } else { Privacy::Open });
        }
    }
    if let Manager::Systemd { user } = manager {
        let unit = systemd::unit_path(home, user);
        look(&unit, Privacy::Open);
        unit.ancestors().skip(1).for_each(|path| look(path, Privacy::Secret));
    }
    entries
}

fn read(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::config(format!("cannot read `{}`", path.display())).because(&error)),
    }
}

fn key(env: &SecretString) -> Key {
    let named = env_file::parse(env.expose_secret())
        .flatten()
        .filter(|entry| entry.name.0 == "TARS_AUTH_SIGNING_KEY" && !entry.value.0.is_empty())
        .last();
    match named {
        None => Key::Missing,
        Some(entry) => match check_signing_key(entry.value.0) {
            Ok(()) => Key::Good,
            Err(why) => Key::Weak(why.into()),
        },
    }
}

/// Whether a running server was started from what is no longer there: its program was replaced, or its
/// settings were changed after it started. A run that was interrupted before the restart is found this way.
fn outdated(state: &State, settings: &[PathBuf]) -> Option<String> {
    let pid = state.server?;
    let program = std::fs::read_link(format!("/proc/{pid}/exe")).ok();
    if program.is_some_and(|path| path.to_string_lossy().ends_with(" (deleted)")) {
        return Some("the program was replaced while it runs".into());
    }
    let since = SystemTime::from(state.since?);
    // systemd tells whole seconds, and files have the time of the kernel's last tick.
    let later = since + std::time::Duration::from_secs(1);
    let changed = |path: &&PathBuf| {
        std::fs::metadata(path)
            .and_then(|metadata| metadata.modified())
            .is_ok_and(|modified| modified > later)
    };
    settings.iter().find(changed).map(|path| format!("`{}` changed after it started", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_judged_and_not_kept() {
        let good = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
        let judged = |text: &str| key(&text.to_string().into());
        assert_eq!(judged(&format!("# TARS_AUTH_SIGNING_KEY=x\nTARS_AUTH_SIGNING_KEY={good}\n")), Key::Good);
        assert_eq!(judged("OLD_TARS_AUTH_SIGNING_KEY=x\n"), Key::Missing);
        assert_eq!(judged("TARS_AUTH_SIGNING_KEY=\n"), Key::Missing);
        let weak = judged("TARS_AUTH_SIGNING_KEY=hunter2\n");
        assert!(matches!(&weak, Key::Weak(why) if !why.contains("hunter2")), "{weak:?}");
    }

    #[test]
    fn settings_that_changed_after_the_start_outdate_the_server() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let started = |ago: i64| State {
            running: true,
            server: Some(std::process::id()),
            since: Some(jiff::Timestamp::now() - jiff::SignedDuration::from_secs(ago)),
            ..State::default()
        };
        let settings = [file.path().to_path_buf()];
        assert_eq!(outdated(&started(0), &settings), None);
        assert!(outdated(&started(100), &settings).unwrap().contains("changed after it started"));
        assert_eq!(outdated(&State { server: None, ..started(100) }, &settings), None);
    }
}
