//! The supervisor with real processes: `/bin/sh` in the place of the server, each supervisor in a process of
//! its own that this test binary starts by running itself.

use std::path::Path;
use std::process;

use super::*;
use crate::host::lock;

/// Not a test but the body of the supervisor's process: see [`Fixture::start`].
#[test]
fn child_process() {
    let Ok(directory) = std::env::var("TARS_TEST_SUPERVISOR") else { return };
    let directory = Path::new(&directory);
    let script = std::fs::read_to_string(directory.join("script")).unwrap();
    let supervisor = Supervisor {
        program: "/bin/sh".into(),
        args: vec!["-c".into(), script.into()],
        pid_file: directory.join("pid"),
        status_file: directory.join("status"),
        log_file: directory.join("log"),
        grace: Duration::from_millis(300),
        inherited: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(supervisor.run()).unwrap();
}

struct Fixture {
    directory: tempfile::TempDir,
    supervisor: process::Child,
}

impl Fixture {
    fn start(script: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        std::fs::write(directory.path().join("script"), script).unwrap();
        let supervisor = process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "host::supervisor::tests::child_process", "--nocapture"])
            .env("TARS_TEST_SUPERVISOR", directory.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Self { directory, supervisor }
    }

    fn status(&self) -> Option<Status> {
        serde_json::from_slice(&std::fs::read(self.directory.path().join("status")).ok()?).ok()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default()
    }

    fn server(&self) -> i32 {
        let id = wait_for("the server", || self.status().and_then(|status| status.server));
        i32::try_from(id).unwrap()
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(i32::try_from(self.supervisor.id()).unwrap()), signal).unwrap();
    }

    fn ends(&mut self) -> ExitStatus {
        wait_for("the supervisor's end", || self.supervisor.try_wait().unwrap())
    }
}

impl Drop for Fixture {
    fn drop(&mut self) {
        let _ = self.supervisor.kill();
        let _ = self.supervisor.wait();
    }
}

/// Polls until there is an answer; the deadline is far beyond what a loaded machine needs.
fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let end = Instant::now() + Duration::from_secs(20);
    while Instant::now() < end {
        if let Some(found) = look() {
            return found;
        }
        std::thread::yield_now();
    }
    panic!("{what} did not come");
}

fn alive(pid: i32) -> bool {
    // A zombie is gone too: its parent has only not noticed yet.
    std::fs::read_to_string(format!("/proc/{pid}/stat"))
        .is_ok_and(|stat| !stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('Z')))
}

#[test]
fn it_logs_stops_and_leaves_nothing_running() {
    let mut fixture = Fixture::start("echo hello; echo trouble >&2; exec sleep 600");
    let server = fixture.server();
    wait_for("the log", || fixture.log().contains("hello\ntrouble\n").then_some(()));
    assert_eq!(lock::holder(&fixture.directory.path().join("pid")).unwrap(), Some(fixture.supervisor.id()));
    fixture.signal(Signal::SIGTERM);
    assert!(fixture.ends().success());
    assert!(!alive(server));
    assert_eq!(lock::holder(&fixture.directory.path().join("pid")).unwrap(), None);
    assert_eq!(fixture.status().unwrap().server, None);
}

#[test]
fn it_starts_again_what_was_killed() {
    let fixture = Fixture::start("exec sleep 600");
    let first = fixture.server();
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    let status = wait_for("a restart", || fixture.status().filter(|s| s.restarts == 1 && s.server.is_some()));
    assert_eq!(status.last_end.as_deref(), Some("SIGKILL"));
    assert!(
        fixture.log().contains("the server ended (SIGKILL); it is started again in 0.5 s"),
        "{}",
        fixture.log()
    );
    assert!(!alive(first) && alive(fixture.server()));
}

#[test]
fn it_kills_what_does_not_stop_and_keeps_its_last_words() {
    // A shell that ignores the signal.
    let mut fixture = Fixture::start("trap 'echo no, I stay' TERM; echo up; while :; do :; done");
    wait_for("the trap", || fixture.log().contains("up").then_some(()));
    let server = fixture.server();
    fixture.signal(Signal::SIGTERM);
    assert!(fixture.ends().success());
    assert!(!alive(server));
}

#[test]
fn a_server_that_cannot_run_is_not_hammered_and_stopping_needs_no_wait() {
    let mut fixture = Fixture::start("echo the port is taken; exit 2");
    let status = wait_for("the end", || fixture.status().filter(|status| status.cannot_run));
    assert_eq!((status.last_end.as_deref(), status.restarts), (Some("exit code 2"), 0));
    wait_for("the log", || fixture.log().contains("the port is taken").then_some(()));
    assert!(fixture.log().contains("started again in 30 s"), "{}", fixture.log());
    let before = Instant::now();
    fixture.signal(Signal::SIGTERM);
    assert!(fixture.ends().success());
    assert!(before.elapsed() < Duration::from_secs(15));
}

#[test]
fn a_second_supervisor_is_refused() {
    let fixture = Fixture::start("exec sleep 600");
    fixture.server();
    let second = process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "host::supervisor::tests::child_process", "--nocapture"])
        .env("TARS_TEST_SUPERVISOR", fixture.directory.path())
        .output()
        .unwrap();
    assert!(!second.status.success());
    let said =
        String::from_utf8_lossy(&second.stdout).into_owned() + &String::from_utf8_lossy(&second.stderr);
    assert!(said.contains("another supervisor runs already"), "{said}");
}

#[test]
fn the_wait_grows_and_is_forgotten_after_a_minute() {
    let mut pace = Pace::default();
    let crash = Duration::from_secs(1);
    let waits: Vec<f32> = (0..12).map(|_| pace.after(crash, false).as_secs_f32()).collect();
    assert_eq!(waits, [0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0, 30.0, 30.0, 30.0, 30.0]);
    assert_eq!(pace.after(STEADY, false), Duration::from_millis(500));
    assert_eq!(Pace::default().after(crash, true), LONGEST);
}
