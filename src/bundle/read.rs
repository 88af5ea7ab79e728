//! Reading an archive back without unpacking it: deciphered where it is sealed, member by member, entry by entry. It
//! shares no code with what writes one.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

use super::seal::Keys;
use crate::failure::{Failure, IoContext, Result};

/// The largest file that is ever held in memory to be understood.
pub const LARGEST: u64 = 64 << 20;

/// Opens an archive; what comes is gzip.
pub fn open(path: &Path, keys: &Keys) -> Result<Box<dyn Read>> {
    let shown = path.display();
    let file = File::open(path).trying(format_args!("open `{shown}`"))?;
    let mut head = Vec::new();
    (&file).take(32).read_to_end(&mut head).trying(format_args!("read `{shown}`"))?;
    let sealed = head.starts_with(super::seal::BEGINNING);
    if !sealed && !head.starts_with(&[0x1f, 0x8b]) {
        return Err(Failure::usage(format!("`{shown}` is not a support archive")).hint(
            "give what `tars bundle` wrote: `tars-bundle-….tar.gz`, or `….age` where it is encrypted",
        ));
    }
    let whole = BufReader::with_capacity(64 << 10, std::io::Cursor::new(head).chain(file));
    if sealed { keys.open(whole, path) } else { Ok(Box::new(whole)) }
}

/// Hands over each file of the archive: its path below the archive's folder, and its content.
pub fn entries(
    archive: impl Read,
    each: &mut dyn FnMut(&str, &mut dyn Read) -> std::io::Result<()>,
) -> std::io::Result<()> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(archive));
    for entry in archive.entries()? {
        let mut entry = entry?;
        if !entry.header().entry_type().is_file() {
            continue;
        }
        let path = entry.path()?.into_owned();
        let path: std::path::PathBuf = path.components().skip(1).collect();
        each(&path.to_string_lossy(), &mut entry)?;
    }
    // What stands behind the end of the archive must be sound, too.
    std::io::copy(&mut archive.into_inner(), &mut std::io::sink()).map(drop)
}

/// A file of the archive as text, as far as it can be held.
pub fn bytes(content: &mut dyn Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    content.take(LARGEST).read_to_end(&mut bytes)?;
    Ok(bytes)
}
