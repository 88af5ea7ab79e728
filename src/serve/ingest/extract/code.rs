//! Source code and configuration files, verbatim. No language is parsed: an
//! unindented line after a blank one begins a block, which is where people put
//! the seams in nearly every language.

use super::Extracted;
use super::lines::{lines, mark_block};

/// Reads source code.
pub fn read(text: String) -> Extracted {
    let mut marks = Vec::new();
    let mut after_blank = true;
    for line in lines(&text) {
        let blank = line.is_blank();
        if after_blank && !blank && !line.text.starts_with([' ', '\t']) {
            mark_block(&mut marks, line.at);
        }
        after_blank = blank;
    }
    Extracted { title: None, text, marks, lines: true, notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_begin_at_unindented_lines_after_blank_ones() {
        let text = "fn a() {\n    one();\n\n    two();\n}\n\nfn b() {}\nfn c() {}\n";
        let doc = read(text.to_owned());
        let starts: Vec<&str> = doc.marks.iter().map(|m| &text[m.at..m.at + 6]).collect();
        assert_eq!(starts, ["fn a()", "fn b()"]);
        assert_eq!(doc.text, text);
        assert!(doc.lines);
    }
}
