//! From facts to a report: every check is judged in the order of the catalogue, what cannot be judged because
//! of another check is skipped and says which, and what the operator has waived is waived for as long as they
//! said. Pure: the same facts give the same report.

use std::collections::HashMap;

use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::catalogue::CATEGORIES;
use super::check::{Check, Judgement, not_here, unknown};
use crate::config::Waiver;
use crate::facts::NEEDS_ROOT;
use crate::facts::snapshot::Facts;
use crate::report::{Finding, Report, Verdict};

/// Judges every check.
#[must_use]
pub fn judge(facts: &Facts) -> Report {
    let mut report = Report::new("doctor");
    let mut judged: HashMap<&str, Judgement> = HashMap::new();
    for (category, checks) in CATEGORIES {
        let findings = checks.iter().map(|check| {
            let judgement = one(check, facts, &judged);
            // What is waived still is what it is for the checks that depend on it.
            judged.insert(check.id, judgement.clone());
            waived(finding(check, judgement), facts)
        });
        report.section(*category, findings.collect());
    }
    report
}

/// A skipped check has the reason as its summary here; the title is put before it where it is shown.
fn one(check: &Check, facts: &Facts, judged: &HashMap<&str, Judgement>) -> Judgement {
    for (need, other) in check.needs.iter().filter_map(|need| Some((need, judged.get(need)?))) {
        match other.verdict {
            Verdict::Fail => return not_here(format!("because {need} failed")),
            Verdict::Unknown => return not_here(format!("because {need} is unknown")),
            // The reason is where the chain begins.
            Verdict::Skipped => return not_here(&other.summary),
            Verdict::Pass | Verdict::Waived | Verdict::Warn => {}
        }
    }
    let judgement = match lost(check, facts) {
        Some(why) => unknown(why),
        None => (check.judge)(facts).unwrap_or_else(|early| early),
    };
    if judgement.verdict == Verdict::Unknown { explained(check, judgement) } else { judgement }
}

/// Why the part of the facts that a check is about did not come back, where it did not.
fn lost<'a>(check: &Check, facts: &'a Facts) -> Option<&'a String> {
    let part = match check.id.split('.').next() {
        Some("ports") => "listeners",
        category => category?,
    };
    facts.lost.get(part)
}

/// What it means that something is unknown, where the check itself does not say.
fn explained(check: &Check, judgement: Judgement) -> Judgement {
    let why = &judgement.summary;
    let hint = match &judgement.hint {
        Some(hint) => hint.clone(),
        None if why.contains(NEEDS_ROOT) => format!("run `sudo tars doctor --only {}`", check.id),
        None if why.contains("no answer in") => {
            "what was asked accepted the question and never answered: a mount, a daemon or a server hangs; `--deadline 20s` waits longer".into()
        }
        None => "this says neither good nor bad: it could not be looked at".into(),
    };
    Judgement { summary: format!("{}: {why}", check.title), hint: Some(hint), ..judgement }
}

fn finding(check: &Check, judgement: Judgement) -> Finding {
    let Judgement { verdict, summary, evidence, hint, fixable } = judgement;
    let mut finding = Finding::new(check.id, verdict, &summary);
    if verdict == Verdict::Skipped {
        finding.summary = format!("{}: {summary}", check.title);
        finding.because = Some(summary);
    }
    finding.docs = Some(check.docs());
    if verdict != Verdict::Pass {
        finding.evidence = evidence;
        finding.hint = hint;
    }
    if fixable && matches!(verdict, Verdict::Warn | Verdict::Fail) {
        finding.fix = check.fix.as_ref().map(|fix| fix.what.to_string());
    }
    finding
}

/// The finding under the operator's waiver, where there is one for it.
fn waived(mut finding: Finding, facts: &Facts) -> Finding {
    let today = facts.taken.to_zoned(TimeZone::UTC).date();
    let is_trouble = matches!(finding.verdict, Verdict::Warn | Verdict::Fail | Verdict::Unknown);
    let Some(waiver) = facts.settings.waivers.iter().find(|waiver| waiver.id == finding.id && is_trouble)
    else {
        return finding;
    };
    match until(waiver) {
        Some(until) if until < today => {
            finding.evidence.push(format!("its waiver ended on {until}: {}", waiver.reason));
        }
        Some(until) => {
            finding.verdict = Verdict::Waived;
            finding.summary = format!("waived until {until} ({}): {}", waiver.reason, finding.summary);
            finding.hint = None;
            finding.fix = None;
        }
        // The settings check tells of it.
        None => {}
    }
    finding
}

fn until(waiver: &Waiver) -> Option<Date> {
    waiver.until.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doctor::catalogue::all;

    #[test]
    fn a_part_that_did_not_come_back_passes_nowhere() {
        for (category, checks) in CATEGORIES {
            let part = if *category == "ports" { "listeners" } else { category };
            let lost = [(part.to_string(), "no answer in 2 s".to_string())].into();
            let report = judge(&Facts { lost, ..Facts::default() });
            let of_it = |finding: &&Finding| checks.iter().any(|check| check.id == finding.id);
            for finding in report.findings().filter(of_it) {
                let verdict = finding.verdict;
                assert!(matches!(verdict, Verdict::Unknown | Verdict::Skipped), "{finding:#?}");
            }
            let free = checks.iter().find(|check| check.needs.is_empty()).map(|check| check.id);
            let free = report.findings().find(|finding| Some(finding.id.as_str()) == free);
            assert!(
                free.is_none_or(|finding| finding.summary.ends_with(": no answer in 2 s")),
                "{category}: {free:#?}"
            );
        }
    }

    #[test]
    fn the_reason_is_known_wherever_it_stands() {
        let check = all().next().unwrap();
        for (summary, hint) in [
            ("no answer in 2 s", "`--deadline 20s`"),
            ("`/far` (temporary files): no answer in 2 s", "`--deadline 20s`"),
            ("`/far`: needs root", "run `sudo tars doctor"),
            ("it is not a number", "neither good nor bad"),
        ] {
            let explained = explained(check, unknown(summary));
            assert!(explained.hint.as_ref().is_some_and(|said| said.contains(hint)), "{explained:#?}");
        }
    }
}
