//! The project's own chores, run as `cargo xtask …`: `test` sets up what the tests need and runs them, `fuzz` feeds
//! the redactor with what nobody thought of, `gen` writes the generated documentation, `bench` measures the product,
//! `dist` packs a release. It speaks to developers, so it prints as it goes.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a developer's tool talks on both streams")]

mod bench;
mod dist;
mod fuzz;
mod gen_docs;
mod setup;
mod test;
mod work;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The project's own chores.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Xtask {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Debug, Subcommand)]
enum Chore {
    /// Set up what the tests need, run them, and count what was skipped
    Test(test::Args),
    /// Feed the redactor with bytes that libFuzzer makes up
    Fuzz(fuzz::Args),
    /// Write docs/cli.md, docs/configuration.md and docs/checks.md
    Gen(gen_docs::Args),
    /// Measure the product: figures beside their bars
    #[command(subcommand)]
    Bench(bench::Command),
    /// Pack the release binary into target/dist
    Dist,
}

fn main() -> ExitCode {
    let done = match Xtask::parse().chore {
        Chore::Test(args) => test::run(&args),
        Chore::Fuzz(args) => fuzz::run(&args),
        Chore::Gen(args) => gen_docs::run(&args),
        Chore::Bench(command) => bench::run(&command),
        Chore::Dist => dist::run(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("error: {failure}");
            if let Some(hint) = failure.hint_text() {
                eprintln!("hint: {hint}");
            }
            failure.exit_code()
        }
    }
}
