//! Files as they are named and read: paths made absolute without asking the disk, and texts of a bounded size. What is
//! in a text is for others.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use super::{Place, Problem, Result};

/// No larger file is read.
const LARGEST: u64 = 16 << 20;

/// A path as seen from a directory, without `.` and `..`.
#[must_use]
pub fn absolute(directory: &Path, path: &Path) -> PathBuf {
    if is_stdin(path) {
        return path.to_path_buf();
    }
    let mut clean = PathBuf::new();
    for part in directory.join(path).components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                clean.pop();
            }
            part => clean.push(part),
        }
    }
    clean
}

/// It stands for the standard input.
#[must_use]
pub fn is_stdin(path: &Path) -> bool {
    path == Path::new("-")
}

/// The text of a file.
///
/// # Errors
/// It is not there, cannot be read, is too large or no text; said at the place that names it.
pub fn read_text(file: &Path, place: &Place) -> Result<String> {
    let wrong = |message: String| Problem::new(place, message);
    let size = std::fs::metadata(file)
        .map_err(|error| wrong(format!("`{}` cannot be read: {}", file.display(), reason(&error))))?;
    if size.is_dir() {
        return Err(wrong(format!("`{}` is a directory, and a file is expected", file.display())));
    }
    if size.len() > LARGEST {
        return Err(wrong(format!("`{}` is larger than 16 MiB", file.display())));
    }
    let bytes = std::fs::read(file)
        .map_err(|error| wrong(format!("`{}` cannot be read: {}", file.display(), reason(&error))))?;
    String::from_utf8(bytes).map_err(|_| wrong(format!("`{}` is not UTF-8 text", file.display())))
}

/// The beginning of a file, for what is wrong with it as a whole.
#[must_use]
pub fn start_of(file: &Path) -> Place {
    Place { file: Arc::from(file), line: 0, column: 0 }
}

fn reason(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "permission denied".into(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn paths_are_absolute_and_plain() {
        let rows = [
            ("a", "/x/y/a"),
            ("./a/../b", "/x/y/b"),
            ("../../..", "/"),
            ("/q/./r", "/q/r"),
            ("", "/x/y"),
            ("-", "-"),
        ];
        for (path, expected) in rows {
            assert_eq!(absolute(Path::new("/x/y"), Path::new(path)), Path::new(expected), "{path}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_said() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("a"), "text").unwrap();
        fs::write(folder.path().join("b"), [0xff, 0xfe, 0x00]).unwrap();
        fs::File::create(folder.path().join("large")).unwrap().set_len(LARGEST + 1).unwrap();
        let read = |name: &str| {
            read_text(&folder.path().join(name), &Place::nowhere()).map_err(|problem| problem.message)
        };
        assert_eq!(read("a"), Ok("text".into()));
        let rows = [
            ("d", "is a directory"),
            ("b", "is not UTF-8"),
            ("c", "there is no such file"),
            ("large", "is larger than 16 MiB"),
        ];
        for (name, expected) in rows {
            assert!(read(name).unwrap_err().contains(expected), "{name}");
        }
    }
}
