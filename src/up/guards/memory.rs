//! Whether the memory that the services may take, or have been promised, is there at all. It only warns: a limit is no
//! use, and a machine may swap.

use serde_json::Value;

use super::Case;
use crate::config::value::{show_bytes, show_count};
use crate::facts::Fact;
use crate::report::Finding;
use crate::stack::model::Service;

/// What is added up: its id, in words, and where a service says it.
const KINDS: [(&str, &str, [&str; 2]); 2] = [
    ("up.memory.limits", "limits", ["/deploy/resources/limits/memory", "/mem_limit"]),
    ("up.memory.reserved", "reservations", ["/deploy/resources/reservations/memory", "/mem_reservation"]),
];

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let Fact::Known(engine) = &case.seen.engine else { return Vec::new() };
    let told = |(id, words, keys): &(&str, &str, [&str; 2])| {
        let each: Vec<u64> = case.stack.services.iter().filter_map(|service| bytes(service, keys)).collect();
        let sum = each.iter().fold(0_u64, |sum, bytes| sum.saturating_add(*bytes));
        (engine.memory > 0 && sum > engine.memory).then(|| {
            let services = show_count(each.len(), "service");
            let summary = format!(
                "the memory {words} of {services} come to {}, and the machine has {}",
                show_bytes(sum),
                show_bytes(engine.memory)
            );
            case.warn(id, "", summary)
                .hint("lower `mem_limit` or `deploy.resources`, or leave a profile out: where memory runs out, the kernel ends a container (exit code 137)")
        })
    };
    KINDS.iter().filter_map(told).collect()
}

/// What all containers of a service come to.
fn bytes(service: &Service, keys: &[&str; 2]) -> Option<u64> {
    let number = |value: &Value| value.as_u64().or_else(|| value.as_str()?.parse().ok());
    let each = keys.iter().find_map(|key| service.config.pointer(key).and_then(number))?;
    Some(each.saturating_mul(u64::from(service.replicas)))
}
