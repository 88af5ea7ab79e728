//! What each change of a plan does to the engine: its requests, in their order, and what the later ones need to know of
//! the earlier ones. When each is made is decided in `execute`; how a container is made is in `create`, and how it comes
//! in the place of another in `replace`.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::host::registry::SignIns;
use crate::host::teardown::{self, Outcome};
use crate::host::{build, containers, images};
use crate::plan::Plan;
use crate::redact::Redactor;
use crate::stack::engine::Engine;
use crate::stack::model::{Condition, Service, Stack};
use crate::stack::observed::{Observed, State};
use crate::stack::{members, network, volume};

use super::board::Board;
use super::change::Change;
use super::interrupt::Interrupt;
use super::replace::Replacement;
use super::trouble;
use super::wait::{self, Stuck};
use super::watch::Watch;

/// One of the containers of a service: the service and which of it.
pub type Seat = (String, u32);

/// How a plan is carried out, where the person says it.
#[derive(Debug, Clone, Default)]
pub struct Manner {
    /// How long each service may take to be as it has to be.
    pub wait: Option<Duration>,
    /// How long a container may take to end by itself, instead of what it says.
    pub stop: Option<Duration>,
}

/// A plan that is being carried out.
pub struct Carrier<'a> {
    pub(super) engine: &'a Engine,
    pub(super) stack: &'a Stack,
    pub(super) board: &'a Board<'a>,
    pub(super) manner: &'a Manner,
    pub(super) redactor: &'a Redactor,
    watch: &'a Watch<'a>,
    interrupt: &'a Interrupt,
    sign_ins: &'a SignIns,
    /// The ids of the images by the names that services say.
    pub(super) images: RefCell<BTreeMap<String, String>>,
    /// The containers by now.
    pub(super) seats: RefCell<BTreeMap<Seat, String>>,
    /// Containers that are made and not yet in the place of those that they replace.
    pub(super) replacements: RefCell<BTreeMap<Seat, Replacement>>,
    /// The seats whose container is started by a step of its own.
    pub(super) started: BTreeSet<Seat>,
    /// The ids of the containers that this run has made.
    pub(super) made: RefCell<BTreeSet<String>>,
    /// The ids of those that stand still.
    paused: RefCell<BTreeSet<String>>,
    /// The containers, by id and name, that are stopped before a network is removed, by the id of the network.
    stopped: BTreeMap<String, Vec<(String, String)>>,
    /// The containers for which it was waited in vain, by service, and why.
    stuck: RefCell<BTreeMap<String, (String, Stuck)>>,
}

/// What a plan is carried out with.
pub struct Means<'a> {
    /// The engine.
    pub engine: &'a Engine,
    /// What shows it.
    pub board: &'a Board<'a>,
    /// The containers while something is waited for.
    pub watch: &'a Watch<'a>,
    /// Being told to stop.
    pub interrupt: &'a Interrupt,
    /// The sign-ins of this person at registries.
    pub sign_ins: &'a SignIns,
    /// How it is done.
    pub manner: &'a Manner,
    /// What takes secrets out of what the engine says.
    pub redactor: &'a Redactor,
}

impl<'a> Carrier<'a> {
    /// For this plan, from what is there.
    pub fn new(means: &Means<'a>, stack: &'a Stack, there: &Observed, plan: &Plan<Change>) -> Self {
        let mut seats = BTreeMap::new();
        for found in &there.containers {
            // One that an interrupted run left beside its place is not the one in it.
            let seat = (found.service.clone(), found.number);
            let in_place = stack
                .service(&found.service)
                .is_some_and(|service| stack.container_name(service, found.number) == found.name);
            if in_place || !seats.contains_key(&seat) {
                seats.insert(seat, found.id.clone());
            }
        }
        let started = plan.steps.iter().filter_map(|step| match &step.action {
            Change::Start { service, number, .. } => Some((service.clone(), *number)),
            _ => None,
        });
        let paused = there.containers.iter().filter(|found| found.state == State::Paused);
        let stopped = plan.steps.iter().filter_map(|step| {
            let Change::RemoveNetwork { id, .. } = &step.action else { return None };
            let before = step.after.iter().filter_map(|before| match &plan.steps[*before].action {
                Change::Stop { id, name, .. } => Some((id.clone(), name.clone())),
                _ => None,
            });
            Some((id.clone(), before.collect()))
        });
        Self {
            engine: means.engine,
            stack,
            board: means.board,
            manner: means.manner,
            redactor: means.redactor,
            watch: means.watch,
            interrupt: means.interrupt,
            sign_ins: means.sign_ins,
            images: RefCell::new(
                there.images.iter().map(|(name, image)| (name.clone(), image.id.clone())).collect(),
            ),
            seats: RefCell::new(seats),
            replacements: RefCell::default(),
            started: started.collect(),
            made: RefCell::default(),
            paused: RefCell::new(paused.map(|found| found.id.clone()).collect()),
            stopped: stopped.collect(),
            stuck: RefCell::default(),
        }
    }

    /// Makes one change, and shows it.
    pub async fn make(&self, change: &Change) -> Result<()> {
        self.board.begins(change);
        let made = match change {
            // These may be dropped anywhere, and begin anew the next time.
            Change::Pull { .. } | Change::Build { .. } | Change::Await { .. } => {
                self.interrupt.or(self.change(change)).await
            }
            _ => self.change(change).await,
        };
        match made {
            Ok(reached) => {
                self.board.ends(change, reached);
                Ok(())
            }
            Err(failure) => {
                let failure = trouble::redacted(&failure, self.redactor);
                self.board.fails(change, &failure);
                Err(failure)
            }
        }
    }

    /// The containers for which it was waited in vain: service, id, and why.
    pub fn in_trouble(&self) -> Vec<(String, String, Stuck)> {
        let stuck = self.stuck.borrow();
        stuck.iter().map(|(service, (id, stuck))| (service.clone(), id.clone(), stuck.clone())).collect()
    }

    /// Makes one change; where it was waited, what the containers are now.
    async fn change(&self, change: &Change) -> Result<Option<&'static str>> {
        let engine = self.engine;
        let made = match change {
            Change::Await { service, until } => return self.wait(change, service, *until).await.map(Some),
            Change::Pull { image } => self.pull(change, image).await,
            Change::Build { service, image } => self.build(change, service, image).await,
            Change::CreateNetwork { key, .. } => {
                let declared = self.stack.network(key).ok_or_else(|| unknown("network", key))?;
                containers::create_network(engine, network::request(self.stack, declared)).await
            }
            Change::RemoveNetwork { name, id } => {
                let removed = match teardown::network(engine, id, name).await {
                    Ok(Outcome::InUse(why)) => Err(Failure::environment(format!("cannot {change}: {why}"))),
                    removed => removed.map(drop),
                };
                if removed.is_err() {
                    self.go_on_in(id).await;
                }
                removed
            }
            Change::CreateVolume { key, .. } => {
                let declared = self.stack.volume(key).ok_or_else(|| unknown("volume", key))?;
                containers::create_volume(engine, volume::request(self.stack, declared)).await
            }
            Change::Create { service, number, .. } => {
                let seat = (service.clone(), *number);
                let id = self.create(&seat, None).await?;
                self.seats.borrow_mut().insert(seat, id);
                Ok(())
            }
            Change::Recreate { service, number, name, old } => {
                self.recreate(&(service.clone(), *number), name, old).await
            }
            Change::Start { service, number, name } => {
                let seat = (service.clone(), *number);
                let replacement = self.replacements.borrow_mut().remove(&seat);
                match replacement {
                    Some(replacement) => self.replace(&seat, &replacement, true).await,
                    None => self.start(&seat, name).await,
                }
            }
            Change::Stop { service, name, id } => {
                self.paused.borrow_mut().remove(id);
                containers::stop(engine, id, name, self.grace(service, id, name).await).await
            }
            // That is for `tars down`, and only where it is asked for.
            Change::RemoveVolume { name } => Err(Failure::environment(format!(
                "the volume `{name}` is not removed: `tars up` keeps all data"
            ))),
            Change::Remove { name, id, .. } => {
                self.seats.borrow_mut().retain(|_, there| there != id);
                containers::remove(engine, id, name).await
            }
        };
        made.map(|()| None)
    }

    /// Starts a container that is in its place, or has it go on where it stands still.
    async fn start(&self, seat: &Seat, name: &str) -> Result<()> {
        let id = self.seat(seat, name);
        if self.paused.borrow_mut().remove(&id) {
            return containers::unpause(self.engine, &id, name).await;
        }
        // Docker Compose copies them only now, and a run that was killed may not have come to it.
        if !self.made.borrow().contains(&id) {
            self.fill(&seat.0, &id, name).await?;
        }
        containers::start(self.engine, &id, name).await
    }

    /// Starts again what was stopped for a network that could not be removed: nothing comes in its place now.
    async fn go_on_in(&self, network: &str) {
        for (id, name) in self.stopped.get(network).into_iter().flatten() {
            if let Err(failure) = containers::start(self.engine, id, name).await {
                self.board.note(&format!("warning: {failure}"));
            }
        }
    }

    async fn pull(&self, change: &Change, image: &str) -> Result<()> {
        let platform = self.stack.services.iter().find(|service| service.image == image).and_then(platform);
        let shown = |pulled: &images::Pulled| self.board.pulls(change, pulled);
        images::pull(self.engine, self.sign_ins, image, platform, &shown).await?;
        self.know_image(image).await
    }

    async fn build(&self, change: &Change, service: &str, image: &str) -> Result<()> {
        let declared = self.service(service)?;
        let build = declared.build.as_ref().ok_or_else(|| unknown("build section of", service))?;
        let shown = |line: &str| self.board.shows(change, line);
        let order = build::Order { service, build, image, platform: platform(declared) };
        let warn = |failure: &Failure| self.board.note(&format!("warning: {failure}"));
        build::build(self.engine, self.sign_ins, order, &shown, &warn).await?;
        self.know_image(image).await
    }

    /// Remembers which image has this name now.
    async fn know_image(&self, image: &str) -> Result<()> {
        let question = self.engine.docker.inspect_image(image);
        let found = self.engine.ask(format!("inspect the image `{image}`"), question).await?;
        self.images.borrow_mut().insert(image.to_string(), found.id.unwrap_or_default());
        Ok(())
    }

    async fn wait(&self, change: &Change, service: &str, until: Condition) -> Result<&'static str> {
        let ids = self.ids(service);
        let wanted = wait::Wanted {
            ids: &ids,
            until,
            restarts: self.stack.service(service).is_some_and(Service::restarts),
            limit: self.manner.wait,
        };
        let shown = |text: &str| self.board.shows(change, text);
        wait::until(self.watch, self.engine, &wanted, shown).await.map_err(|(id, stuck)| {
            let failure = Failure::no(format!("`{service}` is not as it has to be: {stuck}"));
            self.stuck.borrow_mut().insert(service.to_string(), (id, stuck));
            failure
        })
    }

    /// The containers of a service.
    fn ids(&self, service: &str) -> Vec<String> {
        let seats = self.seats.borrow();
        seats.iter().filter(|((of, _), _)| of == service).map(|(_, id)| id.clone()).collect()
    }

    /// The container in a seat; by its name where nothing is known of it.
    pub(super) fn seat(&self, seat: &Seat, name: &str) -> String {
        self.seats.borrow().get(seat).cloned().unwrap_or_else(|| name.to_string())
    }

    /// How long a container of a service may take to end by itself: what is said now, or was when it was made.
    pub(super) async fn grace(&self, service: &str, id: &str, name: &str) -> Option<Duration> {
        match self.manner.stop.or_else(|| self.stack.service(service)?.stop_grace) {
            // Where it cannot be looked at, stopping it tells why.
            None => members::stop_grace(self.engine, id, name).await.unwrap_or_default(),
            said => said,
        }
    }

    /// The service of this name.
    pub(super) fn service(&self, name: &str) -> Result<&'a Service> {
        self.stack.service(name).ok_or_else(|| unknown("service", name))
    }
}

fn platform(service: &Service) -> Option<&str> {
    service.config.get("platform")?.as_str()
}

/// A plan names only what its stack has, so this is an error of the program.
fn unknown(what: &str, name: &str) -> Failure {
    Failure::environment(format!("the plan names a {what} `{name}` that the stack does not have"))
        .hint("run the command again; if it says this again, please report it")
}

#[cfg(test)]
#[path = "carry_tests.rs"]
mod tests;
