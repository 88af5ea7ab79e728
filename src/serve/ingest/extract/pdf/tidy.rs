//! Cleans up the text of a PDF page: white space, ligatures, and words that
//! were hyphenated at line ends. It does not undo the line breaks themselves,
//! which tables and verse need.

/// The page's text in tidy lines; blank lines never come in twos.
pub fn tidy(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.lines() {
        let mut words = line.split_whitespace().peekable();
        let Some(first) = words.peek() else {
            if !out.is_empty() && !out.ends_with("\n\n") {
                out.push('\n');
            }
            continue;
        };
        if is_continued(&out, first) {
            // Takes the hyphen and the line end.
            out.truncate(out.trim_end_matches('\n').len());
            out.pop();
        }
        for (index, word) in words.enumerate() {
            if index > 0 {
                out.push(' ');
            }
            push_word(&mut out, word);
        }
        out.push('\n');
    }
    out.truncate(out.trim_end().len());
    out
}

/// Whether the last line ends in half a word, of which `next` is the rest.
fn is_continued(out: &str, next: &str) -> bool {
    let Some(line) = out.strip_suffix('\n') else { return false };
    if line.ends_with('\u{ad}') {
        return true;
    }
    let Some(half) = line.strip_suffix(['-', '\u{2010}']) else { return false };
    half.ends_with(char::is_lowercase) && next.starts_with(char::is_lowercase)
}

/// Appends a word with its ligatures taken apart.
fn push_word(out: &mut String, word: &str) {
    if word.is_ascii() {
        out.push_str(word);
        return;
    }
    let last = word.chars().count() - 1;
    for (index, character) in word.chars().enumerate() {
        match character {
            'ﬀ' => out.push_str("ff"),
            'ﬁ' => out.push_str("fi"),
            'ﬂ' => out.push_str("fl"),
            'ﬃ' => out.push_str("ffi"),
            'ﬄ' => out.push_str("ffl"),
            'ﬅ' | 'ﬆ' => out.push_str("st"),
            // A soft hyphen shows only at a line end.
            '\u{ad}' if index < last => {}
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_tidied() {
        let cases = [
            ("  a   b \n c\t\n\n\n\nd \n", "a b\nc\n\nd"),
            ("infor-\nmation is\n", "information is"),
            ("Franco-\nPrussian and 1990-\n1995", "Franco-\nPrussian and 1990-\n1995"),
            ("soft\u{ad}\nware in\u{ad}side", "software inside"),
            ("of\u{fb01}ce \u{fb04}at", "office fflat"),
            ("end-\n\nnext", "end-\n\nnext"),
            ("-\nx", "-\nx"),
        ];
        for (raw, wanted) in cases {
            assert_eq!(tidy(raw), wanted, "{raw:?}");
        }
    }
}
