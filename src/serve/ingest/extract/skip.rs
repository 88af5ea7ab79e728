//! Why a document was not indexed, in words for people and codes for machines.
//! Not an error in the server: a skipped document is an ordinary outcome that
//! the job report lists, and that travels from the worker process as JSON.

use serde::{Deserialize, Serialize};

/// The reason a file is not indexed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(rename_all = "kebab-case", tag = "code", content = "detail")]
pub enum Skip {
    /// The file, or the text in it, is over a limit.
    #[error("larger than {} (`{}`)", bytes(*limit), of.setting())]
    TooLarge {
        /// The limit in bytes.
        limit: u64,
        /// Which size was over it.
        of: Size,
    },
    /// The bytes are not text and not a document.
    #[error("not a text document")]
    Binary,
    /// A known kind of file that is not read.
    #[error("{0} are not supported")]
    Unsupported(String),
    /// Only a password would open it.
    #[error("protected by a password")]
    Encrypted,
    /// The file breaks the rules of its format.
    #[error("damaged: {0}")]
    Damaged(String),
    /// The document was read and says nothing.
    #[error("{}", no_text(*scanned))]
    NoText {
        /// Whether it has pages, which are then probably pictures of text.
        scanned: bool,
    },
    /// Reading it took longer than allowed.
    #[error("took longer than {seconds} s to read")]
    TooSlow {
        /// The limit in seconds.
        seconds: u64,
    },
    /// Reading it took more memory than allowed.
    #[error("needs more than {} of memory to read, or is nested too deeply", bytes(*limit))]
    TooHungry {
        /// The limit in bytes.
        limit: u64,
    },
    /// The reader broke on it.
    #[error("its reader failed: {0}")]
    Crashed(String),
    /// The operating system would not hand out its bytes.
    #[error("cannot be read: {0}")]
    Unreadable(String),
    /// A directory, socket, device or the like.
    #[error("not a regular file")]
    NotAFile,
    /// A symbolic link, which is never followed.
    #[error("a symbolic link")]
    Symlink,
    /// It was gone when its turn came.
    #[error("vanished before it was read")]
    Vanished,
}

/// Which size of a document was over a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Size {
    /// The text of it.
    Text,
    /// The file of it.
    File,
}

impl Size {
    /// The setting that holds the limit.
    #[must_use]
    pub fn setting(self) -> &'static str {
        match self {
            Self::Text => "documents.max_text",
            Self::File => "documents.max_file",
        }
    }
}

impl Skip {
    /// A short name of the reason, stable across versions.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::Binary => "binary",
            Self::Unsupported(_) => "unsupported",
            Self::Encrypted => "encrypted",
            Self::Damaged(_) => "damaged",
            Self::NoText { .. } => "no-text",
            Self::TooSlow { .. } => "too-slow",
            Self::TooHungry { .. } => "too-hungry",
            Self::Crashed(_) => "crashed",
            Self::Unreadable(_) => "unreadable",
            Self::NotAFile => "not-a-file",
            Self::Symlink => "symlink",
            Self::Vanished => "vanished",
        }
    }
}

/// A size in the largest unit that keeps it whole.
fn bytes(n: u64) -> String {
    [(30, "GiB"), (20, "MiB"), (10, "KiB")]
        .iter()
        .find(|(shift, _)| n > 0 && n.is_multiple_of(1 << shift))
        .map_or_else(|| format!("{n} bytes"), |(shift, unit)| format!("{} {unit}", n >> shift))
}

fn no_text(scanned: bool) -> &'static str {
    if scanned { "no text: scanned pages?" } else { "no text in it" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all() -> Vec<Skip> {
        let why = || "why".to_owned();
        vec![
            Skip::TooLarge { limit: 32 << 20, of: Size::Text },
            Skip::Binary,
            Skip::Unsupported("images".to_owned()),
            Skip::Encrypted,
            Skip::Damaged(why()),
            Skip::NoText { scanned: true },
            Skip::TooSlow { seconds: 90 },
            Skip::TooHungry { limit: 1 << 30 },
            Skip::Crashed(why()),
            Skip::Unreadable(why()),
            Skip::NotAFile,
            Skip::Symlink,
            Skip::Vanished,
        ]
    }

    #[test]
    fn messages_name_their_limits() {
        let said: Vec<String> = all().iter().map(ToString::to_string).collect();
        assert_eq!(said[0], "larger than 32 MiB (`documents.max_text`)");
        assert_eq!(said[6], "took longer than 90 s to read");
        assert_eq!(said[7], "needs more than 1 GiB of memory to read, or is nested too deeply");
        assert_eq!(bytes(1500), "1500 bytes");
        for message in said {
            assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{message}");
        }
    }

    #[test]
    fn the_serialised_tag_is_the_code() {
        for skip in all() {
            let json = serde_json::to_value(&skip).unwrap();
            assert_eq!(json["code"], skip.code());
            assert_eq!(serde_json::from_value::<Skip>(json).unwrap(), skip);
        }
    }
}
