//! The steps that bring the containers of the services to where they should be: what is in the way goes first, then each
//! service is made and started after those that it depends on, and at the end what was started is waited for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::judge::{Fate, Verdict};
use super::{Case, Steps, order, runs};
use crate::stack::model::{Condition, Service};
use crate::stack::observed::{Container, Health, State};
use crate::up::change::Change;

/// Adds the steps that remove the containers of services that the files do not have, or says that they are there.
pub fn remove_orphans<'a>(case: &Case<'a>, steps: &mut Steps<'a>) {
    for container in &case.there.containers {
        if let Some(cause) = case.goes(container) {
            let step = steps.remove(container, &cause);
            steps.first.push(step);
        } else if case.is_orphan(container) {
            steps.warnings.push(format!(
                "the container `{}` is of the service `{}`, which the files do not have; `--remove-orphans` removes it",
                container.name, container.service
            ));
        }
    }
}

/// Adds the steps for all services.
pub fn plan<'a>(case: &Case<'a>, verdicts: &BTreeMap<&'a str, Verdict<'a>>, steps: &mut Steps<'a>) {
    for service in &case.order {
        One { case, service, verdict: &verdicts[service.name.as_str()] }.plan(steps);
    }
    if !case.wanted.no_start {
        for service in &case.order {
            await_end(case, service, &verdicts[service.name.as_str()], steps);
        }
    }
}

/// One service.
struct One<'c, 'a> {
    case: &'c Case<'a>,
    service: &'a Service,
    verdict: &'c Verdict<'a>,
}

impl<'a> One<'_, 'a> {
    fn plan(&self, steps: &mut Steps<'a>) {
        let mut ready = steps.first.clone();
        for (container, fate) in &self.verdict.fates {
            if let Fate::Remove(cause) = fate {
                let removed = steps.remove(container, cause);
                steps.removed.entry(&self.service.name).or_default().push(removed);
                ready.push(removed);
            }
        }
        ready.extend(self.resources(steps));
        // A container that replaces another one takes its place only when it can be started: until then the old one runs.
        let conditions = if self.has_to_start(steps) { self.conditions(steps) } else { Vec::new() };
        for (container, fate) in &self.verdict.fates {
            match fate {
                Fate::Recreate(cause) => {
                    let mut after = [ready.as_slice(), &conditions, &self.stop_dependents(steps)].concat();
                    after.extend(steps.stopped.get(container.id.as_str()).map(|(step, _)| *step));
                    let (name, old) = (self.name(container.number), container.id.clone());
                    let (service, number) = (self.service.name.clone(), container.number);
                    let made = steps.push(Change::Recreate { service, number, name, old }, cause, after);
                    self.made(container.number, made, Vec::new(), steps);
                }
                Fate::Keep => self.start(container, &ready, &conditions, steps),
                Fate::Remove(_) => {}
            }
        }
        for number in &self.verdict.missing {
            let (service, number) = (self.service.name.clone(), *number);
            let change = Change::Create { service, number, name: self.name(number) };
            let made = steps.push(change, "it does not exist", ready.clone());
            self.made(number, made, conditions.clone(), steps);
        }
    }

    /// Notes that a container was made, and starts it.
    fn made(&self, number: u32, made: usize, conditions: Vec<usize>, steps: &mut Steps<'a>) {
        steps.made.entry(&self.service.name).or_default().push(made);
        if !self.case.wanted.no_start {
            self.push_start(number, self.name(number), "it is new", [vec![made], conditions].concat(), steps);
        }
    }

    /// Starts a container that stays, where it does not run.
    fn start(&self, container: &Container, ready: &[usize], conditions: &[usize], steps: &mut Steps<'a>) {
        let mut after = [ready, conditions].concat();
        let stopped = steps.stopped.get(container.id.as_str()).cloned();
        after.extend(stopped.iter().map(|(step, _)| *step));
        let cause = match (stopped, self.rests(container)) {
            _ if self.case.wanted.no_start => return,
            (Some((_, cause)), _) => format!("it was stopped: {cause}"),
            (None, Some(cause)) => cause,
            (None, None) => return,
        };
        self.push_start(container.number, container.name.clone(), &cause, after, steps);
    }

    fn push_start(&self, number: u32, name: String, cause: &str, after: Vec<usize>, steps: &mut Steps<'a>) {
        let step =
            steps.push(Change::Start { service: self.service.name.clone(), number, name }, cause, after);
        steps.started.entry(&self.service.name).or_default().push(step);
    }

    /// Why a container that stays does not run and should.
    fn rests(&self, container: &Container) -> Option<String> {
        match container.state {
            State::Created => Some("it was never started".into()),
            State::Paused => Some("it is paused".into()),
            State::Exited if self.case.has_done_its_work(container) => None,
            State::Exited => Some(match container.exit_code {
                Some(code) => format!("it ended with the code {code}"),
                None => "it ended".into(),
            }),
            State::Running | State::Restarting | State::Removing | State::Dead => None,
        }
    }

    fn has_to_start(&self, steps: &Steps) -> bool {
        let starts = |(container, fate): &(&Container, Fate)| match fate {
            Fate::Recreate(_) => true,
            Fate::Keep => {
                steps.stopped.contains_key(container.id.as_str()) || self.rests(container).is_some()
            }
            Fate::Remove(_) => false,
        };
        !self.case.wanted.no_start
            && (!self.verdict.missing.is_empty() || self.verdict.fates.iter().any(starts))
    }

    /// The steps that provide what its containers are made of.
    fn resources(&self, steps: &Steps) -> Vec<usize> {
        let service = self.service;
        let image = steps.images.get(service.image.as_str());
        let networks = service.networks.iter().filter_map(|key| steps.networks.get(key.as_str()));
        let volumes = service.volumes.iter().filter_map(|key| steps.volumes.get(key.as_str()));
        // Which of a partner's containers is the first is known when those that go are gone.
        let partners = service.partners().into_iter();
        let partners =
            partners.flat_map(|(_, partner)| [steps.made.get(partner), steps.removed.get(partner)]);
        let named = order::named(self.case.stack, service);
        let named = named.filter_map(|other| steps.made.get(other.name.as_str()));
        let made = partners.flatten().chain(named).flatten();
        image.into_iter().chain(networks).chain(volumes).chain(made).copied().collect()
    }

    /// The steps after which the services that it depends on are as it wants them.
    fn conditions(&self, steps: &mut Steps<'a>) -> Vec<usize> {
        let named = order::named(self.case.stack, self.service);
        let named = named.filter_map(|other| steps.started.get(other.name.as_str()));
        let mut after: Vec<usize> = named.flatten().copied().collect();
        for dependency in order::dependencies(self.service) {
            let find = |service: &&&'a Service| service.name == dependency.service;
            let Some(other) = self.case.order.iter().find(find).filter(|other| other.replicas > 0) else {
                continue;
            };
            let started = steps.started.get(other.name.as_str()).cloned().unwrap_or_default();
            if dependency.condition == Condition::Started {
                after.extend(started);
            } else if !started.is_empty() || !holds(self.case, other, dependency.condition) {
                let cause = format!("`{}` needs it", self.service.name);
                after.push(push_await(other, dependency.condition, &cause, started, steps));
            }
        }
        after
    }

    /// Stops what says that it has to be restarted when this service is another one, so that a run that is interrupted
    /// leaves what the next one starts.
    fn stop_dependents(&self, steps: &mut Steps<'a>) -> Vec<usize> {
        if self.case.wanted.no_start {
            return Vec::new();
        }
        let cause = format!("`{}` is made anew, on which it depends", self.service.name);
        let restarts = |other: &&&'a Service| {
            let dependencies = order::dependencies(other);
            dependencies
                .iter()
                .any(|dependency| dependency.restart && dependency.service == self.service.name)
        };
        let mut stops = Vec::new();
        for dependent in self.case.order.iter().filter(restarts) {
            for container in self.case.containers(&dependent.name).filter(|container| runs(container)) {
                let known = steps.stopped.get(container.id.as_str()).map(|(step, _)| *step);
                stops.push(known.unwrap_or_else(|| {
                    let (service, name) = (container.service.clone(), container.name.clone());
                    let change = Change::Stop { service, name, id: container.id.clone() };
                    let step = steps.push(change, &cause, Vec::new());
                    steps.stopped.insert(&container.id, (step, cause.clone()));
                    step
                }));
            }
        }
        stops
    }

    fn name(&self, number: u32) -> String {
        self.case.stack.container_name(self.service, number)
    }
}

/// Whether a service that nothing is done to is in this state.
fn holds(case: &Case, service: &Service, condition: Condition) -> bool {
    case.containers(&service.name).all(|container| match condition {
        Condition::Started => container.state == State::Running,
        Condition::Healthy => container.state == State::Running && container.health == Some(Health::Healthy),
        Condition::Completed => container.state == State::Exited && container.exit_code == Some(0),
    })
}

/// Waits for what was started, and for what is not well although nothing is done to it.
fn await_end<'a>(case: &Case<'a>, service: &'a Service, verdict: &Verdict, steps: &mut Steps<'a>) {
    let name = service.name.as_str();
    if steps.awaited.keys().any(|(awaited, _)| *awaited == name) {
        return;
    }
    let started = steps.started.get(name).cloned().unwrap_or_default();
    let unwell = if started.is_empty() { case.containers(name).find_map(ails) } else { None };
    let cause = match unwell {
        Some(cause) => cause,
        None if started.is_empty() => return,
        None => "it was started",
    };
    // A health check may be the image's; what an old container had says nothing of a new one.
    let is_watched =
        |(container, fate): &(&Container, Fate)| matches!(fate, Fate::Keep) && container.health.is_some();
    let is_checked = has_health_check(service) || verdict.fates.iter().any(is_watched);
    let until = match () {
        () if case.is_waited_for(name) => Condition::Completed,
        () if is_checked => Condition::Healthy,
        () => Condition::Started,
    };
    push_await(service, until, cause, started, steps);
}

fn ails(container: &Container) -> Option<&'static str> {
    match (container.state, container.health) {
        (State::Restarting, _) => Some("it ends again and again"),
        (State::Running, Some(Health::Unhealthy)) => Some("it is unhealthy"),
        (State::Running, Some(Health::Starting)) => Some("its health is not known yet"),
        _ => None,
    }
}

fn has_health_check(service: &Service) -> bool {
    let Some(check) = service.config.get("healthcheck").filter(|check| !check.is_null()) else {
        return false;
    };
    let is_off = check.get("disable").and_then(Value::as_bool).unwrap_or(false);
    let first = check.get("test").and_then(|test| test.get(0)).and_then(Value::as_str);
    // One that says only how often is a check where the image has one, which is not known here.
    !is_off && first.is_some_and(|first| first != "NONE")
}

/// Adds a step that waits, once for each service and state.
fn push_await<'a>(
    service: &'a Service,
    until: Condition,
    cause: &str,
    after: Vec<usize>,
    steps: &mut Steps<'a>,
) -> usize {
    let kind = match until {
        Condition::Started => "started",
        Condition::Healthy => "healthy",
        Condition::Completed => "completed",
    };
    if let Some(step) = steps.awaited.get(&(service.name.as_str(), kind)) {
        return *step;
    }
    // What is started comes after what goes; where nothing is, what is on its way out is not as it has to be.
    let removed = steps.removed.get(service.name.as_str()).filter(|_| after.is_empty());
    let after = removed.cloned().unwrap_or(after);
    let step = steps.push(Change::Await { service: service.name.clone(), until }, cause, after);
    steps.awaited.insert((&service.name, kind), step);
    step
}
