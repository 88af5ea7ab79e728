//! Doing without a graphics card: whether that is wanted, and the same files as if nobody had asked for one. Whether a card
//! can be had is judged elsewhere.

use std::fmt;

use serde::Serialize;

use crate::config::Gpu;
use crate::ctx::Ctx;
use crate::failure::Result;
use crate::stack::compose::Node;
use crate::stack::excerpt;
use crate::stack::gpu::{drop_wishes, without_gpu};
use crate::stack::model::Stack;

/// A service that is started without the card that it asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Without {
    /// The service.
    pub service: String,
    /// Why, as a clause.
    pub why: String,
}

impl fmt::Display for Without {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` gets no graphics card, because {}", self.service, self.why)
    }
}

/// What the command line and the settings say of cards; where nobody gets one, why.
///
/// # Errors
/// The settings are wrong.
pub fn policy(ctx: &Ctx, cpu_only: bool) -> Result<(Gpu, &'static str)> {
    if cpu_only {
        return Ok((Gpu::Off, "`--cpu-only` was given"));
    }
    Ok((ctx.config()?.gpu, "the setting `stack.gpu` is `off`"))
}

/// Takes all wishes out of resolved files where nobody is to get a card.
///
/// # Errors
/// The settings are wrong.
pub fn in_files(ctx: &Ctx, tree: &mut Node, cpu_only: bool) -> Result<Vec<Without>> {
    let mut plain = tree.clone();
    let services = without_gpu(&mut plain);
    // Settings are read only by those who need them.
    if services.is_empty() {
        return Ok(Vec::new());
    }
    let (Gpu::Off, why) = policy(ctx, cpu_only)? else { return Ok(Vec::new()) };
    *tree = plain;
    Ok(services.into_iter().map(|service| Without { service, why: why.into() }).collect())
}

/// Takes the wishes of these services out of a stack, each for its reason; those that had any.
///
/// # Errors
/// What is left of a service cannot be read, which its wishes have nothing to do with.
pub fn start_without(stack: &mut Stack, which: Vec<Without>) -> Result<Vec<Without>> {
    let mut dropped = Vec::new();
    for without in which {
        let amended = stack.amend(&without.service, drop_wishes);
        if amended.map_err(|problem| excerpt::failure(&problem))? {
            dropped.push(without);
        }
    }
    Ok(dropped)
}
