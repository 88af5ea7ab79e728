//! A real corpus, whole: the documentation of several Debian packages in HTML, plain text and PDF. Thousands
//! of files, no panic, and every one of them accounted for.

use std::fs;
use std::path::Path;

use tars::wire::{Job, JobState};

use crate::support::{TestEnv, TestServer, corpus};

fn files_below(directory: &Path) -> u64 {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| if entry.file_type().unwrap().is_dir() { files_below(&entry.path()) } else { 1 })
        .sum()
}

#[test]
fn thousands_of_real_files_are_all_accounted_for() {
    let [Some(html), Some(text), Some(pdf)] = ["html", "text", "pdf"].map(corpus::all) else { return };
    let env = TestEnv::new();
    let server = TestServer::start(&env, &[&html, &text, &pdf]);
    let job: Job = server.first_scan();
    assert_eq!(job.state, JobState::Done, "{job:#?}");
    let there = files_below(&html) + files_below(&text) + files_below(&pdf);
    assert!(there > 5_000 && files_below(&pdf) >= 20, "the corpus is smaller than it should be: {there}");
    let skipped: u64 = job.skipped.iter().map(|(_, count)| count).sum();
    assert_eq!(job.problems, Vec::<String>::new());
    assert_eq!(job.added + skipped + job.unchanged, job.seen, "{job:#?}");
    // The guides are the only files beside them.
    let guides = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides")).unwrap().count() as u64;
    assert_eq!(job.seen, there + guides, "{job:#?}");
    assert!(skipped * 100 < there, "more than one in a hundred is left out: {:?}", job.skipped);
    server.stop();
    let audit = tars::serve::audit::compare(&env.home()).unwrap();
    assert!(audit.is_clean() && audit.agreed > 20_000, "{} agreed", audit.agreed);
}
