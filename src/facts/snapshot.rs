//! Everything that is known about a machine at one moment: what the doctor judges, what a support archive
//! keeps, and what tests load as recorded machines. Each part looks for itself, concurrently and with a
//! deadline; a part that does not come back in time is unknown as a whole. Nothing secret is ever in it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{BROKE_OFF, Fact, Probe, no_answer, place};
use super::{data, docker, gpu, listeners, models, network, security, services, settings, storage, system};
use crate::config::paths::Home;
use crate::config::{Config, Endpoint, Waiver};

/// The version of the stored form.
pub const SCHEMA: u32 = 1;

/// How much longer than one look a whole part may take before it is given up.
const GRACE: Duration = Duration::from_millis(250);

/// What is looked at: the places and addresses that the configuration names.
#[derive(Debug, Clone)]
pub struct Asked {
    /// Where `/etc`, `/proc` and `/sys` are: `/`, or a directory of a test's own.
    pub root: PathBuf,
    /// Where this installation lives.
    pub home: Home,
    /// The configuration, where it can be read.
    pub config: Option<Config>,
    /// The findings that the operator has waived.
    pub waivers: Vec<Waiver>,
    /// The places that gave no answer when they were asked, before anything was opened: nothing at or below
    /// them is touched by this process, which could not end any more.
    pub hung: Vec<PathBuf>,
    /// The environment of this process.
    pub environment: Vec<(String, String)>,
    /// How long one look may take.
    pub deadline: Duration,
}

impl Asked {
    /// A path of the system, below the root that is looked at: `at("/etc/fstab")`.
    #[must_use]
    pub fn at(&self, path: &str) -> PathBuf {
        self.root.join(path.trim_start_matches('/'))
    }

    /// Whether a path may be opened: it is not at or below a place that hangs.
    #[must_use]
    pub fn answers(&self, path: &Path) -> bool {
        !self.hung.iter().any(|hung| path.starts_with(hung))
    }

    /// Starts looking at something at these paths, or says at once that they give no answer.
    pub(super) fn probe<T: Send + 'static>(
        &self,
        paths: &[&Path],
        look: impl FnOnce() -> Fact<T> + Send + 'static,
    ) -> Probe<T> {
        if paths.iter().all(|path| self.answers(path)) {
            return Probe::within(self.deadline, look);
        }
        let why = no_answer(self.deadline);
        Probe::within(self.deadline, move || Fact::Unknown(why))
    }

    /// A variable of the environment that is not empty.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        let value = self.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// Where the server listens, or would by default.
    #[must_use]
    pub fn listen(&self) -> SocketAddr {
        self.config.as_ref().map_or(([127, 0, 0, 1], 8000).into(), |config| config.listen)
    }

    /// The documents directories.
    #[must_use]
    pub fn documents(&self) -> &[PathBuf] {
        self.config.as_ref().map_or(&[], |config| &config.documents)
    }
}

/// Whom and what the facts are about.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Subject {
    /// The version of the program that looked.
    pub version: String,
    /// It looked as root.
    pub root: bool,
    /// The name of the user it looked as.
    pub user: String,
    /// The directory of the settings files.
    pub config: String,
    /// The directory of the database and the index.
    pub state: String,
    /// The directory of the log.
    pub logs: String,
    /// The configuration could be read.
    pub configured: bool,
    /// `address:port` of the server.
    pub listen: String,
    /// The documents directories.
    pub documents: Vec<String>,
    /// Where answers are written: `auto`, `off` or a URL.
    pub endpoint: String,
    /// The model that is asked for, where one is named.
    pub model: Option<String>,
}

impl Subject {
    fn of(asked: &Asked) -> Self {
        let shown = |path: &Path| path.to_string_lossy().into_owned();
        let endpoint = match asked.config.as_ref().map(|config| &config.endpoint) {
            Some(Endpoint::Url(url)) => url.clone(),
            Some(Endpoint::Off) => "off".into(),
            Some(Endpoint::Auto) | None => "auto".into(),
        };
        Self {
            version: env!("CARGO_PKG_VERSION").into(),
            root: nix::unistd::geteuid().is_root(),
            user: place::user_name(asked, nix::unistd::geteuid().as_raw()),
            config: shown(&asked.home.config),
            state: shown(&asked.home.state),
            logs: shown(&asked.home.logs),
            configured: asked.config.is_some(),
            listen: asked.listen().to_string(),
            documents: asked.documents().iter().map(|path| shown(path)).collect(),
            endpoint,
            model: asked.config.as_ref().and_then(|config| config.model.clone()),
        }
    }
}

/// Everything that is known. Paths are text (with `U+FFFD` where a name is not UTF-8), because they are for
/// showing; what repairs a place takes it from the configuration.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Facts {
    /// The version of this form.
    pub schema: u32,
    /// When it was looked.
    pub taken: Timestamp,
    /// Whom and what this is about.
    pub subject: Subject,
    /// The machine and its operating system.
    pub system: system::System,
    /// The settings files and the environment.
    pub settings: settings::Settings,
    /// The container engine.
    pub docker: docker::Docker,
    /// Graphics cards and their driver.
    pub gpu: gpu::Gpu,
    /// Mounts, documents directories, the NAS.
    pub storage: storage::Storage,
    /// Who listens on which port.
    pub listeners: listeners::Listeners,
    /// Names, addresses, routes, firewall.
    pub network: network::Network,
    /// The running server and its keeper.
    pub services: services::Services,
    /// Language model servers.
    pub models: models::Models,
    /// The database and the index.
    pub data: data::Data,
    /// Accounts, permissions, exposure.
    pub security: security::Security,
    /// The parts that did not come back, by their names here, and why: what stands in them says nothing.
    pub lost: BTreeMap<String, String>,
}

/// A part that is being looked at.
struct Part<T> {
    name: &'static str,
    deadline: Duration,
    answer: mpsc::Receiver<T>,
    end: Instant,
}

impl<T: Default + Send + 'static> Part<T> {
    fn start(asked: &Arc<Asked>, name: &'static str, look: fn(&Asked) -> T) -> Self {
        let (send, answer) = mpsc::channel();
        let (theirs, end) = (Arc::clone(asked), Instant::now() + asked.deadline + GRACE);
        // Detached, as every look is: see `Probe`.
        let _ = std::thread::Builder::new().name("part".into()).spawn(move || {
            // Nobody listens any more where the deadline has passed.
            let _ = send.send(look(&theirs));
        });
        Self { name, deadline: asked.deadline, answer, end }
    }

    /// What was found. Where nothing came back, plain fields would pass for what was found: that it is lost is
    /// noted.
    fn finish(self, lost: &mut BTreeMap<String, String>) -> T {
        self.answer.recv_timeout(self.end.saturating_duration_since(Instant::now())).unwrap_or_else(|error| {
            let why = match error {
                mpsc::RecvTimeoutError::Timeout => no_answer(self.deadline),
                mpsc::RecvTimeoutError::Disconnected => BROKE_OFF.into(),
            };
            lost.insert(self.name.into(), why);
            T::default()
        })
    }
}

/// Looks at everything at once. It takes as long as the slowest look, and at most `asked.deadline` and a
/// quarter of a second.
#[must_use]
pub fn gather(asked: &Arc<Asked>) -> Facts {
    let system = Part::start(asked, "system", system::gather);
    let settings = Part::start(asked, "settings", settings::gather);
    let docker = Part::start(asked, "docker", docker::gather);
    let gpu = Part::start(asked, "gpu", gpu::gather);
    let storage = Part::start(asked, "storage", storage::gather);
    let listeners = Part::start(asked, "listeners", listeners::gather);
    let network = Part::start(asked, "network", network::gather);
    let services = Part::start(asked, "services", services::gather);
    let models = Part::start(asked, "models", models::gather);
    let data = Part::start(asked, "data", data::gather);
    let security = Part::start(asked, "security", security::gather);
    let mut lost = BTreeMap::new();
    let mut facts = Facts {
        schema: SCHEMA,
        taken: Timestamp::now(),
        subject: Subject::of(asked),
        system: system.finish(&mut lost),
        settings: settings.finish(&mut lost),
        docker: docker.finish(&mut lost),
        gpu: gpu.finish(&mut lost),
        storage: storage.finish(&mut lost),
        listeners: listeners.finish(&mut lost),
        network: network.finish(&mut lost),
        services: services.finish(&mut lost),
        models: models.finish(&mut lost),
        data: data.finish(&mut lost),
        security: security.finish(&mut lost),
        lost,
    };
    if facts.lost.contains_key("settings") {
        // What is waived is known without that look.
        facts.settings.waivers.clone_from(&asked.waivers);
    }
    facts
}

/// What a test asks for: the usual places below `root`, and no configuration.
#[cfg(test)]
pub(crate) fn testing(root: &Path) -> Asked {
    Asked {
        root: root.to_path_buf(),
        home: Home::under(&root.join("nowhere/tars")),
        config: None,
        waivers: Vec::new(),
        hung: Vec::new(),
        environment: Vec::new(),
        deadline: super::DEADLINE,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_does_not_come_back_is_noted_and_why() {
        let deadline = Duration::from_millis(50);
        let asked = Arc::new(Asked { deadline, ..testing(Path::new("/")) });
        let mut lost = BTreeMap::new();
        let late: Part<u8> = Part::start(&asked, "late", |_| {
            loop {
                std::thread::park();
            }
        });
        let broken: Part<u8> = Part::start(&asked, "broken", |_| std::panic::resume_unwind(Box::new(())));
        let fine = Part::start(&asked, "fine", |_| 7_u8);
        assert_eq!((late.finish(&mut lost), broken.finish(&mut lost), fine.finish(&mut lost)), (0, 0, 7));
        let told = [("broken", "the look broke off"), ("late", "no answer in 0.05 s")];
        assert_eq!(lost, told.map(|(part, why)| (part.to_string(), why.to_string())).into());
    }

    #[test]
    fn what_hangs_is_not_touched_and_nothing_else_is_left_out() {
        let asked = Asked { hung: vec!["/srv/far".into()], ..testing(Path::new("/")) };
        for (path, answers) in [
            ("/srv/far", false),
            ("/srv/far/state", false),
            ("/srv/farther", true),
            ("/srv", true),
            ("/", true),
        ] {
            assert_eq!(asked.answers(Path::new(path)), answers, "{path}");
        }
        let far = Path::new("/srv/far/state");
        let told =
            asked.probe(&[Path::new("/"), far], || -> Fact<u8> { panic!("it was looked at") }).finish();
        assert_eq!(told, Fact::Unknown("no answer in 2 s".into()));
        assert_eq!(asked.probe(&[Path::new("/srv")], || Fact::Known(7)).finish(), Fact::Known(7));
    }

    #[test]
    fn the_subject_is_named_by_the_list_of_this_root() {
        let root = tempfile::tempdir().unwrap();
        std::fs::create_dir(root.path().join("etc")).unwrap();
        let line = format!("ann-of-the-test:x:{}:0::/:/bin/sh\n", nix::unistd::geteuid());
        std::fs::write(root.path().join("etc/passwd"), line).unwrap();
        assert_eq!(Subject::of(&testing(root.path())).user, "ann-of-the-test");
    }
}
