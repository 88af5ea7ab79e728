//! The ports that services publish: whether somebody else has them, and whether two services want the same one.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use serde_json::Value;

use super::{Case, Published};
use crate::facts::Fact;
use crate::facts::listeners::{Listener, collides};
use crate::report::Finding;
use crate::stack::model::{Condition, Service, Stack};
use crate::up::change::Change;

/// Ports of the machine, of which each container of a service gets one.
struct Wanted<'a> {
    service: &'a Service,
    /// Where the service says so, as a JSON pointer into the resolved files.
    at: String,
    protocol: &'a str,
    addresses: Vec<IpAddr>,
    first: u16,
    last: u16,
}

/// Who has a port.
struct Holder {
    who: String,
    hint: String,
    /// Whether the address is taken as well could be seen.
    sure: bool,
}

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let running = case.stack.services.iter().filter(|service| service.replicas > 0);
    let all: Vec<Wanted<'_>> = running.flat_map(wanted).collect();
    let starting: BTreeSet<&str> = case.starting().map(|service| service.name.as_str()).collect();
    let starts = |one: &Wanted<'_>| starting.contains(one.service.name.as_str());
    let mut findings = Vec::new();
    for (index, one) in all.iter().enumerate() {
        let later = all[index + 1..].iter().filter(|other| starts(one) || starts(other));
        findings.extend(later.filter_map(|other| twice(case, one, other)));
    }
    for one in all.iter().filter(|one| starts(one)) {
        findings.extend(too_few(case, one).or_else(|| taken(case, one, &all)));
    }
    findings
}

/// What a service publishes at ports that it names; the engine finds free ones for the others.
fn wanted(service: &Service) -> Vec<Wanted<'_>> {
    let shared =
        |mode: &str| mode == "host" || mode.starts_with("service:") || mode.starts_with("container:");
    if service.config.get("network_mode").and_then(Value::as_str).is_some_and(shared) {
        return Vec::new();
    }
    let ports = service.config.get("ports").and_then(Value::as_array).into_iter().flatten().enumerate();
    ports
        .filter_map(|(index, port)| {
            let text = |key: &str| port.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
            let published = text("published")?;
            let (first, last) = published.split_once('-').unwrap_or((published, published));
            let (first, last) = (first.parse().ok()?, last.parse().ok()?);
            let addresses = match text("host_ip") {
                None => vec![Ipv4Addr::UNSPECIFIED.into(), Ipv6Addr::UNSPECIFIED.into()],
                Some(address) => vec![address.parse::<IpAddr>().ok()?.to_canonical()],
            };
            let at = format!("/services/{}/ports/{index}", service.name);
            let protocol = text("protocol").unwrap_or("tcp");
            (first > 0).then_some(Wanted { service, at, protocol, addresses, first, last })
        })
        .collect()
}

/// Whether two addresses of one family meet. The engine listens on each family by itself.
fn meet(one: IpAddr, other: IpAddr) -> bool {
    one.is_ipv4() == other.is_ipv4() && (one == other || one.is_unspecified() || other.is_unspecified())
}

impl Wanted<'_> {
    fn ports(&self) -> String {
        match self.addresses.as_slice() {
            [address] if self.first == self.last => super::shown(&address.to_string(), self.first),
            _ if self.first == self.last => self.first.to_string(),
            _ => format!("{}-{}", self.first, self.last),
        }
    }

    fn meets(&self, address: &str) -> bool {
        address.parse().is_ok_and(|there| self.addresses.iter().any(|wanted| meet(*wanted, there)))
    }
}

fn twice(case: &Case<'_>, one: &Wanted<'_>, other: &Wanted<'_>) -> Option<Finding> {
    let is_same = one.protocol == other.protocol
        && one.first == one.last
        && (one.first, one.last) == (other.first, other.last)
        && one.addresses.iter().any(|a| other.addresses.iter().any(|b| meet(*a, *b)));
    let (name, theirs) = (&one.service.name, &other.service.name);
    // One that is over before the other begins has given the port back.
    let takes_turns =
        ends_before(case.stack, name, other.service) || ends_before(case.stack, theirs, one.service);
    if !is_same || takes_turns {
        return None;
    }
    let ports = format!("port {} ({})", one.first, one.protocol);
    let summary = if name == theirs {
        format!("`{name}` publishes {ports} twice")
    } else {
        format!("`{name}` and `{theirs}` both publish {ports}")
    };
    let mut finding = case.refuse("up.port.twice", &one.at, summary);
    finding.evidence.extend(case.place(&other.at));
    let hint = format!(
        "give one of them another port, or another address of this machine, as in `127.0.0.2:{}`",
        one.first
    );
    Some(finding.hint(hint))
}

/// Whether a service is started only after this one has done its work.
fn ends_before(stack: &Stack, first: &str, service: &Service) -> bool {
    let mut waiting = vec![service];
    let mut seen = BTreeSet::new();
    while let Some(service) = waiting.pop() {
        for dependency in &service.depends_on {
            if dependency.service == first && dependency.condition == Condition::Completed {
                return true;
            }
            if seen.insert(&dependency.service) {
                waiting.extend(stack.service(&dependency.service));
            }
        }
    }
    false
}

fn too_few(case: &Case<'_>, wanted: &Wanted<'_>) -> Option<Finding> {
    let there = u32::from(wanted.last.saturating_sub(wanted.first)) + 1;
    let Service { name, replicas, .. } = wanted.service;
    (*replicas > there).then(|| {
        let ports = wanted.ports();
        case.refuse(
            "up.port.replicas",
            &wanted.at,
            format!("`{name}` has {replicas} containers, and each needs a port of its own out of {ports}"),
        )
        .hint(format!(
            "publish a range, such as `{}-{}`",
            wanted.first,
            u32::from(wanted.first) + replicas - 1
        ))
    })
}

fn taken(case: &Case<'_>, wanted: &Wanted<'_>, all: &[Wanted<'_>]) -> Option<Finding> {
    let needed = new_containers(case, &wanted.service.name);
    let ports = wanted.first..=wanted.last;
    let mut held: Vec<(u16, Holder)> =
        ports.clone().filter_map(|port| Some((port, holder(case, wanted, port, all)?))).collect();
    if ports.len() >= held.len() + needed || needed == 0 {
        return None;
    }
    // What is surely taken says more.
    held.sort_by_key(|(port, holder)| (!holder.sure, *port));
    let sure = held.iter().filter(|(_, holder)| holder.sure).count();
    let is_sure = ports.len() < sure + needed;
    let (port, Holder { who, hint, .. }) = held.into_iter().next()?;
    let name = &wanted.service.name;
    let which = if wanted.first == wanted.last { "it".to_string() } else { port.to_string() };
    let protocol = if wanted.protocol == "tcp" { String::new() } else { format!(" ({})", wanted.protocol) };
    let summary = format!("`{name}` publishes {}{protocol}, and {who} has {which}", wanted.ports());
    let finding = if is_sure {
        case.refuse("up.port.taken", &wanted.at, summary)
    } else {
        // A socket at `::` takes IPv4 as well, unless it was told not to.
        case.warn("up.port.taken", &wanted.at, format!("{summary}, unless only for IPv6"))
    };
    Some(finding.hint(format!("{hint}, or publish another port of this machine")))
}

/// How many containers of a service will want a port that they do not have now.
fn new_containers(case: &Case<'_>, name: &str) -> usize {
    let number = |change| match change {
        &Change::Create { ref service, number, .. }
        | &Change::Recreate { ref service, number, .. }
        | &Change::Start { ref service, number, .. }
            if service == name =>
        {
            Some(number)
        }
        _ => None,
    };
    case.plan.steps.iter().filter_map(|step| number(&step.action)).collect::<BTreeSet<u32>>().len()
}

/// Who has this port; none where nobody does, or only a container that will be gone by then.
fn holder(case: &Case<'_>, wanted: &Wanted<'_>, port: u16, all: &[Wanted<'_>]) -> Option<Holder> {
    let published = case.seen.published.known().map(Vec::as_slice).unwrap_or_default();
    let here = |one: &&Published| one.port == port && one.protocol == wanted.protocol;
    let stays = |one: &&Published| !is_leaving(case, &one.id) && !is_told(case, one, wanted, all);
    let container = published.iter().filter(here).find(|one| wanted.meets(&one.address) && stays(one));
    if let Some(one) = container {
        return Some(Holder {
            who: container_in_words(one),
            hint: format!("`docker stop {}`", one.container),
            sure: true,
        });
    }
    let sockets = if case.seen.local { case.seen.sockets.known()?.as_slice() } else { return None };
    let in_the_way = |socket: &&Listener| {
        let there = socket.address.parse::<IpAddr>();
        let is_here = socket.port == port
            && socket.protocol == wanted.protocol
            && there.is_ok_and(|there| wanted.addresses.iter().any(|address| collides(there, *address)));
        // What the engine publishes is judged above; nobody else can listen at the same place.
        let by_engine = |one: &Published| {
            let (Ok(one), Ok(there)) = (one.address.parse(), socket.address.parse()) else { return false };
            collides(there, one)
        };
        is_here && !published.iter().filter(here).any(by_engine) && !is_unjudged(case, socket)
    };
    let socket = sockets.iter().find(in_the_way)?;
    let (who, hint) = process_in_words(socket);
    Some(Holder { who, hint, sure: wanted.meets(&socket.address) })
}

/// Whether a container will be gone before its port is needed.
fn is_leaving(case: &Case<'_>, container: &str) -> bool {
    case.plan.steps.iter().any(|step| match &step.action {
        Change::Recreate { old: id, .. } | Change::Stop { id, .. } | Change::Remove { id, .. } => {
            id == container
        }
        _ => false,
    })
}

/// Whether the container is of another service of this stack that declares the same port: that is told of both.
fn is_told(case: &Case<'_>, one: &Published, wanted: &Wanted<'_>, all: &[Wanted<'_>]) -> bool {
    let Some((project, service)) = &one.member else { return false };
    let declares = |other: &Wanted<'_>| {
        other.service.name == *service
            && other.service.name != wanted.service.name
            && other.protocol == one.protocol
            && (other.first, other.last) == (one.port, one.port)
    };
    *project == case.stack.project && all.iter().any(declares)
}

/// Whether nothing can be said of a socket: the engine's, while it did not tell what it publishes, or that of a container
/// that leaves.
fn is_unjudged(case: &Case<'_>, socket: &Listener) -> bool {
    let Some(owner) = &socket.owner else { return false };
    let unknown = matches!(case.seen.published, Fact::Unknown(_)) && owner.forwards.is_some();
    unknown || owner.container.as_deref().is_some_and(|container| is_leaving(case, container))
}

fn container_in_words(one: &Published) -> String {
    match &one.member {
        Some((project, _)) => format!("the container `{}` of the project `{project}`", one.container),
        None => format!("the container `{}`", one.container),
    }
}

/// Who listens, and what ends it.
fn process_in_words(socket: &Listener) -> (String, String) {
    let Some(owner) = &socket.owner else {
        let tool = if socket.protocol == "udp" { "sudo ss -lunp" } else { "sudo ss -ltnp" };
        return (
            format!("a process of user {}, which only root may look into,", socket.uid),
            format!("find it with `{tool} 'sport = :{}'` and end it", socket.port),
        );
    };
    if owner.ours {
        let who = format!("the tars server of this machine (process {})", owner.pid);
        return (who, "stop it with `tars ops stop`".into());
    }
    let who = format!("`{}` (process {}", owner.command, owner.pid);
    match &owner.unit {
        Some(unit) => (format!("{who}, unit `{unit}`)"), format!("`sudo systemctl stop {unit}`")),
        None => (format!("{who})"), format!("`kill {}`", owner.pid)),
    }
}
