//! `tars up`: the container stack as its compose files declare it. By now it shows what they resolve to; what it takes
//! to get there from what the engine has is still to come, and nothing here changes anything.

mod change;
mod excerpt;

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::ctx::Ctx;
use crate::failure::{Failure, IoContext, Result};
use crate::stack::compose::project::Options;
use crate::stack::compose::{load, render};
use crate::ui::Format;

/// Arguments of `tars up`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A compose file; several are merged in this order, and `-` is standard input
    #[arg(short, long = "file", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// A file with variables, instead of the project's `.env`
    #[arg(long = "env-file", value_name = "FILE")]
    env_files: Vec<PathBuf>,
    /// The project's name
    #[arg(short, long, value_name = "NAME")]
    project_name: Option<String>,
    /// The project's directory, instead of that of the first file
    #[arg(long, value_name = "DIR")]
    project_directory: Option<PathBuf>,
    /// A profile that is to be active; `*` is all of them
    #[arg(long = "profile", value_name = "NAME")]
    profiles: Vec<String>,
    /// Show what the files resolve to, as YAML or with `--format json`, and do nothing
    #[arg(long, required = true)]
    print_config: bool,
    /// Only these services, with what they depend on
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Shows the resolved project.
pub fn run(ctx: &Ctx, args: Args) -> Result<()> {
    let project = load::load(&options(ctx, args)?).map_err(|problem| excerpt::failure(&problem))?;
    for warning in &project.warnings {
        ctx.ui.note(&format!("warning: {warning}"));
    }
    ctx.ui.print(&match ctx.ui.format {
        Format::Json => format!("{:#}\n", render::json(&project.tree)),
        _ => render::yaml(&project.tree),
    })
}

fn options(ctx: &Ctx, args: Args) -> Result<Options> {
    let stdin = if args.files.iter().any(|file| file == Path::new("-")) {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text).trying("read standard input")?;
        Some(text)
    } else {
        None
    };
    let working_directory = std::env::current_dir().map_err(|error| {
        Failure::environment("the current directory is gone")
            .because(&error)
            .hint("change to one that exists")
    })?;
    Ok(Options {
        files: args.files,
        env_files: args.env_files,
        project_name: args.project_name,
        directory: args.project_directory,
        working_directory,
        profiles: args.profiles,
        services: args.services,
        all_resources: false,
        environment: ctx.environment().iter().cloned().collect(),
        stdin,
    })
}
