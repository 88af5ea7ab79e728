//! The server's log file where no journal keeps it: appended to, private, rotated by size, and read from its
//! end. A disk that is full costs lines, never the server.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::files::PRIVATE;

/// When a log file is put aside.
pub const LARGEST: u64 = 10 * 1024 * 1024;
/// How many that were put aside are kept.
const KEPT: u32 = 3;
/// The most that is read to find the last lines.
const TAIL: u64 = 256 * 1024;

/// A log file that is written to.
#[derive(Debug)]
pub struct Log {
    path: PathBuf,
    file: Option<File>,
    size: u64,
    largest: u64,
    lost: u64,
}

impl Log {
    /// Opens the file for appending, made private where it is new.
    pub fn open(path: &Path, largest: u64) -> std::io::Result<Self> {
        let file = append(path)?;
        let size = file.metadata()?.len();
        Ok(Self { path: path.to_path_buf(), file: Some(file), size, largest, lost: 0 })
    }

    /// Appends; rotates first where the file would grow too large. What cannot be written is counted.
    pub fn write(&mut self, bytes: &[u8]) {
        if self.size > 0 && self.size + bytes.len() as u64 > self.largest {
            self.rotate();
        }
        if self.lost > 0 {
            let note = format!("tars: {} bytes of log could not be written\n", self.lost);
            if self.append(note.as_bytes()).is_ok() {
                self.lost = 0;
            }
        }
        if self.append(bytes).is_err() {
            self.lost += bytes.len() as u64;
        }
    }

    fn append(&mut self, bytes: &[u8]) -> std::io::Result<()> {
        if self.file.is_none() {
            self.file = Some(append(&self.path)?);
        }
        let Some(file) = &mut self.file else { return Ok(()) };
        file.write_all(bytes)?;
        self.size += bytes.len() as u64;
        Ok(())
    }

    fn rotate(&mut self) {
        let numbered = |n: u32| PathBuf::from(format!("{}.{n}", self.path.display()));
        for n in (1..KEPT).rev() {
            // A generation that does not exist yet is no fault.
            let _ = std::fs::rename(numbered(n), numbered(n + 1));
        }
        // Where putting aside fails, the file grows on: better a large log than none.
        if std::fs::rename(&self.path, numbered(1)).is_ok() {
            self.file = None;
            self.size = 0;
        }
    }
}

fn append(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(PRIVATE).open(path)
}

/// The last `n` lines of a log file; none where there is no file.
pub fn tail(path: &Path, n: usize) -> std::io::Result<Vec<String>> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    };
    let start = file.metadata()?.len().saturating_sub(TAIL);
    file.seek(SeekFrom::Start(start))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // A line that was cut at the start of what was read is not a line.
    let whole = if start > 0 { text.split_once('\n').map_or("", |(_, rest)| rest) } else { &text };
    let lines: Vec<_> = whole.lines().collect();
    Ok(lines[lines.len().saturating_sub(n)..].iter().map(ToString::to_string).collect())
}

/// Reads what is appended to a log file from now on, also after it was put aside.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    file: Option<(File, u64)>,
}

impl Follower {
    /// Starts at the end of the file as it is now.
    #[must_use]
    pub fn at_end(path: &Path) -> Self {
        let file = File::open(path).ok().and_then(|mut file| {
            let inode = inode(&file)?;
            file.seek(SeekFrom::End(0)).ok()?;
            Some((file, inode))
        });
        Self { path: path.to_path_buf(), file }
    }

    /// What was appended since the last call.
    pub fn more(&mut self) -> std::io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        if let Some((file, _)) = &mut self.file {
            file.read_to_end(&mut bytes)?;
        }
        let fresh = File::open(&self.path).ok().and_then(|file| Some((inode(&file)?, file)));
        if let Some((inode, mut file)) = fresh
            && self.file.as_ref().is_none_or(|(_, old)| *old != inode)
        {
            file.read_to_end(&mut bytes)?;
            self.file = Some((file, inode));
        }
        Ok(bytes)
    }
}

fn inode(file: &File) -> Option<u64> {
    use std::os::unix::fs::MetadataExt;
    file.metadata().ok().map(|metadata| metadata.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rotates_and_keeps_three() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("serve.log");
        let mut log = Log::open(&path, 10).unwrap();
        for n in 0..6 {
            log.write(format!("line {n}\n").as_bytes());
        }
        let read = |name: &str| std::fs::read_to_string(dir.path().join(name)).unwrap();
        assert_eq!((read("serve.log"), read("serve.log.1")), ("line 5\n".into(), "line 4\n".into()));
        assert_eq!(read("serve.log.3"), "line 2\n");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 4);
    }

    #[test]
    fn the_tail_is_whole_lines() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        assert!(tail(&path, 5).unwrap().is_empty());
        let text: String = (0..100_000).map(|n| format!("line {n}\n")).collect();
        std::fs::write(&path, text).unwrap();
        assert_eq!(tail(&path, 2).unwrap(), ["line 99998", "line 99999"]);
        let all = tail(&path, usize::MAX).unwrap();
        assert!(all[0].starts_with("line ") && all.len() < 100_000);
    }

    #[test]
    fn a_follower_survives_rotation() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("log");
        let mut log = Log::open(&path, 20).unwrap();
        log.write(b"before\n");
        let mut follower = Follower::at_end(&path);
        log.write(b"one\n");
        assert_eq!(follower.more().unwrap(), b"one\n");
        log.write(b"two\n");
        log.write(b"three, in a new file\n");
        assert_eq!(follower.more().unwrap(), b"two\nthree, in a new file\n");
        assert_eq!(follower.more().unwrap(), b"");
    }
}
