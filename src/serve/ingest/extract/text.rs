//! Plain text, kept verbatim so that its lines can be cited. Paragraphs are
//! apart by blank lines, pages by form feeds, and a line is taken for a heading
//! only where people have long agreed on one: underlined, numbered (`3.2.
//! Title`) or shouted. Not a guesser of anything finer.

use super::lines::{Line, lines, mark_block, mark_heading};
use super::{Extracted, Mark, MarkKind};

/// Longest line that can be a heading, in bytes.
const HEADING_MAX: usize = 90;

/// Reads plain text.
pub fn read(text: String) -> Extracted {
    let mut marks = Vec::new();
    let mut pages = 1;
    let mut after_blank = true;
    let mut all = lines(&text).peekable();
    while let Some(line) = all.next() {
        let (line, feeds) = skip_form_feeds(line);
        for feed in 0..feeds {
            if pages == 1 {
                marks.insert(0, Mark { at: 0, kind: MarkKind::Page(1) });
            }
            pages += 1;
            let at = line.at + feed + 1 - feeds;
            marks.push(Mark { at, kind: MarkKind::Page(pages) });
        }
        let blank = line.is_blank();
        if !blank && (after_blank || feeds > 0) {
            match heading(line, all.peek().copied()) {
                Some((level, title)) => mark_heading(&mut marks, line.at, level, title),
                None => mark_block(&mut marks, line.at),
            }
        }
        after_blank = blank;
    }
    drop(all);
    Extracted { title: None, text, marks, lines: true, notes: Vec::new() }
}

/// The line after its leading form feeds, and how many there were. A form feed
/// further inside a line is left alone.
fn skip_form_feeds(line: Line<'_>) -> (Line<'_>, usize) {
    let text = line.text.trim_start_matches('\x0c');
    let feeds = line.text.len() - text.len();
    (Line { at: line.at + feeds, text }, feeds)
}

/// The level and title of a heading that follows a blank line.
fn heading(line: Line<'_>, next: Option<Line<'_>>) -> Option<(u8, String)> {
    let title = line.text.trim_end();
    if title.len() > HEADING_MAX || title.starts_with(char::is_whitespace) {
        return None;
    }
    let next = next.map_or("", |next| next.text.trim_end());
    let level = underlined(title, next)
        .or_else(|| if next.is_empty() { numbered(title) } else { None })
        .or_else(|| shouted(title).then_some(1))?;
    Some((level, title.split_ascii_whitespace().collect::<Vec<_>>().join(" ")))
}

/// The level an underline of about the title's length gives it.
fn underlined(title: &str, next: &str) -> Option<u8> {
    let level = match next.bytes().next()? {
        b'=' => 1,
        b'-' | b'~' => 2,
        _ => return None,
    };
    let same = next.bytes().all(|b| b == next.as_bytes()[0]);
    let long_enough = next.len() >= 3 && next.len() + 3 >= title.chars().count();
    (same && long_enough && title.contains(char::is_alphanumeric)).then_some(level)
}

/// The level of a heading such as `3.2.  Title`, `Appendix A.  Title` or `A.1. Title`.
fn numbered(title: &str) -> Option<u8> {
    if title.starts_with("Appendix ") {
        return Some(1);
    }
    let (number, words) = title.split_once(' ')?;
    let mut parts = number.strip_suffix('.').unwrap_or(number).split('.');
    let first = parts.next()?;
    let letter =
        first.len() == 1 && first.starts_with(|c: char| c.is_ascii_uppercase()) && number.contains('.');
    let is_number = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    let mut level = 1;
    for part in parts {
        if !is_number(part) {
            return None;
        }
        level += 1;
    }
    let words = words.trim_start();
    let is_title = words.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit())
        && !words.ends_with(['.', ',', ';', ':', '!', '?']);
    ((is_number(first) || letter) && is_title).then_some(level)
}

/// Whether the line is a few words in capitals, as in manual pages.
fn shouted(title: &str) -> bool {
    let letters = title.chars().filter(|c| c.is_alphabetic()).count();
    letters >= 4
        && letters * 2 > title.chars().count()
        && !title.contains(char::is_lowercase)
        && !title.ends_with(['.', ',', ';', '!', '?'])
        && title.split_ascii_whitespace().count() <= 6
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(text: &str) -> Vec<(u8, String)> {
        let heading = |mark: Mark| match mark.kind {
            MarkKind::Heading { level, title } => Some((level, title)),
            _ => None,
        };
        read(text.to_owned()).marks.into_iter().filter_map(heading).collect()
    }

    #[test]
    fn headings_people_agree_on() {
        let cases = [
            ("1.  Introduction\n\nx", Some((1, "1. Introduction"))),
            ("3.2.  Content Codings\n\nx", Some((2, "3.2. Content Codings"))),
            ("14.3.1 Deep\n", Some((3, "14.3.1 Deep"))),
            ("A.1. Letters\n\nx", Some((2, "A.1. Letters"))),
            ("Appendix B.  More\n\nx", Some((1, "Appendix B. More"))),
            ("Title here\n==========\nx", Some((1, "Title here"))),
            ("Sub\n---\nx", Some((2, "Sub"))),
            ("SEE ALSO\n    x", Some((1, "SEE ALSO"))),
            ("1. buy milk\n\n2. buy eggs\n", None),
            ("1. Buy milk\n2. Buy eggs\n", None),
            ("1. It was late.\n\nx", None),
            ("A house\n\nx", None),
            ("   2.1.  Contents ........ 5\n\n", None),
            ("A long line of text\n---\nx", None),
            ("OK", None),
        ];
        for (text, wanted) in cases {
            let wanted: Vec<_> =
                wanted.into_iter().map(|(level, title): (u8, &str)| (level, title.to_owned())).collect();
            assert_eq!(headings(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn form_feeds_are_pages() {
        let text = "one\n\x0c\ntwo\n\x0c2.  Two\n\nend\n";
        let doc = read(text.to_owned());
        let pages: Vec<(usize, u32)> = doc
            .marks
            .iter()
            .filter_map(|m| if let MarkKind::Page(n) = m.kind { Some((m.at, n)) } else { None })
            .collect();
        assert_eq!(pages, [(0, 1), (5, 2), (11, 3)]);
        assert!(doc.marks.is_sorted_by_key(|m| m.at));
        assert_eq!(headings(text), [(1, "2. Two".to_owned())]);
    }

    #[test]
    fn paragraphs_are_blocks() {
        let doc = read("a\nb\n\n\n  c\n".to_owned());
        assert_eq!(doc.marks.iter().map(|m| m.at).collect::<Vec<_>>(), [0, 8 - 2]);
    }
}
