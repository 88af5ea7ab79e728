//! One scan: every configured directory is compared with the store, what changed is read and put in place,
//! what moved is moved, what is gone is removed. A bad file never stops it, a directory that has vanished or
//! emptied is left alone, and whatever was committed stays if it is cut off.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use globset::GlobSet;
use jiff::Timestamp;
use tracing::warn;

use super::census::{Candidate, Census, Standing};
use super::extract::Skip;
use super::read::{FileReader, Outcome};
use super::walk::{self, Met};
use crate::config::value::show_count;
use crate::serve::library::{Edit, Library, Result};
use crate::serve::store::documents::{self, Place, Root};
use crate::wire::Job;

/// How many files are fetched from the census at a time.
const PAGE: usize = 256;

/// A transaction is committed after so many edits, so much text, or so much time, whichever comes first.
const BATCH_EDITS: usize = 256;
const BATCH_BYTES: usize = 4 << 20;
const BATCH_TIME: Duration = Duration::from_secs(2);

/// What a scan works on.
pub struct Scan<'a> {
    /// Store and index.
    pub library: &'a Library,
    /// The directories, each with the name for its collection.
    pub roots: &'a [(PathBuf, String)],
    /// What to leave out.
    pub exclude: &'a GlobSet,
    /// The server's own directories, which hold its secrets.
    pub closed: &'a [PathBuf],
    /// Reads the files.
    pub reader: &'a FileReader,
    /// How many files are read at once.
    pub threads: usize,
    /// Set to end the scan early.
    pub cancel: &'a AtomicBool,
    /// The report, which others watch.
    pub job: &'a Mutex<Job>,
}

impl Scan<'_> {
    /// Runs to the end, or to the first failure of the store or the index.
    pub fn run(&self) -> Result<()> {
        self.forget_unconfigured()?;
        for (path, name) in self.roots {
            let root = self.library.store.write(|tx| documents::root(tx, path, name))?;
            self.root(path, &root)?;
        }
        self.library.rest()
    }

    /// Removes the documents of directories that are no longer configured.
    fn forget_unconfigured(&self) -> Result<()> {
        let known = self.library.store.read(documents::roots)?;
        for (id, name, path) in known {
            if self.roots.iter().any(|(root, _)| root.as_os_str().as_bytes() == path) {
                continue;
            }
            let gone = Census::new(self.library.store.connection()?, id)?.gone()?;
            self.problem(format!(
                "`{name}` is no longer configured: the index loses {}",
                show_count(gone.len(), "file")
            ));
            self.remove(&gone)?;
            self.library.store.write(|tx| documents::forget_root(tx, id))?;
        }
        Ok(())
    }

    fn root(&self, path: &Path, root: &Root) -> Result<()> {
        let census = Census::new(self.library.store.connection()?, root.id)?;
        if let Err(error) = std::fs::read_dir(path) {
            self.problem(format!(
                "`{}` cannot be read, and its documents are kept as they were: {error}",
                path.display()
            ));
            return Ok(());
        }
        let before = walk::identity(path);
        let met = self.walk(path, &census)?;
        if walk::identity(path) != before {
            self.problem(format!(
                "something else is mounted at `{}` than when the scan began: its documents are kept as they were",
                path.display()
            ));
            return Ok(());
        }
        if self.cancelled() {
            return Ok(());
        }
        if met == 0 && census.known()? > 0 {
            self.problem(format!(
                "`{}` is empty, as if nothing were mounted there: its documents are kept as they were",
                path.display()
            ));
            return Ok(());
        }
        let candidates = census.candidates()?;
        {
            let mut job = self.job();
            job.total = Some(job.seen + candidates);
        }
        let mut after = 0;
        loop {
            let (page, last) = census.page(after, PAGE)?;
            if page.is_empty() || self.cancelled() {
                break;
            }
            after = last;
            self.read(path, root, &census, page)?;
        }
        if !self.cancelled() {
            let gone = census.gone()?;
            self.remove(&gone)?;
            self.job().removed += gone.len() as u64;
        }
        Ok(())
    }

    /// Takes the census; returns how many files were met.
    fn walk(&self, path: &Path, census: &Census) -> Result<u64> {
        let mut met = 0;
        let closed: Vec<_> = self.closed.iter().filter_map(|own| walk::identity(own)).collect();
        census.begin()?;
        for found in walk::walk(path, self.exclude, &closed) {
            if self.cancelled() {
                break;
            }
            match found {
                Met::Entry(entry) => {
                    met += 1;
                    match census.meet(&entry)? {
                        Standing::Unchanged => {
                            let mut job = self.job();
                            job.seen += 1;
                            job.unchanged += 1;
                        }
                        Standing::StillSkipped(code) => self.skipped(&code),
                        Standing::Candidate => {}
                    }
                }
                Met::Unreadable(directory, error) => {
                    census.blind(&directory)?;
                    let name = path.join(std::ffi::OsStr::from_bytes(&directory));
                    self.problem(format!("`{}` cannot be read: {error}", name.display()));
                }
            }
        }
        census.end()?;
        Ok(met)
    }

    /// Reads a page of files on several threads, and applies what comes of them in batches.
    fn read(&self, path: &Path, root: &Root, census: &Census, page: Vec<Candidate>) -> Result<()> {
        let queue = Mutex::new(page.into_iter());
        let directory = match std::fs::File::open(path) {
            Ok(directory) => directory,
            Err(error) => {
                self.problem(format!("`{}` cannot be opened: {error}", path.display()));
                return Ok(());
            }
        };
        std::thread::scope(|scope| {
            // A short channel: what has been read waits here, and must not pile up in memory.
            let (send, receive) = mpsc::sync_channel::<(Candidate, Outcome)>(2);
            for _ in 0..self.threads {
                let (send, queue, directory) = (send.clone(), &queue, &directory);
                scope.spawn(move || {
                    loop {
                        let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                        let Some(candidate) = next.filter(|_| !self.cancelled()) else { return };
                        let file = Path::new(std::ffi::OsStr::from_bytes(&candidate.path));
                        let before = candidate.known.as_ref().and_then(|known| known.hash.as_deref());
                        let outcome = match &candidate.skip {
                            Some(skip) => Outcome::Skip(skip.clone()),
                            None => self.reader.read(directory, file, before),
                        };
                        if send.send((candidate, outcome)).is_err() {
                            return;
                        }
                    }
                });
            }
            drop(send);
            let mut batch = Batch::default();
            for (candidate, outcome) in receive {
                self.take(root, census, candidate, outcome, &mut batch)?;
                if batch.is_full() {
                    self.flush(&mut batch)?;
                }
            }
            self.flush(&mut batch)
        })
    }

    /// Turns what came of one file into an edit, and counts it.
    fn take(
        &self,
        root: &Root,
        census: &Census,
        candidate: Candidate,
        outcome: Outcome,
        batch: &mut Batch,
    ) -> Result<()> {
        let Candidate { path, size, mtime, known, skip: _ } = candidate;
        let place = Place { collection: root.collection, root: Some(root.id), path, size, mtime };
        let document = known.as_ref().map(|known| known.id);
        match outcome {
            Outcome::Same => {
                if let Some(document) = document {
                    batch.push(Edit::Touch { document, size, mtime }, 0);
                }
                self.counted(|job| job.unchanged += 1);
            }
            Outcome::Content(content) => {
                let moved =
                    if document.is_none() { census.moved_from(&content.hash, content.format)? } else { None };
                if let Some(document) = moved {
                    census.seen(document)?;
                    batch.push(Edit::Move { document, place }, 0);
                    self.counted(|job| job.renamed += 1);
                    return Ok(());
                }
                let had = known.is_some_and(|known| known.hash.is_some());
                let bytes = content.chunks.iter().map(|chunk| chunk.text.len()).sum();
                batch.push(Edit::Put { document, place, content }, bytes);
                self.counted(|job| if had { job.changed += 1 } else { job.added += 1 });
            }
            Outcome::Skip(Skip::Vanished) => self.skipped(Skip::Vanished.code()),
            Outcome::Skip(skip) => {
                let is_news = known.as_ref().is_none_or(|known| {
                    (known.size, known.mtime) != (size, mtime)
                        || known.skip_code.as_deref() != Some(skip.code())
                });
                if !is_news {
                    self.skipped(skip.code());
                    return Ok(());
                }
                let why = (skip.code().to_string(), skip.to_string());
                batch.push(Edit::Skip { document, place, why }, 0);
                self.skipped(skip.code());
            }
        }
        Ok(())
    }

    fn remove(&self, documents: &[i64]) -> Result<()> {
        for page in documents.chunks(BATCH_EDITS) {
            let edits = page.iter().map(|document| Edit::Remove { document: *document }).collect();
            self.library.apply(edits, Timestamp::now())?;
        }
        Ok(())
    }

    fn flush(&self, batch: &mut Batch) -> Result<()> {
        let edits = std::mem::take(batch).edits;
        if edits.is_empty() {
            return Ok(());
        }
        self.library.apply(edits, Timestamp::now()).map(drop)
    }

    fn counted(&self, count: impl FnOnce(&mut Job)) {
        let mut job = self.job();
        job.seen += 1;
        count(&mut job);
    }

    fn skipped(&self, code: &str) {
        let mut job = self.job();
        job.seen += 1;
        match job.skipped.iter_mut().find(|(known, _)| known == code) {
            Some((_, count)) => *count += 1,
            None => {
                job.skipped.push((code.to_string(), 1));
                job.skipped.sort();
            }
        }
    }

    fn problem(&self, text: String) {
        warn!("{text}");
        self.job().problems.push(text);
    }

    fn job(&self) -> std::sync::MutexGuard<'_, Job> {
        self.job.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn cancelled(&self) -> bool {
        self.cancel.load(Ordering::Relaxed)
    }
}

/// Edits that wait for their transaction.
struct Batch {
    edits: Vec<Edit>,
    bytes: usize,
    since: Instant,
}

impl Default for Batch {
    fn default() -> Self {
        Self { edits: Vec::new(), bytes: 0, since: Instant::now() }
    }
}

impl Batch {
    fn push(&mut self, edit: Edit, bytes: usize) {
        self.edits.push(edit);
        self.bytes += bytes;
    }

    fn is_full(&self) -> bool {
        self.edits.len() >= BATCH_EDITS || self.bytes >= BATCH_BYTES || self.since.elapsed() >= BATCH_TIME
    }
}
