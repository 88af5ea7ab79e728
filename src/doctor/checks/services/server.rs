//! The server itself: whether it runs, answers, is ready, and is the version it should be.

use super::super::settings::in_force;
use crate::config::value::show_bytes;
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn};
use crate::facts::services::{Manager, NO_SETTINGS, State};
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;

/// How often it may have been started again by itself.
const RESTARTS: u32 = 3;
/// How long an answer may take, in milliseconds.
const HEALTH: u64 = 500;
const READY: u64 = 2_500;
/// What it may take of the memory.
const MEMORY: u64 = 2 << 30;
/// How large its log may be.
const LOG: u64 = 200 << 20;

pub(super) fn start(_: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(vec![Action::StartServer])
}

pub(super) fn restart(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    repair.would_start(facts)?;
    Ok(vec![Action::RestartServer])
}

pub(super) fn enable(facts: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(match facts.services.manager.known() {
        Some(Manager::Systemd { user }) => vec![Action::EnableUnit { user: *user }],
        _ => Vec::new(),
    })
}

/// How the service is, where one is installed or runs.
fn state(facts: &Facts) -> std::result::Result<&State, Judgement> {
    let state = known(&facts.services.state)?;
    let is_installed = state.running || known(&facts.services.program)?.is_some();
    if is_installed { Ok(state) } else { Err(not_here("nothing is installed here; `tars install` does it")) }
}

fn how_it_ended(judgement: Judgement, state: &State) -> Judgement {
    match &state.last_end {
        Some(end) => judgement.evidence(format!("it last ended with {end}")),
        None => judgement,
    }
}

pub(super) fn running(facts: &Facts) -> Judged {
    let services = &facts.services;
    let listen = address(facts);
    let state = match state(facts) {
        Ok(state) => state,
        Err(none) => {
            // Started by hand, it is there without being installed.
            return match services.health.known() {
                Some(Some(_)) => Ok(warn(format!(
                    "a server answers at {listen}, and nothing keeps it running"
                ))
                .hint("`tars install` sets it up as a service; or it was started by hand with `tars serve`")),
                _ => Err(none),
            };
        }
    };
    if state.cannot_run {
        return Ok(how_it_ended(fail("the server ends as soon as it is started"), state).hint(
            "`tars ops logs -n 50` says why; put that right (`tars doctor --only 'settings.*'`), then `tars ops start`",
        ));
    }
    match (state.running, state.server) {
        (true, Some(pid)) => {
            Ok(pass(format!("the server runs as process {pid}, kept by the {}", keeper(facts))))
        }
        (true, None) => {
            Ok(how_it_ended(fail("the server is kept running, and just now it does not run"), state)
                .hint("it is between two starts: `tars ops logs -n 50` says why it ends"))
        }
        (false, _) => match services.health.known() {
            Some(Some(_)) => Ok(warn(format!("a server answers at {listen}, and its keeper does not run"))
                .hint("end the one that was started by hand, then `tars ops start`")),
            _ => Ok(how_it_ended(fail("the server is stopped"), state).hint("`tars ops start`").fixable()),
        },
    }
}

fn keeper(facts: &Facts) -> &'static str {
    match facts.services.manager.known() {
        Some(Manager::Systemd { user: false }) => "system's systemd",
        Some(Manager::Systemd { user: true }) => "user's systemd",
        Some(Manager::Supervisor) => "built-in supervisor",
        Some(Manager::Docker) => "container engine",
        None => "service manager",
    }
}

/// Where the server says that it listens, or else where it should.
fn address(facts: &Facts) -> &str {
    let told = facts.settings.server.known().and_then(|server| server.address.as_deref());
    told.unwrap_or(&facts.subject.listen)
}

fn unasked(facts: &Facts, unknown: Judgement, path: &str) -> Judgement {
    if unknown.summary == NO_SETTINGS {
        return in_force(facts).err().unwrap_or(unknown);
    }
    if unknown.summary.starts_with("no answer in") {
        return unknown.hint(format!(
            "the server took the question for {path} and did not answer: it hangs or is overloaded; `tars ops logs -n 50`, then `tars ops restart`"
        ));
    }
    unknown
}

pub(super) fn health(facts: &Facts) -> Judged {
    let listen = address(facts);
    let health = known(&facts.services.health).map_err(|unknown| unasked(facts, unknown, "/health"))?;
    Ok(match health {
        Some(answered) if answered.answer.status == "alive" => {
            pass(format!("the server answers at {listen} in {} ms", answered.ms))
        }
        Some(answered) => warn(format!("/health at {listen} says `{}`", answered.answer.status))
            .hint("`tars ops logs -n 50` shows what it is doing"),
        None => fail(format!("the server runs, and nobody listens at {listen}"))
            .hint("it may still be starting, or listen elsewhere: `tars ops logs -n 50`, then `tars ops restart`")
            .fixable(),
    })
}

pub(super) fn ready(facts: &Facts) -> Judged {
    let ready = known(&facts.services.ready).map_err(|unknown| unasked(facts, unknown, "/ready"))?;
    let Some(answered) = ready else {
        return Ok(fail(format!("nobody listens at {}", address(facts))).hint("`tars ops start`"));
    };
    let ready = &answered.answer;
    let broken: Vec<_> = ready.parts.iter().filter(|part| !part.ok).collect();
    let lines = broken.iter().map(|part| format!("{}: {}", part.name, part.detail));
    if let Some(first) = broken.first() {
        let hint = match first.name.as_str() {
            "generator" => "`tars doctor --only 'models.*'` looks at the model server",
            "index" => "wait while it is being rebuilt; `tars ops status` shows how far it is",
            _ => "`tars doctor --only 'data.*,storage.*'` looks closer, and `tars ops logs -n 50` says why",
        };
        return Ok(fail(format!("the {} does not work: {}", first.name, first.detail))
            .evidences(lines)
            .hint(hint));
    }
    if !ready.ready {
        return Ok(
            fail("the server says that it is not ready, and names no part").hint("`tars ops logs -n 50`")
        );
    }
    if let Some(first) = ready.degraded.first() {
        return Ok(warn(first.clone())
            .evidences(ready.degraded.iter().skip(1).cloned())
            .hint("`tars doctor --only 'models.*'` looks at the model server"));
    }
    let parts: Vec<String> =
        ready.parts.iter().map(|part| format!("{} ({})", part.name, part.detail)).collect();
    Ok(pass(if parts.is_empty() { "ready".into() } else { parts.join(", ") }))
}

pub(super) fn latency(facts: &Facts) -> Judged {
    let services = &facts.services;
    let health = known(&services.health)?.as_ref().map(|answered| answered.ms);
    let ready = known(&services.ready)?.as_ref().map(|answered| answered.ms);
    let (Some(health), Some(ready)) = (health, ready) else {
        return Ok(unknown("nobody listens there"));
    };
    let told = format!("/health took {health} ms, /ready {ready} ms");
    Ok(if health > HEALTH || ready > READY {
        warn(format!("the server answers slowly: {told}"))
            .evidence(format!("no more than {HEALTH} ms and {READY} ms are usual"))
            .hint(
                "see what keeps the machine busy: `tars ops status` for a scan under way, `top` for the rest",
            )
    } else {
        pass(told)
    })
}

pub(super) fn restarts(facts: &Facts) -> Judged {
    let state = state(facts)?;
    let count = state.restarts;
    Ok(if count > RESTARTS {
        how_it_ended(warn(format!("the server ended by itself and was started again {count} times")), state)
            .hint("`tars ops logs -n 200` shows what came before each end")
    } else {
        pass(format!("the server was started again {count} times after an end of its own"))
    })
}

pub(super) fn version(facts: &Facts) -> Judged {
    let services = &facts.services;
    let this = &facts.subject.version;
    let program = known(&services.program)?;
    let runs = known(&services.health)?.as_ref().map(|answered| &answered.answer.version);
    let is_replaced = services.process.known().and_then(Option::as_ref).and_then(|process| process.replaced);
    let is_this = program.as_ref().is_none_or(|program| program.is_this);
    let other = runs.filter(|version| *version != this);
    let judgement = match (other, is_replaced) {
        (Some(version), _) => warn(format!("the server is version {version}, and this program is {this}")),
        (None, Some(true)) => warn("the server still runs a program that was replaced since it was started"),
        (None, _) if !is_this => {
            warn(format!("the installed program is not this one, though both may be {this}"))
        }
        (None, _) => return Ok(pass(format!("server and program are version {this}"))),
    };
    let judgement = match program {
        Some(program) => judgement.evidence(format!(
            "`{}` {}",
            program.path,
            if program.is_this { "is this program" } else { "is another program" }
        )),
        None => judgement,
    };
    // A restart brings up what is installed: of use only where that is this program, or a newer one.
    Ok(if is_this || is_replaced == Some(true) {
        judgement.hint("`tars ops restart`").fixable()
    } else {
        judgement.hint("`tars install --yes` installs this program and restarts the server; otherwise use the installed one")
    })
}

pub(super) fn boot(facts: &Facts) -> Judged {
    let state = state(facts)?;
    let user = &facts.subject.user;
    Ok(match known(&facts.services.manager)? {
        Manager::Systemd { .. } if !state.at_boot => {
            warn("the server does not start with the machine: its unit is not enabled")
                .hint("`systemctl enable tars` (with `--user` for a user's own)")
                .fixable()
        }
        Manager::Systemd { user: true } if !facts.services.lingering => {
            warn(format!("the server starts when `{user}` signs in, and not with the machine"))
                .hint(format!("`sudo loginctl enable-linger {user}`"))
        }
        Manager::Docker if !state.at_boot => {
            warn("the server does not start with the container engine: its container has no restart policy")
                .hint("set `restart: unless-stopped` in `compose.yml`, then `tars up`")
        }
        Manager::Systemd { .. } | Manager::Docker => pass("the server starts with the machine"),
        Manager::Supervisor if state.at_boot => pass("the server starts with the machine"),
        Manager::Supervisor => warn("nothing starts the server with the machine: the built-in supervisor is not a service")
            .hint("`crontab -e`, and there the line `@reboot tars ops start` with the program's full path; under systemd, `tars install` sets up a unit"),
    })
}

pub(super) fn memory(facts: &Facts) -> Judged {
    let Some(process) = known(&facts.services.process)? else {
        return Ok(unknown("its process has ended meanwhile"));
    };
    let told = format!("process {} takes {} of memory", process.pid, show_bytes(process.memory));
    Ok(if process.memory > MEMORY {
        warn(told)
            .evidence(format!("no more than {} are usual", show_bytes(MEMORY)))
            .hint("`tars ops restart` frees it; where it grows again, `tars ops logs -n 200` shows what it was doing")
    } else {
        pass(told)
    })
}

pub(super) fn log(facts: &Facts) -> Judged {
    state(facts)?;
    let path = format!("{}/serve.log", facts.subject.logs.trim_end_matches('/'));
    Ok(match known(&facts.services.log)? {
        None => pass(match known(&facts.services.manager)? {
            Manager::Systemd { .. } => "the journal keeps the server's log",
            Manager::Docker => "the container engine keeps the server's log",
            Manager::Supervisor => "the server has no log yet",
        }),
        Some(size) if *size > LOG => warn(format!("`{path}` has grown to {}", show_bytes(*size)))
            .evidence("it is put aside at 10 MiB where that is possible")
            .hint(format!("see that the directory can be written to, then `sudo truncate --size 0 {path}`")),
        Some(size) => pass(format!("`{path}` has {}", show_bytes(*size))),
    })
}
