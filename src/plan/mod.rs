//! What will be changed, in order, each step with its cause. A plan is computed from facts and shown before anything
//! happens. Carrying out the changes of this machine is [`apply`]'s, and remembering them [`journal`]'s; the changes
//! of a container stack are a type of their own in the same plan.

pub mod apply;
pub mod journal;
pub mod undo;

use std::fmt::Display;

use serde::Serialize;

use crate::host::action::Action;

/// One change and why it is needed.
#[derive(Debug, Clone, Serialize)]
pub struct Step<A = Action> {
    /// What is changed.
    pub action: A,
    /// Why, as a clause: "it does not exist".
    pub cause: String,
    /// Something is lost that this program cannot bring back.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub destructive: bool,
    /// The steps that have to be done before, by their index; those of a plan whose steps are made one after another
    /// name none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub after: Vec<usize>,
}

/// The steps, in an order in which each comes after those that it depends on.
#[derive(Debug, Clone, Serialize)]
pub struct Plan<A = Action> {
    /// The steps.
    pub steps: Vec<Step<A>>,
}

impl<A> Default for Plan<A> {
    fn default() -> Self {
        Self { steps: Vec::new() }
    }
}

impl<A> Plan<A> {
    /// Adds a step at the end.
    pub fn push(&mut self, action: A, cause: impl Into<String>) {
        self.push_after(action, cause, Vec::new());
    }

    /// Adds a step that destroys something.
    pub fn push_destructive(&mut self, action: A, cause: impl Into<String>) {
        self.steps.push(Step { action, cause: cause.into(), destructive: true, after: Vec::new() });
    }

    /// Adds a step that may be made as soon as those are done; its index.
    pub fn push_after(&mut self, action: A, cause: impl Into<String>, after: Vec<usize>) -> usize {
        self.steps.push(Step { action, cause: cause.into(), destructive: false, after });
        self.steps.len() - 1
    }

    /// Whether everything is as wanted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The plan as a person reads it, one numbered line a step; `nothing` is said where there is none.
    #[must_use]
    pub fn text(&self, nothing: &str) -> String
    where
        A: Display,
    {
        if self.is_empty() {
            return format!("{nothing}\n");
        }
        let width = self.steps.len().to_string().len();
        let line = |(index, step): (usize, &Step<A>)| {
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
