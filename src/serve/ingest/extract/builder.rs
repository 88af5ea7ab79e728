//! Builds flowing text out of pieces that arrive one by one: runs of words,
//! breaks between them, and headings that are only known once they end. Used
//! by the readers whose text is not the file's own (HTML, DOCX); it knows no
//! markup.

use super::{Extracted, Mark, MarkKind};
use std::num::NonZeroUsize;

/// Longest heading kept as a title, in bytes; longer ones are not headings
/// but misused markup.
const TITLE_MAX: usize = 300;

/// White space still owed before the next words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gap {
    /// None.
    Nothing,
    /// A space between words.
    Space,
    /// A line end.
    Line,
    /// An empty line.
    Blank,
}

/// Text under construction.
#[derive(Debug)]
pub struct Builder {
    text: String,
    marks: Vec<Mark>,
    gap: Gap,
    /// Whether a block begins at the next words.
    block: bool,
    /// What stands before the next words, such as a bullet.
    prefix: String,
    /// The level of the open heading and one past the index its mark will have.
    heading: Option<(u8, NonZeroUsize)>,
}

impl Builder {
    /// An empty text.
    pub fn new() -> Self {
        Self {
            text: String::new(),
            marks: Vec::new(),
            gap: Gap::Nothing,
            block: true,
            prefix: String::new(),
            heading: None,
        }
    }

    /// Bytes of text so far.
    pub fn len(&self) -> usize {
        self.text.len()
    }

    /// Whether nothing has been written since `mark`, a former [`Builder::len`].
    pub fn unchanged_since(&self, mark: usize) -> bool {
        self.text.len() == mark
    }

    /// Ends the current words. The widest of several breaks in a row counts,
    /// but nothing comes between a bullet and its words.
    pub fn end(&mut self, gap: Gap) {
        if self.prefix.is_empty() {
            self.gap = self.gap.max(gap);
        }
    }

    /// Ends the current words; the next ones begin a block.
    pub fn block(&mut self, gap: Gap) {
        self.end(gap);
        self.block = true;
    }

    /// Begins a block whose first words follow `prefix`. An earlier prefix
    /// that met no words is forgotten.
    pub fn item(&mut self, gap: Gap, prefix: &str) {
        self.prefix.clear();
        self.block(gap);
        self.prefix.push_str(prefix);
    }

    /// Forgets a prefix that met no words.
    pub fn drop_prefix(&mut self) {
        self.prefix.clear();
    }

    /// Begins a heading; the words up to [`Builder::end_heading`] are its title.
    pub fn begin_heading(&mut self, level: u8) {
        self.end_heading();
        self.block(Gap::Blank);
        self.heading = Some((level, NonZeroUsize::MIN.saturating_add(self.marks.len())));
    }

    /// Ends the open heading, if any.
    pub fn end_heading(&mut self) {
        let Some((level, index)) = self.heading.take() else { return };
        self.end(Gap::Blank);
        self.block = true;
        if let Some(mark) = self.marks.get_mut(index.get() - 1) {
            let title = self.text[mark.at..].trim().trim_end_matches('¶').trim_end();
            if !title.is_empty() && title.len() <= TITLE_MAX {
                mark.kind = MarkKind::Heading { level, title: title.replace('\n', " ") };
            }
        }
    }

    /// Appends words, with each run of white space collapsed into one space.
    pub fn words(&mut self, mut words: &str) {
        loop {
            let trimmed = words.trim_ascii_start();
            if trimmed.len() < words.len() {
                self.gap = self.gap.max(Gap::Space);
            }
            if trimmed.is_empty() {
                return;
            }
            let end = run_of_words(trimmed.as_bytes());
            self.settle();
            self.text.push_str(&trimmed[..end]);
            words = &trimmed[end..];
        }
    }

    /// Appends `text` as it is.
    pub fn verbatim(&mut self, text: &str) {
        if !text.is_empty() {
            self.settle();
            self.text.push_str(text);
        }
    }

    /// Writes what is owed before the next words.
    fn settle(&mut self) {
        let gap = std::mem::replace(&mut self.gap, Gap::Nothing);
        if gap > Gap::Nothing {
            self.text.truncate(self.text.trim_ascii_end().len());
            // A block of nothing but white space was just trimmed away.
            for mark in self.marks.iter_mut().rev().take_while(|mark| mark.at > self.text.len()) {
                mark.at = self.text.len();
            }
            if !self.text.is_empty() {
                self.text.push_str(match gap {
                    Gap::Nothing => "",
                    Gap::Space => " ",
                    Gap::Line => "\n",
                    Gap::Blank => "\n\n",
                });
            }
        }
        if std::mem::take(&mut self.block) {
            self.marks.push(Mark { at: self.text.len(), kind: MarkKind::Block });
        }
        self.text.push_str(&self.prefix);
        self.prefix.clear();
    }

    /// The finished document.
    pub fn finish(mut self, title: Option<String>) -> Extracted {
        self.end_heading();
        self.text.truncate(self.text.trim_ascii_end().len());
        let end = self.text.len();
        self.marks.retain(|mark| mark.at < end);
        if end > 0 {
            self.text.push('\n');
        }
        Extracted { title, text: self.text, marks: self.marks, lines: false, notes: Vec::new() }
    }
}

/// How far the text goes on in words with single spaces between them.
fn run_of_words(text: &[u8]) -> usize {
    let mut at = 0;
    while at < text.len() {
        let byte = text[at];
        let lone_space = byte == b' ' && text.get(at + 1).is_some_and(|next| !next.is_ascii_whitespace());
        if byte.is_ascii_whitespace() && !lone_space {
            break;
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_collapses_and_gaps_widen() {
        let mut b = Builder::new();
        b.words("  one  two\n");
        b.words("three");
        b.words("!");
        b.end(Gap::Line);
        b.end(Gap::Blank);
        b.words(" four ");
        assert_eq!(b.finish(None).text, "one two three!\n\nfour\n");
    }

    #[test]
    fn headings_take_the_words_inside_them() {
        let mut b = Builder::new();
        b.words("before");
        b.begin_heading(2);
        b.words("The");
        b.words(" Title¶");
        b.end_heading();
        b.words("after");
        b.begin_heading(3);
        b.end_heading();
        let doc = b.finish(None);
        assert_eq!(doc.text, "before\n\nThe Title¶\n\nafter\n");
        assert_eq!(
            doc.marks[1],
            Mark { at: 8, kind: MarkKind::Heading { level: 2, title: "The Title".to_owned() } }
        );
        assert_eq!(doc.marks.len(), 3);
    }

    #[test]
    fn nothing_comes_between_a_bullet_and_its_words() {
        let mut b = Builder::new();
        b.item(Gap::Line, "- ");
        b.block(Gap::Blank);
        b.words(" one");
        b.item(Gap::Line, "- ");
        b.item(Gap::Line, "- ");
        b.words("two");
        assert_eq!(b.finish(None).text, "- one\n- two\n");
    }

    #[test]
    fn marks_of_blank_blocks_stay_inside_the_text() {
        let mut b = Builder::new();
        b.words("a");
        b.block(Gap::Blank);
        b.verbatim("   \n  ");
        b.block(Gap::Line);
        b.words("b");
        let doc = b.finish(None);
        assert_eq!(doc.text, "a\nb\n");
        assert!(doc.marks.is_sorted_by_key(|m| m.at) && doc.marks.iter().all(|m| m.at < doc.text.len()));
    }
}
