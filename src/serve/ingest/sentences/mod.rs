//! Splits a text into the units an answer can cite: sentences, list items,
//! table rows, headings, and code blocks as wholes. It works on the text alone,
//! line by line, and knows no document; where sentences end within a paragraph
//! is decided in `prose`.

mod prose;

use std::ops::Range;

/// The citable units of `text`: ranges in order that do not overlap, trimmed
/// and never empty, and that together hold everything but white space.
pub fn sentences(text: &str) -> impl Iterator<Item = Range<usize>> {
    let mut units = Units { text, found: Vec::new(), paragraph: None };
    let mut fence: Option<(&str, usize)> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let range = at..at + line.len();
        at = range.end;
        let trimmed = line.trim();
        if let Some((marker, begin)) = fence {
            if trimmed.starts_with(marker) && trimmed.trim_start_matches(&marker[..1]).is_empty() {
                units.push(begin..range.end);
                fence = None;
            }
        } else if trimmed.starts_with("```") || trimmed.starts_with("~~~") {
            units.end_paragraph();
            fence = Some((&trimmed[..3], range.start));
        } else {
            units.line(range, trimmed);
        }
    }
    if let Some((_, begin)) = fence {
        units.push(begin..text.len());
    }
    units.end_paragraph();
    units.found.into_iter()
}

struct Units<'a> {
    text: &'a str,
    found: Vec<Range<usize>>,
    /// The lines that run on so far.
    paragraph: Option<Range<usize>>,
}

impl Units<'_> {
    fn line(&mut self, range: Range<usize>, trimmed: &str) {
        if trimmed.is_empty() {
            self.end_paragraph();
        } else if is_whole(trimmed) {
            self.end_paragraph();
            self.push(range);
        } else if is_item(trimmed) {
            self.end_paragraph();
            self.paragraph = Some(range);
        } else {
            let begin = self.paragraph.take().map_or(range.start, |before| before.start);
            self.paragraph = Some(begin..range.end);
        }
    }

    fn end_paragraph(&mut self) {
        let Some(range) = self.paragraph.take() else { return };
        let mut begin = range.start;
        for end in prose::ends(&self.text[range.clone()]) {
            self.push(begin..range.start + end);
            begin = range.start + end;
        }
        self.push(begin..range.end);
    }

    /// Adds a unit without the white space around it, if anything is left.
    fn push(&mut self, range: Range<usize>) {
        let unit = &self.text[range.clone()];
        let begin = range.start + (unit.len() - unit.trim_start().len());
        let end = begin + unit.trim().len();
        if begin < end {
            self.found.push(begin..end);
        }
    }
}

/// Whether the line is a unit by itself: a heading, a rule or a table row.
fn is_whole(line: &str) -> bool {
    let hashes = line.bytes().take_while(|&b| b == b'#').count();
    let heading = (1..=6).contains(&hashes) && line[hashes..].starts_with(' ');
    heading || line.starts_with('|') || line.contains(" | ") || is_record(line) || is_rule(line)
}

/// Whether the line is `Header: value; Header: value`.
fn is_record(line: &str) -> bool {
    let mut fields = line.split("; ");
    let mut has_header = || fields.next().is_some_and(|field| field.find(": ").is_some_and(|at| at <= 60));
    has_header() && has_header()
}

/// Whether the line is only drawn, such as `-----` or `=====`.
fn is_rule(line: &str) -> bool {
    line.len() >= 3 && line.bytes().all(|b| matches!(b, b'-' | b'=' | b'_' | b'*' | b'~' | b'+' | b'#'))
}

/// Whether the line begins a list item.
fn is_item(line: &str) -> bool {
    let digits = line.bytes().take_while(u8::is_ascii_digit).count();
    let rest = match digits {
        0 => line.strip_prefix(['-', '*', '+', '•', '◦', '▪', '–']),
        1..=3 => line[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    rest.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn units(text: &str) -> Vec<&str> {
        sentences(text).map(|range| &text[range]).collect()
    }

    #[test]
    fn paragraphs_and_lists() {
        assert_eq!(
            units(
                "# A heading. Really\nOne two\nthree. Four!\n\n- item one. More\n  of it.\n- two\n1. three\n\nlast"
            ),
            [
                "# A heading. Really",
                "One two\nthree.",
                "Four!",
                "- item one.",
                "More\n  of it.",
                "- two",
                "1. three",
                "last"
            ]
        );
    }

    #[test]
    fn code_and_tables_are_wholes() {
        assert_eq!(
            units(
                "Run. This:\n```sh\na. B\n\nc\n```\n| x. Y | z |\nName: A. Roof; Paid: yes\nb | c\nend\n~~~\nopen. To the end"
            ),
            [
                "Run.",
                "This:",
                "```sh\na. B\n\nc\n```",
                "| x. Y | z |",
                "Name: A. Roof; Paid: yes",
                "b | c",
                "end",
                "~~~\nopen. To the end",
            ]
        );
    }

    proptest! {
        #[test]
        fn units_are_trimmed_and_miss_nothing(text in "([a-zA-Z0-9é日.!?;:| \n#`~*-]|``` ?|e\\.g\\.|\\. ){0,120}") {
            let mut seen = String::new();
            let mut end = 0;
            for range in sentences(&text) {
                prop_assert!(range.start >= end && range.start < range.end);
                end = range.end;
                let unit = &text[range];
                prop_assert_eq!(unit, unit.trim());
                seen.push_str(unit);
            }
            let bare = |text: &str| text.chars().filter(|c| !c.is_whitespace()).collect::<String>();
            prop_assert_eq!(bare(&seen), bare(&text));
        }
    }
}
