//! What is at a path: a directory, a file with its digest, or nothing. Files that hold secrets are looked at
//! without reading them into any fact.

use std::fs::File;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// What is at a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Entry {
    /// Nothing.
    Missing,
    /// A directory.
    Directory {
        /// Its permission bits.
        mode: u32,
    },
    /// A file.
    File {
        /// Its permission bits.
        mode: u32,
        /// SHA-256 of its content; absent where the content is secret.
        digest: Option<String>,
    },
    /// It cannot be looked at, or is neither file nor directory.
    Other(String),
}

/// Whether the content of a file may become a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Privacy {
    /// Its digest is taken.
    Open,
    /// Its content is not touched.
    Secret,
}

/// Looks at a path.
pub fn look(path: &Path, privacy: Privacy) -> Entry {
    let metadata = match std::fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Entry::Missing,
        Err(error) => return Entry::Other(error.to_string()),
    };
    let mode = metadata.permissions().mode() & 0o7777;
    if metadata.is_dir() {
        return Entry::Directory { mode };
    }
    if !metadata.is_file() {
        return Entry::Other("neither a file nor a directory".into());
    }
    match privacy {
        Privacy::Secret => Entry::File { mode, digest: None },
        Privacy::Open => match digest_of_file(path) {
            Ok(digest) => Entry::File { mode, digest: Some(digest) },
            Err(error) => Entry::Other(error.to_string()),
        },
    }
}

/// SHA-256 of a file, in hexadecimal.
pub fn digest_of_file(path: &Path) -> std::io::Result<String> {
    let mut file = File::open(path)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hex(&hash.finalize())),
            n => hash.update(&buffer[..n]),
        }
    }
}

/// SHA-256 of some bytes, in hexadecimal.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_has_no_digest() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("f");
        std::fs::write(&path, "abc").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(look(&path, Privacy::Open), Entry::File { mode: 0o640, digest: Some(abc.into()) });
        assert_eq!(look(&path, Privacy::Secret), Entry::File { mode: 0o640, digest: None });
        assert_eq!(digest(b"abc"), abc);
        assert_eq!(look(&dir.path().join("none"), Privacy::Open), Entry::Missing);
    }
}
