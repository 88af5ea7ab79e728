//! The server's own process, found by the lock that it holds in the state directory: who it runs as, what it may
//! do, since when it runs and where it says that it listens. Whatever keeps it running is not asked.

use std::path::Path;

use jiff::Timestamp;
use procfs::process::Process;
use serde::{Deserialize, Serialize};

use super::place::why;
use super::snapshot::Asked;
use super::{Fact, no_answer, place};

/// The process of the server.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Server {
    /// It runs.
    pub running: bool,
    /// Its number.
    pub pid: u32,
    /// The number of the user it runs as.
    pub uid: u32,
    /// The name of that user.
    pub user: String,
    /// What it may do beyond an ordinary user, as the bits of capabilities(7).
    pub capabilities: u64,
    /// It and what it starts can never gain more (`NoNewPrivs`).
    pub no_new_privileges: bool,
    /// When it was started.
    pub since: Option<Timestamp>,
    /// Where it says that it listens.
    pub address: Option<String>,
}

/// Looks for it.
pub(super) fn look(asked: &Asked) -> Fact<Server> {
    let lock = asked.home.lock_file();
    if !asked.answers(&lock) || !asked.answers(&asked.home.run) {
        return Fact::Unknown(no_answer(asked.deadline));
    }
    let text = match std::fs::read(&lock) {
        Ok(text) => String::from_utf8_lossy(&text).into_owned(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Fact::Known(Server::default()),
        Err(error) => return Fact::Unknown(why(&error)),
    };
    // An empty file says that nobody runs, and a number may be that of a server that was killed.
    let Ok(pid) = text.trim().parse::<u32>() else { return Fact::Known(Server::default()) };
    let found = process(asked, &asked.at("/proc").join(pid.to_string()), pid);
    Fact::Known(found.unwrap_or_default())
}

fn process(asked: &Asked, folder: &Path, pid: u32) -> Option<Server> {
    let process = Process::new_with_root(folder.to_path_buf()).ok()?;
    // The number may be a stranger's by now.
    if !process.cmdline().ok()?.iter().any(|word| word == "serve") {
        return None;
    }
    let status = process.status().ok()?;
    let address = std::fs::read(asked.home.address_file()).ok();
    let address = address.map(|text| String::from_utf8_lossy(&text).trim().to_string());
    Some(Server {
        running: true,
        pid,
        uid: status.euid,
        user: place::user_name(asked, status.euid),
        capabilities: status.capeff,
        no_new_privileges: status.nonewprivs == Some(1),
        since: process.stat().ok().and_then(|stat| started(stat.starttime)),
        address: address.filter(|text| !text.is_empty()),
    })
}

/// The time of a number of clock ticks after the machine started.
fn started(ticks: u64) -> Option<Timestamp> {
    let boot = i64::try_from(procfs::boot_time_secs().ok()?).ok()?;
    let after = i64::try_from(ticks / procfs::ticks_per_second().max(1)).ok()?;
    Timestamp::from_second(boot.checked_add(after)?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_started_after_the_machine_and_before_now() {
        let own = Process::myself().unwrap().stat().unwrap().starttime;
        let since = started(own).unwrap();
        let ago = Timestamp::now().as_second() - since.as_second();
        assert!((-2..36_000).contains(&ago), "{ago}");
        assert_eq!(started(u64::MAX), None);
    }
}
