//! Limits that can be said both in a service and in its `deploy`: where both are said, they must be equal.

use super::{at, map_at};
use crate::stack::compose::node::{Kind, Map, Node};
use crate::stack::compose::problem::{Problem, Result};

/// A limit of a service, and the same one in a part of `deploy.resources`.
struct Twin {
    own: &'static str,
    part: &'static str,
    deployed: &'static str,
    equal: fn(f64, f64) -> bool,
}

const TWINS: [Twin; 4] = [
    Twin { own: "cpus", part: "limits", deployed: "cpus", equal: in_single_precision },
    Twin { own: "mem_limit", part: "limits", deployed: "memory", equal: in_whole_numbers },
    Twin { own: "mem_reservation", part: "reservations", deployed: "memory", equal: in_whole_numbers },
    Twin { own: "pids_limit", part: "limits", deployed: "pids", equal: in_whole_numbers },
];

/// A service that is active.
pub(super) fn check(name: &str, service: &Map) -> Result<()> {
    let scale = count(name, service, &["scale"])?;
    let replicas = count(name, service, &["deploy", "replicas"])?;
    if let (Some((scale, node)), Some((replicas, _))) = (&scale, &replicas)
        && scale != replicas
    {
        let message = format!("the service `{name}` has `scale` {scale}, but `deploy.replicas` {replicas}");
        return Err(Problem::new(&node.place, message).hint("keep one of them"));
    }
    one_name_for_one_container(name, service, scale.or(replicas))?;
    TWINS.iter().try_for_each(|twin| agree(name, service, twin))
}

/// A number of containers, and where it was written.
fn count<'a>(name: &str, service: &'a Map, keys: &[&str]) -> Result<Option<(i128, &'a Node)>> {
    let Some(node) = at(service, keys) else { return Ok(None) };
    let Some(count) = amount(node) else { return Ok(None) };
    if count < 0.0 {
        let message = format!("`services.{name}.{}` is negative", keys.join("."));
        return Err(Problem::new(&node.place, message).hint("write 0 or more"));
    }
    Ok(Some((count as i128, node)))
}

fn one_name_for_one_container(name: &str, service: &Map, count: Option<(i128, &Node)>) -> Result<()> {
    match (service.get("container_name"), count) {
        (Some(node), Some((count, _))) if count > 1 => {
            let message = format!("the service `{name}` has a `container_name`, but {count} containers");
            Err(Problem::new(&node.place, message).hint(
                "two containers cannot have the same name: remove `container_name`, or run one container",
            ))
        }
        _ => Ok(()),
    }
}

/// A limit that is zero is none. Where `deploy` has the part but not the limit in it, that counts as another value, as
/// Docker Compose has it.
fn agree(name: &str, service: &Map, twin: &Twin) -> Result<()> {
    let Some(node) = service.get(twin.own) else { return Ok(()) };
    let Some(own) = amount(node).filter(|own| *own != 0.0) else { return Ok(()) };
    let Some(part) = map_at(service, &["deploy", "resources", twin.part]) else { return Ok(()) };
    let deployed = part.get(twin.deployed).map_or(Some(0.0), amount);
    if deployed.is_none_or(|deployed| (twin.equal)(own, deployed)) {
        return Ok(());
    }
    let other = format!("deploy.resources.{}.{}", twin.part, twin.deployed);
    let message = match part.get(twin.deployed) {
        Some(_) => format!("the service `{name}` has different values in `{}` and `{other}`", twin.own),
        None => format!(
            "the service `{name}` has `{}`, and `deploy.resources.{}` without `{}`",
            twin.own, twin.part, twin.deployed
        ),
    };
    Err(Problem::new(&node.place, message).hint(format!("write the same in both, or only `{other}`")))
}

/// Docker Compose keeps shares of processors in single precision; two that differ only beyond it are equal.
fn in_single_precision(left: f64, right: f64) -> bool {
    left as f32 == right as f32
}

fn in_whole_numbers(left: f64, right: f64) -> bool {
    left.trunc() == right.trunc()
}

/// A number, or a text with a number and a unit of memory. Nothing where it is neither: another step tells that.
fn amount(node: &Node) -> Option<f64> {
    match &node.kind {
        Kind::Int(number) => Some(*number as f64),
        Kind::Float(number) => Some(*number),
        Kind::Str(text) => {
            let text = text.trim().to_ascii_lowercase();
            let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit() && c != '.');
            let unit = text[digits.len()..].trim().trim_end_matches('b').trim_end_matches('i');
            let power = match unit {
                "" => 0,
                "k" => 1,
                "m" => 2,
                "g" => 3,
                "t" => 4,
                "p" => 5,
                _ => return None,
            };
            Some(digits.parse::<f64>().ok()? * 1024_f64.powi(power))
        }
        _ => None,
    }
}
