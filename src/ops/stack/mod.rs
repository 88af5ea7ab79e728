//! The day with a container stack: how its services are, what they say, and what is done to them. It goes by what the
//! engine has under the project's name; what the files declare is what that is compared with.

pub mod exec;
pub mod logs;
pub mod pull;
pub mod restart;
pub mod status;
mod table;
pub mod top;

use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::stack::choice::{self, Choice, Target};
use crate::stack::engine::Engine;
use crate::stack::members::Member;

/// A stack and the engine that has it.
pub struct Stack {
    /// The engine.
    pub engine: Engine,
    /// Which stack.
    pub target: Target,
}

impl Stack {
    /// The chosen stack, on the engine that `docker` would ask.
    ///
    /// # Errors
    /// There is no stack, its files are wrong, or the engine does not answer.
    pub fn chosen(ctx: &Ctx, choice: &Choice) -> Result<Self> {
        let target = choice.target(ctx)?;
        let engine = ctx.block_on(choice::engine(ctx))?;
        Ok(Self { engine, target })
    }
}

/// Whether a word that the server has too means the stack. It does where one is named or installed; the compose file of
/// the current directory is meant only where no server is set up, so that it does not depend on the directory what
/// happens to that.
///
/// # Errors
/// The current directory is gone.
pub fn is_meant(ctx: &Ctx, choice: &Choice, services: &[String]) -> Result<bool> {
    Ok(choice.is_made(ctx)
        || choice::is_installed(ctx)
        || !services.is_empty()
        || (!ctx.home.toml().exists() && choice.is_there(ctx)?))
}

/// The containers of these services, all where none is named; those of `run` are no service's.
///
/// # Errors
/// There is no such service.
pub fn select(target: &Target, there: &[Member], services: &[String]) -> Result<Vec<Member>> {
    target.must_have(services, there.iter().map(|member| member.container.service.as_str()))?;
    let is_one = |member: &&Member| {
        !member.one_off && (services.is_empty() || services.contains(&member.container.service))
    };
    Ok(there.iter().filter(is_one).cloned().collect())
}

/// Containers that run, of which there has to be one.
///
/// # Errors
/// None runs.
pub fn must_run(target: &Target, members: Vec<Member>) -> Result<Vec<Member>> {
    let running: Vec<Member> = members.into_iter().filter(Member::is_up).collect();
    if running.is_empty() {
        return Err(Failure::no(format!("nothing of the stack `{}` runs", target.name))
            .hint("`tars up` starts it, `tars ops status` shows how it is"));
    }
    Ok(running)
}
