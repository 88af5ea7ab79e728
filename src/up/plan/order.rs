//! Which services a plan is about, and in which order: each after those that it depends on.

use std::collections::BTreeSet;

use super::Wanted;
use crate::stack::model::{Condition, Dependency, Service, Stack};

/// The services in order. Files with a circle among them are refused long before; the rest of one would be last here.
pub fn of<'a>(stack: &'a Stack, wanted: &Wanted) -> Vec<&'a Service> {
    let mut left: Vec<&Service> = stack.services.iter().filter(|service| wanted.is_about(service)).collect();
    left.sort_by(|a, b| a.name.cmp(&b.name));
    let mut names: BTreeSet<&str> = left.iter().map(|service| service.name.as_str()).collect();
    let mut order = Vec::with_capacity(left.len());
    while !left.is_empty() {
        let is_ready = |service: &&Service| {
            let waits_for = |other: &str| names.contains(other);
            !dependencies(service).iter().any(|dependency| waits_for(&dependency.service))
                && !named(stack, service).any(|other| waits_for(&other.name))
        };
        let next = left.remove(left.iter().position(is_ready).unwrap_or(0));
        names.remove(next.name.as_str());
        order.push(next);
    }
    order
}

/// The services whose container a service names itself, as `container:NAME`. Docker Compose does not look whose it is;
/// but nothing can be made of a container that is not there yet.
pub fn named<'a>(stack: &'a Stack, service: &'a Service) -> impl Iterator<Item = &'a Service> {
    let others = move || stack.services.iter().filter(|other| other.name != service.name);
    let named = service.named_containers();
    named.filter_map(move |name| others().find(|other| other.container_name.as_deref() == Some(name)))
}

/// What a service depends on: what it says, and those whose namespaces or volumes it shares.
pub fn dependencies(service: &Service) -> Vec<Dependency> {
    let mut all = service.depends_on.clone();
    for (_, partner) in service.partners() {
        if all.iter().all(|dependency| dependency.service != partner) {
            let (service, condition) = (partner.to_string(), Condition::Started);
            all.push(Dependency { service, condition, restart: true, required: true });
        }
    }
    all
}
