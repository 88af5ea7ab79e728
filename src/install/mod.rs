//! `tars install`: from nothing to a running, validated assistant, and back. Look, judge, ask, plan, show,
//! apply, look again; then start, index, validate, and say GO or NO-GO. Running it again changes what
//! differs and nothing else, so an interrupted run resumes by being run again.

mod answers;
mod checks;
mod docker;
mod facts;
mod plan;
mod render;
mod stack;
mod summary;
#[cfg(test)]
mod testing;
mod uninstall;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::host::action::Host;
use crate::host::service::{Manager, Service};
use crate::plan::Plan;
use crate::plan::apply::apply;
use crate::plan::journal::Journal;
use crate::report::{Decision, Finding, Report, Verdict};
use crate::wire::JobState;
use crate::wire::client::Client;
use answers::Answers;
use summary::Outcome;

const NOTHING: &str = "nothing to change";
/// How long the server may take from alive to ready.
const READY: Duration = Duration::from_secs(60);

/// Where the parts run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Profile {
    /// What suits this machine.
    #[default]
    Auto,
    /// One process on this machine.
    Embedded,
    /// Containers.
    Docker,
}

/// Arguments of `tars install`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Take the default for every question and do not ask for confirmation
    #[arg(long, short)]
    yes: bool,
    /// Show what would be changed, and change nothing
    #[arg(long)]
    plan: bool,
    /// Index this directory too, with everything below it (can be given more than once)
    #[arg(long, value_name = "DIR")]
    documents: Vec<PathBuf>,
    /// Where the server listens, such as `127.0.0.1:8000`; another address than loopback shares it
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Where the parts run
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,
    /// Take back what install did: keep the settings and the data
    #[arg(long, conflicts_with_all = ["documents", "listen"])]
    uninstall: bool,
    /// With `--uninstall`: remove the settings and the data too
    #[arg(long, requires = "uninstall")]
    purge: bool,
}

/// Runs `tars install`.
pub fn run(ctx: Ctx, args: Args) -> Result<()> {
    if args.uninstall {
        return uninstall::run(&ctx, args.yes, args.plan, args.purge);
    }
    let answers = answers::settle(&ctx, &args)?;
    let found = ctx.block_on(facts::gather(&ctx, &answers))?;
    let mut findings = checks::preflight(&found.facts, &answers);
    findings.extend(found.facts.docker.iter().flat_map(|around| docker::judge(around, &ctx.home)));
    if findings.iter().any(|finding| finding.verdict == Verdict::Fail) {
        return refuse(&ctx, findings);
    }
    let plan = plan::plan(&found.facts, &render::wanted(&ctx, &answers, &found)?);
    if let Some(around) = &found.facts.docker {
        ctx.ui.note(&docker::told(around, &answers));
    }
    if args.plan {
        return ctx.ui.result(|_| plan.text(NOTHING), &plan);
    }
    ctx.ui.note(plan.text(NOTHING).trim_end());
    if !plan.is_empty() && !args.yes && !ctx.ui.confirm("make these changes?", "`--yes`")? {
        return Err(Failure::no("nothing was changed"));
    }
    let mut outcome = Outcome::new(findings, plan.steps.len());
    let result = carry_out(&ctx, &args, &answers, &plan, &mut outcome);
    conclude(&ctx, outcome, result)
}

/// Says what stands in the way; nothing has been written.
fn refuse(ctx: &Ctx, findings: Vec<Finding>) -> Result<()> {
    let failed: Vec<_> = findings.iter().filter(|finding| finding.verdict == Verdict::Fail).collect();
    let failure = Failure::environment(format!("{}; nothing was changed", failed[0].summary));
    let failure = match &failed[0].hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    };
    let mut report = Report::new("install");
    report.section("preflight", findings);
    report.decision = Some(Decision::NoGo);
    ctx.ui.report(&report)?;
    Err(failure)
}

/// Everything that takes time, each part noting in the outcome how far it came.
fn carry_out(ctx: &Ctx, args: &Args, answers: &Answers, plan: &Plan, outcome: &mut Outcome) -> Result<()> {
    if !plan.is_empty() {
        ctx.block_on(change(ctx, args, answers, plan, outcome))?;
    }
    if answers.manager == Manager::Docker {
        let mut write = |model| ctx.block_on(rewrite(ctx, answers, model));
        outcome.changes.extend(docker::bring_up(ctx, answers, &mut write)?);
    }
    ctx.block_on(prove(ctx, plan, outcome))
}

/// Writes those files anew that say whether the stack has a language model.
async fn rewrite(ctx: &Ctx, answers: &Answers, model: bool) -> Result<()> {
    let found = facts::gather(ctx, answers).await?;
    let plan = plan::plan(&found.facts, &render::with_model(ctx, answers, &found, model)?);
    if plan.is_empty() {
        return Ok(());
    }
    let mut journal = Journal::open(&ctx.home.journal())?;
    journal.lock()?;
    let host = Host { service: Service::under(ctx, answers.manager)?, listen: answers.listen };
    apply(&plan, &host, &mut journal, &ctx.ui, &mut 0).await
}

/// Waits for the server, has it index, and validates it.
async fn prove(ctx: &Ctx, plan: &Plan, outcome: &mut Outcome) -> Result<()> {
    // From here on settings come from the files: what is validated is what the service sees.
    let service_ctx = ctx.as_service();
    let config = service_ctx.config()?;
    let service = Service::new(&service_ctx, &config)?;
    let client = Client::operator(&service_ctx, &config)?;
    outcome.service = Some((service.manager, service.state().await?));
    outcome.ready = Some(wait_ready(ctx, &client, &service).await?);
    let empty = client.get::<crate::wire::Stats>("/stats").await?.documents == 0;
    // A run that was interrupted may have ended before its scan did.
    if !plan.is_empty() || empty {
        outcome.indexing = index(ctx, &client).await?;
    }
    let stats: crate::wire::Stats = client.get("/stats").await?;
    if stats.documents == 0 {
        // The product's own guides are always there to be indexed.
        let finding =
            Finding::new("index.empty", Verdict::Fail, "the index is empty: not even the guides are in it");
        outcome
            .indexing
            .push(finding.hint("`tars ops logs` shows how the scan went; `tars ops ingest` scans again"));
    }
    outcome.stats = Some(stats);
    let progress = ctx.ui.progress("validating: find, cite and forget a document");
    outcome.validation = crate::validate::check(&service_ctx, &client).await;
    let mut proof = Report::new("validate");
    proof.section("retrieval", outcome.validation.clone());
    crate::validate::kept::keep(&service_ctx, &proof);
    progress.done();
    Ok(())
}

/// Applies the plan and looks again: whether it worked is what the machine says now.
async fn change(ctx: &Ctx, args: &Args, answers: &Answers, plan: &Plan, outcome: &mut Outcome) -> Result<()> {
    let mut journal = Journal::open(&ctx.home.journal())?;
    journal.lock()?;
    let host = Host { service: Service::under(ctx, answers.manager)?, listen: answers.listen };
    apply(plan, &host, &mut journal, &ctx.ui, &mut outcome.done).await?;
    // Settled anew: the files now say what was answered, so nothing is asked again.
    let answers = answers::settle(ctx, args)?;
    let found = facts::gather(ctx, &answers).await?;
    let left = plan::plan(&found.facts, &render::wanted(ctx, &answers, &found)?);
    for step in &left.steps {
        let summary =
            format!("still to do after every step was done: {} — because {}", step.action, step.cause);
        outcome
            .changes
            .push(Finding::new("install.differs", Verdict::Fail, summary).hint("run `tars install` again"));
    }
    Ok(())
}

async fn wait_ready(ctx: &Ctx, client: &Client, service: &Service) -> Result<crate::wire::Ready> {
    let progress = ctx.ui.progress("waiting until the server is ready");
    let started = Instant::now();
    loop {
        let answer = client.ready().await;
        match answer {
            Ok(ready) if ready.ready => {
                progress.done();
                return Ok(ready);
            }
            _ if started.elapsed() < READY => tokio::time::sleep(Duration::from_millis(100)).await,
            Ok(ready) => {
                let parts: Vec<_> = ready
                    .parts
                    .iter()
                    .filter(|part| !part.ok)
                    .map(|part| format!("{}: {}", part.name, part.detail))
                    .collect();
                return Err(service
                    .with_log(&format!("the server is not ready: {}", parts.join("; ")))
                    .await);
            }
            Err(failure) => {
                return Err(service.with_log(&format!("the server is not ready: {failure}")).await);
            }
        }
    }
}

async fn index(ctx: &Ctx, client: &Client) -> Result<Vec<Finding>> {
    let progress = ctx.ui.progress("indexing the documents");
    let id = client.scan().await?;
    let job = client
        .follow(id, |job| job.total.into_iter().for_each(|total| progress.set(job.seen, total)))
        .await?;
    progress.done();
    let verdict = if job.state == JobState::Done { Verdict::Pass } else { Verdict::Fail };
    let word = if job.state == JobState::Done { "ran to its end" } else { "did not run to its end" };
    // What it changed says little: the server's own first scan may have done the work already.
    let files = show_count(job.seen, "file");
    let mut findings = vec![Finding::new("index.scan", verdict, format!("the scan {word}: {files}"))];
    findings.extend(job.problems.iter().map(|problem| Finding::new("index.problem", Verdict::Warn, problem)));
    if !job.skipped.is_empty() {
        let reasons: Vec<_> = job.skipped.iter().map(|(reason, count)| format!("{count} {reason}")).collect();
        let summary = format!("files that were left out: {}", reasons.join(", "));
        findings.push(Finding::new("index.skipped", Verdict::Warn, summary));
    }
    Ok(findings)
}

/// Shows the summary, whatever happened, and turns it into the exit code.
fn conclude(ctx: &Ctx, mut outcome: Outcome, result: Result<()>) -> Result<()> {
    if let Err(failure) = &result {
        outcome.failed(failure);
    }
    let report = summary::report(ctx, &outcome);
    ctx.ui.report(&report)?;
    if let Err(failure) = result {
        // The report has said it in full.
        let first = failure
            .to_string()
            .lines()
            .next()
            .unwrap_or_default()
            .trim_end_matches("; its last words:")
            .to_string();
        let short = Failure::new(failure.kind(), first);
        return Err(match failure.hint_text() {
            Some(hint) => short.hint(hint),
            None => short,
        });
    }
    match report.decision {
        Some(Decision::Go) => Ok(()),
        _ => Err(Failure::no("NO-GO: not every mandatory check ran and passed")
            .hint("the findings above say what to do; then run `tars install` again")),
    }
}
