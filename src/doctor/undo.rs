//! Taking a repair back: the steps of one run, newest first, as the journal has them. A file that somebody
//! changed after the repair is left as it is, and said so: undoing must not lose anybody's work.

use serde::Serialize;

use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::facts::paths::{Entry, Privacy, look};
use crate::failure::{Failure, Kind, Result};
use crate::host::action::{Action, Host};
use crate::host::files;
use crate::plan::Plan;
use crate::plan::journal::{Intent, Journal, Undo};

const NOTHING: &str = "nothing to take back";

/// What is taken back, and what is not.
#[derive(Debug, Default, Serialize)]
struct Back {
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<u64>,
    #[serde(flatten)]
    plan: Plan,
    left: Vec<String>,
    /// For each step, its entry of the journal.
    #[serde(skip)]
    entries: Vec<u64>,
    /// Entries with nothing to do.
    #[serde(skip)]
    idle: Vec<u64>,
}

impl Back {
    fn text(&self) -> String {
        let left: String = self.left.iter().map(|line| format!("left as it is: {line}\n")).collect();
        self.plan.text(NOTHING) + &left
    }
}

/// Takes back the repair of this number, or the last one.
pub fn run(
    ctx: &Ctx,
    host: &dyn Fn() -> Result<Host>,
    number: Option<u64>,
    yes: bool,
    only_plan: bool,
) -> Result<()> {
    let mut journal = Journal::open(&ctx.home.journal())?;
    let Some(run) = number.or(journal.last_run()) else {
        return ctx.ui.result(|_| format!("{NOTHING}: no repair stands\n"), &Back::default());
    };
    let mut back = way_back(&journal, run);
    if back.entries.is_empty() && back.idle.is_empty() && back.left.is_empty() {
        return Err(Failure::usage(format!("there is no repair {run} that could be taken back"))
            .hint("`tars doctor --undo` without a number takes back the last one"));
    }
    if only_plan {
        return ctx.ui.result(|_| back.text(), &back);
    }
    ctx.ui.note(back.text().trim_end());
    if !back.plan.is_empty() && !yes && !ctx.ui.confirm(&format!("take repair {run} back?"), "`--yes`")? {
        return Err(Failure::no("nothing was changed"));
    }
    let steps = ctx.block_on(take_back(ctx, host, &mut journal, &mut back))?;
    let wholly = if back.left.is_empty() { "" } else { "partly " };
    let steps = show_count(steps, "step");
    ctx.ui.result(
        |_| format!("repair {run} is {wholly}taken back: {steps}\n\nnext:\n  tars doctor\n"),
        &back,
    )?;
    if back.left.is_empty() {
        return Ok(());
    }
    for left in &back.left {
        ctx.ui.note(&format!("left as it is: {left}"));
    }
    Err(Failure::no("not everything was taken back")
        .hint(format!("the earlier versions are in `{}`", journal.backups().display())))
}

/// Takes the steps back, each on its own: one that fails is told and stops none of the others. How many went.
async fn take_back(
    ctx: &Ctx,
    host: &dyn Fn() -> Result<Host>,
    journal: &mut Journal,
    back: &mut Back,
) -> Result<usize> {
    journal.lock()?;
    let mut done = 0;
    for (step, entry) in back.plan.steps.iter().zip(&back.entries) {
        // The settings may be others after each step, and with them where the server listens.
        let host = host()?;
        let progress = ctx.ui.progress(&step.action.to_string());
        let result = match &step.action {
            Action::StartServer if host.service.state().await?.running => Ok(()),
            action => action.perform(&host, &progress).await,
        };
        progress.done();
        match result {
            Ok(()) => done += 1,
            Err(failure) if failure.kind() == Kind::Interrupted => return Err(failure),
            Err(failure) => {
                back.left.push(format!("{}: {failure}", step.action));
                continue;
            }
        }
        journal.undone(*entry)?;
        if let Action::RestoreFile { from, .. } = &step.action {
            // An old secret is kept no longer than it is needed.
            files::remove(from)?;
        }
    }
    for entry in &back.idle {
        journal.undone(*entry)?;
    }
    Ok(done)
}

fn way_back(journal: &Journal, run: u64) -> Back {
    let mut back = Back { run: Some(run), ..Back::default() };
    for intent in journal.standing().rev().filter(|intent| intent.run == Some(run)) {
        match intent.undo.action().filter(|_| !is_as_before(&intent.undo)) {
            Some(_) if changed_since(journal, intent) => {
                back.left.push(format!("{} — it was changed after the repair", intent.what));
            }
            Some(action) => {
                back.plan.push(action, format!("repair {run} did: {}", intent.what));
                back.entries.push(intent.seq);
            }
            None => back.idle.push(intent.seq),
        }
    }
    back
}

/// Whether there is nothing to put back: a repair that was interrupted may have announced a file that it never
/// came to write.
fn is_as_before(undo: &Undo) -> bool {
    let (path, backup, mode) = match undo {
        Undo::RestoreFile { path, backup, mode } => (path, backup, mode),
        // What is gone has no permissions.
        Undo::RestoreMode { path, .. } | Undo::RestoreOwner { path, .. } => return !path.exists(),
        _ => return false,
    };
    match (look(path, Privacy::Open), look(backup, Privacy::Open)) {
        (Entry::File { mode: now, digest: Some(one) }, Entry::File { digest: Some(other), .. }) => {
            now == *mode && one == other
        }
        _ => false,
    }
}

/// Whether the file that an entry wrote is another now.
fn changed_since(journal: &Journal, intent: &Intent) -> bool {
    let Some(path) = intent.path.as_deref() else { return false };
    let later = |other: &&Intent| other.seq > intent.seq && other.path.as_deref() == Some(path);
    // What wrote it last is compared; what an earlier step of the same run wrote is gone by now. What a later
    // repair wrote has to be taken back first.
    if let Some(other) = journal.standing().find(later) {
        return other.run != intent.run;
    }
    // What is gone is put back, and needs no comparing.
    std::fs::read(path).is_ok_and(|now| !intent.wrote_this(&now))
}
