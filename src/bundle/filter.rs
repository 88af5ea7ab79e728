//! The redactor as a filter, and as a judge: `tars bundle redact` writes a stream without its secrets, and
//! `tars bundle scan` tells where they are, without telling what they are. Any bytes are taken, in bounded memory.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::Serialize;

use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, IoContext, Kind, Result};
use crate::redact::{Redactor, Stream, stream};

/// What is read at once.
pub const PIECE: usize = 64 << 10;

/// Writes what `path` holds, or standard input where it is `-`, to standard output without its secrets.
pub fn redact(redactor: &Redactor, path: &Path) -> Result<()> {
    let mut from = open(path)?;
    let mut to = BufWriter::with_capacity(4 * PIECE, std::io::stdout().lock());
    let mut stream = Stream::new(redactor);
    let (mut piece, mut safe) = (vec![0; PIECE], Vec::new());
    loop {
        let length = from.read(&mut piece).trying(format_args!("read `{}`", path.display()))?;
        if length == 0 {
            break;
        }
        stream.push(&piece[..length], &mut safe);
        let is_slow = length < PIECE;
        if is_slow {
            stream.settle(&mut safe);
        }
        hand_over(&mut to, &mut safe, is_slow)?;
    }
    stream.finish(&mut safe);
    hand_over(&mut to, &mut safe, true)
}

/// Whoever feeds a filter slowly wants to see what has come so far.
fn hand_over(to: &mut impl Write, safe: &mut Vec<u8>, flush: bool) -> Result<()> {
    let written = to.write_all(safe).and_then(|()| if flush { to.flush() } else { Ok(()) });
    safe.clear();
    match written {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => {
            Err(Failure::new(Kind::BrokenPipe, "the reader of the output has gone away"))
        }
        other => other.trying("write to standard output"),
    }
}

fn open(path: &Path) -> Result<Box<dyn Read>> {
    if path == Path::new("-") {
        return Ok(Box::new(std::io::stdin().lock()));
    }
    let file = File::open(path).trying(format_args!("open `{}`", path.display()))?;
    Ok(Box::new(file))
}

/// A secret, by its rule and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Found {
    /// The file.
    pub file: String,
    /// The line, from 1.
    pub line: u64,
    /// The rule that found it.
    pub rule: String,
}

#[derive(Debug, Serialize)]
struct Scanned {
    files: u64,
    found: Vec<Found>,
    unread: Vec<String>,
}

/// Tells where secrets are in a file, in all files below a directory, or in standard input.
pub fn scan(ctx: &Ctx, redactor: &Redactor, path: &Path) -> Result<()> {
    let mut scanned = Scanned { files: 0, found: Vec::new(), unread: Vec::new() };
    if path.is_dir() {
        for entry in walkdir::WalkDir::new(path).sort_by_file_name() {
            match entry {
                Ok(entry) if entry.file_type().is_file() => below(redactor, entry.into_path(), &mut scanned),
                Ok(_) => {}
                Err(error) => scanned.unread.push(error.to_string()),
            }
        }
    } else {
        let found = one(redactor, open(path)?, &path.display().to_string());
        scanned.found.extend(found.trying(format_args!("read `{}`", path.display()))?);
        scanned.files = 1;
    }
    ctx.ui.result(
        |_| {
            scanned
                .found
                .iter()
                .map(|found| format!("{}:{}: {}\n", found.file, found.line, found.rule))
                .collect()
        },
        &scanned,
    )?;
    for unread in &scanned.unread {
        ctx.ui.note(&format!("not read: {unread}"));
    }
    if let count @ 1.. = scanned.found.len() {
        let were = if count == 1 { "was" } else { "were" };
        return Err(Failure::no(format!("{} {were} found", show_count(count, "secret")))
            .hint("`tars bundle redact FILE` writes a file without them"));
    }
    if let Some(unread) = scanned.unread.first() {
        return Err(Failure::environment(format!("not everything could be read: {unread}"))
            .hint("run the command as somebody who may read it"));
    }
    Ok(())
}

/// A file below the directory. What is no regular file by now is left alone: opening a pipe would wait forever.
fn below(redactor: &Redactor, path: PathBuf, scanned: &mut Scanned) {
    let flags = nix::libc::O_NOFOLLOW | nix::libc::O_NONBLOCK;
    let file = File::options().read(true).custom_flags(flags).open(&path);
    let found = file.and_then(|file| match file.metadata()?.is_file() {
        true => one(redactor, file, &path.display().to_string()),
        false => Ok(Vec::new()),
    });
    scanned.files += 1;
    match found {
        Ok(found) => scanned.found.extend(found),
        Err(error) => scanned.unread.push(format!("`{}`: {error}", path.display())),
    }
}

/// Redacts everything, and notes what is found on the way.
fn one(redactor: &Redactor, mut from: impl Read, name: &str) -> std::io::Result<Vec<Found>> {
    let mut found = BTreeSet::new();
    let note = |at: stream::Found<'_>| {
        found.insert(Found { file: name.to_string(), line: at.line, rule: at.rule.to_string() });
    };
    let mut stream = Stream::new(redactor).watched(note);
    let (mut piece, mut safe) = (vec![0; PIECE], Vec::new());
    loop {
        match from.read(&mut piece)? {
            0 => break,
            length => stream.push(&piece[..length], &mut safe),
        }
        safe.clear();
    }
    stream.finish(&mut safe);
    drop(stream);
    Ok(found.into_iter().collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::values::Values;

    #[test]
    fn what_is_found_is_told_by_line_and_rule_and_marks_are_no_secrets() {
        let secret: String = "tide".chars().cycle().take(16).chain('0'..='9').collect();
        let redactor = Redactor { values: Values::new([secret.clone().into_bytes()]), ..Redactor::default() };
        let text = format!("one\ntwo [REDACTED:a-rule:00ff]\nthree {secret} [REDACTED:b:0000]\n\n{secret}");
        for piece in [1, 7, 1 << 16] {
            struct Slow<'a>(&'a [u8], usize);
            impl Read for Slow<'_> {
                fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
                    let part = buffer.len().min(self.1);
                    self.0.read(&mut buffer[..part])
                }
            }
            let found = one(&redactor, Slow(text.as_bytes(), piece), "f").unwrap();
            let lines: Vec<_> = found.iter().map(|found| found.line).collect();
            assert_eq!(lines, [3, 5], "{found:?}");
        }
    }
}
