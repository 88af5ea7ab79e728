//! What came of it: the steps and how they ended, the services as they are now, what is wrong with those that failed,
//! and what is still to be done. It is the result of the command, for a person and for a program.

use std::collections::{BTreeMap, BTreeSet};

use bollard::models::{PortSummary, PortSummaryTypeEnum};
use serde::Serialize;

use crate::config::value::show_count;
use crate::failure::Failure;
use crate::plan::{Plan, Step};
use crate::stack::model::Stack;
use crate::stack::observed::{Health, State};
use crate::ui::Paint;

use super::change::Change;
use super::execute::End;
use super::gpu::Without;
use super::trouble::Trouble;
use super::watch::Seen;

/// What came of it.
#[derive(Debug, Serialize)]
pub struct Outcome<'a> {
    /// The project.
    project: &'a str,
    /// Everything is as declared.
    pub well: bool,
    /// The person stopped it.
    interrupted: bool,
    /// How long it took, in seconds.
    seconds: f64,
    /// The steps.
    steps: Vec<Made<'a>>,
    /// The services as they are now.
    services: Vec<Service>,
    /// The services that were started without the graphics card that they ask for.
    without_gpu: &'a [Without],
    /// What is wrong with those that failed.
    troubles: Vec<Trouble>,
    /// What another run would do.
    left: Vec<&'a Step<Change>>,
    /// Another run would do nothing.
    #[serde(skip)]
    is_reached: bool,
}

/// A step and how it ended.
#[derive(Debug, Serialize)]
struct Made<'a> {
    #[serde(flatten)]
    change: &'a Change,
    cause: &'a str,
    /// `done`, `failed` or `left`.
    end: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// A service as it is now.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Service {
    service: String,
    state: String,
    /// Where its ports are published: `127.0.0.1:8080 → 80/tcp`.
    published: Vec<String>,
}

/// What an outcome is put together from.
#[derive(Debug)]
pub struct Parts<'a> {
    /// What was declared.
    pub stack: &'a Stack,
    /// The services that were started without the graphics card that they ask for.
    pub without_gpu: &'a [Without],
    /// What was to be done.
    pub plan: &'a Plan<Change>,
    /// How it ended, step by step.
    pub ends: &'a [End],
    /// What is wrong with the services that failed.
    pub troubles: Vec<Trouble>,
    /// The containers now; none where the engine does not say.
    pub now: Option<&'a BTreeMap<String, Seen>>,
    /// What another run would do; none where the engine does not say.
    pub left: Option<&'a Plan<Change>>,
    /// The person stopped it.
    pub interrupted: bool,
    /// How long it took, in seconds.
    pub seconds: f64,
}

impl<'a> Outcome<'a> {
    /// Puts the parts together.
    pub fn of(parts: Parts<'a>) -> Self {
        let made = |(step, end): (&'a Step<Change>, &End)| Made {
            change: &step.action,
            cause: &step.cause,
            end: match end {
                End::Done => "done",
                End::Failed(_) => "failed",
                End::Left => "left",
            },
            error: end.failure().map(ToString::to_string),
            hint: end.failure().and_then(Failure::hint_text).map(String::from),
        };
        let left: Option<Vec<_>> = parts.left.map(|plan| plan.steps.iter().collect());
        let is_reached = left.as_ref().is_some_and(Vec::is_empty);
        Self {
            project: &parts.stack.project,
            well: parts.ends.iter().all(End::is_done) && is_reached,
            interrupted: parts.interrupted,
            seconds: (parts.seconds * 10.0).round() / 10.0,
            steps: parts.plan.steps.iter().zip(parts.ends).map(made).collect(),
            services: parts.stack.services.iter().map(|service| now(&service.name, parts.now)).collect(),
            without_gpu: parts.without_gpu,
            troubles: parts.troubles,
            left: left.unwrap_or_default(),
            is_reached,
        }
    }

    /// As a person reads it.
    pub fn text(&self, paint: &Paint) -> String {
        let count = |end: &str| self.steps.iter().filter(|made| made.end == end).count();
        let mut text = String::new();
        for made in self.steps.iter().filter(|made| made.error.is_some()) {
            // What is told of at length below need not be told here.
            let told = matches!(made.change, Change::Await { service, .. } if self.is_in_trouble(service));
            if !told {
                text += &format!("failed: {}\n", made.error.as_deref().unwrap_or_default());
                text += &made.hint.as_ref().map(|hint| format!("  hint: {hint}\n")).unwrap_or_default();
            }
        }
        for trouble in &self.troubles {
            text += &trouble.text(paint);
        }
        let services = show_count(self.services.len(), "service");
        let name = paint.bold(self.project);
        let (done, left) = (show_count(count("done"), "change"), count("left"));
        text += &if self.well {
            format!("stack {name} is up: {services}, {done} in {} s\n", self.seconds)
        } else if self.interrupted && self.is_reached {
            format!("stack {name} is as declared: {done} made, and it was not waited until all is well\n")
        } else if self.interrupted && count("failed") == 0 {
            format!("stack {name} is not as declared yet: {done} made, {left} left\n")
        } else {
            let failed = count("failed");
            format!("stack {name} is not as declared: {done} made, {failed} failed, {left} not begun\n")
        };
        let width = self.services.iter().map(|service| service.service.chars().count()).max().unwrap_or(0);
        for service in &self.services {
            let line =
                format!("  {:width$}  {}  {}", service.service, service.state, service.published.join(", "));
            text += &format!("{}\n", line.trim_end());
        }
        if self.steps.iter().all(|made| made.end == "done") && !self.left.is_empty() {
            text += "everything was done, and still this is to be done:\n";
            for step in &self.left {
                text += &format!("  {} — because {}\n", step.action, step.cause);
            }
        }
        text
    }

    fn is_in_trouble(&self, service: &str) -> bool {
        self.troubles.iter().any(|trouble| trouble.service == service)
    }
}

/// A service as it is now; the containers of one together.
fn now(name: &str, seen: Option<&BTreeMap<String, Seen>>) -> Service {
    let Some(seen) = seen else {
        return Service { service: name.to_string(), state: "not known".into(), published: Vec::new() };
    };
    let its: Vec<&Seen> = seen.values().filter(|seen| seen.container.service == name).collect();
    let states: BTreeSet<String> = its.iter().map(|seen| state(seen)).collect();
    let states: Vec<String> = states.into_iter().collect();
    let mut published: BTreeSet<(u16, String)> = BTreeSet::new();
    for port in its.iter().flat_map(|seen| &seen.ports) {
        published.extend(address(port).map(|shown| (port.public_port.unwrap_or_default(), shown)));
    }
    Service {
        service: name.to_string(),
        state: if states.is_empty() { "no container".into() } else { states.join(", ") },
        published: published.into_iter().map(|(_, shown)| shown).collect(),
    }
}

fn state(seen: &Seen) -> String {
    let code = seen.container.exit_code.unwrap_or_default();
    let text = match (seen.container.state, seen.container.health) {
        (State::Running, Some(Health::Healthy)) => "healthy",
        (State::Running, Some(Health::Starting)) => "running, health unknown yet",
        (State::Running, Some(Health::Unhealthy)) => "unhealthy",
        (State::Running, None) => "running",
        (State::Created, _) => "not started",
        (State::Paused, _) => "paused",
        (State::Restarting, _) => return format!("restarting, ended with {code}"),
        (State::Exited, _) if code == 0 => "done",
        (State::Exited, _) => return format!("ended with {code}"),
        (State::Removing | State::Dead, _) => "being removed",
    };
    text.into()
}

/// Where a port is published.
fn address(port: &PortSummary) -> Option<String> {
    let public = port.public_port?;
    let protocol = match port.typ {
        Some(PortSummaryTypeEnum::UDP) => "udp",
        Some(PortSummaryTypeEnum::SCTP) => "sctp",
        _ => "tcp",
    };
    let host = match port.ip.as_deref().unwrap_or_default() {
        // Published on all addresses, it is listed for IPv4 and once more for IPv6.
        "::" => return None,
        ip if ip.contains(':') => format!("[{ip}]"),
        ip => ip.to_string(),
    };
    Some(format!("{host}:{public} → {}/{protocol}", port.private_port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::model::Service as Declared;
    use crate::stack::observed::Container;
    use crate::ui::{Format, Ui};

    fn stack() -> Stack {
        let service = |name: &str| Declared { name: name.into(), ..Declared::default() };
        Stack { project: "home".into(), services: vec![service("db"), service("web")], ..Stack::default() }
    }

    fn seen(service: &str, state: State, port: Option<(&str, u16)>) -> (String, Seen) {
        let container =
            Container { service: service.into(), state, exit_code: Some(3), ..Container::default() };
        let port = port.map(|(ip, public)| PortSummary {
            ip: Some(ip.into()),
            private_port: 80,
            public_port: Some(public),
            typ: Some(PortSummaryTypeEnum::TCP),
        });
        (format!("{service}-id"), Seen { container, ports: port.into_iter().collect(), ..Seen::default() })
    }

    fn plan() -> Plan<Change> {
        let mut plan = Plan::default();
        for service in ["db", "web"] {
            let name = format!("home-{service}-1");
            plan.push(Change::Create { service: service.into(), number: 1, name }, "it does not exist");
        }
        plan
    }

    fn text(ends: &[End], left: &Plan<Change>, states: [State; 2]) -> String {
        told(ends, left, states, false)
    }

    fn told(ends: &[End], left: &Plan<Change>, states: [State; 2], interrupted: bool) -> String {
        let (stack, plan) = (stack(), plan());
        let now =
            BTreeMap::from([seen("db", states[0], None), seen("web", states[1], Some(("127.0.0.1", 8080)))]);
        let parts = Parts {
            stack: &stack,
            without_gpu: &[],
            plan: &plan,
            ends,
            troubles: Vec::new(),
            now: Some(&now),
            left: Some(left),
            interrupted,
            seconds: 3.21,
        };
        Outcome::of(parts).text(&Ui::new(Format::Text).paint())
    }

    #[test]
    fn a_stack_that_is_well_shows_where_it_is_reached() {
        let ends = [End::Done, End::Done];
        insta::assert_snapshot!(text(&ends, &Plan::default(), [State::Running; 2]), @r"
        stack home is up: 2 services, 2 changes in 3.2 s
          db   running
          web  running  127.0.0.1:8080 → 80/tcp
        ");
    }

    #[test]
    fn what_failed_is_told_with_its_hint() {
        let ends = [End::Failed(Failure::environment("cannot create it").hint("pull it")), End::Left];
        insta::assert_snapshot!(text(&ends, &plan(), [State::Created, State::Exited]), @r"
        failed: cannot create it
          hint: pull it
        stack home is not as declared: 0 changes made, 1 failed, 1 not begun
          db   not started
          web  ended with 3  127.0.0.1:8080 → 80/tcp
        ");
    }

    #[test]
    fn a_run_that_was_interrupted_says_what_is_left() {
        let ends = [End::Done, End::Left];
        let first = |text: String| text.lines().next().unwrap_or_default().to_string();
        insta::assert_snapshot!(
            first(told(&ends, &plan(), [State::Running, State::Created], true)),
            @"stack home is not as declared yet: 1 change made, 1 left"
        );
        // All that was left was to wait.
        insta::assert_snapshot!(
            first(told(&ends, &Plan::default(), [State::Running; 2], true)),
            @"stack home is as declared: 1 change made, and it was not waited until all is well"
        );
    }

    #[test]
    fn what_nobody_says_is_not_known() {
        assert_eq!(now("db", None).state, "not known");
        assert_eq!(now("db", Some(&BTreeMap::new())).state, "no container");
    }

    #[test]
    fn what_a_second_look_finds_is_told() {
        let ends = [End::Done, End::Done];
        let told = text(&ends, &plan(), [State::Running; 2]);
        assert!(told.contains("everything was done, and still this is to be done:\n  create the"), "{told}");
    }
}
