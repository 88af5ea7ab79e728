//! Markdown, kept verbatim so that its lines can be cited; only the structure
//! is looked for: front matter, headings, and where blocks begin. Not a
//! renderer: inline markup matters only in so far as titles are rid of it.

use super::lines::{Line, lines, mark_block, mark_heading};
use super::{Extracted, Mark, MarkKind};

/// Reads Markdown.
pub fn read(text: String) -> Extracted {
    let (body, named) = front_matter(&text);
    let mut reader = Reader { marks: Vec::new(), fence: None, before: Before::Blank };
    if body > 0 {
        mark_block(&mut reader.marks, 0);
    }
    for line in lines(&text[body..]) {
        reader.line(Line { at: line.at + body, text: line.text });
    }
    let first = reader.marks.iter().find_map(|mark| match &mark.kind {
        MarkKind::Heading { level: 1, title } => Some(title.clone()),
        _ => None,
    });
    Extracted { title: named.or(first), marks: reader.marks, lines: true, notes: Vec::new(), text }
}

/// What the line before was, as far as it matters to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Before<'a> {
    Blank,
    /// The only line so far of a paragraph, where it begins and what it says;
    /// `===` below would make it a heading.
    FirstLine(usize, &'a str),
    Other,
}

struct Reader<'a> {
    marks: Vec<Mark>,
    /// The marker of the fence that is open, and its length.
    fence: Option<(u8, usize)>,
    before: Before<'a>,
}

impl<'a> Reader<'a> {
    fn line(&mut self, line: Line<'a>) {
        let text = line.text.trim_ascii_start();
        let indent = line.text.len() - text.len();
        if let Some((marker, length)) = self.fence {
            let closes =
                fence(text).is_some_and(|(m, n, info)| m == marker && n >= length && info.trim().is_empty());
            if closes && indent < 4 {
                self.fence = None;
                self.before = Before::Blank;
            }
            return;
        }
        if text.is_empty() {
            self.before = Before::Blank;
            return;
        }
        let previous = std::mem::replace(&mut self.before, Before::Other);
        // Items nest at any depth, so a fence inside one may be indented further than 3.
        if let Some((marker, length, _)) = fence(text) {
            self.fence = Some((marker, length));
            mark_block(&mut self.marks, line.at);
        } else if let (Some((level, title)), true) = (atx(text), indent < 4) {
            mark_heading(&mut self.marks, line.at, level, title);
            self.before = Before::Blank;
        } else if let (Before::FirstLine(at, title), Some(level), true) =
            (previous, underline(text), indent < 4)
        {
            mark_heading(&mut self.marks, at, level, plain(title));
            self.before = Before::Blank;
        } else if is_item(text) || text.starts_with('|') {
            mark_block(&mut self.marks, line.at);
        } else if previous == Before::Blank {
            mark_block(&mut self.marks, line.at);
            if indent < 4 && !text.starts_with('>') {
                self.before = Before::FirstLine(line.at, text);
            }
        }
    }
}

/// The length of the front matter and the title in it.
fn front_matter(text: &str) -> (usize, Option<String>) {
    if !text.starts_with("---\n") {
        return (0, None);
    }
    let mut title = None;
    for line in lines(text).skip(1).take(200) {
        if matches!(line.text.trim_end(), "---" | "...") {
            return ((line.at + line.text.len() + 1).min(text.len()), title);
        }
        if let Some(value) = line.text.strip_prefix("title:") {
            let value = value.trim().trim_matches(['"', '\'']).trim();
            title = (!value.is_empty()).then(|| value.to_owned());
        }
    }
    (0, None)
}

/// The marker, length and info string of a code fence.
fn fence(text: &str) -> Option<(u8, usize, &str)> {
    let marker = *text.as_bytes().first().filter(|b| matches!(b, b'`' | b'~'))?;
    let length = text.bytes().take_while(|&b| b == marker).count();
    let info = &text[length..];
    (length >= 3 && !(marker == b'`' && info.contains('`'))).then_some((marker, length, info))
}

/// The level and title of a `#` heading.
fn atx(text: &str) -> Option<(u8, String)> {
    let level = text.bytes().take_while(|&b| b == b'#').count();
    let rest = &text[level..];
    if !(1..=6).contains(&level) || !(rest.is_empty() || rest.starts_with([' ', '\t'])) {
        return None;
    }
    let title = rest.trim();
    let bare = title.trim_end_matches('#');
    let title = if bare.is_empty() || bare.ends_with([' ', '\t']) { bare } else { title };
    u8::try_from(level).ok().map(|level| (level, plain(title)))
}

/// The level that an underline gives the line above it.
fn underline(text: &str) -> Option<u8> {
    let text = text.trim_end();
    let all = |marker| text.bytes().all(|b| b == marker);
    if all(b'=') { Some(1) } else { (all(b'-') && text.len() > 1).then_some(2) }
}

/// Whether the line begins a list item.
fn is_item(text: &str) -> bool {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let marker = match digits {
        0 => text.strip_prefix(['-', '*', '+']),
        1..=9 => text[digits..].strip_prefix(['.', ')']),
        _ => None,
    };
    marker.is_some_and(|rest| rest.starts_with([' ', '\t']))
}

/// A title without its inline markup: links become their words, and code and
/// strong marks go. Underscores stay, for they are more often part of a name.
fn plain(title: &str) -> String {
    let mut out = String::with_capacity(title.len());
    let mut rest = title;
    while let Some(at) = rest.find(['`', '*', '[', '\\']) {
        out.push_str(&rest[..at]);
        let (marker, after) = rest[at..].split_at(1);
        rest = after;
        if marker == "["
            && let Some((words, target)) = after.split_once("](")
            && let Some((_, after)) = target.split_once(')')
        {
            out.push_str(words.trim_matches(['`', '*']));
            rest = after;
        } else if marker == "[" {
            out.push('[');
        }
    }
    out.push_str(rest);
    out.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headings(text: &str) -> Vec<(usize, u8, String)> {
        let heading = |mark: Mark| match mark.kind {
            MarkKind::Heading { level, title } => Some((mark.at, level, title)),
            _ => None,
        };
        read(text.to_owned()).marks.into_iter().filter_map(heading).collect()
    }

    fn blocks(text: &str) -> Vec<&str> {
        let doc = read(text.to_owned());
        assert!(doc.marks.is_sorted_by_key(|m| m.at));
        doc.marks.iter().map(|m| text[m.at..].lines().next().unwrap()).collect()
    }

    #[test]
    fn headings_of_both_kinds() {
        assert_eq!(
            headings("# One #\n\n### C# and `code` [here](http://x) #tag\nSetext\n===\n\nSub\n---\n#no\n"),
            [
                (0, 1, "One".to_owned()),
                (9, 3, "C# and code here #tag".to_owned()),
                (49, 1, "Setext".to_owned()),
                (61, 2, "Sub".to_owned()),
            ]
        );
    }

    #[test]
    fn no_headings_in_code_or_under_rules_and_lists() {
        assert_eq!(headings("```sh\n# no\n```\n    # no\n~~~\n```\n# no\n~~~\n"), []);
        assert_eq!(headings("- item\n---\n\ntwo\nlines\n---\n\n---\n"), []);
        assert_eq!(headings("a\n\n```\nopen to the end\n# no\n"), []);
    }

    #[test]
    fn blocks_begin_where_they_should() {
        assert_eq!(
            blocks("para\nmore\n\n- a\n- b\n  1. c\n\n| x | y |\n|---|---|\n\n```\ncode\n\nmore\n```\nend\n"),
            ["para", "- a", "- b", "  1. c", "| x | y |", "|---|---|", "```", "end"]
        );
    }

    #[test]
    fn titles() {
        let title = |text: &str| read(text.to_owned()).title;
        assert_eq!(title("intro\n\n# The *Title*\n# Next"), Some("The Title".to_owned()));
        assert_eq!(title("---\ntags: x\ntitle: \"Named\"\n---\n# Other\n"), Some("Named".to_owned()));
        assert_eq!(title("---\nnot front matter\n"), None);
        assert_eq!(headings("---\ntitle: T\n---\n# Other\n"), [(17, 1, "Other".to_owned())]);
    }
}
