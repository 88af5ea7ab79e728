//! Waiting until the containers of a service are as they have to be: healthy by their own health check, running
//! steadily where they have none, or done. A container that flaps is given a few chances, and every wait has an end.

use std::time::Duration;

use bollard::models::HealthConfig;
use bollard::query_parameters::InspectContainerOptions;
use tokio::time::{Instant, sleep};

use crate::stack::engine::Engine;
use crate::stack::model::Condition;
use crate::stack::observed::{Health, State};

use super::watch::{Seen, View, Watch};

/// How long a container without a health check has to run before it counts as running.
const STEADY: Duration = Duration::from_secs(1);

/// The same for one that has ended before.
const STEADY_AGAIN: Duration = Duration::from_secs(5);

/// It is not waited for a container any more that has ended this often.
const DEATHS: u32 = 3;

/// The longest wait where nobody says another: for what is to be done, and for what is to run.
const LONGEST: (Duration, Duration) = (Duration::from_secs(3600), Duration::from_secs(1800));

/// How long something without a health check may take to run.
const TO_RUN: Duration = Duration::from_secs(60);

/// How often what was seen is judged again, because time alone can change the answer.
const TICK: Duration = Duration::from_millis(100);

/// How often in a row the engine may fail to say how things are.
const SILENCES: u32 = 3;

/// What is waited for.
pub struct Wanted<'a> {
    /// The containers of the service, by id.
    pub ids: &'a [String],
    /// What they have to be.
    pub until: Condition,
    /// Whether the engine starts them again when they end.
    pub restarts: bool,
    /// How long, where somebody says so.
    pub limit: Option<Duration>,
}

/// Why it is not waited any longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stuck {
    /// A container is not there any more.
    Gone,
    /// One ended with this code.
    Ended(i64),
    /// One ends again and again.
    Loops(u32),
    /// One is unhealthy.
    Unhealthy,
    /// Its health is waited for, and it has no health check.
    Unchecked,
    /// It took longer than this.
    Late(Duration),
    /// The engine does not say any more how things are.
    Silent(String),
}

impl std::fmt::Display for Stuck {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Gone => write!(f, "its container was removed meanwhile"),
            Self::Ended(code) => write!(f, "its container ended with {code}"),
            Self::Loops(times) => write!(f, "its container has ended {times} times by now"),
            Self::Unhealthy => write!(f, "it is unhealthy"),
            Self::Unchecked => write!(f, "its health is waited for, and it has no health check"),
            Self::Late(limit) => write!(f, "it was not ready within {} s", limit.as_secs()),
            Self::Silent(why) => write!(f, "the engine does not say how it is: {why}"),
        }
    }
}

/// What to make of a container.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Ready,
    /// What it is doing.
    NotYet(String),
    Never(Stuck),
}

/// Waits, and says what they are then; `doing` is told what they are doing meanwhile. Where it is in vain, the id of the
/// container and why.
pub async fn until(
    watch: &Watch<'_>,
    engine: &Engine,
    wanted: &Wanted<'_>,
    doing: impl Fn(&str),
) -> Result<&'static str, (String, Stuck)> {
    let begun = Instant::now();
    let mut views = watch.views();
    let mut pace: Option<Pace> = None;
    loop {
        let view = views.borrow_and_update().clone();
        let mut at_fault = wanted.ids.first().cloned().unwrap_or_default();
        if let Some(stuck) = silence(&view) {
            return Err((at_fault, stuck));
        }
        // What was seen before says nothing about what has just been started.
        if view.at >= begun {
            let (id, verdict) = all(&view, wanted, pace.as_ref(), Instant::now());
            match verdict {
                Verdict::Ready => return Ok(reached(&view, wanted)),
                Verdict::Never(stuck) => return Err((id, stuck)),
                Verdict::NotYet(text) => doing(&text),
            }
            at_fault = id;
            if pace.is_none()
                && let Some(checked) = checked(&view, wanted)
            {
                pace = Some(Pace::of(engine, checked).await);
            }
        }
        let limit = limit(wanted, pace.as_ref());
        if begun.elapsed() > limit {
            return Err((at_fault, Stuck::Late(limit)));
        }
        tokio::select! {
            _ = views.changed() => {}
            () = sleep(TICK) => {}
        }
    }
}

/// What containers are that are as they have to be: `healthy`, `completed` or `running`.
fn reached(view: &View, wanted: &Wanted<'_>) -> &'static str {
    let seen = || wanted.ids.iter().filter_map(|id| view.seen.get(id));
    if seen().any(|seen| seen.container.health == Some(Health::Healthy)) {
        "healthy"
    } else if seen().any(|seen| seen.container.state == State::Exited) {
        "completed"
    } else {
        "running"
    }
}

fn silence(view: &View) -> Option<Stuck> {
    view.silent.as_ref().filter(|(times, _)| *times >= SILENCES).map(|(_, why)| Stuck::Silent(why.clone()))
}

/// One of the containers that has a health check.
fn checked<'w>(view: &View, wanted: &'w Wanted<'_>) -> Option<&'w str> {
    let has = |id: &&String| view.seen.get(*id).is_some_and(|seen| seen.container.health.is_some());
    wanted.ids.iter().find(has).map(String::as_str)
}

fn limit(wanted: &Wanted<'_>, pace: Option<&Pace>) -> Duration {
    wanted.limit.unwrap_or_else(|| match (wanted.until, pace) {
        (Condition::Completed, _) => LONGEST.0,
        (_, Some(pace)) => pace.longest(),
        (_, None) => TO_RUN,
    })
}

/// The containers of a service together: the worst of them counts, and its id is told.
fn all(view: &View, wanted: &Wanted<'_>, pace: Option<&Pace>, now: Instant) -> (String, Verdict) {
    let mut together = (String::new(), Verdict::Ready);
    for id in wanted.ids {
        let verdict = match view.seen.get(id) {
            Some(seen) => judge(seen, wanted, pace, now),
            None => Verdict::Never(Stuck::Gone),
        };
        match verdict {
            Verdict::Ready => {}
            Verdict::Never(stuck) => return (id.clone(), Verdict::Never(stuck)),
            not_yet @ Verdict::NotYet(_) => together = (id.clone(), not_yet),
        }
    }
    together
}

fn judge(seen: &Seen, wanted: &Wanted<'_>, pace: Option<&Pace>, now: Instant) -> Verdict {
    let told = &seen.told;
    let code = seen.container.exit_code.unwrap_or_default();
    match seen.container.state {
        State::Created => Verdict::NotYet("not started yet".into()),
        State::Paused => Verdict::NotYet("paused".into()),
        State::Removing | State::Dead => Verdict::Never(Stuck::Gone),
        State::Exited if code == 0 && (wanted.until == Condition::Completed || is_one_shot(wanted)) => {
            Verdict::Ready
        }
        State::Exited => Verdict::Never(Stuck::Ended(code)),
        State::Running | State::Restarting if told.deaths >= DEATHS => {
            Verdict::Never(Stuck::Loops(told.deaths))
        }
        State::Restarting => Verdict::NotYet(format!("ended with {code}, is started again")),
        State::Running if wanted.until == Condition::Completed => Verdict::NotYet("at work".into()),
        State::Running => running(seen, wanted, pace, now),
    }
}

/// Nobody starts it again when it ends, and nobody needs it to be healthy: it may as well have done its work.
fn is_one_shot(wanted: &Wanted<'_>) -> bool {
    wanted.until == Condition::Started && !wanted.restarts
}

fn running(seen: &Seen, wanted: &Wanted<'_>, pace: Option<&Pace>, now: Instant) -> Verdict {
    let told = &seen.told;
    let since = |time: Option<Instant>| time.map_or(Duration::ZERO, |time| now.duration_since(time));
    match seen.container.health {
        Some(Health::Healthy) => Verdict::Ready,
        // One more check may find it well again.
        Some(Health::Unhealthy) if since(told.unhealthy) > pace.map_or(STEADY_AGAIN, Pace::one_more) => {
            Verdict::Never(Stuck::Unhealthy)
        }
        Some(Health::Unhealthy) => Verdict::NotYet("unhealthy".into()),
        Some(Health::Starting) => Verdict::NotYet(starting(seen, pace, now)),
        None if wanted.until == Condition::Healthy => Verdict::Never(Stuck::Unchecked),
        None => {
            let steady = if told.deaths == 0 { STEADY } else { STEADY_AGAIN };
            if since(told.since) >= steady { Verdict::Ready } else { Verdict::NotYet("started".into()) }
        }
    }
}

/// How a health check is going: what failed, and when it is made again.
fn starting(seen: &Seen, pace: Option<&Pace>, now: Instant) -> String {
    let told = &seen.told;
    let failed = match told.failed {
        0 => String::new(),
        1 => ", 1 check failed".into(),
        times => format!(", {times} checks failed"),
    };
    let last = told.probed.or(told.since);
    let next = last.zip(pace).map(|(last, pace)| (last + pace.interval).saturating_duration_since(now));
    let next = next.map(|next| format!(", next in {} s", next.as_secs_f64().ceil())).unwrap_or_default();
    format!("starting{failed}{next}")
}

/// How a health check is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pace {
    interval: Duration,
    timeout: Duration,
    retries: u32,
    start: Duration,
}

impl Pace {
    /// The pace of a container, its own or that of its image; the engine's where it cannot be asked.
    async fn of(engine: &Engine, id: &str) -> Self {
        let question = engine.docker.inspect_container(id, None::<InspectContainerOptions>);
        let answer = engine.ask(format!("inspect the container `{id}`"), question).await;
        let check = answer.ok().and_then(|container| container.config?.healthcheck);
        Self::from(&check.unwrap_or_default())
    }

    /// When it is surely decided whether a container is well.
    fn longest(&self) -> Duration {
        let checks = (self.interval + self.timeout).saturating_mul(self.retries + 1);
        (self.start.saturating_add(checks) + TO_RUN / 4).min(LONGEST.1)
    }

    /// How long one that is unhealthy is given to recover.
    fn one_more(&self) -> Duration {
        self.interval.clamp(STEADY, STEADY_AGAIN * 2) + STEADY
    }
}

impl From<&HealthConfig> for Pace {
    fn from(check: &HealthConfig) -> Self {
        let time = |nanoseconds: Option<i64>, otherwise: u64| match nanoseconds.map(u64::try_from) {
            Some(Ok(nanoseconds)) if nanoseconds > 0 => Duration::from_nanos(nanoseconds),
            _ => Duration::from_secs(otherwise),
        };
        let retries = check.retries.and_then(|times| u32::try_from(times).ok()).filter(|times| *times > 0);
        Self {
            interval: time(check.interval, 30),
            timeout: time(check.timeout, 30),
            retries: retries.unwrap_or(3),
            start: time(check.start_period, 0),
        }
    }
}

#[cfg(test)]
#[path = "wait_tests.rs"]
mod tests;
