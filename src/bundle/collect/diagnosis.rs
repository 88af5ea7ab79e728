//! What the doctor saw and says: `facts.json`, which `tars doctor --from` reads, and its report as text and JSON.
//! Where the names of documents are not to be collected, what a scan told of single documents is left out of both.

use super::files::{write, write_json};
use super::{Collector, Planned, Scope, Sink};
use crate::facts::Fact;
use crate::facts::snapshot::Facts;
use crate::report::{Report, text};

pub(super) const COLLECTOR: Collector =
    Collector { name: "diagnosis", about: "what the doctor saw, and what it says", plan, run };

const FACTS: &str = "facts.json";
const TEXT: &str = "doctor.txt";
const JSON: &str = "doctor.json";

/// What stands where a problem with a document was told.
const LEFT_OUT: &str = "(left out, as it may name a document)";

fn plan(_: &Scope) -> Vec<Planned> {
    [FACTS, TEXT, JSON].map(|path| Planned::new(path, "the doctor")).into()
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let (mut facts, mut report) = (scope.facts.clone(), scope.report.clone());
    if !scope.include_content {
        forget(&mut facts, &mut report);
    }
    write_json(sink, FACTS, &facts)?;
    write(sink, TEXT, &text::render(&report, false))?;
    write_json(sink, JSON, &report)
}

/// Takes out what scans told of single documents.
fn forget(facts: &mut Facts, report: &mut Report) {
    let Fact::Known(contents) = &mut facts.data.contents else { return };
    let mut told = Vec::new();
    for job in contents.running.iter_mut().chain(&mut contents.last) {
        for problem in &mut job.problems {
            told.push(std::mem::replace(problem, LEFT_OUT.into()));
        }
    }
    for finding in report.sections.iter_mut().flat_map(|section| &mut section.findings) {
        for line in finding.evidence.iter_mut().filter(|line| told.contains(line)) {
            *line = LEFT_OUT.into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;
    use crate::facts::data::{Contents, JobFacts};
    use crate::report::{Finding, Verdict};

    #[test]
    fn documents_are_named_only_where_they_may_be() {
        let problem = "cannot read `private/diary.txt`".to_string();
        let mut scope = scope("/nowhere".as_ref());
        let job = JobFacts { problems: vec![problem.clone()], ..JobFacts::default() };
        scope.facts.data.contents = Fact::Known(Contents { last: Some(job), ..Contents::default() });
        let finding =
            Finding { evidence: vec![problem, "kept".into()], ..Finding::new("a.b", Verdict::Warn, "x") };
        scope.report.section("data", vec![finding]);
        let told = |scope: &Scope| {
            let archive = Archive::default();
            run(scope, &archive).unwrap();
            assert_eq!(archive.paths(), [JSON, TEXT, FACTS]);
            let facts: Facts = serde_json::from_slice(&archive.bytes(FACTS)).unwrap();
            assert_eq!(facts.schema, scope.facts.schema);
            assert!(archive.text(JSON).contains("kept"));
            archive.everything()
        };
        assert!(!told(&scope).contains("diary"));
        scope.include_content = true;
        assert!(told(&scope).contains("diary"));
    }
}
