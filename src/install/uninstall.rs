//! `tars install --uninstall`: takes back what the journal says was done, newest first. Without `--purge` the
//! settings and the data stay. A file that was changed since is left alone unless it is one of ours by name,
//! and nothing is removed from a directory that was there before the installation.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::{docker, stack};
use crate::config::paths::Home;
use crate::ctx::Ctx;
use crate::facts::paths::{Entry, Privacy, look};
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Host};
use crate::host::service::{Manager, Service, status_file};
use crate::host::{files, systemd};
use crate::plan::Plan;
use crate::plan::journal::{Intent, Journal, Undo};
use crate::up;

const NOTHING: &str = "there is nothing to undo";

/// The steps back; for each, the journal entries that it takes back.
#[derive(Debug, Default)]
struct Back {
    plan: Plan,
    entries: Vec<Vec<u64>>,
}

impl Back {
    fn push(&mut self, action: Action, cause: &str, entries: Vec<u64>) {
        let destructive = matches!(action, Action::RemoveTree { .. } | Action::RemoveModel { .. });
        if destructive {
            self.plan.push_destructive(action, cause);
        } else {
            self.plan.push(action, cause);
        }
        self.entries.push(entries);
    }
}

/// Runs the uninstallation.
pub(super) fn run(ctx: &Ctx, yes: bool, only_plan: bool, purge: bool) -> Result<()> {
    let mut journal = Journal::open(&ctx.home.journal())?;
    if journal.standing().next().is_none() {
        let text = format!("{NOTHING}: `{}` names no change\n", ctx.home.journal().display());
        return ctx.ui.result(|_| text, &<Plan>::default());
    }
    let manager = manager(&journal);
    let service = Service::under(ctx, manager)?;
    let documents = ctx.as_service().settings().ok().map(documents).unwrap_or_default();
    let running = ctx.block_on(service.state()).is_ok_and(|state| state.running);
    let back = way_back(&journal, &ctx.home, &documents, running, purge);
    let has_stack = docker::is_set_up(&ctx.home);
    if has_stack {
        ctx.ui.note("the container stack is taken away first:");
        up::down::take_down(ctx, purge, true)?;
        ctx.ui.note("then:");
    }
    if only_plan {
        return ctx.ui.result(|_| back.plan.text(NOTHING), &back.plan);
    }
    ctx.ui.note(back.plan.text(NOTHING).trim_end());
    let question = if purge { "take all this back and remove the data?" } else { "take all this back?" };
    if !back.plan.is_empty() && !yes && !ctx.ui.confirm(question, "`--yes`")? {
        return Err(Failure::no("nothing was changed"));
    }
    if has_stack {
        up::down::take_down(ctx, purge, false)?;
    }
    let host = Host { service, listen: ([127, 0, 0, 1], 0).into() };
    ctx.block_on(async {
        journal.lock()?;
        for (step, entries) in back.plan.steps.iter().zip(&back.entries) {
            let progress = ctx.ui.progress(&step.action.to_string());
            step.action.perform(&host, &progress).await?;
            progress.done();
            for entry in entries {
                journal.undone(*entry)?;
            }
        }
        Ok(())
    })?;
    conclude(ctx, &back.plan)
}

/// What was done and what is still there.
#[derive(Serialize)]
struct Concluded {
    steps: usize,
    kept: Vec<PathBuf>,
}

fn conclude(ctx: &Ctx, plan: &Plan) -> Result<()> {
    let home = &ctx.home;
    let ours = [&home.config, &home.state, &home.logs, &home.run];
    let mut kept: Vec<PathBuf> = ours.into_iter().filter(|path| path.exists()).cloned().collect();
    kept.extend(Some(home.program()).filter(|path| path.exists()));
    let result = Concluded { steps: plan.steps.len(), kept };
    let text = || {
        let done = if plan.is_empty() { NOTHING.into() } else { format!("{} steps done", plan.steps.len()) };
        let kept: String = result.kept.iter().map(|path| format!("  {}\n", path.display())).collect();
        match kept.is_empty() {
            true => format!("{done}; nothing is left\n"),
            false => {
                format!("{done}; kept:\n{kept}with `--purge` as well, what tars made of it is removed\n")
            }
        }
    };
    ctx.ui.result(|_| text(), &result)
}

fn documents(settings: crate::config::Settings) -> Vec<PathBuf> {
    match settings.get("documents.paths").map(|setting| &setting.value) {
        Some(crate::config::Value::Many(items)) => items.iter().map(PathBuf::from).collect(),
        _ => Vec::new(),
    }
}

/// What was made to keep the server running: settings may have changed since, the journal has not.
fn manager(journal: &Journal) -> Manager {
    let user = |intent: &Intent| match intent.undo {
        Undo::DisableUnit { user } => Some(user),
        _ => None,
    };
    journal.standing().find_map(user).map_or(Manager::Supervisor, |user| Manager::Systemd { user })
}

/// All changes of one path: the first tells what was there before us.
struct History<'a> {
    first: &'a Intent,
    entries: Vec<u64>,
}

fn way_back(journal: &Journal, home: &Home, documents: &[PathBuf], running: bool, purge: bool) -> Back {
    let mut back = Back::default();
    let of = |wanted: fn(&Undo) -> bool| {
        journal.standing().filter(|i| wanted(&i.undo)).map(|i| i.seq).collect::<Vec<_>>()
    };
    if running {
        back.push(Action::StopServer, "it runs", of(|undo| matches!(undo, Undo::StopServer)));
    }
    let enabled = of(|undo| matches!(undo, Undo::DisableUnit { .. }));
    if let (Manager::Systemd { user }, false) = (manager(journal), enabled.is_empty()) {
        back.push(Action::DisableUnit { user }, "install enabled it", enabled);
    }
    for intent in journal.standing().rev() {
        let by_a_repair = matches!(
            intent.undo,
            Undo::Unmount { .. }
                | Undo::SetKernel { .. }
                | Undo::StopContainer { .. }
                | Undo::RemoveModel { .. }
                | Undo::RestoreOwner { .. }
        );
        if let Some(action) = intent.undo.action().filter(|_| by_a_repair) {
            back.push(action, &format!("a repair did: {}", intent.what), vec![intent.seq]);
        }
    }
    let mut histories: BTreeMap<&Path, History<'_>> = BTreeMap::new();
    for intent in journal.standing() {
        let Some(path) = intent.path.as_deref().or(intent.undo.path()) else { continue };
        let history = histories.entry(path).or_insert(History { first: intent, entries: Vec::new() });
        history.entries.push(intent.seq);
    }
    let mut newest_first: Vec<_> = histories.into_iter().collect();
    newest_first.sort_by_key(|(_, history)| std::cmp::Reverse(history.first.seq));

    let unit = matches!(manager(journal), Manager::Systemd { .. });
    // What is in a volume was made with the password of its service.
    let passwords = stack::PASSWORDS.map(|name| home.config.join(name));
    let settings: Vec<PathBuf> =
        [home.toml(), home.env(), home.first_password()].into_iter().chain(passwords).collect();
    for (path, history) in &newest_first {
        let is_setting = settings.iter().any(|setting| setting == path);
        if (purge || !is_setting) && (is_setting || unchanged(journal, path)) {
            file(&mut back, path, history);
        }
        if unit
            && path.ends_with(systemd::UNIT)
            && let Manager::Systemd { user } = manager(journal)
        {
            back.push(Action::ReloadUnits { user }, "its unit is gone", Vec::new());
        }
    }
    let made = |path: &Path| {
        newest_first.iter().any(|(made, history)| {
            *made == path && matches!(history.first.undo, Undo::RemoveDirectory { .. }) && path.is_dir()
        })
    };
    let holds_documents = |path: &Path| documents.iter().any(|directory| directory.starts_with(path));
    let told = [home.pid_file(), status_file(home), home.address_file()];
    for path in told.into_iter().chain(files::leftovers(&home.run)) {
        if made(&home.run) && path.exists() {
            back.push(Action::RemoveFile { path }, "the supervisor made it", Vec::new());
        }
    }
    for path in files::leftovers(&home.bin).into_iter().chain(files::leftovers(&home.config)) {
        back.push(Action::RemoveFile { path }, "an interrupted run left it", Vec::new());
    }
    // The state, which the journal is in, goes last.
    let whole: Vec<_> = [&home.logs, &home.state]
        .into_iter()
        .filter(|path| purge && made(path) && !holds_documents(path))
        .collect();
    let keep = |path: &Path| {
        !purge && [&home.config, &home.state, &home.logs].iter().any(|kept| kept.starts_with(path))
    };
    let directories: Vec<_> = newest_first
        .iter()
        .filter(|(path, history)| matches!(history.first.undo, Undo::RemoveDirectory { .. }) && path.is_dir())
        .filter(|(path, _)| !keep(path) && !whole.iter().any(|tree| tree.as_path() == *path))
        .collect();
    let (above_state, others): (Vec<_>, Vec<_>) =
        directories.into_iter().partition(|(path, _)| home.state.starts_with(path));
    let purged = "`--purge` was given and install made it";
    if whole.contains(&&home.logs) {
        back.push(Action::RemoveTree { path: home.logs.clone() }, purged, Vec::new());
    }
    for (path, history) in others {
        back.push(
            Action::RemoveDirectory { path: path.to_path_buf() },
            "install made it",
            history.entries.clone(),
        );
    }
    let state_goes = whole.contains(&&home.state);
    if state_goes {
        back.push(Action::RemoveTree { path: home.state.clone() }, purged, Vec::new());
    }
    if purge && !state_goes {
        data(&mut back, home);
        back.push(Action::RemoveTree { path: journal.backups() }, "install made it", Vec::new());
        back.push(Action::RemoveFile { path: home.journal() }, "everything in it was taken back", Vec::new());
    }
    for (path, history) in above_state {
        back.push(
            Action::RemoveDirectory { path: path.to_path_buf() },
            "install made it",
            history.entries.clone(),
        );
    }
    back
}

/// The data by name, where the directory that it is in has to stay.
fn data(back: &mut Back, home: &Home) {
    let beside = |suffix: &str| PathBuf::from(format!("{}{suffix}", home.database().display()));
    for path in [beside(""), beside("-wal"), beside("-shm"), home.lock_file(), home.validations()]
        .into_iter()
        .filter(|path| path.exists())
    {
        back.push(Action::RemoveFile { path }, "`--purge` was given", Vec::new());
    }
    for path in [home.index(), home.guides()].into_iter().filter(|path| path.exists()) {
        back.push(Action::RemoveTree { path }, "`--purge` was given", Vec::new());
    }
}

/// Whether a file is still as we wrote it.
fn unchanged(journal: &Journal, path: &Path) -> bool {
    match look(path, Privacy::Open) {
        Entry::File { digest, .. } => journal.wrote(path, digest.as_deref()),
        _ => true,
    }
}

fn file(back: &mut Back, path: &Path, history: &History<'_>) {
    let path = path.to_path_buf();
    let entries = history.entries.clone();
    match &history.first.undo {
        Undo::RemoveFile { .. } if path.exists() => {
            back.push(Action::RemoveFile { path }, "install made it", entries);
        }
        Undo::RestoreFile { backup, mode, .. } if backup.exists() => {
            back.push(
                Action::RestoreFile { from: backup.clone(), to: path, mode: *mode },
                "install replaced it",
                entries,
            );
        }
        Undo::RestoreMode { mode, .. } if path.exists() => {
            back.push(Action::SetMode { path, mode: *mode }, "install changed them", entries);
        }
        _ => {}
    }
}

#[cfg(test)]
#[path = "uninstall_tests.rs"]
mod tests;
