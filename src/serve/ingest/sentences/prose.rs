//! Where sentences end within a paragraph. Goes by punctuation, what stands
//! before it (abbreviations, initials, numbers) and what follows; no language
//! is assumed beyond a list of English and a few German abbreviations.

/// Abbreviations that a sentence does not end with, in lower case and without
/// the last period.
const ABBREVIATIONS: &[&str] = &[
    "al", "apr", "approx", "art", "aug", "bzw", "ca", "cf", "ch", "co", "corp", "d.h", "dec", "dept", "dr",
    "e.g", "ed", "eds", "eq", "esp", "est", "ext", "feb", "fig", "figs", "fr", "gen", "hr", "i.e", "inc",
    "jan", "jr", "jul", "jun", "lt", "ltd", "mar", "max", "min", "mr", "mrs", "ms", "nov", "nr", "no", "oct",
    "op", "p", "pp", "prof", "ref", "rev", "sec", "sect", "sen", "sep", "sept", "sr", "st", "str", "tel",
    "u.a", "univ", "vgl", "viz", "vol", "vs", "z.b",
];

/// Longest word that is looked up, in bytes; also bounds the looking back.
const ABBREVIATION_MAX: usize = 16;

/// The ends of the sentences in `paragraph`, before the white space that
/// follows each. The end of the paragraph itself is not among them.
pub fn ends(paragraph: &str) -> impl Iterator<Item = usize> {
    paragraph
        .match_indices(['.', '!', '?', '…', '。', '！', '？'])
        .filter_map(|(at, mark)| ends_at(paragraph, at, mark))
}

fn ends_at(text: &str, at: usize, mark: &str) -> Option<usize> {
    let after = &text[at + mark.len()..];
    if matches!(mark, "。" | "！" | "？") {
        let end = text.len() - after.trim_start_matches(is_closing).len();
        return (end < text.len()).then_some(end);
    }
    // Of several marks in a row only the last ends anything; runs this long are leaders.
    if after.starts_with(['.', '!', '?', '…']) {
        return None;
    }
    let rest = after.trim_start_matches(is_closing);
    let end = text.len() - rest.len();
    let next = rest.trim_start();
    if next.is_empty() || next.len() == rest.len() {
        return None;
    }
    let first = next.trim_start_matches(is_opening).chars().next()?;
    // A number may begin a sentence, but not after `no.` or `p.`; those are abbreviations.
    let begins = !first.is_lowercase() || next.starts_with('`');
    let ends = mark != "."
        || !is_abbreviated(&text[..at]) && first.is_alphanumeric() | !first.is_ascii_punctuation();
    (begins && ends).then_some(end)
}

/// Whether the period after `before` belongs to its last word.
fn is_abbreviated(before: &str) -> bool {
    let from = before.floor_char_boundary(before.len().saturating_sub(ABBREVIATION_MAX));
    let tail = &before[from..];
    let word = tail.rsplit(char::is_whitespace).next().unwrap_or(tail);
    let word = word.trim_start_matches(is_opening);
    // `J. Smith`; sentences that end in `Plan B.` or `vitamin C.` are rare enough to lose.
    let initial = word != "I" && word.starts_with(char::is_uppercase) && word.chars().count() == 1;
    // `U.S.` and `a.m.` go on more often than they end a sentence.
    let is_letter = |part: &str| part.chars().all(char::is_alphabetic) && part.chars().count() == 1;
    let dotted = word.contains('.') && word.split('.').all(is_letter);
    initial || dotted || ABBREVIATIONS.contains(&word.to_lowercase().as_str())
}

fn is_closing(c: char) -> bool {
    matches!(c, ')' | ']' | '"' | '\'' | '”' | '’' | '»' | '*' | '_' | '`' | '」' | '』')
}

fn is_opening(c: char) -> bool {
    matches!(c, '(' | '[' | '"' | '\'' | '“' | '‘' | '„' | '«' | '*' | '_' | '`')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn split(text: &str) -> Vec<&str> {
        let mut begin = 0;
        let mut out: Vec<&str> = Vec::new();
        for end in ends(text).chain([text.len()]) {
            out.push(text[begin..end].trim());
            begin = end;
        }
        out
    }

    #[test]
    fn sentences_end() {
        let cases: &[&[&str]] = &[
            &["One.", "Two!", "Three?", "Four"],
            &["He said \"Go.\"", "She went.", "(Twice.)", "Then not."],
            &["It was I.", "The end came."],
            &["Really?!", "Yes…", "No."],
            &["In 1990.", "2000 came."],
            &["日本です。", "はい！", "終"],
            &["Set `x`.", "`y` follows."],
            &["Größe.", "Über alles."],
        ];
        for case in cases {
            assert_eq!(split(&case.join(" ")), *case);
        }
    }

    #[test]
    fn sentences_go_on() {
        for text in [
            "See e.g. Smith et al. Later work, i.e. This.",
            "Dr. Jones and J. R. R. Tolkien met Mr. Bean",
            "It costs 3.50 or v1.2.3 Today",
            "Use example.com or a.b.c now",
            "The U.S. Army at 5 p.m. Monday",
            "See Fig. 3 and No. 5 on p. 12",
            "Wait... what",
            "z.B. Äpfel bzw. Birnen",
            "Yahoo! is lower",
        ] {
            assert_eq!(split(text), [text]);
        }
    }
}
