//! Power cuts: the server is killed at random moments of ingestion. After every restart the documents, the
//! chunks and the index agree, every one compared, and nothing that was acknowledged is lost.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use reqwest::Method;
use tars::wire::IngestRequest;

use crate::support::{TestEnv, TestServer, seed};

const KILLS: u64 = 50;

/// A small generator of its own (SplitMix64), so that a seed means the same in every run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}

/// A document of several chunks, different for every number and version.
fn text(number: u64, version: u64) -> String {
    let mut random = Random(number * 1_000 + version);
    let mut text = format!("# Document {number} version {version}\n\nIts mark is m{number}v{version}.\n");
    for section in 0..random.below(6) + 2 {
        text.push_str(&format!("\n## Section {section}\n\n"));
        for _ in 0..40 {
            let (who, what, r#where) = (random.below(5_000), random.below(5_000), random.below(5_000));
            text.push_str(&format!("Person{who} carried thing{what} to place{where}. "));
        }
    }
    text
}

/// Adds, changes, moves and deletes a few files.
fn disturb(directory: &Path, random: &mut Random, round: u64) {
    for _ in 0..12 {
        let number = random.below(150);
        let path = directory.join(format!("{number}.md"));
        match random.below(5) {
            0 => drop(fs::remove_file(path)),
            1 => drop(fs::rename(path, directory.join(format!("moved-{number}.md")))),
            _ => fs::write(path, text(number, round)).unwrap(),
        }
    }
}

/// Compares the index with the store, chunk by chunk, while no server runs.
#[track_caller]
fn assert_agreement(env: &TestEnv, round: u64) {
    let audit = tars::serve::audit::compare(&env.home()).unwrap();
    assert!(audit.is_clean(), "after kill {round}: {audit:#?}");
}

#[test]
fn fifty_kills_lose_nothing_and_leave_no_halves() {
    let mut random = Random(seed());
    let env = TestEnv::new();
    let directory = env.directory("documents");
    for number in 0..150 {
        fs::write(directory.join(format!("{number}.md")), text(number, 0)).unwrap();
    }
    let mut acknowledged: BTreeMap<i64, String> = BTreeMap::new();
    for round in 1..=KILLS {
        disturb(&directory, &mut random, round);
        let server = TestServer::start(&env, &[&directory]);
        let listed: Vec<i64> = server.documents().iter().map(|document| document.id).collect();
        for (id, mark) in &acknowledged {
            assert!(
                listed.contains(id),
                "kill {}: the upload {mark} was acknowledged and is lost",
                round - 1
            );
        }
        let pid = nix::unistd::Pid::from_raw(i32::try_from(server.pid()).unwrap());
        let moment = Duration::from_micros(random.below(400_000));
        // A scan runs while documents are uploaded one after another, until the moment comes.
        server.send(Method::POST, "/ingest", Some(&IngestRequest::default())).unwrap();
        std::thread::scope(|scope| {
            let started = Instant::now();
            scope.spawn(move || {
                std::thread::sleep(moment.saturating_sub(started.elapsed()));
                nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGKILL).unwrap();
            });
            for upload in 0.. {
                let mark = format!("upload{round}x{upload}");
                let text =
                    format!("# Upload\n\nThe mark of this one is {mark}.\n\n{}", text(1_000 + round, upload));
                let Some(id) = server.upload(&format!("{mark}.md"), &text) else { break };
                acknowledged.insert(id, mark);
            }
        });
        server.kill();
        // What the crash left is allowed to be behind, never wrong: opening the store brings it up to date.
        TestServer::start(&env, &[&directory]).stop();
        assert_agreement(&env, round);
    }
    assert!(acknowledged.len() as u64 > KILLS, "the kills came before anything was acknowledged");

    let server = TestServer::start(&env, &[&directory]);
    server.ingest_and_wait();
    for (id, mark) in &acknowledged {
        let hits = server.search(mark);
        assert_eq!(hits.first().map(|hit| hit.source.document_id), Some(*id), "{mark}: {hits:#?}");
    }
    let listed = server.documents();
    for file in fs::read_dir(&directory).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        assert!(
            listed.iter().any(|document| document.path == name && document.chunks > 0),
            "{name} is missing"
        );
    }
    server.stop();
    assert_agreement(&env, KILLS + 1);
}

#[test]
fn a_lost_or_damaged_index_is_made_again() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    for number in 0..20 {
        fs::write(directory.join(format!("{number}.md")), text(number, 0)).unwrap();
    }
    let server = TestServer::start(&env, &[&directory]);
    server.first_scan();
    server.stop();
    assert_agreement(&env, 0);

    let damages: [fn(&Path); 3] = [
        |index| fs::remove_dir_all(index).unwrap(),
        |index| fs::write(index.join("meta.json"), b"not JSON").unwrap(),
        |index| {
            for file in fs::read_dir(index).unwrap() {
                let path = file.unwrap().path();
                if path.file_name().is_some_and(|name| name != "meta.json") && path.is_file() {
                    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(10).unwrap();
                }
            }
        },
    ];
    for (number, damage) in damages.iter().enumerate() {
        damage(&env.home().index());
        let server = TestServer::start(&env, &[&directory]);
        for document in [3, 17] {
            let hits = server.search(&format!("m{document}v0"));
            let path = hits.first().map(|hit| hit.source.path.clone());
            assert_eq!(path, Some(format!("{document}.md")), "damage {number}: {hits:#?}");
        }
        server.stop();
        assert_agreement(&env, number as u64);
    }
}
