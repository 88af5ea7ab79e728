//! Graphics cards that services ask for: whether the machine and its engine can give them. What is asked for is read in
//! [`crate::stack::gpu`]; doing without is in `without`.

mod without;

pub use without::{Without, in_files, policy, start_without};

use super::guards::{Case, Info, Seen};
use crate::config::value::show_count;
use crate::facts::Fact;
use crate::facts::gpu::{Gpu, Nvml};
use crate::facts::storage::There;
use crate::report::{Finding, Verdict};
use crate::stack::engine::Api;
use crate::stack::gpu::{RUNTIME, Wish, wishes};
use crate::stack::model::{Service, Stack};

/// The first version of the API whose engines know the Container Device Interface.
const CDI: Api = Api(1, 44);

/// The services whose wish cannot be met, with the reason: for those who would rather do without a card.
#[must_use]
pub fn unmet(stack: &Stack, seen: &Seen) -> Vec<Without> {
    let why = |service: &Service| {
        let why = wishes(service).into_iter().find_map(|(wish, _)| lack(&wish, seen).ok()?)?;
        Some(Without { service: service.name.clone(), why })
    };
    stack.services.iter().filter_map(why).collect()
}

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for service in case.starting() {
        for (wish, at) in wishes(service) {
            let at = format!("/services/{}{at}", service.name);
            let says = |why: &str| format!("`{}` asks for a graphics card, and {why}", service.name);
            findings.extend(match lack(&wish, case.seen) {
                Ok(None) => None,
                Ok(Some(why)) => Some(case.refuse("up.gpu.missing", &at, says(&why)).hint(
                    "`tars up --cpu-only` starts it without one; `tars doctor --only 'gpu.*'` says what is missing",
                )),
                Err(why) if case.seen.local => {
                    let why = format!("whether there is one could not be looked at: {why}");
                    Some(case.finding("up.gpu.unknown", Verdict::Unknown, &at, says(&why)))
                }
                Err(_) => None,
            });
        }
    }
    // Several reservations of one service lack the same thing.
    findings.dedup_by(|later, first| later.summary == first.summary);
    findings
}

/// Why a wish cannot be met, or that nothing is in its way; an error is why that is not known.
fn lack(wish: &Wish, seen: &Seen) -> Result<Option<String>, String> {
    let engine = known(&seen.engine)?;
    match wish {
        Wish::Other => Ok(None),
        Wish::Runtime if engine.runtimes.iter().any(|name| name == RUNTIME) => Ok(None),
        Wish::Runtime => Ok(Some(format!("the engine has no runtime `{RUNTIME}`"))),
        Wish::Node(path) => match seen.paths.get(path) {
            Some(Fact::Known(There::Missing)) => Ok(Some(format!("there is no `{path}`"))),
            Some(Fact::Unknown(why)) => Err(why.clone()),
            _ => Ok(None),
        },
        Wish::Described(names) => described(names, engine, seen),
        Wish::Cards { count, ids } => {
            if !seen.local {
                return Err("the engine is on another machine".into());
            }
            if let Some(why) = no_way(engine, seen)? {
                return Ok(Some(why));
            }
            no_card(*count, ids, &seen.gpu)
        }
    }
}

fn known<T>(fact: &Fact<T>) -> Result<&T, String> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(why) => Err(why.clone()),
    }
}

fn described(names: &[String], engine: &Info, seen: &Seen) -> Result<Option<String>, String> {
    if seen.api < CDI || engine.cdi_dirs.is_empty() {
        return Ok(Some(format!(
            "the engine (API {}) does not take devices by their descriptions (CDI): that takes {CDI}",
            seen.api
        )));
    }
    let is_nvidia = names.iter().any(|name| name.starts_with("nvidia.com/"));
    if !seen.local || !is_nvidia || !known(&seen.gpu.specs)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!("there is no description (CDI) of it in {}", engine.cdi_dirs.join(", "))))
}

/// Whether the engine has no way at all to give a container one of NVIDIA's cards: neither the runtime, nor the tools
/// that come with it, nor a description.
fn no_way(engine: &Info, seen: &Seen) -> Result<Option<String>, String> {
    if engine.runtimes.iter().any(|name| name == RUNTIME) || known(&seen.gpu.toolkit)?.runtime.is_some() {
        return Ok(None);
    }
    let takes_descriptions = seen.api >= CDI && !engine.cdi_dirs.is_empty();
    if takes_descriptions && !known(&seen.gpu.specs)?.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!("the engine has neither the runtime `{RUNTIME}` nor a description (CDI) of a card")))
}

/// Whether the driver does not run, or has too few cards.
fn no_card(count: Option<u64>, ids: &[String], gpu: &Gpu) -> Result<Option<String>, String> {
    let answers = match &gpu.nvml {
        Fact::Known(Nvml::Answers(answers)) => answers,
        Fact::Known(Nvml::Mismatch) => {
            return Ok(Some(
                "its driver and the driver's libraries are of different versions: restart the machine".into(),
            ));
        }
        // The library is for programs; a driver that runs does without one that this program can load.
        _ => {
            let runs = known(&gpu.module)?.running.is_some();
            return Ok((!runs).then(|| "no driver of NVIDIA's runs on this machine".to_string()));
        }
    };
    let there = answers.devices.len() as u64;
    let is_beyond = |id: &&String| id.parse::<u64>().is_ok_and(|index| index >= there);
    Ok(match (there, count, ids.iter().find(is_beyond)) {
        (0, ..) => Some("the driver has none".into()),
        (_, _, Some(id)) => {
            Some(format!("there is no card `{id}`: the driver has {}", show_count(there, "card")))
        }
        (_, Some(count), None) if count > there => {
            Some(format!("it wants {count}, and there {}", is_or_are(there)))
        }
        _ => None,
    })
}

fn is_or_are(count: u64) -> String {
    if count == 1 { "is 1".into() } else { format!("are {count}") }
}
