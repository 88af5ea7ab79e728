//! What chunks promise, over hand-made and random documents.

use super::super::extract::{Extracted, Format, Limits, Mark, MarkKind, extract};
use super::super::tokens::{count, is_combining};
use super::*;
use proptest::prelude::*;
use std::time::{Duration, Instant};

fn markdown(text: &str) -> Vec<Chunk> {
    chunks(&extract(Format::Markdown, text.as_bytes().to_vec(), &Limits::default()).unwrap())
}

/// `n` one-token words in sentences of ten.
fn words(n: usize) -> String {
    (0..n)
        .map(|i| {
            if i % 10 == 9 {
                "End. "
            } else if i % 10 == 0 {
                "The "
            } else {
                "word "
            }
        })
        .collect()
}

fn bare(text: &str) -> String {
    text.chars().filter(|c| !c.is_whitespace()).collect()
}

fn check(doc: &Extracted) -> Vec<Chunk> {
    let chunks = chunks(doc);
    let whole: String = chunks.iter().map(|chunk| chunk.text.as_str()).collect();
    assert_eq!(bare(&whole), bare(&doc.text));
    for chunk in &chunks {
        assert!(!chunk.text.is_empty() && chunk.text.trim() == chunk.text);
        assert!(chunk.tokens <= MOST, "{} tokens", chunk.tokens);
        assert_eq!(chunk.tokens, count(&chunk.text));
        assert!(chunk.heading.chars().count() <= PATH_LIMIT, "{}", chunk.heading);
    }
    chunks
}

const PATH_LIMIT: usize = 200;

#[test]
fn sections_become_chunks_with_paths_and_lines() {
    let text = format!(
        "# Guide\n\n{}\n\n## Backup\n\n{}\n\n### Restoring\n\n{}\n",
        words(100),
        words(100),
        words(300)
    );
    let got = markdown(&text);
    let said: Vec<_> = got.iter().map(|c| (c.heading.as_str(), c.lines.unwrap())).collect();
    assert_eq!(
        said,
        [("Guide", (1, 3)), ("Guide › Backup", (5, 7)), ("Guide › Backup › Restoring", (9, 11))]
    );
    assert!(got[2].text.starts_with("### Restoring"));
}

#[test]
fn small_sections_share_a_chunk_only_under_one_parent() {
    let text = format!("# A\n\n{}\n\n## B\n\nsmall\n\n## C\n\nsmall too\n\n# D\n\nlast\n", words(80));
    let got = markdown(&text);
    let said: Vec<_> = got.iter().map(|c| (c.heading.as_str(), c.lines.unwrap())).collect();
    assert_eq!(said, [("A", (1, 3)), ("A", (5, 11)), ("D", (13, 15))]);
    let got = markdown("## B\n\nsmall\n\n## C\n\nsmall too\n");
    assert_eq!(got.len(), 1);
    assert_eq!(got[0].heading, "B");
}

#[test]
fn cuts_prefer_blocks_and_then_sentences() {
    let got = markdown(&format!("{}\n\n{}\n\n{}", words(110), words(110), words(200)));
    assert_eq!(got.iter().map(|c| c.lines.unwrap()).collect::<Vec<_>>(), [(1, 3), (5, 5)]);
    let got = markdown(&words(1000));
    assert!(got.iter().all(|c| c.text.ends_with("End.")), "{got:?}");
    assert!(got.len() == 4 && got[..3].iter().all(|c| c.tokens >= ENOUGH), "{got:?}");
}

#[test]
fn scraps_join_the_chunk_before() {
    // 341 tokens and a scrap of 22 are too much for one chunk and too little for two.
    let got = markdown(&words(330));
    let sizes: Vec<u32> = got.iter().map(|c| c.tokens).collect();
    assert_eq!(sizes, [209, 154]);
    // But a scrap is left alone where a section ends.
    let got = markdown(&format!("{}\n\n# Next\n\nA scrap.", words(300)));
    assert_eq!(got.iter().map(|c| c.lines.unwrap()).collect::<Vec<_>>(), [(1, 1), (3, 5)]);
}

#[test]
fn a_heading_stays_with_what_it_heads() {
    let text = format!("{}\n\n## H\n\n{}", words(340), words(300));
    let got = markdown(&text);
    assert!(got.iter().all(|c| !c.text.ends_with("## H")), "{got:?}");
}

#[test]
fn pages_are_walls_in_pdfs_and_seams_in_texts() {
    let mark = |at, kind| Mark { at, kind };
    let marks = vec![mark(0, MarkKind::Page(1)), mark(0, MarkKind::Block), mark(4, MarkKind::Page(3))];
    let mut doc =
        Extracted { title: None, text: "one\ntwo\n".to_owned(), marks, lines: false, notes: Vec::new() };
    let pages = |doc: &Extracted| check(doc).iter().map(|c| c.page).collect::<Vec<_>>();
    assert_eq!(pages(&doc), [Some(1), Some(3)]);
    doc.lines = true;
    assert_eq!(pages(&doc), [Some(1)]);
}

#[test]
fn rows_are_cited() {
    let table: String = (1..=100).map(|n| format!("item {n},the value of it\n")).collect();
    let doc = extract(Format::Csv, format!("name,value\n{table}").into_bytes(), &Limits::default()).unwrap();
    let got = check(&doc);
    assert_eq!(got[0].rows.unwrap().0, 2);
    assert_eq!(got.last().unwrap().rows.unwrap().1, 101);
    for pair in got.windows(2) {
        assert_eq!(pair[0].rows.unwrap().1 + 1, pair[1].rows.unwrap().0);
    }
}

#[test]
fn one_endless_line_takes_linear_time() {
    let began = Instant::now();
    for line in [
        "a".repeat(5 << 20),
        "語".repeat(1 << 20),
        "🧑🏽‍🚀".repeat(100_000),
        "1,".repeat(1 << 20),
        "a. ".repeat(1 << 20),
    ] {
        let doc = Extracted { title: None, text: line, marks: Vec::new(), lines: true, notes: Vec::new() };
        let chunks = check(&doc);
        assert!(chunks.iter().all(|c| !c.text.starts_with(is_combining)));
    }
    assert!(began.elapsed() < Duration::from_secs(30));
}

#[test]
fn long_paths_keep_their_ends() {
    let text: String =
        (1..=6).map(|n| format!("{} {n}{}\n\n", "#".repeat(n), " very long heading".repeat(4))).collect();
    let got = markdown(&text);
    let last = &got.last().unwrap().heading;
    assert!(last.starts_with("1 very"), "{last}");
    assert!(last.chars().count() <= PATH_LIMIT);
}

proptest! {
    #[test]
    fn nothing_is_lost_or_doubled(
        parts in prop::collection::vec(("[a-z.!? \n語é🏽\u{200d}0-9]{0,400}", 0u8..6), 0..40),
        lines: bool,
    ) {
        let (mut text, mut marks) = (String::new(), Vec::new());
        for (number, (part, kind)) in (1..).zip(parts) {
            let kind = match kind {
                0 => MarkKind::Page(number),
                1 => MarkKind::Row(number),
                2 | 3 => MarkKind::Block,
                level => MarkKind::Heading { level: level - 3, title: part.chars().take(90).collect() },
            };
            marks.push(Mark { at: text.len(), kind });
            text.push_str(&part);
        }
        check(&Extracted { title: None, text, marks, lines, notes: Vec::new() });
    }
}
