//! The files of the container stack as an installation has them: the compose file and what it names are the same
//! everywhere but for the directories to index, and what else differs stands in the `.env` beside them, which `docker
//! compose` reads as `tars up` does. It writes nothing.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::config::paths::Home;
use crate::failure::{Failure, Result};

/// The compose file, and its text but for the directories to index, which belong in the place of a line.
const COMPOSE: (&str, &str) = ("compose.yml", include_str!("../../templates/compose.yml"));
const DOCUMENTS: &str = "      # {documents}\n";
/// What is the same everywhere: where it belongs, and its text.
const FILES: [(&str, &str); 4] = [
    ("monitoring/prometheus.yml", include_str!("../../templates/monitoring/prometheus.yml")),
    ("monitoring/alerts.yml", include_str!("../../templates/monitoring/alerts.yml")),
    ("monitoring/alertmanager.yml", include_str!("../../templates/monitoring/alertmanager.yml")),
    ("monitoring/grafana.yml", include_str!("../../templates/monitoring/grafana.yml")),
];

/// What Compose reads variables from.
pub(super) const VARIABLES: &str = ".env";
/// The passwords of services that are started on demand, by the names of their files.
pub(super) const PASSWORDS: [&str; 2] = ["secrets/grafana_password", "secrets/postgres_password"];
/// The directories below that of the configuration, and who may use them.
pub(super) const DIRECTORIES: [(&str, u32); 2] = [("monitoring", 0o755), ("secrets", 0o700)];

/// The line that has answers made of extracts, where there is no language model.
const WITHOUT_MODEL: &str = "TARS_STACK_ENDPOINT=off";

/// The variable that names what is started, and the profile of the language model.
const PROFILES: &str = "COMPOSE_PROFILES";
const MODEL: &str = "model";

/// What differs from one installation to another.
#[derive(Debug, Clone)]
pub(super) struct StackSettings {
    /// The name of the project.
    pub project: String,
    /// The image of the program.
    pub image: String,
    /// The user and the group that the server runs as: those who may read the configuration and the documents.
    pub user: (u32, u32),
    /// The address and the port that the server is published at.
    pub listen: SocketAddr,
    /// The directory with `tars.toml` and `tars.env`.
    pub config: PathBuf,
    /// The directory with the database and the index.
    pub state: PathBuf,
    /// The directories to index.
    pub documents: Vec<PathBuf>,
    /// Whether mounts of this machine can be seen in containers that run already.
    pub shared_mounts: bool,
    /// Whether the language model of the stack writes the answers.
    pub model: bool,
    /// What else is to be started, by the names of profiles.
    pub profiles: Vec<String>,
}

/// The name of the project of an installation: that of a directory of one's own tells it from others.
pub(super) fn project(home: &Home) -> String {
    let Some(given) = &home.given else { return "tars".into() };
    let hash = Sha256::digest(given.as_os_str().as_encoded_bytes());
    let short: String = hash.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
    format!("tars-{short}")
}

/// Whether the variables say that there is no language model.
pub(super) fn is_without_model(variables: &str) -> bool {
    variables.lines().any(|line| line == WITHOUT_MODEL)
}

/// What a person has started beside the server and its language model, by the names of profiles.
pub(super) fn other_profiles(variables: &str) -> Vec<String> {
    let line = variables.lines().find_map(|line| line.strip_prefix(PROFILES)?.strip_prefix('='));
    let names = line.unwrap_or_default().split(',').map(str::trim);
    names.filter(|name| !name.is_empty() && *name != MODEL).map(String::from).collect()
}

/// Every file that there may be, by where it belongs in the directory of the configuration.
pub(super) fn paths() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(path, _)| *path).chain([COMPOSE.0, VARIABLES]).chain(PASSWORDS)
}

/// The files of the stack but for the passwords, by where they belong in the directory of the configuration.
///
/// # Errors
/// The name of a directory cannot stand in a compose file.
pub(super) fn files(settings: &StackSettings) -> Result<Vec<(&'static str, String)>> {
    let mut files: Vec<(&str, String)> =
        FILES.iter().map(|(path, text)| (*path, (*text).to_string())).collect();
    files.push((COMPOSE.0, COMPOSE.1.replace(DOCUMENTS, &documents(settings)?)));
    files.push((VARIABLES, variables(settings)?));
    Ok(files)
}

/// The variables that the compose file takes.
fn variables(settings: &StackSettings) -> Result<String> {
    let (user, group) = settings.user;
    let model = settings.model.then(|| MODEL.to_string());
    let profiles: Vec<String> = model.into_iter().chain(settings.profiles.iter().cloned()).collect();
    let mut lines = vec![
        ("COMPOSE_PROJECT_NAME", settings.project.clone()),
        (PROFILES, profiles.join(",")),
        ("TARS_IMAGE", settings.image.clone()),
        ("TARS_UID", user.to_string()),
        ("TARS_GID", group.to_string()),
        ("TARS_ADDRESS", settings.listen.ip().to_string()),
        ("TARS_PORT", settings.listen.port().to_string()),
        ("TARS_CONFIG", quoted(&settings.config)?),
        ("TARS_STATE", quoted(&settings.state)?),
    ];
    if !settings.model {
        lines.extend(WITHOUT_MODEL.split_once('=').map(|(name, value)| (name, value.to_string())));
    }
    let lines = lines.into_iter().map(|(name, value)| format!("{name}={value}\n"));
    let told = "# Written by `tars install`: what `compose.yml` takes from this installation. Add `monitoring` or `postgres` to\n# COMPOSE_PROFILES to have them started too; that stays.\n";
    Ok([told.to_string()].into_iter().chain(lines).collect())
}

/// The directories to index, as volumes of the server. They stand inside at the path where they stand outside, so that
/// an answer cites the path that a person knows.
fn documents(settings: &StackSettings) -> Result<String> {
    // A share that is mounted later becomes visible inside, where mounts of this machine are shared at all.
    let propagation = if settings.shared_mounts { "rslave" } else { "rprivate" };
    let mut text = String::new();
    for path in &settings.documents {
        // What is valid JSON is valid YAML; a dollar would begin a variable.
        let path = serde_json::json!(utf8(path)?.replace('$', "$$"));
        text.push_str(&format!(
            "      - {{type: bind, source: {path}, target: {path}, read_only: true, bind: {{create_host_path: false, propagation: {propagation}}}}}\n",
        ));
    }
    Ok(text)
}

/// A path as a `.env` takes it: in single quotes nothing has a meaning.
fn quoted(path: &Path) -> Result<String> {
    let text = utf8(path)?;
    if text.contains(['\'', '\n']) {
        return Err(unusable(path));
    }
    Ok(format!("'{text}'"))
}

fn utf8(path: &Path) -> Result<&str> {
    path.to_str().ok_or_else(|| unusable(path))
}

fn unusable(path: &Path) -> Failure {
    Failure::config(format!(
        "`{}` cannot be given to a container: its name has a quote, a line end or bytes that are no text",
        path.display()
    ))
    .hint("give the directory another name, or use `--profile embedded`")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::compose::project::Options;
    use crate::stack::compose::{load, render};
    use serde_json::Value;

    fn settings(documents: &[&str]) -> StackSettings {
        StackSettings {
            project: "tars".into(),
            image: "tars:2.0.0-0123456789ab".into(),
            user: (1000, 1000),
            listen: "127.0.0.1:8000".parse().unwrap(),
            config: "/home/ann/.config/tars".into(),
            state: "/home/ann/.local/share/tars".into(),
            documents: documents.iter().map(PathBuf::from).collect(),
            shared_mounts: true,
            model: true,
            profiles: Vec::new(),
        }
    }

    /// What the files resolve to, with all profiles.
    fn resolved(settings: &StackSettings) -> Value {
        let directory = tempfile::tempdir().unwrap();
        for (path, text) in files(settings).unwrap() {
            let path = directory.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let options = Options {
            working_directory: directory.path().to_path_buf(),
            profiles: vec!["*".into()],
            ..Options::default()
        };
        let project = load::load(&options).unwrap();
        assert!(project.warnings.is_empty(), "{:?}", project.warnings);
        serde_json::from_str(&render::json(&project.tree).to_string()).unwrap()
    }

    #[test]
    fn everything_has_the_least_that_it_needs() {
        let stack = resolved(&settings(&["/home/ann/Documents"]));
        let services = stack["services"].as_object().unwrap();
        assert_eq!(services.len(), 7);
        for (name, service) in services {
            let has = |key: &str| service.get(key).is_some_and(|value| !value.is_null());
            assert_eq!(service["cap_drop"], serde_json::json!(["ALL"]), "{name}");
            assert_eq!(service["security_opt"], serde_json::json!(["no-new-privileges:true"]), "{name}");
            assert!(has("mem_limit") && has("pids_limit") && has("healthcheck"), "{name}");
            assert_eq!(service["restart"], "unless-stopped", "{name}");
            assert!(service.pointer("/logging/options/max-size").is_some(), "{name}");
            assert_eq!(has("ports"), name == "tars", "only the server is published, not {name}");
            let image = service["image"].as_str().unwrap();
            assert!(!image.contains(":latest"), "{name}");
            assert!(name == "tars" || image.contains("@sha256:"), "{name}");
            assert!(name == "ollama" || service["read_only"] == true, "{name}");
            let probe = service.pointer("/healthcheck/test").unwrap().to_string();
            assert!(!probe.contains("curl"), "{name}");
            let environment = service["environment"].to_string().to_lowercase();
            assert!(!environment.contains("password\":"), "a password belongs into a file: {name}");
        }
    }

    #[test]
    fn the_server_is_published_on_loopback_and_writes_its_state_only() {
        let stack = resolved(&settings(&["/home/ann/Documents"]));
        let tars = &stack["services"]["tars"];
        assert_eq!((tars["user"].as_str(), tars["pull_policy"].as_str()), (Some("1000:1000"), Some("never")));
        let port = &tars["ports"][0];
        assert_eq!((port["host_ip"].as_str(), port["published"].as_str()), (Some("127.0.0.1"), Some("8000")));
        let writable: Vec<_> = tars["volumes"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|volume| volume["read_only"] != true)
            .map(|volume| volume["source"].as_str().unwrap())
            .collect();
        assert_eq!(writable, ["/home/ann/.local/share/tars"]);
    }

    #[test]
    fn documents_stand_inside_where_they_stand_outside() {
        let stack = resolved(&settings(&["/srv/a b", "/srv/$c\"d", "/mnt/nas"]));
        let volumes = stack["services"]["tars"]["volumes"].as_array().unwrap();
        let bound: Vec<_> = volumes
            .iter()
            .filter(|v| v["source"] == v["target"])
            .map(|v| v["source"].as_str().unwrap())
            .collect();
        // `config` doubles a dollar, as it stands in a file.
        assert_eq!(bound, ["/srv/a b", "/srv/$$c\"d", "/mnt/nas"]);
    }

    #[test]
    fn without_a_model_answers_are_extracts() {
        let endpoint = |settings: &StackSettings| {
            resolved(settings)["services"]["tars"]["environment"]["TARS_ANSWER_ENDPOINT"].clone()
        };
        let with = settings(&[]);
        let without = StackSettings { model: false, ..with.clone() };
        assert_eq!((endpoint(&with), endpoint(&without)), ("http://ollama:11434".into(), "off".into()));
        assert!(
            is_without_model(&variables(&without).unwrap()) && !is_without_model(&variables(&with).unwrap())
        );
    }

    #[test]
    fn what_a_person_has_started_beside_it_stays() {
        let mine = StackSettings { profiles: vec!["monitoring".into()], ..settings(&[]) };
        let text = variables(&mine).unwrap();
        assert!(text.contains("\nCOMPOSE_PROFILES=model,monitoring\n"), "{text}");
        assert_eq!(other_profiles(&text), ["monitoring"]);
        assert!(other_profiles("").is_empty() && other_profiles("COMPOSE_PROFILES=model\n").is_empty());
    }

    #[test]
    fn names_that_no_file_can_say_are_refused() {
        let odd = StackSettings { state: "/srv/it's".into(), ..settings(&[]) };
        assert!(files(&odd).is_err());
    }

    #[test]
    fn installations_have_projects_of_their_own() {
        let of = |path: &str| project(&Home::under(Path::new(path)));
        assert_eq!(project(&Home::find(None, true, |_| None).unwrap()), "tars");
        assert!(of("/srv/a").starts_with("tars-") && of("/srv/a") != of("/srv/b"));
    }
}
