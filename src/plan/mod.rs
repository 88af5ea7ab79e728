//! What will be changed on this machine, in order, each step with its cause. A plan is computed from facts
//! and shown before anything happens; carrying it out is [`apply`]'s, and remembering it [`journal`]'s.

pub mod apply;
pub mod journal;
pub mod undo;

use serde::Serialize;

use crate::host::action::Action;

/// One change and why it is needed.
#[derive(Debug, Clone, Serialize)]
pub struct Step {
    /// What is changed.
    pub action: Action,
    /// Why, as a clause: "it does not exist".
    pub cause: String,
    /// Something is lost that this program cannot bring back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
}

/// The steps, in the order in which they depend on one another.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Plan {
    /// The steps.
    pub steps: Vec<Step>,
}

impl Plan {
    /// Adds a step at the end.
    pub fn push(&mut self, action: Action, cause: impl Into<String>) {
        self.steps.push(Step { action, cause: cause.into(), destructive: false });
    }

    /// Adds a step that destroys something.
    pub fn push_destructive(&mut self, action: Action, cause: impl Into<String>) {
        self.steps.push(Step { action, cause: cause.into(), destructive: true });
    }

    /// Whether everything is as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The plan as a person reads it, one numbered line a step; `nothing` is said where there is none.
    #[must_use]
    pub fn text(&self, nothing: &str) -> String {
        if self.is_empty() {
            return format!("{nothing}\n");
        }
        let width = self.steps.len().to_string().len();
        let line = |(index, step): (usize, &Step)| {
            let mark = if step.destructive { " (cannot be undone)" } else { "" };
            format!("{:>width$}. {} — because {}{mark}\n", index + 1, step.action, step.cause)
        };
        self.steps.iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_reads_like_a_list() {
        let mut plan = Plan::default();
        assert_eq!(plan.text("nothing to change"), "nothing to change\n");
        plan.push(Action::CreateDirectory { path: "/srv/t".into(), mode: 0o700 }, "it does not exist");
        plan.push_destructive(Action::RemoveTree { path: "/srv/u".into() }, "`--purge` was given");
        insta::assert_snapshot!(plan.text(""), @r"
        1. create the directory `/srv/t` (0700) — because it does not exist
        2. remove the directory `/srv/u` and everything in it — because `--purge` was given (cannot be undone)
        ");
    }
}
