//! What goes into a support archive: each collector looks at one part of the machine and hands what it finds to a
//! sink, as a stream. Collectors change nothing, run side by side, and are left behind where they are late. They
//! know nothing of redaction or of the archive: both lie behind the sink.

mod api;
mod configuration;
mod data;
mod diagnosis;
mod docker;
pub(super) mod engine;
pub(super) mod files;
mod gpu;
mod journal;
mod kernel;
mod logs;
mod mounts;
mod network;
mod newest;
mod page;
mod processes;
mod system;
mod units;
mod versions;

use std::io::Write;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::config::Config;
use crate::config::paths::Home;
use crate::facts::BROKE_OFF;
use crate::facts::snapshot::Facts;
use crate::report::Report;

/// What collectors look at, and within which bounds.
#[derive(Debug)]
pub struct Scope {
    /// Where this installation lives.
    pub home: Home,
    /// The environment of this process.
    pub environment: Vec<(String, String)>,
    /// The configuration, where it can be read.
    pub config: Option<Config>,
    /// What the doctor saw.
    pub facts: Facts,
    /// What the doctor says of it.
    pub report: Report,
    /// Where the window of logs and events begins; none means with the oldest.
    pub since: Option<Timestamp>,
    /// Where it ends.
    pub now: Timestamp,
    /// Logs are not cut.
    pub all_logs: bool,
    /// The names of documents may be collected.
    pub include_content: bool,
    /// How large one file may become before it is cut, in bytes.
    pub cap: u64,
    /// How long one collector may take.
    pub deadline: Duration,
}

/// One part of what is collected.
pub struct Collector {
    /// Its name: one lower-case word.
    pub name: &'static str,
    /// What it collects, in a few words.
    pub about: &'static str,
    /// What it would collect; it reads nothing but sizes and cannot hang.
    pub plan: fn(&Scope) -> Vec<Planned>,
    /// Collects. An error is why the rest of it is missing.
    pub run: fn(&Scope, &dyn Sink) -> Result<(), String>,
}

/// A file that would be in the archive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Planned {
    /// Its path in the archive.
    pub path: String,
    /// Where its content comes from.
    pub source: String,
    /// How large it is, before redaction; none where only reading tells.
    pub bytes: Option<u64>,
}

impl Planned {
    fn new(path: impl Into<String>, source: impl Into<String>) -> Self {
        Self { path: path.into(), source: source.into(), bytes: None }
    }
}

/// Where collectors put what they find. Everything written is redacted on its way.
pub trait Sink: Send + Sync {
    /// Begins a file of the archive.
    fn file(&self, path: &str) -> Box<dyn FileSink>;
}

/// A file of the archive; it ends when it is dropped.
pub trait FileSink: Write + Send {
    /// Says that the file is not whole, and why.
    fn incomplete(&mut self, why: &str);
    /// Says that it broke off, maybe within a line: half of that line is left out.
    fn torn(&mut self, why: &str);
}

/// All of them.
pub const COLLECTORS: &[Collector] = &[
    diagnosis::COLLECTOR,
    versions::COLLECTOR,
    system::COLLECTOR,
    processes::COLLECTOR,
    configuration::COLLECTOR,
    logs::COLLECTOR,
    docker::COLLECTOR,
    api::COLLECTOR,
    data::COLLECTOR,
    gpu::COLLECTOR,
    mounts::COLLECTOR,
    network::COLLECTOR,
    journal::COLLECTOR,
];

/// How a collector ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Status {
    /// It came to its end.
    Done,
    /// It did not, and why.
    Failed(String),
    /// It was left behind.
    TimedOut,
}

/// What came of a collector.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// Its name.
    pub collector: &'static str,
    /// How long it took, or how long it was waited for.
    pub took: Duration,
    /// How it ended.
    pub status: Status,
}

/// Runs all collectors, each on a thread of its own and within its deadline. One that is late is left behind and
/// never joined: `stop` is called with its name, and has to see to it that its files take nothing any more.
pub fn run(
    scope: &Arc<Scope>,
    sink: &dyn Fn(&'static str) -> Arc<dyn Sink>,
    stop: &dyn Fn(&'static str),
) -> Vec<Outcome> {
    run_these(COLLECTORS, scope, sink, stop)
}

/// What a collector returned, and when.
type End = (Result<(), String>, Duration);

fn run_these(
    collectors: &'static [Collector],
    scope: &Arc<Scope>,
    sink: &dyn Fn(&'static str) -> Arc<dyn Sink>,
    stop: &dyn Fn(&'static str),
) -> Vec<Outcome> {
    let started = Instant::now();
    let start = |collector: &'static Collector| {
        let (send, end) = mpsc::channel();
        let (scope, sink) = (Arc::clone(scope), sink(collector.name));
        // Detached on purpose, as every look is: a system call that hangs cannot be ended, only abandoned.
        // Where no thread can be had, the sender is dropped with the closure, and the wait below ends at once.
        let _ = thread::Builder::new().name(collector.name.into()).spawn(move || {
            let result = (collector.run)(&scope, &*sink);
            drop(sink);
            // Nobody listens any more where the deadline has passed.
            let _ = send.send((result, started.elapsed()));
        });
        (collector.name, end)
    };
    // All are started before the first is waited for.
    let under_way: Vec<_> = collectors.iter().map(start).collect();
    let wait = |(collector, end): (&'static str, mpsc::Receiver<End>)| {
        let left = scope.deadline.saturating_sub(started.elapsed());
        let (status, took) = match end.recv_timeout(left) {
            Ok((Ok(()), took)) => (Status::Done, took),
            Ok((Err(why), took)) => (Status::Failed(why), took),
            Err(RecvTimeoutError::Disconnected) => {
                stop(collector);
                (Status::Failed(BROKE_OFF.into()), started.elapsed())
            }
            Err(RecvTimeoutError::Timeout) => {
                stop(collector);
                (Status::TimedOut, started.elapsed())
            }
        };
        Outcome { collector, took, status }
    };
    under_way.into_iter().map(wait).collect()
}

#[cfg(test)]
#[path = "testing.rs"]
pub(super) mod testing;

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
