//! `tars ops ask`: a question to the running server, and its answer with numbered citations.

use std::time::Duration;

use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::ui::Paint;
use crate::wire::client::Client;
use crate::wire::{Answer, Citation, Mode, QueryRequest, Source};

/// Options of `tars ops ask`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The question
    question: String,
    /// Only from this collection
    #[arg(long)]
    collection: Option<String>,
    /// How many passages to answer from (1 to 20)
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
}

/// Asks, and shows the answer. Exit code 1 where nothing answers it.
pub fn run(ctx: &Ctx, args: Args) -> Result<()> {
    let config = ctx.config()?;
    let request = QueryRequest { query: args.question, limit: args.limit, collection: args.collection };
    let progress = ctx.ui.waiting("asking");
    let answer: Result<Answer> = ctx.block_on(async {
        let deadline = config.answer_deadline + Duration::from_secs(30);
        Client::operator(ctx, &config)?.post("/rag/query", &request, deadline).await
    });
    progress.done();
    let answer = answer?;
    ctx.ui.result(|paint| text(&answer, paint), &answer)?;
    match answer.mode {
        Mode::Nothing => Err(Failure::no("nothing in the documents answers this")
            .hint("try other words, or see what there is with `tars ops search` and `tars ops status`")),
        Mode::Generated | Mode::Extracts => Ok(()),
    }
}

fn text(answer: &Answer, paint: &Paint) -> String {
    if answer.mode == Mode::Nothing {
        return String::new();
    }
    let mut out = format!("{}\n", answer.answer);
    out += &format!("\n{}\n", paint.bold("citations"));
    for citation in &answer.citations {
        out += &cited(citation, answer.mode, paint);
    }
    for note in &answer.degraded {
        out += &format!("\n{}\n", paint.dim(note));
    }
    out
}

fn cited(citation: &Citation, mode: Mode, paint: &Paint) -> String {
    let mut out = format!("  [{}] {}\n", citation.n, place(&citation.source, paint));
    // An extract has just been read word for word: its first line is enough to know it again.
    let shown = if mode == Mode::Generated { usize::MAX } else { 1 };
    let lines = citation.quote.lines().filter(|line| mode == Mode::Generated || !line.starts_with("```"));
    for line in lines.take(shown) {
        out += &format!("      {}\n", paint.dim(&format!("> {line}")));
    }
    out
}

/// Where a passage stands, in one line: document, heading, page or lines.
pub fn place(source: &Source, paint: &Paint) -> String {
    // A file name may hold anything, and a terminal obeys some of it.
    let path: String = source.path.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    let mut parts = vec![paint.bold(&format!("{}/{path}", source.collection))];
    parts.extend(source.place());
    if !source.heading.is_empty() {
        parts.push(source.heading.clone());
    }
    parts.join(", ")
}
