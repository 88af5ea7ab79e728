//! What it takes to get from what the engine has to what is declared: a pure function from the one and the other to
//! steps, each with its reason and those that it comes after. The rules are those of Docker Compose, so that either
//! program finds nothing to do after the other; where it would do something for nothing (run a finished job again) or
//! something that cannot be undone (remove a volume), the plan does not.

mod cause;
mod images;
mod judge;
mod order;
mod resources;
mod services;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use super::applied::Applied;
use super::change::Change;
use crate::failure::Result;
use crate::plan::Plan;
use crate::stack::model::{Condition, Pull, Service, Stack};
use crate::stack::observed::{Container, Observed, State};

/// What was asked for, beside what is declared.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// The services that were named; none: all of them. The others of the stack are there because these need them.
    pub services: Vec<String>,
    /// Which of the containers of these services are made anew.
    pub recreate: Recreate,
    /// What these services need is left as it is.
    pub no_deps: bool,
    /// Containers of services that the files do not have are removed.
    pub remove_orphans: bool,
    /// Services whose containers are removed in any case: what is gone back to did not have them.
    pub withdrawn: BTreeSet<String>,
    /// Images are built even where they are there.
    pub build: bool,
    /// When images are pulled, whatever the services say.
    pub pull: Option<Pull>,
    /// Containers are made, and not started.
    pub no_start: bool,
    /// The images that this run has pulled or built already.
    pub fresh: BTreeSet<String>,
    /// The time, in seconds since 1970.
    pub now: i64,
}

/// Which containers are made anew.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Recreate {
    /// Those that are not as declared.
    #[default]
    IfChanged,
    /// All.
    Force,
    /// None.
    Never,
}

impl Wanted {
    /// Whether a service of the stack is a plan's business.
    #[must_use]
    pub fn is_about(&self, service: &Service) -> bool {
        !self.no_deps || self.services.is_empty() || self.services.contains(&service.name)
    }
}

/// What is to be done, and what is to be said of it.
#[derive(Debug, Clone, Default)]
pub struct Planned {
    /// The steps.
    pub plan: Plan<Change>,
    /// What is not as declared, and is left alone.
    pub warnings: Vec<String>,
    /// The images that the steps pull or build. What becomes of the containers of those that were there before is known
    /// only then: whoever has carried the plan out looks again, and plans again with these as [`Wanted::fresh`].
    pub renewed: BTreeSet<String>,
}

/// Plans. `applied` is what the last run brought about, for reasons that name what has changed.
///
/// # Errors
/// Something that is somebody else's to provide is not there: an external network or volume, or an image that may not be
/// pulled.
pub fn plan(stack: &Stack, there: &Observed, applied: Option<&Applied>, wanted: &Wanted) -> Result<Planned> {
    resources::check_external(stack, there)?;
    let case = Case { stack, there, applied, wanted, order: order::of(stack, wanted) };
    let mut steps = Steps::default();
    let replaced = resources::replaced(&case, &mut steps.warnings);
    let verdicts = judge::all(&case, &replaced);
    images::plan(&case, &mut steps)?;
    services::remove_orphans(&case, &mut steps);
    resources::plan(&case, &replaced, &mut steps);
    services::plan(&case, &verdicts, &mut steps);
    for (container, cause) in verdicts.values().flat_map(|verdict| &verdict.left) {
        steps.warnings.push(format!(
            "the container `{}` is not as declared, and `--no-recreate` leaves it as it is: {cause}",
            container.name
        ));
    }
    let renewed = steps.images.keys().map(ToString::to_string).collect();
    Ok(Planned { plan: steps.plan, warnings: steps.warnings, renewed })
}

/// All that a plan is made from.
struct Case<'a> {
    stack: &'a Stack,
    there: &'a Observed,
    applied: Option<&'a Applied>,
    wanted: &'a Wanted,
    /// The services that are this plan's business, each after those that it depends on.
    order: Vec<&'a Service>,
}

/// The steps so far, and which of them does what, for those that come after.
#[derive(Default)]
struct Steps<'a> {
    plan: Plan<Change>,
    warnings: Vec<String>,
    /// Those that remove what could be in the way of anything.
    first: Vec<usize>,
    /// Those that pull or build, by the image.
    images: BTreeMap<&'a str, usize>,
    /// Those that make networks, by the key.
    networks: BTreeMap<&'a str, usize>,
    /// Those that make volumes, by the key.
    volumes: BTreeMap<&'a str, usize>,
    /// Those that stop containers which are started or replaced later, by the id, and why.
    stopped: BTreeMap<&'a str, (usize, String)>,
    /// Those that remove containers of a service that stays, by the service.
    removed: BTreeMap<&'a str, Vec<usize>>,
    /// Those that make containers, by the service.
    made: BTreeMap<&'a str, Vec<usize>>,
    /// Those that start containers, by the service.
    started: BTreeMap<&'a str, Vec<usize>>,
    /// Those that wait, by the service and what for.
    awaited: BTreeMap<(&'a str, &'static str), usize>,
}

impl Steps<'_> {
    /// Adds a step; its index.
    fn push(&mut self, change: Change, cause: impl Into<String>, mut after: Vec<usize>) -> usize {
        after.sort_unstable();
        after.dedup();
        self.plan.push_after(change, cause, after)
    }

    /// Adds the steps that end a container; the index of the last.
    fn remove(&mut self, container: &Container, cause: &str) -> usize {
        let named = |id: &Container| (id.service.clone(), id.name.clone(), id.id.clone());
        let mut after = Vec::new();
        if let Some((stopped, _)) = self.stopped.get(container.id.as_str()) {
            after.push(*stopped);
        } else if runs(container) {
            let (service, name, id) = named(container);
            after.push(self.push(Change::Stop { service, name, id }, cause, Vec::new()));
        }
        let (service, name, id) = named(container);
        self.push(Change::Remove { service, name, id }, cause, after)
    }
}

impl<'a> Case<'a> {
    /// The containers of a service, in the order of their numbers.
    fn containers(&self, service: &str) -> impl Iterator<Item = &'a Container> {
        let mut containers: Vec<_> =
            self.there.containers.iter().filter(|container| container.service == service).collect();
        containers.sort_by(|a, b| (a.number, &a.name).cmp(&(b.number, &b.name)));
        containers.into_iter()
    }

    /// Whether a container is of a service that is this plan's business.
    fn is_planned(&self, container: &Container) -> bool {
        self.order.iter().any(|service| service.name == container.service)
    }

    /// Whether a container is of a service that the files do not have.
    fn is_orphan(&self, container: &Container) -> bool {
        self.stack.service(&container.service).is_none() && !self.stack.others.contains(&container.service)
    }

    /// Why a container of no service of this plan is removed, where it is.
    fn goes(&self, container: &Container) -> Option<String> {
        let service = &container.service;
        if self.wanted.withdrawn.contains(service) {
            return Some(format!("there was no service `{service}` then"));
        }
        let is_removed = self.wanted.remove_orphans && self.is_orphan(container);
        is_removed.then(|| format!("the files have no service `{service}`"))
    }

    /// Whether another service waits until this one has done its work.
    fn is_waited_for(&self, service: &str) -> bool {
        self.order
            .iter()
            .flat_map(|other| &other.depends_on)
            .any(|dependency| dependency.service == service && dependency.condition == Condition::Completed)
    }

    /// Whether a container has ended well and is not meant to run again: another service waits for its end, or it had
    /// ended by itself when the last run left it.
    fn has_done_its_work(&self, container: &Container) -> bool {
        let ended_before = || self.applied.is_some_and(|applied| applied.done.contains(&container.id));
        container.state == State::Exited
            && container.exit_code == Some(0)
            && (self.is_waited_for(&container.service) || ended_before())
    }
}

/// Whether a container has processes.
fn runs(container: &Container) -> bool {
    matches!(container.state, State::Running | State::Paused | State::Restarting)
}
