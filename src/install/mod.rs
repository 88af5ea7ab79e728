//! The install slice.
use crate::ctx::Ctx;
use crate::failure::Result;

/// Arguments of `tars install`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `tars install`.
pub fn run(_ctx: Ctx, _args: Args) -> Result<()> {
    Ok(())
}
