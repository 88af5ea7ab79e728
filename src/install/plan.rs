//! From what is to what is wanted: the steps, in the order in which they depend on one another. Pure: the
//! same facts and wishes give the same plan, and none where nothing differs.

use std::path::{Path, PathBuf};

use super::facts::Facts;
use super::render::{Wanted, WantedDirectory, WantedFile};
use crate::facts::paths::{Entry, digest};
use crate::host::action::{Action, Content};
use crate::plan::{Plan, Step};

/// Permission bits that nobody but the owner and the group's readers may have on our directories.
const TOO_WIDE_DIRECTORY: u32 = 0o027;
/// Permission bits that nobody but the owner may have on files with secrets.
const TOO_WIDE_SECRET: u32 = 0o077;

/// The steps from the facts to what is wanted.
pub(super) fn plan(facts: &Facts, wanted: &Wanted) -> Plan {
    let mut plan = Plan::default();
    for directory in &wanted.directories {
        make(&mut plan, facts, directory);
    }
    own(&mut plan, facts, &wanted.owned);
    for path in &facts.leftovers {
        plan.push(Action::RemoveFile { path: path.clone() }, "an interrupted run left it");
    }
    let before = plan.steps.len();
    for file in &wanted.files {
        write(&mut plan, facts, file);
    }
    program(&mut plan, facts, &wanted.program);
    if let Some((unit, user)) = &wanted.unit {
        let directory = unit.path.parent().expect("invariant: a unit stands in a directory");
        make(&mut plan, facts, &WantedDirectory { path: directory.to_path_buf(), mode: 0o755 });
        let steps = plan.steps.len();
        write(&mut plan, facts, unit);
        if plan.steps.len() > steps {
            plan.push(Action::ReloadUnits { user: *user }, "the unit changes");
        }
        if !facts.service.known().is_some_and(|state| state.at_boot) {
            plan.push(Action::EnableUnit { user: *user }, "it is not enabled");
        }
    }
    let changed = plan.steps[before..]
        .iter()
        .any(|step| matches!(step.action, Action::WriteFile { .. } | Action::CopyProgram { .. }));
    match &facts.docker {
        None => server(&mut plan, facts, changed),
        Some(_) => contained(&mut plan, facts, changed),
    }
    plan
}

/// The directory and the missing ones above it, from the top.
fn make(plan: &mut Plan, facts: &Facts, wanted: &WantedDirectory) {
    let made = |plan: &Plan, path: &Path| {
        plan.steps
            .iter()
            .any(|step| matches!(&step.action, Action::CreateDirectory { path: made, .. } if made == path))
    };
    let mut missing: Vec<_> =
        wanted.path.ancestors().take_while(|path| at(facts, path) == Some(&Entry::Missing)).collect();
    missing.reverse();
    for path in missing {
        if !made(plan, path) {
            plan.push(
                Action::CreateDirectory { path: path.to_path_buf(), mode: wanted.mode },
                "it does not exist",
            );
        }
    }
    if let Some(Entry::Directory { mode }) = at(facts, &wanted.path)
        && wanted.mode == 0o700
        && mode & TOO_WIDE_DIRECTORY != 0
    {
        let cause = format!("others may use it: its permissions are {mode:04o}");
        plan.push(Action::SetMode { path: wanted.path.clone(), mode: wanted.mode }, cause);
    }
}

fn write(plan: &mut Plan, facts: &Facts, wanted: &WantedFile) {
    let path = wanted.path.clone();
    let secret = wanted.mode & TOO_WIDE_SECRET == 0;
    let (there, mode) = match at(facts, &path) {
        Some(Entry::File { mode, digest }) => (Some(digest.as_deref()), *mode),
        _ => (None, wanted.mode),
    };
    let differs = match (&wanted.content, there) {
        (None, _) => false,
        (Some(Content::Secret(_)), _) | (Some(_), None) => true,
        (Some(Content::Text(text)), Some(now)) => now != Some(&digest(text.as_bytes())),
    };
    if let (true, Some(content)) = (differs, wanted.content.clone()) {
        let cause = if there.is_none() && !secret { "it does not exist" } else { &wanted.cause };
        // What a person made narrower stays narrow.
        plan.push(Action::WriteFile { path, mode: mode & wanted.mode, content }, cause);
    } else if secret && there.is_some() && mode & TOO_WIDE_SECRET != 0 {
        let cause = format!("it holds a secret, and its permissions are {mode:04o}");
        plan.push(Action::SetMode { path, mode: wanted.mode }, cause);
    }
}

fn program(plan: &mut Plan, facts: &Facts, place: &Path) {
    let cause = match at(facts, place) {
        Some(Entry::File { digest: Some(digest), .. }) if *digest == facts.program.digest => return,
        Some(Entry::File { .. }) => "another version stands there",
        _ => "it does not exist",
    };
    plan.push(Action::CopyProgram { from: facts.program.path.clone(), to: PathBuf::from(place) }, cause);
}

fn server(plan: &mut Plan, facts: &Facts, changed: bool) {
    let Some(state) = facts.service.known() else { return };
    if !state.running {
        plan.push(Action::StartServer, "it does not run");
    } else if state.server.is_none() {
        plan.push(
            Action::RestartServer,
            format!("it does not stay up ({})", state.last_end.as_deref().unwrap_or("it is being started")),
        );
    } else if changed {
        plan.push(Action::RestartServer, "what it runs from changes");
    } else if let Some(why) = &facts.outdated {
        plan.push(Action::RestartServer, why);
    }
}

/// Gives to the server in a container what it has to read and write. What is made later in a directory gets its owner.
fn own(plan: &mut Plan, facts: &Facts, owned: &[(PathBuf, (u32, u32))]) {
    let Some(around) = &facts.docker else { return };
    for (path, (uid, gid)) in owned {
        let makes =
            |step: &Step| matches!(&step.action, Action::CreateDirectory { path: made, .. } if made == path);
        let made = plan.steps.iter().any(makes);
        let owner = around.owners.get(path).or(made.then_some(&around.me));
        if owner.is_some_and(|owner| owner != &(*uid, *gid)) {
            let cause = format!("the server in the container is the user {uid}");
            plan.push(Action::SetOwner { path: path.clone(), uid: *uid, gid: *gid }, cause);
        }
    }
}

/// A container is made and started by bringing the stack up; one that runs does not see that its settings changed.
fn contained(plan: &mut Plan, facts: &Facts, changed: bool) {
    let Some(state) = facts.service.known().filter(|state| state.server.is_some()) else { return };
    if changed {
        plan.push(Action::RestartServer, "what it runs from changes");
    } else if let Some(why) = facts.outdated.as_ref().filter(|_| state.running) {
        plan.push(Action::RestartServer, why);
    }
}

fn at<'a>(facts: &'a Facts, path: &Path) -> Option<&'a Entry> {
    facts.paths.get(path)
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
