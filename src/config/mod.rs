//! What was asked: every setting from flags, environment, `tars.env`, `tars.toml` and defaults, in that
//! order of precedence, each with the place it came from, and the typed [`Config`] made of them. It does
//! not look at the machine: that is [`crate::facts`].

pub mod edit;
pub mod env_file;
pub mod paths;
pub mod schema;
pub mod secrets;
pub mod strength;
pub mod share;
mod toml;
pub mod value;

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};

use crate::failure::{Failure, Result};
use paths::Home;
use schema::{KEYS, Key};

/// Where a value came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// The built-in default.
    Default,
    /// A line of a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A variable of the process environment.
    Environment(String),
    /// An option of the command line, such as `--listen`.
    Flag(&'static str),
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File { path, line } => write!(f, "{}:{line}", path.display()),
            Self::Environment(name) => write!(f, "environment {name}"),
            Self::Flag(name) => f.write_str(name),
        }
    }
}

/// A value as it was written, before it is given its type. Printing a secret shows that it is one.
#[derive(Debug, Clone)]
pub enum Value {
    /// One value.
    One(String),
    /// A list.
    Many(Vec<String>),
    /// A secret.
    Secret(SecretString),
}

/// One value and where it came from.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The value as written.
    pub value: Value,
    /// Where it came from.
    pub source: Source,
}

/// What kind of thing is wrong.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fault {
    /// It cannot be read.
    #[default]
    Syntax,
    /// There is no setting of that name.
    Unknown,
    /// It is a secret, and stands where others may read it.
    Misplaced,
    /// The setting does not take this value.
    Value,
}

/// Something wrong in the configuration, and where. What is wrong never quotes a secret.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Problem {
    /// What kind of thing it is.
    pub fault: Fault,
    /// `tars.toml:3:7`, or the name of a variable or flag.
    pub place: String,
    /// What is wrong there.
    pub message: String,
}

impl Problem {
    fn in_file(fault: Fault, path: &Path, text: &str, offset: usize, message: impl Into<String>) -> Self {
        let (line, column) = position(text, offset);
        Self { fault, place: format!("{}:{line}:{column}", path.display()), message: message.into() }
    }
}

/// Line and column (both from 1, the column in characters) of a byte offset.
pub(crate) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = &text[..text.floor_char_boundary(offset)];
    let line_start = before.rfind('\n').map_or(0, |at| at + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

/// Every setting that is in force, by key.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    entries: BTreeMap<&'static str, Setting>,
    /// Things that a person should know though they stop nothing, such as an unknown `TARS_` variable.
    pub notes: Vec<String>,
    /// The findings of the doctor that the operator has waived.
    pub waivers: Vec<Waiver>,
}

/// A finding of the doctor that may be as it is until a day: `[[waiver]]` in `tars.toml`.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct Waiver {
    /// The id of the check.
    pub id: String,
    /// Why, in the operator's words.
    pub reason: String,
    /// The last day on which it holds, as `2030-12-31`.
    pub until: String,
    /// The line of `tars.toml` that it stands at.
    pub line: usize,
}

/// The values that the command line sets: key, option name, items.
pub type Flags = Vec<(&'static str, &'static str, Vec<String>)>;

impl Settings {
    /// Reads every layer. `environment` is the process environment (or a test's).
    pub fn load(
        home: &Home,
        flags: &Flags,
        environment: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self> {
        let (toml, env) = (read_if_there(&home.toml())?, read_if_there(&home.env())?);
        let (mut settings, mut problems) = Self::examine(home, toml.as_deref(), env.as_deref());
        settings.layer_environment(environment, &mut problems);
        for (name, option, items) in flags {
            let key = schema::find(name).expect("invariant: every flag names a key of the table");
            settings.set(key, items.clone(), Source::Flag(option), option, &mut problems);
        }
        if problems.is_empty() { Ok(settings) } else { Err(failure(&problems)) }
    }

    /// What the defaults and the texts of the two files say, as far as they can be understood, and everything
    /// that is wrong in them.
    #[must_use]
    pub fn examine(home: &Home, toml: Option<&str>, env: Option<&str>) -> (Self, Vec<Problem>) {
        let mut settings = Self::default();
        let mut problems = Vec::new();
        for key in KEYS {
            let value = if key.kind.is_list() {
                Value::Many(value::split_list(key.default))
            } else if key.secret {
                continue;
            } else {
                Value::One(key.default.to_string())
            };
            settings.entries.insert(key.name, Setting { value, source: Source::Default });
        }
        if let Some(text) = toml {
            toml::layer(&home.toml(), text, &mut settings, &mut problems);
        }
        if let Some(text) = env {
            env_file::layer(&home.env(), text, &mut settings, &mut problems);
        }
        (settings, problems)
    }

    fn layer_environment(
        &mut self,
        environment: impl IntoIterator<Item = (String, String)>,
        problems: &mut Vec<Problem>,
    ) {
        for (name, text) in environment {
            if !name.starts_with("TARS_") || name == "TARS_HOME" {
                continue;
            }
            match KEYS.iter().find(|key| key.variable() == name) {
                Some(key) => {
                    let items = if key.kind.is_list() { value::split_list(&text) } else { vec![text] };
                    self.set(key, items, Source::Environment(name.clone()), &name, problems);
                }
                None => self.notes.push(match did_you_mean_variable(&name) {
                    Some(near) => format!("the variable `{name}` is not known; did you mean `{near}`?"),
                    None => format!("the variable `{name}` is not known, and has no effect"),
                }),
            }
        }
    }

    /// Checks a value and puts it in force; `place` is where a problem is reported.
    fn set(
        &mut self,
        key: &Key,
        items: Vec<String>,
        source: Source,
        place: &str,
        problems: &mut Vec<Problem>,
    ) {
        for item in &items {
            // An empty scalar means "not set", as in `KEY=` of an environment file.
            if item.is_empty() && !key.kind.is_list() {
                continue;
            }
            if let Err(message) = value::check(key.kind, item) {
                // What looks like a key may have been put into the wrong line: it is not repeated.
                let is_keylike = item.len() >= 20 && !item.contains(['/', ' ']) && strength::bits(item) >= 80;
                let message = if is_keylike { message.replace(item.as_str(), "…") } else { message };
                problems.push(Problem {
                    fault: Fault::Value,
                    place: place.to_string(),
                    message: format!("`{}`: {message}", key.name),
                });
                return;
            }
        }
        let value = if key.kind.is_list() {
            Value::Many(items)
        } else {
            match items.into_iter().next() {
                Some(item) if item.is_empty() => return,
                Some(item) if key.secret => Value::Secret(item.into()),
                Some(item) => Value::One(item),
                None => return,
            }
        };
        self.entries.insert(key.name, Setting { value, source });
    }

    /// The setting of a key, where it has a value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Setting> {
        self.entries.get(name)
    }

    /// The same settings with one of them not set: for a command that is about to replace its value.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.entries.remove(name);
        self
    }

    fn one(&self, name: &str) -> &str {
        match self.entries.get(name).map(|setting| &setting.value) {
            Some(Value::One(text)) => text,
            _ => "",
        }
    }

    fn many(&self, name: &str) -> Vec<String> {
        match self.entries.get(name).map(|setting| &setting.value) {
            Some(Value::Many(items)) => items.clone(),
            _ => Vec::new(),
        }
    }

    fn secret(&self, name: &str) -> Option<SecretString> {
        match self.entries.get(name).map(|setting| &setting.value) {
            Some(Value::Secret(secret)) => Some(secret.clone()),
            _ => None,
        }
    }
}

fn read_if_there(path: &Path) -> Result<Option<String>> {
    match std::fs::read(path) {
        Ok(bytes) => match String::from_utf8(bytes) {
            Ok(text) => Ok(Some(text)),
            Err(error) => {
                let valid = String::from_utf8_lossy(&error.as_bytes()[..error.utf8_error().valid_up_to()])
                    .into_owned();
                let problem =
                    Problem::in_file(Fault::Syntax, path, &valid, valid.len(), "this is not UTF-8 text");
                Err(failure(&[problem]))
            }
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Failure::config(format!("cannot read `{}`", path.display())).because(&error)),
    }
}

fn failure(problems: &[Problem]) -> Failure {
    let lines: Vec<_> = problems.iter().map(|p| format!("{}: {}", p.place, p.message)).collect();
    Failure::config(lines.join("\n")).hint("`tars ops config --keys` lists every setting with its meaning")
}

fn did_you_mean_variable(name: &str) -> Option<String> {
    let names: Vec<String> = KEYS.iter().map(Key::variable).collect();
    schema::nearest(name, names.iter().map(String::as_str)).map(String::from)
}

/// The context that is asked of a language model, in tokens: what a prompt is cut to fit.
pub const CONTEXT_TOKENS: u32 = 8192;

/// Where language model servers usually listen on this machine: Ollama, llama.cpp, LM Studio. `auto` asks
/// them in this order.
pub const USUAL_MODEL_PORTS: [u16; 3] = [11434, 8080, 1234];

/// Where answers are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// Look on this machine's usual ports.
    Auto,
    /// Always extracts.
    Off,
    /// This base URL.
    Url(String),
}

/// Whether containers get the graphics cards that they ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gpu {
    /// Where the engine can give them.
    Auto,
    /// Always: where the engine cannot give one, the container is not started.
    On,
    /// Never.
    Off,
}

/// The NAS that holds documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nas {
    /// Its share; none where only the mount point is named.
    pub share: Option<share::Share>,
    /// Where the share is mounted.
    pub mount_point: Option<PathBuf>,
    /// The file with the user name and password.
    pub credentials: Option<PathBuf>,
}

/// The settings with their types.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where the server listens.
    pub listen: SocketAddr,
    /// The log level: `error`, `warn`, `info` or `debug`.
    pub log: String,
    /// The directories to index.
    pub documents: Vec<PathBuf>,
    /// Globs of what to leave out.
    pub exclude: Vec<String>,
    /// How often to compare the directories with the index.
    pub scan_interval: Duration,
    /// The most text taken from one file, in bytes.
    pub max_text: u64,
    /// The largest PDF or Office file, in bytes.
    pub max_file: u64,
    /// The file that stands in every documents directory, where one is named.
    pub sentinel: Option<String>,
    /// The NAS that holds documents, where there is one.
    pub nas: Option<Nas>,
    /// Where answers are written.
    pub endpoint: Endpoint,
    /// The model to ask for; none means the first that the endpoint lists.
    pub model: Option<String>,
    /// How long a model may take over one answer.
    pub answer_deadline: Duration,
    /// The endpoint's bearer key.
    pub api_key: Option<SecretString>,
    /// The key that signs tokens.
    pub signing_key: Option<SecretString>,
    /// How long an access token lasts.
    pub access_lifetime: Duration,
    /// How long a refresh token lasts.
    pub refresh_lifetime: Duration,
    /// `auto`, `systemd` or `supervisor`.
    pub manager: String,
    /// Whether containers get the graphics cards that they ask for.
    pub gpu: Gpu,
}

impl Config {
    /// Gives every setting its type. Settings are checked when they are read, so this fails only on
    /// what can be judged as a whole, such as a signing key that is too weak.
    pub fn new(settings: &Settings) -> Result<Self> {
        let duration = |name| value::duration(settings.one(name)).map_err(Failure::config);
        let bytes = |name| value::bytes(settings.one(name)).map_err(Failure::config);
        let signing_key = settings.secret("auth.signing_key");
        if let Some(key) = &signing_key {
            secrets::check_signing_key(key.expose_secret()).map_err(|why| {
                let place = settings.get("auth.signing_key").map(|s| s.source.to_string()).unwrap_or_default();
                Failure::config(format!("{place}: `auth.signing_key` {why}"))
                    .hint("remove that line and run `tars install --yes`: it makes a new key and keeps everything else")
            })?;
        }
        let given = |name| Some(settings.one(name).to_string()).filter(|text| !text.is_empty());
        let share =
            given("nas.share").map(|text| share::parse(&text).map_err(Failure::config)).transpose()?;
        let mount_point = given("nas.mount_point").map(PathBuf::from);
        let nas = (share.is_some() || mount_point.is_some()).then(|| Nas {
            share,
            mount_point,
            credentials: given("nas.credentials").map(PathBuf::from),
        });
        Ok(Self {
            listen: value::address(settings.one("server.listen")).map_err(Failure::config)?,
            log: settings.one("server.log").to_string(),
            documents: settings.many("documents.paths").into_iter().map(PathBuf::from).collect(),
            exclude: settings.many("documents.exclude"),
            scan_interval: duration("documents.scan_interval")?,
            max_text: bytes("documents.max_text")?,
            max_file: bytes("documents.max_file")?,
            sentinel: given("documents.sentinel"),
            nas,
            endpoint: match settings.one("answer.endpoint") {
                "auto" => Endpoint::Auto,
                "off" => Endpoint::Off,
                url => Endpoint::Url(url.trim_end_matches('/').to_string()),
            },
            model: Some(settings.one("answer.model").to_string()).filter(|model| !model.is_empty()),
            answer_deadline: duration("answer.deadline")?,
            api_key: settings.secret("answer.api_key"),
            signing_key,
            access_lifetime: duration("auth.access_lifetime")?,
            refresh_lifetime: duration("auth.refresh_lifetime")?,
            manager: settings.one("service.manager").to_string(),
            gpu: match settings.one("stack.gpu") {
                "on" => Gpu::On,
                "off" => Gpu::Off,
                _ => Gpu::Auto,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(toml: &str, env: &str, environment: &[(&str, &str)], flags: &Flags) -> Result<Settings> {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        std::fs::create_dir_all(&home.config).unwrap();
        std::fs::write(home.toml(), toml).unwrap();
        std::fs::write(home.env(), env).unwrap();
        Settings::load(&home, flags, environment.iter().map(|(k, v)| (k.to_string(), v.to_string())))
    }

    #[test]
    fn precedence_is_flag_environment_env_file_toml_default() {
        let toml = "[server]\nlisten = '127.0.0.1:1'\n";
        let env = "TARS_SERVER_LISTEN=127.0.0.1:2\n";
        let environment = [("TARS_SERVER_LISTEN", "127.0.0.1:3")];
        let flags = vec![("server.listen", "--listen", vec!["127.0.0.1:4".to_string()])];
        let port = |s: Settings| Config::new(&s).unwrap().listen.port();
        assert_eq!(port(load("", "", &[], &vec![]).unwrap()), 8000);
        assert_eq!(port(load(toml, "", &[], &vec![]).unwrap()), 1);
        assert_eq!(port(load(toml, env, &[], &vec![]).unwrap()), 2);
        assert_eq!(port(load(toml, env, &environment, &vec![]).unwrap()), 3);
        let settings = load(toml, env, &environment, &flags).unwrap();
        assert_eq!(settings.get("server.listen").unwrap().source, Source::Flag("--listen"));
        assert_eq!(port(settings), 4);
    }

    #[test]
    fn every_problem_is_reported_with_its_place() {
        let toml = "[server]\nlissten = '127.0.0.1:1'\n[documents]\nscan_interval = 'soon'\n";
        let message = load(toml, "TARS_SERVER_LOG=verbose\n", &[], &vec![]).unwrap_err().to_string();
        assert!(
            message.contains("tars.toml:2:1: unknown key `server.lissten`; did you mean `server.listen`?"),
            "{message}"
        );
        assert!(
            message.contains("tars.toml:4:17: `documents.scan_interval`: `soon` is not a duration"),
            "{message}"
        );
        assert!(message.contains("tars.env:1:17: `server.log`: `verbose` is not"), "{message}");
    }

    #[test]
    fn a_secret_is_never_printed_and_never_weak() {
        let key = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde7";
        let settings = load("", &format!("TARS_AUTH_SIGNING_KEY={key}\n"), &[], &vec![]).unwrap();
        let config = Config::new(&settings).unwrap();
        assert!(!format!("{settings:?} {config:?}").contains(key));
        let weak = load("", "TARS_AUTH_SIGNING_KEY=changeme\n", &[], &vec![]).unwrap();
        assert!(Config::new(&weak).unwrap_err().to_string().contains("tars.env:1"));
        let drawn = secrets::signing_key().unwrap();
        let drawn = drawn.expose_secret();
        let slip = format!("[answer]\nendpoint = '{drawn}'\n");
        let slipped = load(&slip, "", &[], &vec![]).unwrap_err().to_string();
        assert!(slipped.contains("tars.toml:2:12") && !slipped.contains(drawn), "{slipped}");
        let misplaced = load("[auth]\nsigning_key = 'x'\n", "", &[], &vec![]).unwrap_err().to_string();
        assert!(misplaced.contains("tars.toml:2:1") && misplaced.contains("tars.env"), "{misplaced}");
    }

    #[test]
    fn an_unknown_variable_is_a_note() {
        let settings = load("", "", &[("TARS_SERVER_LISTN", "x"), ("PATH", "/bin")], &vec![]).unwrap();
        assert_eq!(
            settings.notes,
            ["the variable `TARS_SERVER_LISTN` is not known; did you mean `TARS_SERVER_LISTEN`?"]
        );
    }
}
