//! What a model is asked, and what is made of its answer: numbered and fenced passages, an instruction to
//! cite them, and a check that every citation in the answer refers to one of them. Documents are data: what
//! they say is never an instruction.

use super::generator::ANSWER_TOKENS;
use crate::config::CONTEXT_TOKENS;
use crate::serve::ingest::tokens;
use crate::serve::retrieve::Found;

const SYSTEM: &str = include_str!("../../../templates/prompts/answer.txt");

/// A prompt in two parts, as chat endpoints take them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    /// The standing instruction.
    pub system: String,
    /// Passages and question.
    pub user: String,
}

/// How many of the passages fit into the context beside question, instruction and answer. Models count
/// differently from the estimate here, so a quarter is left free.
pub fn fitting(question: &str, found: &[Found]) -> usize {
    let budget = (CONTEXT_TOKENS - ANSWER_TOKENS) * 3 / 4;
    let mut used = tokens::count(SYSTEM) + tokens::count(question);
    let fits = |found: &&Found| {
        // The fence around a passage, with its title and place.
        used += tokens::count(&found.passage.text) + 60;
        used <= budget
    };
    found.iter().take_while(fits).count().max(1)
}

/// Puts passages and question into a prompt.
pub fn build(question: &str, found: &[Found]) -> Prompt {
    let mut user = String::new();
    for (n, found) in found.iter().enumerate() {
        let source = &found.passage.source;
        let place = [Some(source.heading.clone()).filter(|h| !h.is_empty()), source.place()];
        let place: Vec<String> = place.into_iter().flatten().collect();
        let place = if place.is_empty() { String::new() } else { format!(" ({})", place.join(", ")) };
        // A passage cannot close its own fence.
        let text = found.passage.text.replace("</source", "< /source");
        user += &format!("<source n=\"{}\" title={:?}>{place}\n{text}\n</source>\n\n", n + 1, source.title);
    }
    user += &format!("Question: {question}");
    Prompt { system: SYSTEM.trim().to_string(), user }
}

/// Gives the citations of an answer the numbers 1, 2, … in order of first use, and drops those that refer to
/// no passage. Brackets in code are no citations, and neither is `a[0]`. Returns the text and, for each new number, the index of its passage.
pub fn renumber(text: &str, passages: usize) -> (String, Vec<usize>) {
    let mut used: Vec<usize> = Vec::new();
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(open) = rest.find('[') {
        let inside = &rest[open + 1..];
        let before = &text[..text.len() - rest.len() + open];
        let in_code = before.matches('`').count() % 2 == 1;
        let follows_word = before.ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let numbers = inside.find(']').and_then(|close| Some((close, numbers(&inside[..close])?)));
        let numbers = numbers.filter(|(_, numbers)| {
            let refers = numbers.iter().all(|n| (1..=passages).contains(n));
            !in_code && (refers || !follows_word)
        });
        let Some((close, numbers)) = numbers else {
            out.push_str(&rest[..=open]);
            rest = inside;
            continue;
        };
        out.push_str(&rest[..open]);
        for n in numbers.into_iter().filter(|n| (1..=passages).contains(n)) {
            let at = used.iter().position(|index| *index == n - 1).unwrap_or_else(|| {
                used.push(n - 1);
                used.len() - 1
            });
            out.push_str(&format!("[{}]", at + 1));
        }
        rest = &inside[close + 1..];
    }
    out.push_str(rest);
    (out.trim().to_string(), used)
}

/// `1` or `1, 3`.
fn numbers(text: &str) -> Option<Vec<usize>> {
    text.split(',').map(|number| number.trim().parse().ok()).collect()
}

/// The lines of an answer that cite passage `n`.
pub fn statements_citing(text: &str, n: usize) -> String {
    let mark = format!("[{n}]");
    text.lines().filter(|line| line.contains(&mark)).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn citations_are_checked_and_renumbered() {
        for (text, expected, used) in [
            ("Stop it [3]. Copy it [1][3].", "Stop it [1]. Copy it [2][1].", vec![2, 0]),
            ("Both [1, 2].", "Both [1][2].", vec![0, 1]),
            ("No such [7] source.", "No such  source.", vec![]),
            ("An array [i] and [x", "An array [i] and [x", vec![]),
            ("Run `echo ${a[1]}` [2].", "Run `echo ${a[1]}` [1].", vec![1]),
            ("The field a[0] is first[1].", "The field a[0] is first[1].", vec![0]),
            ("", "", vec![]),
        ] {
            assert_eq!(renumber(text, 3), (expected.to_string(), used), "{text}");
        }
    }
}
