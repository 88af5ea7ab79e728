//! What is: facts about the machine, gathered concurrently, each with a deadline. Gathering cannot fail, it
//! can only not know; a call that hangs is left behind on its own thread and never joined. Nothing here
//! judges: that is what checks do.

pub mod data;
pub mod docker;
pub mod documents;
pub mod gpu;
pub mod far;
mod http;
pub mod listeners;
pub mod lock;
pub mod machine;
pub mod models;
pub mod network;
pub mod paths;
pub mod place;
pub mod ports;
pub mod security;
pub mod server;
pub mod services;
pub mod settings;
pub mod snapshot;
pub mod storage;
pub mod system;

use std::fmt;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

/// How long one look may take, unless told otherwise.
pub const DEADLINE: Duration = Duration::from_secs(2);

/// Why something is unknown that only root may see.
pub const NEEDS_ROOT: &str = "needs root";

/// Why something is unknown whose look ended without an answer.
pub const BROKE_OFF: &str = "the look broke off";

/// Something looked at: known, or not known and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Fact<T> {
    /// What was found.
    Known(T),
    /// Why it could not be found out.
    Unknown(String),
}

impl<T> Fact<T> {
    /// The value, where it is known.
    pub fn known(&self) -> Option<&T> {
        match self {
            Self::Known(value) => Some(value),
            Self::Unknown(_) => None,
        }
    }

    /// What follows from the value, where it is known and something follows.
    pub fn and_then<U, E: fmt::Display>(self, next: impl FnOnce(T) -> Result<U, E>) -> Fact<U> {
        match self {
            Self::Known(value) => next(value).into(),
            Self::Unknown(why) => Fact::Unknown(why),
        }
    }
}

impl<T> Default for Fact<T> {
    fn default() -> Self {
        Self::Unknown("not looked at".into())
    }
}

impl<T, E: fmt::Display> From<Result<T, E>> for Fact<T> {
    fn from(result: Result<T, E>) -> Self {
        match result {
            Ok(value) => Self::Known(value),
            Err(error) => Self::Unknown(error.to_string()),
        }
    }
}

/// A look under way on its own thread.
pub struct Probe<T> {
    answer: mpsc::Receiver<Fact<T>>,
    started: Instant,
    deadline: Duration,
}

impl<T: Send + 'static> Probe<T> {
    /// Starts looking, for [`DEADLINE`] at most.
    pub fn start(look: impl FnOnce() -> Fact<T> + Send + 'static) -> Self {
        Self::within(DEADLINE, look)
    }

    /// Starts looking, for this long at most.
    pub fn within(deadline: Duration, look: impl FnOnce() -> Fact<T> + Send + 'static) -> Self {
        let (send, answer) = mpsc::channel();
        // The thread is detached on purpose: a system call that hangs cannot be ended, only abandoned.
        // Where no thread can be had, the sender is dropped with the closure and the answer is Unknown at once.
        let _ = thread::Builder::new().name("probe".into()).spawn(move || {
            // Nobody listens any more where the deadline has passed.
            let _ = send.send(look());
        });
        Self { answer, started: Instant::now(), deadline }
    }

    /// The answer, or that there was none before the deadline, counted from the start.
    pub fn finish(self) -> Fact<T> {
        let left = self.deadline.saturating_sub(self.started.elapsed());
        match self.answer.recv_timeout(left) {
            Ok(fact) => fact,
            Err(mpsc::RecvTimeoutError::Timeout) => Fact::Unknown(no_answer(self.deadline)),
            Err(mpsc::RecvTimeoutError::Disconnected) => Fact::Unknown(BROKE_OFF.into()),
        }
    }
}

/// Why something is unknown that did not answer in time.
#[must_use]
pub fn no_answer(deadline: Duration) -> String {
    format!("no answer in {} s", deadline.as_secs_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hung_look_is_unknown_and_a_broken_one_too() {
        let hung: Probe<u8> = Probe::start(|| {
            loop {
                thread::park();
            }
        });
        let fine = Probe::start(|| Fact::Known(7_u8));
        assert_eq!(fine.finish(), Fact::Known(7));
        assert_eq!(hung.finish(), Fact::Unknown("no answer in 2 s".into()));
        let broken: Probe<u8> = Probe::start(|| std::panic::resume_unwind(Box::new(())));
        assert_eq!(broken.finish(), Fact::Unknown("the look broke off".into()));
    }
}
