//! What was found, judged and grouped: the one report that preflight, `validate` and `ops status` make,
//! with a verdict for each finding and an outcome for the whole. Rendering is in [`text`] and [`json`];
//! nothing here looks at the machine.

pub mod json;
pub mod junit;
pub mod sarif;
pub mod text;

use serde::{Deserialize, Serialize};

/// The version of the JSON form.
pub const SCHEMA: u32 = 1;

/// The judgement of one finding, worst last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// As it should be.
    Pass,
    /// Not as it should be, and the operator has said that it may be so until a day.
    Waived,
    /// Not judged, because something it depends on failed.
    Skipped,
    /// Could not be looked at.
    Unknown,
    /// Works, but not as well as it could.
    Warn,
    /// Wrong.
    Fail,
}

/// One judged fact.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable dotted id, such as `ports.listen.taken`.
    pub id: String,
    /// The judgement.
    pub verdict: Verdict,
    /// What was found, in one line.
    pub summary: String,
    /// What it was found from, a line each, where that is more than the summary.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub evidence: Vec<String>,
    /// Why it was not judged, where it was skipped.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub because: Option<String>,
    /// What to do next, where there is something to do.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Where the check is explained, as a file and an anchor in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub docs: Option<String>,
    /// What `tars doctor --fix` would do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

impl Finding {
    /// A finding without a hint.
    pub fn new(id: impl Into<String>, verdict: Verdict, summary: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            verdict,
            summary: summary.into(),
            evidence: Vec::new(),
            because: None,
            hint: None,
            docs: None,
            fix: None,
        }
    }

    /// The same finding, telling what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Findings under one heading.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Section {
    /// The heading.
    pub title: String,
    /// What was found, in the order in which it is shown.
    pub findings: Vec<Finding>,
}

/// A whole report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// The version of this form.
    pub schema: u32,
    /// What was examined.
    pub title: String,
    /// Groups of findings.
    pub sections: Vec<Section>,
    /// Things to know that are no judgement, as label and value: where the server listens, what it indexed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub facts: Vec<(String, String)>,
    /// What to type next.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub next: Vec<String>,
    /// What was done about it, and what is left, a line each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
    /// `go` or `no-go`, where the report answers that question.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub decision: Option<Decision>,
}

/// The answer of a report that decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Decision {
    /// Every mandatory check ran and passed.
    Go,
    /// One did not run, or failed.
    NoGo,
}

impl Report {
    /// An empty report.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            schema: SCHEMA,
            title: title.into(),
            sections: Vec::new(),
            facts: Vec::new(),
            next: Vec::new(),
            notes: Vec::new(),
            decision: None,
        }
    }

    /// Adds a section, unless it is empty.
    pub fn section(&mut self, title: impl Into<String>, findings: Vec<Finding>) {
        if !findings.is_empty() {
            self.sections.push(Section { title: title.into(), findings });
        }
    }

    /// All findings.
    pub fn findings(&self) -> impl Iterator<Item = &Finding> {
        self.sections.iter().flat_map(|section| &section.findings)
    }

    /// How many findings have this verdict.
    #[must_use]
    pub fn count(&self, verdict: Verdict) -> usize {
        self.findings().filter(|finding| finding.verdict == verdict).count()
    }

    /// How many findings have each verdict that occurs, best first: `12 passed, 1 failed`.
    #[must_use]
    pub fn counts(&self) -> String {
        let counts: Vec<String> = [
            (Verdict::Pass, "passed"),
            (Verdict::Waived, "waived"),
            (Verdict::Warn, "warned"),
            (Verdict::Fail, "failed"),
            (Verdict::Unknown, "unknown"),
            (Verdict::Skipped, "skipped"),
        ]
        .into_iter()
        .map(|(verdict, word)| (self.count(verdict), word))
        .filter(|(count, _)| *count > 0)
        .map(|(count, word)| format!("{count} {word}"))
        .collect();
        counts.join(", ")
    }

    /// The worst verdict; an empty report is [`Verdict::Unknown`], because nothing was looked at.
    #[must_use]
    pub fn worst(&self) -> Verdict {
        self.findings().map(|finding| finding.verdict).max().unwrap_or(Verdict::Unknown)
    }

    /// GO when something was checked and everything ran and did not fail.
    #[must_use]
    pub fn decide(&self) -> Decision {
        match self.worst() {
            Verdict::Pass | Verdict::Waived | Verdict::Warn
                if self.count(Verdict::Unknown) + self.count(Verdict::Skipped) == 0 =>
            {
                Decision::Go
            }
            _ => Decision::NoGo,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_ran_and_passed_is_go() {
        for (verdicts, decision) in [
            (&[][..], Decision::NoGo),
            (&[Verdict::Pass, Verdict::Warn], Decision::Go),
            (&[Verdict::Pass, Verdict::Skipped], Decision::NoGo),
            (&[Verdict::Warn, Verdict::Unknown], Decision::NoGo),
            (&[Verdict::Pass, Verdict::Fail], Decision::NoGo),
        ] {
            let mut report = Report::new("t");
            report.section("s", verdicts.iter().map(|v| Finding::new("a.b", *v, "x")).collect());
            assert_eq!(report.decide(), decision, "{verdicts:?}");
        }
    }
}
