//! Reading one file: opened without following links, looked at as what it really is, hashed, extracted and
//! cut into passages; or a reason why not. Formats that invite trouble are parsed in a child process.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use rustix::fs::{Mode, OFlags, ResolveFlags, openat, openat2};
use sha2::{Digest, Sha256};

use super::chunk;
use super::extract::worker::extract_in_child;
use super::extract::{self, Extracted, Format, Limits, Size, Skip};
use crate::serve::store::documents::Content;

/// How much of a file is looked at to tell its format.
const HEAD: usize = 4096;

/// Files above this size are extracted one at a time, so that memory stays bounded.
const LARGE: u64 = 4 << 20;

/// What came of reading a file.
#[derive(Debug)]
pub enum Outcome {
    /// New content.
    Content(Content),
    /// The content it had before.
    Same,
    /// Not a document.
    Skip(Skip),
}

/// Reads files with the same limits.
pub struct FileReader {
    /// How much may be read and how long it may take.
    pub limits: Limits,
    /// This program, for the child process.
    pub program: PathBuf,
    large: Mutex<()>,
}

impl FileReader {
    /// A reader with these limits.
    #[must_use]
    pub fn new(limits: Limits, program: PathBuf) -> Self {
        Self { limits, program, large: Mutex::new(()) }
    }

    /// Reads the file at `path` below `root`; `before` is the hash of what it held, where it is known.
    pub fn read(&self, root: &File, path: &Path, before: Option<&[u8]>) -> Outcome {
        // A reader that breaks on one file must not end the run.
        let read = std::panic::AssertUnwindSafe(|| self.try_read(root, path, before));
        match std::panic::catch_unwind(read) {
            Ok(result) => result.unwrap_or_else(Outcome::Skip),
            Err(_) => Outcome::Skip(Skip::Crashed("it panicked; the log says where".into())),
        }
    }

    fn try_read(&self, root: &File, path: &Path, before: Option<&[u8]>) -> Result<Outcome, Skip> {
        let mut file = open_below(root, path).map_err(|e| unreadable(&e))?;
        let metadata = file.metadata().map_err(|e| unreadable(&e))?;
        if !metadata.is_file() {
            return Err(Skip::NotAFile);
        }
        let mut head = Vec::with_capacity(HEAD);
        file.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|e| unreadable(&e))?;
        let format = Format::detect(path, &head)?;
        let (limit, of) = if format.in_child() {
            (self.limits.max_file, Size::File)
        } else {
            (self.limits.max_text, Size::Text)
        };
        if metadata.len() > limit {
            return Err(Skip::TooLarge { limit, of });
        }
        let _one_at_a_time =
            (metadata.len() > LARGE).then(|| self.large.lock().unwrap_or_else(PoisonError::into_inner));
        if format.in_child() {
            self.read_in_child(file, format, before)
        } else {
            self.read_here(file, head, format, before)
        }
    }

    fn read_here(
        &self,
        file: File,
        head: Vec<u8>,
        format: Format,
        before: Option<&[u8]>,
    ) -> Result<Outcome, Skip> {
        let limit = self.limits.max_text;
        let mut bytes = head;
        // The file may grow while it is read: what is beyond the limit is not taken.
        file.take(limit.saturating_sub(bytes.len() as u64) + 1)
            .read_to_end(&mut bytes)
            .map_err(|e| unreadable(&e))?;
        if bytes.len() as u64 > limit {
            return Err(Skip::TooLarge { limit, of: Size::Text });
        }
        let hash = Sha256::digest(&bytes).to_vec();
        if before == Some(&hash) {
            return Ok(Outcome::Same);
        }
        content(hash, format, &extract::extract(format, bytes, &self.limits)?)
    }

    fn read_in_child(&self, mut file: File, format: Format, before: Option<&[u8]>) -> Result<Outcome, Skip> {
        file.seek(SeekFrom::Start(0)).map_err(|e| unreadable(&e))?;
        let mut hasher = Sha256::new();
        let mut buffer = vec![0; 64 << 10];
        loop {
            match file.read(&mut buffer).map_err(|e| unreadable(&e))? {
                0 => break,
                n => hasher.update(&buffer[..n]),
            }
        }
        let hash = hasher.finalize().to_vec();
        if before == Some(&hash) {
            return Ok(Outcome::Same);
        }
        file.seek(SeekFrom::Start(0)).map_err(|e| unreadable(&e))?;
        let extracted = extract_in_child(&self.program, &["extract", "--"], file, format, &self.limits)?;
        content(hash, format, &extracted)
    }

    /// Makes content of a text that was given in a request under a name.
    pub fn text(&self, name: &str, text: String) -> Result<Content, Skip> {
        let bytes = text.into_bytes();
        let format = Format::detect(Path::new(name), &bytes[..bytes.len().min(HEAD)])?;
        if format.in_child() {
            return Err(Skip::Unsupported(format!("{} as a text in a request", format.name())));
        }
        if bytes.len() as u64 > self.limits.max_text {
            return Err(Skip::TooLarge { limit: self.limits.max_text, of: Size::Text });
        }
        let hash = Sha256::digest(&bytes).to_vec();
        match content(hash, format, &extract::extract(format, bytes, &self.limits)?)? {
            Outcome::Content(content) => Ok(content),
            Outcome::Same | Outcome::Skip(_) => Err(Skip::NoText { scanned: false }),
        }
    }
}

/// Opens a file below a directory for reading. The kernel walks the path without following any link, so that
/// nobody who may write there can lead this process elsewhere between the walk and now.
fn open_below(root: &File, path: &Path) -> std::io::Result<File> {
    // NONBLOCK: should a FIFO have taken the file's place, opening it must not wait for a writer.
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let stay = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS;
    match openat2(root, path, flags, Mode::empty(), stay) {
        // Kernels before 5.6 guard only the last part of the path.
        Err(rustix::io::Errno::NOSYS) => Ok(openat(root, path, flags, Mode::empty())?.into()),
        opened => Ok(opened?.into()),
    }
}

fn content(hash: Vec<u8>, format: Format, extracted: &Extracted) -> Result<Outcome, Skip> {
    let chunks = chunk::chunks(extracted);
    if chunks.is_empty() {
        return Err(Skip::NoText { scanned: false });
    }
    Ok(Outcome::Content(Content { hash, format: format.name(), title: extracted.title.clone(), chunks }))
}

fn unreadable(error: &std::io::Error) -> Skip {
    match error.raw_os_error().map(nix::errno::Errno::from_raw) {
        Some(nix::errno::Errno::ENOENT) => Skip::Vanished,
        // What O_NOFOLLOW says when a link has taken the file's place.
        Some(nix::errno::Errno::ELOOP) => Skip::Symlink,
        _ => Skip::Unreadable(error.to_string()),
    }
}
