//! The command line: its grammar, and one match from command to slice. What a command does stands in its
//! own folder.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

use crate::ctx::Ctx;
use crate::failure::{Failure, Kind, Result};
use crate::ui::Format;
use crate::{bundle, doctor, host, install, ops, serve, up, validate};

/// A private assistant over your own documents.
///
/// Everything stays on this machine: documents, questions and answers.
#[derive(Debug, Parser)]
#[command(name = "tars", version, propagate_version = true, disable_help_subcommand = true)]
#[command(after_help = "Start with `tars install`; then ask with `tars ops ask \"…\"`.")]
pub struct Cli {
    /// Keep everything (configuration, state, logs, program) under this directory [env: TARS_HOME]
    #[arg(long, global = true, value_name = "DIR")]
    home: Option<PathBuf>,
    /// How results are written to standard output
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, hide_possible_values = false)]
    format: Format,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Set this machine up: from nothing to a running, validated assistant
    Install(install::Args),
    /// Run the server in the foreground
    Serve(serve::Args),
    /// The operator's day: ask, search, ingest, status, logs, configuration, start and stop
    #[command(subcommand)]
    Ops(ops::Command),
    /// Find out what is wrong, repair it, and take repairs back
    Doctor(doctor::Args),
    /// Make a support archive that holds no secret
    Bundle(bundle::Args),
    /// Bring a container stack to what its compose files declare
    Up(up::Args),
    /// Take a container stack away: containers, networks and, where asked for, volumes
    Down(up::down::Args),
    /// Prove that the running server finds, cites and forgets: GO or NO-GO
    Validate(validate::Args),
    /// Read one document from standard input (the server's own child process)
    #[command(hide = true)]
    Extract(serve::ingest::worker::Args),
    /// Keep the server running (started by `tars ops start`)
    #[command(hide = true)]
    Supervise(host::supervisor::Args),
}

/// Runs the program with these arguments.
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let cli = match Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help to standard output and errors to standard error; a closed stream ends quietly.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let format = cli.format;
    match run(cli) {
        Ok(code) => code,
        Err(failure) => {
            show(&failure, format);
            failure.exit_code()
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    // The child that reads documents needs none of the context, and must not depend on any of it.
    if let Command::Extract(args) = &cli.command {
        return Ok(serve::ingest::worker::main(args));
    }
    let reports = matches!(cli.command, Command::Doctor(_) | Command::Validate(_) | Command::Install(_));
    let resolves = matches!(cli.command, Command::Up(_));
    if cli.format == Format::Yaml && !resolves {
        return Err(Failure::usage("`--format yaml` is for compose files")
            .hint("`tars up --print-config --format yaml` shows what they resolve to"));
    }
    if !cli.format.is_general() && !reports && cli.format != Format::Yaml {
        return Err(Failure::usage("`--format junit` and `--format sarif` are for reports of checks")
            .hint("`tars doctor`, `tars validate` and `tars install` make such reports"));
    }
    let ctx = Ctx::new(cli.home.as_deref(), cli.format)?;
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Install(args) => install::run(ctx, args).map(done),
        Command::Doctor(args) => doctor::run(&ctx, &args).map(done),
        Command::Bundle(args) => bundle::run(&ctx, args).map(done),
        Command::Up(args) => up::run(&ctx, &args).map(done),
        Command::Down(args) => up::down::run(&ctx, &args).map(done),
        Command::Serve(args) => serve::run(ctx, args).map(done),
        Command::Ops(command) => ops::run(ctx, command),
        Command::Validate(args) => validate::run(ctx, args).map(done),
        Command::Supervise(args) => host::supervisor::run(&ctx, &args).map(done),
        Command::Extract(_) => Err(Failure::usage("`extract` runs without a context")),
    }
}

/// Says on standard error why a command failed, and what to do next. In JSON, the same two texts.
fn show(failure: &Failure, format: Format) {
    use std::io::Write;
    if failure.kind() == Kind::BrokenPipe {
        return;
    }
    let mut err = std::io::stderr().lock();
    // Nobody can be told that standard error is closed.
    let _ = match format {
        Format::Json => {
            let value = serde_json::json!({ "error": failure.to_string(), "hint": failure.hint_text() });
            writeln!(err, "{value}")
        }
        Format::Text | Format::Junit | Format::Sarif | Format::Yaml => {
            let label = console::style("error:").red().bold().for_stderr();
            let first = writeln!(err, "{label} {failure}");
            match failure.hint_text() {
                Some(hint) => writeln!(err, "{} {hint}", console::style("hint:").cyan().for_stderr()),
                None => first,
            }
        }
    };
}

/// The whole grammar, for the generated `docs/cli.md`.
#[must_use]
pub fn command() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_grammar_is_sound() {
        super::command().debug_assert();
    }
}
