//! How each card is: its memory, its temperature, its speed, its errors, and who else is on it.

use jiff::SignedDuration;

use super::{answers, each, gib, named};
use crate::doctor::check::{Judged, fail, known, not_here, pass, warn, worst};
use crate::facts::gpu::{Device, Process, Xid};
use crate::facts::snapshot::Facts;

/// The smallest models that answer usefully need about this.
const LEAST: u64 = 4 << 30;
/// Errors that mean the card, its memory, its slot or its firmware, and not a program on it.
const HARDWARE: [u32; 9] = [48, 62, 64, 74, 79, 92, 95, 119, 120];
/// How model servers are called.
const MODEL_SERVERS: [&str; 5] = ["ollama", "llama-server", "llama_server", "vllm", "VLLM"];

pub(super) fn memory(facts: &Facts) -> Judged {
    let is_idle = facts.models.running.known().is_none_or(Vec::is_empty);
    let judge = |device: &Device| {
        let memory = known(&device.memory)?;
        let (card, free, total) = (named(device), gib(memory.free), gib(memory.total));
        if memory.total < LEAST {
            return Ok(warn(format!("{card} has {total} of memory: only the smallest models fit"))
                .hint("choose a model of at most 3 billion parameters, such as `llama3.2:1b`"));
        }
        if is_idle && memory.free < memory.total / 10 {
            return Ok(warn(format!("{card} has {free} free of {total}, and no model is loaded"))
                .hint("`nvidia-smi` lists what uses it"));
        }
        Ok(pass(format!("{card}: {free} free of {total}")))
    };
    let judgements = answers(facts)?.devices.iter().map(|device| judge(device).unwrap_or_else(|early| early));
    Ok(worst(judgements, "every card has room", not_here("there is no card")))
}

pub(super) fn temperature(facts: &Facts) -> Judged {
    let judge = |device: &Device| {
        let card = named(device);
        let Some(degrees) = *known(&device.temperature)? else { return Err(not_here("no sensor")) };
        let limit = device.slowdown.known().copied().flatten();
        let near = limit.map_or(85, |limit| limit.saturating_sub(5));
        let hint = "clean the fans and filters, and see that the air can leave the case";
        Ok(match limit {
            Some(limit) if degrees >= limit => {
                fail(format!("{card} is at {degrees} °C, and slows down from {limit} °C")).hint(hint)
            }
            _ if degrees >= near => warn(format!("{card} is at {degrees} °C")).hint(hint),
            _ => pass(format!("{card} is at {degrees} °C")),
        })
    };
    each(facts, judge, "every card is cool enough", "no card has a sensor")
}

pub(super) fn throttling(facts: &Facts) -> Judged {
    let judge = |device: &Device| {
        let card = named(device);
        let Some(reasons) = known(&device.throttling)? else { return Err(not_here("it does not say")) };
        let odd: Vec<_> =
            reasons.iter().filter(|reason| *reason != "power cap").map(String::as_str).collect();
        Ok(match (odd.is_empty(), reasons.is_empty()) {
            (true, true) => pass(format!("{card} runs as fast as it can")),
            (true, false) => pass(format!("{card} is held by its power cap, as a busy card is")),
            _ => warn(format!("{card} holds itself back: {}", odd.join(", ")))
                .evidences(reasons.iter().cloned())
                .hint("against heat, clean and ventilate; otherwise check the card's power cables and the power supply"),
        })
    };
    each(facts, judge, "every card runs as fast as it can", "no card says why it runs slower")
}

pub(super) fn persistence(facts: &Facts) -> Judged {
    let judge = |device: &Device| {
        let card = named(device);
        Ok(match *known(&device.persistent)? {
            Some(true) => pass(format!("{card} stays awake")),
            Some(false) => warn(format!("{card} is let go whenever nobody uses it")).hint(
                "`sudo systemctl enable --now nvidia-persistenced` keeps it awake, now and after every start",
            ),
            None => not_here("it has no such mode"),
        })
    };
    each(facts, judge, "every card stays awake", "no card has such a mode")
}

pub(super) fn ecc(facts: &Facts) -> Judged {
    let judge = |device: &Device| {
        let card = named(device);
        Ok(match *known(&device.uncorrected)? {
            Some(0) => pass(format!("{card}: no memory error")),
            Some(errors) => fail(format!("{card} had {errors} memory errors that could not be corrected"))
                .hint("restart the machine; if errors come back, have the card replaced"),
            None => not_here("it has no ECC"),
        })
    };
    each(facts, judge, "no memory errors", "no card has ECC memory")
}

pub(super) fn xid(facts: &Facts) -> Judged {
    let xids = known(&facts.gpu.xids)?;
    let day_ago = facts.taken.checked_sub(SignedDuration::from_hours(24)).unwrap_or(jiff::Timestamp::MIN);
    // Where the log does not tell the year, an error may be recent.
    let recent: Vec<&Xid> = xids.iter().filter(|xid| xid.at.is_none_or(|at| at >= day_ago)).collect();
    let Some(last) = recent.last() else { return Ok(pass("no error of a card in the last day")) };
    let evidence = recent.iter().rev().take(5).map(|xid| {
        let at = xid.at.map_or("at an unknown time".into(), |at| at.to_string());
        format!("Xid {} on {}, {at}", xid.code, xid.device)
    });
    let hint = |code: u32| format!("look up Xid {code} at https://docs.nvidia.com/deploy/xid-errors/");
    Ok(match recent.iter().rev().find(|xid| HARDWARE.contains(&xid.code)) {
        Some(xid) => {
            fail(format!("the card {} had the error Xid {}: {}", xid.device, xid.code, meaning(xid.code)))
                .evidences(evidence)
                .hint(format!("restart the machine, and check the card's power cables; {}", hint(xid.code)))
        }
        None => {
            warn(format!("{} errors of a card in the last day, the last one Xid {}", recent.len(), last.code))
                .evidences(evidence)
                .hint(hint(last.code))
        }
    })
}

fn meaning(code: u32) -> &'static str {
    match code {
        48 | 92 | 95 => "its memory is failing",
        64 => "its memory could not be repaired",
        74 => "a link between cards fails",
        79 => "it has fallen off the bus",
        119 | 120 => "its firmware does not answer",
        _ => "it hangs",
    }
}

pub(super) fn processes(facts: &Facts) -> Judged {
    let judge = |device: &Device| {
        let (processes, memory) = (known(&device.processes)?, known(&device.memory)?);
        let uses = |process: &Process| process.memory.unwrap_or(0);
        let is_other = |process: &&Process| {
            let name = process.name.as_deref().unwrap_or_default();
            uses(process) > memory.total / 5 && !MODEL_SERVERS.iter().any(|server| name.starts_with(server))
        };
        let shown = |process: &Process| {
            let name = process.name.as_deref().unwrap_or("a process of another user");
            format!("`{name}` (pid {}) uses {}", process.pid, gib(uses(process)))
        };
        Ok(match processes.iter().filter(is_other).max_by_key(|process| uses(process)) {
            Some(process) => {
                warn(format!("{} of {} on {}", shown(process), gib(memory.total), named(device)))
                    .evidences(processes.iter().map(shown))
                    .hint(format!("end it if it is not needed: `sudo kill {}`", process.pid))
            }
            None => pass(format!("{}: nobody else uses much of it", named(device))),
        })
    };
    each(facts, judge, "nobody else uses much of a card", "there is no card")
}
