//! The only way into an archive. Whatever is written to an [`Entry`] goes through a redacting stream of its own first,
//! is then hashed, and only then compressed and put on the disk. A collector that is late is cut off here.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::collect::{FileSink, Sink};
use super::manifest;
use super::spool::{Pieces, Refusal, Spool, Spooled, locked};
use crate::redact::{Redactor, Stream};

/// What the collector is called whose files may use the last of the room: they say what is wrong.
const FIRST: &str = "diagnosis";
/// What is redacted at once, so that one large write needs no more memory than many small ones.
const STEP: usize = 64 << 10;

/// A longer line is redacted before its end is there.
const LINE: usize = 256 << 10;

/// The clock of one archive.
#[derive(Debug, Clone, Copy)]
pub struct Clock {
    /// When the archive is made.
    pub now: Timestamp,
    /// It stands still, so that the same input gives the same bytes.
    pub stands: bool,
}

impl Clock {
    /// A length of time in milliseconds: none where the clock stands still.
    #[must_use]
    pub fn milliseconds(&self, took: Duration) -> u64 {
        if self.stands { 0 } else { u64::try_from(took.as_millis()).unwrap_or(u64::MAX) }
    }
}

/// Where the files of one collector go.
pub struct Drawer {
    collector: &'static str,
    spool: Arc<Spool>,
    redactor: &'static Redactor,
    clock: Clock,
    open: Mutex<Option<Vec<Slot>>>,
}

/// A file that is being written; empty when it has ended.
type Slot = Arc<Mutex<Option<Open>>>;

impl Drawer {
    /// For this collector.
    pub fn new(
        collector: &'static str,
        spool: &Arc<Spool>,
        redactor: &'static Redactor,
        clock: Clock,
    ) -> Self {
        let (spool, open) = (Arc::clone(spool), Mutex::new(Some(Vec::new())));
        Self { collector, spool, redactor, clock, open }
    }

    /// A new file of the archive; none where the collector was left behind.
    pub fn entry(&self, path: &str) -> Entry {
        let mut open = locked(&self.open);
        let Some(slots) = &mut *open else { return Entry { slot: Slot::default() } };
        let slot = Arc::new(Mutex::new(Some(Open::new(self, path))));
        slots.retain(|slot| locked(slot).is_some());
        slots.push(Arc::clone(&slot));
        Entry { slot }
    }

    /// Ends every file that is still open, and takes nothing any more.
    pub fn shut(&self, why: &str) {
        let slots = locked(&self.open).take();
        for slot in slots.into_iter().flatten() {
            if let Some(mut open) = locked(&slot).take() {
                open.why.get_or_insert_with(|| why.to_string());
                open.torn = true;
                open.end();
            }
        }
    }
}

impl Sink for Drawer {
    fn file(&self, path: &str) -> Box<dyn FileSink> {
        Box::new(self.entry(path))
    }
}

/// A file of the archive that is being written. Dropped, it has ended.
pub struct Entry {
    slot: Slot,
}

impl Write for Entry {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        match &mut *locked(&self.slot) {
            Some(open) => open.write(bytes).map(|()| bytes.len()),
            None => Err(std::io::Error::other("the collector is late, and was left behind")),
        }
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl FileSink for Entry {
    fn incomplete(&mut self, why: &str) {
        if let Some(open) = &mut *locked(&self.slot) {
            open.why.get_or_insert_with(|| why.to_string());
        }
    }

    fn torn(&mut self, why: &str) {
        self.incomplete(why);
        if let Some(open) = &mut *locked(&self.slot) {
            open.torn = true;
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if let Some(mut open) = locked(&self.slot).take() {
            if std::thread::panicking() {
                open.why.get_or_insert_with(|| "the collector broke off".into());
                open.torn = true;
            }
            open.end();
        }
    }
}

struct Open {
    path: String,
    collector: &'static str,
    spool: Arc<Spool>,
    stream: Stream<'static>,
    clock: Clock,
    started: Instant,
    /// The last line, as long as its end is not there.
    line: Vec<u8>,
    /// The beginning of that line was redacted already, so long is it.
    is_long: bool,
    /// It ends where nobody wanted it to: half of the last line may be half of a secret, which nothing recognises.
    torn: bool,
    /// What was redacted, and is not yet a whole piece.
    text: Vec<u8>,
    block: usize,
    reserve: u64,
    bytes: u64,
    hash: Sha256,
    pieces: Pieces,
    refused: Option<Refusal>,
    why: Option<String>,
}

impl Open {
    fn new(drawer: &Drawer, path: &str) -> Self {
        let spool = Arc::clone(&drawer.spool);
        Self {
            // A path can name a person or a machine, too.
            path: spool.path(&drawer.redactor.text(path)),
            collector: drawer.collector,
            stream: Stream::new(drawer.redactor),
            clock: drawer.clock,
            started: Instant::now(),
            line: Vec::new(),
            is_long: false,
            torn: false,
            text: Vec::new(),
            block: spool.block(),
            reserve: if [FIRST, super::SELF].contains(&drawer.collector) { 0 } else { spool.eighth() },
            bytes: 0,
            hash: Sha256::new(),
            pieces: Pieces::default(),
            refused: None,
            why: None,
            spool,
        }
    }

    fn write(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        for step in bytes.chunks(STEP) {
            self.may_go_on()?;
            let (lines, rest) = step.split_at(memchr::memrchr(b'\n', step).map_or(0, |end| end + 1));
            if !lines.is_empty() {
                self.stream.push(&std::mem::take(&mut self.line), &mut self.text);
                self.stream.push(lines, &mut self.text);
                self.is_long = false;
            }
            self.line.extend_from_slice(rest);
            if self.line.len() > LINE {
                self.stream.push(&std::mem::take(&mut self.line), &mut self.text);
                self.is_long = true;
            }
            self.put(self.block);
        }
        self.may_go_on()
    }

    /// Hands over whole pieces as long as there is this much.
    fn put(&mut self, least: usize) {
        while self.refused.is_none() && self.text.len() >= least && !self.text.is_empty() {
            let rest = self.text.split_off(self.text.len().min(self.block));
            let piece = std::mem::replace(&mut self.text, rest);
            let (hash, length) = (self.hash.clone().chain_update(&piece), piece.len() as u64);
            match self.spool.put(piece, &self.pieces, self.reserve) {
                Ok(()) => (self.hash, self.bytes) = (hash, self.bytes + length),
                Err(refusal) => self.refused = Some(refusal),
            }
        }
    }

    fn may_go_on(&self) -> std::io::Result<()> {
        let Some(refused) = self.refused else { return Ok(()) };
        Err(std::io::Error::other(match refused {
            Refusal::Full => "the archive is as large as it may be",
            Refusal::Broken => "the archive cannot be written",
        }))
    }

    fn end(mut self) {
        if self.refused.is_none() {
            if !self.torn {
                self.stream.push(&std::mem::take(&mut self.line), &mut self.text);
            }
            // What the stream holds of a long line may be half of a secret, too.
            if self.torn && self.is_long {
                self.stream.settle(&mut self.text);
            } else {
                self.stream.finish(&mut self.text);
            }
            self.put(0);
        }
        if let Err(refused) = self.may_go_on() {
            self.why = Some(refused.to_string());
        }
        let counts: BTreeMap<_, _> =
            self.stream.counts().iter().map(|(rule, count)| (rule.to_string(), *count)).collect();
        let file = manifest::File {
            path: self.path,
            bytes: self.bytes,
            sha256: hex(&self.hash.finalize()),
            collector: self.collector.into(),
            duration_ms: self.clock.milliseconds(self.started.elapsed()),
            status: manifest::status(self.why.as_deref()),
            why: self.why,
            redactions: manifest::rows(&counts),
        };
        self.spool.end(Spooled { file, pieces: self.pieces });
    }
}

/// Bytes in hexadecimal.
pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::values::Values;

    const STANDING: Clock = Clock { now: Timestamp::UNIX_EPOCH, stands: true };

    fn drawer(limit: u64, secrets: &[&str]) -> (Arc<Spool>, Drawer) {
        let values = Values::new(secrets.iter().map(|secret| secret.as_bytes().to_vec()));
        let redactor = Box::leak(Box::new(Redactor { values, ..Redactor::default() }));
        let spool = Spool::new(tempfile::tempfile().unwrap(), limit);
        let drawer = Drawer::new("logs", &spool, redactor, STANDING);
        (spool, drawer)
    }

    #[test]
    fn what_is_written_is_redacted_counted_and_hashed() {
        let secret: String = "tide".chars().cycle().take(20).chain('0'..='9').collect();
        let (spool, drawer) = drawer(1 << 20, &[&secret]);
        let mut entry = drawer.entry("logs/a.log");
        for byte in format!("before {secret} after\n").bytes() {
            entry.write_all(&[byte]).unwrap();
        }
        drop(entry);
        drop(drawer.entry("logs/empty.log"));
        let files = spool.files();
        assert_eq!(files[0].redactions.iter().map(|struck| struck.count).sum::<u64>(), 1);
        assert_eq!((files[0].status.as_str(), files[1].bytes), ("complete", 0));
        assert_eq!(files[1].sha256, hex(&Sha256::digest(b"")));
        spool.close().unwrap();
    }

    #[test]
    fn a_late_collector_is_cut_off_and_its_files_say_so() {
        let (spool, drawer) = drawer(1 << 20, &[]);
        let mut entry = drawer.entry("logs/a.log");
        entry.write_all(b"in time\n").unwrap();
        entry.write_all(b"half of a ").unwrap();
        let mut long = drawer.entry("logs/long.log");
        long.write_all(&[&b"one\n"[..], &vec![b'x'; 2 * LINE]].concat()).unwrap();
        drawer.shut("late");
        assert!(entry.write_all(b"too late\n").is_err());
        assert!(drawer.entry("logs/b.log").write_all(b"x").is_err());
        drop((entry, long));
        let files = spool.files();
        assert_eq!(files.len(), 2);
        assert_eq!((files[0].bytes, files[0].why.as_deref()), (8, Some("late")));
        assert!((4..=2 * LINE as u64).contains(&files[1].bytes), "{}", files[1].bytes);
    }

    #[test]
    fn half_of_a_known_secret_is_left_out_where_a_file_breaks_off() {
        let secret: String = "tide".chars().cycle().take(20).chain('0'..='9').collect();
        for (torn, bytes) in [(true, 4), (false, 4 + 15)] {
            let (spool, drawer) = drawer(1 << 20, &[&secret]);
            let mut entry = drawer.entry("logs/a.log");
            entry.write_all(format!("one\n{}", &secret[..15]).as_bytes()).unwrap();
            if torn {
                entry.torn("the connection broke off");
            }
            drop(entry);
            assert_eq!(spool.files()[0].bytes, bytes);
        }
    }

    #[test]
    fn a_file_that_would_make_the_archive_too_large_is_cut_and_says_so() {
        let (spool, drawer) = drawer(64 << 10, &[]);
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as u8
        };
        let noise: Vec<u8> = (0..3_000_000).map(|_| noise()).collect();
        let mut entry = drawer.entry("logs/a.log");
        assert!(entry.write_all(&noise).is_err());
        drop(entry);
        let file = &spool.files()[0];
        assert!(file.bytes > 20_000 && file.bytes < 64 << 10, "{}", file.bytes);
        assert!(file.why.as_deref().is_some_and(|why| why.contains("as large as it may be")));
        assert_eq!(file.sha256, hex(&Sha256::digest(&noise[..usize::try_from(file.bytes).unwrap()])));
    }
}
