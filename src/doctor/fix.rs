//! Repairing: from the findings that can be repaired to a plan with causes, which is shown, confirmed and
//! carried out, each repair on its own, so that one that fails stops none of the others. What interrupts a
//! service or deletes something is left out unless the person says yes to just that, or has named it. Every
//! step is in the journal with its way back before it is made.

use std::fmt;

use serde::Serialize;

use super::catalogue::find;
use super::check::{Check, Effect, Fix, Repair};
use crate::ctx::Ctx;
use crate::facts::snapshot::{Asked, Facts};
use crate::failure::{Kind, Result};
use crate::host::action::{Action, Host};
use crate::plan::Plan;
use crate::plan::apply::{Among, apply, apply_among};
use crate::plan::journal::{Intent, Journal};
use crate::report::{Finding, Report};

/// The repair of one finding.
#[derive(Debug, Serialize)]
pub struct Group {
    /// The check.
    pub id: String,
    /// What the repair does.
    pub what: String,
    /// What others notice of it.
    pub effect: Effect,
    /// Its steps.
    #[serde(flatten)]
    pub plan: Plan,
}

impl Group {
    /// The question whether to make it, where others would notice.
    #[must_use]
    pub fn question(&self) -> Option<String> {
        let asks = self.effect != Effect::Harmless;
        asks.then(|| format!("{} ({}): it {}; do it?", self.what, self.id, noticed(self.effect)))
    }

    /// A repair that writes a file, too, keeps its place: the texts after it were made from its own.
    fn only_starts(&self) -> bool {
        let mut actions = self.plan.steps.iter().map(|step| &step.action);
        actions.clone().any(Action::starts_something)
            && !actions.any(|a| matches!(a, Action::WriteFile { .. }))
    }
}

/// What is to be repaired, and what is not.
#[derive(Debug, Default, Serialize)]
pub struct Repairs {
    /// In the order in which they are made.
    pub repairs: Vec<Group>,
    /// What could be repaired and is left out.
    pub left_out: Vec<LeftOut>,
}

/// A repair that is not made.
#[derive(Debug, Serialize)]
pub struct LeftOut {
    /// The check.
    pub id: String,
    /// What the repair would do.
    pub what: String,
    /// Why it is not made.
    pub why: String,
}

impl fmt::Display for LeftOut {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "left out: {} ({}): {}", self.what, self.id, self.why)
    }
}

impl Repairs {
    /// Whether there is nothing to do.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.repairs.is_empty()
    }

    fn leave_out(&mut self, check: &Check, fix: &Fix, why: String) {
        self.left_out.push(LeftOut { id: check.id.into(), what: fix.what.into(), why });
    }

    /// Whether a step is planned already.
    fn have(&self, action: &Action) -> bool {
        let steps = self.repairs.iter().flat_map(|group| &group.plan.steps);
        // Of two texts for one file, the later one has both changes: each is a step of its own.
        let is_text = matches!(action, Action::WriteFile { .. });
        !is_text && steps.into_iter().any(|step| step.action.to_string() == action.to_string())
    }

    /// All steps as one plan, as a person reads it.
    #[must_use]
    pub fn text(&self) -> String {
        let steps = self.repairs.iter().flat_map(|group| group.plan.steps.iter().cloned()).collect();
        let mut out = Plan { steps }.text("nothing to repair");
        for left_out in &self.left_out {
            out += &format!("{left_out}\n");
        }
        out
    }
}

/// Whether a repair that others would notice is wanted, or why not.
pub type Wanted<'a> = &'a dyn Fn(&str) -> std::result::Result<(), String>;

/// Works out the repairs of everything in the report that can be repaired.
#[must_use]
pub fn plan(report: &Report, facts: &Facts, asked: &Asked, wanted: Wanted<'_>) -> Repairs {
    let repair = Repair::new(asked);
    let mut repairs = Repairs::default();
    let fixable = report.findings().filter(|finding| finding.fix.is_some());
    for (finding, check) in fixable.filter_map(|finding| Some((finding, find(&finding.id)?))) {
        let Some(fix) = &check.fix else { continue };
        if fix.effect != Effect::Harmless
            && let Err(why) = wanted(check.id)
        {
            repairs.leave_out(check, fix, format!("it {}; {why}", noticed(fix.effect)));
            continue;
        }
        match (fix.steps)(facts, &repair) {
            // One repair may help several checks.
            Ok(actions) if actions.iter().all(|action| repairs.have(action)) => {}
            Ok(actions) => {
                repair.remember(&actions);
                repairs.repairs.push(group(finding, fix, actions));
            }
            Err(failure) => repairs.leave_out(check, fix, failure.to_string()),
        }
    }
    // What is started finds everything else repaired, and changes nothing that is yet to be noted.
    repairs.repairs.sort_by_key(Group::only_starts);
    repairs
}

/// What others notice of a repair.
fn noticed(effect: Effect) -> &'static str {
    match effect {
        Effect::Harmless => "harms nobody",
        Effect::Interrupts => "interrupts a service",
        Effect::Deletes => "deletes something",
    }
}

fn group(finding: &Finding, fix: &Fix, actions: Vec<Action>) -> Group {
    let mut plan = Plan::default();
    for action in actions {
        if fix.effect == Effect::Deletes {
            plan.push_destructive(action, &finding.summary);
        } else {
            plan.push(action, &finding.summary);
        }
    }
    Group { id: finding.id.clone(), what: fix.what.to_string(), effect: fix.effect, plan }
}

/// What came of the repairs.
#[derive(Debug, Default)]
pub struct Repaired {
    /// The number to take them back by.
    pub run: u64,
    /// The ids of those that were carried out.
    pub done: Vec<String>,
    /// Those that failed, and why.
    pub failed: Vec<String>,
    /// Something of it can be taken back.
    pub has_way_back: bool,
}

/// Carries them out. Only an interruption, or a journal that cannot be written, ends it early. `host` is asked for
/// anew before each repair: the one before may have changed where the server listens.
pub async fn carry_out(ctx: &Ctx, host: &dyn Fn() -> Result<Host>, repairs: &Repairs) -> Result<Repaired> {
    let mut journal = Journal::open(&ctx.home.journal())?;
    journal.lock()?;
    let mut repaired = Repaired { run: journal.begin_run(), ..Repaired::default() };
    if !ctx.home.state.is_dir() {
        // The journal is kept there, and nothing is changed that no journal knows of.
        let mut first = Plan::default();
        first.push(
            Action::CreateDirectory { path: ctx.home.state.clone(), mode: 0o700 },
            "the journal is kept there",
        );
        apply(&first, &host()?, &mut journal, &ctx.ui, &mut 0).await?;
    }
    let mut among =
        Among { before: 0, total: repairs.repairs.iter().map(|group| group.plan.steps.len()).sum() };
    for group in &repairs.repairs {
        let result = apply_among(&group.plan, among, &host()?, &mut journal, &ctx.ui, &mut 0).await;
        among.before += group.plan.steps.len();
        match result {
            Ok(()) => repaired.done.push(group.id.clone()),
            Err(failure) if failure.kind() == Kind::Interrupted => return Err(failure),
            Err(failure) => {
                let hint = failure.hint_text().map(|hint| format!(" ({hint})")).unwrap_or_default();
                repaired.failed.push(format!("{}: {failure}{hint}", group.id));
            }
        }
    }
    let ours = |intent: &&Intent| intent.run == Some(repaired.run) && intent.undo.action().is_some();
    repaired.has_way_back = journal.standing().any(|intent| ours(&intent));
    Ok(repaired)
}
