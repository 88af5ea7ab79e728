//! The hidden `extract` command: the child process in which PDF and Office files are parsed. How it limits
//! itself is in [`super::extract::worker`]; this is only its command line.

use std::process::ExitCode;

use super::extract::worker::{parse_flags, worker_main};

/// The flags that the server gives its child.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Format and limits
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    flags: Vec<String>,
}

/// Reads one document from standard input.
#[must_use]
pub fn main(args: &Args) -> ExitCode {
    match parse_flags(args.flags.iter().cloned()) {
        Some((format, limits)) => worker_main(format, &limits),
        None => ExitCode::from(2),
    }
}
