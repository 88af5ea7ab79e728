//! A container engine for one test alone, which may be stopped, killed and started again, and have its data on a disk of
//! the test's own: the real `dockerd`, like the one that the others share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use super::engine::{call, daemon, image, unmount_below};
use super::{is_root, program, skip, wait};

/// How long it may take to start, to end or to do one thing.
const LONG: Duration = Duration::from_secs(60);

/// The engine. It belongs to the thread that started it, with which it ends.
pub struct OwnEngine {
    place: PathBuf,
    name: String,
    daemon: Option<Child>,
}

impl OwnEngine {
    /// Starts one that keeps everything in this place, with the image of the tests; `name` is one that no other has.
    /// Skips the test where there can be none.
    pub fn start(place: &Path, name: &str) -> Option<Self> {
        if program("dockerd").is_none() || !is_root() {
            skip("an engine of its own needs dockerd (`cargo xtask test` installs one) and root");
            return None;
        }
        let mut engine = Self { place: place.into(), name: format!("tars-it-{name}"), daemon: None };
        engine.start_again();
        let path = "/images/create?fromSrc=-&repo=tars-it/part&tag=1";
        let made = tempfile::tempdir().unwrap();
        let (status, said) =
            call(&engine.socket(), "POST", path, &image(made.path(), "1"), "application/x-tar").unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&said));
        Some(engine)
    }

    /// Starts it again, with what it had.
    #[track_caller]
    pub fn start_again(&mut self) {
        let dockerd = program("dockerd").expect("it was there before");
        let child = daemon(&dockerd, &self.place, &self.name).spawn().unwrap();
        let child = self.daemon.insert(child);
        wait("the engine to answer", LONG, || {
            if let Some(status) = child.try_wait().unwrap() {
                let log = fs::read_to_string(self.place.join("log")).unwrap_or_default();
                let last: Vec<&str> = log.lines().rev().take(3).collect();
                panic!("dockerd does not start: {status}: {}", last.join(" | "));
            }
            let answer = call(&self.place.join("docker.sock"), "GET", "/_ping", b"", "text/plain");
            answer.ok().filter(|(status, _)| *status == 200)
        });
    }

    fn socket(&self) -> PathBuf {
        self.place.join("docker.sock")
    }

    /// What `DOCKER_HOST` has to be.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket().display())
    }

    /// Asks it for something, which it must do.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str) -> Value {
        let (status, answer) = call(&self.socket(), method, path, b"", "application/json").unwrap();
        assert!((200..400).contains(&status), "{path}: {status}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or(Value::Null)
    }

    /// Kills it, and what it has started for itself with it.
    #[track_caller]
    pub fn kill(&mut self) {
        let Some(mut daemon) = self.daemon.take() else { return };
        let containerd = fs::read_to_string(self.place.join("exec/containerd/containerd.pid")).unwrap();
        daemon.kill().unwrap();
        daemon.wait().unwrap();
        // The next one would take it for one that still runs.
        let process = Path::new("/proc").join(containerd.trim());
        wait("containerd to be gone", LONG, || (!process.exists()).then_some(()));
    }

    /// Has it hang: it takes connections, and does nothing any more.
    pub fn freeze(&self) {
        self.signal(Signal::SIGSTOP);
    }

    /// Has it go on where it was.
    pub fn thaw(&self) {
        self.signal(Signal::SIGCONT);
    }

    fn signal(&self, signal: Signal) {
        let daemon = self.daemon.as_ref().expect("it runs");
        kill(Pid::from_raw(i32::try_from(daemon.id()).unwrap()), signal).unwrap();
    }
}

impl Drop for OwnEngine {
    fn drop(&mut self) {
        // Nothing here may panic while another panic is under way.
        let Some(mut daemon) = self.daemon.take() else { return };
        let pid = Pid::from_raw(i32::try_from(daemon.id()).unwrap_or(i32::MAX));
        let _ = kill(pid, Signal::SIGCONT);
        let listed = call(&self.socket(), "GET", "/containers/json?all=true", b"", "application/json");
        let listed: Value =
            listed.ok().and_then(|(_, body)| serde_json::from_slice(&body).ok()).unwrap_or_default();
        for container in listed.as_array().into_iter().flatten() {
            let path = format!("/containers/{}?force=true", container["Id"].as_str().unwrap_or_default());
            let _ = call(&self.socket(), "DELETE", &path, b"", "text/plain");
        }
        let _ = kill(pid, Signal::SIGTERM);
        let _ = daemon.wait();
        unmount_below(&self.place);
    }
}
