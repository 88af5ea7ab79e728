//! What systemd's journal keeps of units, as `journalctl` prints it. It is a program that may hang, so it is ended
//! when its time is over.

use std::io::{Read, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::Duration;

use super::newest::newest;
use super::{Planned, Scope, Sink};
use crate::facts::services::Manager;
use crate::host::systemd;

/// The units that a helper asks for, beside our own.
const OTHERS: [&str; 2] = ["docker.service", "ollama.service"];

/// The units to ask for, each with whether the user's own systemd runs it; none where there is no journal.
fn units(scope: &Scope) -> Vec<(&'static str, bool)> {
    if !Path::new("/run/systemd/system").is_dir() {
        return Vec::new();
    }
    let user = matches!(scope.facts.services.manager.known(), Some(Manager::Systemd { user: true }));
    let is_there = |unit: &&str| {
        ["/etc/systemd/system", "/lib/systemd/system", "/usr/lib/systemd/system"]
            .iter()
            .any(|directory| Path::new(directory).join(unit).exists())
    };
    let ours = std::iter::once((systemd::UNIT, user));
    ours.chain(OTHERS.into_iter().filter(is_there).map(|unit| (unit, false))).collect()
}

fn path(unit: &str) -> String {
    format!("logs/units/{}.log", unit.trim_end_matches(".service"))
}

/// The logs of units that would be collected.
pub(super) fn plan(scope: &Scope) -> Vec<Planned> {
    units(scope)
        .into_iter()
        .map(|(unit, _)| Planned::new(path(unit), format!("journalctl --unit {unit}")))
        .collect()
}

/// Collects them.
pub(super) fn run(scope: &Scope, sink: &dyn Sink, cap: Option<u64>) -> Result<(), String> {
    for (unit, user) in units(scope) {
        let mut file = sink.file(&path(unit));
        let written = newest(cap, &mut *file, |lines| Journal::open(scope, unit, user, lines))?;
        if written == 0 {
            file.write_all(b"(nothing in this window)\n").map_err(super::files::closed)?;
        }
    }
    Ok(())
}

/// `journalctl` at work.
struct Journal {
    child: Arc<Mutex<Child>>,
    out: ChildStdout,
    _done: mpsc::Sender<()>,
}

impl Journal {
    fn open(scope: &Scope, unit: &str, user: bool, lines: Option<u64>) -> Result<Self, String> {
        let mut command = Command::new("journalctl");
        command.args(["--unit", unit, "--quiet", "--no-pager", "--output=short-iso-precise"]);
        command.arg(format!("--until=@{}", scope.now.as_second() + 1));
        if user {
            command.arg("--user");
        }
        if let Some(since) = scope.since {
            command.arg(format!("--since=@{}", since.as_second()));
        }
        if let Some(lines) = lines {
            command.arg(format!("--lines={lines}"));
        }
        Self::start(command, scope.deadline)
    }

    fn start(mut command: Command, deadline: Duration) -> Result<Self, String> {
        command.env("LC_ALL", "C.UTF-8").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().map_err(|error| format!("cannot run `journalctl`: {error}"))?;
        let out = child.stdout.take().expect("invariant: its output is a pipe");
        let child = Arc::new(Mutex::new(child));
        let (done, ended) = mpsc::channel::<()>();
        let theirs = Arc::clone(&child);
        let guard = std::thread::Builder::new().name("journalctl limit".into()).spawn(move || {
            if ended.recv_timeout(deadline) == Err(mpsc::RecvTimeoutError::Timeout) {
                end(&theirs);
            }
        });
        let journal = Self { child, out, _done: done };
        // Without its guard it might never end; dropping it ends it.
        guard.map(|_| journal).map_err(|error| format!("cannot watch `journalctl`: {error}"))
    }
}

fn end(child: &Mutex<Child>) {
    let mut child = child.lock().unwrap_or_else(PoisonError::into_inner);
    // One that has ended already is only waited for.
    let _ = child.kill();
    let _ = child.wait();
}

impl Read for Journal {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.out.read(buffer)
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        end(&self.child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    #[test]
    fn a_program_that_hangs_is_ended_and_one_that_talks_is_heard() {
        let mut sleep = Command::new("sleep");
        sleep.arg("60");
        let started = Instant::now();
        let mut hung = Journal::start(sleep, Duration::from_millis(100)).unwrap();
        assert_eq!(hung.read(&mut [0; 10]).unwrap(), 0);
        assert!(started.elapsed() < Duration::from_secs(10));
        let mut echo = Command::new("echo");
        echo.arg("text");
        let mut text = String::new();
        Journal::start(echo, Duration::from_secs(10)).unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "text\n");
        assert!(Journal::start(Command::new("no-such-program"), Duration::from_secs(1)).is_err());
    }
}
