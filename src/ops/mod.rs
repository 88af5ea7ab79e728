//! The operator's day: one file for each thing that an operator does. It talks to the running server through the API, to
//! whatever keeps that running, or to the container engine that has a stack.

mod ask;
mod config;
pub mod ingest;
mod search;
pub mod service;
pub mod stack;
mod words;

use std::process::ExitCode;

use crate::ctx::Ctx;
use crate::failure::Result;

/// What an operator can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask a question; the answer comes with numbered citations
    Ask(ask::Args),
    /// Show the passages that match, without an answer
    Search(search::Args),
    /// Compare the directories with the index now
    Ingest(ingest::Args),
    /// Show how the server is: running, ready, what it holds; and each service of the stack, where there is one
    Status(words::StatusArgs),
    /// Show the log of the server, or those of the services of a stack side by side
    Logs(words::LogsArgs),
    /// Show the effective configuration and where each value comes from
    Config(config::Args),
    /// Start the server in the background
    Start,
    /// Stop the server
    Stop,
    /// Stop the server and start it again, or the services of a stack
    Restart(words::RestartArgs),
    /// Pull the images of the services of a stack
    Pull(stack::pull::Args),
    /// Run a program in a container of a service
    Exec(stack::exec::Args),
    /// Show the processes of the services of a stack
    Top(stack::top::Args),
}

/// Runs `tars ops`. The exit code is that of the program which was run, where one was.
pub fn run(ctx: Ctx, command: Command) -> Result<ExitCode> {
    match command {
        Command::Exec(args) => return stack::exec::run(&ctx, args),
        Command::Ask(args) => ask::run(&ctx, args),
        Command::Search(args) => search::run(&ctx, args),
        Command::Ingest(args) => ingest::run(&ctx, &args),
        Command::Status(args) => words::status(&ctx, &args),
        Command::Logs(args) => words::logs(&ctx, &args),
        Command::Config(args) => config::run(&ctx, &args),
        Command::Start => service::start(&ctx),
        Command::Stop => service::stop(&ctx),
        Command::Restart(args) => words::restart(&ctx, &args),
        Command::Pull(args) => stack::pull::run(&ctx, &args),
        Command::Top(args) => stack::top::run(&ctx, &args),
    }
    .map(|()| ExitCode::SUCCESS)
}
