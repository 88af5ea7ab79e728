//! What has to go, in which order, and what stays and why. Pure: it sees what is there and what was asked.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::Serialize;

use crate::plan::Plan;
use crate::stack::choice::Target;
use crate::stack::members::Member;
use crate::stack::observed::{Network, Volume};
use crate::up::change::Change;

/// What the engine has under the name.
#[derive(Debug, Clone, Default)]
pub struct There {
    /// The containers.
    pub members: Vec<Member>,
    /// The networks, by name.
    pub networks: BTreeMap<String, Network>,
    /// The volumes that have a name of somebody's choosing, by it.
    pub volumes: BTreeMap<String, Volume>,
}

/// What was asked for.
#[derive(Debug, Clone, Default)]
pub struct Wanted {
    /// Volumes go too.
    pub volumes: bool,
    /// Containers go that belong to no service of the files.
    pub remove_orphans: bool,
    /// Only these services; none: all.
    pub services: Vec<String>,
}

/// Something that stays, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Left {
    /// What it is: `network home_default`.
    pub what: String,
    /// Why it stays, as a clause.
    pub why: String,
}

impl fmt::Display for Left {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} stays: {}", self.what, self.why)
    }
}

/// What is decided of a container.
enum Fate {
    /// It goes, because.
    Goes(String),
    /// It stays, and that is worth a word.
    Stays(&'static str),
    /// It stays, as was asked for.
    Untouched,
}

/// What goes, the containers first on which no other depends; and what stays that one might not expect.
pub fn plan(target: &Target, there: &There, wanted: &Wanted) -> (Plan<Change>, Vec<Left>) {
    let mut plan = Plan::default();
    let mut left = Vec::new();
    let (mut going, mut staying) = (Vec::new(), Vec::new());
    for member in &there.members {
        match fate(target, wanted, member) {
            Fate::Goes(cause) => going.push((member, cause)),
            Fate::Stays(why) => {
                left.push(Left {
                    what: format!("the container `{}`", member.container.name),
                    why: why.into(),
                });
                staying.push(member);
            }
            Fate::Untouched => staying.push(member),
        }
    }
    let removed = containers(&mut plan, &going);
    let mut shared = Shared { plan, left, target, wanted, staying, removed };
    shared.networks(&there.networks);
    if wanted.volumes {
        shared.volumes(&there.volumes);
    }
    (shared.plan, shared.left)
}

fn fate(target: &Target, wanted: &Wanted, member: &Member) -> Fate {
    let service = &member.container.service;
    let asked = wanted.services.is_empty() || wanted.services.contains(service);
    let orphan = |cause: &str| match (wanted.services.is_empty(), wanted.remove_orphans) {
        (false, _) => Fate::Untouched,
        (true, true) => Fate::Goes(cause.to_string()),
        (true, false) => Fate::Stays("`--remove-orphans` removes it"),
    };
    if member.one_off {
        return orphan("`run` made it, and `--remove-orphans` was given");
    }
    let down = || Fate::Goes(format!("the stack `{}` is taken down", target.name));
    match &target.project {
        None if asked => down(),
        Some(_) if asked && target.services().contains(service) => down(),
        Some(_) if wanted.services.contains(service) => down(),
        Some(_) if target.dormant.contains(service) && wanted.services.is_empty() => {
            Fate::Stays("its service has a profile that is not active, `--profile` makes it so")
        }
        Some(_) if !target.services().contains(service) => {
            orphan("no file has its service, and `--remove-orphans` was given")
        }
        _ => Fate::Untouched,
    }
}

/// A container that goes, and the step after which it is gone.
type Removed<'a> = Vec<(&'a Member, usize)>;

/// The containers of a service go after those of the services that wait for it.
fn containers<'a>(plan: &mut Plan<Change>, going: &[(&'a Member, String)]) -> Removed<'a> {
    let mut removed: Removed<'a> = Vec::new();
    for service in in_order(going) {
        let before: Vec<usize> = removed
            .iter()
            .filter(|(member, _)| member.depends_on.contains(&service))
            .map(|(_, step)| *step)
            .collect();
        for (member, cause) in going.iter().filter(|(member, _)| member.container.service == service) {
            let container = &member.container;
            let (name, id) = (container.name.clone(), container.id.clone());
            let mut after = before.clone();
            if member.is_up() {
                let stop = Change::Stop { service: service.clone(), name: name.clone(), id: id.clone() };
                after = vec![plan.push_after(stop, cause.clone(), after)];
            }
            let remove = Change::Remove { service: service.clone(), name, id };
            removed.push((member, plan.push_after(remove, cause.clone(), after)));
        }
    }
    removed
}

/// The services whose containers go, each after all that wait for it.
fn in_order(going: &[(&Member, String)]) -> Vec<String> {
    fn visit(
        service: &str,
        going: &[(&Member, String)],
        seen: &mut BTreeSet<String>,
        order: &mut Vec<String>,
    ) {
        if !seen.insert(service.to_string()) {
            return;
        }
        for (member, _) in going.iter().filter(|(member, _)| member.depends_on.iter().any(|on| on == service))
        {
            visit(&member.container.service, going, seen, order);
        }
        order.push(service.to_string());
    }
    let (mut seen, mut order) = (BTreeSet::new(), Vec::new());
    for (member, _) in going {
        visit(&member.container.service, going, &mut seen, &mut order);
    }
    order
}

/// What is left to decide once the containers are: what they share.
struct Shared<'a> {
    plan: Plan<Change>,
    left: Vec<Left>,
    target: &'a Target,
    wanted: &'a Wanted,
    staying: Vec<&'a Member>,
    removed: Removed<'a>,
}

impl Shared<'_> {
    fn networks(&mut self, networks: &BTreeMap<String, Network>) {
        for (name, network) in networks {
            let is_in = |member: &Member| member.container.networks.values().any(|id| *id == network.id);
            let after = steps_of(&self.removed, is_in);
            if self.is_untouched("networks", name, &after) {
                continue;
            }
            match self.staying.iter().find(|member| is_in(member)) {
                Some(_) if !self.wanted.services.is_empty() => {}
                Some(member) => self.left.push(Left {
                    what: format!("the network `{name}`"),
                    why: format!("`{}` is in it", member.container.name),
                }),
                None => {
                    let remove = Change::RemoveNetwork { name: name.clone(), id: network.id.clone() };
                    self.plan.push_after(remove, "nothing of the stack is in it any more", after);
                }
            }
        }
    }

    fn volumes(&mut self, volumes: &BTreeMap<String, Volume>) {
        let mounted = self.removed.iter().flat_map(|(member, _)| &member.container.volumes);
        let nameless = mounted.filter(|name| is_nameless(name) && !volumes.contains_key(*name));
        let names: BTreeSet<&String> = volumes.keys().chain(nameless).collect();
        for name in names {
            let mounts = |member: &Member| member.container.volumes.contains(name);
            let after = steps_of(&self.removed, mounts);
            if self.is_untouched("volumes", name, &after) {
                continue;
            }
            let mut stays = |why: String| self.left.push(Left { what: format!("the volume `{name}`"), why });
            if self.target.project.is_some() && !is_nameless(name) && !self.target.has("volumes", name) {
                stays("no service has it any more; `docker volume rm` removes it".into());
            } else if let Some(member) = self.staying.iter().find(|member| mounts(member)) {
                stays(format!("`{}` mounts it", member.container.name));
            } else {
                let remove = Change::RemoveVolume { name: name.clone() };
                let index = self.plan.push_after(remove, "`--volumes` was given", after);
                self.plan.steps[index].destructive = true;
            }
        }
    }

    /// Whether it is somebody else's, or none of the services uses it that were asked for.
    fn is_untouched(&self, section: &str, name: &str, after: &[usize]) -> bool {
        self.target.is_external(section, name) || (!self.wanted.services.is_empty() && after.is_empty())
    }
}

fn steps_of(removed: &Removed<'_>, is: impl Fn(&Member) -> bool) -> Vec<usize> {
    removed.iter().filter(|(member, _)| is(member)).map(|(_, step)| *step).collect()
}

/// The engine names what nobody named: 64 hexadecimal digits.
fn is_nameless(volume: &str) -> bool {
    volume.len() == 64 && volume.bytes().all(|byte| byte.is_ascii_hexdigit())
}
