//! The support archive from outside: a real installation, real tools that read what was made, and an owner who stops
//! it, has no room for it, or is handed one that holds a secret.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::Stdio;

use age::secrecy::ExposeSecret;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::support::env::{Ended, Guard, finish, finish_within};
use crate::support::installed::{Installation, LONG, json, mode};
use crate::support::unpacked::{self, archive_in, names_in};
use crate::support::{TestEnv, program, skip, wait};

/// A secret of this installation.
fn secret(installation: &Installation) -> String {
    let env = fs::read_to_string(installation.home().env()).unwrap();
    let line = env
        .lines()
        .find(|line| line.starts_with("TARS_AUTH") || line.contains("KEY=") || line.contains("SECRET="));
    let value = line.and_then(|line| line.split_once('=')).expect("a secret in tars.env").1;
    value.trim_matches(['\'', '"']).to_string()
}

/// Runs a filter on this text.
fn piped(installation: &Installation, arguments: &[&str], text: &[u8]) -> Ended {
    let path = installation.env.path().join("given");
    fs::write(&path, text).unwrap();
    finish(installation.tars(arguments).stdin(fs::File::open(path).unwrap()))
}

#[test]
fn an_archive_is_whole_private_and_readable_by_everything() {
    let installation = Installation::installed();
    let secret = secret(&installation);
    installation.log(&format!("2026-01-02T03:04:05Z ERROR the key {secret} was refused\n"));
    let out = installation.env.directory("out");
    let mut command = installation.tars(&["bundle", "--format", "json", "--output"]);
    let made = json(&finish_within(command.arg(&out).env("SOURCE_DATE_EPOCH", "1767323045"), LONG).expect(0));
    let archive = archive_in(&out);
    let name = archive.file_name().unwrap().to_str().unwrap().to_string();
    assert!(name.starts_with("tars-bundle-") && name.ends_with("-20260102T030405Z.tar.gz"), "{name}");
    assert_eq!(names_in(&out).len(), 2, "{:?}", names_in(&out));
    let checksum = out.join(format!("{name}.sha256"));
    assert_eq!((mode(&archive), mode(&checksum)), (0o600, 0o600));
    let bytes = fs::read(&archive).unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(fs::read_to_string(&checksum).unwrap(), format!("{digest}  {name}\n"));
    assert_eq!(made["sha256"], Value::from(digest));

    let files = unpacked::files(&bytes);
    let paths: Vec<_> = files.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(&paths[..2], ["README.txt", "manifest.json"]);
    assert!(paths[2..].is_sorted() && paths.contains(&"facts.json"), "{paths:?}");
    let manifest: Value = serde_json::from_slice(&files[1].1).unwrap();
    let listed: BTreeMap<&str, &Value> = manifest["files"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| (file["path"].as_str().unwrap(), file))
        .collect();
    assert_eq!(listed.len(), files.len() - 1);
    for (path, content) in files.iter().filter(|(path, _)| path != "manifest.json") {
        let digest: String = Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect();
        let row = listed[path.as_str()];
        assert_eq!(
            (row["sha256"].as_str(), row["bytes"].as_u64()),
            (Some(digest.as_str()), Some(content.len() as u64))
        );
    }
    for (path, content) in &files {
        assert!(memchr::memmem::find(content, secret.as_bytes()).is_none(), "{path}");
    }
    let readme = String::from_utf8(files[0].1.clone()).unwrap();
    assert!(readme.lines().all(|line| line.chars().count() <= 100) && readme.contains(&name), "{readme}");
    let marked = |(path, content): &(String, Vec<u8>)| {
        path.starts_with("logs/") && memchr::memmem::find(content, b"[REDACTED:").is_some()
    };
    assert!(files.iter().any(marked), "{paths:?}");

    for (tool, arguments) in [
        ("tar", vec!["tzf", &name]),
        ("gzip", vec!["-t", &name]),
        ("sha256sum", vec!["-c", &checksum.file_name().unwrap().to_str().unwrap()]),
        (
            "python3",
            vec![
                "-c",
                "import sys, tarfile; t = tarfile.open(sys.argv[1]); print([m.name for m in t if m.isfile() and t.extractfile(m).read() is None])",
                &name,
            ],
        ),
    ] {
        let Some(path) = program(tool) else {
            skip(&format!("there is no {tool}"));
            continue;
        };
        finish(installation.env.command(path).args(arguments).current_dir(&out)).expect(0);
    }
    // The doctor judges what is in it.
    let judged = installation.run(&["doctor", "--format", "json", "--from", archive.to_str().unwrap()]);
    assert!(judged.code < 2 && json(&judged)["sections"].is_array(), "{judged:?}");
}

#[test]
fn a_stranger_sees_the_diagnosis_and_the_owner_that_nothing_is_left() {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    installation.log("2026-01-02T03:04:05Z ERROR the lamp went out\n2026-01-02T03:04:06Z INFO all is well\n");
    let archive = installation.env.path().join("b.tar.gz");
    let file = archive.to_str().unwrap();
    let told = installation.run(&["bundle", "--output", file]).expect(0);
    assert!(told.stdout.contains("bundle show") && told.stdout.contains("none is left"), "{told:?}");
    // Somebody else, who has no installation.
    let stranger = TestEnv::new();
    let shown = stranger.run(&["bundle", "show", file]).expect(0);
    assert!(shown.stdout.contains("FAIL") && shown.stdout.contains("the lamp went out"), "{shown:?}");
    assert!(!shown.stdout.contains("all is well"));
    let shown = json(&stranger.run(&["bundle", "show", file, "--format", "json"]).expect(0));
    assert!(
        shown["timeline"].as_array().unwrap().iter().any(|event| event["text"] == "ERROR the lamp went out")
    );
    assert!(shown["diagnosis"]["sections"].as_array().is_some_and(|sections| !sections.is_empty()));
    stranger.run(&["bundle", "verify", file]).expect(0);
    let seen = json(&installation.run(&["bundle", "verify", file, "--format", "json"]).expect(0));
    assert!(seen["known_secrets"].as_u64().unwrap() > 0, "{seen}");
    // It is not replaced, and a damaged one is not taken for whole.
    installation.run(&["bundle", "--output", file]).expect(2).says("exists already").says("--output");
    let mut bytes = fs::read(&archive).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 0x40;
    fs::write(&archive, bytes).unwrap();
    assert!(installation.run(&["bundle", "verify", file]).code > 0);
    fs::write(&archive, "no archive").unwrap();
    stranger.run(&["bundle", "show", file]).expect(2).says("not a support archive");
}

#[test]
fn a_plan_writes_nothing() {
    let installation = Installation::installed();
    let out = installation.env.directory("out");
    let mut command = installation.tars(&["bundle", "--plan"]);
    let plan = finish_within(command.current_dir(&out), LONG).expect(0);
    assert!(plan.stdout.contains("doctor.json") && plan.stdout.contains("by value"), "{plan:?}");
    let mut command = installation.tars(&["bundle", "--plan", "--format", "json"]);
    let plan = json(&finish_within(command.current_dir(&out), LONG).expect(0));
    assert!(plan["files"].as_array().unwrap().iter().any(|file| file["path"] == "doctor.json"));
    assert!(names_in(&out).is_empty());
}

/// A whole archive made by hand, whose one file is this text.
fn by_hand(text: &[u8]) -> Vec<u8> {
    let digest: String = Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).collect();
    let row = serde_json::json!({
        "path": "logs/a.log", "bytes": text.len(), "sha256": digest, "collector": "logs", "duration_ms": 0, "status": "complete",
    });
    let manifest = serde_json::json!({
        "schema": 1, "program": "0", "host": "h", "made": "2026-01-02T03:04:05Z", "since": null, "content": false,
        "identifiers": "replaced", "limits": { "archive": 1, "file": 1, "all_logs": false, "deadline_ms": 1 },
        "totals": { "files": 1, "bytes": text.len(), "incomplete": 0, "overruns": 0, "redactions": [] },
        "collectors": [], "files": [row],
    });
    let gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    let mut archive = tar::Builder::new(gzip);
    for (path, content) in [("b/manifest.json", manifest.to_string().as_bytes()), ("b/logs/a.log", text)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o600);
        archive.append_data(&mut header, path, content).unwrap();
    }
    archive.into_inner().unwrap().finish().unwrap()
}

#[test]
fn an_archive_with_a_secret_is_told_by_rule_and_entry_and_never_by_value() {
    let installation = Installation::installed();
    let secret = secret(&installation);
    let archive = installation.env.path().join("b.tar.gz");
    let verify = |text: String| {
        fs::write(&archive, by_hand(text.as_bytes())).unwrap();
        installation.run(&["bundle", "verify", archive.to_str().unwrap()])
    };
    verify("nothing to see\n".into()).expect(0);
    let hex: String = secret.bytes().map(|byte| format!("{byte:02X}")).collect();
    let escaped: String = secret.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    let wrapped: String = secret
        .chars()
        .collect::<Vec<_>>()
        .chunks(5)
        .map(|line| line.iter().collect::<String>() + "\n  ")
        .collect();
    for text in [format!("x{secret}x"), hex, escaped, wrapped] {
        let ended = verify(format!("before {text}\n")).expect(1).says("known-value").says("logs/a.log");
        assert!(!format!("{ended:?}").contains(&secret));
    }
    let token: String = ('a'..='z').chain('0'..='9').collect();
    verify(format!("pushed with ghp_{token}\n")).expect(1).says("token");
}

#[test]
fn what_is_encrypted_opens_for_its_owner_only() {
    let installation = Installation::installed();
    let private = |name: &str, text: &str, bits: u32| {
        use std::os::unix::fs::PermissionsExt;
        let path = installation.env.path().join(name);
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
        path.display().to_string()
    };
    let (owner, other) = (age::x25519::Identity::generate(), age::x25519::Identity::generate());
    let key = private("key", &format!("# made now\n{}\n", owner.to_string().expose_secret()), 0o600);
    let other = private("other", other.to_string().expose_secret(), 0o600);
    let word = private("word", "tides and lanterns\n", 0o600);
    let open = private("open", "tides and lanterns\n", 0o644);
    let recipient = owner.to_public().to_string();
    for (number, options, opens) in [
        (1, ["--encrypt-to", &recipient], ["--identity", &key]),
        (2, ["--passphrase-file", &word], ["--passphrase-file", &word]),
    ] {
        let out = installation.env.directory(&format!("out{number}"));
        installation.run(&[&["bundle", "--output", out.to_str().unwrap()], &options[..]].concat()).expect(0);
        let archive = archive_in(&out);
        let file = archive.to_str().unwrap();
        assert!(
            file.ends_with(".tar.gz.age")
                && fs::read(&archive).unwrap().starts_with(b"age-encryption.org/v1\n")
        );
        installation.run(&["bundle", "show", file]).expect(2).says("is encrypted").says("--identity");
        installation.run(&["bundle", "show", file, "--identity", &other]).expect(2).says("cannot decrypt");
        for command in ["show", "verify"] {
            installation.run(&[&["bundle", command, file], &opens[..]].concat()).expect(0);
        }
    }
    installation.run(&["bundle", "--passphrase-file", &open]).expect(2).says("chmod 600");
    installation.run(&["bundle", "--encrypt-to", "age1nobody"]).expect(2).says("not a recipient");
}

#[test]
fn the_filter_takes_secrets_out_of_any_bytes_and_the_judge_finds_them() {
    let installation = Installation::installed();
    let secret = secret(&installation);
    let text = [b"one \xff\x00\n".as_slice(), format!("two {secret}\n").as_bytes(), b"three"].concat();
    let redacted = piped(&installation, &["bundle", "redact", "-"], &text).expect(0);
    assert!(redacted.stdout.contains("[REDACTED:") && redacted.stdout.ends_with("three"), "{redacted:?}");
    assert!(!redacted.stdout.contains(&secret));
    let again = piped(&installation, &["bundle", "redact", "-"], redacted.stdout.as_bytes()).expect(0);
    assert_eq!(again.stdout, redacted.stdout);
    let folder = installation.env.directory("folder/below");
    fs::write(folder.join("a.log"), &text).unwrap();
    fs::write(folder.join("b.log"), "nothing\n").unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("endless")).unwrap();
    let top = installation.env.path().join("folder");
    let found =
        installation.run(&["bundle", "scan", top.to_str().unwrap()]).expect(1).says("1 secret was found");
    assert!(found.stdout.contains("below/a.log:2: ") && !found.stdout.contains(&secret), "{found:?}");
    installation.run(&["bundle", "scan", folder.join("b.log").to_str().unwrap()]).expect(0);
    let found = json(&piped(&installation, &["bundle", "scan", "-", "--format", "json"], &text).expect(1));
    assert_eq!(found["found"][0]["line"], 2);
    // A reader that goes away ends it quietly.
    let large = installation.env.path().join("large");
    fs::write(&large, "line\n".repeat(1_000_000)).unwrap();
    let mut command = installation.tars(&["bundle", "redact", large.to_str().unwrap()]);
    let mut child = Guard(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    drop(child.0.stdout.take());
    let status = wait("the filter to end", LONG, || child.0.try_wait().unwrap());
    let mut said = String::new();
    child.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}

#[test]
fn what_is_too_large_is_cut_and_says_so() {
    let installation = Installation::installed();
    let noise: String =
        (0..400_000_u64).map(|n| format!("{:x}\n", n.wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    installation.log(&noise);
    let archive = installation.env.path().join("b.tar.gz");
    let file = archive.to_str().unwrap();
    installation.run(&["bundle", "--output", file, "--max-size", "1M"]).expect(0);
    assert!(archive.metadata().unwrap().len() <= 1 << 20);
    let shown = json(&installation.run(&["bundle", "show", file, "--format", "json"]).expect(0));
    assert!(
        shown["incomplete_files"][0]["why"].as_str().unwrap().contains("as large as it may be"),
        "{shown}"
    );
    assert!(shown["diagnosis"].is_object());
    installation.run(&["bundle", "verify", file]).expect(0);
    installation.run(&["bundle", "--max-size", "1k"]).expect(2).says("less than");
}
