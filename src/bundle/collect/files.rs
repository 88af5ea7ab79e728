//! Files as collectors read them: only regular ones, never through a symbolic link, in pieces, and cut at the size
//! that they had or at the cap. A cut is made between lines and never inside a key of many lines: half of a secret
//! would not be recognised as one. Also here: what is written to a file of the archive in one piece.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead, Cursor, ErrorKind, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::libc;
use serde::Serialize;

use super::{FileSink, Planned, Scope, Sink};
use crate::facts::{NEEDS_ROOT, far, no_answer};
use crate::report::json;

/// How much is read at once.
const PIECE: usize = 64 << 10;
/// How far into a log that was cut the end of a key is looked for.
const AHEAD: u64 = 16 << 10;
/// How long a directory may take to answer before it is collected from.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long a plan waits for a directory that may be on a mount that hangs.
const GLANCE: Duration = Duration::from_millis(300);
/// A file that is taken as one text is not read further than this.
const TEXT: u64 = 1 << 20;

/// Which part of a file stays where it is larger than the cap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keep {
    /// Its beginning: settings.
    Beginning,
    /// Its end: logs.
    End,
    /// All of it.
    All,
}

/// Opens a regular file without following a symbolic link and without waiting; also gives its size.
pub fn open(path: &Path) -> io::Result<(File, u64)> {
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK | libc::O_NOCTTY;
    let file = OpenOptions::new().read(true).custom_flags(flags).open(path)?;
    let found = file.metadata()?;
    if !found.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    Ok((file, found.len()))
}

/// The first megabyte of a regular file as text; none where there is no such file.
pub fn text_of(path: &Path) -> io::Result<Option<String>> {
    let (file, _) = match open(path) {
        Ok(opened) => opened,
        Err(error) if is_absent(&error) => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(TEXT).read_to_end(&mut bytes)?;
    Ok(Some(String::from_utf8_lossy(&bytes).into_owned()))
}

/// There is nothing at the path.
pub fn is_absent(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
}

/// Why something could not be read.
pub fn why(error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::PermissionDenied if !nix::unistd::geteuid().is_root() => NEEDS_ROOT.into(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "no answer in time".into(),
        _ => match error.raw_os_error() {
            Some(libc::ELOOP) => "it is a symbolic link".into(),
            _ => error.to_string(),
        },
    }
}

/// Those of these directories that must not be opened because they give no answer: a process that hangs in a mount
/// cannot end any more, so others look first, at all of them at once.
pub fn hung(scope: &Scope, directories: Vec<PathBuf>) -> Vec<PathBuf> {
    far::hung(directories, patience(scope))
}

/// Whether these directories of ours may be opened, or why not.
pub fn answers(scope: &Scope, directories: &[&Path]) -> Result<(), String> {
    let hung = hung(scope, directories.iter().map(|directory| directory.to_path_buf()).collect());
    hung.first().map_or(Ok(()), |first| Err(format!("`{}`: {}", first.display(), no_answer(patience(scope)))))
}

/// How long a directory may take to answer, so that time is left for the rest.
fn patience(scope: &Scope) -> Duration {
    PATIENCE.min(scope.deadline / 2)
}

/// What is planned for files below `folder` of the archive that may be there: their sizes are asked for, unless
/// their directory hangs.
pub fn planned(
    folder: &str,
    directory: &Path,
    files: impl FnOnce() -> Vec<(String, PathBuf)>,
) -> Vec<Planned> {
    if !far::hung(vec![directory.to_path_buf()], GLANCE).is_empty() {
        return vec![Planned::new(folder, format!("{}, which gives no answer", directory.display()))];
    }
    let size = |(path, source): (String, PathBuf)| {
        let bytes = source.symlink_metadata().ok().filter(std::fs::Metadata::is_file)?.len();
        Some(Planned { path, source: source.display().to_string(), bytes: Some(bytes) })
    };
    files().into_iter().filter_map(size).collect()
}

/// Puts a file into the archive. One that is not there is left out; one that cannot be read is there and empty, and
/// says why.
pub fn put(scope: &Scope, sink: &dyn Sink, path: &str, source: &Path, keep: Keep) -> Result<(), String> {
    let (mut file, size) = match open(source) {
        Ok(opened) => opened,
        Err(error) if is_absent(&error) => return Ok(()),
        Err(error) => {
            missing(sink, path, &format!("`{}`: {}", source.display(), why(&error)));
            return Ok(());
        }
    };
    let mut to = sink.file(path);
    if keep == Keep::All || size <= scope.cap {
        let read = pour(&mut file, size, &mut *to)?;
        // What is added while it is read belongs to a later look.
        if read < size && size > 0 && file.metadata().is_ok_and(|now| now.len() < size) {
            to.incomplete("it became shorter while it was read");
        }
        return Ok(());
    }
    if keep == Keep::End {
        to.incomplete(&format!("only its newest {} of {size} bytes", scope.cap));
        // One byte before, so that a line that begins exactly there is whole.
        if let Err(error) = file.seek(SeekFrom::Start(size - scope.cap - 1)) {
            to.incomplete(&why(&error));
            return Ok(());
        }
        let mut rest = io::BufReader::with_capacity(PIECE, file.take(scope.cap + 1));
        if let Err(error) = rest.skip_until(b'\n') {
            to.incomplete(&why(&error));
            return Ok(());
        }
        return pour(&mut after_key(rest), scope.cap, &mut *to).map(drop);
    }
    to.incomplete(&format!("only the first {} of {size} bytes", scope.cap));
    pour(&mut file, scope.cap, &mut *to).map(drop)
}

/// What follows the end of a key whose beginning was cut off; everything, where there is no such end.
pub fn after_key<R: Read>(mut from: R) -> io::Chain<Cursor<Vec<u8>>, R> {
    let mut start = Vec::new();
    // What cannot be read is told by whoever reads on.
    let _ = from.by_ref().take(AHEAD).read_to_end(&mut start);
    let find = |what: &[u8]| memchr::memmem::find(&start, what);
    let begin = find(b"-----BEGIN ").unwrap_or(usize::MAX);
    if let Some(end) = find(b"-----END ").filter(|end| *end < begin) {
        let line = memchr::memchr(b'\n', &start[end..]).map_or(start.len(), |length| end + length + 1);
        start.drain(..line);
    }
    Cursor::new(start).chain(from)
}

/// Copies at most `limit` bytes and says how many; where more would follow, it ends with a line. An error means that
/// the archive takes no more; what breaks off in reading is noted in the file.
pub fn pour(from: &mut impl Read, limit: u64, to: &mut dyn FileSink) -> Result<u64, String> {
    let mut piece = vec![0; PIECE];
    let mut left = limit;
    while left > 0 {
        let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
        let read = match from.read(&mut piece[..most]) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => {
                to.torn(&format!("reading broke off: {}", why(&error)));
                break;
            }
        };
        left -= read as u64;
        let text = match left {
            0 if !at_end(from) => whole_lines(&piece[..read]),
            _ => &piece[..read],
        };
        to.write_all(text).map_err(closed)?;
    }
    Ok(limit - left)
}

fn at_end(from: &mut impl Read) -> bool {
    matches!(from.read(&mut [0]), Ok(0))
}

/// The text up to its last line end. Of a line that fills it, nothing: what is cut in two might be a secret.
fn whole_lines(text: &[u8]) -> &[u8] {
    &text[..memchr::memrchr(b'\n', text).map_or(0, |end| end + 1)]
}

/// Why a collector ends early.
pub fn closed(error: io::Error) -> String {
    format!("the archive takes no more: {error}")
}

/// A file of the archive that only says why it is empty.
pub fn missing(sink: &dyn Sink, path: &str, why: &str) {
    sink.file(path).incomplete(why);
}

/// A file of the archive with this text.
pub fn write(sink: &dyn Sink, path: &str, text: &str) -> Result<(), String> {
    sink.file(path).write_all(text.as_bytes()).map_err(closed)
}

/// A file of the archive with this value as JSON.
pub fn write_json(sink: &dyn Sink, path: &str, value: &impl Serialize) -> Result<(), String> {
    write(sink, path, &json::render(value))
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;

    fn put_with(bytes: &[u8], cap: u64, keep: Keep) -> (Vec<u8>, Vec<String>) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, bytes).unwrap();
        let scope = Scope { cap, ..scope(dir.path()) };
        let archive = Archive::default();
        put(&scope, &archive, "a", &path, keep).unwrap();
        (archive.bytes("a"), archive.notes("a"))
    }

    #[test]
    fn a_cut_is_between_lines() {
        let text = b"one\ntwo\nthree\n";
        for (cap, keep, left) in [
            (14, Keep::End, &text[..]),
            (13, Keep::End, b"two\nthree\n"),
            (10, Keep::End, b"two\nthree\n"),
            (9, Keep::End, b"three\n"),
            (5, Keep::End, b""),
            (14, Keep::Beginning, text),
            (13, Keep::Beginning, b"one\ntwo\n"),
            (8, Keep::Beginning, b"one\ntwo\n"),
            (3, Keep::Beginning, b""),
            (3, Keep::All, text),
        ] {
            let (bytes, notes) = put_with(text, cap, keep);
            assert_eq!(bytes.escape_ascii().to_string(), left.escape_ascii().to_string(), "{cap} {keep:?}");
            assert_eq!(notes.is_empty(), left == text, "{cap} {keep:?}: {notes:?}");
        }
    }

    #[test]
    fn half_a_key_is_left_out() {
        let key = format!("-----BEGIN PRIVATE KEY-----\n{}-----END PRIVATE KEY-----\n", "QUJD\n".repeat(20));
        let text = format!("before\n{key}after\n");
        for cap in 7..key.len() as u64 {
            let (bytes, _) = put_with(text.as_bytes(), cap, Keep::End);
            assert_eq!(String::from_utf8(bytes).unwrap(), "after\n", "{cap}");
        }
        let (bytes, _) = put_with(text.as_bytes(), (key.len() + 6) as u64, Keep::End);
        assert!(bytes.starts_with(b"-----BEGIN"));
    }

    #[test]
    fn large_files_go_through_in_pieces() {
        let text: String = (0..50_000).map(|n| format!("line {n}\n")).collect();
        assert_eq!(put_with(text.as_bytes(), u64::MAX, Keep::End).0, text.as_bytes());
        let (bytes, notes) = put_with(text.as_bytes(), 100_000, Keep::End);
        assert!(bytes.len() <= 100_000 && bytes.ends_with(b"line 49999\n") && bytes.starts_with(b"line "));
        assert_eq!(notes.len(), 1);
        let (bytes, _) = put_with(&vec![b'x'; 300_000], 100_000, Keep::Beginning);
        assert!(bytes.len() < 100_000, "a line that is cut loses its last piece");
    }

    #[test]
    fn only_regular_files_are_read() {
        let dir = tempfile::tempdir().unwrap();
        let (link, pipe) = (dir.path().join("link"), dir.path().join("pipe"));
        std::os::unix::fs::symlink("/etc/passwd", &link).unwrap();
        nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
        let (scope, archive) = (scope(dir.path()), Archive::default());
        put(&scope, &archive, "link", &link, Keep::All).unwrap();
        put(&scope, &archive, "pipe", &pipe, Keep::All).unwrap();
        put(&scope, &archive, "none", &dir.path().join("none"), Keep::All).unwrap();
        assert!(archive.notes("link")[0].contains("symbolic link"), "{:?}", archive.notes("link"));
        assert!(archive.notes("pipe")[0].contains("regular"), "{:?}", archive.notes("pipe"));
        assert_eq!(archive.paths(), ["link", "pipe"]);
    }

    #[test]
    fn an_archive_that_takes_no_more_ends_a_collector() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        std::fs::write(&path, "text\n").unwrap();
        let archive = Archive::default();
        archive.close();
        let failed = put(&scope(dir.path()), &archive, "a", &path, Keep::All).unwrap_err();
        assert!(failed.contains("takes no more"), "{failed}");
    }
}
