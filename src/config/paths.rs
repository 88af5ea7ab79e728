//! Where everything lives: one place each for configuration, state, logs, run-time files and the
//! installed program. It names paths and creates nothing.

use std::path::{Path, PathBuf};

use crate::failure::{Failure, Result};

/// The directories of one installation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    /// `tars.toml`, `tars.env` and the first password.
    pub config: PathBuf,
    /// The database, the index and the journal.
    pub state: PathBuf,
    /// Log files.
    pub logs: PathBuf,
    /// The pid file and what does not outlive a boot.
    pub run: PathBuf,
    /// Where the installed program stands.
    pub bin: PathBuf,
    /// Set where one directory holds everything (`--home`, `TARS_HOME`).
    pub given: Option<PathBuf>,
}

impl Home {
    /// Finds the directories: `given` (from `--home` or `TARS_HOME`) holds everything; otherwise root has
    /// `/etc/tars`, `/var/lib/tars`, `/var/log/tars`, `/run/tars`, and anyone else the XDG directories.
    pub fn find(given: Option<&Path>, root: bool, variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        if let Some(directory) = given {
            let absolute = std::path::absolute(directory).map_err(|error| {
                Failure::usage(format!("`--home {}` is not usable", directory.display())).because(&error)
            })?;
            return Ok(Self::under(&absolute));
        }
        if root {
            return Ok(Self {
                config: "/etc/tars".into(),
                state: "/var/lib/tars".into(),
                logs: "/var/log/tars".into(),
                run: "/run/tars".into(),
                bin: "/usr/local/bin".into(),
                given: None,
            });
        }
        let home =
            variable("HOME").filter(|home| Path::new(home).is_absolute()).map(PathBuf::from).ok_or_else(
                || Failure::environment("`HOME` is not set").hint("name a place with `--home DIR`"),
            )?;
        let xdg = |name: &str, otherwise: &str| {
            variable(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
                .unwrap_or_else(|| home.join(otherwise))
        };
        let state_home = xdg("XDG_STATE_HOME", ".local/state").join("tars");
        Ok(Self {
            config: xdg("XDG_CONFIG_HOME", ".config").join("tars"),
            state: xdg("XDG_DATA_HOME", ".local/share").join("tars"),
            logs: state_home.join("logs"),
            // Not XDG_RUNTIME_DIR: it goes away with the last session, and a detached server stays.
            run: state_home.join("run"),
            bin: home.join(".local/bin"),
            given: None,
        })
    }

    /// Everything under one directory.
    #[must_use]
    pub fn under(directory: &Path) -> Self {
        Self {
            config: directory.join("config"),
            state: directory.join("state"),
            logs: directory.join("logs"),
            run: directory.join("run"),
            bin: directory.join("bin"),
            given: Some(directory.to_path_buf()),
        }
    }

    /// The settings file.
    #[must_use]
    pub fn toml(&self) -> PathBuf {
        self.config.join("tars.toml")
    }

    /// The secrets file, 0600.
    #[must_use]
    pub fn env(&self) -> PathBuf {
        self.config.join("tars.env")
    }

    /// The one-time password of the first administrator, 0600.
    #[must_use]
    pub fn first_password(&self) -> PathBuf {
        self.config.join("admin-password")
    }

    /// The database: the single source of truth.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.state.join("tars.db")
    }

    /// The lexical index: derived, and rebuilt where it is missing or damaged.
    #[must_use]
    pub fn index(&self) -> PathBuf {
        self.state.join("index")
    }

    /// The product's own guides, the first collection.
    #[must_use]
    pub fn guides(&self) -> PathBuf {
        self.state.join("guides")
    }

    /// What was changed on this machine, and how to take it back.
    #[must_use]
    pub fn journal(&self) -> PathBuf {
        self.state.join("journal.jsonl")
    }

    /// The last validations, a line of JSON each.
    #[must_use]
    pub fn validations(&self) -> PathBuf {
        self.state.join("validations.jsonl")
    }

    /// The supervisor's pid file.
    #[must_use]
    pub fn pid_file(&self) -> PathBuf {
        self.run.join("tars.pid")
    }

    /// Where the running server listens, in one line.
    #[must_use]
    pub fn address_file(&self) -> PathBuf {
        self.run.join("address")
    }

    /// Held locked by the running server.
    #[must_use]
    pub fn lock_file(&self) -> PathBuf {
        self.state.join("lock")
    }

    /// The server's log file, where no journal keeps it.
    #[must_use]
    pub fn log_file(&self) -> PathBuf {
        self.logs.join("serve.log")
    }

    /// The installed program.
    #[must_use]
    pub fn program(&self) -> PathBuf {
        self.bin.join("tars")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_layouts() {
        let none = |_: &str| None;
        assert_eq!(Home::find(None, true, none).unwrap().database(), Path::new("/var/lib/tars/tars.db"));
        let user = Home::find(None, false, |name| (name == "HOME").then(|| "/home/ann".to_string())).unwrap();
        assert_eq!(user.toml(), Path::new("/home/ann/.config/tars/tars.toml"));
        let given = Home::find(Some(Path::new("/srv/t")), true, none).unwrap();
        assert_eq!(given.env(), Path::new("/srv/t/config/tars.env"));
        assert!(Home::find(None, false, none).is_err());
    }
}
