//! What a check is: a name that never changes, what a person can read about it, a pure judgement of the facts,
//! and, where there is one, a repair. A judgement never looks at the machine and never takes "unknown" for
//! "as it should be": [`known`] sees to that.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;

use crate::config::{Config, Settings};
use crate::facts::Fact;
use crate::facts::snapshot::{Asked, Facts};
use crate::failure::{Failure, IoContext, Result};
use crate::host::action::{Action, Content};
use crate::report::Verdict;

/// One check. Everything about it stands in its entry; `docs/checks.md` is made of it.
pub struct Check {
    /// Stable dotted id: the category, then what is checked.
    pub id: &'static str,
    /// What is checked, in a few words.
    pub title: &'static str,
    /// What it means where it does not pass.
    pub meaning: &'static str,
    /// Why it matters.
    pub matters: &'static str,
    /// How it is found out.
    pub measured: &'static str,
    /// When it warns, and when it fails.
    pub rule: &'static str,
    /// How to repair it by hand.
    pub repair: &'static str,
    /// The checks without which this one cannot be judged; they stand before it in the catalogue.
    pub needs: &'static [&'static str],
    /// The judgement.
    pub judge: fn(&Facts) -> Judged,
    /// The repair.
    pub fix: Option<Fix>,
}

impl Check {
    /// Where it is explained.
    #[must_use]
    pub fn docs(&self) -> String {
        format!("docs/checks.md#{}", self.id)
    }
}

/// What a repair does to whoever uses the machine meanwhile.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// Nobody notices.
    Harmless,
    /// A service stops for a moment: it is always asked for.
    Interrupts,
    /// Something is deleted: it is always asked for.
    Deletes,
}

/// A repair.
pub struct Fix {
    /// What it does, as a person would say it: "set its permissions to 0600".
    pub what: &'static str,
    /// What it does to others.
    pub effect: Effect,
    /// The steps, from the facts that were judged. It may read files; it changes nothing.
    pub steps: fn(&Facts, &Repair<'_>) -> Result<Vec<Action>>,
}

/// What the steps of a repair are worked out with.
pub struct Repair<'a> {
    /// The places and addresses.
    pub asked: &'a Asked,
    pending: RefCell<BTreeMap<PathBuf, SecretString>>,
}

impl<'a> Repair<'a> {
    /// A repair of this place.
    #[must_use]
    pub fn new(asked: &'a Asked) -> Self {
        Self { asked, pending: RefCell::default() }
    }

    /// Where something really is, or would be. A link stays one because what it leads to is changed, and a file
    /// with two names is one file to the repairs and to the journal.
    #[must_use]
    pub fn place(&self, path: &Path) -> PathBuf {
        resolved(path, LINKS)
    }

    /// The steps that make a directory and what is missing above it: one for each, so that taking them back leaves
    /// none of them.
    #[must_use]
    pub fn directories(&self, path: &Path, mode: u32) -> Vec<Action> {
        let path = self.place(path);
        let missing = path.ancestors().take_while(|above| !above.as_os_str().is_empty() && !above.exists());
        let mut steps: Vec<Action> =
            missing.map(|path| Action::CreateDirectory { path: path.to_path_buf(), mode }).collect();
        steps.reverse();
        steps
    }

    /// The text of a file as the repairs before this one will have left it; none where it does not exist. It
    /// may be secret.
    pub fn text(&self, path: &Path) -> Result<Option<SecretString>> {
        let path = self.place(path);
        if let Some(text) = self.pending.borrow().get(&path) {
            return Ok(Some(text.clone()));
        }
        match std::fs::read(&path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned().into())),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error).trying(format_args!("read `{}`", path.display())),
        }
    }

    /// Whether the server would start with the settings as the repairs before this one will have left them; none
    /// may be stopped that would not come back.
    pub fn would_start(&self, facts: &Facts) -> Result<()> {
        let home = &self.asked.home;
        let is_pending = |path: PathBuf| self.pending.borrow().contains_key(&self.place(&path));
        if facts.subject.configured || is_pending(home.toml()) || is_pending(home.env()) {
            let text = self.text(&home.env())?;
            if self.config_with(text.as_ref().map(ExposeSecret::expose_secret))?.is_some() {
                return Ok(());
            }
        }
        Err(Failure::config("the settings on disk would not let the server start again")
            .hint("`tars doctor --only 'settings.*'` tells what is wrong with them"))
    }

    /// The configuration that the server would start with if the secrets file had this text; none where it would
    /// refuse it.
    pub fn config_with(&self, env: Option<&str>) -> Result<Option<Config>> {
        let home = &self.asked.home;
        let toml = self.text(&home.toml())?;
        let (settings, problems) =
            Settings::examine(home, toml.as_ref().map(ExposeSecret::expose_secret), env);
        Ok(Config::new(&settings).ok().filter(|_| problems.is_empty()))
    }

    /// Remembers what the steps of one repair write, for the repairs after it.
    pub(super) fn remember(&self, actions: &[Action]) {
        for action in actions {
            if let Action::WriteFile { path, content, .. } = action {
                let text = match content {
                    Content::Text(text) => text.clone(),
                    Content::Secret(secret) => secret.expose_secret().to_string(),
                };
                self.pending.borrow_mut().insert(self.place(path), text.into());
            }
        }
    }
}

/// How many links the kernel follows before it gives up.
const LINKS: u32 = 40;

/// Where a path leads; of one that leads to nothing yet, where it would.
fn resolved(path: &Path, links: u32) -> PathBuf {
    if let Ok(real) = std::fs::canonicalize(path) {
        return real;
    }
    let (Some(above), Some(name)) = (path.parent(), path.file_name()) else { return path.to_path_buf() };
    match std::fs::read_link(path) {
        Ok(target) if links > 0 => resolved(&above.join(target), links - 1),
        _ if above.as_os_str().is_empty() => path.to_path_buf(),
        _ => resolved(above, links).join(name),
    }
}

/// How a check judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// The verdict.
    pub verdict: Verdict,
    /// What was found, in one line.
    pub summary: String,
    /// What it was found from, a line each.
    pub evidence: Vec<String>,
    /// What to do next.
    pub hint: Option<String>,
    /// The check's repair would help here.
    pub fixable: bool,
}

/// A judgement, or the one that ended the judging early.
pub type Judged = std::result::Result<Judgement, Judgement>;

fn judgement(verdict: Verdict, summary: impl Into<String>) -> Judgement {
    Judgement { verdict, summary: summary.into(), evidence: Vec::new(), hint: None, fixable: false }
}

/// As it should be.
pub fn pass(summary: impl Into<String>) -> Judgement {
    judgement(Verdict::Pass, summary)
}

/// Works, but not as well as it could.
pub fn warn(summary: impl Into<String>) -> Judgement {
    judgement(Verdict::Warn, summary)
}

/// Wrong.
pub fn fail(summary: impl Into<String>) -> Judgement {
    judgement(Verdict::Fail, summary)
}

/// Could not be looked at, and why.
pub fn unknown(why: impl Into<String>) -> Judgement {
    judgement(Verdict::Unknown, why)
}

/// There is nothing here that it could be about, and why: "no NVIDIA card".
pub fn not_here(why: impl Into<String>) -> Judgement {
    judgement(Verdict::Skipped, why)
}

/// The value of a fact, or the judgement that it is unknown.
pub fn known<T>(fact: &Fact<T>) -> std::result::Result<&T, Judgement> {
    match fact {
        Fact::Known(value) => Ok(value),
        Fact::Unknown(why) => Err(unknown(why)),
    }
}

impl Judgement {
    /// The same, with one more line of evidence.
    #[must_use]
    pub fn evidence(mut self, line: impl Into<String>) -> Self {
        self.evidence.push(line.into());
        self
    }

    /// The same, with more lines of evidence.
    #[must_use]
    pub fn evidences<T: Into<String>>(mut self, lines: impl IntoIterator<Item = T>) -> Self {
        self.evidence.extend(lines.into_iter().map(Into::into));
        self
    }

    /// The same, telling what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The same, offering the check's repair.
    #[must_use]
    pub fn fixable(mut self) -> Self {
        self.fixable = true;
        self
    }
}

/// The worst of several judgements of the same thing, with the summaries of all that do not pass as evidence;
/// `fine` is said where all pass. Nothing to judge is `none`.
pub fn worst(judgements: impl IntoIterator<Item = Judgement>, fine: &str, none: Judgement) -> Judgement {
    let mut all: Vec<Judgement> = judgements.into_iter().collect();
    // A stable sort: the first of the worst leads.
    all.sort_by_key(|judgement| std::cmp::Reverse(judgement.verdict));
    let Some(first) = all.first() else { return none };
    if first.verdict == Verdict::Pass {
        return pass(if all.len() == 1 { first.summary.clone() } else { fine.to_string() });
    }
    let fixable = all.iter().any(|judgement| judgement.fixable);
    let mut lead = all.remove(0);
    lead.fixable = fixable;
    for other in all.into_iter().filter(|judgement| judgement.verdict > Verdict::Pass) {
        lead.evidence.push(other.summary);
        lead.evidence.extend(other.evidence);
    }
    lead
}

#[cfg(test)]
#[path = "fixes_tests.rs"]
mod fixes_tests;
