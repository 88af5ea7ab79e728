//! The real documents that `cargo xtask test` fetches: manuals of Debian packages, sorted by kind.

use std::path::PathBuf;

use super::{skip, target};

/// The directory of one package's documents of this kind (`html`, `text`, `pdf`); skips the test where the
/// corpora are not there.
pub fn package(kind: &str, name: &str) -> Option<PathBuf> {
    let path = target().join("corpus").join(kind).join(name);
    if target().join("corpus/stamp").is_file() && path.is_dir() {
        return Some(path);
    }
    skip(&format!("there is no corpus `{kind}/{name}`: `cargo xtask test` fetches it"));
    None
}
