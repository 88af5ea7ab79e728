//! How the engine is set up: its settings file, storage, logs, control groups, what happens at its restart.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::engine::{by_systemd, engine, restart_hint};
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn};
use crate::facts::Fact;
use crate::facts::docker::{Container, Reach, Settings, Source};
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::json;

/// The drivers that are kept up and made for everyday use.
const STORAGE: &[&str] = &["overlay2", "overlayfs", "btrfs", "zfs", "fuse-overlayfs", "stargz"];

/// The settings of an engine on this machine.
fn settings(facts: &Facts) -> std::result::Result<&Settings, Judgement> {
    if !facts.docker.is_local() {
        return Err(not_here("the engine is on another machine"));
    }
    known(&facts.docker.settings).map_err(|unknown| match facts.docker.source {
        Source::Named => unknown
            .hint("look into the file that its `--config-file` names, usually `/etc/docker/daemon.json`"),
        Source::Usual | Source::Rootless => unknown,
    })
}

/// The settings file, for a hint.
fn settings_file(facts: &Facts) -> String {
    let path = facts.docker.settings.known().map(|settings| format!("`{}`", settings.path));
    path.unwrap_or_else(|| "the engine's `daemon.json`".into())
}

/// The same, where the file can be understood.
fn readable(facts: &Facts) -> std::result::Result<&Settings, Judgement> {
    let settings = settings(facts)?;
    match &settings.problem {
        Some(_) => Err(not_here(format!("`{}` cannot be understood", settings.path))),
        None => Ok(settings),
    }
}

pub(super) fn file(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    if docker.reach == Fact::Known(Reach::Absent) && !docker.installed && docker.source != Source::Named {
        return Ok(not_here("no container engine"));
    }
    let settings = settings(facts)?;
    let path = &settings.path;
    if !settings.exists {
        return Ok(pass(format!("there is no `{path}`: every setting has its default")));
    }
    if let Some(problem) = &settings.problem {
        return Ok(fail(format!("`{path}`:{problem}: the engine will not start with it"))
            .hint(format!("put it right, then check it: `sudo dockerd --validate --config-file {path}`")));
    }
    let in_force = docker.started.zip(settings.changed).is_some_and(|(start, change)| start >= change);
    if !settings.hosts.is_empty() && by_systemd(docker) && !in_force {
        return Ok(warn(format!("`{path}` sets `hosts`, and so does the unit `docker.service` with `-H`"))
            .evidence(format!("hosts: {}", settings.hosts.join(", ")))
            .hint("the engine refuses to start with both: `sudo systemctl edit docker`, and there an empty `ExecStart=` and one without `-H`"));
    }
    Ok(pass(format!("`{path}` sets {} things", settings.keys.len())))
}

pub(super) fn applied(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let settings = readable(facts)?;
    if !settings.exists {
        return Ok(pass("there are no settings of one's own to apply"));
    }
    let Some((started, changed)) = docker.started.zip(settings.changed) else {
        return Ok(unknown("the engine has no pid file that would tell when it was started"));
    };
    if changed <= started {
        return Ok(pass(format!("the engine runs with `{}` as it is", settings.path)));
    }
    let judgement = warn(format!("`{}` was changed after the engine was started", settings.path))
        .evidence(format!("engine started {started:.0}, settings changed {changed:.0}"))
        .hint(format!("part of it is not in force: {}", restart_hint(docker)));
    Ok(if by_systemd(docker) { judgement.fixable() } else { judgement })
}

pub(super) fn storage(facts: &Facts) -> Judged {
    let engine = engine(facts)?;
    let driver = &engine.storage_driver;
    Ok(if STORAGE.contains(&driver.as_str()) {
        pass(format!("layers are kept by `{driver}` in `{}`", engine.root))
    } else if driver == "vfs" {
        warn("the storage driver is `vfs`: every layer is a whole copy of the one below")
            .evidence(format!("data root `{}`", engine.root))
            .hint("set `\"storage-driver\": \"overlay2\"` in `/etc/docker/daemon.json`, on a file system such as ext4 or xfs; images must be fetched again")
    } else {
        warn(format!("the storage driver is `{driver}`, which is no longer kept up"))
            .evidence(format!("data root `{}`", engine.root))
            .hint("move to `overlay2`; images must be fetched again: https://docs.docker.com/engine/storage/drivers/overlayfs-driver/")
    })
}

/// A container whose output grows without an end.
fn grows(container: &Container, max_size: Option<&String>) -> bool {
    // A container keeps the settings that it was made with.
    container.log_driver == "json-file" && container.log_max_size.as_ref().or(max_size).is_none()
}

pub(super) fn logs(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let engine = engine(facts)?;
    let old: Vec<&str> = match docker.containers.known() {
        Some(all) => all.iter().filter(|one| grows(one, None)).map(|one| one.name.as_str()).collect(),
        None => Vec::new(),
    };
    let settings = match settings(facts) {
        Ok(settings) => settings,
        // What the containers say is enough for a warning, and never for a pass.
        Err(why) if old.is_empty() => return Err(why),
        Err(_) => &Settings::default(),
    };
    let driver = settings.log_driver.as_ref().unwrap_or(&engine.log_driver);
    let unbounded = driver == "json-file" && settings.log_max_size.is_none();
    if unbounded {
        let file = settings_file(facts);
        let judgement = warn("the output of containers is kept without a limit (`json-file` without `max-size`)")
            .evidence(format!("log driver `{driver}`, no `max-size` known from {file}"))
            .evidences((!old.is_empty()).then(|| unlimited(&old)))
            .hint(format!(
                "set `\"log-opts\": {{\"max-size\": \"10m\", \"max-file\": \"3\"}}` in {file}; it holds for containers made after the engine's restart"
            ));
        let fixable = docker.settings.known().is_some_and(|found| found.problem.is_none());
        return Ok(if fixable { judgement.fixable() } else { judgement });
    }
    known(&docker.containers)?;
    Ok(if old.is_empty() {
        pass(match &settings.log_max_size {
            Some(size) => format!("the output of containers is kept by `{driver}` and put aside at {size}"),
            None => format!("the output of containers is kept by `{driver}`, which bounds it by itself"),
        })
    } else {
        warn(unlimited(&old)).hint("they were made before a limit was set: make them again, as with `docker compose up -d --force-recreate`")
    })
}

fn unlimited(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(5).map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 5 { format!(" and {} more", names.len() - 5) } else { String::new() };
    format!("containers whose output has no limit: {}{more}", shown.join(", "))
}

pub(super) fn limit_logs(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let path = facts.docker.settings.known().map(|settings| settings.path.clone()).unwrap_or_default();
    let text = repair.text(Path::new(&path))?;
    let now: Value =
        text.and_then(|text| serde_json::from_str(text.expose_secret()).ok()).unwrap_or(Value::Null);
    let mut values = vec![(vec!["log-opts", "max-size"], json!("10m"))];
    if now.pointer("/log-opts/max-file").is_none() {
        values.push((vec!["log-opts", "max-file"], json!("3")));
    }
    write(facts, repair, values)
}

pub(super) fn live_restore(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    let engine = engine(facts)?;
    if engine.live_restore {
        return Ok(pass("live-restore is on: containers go on while the engine is restarted"));
    }
    if engine.swarm {
        return Ok(pass("live-restore is off, as it must be in a swarm"));
    }
    if !known(&docker.containers)?.iter().any(Container::is_ours) {
        return Ok(pass("live-restore is off, and no container here is ours"));
    }
    let judgement = warn("live-restore is off: an update of the engine stops every container")
        .evidence("live-restore is off in the running engine")
        .hint(format!(
            "set `\"live-restore\": true` in {}, then `sudo systemctl reload docker`",
            settings_file(facts)
        ));
    let can = by_systemd(docker) && docker.settings.known().is_some_and(|found| found.problem.is_none());
    Ok(if can { judgement.fixable() } else { judgement })
}

pub(super) fn set_live_restore(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let mut steps = write(facts, repair, vec![(vec!["live-restore"], json!(true))])?;
    steps.push(Action::ReloadEngine);
    Ok(steps)
}

/// The steps that set these values in the settings file and leave everything else as it is.
fn write(facts: &Facts, repair: &Repair<'_>, values: Vec<(Vec<&str>, Value)>) -> Result<Vec<Action>> {
    let settings = facts.docker.settings.known();
    let settings =
        settings.ok_or_else(|| Failure::environment("which settings file the engine reads is not known"))?;
    let path = &repair.place(Path::new(&settings.path));
    let before = repair.text(path)?;
    let mut text = before.as_ref().map(|text| text.expose_secret().to_string()).unwrap_or_default();
    for (at, value) in values {
        text = json::set(&text, &at, &value)?;
    }
    let mode = std::fs::metadata(path).map_or(0o644, |found| found.permissions().mode() & 0o7777);
    // What others may not read is shown to nobody: proxies have passwords in their addresses.
    let content = if mode & 0o004 == 0 { Content::Secret(text.into()) } else { Content::Text(text) };
    let mut steps = path.parent().map_or_else(Vec::new, |directory| repair.directories(directory, 0o755));
    steps.push(Action::WriteFile { path: path.to_path_buf(), mode, content });
    Ok(steps)
}

pub(super) fn userland_proxy(facts: &Facts) -> Judged {
    if readable(facts)?.userland_proxy != Some(false) {
        return Ok(pass("published ports are forwarded by a process, as by default"));
    }
    let published: Vec<String> = known(&facts.docker.containers)?
        .iter()
        .flat_map(|one| one.ports.iter().map(move |port| format!("`{}` on {}", one.name, port.port)))
        .take(10)
        .collect();
    Ok(if published.is_empty() {
        pass("published ports are not forwarded by a process, and there are none")
    } else {
        warn("`userland-proxy` is off: published ports do not answer at `::1`, nor at `127.0.0.1` on every kernel")
            .evidences(published)
            .hint("take `\"userland-proxy\": false` out of `/etc/docker/daemon.json`, then `sudo systemctl restart docker`")
    })
}

pub(super) fn cgroup(facts: &Facts) -> Judged {
    let version = &engine(facts)?.cgroup_version;
    Ok(if version == "2" {
        pass("control groups are of version 2")
    } else {
        warn(format!("control groups are of version {version}, which systemd and the engine are giving up"))
            .hint("take `systemd.unified_cgroup_hierarchy=0` off the kernel's command line in `/etc/default/grub` (or set it to 1), `sudo update-grub`, and boot again")
    })
}

pub(super) fn cgroup_driver(facts: &Facts) -> Judged {
    let engine = engine(facts)?;
    Ok(match engine.cgroup_driver.as_str() {
        "none" => warn("the engine manages no control groups: no limit of a container is kept")
            .hint("delegate them to the user: `sudo systemctl edit user@.service`, and there `[Service]` with `Delegate=cpu cpuset io memory pids`"),
        "cgroupfs" if facts.docker.has_unit && engine.cgroup_version == "2" => {
            warn("the engine manages control groups beside systemd (`cgroupfs`)")
                .evidence("cgroup driver `cgroupfs`, control groups of version 2, systemd is init")
                .hint("take `native.cgroupdriver=cgroupfs` out of `exec-opts` in `/etc/docker/daemon.json`, then `sudo systemctl restart docker`")
        }
        driver => pass(format!("control groups are managed by `{driver}`")),
    })
}

pub(super) fn limits(facts: &Facts) -> Judged {
    let missing = &engine(facts)?.missing_limits;
    if missing.is_empty() {
        return Ok(pass("memory, swap, processes and processor time can be limited"));
    }
    let hint = if missing.iter().all(|name| name == "swap") {
        "put `swapaccount=1` on the kernel's command line in `/etc/default/grub`, `sudo update-grub`, and boot again"
    } else {
        "put `cgroup_enable=memory swapaccount=1` on the kernel's command line in `/etc/default/grub`, `sudo update-grub`, and boot again; a rootless engine needs them delegated"
    };
    Ok(warn(format!("the kernel offers the engine no limit of {}", missing.join(", "))).hint(hint))
}

pub(super) fn rootless(facts: &Facts) -> Judged {
    let docker = &facts.docker;
    if !engine(facts)?.rootless {
        return Ok(pass("the engine is the system's"));
    }
    if docker.lingering {
        return Ok(pass("rootless, and it goes on after the sign-out"));
    }
    let user = &facts.subject.user;
    Ok(warn(format!("the engine is `{user}`'s own, and ends when `{user}` signs out"))
        .evidence(format!("there is no `/var/lib/systemd/linger/{user}`"))
        .hint(format!("`sudo loginctl enable-linger {user}`")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::snapshot::Asked;

    /// What the steps of a repair would write, with this in the settings file before.
    fn written(
        before: Option<&str>,
        mode: u32,
        steps: fn(&Facts, &Repair<'_>) -> Result<Vec<Action>>,
    ) -> (Vec<Action>, String) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("docker/daemon.json");
        if let Some(text) = before {
            std::fs::create_dir(folder.path().join("docker")).unwrap();
            std::fs::write(&path, text).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
        let mut facts = Facts::default();
        facts.docker.settings =
            Fact::Known(Settings { path: path.display().to_string(), ..Settings::default() });
        let asked = Asked {
            home: Home::under(folder.path()),
            ..crate::facts::snapshot::testing(std::path::Path::new("/"))
        };
        let actions = steps(&facts, &Repair::new(&asked)).unwrap();
        let text = actions.iter().find_map(|action| match action {
            Action::WriteFile { content: Content::Text(text), .. } => Some(text.clone()),
            Action::WriteFile { content: Content::Secret(text), .. } => {
                Some(text.expose_secret().to_string())
            }
            _ => None,
        });
        (actions, text.unwrap())
    }

    #[test]
    fn everything_else_in_the_settings_file_stays() {
        let before = "{\n    \"runtimes\": {\"nvidia\": {\"path\": \"nvidia-container-runtime\"}},\n    \"log-opts\": {\"max-file\": \"7\"}\n}\n";
        let (actions, text) = written(Some(before), 0o644, limit_logs);
        assert_eq!(actions.len(), 1);
        assert_eq!(text, before.replace("\"7\"}", "\"7\", \"max-size\": \"10m\"}"));
        let (actions, text) = written(Some(before), 0o644, set_live_restore);
        assert!(matches!(actions[..], [Action::WriteFile { mode: 0o644, .. }, Action::ReloadEngine]));
        assert!(
            text.starts_with(before.trim_end_matches("\n}\n")) && text.contains("\"live-restore\": true")
        );
    }

    #[test]
    fn a_settings_file_is_made_where_there_is_none() {
        let (actions, text) = written(None, 0, limit_logs);
        assert!(matches!(actions[0], Action::CreateDirectory { mode: 0o755, .. }));
        let value: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(value, json!({"log-opts": {"max-size": "10m", "max-file": "3"}}));
    }

    #[test]
    fn what_others_may_not_read_is_shown_to_nobody() {
        let before = "{\"proxies\": {\"http-proxy\": \"http://ann:hidden@proxy\"}}";
        let (actions, _) = written(Some(before), 0o600, limit_logs);
        let shown = format!("{} {}", serde_json::to_string(&actions).unwrap(), actions[0]);
        assert!(shown.contains("0600") && !shown.contains("hidden"), "{shown}");
    }
}
