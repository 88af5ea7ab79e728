//! `tars ops ingest`: compares the directories with the index now, and reports what changed, what was left
//! out and why.

use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::ui::{Paint, Progress};
use crate::wire::client::Client;
use crate::wire::{Documents, Job, JobState};

/// How many skipped files are listed by name.
const LISTED: usize = 20;

/// Options of `tars ops ingest`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// List the files that are left out, with the reason of each
    #[arg(long)]
    skipped: bool,
}

/// Scans, and reports. Exit code 1 where the scan did not come to its end.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    let config = ctx.config()?;
    let progress = ctx.ui.progress("indexing");
    let (job, skipped) = ctx.block_on(async {
        let client = Client::operator(ctx, &config)?;
        let job = scan(&client, &progress).await?;
        let skipped = if args.skipped {
            Some(client.get::<Documents>(&format!("/documents?skipped=true&limit={LISTED}")).await?)
        } else {
            None
        };
        Ok((job, skipped))
    })?;
    progress.done();
    ctx.ui.result(
        |paint| text(&job, skipped.as_ref(), paint),
        &serde_json::json!({ "job": job, "skipped": skipped }),
    )?;
    match job.state {
        JobState::Done => Ok(()),
        _ => Err(Failure::no("the scan did not come to its end").hint("`tars ops logs` shows why")),
    }
}

/// Starts a scan and follows it to its end.
pub async fn scan(client: &Client, progress: &Progress) -> Result<Job> {
    let id = client.scan().await?;
    client
        .follow(id, |job| match job.total {
            Some(total) => progress.set(job.seen, total),
            None => progress.message(&format!("indexing: {} seen", show_count(job.seen, "file"))),
        })
        .await
}

fn text(job: &Job, skipped: Option<&Documents>, paint: &Paint) -> String {
    let mut out = format!("{}\n", summary(job));
    for (reason, count) in &job.skipped {
        out += &format!("  skipped {count}: {reason}\n");
    }
    for problem in &job.problems {
        out += &format!("  {}\n", paint.bold(problem));
    }
    if let Some(skipped) = skipped {
        for document in &skipped.documents {
            let why = document.skipped.as_deref().unwrap_or_default();
            out += &format!("  {}/{}: {why}\n", document.collection, document.path.escape_debug());
        }
        if skipped.total > skipped.documents.len() as u64 {
            out += &format!(
                "  and {} more: `GET /documents?skipped=true` has them all\n",
                skipped.total - skipped.documents.len() as u64
            );
        }
    }
    out
}

/// A scan in one line.
pub fn summary(job: &Job) -> String {
    let skipped: u64 = job.skipped.iter().map(|(_, count)| count).sum();
    let parts = [
        (job.added, "added"),
        (job.changed, "changed"),
        (job.renamed, "renamed"),
        (job.removed, "removed"),
        (job.unchanged, "unchanged"),
        (skipped, "skipped"),
    ];
    let counts: Vec<String> =
        parts.iter().filter(|(count, _)| *count > 0).map(|(count, word)| format!("{count} {word}")).collect();
    let counts = if counts.is_empty() { "nothing there".into() } else { counts.join(", ") };
    format!("{}: {counts}", show_count(job.seen, "file"))
}
