//! The operator's day: one file for each thing that an operator does. All of it talks to the running server
//! through the API, or to whatever keeps it running.

mod ask;
mod config;
pub mod ingest;
mod search;
pub mod service;

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
    /// Show how the server is: running, ready, what it holds
    Status,
    /// Show the server's log
    Logs(service::LogsArgs),
    /// Show the effective configuration and where each value comes from
    Config(config::Args),
    /// Start the server in the background
    Start,
    /// Stop the server
    Stop,
    /// Stop the server and start it again
    Restart,
}

/// Runs `tars ops`.
pub fn run(ctx: Ctx, command: Command) -> Result<()> {
    match command {
        Command::Ask(args) => ask::run(&ctx, args),
        Command::Search(args) => search::run(&ctx, args),
        Command::Ingest(args) => ingest::run(&ctx, &args),
        Command::Status => service::status(&ctx),
        Command::Logs(args) => service::logs(&ctx, &args),
        Command::Config(args) => config::run(&ctx, &args),
        Command::Start => service::start(&ctx),
        Command::Stop => service::stop(&ctx),
        Command::Restart => service::restart(&ctx),
    }
}
