//! Taking a repair back: the steps of one run, newest first, as the journal has them. A file that somebody
//! changed after the repair is left as it is, and said so: undoing must not lose anybody's work.

use serde::Serialize;

use crate::ctx::Ctx;
use crate::facts::paths::{Entry, Privacy, look};
use crate::failure::{Failure, Result};
use crate::host::action::Host;
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
pub fn run(ctx: &Ctx, host: &Host, number: Option<u64>, yes: bool, only_plan: bool) -> Result<()> {
    let mut journal = Journal::open(&ctx.home.journal())?;
    let Some(run) = number.or(journal.last_run()) else {
        return ctx.ui.result(|_| format!("{NOTHING}: no repair stands\n"), &Back::default());
    };
    let back = way_back(&journal, run);
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
    ctx.block_on(async {
        journal.lock()?;
        for (step, entry) in back.plan.steps.iter().zip(&back.entries) {
            let progress = ctx.ui.progress(&step.action.to_string());
            step.action.perform(host, &progress).await?;
            progress.done();
            journal.undone(*entry)?;
        }
        for entry in &back.idle {
            journal.undone(*entry)?;
        }
        Ok(())
    })?;
    let steps = back.plan.steps.len();
    ctx.ui
        .result(|_| format!("repair {run} is taken back: {steps} steps\n\nnext:\n  tars doctor\n"), &back)?;
    if back.left.is_empty() {
        return Ok(());
    }
    Err(Failure::no("not everything was taken back")
        .hint(format!("the earlier versions are in `{}`", journal.backups().display())))
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
    let Undo::RestoreFile { path, backup, mode } = undo else { return false };
    match (look(path, Privacy::Open), look(backup, Privacy::Open)) {
        (Entry::File { mode: now, digest: Some(one) }, Entry::File { digest: Some(other), .. }) => {
            now == *mode && one == other
        }
        _ => false,
    }
}

/// Whether the file that an entry wrote is another now. Files that are secret are not compared: nothing of them
/// is in the journal.
fn changed_since(journal: &Journal, intent: &Intent) -> bool {
    let (Some(path), Some(wrote)) = (intent.path.as_deref(), intent.wrote.as_deref()) else { return false };
    let later = |other: &&Intent| other.seq > intent.seq && other.path.as_deref() == Some(path);
    // What wrote it last is compared; what an earlier step of the same run wrote is gone by now. What a later
    // repair wrote has to be taken back first.
    if let Some(other) = journal.standing().find(later) {
        return other.run != intent.run;
    }
    matches!(look(path, Privacy::Open), Entry::File { digest: Some(digest), .. } if digest != wrote)
}
