//! Room for the images that have to be pulled or built.

use super::Case;
use crate::config::value::{show_bytes, show_count};
use crate::facts::Fact;
use crate::plan::Plan;
use crate::report::Finding;
use crate::up::change::Change;

/// Below this an image of a language model server will hardly fit.
const LITTLE: u64 = 5 << 30;
/// Below this no image will, and the engine itself gets into trouble.
const NONE: u64 = 1 << 30;

/// How many images a plan pulls or builds.
pub(super) fn new(plan: &Plan<Change>) -> usize {
    let is_new = |change: &Change| matches!(change, Change::Pull { .. } | Change::Build { .. });
    plan.steps.iter().filter(|step| is_new(&step.action)).count()
}

pub(super) fn judge(case: &Case<'_>) -> Option<Finding> {
    let images = new(case.plan);
    let (Fact::Known(free), Fact::Known(engine)) = (&case.seen.room, &case.seen.engine) else { return None };
    if images == 0 || *free >= LITTLE {
        return None;
    }
    let summary = format!(
        "{} to pull or build, and {} free where the engine keeps them (`{}`)",
        show_count(images, "image"),
        show_bytes(*free),
        engine.root
    );
    let hint = "`docker system df` shows what takes the room; `docker image prune` removes images without a name, and `docker builder prune` what is left of builds";
    let finding = if *free < NONE {
        case.refuse("up.disk.full", "", summary)
    } else {
        case.warn("up.disk.little", "", summary)
    };
    Some(finding.hint(hint))
}
