//! How a command fails: what kind of failure it is (hence the exit code), what was tried on what,
//! and what the person can do next. It is not a catalogue of errors: each module keeps its own error
//! enums beside their hints and turns them into a [`Failure`] where they leave the module.

use std::fmt;
use std::process::ExitCode;

/// A command's result.
pub type Result<T> = std::result::Result<T, Failure>;

/// What kind of end a command came to, and so which exit code it has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It ran, and the answer is no: exit code 1.
    No,
    /// The command line is wrong: exit code 2.
    Usage,
    /// A configuration file or value is wrong: exit code 2.
    Config,
    /// The machine does not let it run (a port, a disk, a permission, a server): exit code 2.
    Environment,
    /// The person stopped it: exit code 130.
    Interrupted,
    /// Whoever read the output has gone away: exit code 0.
    BrokenPipe,
}

/// A failure as a person reads it: one line of message, the chain of causes, one line of hint.
#[derive(Debug)]
pub struct Failure {
    kind: Kind,
    message: String,
    hint: Option<String>,
}

impl Failure {
    /// A failure of `kind`; `message` is lower case, without a final period.
    pub fn new(kind: Kind, message: impl Into<String>) -> Self {
        Self { kind, message: message.into(), hint: None }
    }

    /// It ran, and the answer is no.
    pub fn no(message: impl Into<String>) -> Self {
        Self::new(Kind::No, message)
    }

    /// The command line is wrong.
    pub fn usage(message: impl Into<String>) -> Self {
        Self::new(Kind::Usage, message)
    }

    /// The configuration is wrong.
    pub fn config(message: impl Into<String>) -> Self {
        Self::new(Kind::Config, message)
    }

    /// The machine does not let it run.
    pub fn environment(message: impl Into<String>) -> Self {
        Self::new(Kind::Environment, message)
    }

    /// The same failure, telling what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same failure, with the error that caused it (and its own causes) after the message.
    #[must_use]
    pub fn because(mut self, cause: &dyn std::error::Error) -> Self {
        let mut next = Some(cause);
        while let Some(cause) = next {
            let text = cause.to_string();
            // Many errors repeat their source in their own text: say each thing once.
            if !self.message.contains(&text) {
                self.message.push_str(": ");
                self.message.push_str(&text);
            }
            next = cause.source();
        }
        self
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// What to do next, where something is known to help.
    #[must_use]
    pub fn hint_text(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// The process exit code for this failure.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.kind {
            Kind::BrokenPipe => 0,
            Kind::No => 1,
            Kind::Usage | Kind::Config | Kind::Environment => 2,
            Kind::Interrupted => 130,
        })
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Failure {}

/// Turns an `io::Error` into a failure that names what was being done.
pub trait IoContext<T> {
    /// `doing` is what was tried, on what: "create `/var/lib/tars`".
    fn trying(self, doing: impl fmt::Display) -> Result<T>;
}

impl<T> IoContext<T> for std::io::Result<T> {
    fn trying(self, doing: impl fmt::Display) -> Result<T> {
        self.map_err(|error| {
            let failure = Failure::environment(format!("cannot {doing}")).because(&error);
            match error.kind() {
                std::io::ErrorKind::StorageFull | std::io::ErrorKind::QuotaExceeded => {
                    failure.hint("free some space on that file system, then run the command again")
                }
                std::io::ErrorKind::ReadOnlyFilesystem => failure.hint(
                    "the file system is read-only: choose another place with `--home DIR`, or remount it",
                ),
                std::io::ErrorKind::PermissionDenied => failure.hint(
                    "run the command as the owner of that file, or choose another place with `--home DIR`",
                ),
                _ => failure,
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_said_once() {
        let cause = std::io::Error::other("disk on fire");
        let failure = Failure::environment("cannot write `x`: disk on fire").because(&cause);
        assert_eq!(failure.to_string(), "cannot write `x`: disk on fire");
    }

    #[test]
    fn a_full_disk_says_what_to_do() {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        let failure = Err::<(), _>(full).trying("write `x`").unwrap_err();
        assert_eq!(failure.kind(), Kind::Environment);
        assert!(failure.hint_text().unwrap().contains("free some space"));
    }
}
