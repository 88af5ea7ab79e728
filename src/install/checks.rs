//! Whether this machine can carry an installation: each check judges facts and nothing else, and what is not
//! known is never a pass. A failing check stops the installation before anything is written.

use super::answers::Answers;
use super::facts::Facts;
use crate::config::Endpoint;
use crate::facts::Fact;
use crate::facts::documents::State;
use crate::facts::ports::Port;
use crate::host::service::Manager;
use crate::report::{Finding, Verdict};

const MIB: u64 = 1024 * 1024;
const GIB: u64 = 1024 * MIB;

/// Judges everything.
pub(super) fn preflight(facts: &Facts, answers: &Answers) -> Vec<Finding> {
    let mut findings = vec![os(facts), memory(facts)];
    findings.extend(storage(facts));
    findings.push(port(facts));
    findings.push(manager(facts));
    findings.push(models(facts, answers));
    findings.extend(documents(facts, answers));
    findings.extend(exposure(facts));
    findings.extend(answers.fleeting.iter().map(|variable| {
        let summary = format!("`{variable}` is set in this environment only: the service does not see it");
        Finding::new("config.environment", Verdict::Warn, summary).hint("put it into `tars.env`")
    }));
    findings
}

fn pass(id: &str, summary: impl Into<String>) -> Finding {
    Finding::new(id, Verdict::Pass, summary)
}

fn warn(id: &str, summary: impl Into<String>) -> Finding {
    Finding::new(id, Verdict::Warn, summary)
}

fn fail(id: &str, summary: impl Into<String>) -> Finding {
    Finding::new(id, Verdict::Fail, summary)
}

fn unknown(id: &str, what: &str, why: &str) -> Finding {
    Finding::new(id, Verdict::Unknown, format!("{what} could not be looked at: {why}"))
}

fn os(facts: &Facts) -> Finding {
    const ID: &str = "system.os";
    match &facts.system {
        Fact::Unknown(why) => unknown(ID, "the system", why),
        Fact::Known(system) if system.os != "linux" => {
            fail(ID, format!("{} is not supported", system.os)).hint("install on Linux")
        }
        Fact::Known(system) if !["x86_64", "aarch64"].contains(&system.arch.as_str()) => {
            warn(ID, format!("Linux on {} is not tested", system.arch))
        }
        Fact::Known(system) => pass(ID, format!("Linux on {}", system.arch)),
    }
}

fn memory(facts: &Facts) -> Finding {
    const ID: &str = "system.memory";
    let system = match &facts.system {
        Fact::Unknown(why) => return unknown(ID, "the memory", why),
        Fact::Known(system) => system,
    };
    let there = format!("{} of memory", size(system.memory_bytes));
    match system.memory_bytes {
        ..=0x1000_0000 => fail(ID, format!("{there}: the server needs more than 256 MiB"))
            .hint("add memory, or raise the limit of this container"),
        ..GIB => warn(ID, format!("{there}: enough for the server, tight for large PDF files")),
        _ => pass(ID, there),
    }
}

fn storage(facts: &Facts) -> Vec<Finding> {
    let mut findings: Vec<_> = facts
        .unwritable
        .iter()
        .map(|why| {
            fail("storage.writable", format!("nothing can be made in {why}"))
                .hint("run as the owner of that directory, or choose another place with `--home DIR`")
        })
        .collect();
    let storage = match &facts.storage {
        Fact::Unknown(why) => {
            findings.push(unknown("storage.space", "the file system of the state", why));
            return findings;
        }
        Fact::Known(storage) => storage,
    };
    let place = storage.path.display();
    let free = format!("{} free at `{place}`", size(storage.free_bytes));
    let more = "free some space there, or choose another place with `--home DIR`";
    findings.push(match storage.free_bytes {
        ..=0x1000_0000 => {
            fail("storage.space", format!("{free}: too little for the program and the index")).hint(more)
        }
        ..0x8000_0000 => {
            warn("storage.space", format!("{free}: enough to start, not for many documents")).hint(more)
        }
        _ => pass("storage.space", free),
    });
    findings.push(match storage.inodes {
        None => pass("storage.inodes", format!("`{place}` has no fixed number of files")),
        Some((free, _)) if free < 1_000 => {
            fail("storage.inodes", format!("room for only {free} more files at `{place}`")).hint(more)
        }
        Some((free, _)) if free < 20_000 => {
            warn("storage.inodes", format!("room for only {free} more files at `{place}`")).hint(more)
        }
        Some((free, _)) => pass("storage.inodes", format!("room for {free} more files at `{place}`")),
    });
    let on = format!("the state would be on {} (`{place}`)", storage.filesystem);
    findings.push(match storage.filesystem.as_str() {
        _ if storage.is_remote() => {
            fail("storage.filesystem", format!("{on}: a database on a network file system gets damaged"))
                .hint("choose a local disk with `--home DIR`; the documents may stay where they are")
        }
        "tmpfs" | "ramfs" => warn("storage.filesystem", format!("{on}: it is lost with the next boot"))
            .hint("choose a place on a disk with `--home DIR`"),
        "fuse" => warn(
            "storage.filesystem",
            format!("{on}: whether it keeps a database safe depends on what is behind it"),
        ),
        _ => pass("storage.filesystem", on),
    });
    findings
}

fn port(facts: &Facts) -> Finding {
    const ID: &str = "ports.listen";
    let address = facts.listen;
    let ours = facts.service.known().is_some_and(|state| state.running && state.server.is_some());
    let another = "choose another port with `--listen`, or stop what listens there";
    match &facts.port {
        Fact::Unknown(why) => unknown(ID, &address.to_string(), why),
        Fact::Known(Port::Free) => pass(ID, format!("{address} is free")),
        Fact::Known(Port::Tars(_)) if ours => {
            pass(ID, format!("the server of this installation answers at {address}"))
        }
        Fact::Known(Port::Tars(version)) => {
            fail(ID, format!("another tars server ({version}) answers at {address}")).hint(another)
        }
        Fact::Known(Port::Taken) if ours => warn(
            ID,
            format!("something listens at {address} and does not answer as this installation's server"),
        ),
        Fact::Known(Port::Taken) => fail(ID, format!("{address} is taken by another program")).hint(another),
        Fact::Known(Port::Refused(why)) => fail(ID, format!("{address} cannot be listened on: {why}"))
            .hint("choose another address with `--listen`"),
    }
}

fn manager(facts: &Facts) -> Finding {
    const ID: &str = "services.manager";
    match &facts.service {
        Fact::Unknown(why) => unknown(ID, facts.manager.describe(), why),
        Fact::Known(_) => pass(ID, format!("the server is kept running by the {}", facts.manager.describe())),
    }
}

fn models(facts: &Facts, answers: &Answers) -> Finding {
    const ID: &str = "models.endpoint";
    match &answers.endpoint {
        Endpoint::Off => return pass(ID, "answers are extracts, as configured"),
        Endpoint::Url(url) => return pass(ID, format!("answers are written at {url}, as configured")),
        Endpoint::Auto => {}
    }
    let found = match &facts.models {
        Fact::Unknown(why) => {
            return warn(ID, format!("language model endpoints could not be looked for: {why}"));
        }
        Fact::Known(found) => found,
    };
    match found.iter().find(|endpoint| !endpoint.models.is_empty()).or(found.first()) {
        None => warn(ID, "answers are extracts: no language model endpoint found")
            .hint("start Ollama on this machine, or set `answer.endpoint` in `tars.toml`"),
        Some(endpoint) if endpoint.models.is_empty() => {
            warn(ID, format!("answers are extracts: {} has no model", endpoint.url))
                .hint("pull a model there")
        }
        Some(endpoint) => pass(ID, format!("{} has {} models", endpoint.url, endpoint.models.len())),
    }
}

fn documents(facts: &Facts, answers: &Answers) -> Vec<Finding> {
    const ID: &str = "documents.readable";
    if facts.documents.is_empty() {
        return vec![pass(ID, "no documents directory yet: only the product's own guides are indexed")];
    }
    let private_tmp = facts.manager == Manager::Systemd { user: false };
    let judge = |directory: &crate::facts::documents::Directory| {
        let path = directory.path.display();
        // What was asked for just now is a slip of the pen; what was configured before may be a disk that is away.
        let new = answers.new_documents.contains(&directory.path);
        let bad = |summary: String| if new { fail(ID, summary) } else { warn(ID, summary) };
        match &directory.state {
            Fact::Unknown(why) => unknown(ID, &format!("`{path}`"), why),
            Fact::Known(State::Missing) => bad(format!("`{path}` does not exist"))
                .hint("check the spelling, or mount what belongs there"),
            Fact::Known(State::NotADirectory) => {
                bad(format!("`{path}` is not a directory")).hint("name the directory that the file is in")
            }
            Fact::Known(State::Unreadable(why)) => {
                bad(format!("`{path}` cannot be read: {why}")).hint("let this user read it")
            }
            Fact::Known(State::Readable { .. }) if private_tmp && in_tmp(&directory.path) => {
                bad(format!("`{path}` is below /tmp, which the service has a private one of"))
                    .hint("move it to a lasting place")
            }
            Fact::Known(State::Readable { files, more }) => pass(
                ID,
                format!("`{path}` can be read (files: {}{files})", if *more { "more than " } else { "" }),
            ),
        }
    };
    facts.documents.iter().map(judge).collect()
}

fn in_tmp(path: &std::path::Path) -> bool {
    path.starts_with("/tmp") || path.starts_with("/var/tmp")
}

fn exposure(facts: &Facts) -> Option<Finding> {
    let ip = facts.listen.ip();
    let reach = if ip.is_unspecified() { "every network this machine is in" } else { "its network" };
    (!ip.is_loopback()).then(|| {
        warn("network.exposure", format!("{} can be reached from {reach}, and the connection is not encrypted", facts.listen))
            .hint("use it in a network that you trust, or put a proxy with TLS in front; `--listen 127.0.0.1:8000` keeps it private")
    })
}

fn size(bytes: u64) -> String {
    if bytes < GIB {
        format!("{} MiB", bytes / MIB)
    } else {
        format!("{}.{} GiB", bytes / GIB, bytes % GIB * 10 / GIB)
    }
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;
