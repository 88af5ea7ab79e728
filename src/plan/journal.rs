//! What was changed on this machine and how to take it back: JSON lines, each flushed to the disk before the
//! change it announces. A line that was cut by a crash is dropped; a damaged one in the middle is an error,
//! because undoing half of a history is worse than undoing none.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::io::{Seek, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use super::undo::Undo;
use crate::config::secrets;
use crate::facts::paths::digest;
use crate::failure::{Failure, IoContext, Result};
use crate::host::files;

/// A change that was announced; it may have been cut off before or after it was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its number, from 1.
    pub seq: u64,
    /// When.
    pub at: Timestamp,
    /// What, as it was shown.
    pub what: String,
    /// How it is taken back.
    pub undo: Undo,
    /// The number of the repair that it belongs to, where it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run: Option<u64>,
    /// SHA-256 of what was written to the path, unless it is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrote: Option<String>,
    /// A salted digest of what was written, where that is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seal: Option<Seal>,
    /// The path that was written to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<PathBuf>,
}

impl Intent {
    /// Whether these bytes are what was written. Of a change that kept no digest, everything is.
    #[must_use]
    pub fn wrote_this(&self, bytes: &[u8]) -> bool {
        let open = self.wrote.as_ref().is_none_or(|wrote| *wrote == digest(bytes));
        open && self.seal.as_ref().is_none_or(|seal| *seal == Seal::with(&seal.salt, bytes))
    }
}

/// What a secret text can be recognised by: SHA-256 of a salt of its own and the text. Whoever reads it learns
/// nothing of a text that holds a random key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    /// Random, in hexadecimal.
    salt: String,
    /// In hexadecimal.
    digest: String,
}

impl Seal {
    /// Seals a text.
    pub fn of(bytes: &[u8]) -> Result<Self> {
        let salt: String = secrets::random(16)?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self::with(&salt, bytes))
    }

    fn with(salt: &str, bytes: &[u8]) -> Self {
        Self { salt: salt.to_string(), digest: digest(&[salt.as_bytes(), bytes].concat()) }
    }
}

/// What a change writes, and what it can be recognised by afterwards.
#[derive(Debug, Default)]
pub struct Written {
    /// The path.
    pub path: Option<PathBuf>,
    /// SHA-256 of the text, unless it is secret.
    pub digest: Option<String>,
    /// The seal of a secret text.
    pub seal: Option<Seal>,
}

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Record {
    /// The change is about to be made.
    Intent(Box<Intent>),
    /// It was made.
    Done(u64),
    /// It was taken back.
    Undone(u64),
}

/// The journal of one installation: what `tars install` set up, and what `tars doctor --fix` repaired.
#[derive(Debug)]
pub struct Journal {
    path: PathBuf,
    /// Where the readable part ends; what follows was cut by a crash.
    length: u64,
    /// How long the file was when it was read.
    seen: u64,
    file: Option<File>,
    waiting: Vec<u8>,
    intents: BTreeMap<u64, Intent>,
    undone: BTreeSet<u64>,
    last: u64,
    run: Option<u64>,
}

impl Journal {
    /// Reads the journal; one that does not exist is empty. Nothing is written before the first record.
    pub fn open(path: &Path) -> Result<Self> {
        let mut journal = Self {
            path: path.to_path_buf(),
            length: 0,
            seen: 0,
            file: None,
            waiting: Vec::new(),
            intents: BTreeMap::new(),
            undone: BTreeSet::new(),
            last: 0,
            run: None,
        };
        let bytes = match std::fs::read(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(journal),
            other => other.trying(format_args!("read the journal `{}`", path.display()))?,
        };
        journal.seen = bytes.len() as u64;
        for (index, line) in bytes.split_inclusive(|byte| *byte == b'\n').enumerate() {
            if !line.ends_with(b"\n") {
                break; // cut by a crash: what it announced was never begun
            }
            let record = serde_json::from_slice(line).map_err(|error| {
                Failure::environment(format!("line {} of the journal `{}` is damaged", index + 1, path.display()))
                    .because(&error)
                    .hint("put that line right, or move the journal away: then what was changed so far must be undone by hand")
            })?;
            journal.take(record);
            journal.length += line.len() as u64;
        }
        Ok(journal)
    }

    fn take(&mut self, record: Record) {
        match record {
            Record::Intent(intent) => {
                self.last = self.last.max(intent.seq);
                self.intents.insert(intent.seq, *intent);
            }
            Record::Done(_) => {}
            Record::Undone(seq) => drop(self.undone.insert(seq)),
        }
    }

    /// The changes that were not taken back yet, oldest first.
    pub fn standing(&self) -> impl DoubleEndedIterator<Item = &Intent> {
        self.intents.values().filter(|intent| !self.undone.contains(&intent.seq))
    }

    /// From here on, changes belong to a repair of their own; its number.
    pub fn begin_run(&mut self) -> u64 {
        let run = self.intents.values().filter_map(|intent| intent.run).max().unwrap_or(0) + 1;
        self.run = Some(run);
        run
    }

    /// The repair that was made last of those that were not taken back yet.
    #[must_use]
    pub fn last_run(&self) -> Option<u64> {
        self.standing().filter_map(|intent| intent.run).max()
    }

    /// Whether this program wrote what is at a path now: the digest is one of ours, or the file is a secret
    /// one that we made.
    #[must_use]
    pub fn wrote(&self, path: &Path, digest: Option<&str>) -> bool {
        self.standing()
            .filter(|intent| intent.path.as_deref() == Some(path))
            .any(|intent| intent.wrote.is_none() || intent.wrote.as_deref() == digest)
    }

    /// Where a copy of a file is kept before the next change replaces it.
    #[must_use]
    pub fn next_backup(&self, of: &Path) -> PathBuf {
        let name = of.file_name().unwrap_or_default().to_string_lossy();
        self.backups().join(format!("{:04}-{name}", self.last + 1))
    }

    /// The directory of kept copies.
    #[must_use]
    pub fn backups(&self) -> PathBuf {
        self.path.with_file_name("journal.d")
    }

    /// Announces a change; its number.
    pub fn intend(&mut self, what: String, undo: Undo, written: Written) -> Result<u64> {
        let seq = self.last + 1;
        let (run, Written { path, digest: wrote, seal }) = (self.run, written);
        let intent = Intent { seq, at: Timestamp::now(), what, undo, run, wrote, seal, path };
        self.append(Record::Intent(Box::new(intent)))?;
        Ok(seq)
    }

    /// Notes that a change was made.
    pub fn done(&mut self, seq: u64) -> Result<()> {
        self.append(Record::Done(seq))
    }

    /// Notes that a change was taken back.
    pub fn undone(&mut self, seq: u64) -> Result<()> {
        self.append(Record::Undone(seq))
    }

    /// Keeps the journal for this process alone.
    pub fn lock(&mut self) -> Result<()> {
        if self.path.exists() { self.file().map(drop) } else { Ok(()) }
    }

    fn append(&mut self, record: Record) -> Result<()> {
        let line = serde_json::to_string(&record).expect("invariant: a record is plain data");
        self.take(record);
        self.waiting.extend_from_slice(line.as_bytes());
        self.waiting.push(b'\n');
        // The first changes make the very directory that the journal is in.
        if !self.path.parent().is_some_and(Path::is_dir) {
            return Ok(());
        }
        let lines = std::mem::take(&mut self.waiting);
        let write = |file: &mut File| file.write_all(&lines).and_then(|()| file.sync_data());
        let what = format!("write the journal `{}`", self.path.display());
        write(self.file()?).trying(what)?;
        self.length += lines.len() as u64;
        Ok(())
    }

    fn file(&mut self) -> Result<&mut File> {
        if self.file.is_none() {
            let open = || -> std::io::Result<File> {
                let options = OpenOptions::new()
                    .write(true)
                    .create(true)
                    .truncate(false)
                    .mode(files::PRIVATE)
                    .open(&self.path);
                let mut file = options?;
                file.try_lock().map_err(std::io::Error::from)?;
                if file.metadata()?.len() != self.seen {
                    return Err(std::io::ErrorKind::WouldBlock.into());
                }
                file.set_len(self.length)?;
                file.seek(std::io::SeekFrom::End(0))?;
                Ok(file)
            };
            let file = open().map_err(|error| match error.kind() {
                std::io::ErrorKind::WouldBlock => {
                    Failure::environment("another command is changing this installation, or has just done so")
                        .hint("wait until it has ended, then run the command again")
                }
                _ => Failure::environment(format!("cannot write the journal `{}`", self.path.display()))
                    .because(&error),
            })?;
            self.file = Some(file);
        }
        Ok(self.file.as_mut().expect("invariant: it was opened above"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn undo(n: u64) -> Undo {
        Undo::RemoveFile { path: format!("/f{n}").into() }
    }

    fn written(n: u64) -> Written {
        Written { path: Some(format!("/f{n}").into()), digest: Some("d".into()), seal: None }
    }

    #[test]
    fn a_seal_knows_its_text_and_hides_it() {
        let (one, other) = (Seal::of(b"a secret").unwrap(), Seal::of(b"a secret").unwrap());
        assert_ne!(one, other, "each has a salt of its own");
        let json = serde_json::to_string(&Record::Intent(Box::new(Intent {
            seq: 1,
            at: Timestamp::now(),
            what: "write".into(),
            undo: Undo::Nothing,
            run: Some(1),
            wrote: None,
            seal: Some(one),
            path: Some("/f".into()),
        })))
        .unwrap();
        let Record::Intent(intent) = serde_json::from_str(&json).unwrap() else { panic!("{json}") };
        assert!(intent.wrote_this(b"a secret") && !intent.wrote_this(b"a secret and more"));
        assert!(!json.contains(&digest(b"a secret")), "{json}");
    }

    #[test]
    fn what_another_command_noted_meanwhile_is_not_cut_off() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        drop(filled(&path));
        let mut late = Journal::open(&path).unwrap();
        let mut other = Journal::open(&path).unwrap();
        other.intend("between".into(), undo(4), Written::default()).unwrap();
        drop(other);
        assert!(late.lock().unwrap_err().to_string().contains("another command"));
        assert!(late.undone(1).is_err());
        assert_eq!(Journal::open(&path).unwrap().standing().count(), 4);
    }

    fn filled(path: &Path) -> Journal {
        let mut journal = Journal::open(path).unwrap();
        for n in 1..=3 {
            let seq = journal.intend(format!("write {n}"), undo(n), written(n)).unwrap();
            assert_eq!(seq, n);
            journal.done(seq).unwrap();
        }
        journal
    }

    #[test]
    fn what_was_undone_no_longer_stands() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let mut journal = filled(&path);
        journal.undone(2).unwrap();
        drop(journal);
        let journal = Journal::open(&path).unwrap();
        assert_eq!(journal.standing().map(|i| i.seq).collect::<Vec<_>>(), [1, 3]);
        assert!(journal.wrote("/f1".as_ref(), Some("d")) && !journal.wrote("/f1".as_ref(), Some("other")));
        assert!(!journal.wrote("/f2".as_ref(), Some("d")));
    }

    #[test]
    fn the_journal_waits_for_its_directory() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state/journal.jsonl");
        let mut journal = Journal::open(&path).unwrap();
        journal.intend("create".into(), undo(1), Written::default()).unwrap();
        assert!(!path.exists());
        std::fs::create_dir(dir.path().join("state")).unwrap();
        journal.done(1).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn two_cannot_write_at_once_and_damage_is_not_passed_over() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("journal.jsonl");
        let first = filled(&path);
        let refused = Journal::open(&path).unwrap().lock().unwrap_err();
        assert!(refused.to_string().contains("another command"), "{refused}");
        drop(first);
        let text = std::fs::read_to_string(&path).unwrap().replacen("intent", "indent", 1);
        std::fs::write(&path, text).unwrap();
        assert!(Journal::open(&path).unwrap_err().to_string().contains("line 1 of the journal"));
    }

    proptest! {
        /// Wherever a crash cuts the file, every whole record is read and the next one stands on its own line.
        #[test]
        fn a_cut_journal_goes_on(cut in 0_usize..700) {
            let dir = tempfile::tempdir().unwrap();
            let path = dir.path().join("journal.jsonl");
            drop(filled(&path));
            let bytes = std::fs::read(&path).unwrap();
            let cut = cut.min(bytes.len());
            std::fs::write(&path, &bytes[..cut]).unwrap();
            let whole = bytes[..cut].split_inclusive(|b| *b == b'\n').filter(|l| l.ends_with(b"\n") && l.starts_with(b"{\"intent")).count();
            let mut journal = Journal::open(&path).unwrap();
            prop_assert_eq!(journal.standing().count(), whole);
            journal.intend("next".into(), undo(9), Written::default()).unwrap();
            drop(journal);
            let journal = Journal::open(&path).unwrap();
            prop_assert_eq!(journal.standing().count(), whole + 1);
            prop_assert_eq!(journal.standing().next_back().unwrap().what.as_str(), "next");
        }
    }
}
