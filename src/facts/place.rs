//! Who may do what with a file or a directory: its permission bits and its owner, by name where the system's
//! own list has one. It reads no content, and asks no directory service, which could hang.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use super::{Fact, NEEDS_ROOT, no_answer};

/// A file or a directory, as it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Place {
    /// Its path.
    pub path: String,
    /// There is something.
    pub exists: bool,
    /// It is a directory.
    pub directory: bool,
    /// Its permission bits.
    pub mode: u32,
    /// The number of its owner.
    pub uid: u32,
    /// The number of its group.
    pub gid: u32,
    /// The name of its owner, or the number where there is none.
    pub owner: String,
    /// When its content was last changed.
    pub modified: Option<Timestamp>,
}

/// Looks at a path; links are followed.
pub(super) fn look(asked: &Asked, path: &Path) -> Fact<Place> {
    if !asked.answers(path) {
        return Fact::Unknown(no_answer(asked.deadline));
    }
    let shown = path.to_string_lossy().into_owned();
    match std::fs::metadata(path) {
        Ok(found) => Fact::Known(Place {
            path: shown,
            exists: true,
            directory: found.is_dir(),
            mode: found.mode() & 0o7777,
            uid: found.uid(),
            gid: found.gid(),
            owner: user_name(asked, found.uid()),
            modified: found.modified().ok().and_then(|time| Timestamp::try_from(time).ok()),
        }),
        Err(error) => match error.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
                Fact::Known(Place { path: shown, ..Place::default() })
            }
            _ => Fact::Unknown(why(&error)),
        },
    }
}

/// Why something could not be looked at.
pub(super) fn why(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::PermissionDenied if !nix::unistd::geteuid().is_root() => NEEDS_ROOT.into(),
        _ => error.to_string(),
    }
}

/// The name of a user in `/etc/passwd`, or the number.
pub(super) fn user_name(asked: &Asked, uid: u32) -> String {
    let text = std::fs::read(asked.at("/etc/passwd")).unwrap_or_default();
    named(&String::from_utf8_lossy(&text), uid).unwrap_or_else(|| uid.to_string())
}

/// Whether this user's services go on after the sign-out. Whom a directory service knows stands in no list of
/// this machine, but in the environment.
pub(super) fn lingering(asked: &Asked) -> bool {
    let listed = user_name(asked, nix::unistd::geteuid().as_raw());
    let directory = asked.at("/var/lib/systemd/linger");
    [Some(listed.as_str()), asked.variable("USER")]
        .into_iter()
        .flatten()
        .any(|name| directory.join(name).exists())
}

fn named(passwd: &str, uid: u32) -> Option<String> {
    passwd.lines().find_map(|line| {
        let mut fields = line.split(':');
        let (name, number) = (fields.next()?, fields.nth(1)?);
        (number.parse() == Ok(uid)).then(|| name.to_string())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_from_the_list() {
        let text = "root:x:0:0:root:/root:/bin/sh\nbroken\n:\nann:x:1000:1000::/home/ann:/bin/sh\nx:y:z\n";
        assert_eq!(named(text, 1000).as_deref(), Some("ann"));
        assert_eq!(named(text, 7), None);
    }
}
