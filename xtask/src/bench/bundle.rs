//! The figures of the support archive over half a gigabyte of logs, in one run with what a shell script does instead:
//! every file through `sed` with fifteen expressions into a folder, and that folder through `tar` and `gzip -6`. The
//! script looks for a fraction of the secrets, replaces no names, and does not search what it has made.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tars::failure::{Failure, IoContext, Result};
use tars::host::files;

use super::process::{Used, measured};
use super::{Bar, Figure, documents, logs, server};
use crate::work;

/// The server's log, and those that were put aside.
const FILES: u64 = 10;
/// How large each is.
const SIZE: usize = 52 << 20;

/// What the script replaces.
const EXPRESSIONS: &str = r#"s/(password|passwd|pwd|passphrase)(["']?[=:] *["']?)[^ ,;"'&]+/\1\2[REDACTED]/gI
s/(secret|token|api[_-]?key)(["']?[=:] *["']?)[^ ,;"'&]+/\1\2[REDACTED]/gI
s/(Authorization: *(Bearer|Basic) +)[^ "]+/\1[REDACTED]/gI
s/((Set-)?Cookie: *)[^\r\n]+/\1[REDACTED]/gI
s#([a-z][a-z0-9+.-]*://[^:/@ ]+:)[^@/ ]+@#\1[REDACTED]@#g
s/gh[pousr]_[A-Za-z0-9]{36}/[REDACTED]/g
s/glpat-[A-Za-z0-9_-]{20}/[REDACTED]/g
s/AKIA[0-9A-Z]{16}/[REDACTED]/g
s/sk-[A-Za-z0-9_-]{20,}/[REDACTED]/g
s/xox[baprs]-[A-Za-z0-9-]{10,}/[REDACTED]/g
s/eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]+/[REDACTED]/g
s/AIza[0-9A-Za-z_-]{35}/[REDACTED]/g
s/hf_[A-Za-z0-9]{30,}/[REDACTED]/g
s/-----BEGIN [A-Z ]*PRIVATE KEY-----/[REDACTED]/g
s/[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}/[EMAIL]/g
"#;

/// Measures everything.
pub fn measure() -> Result<Vec<Figure>> {
    let scratch =
        tempfile::Builder::new().prefix("bench-").tempdir_in(work::target()).trying("make a folder")?;
    let home = scratch.path().join("home");
    server::home(&home)?;
    let (log, made) = (home.join("logs/serve.log"), scratch.path().join("made"));
    for directory in [log.parent().unwrap_or(&home), &made] {
        files::directory(directory, 0o755)?;
    }
    let aside =
        |number: u64| if number == 0 { log.clone() } else { format!("{}.{number}", log.display()).into() };
    let all: Vec<PathBuf> = (0..FILES).map(aside).collect();
    for (path, number) in all.iter().zip(0..) {
        logs::write(path, SIZE, number)?;
    }
    let megabytes = documents::bytes(&home.join("logs")) as f64 / 1e6;
    println!("{megabytes:.0} MB of logs in {FILES} files");

    let tars = |arguments: &[&str]| {
        let mut command = Command::new(work::target().join("release/tars"));
        let none = made.join("no-engine.sock");
        command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", &home).arg("--home").arg(&home);
        command.env("DOCKER_HOST", format!("unix://{}", none.display())).args(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    };
    let filter = ended(&mut tars(&["bundle", "redact", &log.display().to_string()]))?;
    let bundle = ended(tars(&["bundle", "--all-logs", "--max-size", "4G", "--output"]).arg(&made))?;
    let script = script(&all, scratch.path())?;
    let piped = piped(&all, scratch.path())?;
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let per_core = bundle.cpu / bundle.took.as_secs_f64() / cores as f64;
    println!(
        "an archive: {:.0} MB/s, of which {:.0} % of {cores} cores",
        rate(megabytes, &bundle),
        per_core * 100.0
    );
    println!(
        "the script: {:.0} MB/s; all in one pipe: {:.0} MB/s",
        rate(megabytes, &script),
        rate(megabytes, &piped)
    );
    let ratio = |other: &Used| other.took.as_secs_f64() / bundle.took.as_secs_f64();
    Ok(vec![
        Figure::new(
            "redaction",
            megabytes / FILES as f64 / filter.cpu,
            "MB per CPU-second",
            Bar::AtLeast(100.0),
        ),
        Figure::new("an archive, to `sed` and then `tar | gzip -6`", ratio(&script), "×", Bar::AtLeast(5.0)),
        Figure::new("an archive, to `cat | sed | gzip -6`", ratio(&piped), "×", Bar::AtLeast(2.0)),
        Figure::new("share of all cores that it used", per_core, "", Bar::AtLeast(0.8)),
        Figure::new("peak memory, filter", filter.peak / 1e6, "MB", Bar::Below(64.0)),
        Figure::new("peak memory, archive", bundle.peak / 1e6, "MB", Bar::Below(64.0)),
    ])
}

fn rate(megabytes: f64, used: &Used) -> f64 {
    megabytes / used.took.as_secs_f64()
}

/// Measures a program that has to end well.
fn ended(command: &mut Command) -> Result<Used> {
    let used = measured(command)?;
    if used.ok { Ok(used) } else { Err(Failure::no(format!("{command:?} failed"))) }
}

/// One file after the other into a folder, and then the folder into an archive.
fn script(all: &[PathBuf], scratch: &Path) -> Result<Used> {
    let filter = "for file; do sed -E -f filter.sed \"$file\" > staged/\"${file##*/}\"; done; tar -c staged | gzip -6 > staged.tar.gz";
    fs::create_dir(scratch.join("staged")).trying("make a folder")?;
    shell(filter, all, scratch)
}

/// All files at once through everything.
fn piped(all: &[PathBuf], scratch: &Path) -> Result<Used> {
    shell("cat \"$@\" | sed -E -f filter.sed | gzip -6 > piped.gz", all, scratch)
}

fn shell(script: &str, all: &[PathBuf], scratch: &Path) -> Result<Used> {
    fs::write(scratch.join("filter.sed"), EXPRESSIONS).trying("write the expressions")?;
    let mut command = Command::new("/bin/sh");
    command.env_clear().env("PATH", "/usr/bin:/bin").env("LC_ALL", "C.UTF-8");
    let quiet = File::create("/dev/null").trying("open `/dev/null`")?;
    command.args(["-e", "-c", script, "sh"]).args(all).current_dir(scratch).stderr(quiet);
    ended(&mut command)
}
