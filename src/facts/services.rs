//! The running server, and which service managers run here: the system's systemd, and this user's. It looks
//! for the places where they listen and starts no program; how the server's own service is, is
//! [`crate::host::service`]'s to ask.

mod server;

use std::os::unix::net::UnixStream;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use super::{Fact, http, place};
use crate::config::Config;
use crate::config::paths::Home;
use crate::wire::{Health, Ready};

pub use server::{NO_SETTINGS, Process, Program, process};

/// What is known of the running server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Services {
    /// What keeps the server running: filled in by whoever may ask the host.
    pub manager: Fact<Manager>,
    /// How its service is: filled in by whoever may ask the host.
    pub state: Fact<State>,
    /// The server's process, none where there is none: filled in by whoever knows its number.
    pub process: Fact<Option<Process>>,
    /// The installed program; none where nothing is installed.
    pub program: Fact<Option<Program>>,
    /// What `/health` answered; none where nobody listens.
    pub health: Fact<Option<Answered<Health>>>,
    /// What `/ready` answered; none where nobody listens.
    pub ready: Fact<Option<Answered<Ready>>>,
    /// The size of the log file; none where there is none.
    pub log: Fact<Option<u64>>,
    /// This user's services start with the machine and not with the sign-in.
    pub lingering: bool,
}

/// An answer, and how long it took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered<T> {
    /// The answer.
    pub answer: T,
    /// Milliseconds until it was there.
    pub ms: u64,
}

/// Asks the server itself.
pub(super) fn gather(asked: &Asked) -> Services {
    let configured = asked.config.as_ref().map(|config| config.listen);
    let key = asked.config.as_ref().and_then(|config| config.signing_key.clone());
    let (proc, lock, told) = (asked.at("/proc"), asked.home.lock_file(), asked.home.address_file());
    let address = move || server::address(&lock, &told, configured);
    let (of_health, lock) = (address.clone(), asked.home.lock_file());
    // Both read what our own server wrote down.
    let places: [&Path; 2] = [&asked.home.state, &asked.home.run];
    let health = asked.probe(&places, move || match of_health() {
        Fact::Known(address) => server::health(address),
        Fact::Unknown(why) => Fact::Unknown(why),
    });
    let ready = asked.probe(&places, move || match address() {
        Fact::Known(address) => server::ready(address, key.as_ref(), &proc, &lock),
        Fact::Unknown(why) => Fact::Unknown(why),
    });
    let (installed, log) = (asked.home.program(), asked.home.log_file());
    let program = asked.probe(&[&asked.home.bin], move || server::program(&installed));
    let log = asked.probe(&[&asked.home.logs], move || server::log_size(&log));
    Services {
        program: program.finish(),
        health: health.finish(),
        ready: ready.finish(),
        log: log.finish(),
        lingering: place::lingering(asked),
        ..Services::default()
    }
}

/// What the server of an installation answers to `GET path`, as status and body. It is asked in the operator's name
/// where it is known to be our own server; whoever else has its address is asked for `/health` and nothing more.
pub fn ask(home: &Home, config: Option<&Config>, path: &str) -> Result<(u16, Vec<u8>), String> {
    let configured = config.map(|config| config.listen);
    let address = match server::address(&home.lock_file(), &home.address_file(), configured) {
        Fact::Known(address) => address,
        Fact::Unknown(why) => return Err(why),
    };
    let answer = match config.and_then(|config| config.signing_key.as_ref()) {
        _ if path == "/health" => http::get(address, path),
        Some(key) => server::signed(address, key, Path::new("/proc"), &home.lock_file(), path)?,
        None => return Err("there is no signing key to ask with".into()),
    };
    answer.map_err(|error| format!("GET http://{address}{path}: {error}"))
}

/// What keeps the server running.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Manager {
    /// systemd.
    Systemd {
        /// The user's own, not the system's.
        user: bool,
    },
    /// The supervisor in this program.
    Supervisor,
    /// The container engine, as a service of the installed stack.
    Docker,
}

/// How the service is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// The manager keeps it running (though the server may just be between two starts).
    pub running: bool,
    /// The process to signal: the supervisor's, or the server's under systemd.
    pub pid: Option<u32>,
    /// The server's process.
    pub server: Option<u32>,
    /// When the server was last started.
    pub since: Option<Timestamp>,
    /// How often it was started again after it had ended by itself.
    pub restarts: u32,
    /// How it last ended.
    pub last_end: Option<String>,
    /// It ends at once, because the configuration or the machine is at fault.
    pub cannot_run: bool,
    /// It starts with the machine.
    pub at_boot: bool,
}

/// The managers that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managers {
    /// systemd is the system's init.
    pub systemd: bool,
    /// This user has a systemd of their own.
    pub systemd_user: bool,
    /// Whether the user's services start with the machine and not with the sign-in.
    pub lingering: bool,
}

/// Looks for systemd. `runtime` is `XDG_RUNTIME_DIR`, `user` the name of the user.
pub fn managers(runtime: Option<&Path>, user: Option<&str>) -> Fact<Managers> {
    let systemd = Path::new("/run/systemd/system").is_dir(); // sd_booted(3)
    // The socket that `systemctl --user` itself uses; a file alone may be left over from a dead manager.
    let systemd_user = systemd
        && runtime.is_some_and(|directory| UnixStream::connect(directory.join("systemd/private")).is_ok());
    let lingering = user.is_some_and(|user| Path::new("/var/lib/systemd/linger").join(user).exists());
    Fact::Known(Managers { systemd, systemd_user, lingering })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_nobody_listens_on_is_no_manager() {
        let runtime = tempfile::tempdir().unwrap();
        std::fs::create_dir(runtime.path().join("systemd")).unwrap();
        std::fs::write(runtime.path().join("systemd/private"), "").unwrap();
        let found = managers(Some(runtime.path()), Some("no-such-user"));
        assert!(!found.known().unwrap().systemd_user && !found.known().unwrap().lingering);
    }
}
