//! The logs of containers that come and go: a reader for each, which begins again where it ended when its container is
//! started again, without telling anything twice.

use std::collections::BTreeMap;

use bollard::query_parameters::InspectContainerOptions;
use jiff::Timestamp;
use tokio::sync::mpsc::{self, Sender};
use tokio::task::JoinSet;

use super::entry::{Entry, Parser};
use super::merge::Merge;
use crate::failure::Result;
use crate::redact::keys::{self, Suspicion};
use crate::stack::engine::{DEADLINE, Engine};
use crate::stack::members::Member;
use crate::stack::reading::Reading;
use crate::ui::Stream;

/// So many entries of a log wait to be shown; its reader waits with the next.
const WAITING: usize = 32;

/// Which part of the logs is wanted.
#[derive(Debug, Clone, Default)]
pub struct Part {
    /// What comes goes on being shown.
    pub follow: bool,
    /// Nothing that is older.
    pub since: Option<Timestamp>,
    /// Only so many of the last lines: a number, or `all`.
    pub tail: String,
}

/// A container whose log is shown.
#[derive(Debug)]
pub struct Shown {
    /// Its id.
    pub id: String,
    /// Its name before each line.
    pub name: String,
    /// It is being read.
    pub open: bool,
    terminal: bool,
    again: bool,
    seen: Option<Seen>,
}

/// The readers.
pub struct Readers {
    engine: Engine,
    part: Part,
    /// The containers, by the key of their entries.
    pub shown: Vec<Shown>,
    /// The values of variables that have a telling name: they are not shown.
    pub secrets: Vec<Vec<u8>>,
    tasks: JoinSet<(usize, Seen, Result<()>)>,
}

impl Readers {
    /// None yet.
    #[must_use]
    pub fn new(engine: Engine, part: Part) -> Self {
        Self { engine, part, shown: Vec::new(), secrets: Vec::new(), tasks: JoinSet::new() }
    }

    /// Reads the log of a container, from its beginning where it is a new one, and else from where it was left.
    ///
    /// # Errors
    /// The engine does not answer, or has no such container any more.
    pub async fn open(&mut self, member: &Member, name: String, merge: &mut Merge) -> Result<()> {
        let key = match self.shown.iter().position(|shown| shown.id == member.container.id) {
            Some(key) if self.shown[key].open => {
                self.shown[key].again = true;
                return Ok(());
            }
            Some(key) => key,
            None => {
                let terminal = self.look(member).await?;
                let id = member.container.id.clone();
                self.shown.push(Shown { id, name, open: false, terminal, again: false, seen: None });
                self.shown.len() - 1
            }
        };
        self.start(key, merge);
        Ok(())
    }

    /// Waits until a reader has come to its end, forever where there is none; its container and whether that is to be
    /// read again at once.
    pub async fn ended(&mut self) -> (usize, bool, Result<()>) {
        let Some(ended) = self.tasks.join_next().await else { return std::future::pending().await };
        // A reader that panics is a fault of this program, and goes on as one.
        let (key, seen, how) = ended.unwrap_or_else(|error| std::panic::resume_unwind(error.into_panic()));
        let shown = &mut self.shown[key];
        shown.open = false;
        shown.seen = Some(seen);
        (key, std::mem::take(&mut shown.again), how)
    }

    /// Reads on where a reader ended.
    pub fn start(&mut self, key: usize, merge: &mut Merge) {
        let (says, arriving) = mpsc::channel(WAITING);
        merge.add(key, arriving);
        let shown = &mut self.shown[key];
        shown.open = true;
        let (engine, part) = (self.engine.clone(), self.part.clone());
        let (id, name, parser) = (shown.id.clone(), shown.name.clone(), Parser::new(shown.terminal));
        let mut seen = shown.seen.take().unwrap_or_default();
        self.tasks.spawn(async move {
            let how = read(&engine, &part, (&id, &name), parser, &mut seen, &says).await;
            (key, seen, how)
        });
    }

    /// Whether the container has a terminal; its secrets are noted.
    async fn look(&mut self, member: &Member) -> Result<bool> {
        let what = format!("look at the container `{}`", member.container.name);
        let request =
            self.engine.docker.inspect_container(&member.container.id, None::<InspectContainerOptions>);
        let config = self.engine.ask(what, request).await?.config.unwrap_or_default();
        for variable in config.env.unwrap_or_default() {
            if let Some((name, value)) = variable.split_once('=')
                && matches!(keys::suspicion(name.as_bytes()), Some(Suspicion::Certain | Suspicion::Likely))
            {
                self.secrets.push(value.into());
            }
        }
        Ok(config.tty.unwrap_or(false))
    }
}

async fn read(
    engine: &Engine,
    part: &Part,
    (id, name): (&str, &str),
    mut parser: Parser,
    seen: &mut Seen,
    says: &Sender<Entry>,
) -> Result<()> {
    let since = seen.at.or(part.since);
    let tail = if seen.at.is_some() { "all" } else { &part.tail };
    let mut query: Vec<(&str, String)> =
        ["stdout", "stderr", "timestamps"].into_iter().map(|name| (name, "1".to_string())).collect();
    query.push(("follow", u8::from(part.follow).to_string()));
    query.push(("tail", tail.to_string()));
    if let Some(since) = since {
        query.push(("since", format!("{}.{:09}", since.as_second(), since.subsec_nanosecond())));
    }
    seen.rewind();
    let what = format!("read the log of `{name}`");
    let mut reading = Reading::open(engine, what, &format!("/containers/{id}/logs"), &query).await?;
    let deadline = (!part.follow).then_some(DEADLINE);
    loop {
        let bytes = reading.next(deadline).await?;
        if let Some(bytes) = &bytes {
            parser.push(bytes);
        }
        while let Some(entry) = parser.next().or_else(|| bytes.is_none().then(|| parser.finish()).flatten()) {
            // Nobody takes it any more: the command is about to end.
            if seen.is_new(&entry) && says.send(entry).await.is_err() {
                return Ok(());
            }
        }
        if bytes.is_none() {
            return Ok(());
        }
    }
}

/// How far a log was read: the time of the last line, and how many lines have it.
#[derive(Debug, Clone, Default)]
struct Seen {
    at: Option<Timestamp>,
    lines: u64,
    /// How many of those are still to come once more.
    again: u64,
    /// The streams whose line is one that was shown already.
    passing: BTreeMap<bool, bool>,
}

impl Seen {
    /// The log is read again, from the time of the last line.
    fn rewind(&mut self) {
        self.again = self.lines;
        self.passing.clear();
    }

    fn is_new(&mut self, entry: &Entry) -> bool {
        let stream = entry.from == Stream::Out;
        if !entry.begins {
            return !self.passing.get(&stream).copied().unwrap_or(false);
        }
        let old = match self.at {
            Some(at) if entry.at == at && self.again > 0 => {
                self.again -= 1;
                true
            }
            Some(at) => entry.at < at && self.again > 0,
            None => false,
        };
        self.passing.insert(stream, old);
        if !old {
            self.again = 0;
            self.lines = if self.at == Some(entry.at) { self.lines + 1 } else { 1 };
            self.at = Some(entry.at);
        }
        !old
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(second: i64, begins: bool) -> Entry {
        Entry {
            at: Timestamp::from_second(second).unwrap(),
            from: Stream::Out,
            text: b"x\n".to_vec(),
            begins,
        }
    }

    #[test]
    fn what_was_shown_is_not_shown_again() {
        let mut seen = Seen::default();
        for (second, begins) in [(1, true), (2, true), (2, true), (2, false)] {
            assert!(seen.is_new(&entry(second, begins)));
        }
        seen.rewind();
        let log = [(2, true, false), (2, true, false), (2, false, false), (2, true, true), (3, true, true)];
        for (second, begins, new) in log {
            assert_eq!(seen.is_new(&entry(second, begins)), new, "{second} {begins}");
        }
        seen.rewind();
        assert!(!seen.is_new(&entry(3, true)) && seen.is_new(&entry(3, true)));
    }
}
