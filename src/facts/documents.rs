//! The documents directories: whether each is there and can be read, and roughly how much is in it. It
//! opens no document.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use walkdir::WalkDir;

use super::Fact;

/// Counting stops here: it is for the person's orientation, not for the index.
const ENOUGH: usize = 10_000;

/// One documents directory.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Directory {
    /// Its path.
    pub path: PathBuf,
    /// What is there.
    pub state: Fact<State>,
}

/// What is at a documents directory's path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// A directory that can be read.
    Readable {
        /// How many files are below it, counted up to a limit.
        files: usize,
        /// There are more files than were counted.
        more: bool,
    },
    /// Nothing.
    Missing,
    /// Something that is not a directory.
    NotADirectory,
    /// It cannot be read, and why.
    Unreadable(String),
}

/// Looks at one directory; symbolic links below it are not followed.
pub fn look(path: &Path) -> Fact<State> {
    let state = match std::fs::read_dir(path) {
        Ok(_) => {
            let files = WalkDir::new(path).into_iter().flatten().filter(|entry| entry.file_type().is_file());
            let files = files.take(ENOUGH + 1).count();
            State::Readable { files: files.min(ENOUGH), more: files > ENOUGH }
        }
        Err(error) => match error.kind() {
            std::io::ErrorKind::NotFound => State::Missing,
            std::io::ErrorKind::NotADirectory => State::NotADirectory,
            _ => State::Unreadable(error.to_string()),
        },
    };
    Fact::Known(state)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_state() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("sub")).unwrap();
        std::fs::write(dir.path().join("sub/a.txt"), "a").unwrap();
        assert_eq!(look(dir.path()), Fact::Known(State::Readable { files: 1, more: false }));
        assert_eq!(look(&dir.path().join("none")), Fact::Known(State::Missing));
        assert_eq!(look(&dir.path().join("sub/a.txt")), Fact::Known(State::NotADirectory));
    }
}
