//! Whether there is an engine, may be used and answers, and whether it is new enough.

use crate::doctor::check::{Judged, Repair, fail, known, not_here, pass, unknown, warn};
use crate::facts::docker::{Docker, Engine, Reach, Source};
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;

/// The oldest engine the stack runs on, and the oldest that its makers still repair.
const OLDEST: (u32, u32) = (20, 10);
const REPAIRED: (u32, u32) = (24, 0);
/// The API of the oldest engine.
const OLDEST_API: (u32, u32) = (1, 41);
/// How far the clocks may be apart, in milliseconds.
const APART: i64 = 5_000;

/// The engine's own description.
pub(super) fn engine(facts: &Facts) -> std::result::Result<&Engine, crate::doctor::check::Judgement> {
    known(&facts.docker.engine)
}

/// Whether systemd keeps this engine, so that it can be restarted by name.
pub(super) fn by_systemd(docker: &Docker) -> bool {
    docker.has_unit && docker.source == Source::Usual
}

/// How a person restarts this engine.
pub(super) fn restart_hint(docker: &Docker) -> &'static str {
    match docker.source {
        Source::Rootless => "`systemctl --user restart docker`",
        _ if docker.has_unit => "`sudo systemctl restart docker`",
        _ => "restart `dockerd`, the way it is started on this machine",
    }
}

pub(super) fn restart(_: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(vec![Action::RestartEngine])
}

pub(super) fn socket(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let socket = &docker.socket;
    let reach = known(&docker.reach).map_err(|unknown| {
        unknown.hint(format!("the engine takes no connection: it hangs; {}", restart_hint(docker)))
    })?;
    Ok(match (reach, docker.source) {
        (Reach::Absent, Source::Named) => {
            fail(format!("`DOCKER_HOST` names `{socket}`, and there is no such socket"))
                .hint("`unset DOCKER_HOST` to use the usual engine, or start the one that it names")
        }
        (Reach::Absent, _) if docker.installed => warn(format!(
            "the container engine is installed, and there is no socket `{socket}`"
        ))
        .hint(if docker.has_unit {
            "`sudo systemctl enable --now docker`; where no container is wanted, waive this check"
        } else {
            "start `dockerd`; where no container is wanted, waive this check"
        }),
        (Reach::Absent, _) => not_here("no container engine, and the embedded profile needs none"),
        _ => pass(format!("the engine's socket is `{socket}`")),
    })
}

pub(super) fn permitted(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let (user, socket) = (&facts.subject.user, &docker.socket);
    Ok(match known(&docker.reach)? {
        Reach::Absent => not_here(format!("there is no `{socket}`")),
        Reach::Denied => {
            let access = docker.access.clone().unwrap_or_default();
            let hint = if access.listed {
                format!(
                    "`{user}` is in the group `{}` as of the next sign-in: sign out and in again",
                    access.group
                )
            } else if access.group == "docker" {
                format!(
                    "`sudo usermod -aG docker {user}`, then sign out and in again; whoever is in that group can become root"
                )
            } else {
                "run the command with `sudo`".into()
            };
            let judgement = fail(format!("user `{user}` may not use `{socket}`")).hint(hint);
            if access.owner.is_empty() {
                judgement
            } else {
                judgement.evidence(format!(
                    "it belongs to `{}:{}` with mode {}",
                    access.owner, access.group, access.mode
                ))
            }
        }
        Reach::Refused | Reach::Connected => pass(format!("user `{user}` may use `{socket}`")),
    })
}

pub(super) fn reachable(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let socket = &docker.socket;
    if known(&docker.reach)? == &Reach::Refused {
        let judgement = fail(format!("`{socket}` is there, and nobody listens on it")).hint(format!(
            "the engine is not running: {}; `journalctl -u docker -n 50` shows why it ended",
            restart_hint(docker)
        ));
        return Ok(if by_systemd(docker) { judgement.fixable() } else { judgement });
    }
    let engine = engine(facts).map_err(|unknown| {
        let hung = unknown.summary.starts_with("no answer in");
        let tls = unknown.summary.contains("HTTPS");
        unknown.hint(if hung {
            format!(
                "the engine accepted the question and never answered: it hangs, and so does everything that \
                 manages containers; {}",
                restart_hint(docker)
            )
        } else if tls {
            format!(
                "`{socket}` speaks TLS, which this check does not: run the doctor on the engine's machine"
            )
        } else {
            format!("what listens on `{socket}` does not speak as the engine does: see what it is")
        })
    })?;
    Ok(pass(format!("engine {} answers on `{socket}`", engine.version)))
}

/// The first two numbers of a version such as `20.10.24+dfsg1`.
pub(super) fn numbers(version: &str) -> Option<(u32, u32)> {
    let mut parts = version.trim_start_matches('v').split('.');
    let number = |part: &str| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    Some((number(parts.next()?)?, number(parts.next()?)?))
}

pub(super) fn version(facts: &Facts) -> Judged {
    let engine = engine(facts)?;
    let shown = &engine.version;
    if engine.product.to_ascii_lowercase().contains("podman") {
        return Ok(warn(format!("Podman {shown} answers in the place of Docker Engine"))
            .hint("the stack is not tried with it: install Docker Engine, or expect differences"));
    }
    let Some(found) = numbers(shown) else {
        return Ok(unknown(format!("`{shown}` is no version")));
    };
    let update = "update it: https://docs.docker.com/engine/install/";
    Ok(if found < OLDEST {
        fail(format!("engine {shown} is older than 20.10")).hint(update)
    } else if found < REPAIRED {
        warn(format!("engine {shown} gets no more repairs from its makers")).hint(update)
    } else {
        pass(format!("engine {shown} is new enough"))
    })
}

pub(super) fn api(facts: &Facts) -> Judged {
    let shown = &engine(facts)?.api;
    let Some(found) = numbers(shown) else {
        return Ok(unknown(format!("`{shown}` is no version of the API")));
    };
    Ok(if found < OLDEST_API {
        fail(format!("the engine's API is {shown}, and 1.41 is needed"))
            .hint("update the engine to 20.10 or newer: https://docs.docker.com/engine/install/")
    } else {
        pass(format!("the engine's API is {shown}"))
    })
}

/// What the engine says of itself that a check of its own is about.
fn has_own_check(warning: &str) -> bool {
    let lower = warning.to_ascii_lowercase();
    ["limit support", "cpu cfs", "accessible on http", "without encryption", "api is accessible"]
        .iter()
        .any(|part| lower.contains(part))
}

pub(super) fn warnings(facts: &Facts) -> Judged {
    let all = &engine(facts)?.warnings;
    let told: Vec<&String> = all.iter().filter(|warning| !has_own_check(warning)).collect();
    let Some(first) = told.first() else {
        return Ok(pass("the engine warns of nothing"));
    };
    let first = first.trim_start_matches("WARNING: ");
    let hint = if told.iter().any(|warning| warning.contains("bridge-nf-call")) {
        "`sudo modprobe br_netfilter`, and `echo br_netfilter | sudo tee /etc/modules-load.d/br_netfilter.conf` for the next boot"
    } else {
        "the engine's own words are the evidence; `sudo docker info` shows them too"
    };
    Ok(warn(format!("the engine warns: {first}")).evidences(told.into_iter().cloned()).hint(hint))
}

/// Whether an address that the engine listens at is for this machine alone.
fn is_private(host: &str) -> bool {
    let address = host.strip_prefix("tcp://").unwrap_or_default();
    ["127.", "localhost", "[::1]"].iter().any(|start| address.starts_with(start))
        || !host.starts_with("tcp://")
}

pub(super) fn exposed(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let warnings = engine(facts)?.warnings.iter().filter(|warning| {
        let lower = warning.to_ascii_lowercase();
        lower.contains("accessible on http") || lower.contains("without encryption")
    });
    let mut evidence: Vec<String> = warnings.cloned().collect();
    if let Some(settings) = docker.settings.known().filter(|settings| !settings.tls_verify) {
        let open = settings.hosts.iter().filter(|host| !is_private(host));
        evidence.extend(open.map(|host| format!("`{}`: hosts: {host}, without `tlsverify`", settings.path)));
    }
    Ok(if evidence.is_empty() {
        pass("the engine's API is not open to the network")
    } else {
        fail("the engine's API is open to the network: whoever reaches it is root here")
            .evidences(evidence)
            .hint(format!(
                "take the `tcp://` address out of `hosts` or `-H`, or set `tlsverify`; then {}",
                restart_hint(docker)
            ))
    })
}

pub(super) fn clock(facts: &Facts) -> Judged {
    let Some(skew) = engine(facts)?.skew_ms else {
        return Ok(unknown("the engine does not tell its time"));
    };
    let seconds = skew as f64 / 1000.0;
    Ok(if skew.unsigned_abs() > APART.unsigned_abs() {
        let which = if skew > 0 { "ahead of" } else { "behind" };
        warn(format!("the engine's clock is {:.1} s {which} ours", seconds.abs()))
            .hint("set the clock of its machine: `timedatectl set-ntp true` there")
    } else {
        pass(format!("the engine's clock and ours are {:.1} s apart", seconds.abs()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_as_engines_write_them() {
        for (text, expected) in [
            ("26.1.4", Some((26, 1))),
            ("20.10.24+dfsg1", Some((20, 10))),
            ("v24.0", Some((24, 0))),
            ("29.0-rc.1", Some((29, 0))),
            ("1.41", Some((1, 41))),
            ("", None),
            ("dev", None),
            ("99999999999.1", None),
        ] {
            assert_eq!(numbers(text), expected, "{text}");
        }
    }

    #[test]
    fn addresses_for_this_machine_alone() {
        for (host, private) in [
            ("unix:///var/run/docker.sock", true),
            ("fd://", true),
            ("tcp://127.0.0.1:2375", true),
            ("tcp://0.0.0.0:2375", false),
            ("tcp://:2375", false),
            ("tcp://192.168.1.5:2376", false),
        ] {
            assert_eq!(is_private(host), private, "{host}");
        }
    }
}
