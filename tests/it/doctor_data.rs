//! The doctor on real data: it sees what is broken, repairs what can be made anew, and never writes a byte
//! while it only looks.

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use crate::support::env::Ended;
use crate::support::installed::{Installation, json};
use crate::support::interrupted::Scene;
use crate::support::{TestEnv, TestServer, snapshot, wait};

/// What the doctor finds when it looks at these checks.
#[track_caller]
fn look(env: &TestEnv, only: &str) -> Value {
    json(&env.run(&["doctor", "--only", only, "--deadline", "20s", "--format", "json"]))
}

#[track_caller]
fn finding(report: &Value, id: &str) -> Value {
    let sections = report["sections"].as_array().unwrap().iter();
    let mut findings = sections.flat_map(|section| section["findings"].as_array().unwrap());
    findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id}: {report:#}")).clone()
}

#[track_caller]
fn assert_verdict(report: &Value, id: &str, verdict: &str) {
    let finding = finding(report, id);
    assert_eq!(finding["verdict"], verdict, "{finding:#}");
}

/// Waits until the server has noted the end of its scan.
fn at_rest(env: &TestEnv) {
    wait("the server to rest", Duration::from_secs(30), || {
        let report = look(env, "data.jobs.stuck,data.ingestion.result");
        let rests = finding(&report, "data.jobs.stuck")["summary"] == "no scan is at work";
        (rests && finding(&report, "data.ingestion.result")["verdict"] == "pass").then_some(())
    });
}

/// A home with a database and an index, made by a server that has ended.
fn stored() -> TestEnv {
    let env = TestEnv::new();
    let documents = env.directory("documents");
    for number in 0..30 {
        fs::write(
            documents.join(format!("{number}.md")),
            format!("# Boat {number}\n\nIts keeper was away.\n"),
        )
        .unwrap();
    }
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    at_rest(&env);
    server.stop();
    env
}

#[test]
fn looking_leaves_everything_as_it_was_with_a_server_at_work_stopped_and_killed() {
    let env = TestEnv::new();
    let place = env.path().join("tars");
    let documents = env.directory("documents");
    fs::write(documents.join("boats.md"), "# Boats\n\nThe lighthouse keeper was away.\n").unwrap();
    let unchanged = |when: &str| {
        let before = snapshot::take(&place);
        let report = look(&env, "data.*");
        let after = snapshot::take(&place);
        let changed: Vec<&PathBuf> =
            before.keys().chain(after.keys()).filter(|path| before.get(*path) != after.get(*path)).collect();
        assert!(changed.is_empty(), "{when}: {changed:?}");
        for id in
            ["data.database", "data.integrity", "data.foreign_keys", "data.orphans", "data.index.intact"]
        {
            assert_verdict(&report, id, "pass");
        }
        report
    };
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    at_rest(&env);
    let report = unchanged("while a server runs");
    assert_verdict(&report, "data.index.agrees", "pass");
    assert_verdict(&report, "data.empty", "pass");
    server.stop();
    let report = unchanged("after it has stopped");
    assert_verdict(&report, "data.index.agrees", "pass");
    let server = TestServer::start(&env, &[&documents]);
    server.upload("note.md", "# Note\n\nIt was foggy.\n").unwrap();
    server.kill();
    unchanged("after it was killed");
}

#[test]
fn a_home_without_data_is_no_trouble_and_stays_without() {
    let env = TestEnv::new();
    let report = look(&env, "data.*");
    assert_verdict(&report, "data.database", "skipped");
    assert_verdict(&report, "data.leftovers", "pass");
    assert!(!env.home().state.exists());
}

#[test]
fn damaged_pages_are_found_and_left_as_they_are() {
    let env = stored();
    assert_verdict(&look(&env, "data.*"), "data.integrity", "pass");
    let database = env.home().database();
    let file = fs::OpenOptions::new().write(true).open(&database).unwrap();
    let length = file.metadata().unwrap().len();
    // Every page but the first, which says what the others are.
    let noise = vec![0xa5; usize::try_from(length - 4096).unwrap()];
    file.write_all_at(&noise, 4096).unwrap();
    drop(file);
    let before = fs::read(&database).unwrap();
    let ended = env.run(&["doctor", "--only", "data.*", "--format", "json"]).expect(1);
    assert_verdict(&json(&ended), "data.integrity", "fail");
    assert!(fs::read(&database).unwrap() == before);
    fs::write(&database, "a note that was saved under the wrong name\n").unwrap();
    assert_verdict(&look(&env, "data.*"), "data.database", "fail");
    fs::remove_file(&database).unwrap();
    assert_verdict(&look(&env, "data.*"), "data.database", "fail");
    assert!(!database.exists());
}

/// Opening a pipe waits until somebody opens its other end, which nobody does here.
#[test]
fn what_never_answers_is_unknown_in_time_and_hides_nothing_else() {
    let env = stored();
    let pipe = |path: &Path| {
        let _ = fs::remove_file(path);
        nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    };
    let timed = || {
        let started = Instant::now();
        let report = json(&env.run(&["doctor", "--only", "data.*,system.*", "--format", "json"]));
        assert!(started.elapsed() < Duration::from_secs(4), "{:?}", started.elapsed());
        report
    };
    pipe(&env.home().lock_file());
    let report = timed();
    for id in ["data.integrity", "data.index.agrees", "data.jobs.stuck"] {
        assert_verdict(&report, id, "unknown");
        let said = finding(&report, id).to_string();
        assert!(said.contains("no answer in 2 s") && said.contains("hint"), "{said}");
    }
    for id in ["data.database", "data.index.intact"] {
        assert_verdict(&report, id, "pass");
    }
    for id in ["system.os", "system.disk.space", "system.limits.files"] {
        assert_ne!(
            finding(&report, id)["verdict"],
            "unknown",
            "{id}: whatever this machine is, it was looked at"
        );
    }
    pipe(&env.home().database());
    assert_verdict(&timed(), "data.database", "fail");
}

#[test]
fn a_log_that_has_grown_is_moved_into_the_database() {
    let env = stored();
    let database = env.home().database();
    let other = rusqlite::Connection::open(&database).unwrap();
    other.execute_batch("PRAGMA wal_autocheckpoint = 0; CREATE TABLE other (x BLOB); INSERT INTO other VALUES (zeroblob(4194304));").unwrap();
    let grow = || {
        for _ in 0..18 {
            other.execute("UPDATE other SET x = randomblob(4194304)", []).unwrap();
        }
    };
    grow();
    let log = database.with_extension("db-wal");
    assert!(log.metadata().unwrap().len() > 64 << 20);
    assert_verdict(&look(&env, "data.wal"), "data.wal", "warn");
    let ended = env.run(&["doctor", "--only", "data.wal", "--fix", "--yes", "--format", "json"]).expect(0);
    assert_verdict(&json(&ended), "data.wal", "pass");
    assert_eq!(log.metadata().unwrap().len(), 0);
    let length: i64 = other.query_row("SELECT length(x) FROM other", [], |row| row.get(0)).unwrap();
    assert_eq!(length, 4_194_304, "nothing is lost");
    let scene = Scene {
        tars: &|arguments| {
            let mut command = env.tars();
            command.args(arguments);
            command
        },
        home: env.home(),
        only: "data.wal",
        breaks: &grow,
        state: &|| {
            other
                .query_row("SELECT length(x) FROM other", [], |row| row.get::<_, i64>(0))
                .unwrap()
                .to_string()
        },
    };
    scene.is_killed_at_every_step(1);
}

#[test]
fn what_a_killed_writer_left_is_removed_only_when_it_is_named() {
    let env = stored();
    let (old, new) = (env.home().config.join(".tars-Ab12Cd"), env.home().config.join(".tars-Ef34Gh"));
    for (path, age) in [(&old, 3_600), (&new, 0)] {
        let file = fs::File::create(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age)).unwrap();
    }
    assert_verdict(&look(&env, "data.leftovers"), "data.leftovers", "warn");
    env.run(&["doctor", "--only", "data.leftovers", "--fix", "--yes"]).expect(0);
    assert!(old.exists(), "deleting always asks");
    let fix = [
        "doctor",
        "--only",
        "data.leftovers",
        "--fix",
        "--yes",
        "--yes-destructive",
        "data.leftovers",
        "--format",
        "json",
    ];
    assert_verdict(&json(&env.run(&fix).expect(0)), "data.leftovers", "pass");
    assert!(!old.exists() && new.exists(), "what may be at work stays");
}

#[test]
fn a_repair_does_not_take_the_index_from_a_server_that_it_cannot_restart() {
    let env = TestEnv::new();
    let documents = env.directory("documents");
    fs::write(documents.join("a.md"), "# A\n\nThe lighthouse.\n").unwrap();
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    at_rest(&env);
    lose_a_file(&env.home().index());
    let before = snapshot::take(&env.home().index());
    let ended = env
        .run(&["doctor", "--only", "data.index.*", "--fix", "--yes", "--yes-destructive", "data.index.*"])
        .expect(1);
    assert!(ended.stdout.contains("was not started as the service"), "{ended:#?}");
    assert!(snapshot::take(&env.home().index()) == before);
    server.stop();
}

/// Removes a file of the index that every search needs.
fn lose_a_file(index: &Path) {
    let is_needed = |path: &PathBuf| path.extension().is_some_and(|end| end == "term");
    let lost = fs::read_dir(index).unwrap().map(|entry| entry.unwrap().path()).find(is_needed).unwrap();
    fs::remove_file(lost).unwrap();
}

#[test]
fn a_broken_index_is_made_anew_by_a_running_and_by_a_stopped_server() {
    let installation = Installation::installed();
    let index = installation.home().index();
    let run = |arguments: &[&str]| -> Ended {
        let mut all = vec!["doctor", "--only", "data.index.*", "--format", "json"];
        all.extend(arguments);
        installation.run(&all)
    };
    type Breakage = (&'static str, fn(&Path));
    let breakages: [Breakage; 4] = [
        ("data.index.intact", lose_a_file),
        ("data.index.present", |index| fs::write(index.join("meta.json"), "not JSON").unwrap()),
        ("data.index.present", |index| fs::remove_dir_all(index).unwrap()),
        ("data.index.agrees", |index| {
            let path = index.join("meta.json");
            let mut meta: Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            meta["payload"] = "1:of-another-database:1".into();
            fs::write(path, meta.to_string()).unwrap();
        }),
    ];
    for (id, breaks) in breakages {
        breaks(&index);
        assert_verdict(&json(&run(&[]).expect(1)), id, "fail");
        let plan = run(&["--fix", "--yes", "--plan"]).expect(0);
        assert_eq!(
            json(&plan)["repairs"].as_array().map(Vec::len),
            Some(0),
            "it asks, or is named: {plan:#?}"
        );
        let after = json(&run(&["--fix", "--yes", "--yes-destructive", id]).expect(0));
        for id in ["data.index.present", "data.index.intact", "data.index.agrees"] {
            assert_verdict(&after, id, "pass");
        }
    }
    let found = installation.run(&["ops", "search", "lighthouse"]).expect(0);
    assert!(found.stdout.contains("boats.md"), "{found:#?}");

    installation.run(&["ops", "stop"]).expect(0);
    lose_a_file(&index);
    let after = json(&run(&["--fix", "--yes", "--yes-destructive", "data.index.*"]).expect(0));
    assert_verdict(&after, "data.index.agrees", "pass");
    installation.run(&["ops", "search", "lighthouse"]).expect(0);
    // Taken back, the server is as it was before: stopped. The index stays, because it is right now.
    installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(installation.run(&["ops", "status"]).code, 1);
    assert_verdict(&json(&run(&[]).expect(0)), "data.index.agrees", "pass");
}
