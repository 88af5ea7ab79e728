//! The way of a run: what `prepare` has found is carried out and looked at again. The exit code comes from the second look,
//! never from requests that were answered with yes.

use std::time::Instant;

use futures_util::future::join_all;

use crate::ctx::Ctx;
use crate::failure::{Failure, Kind, Result};
use crate::host::registry::SignIns;
use crate::plan::{Plan, Step};
use crate::redact::Redactor;
use crate::stack::engine::Engine;
use crate::stack::model::Stack;
use crate::stack::observed::{Observed, observe};
use crate::ui::Format;

use super::applied::{Applied, Kept};
use super::board::Board;
use super::carry::{Carrier, Manner, Means};
use super::change::Change;
use super::execute::{self, End};
use super::interrupt::Interrupt;
use super::outcome::{Outcome, Parts};
use super::plan::{Planned, Recreate, Wanted, plan};
use super::prepare::{Goal, Prepared};
use super::watch::Watch;
use super::{lock, trouble};

/// How often a run plans anew because images that it has pulled or built are other ones than before.
const ROUNDS: usize = 3;

/// What is asked of a run.
#[derive(Debug, Default)]
pub struct Asked {
    /// Only show what would be done.
    pub plan: bool,
    /// It is a part of another command, which tells its own result.
    pub quiet: bool,
    /// What the planner is to heed.
    pub wanted: Wanted,
    /// No service gets a graphics card.
    pub cpu_only: bool,
    /// How it is carried out.
    pub manner: Manner,
}

/// Brings a stack up, or shows what that takes.
pub fn run(ctx: &Ctx, goal: Goal, asked: &Asked) -> Result<()> {
    ctx.block_on_heeding(async {
        let interrupt = Interrupt::listen()?;
        let begun = Instant::now();
        let lock = if asked.plan { None } else { Some(lock::take(&ctx.home, goal.project())?) };
        let mut kept = goal.kept(ctx)?;
        let prepared = interrupt.or(Prepared::new(ctx, goal, &mut kept, asked)).await?;
        for warning in &prepared.warnings {
            ctx.ui.note(&format!("warning: {warning}"));
        }
        if asked.plan {
            prepared.show(ctx)?;
            return prepared.refuse(ctx);
        }
        for without in &prepared.without_gpu {
            ctx.ui.note(&format!("note: {without}"));
        }
        prepared.refuse(ctx)?;
        let redactor = trouble::redactor(&prepared.stack).await?;
        let run = Run {
            ctx,
            engine: &prepared.engine,
            stack: &prepared.stack,
            prepared: &prepared,
            asked,
            redactor: &redactor,
            interrupt: &interrupt,
            begun,
        };
        if prepared.planned.plan.is_empty() && (asked.quiet || ctx.ui.format == Format::Text) {
            run.keep(kept, &prepared.there)?;
            if asked.quiet {
                return Ok(());
            }
            return ctx.ui.print(&format!("{}\n", prepared.as_wanted()));
        }
        let ended = interrupt.unless_insisted(run.carry_out(kept)).await;
        drop(lock);
        ended?
    })
}

/// One run that changes something.
struct Run<'a> {
    ctx: &'a Ctx,
    engine: &'a Engine,
    stack: &'a Stack,
    prepared: &'a Prepared,
    asked: &'a Asked,
    redactor: &'a Redactor,
    interrupt: &'a Interrupt,
    begun: Instant,
}

/// What came of carrying a plan out.
struct Carried {
    ends: Vec<End>,
    in_trouble: Vec<(String, String, String)>,
}

impl Run<'_> {
    async fn carry_out(&self, mut kept: Kept) -> Result<()> {
        if self.is_kept() && !self.prepared.is_back {
            kept.begin(&self.ctx.home, &self.stack.project)?;
        }
        let watch = Watch::new(self.engine, &self.stack.project);
        let mut there = self.prepared.there.clone();
        let mut whole = Plan::default();
        let mut carried = Carried { ends: Vec::new(), in_trouble: Vec::new() };
        let mut wanted = self.prepared.wanted.clone();
        let mut next = Ok(self.prepared.planned.clone());
        for round in 0..ROUNDS {
            let Ok(planned) = &next else { break };
            if round > 0
                && let Err(refused) = self.interrupt.or(self.prepared.judge_again(self.ctx, planned)).await
            {
                next = Err(refused);
                break;
            }
            let mut round = self.steps(&there, &planned.plan, &watch).await?;
            whole.steps.extend(planned.plan.steps.iter().cloned());
            carried.ends.append(&mut round.ends);
            carried.in_trouble.append(&mut round.in_trouble);
            let is_done = carried.ends.iter().all(End::is_done);
            // An image that came anew may be another one, which only now can be known.
            wanted.fresh.extend(planned.renewed.iter().cloned());
            let renewed = !planned.renewed.is_empty();
            match self.look_again(&wanted).await {
                Ok((now, left)) => {
                    there = now;
                    let is_last = left.plan.is_empty() || !renewed || !is_done;
                    next = Ok(left);
                    if is_last {
                        break;
                    }
                }
                Err(failure) => next = Err(failure),
            }
        }
        self.advise(&mut carried.ends).await;
        self.end(&watch, &whole, &carried, next, &there, kept).await
    }

    /// Tells what came of it.
    async fn end(
        &self,
        watch: &Watch<'_>,
        whole: &Plan<Change>,
        carried: &Carried,
        left: Result<Planned>,
        there: &Observed,
        kept: Kept,
    ) -> Result<()> {
        let troubles = self.troubles(&carried.in_trouble).await?;
        let now = watch.now().await.ok();
        let interrupted = self.interrupt.has_come();
        let outcome = Outcome::of(Parts {
            stack: self.stack,
            without_gpu: &self.prepared.without_gpu,
            plan: whole,
            ends: &carried.ends,
            troubles,
            now: now.as_ref(),
            left: left.as_ref().ok().map(|planned| &planned.plan),
            interrupted,
            seconds: self.begun.elapsed().as_secs_f64(),
        });
        if self.asked.quiet {
            self.ctx.ui.note(outcome.text(&self.ctx.ui.paint_notes()).trim_end());
        } else {
            self.ctx.ui.result(|paint| outcome.text(paint), &outcome)?;
        }
        let done = carried.ends.iter().filter(|end| end.is_done()).count();
        if interrupted {
            return Err(Interrupt::stopped_after(done, whole.steps.len()));
        }
        if outcome.well {
            return self.keep(kept, there);
        }
        drop(outcome);
        left?;
        Err(Failure::new(
            kind(whole, &carried.ends),
            format!("the stack `{}` is not as declared", self.stack.project),
        )
        .hint("correct what is told above, then run the command again: what is done stays done"))
    }

    /// Keeps what is there now, where that is news.
    fn keep(&self, kept: Kept, there: &Observed) -> Result<()> {
        let Prepared { wanted, is_back, .. } = self.prepared;
        let mut applied = Applied::new(self.ctx.now(), self.stack, there);
        if !is_back {
            applied = applied.over(kept.last.as_ref(), there, |service| wanted.is_about(service));
        }
        if !self.is_kept() || kept.is_last(&applied) { Ok(()) } else { kept.keep(&self.ctx.home, applied) }
    }

    /// Containers that are left as they are need not be as declared.
    fn is_kept(&self) -> bool {
        self.prepared.wanted.recreate != Recreate::Never
    }

    /// Tells what to do about each failure, where that is known.
    async fn advise(&self, ends: &mut [End]) {
        // Side by side: an engine that hangs takes its time for each.
        join_all(ends.iter_mut().map(async |end| {
            if let End::Failed(failure) = end {
                let owner = trouble::port_owner(self.engine, failure).await;
                let plain = std::mem::replace(failure, Failure::no(""));
                *failure = trouble::advised(plain, owner.as_deref());
            }
        }))
        .await;
    }

    /// Carries the steps out, and puts away what was made for those that were never reached.
    async fn steps(&self, there: &Observed, plan: &Plan<Change>, watch: &Watch<'_>) -> Result<Carried> {
        let asks_registries =
            |step: &Step<Change>| matches!(step.action, Change::Pull { .. } | Change::Build { .. });
        let sign_ins = if plan.steps.iter().any(asks_registries) {
            SignIns::load(self.ctx)?
        } else {
            SignIns::default()
        };
        let board = Board::new(&self.ctx.ui, plan);
        let means = Means {
            engine: self.engine,
            board: &board,
            watch,
            interrupt: self.interrupt,
            sign_ins: &sign_ins,
            manner: &self.asked.manner,
            redactor: self.redactor,
        };
        let carrier = Carrier::new(&means, self.stack, there, plan);
        let waits = |change: &Change| matches!(change, Change::Await { .. });
        let work = async {
            let ends =
                execute::all(plan, self.interrupt, waits, async |change| carrier.make(change).await).await;
            carrier.clear().await;
            ends
        };
        let ends = tokio::select! {
            ends = work => ends,
            never = watch.go_on() => match never {},
        };
        let in_trouble = carrier.in_trouble();
        let in_trouble = in_trouble.into_iter().map(|(service, id, stuck)| (service, id, stuck.to_string()));
        Ok(Carried { ends, in_trouble: in_trouble.collect() })
    }

    async fn troubles(&self, found: &[(String, String, String)]) -> Result<Vec<trouble::Trouble>> {
        if found.is_empty() {
            return Ok(Vec::new());
        }
        let looks = found
            .iter()
            .map(|(service, id, what)| trouble::look(self.engine, self.redactor, service, id, what.clone()));
        Ok(join_all(looks).await)
    }

    /// What is there now, and what another run would still do beside what every run does.
    async fn look_again(&self, wanted: &Wanted) -> Result<(Observed, Planned)> {
        let there = observe(self.engine, self.stack).await?;
        let recreate = match wanted.recreate {
            Recreate::Never => Recreate::Never,
            Recreate::IfChanged | Recreate::Force => Recreate::IfChanged,
        };
        let wanted = Wanted { recreate, build: false, ..wanted.clone() };
        // What has ended well by itself in this run is not to be run again by it.
        let applied = Applied::new(self.ctx.now(), self.stack, &there);
        let planned = plan(self.stack, &there, Some(&applied), &wanted)?;
        Ok((there, planned))
    }
}

/// Whether the answer is that the stack is not as it should be, or that nothing at all could be done for it. A service that
/// was waited for in vain is an answer, however little there was to do.
fn kind(plan: &Plan<Change>, ends: &[End]) -> Kind {
    let waited = |(step, end): (&Step<Change>, &End)| {
        matches!(step.action, Change::Await { .. }) && end.failure().is_some()
    };
    let is_answered = ends.iter().any(End::is_done) || plan.steps.iter().zip(ends).any(waited);
    if is_answered { Kind::No } else { Kind::Environment }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::stack::model::Condition;

    #[test]
    fn a_stack_that_is_not_well_is_an_answer_each_time() {
        let name = || "home-web-1".to_string();
        let start = Change::Start { service: "web".into(), number: 1, name: name() };
        let wait = Change::Await { service: "web".into(), until: Condition::Healthy };
        let failed = || End::Failed(Failure::no("no"));
        for (steps, ends, expected) in [
            (vec![start.clone(), wait.clone()], vec![End::Done, failed()], Kind::No),
            (vec![wait.clone()], vec![failed()], Kind::No),
            (vec![start.clone(), wait.clone()], vec![failed(), End::Left], Kind::Environment),
            (vec![start, wait], vec![End::Done, End::Left], Kind::No),
        ] {
            let mut plan = Plan::default();
            for step in steps {
                plan.push(step, "");
            }
            assert_eq!(kind(&plan, &ends), expected, "{ends:?}");
        }
    }
}
