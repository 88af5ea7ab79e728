//! `tars ops start`, `stop`, `restart`, `status` and `logs`: the same five words whatever keeps the server
//! running. Each is satisfied by the state it names, however that came about.

use jiff::{SpanRound, Timestamp, Unit};

use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::facts::Fact;
use crate::facts::ports::{self, Port};
use crate::failure::{Failure, Result};
use crate::host::service::{Service, State};
use crate::report::{Decision, Finding, Report, Verdict};
use crate::wire::client::Client;
use crate::wire::{Job, JobState, Ready, Stats};

/// The service as the files configure it: variables of this shell are not its own.
fn service(ctx: &Ctx) -> Result<(Service, crate::config::Config)> {
    let ctx = ctx.as_service();
    let config = ctx.config()?;
    Ok((Service::new(&ctx, &config)?, config))
}

/// Runs `tars ops start`.
pub fn start(ctx: &Ctx) -> Result<()> {
    let (service, config) = service(ctx)?;
    let text = ctx.block_on(async {
        let state = service.state().await?;
        if state.server.is_some() && Client::anonymous(config.listen)?.health().await?.is_some() {
            return Ok(format!("the server runs already, at http://{}\n", config.listen));
        }
        if !state.running {
            refuse_taken(&config)?;
        }
        let progress = ctx.ui.progress("starting the server");
        let health = if state.running {
            service.restart(config.listen).await?
        } else {
            service.start(config.listen).await?
        };
        progress.done();
        Ok(format!("the server {} runs at http://{}\n", health.version, config.listen))
    })?;
    say(ctx, text, true)
}

/// Runs `tars ops stop`.
pub fn stop(ctx: &Ctx) -> Result<()> {
    let (service, _) = service(ctx)?;
    let text = ctx.block_on(async {
        if !service.state().await?.running {
            return Ok("the server does not run\n");
        }
        let progress = ctx.ui.progress("stopping the server");
        service.stop().await?;
        progress.done();
        Ok("the server has stopped\n")
    })?;
    say(ctx, text.into(), false)
}

/// Runs `tars ops restart`.
pub fn restart(ctx: &Ctx) -> Result<()> {
    let (service, config) = service(ctx)?;
    let text = ctx.block_on(async {
        let progress = ctx.ui.progress("restarting the server");
        service.stop().await?;
        refuse_taken(&config)?;
        let health = service.start(config.listen).await?;
        progress.done();
        Ok(format!("the server {} runs at http://{}\n", health.version, config.listen))
    })?;
    say(ctx, text, true)
}

fn say(ctx: &Ctx, text: String, running: bool) -> Result<()> {
    let value = serde_json::json!({ "running": running, "message": text.trim_end() });
    ctx.ui.result(|_| text, &value)
}

/// A stranger at our address would answer for a server that cannot start.
fn refuse_taken(config: &crate::config::Config) -> Result<()> {
    let who = match ports::look(config.listen) {
        Fact::Known(Port::Tars(version)) => format!("is taken by another tars server ({version})"),
        Fact::Known(Port::Taken) => "is taken by another program".into(),
        Fact::Known(Port::Refused(why)) => format!("cannot be listened on: {why}"),
        Fact::Known(Port::Free) | Fact::Unknown(_) => return Ok(()),
    };
    Err(Failure::environment(format!("cannot start the server: {} {who}", config.listen))
        .hint("stop what listens there, or choose another address with `tars install --listen ADDRESS:PORT`"))
}

/// How the server is, for `tars ops status`.
pub fn status(ctx: &Ctx) -> Result<Report> {
    let (service, config) = service(ctx)?;
    let seen = ctx.block_on(async {
        let state = service.state().await?;
        let health = Client::anonymous(config.listen)?.health().await?;
        if health.is_none() {
            return Ok((state, health, None, None, None));
        }
        let client = Client::operator(&ctx.as_service(), &config)?;
        let ready = Some(client.ready().await);
        let stats = client.get::<Stats>("/stats").await.ok();
        let job: Option<Job> = match stats.as_ref().and_then(|stats| stats.last_job) {
            Some(id) => client.get(&format!("/jobs/{id}")).await.ok(),
            None => None,
        };
        Ok((state, health, ready, stats, job))
    })?;
    let (state, health, ready, stats, job) = seen;
    let mut report = Report::new("status");
    report.section(
        "service",
        vec![
            running(&service, &state, health.is_some()),
            alive(health.as_ref().map(|h| h.version.as_str()), &config.listen.to_string()),
        ],
    );
    report.section("parts", ready.map(parts).unwrap_or_default());
    report.section("documents", job.as_ref().map(scan).unwrap_or_default());
    report.facts.push(("listens on".into(), format!("http://{}", config.listen)));
    if let Some(stats) = stats {
        let collections: Vec<_> =
            stats.collections.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let documents = show_count(stats.documents, "document");
        let passages = show_count(stats.chunks, "passage");
        let text = format!("{documents}, {passages} ({})", collections.join(", "));
        report.facts.push(("indexed".into(), text));
    }
    report.decision = Some(report.decide());
    Ok(report)
}

/// Exit code 1 where the server is not ready.
///
/// # Errors
/// It is not.
pub fn verdict(report: &Report) -> Result<()> {
    match report.decision {
        Some(Decision::Go) => Ok(()),
        _ => Err(Failure::no("the server is not ready")
            .hint("`tars ops logs` shows what it is doing, `tars ops start` starts it")),
    }
}

fn running(service: &Service, state: &State, alive: bool) -> Finding {
    const ID: &str = "service.running";
    let manager = service.manager.describe();
    let since = state.since.map(|since| format!(" for {}", elapsed(since))).unwrap_or_default();
    let again = if state.restarts > 0 { format!(", restarts: {}", state.restarts) } else { String::new() };
    match (state.running, state.server) {
        (true, Some(pid)) => {
            let verdict = if state.restarts > 0 { Verdict::Warn } else { Verdict::Pass };
            Finding::new(ID, verdict, format!("{manager}: process {pid} runs{since}{again}"))
        }
        (true, None) => {
            let how = state.last_end.as_deref().unwrap_or("it is being started");
            Finding::new(ID, Verdict::Fail, format!("{manager}: the server does not stay up ({how}){again}"))
                .hint("`tars ops logs` shows why")
        }
        (false, _) if alive => {
            Finding::new(ID, Verdict::Warn, format!("the server was started by hand, not by the {manager}"))
                .hint("it ends with its terminal; `tars install` makes it a service")
        }
        (false, _) => Finding::new(ID, Verdict::Fail, format!("{manager}: the server does not run"))
            .hint("`tars ops start`"),
    }
}

fn alive(version: Option<&str>, listen: &str) -> Finding {
    const ID: &str = "service.alive";
    let ours = env!("CARGO_PKG_VERSION");
    match version {
        None => Finding::new(ID, Verdict::Fail, format!("nothing answers at {listen}")),
        Some(version) if version == ours => {
            Finding::new(ID, Verdict::Pass, format!("version {version} answers at {listen}"))
        }
        Some(version) => Finding::new(
            ID,
            Verdict::Warn,
            format!("version {version} answers at {listen}, and this program is {ours}"),
        )
        .hint("`tars ops restart` starts the installed version; `tars install` installs this one"),
    }
}

fn parts(ready: Result<Ready>) -> Vec<Finding> {
    match ready {
        Err(failure) => vec![Finding::new("service.ready", Verdict::Fail, failure.to_string())],
        Ok(ready) => {
            let part = |part: &crate::wire::Part| {
                let verdict = if part.ok { Verdict::Pass } else { Verdict::Fail };
                Finding::new(
                    format!("parts.{}", part.name),
                    verdict,
                    format!("{}: {}", part.name, part.detail),
                )
            };
            let degraded =
                ready.degraded.iter().map(|text| Finding::new("service.degraded", Verdict::Warn, text));
            ready.parts.iter().map(part).chain(degraded).collect()
        }
    }
}

/// The newest scan: how it went, and what a person should look at.
fn scan(job: &Job) -> Vec<Finding> {
    let (verdict, how) = match (job.state, job.finished) {
        (JobState::Running, _) => {
            (Verdict::Pass, format!("scan under way: {} seen", show_count(job.seen, "file")))
        }
        (JobState::Done, Some(end)) => (Verdict::Pass, format!("last scan {} ago", elapsed(end))),
        (JobState::Done, None) => (Verdict::Pass, "last scan ended".into()),
        (JobState::Interrupted, _) => (Verdict::Warn, "the last scan was interrupted".into()),
        (JobState::Failed, _) => (Verdict::Fail, "the last scan failed".into()),
    };
    let summary = format!("{how}; {}", super::ingest::summary(job));
    let problems =
        job.problems.iter().map(|problem| Finding::new("documents.problem", Verdict::Warn, problem));
    std::iter::once(Finding::new("documents.scan", verdict, summary)).chain(problems).collect()
}

/// How long ago that was, as people say it.
#[must_use]
pub fn elapsed(since: Timestamp) -> String {
    let span = Timestamp::now()
        .since((Unit::Hour, since))
        .and_then(|span| span.round(SpanRound::new().smallest(Unit::Second)));
    span.map_or_else(|_| "an unknown time".into(), |span| format!("{span:#}"))
}

/// Shows the last lines of the server's log, and with `follow` what is added, until interrupted.
pub fn logs(ctx: &Ctx, lines: usize, follow: bool) -> Result<()> {
    let (service, _) = service(ctx)?;
    ctx.block_on(async {
        let lines = service.log_tail(lines).await?;
        if lines.is_empty() && !follow {
            ctx.ui.note("the log is empty");
        }
        ctx.ui.print(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())?;
        if follow { service.follow(|text| ctx.ui.print(text)).await } else { Ok(()) }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_version_is_a_warning_and_silence_a_failure() {
        assert_eq!(alive(Some(env!("CARGO_PKG_VERSION")), "x").verdict, Verdict::Pass);
        assert_eq!(alive(Some("0.0.1"), "x").verdict, Verdict::Warn);
        assert_eq!(alive(None, "x").verdict, Verdict::Fail);
    }

    #[test]
    fn a_part_that_fails_and_a_server_that_refuses_are_failures() {
        let part = |ok| crate::wire::Part { name: "index".into(), ok, detail: "x".into() };
        let ready = Ready {
            ready: false,
            version: "1".into(),
            parts: vec![part(true), part(false)],
            degraded: vec!["d".into()],
        };
        let verdicts: Vec<_> = parts(Ok(ready)).iter().map(|finding| finding.verdict).collect();
        assert_eq!(verdicts, [Verdict::Pass, Verdict::Fail, Verdict::Warn]);
        assert_eq!(parts(Err(Failure::environment("no")))[0].verdict, Verdict::Fail);
    }
}
