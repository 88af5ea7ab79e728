//! The installed server under the built-in supervisor: it comes back when it is killed, does what the five
//! words of `tars ops` say, and is gone when it is told to go.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::support::installed::{Installation, json};
use crate::support::{snapshot, wait};

const NONE: [i32; 0] = [];
const SOON: Duration = Duration::from_secs(20);

#[test]
fn a_server_that_is_killed_is_started_again() {
    let installation = Installation::installed();
    let first = installation.server().unwrap();
    kill(Pid::from_raw(first), Signal::SIGKILL).unwrap();
    let second = wait("another server", SOON, || installation.server().filter(|server| *server != first));
    wait("it to be ready", SOON, || (installation.run(&["ops", "status"]).code == 0).then_some(()));

    let status = json(&installation.run(&["ops", "status", "--format", "json"]).expect(0));
    let running = &status["sections"][0]["findings"][0];
    let summary = running["summary"].as_str().unwrap();
    assert_eq!(running["verdict"], "warn", "a restart is worth a word: {status:#}");
    assert!(summary.contains("restarts: 1") && summary.contains(&second.to_string()), "{summary}");
    let log = installation.run(&["ops", "logs"]).expect(0).stdout;
    assert!(log.contains("supervisor: the server ended (SIGKILL)"), "{log}");
    installation.run(&["ops", "search", "lighthouse keeper"]).expect(0);
}

#[test]
fn the_five_words_do_what_they_say() {
    let installation = Installation::installed();
    let run = |word: &str, code: i32| installation.run(&["ops", word]).expect(code).stdout;
    let first = installation.server();
    assert!(run("status", 0).contains("\nGO "));
    assert!(run("start", 0).contains("runs already"));
    assert_eq!(installation.server(), first, "start leaves one that runs alone");

    assert!(run("stop", 0).contains("has stopped"));
    assert_eq!(installation.processes(), NONE, "stop leaves no process behind");
    assert!(std::net::TcpStream::connect(&installation.listen).is_err(), "nothing listens any more");
    assert!(run("stop", 0).contains("does not run"), "what is so already is no error");
    assert!(run("status", 1).contains("\nNO-GO "));
    assert!(run("logs", 0).contains("stopped"), "the log can be read while nothing runs");
    let last = installation.run(&["ops", "logs", "-n", "1"]).expect(0).stdout;
    assert_eq!(last.lines().count(), 1, "{last}");

    assert!(run("start", 0).contains(&installation.listen));
    let started = installation.server();
    assert!(started.is_some() && started != first);
    assert!(run("restart", 0).contains(&installation.listen));
    assert_ne!(installation.server(), started);
    assert!(run("status", 0).contains("\nGO "));
    assert_eq!(installation.processes().len(), 2, "one supervisor, one server");
}

#[test]
fn a_server_whose_supervisor_is_killed_goes_with_it() {
    let installation = Installation::installed();
    let supervisor = fs::read_to_string(installation.home().pid_file()).unwrap();
    kill(Pid::from_raw(supervisor.trim().parse().unwrap()), Signal::SIGKILL).unwrap();
    wait("the server to go", SOON, || installation.processes().is_empty().then_some(()));
    installation.run(&["ops", "status"]).expect(1);
    installation.run(&["ops", "start"]).expect(0);
    installation.run(&["ops", "status"]).expect(0);
}

#[test]
fn after_a_power_cut_the_way_back_leaves_nothing() {
    let installation = Installation::bare();
    let before = snapshot::take(installation.env.path());
    installation.install();
    installation.cut_power();
    let back = installation.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    let after = snapshot::take(installation.env.path());
    assert!(after == before, "{:?} is left\n{back:#?}", after.keys());
}

#[test]
fn a_purge_takes_the_data_also_where_the_state_directory_was_there_before() {
    let installation = Installation::bare();
    let home = installation.home();
    fs::create_dir_all(&home.state).unwrap();
    fs::set_permissions(&home.state, fs::Permissions::from_mode(0o700)).unwrap();
    installation.install();
    assert!(home.database().exists());
    installation.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    let left: Vec<_> = fs::read_dir(&home.state).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.is_empty(), "{left:?}");
}
