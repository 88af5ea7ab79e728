//! `tars up`: the container stack as its compose files declare it. What the files resolve to is shown, or what the
//! engine has is brought there: looked at, planned, carried out and looked at again. This is the command line; the way
//! from the one to the other is in `flow`.

pub mod applied;
mod board;
mod carry;
pub mod change;
mod create;
pub mod down;
mod execute;
#[cfg(test)]
mod fake;
mod flow;
pub mod gpu;
pub mod guards;
mod hashes;
pub mod image;
mod interrupt;
mod lock;
mod outcome;
pub mod plan;
mod prepare;
mod replace;
mod rollback;
mod trouble;
mod wait;
mod watch;

use std::time::Duration;

use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::stack::choice::Choice;
use crate::stack::compose::project::Project;
use crate::stack::compose::render;
use crate::stack::compose::suggest;
use crate::stack::model::{Pull, Stack};
use crate::stack::{excerpt, platform};
use crate::ui::Format;

use carry::Manner;
use plan::{Recreate, Wanted};
use prepare::Goal;

/// Arguments of `tars up`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Show what the files resolve to, as YAML or with `--format json`, and do nothing
    #[arg(long, conflicts_with = "plan")]
    print_config: bool,
    /// Show the hashes by which Docker Compose knows whether a service has changed, like `docker compose config
    /// --hash`, and do nothing: of the services with these names, separated by commas, or of all, `*`
    #[arg(long, value_name = "SERVICES", conflicts_with_all = ["print_config", "plan", "services"])]
    hash: Option<String>,
    /// Show what would be done and why, and do nothing
    #[arg(long)]
    plan: bool,
    /// Go back to what the last run but one has brought about, with the images of then; the same again goes forward. With
    /// `--project-name` alone no file is read
    #[arg(
        long,
        conflicts_with_all = ["print_config", "hash", "no_recreate", "no_deps", "build", "pull", "scale", "services"]
    )]
    rollback: bool,
    /// Make all containers anew, those too that are as declared
    #[arg(long, conflicts_with = "no_recreate")]
    force_recreate: bool,
    /// Leave containers that are there as they are, even where they are not as declared
    #[arg(long)]
    no_recreate: bool,
    /// Leave what the named services depend on as it is
    #[arg(long)]
    no_deps: bool,
    /// Make the containers, and do not start them
    #[arg(long)]
    no_start: bool,
    /// Remove containers of services that the files do not have any more
    #[arg(long)]
    remove_orphans: bool,
    /// Build images even where they are there
    #[arg(long)]
    build: bool,
    /// When to pull images, instead of what the services say
    #[arg(long, value_name = "POLICY", value_parser = pull)]
    pull: Option<Pull>,
    /// How many containers a service has, instead of what it says
    #[arg(long, value_name = "SERVICE=NUMBER", value_parser = scale)]
    scale: Vec<(String, u32)>,
    /// Start what asks for a graphics card without one
    #[arg(long)]
    cpu_only: bool,
    /// How long a container may take to end by itself, in seconds, instead of what it says
    #[arg(short = 't', long, value_name = "SECONDS")]
    timeout: Option<u32>,
    /// How long each service may take to be healthy, to run, or to have done its work, in seconds
    #[arg(long, value_name = "SECONDS")]
    wait_timeout: Option<u32>,
    /// Taken because Docker Compose has it: containers always run in the background, and are always waited for
    #[arg(short, long, hide = true)]
    detach: bool,
    /// The same
    #[arg(long, hide = true)]
    wait: bool,
    /// The same: nothing is asked
    #[arg(short, long, hide = true)]
    yes: bool,
    /// Only these services, with what they depend on
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Brings the stack up, or shows what it is.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    if args.rollback {
        let target = args.choice.target(ctx)?;
        return flow::run(ctx, Goal::Before(Box::new(target)), &asked(ctx, args));
    }
    let mut project = args.choice.project(ctx, &args.services)?;
    if args.print_config || args.hash.is_some() {
        for without in gpu::in_files(ctx, &mut project.tree, args.cpu_only)? {
            ctx.ui.note(&format!("note: {without}"));
        }
    }
    if args.print_config {
        return ctx.ui.print(&match ctx.ui.format {
            Format::Json => format!("{:#}\n", render::json(&project.tree)),
            _ => render::yaml(&project.tree),
        });
    }
    // What `--print-config` does not show, as Docker Compose does not.
    platform::of_built(&mut project.tree, &project.environment)
        .map_err(|problem| excerpt::failure(&problem))?;
    if let Some(wanted) = &args.hash {
        return ctx.ui.print(&hashes::print(&project.tree, wanted, ctx.ui.format)?);
    }
    let stack = stack(&project, args)?;
    flow::run(ctx, Goal::Declared(Box::new(stack)), &asked(ctx, args))
}

/// Brings services of the installed stack up, with what they depend on, as a part of another command: what happens is
/// told on standard error.
///
/// # Errors
/// As those of `tars up`.
pub fn bring_up(ctx: &Ctx, services: &[&str]) -> Result<()> {
    let services: Vec<String> = services.iter().map(ToString::to_string).collect();
    let project = Choice::installed().project(ctx, &services)?;
    let stack = Stack::new(&project).map_err(|problem| excerpt::failure(&problem))?;
    let wanted = Wanted { services, now: ctx.now().as_second(), ..Wanted::default() };
    let asked = flow::Asked { quiet: true, wanted, ..flow::Asked::default() };
    flow::run(ctx, Goal::Declared(Box::new(stack)), &asked)
}

/// What the project declares, with what the command line says of it.
fn stack(project: &Project, args: &Args) -> Result<Stack> {
    let mut stack = Stack::new(project).map_err(|problem| excerpt::failure(&problem))?;
    for (name, number) in &args.scale {
        let names: Vec<String> = stack.services.iter().map(|service| service.name.clone()).collect();
        let Some(service) = stack.services.iter_mut().find(|service| service.name == *name) else {
            let failure = Failure::usage(format!("there is no service `{name}` to scale"));
            return Err(match suggest::nearest(name, names.iter().map(String::as_str)) {
                Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
                None => failure.hint("`tars up --print-config` shows the services that there are"),
            });
        };
        if service.container_name.is_some() && *number > 1 {
            return Err(Failure::usage(format!("`{name}` cannot have {number} containers with one name"))
                .hint(format!("leave `container_name` of `{name}` out")));
        }
        service.replicas = *number;
    }
    Ok(stack)
}

fn asked(ctx: &Ctx, args: &Args) -> flow::Asked {
    let seconds = |seconds: Option<u32>| seconds.map(|seconds| Duration::from_secs(seconds.into()));
    flow::Asked {
        plan: args.plan,
        quiet: false,
        wanted: Wanted {
            services: args.services.clone(),
            recreate: match (args.force_recreate, args.no_recreate) {
                (true, _) => Recreate::Force,
                (_, true) => Recreate::Never,
                _ => Recreate::IfChanged,
            },
            no_deps: args.no_deps,
            remove_orphans: args.remove_orphans,
            build: args.build,
            pull: args.pull,
            no_start: args.no_start,
            now: ctx.now().as_second(),
            ..Wanted::default()
        },
        cpu_only: args.cpu_only,
        manner: Manner { wait: seconds(args.wait_timeout), stop: seconds(args.timeout) },
    }
}

fn pull(text: &str) -> std::result::Result<Pull, String> {
    match text {
        "missing" => Ok(Pull::Missing),
        "always" => Ok(Pull::Always),
        "never" => Ok(Pull::Never),
        _ => Err("it is one of `missing`, `always` and `never`".into()),
    }
}

fn scale(text: &str) -> std::result::Result<(String, u32), String> {
    let (name, number) = text.split_once('=').ok_or("write it as in `web=3`")?;
    let number = number.parse().map_err(|_| format!("`{number}` is no number of containers"))?;
    Ok((name.to_string(), number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_as_docker_compose_writes_them() {
        assert_eq!(scale("web=3"), Ok(("web".into(), 3)));
        assert!(scale("web").is_err() && scale("web=many").is_err() && scale("web=-1").is_err());
        assert_eq!(pull("always"), Ok(Pull::Always));
        assert!(pull("sometimes").unwrap_err().contains("`missing`"));
    }
}
