//! Recorded machines: a healthy one, made of the files in `tests/machines/healthy` (one for each part of the
//! facts), and the others, each as what is different there (JSON merge patch, RFC 7386) and the verdicts that
//! follow. Every check must pass on one of them and not pass on another.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::catalogue::all;
use super::judge::judge;
use crate::facts::snapshot::Facts;
use crate::report::{Report, Verdict, json, junit, sarif, text};

/// One file of `tests/machines`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Machine {
    /// What is different there, in one sentence.
    about: String,
    /// The difference to the healthy machine.
    patch: Value,
    /// Verdicts that must follow; others may follow too.
    expect: BTreeMap<String, Verdict>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/machines")
}

fn files(folder: &Path) -> Vec<(String, Value)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_string();
            let text = fs::read_to_string(&path).unwrap();
            (name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        })
        .collect();
    found.sort_by(|one, other| one.0.cmp(&other.0));
    found
}

/// The healthy machine; `machine.json` has what belongs to no part.
fn healthy() -> Value {
    let mut whole = Map::new();
    for (name, part) in files(&folder().join("healthy")) {
        match part {
            Value::Object(fields) if name == "machine" => whole.extend(fields),
            part => drop(whole.insert(name, part)),
        }
    }
    Value::Object(whole)
}

fn machines() -> Vec<(String, Machine)> {
    let read = |(name, value)| {
        let machine = serde_json::from_value(value).unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, machine)
    };
    files(&folder()).into_iter().map(read).collect()
}

/// Puts a patch over a value. A fact is either known or unknown, so the one takes the place of the other.
fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        return value.clone_from(patch);
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let fields = value.as_object_mut().unwrap();
    for (one, other) in [("known", "unknown"), ("unknown", "known")] {
        if patch.contains_key(one) {
            fields.remove(other);
        }
    }
    for (name, patch) in patch {
        // A fact may be known to be nothing; only elsewhere does null take a field away.
        if patch.is_null() && name != "known" {
            fields.remove(name);
        } else {
            merge(fields.entry(name).or_insert(Value::Null), patch);
        }
    }
}

fn facts(name: &str, value: Value) -> Facts {
    // Nothing may be dropped in silence: what is written is what is judged.
    let facts: Facts =
        serde_json::from_value(value.clone()).unwrap_or_else(|error| panic!("{name}: {error}"));
    let kept = serde_json::to_value(&facts).unwrap();
    let mut lost = Vec::new();
    compare(&value, &kept, String::new(), &mut lost);
    assert!(lost.is_empty(), "{name}: no fact has these names: {lost:#?}");
    facts
}

fn compare(given: &Value, kept: &Value, at: String, lost: &mut Vec<String>) {
    match (given, kept) {
        (Value::Object(given), Value::Object(kept)) => {
            for (name, given) in given {
                match kept.get(name) {
                    Some(kept) => compare(given, kept, format!("{at}.{name}"), lost),
                    None if given.is_null() => {}
                    None => lost.push(format!("{at}.{name}")),
                }
            }
        }
        (Value::Array(given), Value::Array(kept)) => {
            for (index, (given, kept)) in given.iter().zip(kept).enumerate() {
                compare(given, kept, format!("{at}[{index}]"), lost);
            }
        }
        _ => {}
    }
}

fn verdict(report: &Report, id: &str) -> Option<Verdict> {
    report.findings().find(|finding| finding.id == id).map(|finding| finding.verdict)
}

fn quiet(mut report: Report) -> Report {
    for section in &mut report.sections {
        section.findings.retain(|finding| finding.verdict != Verdict::Pass);
    }
    report.sections.retain(|section| !section.findings.is_empty());
    report
}

/// Judges every recorded machine, the healthy one first.
fn reports() -> Vec<(String, Report)> {
    let mut reports = vec![("healthy".to_string(), judge(&facts("healthy", healthy())))];
    for (name, machine) in machines() {
        assert!(!machine.about.is_empty(), "{name}");
        let mut value = healthy();
        merge(&mut value, &machine.patch);
        let report = judge(&facts(&name, value));
        for (id, expected) in &machine.expect {
            let found = report.findings().find(|finding| finding.id == *id);
            assert_eq!(verdict(&report, id), Some(*expected), "{name}: {id}: {found:#?}");
        }
        reports.push((name, report));
    }
    reports
}

#[test]
fn the_healthy_machine_is_healthy() {
    let report = judge(&facts("healthy", healthy()));
    let troubled: Vec<_> = report.findings().filter(|finding| finding.verdict != Verdict::Pass).collect();
    assert!(troubled.is_empty(), "{troubled:#?}");
}

#[test]
fn every_check_passes_on_one_machine_and_not_on_another() {
    let mut passed = BTreeSet::new();
    let (mut troubled, mut failed) = (BTreeSet::new(), BTreeSet::new());
    for (_, report) in reports() {
        for finding in report.findings() {
            if finding.verdict == Verdict::Fail {
                failed.insert(finding.id.clone());
            }
            match finding.verdict {
                Verdict::Pass => drop(passed.insert(finding.id.clone())),
                Verdict::Warn | Verdict::Fail => drop(troubled.insert(finding.id.clone())),
                Verdict::Unknown | Verdict::Skipped | Verdict::Waived => {}
            }
        }
    }
    let missing =
        |seen: &BTreeSet<String>| all().map(|c| c.id).filter(|id| !seen.contains(*id)).collect::<Vec<_>>();
    assert_eq!(missing(&passed), Vec::<&str>::new(), "these pass nowhere");
    assert_eq!(missing(&troubled), Vec::<&str>::new(), "these neither warn nor fail anywhere");
    let promises = |rule: &str| {
        rule.split(|c: char| !c.is_alphanumeric())
            .any(|word| ["fail", "fails"].contains(&&*word.to_lowercase()))
    };
    let kept = |id: &str| failed.contains(id);
    let unkept: Vec<_> = all().filter(|c| promises(c.rule) && !kept(c.id)).map(|c| (c.id, c.rule)).collect();
    assert_eq!(unkept, Vec::new(), "these say that they fail, and fail nowhere");
    let untold: Vec<_> = all().filter(|c| kept(c.id) && !promises(c.rule)).map(|c| (c.id, c.rule)).collect();
    assert_eq!(untold, Vec::new(), "these fail, and do not say so");
}

#[test]
fn reports_are_as_they_were() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder().join("reports"));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, report) in reports() {
            let report = if name == "healthy" { report } else { quiet(report) };
            insta::assert_snapshot!(format!("{name}.text"), text::render(&report, false));
            insta::assert_snapshot!(format!("{name}.json"), json::render(&report));
        }
    });
}

/// One report, several forms: whatever one says, the others say.
#[test]
fn every_form_says_the_same() {
    for (name, report) in reports() {
        let as_json: Value = serde_json::from_str(&json::render(&report)).unwrap();
        assert_eq!(serde_json::from_value::<Report>(as_json).unwrap(), report, "{name}");
        let (as_text, as_xml) = (text::render(&report, false), junit::render(&report));
        let as_sarif: Value = serde_json::from_str(&sarif::render(&report)).unwrap();
        let results = as_sarif["runs"][0]["results"].as_array().unwrap();
        assert_eq!(results.len(), report.findings().count());
        for (finding, result) in report.findings().zip(results) {
            let message = result["message"]["text"].as_str().unwrap();
            let said = [Some(&finding.summary), finding.hint.as_ref(), finding.fix.as_ref()];
            for part in said.into_iter().flatten().chain(&finding.evidence) {
                assert!(message.contains(part.as_str()), "{name}: SARIF lacks `{part}`");
            }
            // In the text, checks that were skipped for one reason are named in one line.
            let shown = if finding.because.is_some() {
                [Some(&finding.id), finding.because.as_ref(), None]
            } else {
                said
            };
            for part in shown.into_iter().flatten().chain(&finding.evidence) {
                assert!(as_text.contains(part.as_str()), "{name}: the text lacks `{part}`");
            }
            assert_eq!(result["ruleId"], finding.id.as_str());
            assert!(
                as_xml.contains(&format!("name=\"{}\"", finding.id)),
                "{name}: JUnit lacks {}",
                finding.id
            );
        }
        assert_eq!(
            as_text.lines().filter(|line| line.starts_with("  FAIL")).count(),
            report.count(Verdict::Fail)
        );
    }
}

/// Something that no machine would say, to stand in the place of what one said.
fn absurd() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        prop_oneof![Just(0), Just(u64::MAX), Just(1), any::<u64>()].prop_map(Value::from),
        prop_oneof![Just(i64::MIN), any::<i64>()].prop_map(Value::from),
        prop_oneof![Just(f64::MAX), Just(-0.0), any::<f64>()].prop_map(Value::from),
        "\\PC{0,40}|[/:.%\u{0}\u{fffd}-]{0,9}".prop_map(Value::from),
        Just(Value::Array(Vec::new())),
        Just(serde_json::json!({ "unknown": "needs root" })),
    ]
}

/// Puts `with` in the place of the leaf of this number.
fn replace(value: &mut Value, leaf: &mut usize, with: &Value) {
    let inner: Vec<&mut Value> = match value {
        Value::Object(fields) => fields.values_mut().collect(),
        Value::Array(items) => items.iter_mut().collect(),
        leaf_value => {
            if *leaf == 0 {
                leaf_value.clone_from(with);
            }
            *leaf = leaf.wrapping_sub(1);
            return;
        }
    };
    for value in inner {
        replace(value, leaf, with);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    /// Whatever a machine says, judging and rendering it does not panic.
    #[test]
    fn nothing_a_machine_says_is_too_absurd(changes in prop::collection::vec((0_usize..4000, absurd()), 1..6)) {
        let mut value = healthy();
        for (leaf, with) in changes {
            let mut changed = value.clone();
            replace(&mut changed, &mut { leaf }, &with);
            // What is not a value of its type is no fact at all: then the one before stays.
            if serde_json::from_value::<Facts>(changed.clone()).is_ok() {
                value = changed;
            }
        }
        let report = judge(&serde_json::from_value(value).unwrap());
        prop_assert!(!text::render(&report, true).is_empty());
        prop_assert!(!junit::render(&report).is_empty() && !sarif::render(&report).is_empty());
    }
}
