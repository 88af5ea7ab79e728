//! What the parser dislikes, in words for the person who wrote the file: the line itself often tells more than the
//! parser does, and where a quote or a bracket was opened helps more than where the file ends.

use std::path::Path;
use std::sync::Arc;

use libyaml_safer::Error;

use crate::stack::compose::problem::Problem;

/// An error of the parser as a problem with a hint.
pub fn explain(error: &Error, text: &str, file: &Arc<Path>) -> Problem {
    let at = error.problem_mark().unwrap_or_default();
    let opened = error.context_mark().unwrap_or(at);
    let line = |number: u64| {
        usize::try_from(number).ok().and_then(|number| text.lines().nth(number)).unwrap_or_default()
    };
    let context = error.context().unwrap_or_default();
    let (mark, (message, hint)) = if indented_with_tab(line(at.line)) {
        (at, fixed("a tab is used as indentation", "indent with spaces: YAML does not allow tabs there"))
    } else if context.contains("simple key") {
        (opened, no_colon(line(opened.line)))
    } else {
        match unclosed(context, error.problem()) {
            Some(words) => (opened, words),
            None => (at, words(context, error.problem())),
        }
    };
    Problem::new(&super::place(file, mark), message).hint(hint)
}

fn indented_with_tab(line: &str) -> bool {
    line.chars().take_while(|character| character.is_whitespace()).any(|character| character == '\t')
}

fn fixed(message: &str, hint: &str) -> (String, String) {
    (message.to_owned(), hint.to_owned())
}

/// What was opened and is never closed.
fn unclosed(context: &str, problem: &str) -> Option<(String, String)> {
    let words = if context.contains("quoted scalar") && problem.contains("end of stream") {
        ("a quote is opened but never closed", "close it, or double a single quote inside of it: `''`")
    } else if context.contains("quoted scalar") && problem.contains("document indicator") {
        ("a quote is opened but never closed", "close it; a line `---` ends the document")
    } else if context.contains("flow sequence") {
        (
            "a `[` is not closed, or a comma is missing",
            "separate with `,`, close with `]`, put `${…}` in quotes",
        )
    } else if context.contains("flow mapping") {
        (
            "a `{` is not closed, or a comma is missing",
            "separate with `,`, close with `}`, put `${…}` in quotes",
        )
    } else {
        return None;
    };
    Some(fixed(words.0, words.1))
}

fn words(context: &str, problem: &str) -> (String, String) {
    let says = |part: &str| problem.contains(part) || context.contains(part);
    if says("tab character") {
        fixed("a tab stands where YAML wants spaces", "replace the tab with spaces")
    } else if says("quoted scalar") {
        fixed("an escape in double quotes is not known", "double the backslash, or use single quotes")
    } else if says("cannot start any token") {
        fixed("a value cannot begin with this character", "put the value in quotes")
    } else if says("alias") || says("anchor") {
        fixed("an anchor or an alias has no name", "put a text that begins with `*` or `&` in quotes")
    } else if says("undefined tag handle") {
        fixed("a tag has an unknown prefix", "remove the tag")
    } else if says("block scalar") {
        fixed("a `|` or `>` is followed by something else", "begin its text on the next line")
    } else if says("block sequence entries") {
        fixed("a `-` is not expected here", "begin the list on the line below its key")
    } else if says("mapping values are not allowed") {
        fixed("a `:` is not expected here", "check the indentation; put a value that holds `: ` in quotes")
    } else if says("mapping keys are not allowed") {
        fixed("a `?` is not expected here", "put a value that begins with `? ` in quotes")
    } else if says("expected key") || says("'-' indicator") {
        fixed(
            "this does not continue what is before it",
            "indent the line exactly as its neighbours; a value in quotes ends with its quote",
        )
    } else if says("node content") {
        fixed("a value is missing here", "put a value that begins with `,`, `]` or `}` in quotes")
    } else if says("document start") || says("directive") {
        fixed("a document does not begin as it should", "begin it with `---` on a line of its own")
    } else {
        (format!("this is not YAML: {problem}"), "check quotes, colons and indentation".to_owned())
    }
}

/// A line that should be `key: value`.
fn no_colon(line: &str) -> (String, String) {
    let line = line.trim();
    match line.split_once(':') {
        Some((key, value)) if !value.is_empty() && !value.starts_with(' ') => {
            (format!("a space is missing behind `{key}:`"), format!("write `{key}: {value}`"))
        }
        _ => (
            format!("`{}` is not followed by a colon", shortened(line)),
            "write `key: value`, or indent the line if it belongs to the value above".to_owned(),
        ),
    }
}

fn shortened(text: &str) -> String {
    const MOST: usize = 40;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
