//! The child's side of reading a document in a process of its own: gives up
//! every right it does not need, reads standard input, and writes one JSON
//! reply. It trusts its parent and not its input; there is no sandbox beyond
//! resource limits and `no_new_privs`.

use super::super::{Extracted, Format, Limits, Size, Skip, extract};
use super::Reply;
use nix::sys::prctl;
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::Signal;
use std::any::Any;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::thread;

/// The parser's stack: deep documents make parsers recurse.
const STACK: usize = 64 << 20;

/// Open files a worker may have: the three it is born with, and a little air
/// for the runtime.
const FILES_MAX: u64 = 16;

/// Runs as a worker: reads a document of `format` from standard input and
/// writes what it says, or why it is skipped, to standard output. Fails only
/// if no reply could be given.
#[must_use]
pub fn worker_main(format: Format, limits: &Limits) -> ExitCode {
    let result = match confine(limits) {
        Ok(()) => read(format, limits),
        Err(error) => Err(Skip::Crashed(format!("it could not confine itself ({error})"))),
    };
    let reply = match result {
        Ok(document) => Reply::Document(document),
        Err(skip) => Reply::Error(skip),
    };
    let mut out = io::BufWriter::with_capacity(64 << 10, io::stdout().lock());
    let written = serde_json::to_writer(&mut out, &reply).map_err(io::Error::from).and_then(|()| out.flush());
    if written.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Gives up what a parser has no use for.
fn confine(limits: &Limits) -> nix::Result<()> {
    prctl::set_pdeathsig(Signal::SIGKILL)?;
    prctl::set_no_new_privs()?;
    let cpu = limits.cpu.as_secs().max(1);
    let memory = limits.memory.saturating_add(mapped());
    for (resource, soft, hard) in [
        (Resource::RLIMIT_AS, memory, memory),
        // The soft limit is a SIGXCPU, the hard one a second later a SIGKILL.
        (Resource::RLIMIT_CPU, cpu, cpu.saturating_add(1)),
        (Resource::RLIMIT_FSIZE, 0, 0),
        (Resource::RLIMIT_CORE, 0, 0),
        (Resource::RLIMIT_NOFILE, FILES_MAX, FILES_MAX),
    ] {
        setrlimit(resource, soft, hard)?;
    }
    Ok(())
}

/// The address space already in use, in bytes: the program itself, and what its
/// allocator has set aside. The limit comes on top, or a large program would
/// have nothing left to work with.
fn mapped() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let size = status.lines().find_map(|line| line.strip_prefix("VmSize:"));
    let kibibytes = size.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    kibibytes.unwrap_or(0).saturating_mul(1024)
}

/// Reads standard input and extracts from it, on a thread with a large stack.
fn read(format: Format, limits: &Limits) -> Result<Extracted, Skip> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(limits.max_file.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(|error| Skip::Unreadable(error.to_string()))?;
    if bytes.len() as u64 > limits.max_file {
        return Err(Skip::TooLarge { limit: limits.max_file, of: Size::File });
    }
    thread::scope(|scope| {
        let work = move || catch_unwind(AssertUnwindSafe(|| extract(format, bytes, limits)));
        let worker = thread::Builder::new().stack_size(STACK).spawn_scoped(scope, work);
        let worker = worker.map_err(|_| Skip::TooHungry { limit: limits.memory })?;
        worker.join().and_then(|result| result).unwrap_or_else(|panic| Err(Skip::Crashed(message(&*panic))))
    })
}

/// What a panic said, as far as it said it in words.
fn message(panic: &(dyn Any + Send)) -> String {
    let words = panic.downcast_ref::<&str>().copied();
    let words = words.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    words.unwrap_or("a panic").chars().take(200).collect()
}
