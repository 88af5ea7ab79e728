//! The engine's settings file, `daemon.json`: whether it can be read, which settings it names, and the few
//! values that checks judge. Other values are no facts: proxies and log targets have passwords in them.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::place::{Source, changed};
use crate::facts::snapshot::Asked;
use crate::facts::{Fact, NEEDS_ROOT, no_answer};

/// No settings file is larger.
const LARGEST: u64 = 1 << 20;

/// What the settings file says.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Its path.
    pub path: String,
    /// It is there; without it, every setting has its default.
    pub exists: bool,
    /// Why it cannot be understood: line, column, what was expected.
    pub problem: Option<String>,
    /// When it was last written.
    pub changed: Option<Timestamp>,
    /// The names of the settings in it.
    pub keys: Vec<String>,
    /// How output is kept, where it says so.
    pub log_driver: Option<String>,
    /// At which size output is rotated, where it says so.
    pub log_max_size: Option<String>,
    /// Whether containers go on while the engine is restarted, where it says so.
    pub live_restore: Option<bool>,
    /// Whether published ports are forwarded by a process, where it says so.
    pub userland_proxy: Option<bool>,
    /// Where it is to listen, where it says so.
    pub hosts: Vec<String>,
    /// It asks its callers for a certificate.
    pub tls_verify: bool,
}

/// What the settings file of the engine at this socket says.
pub(super) fn look(asked: &Asked, source: Source) -> Fact<Settings> {
    match source {
        Source::Usual => read(&asked.at("/etc/docker/daemon.json")),
        Source::Rootless => {
            let base = asked.variable("XDG_CONFIG_HOME").map(PathBuf::from);
            match base.or_else(|| Some(Path::new(asked.variable("HOME")?).join(".config"))) {
                Some(base) if !asked.answers(&base) => Fact::Unknown(no_answer(asked.deadline)),
                Some(base) => read(&base.join("docker/daemon.json")),
                None => Fact::Unknown("`HOME` is not set".into()),
            }
        }
        Source::Named => {
            Fact::Unknown("which settings the engine of `DOCKER_HOST` reads is not known".into())
        }
    }
}

/// Reads the file.
fn read(path: &Path) -> Fact<Settings> {
    let shown = path.to_string_lossy().into_owned();
    let text = match std::fs::metadata(path).and_then(|found| {
        if found.len() > LARGEST { Err(ErrorKind::FileTooLarge.into()) } else { std::fs::read(path) }
    }) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        Err(error) => {
            return match error.kind() {
                ErrorKind::NotFound | ErrorKind::NotADirectory => {
                    Fact::Known(Settings { path: shown, ..Settings::default() })
                }
                ErrorKind::PermissionDenied => Fact::Unknown(NEEDS_ROOT.into()),
                _ => Fact::Unknown(format!("cannot read `{shown}`: {error}")),
            };
        }
    };
    let mut settings = parse(&text);
    settings.path = shown;
    settings.changed = changed(path);
    Fact::Known(settings)
}

fn parse(text: &str) -> Settings {
    let mut settings = Settings { exists: true, ..Settings::default() };
    // The engine takes an empty file for one without settings.
    let value: Value = match serde_json::from_str(if text.trim().is_empty() { "{}" } else { text }) {
        Ok(value) => value,
        Err(error) => {
            let message = error.to_string();
            let what = message.split(" at line ").next().unwrap_or_default();
            settings.problem = Some(format!("{}:{}: {what}", error.line(), error.column()));
            return settings;
        }
    };
    let Value::Object(fields) = value else {
        settings.problem = Some("1:1: it is not an object, `{…}`".into());
        return settings;
    };
    settings.log_driver = fields.get("log-driver").and_then(Value::as_str).map(String::from);
    settings.log_max_size = fields
        .get("log-opts")
        .and_then(|options| options.get("max-size"))
        .map(|size| size.as_str().map_or_else(|| size.to_string(), String::from));
    settings.live_restore = fields.get("live-restore").and_then(Value::as_bool);
    settings.userland_proxy = fields.get("userland-proxy").and_then(Value::as_bool);
    settings.tls_verify = fields.get("tlsverify").and_then(Value::as_bool).unwrap_or(false);
    let hosts = fields.get("hosts").and_then(Value::as_array).into_iter().flatten();
    settings.hosts = hosts.filter_map(|host| host.as_str().map(String::from)).take(20).collect();
    settings.keys = fields.keys().take(100).cloned().collect();
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_in_it() {
        let text = r#"{"log-driver":"json-file","log-opts":{"max-size":"10m","splunk-token":"s"},
            "live-restore":true,"userland-proxy":false,"hosts":["tcp://0.0.0.0:2375"]}"#;
        let settings = parse(text);
        assert_eq!(settings.log_max_size.as_deref(), Some("10m"));
        assert_eq!((settings.live_restore, settings.userland_proxy), (Some(true), Some(false)));
        assert_eq!(settings.hosts, ["tcp://0.0.0.0:2375"]);
        assert!(!format!("{settings:?}").contains("splunk"), "only the top level is named");
    }

    #[test]
    fn what_cannot_be_understood_says_where() {
        for (text, problem) in [
            ("{\n  \"log-driver\": \"local\",\n}", Some("3:1: trailing comma")),
            ("{ \"a\": 1 } x", Some("1:12: trailing characters")),
            ("[]", Some("1:1: it is not an object, `{…}`")),
            ("", None),
            ("{}", None),
            ("{\"log-opts\": 7, \"hosts\": {}, \"live-restore\": \"yes\"}", None),
        ] {
            assert_eq!(parse(text).problem.as_deref(), problem, "{text}");
        }
    }

    #[test]
    fn a_file_that_is_not_there_is_known() {
        let found = read(Path::new("/no/such/daemon.json"));
        assert!(!found.known().unwrap().exists);
    }
}
