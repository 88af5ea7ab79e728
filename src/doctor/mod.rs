//! `tars doctor`: what is wrong with this machine, how it is known, and what helps. Look at everything at once,
//! judge, say it; with `--fix`, plan, show, ask, change, and look again: the exit code is that of the last look.

mod catalogue;
mod check;
mod checks;
mod explain;
mod fix;
mod judge;
mod load;
mod select;
mod undo;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::config::{Config, value};
use crate::ctx::Ctx;
use crate::facts::snapshot::{self, Asked, Facts};
use crate::facts::{Fact, NEEDS_ROOT, far, no_answer, services};
use crate::failure::{Failure, Result};
use crate::host::action::Host;
use crate::host::files;
use crate::host::service::{Service, find_managers};
use crate::report::{Report, Verdict, json};

pub use explain::markdown;
use fix::Repairs;
use select::Named;

/// From which verdict on the answer is no.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum FailOn {
    /// Something is wrong.
    #[default]
    Fail,
    /// Something is not as good as it could be.
    Warn,
    /// Something could not be looked at.
    Unknown,
}

/// Arguments of `tars doctor`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("change").args(["fix", "undo"]))]
pub struct Args {
    /// Repair what can be repaired: show the plan, ask, change, look again
    #[arg(long)]
    fix: bool,
    /// With `--fix` or `--undo`: do not ask for confirmation
    #[arg(long, short, requires = "change")]
    yes: bool,
    /// With `--fix` or `--undo`: show what would be changed, and change nothing
    #[arg(long, requires = "change")]
    plan: bool,
    /// With `--fix`: make these repairs too, which interrupt a service or delete something, without asking
    #[arg(long, value_name = "IDS", value_delimiter = ',', requires = "fix")]
    yes_destructive: Vec<String>,
    /// Take back the last repair, or the one of this number
    #[arg(long, value_name = "NUMBER", num_args = 0..=1, conflicts_with_all = ["fix", "from", "list", "explain"])]
    undo: Option<Option<u64>>,
    /// Only these checks: ids or patterns, such as `gpu.*,ports.*`
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    only: Vec<String>,
    /// All checks but these
    #[arg(long, value_name = "IDS", value_delimiter = ',')]
    skip: Vec<String>,
    /// Show only what is not as it should be
    #[arg(long, short)]
    quiet: bool,
    /// From which verdict on the exit code is 1
    #[arg(long, value_enum, value_name = "VERDICT", default_value_t)]
    fail_on: FailOn,
    /// How long one look may take, 10m at most; a run where something hangs takes up to twice as long, so that
    /// with more than 4s it may take longer than 10 s
    #[arg(long, value_name = "TIME", default_value = "2s", value_parser = deadline)]
    deadline: Duration,
    /// List every check
    #[arg(long, conflicts_with_all = ["fix", "from"])]
    list: bool,
    /// Explain a check: what it means, why it matters, how to repair it by hand
    #[arg(long, value_name = "ID", conflicts_with_all = ["fix", "from", "list"])]
    explain: Option<String>,
    /// Judge another machine: its `facts.json`, or a support archive that holds one
    #[arg(long, value_name = "FILE", conflicts_with = "fix")]
    from: Option<PathBuf>,
    /// Keep what was found in this file, for `--from`
    #[arg(long, value_name = "FILE")]
    save_facts: Option<PathBuf>,
}

/// A hung look waits for all of its time: who asks for more than this means something else.
const LONGEST: Duration = Duration::from_secs(600);

fn deadline(text: &str) -> std::result::Result<Duration, String> {
    let given = value::duration(text)?;
    if given > LONGEST {
        return Err(format!("`{text}` is longer than `10m`, the longest that one look may take"));
    }
    Ok(given)
}

/// Runs `tars doctor`.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    if args.list {
        return explain::list(ctx);
    }
    if let Some(id) = &args.explain {
        return explain::one(ctx, id);
    }
    let selection = Selection::new(args)?;
    if let Some(number) = args.undo {
        unless_hung(&asked(ctx, args.deadline))?;
        return undo::run(ctx, &|| host(ctx), number, args.yes, args.plan);
    }
    let asked = asked(ctx, args.deadline);
    let facts = match &args.from {
        Some(path) => load::facts(path)?,
        None => look(ctx, &asked)?,
    };
    if let Some(path) = &args.save_facts {
        files::write(path, json::render(&facts).as_bytes(), files::PRIVATE)?;
    }
    let report = selection.of(judge::judge(&facts));
    if args.fix {
        return repair(ctx, args, &selection, &asked, &facts, report);
    }
    conclude(ctx, args, report)
}

/// One look at this machine and its judgement; nothing is shown.
pub fn examine(ctx: &Ctx, deadline: Duration) -> Result<(Facts, Report)> {
    let facts = look_quietly(ctx, &asked(ctx, deadline))?;
    let mut report = judge::judge(&facts);
    report.facts.push(("result".into(), report.counts()));
    Ok((facts, report))
}

/// Which findings are wanted.
struct Selection {
    only: Named,
    skip: Named,
    destructive: Named,
}

impl Selection {
    fn new(args: &Args) -> Result<Self> {
        Ok(Self {
            only: Named::new("--only", &args.only)?,
            skip: Named::new("--skip", &args.skip)?,
            destructive: Named::new("--yes-destructive", &args.yes_destructive)?,
        })
    }

    /// Whether a repair that others would notice was named, or how to name it.
    fn names(&self, id: &str) -> std::result::Result<(), String> {
        if self.destructive.has(id) { Ok(()) } else { Err(format!("name it with `--yes-destructive {id}`")) }
    }

    fn of(&self, mut report: Report) -> Report {
        for section in &mut report.sections {
            let wanted = |id: &str| (self.only.is_empty() || self.only.has(id)) && !self.skip.has(id);
            section.findings.retain(|finding| wanted(&finding.id));
        }
        report.sections.retain(|section| !section.findings.is_empty());
        report
    }
}

fn asked(ctx: &Ctx, deadline: Duration) -> Arc<Asked> {
    let mut asked = Asked {
        root: "/".into(),
        home: ctx.home.clone(),
        config: None,
        waivers: Vec::new(),
        hung: far::hung(places(ctx), deadline),
        environment: ctx.environment().to_vec(),
        deadline,
    };
    // What the background server sees; what the environment would change is a finding of its own.
    if asked.answers(&ctx.home.config)
        && let Ok(settings) = ctx.as_service().settings()
    {
        asked.config = Config::new(&settings).ok();
        asked.waivers = settings.waivers;
    }
    Arc::new(asked)
}

/// The places that this process itself opens and that may be on any mount: a process that hangs in one cannot
/// end any more, so others ask before.
fn places(ctx: &Ctx) -> Vec<PathBuf> {
    let home = &ctx.home;
    let mut places = vec![
        home.config.clone(),
        home.state.clone(),
        home.logs.clone(),
        home.run.clone(),
        home.bin.clone(),
        ctx.variable("TMPDIR").filter(|path| !path.is_empty()).unwrap_or("/tmp").into(),
        "/var/lib/docker".into(),
    ];
    places.extend(ctx.variable("HOME").map(PathBuf::from));
    places.extend(ctx.this_program().ok().and_then(|program| Some(program.parent()?.to_path_buf())));
    places
}

/// Nothing is changed or taken back where a directory of this installation hangs.
fn unless_hung(asked: &Asked) -> Result<()> {
    let home = &asked.home;
    let hung =
        [&home.config, &home.state, &home.logs, &home.run].into_iter().find(|path| !asked.answers(path));
    hung.map_or(Ok(()), |path| {
        let why = format!("`{}`: {}", path.display(), no_answer(asked.deadline));
        Err(Failure::environment(why).hint("the mount that it is on hangs; nothing was changed"))
    })
}

fn look(ctx: &Ctx, asked: &Arc<Asked>) -> Result<Facts> {
    let progress = ctx.ui.waiting("looking at everything");
    let facts = look_quietly(ctx, asked)?;
    progress.done();
    Ok(facts)
}

fn look_quietly(ctx: &Ctx, asked: &Arc<Asked>) -> Result<Facts> {
    let theirs = Arc::clone(asked);
    let rest = std::thread::spawn(move || snapshot::gather(&theirs));
    let service = service(ctx, asked)?;
    let state = ctx.block_on(async {
        // The supervisor's files are read where the time cannot be measured.
        if !asked.answers(&ctx.home.run) {
            return Ok(Fact::Unknown(no_answer(asked.deadline)));
        }
        match tokio::time::timeout(asked.deadline, service.state()).await {
            Ok(Err(_)) if !service.may_look() => Ok(Fact::Unknown(NEEDS_ROOT.into())),
            Ok(state) => Ok(Fact::from(state)),
            Err(_) => Ok(Fact::Unknown(no_answer(asked.deadline))),
        }
    })?;
    let mut facts = rest.join().map_err(|_| Failure::environment("looking at this machine broke off"))?;
    facts.services.manager = Fact::Known(service.manager);
    facts.services.process = match &state {
        Fact::Known(state) => {
            state.server.map_or(Fact::Known(None), |pid| services::process(&asked.root, pid))
        }
        Fact::Unknown(why) => Fact::Unknown(why.clone()),
    };
    facts.services.state = state;
    Ok(facts)
}

fn service(ctx: &Ctx, asked: &Asked) -> Result<Service> {
    let root = nix::unistd::geteuid().is_root();
    let chosen = asked.config.as_ref().and_then(|config| {
        crate::facts::services::Manager::choose(config, &ctx.home, root, &find_managers(ctx)).ok()
    });
    Service::under(ctx, chosen.unwrap_or(crate::facts::services::Manager::Supervisor))
}

fn host(ctx: &Ctx) -> Result<Host> {
    let asked = asked(ctx, crate::facts::DEADLINE);
    unless_hung(&asked)?;
    Ok(Host { service: service(ctx, &asked)?, listen: asked.listen() })
}

fn repair(
    ctx: &Ctx,
    args: &Args,
    selection: &Selection,
    asked: &Arc<Asked>,
    facts: &Facts,
    before: Report,
) -> Result<()> {
    unless_hung(asked)?;
    let repairs = match args.yes || args.plan {
        true => fix::plan(&before, facts, asked, &|id| selection.names(id)),
        false => ask(ctx, selection, asked, facts, &before)?,
    };
    if args.plan {
        return ctx.ui.result(|_| repairs.text(), &repairs);
    }
    if repairs.is_empty() {
        let mut report = before;
        report.notes.push("nothing was changed: nothing here can be repaired automatically".into());
        report.notes.extend(repairs.left_out.iter().map(ToString::to_string));
        return conclude(ctx, args, report);
    }
    if args.yes {
        ctx.ui.note(repairs.text().trim_end());
    } else if !ctx.ui.confirm("make these changes?", "`--yes`")? {
        return Err(Failure::no("nothing was changed"));
    }
    let repaired = ctx.block_on(fix::carry_out(ctx, &|| host(ctx), &repairs))?;
    // The configuration may be another now.
    let asked = self::asked(ctx, args.deadline);
    let mut after = selection.of(judge::judge(&look(ctx, &asked)?));
    after.notes = told(&before, &after, &repairs, &repaired);
    conclude(ctx, args, after)
}

/// Shows everything that could be done, and asks for each repair that others would notice.
fn ask(
    ctx: &Ctx,
    selection: &Selection,
    asked: &Arc<Asked>,
    facts: &Facts,
    before: &Report,
) -> Result<Repairs> {
    let all = fix::plan(before, facts, asked, &|_| Ok(()));
    ctx.ui.note(all.text().trim_end());
    let mut refused = Vec::new();
    for group in all.repairs.iter().filter(|group| selection.names(&group.id).is_err()) {
        if let Some(question) = group.question()
            && !ctx.ui.confirm(&question, "`--yes`, and `--yes-destructive ID` for this one")?
        {
            refused.push(group.id.clone());
        }
    }
    if refused.is_empty() {
        return Ok(all);
    }
    let said_no =
        |id: &str| if refused.iter().any(|no| no == id) { Err("you said no".into()) } else { Ok(()) };
    let chosen = fix::plan(before, facts, asked, &said_no);
    ctx.ui.note(chosen.text().trim_end());
    Ok(chosen)
}

/// Before and after.
fn told(before: &Report, after: &Report, repairs: &Repairs, repaired: &fix::Repaired) -> Vec<String> {
    let mut lines = vec![format!("before: {}", before.counts()), format!("after:  {}", after.counts())];
    for id in &repaired.done {
        let verdict = after.findings().find(|finding| finding.id == *id).map(|finding| finding.verdict);
        lines.push(match verdict {
            Some(Verdict::Pass) => format!("repaired: {id}"),
            _ => format!("the steps for {id} were made, but it does not pass"),
        });
    }
    lines.extend(repaired.failed.iter().map(|line| format!("not repaired: {line}")));
    let is_left = |id: &str| after.findings().any(|finding| finding.id == id && finding.fix.is_some());
    let left_out = repairs.left_out.iter().filter(|left_out| is_left(&left_out.id));
    lines.extend(left_out.map(ToString::to_string));
    if repaired.has_way_back {
        lines.push(format!("`tars doctor --undo {}` takes these changes back", repaired.run));
    }
    lines
}

/// Has every command that is suggested act on the same place as this one.
fn here(report: &mut Report, program: &str) {
    let next = report.next.iter_mut();
    next.for_each(|command| *command = command.replacen("tars ", &format!("{program} "), 1));
    let hints = report.sections.iter_mut().flat_map(|section| &mut section.findings);
    for text in hints.filter_map(|finding| finding.hint.as_mut()).chain(&mut report.notes) {
        *text = text
            .replace("`tars ", &format!("`{program} "))
            .replace("`sudo tars ", &format!("`sudo {program} "));
    }
}

/// Shows the report and turns it into the exit code.
fn conclude(ctx: &Ctx, args: &Args, mut report: Report) -> Result<()> {
    let worst = report.findings().map(|finding| finding.verdict).max().unwrap_or(Verdict::Unknown);
    let bar = match args.fail_on {
        FailOn::Fail => Verdict::Fail,
        FailOn::Warn => Verdict::Warn,
        FailOn::Unknown => Verdict::Unknown,
    };
    report.facts.push(("result".into(), report.counts()));
    let fixable = report.findings().filter(|finding| finding.fix.is_some()).count();
    if fixable > 0 && args.from.is_none() {
        report.next.push("tars doctor --fix".into());
    }
    let mut troubled: Vec<_> = report.findings().filter(|f| f.verdict > Verdict::Skipped).collect();
    // A stable sort: the first of the worst is where to begin.
    troubled.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    if let Some(first) = troubled.first() {
        report.next.push(format!("tars doctor --explain {}", first.id));
    }
    here(&mut report, &ctx.typed("tars"));
    if args.quiet {
        for section in &mut report.sections {
            section.findings.retain(|finding| finding.verdict > Verdict::Skipped);
        }
        report.sections.retain(|section| !section.findings.is_empty());
    }
    ctx.ui.report(&report)?;
    if worst < bar {
        return Ok(());
    }
    Err(Failure::no(format!("not everything is well: {}", report.facts[0].1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_has_a_bound() {
        assert_eq!(deadline("10m"), Ok(LONGEST));
        assert!(deadline("601s").is_err_and(|said| said.contains("`10m`")) && deadline("0s").is_err());
    }
}

#[cfg(test)]
#[path = "machines_tests.rs"]
mod machines_tests;
