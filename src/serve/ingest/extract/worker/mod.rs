//! Reading intricate formats in a process of its own, which can be starved,
//! killed and forgotten. This is the parent's side: start, wait with a
//! deadline, reap, and make sense of what came back. What the child does to
//! itself is in `child`; nothing here trusts anything it says.

mod child;
mod flags;

pub use child::worker_main;
pub use flags::parse_flags;

use super::{Extracted, Format, Limits, Skip};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::{Read, Seek};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;

/// How long a child may take to exit once it has closed its output.
const GRACE: Duration = Duration::from_secs(1);

/// How often an exiting child is looked at.
const POLL: Duration = Duration::from_millis(2);

/// Keeps mimalloc, where the program uses it, from setting aside a gibibyte of
/// address space at once, most of which would then be lost to the child's limit.
const ALLOCATOR_RESERVE: (&str, &str) = ("MIMALLOC_ARENA_RESERVE", "64M");

/// What a child writes to its standard output, as JSON.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Reply {
    Document(Extracted),
    Error(Skip),
}

/// Reads `file` in a child process: `exe` with `args` and then the flags that
/// [`parse_flags`] understands, the file as its standard input.
///
/// Blocks until the child is gone, which is at most shortly after
/// [`Limits::wall`] unless the kernel cannot kill it (a file on a dead network
/// share). Call it from a thread that lives as long: the child asks to be
/// killed when the thread that started it ends.
///
/// # Errors
///
/// Says why the document cannot be indexed.
pub fn extract_in_child(
    exe: &Path,
    args: &[&str],
    mut file: File,
    format: Format,
    limits: &Limits,
) -> Result<Extracted, Skip> {
    let deadline = Instant::now() + limits.wall;
    // The caller may have read the beginning to tell the format.
    file.rewind().map_err(|error| Skip::Unreadable(error.to_string()))?;
    let mut child = Command::new(exe)
        .args(args)
        .args(flags::flags(format, limits))
        .env_clear()
        .env(ALLOCATOR_RESERVE.0, ALLOCATOR_RESERVE.1)
        .stdin(file)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(|error| Skip::Crashed(format!("it could not be started ({error})")))?;

    let reply = read_until(&mut child, reply_max(limits), deadline);
    let Some(status) = reap(&mut child, deadline, reply.is_some()) else {
        return Err(Skip::TooSlow { seconds: limits.wall.as_secs() });
    };
    let Some(reply) = reply else { return Err(Skip::TooSlow { seconds: limits.wall.as_secs() }) };
    judge(&reply, status, limits)
}

/// The longest reply that is read: JSON escapes may double the text.
fn reply_max(limits: &Limits) -> u64 {
    limits.max_text.saturating_mul(2).saturating_add(1 << 20)
}

/// Everything the child writes until it closes its output, or nothing if it
/// has not by the deadline; then it has been killed.
fn read_until(child: &mut Child, max: u64, deadline: Instant) -> Option<Vec<u8>> {
    let output = child.stdout.take()?;
    thread::scope(|scope| {
        let (sender, receiver) = mpsc::sync_channel(1);
        scope.spawn(move || {
            let mut reply = Vec::new();
            // A reply cut short by an error fails to parse later, as it should.
            let _end = output.take(max.saturating_add(1)).read_to_end(&mut reply);
            let _gone = sender.send(reply);
        });
        let reply = receiver.recv_timeout(deadline.saturating_duration_since(Instant::now())).ok();
        if reply.is_none() {
            // Closes the pipe, so that the reading thread ends too.
            kill(child);
        }
        reply
    })
}

/// Waits for the child to exit, and kills it at the deadline. A child that was
/// killed here has no status.
fn reap(child: &mut Child, deadline: Instant, answered: bool) -> Option<ExitStatus> {
    let patience = if answered { deadline.min(Instant::now() + GRACE) } else { Instant::now() };
    loop {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        if Instant::now() >= patience {
            break;
        }
        thread::sleep(POLL);
    }
    kill(child);
    let _status = child.wait();
    None
}

/// Kills the child and whatever it may have started.
fn kill(child: &mut Child) {
    let group = i32::try_from(child.id()).map(Pid::from_raw);
    // Either fails only if the process is gone, which is what is wanted.
    let _gone = group.map(|group| killpg(group, Signal::SIGKILL));
    let _gone = child.kill();
}

/// Makes sense of a reply and of how the child ended.
fn judge(reply: &[u8], status: ExitStatus, limits: &Limits) -> Result<Extracted, Skip> {
    if reply.len() as u64 > reply_max(limits) {
        return Err(limits.text_too_large());
    }
    if status.success() {
        return match serde_json::from_slice(reply) {
            Ok(Reply::Document(document)) if is_sound(&document) => Ok(document),
            Ok(Reply::Document(_)) => Err(Skip::Crashed("its reply makes no sense".to_owned())),
            Ok(Reply::Error(skip)) => Err(skip),
            Err(error) => Err(Skip::Crashed(format!("its reply cannot be read ({error})"))),
        };
    }
    tracing::debug!(%status, "a document worker failed");
    Err(match status.signal().and_then(|signal| Signal::try_from(signal).ok()) {
        Some(Signal::SIGXCPU | Signal::SIGKILL) => Skip::TooSlow { seconds: limits.cpu.as_secs() },
        // Rust aborts when memory runs out, and when a stack does.
        Some(Signal::SIGABRT) => Skip::TooHungry { limit: limits.memory },
        Some(signal) => Skip::Crashed(format!("killed by {signal}")),
        None => Skip::Crashed(format!("exit status {}", status.code().unwrap_or(-1))),
    })
}

/// Whether the document keeps the promises that the rest of the server relies
/// on; the child may have been talked into anything.
fn is_sound(document: &Extracted) -> bool {
    document.marks.is_sorted_by_key(|mark| mark.at)
        && document.marks.iter().all(|mark| document.text.is_char_boundary(mark.at))
}
