//! Disks that are full, fill up, or are read-only: clear errors, and nothing half-written.

use std::fs;
use std::io::Write;
use std::path::Path;

use tars::wire::{IngestRequest, Ingested, Job, JobState};

use crate::support::{TestEnv, TestServer, mounts, snapshot, wait};

const SERVE: &[&str] = &["serve", "--listen", "127.0.0.1:0"];

/// Writes until not one more byte fits.
fn fill(directory: &Path) {
    let mut file = fs::File::create(directory.join("filler")).unwrap();
    for size in [4096, 1] {
        while file.write_all(&vec![0; size]).is_ok() {}
    }
}

/// No temporary file of ours is left, and a secrets file that is there is whole.
#[track_caller]
fn assert_nothing_half_written(env: &TestEnv) {
    for (path, (_, content)) in snapshot::take(&env.path().join("tars")) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        assert!(!name.starts_with(".tars-"), "{} was left behind", path.display());
        if name == "tars.env" || name == "admin-password" {
            assert!(
                content.is_some_and(|bytes| bytes.ends_with(b"\n")),
                "{} is half-written",
                path.display()
            );
        }
    }
}

#[test]
fn a_full_disk_is_told_and_works_again_when_there_is_space() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=4m") else { return };
    fill(&place);
    let ended = env.run(SERVE).expect(2).says("hint:");
    assert!(ended.stderr.contains("space") || ended.stderr.contains("full"), "{ended:#?}");
    assert_nothing_half_written(&env);
    fs::remove_file(place.join("filler")).unwrap();
    TestServer::start(&env, &[]).stop();
}

#[test]
fn a_disk_that_fills_up_during_ingestion_fails_the_job_and_not_the_server() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=6m") else { return };
    let documents = env.directory("documents");
    fs::write(documents.join("0-first.txt"), "The lighthouse stands.").unwrap();
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    for number in 0..40 {
        let words: String = (0..40_000).map(|word| format!("word{} ", word * 7 + number)).collect();
        fs::write(documents.join(format!("{number}.txt")), words).unwrap();
    }
    let Ingested::Job(id) = server.post("/ingest", &IngestRequest::default()) else { panic!("not a scan") };
    let job = wait("the scan to end", std::time::Duration::from_secs(60), || {
        let job: Job = server.get(&format!("/jobs/{id}"));
        (job.state != JobState::Running).then_some(job)
    });
    assert_eq!(job.state, JobState::Failed, "{job:#?}");
    let told = job.problems.join("\n");
    assert!(told.contains("full") || told.contains("space"), "{told}");
    assert_eq!(server.search("lighthouse").len(), 1, "what was there before is still found");
    server.stop();
    assert_nothing_half_written(&env);
    // With room again, as the hint says, and the large files gone, the next run is whole.
    mounts::change(&place, "size=64m");
    for number in 0..40 {
        fs::remove_file(documents.join(format!("{number}.txt"))).unwrap();
    }
    let server = TestServer::start(&env, &[&documents]);
    server.ingest_and_wait();
    assert_eq!(server.search("lighthouse").len(), 1);
}

#[test]
fn a_read_only_home_is_told() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=16m") else { return };
    mounts::make_read_only(&place);
    env.run(SERVE).expect(2).says("read-only").says("hint:");
    mounts::remove(&place);
    assert!(snapshot::take(&place).is_empty());
}

#[test]
fn a_home_that_becomes_read_only_is_told() {
    let env = TestEnv::new();
    let place = env.directory("tars");
    let Some(()) = mounts::tmpfs(&place, "size=64m") else { return };
    let documents = env.directory("documents");
    fs::write(documents.join("a.txt"), "The lighthouse stands.").unwrap();
    let server = TestServer::start(&env, &[&documents]);
    server.first_scan();
    server.stop();
    mounts::make_read_only(&place);
    let before = snapshot::take(&place);
    env.run(SERVE).expect(2).says("read-only").says("hint:");
    assert_eq!(snapshot::take(&place), before);
}
