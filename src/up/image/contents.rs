//! What is in the image of this program: the program, what its file says it needs to start, the certificates that this
//! machine trusts, one user who is not root, and nothing else: no shell, no tool, no package.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::{Path, PathBuf};

use tar::{Builder, EntryType};

use super::elf::Elf;
use super::{GROUP, HOME, USER};
use crate::failure::{Failure, IoContext, Result};
use crate::host::build::header;

/// Where the program that runs now can be read, whatever has become of its file.
const PROGRAM: &str = "/proc/self/exe";
/// Where distributions keep the certificates that they trust, in one file.
const CERTIFICATES: [&str; 4] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
/// What the C library loads by itself to find names: older ones keep these parts in files of their own.
const NAMES: [&str; 3] = ["libnss_dns.so.2", "libnss_files.so.2", "libresolv.so.2"];

/// The files of the image, by where they are in it.
#[derive(Debug)]
pub(super) struct Contents {
    files: BTreeMap<PathBuf, PathBuf>,
    /// The directories in which the loader does not look by itself.
    pub library_path: Vec<PathBuf>,
}

impl Contents {
    /// Finds what is needed.
    ///
    /// # Errors
    /// The program or a library cannot be read.
    pub(super) fn find() -> Result<Self> {
        let mut contents = Self { files: BTreeMap::new(), library_path: Vec::new() };
        contents.files.insert("/tars".into(), PROGRAM.into());
        let program = elf(Path::new(PROGRAM))?;
        if let Some(interpreter) = &program.interpreter {
            contents.files.insert(interpreter.into(), interpreter.into());
            contents.libraries(&program, &loaded().trying("see what this program has loaded")?)?;
        }
        if let Some(found) = CERTIFICATES.iter().find(|path| Path::new(path).is_file()) {
            contents.files.insert(CERTIFICATES[0].into(), found.into());
        }
        Ok(contents)
    }

    /// Adds the libraries of a program, and theirs, from where the loader of this very process has found them.
    fn libraries(&mut self, program: &Elf, loaded: &BTreeMap<String, PathBuf>) -> Result<()> {
        let loader = program.interpreter.as_deref().and_then(|path| Path::new(path).file_name());
        let mut wanted = program.needed.clone();
        let mut system = None;
        while let Some(name) = wanted.pop() {
            if loader.is_some_and(|loader| loader == name.as_str()) {
                continue;
            }
            let path = loaded.get(&name).ok_or_else(|| {
                Failure::environment(format!("cannot find the library `{name}` that this program has loaded"))
                    .hint("the system was updated a moment ago: run the command again")
            })?;
            let place = path.with_file_name(&name);
            if name.starts_with("libc.") {
                system = path.parent().map(Path::to_path_buf);
                for name in NAMES {
                    let part = path.with_file_name(name);
                    if part.is_file() {
                        self.files.insert(part.clone(), part);
                    }
                }
            }
            if self.files.insert(place, path.clone()).is_none() {
                wanted.extend(elf(path)?.needed);
            }
        }
        let directories = self.files.keys().filter(|path| path.to_string_lossy().contains(".so"));
        let mut others: Vec<PathBuf> =
            directories.filter_map(|path| path.parent()).map(Path::to_path_buf).collect();
        others.retain(|directory| Some(directory) != system.as_ref() && !directory.ends_with("lib64"));
        others.dedup();
        self.library_path = others;
        Ok(())
    }

    /// Whether the image has certificates.
    pub(super) fn has_certificates(&self) -> bool {
        self.files.contains_key(Path::new(CERTIFICATES[0]))
    }

    /// Writes the archive of the whole file system.
    ///
    /// # Errors
    /// A file cannot be read, or not be written.
    pub(super) fn write(&self, out: &mut dyn Write) -> Result<()> {
        let mut archive = Builder::new(out);
        let texts = [
            ("/etc/passwd", format!("tars:x:{USER}:{GROUP}:tars:{HOME}:/\n")),
            ("/etc/group", format!("tars:x:{GROUP}:\n")),
            ("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n".to_string()),
        ];
        // Everybody may write there, as to `/tmp`: who the server is, is said where the image is used.
        let open = ["/tmp", HOME];
        let places = self.files.keys().map(PathBuf::as_path);
        let mut directories: Vec<&Path> = places
            .chain(texts.iter().map(|(path, _)| Path::new(*path)))
            .chain(open.map(Path::new))
            .flat_map(above)
            .collect();
        directories.sort();
        directories.dedup();
        let put = |written: io::Result<()>, path: &Path| {
            written.trying(format_args!("put `{}` into the image", path.display()))
        };
        for path in directories {
            put(directory(&mut archive, path, 0o755), path)?;
        }
        for path in open.map(Path::new) {
            put(directory(&mut archive, path, 0o1777), path)?;
        }
        for (path, text) in &texts {
            put(
                file(&mut archive, Path::new(path), 0o644, text.len() as u64, text.as_bytes()),
                Path::new(path),
            )?;
        }
        for (place, from) in &self.files {
            let source = File::open(from).trying(format_args!("read `{}`", from.display()))?;
            let size = source.metadata().trying(format_args!("read `{}`", from.display()))?.len();
            let mode = if place == Path::new(CERTIFICATES[0]) { 0o644 } else { 0o755 };
            put(file(&mut archive, place, mode, size, BufReader::new(source)), place)?;
        }
        put(archive.finish(), Path::new("/"))
    }
}

/// The directories above a path, but for the root.
fn above(path: &Path) -> impl Iterator<Item = &Path> {
    path.ancestors().skip(1).filter(|path| path.parent().is_some())
}

fn directory(archive: &mut Builder<&mut dyn Write>, path: &Path, mode: u32) -> io::Result<()> {
    let mut header = header(mode, 0);
    header.set_entry_type(EntryType::Directory);
    archive.append_data(&mut header, inside(path).join(""), io::empty())
}

fn file(
    archive: &mut Builder<&mut dyn Write>,
    path: &Path,
    mode: u32,
    size: u64,
    bytes: impl io::Read,
) -> io::Result<()> {
    archive.append_data(&mut header(mode, size), inside(path), bytes)
}

fn inside(path: &Path) -> &Path {
    path.strip_prefix("/").unwrap_or(path)
}

fn elf(path: &Path) -> Result<Elf> {
    File::open(path)
        .and_then(|file| Elf::read(&file))
        .trying(format_args!("see what `{}` needs to start", path.display()))
}

/// The libraries that this process has loaded, by the names that programs need them by.
fn loaded() -> io::Result<BTreeMap<String, PathBuf>> {
    let maps = fs::read_to_string("/proc/self/maps")?;
    let mut paths: Vec<&Path> =
        maps.lines().filter_map(|line| line.find('/').map(|at| Path::new(&line[at..]))).collect();
    paths.sort();
    paths.dedup();
    let mut loaded = BTreeMap::new();
    for path in paths {
        // Other files are mapped too, and some are gone.
        let Ok(elf) = File::open(path).and_then(|file| Elf::read(&file)) else { continue };
        let name = elf.soname.or_else(|| Some(path.file_name()?.to_string_lossy().into_owned()));
        loaded.extend(name.map(|name| (name, path.to_path_buf())));
    }
    Ok(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;

    #[test]
    fn an_image_is_a_file_system_with_a_user_and_all_that_starts_it() {
        let contents = Contents::find().unwrap();
        let mut bytes = Vec::new();
        contents.write(&mut bytes).unwrap();
        let mut archive = tar::Archive::new(bytes.as_slice());
        let mut found = BTreeMap::new();
        for entry in archive.entries().unwrap() {
            let mut entry = entry.unwrap();
            let path = entry.path().unwrap().display().to_string();
            let (mode, uid) = (entry.header().mode().unwrap(), entry.header().uid().unwrap());
            let mut text = String::new();
            if path == "etc/passwd" {
                entry.read_to_string(&mut text).unwrap();
            }
            // A directory stands before what is in it.
            for parent in Path::new(&path).ancestors().skip(1).filter(|parent| *parent != Path::new("")) {
                assert!(
                    found.contains_key(&format!("{}/", parent.display())),
                    "{} before {path}",
                    parent.display()
                );
            }
            found.insert(path, (mode, uid, text));
        }
        assert_eq!(found["tars"].0, 0o755);
        assert_eq!(found["tmp/"].0, 0o1777);
        assert_eq!(found["var/lib/tars/"].0, 0o1777);
        assert_eq!(found["etc/passwd"].2, "tars:x:10001:10001:tars:/var/lib/tars:/\n");
        assert!(found.values().all(|(_, uid, _)| *uid == 0));
        for name in elf(Path::new(PROGRAM)).unwrap().needed {
            assert!(found.keys().any(|path| path.ends_with(&format!("/{name}"))), "{name} in {found:?}");
        }
    }

    #[test]
    fn a_library_that_is_gone_is_named() {
        let mut contents = Contents { files: BTreeMap::new(), library_path: Vec::new() };
        let program = Elf { needed: vec!["libx.so.1".into()], ..Elf::default() };
        let failure = contents.libraries(&program, &BTreeMap::new()).unwrap_err();
        assert!(failure.to_string().contains("`libx.so.1`"), "{failure}");
    }
}
