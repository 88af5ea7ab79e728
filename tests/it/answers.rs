//! Questions over real manuals: the answer rests on the right document, and its quotes are the document's own
//! words.

use std::fs;
use std::path::Path;

use tars::wire::{Answer, Mode};

use crate::support::{TestEnv, TestServer, corpus};

/// A question, the end of the path of the document that answers it, and words that the quote must contain.
const QUESTIONS: [(&str, &str, &str); 5] = [
    ("Where do the code names of Debian releases come from?", "ftparchives.en.html", "Toy Story"),
    (
        "May the epoch of a package version be changed without getting consensus?",
        "ch-controlfields.html",
        "consensus on debian-devel",
    ),
    ("How does git bisect find the commit that introduced a bug?", "git-bisect.html", "binary search"),
    ("Which gnuplot command sets the sampling rate of functions?", "gnuplot.pdf", "set samples"),
    (
        "Why is it necessary that maintainer scripts are idempotent?",
        "ch-maintainerscripts.html",
        "idempotent",
    ),
];

#[test]
fn five_questions_over_the_manuals_are_answered_from_the_right_documents() {
    let packages = [
        ("html", "debian-faq"),
        ("html", "debian-policy"),
        ("html", "debian-reference-en"),
        ("html", "developers-reference"),
        ("html", "git-doc"),
        ("pdf", "gnuplot-doc"),
    ];
    let mut directories = Vec::new();
    for (kind, package) in packages {
        let Some(directory) = corpus::package(kind, package) else { return };
        directories.push(directory);
    }
    let env = TestEnv::new();
    let directories: Vec<&Path> = directories.iter().map(AsRef::as_ref).collect();
    let server = TestServer::start(&env, &directories);
    server.first_scan();
    for (question, document, words) in QUESTIONS {
        let answer = server.ask(question);
        assert_eq!(answer.mode, Mode::Extracts, "{question}: {answer:#?}");
        assert_cited(&answer);
        let found = answer.citations.iter().find(|citation| {
            citation.source.path.ends_with(document) && plain(&citation.quote).contains(&plain(words))
        });
        let Some(citation) = found else {
            panic!("{question}: no quote of {document} with {words:?}: {answer:#?}")
        };
        assert_eq!(citation.source.page.is_some(), document.ends_with(".pdf"), "{citation:#?}");
    }
}

#[test]
fn what_no_document_says_is_not_answered() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    fs::write(directory.join("a.md"), "# Boats\n\nThe lighthouse stands on the northern cape.\n").unwrap();
    let server = TestServer::start(&env, &[&directory]);
    server.first_scan();
    let answer = server.ask("Quokka xylophone zeppelin?");
    assert_eq!(answer.mode, Mode::Nothing, "{answer:#?}");
    assert!(answer.citations.is_empty() && !answer.answer.trim().is_empty(), "{answer:#?}");
}

#[test]
fn a_citation_points_at_the_line_and_quotes_it() {
    let env = TestEnv::new();
    let directory = env.directory("documents");
    let filler = "Nothing of interest happened on this quiet day in the harbour.\n\n".repeat(30);
    let text = format!("# Log\n\n{filler}## Storm\n\nThe anchor chain broke at midnight.\n\n{filler}");
    fs::write(directory.join("log.md"), &text).unwrap();
    let server = TestServer::start(&env, &[&directory]);
    server.first_scan();
    let answer = server.ask("When did the anchor chain break?");
    assert_cited(&answer);
    let citation = &answer.citations[0];
    assert!(citation.quote.contains("The anchor chain broke at midnight."), "{citation:#?}");
    assert!(citation.source.heading.starts_with("Log"), "{citation:#?}");
    let (first, last) = citation.source.lines.unwrap();
    let cited: Vec<&str> = text.lines().skip(first as usize - 1).take((last - first) as usize + 1).collect();
    assert!(
        plain(&cited.join("\n")).contains(&plain(&citation.quote)),
        "lines {first} to {last}: {cited:#?}"
    );
}

/// Every mark in the answer has its citation, every citation its mark, and an extract is made of the quotes.
#[track_caller]
fn assert_cited(answer: &Answer) {
    assert!(!answer.citations.is_empty(), "{answer:#?}");
    for (at, citation) in answer.citations.iter().enumerate() {
        assert_eq!(citation.n, at + 1);
        assert!(answer.answer.contains(&format!("[{}]", citation.n)), "{answer:#?}");
        assert!(!citation.quote.trim().is_empty(), "{citation:#?}");
    }
    let beyond = format!("[{}]", answer.citations.len() + 1);
    assert!(!answer.answer.contains(&beyond), "{answer:#?}");
}

/// The words alone: line breaks of a source are no part of what it says.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase()
}
