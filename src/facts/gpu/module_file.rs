//! The version of the NVIDIA module that lies on the disk for the running kernel: what the next start of the
//! machine will load. It is read out of the module's own `.modinfo` section, and nothing else of it is.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use super::is_version;
use crate::facts::Fact;

/// No directory of modules is deeper, and none has more entries, where NVIDIA's are put.
const DEEPEST: usize = 4;
/// Sections larger than this are none that say a version.
const LARGEST: u64 = 1 << 20;

/// The versions of the modules below `/lib/modules/RELEASE`.
pub(super) fn versions(modules: &Path) -> Fact<Vec<String>> {
    // Where the distributions' packages and DKMS put it.
    let places = ["updates", "kernel", "extra", "weak-updates"].map(|place| modules.join(place));
    let files = places.iter().filter_map(|place| find(place, DEEPEST));
    match files.map(|file| version(&file)).collect() {
        Ok(versions) => Fact::Known(versions),
        Err(why) => Fact::Unknown(why),
    }
}

fn version(file: &Path) -> Result<String, String> {
    let shown = file.display();
    if file.extension().is_none_or(|extension| extension != "ko") {
        return Err(format!("`{shown}` is compressed"));
    }
    match File::open(file).and_then(|mut file| modinfo(&mut file)) {
        Ok(Some(version)) => Ok(version),
        Ok(None) => Err(format!("`{shown}` says no version")),
        Err(error) => Err(format!("cannot read `{shown}`: {error}")),
    }
}

/// `nvidia.ko` (NVIDIA, Ubuntu) or `nvidia-current.ko` (Debian), possibly compressed.
fn find(directory: &Path, deep: usize) -> Option<PathBuf> {
    let entries: Vec<_> = fs::read_dir(directory).ok()?.flatten().collect();
    let is_module = |name: &str| {
        let stem = name.split_once(".ko").map(|(stem, _)| stem);
        stem.is_some_and(|stem| stem == "nvidia" || stem == "nvidia-current")
    };
    let found = entries.iter().find(|entry| is_module(&entry.file_name().to_string_lossy()));
    if let Some(found) = found {
        return Some(found.path());
    }
    // The kernel's own modules are thousands; NVIDIA's are never among their drivers and file systems, except
    // below `drivers/video`.
    let may_hold = |name: &str| !matches!(name, "fs" | "net" | "sound" | "arch" | "crypto" | "lib" | "mm");
    let deeper = entries.iter().filter(|entry| {
        deep > 1
            && entry.file_type().is_ok_and(|kind| kind.is_dir())
            && may_hold(&entry.file_name().to_string_lossy())
    });
    deeper.into_iter().find_map(|entry| find(&entry.path(), deep - 1))
}

/// `version=` of the section `.modinfo` of a 64-bit little-endian ELF file.
fn modinfo(file: &mut (impl Read + Seek)) -> std::io::Result<Option<String>> {
    let header = read_at(file, 0, 64)?;
    if header.get(..6) != Some(b"\x7fELF\x02\x01") {
        return Ok(None);
    }
    let (table, size) = (number(&header, 0x28, 8), number(&header, 0x3a, 2));
    let (count, names) = (number(&header, 0x3c, 2), number(&header, 0x3e, 2));
    let sections = read_at(file, table, size.saturating_mul(count))?;
    let section = |index: u64| {
        let at = usize::try_from(index.saturating_mul(size)).unwrap_or(usize::MAX);
        let entry = sections.get(at..).unwrap_or_default();
        (number(entry, 0, 4), number(entry, 0x18, 8), number(entry, 0x20, 8))
    };
    let (_, place, length) = section(names);
    let names = read_at(file, place, length)?;
    for (name, place, length) in (0..count).map(section) {
        let name = names.get(usize::try_from(name).unwrap_or(usize::MAX)..).unwrap_or_default();
        if name.starts_with(b".modinfo\0") {
            let text = read_at(file, place, length)?;
            let version = text.split(|byte| *byte == 0).find_map(|entry| entry.strip_prefix(b"version="));
            let version = version.map(|version| String::from_utf8_lossy(version).into_owned());
            return Ok(version.filter(|version| is_version(version)));
        }
    }
    Ok(None)
}

fn number(bytes: &[u8], at: usize, width: usize) -> u64 {
    let bytes = bytes.get(at..at + width).unwrap_or_default();
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

fn read_at(file: &mut (impl Read + Seek), at: u64, length: u64) -> std::io::Result<Vec<u8>> {
    file.seek(SeekFrom::Start(at))?;
    let mut bytes = Vec::new();
    file.take(length.min(LARGEST)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;

    /// A file with two sections after the null one: the names and `.modinfo`.
    fn module(modinfo: &[u8]) -> Vec<u8> {
        let names = b"\0.shstrtab\0.modinfo\0";
        let mut file = vec![0; 64];
        file[..6].copy_from_slice(b"\x7fELF\x02\x01");
        let names_at = file.len() as u64;
        file.extend_from_slice(names);
        let info_at = file.len() as u64;
        file.extend_from_slice(modinfo);
        let table = file.len() as u64;
        for (name, at, length) in
            [(0_u32, 0, 0), (1, names_at, names.len() as u64), (11, info_at, modinfo.len() as u64)]
        {
            let mut entry = vec![0; 64];
            entry[..4].copy_from_slice(&name.to_le_bytes());
            entry[0x18..0x20].copy_from_slice(&at.to_le_bytes());
            entry[0x20..0x28].copy_from_slice(&length.to_le_bytes());
            file.extend_from_slice(&entry);
        }
        file[0x28..0x30].copy_from_slice(&table.to_le_bytes());
        file[0x3a..0x40].copy_from_slice(&[64, 0, 3, 0, 1, 0]);
        file
    }

    #[test]
    fn the_version_is_the_modules_and_not_that_of_its_source() {
        let file = module(b"license=NVIDIA\0srcversion=1.2\0version=550.54.14\0vermagic=6.1.0 SMP\0");
        assert_eq!(modinfo(&mut Cursor::new(file)).unwrap().as_deref(), Some("550.54.14"));
        assert_eq!(modinfo(&mut Cursor::new(module(b"license=GPL\0"))).unwrap(), None);
        assert_eq!(modinfo(&mut Cursor::new(b"#!/bin/sh\n")).unwrap(), None);
    }

    #[test]
    fn it_is_found_where_debian_and_ubuntu_put_it() {
        for place in ["updates/dkms/nvidia-current.ko", "kernel/nvidia-550/nvidia.ko"] {
            let root = tempfile::tempdir().unwrap();
            assert_eq!(versions(root.path()), Fact::Known(Vec::new()));
            let path = root.path().join(place);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, module(b"version=535.183.01\0")).unwrap();
            assert_eq!(versions(root.path()), Fact::Known(vec!["535.183.01".into()]), "{place}");
            fs::rename(&path, path.with_extension("ko.xz")).unwrap();
            assert!(matches!(versions(root.path()), Fact::Unknown(why) if why.contains("compressed")));
        }
    }

    proptest! {
        /// Whatever the file holds, reading it ends without a panic.
        #[test]
        fn no_file_is_too_strange(mut bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            bytes.splice(0..bytes.len().min(6), *b"\x7fELF\x02\x01");
            let _ = modinfo(&mut Cursor::new(bytes));
        }
    }
}
