//! Wrong configurations and places: each ends with exit code 2 and an error that names the fault and the way
//! out, and leaves everything as it was.

use std::fs;
use std::net::TcpListener;

use crate::support::{TestEnv, TestServer, snapshot};

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

/// Starts the server with this `tars.toml`, which must fail, say each of these, and change nothing.
#[track_caller]
fn refused(toml: &str, says: &[&str]) {
    let env = TestEnv::new();
    env.toml(toml);
    let before = snapshot::take(env.path());
    let mut ended = env.run(SERVE).expect(2);
    for text in says {
        ended = ended.says(text);
    }
    assert_eq!(ended.stdout, "", "results go to standard output, errors do not");
    assert_eq!(snapshot::take(env.path()), before, "a refused configuration changes nothing");
}

#[test]
fn a_syntax_error_is_shown_with_its_place() {
    refused("[server]\nlisten = \"127.0.0.1:8000\n", &["tars.toml:2:"]);
}

#[test]
fn an_unknown_key_is_told_with_the_nearest_one() {
    refused(
        "[server]\nlisen = \"127.0.0.1:8000\"\n",
        &["tars.toml:2:1", "server.lisen", "did you mean", "listen"],
    );
}

#[test]
fn every_fault_is_told_at_once() {
    let toml = "[server]\nlog = \"lots\"\n\n[answer]\ndeadline = \"soon\"\n";
    refused(toml, &["tars.toml:2:", "server.log", "tars.toml:5:", "answer.deadline", "hint:"]);
}

#[test]
fn a_bad_address_is_refused() {
    refused("[server]\nlisten = \"localhost\"\n", &["server.listen", "127.0.0.1:8000"]);
    let env = TestEnv::new();
    env.run(&["serve", "--listen", "nowhere:http"]).expect(2).says("nowhere:http");
    assert!(snapshot::take(env.path()).is_empty());
}

#[test]
fn a_secret_in_the_wrong_file_is_refused_and_not_repeated() {
    let key = "5f1d0c".repeat(12);
    let env = TestEnv::new();
    env.toml(&format!("[auth]\nsigning_key = \"{key}\"\n"));
    let ended = env.run(SERVE).expect(2).says("auth.signing_key").says("tars.env");
    assert!(!ended.stderr.contains(&key), "a secret is never shown");
}

#[test]
fn a_weak_signing_key_is_refused_and_not_repeated() {
    let env = TestEnv::new();
    let key = "hunter2hunter2";
    fs::create_dir_all(&env.home().config).unwrap();
    fs::write(env.home().env(), format!("TARS_AUTH_SIGNING_KEY={key}\n")).unwrap();
    let before = snapshot::take(env.path());
    let ended = env.run(SERVE).expect(2).says("256 bits").says("hint:");
    assert!(!ended.stderr.contains(key), "a secret is never shown");
    assert_eq!(snapshot::take(env.path()), before);
}

#[test]
fn a_port_in_use_is_told_and_leaves_nothing_half_done() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let env = TestEnv::new();
    env.run(&["serve", "--listen", &address]).expect(2).says(&address).says("in use").says("hint:");
    // What it may have made before it knew is whole: the next start works with it.
    TestServer::start(&env, &[]).stop();
}

#[test]
fn a_home_that_cannot_hold_anything_is_told() {
    let env = TestEnv::new();
    let ended = crate::support::env::finish(env.tars().args(SERVE).env("TARS_HOME", "/proc/tars"));
    ended.expect(2).says("/proc/tars").says("cannot");
    fs::write(env.path().join("file"), "not a directory").unwrap();
    let ended =
        crate::support::env::finish(env.tars().args(SERVE).env("TARS_HOME", env.path().join("file/home")));
    ended.expect(2).says("file/home");
}

#[test]
fn a_corrupted_database_is_told_and_left_for_repair() {
    let env = TestEnv::new();
    let documents = env.directory("documents");
    fs::write(documents.join("a.txt"), "The lighthouse stands.").unwrap();
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    server.stop();
    let database = env.home().database();
    let mut bytes = fs::read(&database).unwrap();
    bytes[..4096].fill(b'!');
    fs::write(&database, &bytes).unwrap();
    let ended = env.run(SERVE).expect(2).says("tars.db").says("hint:");
    assert!(!ended.stderr.contains("lighthouse"));
    assert_eq!(fs::read(&database).unwrap(), bytes, "what is left of the data is not touched");
}

#[test]
fn a_database_of_a_newer_version_is_not_touched() {
    let env = TestEnv::new();
    TestServer::start(&env, &[]).stop();
    let database = env.home().database();
    let db = rusqlite::Connection::open(&database).unwrap();
    db.pragma_update(None, "user_version", 9_999).unwrap();
    drop(db);
    let before = fs::read(&database).unwrap();
    env.run(SERVE).expect(2).says("newer").says("tars.db");
    assert_eq!(fs::read(&database).unwrap(), before);
}

#[test]
fn two_servers_on_one_home_are_one_too_many() {
    let env = TestEnv::new();
    let first = TestServer::start(&env, &[]);
    env.run(SERVE).expect(2).says("hint:");
    assert!(first.ready().ready, "the first goes on");
}
