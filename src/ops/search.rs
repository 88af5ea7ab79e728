//! `tars ops search`: the passages that match, best first, without an answer.

use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::ui::Paint;
use crate::wire::client::{Client, DEADLINE};
use crate::wire::{SearchRequest, SearchResponse};

/// Options of `tars ops search`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to look for
    query: String,
    /// Only in this collection
    #[arg(long)]
    collection: Option<String>,
    /// How many passages (1 to 100)
    #[arg(long, value_name = "N", default_value_t = 5)]
    limit: usize,
}

/// Searches, and shows the passages. Exit code 1 where there are none.
pub fn run(ctx: &Ctx, args: Args) -> Result<()> {
    let config = ctx.config()?;
    let request = SearchRequest { query: args.query, limit: Some(args.limit), collection: args.collection };
    let found: SearchResponse = ctx
        .block_on(async { Client::operator(ctx, &config)?.post("/rag/search", &request, DEADLINE).await })?;
    ctx.ui.result(|paint| text(&found, paint), &found)?;
    if found.hits.is_empty() {
        return Err(Failure::no("nothing matches").hint("`tars ops status` shows what is indexed"));
    }
    Ok(())
}

fn text(found: &SearchResponse, paint: &Paint) -> String {
    /// How much of a passage is shown.
    const SHOWN: usize = 320;
    let mut out = String::new();
    for (n, hit) in found.hits.iter().enumerate() {
        out += &format!(
            "{}. {}  {}\n",
            n + 1,
            super::ask::place(&hit.source, paint),
            paint.dim(&format!("{:.1}", hit.score))
        );
        let text: String = hit.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let end = text.floor_char_boundary(SHOWN);
        out += &format!("   {}{}\n", &text[..end], if end < text.len() { " …" } else { "" });
    }
    out
}
