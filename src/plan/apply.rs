//! Carrying out a plan: each step is announced in the journal with the way back, made, and noted as done.
//! The first step that fails ends it; what is done stays done and known, and the next run goes on from there.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use secrecy::ExposeSecret;

use super::journal::{Journal, Seal, Undo, Written};
use super::{Plan, Step};
use crate::facts::paths::{Entry, Privacy, digest, digest_of_file, look};
use crate::failure::{Failure, IoContext, Result};
use crate::host::action::{Action, Content, Host};
use crate::host::{files, kernel};
use crate::ui::{Progress, Ui};

/// Where the steps of a plan stand among those of a larger work, for what is shown.
#[derive(Debug, Clone, Copy)]
pub struct Among {
    /// How many steps come before.
    pub before: usize,
    /// How many there are in all.
    pub total: usize,
}

/// Carries out the steps, counting in `done` those that are; the count is right even where the work is dropped
/// halfway, as an interruption does.
pub async fn apply(plan: &Plan, host: &Host, journal: &mut Journal, ui: &Ui, done: &mut usize) -> Result<()> {
    let among = Among { before: 0, total: plan.steps.len() };
    apply_among(plan, among, host, journal, ui, done).await
}

/// The same for a plan that is a part of a larger work.
pub async fn apply_among(
    plan: &Plan,
    among: Among,
    host: &Host,
    journal: &mut Journal,
    ui: &Ui,
    done: &mut usize,
) -> Result<()> {
    let (before, total) = (among.before, among.total);
    for (index, step) in plan.steps.iter().enumerate() {
        let progress = ui.progress(&format!("[{}/{total}] {}", before + index + 1, step.action));
        let result = one(step, host, journal, &progress).await;
        progress.done();
        *done = index + usize::from(result.is_ok());
        if let Err(failure) = result {
            return Err(told(failure, step, before + index, total));
        }
    }
    Ok(())
}

fn told(failure: Failure, step: &Step, done: usize, total: usize) -> Failure {
    let hint = failure.hint_text().map(String::from);
    let kind = failure.kind();
    let told = Failure::new(kind, format!("step {} of {total} failed: {}: {failure}", done + 1, step.action));
    let again = format!("{done} steps are done and noted; run the command again to go on");
    told.hint(hint.map_or(again.clone(), |hint| format!("{hint}; {again}")))
}

async fn one(step: &Step, host: &Host, journal: &mut Journal, progress: &Progress) -> Result<()> {
    let undo = match &step.action {
        // One that ran has to run again; one that was only tried again and again has not.
        Action::StopServer if host.service.state().await?.server.is_some() => Undo::StartServer,
        action => way_back(action, journal)?,
    };
    let written = match &step.action {
        Action::WriteFile { path, content: Content::Text(text), .. } => {
            Written { path: Some(path.clone()), digest: Some(digest(text.as_bytes())), seal: None }
        }
        Action::WriteFile { path, content: Content::Secret(secret), .. } => {
            let seal = Some(Seal::of(secret.expose_secret().as_bytes())?);
            Written { path: Some(path.clone()), digest: None, seal }
        }
        Action::CopyProgram { from, to } => {
            let digest = digest_of_file(from).trying(format_args!("read `{}`", from.display()))?;
            Written { path: Some(to.clone()), digest: Some(digest), seal: None }
        }
        _ => Written::default(),
    };
    let seq = journal.intend(step.action.to_string(), undo, written)?;
    step.action.perform(host, progress).await?;
    journal.done(seq)
}

/// How a step will be taken back; where it replaces a file, a copy of the file is kept first.
fn way_back(action: &Action, journal: &Journal) -> Result<Undo> {
    Ok(match action {
        Action::CreateDirectory { path, .. } => Undo::RemoveDirectory { path: path.clone() },
        Action::WriteFile { path, .. } => way_back_of_file(path, true, journal)?,
        Action::CopyProgram { to, .. } => way_back_of_file(to, false, journal)?,
        Action::GenerateCdi { path } => way_back_of_file(path, true, journal)?,
        Action::PullModel { endpoint, model } => {
            Undo::RemoveModel { endpoint: endpoint.clone(), model: model.clone() }
        }
        Action::SetMode { path, .. } => match look(path, Privacy::Secret) {
            Entry::File { mode, .. } | Entry::Directory { mode } => {
                Undo::RestoreMode { path: path.clone(), mode }
            }
            Entry::Missing | Entry::Other(_) => Undo::Nothing,
        },
        Action::SetOwner { path, .. } => {
            let now = std::fs::metadata(path).trying(format_args!("look at `{}`", path.display()))?;
            Undo::RestoreOwner { path: path.clone(), uid: now.uid(), gid: now.gid() }
        }
        Action::SetKernel { name, .. } => {
            let value = kernel::read(name).trying(format_args!("read `{name}` of the kernel"))?;
            Undo::SetKernel { name: name.clone(), value }
        }
        Action::EnableUnit { user } => Undo::DisableUnit { user: *user },
        Action::StartServer | Action::StartServerAt { .. } => Undo::StopServer,
        Action::StartContainer { socket, name } => {
            Undo::StopContainer { socket: socket.clone(), name: name.clone() }
        }
        Action::Mount { source, point, .. } => Undo::Unmount { source: source.clone(), point: point.clone() },
        _ => Undo::Nothing,
    })
}

/// `always`: keep a copy even of what this program wrote itself, which people may have edited since.
fn way_back_of_file(path: &Path, always: bool, journal: &Journal) -> Result<Undo> {
    let (mode, digest) = match look(path, Privacy::Open) {
        Entry::Missing => return Ok(Undo::RemoveFile { path: path.to_path_buf() }),
        Entry::File { mode, digest } => (mode, digest),
        Entry::Directory { .. } | Entry::Other(_) => {
            return Err(Failure::environment(format!("`{}` is not a file", path.display()))
                .hint("move it away, then run the command again"));
        }
    };
    if !always && journal.wrote(path, digest.as_deref()) {
        return Ok(Undo::Nothing);
    }
    let backup = journal.next_backup(path);
    files::directory(&journal.backups(), 0o700)?;
    files::copy(path, &backup, files::PRIVATE)?;
    Ok(Undo::RestoreFile { path: path.to_path_buf(), backup, mode })
}
