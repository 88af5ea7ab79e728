//! `tars down`: takes a stack away, by what the engine has under its name; its files say only what is not its own, and
//! need not be there. What will go is shown first; volumes go only where that is asked for, and asked again.

mod carry;
mod plan;

use std::time::Duration;

use serde_json::json;

use self::plan::{Left, There, Wanted};
use super::applied;
use super::change::Change;
use super::interrupt::Interrupt;
use super::lock;
use crate::config::paths::Home;
use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, Kind, Result};
use crate::plan::Plan;
use crate::stack::choice::{self, Choice};
use crate::stack::engine::Engine;
use crate::stack::members;

/// Arguments of `tars down`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Remove the volumes too, those without a name among them, and all that is in them
    #[arg(short = 'v', long)]
    volumes: bool,
    /// Remove the containers of services that the files do not have, and those of `docker compose run`
    #[arg(long)]
    remove_orphans: bool,
    /// How long a container may take to end by itself before it is killed; otherwise as long as it says
    #[arg(short, long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Show what would be removed, and do nothing
    #[arg(long)]
    plan: bool,
    /// Remove volumes without asking
    #[arg(short, long)]
    yes: bool,
    /// Only the containers of these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Takes the stack away.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    take(ctx, args, false)
}

/// Takes the installed stack away, as a part of another command that has asked already, or only shows what that would
/// remove: on standard error.
///
/// # Errors
/// As those of `tars down`.
pub fn take_down(ctx: &Ctx, volumes: bool, plan: bool) -> Result<()> {
    let args = Args {
        choice: Choice::installed(),
        volumes,
        remove_orphans: true,
        timeout: None,
        plan,
        yes: true,
        services: Vec::new(),
    };
    take(ctx, &args, true)
}

fn take(ctx: &Ctx, args: &Args, quiet: bool) -> Result<()> {
    let target = args.choice.target(ctx)?;
    let wanted = Wanted {
        volumes: args.volumes,
        remove_orphans: args.remove_orphans,
        services: args.services.clone(),
    };
    let _lock = if args.plan { None } else { Some(lock::take(&ctx.home, &target.name)?) };
    let (engine, there) = ctx.block_on(async {
        let engine = choice::engine(ctx).await?;
        let there = look(&engine, &target.name).await?;
        Ok((engine, there))
    })?;
    if target.project.is_some() {
        target.must_have(
            &args.services,
            there.members.iter().map(|member| member.container.service.as_str()),
        )?;
    }
    let (plan, left) = plan::plan(&target, &there, &wanted);
    if !args.plan {
        forget_what_is_gone(&ctx.home, &target.name, &there)?;
    }
    if quiet && (args.plan || plan.is_empty()) {
        ctx.ui.note(plan.text("nothing of the stack is there").trim_end());
        return Ok(());
    }
    if args.plan || plan.is_empty() {
        tell(ctx, &left);
        let nothing = format!("nothing of the stack `{}` is there", target.name);
        return ctx
            .ui
            .result(|_| plan.text(&nothing), &json!({ "project": target.name, "plan": plan, "left": left }));
    }
    ctx.ui.note(plan.text("").trim_end());
    tell(ctx, &left);
    ask(ctx, &plan, args.yes)?;

    let grace = args.timeout.map(Duration::from_secs);
    let (done, rest) = ctx.block_on_heeding(async {
        let interrupt = Interrupt::listen()?;
        let tell = |text: &str| ctx.ui.note(text);
        let work = carry::out(&engine, &plan, grace, &interrupt, &tell);
        let done = interrupt.unless_insisted(work).await?;
        if interrupt.has_come() {
            return Err(Interrupt::stopped_after(done.made, plan.steps.len()));
        }
        let there = look(&engine, &target.name).await?;
        forget_what_is_gone(&ctx.home, &target.name, &there)?;
        Ok((done, plan::plan(&target, &there, &wanted).0))
    })?;
    for failure in &done.failures {
        ctx.ui.note(&format!("{failure}"));
    }
    let rest = rest.steps.into_iter().filter(|step| !done.kept.contains(&step.action)).count();
    if rest > 0 || !done.failures.is_empty() {
        return Err(Failure::no(format!(
            "the stack `{}` is not down: some of it is still there",
            target.name
        ))
        .hint("run the command again; `tars down --plan` shows what is left"));
    }
    let text = format!("{}\n", summary(&target.name, &plan, &done.kept));
    if quiet {
        ctx.ui.note(text.trim_end());
        return Ok(());
    }
    ctx.ui
        .result(|_| text, &json!({ "project": target.name, "plan": plan, "left": left, "in_use": done.kept }))
}

/// What `tars up` keeps of a stack has its secrets in it, and is of use as long as there is a container of it.
fn forget_what_is_gone(home: &Home, project: &str, there: &There) -> Result<()> {
    if there.members.is_empty() { applied::forget(home, project) } else { Ok(()) }
}

/// One look at everything that the engine has under the name.
async fn look(engine: &Engine, project: &str) -> Result<There> {
    let (members, networks, volumes) = tokio::try_join!(
        members::members(engine, project),
        members::networks(engine, project),
        members::volumes(engine, project)
    )?;
    Ok(There { members, networks, volumes })
}

fn tell(ctx: &Ctx, left: &[Left]) {
    for left in left {
        ctx.ui.note(&format!("note: {left}"));
    }
}

/// Data is lost: that is for a person to say.
fn ask(ctx: &Ctx, plan: &Plan<Change>, yes: bool) -> Result<()> {
    let lost = plan.steps.iter().filter(|step| step.destructive).count();
    if lost == 0 || yes {
        return Ok(());
    }
    let what = match lost {
        1 => "one volume and all that is in it".to_string(),
        lost => format!("{lost} volumes and all that is in them"),
    };
    if ctx.ui.confirm(&format!("remove {what}?"), "`--yes`")? {
        return Ok(());
    }
    Err(Failure::new(Kind::Interrupted, "nothing was removed").hint("without `--volumes` the volumes stay"))
}

fn summary(name: &str, plan: &Plan<Change>, kept: &[Change]) -> String {
    let many = |what: &str, is: fn(&Change) -> bool| {
        let done = plan.steps.iter().map(|step| &step.action).filter(|change| !kept.contains(change));
        match done.filter(|change| is(change)).count() {
            0 => None,
            number => Some(show_count(number, what)),
        }
    };
    let parts: Vec<String> = [
        many("container", |change| matches!(change, Change::Remove { .. })),
        many("network", |change| matches!(change, Change::RemoveNetwork { .. })),
        many("volume", |change| matches!(change, Change::RemoveVolume { .. })),
    ]
    .into_iter()
    .flatten()
    .collect();
    let gone = if parts.is_empty() { "nothing".to_string() } else { parts.join(", ") };
    let but = if kept.is_empty() { String::new() } else { format!(", {} still in use and left", kept.len()) };
    format!("stack `{name}`: {gone} taken away{but}")
}

#[cfg(test)]
mod tests;
