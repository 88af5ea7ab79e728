//! A program that is measured from its start to its end: how long it took, how much processor time, and its peak of
//! memory.

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::{TimeVal, TimeValLike};
use tars::failure::{IoContext, Result};

/// What a program used.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// From start to end.
    pub took: Duration,
    /// Processor time in seconds, its own and the system's, on all cores.
    pub cpu: f64,
    /// The peak of its memory (`VmHWM`), in bytes.
    pub peak: f64,
    /// It ended well.
    pub ok: bool,
}

/// Runs a program; one at a time, because processor time is known of all children together.
pub fn measured(command: &mut Command) -> Result<Used> {
    let before = children();
    let started = Instant::now();
    let shown = format!("{command:?}");
    let mut child = command.stdin(Stdio::null()).spawn().trying(format_args!("start {shown}"))?;
    let (mut peak, mut ended) = (0.0_f64, None);
    while ended.is_none() {
        peak = peak.max(high_water(&child).unwrap_or(0.0));
        ended = child.try_wait().trying(format_args!("wait for {shown}"))?;
        std::thread::sleep(Duration::from_micros(500));
    }
    let took = started.elapsed();
    let ok = ended.is_some_and(|status| status.success());
    Ok(Used { took, cpu: children() - before, peak, ok })
}

/// Processor time of all children that have ended, in seconds.
fn children() -> f64 {
    let usage = getrusage(UsageWho::RUSAGE_CHILDREN).expect("invariant: a process may ask for its children");
    let seconds = |time: TimeVal| time.num_microseconds() as f64 / 1e6;
    seconds(usage.user_time()) + seconds(usage.system_time())
}

/// `VmHWM` of a process, in bytes; none where it has ended.
fn high_water(child: &Child) -> Option<f64> {
    let text = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let kib: f64 = text
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok())?;
    Some(kib * 1024.0)
}
