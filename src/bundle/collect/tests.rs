//! How collectors are run: those that hang, fail or break off, and all of them on this machine.

use std::sync::Mutex;

use super::testing::{Archive, scope};
use super::*;

fn none(_: &Scope) -> Vec<Planned> {
    Vec::new()
}

fn hangs(_: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let mut file = sink.file("late");
    file.write_all(b"early\n").unwrap();
    loop {
        thread::sleep(Duration::from_millis(20));
        files::pour(&mut &b"late\n"[..], 100, &mut *file)?;
    }
}

const ODD: &[Collector] = &[
    Collector { name: "hangs", about: "", plan: none, run: hangs },
    Collector { name: "fails", about: "", plan: none, run: |_, _| Err("why".into()) },
    Collector { name: "breaks", about: "", plan: none, run: |_, _| std::panic::resume_unwind(Box::new(())) },
    Collector { name: "works", about: "", plan: none, run: |_, sink| files::write(sink, "file", "text\n") },
];

#[test]
fn one_that_hangs_costs_its_deadline_and_no_other() {
    let scope = Arc::new(Scope { deadline: Duration::from_millis(400), ..scope("/nowhere".as_ref()) });
    let archives: Vec<(&'static str, Archive)> =
        ODD.iter().map(|one| (one.name, Archive::default())).collect();
    let of = |name: &str| archives.iter().find(|(known, _)| *known == name).unwrap().1.clone();
    let stopped = Mutex::new(Vec::new());
    let started = Instant::now();
    let outcomes = run_these(ODD, &scope, &|name| Arc::new(of(name)), &|name| {
        of(name).close();
        stopped.lock().unwrap().push(name);
    });
    assert!(started.elapsed() < Duration::from_secs(3));
    let status: Vec<Status> = outcomes.into_iter().map(|outcome| outcome.status).collect();
    let failed = |why: &str| Status::Failed(why.into());
    assert_eq!(status, [Status::TimedOut, failed("why"), failed(BROKE_OFF), Status::Done]);
    assert_eq!(*stopped.lock().unwrap(), ["hangs", "breaks"]);
    assert_eq!(of("works").text("file"), "text\n");
    let late = of("hangs").bytes("late");
    thread::sleep(Duration::from_millis(100));
    assert_eq!(of("hangs").bytes("late"), late, "what is late is not taken any more");
}

#[test]
fn all_of_them_look_at_this_machine_and_no_path_comes_twice() {
    let dir = tempfile::tempdir().unwrap();
    let scope = Arc::new(Scope { deadline: Duration::from_secs(20), ..scope(dir.path()) });
    let archives: Mutex<Vec<Archive>> = Mutex::default();
    let sink = |_: &'static str| -> Arc<dyn Sink> {
        let archive = Archive::default();
        archives.lock().unwrap().push(archive.clone());
        Arc::new(archive)
    };
    let outcomes = run(&scope, &sink, &|name| panic!("{name} is late"));
    for outcome in &outcomes {
        let fine = match &outcome.status {
            Status::Done => true,
            // Without facts there is no engine to ask.
            Status::Failed(why) => {
                why.contains("no engine answers") && matches!(outcome.collector, "docker" | "logs")
            }
            Status::TimedOut => false,
        };
        assert!(fine, "{outcome:?}");
    }
    let paths: Vec<String> = archives.lock().unwrap().iter().flat_map(Archive::paths).collect();
    let unique: std::collections::BTreeSet<_> = paths.iter().collect();
    assert_eq!(unique.len(), paths.len(), "{paths:?}");
    for path in [
        "facts.json",
        "doctor.txt",
        "versions.txt",
        "system/os.txt",
        "system/processes.txt",
        "network/dns.txt",
    ] {
        assert!(paths.iter().any(|known| known == path), "{path} is not in {paths:?}");
    }
    let fit =
        |path: &String| !path.starts_with('/') && !path.contains("..") && !path.contains(char::is_control);
    assert!(paths.iter().all(fit), "{paths:?}");
    for archive in archives.lock().unwrap().iter() {
        for path in archive.paths().into_iter().filter(|path| path.ends_with(".json")) {
            let text = archive.bytes(&path);
            let whole = serde_json::from_slice::<serde_json::Value>(&text).is_ok();
            assert!(whole || !archive.notes(&path).is_empty(), "{path} is neither JSON nor incomplete");
        }
    }
}

#[test]
fn every_collector_has_a_name_of_its_own() {
    let mut names: Vec<_> = COLLECTORS.iter().map(|collector| collector.name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), COLLECTORS.len());
}
