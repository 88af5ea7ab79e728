//! The serve slice.
use crate::ctx::Ctx;
use crate::failure::Result;

/// Arguments of `tars serve`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `tars serve`.
pub fn run(_ctx: Ctx, _args: Args) -> Result<()> {
    Ok(())
}
pub mod ingest {
    //! i
    pub mod worker {
        //! w
        #[derive(Debug, clap::Args)]
        /// a
        pub struct Args {}
        /// m
        pub fn main(_a: &Args) -> std::process::ExitCode { std::process::ExitCode::SUCCESS }
    }
}
