//! The containers of our stack: whether they run, stay up, and are made of the images they name.

use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::docker::{Container, Image};
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;

/// How often a container may have been started again by the engine.
const RESTARTS: u64 = 3;

fn ours(facts: &Facts) -> std::result::Result<Vec<&Container>, Judgement> {
    let all = known(&facts.docker.containers)?;
    let ours: Vec<_> = all.iter().filter(|container| container.is_ours()).collect();
    if ours.is_empty() { Err(not_here("no container here is ours")) } else { Ok(ours) }
}

/// Judges each, and says the worst.
fn each(facts: &Facts, fine: &str, judge: impl Fn(&Container) -> Judgement) -> Judged {
    let judged: Vec<_> = ours(facts)?.into_iter().map(judge).collect();
    Ok(worst(judged, fine, not_here("no container here is ours")))
}

/// What an exit code tells beyond its number.
fn meaning(code: i64, oom: bool) -> String {
    let what = match code {
        137 if oom => "the kernel ended it for want of memory",
        137 => "it was killed: by `docker kill`, by a stop that took too long, or for want of memory",
        143 => "it was asked to end",
        139 => "it crashed on a memory fault",
        134 => "it gave up by itself",
        132 => "the processor does not know one of its instructions",
        125 => "the engine could not start it",
        126 => "its program may not be executed",
        127 => "its program is not there",
        0 => "it ended by itself, and well",
        _ => "its own log says why",
    };
    format!("exit code {code}: {what}")
}

fn logs(name: &str) -> String {
    format!("`sudo docker logs --tail 50 {name}` shows its last words")
}

/// It was to run once and did.
fn is_finished(container: &Container) -> bool {
    container.state == "exited"
        && container.exit_code == Some(0)
        && !matches!(container.restart_policy.as_str(), "always" | "unless-stopped")
}

/// Starting it is worth a try.
fn can_start(container: &Container) -> bool {
    match container.state.as_str() {
        "created" => true,
        "exited" => !is_finished(container),
        _ => false,
    }
}

pub(super) fn start(facts: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    let socket = &facts.docker.socket;
    let stopped = facts.docker.containers.known().into_iter().flatten();
    let stopped = stopped.filter(|container| container.is_ours() && can_start(container));
    Ok(stopped
        .map(|container| Action::StartContainer { socket: socket.clone(), name: container.name.clone() })
        .collect())
}

pub(super) fn restart(facts: &Facts, _: &Repair<'_>) -> Result<Vec<Action>> {
    let socket = &facts.docker.socket;
    let sick = facts.docker.containers.known().into_iter().flatten();
    let sick =
        sick.filter(|container| container.is_ours() && container.health.as_deref() == Some("unhealthy"));
    Ok(sick
        .map(|container| Action::RestartContainer { socket: socket.clone(), name: container.name.clone() })
        .collect())
}

pub(super) fn state(facts: &Facts) -> Judged {
    each(facts, "all of them run", |container| {
        let name = &container.name;
        let code = container.exit_code.map(|code| meaning(code, container.oom_killed));
        let told = |judgement: Judgement| {
            let error =
                (!container.error.is_empty()).then(|| format!("the engine says: {}", container.error));
            judgement.evidences(code.clone().into_iter().chain(error))
        };
        match container.state.as_str() {
            "running" => pass(format!("`{name}` runs")),
            "exited" if is_finished(container) => pass(format!("`{name}` ran to its end")),
            "exited" => told(fail(format!("`{name}` has stopped"))).hint(logs(name)).fixable(),
            "created" if !container.error.is_empty() => told(fail(format!("`{name}` could not be started")))
                .hint("put right what the engine says")
                .fixable(),
            "created" => {
                told(warn(format!("`{name}` was made and never started"))).hint(logs(name)).fixable()
            }
            "restarting" => told(fail(format!("`{name}` ends again and again"))).hint(logs(name)),
            "paused" => warn(format!("`{name}` is paused")).hint(format!("`sudo docker unpause {name}`")),
            "dead" | "removing" => told(fail(format!("`{name}` could not be removed whole")))
                .hint(format!("`sudo docker rm --force {name}`, then make it again")),
            other => unknown(format!("`{name}` is in the state `{other}`")),
        }
    })
}

pub(super) fn health(facts: &Facts) -> Judged {
    each(facts, "every health check succeeds", |container| {
        let name = &container.name;
        match container.health.as_deref() {
            Some("unhealthy") => {
                let judgement = fail(format!("`{name}` is unhealthy")).hint(logs(name)).fixable();
                match &container.last_probe {
                    Some(probe) => judgement.evidence(format!(
                        "failed {} times in a row, the last with exit code {}: {}",
                        probe.failures,
                        probe.exit_code,
                        if probe.output.is_empty() { "(no output)" } else { &probe.output }
                    )),
                    None => judgement,
                }
            }
            Some("starting") => warn(format!("`{name}` is still starting"))
                .hint("look again in a minute: models take a while to load"),
            Some(_) => pass(format!("`{name}` is healthy")),
            None => pass(format!("`{name}` has no health check")),
        }
    })
}

pub(super) fn restarts(facts: &Facts) -> Judged {
    each(facts, "none was started again more than three times", |container| {
        let (name, count) = (&container.name, container.restarts);
        if count > RESTARTS {
            let judgement = warn(format!("the engine started `{name}` again {count} times")).hint(logs(name));
            return match container.exit_code {
                Some(code) => judgement.evidence(meaning(code, container.oom_killed)),
                None => judgement,
            };
        }
        pass(format!("`{name}` was started again {count} times"))
    })
}

pub(super) fn oom(facts: &Facts) -> Judged {
    each(facts, "none was ended for want of memory", |container| {
        let name = &container.name;
        if container.oom_killed {
            return fail(format!("the kernel ended `{name}` for want of memory"))
                .evidences(container.exit_code.map(|code| format!("exit code {code}")))
                .hint(format!(
                    "raise its limit (`sudo docker update --memory 8g --memory-swap 8g {name}`), or use a smaller model"
                ));
        }
        pass(format!("`{name}` was not ended for want of memory"))
    })
}

/// An image's name in full: `ollama/ollama` is `ollama/ollama:latest`. None where it is pinned by digest or id.
fn tag(name: &str) -> Option<String> {
    if name.contains('@') || name.starts_with("sha256:") || name.is_empty() {
        return None;
    }
    let short = name.strip_prefix("docker.io/").unwrap_or(name);
    let short = short.strip_prefix("library/").unwrap_or(short);
    let has_tag = short.rsplit('/').next().is_some_and(|last| last.contains(':'));
    Some(if has_tag { short.to_string() } else { format!("{short}:latest") })
}

fn same_tag(image: &Image, wanted: &str) -> bool {
    image.tags.iter().any(|known| tag(known).as_deref() == Some(wanted))
}

pub(super) fn images(facts: &Facts) -> Judged {
    let images = known(&facts.docker.images)?;
    each(facts, "each is made of the image that its name stands for", |container| {
        let name = &container.name;
        let Some(wanted) = tag(&container.image) else {
            return pass(format!("`{name}` names its image by digest"));
        };
        match images.iter().find(|image| same_tag(image, &wanted)) {
            Some(image) if image.id != container.image_id => {
                warn(format!("`{name}` is made of an older image than `{wanted}` now is"))
                    .evidence(format!("made of {}", container.image_id))
                    .evidence(format!("`{wanted}` is {}", image.id))
                    .hint(format!("make it again of the new image: `sudo docker compose up -d` in its project, or keep it by naming the image by digest; `sudo docker inspect {name}` shows how it was made"))
            }
            Some(_) => pass(format!("`{name}` is made of `{wanted}`")),
            None => warn(format!("no image is named `{wanted}` any more, of which `{name}` is made"))
                .evidence(format!("made of {}", container.image_id))
                .hint(format!("`sudo docker pull {wanted}`, or `sudo docker tag {} {wanted}`", container.image_id)),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_images_in_full() {
        for (name, full) in [
            ("ollama/ollama", Some("ollama/ollama:latest")),
            ("ollama/ollama:0.5", Some("ollama/ollama:0.5")),
            ("docker.io/library/debian:12", Some("debian:12")),
            ("localhost:5000/tars", Some("localhost:5000/tars:latest")),
            ("localhost:5000/tars:1", Some("localhost:5000/tars:1")),
            ("ollama/ollama@sha256:00", None),
            ("sha256:00", None),
            ("", None),
        ] {
            assert_eq!(tag(name).as_deref(), full, "{name}");
        }
    }

    #[test]
    fn a_job_that_ended_well_is_not_started_again() {
        let ended = |code, policy: &str| Container {
            state: "exited".into(),
            exit_code: Some(code),
            restart_policy: policy.into(),
            ..Container::default()
        };
        for (code, policy, start) in [
            (0, "no", false),
            (0, "on-failure", false),
            (0, "always", true),
            (1, "no", true),
            (137, "unless-stopped", true),
        ] {
            assert_eq!(can_start(&ended(code, policy)), start, "{code} {policy}");
        }
    }

    #[test]
    fn exit_codes_say_what_they_mean() {
        assert!(
            meaning(137, true).contains("want of memory") && meaning(139, false).contains("memory fault")
        );
        assert!(meaning(-1, false).contains("its own log"));
    }
}
