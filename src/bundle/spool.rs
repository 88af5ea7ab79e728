//! Where the files of an archive wait for it: one unnamed file of compressed pieces, in the order in which they came.
//! Several threads compress; what is not yet on the disk is bounded, and so is what may come there. It holds
//! nothing that was not redacted: only an [`super::entry::Entry`] puts anything into it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use flate2::{Compression, GzBuilder};

use super::manifest;

/// How much text is compressed at once, and becomes one gzip member. The window of the format is 32 KiB, so that
/// larger pieces would hardly be denser.
pub const BLOCK: usize = 256 << 10;
/// In logs the next level saves a thirtieth of the room and takes a quarter more time; the one below loses a quarter.
const LEVEL: u32 = 2;
/// More threads than these only take memory: the redaction that feeds them is slower.
const THREADS: usize = 8;
/// What an entry takes beside its content, at most: its header, its padding and the frames of both.
const OVERHEAD: u64 = 512;

/// A finished file of the archive.
#[derive(Debug)]
pub struct Spooled {
    /// What the manifest says of it.
    pub file: manifest::File,
    /// Where its pieces are, in their order.
    pub pieces: Pieces,
}

/// The pieces of one file: where each is in the spool, and how long.
pub type Pieces = Arc<Mutex<Vec<(u64, u64)>>>;

/// Why no more can be put there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The archive would become larger than it may be.
    Full,
    /// The disk refused.
    Broken,
}

/// The spool of one archive.
pub struct Spool {
    store: Arc<Store>,
    jobs: Mutex<Option<SyncSender<Job>>>,
    workers: Mutex<Vec<JoinHandle<()>>>,
    finished: Mutex<Vec<Spooled>>,
    paths: Mutex<BTreeSet<String>>,
}

struct Store {
    file: File,
    end: AtomicU64,
    room: Mutex<Room>,
    settled: Condvar,
    failure: Mutex<Option<std::io::Error>>,
}

/// How much may still come.
struct Room {
    limit: u64,
    used: u64,
    held: u64,
}

/// What waits for being compressed.
struct Job {
    text: Vec<u8>,
    held: u64,
    pieces: Pieces,
    place: usize,
}

impl Spool {
    /// In this file, with this much room for the compressed content.
    pub fn new(file: File, limit: u64) -> Arc<Self> {
        let room = Mutex::new(Room { limit, used: 0, held: 0 });
        let store = Arc::new(Store {
            file,
            end: AtomicU64::new(0),
            room,
            settled: Condvar::new(),
            failure: Mutex::new(None),
        });
        let threads = std::thread::available_parallelism().map_or(2, usize::from).min(THREADS);
        let (send, receive) = sync_channel(threads);
        let jobs = Arc::new(Mutex::new(receive));
        let worker = |_| {
            let (store, jobs) = (Arc::clone(&store), Arc::clone(&jobs));
            std::thread::spawn(move || store.work(&jobs))
        };
        let workers = (0..threads).map(worker).collect();
        Arc::new(Self {
            store,
            jobs: Mutex::new(Some(send)),
            workers: Mutex::new(workers),
            finished: Mutex::default(),
            paths: Mutex::default(),
        })
    }

    /// A path that no other file of the archive has, made from this one.
    pub fn path(&self, wanted: &str) -> String {
        let clean = clean(wanted);
        let mut paths = locked(&self.paths);
        let numbered = |n: u32| if n == 1 { clean.clone() } else { format!("{clean}.{n}") };
        let path = (1..).map(numbered).find(|path| !paths.contains(path)).unwrap_or_default();
        paths.insert(path.clone());
        path
    }

    /// How large a piece may be, so that the last one of a small archive is not the only one.
    pub fn block(&self) -> usize {
        let share = locked(&self.store.room).limit / 64;
        usize::try_from(share).unwrap_or(BLOCK).clamp(4 << 10, BLOCK)
    }

    /// Takes a piece of a file. `reserve` is how much of the room must stay for others.
    pub(super) fn put(&self, text: Vec<u8>, pieces: &Pieces, reserve: u64) -> Result<(), Refusal> {
        let held = self.store.hold(text.len(), reserve)?;
        let place = {
            let mut pieces = locked(pieces);
            pieces.push((0, 0));
            pieces.len() - 1
        };
        let job = Job { text, held, pieces: Arc::clone(pieces), place };
        // Cloned, so that the others need not wait until there is a place in the queue.
        let jobs = locked(&self.jobs).clone();
        jobs.and_then(|jobs| jobs.send(job).ok()).ok_or(Refusal::Broken)
    }

    /// An eighth of the room is for what says what is wrong, and why.
    pub(super) fn eighth(&self) -> u64 {
        locked(&self.store.room).limit / 8
    }

    /// Notes a file that has ended.
    pub(super) fn end(&self, file: Spooled) {
        locked(&self.store.room).used += OVERHEAD;
        locked(&self.finished).push(file);
    }

    /// What the manifest says of each file that has ended, by its path.
    pub fn files(&self) -> Vec<manifest::File> {
        let mut files: Vec<_> = locked(&self.finished).iter().map(|spooled| spooled.file.clone()).collect();
        files.sort_by(|a, b| a.path.cmp(&b.path));
        files
    }

    /// Why the disk refused, as far as is known now.
    pub fn failure(&self) -> Option<std::io::Error> {
        locked(&self.store.failure).take()
    }

    /// Waits until everything is on the disk: the files in the order of their paths, and where their pieces are.
    pub fn close(&self) -> std::io::Result<(Vec<Spooled>, &File)> {
        drop(locked(&self.jobs).take());
        for worker in locked(&self.workers).drain(..) {
            worker.join().map_err(|_| std::io::Error::other("compressing broke off"))?;
        }
        if let Some(error) = self.failure() {
            return Err(error);
        }
        let mut files = std::mem::take(&mut *locked(&self.finished));
        files.sort_by(|a, b| a.file.path.cmp(&b.file.path));
        Ok((files, &self.store.file))
    }

    /// How many compressed bytes there are so far.
    pub fn size(&self) -> u64 {
        self.store.end.load(Ordering::Relaxed)
    }
}

impl Store {
    /// Keeps room for a piece as long as it could be at worst; waits where what is under way may turn out smaller.
    fn hold(&self, length: usize, reserve: u64) -> Result<u64, Refusal> {
        let worst = length as u64 + length as u64 / 1000 + 64;
        let mut room = locked(&self.room);
        loop {
            if locked(&self.failure).is_some() {
                return Err(Refusal::Broken);
            }
            if room.used + room.held + worst + reserve <= room.limit {
                room.held += worst;
                return Ok(worst);
            }
            if room.held == 0 {
                return Err(Refusal::Full);
            }
            room = self.settled.wait(room).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn work(&self, jobs: &Mutex<Receiver<Job>>) {
        loop {
            let job = locked(jobs).recv();
            let Ok(job) = job else { return };
            let written = member(&job.text).and_then(|bytes| {
                let (start, length) =
                    (self.end.fetch_add(bytes.len() as u64, Ordering::Relaxed), bytes.len() as u64);
                self.file.write_all_at(&bytes, start)?;
                Ok((start, length))
            });
            let used = match written {
                Ok(piece) => {
                    locked(&job.pieces)[job.place] = piece;
                    piece.1
                }
                Err(error) => {
                    locked(&self.failure).get_or_insert(error);
                    0
                }
            };
            let mut room = locked(&self.room);
            room.held -= job.held;
            room.used += used;
            self.settled.notify_all();
        }
    }
}

/// One gzip member that says nothing of when and where it was made.
pub fn member(text: &[u8]) -> std::io::Result<Vec<u8>> {
    let room = Vec::with_capacity(text.len() / 4 + 64);
    let mut gzip = GzBuilder::new().mtime(0).operating_system(255).write(room, Compression::new(LEVEL));
    gzip.write_all(text)?;
    gzip.finish()
}

/// A relative path of plain characters, in which nothing leads upwards.
fn clean(path: &str) -> String {
    let plain = |c: char| if c.is_ascii_graphic() && !"\\:*?\"<>|".contains(c) { c } else { '_' };
    let parts = path.split('/').filter(|part| !matches!(*part, "" | "." | ".."));
    let parts: Vec<String> = parts.map(|part| part.chars().map(plain).take(120).collect()).collect();
    if parts.is_empty() { "unnamed".into() } else { parts.join("/") }
}

/// The content of a lock; what a thread that panicked left is as good as what others leave.
pub fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_plain_and_taken_once() {
        let spool = Spool::new(tempfile::tempfile().unwrap(), 1 << 20);
        for (wanted, path) in [
            ("logs/a.log", "logs/a.log"),
            ("logs/a.log", "logs/a.log.2"),
            ("/etc/../x y", "etc/x_y"),
            ("..", "unnamed"),
            ("a\nb:c", "a_b_c"),
        ] {
            assert_eq!(spool.path(wanted), path);
        }
    }

    #[test]
    fn a_full_spool_refuses_and_keeps_what_is_reserved() {
        let spool = Spool::new(tempfile::tempfile().unwrap(), 64 << 10);
        let mut state = 1_u64;
        let mut noise = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 40) as u8
        };
        let noise: Vec<u8> = (0..4096).map(|_| noise()).collect();
        let pieces = Pieces::default();
        let mut taken = 0;
        while spool.put(noise.clone(), &pieces, spool.eighth()).is_ok() {
            taken += 1;
        }
        assert!((2..=14).contains(&taken), "{taken}");
        assert_eq!(spool.put(noise.clone(), &pieces, spool.eighth()), Err(Refusal::Full));
        assert!(spool.put(noise, &pieces, 0).is_ok());
        assert!(spool.close().is_ok() && spool.size() <= 64 << 10);
    }
}
