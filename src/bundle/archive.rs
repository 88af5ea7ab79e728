//! The form of an archive: a tar file whose parts are gzip members one after the other, which both formats allow. The
//! content of the files was compressed before, and is copied as it is. Nothing in it tells who made it or on which
//! disk: owner, modes and times are fixed, and the same files give the same bytes.

use std::fs::File;
use std::io::Write;
use std::os::unix::fs::FileExt;

use super::spool::{Spooled, locked, member};

/// tar works in records of this size.
const RECORD: u64 = 512;

/// What is said of the whole archive.
pub struct Frame<'a> {
    /// The folder that everything is in.
    pub folder: &'a str,
    /// When it was made, in seconds since 1970.
    pub made: u64,
}

/// Writes the archive: the files in this order, whose pieces are in the spool.
pub fn write(frame: &Frame, spool: &File, files: &[Spooled], out: &mut impl Write) -> std::io::Result<()> {
    // What stands between two contents is one member: the padding of the one, and the header of the other.
    let mut between = header(frame, "", 0)?;
    let mut buffer = vec![0; 64 << 10];
    for file in files {
        between.extend(header(frame, &file.file.path, file.file.bytes)?);
        out.write_all(&member(&between)?)?;
        between.clear();
        for (start, length) in locked(&file.pieces).iter() {
            let (mut at, end) = (*start, start + length);
            while at < end {
                let part = usize::try_from(end - at).unwrap_or(usize::MAX).min(buffer.len());
                spool.read_exact_at(&mut buffer[..part], at)?;
                out.write_all(&buffer[..part])?;
                at += part as u64;
            }
        }
        let over = usize::try_from(file.file.bytes % RECORD).unwrap_or_default();
        between.resize((RECORD as usize - over) % RECORD as usize, 0);
    }
    between.extend([0; 2 * RECORD as usize]);
    out.write_all(&member(&between)?)
}

/// The header of a file, or of the folder where the path is empty; with what a long path needs beside it.
fn header(frame: &Frame, path: &str, bytes: u64) -> std::io::Result<Vec<u8>> {
    let mut header = tar::Header::new_gnu();
    let folder = path.is_empty();
    header.set_entry_type(if folder { tar::EntryType::Directory } else { tar::EntryType::Regular });
    header.set_mode(if folder { 0o700 } else { 0o600 });
    header.set_size(bytes);
    header.set_mtime(frame.made);
    header.set_uid(0);
    header.set_gid(0);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, format!("{}/{path}", frame.folder), std::io::empty())?;
    // A builder that is taken back ends its archive, and this one goes on.
    let mut out = builder.into_inner()?;
    out.truncate(out.len() - 2 * RECORD as usize);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use flate2::read::MultiGzDecoder;

    use super::*;
    use crate::bundle::entry::{Clock, Drawer};
    use crate::bundle::spool::Spool;
    use crate::redact::Redactor;

    /// An archive of these files, written to by threads of their own.
    fn archive(files: &[(String, Vec<u8>)]) -> Vec<u8> {
        let redactor: &'static Redactor = Box::leak(Box::default());
        let spool = Spool::new(tempfile::tempfile().unwrap(), 64 << 20);
        let clock = Clock { now: jiff::Timestamp::UNIX_EPOCH, stands: true };
        let drawer = Drawer::new("logs", &spool, redactor, clock);
        std::thread::scope(|scope| {
            for (path, content) in files {
                let mut entry = drawer.entry(path);
                scope.spawn(move || content.chunks(70_001).for_each(|part| entry.write_all(part).unwrap()));
            }
        });
        let (files, from) = spool.close().unwrap();
        let mut out = Vec::new();
        write(&Frame { folder: "top", made: 1_000_000_000 }, from, &files, &mut out).unwrap();
        out
    }

    fn files() -> Vec<(String, Vec<u8>)> {
        let lines =
            |n: usize| (0..n).flat_map(|line| format!("line {line}\n").into_bytes()).collect::<Vec<u8>>();
        vec![
            ("a/empty".into(), Vec::new()),
            (format!("b/{}/{}", "long".repeat(25), "name".repeat(25)), lines(3)),
            ("c/large.log".into(), lines(200_000)),
            ("d/record".into(), vec![b'x'; 512]),
        ]
    }

    #[test]
    fn what_was_put_in_comes_out_with_fixed_owner_mode_and_time() {
        let given = files();
        let bytes = archive(&given);
        let mut read = tar::Archive::new(MultiGzDecoder::new(bytes.as_slice()));
        let mut found = Vec::new();
        for entry in read.entries().unwrap() {
            let mut entry = entry.unwrap();
            let head = entry.header();
            assert_eq!((head.uid().unwrap(), head.gid().unwrap()), (0, 0));
            assert_eq!(head.mtime().unwrap(), 1_000_000_000);
            if head.entry_type().is_file() {
                assert_eq!(head.mode().unwrap(), 0o600);
                let path = entry.path().unwrap().strip_prefix("top").unwrap().display().to_string();
                let mut content = Vec::new();
                entry.read_to_end(&mut content).unwrap();
                found.push((path, content));
            }
        }
        assert!(
            found == given,
            "{:?}",
            found.iter().map(|(path, text)| (path, text.len())).collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_same_files_give_the_same_bytes_whoever_is_first() {
        let (mut given, first) = (files(), archive(&files()));
        for _ in 0..3 {
            given.rotate_left(1);
            assert!(archive(&given) == first);
        }
    }
}
