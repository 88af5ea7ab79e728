//! The words that the server and a stack have in common: `status`, `logs` and `restart`. Here is only of which of the two
//! they are meant; what they do is in `service` and `stack`.

use serde_json::json;

use super::service;
use super::stack::{self, Stack, logs, restart};
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::stack::choice::Choice;

/// How many of the last lines of a log are shown where nothing else says how many.
const LINES: usize = 50;

/// Arguments of `tars ops status`.
#[derive(Debug, clap::Args)]
pub struct StatusArgs {
    #[command(flatten)]
    choice: Choice,
}

/// Arguments of `tars ops logs`.
#[derive(Debug, clap::Args)]
// `-f` is the file everywhere else, and here what it is for every program that shows logs.
#[command(mut_arg("files", |files| files.short(None)))]
pub struct LogsArgs {
    #[command(flatten)]
    choice: Choice,
    /// Show what is added, until interrupted
    #[arg(short, long)]
    follow: bool,
    /// How many of the last lines to show, of each container, or `all` [default: 50, or all with `--since`]
    #[arg(short = 'n', long, visible_alias = "lines", value_name = "N", value_parser = tail)]
    tail: Option<Tail>,
    /// Only what is newer than `10m` or `2h`, or than a time such as `2026-01-31T12:00:00Z`
    #[arg(long, value_name = "WHEN")]
    since: Option<String>,
    /// Show before each line when it was written
    #[arg(short, long)]
    timestamps: bool,
    /// Only these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Arguments of `tars ops restart`.
#[derive(Debug, clap::Args)]
pub struct RestartArgs {
    #[command(flatten)]
    choice: Choice,
    /// How long a container may take to end by itself before it is killed; otherwise as long as it says
    #[arg(short, long, value_name = "SECONDS")]
    timeout: Option<u64>,
    /// Only these services, and those that are declared to be restarted with them
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// How many of the last lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Tail {
    All,
    Lines(usize),
}

fn tail(text: &str) -> std::result::Result<Tail, String> {
    match text {
        "all" => Ok(Tail::All),
        text => text.parse().map(Tail::Lines).map_err(|_| "a number, or `all`".to_string()),
    }
}

/// Runs `tars ops status`: the server where one is set up or nothing else is there, and the stack where there is one.
pub fn status(ctx: &Ctx, args: &StatusArgs) -> Result<()> {
    let has_stack = args.choice.is_there(ctx)?;
    let server = if ctx.home.toml().exists() || !has_stack { Some(service::status(ctx)?) } else { None };
    let Some(report) = &server else {
        let stack = look(ctx, args)?;
        ctx.ui.result(|paint| stack.text(paint), &json!({ "stack": stack }))?;
        return stack.verdict();
    };
    if !has_stack {
        ctx.ui.report(report)?;
        return service::verdict(report);
    }
    // A stack that cannot be looked at keeps nobody from seeing how the server is.
    let stack = match look(ctx, args) {
        Ok(stack) => stack,
        Err(failure) => return ctx.ui.report(report).and(Err(failure)),
    };
    ctx.ui.result(
        |paint| format!("{}\n{}", paint.report(report), stack.text(paint)),
        &json!({ "server": report, "stack": stack }),
    )?;
    service::verdict(report).and_then(|()| stack.verdict())
}

fn look(ctx: &Ctx, args: &StatusArgs) -> Result<stack::status::Status> {
    let stack = Stack::chosen(ctx, &args.choice)?;
    ctx.block_on(stack::status::look(&stack))
}

/// Runs `tars ops logs`.
pub fn logs(ctx: &Ctx, args: &LogsArgs) -> Result<()> {
    let since = args.since.as_deref().map(|text| {
        logs::since(text, ctx.now()).map_err(|what| {
            Failure::usage(format!("`--since {text}` is no time")).hint(format!("give {what}"))
        })
    });
    let since = since.transpose()?;
    let lines = match args.tail {
        Some(Tail::Lines(lines)) => Some(lines),
        None if since.is_none() => Some(LINES),
        Some(Tail::All) | None => None,
    };
    if !stack::is_meant(ctx, &args.choice, &args.services)? {
        if since.is_some() || args.timestamps {
            return Err(Failure::usage("`--since` and `--timestamps` are for the logs of a stack")
                .hint("`tars ops logs -n 200` shows more of the server's log"));
        }
        return service::logs(ctx, lines.unwrap_or(usize::MAX), args.follow);
    }
    let stack = Stack::chosen(ctx, &args.choice)?;
    let (follow, services) = (args.follow, args.services.clone());
    logs::run(ctx, &stack, &logs::Wanted { follow, since, tail: lines, times: args.timestamps, services })
}

/// Runs `tars ops restart`.
pub fn restart(ctx: &Ctx, args: &RestartArgs) -> Result<()> {
    if !stack::is_meant(ctx, &args.choice, &args.services)? {
        return service::restart(ctx);
    }
    restart::run(ctx, &Stack::chosen(ctx, &args.choice)?, &args.services, args.timeout)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_a_number_or_all() {
        assert_eq!((tail("7"), tail("all")), (Ok(Tail::Lines(7)), Ok(Tail::All)));
        assert!(tail("some").is_err() && tail("-1").is_err());
    }

    #[test]
    fn the_grammar_is_sound() {
        use clap::{Args, Command};
        StatusArgs::augment_args(Command::new("status")).debug_assert();
        LogsArgs::augment_args(Command::new("logs")).debug_assert();
        RestartArgs::augment_args(Command::new("restart")).debug_assert();
        stack::exec::Args::augment_args(Command::new("exec")).debug_assert();
    }
}
