//! What every command is given: the directories, the streams, the layers of configuration and the clock.
//! It is built once from the command line and the environment; nothing else reads either.

use std::path::Path;

use jiff::Timestamp;

use crate::config::paths::Home;
use crate::config::{Config, Flags, Settings};
use crate::failure::{Failure, Result};
use crate::ui::{Format, Ui};

/// The circumstances of one command.
#[derive(Debug, Clone)]
pub struct Ctx {
    /// Where everything lives.
    pub home: Home,
    /// The streams.
    pub ui: Ui,
    /// The values that the command line sets.
    pub flags: Flags,
    environment: Vec<(String, String)>,
}

impl Ctx {
    /// Builds the context of this process. `home` is `--home`.
    pub fn new(home: Option<&Path>, format: Format) -> Result<Self> {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        let variable =
            |name: &str| environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let from_variable = variable("TARS_HOME").filter(|path| !path.is_empty());
        let given = home.or(from_variable.as_deref().map(Path::new));
        let home = Home::find(given, nix::unistd::geteuid().is_root(), variable)?;
        Ok(Self { home, ui: Ui::new(format), flags: Flags::new(), environment })
    }

    /// Reads every layer of the configuration.
    pub fn settings(&self) -> Result<Settings> {
        Settings::load(&self.home, &self.flags, self.environment.iter().cloned())
    }

    /// The typed configuration.
    pub fn config(&self) -> Result<Config> {
        Config::new(&self.settings()?)
    }

    /// The same place as the background server sees it: its settings come from the files alone, never from
    /// the flags and variables of the command that happened to start it.
    #[must_use]
    pub fn as_service(&self) -> Self {
        let environment =
            self.environment.iter().filter(|(name, _)| !name.starts_with("TARS_")).cloned().collect();
        Self { flags: Flags::new(), environment, ..self.clone() }
    }

    /// How a person types this program so that it acts on the same place as this command.
    #[must_use]
    pub fn typed(&self, program: &str) -> String {
        match &self.home.given {
            Some(given) => format!("{program} --home {}", quoted(given)),
            None => program.to_string(),
        }
    }

    /// A variable of the environment.
    #[must_use]
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.environment.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Every variable of the environment whose name and value are text.
    #[must_use]
    pub fn environment(&self) -> &[(String, String)] {
        &self.environment
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        Timestamp::now()
    }

    /// Runs asynchronous work on a small runtime of its own, and makes Ctrl-C end it.
    pub fn block_on<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        self.block_on_heeding(async {
            tokio::select! {
                result = work => result,
                _ = tokio::signal::ctrl_c() => Err(Failure::new(crate::failure::Kind::Interrupted, "interrupted")),
            }
        })
    }

    /// The same for work that heeds Ctrl-C by itself, because it must not be dropped halfway.
    pub fn block_on_heeding<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::environment("cannot start the asynchronous runtime").because(&error))?;
        runtime.block_on(work)
    }

    /// This very program, as a path that can be started again.
    pub fn this_program(&self) -> Result<std::path::PathBuf> {
        std::env::current_exe()
            .map_err(|error| Failure::environment("cannot find the path of this program").because(&error))
    }
}

/// A path as a shell reads it.
#[must_use]
pub fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(plain) { text } else { format!("'{}'", text.replace('\'', "'\\''")) }
}
