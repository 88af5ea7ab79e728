//! Keys that need a newer engine. An older one silently leaves out of a request what it does not know, so each is told
//! with the version that it takes; where something else would be started than what is declared, it is refused.

use serde_json::Value;

use super::Case;
use crate::report::{Finding, Verdict};
use crate::stack::engine::Api;
use crate::up::change::Change;

/// What an older engine makes of it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Older {
    /// It goes on without it.
    LeavesOut,
    /// It would do something else, or nothing.
    DoesOtherwise,
}

/// A key that needs an engine of some age.
struct Feature {
    /// The path below a service; `*` is every item.
    key: &'static str,
    /// The value that it has to have to count; any where none is named, but not a `false`.
    value: Option<&'static str>,
    since: Api,
    /// The release of Docker that has it.
    docker: &'static str,
    older: Older,
}

const fn feature(key: &'static str, since: Api, docker: &'static str) -> Feature {
    Feature { key, value: None, since, docker, older: Older::LeavesOut }
}

/// In the order of the versions.
const SERVICE: &[Feature] = &[
    feature("annotations", Api(1, 43), "24.0"),
    feature("healthcheck.start_interval", Api(1, 44), "25.0"),
    feature("mac_address", Api(1, 44), "25.0"),
    feature("networks.*.mac_address", Api(1, 44), "25.0"),
    Feature { value: Some("readonly"), ..feature("volumes.*.bind.recursive", Api(1, 44), "25.0") },
    Feature { value: Some("writable"), ..feature("volumes.*.bind.recursive", Api(1, 44), "25.0") },
    Feature { older: Older::DoesOtherwise, ..feature("volumes.*.volume.subpath", Api(1, 45), "26.0") },
    Feature {
        value: Some("image"),
        older: Older::DoesOtherwise,
        ..feature("volumes.*.type", Api(1, 48), "28.0")
    },
    feature("networks.*.gw_priority", Api(1, 48), "28.0"),
    Feature { older: Older::DoesOtherwise, ..feature("networks.*.interface_name", Api(1, 49), "28.1") },
];

/// A network is made with IPv4 whatever is said by an engine that does not know the key.
const NETWORK: Feature = Feature { value: Some("false"), ..feature("enable_ipv4", Api(1, 48), "28.0") };

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in case.starting() {
        let wanted = SERVICE.iter().flat_map(|feature| used(feature, &service.config));
        findings.extend(wanted.filter_map(|(feature, at)| {
            told(case, feature, &format!("`{}`", service.name), &format!("/services/{}{at}", service.name))
        }));
    }
    let is_made = |key: &str| {
        case.plan
            .steps
            .iter()
            .any(|step| matches!(&step.action, Change::CreateNetwork { key: made, .. } if made == key))
    };
    for network in case.stack.networks.iter().filter(|network| is_made(&network.key)) {
        findings.extend(used(&NETWORK, &network.config).into_iter().filter_map(|(feature, at)| {
            let what = format!("the network `{}`", network.key);
            told(case, feature, &what, &format!("/networks/{}{at}", network.key))
        }));
    }
    findings
}

fn told(case: &Case<'_>, feature: &Feature, what: &str, at: &str) -> Option<Finding> {
    if case.seen.api >= feature.since {
        return None;
    }
    let (id, verdict, otherwise) = match feature.older {
        Older::LeavesOut => ("up.api.left_out", Verdict::Warn, "leaves it out"),
        Older::DoesOtherwise => ("up.api.too_old", Verdict::Fail, "cannot do it"),
    };
    let key = at.splitn(4, '/').nth(3).unwrap_or_default().replace('/', ".");
    let value = feature.value.map_or_else(String::new, |value| format!(": {value}"));
    let summary = format!(
        "{what} says `{key}{value}`, and this engine (API {}) {otherwise}: it takes {}",
        case.seen.api, feature.since
    );
    let hint = format!("install Docker {} or newer, or take the key out", feature.docker);
    Some(case.finding(id, verdict, at, summary).hint(hint))
}

/// Where a feature is used, as JSON pointers.
fn used<'f>(feature: &'f Feature, config: &Value) -> Vec<(&'f Feature, String)> {
    let steps: Vec<&str> = feature.key.split('.').collect();
    let mut found = Vec::new();
    follow(config, &steps, String::new(), &mut found);
    let counts = |value: &Value| match (feature.value, value) {
        (Some(wanted), Value::String(text)) => wanted == text,
        (Some(wanted), Value::Bool(yes)) => wanted == yes.to_string(),
        (Some(_), _) => false,
        (None, value) => !matches!(value, Value::Null | Value::Bool(false)),
    };
    found.into_iter().filter(|(value, _)| counts(value)).map(|(_, at)| (feature, at)).collect()
}

fn follow<'v>(value: &'v Value, steps: &[&str], at: String, found: &mut Vec<(&'v Value, String)>) {
    let Some((step, rest)) = steps.split_first() else {
        found.push((value, at));
        return;
    };
    match (value, *step) {
        (Value::Array(items), "*") => {
            for (index, item) in items.iter().enumerate() {
                follow(item, rest, format!("{at}/{index}"), found);
            }
        }
        (Value::Object(map), "*") => {
            for (key, item) in map {
                follow(item, rest, format!("{at}/{key}"), found);
            }
        }
        (Value::Object(map), step) => {
            if let Some(item) = map.get(step) {
                follow(item, rest, format!("{at}/{step}"), found);
            }
        }
        _ => {}
    }
}
