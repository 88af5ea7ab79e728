//! Keeps the server running where no systemd does.
use crate::ctx::Ctx;
use crate::failure::Result;

/// Arguments of the hidden `supervise` command.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs until told to stop.
pub fn run(_ctx: &Ctx, _args: &Args) -> Result<()> {
    Ok(())
}

/// Ends this process when its parent ends.
pub fn die_with_parent() -> Result<()> {
    Ok(())
}
