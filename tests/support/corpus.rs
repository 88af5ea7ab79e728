//! The real documents that `cargo xtask test` fetches: manuals of Debian packages, sorted by kind.

use std::path::PathBuf;

use super::{skip, target};

/// The directory of one package's documents of this kind (`html`, `text`, `pdf`); skips the test where the
/// corpora are not there.
pub fn package(kind: &str, name: &str) -> Option<PathBuf> {
    there(target().join("corpus").join(kind).join(name))
}

/// The directory of all documents of a kind; skips the test where the corpora are not there.
pub fn all(kind: &str) -> Option<PathBuf> {
    there(target().join("corpus").join(kind))
}

fn there(path: PathBuf) -> Option<PathBuf> {
    if target().join("corpus/stamp").is_file() && path.is_dir() {
        return Some(path);
    }
    skip(&format!("there is no corpus `{}`: `cargo xtask test` fetches it", path.display()));
    None
}
