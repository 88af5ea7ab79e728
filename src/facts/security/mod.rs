//! Accounts, permissions and exposure: who the server runs as, who else could act as root, who can read what it
//! keeps, and whether a secret has got somewhere where it does not belong. Secrets are compared in memory: what
//! becomes a fact is their names.

mod certificate;
mod exposure;

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::place::{self, Place};
use super::server::{self, Server};
use super::snapshot::Asked;
use super::{Fact, Probe};
use crate::config::Endpoint as Configured;
pub use certificate::Certificate;
pub use exposure::Exposure;

/// So many files of a directory are looked at.
const MANY: usize = 50;
const NO_SETTINGS: &str = "the settings cannot be put in force";

/// What is known of who could reach what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {
    /// The server's process.
    pub server: Fact<Server>,
    /// The group whose members may use the container engine.
    pub docker_group: Fact<Group>,
    /// How long sign-ins last.
    pub lifetimes: Fact<Lifetimes>,
    /// The file of the one-time password.
    pub first_password: Fact<Place>,
    /// Secrets that have the same value, as their names.
    pub reused: Fact<Vec<String>>,
    /// The state directory and what is in it.
    pub state: Fact<Vec<Place>>,
    /// The directory of the log and what is in it.
    pub logs: Fact<Vec<Place>>,
    /// The directory of kept copies and what is in it.
    pub backups: Fact<Vec<Place>>,
    /// The installed program and the directories that lead to it.
    pub program: Fact<Vec<Place>>,
    /// Processes with a secret in their command line.
    pub arguments: Fact<Vec<Exposure>>,
    /// Log files with a secret in them.
    pub logged: Fact<Vec<Exposure>>,
    /// Where answers are written.
    pub endpoint: Fact<Endpoint>,
    /// What that endpoint shows for itself.
    pub certificate: Fact<Certificate>,
}

/// A group of users.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Group {
    /// There is one.
    pub exists: bool,
    /// The names of its members.
    pub members: Vec<String>,
}

/// How long sign-ins last, in seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Lifetimes {
    /// Until it has to be renewed.
    pub access: u64,
    /// For as long as it can be renewed.
    pub refresh: u64,
}

/// The language model server that the settings name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Endpoint {
    /// `https`, `http`, or empty where no address is named.
    pub scheme: String,
    /// Its host.
    pub host: String,
    /// The host is this machine.
    pub local: bool,
    /// A key is sent to it.
    pub key: bool,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Security {
    let deadline = asked.deadline;
    macro_rules! probe {
        ($look:expr) => {{
            let asked = asked.clone();
            Probe::within(deadline, move || $look(&asked))
        }};
    }
    let certificate = probe!(certificate::look);
    let arguments = probe!(exposure::arguments);
    let logged = probe!(exposure::logged);
    let reused = probe!(exposure::reused);
    let server = probe!(server::look);
    let state = probe!(|asked: &Asked| {
        let home = &asked.home;
        below(asked, &home.state, &[home.database(), home.journal(), home.index(), home.guides()])
    });
    let logs = probe!(|asked: &Asked| below(asked, &asked.home.logs, &files(asked, &asked.home.logs)));
    let backups = probe!(|asked: &Asked| {
        let kept = asked.home.journal().with_file_name("journal.d");
        below(asked, &kept, &files(asked, &kept))
    });
    let first_password = probe!(|asked: &Asked| place::look(asked, &asked.home.first_password()));
    let program = probe!(program);
    Security {
        docker_group: docker_group(asked),
        lifetimes: lifetimes(asked),
        endpoint: endpoint(asked),
        server: server.finish(),
        first_password: first_password.finish(),
        reused: reused.finish(),
        state: state.finish(),
        logs: logs.finish(),
        backups: backups.finish(),
        program: program.finish(),
        arguments: arguments.finish(),
        logged: logged.finish(),
        certificate: certificate.finish(),
    }
}

fn docker_group(asked: &Asked) -> Fact<Group> {
    let read =
        |path: &str| std::fs::read(asked.at(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    match (read("/etc/group"), read("/etc/passwd")) {
        (Ok(groups), passwd) => Fact::Known(group("docker", &groups, &passwd.unwrap_or_default())),
        (Err(error), _) => Fact::Unknown(place::why(&error)),
    }
}

/// The members of a group (group(5)), and those whose first group it is (passwd(5)).
fn group(name: &str, groups: &str, passwd: &str) -> Group {
    let Some(line) = groups.lines().find(|line| line.split(':').next() == Some(name)) else {
        return Group::default();
    };
    let mut fields = line.split(':').skip(2);
    let number = fields.next().filter(|number| !number.is_empty());
    let listed = fields.next().unwrap_or_default().split(',').map(str::trim);
    let by_first_group = passwd.lines().filter_map(|line| {
        let fields: Vec<_> = line.split(':').collect();
        (fields.len() > 3 && Some(fields[3]) == number).then(|| fields[0])
    });
    let mut members: Vec<String> =
        listed.chain(by_first_group).filter(|name| !name.is_empty()).map(String::from).collect();
    members.sort();
    members.dedup();
    Group { exists: true, members }
}

fn lifetimes(asked: &Asked) -> Fact<Lifetimes> {
    match &asked.config {
        Some(config) => Fact::Known(Lifetimes {
            access: config.access_lifetime.as_secs(),
            refresh: config.refresh_lifetime.as_secs(),
        }),
        None => Fact::Unknown(NO_SETTINGS.into()),
    }
}

fn endpoint(asked: &Asked) -> Fact<Endpoint> {
    let Some(config) = &asked.config else { return Fact::Unknown(NO_SETTINGS.into()) };
    let key = config.api_key.is_some();
    let Configured::Url(url) = &config.endpoint else {
        return Fact::Known(Endpoint { key, ..Endpoint::default() });
    };
    match reqwest::Url::parse(url) {
        Ok(url) => {
            let host = url.host_str().unwrap_or_default().to_string();
            Fact::Known(Endpoint { scheme: url.scheme().into(), local: is_local(&host), host, key })
        }
        Err(error) => Fact::Unknown(error.to_string()),
    }
}

fn is_local(host: &str) -> bool {
    let address: Option<IpAddr> = host.trim_start_matches('[').trim_end_matches(']').parse().ok();
    address.map_or(host == "localhost" || host.ends_with(".localhost"), |address| address.is_loopback())
}

/// A directory and these paths in it, as far as they exist; the directory comes first.
fn below(asked: &Asked, directory: &Path, paths: &[PathBuf]) -> Fact<Vec<Place>> {
    let first = match place::look(asked, directory) {
        Fact::Known(place) => place,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    let rest = paths.iter().filter_map(|path| place::look(asked, path).known().cloned());
    Fact::Known(std::iter::once(first).chain(rest.filter(|place| place.exists)).collect())
}

/// The files of a directory, in order, and not too many; none of one that hangs.
fn files(asked: &Asked, directory: &Path) -> Vec<PathBuf> {
    if !asked.answers(directory) {
        return Vec::new();
    }
    let entries = std::fs::read_dir(directory).into_iter().flatten().flatten();
    let mut files: Vec<_> = entries.map(|entry| entry.path()).take(MANY).collect();
    files.sort();
    files
}

fn program(asked: &Asked) -> Fact<Vec<Place>> {
    let program = asked.home.program();
    let mut found = Vec::new();
    for path in program.ancestors() {
        match place::look(asked, path) {
            Fact::Known(place) if place.exists => found.push(place),
            Fact::Known(_) if found.is_empty() => return Fact::Known(Vec::new()),
            Fact::Known(_) => {}
            Fact::Unknown(why) => return Fact::Unknown(why),
        }
    }
    Fact::Known(found)
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
