//! `tars ops logs` of a stack: the logs of its services side by side in the order of time, each line behind the name of
//! its container; those of containers that are started again go on.

mod entry;
mod follow;
mod merge;
mod print;

use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tokio::time::Instant;

use self::follow::{Part, Readers};
use self::merge::Merge;
use self::print::Printer;
use super::{Stack, select};
use crate::config::secrets;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::redact::values::Values;
use crate::redact::{Redactor, Tags};
use crate::stack::labels;
use crate::stack::members::{self, Member};
use crate::stack::observed::State;
use crate::stack::reading::Reading;
use crate::ui::Ui;

/// How long a stack may have no container that runs before nobody waits for one any more: a restart takes less.
const GRACE: Duration = Duration::from_secs(3);

/// How long a reader rests before it reads again the log of a container that still runs.
const REST: Duration = Duration::from_millis(250);

/// What is wanted of the logs.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// What comes goes on being shown, until interrupted.
    pub follow: bool,
    /// Nothing that is older.
    pub since: Option<Timestamp>,
    /// Only so many of the last lines of each container; none: all.
    pub tail: Option<usize>,
    /// Before each line stands when it was written.
    pub times: bool,
    /// Only these services.
    pub services: Vec<String>,
}

/// Shows the logs.
pub fn run(ctx: &Ctx, stack: &Stack, wanted: &Wanted) -> Result<()> {
    let tail = wanted.tail.map_or_else(|| "all".to_string(), |lines| lines.to_string());
    let part = Part { follow: wanted.follow, since: wanted.since, tail };
    ctx.block_on(async {
        // From before the list, so that nothing is started unseen between the two.
        let mut events = if wanted.follow { Some(Events::open(stack).await?) } else { None };
        let there = members::members(&stack.engine, &stack.target.name).await?;
        let chosen = select(&stack.target, &there, &wanted.services)?;
        if chosen.is_empty() {
            ctx.ui.note(&format!("the stack `{}` has no container", stack.target.name));
            return Ok(());
        }
        let mut show = Show {
            merge: Merge::new(wanted.follow),
            readers: Readers::new(stack.engine.clone(), part),
            printer: Printer::new(&ctx.ui, wanted.times),
            ui: &ctx.ui,
            stack,
            failures: Vec::new(),
        };
        for member in &chosen {
            show.open(member).await?;
        }
        match &mut events {
            Some(events) => show.follow(events, &wanted.services).await,
            None => show.all().await,
        }
    })
}

struct Show<'a> {
    merge: Merge,
    readers: Readers,
    printer: Printer<'a>,
    ui: &'a Ui,
    stack: &'a Stack,
    failures: Vec<Failure>,
}

impl Show<'_> {
    async fn open(&mut self, member: &Member) -> Result<()> {
        let (secrets, shown) = (self.readers.secrets.len(), self.readers.shown.len());
        let name = member.short_name(&self.stack.target.name);
        self.readers.open(member, name, &mut self.merge).await?;
        if let Some(added) = self.readers.shown.get(shown) {
            self.printer.width = self.printer.width.max(added.name.chars().count());
        }
        if self.readers.secrets.len() > secrets {
            let mut key = [0; 32];
            key.copy_from_slice(&secrets::random(32)?);
            let values = Values::new(self.readers.secrets.iter().cloned());
            self.printer.redactor = Redactor { values, identifiers: None, tags: Tags::new(key) };
        }
        Ok(())
    }

    /// Shows what has arrived.
    fn show(&mut self) -> Result<()> {
        while let Some((key, entry)) = self.merge.ready() {
            self.printer.put(key, &self.readers.shown[key].name, entry)?;
        }
        self.printer.flush()
    }

    /// Until all are at their end.
    async fn all(mut self) -> Result<()> {
        let mut reading = self.readers.shown.len();
        loop {
            self.show()?;
            if reading == 0 && self.merge.is_over() {
                break;
            }
            tokio::select! {
                () = self.merge.arrives(), if !self.merge.is_over() => {}
                (_, _, how) = self.readers.ended(), if reading > 0 => {
                    reading -= 1;
                    self.failures.extend(how.err());
                }
            }
        }
        self.printer.end()?;
        self.verdict()
    }

    /// Until nothing of the stack has run for a while, or the person has seen enough.
    async fn follow(mut self, events: &mut Events, services: &[String]) -> Result<()> {
        let mut alone_since = None;
        loop {
            self.show()?;
            let open = self.readers.shown.iter().any(|shown| shown.open);
            let until = (!open).then(|| *alone_since.get_or_insert_with(|| Instant::now() + GRACE));
            if open {
                alone_since = None;
            }
            tokio::select! {
                () = self.merge.arrives(), if !self.merge.is_over() => {}
                (key, again, how) = self.readers.ended() => self.ended(key, again, how).await?,
                started = events.started() => {
                    let started = started?;
                    let there = members::members(&self.stack.engine, &self.stack.target.name).await?;
                    let wanted = |member: &&Member| {
                        started.contains(&member.container.id)
                            && (services.is_empty() || services.contains(&member.container.service))
                    };
                    for member in there.iter().filter(wanted) {
                        self.open(member).await?;
                    }
                }
                () = reached(until) => {
                    let there = members::members(&self.stack.engine, &self.stack.target.name).await?;
                    if !select(&self.stack.target, &there, services)?.iter().any(Member::is_up) {
                        break;
                    }
                    alone_since = Some(Instant::now() + GRACE);
                }
            }
        }
        self.printer.end()?;
        self.verdict()
    }

    /// A log that is followed ends with the run of its container, and goes on with the next.
    async fn ended(&mut self, key: usize, again: bool, how: Result<()>) -> Result<()> {
        self.show()?;
        self.printer.ended(key)?;
        if let Err(failure) = how {
            self.failures.push(failure);
            return Ok(());
        }
        let runs = || async {
            tokio::time::sleep(REST).await;
            let id = &self.readers.shown[key].id;
            let there = members::members(&self.stack.engine, &self.stack.target.name).await?;
            let this = there.iter().find(|member| member.container.id == *id);
            Ok::<_, Failure>(this.is_some_and(|member| member.container.state == State::Running))
        };
        if again || runs().await? {
            self.readers.start(key, &mut self.merge);
        }
        Ok(())
    }

    /// A log that cannot be read is told, and the others are shown.
    fn verdict(mut self) -> Result<()> {
        let Some(last) = self.failures.pop() else { return Ok(()) };
        for failure in self.failures {
            self.ui.note(&failure.to_string());
        }
        Err(last)
    }
}

async fn reached(until: Option<Instant>) {
    match until {
        Some(until) => tokio::time::sleep_until(until).await,
        None => std::future::pending().await,
    }
}

/// What the engine tells of the containers of a project as it happens.
struct Events {
    reading: Reading,
    buffer: Vec<u8>,
}

/// One thing that happened.
#[derive(Deserialize)]
struct Event {
    #[serde(rename = "Actor")]
    actor: Actor,
}

#[derive(Deserialize)]
struct Actor {
    #[serde(rename = "ID")]
    id: String,
}

impl Events {
    async fn open(stack: &Stack) -> Result<Self> {
        let label = format!("{}={}", labels::PROJECT, stack.target.name);
        let filters = serde_json::json!({ "type": ["container"], "event": ["start"], "label": [label] });
        let query = [("filters", filters.to_string())];
        let reading =
            Reading::open(&stack.engine, "follow what the engine does".into(), "/events", &query).await?;
        Ok(Self { reading, buffer: Vec::new() })
    }

    /// Waits until containers are started; their ids. Nothing is lost where nobody waits for the end of it.
    async fn started(&mut self) -> Result<Vec<String>> {
        loop {
            if let Some(end) = memchr::memrchr(b'\n', &self.buffer) {
                let lines: Vec<u8> = self.buffer.drain(..=end).collect();
                let events = serde_json::Deserializer::from_slice(&lines).into_iter::<Event>();
                return Ok(events.flatten().map(|event| event.actor.id).collect());
            }
            match self.reading.next(None).await? {
                Some(bytes) => self.buffer.extend_from_slice(&bytes),
                None => {
                    return Err(Failure::environment("the container engine has ended")
                        .hint("`sudo systemctl status docker` says why"));
                }
            }
        }
    }
}

/// `10m`, `2h30m`, or a time as `2026-01-31T12:00:00Z` or `2026-01-31`, by the clock of this machine where it does not say.
///
/// # Errors
/// It is none of these.
pub fn since(text: &str, now: Timestamp) -> std::result::Result<Timestamp, String> {
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(at);
    }
    let zone = jiff::tz::TimeZone::system();
    if let Ok(at) = text.parse::<jiff::civil::DateTime>() {
        return at.to_zoned(zone).map(|at| at.timestamp()).map_err(|error| error.to_string());
    }
    if let Ok(ago) = text.parse::<jiff::SignedDuration>()
        && !ago.is_negative()
        && let Ok(at) = now.checked_sub(ago)
    {
        return Ok(at);
    }
    if let Ok(seconds) = text.parse::<i64>() {
        return Timestamp::from_second(seconds).map_err(|error| error.to_string());
    }
    Err("a duration such as `10m` or `2h`, or a time such as `2026-01-31T12:00:00Z`".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn since_is_a_duration_or_a_time() {
        let now: Timestamp = "2026-01-31T12:00:00Z".parse().unwrap();
        for (text, at) in [
            ("10m", "2026-01-31T11:50:00Z"),
            ("2h", "2026-01-31T10:00:00Z"),
            ("2h30m", "2026-01-31T09:30:00Z"),
            ("1h 5s", "2026-01-31T10:59:55Z"),
            ("2026-01-30T01:02:03Z", "2026-01-30T01:02:03Z"),
            ("2026-01-30T01:02:03.5+01:00", "2026-01-30T00:02:03.5Z"),
            ("0", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(since(text, now), Ok(at.parse().unwrap()), "{text}");
        }
        assert!(since("2026-01-30", now).is_ok() && since("2026-01-30T01:02", now).is_ok());
        for text in ["", "yesterday", "-5m", "10 parsecs"] {
            assert!(since(text, now).is_err(), "{text}");
        }
    }
}
