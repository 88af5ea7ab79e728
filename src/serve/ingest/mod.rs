//! Getting documents in: scans of the directories, on a schedule and on request, one at a time, and single
//! documents given in a request. All of it runs on threads of low priority, off the ones that answer.

mod census;
pub mod chunk;
pub mod extract;
mod read;
mod scan;
pub mod sentences;
pub mod tokens;
mod walk;
pub mod worker;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use globset::GlobSet;
use jiff::Timestamp;
use tracing::{error, info, warn};

use super::library::{Edit, Library, LibraryError};
use super::store::documents;
use super::store::jobs;
use crate::config::Config;
use crate::config::paths::Home;
use crate::failure::{Failure, Result};
use crate::wire::{Job, JobState};
use extract::{Limits, Skip};
use read::FileReader;
use scan::Scan;

/// How much nicer than the rest the reading threads are (1 to 19): answers come first.
const NICENESS: i32 = 10;

/// How long to wait before the index is tried again.
const TRY_AGAIN: Duration = Duration::from_secs(10);

/// Why a document given in a request was not taken.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// It is not a document.
    #[error("{0}")]
    Skip(#[from] Skip),
    /// The collection belongs to a directory.
    #[error("the collection `{0}` is a directory: put the file there")]
    NotForUploads(String),
    /// It could not be stored.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// Scans and uploads.
pub struct Ingest {
    library: Arc<Library>,
    roots: Vec<(PathBuf, String)>,
    closed: Vec<PathBuf>,
    exclude: GlobSet,
    reader: FileReader,
    interval: Duration,
    cancel: AtomicBool,
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Default)]
struct State {
    /// The scan at work or the last one, and its report: a full disk must not keep its end from being told.
    latest: Option<(i64, Arc<Mutex<Job>>)>,
    /// A scan that was asked for and has not started.
    wanted: Option<Job>,
}

impl Ingest {
    /// Prepares to index the product's guides and the configured directories.
    pub fn new(library: Arc<Library>, config: &Config, home: &Home, program: PathBuf) -> Result<Self> {
        let exclude = walk::patterns(&config.exclude).map_err(|error| {
            Failure::config("`documents.exclude` has a pattern that is not a glob").because(&error)
        })?;
        let limits = Limits { max_text: config.max_text, max_file: config.max_file, ..Limits::default() };
        Ok(Self {
            library,
            roots: roots(home, &config.documents),
            closed: vec![home.config.clone(), home.state.clone(), home.logs.clone(), home.run.clone()],
            exclude,
            reader: FileReader::new(limits, program),
            interval: config.scan_interval,
            cancel: AtomicBool::new(false),
            state: Mutex::default(),
            wake: Condvar::new(),
        })
    }

    /// Starts the thread that scans, first at once and then on schedule.
    pub fn start(self: &Arc<Self>) -> Result<JoinHandle<()>> {
        let ingest = Arc::clone(self);
        std::thread::Builder::new()
            .name("ingest".into())
            .spawn(move || ingest.work())
            .map_err(|error| Failure::environment("cannot start the indexing thread").because(&error))
    }

    /// Ends the scan at work after the file at hand, and the thread with it.
    pub fn stop(&self) {
        // Under the lock, so that the thread cannot fall asleep between looking and waiting.
        let _state = self.state();
        self.cancel.store(true, Ordering::Relaxed);
        self.wake.notify_all();
    }

    /// Asks for a scan and returns its number: a new one, or the one that has not started yet. A scan at work
    /// may have passed what the asker has just changed, so it does not count.
    pub fn request(&self) -> std::result::Result<i64, LibraryError> {
        // Without an index nothing can be taken in, and a job that cannot start must not be waited for.
        self.library.lexical()?;
        let mut state = self.state();
        if let Some(job) = &state.wanted {
            return Ok(job.id);
        }
        let job = self.library.store.write(|tx| jobs::start(tx, new_job()))?;
        let id = job.id;
        state.wanted = Some(job);
        self.wake.notify_all();
        Ok(id)
    }

    /// The report of a job: live while it is at work.
    pub fn job(&self, id: i64) -> std::result::Result<Option<Job>, LibraryError> {
        if let Some((_, job)) = self.state().latest.as_ref().filter(|(latest, _)| *latest == id) {
            return Ok(Some(lock(job).clone()));
        }
        Ok(self.library.store.read(|tx| jobs::read(tx, id))?)
    }

    /// Takes one document; when this returns it is durable and can be found.
    pub fn upload(
        &self,
        collection: &str,
        name: &str,
        text: String,
    ) -> std::result::Result<(i64, u64), UploadError> {
        let content = self.reader.text(name, text)?;
        let chunks = content.chunks.len() as u64;
        let bytes: usize = content.chunks.iter().map(|chunk| chunk.text.len()).sum();
        let owned = self.library.store.read(documents::roots).map_err(LibraryError::from)?;
        if owned.iter().any(|(_, owned, _)| owned == collection) {
            return Err(UploadError::NotForUploads(collection.to_string()));
        }
        let edit = Edit::Upload {
            collection: collection.to_string(),
            name: name.as_bytes().to_vec(),
            size: i64::try_from(bytes).unwrap_or(i64::MAX),
            content,
        };
        let documents = self.library.apply(vec![edit], Timestamp::now())?;
        self.library.rest()?;
        Ok((documents.first().copied().unwrap_or_default(), chunks))
    }

    /// Removes a document that was given in a request; when this returns it can no longer be found.
    pub fn remove(&self, document: i64) -> std::result::Result<(), LibraryError> {
        self.library.apply(vec![Edit::Remove { document }], Timestamp::now())?;
        self.library.rest()
    }

    fn work(&self) {
        // Threads and child processes that this one starts inherit the niceness, and so does the index writer.
        if let Err(error) = rustix::process::nice(NICENESS) {
            warn!(%error, "indexing runs at normal priority");
        }
        while let Err(error) = self.library.open_index() {
            error!("{}", explain("the index cannot be opened, and searching does not work", &error));
            if self.pause(TRY_AGAIN) {
                return;
            }
        }
        if let Err(error) = self.library.store.write(jobs::interrupt_running) {
            warn!(%error, "old jobs keep their state");
        }
        let _ = self.request().inspect_err(|error| warn!(%error, "the first scan cannot start"));
        let mut next = Instant::now() + self.interval;
        while !self.cancel.load(Ordering::Relaxed) {
            match self.await_job(next) {
                Some(_) => {
                    self.scan();
                    next = Instant::now() + self.interval;
                }
                None if Instant::now() >= next => {
                    next = Instant::now() + self.interval;
                    let _ = self.request().inspect_err(|error| warn!(%error, "the scan cannot start"));
                }
                None => {}
            }
        }
    }

    /// Waits; true where the server stops meanwhile.
    fn pause(&self, time: Duration) -> bool {
        let until = Instant::now() + time;
        let mut state = self.state();
        while !self.cancel.load(Ordering::Relaxed) {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        true
    }

    /// Waits for a job until `next`.
    fn await_job(&self, next: Instant) -> Option<Job> {
        let mut state = self.state();
        if state.wanted.is_none() && !self.cancel.load(Ordering::Relaxed) {
            let left = next.saturating_duration_since(Instant::now());
            // Woken early or not, the caller looks again.
            state = self.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
        let job = state.wanted.take()?;
        state.latest = Some((job.id, Arc::new(Mutex::new(job.clone()))));
        Some(job)
    }

    fn scan(&self) {
        let Some((id, shared)) = self.state().latest.clone() else { return };
        let threads = std::thread::available_parallelism().map_or(1, |n| n.get().min(4));
        let scan = Scan {
            library: &self.library,
            roots: &self.roots,
            exclude: &self.exclude,
            closed: &self.closed,
            reader: &self.reader,
            threads,
            cancel: &self.cancel,
            job: &shared,
        };
        let result = scan.run();
        let report = {
            let mut job = lock(&shared);
            job.state = match &result {
                Ok(()) if self.cancel.load(Ordering::Relaxed) => JobState::Interrupted,
                Ok(()) => JobState::Done,
                Err(error) => {
                    job.problems.push(explain("the scan broke off", error));
                    JobState::Failed
                }
            };
            job.finished = Some(Timestamp::now());
            job.total = Some(job.seen);
            job.clone()
        };
        info!(
            id, state = ?report.state, seen = report.seen, added = report.added, changed = report.changed,
            renamed = report.renamed, removed = report.removed, "scan ended"
        );
        if let Err(error) = self.library.store.write(|tx| jobs::save(tx, &report)) {
            warn!("{}", explain(&format!("the report of scan {id} is not kept"), &error));
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// The directories to index, each with the name of its collection: the product's guides, and what is
/// configured. A directory that lies in another one is indexed once, as part of the outer one.
fn roots(home: &Home, configured: &[PathBuf]) -> Vec<(PathBuf, String)> {
    let mut directories: Vec<PathBuf> = configured.iter().map(|path| path.components().collect()).collect();
    directories.sort();
    directories.dedup();
    let outer: Vec<&PathBuf> = directories
        .iter()
        .filter(|path| !directories.iter().any(|other| *path != other && path.starts_with(other)))
        .collect();
    let name = |path: &Path| {
        path.file_name().map_or_else(|| "root".into(), |name| name.to_string_lossy().into_owned())
    };
    let configured = outer.into_iter().map(|path| (path.clone(), name(path)));
    std::iter::once((home.guides(), "guides".to_string())).chain(configured).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What happened, with the error and its causes, in one line.
fn explain(what: &str, error: &dyn std::error::Error) -> String {
    Failure::environment(what).because(error).to_string()
}

fn new_job() -> Job {
    Job {
        id: 0,
        state: JobState::Running,
        started: Timestamp::now(),
        finished: None,
        seen: 0,
        total: None,
        added: 0,
        changed: 0,
        renamed: 0,
        removed: 0,
        unchanged: 0,
        skipped: Vec::new(),
        problems: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_in_another_is_indexed_once() {
        let home = Home::under(Path::new("/h"));
        let configured = ["/docs/in", "/docs/", "/docs", "/docs-too"].map(PathBuf::from);
        let names: Vec<_> = roots(&home, &configured).into_iter().map(|(path, _)| path).collect();
        assert_eq!(names, ["/h/state/guides", "/docs", "/docs-too"].map(PathBuf::from));
    }
}
