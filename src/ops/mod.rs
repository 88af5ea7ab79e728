//! The operator's day: one file for each thing that an operator does.

pub mod service;

use crate::ctx::Ctx;
use crate::failure::Result;

/// What an operator can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Start the server in the background
    Start,
    /// Stop the server
    Stop,
    /// Stop the server and start it again
    Restart,
    /// Show how the server is: running, ready, what it holds
    Status,
    /// Show the server's log
    Logs(service::LogsArgs),
}

/// Runs `tars ops`.
pub fn run(ctx: Ctx, command: Command) -> Result<()> {
    match command {
        Command::Start => service::start(&ctx),
        Command::Stop => service::stop(&ctx),
        Command::Restart => service::restart(&ctx),
        Command::Status => service::status(&ctx),
        Command::Logs(args) => service::logs(&ctx, &args),
    }
}
