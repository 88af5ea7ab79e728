//! The operator's day: one file for each thing that an operator does.
use crate::ctx::Ctx;
use crate::failure::Result;

/// What an operator can do.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Ask
    Ask,
}

/// Runs `tars ops`.
pub fn run(_ctx: Ctx, _command: Command) -> Result<()> {
    Ok(())
}
