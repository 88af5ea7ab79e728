//! What a stack says and no engine carries out, such as what only a swarm does. It is told, never passed over; what a
//! container cannot be without is an error of [`request`](super::request) instead, and what takes a newer engine is for
//! those who know this one.

use bollard::models::HostConfigIsolationEnum;

use crate::stack::compose::Problem;
use crate::stack::compose::fields::Fields;
use crate::stack::model::{Service, Stack};

const SWARM: &str = "only a swarm carries it out";

/// The keys of a service that have no effect.
const OF_SERVICE: [(&[&str], &str); 16] = [
    (&["deploy", "mode"], SWARM),
    (&["deploy", "labels"], "they are labels of a service in a swarm"),
    (&["deploy", "update_config"], SWARM),
    (&["deploy", "rollback_config"], SWARM),
    (&["deploy", "endpoint_mode"], SWARM),
    (&["deploy", "placement"], SWARM),
    (&["deploy", "resources", "reservations", "cpus"], SWARM),
    (&["deploy", "resources", "reservations", "generic_resources"], SWARM),
    (&["deploy", "restart_policy", "delay"], "the engine chooses its own pauses"),
    (&["deploy", "restart_policy", "window"], "the engine restarts without counting the time"),
    (&["credential_spec"], "it is for containers of Windows"),
    (&["cpu_count"], "it is for containers of Windows"),
    (&["cpu_percent"], "it is for containers of Windows"),
    (&["pre_start"], "hooks are not carried out"),
    (&["post_start"], "hooks are not carried out"),
    (&["pre_stop"], "hooks are not carried out"),
];

/// What of a stack has no effect.
#[must_use]
pub fn of_stack(stack: &Stack) -> Vec<Problem> {
    let mut found: Vec<Problem> =
        stack.services.iter().flat_map(|service| of_service(stack, service)).collect();
    let all = Fields::of(Some(&stack.tree));
    for (section, keys) in
        [("secrets", &["labels", "driver_opts"][..]), ("configs", &["labels", "driver_opts"])]
    {
        for (name, says) in all.named(section) {
            for key in keys.iter().filter(|key| says.has(key)) {
                found.push(told(says, key, &format!("{section}.{name}.{key}"), SWARM));
            }
        }
    }
    for (name, _) in all.named("jobs") {
        found.push(told(
            all.fields("jobs"),
            name,
            &format!("jobs.{name}"),
            "jobs are not started with the stack",
        ));
    }
    found
}

/// What of a service has no effect.
fn of_service(stack: &Stack, service: &Service) -> Vec<Problem> {
    let says = stack.says(&service.name);
    let name = &service.name;
    let mut found = Vec::new();
    let mut tell = |fields: Fields, key: &str, path: &str, why: &str| {
        found.push(told(fields, key, &format!("services.{name}.{path}"), why));
    };
    let present = |path: &[&'static str]| {
        let (last, before) = path.split_last()?;
        let fields = says.at(before);
        fields.has(last).then_some((fields, *last))
    };
    for (path, why) in OF_SERVICE {
        if let Some((fields, key)) = present(path) {
            tell(fields, key, &path.join("."), why);
        }
    }
    if says.text("isolation").is_some_and(|text| text.parse::<HostConfigIsolationEnum>().is_err()) {
        tell(says, "isolation", "isolation", "there is no such isolation");
    }
    for port in says.items("ports").filter(|port| port.text("mode") == Some("host")) {
        tell(port, "mode", &format!("ports.{}.mode", port.number("target").unwrap_or_default()), SWARM);
    }
    for mount in says.items("volumes") {
        for (key, why) in of_mount(mount) {
            tell(mount, key, &format!("volumes.{}.{key}", mount.text("target").unwrap_or_default()), &why);
        }
    }
    for section in ["secrets", "configs"] {
        for file in says.items(section) {
            let source = file.text("source").unwrap_or_default();
            let object = Fields::of(Some(&stack.tree)).at(&[section, source]);
            let keys = ["uid", "gid", "mode"].into_iter().filter(|key| object.has("file") && file.has(key));
            for key in keys {
                tell(file, key, &format!("{section}.{source}.{key}"), "a file is mounted as it is");
            }
        }
    }
    found
}

/// The options of a mount that are those of another kind.
fn of_mount(mount: Fields) -> Vec<(&'static str, String)> {
    let kind = mount.text("type").unwrap_or_default();
    let options = |key: &str| {
        mount.get(key).and_then(crate::stack::compose::Node::as_map).is_some_and(|map| !map.is_empty())
    };
    let foreign = ["bind", "volume", "tmpfs", "image"].into_iter().filter(|key| {
        // A named volume may have the options of a bind: they are written in the same place.
        *key != kind && options(key) && !(kind == "volume" && *key == "bind")
    });
    foreign.map(|key| (key, format!("it is mounted as a `{kind}`"))).collect()
}

fn told(says: Fields, key: &str, path: &str, why: &str) -> Problem {
    Problem::new(&says.place(key), format!("`{path}` has no effect: {why}"))
}
