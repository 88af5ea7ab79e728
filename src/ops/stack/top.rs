//! `tars ops top`: the processes of the containers of a stack.

use bollard::query_parameters::TopOptions;
use serde_json::json;

use super::table::table;
use super::{Stack, must_run, select};
use crate::ctx::Ctx;
use crate::failure::Result;
use crate::stack::choice::Choice;
use crate::stack::members;

/// Arguments of `tars ops top`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Only these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Shows them.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    let stack = Stack::chosen(ctx, &args.choice)?;
    let (engine, target) = (&stack.engine, &stack.target);
    let seen = ctx.block_on(async {
        let there = members::members(engine, &target.name).await?;
        let running = must_run(target, select(target, &there, &args.services)?)?;
        let looks = running.into_iter().map(|member| async move {
            let name = member.container.name;
            let what = format!("see the processes of `{name}`");
            let top = engine.docker.top_processes(&member.container.id, None::<TopOptions>);
            let top = engine.ask(what, top).await?;
            Ok((name, top.titles.unwrap_or_default(), top.processes.unwrap_or_default()))
        });
        futures_util::future::join_all(looks).await.into_iter().collect::<Result<Vec<_>>>()
    })?;
    let json: Vec<_> = seen
        .iter()
        .map(|(name, titles, rows)| json!({ "container": name, "titles": titles, "processes": rows }))
        .collect();
    ctx.ui.result(
        |paint| {
            let block = |(name, titles, rows): &(String, Vec<String>, Vec<Vec<String>>)| {
                let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
                format!("{}\n{}", paint.bold(name), table(&titles, rows, paint))
            };
            seen.iter().map(block).collect::<Vec<_>>().join("\n")
        },
        &json!({ "project": target.name, "containers": json }),
    )
}
