//! What a program needs to start, as its own file says: the loader and the libraries (elf(5), 64 bits, little-endian).
//! It reads headers and no code, and runs nothing.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;

/// Kinds of program headers.
const LOAD: u32 = 1;
const DYNAMIC: u32 = 2;
const INTERPRETER: u32 = 3;
/// Kinds of entries in the dynamic section.
const END: u64 = 0;
const NEEDED: u64 = 1;
const STRINGS: u64 = 5;
const SONAME: u64 = 14;

/// The size of a program header and of a dynamic entry.
const HEADER: usize = 56;
const ENTRY: usize = 16;
/// No table and no name of a real program is larger.
const LARGEST: usize = 1 << 20;
const LONGEST: usize = 4096;

/// What a file says of itself.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Elf {
    /// The loader that it is started with; none where it needs none.
    pub interpreter: Option<String>,
    /// The libraries that it needs, by their names.
    pub needed: Vec<String>,
    /// The name that others need it by, where it is a library.
    pub soname: Option<String>,
}

/// A stretch of the file and where it is in memory.
struct Segment {
    kind: u32,
    offset: u64,
    address: u64,
    size: u64,
}

impl Elf {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no such program, or cannot be read.
    pub(super) fn read(file: &File) -> io::Result<Self> {
        let head = bytes(file, 0, 64)?;
        if !head.starts_with(b"\x7fELF\x02\x01") {
            return Err(io::Error::new(ErrorKind::InvalidData, "it is no 64-bit little-endian program"));
        }
        let (start, count) = (u64_at(&head, 32), usize::from(u16_at(&head, 56)));
        if usize::from(u16_at(&head, 54)) != HEADER {
            return Err(broken());
        }
        let table = bytes(file, start, count * HEADER)?;
        let segments: Vec<Segment> = table
            .chunks_exact(HEADER)
            .map(|header| Segment {
                kind: u32_at(header, 0),
                offset: u64_at(header, 8),
                address: u64_at(header, 16),
                size: u64_at(header, 32),
            })
            .collect();
        let mut elf = Self::default();
        if let Some(segment) = segments.iter().find(|segment| segment.kind == INTERPRETER) {
            elf.interpreter = Some(text(file, segment.offset)?);
        }
        let Some(dynamic) = segments.iter().find(|segment| segment.kind == DYNAMIC) else { return Ok(elf) };
        let table = bytes(file, dynamic.offset, usize::try_from(dynamic.size).map_err(|_| broken())?)?;
        let entries: Vec<(u64, u64)> = table
            .chunks_exact(ENTRY)
            .map(|entry| (u64_at(entry, 0), u64_at(entry, 8)))
            .take_while(|(kind, _)| *kind != END)
            .collect();
        let Some(&(_, address)) = entries.iter().find(|(kind, _)| *kind == STRINGS) else { return Ok(elf) };
        // Entries name addresses; the file has them where the segment that is loaded there begins.
        let strings = segments
            .iter()
            .filter(|segment| segment.kind == LOAD)
            .find(|segment| address.checked_sub(segment.address).is_some_and(|into| into < segment.size))
            .and_then(|segment| (address - segment.address).checked_add(segment.offset))
            .ok_or_else(broken)?;
        let name = |offset: u64| text(file, strings.checked_add(offset).ok_or_else(broken)?);
        for (kind, offset) in entries {
            match kind {
                NEEDED => elf.needed.push(name(offset)?),
                SONAME => elf.soname = Some(name(offset)?),
                _ => {}
            }
        }
        Ok(elf)
    }
}

fn broken() -> io::Error {
    io::Error::new(ErrorKind::InvalidData, "its headers make no sense")
}

fn bytes(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    if length > LARGEST {
        return Err(broken());
    }
    let mut bytes = vec![0; length];
    file.read_exact_at(&mut bytes, offset)?;
    Ok(bytes)
}

/// A text that ends in a zero.
fn text(file: &File, offset: u64) -> io::Result<String> {
    let mut bytes = vec![0; LONGEST];
    let length = file.read_at(&mut bytes, offset)?;
    let end = bytes[..length].iter().position(|byte| *byte == 0).ok_or_else(broken)?;
    String::from_utf8(bytes[..end].to_vec()).map_err(|_| broken())
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn of(bytes: &[u8]) -> io::Result<Elf> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        Elf::read(&file)
    }

    #[test]
    fn this_very_program() {
        let elf = Elf::read(&File::open("/proc/self/exe").unwrap()).unwrap();
        // Tests are linked as the program is.
        assert_eq!(
            elf.interpreter.is_some(),
            elf.needed.iter().any(|name| name.starts_with("libc.")),
            "{elf:?}"
        );
        assert_eq!(elf.soname, None);
    }

    #[test]
    fn what_is_no_program_is_told_and_never_a_panic() {
        assert!(of(b"#!/bin/sh\n").is_err());
        let whole = std::fs::read("/proc/self/exe").unwrap();
        for length in [0, 6, 63, 64, 100, 400] {
            assert!(of(&whole[..length]).is_err(), "{length}");
        }
        for at in 0..whole.len().min(1000) {
            let mut bytes = whole[..whole.len().min(1 << 20)].to_vec();
            bytes[at] ^= 0xff;
            // Whether it is still a program does not matter.
            let _ = of(&bytes);
        }
    }
}
