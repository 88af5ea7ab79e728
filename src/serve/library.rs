//! The store and its derived index as one thing that stays in agreement: every change goes to the store
//! first, in one transaction, and then to the index in the same order. What the index missed (a crash, a
//! deleted folder) it catches up from the store when it is opened.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::Transaction;
use thiserror::Error;
use tracing::{info, warn};

use super::retrieve::lexical::{Lexical, Writer};
use super::store::changes::{self, Change};
use super::store::documents::{self, Content, Place};
use super::store::passages::{self, Indexable};
use super::store::{Store, StoreError};

/// After how many passages a long scan makes what it has found so far searchable.
const COMMIT_EVERY: usize = 20_000;

/// And after how long at the latest: what has changed cannot be found until then.
const COMMIT_AFTER: Duration = Duration::from_secs(10);

/// The index needs about this much room to write a segment, in bytes.
const ROOM: u64 = 32 << 20;

/// What goes wrong with the library.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error("the index")]
    Index(#[from] tantivy::TantivyError),
    /// The index failed, and there is hardly any room left for it.
    #[error("the disk is full: the index needs more space")]
    Full(#[source] tantivy::TantivyError),
    /// The directory of the index cannot be used.
    #[error("the directory of the index")]
    Directory(#[from] std::io::Error),
    /// The index is still catching up with the store.
    #[error("the index is being brought up to date")]
    NotReady,
}

/// A result of the library.
pub type Result<T> = std::result::Result<T, LibraryError>;

/// What becomes of one document.
pub enum Edit {
    /// New content, for a new document or in place of what one held.
    Put {
        /// The document, where it is known already.
        document: Option<i64>,
        /// Which file, and how it looked.
        place: Place,
        /// What was read.
        content: Content,
    },
    /// New content of a document that is given in a request, in place of one of the same name.
    Upload {
        /// The collection, made where it is missing.
        collection: String,
        /// Its name.
        name: Vec<u8>,
        /// Size in bytes.
        size: i64,
        /// What was read.
        content: Content,
    },
    /// It is not indexed.
    Skip {
        /// The document, where it is known already.
        document: Option<i64>,
        /// Which file, and how it looked.
        place: Place,
        /// A stable code and a sentence.
        why: (String, String),
    },
    /// The same content stands at another path now.
    Move {
        /// The document.
        document: i64,
        /// Where it is now.
        place: Place,
    },
    /// The same content has another size or time now.
    Touch {
        /// The document.
        document: i64,
        /// Size in bytes.
        size: i64,
        /// Modification time in nanoseconds.
        mtime: i64,
    },
    /// It is gone.
    Remove {
        /// The document.
        document: i64,
    },
}

/// Store and index.
pub struct Library {
    /// The single source of truth.
    pub store: Store,
    directory: PathBuf,
    lexical: RwLock<Option<Arc<Lexical>>>,
    writing: Mutex<Option<Writing>>,
}

/// The writing side. Its buffers are large, so it is only open while there is something to write.
struct Writing {
    open: Option<Writer>,
    identity: String,
    /// The last change that the index has on the disk.
    applied: i64,
    /// How much the writer has been given since, and when that was.
    uncommitted: usize,
    committed: Instant,
}

impl Library {
    /// A library over an open store; its index is not open yet.
    #[must_use]
    pub fn new(store: Store, directory: &Path) -> Self {
        Self {
            store,
            directory: directory.to_path_buf(),
            lexical: RwLock::new(None),
            writing: Mutex::new(None),
        }
    }

    /// The index, once it has caught up.
    pub fn lexical(&self) -> Result<Arc<Lexical>> {
        self.lexical.read().unwrap_or_else(PoisonError::into_inner).clone().ok_or(LibraryError::NotReady)
    }

    /// Opens the index and brings it up to date: replays what it missed, or rebuilds it where it is missing,
    /// damaged, or not of this database.
    pub fn open_index(&self) -> Result<()> {
        let (lexical, writer) = match self.try_open() {
            Ok(open) => open,
            Err(LibraryError::Index(error)) => {
                warn!(%error, "the index is damaged, and is rebuilt from the documents");
                self.rebuild()?
            }
            Err(other) => return Err(other),
        };
        let position = self.store.read(changes::position)?;
        writer.close()?;
        *self.writing() = Some(Writing {
            open: None,
            identity: position.identity,
            applied: position.newest,
            uncommitted: 0,
            committed: Instant::now(),
        });
        *self.lexical.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(lexical));
        Ok(())
    }

    fn try_open(&self) -> Result<(Lexical, Writer)> {
        std::fs::create_dir_all(&self.directory)?;
        let lexical = Lexical::open(&self.directory)?;
        let position = self.store.read(changes::position)?;
        let Some(applied) = lexical.applied(&position)? else {
            drop(lexical);
            return self.rebuild();
        };
        let mut writer = lexical.writer(&position.identity, applied)?;
        let missed = self.store.read(|tx| changes::after(tx, applied))?;
        if !missed.is_empty() {
            info!(changes = missed.len(), "the index catches up");
            self.store
                .read(|tx| Ok(missed.iter().try_for_each(|change| replay(tx, &mut writer, *change))))??;
            writer.commit()?;
            lexical.reload()?;
        }
        Ok((lexical, writer))
    }

    /// Makes the index anew from every current revision.
    fn rebuild(&self) -> Result<(Lexical, Writer)> {
        let started = Instant::now();
        match std::fs::remove_dir_all(&self.directory) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => std::fs::create_dir_all(&self.directory)?,
        }
        let lexical = Lexical::open(&self.directory)?;
        let fill = |tx: &Transaction<'_>| -> Result<Writer> {
            let position = changes::position(tx)?;
            let writer = lexical.writer(&position.identity, position.newest)?;
            let mut last = 0;
            loop {
                let revisions = passages::current_revisions(tx, last, 1000)?;
                let Some(newest) = revisions.last() else { return Ok(writer) };
                last = *newest;
                revisions.into_iter().try_for_each(|revision| index(tx, &writer, revision))?;
            }
        };
        let mut writer = self.store.read(|tx| Ok(fill(tx)))??;
        writer.commit()?;
        lexical.reload()?;
        info!(seconds = started.elapsed().as_secs_f32(), "the index was made from the documents");
        Ok((lexical, writer))
    }

    /// Applies edits in one transaction, then gives them to the index; they are durable when this returns, and
    /// searchable after [`Library::commit`]. Returns the documents that were put, in order.
    pub fn apply(&self, edits: Vec<Edit>, now: Timestamp) -> Result<Vec<i64>> {
        // Held over both, so that the index sees changes in the order of their numbers.
        let mut guard = self.writing();
        let writing = guard.as_mut().ok_or(LibraryError::NotReady)?;
        // Open, and so caught up, before the store changes: a change must not be given to it twice.
        self.writer(writing)?;
        let applied = self.store.write(|tx| {
            edits.into_iter().map(|edit| Applied::of(tx, edit, now)).collect::<super::store::Result<Vec<_>>>()
        })?;
        let documents = applied.iter().filter_map(|applied| applied.document).collect();
        self.or_replay_later(writing, |writing| self.give(writing, &applied))?;
        if writing.uncommitted >= COMMIT_EVERY || writing.committed.elapsed() >= COMMIT_AFTER {
            self.or_replay_later(writing, |writing| self.commit_locked(writing))?;
        }
        Ok(documents)
    }

    /// Gives the index what the store has just taken.
    fn give(&self, writing: &mut Writing, applied: &[Applied]) -> Result<()> {
        let newest = self.store.read(changes::position)?.newest;
        writing.uncommitted += applied.iter().map(|applied| 1 + applied.passages.len()).sum::<usize>();
        let writer = self.writer(writing)?;
        for applied in applied {
            if let Some(gone) = applied.forget {
                writer.remove(gone);
            }
            for (revision, passage) in &applied.passages {
                writer.add(*revision, passage)?;
            }
            if let Some(revision) = applied.reread {
                self.store.read(|tx| Ok(index(tx, writer, revision)))??;
            }
        }
        writer.applied(newest);
        Ok(())
    }

    /// Makes everything applied so far searchable, and durable in the index too.
    pub fn commit(&self) -> Result<()> {
        match self.writing().as_mut() {
            Some(writing) => self.or_replay_later(writing, |writing| self.commit_locked(writing)),
            None => Ok(()),
        }
    }

    /// Commits, and gives the writer's buffers back until the next edit.
    pub fn rest(&self) -> Result<()> {
        let mut guard = self.writing();
        let Some(writing) = guard.as_mut() else { return Ok(()) };
        self.or_replay_later(writing, |writing| self.commit_locked(writing))?;
        writing.open.take().map_or(Ok(()), |writer| Ok(writer.close()?))
    }

    fn commit_locked(&self, writing: &mut Writing) -> Result<()> {
        if writing.uncommitted == 0 {
            return Ok(());
        }
        writing.applied = self.writer(writing)?.commit()?;
        writing.uncommitted = 0;
        writing.committed = Instant::now();
        self.lexical()?.reload()?;
        let applied = writing.applied;
        Ok(self.store.write(|tx| changes::trim(tx, applied))?)
    }

    /// The open writer. One that is opened here first catches up with what an earlier one lost.
    fn writer<'a>(&self, writing: &'a mut Writing) -> Result<&'a mut Writer> {
        let writer = match writing.open.take() {
            Some(writer) => writer,
            None => {
                let mut writer = self.lexical()?.writer(&writing.identity, writing.applied)?;
                writing.uncommitted += self.catch_up(&mut writer, writing.applied)?;
                writer
            }
        };
        Ok(writing.open.insert(writer))
    }

    /// Runs work on the index. Where it fails, the store is ahead: the writer is dropped with everything that
    /// it had not committed, and the next one replays that from the store.
    fn or_replay_later(
        &self,
        writing: &mut Writing,
        work: impl FnOnce(&mut Writing) -> Result<()>,
    ) -> Result<()> {
        work(writing).map_err(|error| {
            writing.open = None;
            writing.uncommitted = 1;
            match error {
                // The index only says that a thread of its own has died: this is what it usually dies of.
                LibraryError::Index(error) if self.room().is_some_and(|room| room < ROOM) => {
                    LibraryError::Full(error)
                }
                other => other,
            }
        })
    }

    /// How many bytes may still be written where the index is.
    fn room(&self) -> Option<u64> {
        let stats = rustix::fs::statvfs(&self.directory).ok()?;
        Some(stats.f_bavail.saturating_mul(stats.f_frsize))
    }

    /// What still has to become searchable; none while something is being taken in.
    pub fn pending(&self) -> Option<usize> {
        self.writing.try_lock().ok()?.as_ref().map(|writing| writing.uncommitted)
    }

    /// Replays every change after `applied`; returns how many there were.
    fn catch_up(&self, writer: &mut Writer, applied: i64) -> Result<usize> {
        let missed = self.store.read(|tx| changes::after(tx, applied))?;
        self.store.read(|tx| Ok(missed.iter().try_for_each(|change| replay(tx, writer, *change))))??;
        Ok(missed.len())
    }

    fn writing(&self) -> std::sync::MutexGuard<'_, Option<Writing>> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the index has to do for one edit.
#[derive(Default)]
struct Applied {
    document: Option<i64>,
    forget: Option<i64>,
    passages: Vec<(i64, Indexable)>,
    /// Read the passages of this revision back: they were there before.
    reread: Option<i64>,
}

impl Applied {
    fn of(tx: &Transaction<'_>, edit: Edit, now: Timestamp) -> super::store::Result<Self> {
        Ok(match edit {
            Edit::Upload { collection, name, size, content } => {
                let collection = documents::collection(tx, &collection)?;
                let document = documents::named(tx, collection, &name)?.map(|known| known.id);
                let mtime = i64::try_from(now.as_nanosecond()).unwrap_or(i64::MAX);
                let place = Place { collection, root: None, path: name, size, mtime };
                Self::of(tx, Edit::Put { document, place, content }, now)?
            }
            Edit::Put { document, place, content } => {
                let put = documents::put(tx, document, &place, &content, now)?;
                let path = String::from_utf8_lossy(&place.path);
                let title = content.title.unwrap_or_else(|| passages::file_name(&path).to_string());
                let passages = (put.first_chunk..).zip(content.chunks).map(|(id, chunk)| {
                    let passage = Indexable {
                        id,
                        collection: place.collection,
                        title: title.clone(),
                        heading: chunk.heading,
                        text: chunk.text,
                    };
                    (put.revision, passage)
                });
                Self {
                    document: Some(put.document),
                    forget: put.replaced,
                    passages: passages.collect(),
                    reread: None,
                }
            }
            Edit::Skip { document, place, why } => {
                let (_, forget) = documents::skip(tx, document, &place, (&why.0, &why.1), now)?;
                Self { forget, ..Self::default() }
            }
            Edit::Move { document, place } => {
                let revision = documents::moved(tx, document, &place)?;
                Self { forget: revision, reread: revision, ..Self::default() }
            }
            Edit::Touch { document, size, mtime } => {
                documents::touched(tx, document, size, mtime)?;
                Self::default()
            }
            Edit::Remove { document } => {
                Self { forget: documents::remove(tx, document)?.flatten(), ..Self::default() }
            }
        })
    }
}

/// Applies a change that the index missed. Applying it twice is harmless.
fn replay(tx: &Transaction<'_>, writer: &mut Writer, change: Change) -> Result<()> {
    writer.remove(change.revision);
    if change.added {
        index(tx, writer, change.revision)?;
    }
    writer.applied(change.seq);
    Ok(())
}

/// Gives every passage of a revision to the index; none where it is no longer current.
fn index(tx: &Transaction<'_>, writer: &Writer, revision: i64) -> Result<()> {
    passages::of_revision(tx, revision, |passage| Ok::<_, LibraryError>(writer.add(revision, &passage)?))
}
