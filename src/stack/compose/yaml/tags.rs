//! A tag with a comma right behind it, `[!tag, value]`: the one thing that the parser has no answer to, not even an
//! error. It must not be asked.

use std::path::Path;
use std::sync::Arc;

use crate::stack::compose::problem::{Problem, Result};

/// Refuses a text in which a tag is followed by a comma.
///
/// Whether a `!` begins a tag or belongs to a text or a comment is for the parser to say: it reads a copy in which
/// these have become a character that belongs to texts and comments as well, but begins nothing.
pub fn check(text: &str, file: &Arc<Path>) -> Result<()> {
    let Some(copy) = without_suspects(text) else { return Ok(()) };
    let mut parser = super::parser(&copy);
    loop {
        match parser.parse() {
            Ok(event) if event.data == libyaml_safer::EventData::StreamEnd => return Ok(()),
            Ok(_) => {}
            Err(error) => {
                let Some(mark) = error.problem_mark() else { return Ok(()) };
                let at = usize::try_from(mark.index).unwrap_or(usize::MAX);
                if text.as_bytes().get(at) != copy.as_bytes().get(at) {
                    return Err(Problem::new(
                        &super::place(file, mark),
                        "a tag stands before a comma, without a value",
                    )
                    .hint("give it a value, or remove it"));
                }
                return Ok(());
            }
        }
    }
}

/// The text with `@` for every `!` in a word that ends with a comma; none where there is no such `!`.
fn without_suspects(text: &str) -> Option<String> {
    let mut copy = String::with_capacity(text.len());
    let mut found = false;
    for line in text.split_inclusive('\n') {
        // What a directive says about tags is no tag, and the comma of `!<tag:yaml.org,2002:str>` ends none.
        let directive = line.starts_with('%');
        let within = line.contains("!<") && !line.contains(">,");
        for word in line.split_inclusive([',', ' ', '\t', '\r', '\n']) {
            let suspect = word.ends_with(',') && word.contains('!') && !(within && word.contains("!<"));
            if suspect && !directive {
                found = true;
                copy.push_str(&word.replace('!', "@"));
            } else {
                copy.push_str(word);
            }
        }
    }
    found.then_some(copy)
}
