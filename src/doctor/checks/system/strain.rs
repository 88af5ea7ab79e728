//! How the machine bears its load: memory, swap space, processors, temperature.

use super::base::used;
use super::size;
use crate::doctor::check::{Judged, fail, known, not_here, pass, warn};
use crate::facts::snapshot::Facts;

const MIB: u64 = 1 << 20;
const GIB: u64 = 1 << 30;

pub(super) fn memory_total(facts: &Facts) -> Judged {
    let memory = known(&facts.system.memory)?;
    let usable = memory.limit_bytes.unwrap_or(memory.total_bytes);
    let there = match memory.limit_bytes {
        Some(limit) => format!("{} of memory for this control group", size(limit)),
        None => format!("{} of memory", size(memory.total_bytes)),
    };
    let told = format!("the machine has {}", size(memory.total_bytes));
    let more = "add memory, or raise the limit of the container or of the unit (`MemoryMax=`)";
    Ok(if usable <= 256 * MIB {
        fail(format!("{there}: the server needs more than 256 MiB")).evidence(told).hint(more)
    } else if usable < GIB {
        warn(format!("{there}: enough for the server, tight for large PDF files")).evidence(told).hint(more)
    } else {
        pass(there)
    })
}

pub(super) fn memory_available(facts: &Facts) -> Judged {
    let memory = known(&facts.system.memory)?;
    let usable = memory.limit_bytes.unwrap_or(memory.total_bytes);
    let share = used(memory.available_bytes, usable);
    let spare = format!("{} of {} of memory to spare", size(memory.available_bytes), size(usable));
    let (some, full) =
        facts.system.pressure.known().and_then(Option::as_ref).map_or((0.0, 0.0), |now| (now.some, now.full));
    let waited =
        format!("for {some:.1} % of the last minute some process waited for memory, for {full:.1} % all did");
    let hint = "`ps aux --sort=-rss | head` shows who has the memory; stop what is not needed, or choose a smaller model";
    Ok(if memory.available_bytes < 64 * MIB || full > 20.0 {
        fail(format!("hardly any memory is left: {spare}")).evidence(waited).hint(hint)
    } else if memory.available_bytes < 200 * MIB || share < 10 || some > 10.0 {
        warn(format!("memory is short: {spare}")).evidence(waited).hint(hint)
    } else {
        pass(spare)
    })
}

pub(super) fn swap(facts: &Facts) -> Judged {
    let swap = known(&facts.system.swap)?;
    let memory = known(&facts.system.memory)?;
    if swap.total_bytes == 0 {
        let there = format!("no swap space, and {} of memory", size(memory.total_bytes));
        return Ok(if memory.total_bytes >= 8 * GIB {
            pass(there)
        } else {
            warn(there).hint("`sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile`, then add `/swapfile none swap sw 0 0` to `/etc/fstab`")
        });
    }
    let share = used(swap.used_bytes, swap.total_bytes);
    let there = format!("{share} % of {} of swap space used", size(swap.total_bytes));
    Ok(if share > 75 {
        warn(there).evidence(format!("{} of memory to spare", size(memory.available_bytes))).hint(
            "`ps aux --sort=-rss | head` shows who has the memory; stop what is not needed, or add memory",
        )
    } else {
        pass(there)
    })
}

pub(super) fn load(facts: &Facts) -> Judged {
    let load = known(&facts.system.load)?;
    let cores = known(&facts.system.processor)?.cores.max(1);
    let told = format!(
        "load {:.2}, {:.2}, {:.2} over 1, 5 and 15 minutes, {cores} processors",
        load.one, load.five, load.fifteen
    );
    let bar = 2.0 * cores as f64;
    Ok(if load.fifteen > bar && load.five > bar {
        warn(format!("more is to be done than {cores} processors can do: load {:.2}", load.fifteen))
            .evidence(told)
            .hint("`top` shows who runs; processes in state `D` wait for a disk or a hung mount and not for a processor")
    } else {
        pass(told)
    })
}

pub(super) fn oom(facts: &Facts) -> Judged {
    let kills = known(&facts.system.oom)?;
    let since = facts.system.uptime_seconds.known().map_or_else(
        || "since the machine was started".into(),
        |seconds| format!("in the {} that the machine has been up", up(*seconds)),
    );
    let hint = "`sudo journalctl -k -g 'Out of memory'` names them; add memory or swap space, or choose a smaller model";
    match (kills.machine, kills.group.unwrap_or(0)) {
        (0, 0) => Ok(pass(format!("no process was ended for want of memory {since}"))),
        (machine, 0) => {
            let what =
                if machine == 1 { "1 process was".into() } else { format!("{machine} processes were") };
            Ok(warn(format!("{what} ended for want of memory {since}")).hint(hint))
        }
        (machine, group) => {
            Ok(fail(format!("the server or a process of its own was ended for want of memory {since}"))
                .evidence(format!("oom_kill: {group} in its control group, {machine} on the machine"))
                .hint(hint))
        }
    }
}

fn up(seconds: u64) -> String {
    match seconds {
        0..7_200 => format!("{} minutes", seconds / 60),
        7_200..172_800 => format!("{} hours", seconds / 3_600),
        _ => format!("{} days", seconds / 86_400),
    }
}

pub(super) fn temperature(facts: &Facts) -> Judged {
    let Some(sensor) = known(&facts.system.hottest)? else {
        return Err(not_here("the processor has no sensor that can be read here"));
    };
    let told = format!("{} °C, critical at {} °C ({})", sensor.celsius, sensor.critical, sensor.name);
    let hint = "see that every fan turns, and clean fans and filters";
    Ok(match sensor.critical.saturating_sub(sensor.celsius) {
        ..=0 => fail(told).hint(hint),
        1..=10 => warn(told).hint(hint),
        _ => pass(told),
    })
}
