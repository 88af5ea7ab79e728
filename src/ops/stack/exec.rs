//! `tars ops exec`: runs a program in a container of a service that runs, and ends as that ends.

use std::io::IsTerminal;
use std::process::ExitCode;

use super::{Stack, must_run, select};
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::host::attach::{self, Command};
use crate::stack::choice::Choice;
use crate::stack::members;

/// Arguments of `tars ops exec`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Pass standard input on to the program
    #[arg(short, long)]
    interactive: bool,
    /// Give the program a terminal
    #[arg(short, long)]
    tty: bool,
    /// Run it as this user, and group: `user`, `user:group`, or their numbers
    #[arg(short, long, value_name = "USER")]
    user: Option<String>,
    /// Run it in this directory
    #[arg(short, long, value_name = "DIR")]
    workdir: Option<String>,
    /// Set a variable for it; without a value, to that which it has here
    #[arg(short, long, value_name = "NAME=VALUE")]
    env: Vec<String>,
    /// Let it do everything
    #[arg(long)]
    privileged: bool,
    /// In which of the containers of the service; otherwise in the first that runs
    #[arg(long, value_name = "N")]
    index: Option<u32>,
    /// The service
    service: String,
    /// The program and its arguments
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Runs it; the exit code is its own.
pub fn run(ctx: &Ctx, args: Args) -> Result<ExitCode> {
    if args.tty && args.interactive && !std::io::stdin().is_terminal() {
        return Err(Failure::usage("standard input is no terminal")
            .hint("leave out `-t` where something is piped in"));
    }
    let stack = Stack::chosen(ctx, &args.choice)?;
    let (engine, target) = (&stack.engine, &stack.target);
    let environment = args.env.into_iter().filter_map(|variable| {
        if variable.contains('=') {
            return Some(variable);
        }
        ctx.variable(&variable).map(|value| format!("{variable}={value}"))
    });
    let command = Command {
        line: args.command,
        environment: environment.collect(),
        user: args.user,
        directory: args.workdir,
        terminal: args.tty,
        input: args.interactive,
        privileged: args.privileged,
    };
    let code = ctx.block_on(async {
        let there = members::members(engine, &target.name).await?;
        let running = must_run(target, select(target, &there, std::slice::from_ref(&args.service))?)?;
        let chosen = match args.index {
            None => running.into_iter().next(),
            Some(index) => running.into_iter().find(|member| member.container.number == index),
        };
        let chosen = chosen.ok_or_else(|| {
            let index = args.index.unwrap_or(1);
            Failure::no(format!("`{}` has no container {index} that runs", args.service))
                .hint("`tars ops status` shows which there are")
        })?;
        attach::run(engine, &ctx.ui, &chosen.container.id, &chosen.container.name, &command).await
    })?;
    // The engine has exit codes from 0 to 255, as the system has; anything else is a failure in any case.
    Ok(ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX)))
}
