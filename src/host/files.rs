//! Files and directories as this program leaves them: written whole or not at all, with their mode from the
//! first byte, and owned as their directory is. Nothing is ever half-written after a crash.

use std::fs::{DirBuilder, File, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;

use crate::failure::{IoContext, Result};

/// For files that hold secrets.
pub const PRIVATE: u32 = 0o600;

/// For everything else.
pub const PUBLIC: u32 = 0o644;

/// Writes a file whole: to a temporary name beside it, flushed to the disk, then renamed.
pub fn write(path: &Path, bytes: &[u8], mode: u32) -> Result<()> {
    let directory = path.parent().unwrap_or(Path::new("/"));
    let write = || -> std::io::Result<()> {
        let mut file = tempfile::Builder::new()
            .prefix(".tars-")
            .permissions(Permissions::from_mode(mode))
            .tempfile_in(directory)?;
        file.write_all(bytes)?;
        // The umask may have taken bits from the mode; it can only have made it narrower.
        file.as_file().set_permissions(Permissions::from_mode(mode))?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        File::open(directory)?.sync_all()
    };
    write().trying(format_args!("write `{}`", path.display()))
}

/// Makes a directory and those above it, each new one with this mode.
pub fn directory(path: &Path, mode: u32) -> Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .trying(format_args!("create the directory `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_is_private_and_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("secret");
        write(&path, b"one", PRIVATE).unwrap();
        write(&path, b"two", PRIVATE).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"two");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "no temporary file is left");
        let refused = write(&dir.path().join("no/such/place"), b"", PUBLIC).unwrap_err();
        assert!(refused.to_string().contains("no/such/place"));
    }
}
