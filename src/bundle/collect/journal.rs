//! The journal of changes that install and repairs made, and the last validations. The copies of files that the
//! journal keeps for undoing are told by their names and sizes only.

use super::files::{Keep, answers, planned, put, write};
use super::page::Page;
use super::{Collector, Planned, Scope, Sink};

pub(super) const COLLECTOR: Collector = Collector {
    name: "journal",
    about: "what install and repairs changed on this machine, and the last validations",
    plan,
    run,
};

const JOURNAL: &str = "journal/journal.jsonl";
const VALIDATIONS: &str = "journal/validations.jsonl";
const COPIES: &str = "journal/copies.txt";

fn plan(scope: &Scope) -> Vec<Planned> {
    let files =
        || vec![(JOURNAL.into(), scope.home.journal()), (VALIDATIONS.into(), scope.home.validations())];
    let mut all = planned("journal/", &scope.home.state, files);
    if !all.is_empty() {
        all.push(Planned::new(COPIES, "the names and sizes of kept copies"));
    }
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    answers(scope, &[&scope.home.state])?;
    put(scope, sink, JOURNAL, &scope.home.journal(), Keep::End)?;
    put(scope, sink, VALIDATIONS, &scope.home.validations(), Keep::End)?;
    let Ok(entries) = std::fs::read_dir(scope.home.journal().with_file_name("journal.d")) else {
        return Ok(());
    };
    let mut rows: Vec<[String; 2]> = entries
        .filter_map(|entry| {
            let entry = entry.ok()?;
            let size = entry.metadata().ok()?.len();
            Some([entry.file_name().to_string_lossy().into_owned(), size.to_string()])
        })
        .collect();
    rows.sort();
    write(sink, COPIES, Page::default().table(["kept copy", "bytes"], &rows).text())
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;

    #[test]
    fn kept_copies_are_named_and_not_shown() {
        let dir = tempfile::tempdir().unwrap();
        let scope = scope(dir.path());
        let copies = scope.home.state.join("journal.d");
        std::fs::create_dir_all(&copies).unwrap();
        std::fs::write(scope.home.journal(), "{\"done\":1}\n").unwrap();
        std::fs::write(scope.home.validations(), "{\"decision\":\"go\"}\n").unwrap();
        std::fs::write(copies.join("1"), "hidden").unwrap();
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        assert_eq!(archive.text(JOURNAL), "{\"done\":1}\n");
        assert_eq!(archive.text(VALIDATIONS), "{\"decision\":\"go\"}\n");
        assert_eq!(archive.text(COPIES), "kept copy  bytes\n1          6\n");
        assert!(!archive.everything().contains("hidden"));
    }
}
