//! `manifest.json`: what the archive holds, who collected it, what is missing and why, and how often each rule
//! struck. It is plain data; whatever it says goes through the redactor as everything else does.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::collect::{Outcome, Status};

/// The version of this form.
pub const SCHEMA: u32 = 1;
/// Its name in the archive.
pub const NAME: &str = "manifest.json";

/// The whole manifest.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The version of this form.
    pub schema: u32,
    /// The version of the program that made the archive.
    pub program: String,
    /// A word for the machine, the same in each of its archives.
    pub host: String,
    /// When it was made.
    pub made: Timestamp,
    /// The beginning of the window that logs and events were asked for; none where it is open.
    pub since: Option<Timestamp>,
    /// Names of documents and the like may be in it.
    pub content: bool,
    /// `replaced` or `kept`: names of machines and people, and addresses.
    pub identifiers: String,
    /// The bounds that it was made within.
    pub limits: Limits,
    /// Everything together.
    pub totals: Totals,
    /// Who collected, and how that ended.
    pub collectors: Vec<Collected>,
    /// Every file but this one, by its path.
    pub files: Vec<File>,
}

/// The bounds that an archive was made within.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// The largest size of the archive, in bytes.
    pub archive: u64,
    /// How many bytes of one file were taken before it was cut.
    pub file: u64,
    /// Logs were taken whole.
    pub all_logs: bool,
    /// How long a collector might take, in milliseconds.
    pub deadline_ms: u64,
}

/// Everything together.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// How many files there are.
    pub files: usize,
    /// How long they are together, in bytes.
    pub bytes: u64,
    /// How many of them are not whole.
    pub incomplete: usize,
    /// How many collectors were left behind because they were late.
    pub overruns: usize,
    /// How often each rule struck.
    pub redactions: Vec<Struck>,
}

/// How often one rule struck. It is no key with a value: rules have names such as `github-token`, and what stands
/// behind such a key is a secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Struck {
    /// The rule.
    pub rule: String,
    /// How often.
    pub count: u64,
}

/// How one collector ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// Its name.
    pub collector: String,
    /// How long it took, in milliseconds.
    pub duration_ms: u64,
    /// `complete`, `incomplete` or `late`.
    pub status: String,
    /// Why the rest is missing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
}

/// One file of the archive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    /// Its path below the archive's folder.
    pub path: String,
    /// How long it is, in bytes.
    pub bytes: u64,
    /// SHA-256, in hexadecimal.
    pub sha256: String,
    /// Who collected it.
    pub collector: String,
    /// How long it was written to, in milliseconds.
    pub duration_ms: u64,
    /// `complete` or `incomplete`.
    pub status: String,
    /// Why it is not whole.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// How often each rule struck in it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub redactions: Vec<Struck>,
}

/// Counts by rule as rows.
#[must_use]
pub fn rows(counts: &BTreeMap<String, u64>) -> Vec<Struck> {
    counts.iter().map(|(rule, count)| Struck { rule: rule.clone(), count: *count }).collect()
}

/// What the files come to.
#[must_use]
pub fn totals(files: &[File], collectors: &[Collected]) -> Totals {
    let mut counts = BTreeMap::new();
    for struck in files.iter().flat_map(|file| &file.redactions) {
        *counts.entry(struck.rule.clone()).or_insert(0) += struck.count;
    }
    Totals {
        files: files.len(),
        bytes: files.iter().map(|file| file.bytes).sum(),
        incomplete: files.iter().filter(|file| file.why.is_some()).count(),
        overruns: collectors.iter().filter(|row| row.status == LATE).count(),
        redactions: rows(&counts),
    }
}

/// The status of a collector that was left behind.
const LATE: &str = "late";

/// The status of a file that may not be whole.
#[must_use]
pub fn status(why: Option<&str>) -> String {
    if why.is_some() { "incomplete" } else { "complete" }.into()
}

/// A collector's row.
#[must_use]
pub fn collected(outcome: &Outcome, duration_ms: u64, deadline_ms: u64) -> Collected {
    let (status, why) = match &outcome.status {
        Status::Done => ("complete", None),
        Status::Failed(why) => ("incomplete", Some(why.clone())),
        Status::TimedOut => (LATE, Some(late(deadline_ms))),
    };
    Collected { collector: outcome.collector.into(), duration_ms, status: status.into(), why }
}

/// Why something is missing whose collector was left behind.
#[must_use]
pub fn late(deadline_ms: u64) -> String {
    format!("the collector had not ended after {} s and was left behind", deadline_ms as f64 / 1000.0)
}
