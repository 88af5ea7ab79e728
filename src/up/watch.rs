//! The containers of a project while something is waited for: one stream of the engine's events that says when to look
//! again, and one list that says how things are. However many wait, that is one look in 300 ms at most. It judges
//! nothing.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use bollard::models::{ContainerSummary, EventMessage, PortSummary};
use bollard::query_parameters::{EventsOptions, ListContainersOptions};
use futures_util::StreamExt;
use tokio::sync::{Notify, watch};
use tokio::time::{Duration, Instant, sleep_until};

use crate::failure::Result;
use crate::stack::engine::Engine;
use crate::stack::labels;
use crate::stack::observed::{self, State};

/// No two looks are nearer to one another.
const NEAREST: Duration = Duration::from_millis(300);

/// It is looked this often even where the engine tells of nothing.
const FARTHEST: Duration = Duration::from_secs(2);

/// The project's containers, looked at for as long as somebody waits.
pub struct Watch<'e> {
    engine: &'e Engine,
    project: String,
    view: watch::Sender<View>,
    told: RefCell<BTreeMap<String, Told>>,
    wanted: Notify,
}

/// One look.
#[derive(Debug, Clone)]
pub struct View {
    /// When it was begun.
    pub at: Instant,
    /// What was seen, by id.
    pub seen: BTreeMap<String, Seen>,
    /// Why the engine gave no list, and how often in a row.
    pub silent: Option<(u32, String)>,
}

/// A container as it was seen last.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// What the list says of it.
    pub container: observed::Container,
    /// Its ports.
    pub ports: Vec<PortSummary>,
    /// What the events have told of it.
    pub told: Told,
}

/// What the events have told of a container since the watch began.
#[derive(Debug, Clone, Default)]
pub struct Told {
    /// How often it ended.
    pub deaths: u32,
    /// The kernel ended it for want of memory.
    pub out_of_memory: bool,
    /// When it was started last, or first seen running.
    pub since: Option<Instant>,
    /// When its health check was made last.
    pub probed: Option<Instant>,
    /// How often in a row that failed.
    pub failed: u32,
    /// When it was first seen unhealthy.
    pub unhealthy: Option<Instant>,
}

impl<'e> Watch<'e> {
    /// Of the containers of this project.
    pub fn new(engine: &'e Engine, project: &str) -> Self {
        let nothing = View { at: Instant::now(), seen: BTreeMap::new(), silent: None };
        Self {
            engine,
            project: project.to_string(),
            view: watch::channel(nothing).0,
            told: RefCell::default(),
            wanted: Notify::new(),
        }
    }

    /// The looks from now on, for as long as it is held.
    pub fn views(&self) -> watch::Receiver<View> {
        let views = self.view.subscribe();
        self.wanted.notify_one();
        views
    }

    /// The containers as they are now.
    pub async fn now(&self) -> Result<BTreeMap<String, Seen>> {
        let listed = self.list().await?;
        Ok(listed.into_iter().map(|summary| self.seen(summary)).collect())
    }

    /// Listens and looks; it never ends, and is dropped with what it is made beside.
    pub async fn go_on(&self) -> Infallible {
        let options = EventsOptions { filters: Some(self.of_project(true)), ..EventsOptions::default() };
        let events = self.engine.docker.events(Some(options));
        tokio::pin!(events);
        let mut told = true;
        let mut last = Instant::now();
        let mut due = last;
        loop {
            let waited_for = self.view.receiver_count() > 0;
            tokio::select! {
                event = events.next(), if told => match event {
                    Some(Ok(event)) => {
                        self.note(&event);
                        due = due.min(last + NEAREST);
                    }
                    // The list goes on without them.
                    _ => told = false,
                },
                () = self.wanted.notified() => due = due.min(last + NEAREST),
                () = sleep_until(due), if waited_for => {
                    last = Instant::now();
                    self.look(last).await;
                    due = last + if told { FARTHEST } else { NEAREST * 2 };
                }
            }
        }
    }

    async fn look(&self, at: Instant) {
        match self.list().await {
            Ok(listed) => {
                let seen = listed.into_iter().map(|summary| self.seen(summary)).collect();
                self.view.send_replace(View { at, seen, silent: None });
            }
            Err(failure) => self.view.send_modify(|view| {
                let times = view.silent.as_ref().map_or(0, |(times, _)| *times);
                view.silent = Some((times + 1, failure.to_string()));
            }),
        }
    }

    async fn list(&self) -> Result<Vec<ContainerSummary>> {
        let filters = Some(self.of_project(false));
        let options = ListContainersOptions { all: true, filters, ..ListContainersOptions::default() };
        self.engine
            .ask("list the containers of the project", self.engine.docker.list_containers(Some(options)))
            .await
    }

    fn of_project(&self, events: bool) -> HashMap<String, Vec<String>> {
        let label = vec![format!("{}={}", labels::PROJECT, self.project)];
        let mut filters = HashMap::from([("label".to_string(), label)]);
        if events {
            filters.insert("type".into(), vec!["container".into()]);
        }
        filters
    }

    /// A container of the list, with what the events have told of it.
    fn seen(&self, summary: ContainerSummary) -> (String, Seen) {
        let ports = summary.ports.clone().unwrap_or_default();
        let container = observed::container(summary);
        let mut told = self.told.borrow_mut();
        let told = told.entry(container.id.clone()).or_default();
        match container.state {
            State::Running => _ = told.since.get_or_insert_with(Instant::now),
            _ => told.since = None,
        }
        match container.health {
            Some(observed::Health::Unhealthy) => _ = told.unhealthy.get_or_insert_with(Instant::now),
            _ => told.unhealthy = None,
        }
        (container.id.clone(), Seen { container, ports, told: told.clone() })
    }

    fn note(&self, event: &EventMessage) {
        let Some(actor) = &event.actor else { return };
        let (Some(id), Some(action)) = (&actor.id, &event.action) else { return };
        let mut told = self.told.borrow_mut();
        let told = told.entry(id.clone()).or_default();
        let code = actor.attributes.as_ref().and_then(|attributes| attributes.get("exitCode"));
        told.hear(action, code.map(String::as_str), Instant::now());
    }
}

impl Told {
    /// Takes in one event.
    fn hear(&mut self, action: &str, code: Option<&str>, now: Instant) {
        match action {
            "start" => self.since = Some(now),
            "die" => {
                self.deaths += 1;
                self.since = None;
            }
            "oom" => self.out_of_memory = true,
            // What is run inside is the health check, unless somebody looks around in there.
            "exec_die" => {
                self.probed = Some(now);
                self.failed = if code == Some("0") { 0 } else { self.failed + 1 };
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_are_counted() {
        let now = Instant::now();
        let mut told = Told::default();
        for (action, code) in
            [("start", None), ("exec_die", Some("1")), ("exec_die", Some("7")), ("attach", None)]
        {
            told.hear(action, code, now);
        }
        assert_eq!((told.deaths, told.failed, told.since), (0, 2, Some(now)));
        told.hear("exec_die", Some("0"), now);
        told.hear("oom", None, now);
        told.hear("die", Some("137"), now);
        assert_eq!((told.deaths, told.failed, told.since, told.out_of_memory), (1, 0, None, true));
    }
}
