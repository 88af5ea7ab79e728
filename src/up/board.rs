//! What is shown while a plan is carried out: on a terminal a line for each service, image, network and volume that is
//! updated in place, anywhere else a line for each change that was made. It is progress and no result, so it goes to
//! standard error.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use crate::failure::{Failure, Kind};
use crate::host::images::Pulled;
use crate::plan::Plan;
use crate::ui::{Line, Lines, Standing, Ui};

use super::change::Change;

/// A wait that took less is not worth its figure.
const MOMENT: Duration = Duration::from_millis(500);

/// What is shown of a plan that is carried out.
pub struct Board<'u> {
    ui: &'u Ui,
    lines: Option<(Lines, BTreeMap<String, Line>)>,
    begun: RefCell<BTreeMap<String, Instant>>,
    /// The subjects whose lines say something.
    told: RefCell<BTreeSet<String>>,
}

impl<'u> Board<'u> {
    /// A board for this plan.
    pub fn new(ui: &'u Ui, plan: &Plan<Change>) -> Self {
        let lines = ui.lines().map(|lines| {
            let mut subjects: Vec<String> = Vec::new();
            for step in &plan.steps {
                let subject = subject(&step.action);
                if !subjects.contains(&subject) {
                    subjects.push(subject);
                }
            }
            let width = subjects.iter().map(|subject| subject.chars().count()).max().unwrap_or(0);
            let added = subjects.into_iter().map(|subject| {
                let line = lines.add(&format!("{subject:width$}"));
                (subject, line)
            });
            let added = added.collect();
            (lines, added)
        });
        Self { ui, lines, begun: RefCell::default(), told: RefCell::default() }
    }

    /// A change is being made.
    pub fn begins(&self, change: &Change) {
        let subject = subject(change);
        self.begun.borrow_mut().insert(change.to_string(), Instant::now());
        self.set(&subject, Standing::Active, doing(change));
    }

    /// How far it is, which only a terminal shows.
    pub fn shows(&self, change: &Change, text: &str) {
        self.set(&subject(change), Standing::Active, text);
    }

    /// How far a pull is, which only a terminal shows.
    pub fn pulls(&self, change: &Change, pulled: &Pulled) {
        if self.lines.is_some() {
            let begun = self.begun.borrow().get(&change.to_string()).map(Instant::elapsed);
            self.shows(change, &progress(pulled, begun.unwrap_or_default()));
        }
    }

    /// A change was made; `reached` is what it was waited for, where that was what it did.
    pub fn ends(&self, change: &Change, reached: Option<&str>) {
        let took = self.begun.borrow().get(&change.to_string()).map(Instant::elapsed).unwrap_or_default();
        let took = if took < MOMENT { String::new() } else { format!(" {:.1} s", took.as_secs_f64()) };
        let (done, subject) = (reached.unwrap_or_else(|| done(change)), subject(change));
        match &self.lines {
            Some(_) => self.set(&subject, Standing::Done, &format!("{done}{took}")),
            None => self.ui.note(&format!("{done} {subject}{took}")),
        }
    }

    /// A change failed.
    pub fn fails(&self, change: &Change, failure: &Failure) {
        let subject = subject(change);
        match &self.lines {
            Some(_) => self.set(&subject, Standing::Failed, &failure.to_string()),
            None if failure.kind() == Kind::Interrupted => {
                self.ui.note(&format!("left {subject}: {failure}"));
            }
            None => self.ui.note(&format!("failed {subject}: {failure}")),
        }
    }

    /// Something that the person should know, which stays.
    pub fn note(&self, text: &str) {
        match &self.lines {
            Some((lines, _)) => lines.note(text),
            None => self.ui.note(text),
        }
    }

    fn set(&self, subject: &str, standing: Standing, text: &str) {
        if let Some(line) = self.lines.as_ref().and_then(|(_, lines)| lines.get(subject)) {
            self.told.borrow_mut().insert(subject.to_string());
            line.set(standing, text);
        }
    }
}

impl Drop for Board<'_> {
    fn drop(&mut self) {
        for (subject, line) in self.lines.iter().flat_map(|(_, lines)| lines) {
            if !self.told.borrow().contains(subject) {
                line.set(Standing::Failed, "not begun");
            }
            line.leave();
        }
    }
}

/// Whose line a change belongs to.
fn subject(change: &Change) -> String {
    match change {
        Change::Pull { image } | Change::Build { image, .. } => image.clone(),
        Change::CreateNetwork { name, .. } | Change::RemoveNetwork { name, .. } => format!("network {name}"),
        Change::CreateVolume { name, .. } | Change::RemoveVolume { name } => format!("volume {name}"),
        Change::Create { service, .. }
        | Change::Recreate { service, .. }
        | Change::Start { service, .. }
        | Change::Stop { service, .. }
        | Change::Remove { service, .. }
        | Change::Await { service, .. } => service.clone(),
    }
}

fn doing(change: &Change) -> &'static str {
    match change {
        Change::Pull { .. } => "pulling",
        Change::Build { .. } => "building",
        Change::CreateNetwork { .. } | Change::CreateVolume { .. } | Change::Create { .. } => "creating",
        Change::RemoveNetwork { .. } | Change::RemoveVolume { .. } | Change::Remove { .. } => "removing",
        Change::Recreate { .. } => "recreating",
        Change::Start { .. } => "starting",
        Change::Stop { .. } => "stopping",
        Change::Await { .. } => "waiting",
    }
}

fn done(change: &Change) -> &'static str {
    match change {
        Change::Pull { .. } => "pulled",
        Change::Build { .. } => "built",
        Change::CreateNetwork { .. } | Change::CreateVolume { .. } | Change::Create { .. } => "created",
        Change::RemoveNetwork { .. } | Change::RemoveVolume { .. } | Change::Remove { .. } => "removed",
        Change::Recreate { .. } => "recreated",
        Change::Start { .. } => "started",
        Change::Stop { .. } => "stopped",
        Change::Await { .. } => "ready",
    }
}

/// `3/7 layers, 12 of 80 MB, 20 s left`
fn progress(pulled: &Pulled, since: Duration) -> String {
    let ((there, layers), (come, bytes)) = (pulled.layers, pulled.bytes);
    if layers == 0 {
        return format!("pulling: {}", pulled.text);
    }
    let mut text = format!("pulling: {there}/{layers} layers");
    if bytes > 0 {
        text += &format!(", {} of {} MB", come / 1_000_000, bytes.div_ceil(1_000_000));
    }
    if come > 0 && come < bytes && since > MOMENT {
        let left = since.as_secs_f64() * (bytes - come) as f64 / come as f64;
        text += &format!(", {} s left", left.ceil());
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pull_says_how_far_it_is_and_how_long_it_will_take() {
        let at = |layers, bytes, seconds| {
            let pulled = Pulled { layers, bytes, text: "Downloading".into() };
            progress(&pulled, Duration::from_secs(seconds))
        };
        assert_eq!(at((0, 0), (0, 0), 1), "pulling: Downloading");
        assert_eq!(at((1, 3), (0, 0), 1), "pulling: 1/3 layers");
        assert_eq!(at((1, 3), (20_000_000, 80_000_000), 5), "pulling: 1/3 layers, 20 of 80 MB, 15 s left");
        assert_eq!(at((3, 3), (80_000_000, 80_000_000), 9), "pulling: 3/3 layers, 80 of 80 MB");
    }

    #[test]
    fn a_change_is_told_under_its_service() {
        let start = Change::Start { service: "web".into(), number: 1, name: "home-web-1".into() };
        assert_eq!((done(&start), subject(&start).as_str()), ("started", "web"));
        let wait = Change::Await { service: "db".into(), until: crate::stack::model::Condition::Healthy };
        assert_eq!((doing(&wait), done(&wait), subject(&wait).as_str()), ("waiting", "ready", "db"));
    }
}
