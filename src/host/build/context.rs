//! What a build may read: a directory, written as an archive file by file without what its `.dockerignore` leaves out,
//! or a place that the engine fetches by itself.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType};

use super::dockerfile::Dockerfile;
use super::ignore::{Above, Ignore};
use super::{Order, header};
use crate::failure::{Failure, IoContext, Result};

/// The file that says what is left out.
const IGNORE: &str = ".dockerignore";

/// Where a context comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// A directory of this machine.
    Local(Context),
    /// What the engine fetches.
    Remote {
        /// From where.
        url: String,
        /// The Dockerfile in it, where it is said.
        dockerfile: Option<String>,
    },
}

/// A directory and what is needed to send it.
#[derive(Debug)]
pub(super) struct Context {
    directory: PathBuf,
    dockerfile: Dockerfile,
    ignore: Ignore,
    service: String,
}

impl Source {
    /// Finds it.
    pub(super) fn find(order: &Order<'_>) -> Result<Self> {
        let said = |key: &str| order.build.get(key).and_then(|value| value.as_str());
        let context = said("context").unwrap_or(".");
        if !Path::new(context).is_dir() && is_remote(context) {
            if said("dockerfile_inline").is_some() {
                return Err(Failure::config(format!(
                    "cannot carry out `services.{}.build.dockerfile_inline`: only BuildKit can add it to the context `{context}`",
                    order.service
                ))
                .hint("put the Dockerfile into the context, or fetch the context into a directory"));
            }
            return Ok(Self::Remote {
                url: context.to_string(),
                dockerfile: said("dockerfile").map(str::to_string),
            });
        }
        Context::open(order, Path::new(context)).map(Self::Local)
    }
}

/// Whether the engine can fetch it: an URL, or a Git repository in one of the ways to name one.
fn is_remote(context: &str) -> bool {
    let schemes = ["http://", "https://", "git://", "ssh://", "github.com/", "git@"];
    schemes.iter().any(|scheme| context.starts_with(scheme))
}

impl Context {
    fn open(order: &Order<'_>, directory: &Path) -> Result<Self> {
        if !directory.is_dir() {
            return Err(Failure::environment(format!(
                "the build context `{}` of `{}` is no directory",
                directory.display(),
                order.service
            ))
            .hint(format!("correct `services.{}.build.context`", order.service)));
        }
        let dockerfile = Dockerfile::find(order, directory)?;
        let mut ignore = ignored(directory, &dockerfile)?;
        // The engine needs both, and takes them out where they were to be left out.
        ignore.keep(IGNORE);
        if let Dockerfile::Inside(path) = &dockerfile {
            ignore.keep(path);
        }
        Ok(Self {
            directory: directory.to_path_buf(),
            dockerfile,
            ignore,
            service: order.service.to_string(),
        })
    }

    /// The path of the Dockerfile in the archive.
    pub(super) fn dockerfile(&self) -> &str {
        self.dockerfile.path()
    }

    /// Writes the archive.
    ///
    /// # Errors
    /// Something cannot be read, or not be written.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut archive = Builder::new(out);
        self.directory(&mut archive, Path::new(""), None)?;
        if let Dockerfile::Beside { name, text, .. } = &self.dockerfile {
            let ignore = fs::read(self.directory.join(IGNORE)).unwrap_or_else(|_| IGNORE.into());
            // The engine leaves out what this file names, and so the one that was added.
            for (path, text) in
                [(IGNORE, &[&ignore, "\n".as_bytes(), name.as_bytes(), b"\n"].concat()), (name, text)]
            {
                let mut header = header(0o600, text.len() as u64);
                self.put(archive.append_data(&mut header, path, text.as_slice()), Path::new(path))?;
            }
        }
        self.put(archive.finish(), Path::new("."))
    }

    /// Writes all that is in a directory, which is named by its path in the archive.
    fn directory(
        &self,
        archive: &mut Builder<&mut dyn Write>,
        inside: &Path,
        above: Option<&Above>,
    ) -> Result<()> {
        let mut names = Vec::new();
        let here = self.directory.join(inside);
        for entry in fs::read_dir(&here).map_err(|error| self.unread(&here, &error))? {
            names.push(entry.map_err(|error| self.unread(&here, &error))?.file_name());
        }
        // The same files make the same archive, whatever order the disk has them in.
        names.sort();
        for name in names {
            let path = inside.join(&name);
            let place = here.join(&name);
            // Patterns are text: a name that is none is seen by them as nearly as it can be.
            let text = path.to_string_lossy();
            let (out, below) = self.ignore.leaves_out(&text, above);
            let replaced = text == IGNORE && matches!(self.dockerfile, Dockerfile::Beside { .. });
            let metadata = match fs::symlink_metadata(&place) {
                Ok(metadata) => metadata,
                // It has gone since the directory was read.
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(self.unread(&place, &error)),
            };
            if !out && !replaced {
                self.entry(archive, &path, &place, &metadata)?;
            }
            if metadata.is_dir() && (!out || self.ignore.reaches_into(&text)) {
                self.directory(archive, &path, Some(&below))?;
            }
        }
        Ok(())
    }

    /// Writes one entry.
    fn entry(
        &self,
        archive: &mut Builder<&mut dyn Write>,
        path: &Path,
        place: &Path,
        metadata: &Metadata,
    ) -> Result<()> {
        let kind = metadata.file_type();
        let mut header = header(metadata.mode() & 0o7777, 0);
        header.set_mtime(metadata.mtime().try_into().unwrap_or(0));
        let written = if kind.is_dir() {
            header.set_entry_type(EntryType::Directory);
            // With its slash, as the engine's cache knows directories.
            archive.append_data(&mut header, path.join(""), io::empty())
        } else if kind.is_symlink() {
            let target = fs::read_link(place).map_err(|error| self.unread(place, &error))?;
            header.set_entry_type(EntryType::Symlink);
            archive.append_link(&mut header, path, target)
        } else if kind.is_file() {
            let file = File::open(place).map_err(|error| self.unread(place, &error))?;
            let size = file.metadata().map_err(|error| self.unread(place, &error))?.len();
            header.set_size(size);
            archive.append_data(&mut header, path, Whole { file: file.take(size), left: size })
        } else if kind.is_fifo() {
            header.set_entry_type(EntryType::Fifo);
            archive.append_data(&mut header, path, io::empty())
        } else {
            // Sockets mean nothing in an image, and devices are not copied into one.
            return Ok(());
        };
        self.put(written, path)
    }

    fn put(&self, written: io::Result<()>, path: &Path) -> Result<()> {
        written.trying(format_args!("send `{}` of the build context of `{}`", path.display(), self.service))
    }

    fn unread(&self, place: &Path, error: &io::Error) -> Failure {
        Failure::environment(format!(
            "cannot read `{}` of the build context of `{}`",
            place.display(),
            self.service
        ))
        .because(error)
        .hint("make it readable, or leave it out in `.dockerignore`")
    }
}

/// A file's bytes, as many as its entry has promised.
struct Whole {
    file: io::Take<File>,
    left: u64,
}

impl Read for Whole {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(into)?;
        self.left -= read as u64;
        if read == 0 && self.left > 0 && !into.is_empty() {
            return Err(io::Error::new(ErrorKind::UnexpectedEof, "it became shorter while it was read"));
        }
        Ok(read)
    }
}

/// What is left out: what the file beside the Dockerfile says, where there is one, or that of the context.
fn ignored(directory: &Path, dockerfile: &Dockerfile) -> Result<Ignore> {
    let own = match dockerfile {
        Dockerfile::Inside(path) => Some(directory.join(path)),
        Dockerfile::Beside { from, .. } => from.clone(),
    };
    let own = own.map(|path| PathBuf::from(format!("{}{IGNORE}", path.display())));
    for path in own.into_iter().chain([directory.join(IGNORE)]) {
        match fs::read_to_string(&path) {
            Ok(text) => return Ignore::parse(&text, &path.display().to_string()),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error).trying(format_args!("read `{}`", path.display())),
        }
    }
    Ok(Ignore::default())
}
