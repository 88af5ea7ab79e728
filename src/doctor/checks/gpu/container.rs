//! Whether containers get the card: NVIDIA's toolkit, the engine's runtimes and descriptions, and the device
//! nodes in the containers themselves.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use secrecy::ExposeSecret;
use serde_json::Value;

use super::card::asking;
use super::running;
use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, warn, worst};
use crate::facts::Fact;
use crate::facts::docker::{Container, Engine};
use crate::facts::gpu::Spec;
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::json;

const RUNTIME: &str = "nvidia";
const SETTINGS: &str = "/etc/docker/daemon.json";
const DESCRIPTION: &str = "/etc/cdi/nvidia.yaml";

fn engine(facts: &Facts) -> std::result::Result<&Engine, Judgement> {
    match &facts.docker.engine {
        Fact::Known(engine) => Ok(engine),
        Fact::Unknown(why) => Err(not_here(format!("no container engine answers ({why})"))),
    }
}

fn knows_runtime(engine: &Engine) -> bool {
    engine.runtimes.iter().any(|name| name == RUNTIME)
}

/// It fails what containers need, and otherwise is only not as good as it could be.
fn by_need(facts: &Facts, summary: &str) -> Judgement {
    match asking(facts) {
        Some(container) => fail(format!("{summary}, and the container `{container}` asks for a card")),
        None => warn(summary),
    }
}

pub(super) fn toolkit(facts: &Facts) -> Judged {
    engine(facts)?;
    let toolkit = known(&facts.gpu.toolkit)?;
    let hint = "add NVIDIA's package source (https://docs.nvidia.com/datacenter/cloud-native/container-toolkit/latest/install-guide.html), then `sudo apt install nvidia-container-toolkit`";
    Ok(match (&toolkit.runtime, &toolkit.ctk, &toolkit.cli) {
        (Some(runtime), _, Some(_)) | (Some(runtime), Some(_), None) => pass(format!("`{runtime}` is there")),
        (None, Some(ctk), _) => pass(format!("`{ctk}` is there")),
        (Some(_), None, None) => {
            by_need(facts, "the toolkit is there in part: `nvidia-container-cli` is missing").hint(hint)
        }
        (None, None, _) => by_need(facts, "NVIDIA's toolkit for containers is not installed").hint(hint),
    })
}

pub(super) fn runtime(facts: &Facts) -> Judged {
    let engine = engine(facts)?;
    if knows_runtime(engine) {
        let default = if engine.default_runtime == RUNTIME { ", for every container" } else { "" };
        return Ok(pass(format!("the engine has the runtime `{RUNTIME}`{default}")));
    }
    let specs = known(&facts.gpu.specs)?;
    if let Some(spec) = specs.first().filter(|_| !engine.cdi_dirs.is_empty()) {
        return Ok(pass(format!("the engine takes the card from `{}`", spec.path)));
    }
    let found =
        by_need(facts, &format!("the engine has no runtime `{RUNTIME}` and no description of the card"))
            .evidence(format!("runtimes: {}", engine.runtimes.join(", ")))
            .evidence(format!(
                "descriptions: {}, CDI directories: {}",
                specs.len(),
                engine.cdi_dirs.join(", ")
            ))
            .hint(
                "`sudo nvidia-ctk runtime configure --runtime=docker`, then `sudo systemctl restart docker`",
            );
    let can = facts.gpu.toolkit.known().is_some_and(|toolkit| toolkit.runtime.is_some());
    Ok(if can && is_ours_to_set(&facts.docker.socket) { found.fixable() } else { found })
}

/// The engine of the machine, whose settings are in `/etc`; not one of a user, nor one on another machine.
fn is_ours_to_set(socket: &str) -> bool {
    socket.starts_with('/') && !socket.starts_with("/run/user/") && !socket.starts_with("/home/")
}

/// Puts the runtime into the engine's settings, beside all that is there, and has the engine read them: no
/// container is stopped by that.
pub(super) fn register(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let path = repair.place(&repair.asked.at(SETTINGS));
    let before = repair.text(&path)?;
    let before = before.as_ref().map_or("", |text| text.expose_secret());
    let program = Value::from("nvidia-container-runtime");
    let after = json::set(before, &["runtimes", RUNTIME, "path"], &program).map_err(|failure| {
        Failure::config(format!("cannot change `{}`: {failure}", path.display()))
            .hint("put the file right by hand: it must be a JSON object")
    })?;
    let mut actions = path.parent().map_or_else(Vec::new, |above| repair.directories(above, 0o755));
    if after != before {
        let mode = std::fs::metadata(&path).map_or(0o644, |found| found.permissions().mode() & 0o7777);
        actions.push(Action::WriteFile { path, mode, content: Content::Text(after) });
    }
    actions.push(Action::RegisterRuntime {
        socket: facts.docker.socket.clone().into(),
        runtime: RUNTIME.into(),
    });
    Ok(actions)
}

pub(super) fn cdi(facts: &Facts) -> Judged {
    let specs = known(&facts.gpu.specs)?;
    let can = facts.gpu.toolkit.known().is_some_and(|toolkit| toolkit.ctk.is_some());
    let offered = |judgement: Judgement| {
        let judgement = judgement.hint(format!("`sudo nvidia-ctk cdi generate --output={DESCRIPTION}`"));
        if can { judgement.fixable() } else { judgement }
    };
    if specs.is_empty() {
        let engine = engine(facts)?;
        if knows_runtime(engine) || engine.cdi_dirs.is_empty() {
            return Err(not_here("there is no description, and the engine needs none"));
        }
        return Ok(offered(warn("the engine takes descriptions of cards, and there is none")));
    }
    let running = running(facts);
    let judge = |spec: &Spec| match (why_stale(spec, running), &spec.driver) {
        (Some(why), _) => {
            offered(warn(why).evidences(spec.written.map(|at| format!("`{}` was written {at}", spec.path))))
        }
        (None, Some(driver)) => pass(format!("`{}` is of driver {driver}", spec.path)),
        (None, None) => pass(format!("`{}`: every file that it names is there", spec.path)),
    };
    Ok(worst(
        specs.iter().map(judge),
        "every description is of the running driver",
        not_here("there is none"),
    ))
}

fn why_stale(spec: &Spec, running: Option<&str>) -> Option<String> {
    let path = &spec.path;
    if let (Some(driver), Some(running)) = (spec.driver.as_deref(), running)
        && driver != running
    {
        return Some(format!("`{path}` is of driver {driver}, and {running} runs"));
    }
    spec.missing.first().map(|file| format!("`{path}` names `{file}`, which is not there"))
}

/// Describes the card anew, where the stale description is.
pub(super) fn describe(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let running = running(facts);
    let specs = facts.gpu.specs.known().map(Vec::as_slice).unwrap_or_default();
    let stale = specs.iter().filter(|spec| why_stale(spec, running).is_some());
    let mut paths: Vec<PathBuf> = stale.map(|spec| PathBuf::from(&spec.path)).collect();
    if paths.is_empty() {
        paths.push(repair.asked.at(DESCRIPTION));
    }
    let mut actions = Vec::new();
    for path in paths {
        let path = repair.place(&path);
        actions.extend(path.parent().into_iter().flat_map(|above| repair.directories(above, 0o755)));
        actions.push(Action::GenerateCdi { path });
    }
    Ok(actions)
}

pub(super) fn container(facts: &Facts) -> Judged {
    engine(facts)?;
    let containers = known(&facts.docker.containers)?;
    let mut judgements = Vec::new();
    for container in containers.iter().filter(|container| container.state == "running") {
        if container.gpu {
            judgements.push(sees(facts, container).unwrap_or_else(|early| early));
        } else if is_model_server(container) {
            judgements.push(
                warn(format!("the container `{}` does not ask for the card", container.name))
                    .evidence(format!("image {}", container.image))
                    .hint(format!("create it anew with `docker run --gpus all …`, or with `gpus: all` in the compose file: a restart of `{}` is not enough", container.name)),
            );
        }
    }
    Ok(worst(
        judgements,
        "every container that asks for the card sees it",
        not_here("no running container asks for a card"),
    ))
}

/// By the name of its image, wherever the image comes from.
fn is_model_server(container: &Container) -> bool {
    let name = container.image.rsplit('/').next().unwrap_or_default();
    name.split(['@', ':']).next() == Some("ollama")
}

fn sees(facts: &Facts, container: &Container) -> Judged {
    let name = &container.name;
    let sights = known(&facts.gpu.sights)?;
    let Some(sight) = sights.iter().find(|sight| sight.container == container.id) else {
        return Err(crate::doctor::check::unknown(format!("no process of the container `{name}` was seen")));
    };
    let has = |node: &str| sight.nodes.iter().any(|found| found == node);
    let is_card = |node: &str| {
        node.strip_prefix("nvidia").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
    };
    let cards = sight.nodes.iter().filter(|node| is_card(node)).count();
    if cards > 0 && has("nvidiactl") && has("nvidia-uvm") {
        return Ok(pass(format!("`{name}` sees {}", show_count(cards, "card"))));
    }
    Ok(fail(format!("the container `{name}` asks for the card and does not have it"))
        .evidence(format!("its device nodes: {}", if sight.nodes.is_empty() { "none".into() } else { sight.nodes.join(", ") }))
        .hint(format!("`docker restart {name}`; if it stays so, `tars doctor --only 'gpu.*'` says what is missing on the host")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::gpu::{Module, Toolkit};
    use crate::facts::snapshot::Asked;

    fn asked(root: &std::path::Path) -> Asked {
        Asked {
            root: root.into(),
            home: Home::under(root),
            config: None,
            waivers: Vec::new(),
            hung: Vec::new(),
            environment: Vec::new(),
            deadline: crate::facts::DEADLINE,
        }
    }

    fn printed(actions: &[Action]) -> Vec<String> {
        actions.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn registering_keeps_what_the_settings_say() {
        let root = tempfile::tempdir().unwrap();
        let asked = asked(root.path());
        let mut facts = Facts::default();
        facts.docker.socket = "/var/run/docker.sock".into();
        let path = asked.at(SETTINGS);
        std::fs::create_dir(root.path().join("etc")).unwrap();
        let steps = printed(&register(&facts, &Repair::new(&asked)).unwrap());
        assert_eq!(steps.len(), 3, "directory, settings, engine: {steps:#?}");

        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, r#"{"log-opts":{"max-size":"10m"}}"#).unwrap();
        let steps = register(&facts, &Repair::new(&asked)).unwrap();
        let Some(Action::WriteFile { content: Content::Text(text), .. }) = steps.first() else {
            panic!("{steps:#?}")
        };
        assert!(text.contains("max-size") && text.contains("nvidia-container-runtime"), "{text}");
        std::fs::write(&path, text).unwrap();
        let again = printed(&register(&facts, &Repair::new(&asked)).unwrap());
        assert_eq!(again.len(), 1, "only the engine has to read them: {again:#?}");
        std::fs::write(&path, "{ // not JSON\n}").unwrap();
        let failure = register(&facts, &Repair::new(&asked)).unwrap_err();
        assert!(failure.to_string().contains("daemon.json"), "{failure}");
    }

    #[test]
    fn only_the_engine_of_the_machine_is_ours_to_set() {
        for (socket, is) in [
            ("/var/run/docker.sock", true),
            ("/run/user/1000/docker.sock", false),
            ("tcp://192.168.1.5:2375", false),
            ("", false),
        ] {
            assert_eq!(is_ours_to_set(socket), is, "{socket}");
        }
    }

    #[test]
    fn only_stale_descriptions_are_made_anew() {
        let root = tempfile::tempdir().unwrap();
        let asked = asked(root.path());
        let mut facts = Facts::default();
        let module = Module { running: Some("550.90.07".into()), ..Module::default() };
        facts.gpu.module = Fact::Known(module);
        facts.gpu.toolkit =
            Fact::Known(Toolkit { ctk: Some("/usr/bin/nvidia-ctk".into()), ..Toolkit::default() });
        let spec = |path: &str, driver: &str| Spec {
            path: path.into(),
            driver: Some(driver.into()),
            ..Spec::default()
        };
        facts.gpu.specs = Fact::Known(vec![spec("/a.yaml", "550.90.07"), spec("/b.yaml", "550.54.14")]);
        let judgement = cdi(&facts).unwrap();
        assert!(judgement.fixable && judgement.summary.contains("/b.yaml"), "{judgement:#?}");
        let steps = printed(&describe(&facts, &Repair::new(&asked)).unwrap());
        assert_eq!(steps, ["have `nvidia-ctk` describe the cards in `/b.yaml`"]);
        facts.gpu.specs = Fact::Known(Vec::new());
        std::fs::create_dir(root.path().join("etc")).unwrap();
        let steps = printed(&describe(&facts, &Repair::new(&asked)).unwrap());
        assert_eq!(steps.len(), 2, "directory and description: {steps:#?}");
    }

    #[test]
    fn a_model_server_is_known_by_its_image() {
        for (image, is) in [
            ("ollama/ollama:0.12.3", true),
            ("registry.home.arpa:5000/ollama/ollama@sha256:00", true),
            ("ollama", true),
            ("postgres:15", false),
            ("open-webui/open-webui:ollama", false),
        ] {
            let container = Container { image: image.into(), ..Container::default() };
            assert_eq!(is_model_server(&container), is, "{image}");
        }
    }
}
