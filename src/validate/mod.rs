//! The validate slice.
use crate::ctx::Ctx;
use crate::failure::Result;

/// Arguments of `tars validate`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `tars validate`.
pub fn run(_ctx: Ctx, _args: Args) -> Result<()> {
    Ok(())
}
