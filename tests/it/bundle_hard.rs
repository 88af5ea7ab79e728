//! The support archive where the machine makes it hard: a container that logged five gigabytes, a log that grows while
//! it is read, disks that are full at every stage, an owner who stops it at any moment, and everything that hangs.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixListener;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::{Value, json};

use crate::support::engine::engine;
use crate::support::env::{Guard, finish_within};
use crate::support::hung::Hung;
use crate::support::installed::{Installation, LONG};
use crate::support::planted::Random;
use crate::support::unpacked::{self, archive_in, names_in};
use crate::support::{TestEnv, mounts, seed, wait};

/// What the program may take of the memory, with its own code. That of a build for debugging is three times as large.
const MEMORY: u64 = if cfg!(debug_assertions) { 96_000_000 } else { 64_000_000 };

/// Bytes that nothing makes smaller, as text.
fn noise(lines: u64) -> String {
    (0..lines).map(|n| format!("{:x}\n", (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect()
}

/// An archive as it was made.
struct Made {
    files: BTreeMap<String, Vec<u8>>,
    manifest: Value,
    took: Duration,
    memory: u64,
}

impl Made {
    /// Makes an archive in this directory, which has to work, and watches what it takes.
    #[track_caller]
    fn watched(mut command: Command, out: &Path) -> Self {
        let begun = Instant::now();
        command.arg("--output").arg(out).stdout(Stdio::null());
        let mut child = Guard(command.spawn().unwrap());
        let status = format!("/proc/{}/status", child.0.id());
        let mut memory = 0;
        let ended = wait("the archive", LONG, || {
            // The process may have ended by now: then the last look was the right one.
            memory = peak(&fs::read_to_string(&status).unwrap_or_default()).unwrap_or(memory);
            child.0.try_wait().unwrap()
        });
        let took = begun.elapsed();
        assert!(ended.success(), "{ended}");
        let files: BTreeMap<_, _> =
            unpacked::files(&fs::read(archive_in(out)).unwrap()).into_iter().collect();
        let manifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
        println!("{took:?}, {} MiB at most", memory >> 20);
        Self { files, manifest, took, memory }
    }

    /// What the manifest says of a file.
    #[track_caller]
    fn row(&self, path: &str) -> &Value {
        let mut rows = self.manifest["files"].as_array().unwrap().iter();
        rows.find(|row| row["path"] == path).unwrap_or_else(|| panic!("no {path} in {:#}", self.manifest))
    }

    fn text(&self, path: &str) -> String {
        String::from_utf8_lossy(&self.files[path]).into_owned()
    }
}

/// The most memory that a process has had, in bytes, from its status.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes << 10)
}

#[test]
fn a_container_that_logged_five_gigabytes_is_cut_and_says_so() {
    const LINES: u64 = 4_700_000;
    let Some(engine) = engine() else { return };
    let env = TestEnv::new();
    let begun = Instant::now();
    engine.run("tars-flood", json!({ "Cmd": ["/part", "flood", LINES.to_string()] }));
    wait("the container to have said everything", Duration::from_secs(600), || {
        (engine.inspect("tars-flood")["State"]["Status"] == "exited").then_some(())
    });
    println!("printed in {:?}", begun.elapsed());
    let log = engine.inspect("tars-flood")["LogPath"].as_str().unwrap().to_string();
    assert!(fs::metadata(&log).unwrap().len() > 5_000_000_000);
    let path = "logs/containers/tars-flood.log";
    let bundle = |name: &str, more: &[&str]| {
        let mut command = env.tars();
        command.arg("bundle").args(more).env("DOCKER_HOST", engine.host());
        let made = Made::watched(command, &env.directory(name));
        assert!(made.memory < MEMORY, "{} bytes of memory", made.memory);
        assert_eq!(made.row(path)["status"], "incomplete", "{:#}", made.row(path));
        let numbers: Vec<u64> = made
            .text(path)
            .split_inclusive('\n')
            .map(|line| {
                line.split(' ').nth(2).filter(|_| line.ends_with(" away\n")).unwrap().parse().unwrap()
            })
            .collect();
        assert!(numbers.is_sorted_by(|one, next| one + 1 == *next), "lines are missing");
        (made, numbers)
    };
    let (made, numbers) = bundle("newest", &[]);
    assert!(made.row(path)["why"].as_str().unwrap().starts_with("only its newest "), "{:#}", made.row(path));
    assert!((1 << 20..=16 << 20).contains(&made.files[path].len()) && numbers.last() == Some(&(LINES - 1)));
    assert!(made.took < Duration::from_secs(20), "{:?}", made.took);
    let (made, numbers) = bundle("all", &["--all-logs", "--deadline", "1s"]);
    assert!(made.row(path)["why"].as_str().unwrap().contains("left behind"), "{:#}", made.row(path));
    assert!(numbers.first() == Some(&0) && numbers.len() > 1000, "{}", numbers.len());
    assert!(made.took < Duration::from_secs(40), "{:?}", made.took);
}

/// Adds a line to the log again and again, a few bytes at a time, until it is told to stop.
fn grow(log: &Path, end: &AtomicBool) -> u64 {
    let mut file = fs::File::options().append(true).open(log).unwrap();
    let mut number = 0;
    while !end.load(Ordering::Relaxed) {
        number += 1;
        let line = format!("2026-01-02T03:04:05Z INFO wave {number:09} came in\n");
        line.as_bytes().chunks(8).for_each(|piece| file.write_all(piece).unwrap());
    }
    number
}

#[test]
fn a_log_that_grows_while_it_is_read_is_whole_up_to_a_moment() {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    let log = installation.home().log_file();
    installation.log("2026-01-02T03:04:05Z INFO the tide is at its lowest\n");
    let before: String = fs::read_to_string(&log).unwrap();
    let end = AtomicBool::new(false);
    let made = std::thread::scope(|scope| {
        let writer = scope.spawn(|| grow(&log, &end));
        wait("the log to grow", LONG, || (log.metadata().unwrap().len() > 2 << 20).then_some(()));
        let out = installation.env.directory("out");
        let made = Made::watched(installation.tars(&["bundle", "--all-logs"]), &out);
        end.store(true, Ordering::Relaxed);
        (made, writer.join().unwrap())
    });
    let (made, written) = made;
    let row = made.row("logs/server.log");
    assert_eq!(row["status"], "complete", "{row:#}");
    let text = made.text("logs/server.log");
    let waves: Vec<&str> = text.lines().skip(before.lines().count()).collect();
    println!("{} lines of {written}", waves.len());
    assert!(text.ends_with(" came in\n") && waves.len() > 30_000 && (waves.len() as u64) < written);
    for (number, wave) in (1..).zip(&waves) {
        assert_eq!(*wave, format!("2026-01-02T03:04:05Z INFO wave {number:09} came in"));
    }
}

#[test]
fn a_full_disk_is_told_at_every_stage_and_nothing_is_left_on_it() {
    const MANY: u32 = 1000;
    let installation = Installation::installed();
    installation.log(&noise(200_000));
    let whole = installation.env.directory("whole");
    installation.run(&["bundle", "--output", whole.to_str().unwrap()]).expect(0);
    let size = fs::metadata(archive_in(&whole)).unwrap().len() >> 10;
    assert!(size > 1000, "{size} KiB are too few to fill a disk with");
    let out = installation.env.directory("out");
    let Some(()) = mounts::tmpfs(&out, "size=64k,nr_inodes=1000") else { return };
    let plain: &[&str] = &[];
    let recipient = age::x25519::Identity::generate().to_public().to_string();
    let sealed = ["--encrypt-to", &recipient];
    // What is collected and the archive are as large as each other; a directory is the first of the nodes.
    for (stage, options, kilobytes, nodes) in [
        ("the first file", plain, 64 << 10, 1),
        ("the second file", plain, 64 << 10, 2),
        ("the first bytes", plain, 4, MANY),
        ("collecting", plain, size / 2, MANY),
        ("writing the archive", plain, size * 3 / 2, MANY),
        ("the file of the sealed archive", &sealed, 64 << 10, 3),
        ("sealing the archive", &sealed, size * 5 / 2, MANY),
        ("the checksum", plain, 64 << 10, 3),
        ("the checksum of the sealed archive", &sealed, 64 << 10, 4),
        ("the map", &["--keep-map"], 64 << 10, 4),
    ] {
        mounts::change(&out, &format!("size={kilobytes}k,nr_inodes={nodes}"));
        let place = ["bundle", "--output", out.to_str().unwrap()];
        let ended = installation.run(&[&place, options].concat());
        println!("{stage}: {} {}", ended.code, ended.stderr);
        assert!(names_in(&out).is_empty(), "{:?} with a full disk at {stage}: {ended:#?}", names_in(&out));
        assert!(ended.stdout.is_empty(), "{stage}: {ended:#?}");
        ended.expect(2).says("No space").says("hint:").says("--output");
    }
    mounts::change(&out, &format!("size=64m,nr_inodes={MANY}"));
    installation.run(&["bundle", "--keep-map", "--output", out.to_str().unwrap()]).expect(0);
    assert_eq!(names_in(&out).len(), 3, "{:?}", names_in(&out));
}

#[test]
fn stopped_at_any_of_fifty_moments_it_leaves_nothing() {
    let installation = Installation::installed();
    let mut random = Random::new(seed());
    installation.log(&"2026-01-02T03:04:05Z INFO the lighthouse keeper was away\n".repeat(20_000));
    let (out, temporary) = (installation.env.directory("out"), installation.env.directory("temporary"));
    let bundle = |path: &Path| {
        let mut command = installation.tars(&["bundle", "--output", path.to_str().unwrap()]);
        command.env("TMPDIR", &temporary);
        command
    };
    let begun = Instant::now();
    finish_within(&mut bundle(&out.join("whole.tar.gz")), LONG).expect(0);
    let whole = begun.elapsed();
    let (mut ends, made) = (BTreeMap::<_, usize>::new(), names_in(&out).len());
    for moment in 0..50 {
        let signal = if random.below(4) == 0 { Signal::SIGINT } else { Signal::SIGTERM };
        let path = out.join(format!("{moment}.tar.gz"));
        let mut command = bundle(&path);
        let mut child = Guard(command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap());
        let after = whole.mul_f64(f64::from(u32::try_from(random.below(1100)).unwrap()) / 1000.0);
        std::thread::sleep(after);
        // It may have ended already.
        let _ = kill(Pid::from_raw(i32::try_from(child.0.id()).unwrap()), signal);
        let status = wait("it to end", Duration::from_secs(20), || child.0.try_wait().unwrap());
        let mut said = String::new();
        child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        let end = match (status.code(), status.signal()) {
            (Some(0), _) => "whole",
            (Some(code), _) => {
                assert!(
                    signal == Signal::SIGINT && code == 130 && said.contains("interrupted"),
                    "{code}: {said}"
                );
                "told"
            }
            (None, by) => {
                assert!(by == Some(signal as i32) && said.is_empty(), "{by:?}: {said}");
                "ended"
            }
        };
        *ends.entry(end).or_default() += 1;
        // The moment may be the one between the archive and its checksum: then the archive is whole.
        if path.exists() {
            installation.run(&["bundle", "verify", path.to_str().unwrap()]).expect(0);
            fs::remove_file(&path).unwrap();
            let _ = fs::remove_file(out.join(format!("{moment}.tar.gz.sha256")));
        } else {
            assert!(end != "whole", "it said that all is well, and there is no archive");
        }
        assert_eq!(names_in(&out).len(), made, "{:?} after {after:?}", names_in(&out));
        assert!(names_in(&temporary).is_empty(), "{:?} after {after:?}", names_in(&temporary));
    }
    println!("{ends:?} within {whole:?}");
    assert!(ends.get("ended").is_some_and(|count| *count >= 10), "{ends:?}");
}

#[test]
fn everything_that_hangs_is_left_out_and_the_rest_is_there_in_time() {
    let env = TestEnv::new();
    let (good, point) = (env.directory("documents"), env.directory("nas"));
    let model = TcpListener::bind("127.0.0.1:0").unwrap();
    env.toml(&format!(
        "[documents]\npaths = [\"{}\", \"{}\"]\n[answer]\nendpoint = \"http://{}\"\n",
        good.display(),
        point.display(),
        model.local_addr().unwrap()
    ));
    let socket = env.path().join("docker.sock");
    let _docker = UnixListener::bind(&socket).unwrap();
    let Some(hung) = mounts::namespace().and_then(|()| Hung::mount(&point)) else { return };
    let ended = env.run(&["bundle", "--output", &point.join("b.tar.gz").display().to_string()]);
    ended.expect(2).says("no answer in 2 s").says("--output DIR");
    let out = env.directory("out");
    let begun = Instant::now();
    let mut command = env.tars();
    command.args(["bundle", "--format", "json"]).env("DOCKER_HOST", format!("unix://{}", socket.display()));
    finish_within(command.current_dir(&out), Duration::from_secs(30)).expect(0);
    let took = begun.elapsed();
    println!("{took:?} with a mount, an engine and a model server that hang");
    assert!(took < Duration::from_secs(8), "{took:?}");
    assert!(hung.waiting() > 0, "nothing asked the mount");
    let files: BTreeMap<_, _> = unpacked::files(&fs::read(archive_in(&out)).unwrap()).into_iter().collect();
    let manifest: Value = serde_json::from_slice(&files["manifest.json"]).unwrap();
    let collectors = manifest["collectors"].as_array().unwrap();
    let told = |name: &str| {
        collectors.iter().find(|row| row["name"] == name || row["collector"] == name).unwrap().to_string()
    };
    assert!(told("docker").contains("no answer") || told("docker").contains("time"), "{manifest:#}");
    for path in ["facts.json", "doctor.txt", "system/os.txt", "mounts/mountinfo.txt", "config/tars.toml"] {
        assert!(files.get(path).is_some_and(|content| !content.is_empty()), "no {path} in {manifest:#}");
    }
    let doctor = String::from_utf8_lossy(&files["doctor.txt"]).into_owned();
    assert!(doctor.contains("no answer in 2 s"), "{doctor}");
}
