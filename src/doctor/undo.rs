//! Taking a repair back: the steps of one run, newest first, as the journal has them. A file that somebody
//! changed after the repair is left as it is, and said so: undoing must not lose anybody's work.

use serde::Serialize;

use crate::ctx::Ctx;
use crate::facts::paths::{Entry, Privacy, look};
use crate::failure::{Failure, Result};
use crate::host::action::Host;
use crate::plan::Plan;
use crate::plan::journal::{Intent, Journal};

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
        if let Some(why) = changed_since(journal, intent) {
            back.left.push(why);
            continue;
        }
        match intent.undo.action() {
            Some(action) => {
                back.plan.push(action, format!("repair {run} did: {}", intent.what));
                back.entries.push(intent.seq);
            }
            None => back.idle.push(intent.seq),
        }
    }
    back
}

/// Why the file that an entry wrote is not put back, if so. Files that are secret are not compared: nothing of
/// them is in the journal.
fn changed_since(journal: &Journal, intent: &Intent) -> Option<String> {
    let (path, wrote) = (intent.path.as_deref()?, intent.wrote.as_deref()?);
    let later = |other: &Intent| other.seq > intent.seq && other.path.as_deref() == Some(path);
    // What wrote it last is compared; what an earlier step of the same run wrote is gone by now.
    if journal.standing().any(later) {
        return None;
    }
    match look(path, Privacy::Open) {
        Entry::File { digest: Some(digest), .. } if digest != wrote => {
            Some(format!("`{}` was changed after the repair", path.display()))
        }
        _ => None,
    }
}
