//! Hostile files among healthy ones: the run ends, every file is accounted for, the neighbours are found, and
//! memory stays bounded.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use tars::wire::{Job, Stats};

use crate::support::hostile::{self, Listed};
use crate::support::{TestEnv, TestServer, files, is_root};

const MEMORY: u64 = 200_000_000;

/// A healthy document of every format; each contains one word that no other file does.
fn healthy(directory: &Path) -> [(&'static str, &'static str); 6] {
    let text = |word: &str| format!("The {word} was left in the kitchen after breakfast.");
    let put = |name: &str, bytes: &[u8]| fs::write(directory.join(name), bytes).unwrap();
    put("healthy.txt", text("marmalade").as_bytes());
    put("healthy.md", format!("# Notes\n\n{}\n", text("kettledrum")).as_bytes());
    put("healthy.html", format!("<title>Notes</title><p>{}</p>", text("periwinkle")).as_bytes());
    put("healthy.csv", b"item,place\numbrella,hallway\nhurdygurdy,kitchen\n");
    put("healthy.pdf", &files::pdf(&["The first page", &text("candelabra")]));
    put(
        "healthy.docx",
        &files::docx(|body| body.write_all(files::paragraph(&text("accordion")).as_bytes()).unwrap()),
    );
    [
        ("healthy.txt", "marmalade"),
        ("healthy.md", "kettledrum"),
        ("healthy.html", "periwinkle"),
        ("healthy.csv", "hurdygurdy"),
        ("healthy.pdf", "candelabra"),
        ("healthy.docx", "accordion"),
    ]
}

/// Every file seen has exactly one fate.
#[track_caller]
fn assert_adds_up(job: &Job) {
    let skipped: u64 = job.skipped.iter().map(|(_, count)| count).sum();
    assert_eq!(job.seen, job.added + job.changed + job.renamed + job.unchanged + skipped, "{job:#?}");
    assert!(job.skipped.iter().all(|(reason, _)| !reason.trim().is_empty()), "{job:#?}");
}

#[test]
fn every_hostile_file_is_accounted_for_and_its_neighbours_are_found() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    let healthy = healthy(&directory);
    hostile::write(&directory);
    let server = TestServer::start(&env, &[&directory]);

    let job = server.first_scan();
    assert_adds_up(&job);
    let documents = server.documents();
    let stats: Stats = server.get("/stats");
    assert_eq!(documents.len() as u64 + server.guides(), stats.documents + stats.skipped, "{stats:#?}");
    for file in hostile::ALL.iter().filter(|file| file.listed == Listed::Yes) {
        let Some(document) = documents.iter().find(|document| document.path == file.name) else {
            panic!("{:?} is not in the list: {documents:#?}", file.name);
        };
        let accounted =
            document.chunks > 0 || document.skipped.as_ref().is_some_and(|reason| !reason.is_empty());
        assert!(accounted, "neither indexed nor skipped with a reason: {document:?}");
    }
    let files = fs::read_dir(&directory).unwrap().count() as u64;
    assert_eq!(job.seen, files + server.guides(), "what is no file to read is counted too: {job:#?}");
    for (name, word) in healthy {
        let hits = server.search(word);
        assert_eq!(hits.first().map(|hit| hit.source.path.as_str()), Some(name), "{word}: {hits:#?}");
    }
    let leaked = server.search("nologin").into_iter().find(|hit| hit.text.contains("/usr/sbin/nologin"));
    assert_eq!(leaked, None, "nothing behind a symbolic link is read");
    assert!(server.peak_memory() < MEMORY, "{} bytes", server.peak_memory());

    // What was skipped is not tried again until it changes.
    let again = server.ingest_and_wait();
    assert_adds_up(&again);
    assert_eq!((again.added, again.changed, again.removed), (0, 0, 0), "{again:#?}");
    server.stop();
}

#[test]
fn files_that_come_and_go_during_the_scan_do_not_stop_it() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    for n in 0..300 {
        fs::write(directory.join(format!("stays-{n}.txt")), format!("This one stays, number {n}.")).unwrap();
    }
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            // A folder and its files appear and vanish as fast as the disk allows.
            while !over.load(Ordering::Relaxed) {
                let folder = directory.join("comes-and-goes");
                fs::create_dir_all(&folder).unwrap();
                for n in 0..50 {
                    fs::write(folder.join(format!("{n}.txt")), "here and gone").unwrap();
                }
                fs::remove_dir_all(&folder).unwrap();
            }
        });
        let ran = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            let server = TestServer::start(&env, &[&directory]);
            assert_adds_up(&server.first_scan());
            for _ in 0..5 {
                assert_adds_up(&server.ingest_and_wait());
            }
            server
        }));
        over.store(true, Ordering::Relaxed);
        // Its last folder has to be gone before what is left is counted.
        writer.join().unwrap();
        let server = ran.unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        let settled = server.ingest_and_wait();
        assert_eq!(settled.seen, 300 + server.guides(), "{settled:#?}");
        assert_eq!(server.documents().len(), 300);
    });
}

#[test]
fn an_unreadable_directory_is_a_problem_that_is_told() {
    use std::os::unix::fs::PermissionsExt;
    if is_root() {
        // Root reads everything; a directory that is not there is the nearest to unreadable it has.
        let env = TestEnv::new();
        let (there, gone) = (env.directory("there"), env.path().join("gone"));
        fs::write(there.join("a.txt"), "The lighthouse stands.").unwrap();
        let server = TestServer::start(&env, &[&there, &gone]);
        let job = server.first_scan();
        assert!(job.problems.iter().any(|problem| problem.contains("gone")), "{job:#?}");
        assert_eq!(server.search("lighthouse").len(), 1);
        return;
    }
    let env = TestEnv::new();
    let directory = env.directory("documents");
    fs::write(directory.join("a.txt"), "The lighthouse stands.").unwrap();
    let closed = env.directory("documents/closed");
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o000)).unwrap();
    let server = TestServer::start(&env, &[&directory]);
    let job = server.first_scan();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    assert!(format!("{job:?}").contains("closed"), "{job:#?}");
    assert_eq!(server.search("lighthouse").len(), 1);
}

#[test]
fn a_directory_that_vanishes_takes_nothing_with_it() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    fs::write(directory.join("a.txt"), "The lighthouse stands.").unwrap();
    let server = TestServer::start(&env, &[&directory]);
    server.first_scan();
    fs::rename(&directory, env.path().join("elsewhere")).unwrap();
    let job = server.ingest_and_wait();
    assert_eq!(job.removed, 0, "a missing directory is a missing mount, not a deletion: {job:#?}");
    assert!(!job.problems.is_empty(), "{job:#?}");
    assert_eq!(server.search("lighthouse").len(), 1);
    // An empty one is what a mount point looks like when nothing is mounted.
    fs::create_dir(&directory).unwrap();
    let job = server.ingest_and_wait();
    assert_eq!(job.removed, 0, "{job:#?}");
    assert_eq!(server.search("lighthouse").len(), 1);
}
