//! What each change of a plan that takes a stack away does to the engine. When each is made is decided in
//! [`crate::up::execute`].

use std::cell::RefCell;
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::host::containers;
use crate::host::teardown::{self, Outcome};
use crate::plan::Plan;
use crate::stack::engine::Engine;
use crate::stack::members;
use crate::up::change::Change;
use crate::up::execute::{self, End};
use crate::up::interrupt::Interrupt;

/// What came of it.
#[derive(Debug, Default)]
pub struct Done {
    /// How many steps were made.
    pub made: usize,
    /// What stays because somebody else uses it.
    pub kept: Vec<Change>,
    /// What could not be done.
    pub failures: Vec<Failure>,
}

/// Carries the plan out; `grace` is how long a container may take to end, its own time where none is said. `tell` is
/// told of each step that is made.
pub async fn out(
    engine: &Engine,
    plan: &Plan<Change>,
    grace: Option<Duration>,
    interrupt: &Interrupt,
    tell: &dyn Fn(&str),
) -> Done {
    let kept = RefCell::new(Vec::new());
    let make = async |change: &Change| {
        match one(engine, change, grace).await? {
            Outcome::Gone => tell(&format!("done: {change}")),
            Outcome::InUse(why) => {
                tell(&format!("note: cannot {change} now, it stays: {why}"));
                kept.borrow_mut().push(change.clone());
            }
        }
        Ok(())
    };
    let ends = execute::all(plan, interrupt, |_| false, make).await;
    let made = ends.iter().filter(|end| end.is_done()).count();
    let failure = |end| if let End::Failed(failure) = end { Some(failure) } else { None };
    Done { made, kept: kept.take(), failures: ends.into_iter().filter_map(failure).collect() }
}

async fn one(engine: &Engine, change: &Change, grace: Option<Duration>) -> Result<Outcome> {
    match change {
        Change::Stop { id, name, .. } => {
            let grace = match grace {
                None => members::stop_grace(engine, id, name).await?,
                said => said,
            };
            containers::stop(engine, id, name, grace).await.map(|()| Outcome::Gone)
        }
        Change::Remove { id, name, .. } => containers::remove(engine, id, name).await.map(|()| Outcome::Gone),
        Change::RemoveNetwork { id, name } => teardown::network(engine, id, name).await,
        Change::RemoveVolume { name } => teardown::volume(engine, name).await,
        other => unreachable!("invariant: taking a stack away does not {other}"),
    }
}
