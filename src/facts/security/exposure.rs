//! Whether a secret of this installation has got somewhere else: into a command line, which every user of the
//! machine can read, into a log, or into the place of another secret.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use memchr::memmem;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use super::files;
use crate::config::env_file;
use crate::config::schema::{KEYS, Key};
use crate::facts::place::why;
use crate::facts::snapshot::Asked;
use crate::facts::{Fact, no_answer};

/// What is shorter is found by chance.
const SHORTEST: usize = 8;
/// So much of a log is searched, from its end.
const TAIL: u64 = 1 << 20;
/// No command line is longer (`MAX_ARG_STRLEN`).
const LINE: u64 = 128 << 10;

/// A place where secrets were found, and their names.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposure {
    /// The file, or the name of the process.
    pub place: String,
    /// The number of the process.
    pub pid: Option<u32>,
    /// The names of the secrets.
    pub secrets: Vec<String>,
}

/// The secrets of this installation.
struct Secrets(Vec<(String, SecretString)>);

impl Secrets {
    fn read(asked: &Asked) -> Result<Self, String> {
        if !asked.answers(&asked.home.config) {
            return Err(no_answer(asked.deadline));
        }
        let variables: Vec<_> = KEYS.iter().filter(|key| key.secret).map(Key::variable).collect();
        let text = text(&asked.home.env())?;
        let in_file = env_file::parse(&text).flatten().map(|entry| (entry.name.0, entry.value.0));
        let in_environment = asked.environment.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut found: Vec<(String, SecretString)> = Vec::new();
        for (name, value) in in_file.chain(in_environment) {
            let is_new = !found.iter().any(|(known, other)| known == name && other.expose_secret() == value);
            if is_new && !value.is_empty() && variables.iter().any(|variable| variable == name) {
                found.push((name.into(), value.to_string().into()));
            }
        }
        let password = self::text(&asked.home.first_password())?;
        if !password.trim().is_empty() {
            found.push(("admin-password".into(), password.trim().to_string().into()));
        }
        Ok(Self(found))
    }

    /// The names of those that stand in these bytes.
    fn within(&self, bytes: &[u8]) -> Vec<String> {
        let long = self.0.iter().filter(|(_, secret)| secret.expose_secret().len() >= SHORTEST);
        let there =
            long.filter(|(_, secret)| memmem::find(bytes, secret.expose_secret().as_bytes()).is_some());
        let mut names: Vec<_> = there.map(|(name, _)| name.clone()).collect();
        names.dedup();
        names
    }
}

fn text(path: &Path) -> Result<String, String> {
    match std::fs::read(path) {
        Ok(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
        Err(error) => Err(why(&error)),
    }
}

/// Pairs of secrets that are one and the same.
pub(super) fn reused(asked: &Asked) -> Fact<Vec<String>> {
    let secrets = match Secrets::read(asked) {
        Ok(secrets) => secrets.0,
        Err(why) => return Fact::Unknown(why),
    };
    let mut pairs = Vec::new();
    for (index, (name, secret)) in secrets.iter().enumerate() {
        for (other, same) in &secrets[index + 1..] {
            if name != other && secret.expose_secret() == same.expose_secret() {
                pairs.push(format!("`{name}` and `{other}`"));
            }
        }
    }
    Fact::Known(pairs)
}

/// Processes that have a secret in their command line.
pub(super) fn arguments(asked: &Asked) -> Fact<Vec<Exposure>> {
    let secrets = match Secrets::read(asked) {
        Ok(secrets) => secrets,
        Err(why) => return Fact::Unknown(why),
    };
    let processes = match std::fs::read_dir(asked.at("/proc")) {
        Ok(processes) => processes,
        Err(error) => return Fact::Unknown(why(&error)),
    };
    let look = |process: std::fs::DirEntry| {
        let pid = process.file_name().to_string_lossy().parse().ok()?;
        let mut line = Vec::new();
        // A process may end while it is looked at.
        File::open(process.path().join("cmdline")).ok()?.take(LINE).read_to_end(&mut line).ok()?;
        let secrets = secrets.within(&line);
        let name = text(&process.path().join("comm")).unwrap_or_default().trim().to_string();
        (!secrets.is_empty()).then_some(Exposure { place: name, pid: Some(pid), secrets })
    };
    Fact::Known(processes.flatten().filter_map(look).collect())
}

/// Log files that have a secret in them.
pub(super) fn logged(asked: &Asked) -> Fact<Vec<Exposure>> {
    let secrets = match Secrets::read(asked) {
        Ok(secrets) => secrets,
        Err(why) => return Fact::Unknown(why),
    };
    if !asked.answers(&asked.home.logs) {
        return Fact::Unknown(no_answer(asked.deadline));
    }
    let mut found = Vec::new();
    for path in files(asked, &asked.home.logs).into_iter().filter(|path| path.is_file()) {
        let tail = match tail(&path) {
            Ok(tail) => tail,
            Err(error) => return Fact::Unknown(format!("`{}`: {}", path.display(), why(&error))),
        };
        let secrets = secrets.within(&tail);
        if !secrets.is_empty() {
            found.push(Exposure { place: path.to_string_lossy().into_owned(), pid: None, secrets });
        }
    }
    Fact::Known(found)
}

fn tail(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    Ok(bytes)
}
