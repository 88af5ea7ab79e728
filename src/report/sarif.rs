//! The SARIF form of a report (Static Analysis Results Interchange Format 2.1.0, OASIS): a rule for each check,
//! a result for each finding that is not skipped, and a suppression where the operator has waived it.

use serde_json::{Value, json};

use super::{Finding, Report, Verdict};

/// Renders a report as SARIF.
#[must_use]
pub fn render(report: &Report) -> String {
    let rules: Vec<Value> = report.findings().map(rule).collect();
    let results: Vec<Value> =
        report.findings().enumerate().map(|(index, finding)| result(index, finding)).collect();
    super::json::render(&json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": format!("tars {}", report.title),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules,
            } },
            "results": results,
        }],
    }))
}

fn rule(finding: &Finding) -> Value {
    let mut rule = json!({ "id": finding.id });
    if let Some(docs) = &finding.docs {
        rule["help"] = json!({ "text": docs });
    }
    rule
}

fn result(index: usize, finding: &Finding) -> Value {
    // Section 3.27.9: what is not a failure has the level `none`.
    let (kind, level) = match finding.verdict {
        Verdict::Pass => ("pass", "none"),
        Verdict::Skipped => ("notApplicable", "none"),
        Verdict::Unknown => ("open", "none"),
        Verdict::Warn => ("fail", "warning"),
        Verdict::Fail | Verdict::Waived => ("fail", "error"),
    };
    let mut text = vec![finding.summary.clone()];
    text.extend(finding.evidence.iter().cloned());
    text.extend(finding.hint.iter().map(|hint| format!("hint: {hint}")));
    text.extend(finding.fix.iter().map(|fix| format!("fix: {fix}")));
    let mut result = json!({
        "ruleId": finding.id,
        "ruleIndex": index,
        "kind": kind,
        "level": level,
        "message": { "text": text.join("\n") },
        // A finding is about the machine and has no place in a file.
        "locations": [{ "logicalLocations": [{ "fullyQualifiedName": finding.id }] }],
    });
    if finding.verdict == Verdict::Waived {
        result["suppressions"] = json!([{ "kind": "external", "justification": finding.summary }]);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_result_refers_to_its_rule() {
        let mut report = Report::new("doctor");
        report.section(
            "ports",
            vec![Finding::new("a.b", Verdict::Pass, "x"), Finding::new("a.c", Verdict::Waived, "waived: y")],
        );
        let sarif: Value = serde_json::from_str(&render(&report)).unwrap();
        let run = &sarif["runs"][0];
        assert_eq!(run["tool"]["driver"]["rules"][1]["id"], "a.c");
        assert_eq!(run["results"][1]["ruleIndex"], 1);
        assert_eq!(run["results"][0]["kind"], "pass");
        assert_eq!(run["results"][1]["suppressions"][0]["justification"], "waived: y");
    }
}
