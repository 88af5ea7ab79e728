//! Everything that a run finds out before it changes anything: which stack it goes to, what the engine has of it, what it
//! takes to get there, and what stands in the way of that. Looking takes no lock: it disturbs nobody.

use serde::Serialize;

use crate::config::Gpu;
use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::plan::Step;
use crate::report::{Finding, Verdict};
use crate::stack::choice::Target;
use crate::stack::engine::Engine;
use crate::stack::gpu::asks;
use crate::stack::model::Stack;
use crate::stack::observed::{Observed, observe};
use crate::stack::{choice, container};
use crate::ui::Paint;

use super::applied::Kept;
use super::change::Change;
use super::flow::Asked;
use super::gpu::{self, Without};
use super::guards;
use super::plan::{Planned, Recreate, Wanted, plan};
use super::rollback::Back;

/// Where a run goes.
#[derive(Debug)]
pub enum Goal {
    /// To what the files declare.
    Declared(Box<Stack>),
    /// Back to what an earlier run has brought about.
    Before(Box<Target>),
}

/// What was found.
#[derive(Debug)]
pub struct Prepared {
    /// The engine.
    pub engine: Engine,
    /// The stack that the run goes to.
    pub stack: Stack,
    /// It is one that was there before.
    pub is_back: bool,
    /// What the engine has.
    pub there: Observed,
    /// What the planner heeds.
    pub wanted: Wanted,
    /// What is to be done.
    pub planned: Planned,
    /// What is not as it was written, or not as good as it could be, and stops nothing.
    pub warnings: Vec<String>,
    /// The services that are started without the graphics card that they ask for.
    pub without_gpu: Vec<Without>,
    findings: Vec<Finding>,
}

/// A plan as a result of its own.
#[derive(Serialize)]
struct Shown<'a> {
    project: &'a str,
    steps: &'a [Step<Change>],
    warnings: &'a [String],
    without_gpu: &'a [Without],
    findings: &'a [Finding],
}

impl Goal {
    /// The name of the project.
    pub fn project(&self) -> &str {
        match self {
            Self::Declared(stack) => &stack.project,
            Self::Before(target) => &target.name,
        }
    }

    /// What earlier runs have brought about. To what the files declare it only makes reasons better, so that a file that is
    /// damaged stops nothing.
    pub fn kept(&self, ctx: &Ctx) -> Result<Kept> {
        match (Kept::read(&ctx.home, self.project()), self) {
            (Err(failure), Self::Declared(_)) => {
                ctx.ui.note(&format!("warning: {failure}"));
                Ok(Kept::default())
            }
            (kept, _) => kept,
        }
    }
}

impl Prepared {
    /// Looks and plans; what is gone back to is taken out of what is kept.
    pub async fn new(ctx: &Ctx, goal: Goal, kept: &mut Kept, asked: &Asked) -> Result<Self> {
        let last = kept.last.clone();
        let is_back = matches!(goal, Goal::Before(_));
        let engine = choice::engine(ctx).await?;
        let (mut stack, there, wanted) = match goal {
            Goal::Declared(stack) => {
                let there = observe(&engine, &stack).await?;
                (*stack, there, asked.wanted.clone())
            }
            Goal::Before(target) => {
                let back = Back::new(&target, &target.environment(ctx), kept)?;
                ctx.ui.note(&format!("going back to what was brought about on {}", back.since()));
                let wanted = back.wanted(&asked.wanted);
                let (stack, there) = back.look(&engine).await?;
                (stack, there, wanted)
            }
        };
        let (gpu, why) =
            if stack.services.iter().any(asks) { gpu::policy(ctx, asked.cpu_only)? } else { (Gpu::On, "") };
        let mut without_gpu = Vec::new();
        if gpu == Gpu::Off {
            let all = stack.services.iter().filter(|service| asks(service));
            let all = all.map(|service| Without { service: service.name.clone(), why: why.into() }).collect();
            without_gpu = gpu::start_without(&mut stack, all)?;
        }
        let mut planned = plan(&stack, &there, last.as_ref(), &wanted)?;
        let seen = guards::look(guards::asked(ctx), &engine, &stack, &planned.plan).await;
        if gpu == Gpu::Auto {
            // What runs with a card goes on with it, and what is only made may get one before it is started.
            let starts = |name: &str| {
                planned
                    .plan
                    .steps
                    .iter()
                    .any(|step| matches!(&step.action, Change::Start { service, .. } if service == name))
            };
            let mut unmet = gpu::unmet(&stack, &seen);
            unmet.retain(|without| starts(&without.service));
            without_gpu = gpu::start_without(&mut stack, unmet)?;
            if !without_gpu.is_empty() {
                planned = plan(&stack, &there, last.as_ref(), &wanted)?;
            }
        }
        let case = guards::Case { stack: &stack, tree: Some(&stack.tree), plan: &planned.plan, seen: &seen };
        let findings = guards::judge(&case);
        let warnings = warnings(&stack, &planned, &findings);
        Ok(Self { engine, stack, is_back, there, wanted, planned, warnings, without_gpu, findings })
    }

    /// Shows the plan.
    pub fn show(&self, ctx: &Ctx) -> Result<()> {
        let Self { stack, planned, warnings, without_gpu, findings, .. } = self;
        let steps = &planned.plan.steps;
        let shown = Shown { project: &stack.project, steps, warnings, without_gpu, findings };
        let text = |_: &Paint| {
            let without = without_gpu.iter().map(|without| format!("{without}\n"));
            planned.plan.text(&self.as_wanted()) + &without.collect::<String>()
        };
        ctx.ui.result(text, &shown)
    }

    /// What is said where there is nothing to do.
    pub fn as_wanted(&self) -> String {
        let how = match self.wanted.recreate {
            // Some of it may not be as declared, which was told as a warning.
            Recreate::Never => "left as it is",
            _ if self.is_back => "as it was before",
            _ => "as declared",
        };
        format!("stack {} is {how}: {}", self.stack.project, show_count(self.stack.services.len(), "service"))
    }

    /// Fails where something stands in the way of the plan.
    pub fn refuse(&self, ctx: &Ctx) -> Result<()> {
        let hint = "nothing was changed: correct what is told above, then run the command again";
        refuse(ctx, &self.stack, &self.findings, hint)
    }

    /// Judges what a later plan of the same run would do, for which images came anew meanwhile, and tells what the first
    /// one had no warning of.
    ///
    /// # Errors
    /// Something stands in its way.
    pub async fn judge_again(&self, ctx: &Ctx, planned: &Planned) -> Result<()> {
        let Self { engine, stack, .. } = self;
        let seen = guards::look(guards::asked(ctx), engine, stack, &planned.plan).await;
        let case = guards::Case { stack, tree: Some(&stack.tree), plan: &planned.plan, seen: &seen };
        let findings = guards::judge(&case);
        let warnings = warnings(stack, planned, &findings);
        for warning in warnings.iter().filter(|warning| !self.warnings.contains(warning)) {
            ctx.ui.note(&format!("warning: {warning}"));
        }
        let hint = "correct what is told above, then run the command again: what is done stays done";
        refuse(ctx, stack, &findings, hint)
    }
}

fn refuse(ctx: &Ctx, stack: &Stack, findings: &[Finding], hint: &str) -> Result<()> {
    let refusals: Vec<&Finding> =
        findings.iter().filter(|finding| finding.verdict == Verdict::Fail).collect();
    for refusal in &refusals {
        ctx.ui.note(&format!("refused: {}", refusal.summary));
        if let Some(hint) = &refusal.hint {
            ctx.ui.note(&format!("  hint: {hint}"));
        }
    }
    match refusals.len() {
        0 => Ok(()),
        number => Err(Failure::environment(format!(
            "the stack `{}` cannot be started: {} in the way",
            stack.project,
            if number == 1 { "one thing is".to_string() } else { format!("{number} things are") }
        ))
        .hint(hint)),
    }
}

fn warnings(stack: &Stack, planned: &Planned, findings: &[Finding]) -> Vec<String> {
    let mut warnings: Vec<String> = container::unsupported(stack).iter().map(ToString::to_string).collect();
    warnings.extend(planned.warnings.iter().cloned());
    let found = findings.iter().filter(|finding| matches!(finding.verdict, Verdict::Warn | Verdict::Unknown));
    warnings.extend(found.map(|finding| match &finding.hint {
        Some(hint) => format!("{} ({hint})", finding.summary),
        None => finding.summary.clone(),
    }));
    warnings
}
