//! Files of variables: `.env`, `--env-file`, and the `env_file` of a service. The text is read, never executed: what
//! looks like a command stays a text. It follows Docker Compose, which is more liberal than a shell: `KEY: value`,
//! names with dots and dashes, quoted values over several lines.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

use super::interpolate::template::{self, Fault};
use super::node::Place;
use super::problem::{Problem, Result};

mod escape;

/// Variables in the order of the file.
pub type Variables = Vec<(String, Option<String>)>;

/// The variables of a file. A name without a value is looked up, and left out where nothing is found; values see what
/// `lookup` finds first, then what the file says before them.
///
/// # Errors
/// Where a line has no valid name, a quote is not closed, or a variable in a value cannot be used.
pub fn parse(text: &str, file: &Path, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Variables> {
    parse_and_warn(text, file, lookup, &mut |_| {})
}

/// The variables of a file that is read after others, and those that came before. Values see what `lookup` finds first,
/// then what this file and the files before it say; of two files the later one wins.
///
/// # Errors
/// As [`parse`].
pub fn parse_over(
    before: Variables,
    text: &str,
    file: &Path,
    lookup: &dyn Fn(&str) -> Option<String>,
) -> Result<Variables> {
    read(before, text, file, lookup, &mut |_| {})
}

/// The variables of a file, with a warning for each variable in a value that is not set.
///
/// # Errors
/// As [`parse`].
pub fn parse_and_warn(
    text: &str,
    file: &Path,
    lookup: &dyn Fn(&str) -> Option<String>,
    warn: &mut dyn FnMut(Problem),
) -> Result<Variables> {
    read(Variables::new(), text, file, lookup, warn)
}

fn read(
    before: Variables,
    text: &str,
    file: &Path,
    lookup: &dyn Fn(&str) -> Option<String>,
    warn: &mut dyn FnMut(Problem),
) -> Result<Variables> {
    let variables = before.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
    let mut reader = Reader { text, at: 0, file: file.into(), variables, lookup, warn };
    reader.at = text.len() - without_byte_order_mark(text).len();
    while reader.skip_to_statement() {
        reader.statement()?;
    }
    Ok(listed(reader.variables))
}

/// The variables of a file with `format: raw`: one `KEY=value` on each line, the value as it stands.
///
/// # Errors
/// Where a line has no name, or one with white space.
pub fn parse_raw(text: &str, file: &Path, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Variables> {
    let file: Arc<Path> = file.into();
    let mut variables = IndexMap::new();
    for (index, line) in without_byte_order_mark(text).lines().enumerate() {
        let line = line.trim_start();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let place = Place { file: Arc::clone(&file), line: number(index + 1), column: 1 };
        let (name, value) = match line.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (line, lookup(line)),
        };
        if name.is_empty() {
            return Err(Problem::new(&place, "a name is missing before `=`").hint("write `KEY=value`"));
        }
        if name.contains(char::is_whitespace) {
            return Err(Problem::new(&place, format!("the name `{name}` contains white space"))
                .hint("write `KEY=value` without spaces round `=`, and without `export`"));
        }
        if let Some(value) = value {
            variables.insert(name.to_owned(), value);
        }
    }
    Ok(listed(variables))
}

fn listed(variables: IndexMap<String, String>) -> Variables {
    variables.into_iter().map(|(name, value)| (name, Some(value))).collect()
}

fn without_byte_order_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

struct Reader<'a> {
    text: &'a str,
    /// How much of the text is read.
    at: usize,
    file: Arc<Path>,
    /// What the files said so far; a name that comes again keeps its position.
    variables: IndexMap<String, String>,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warn: &'a mut dyn FnMut(Problem),
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    /// Goes behind white space and comments; says whether anything is left.
    fn skip_to_statement(&mut self) -> bool {
        loop {
            let rest = self.rest().trim_start();
            self.at = self.text.len() - rest.len();
            if !rest.starts_with('#') {
                return !rest.is_empty();
            }
            self.at += rest.find('\n').unwrap_or(rest.len());
        }
    }

    /// Reads one variable.
    fn statement(&mut self) -> Result<()> {
        let start = self.at;
        if let Some(behind) = self.rest().strip_prefix("export")
            && behind.starts_with(|next: char| next.is_ascii_whitespace())
        {
            self.at += "export".len();
            self.skip_blanks();
        }
        let rest = self.rest();
        let end = rest.find(['=', ':', '\n']).unwrap_or(rest.len());
        let name = rest[..end].trim_end();
        let first_line = rest.lines().next().unwrap_or_default();
        if let Some(wrong) = name.chars().find(|character| !in_name(*character) && !is_blank(*character)) {
            let message = format!("`{wrong}` is not allowed in the name of a variable, in `{first_line}`");
            return Err(self
                .problem(start, message)
                .hint("a comment stands on a line of its own or behind ` #`"));
        }
        if name.contains(is_blank) {
            return Err(self
                .problem(start, format!("the name `{name}` contains a space"))
                .hint("write `KEY=value`; only `export` may stand before the name"));
        }
        let inherited = !rest[end..].starts_with(['=', ':']);
        self.at += (end + 1).min(rest.len());
        let value = if inherited { (self.lookup)(name) } else { Some(self.value()?) };
        if let Some(value) = value {
            self.variables.insert(name.to_owned(), value);
        }
        Ok(())
    }

    fn value(&mut self) -> Result<String> {
        self.skip_blanks();
        let start = self.at;
        match self.rest().as_bytes().first() {
            Some(b'\'') => self.quoted(b'\''),
            Some(b'"') => {
                let value = self.quoted(b'"')?;
                self.substituted(&escape::carried_out(&value), start)
            }
            _ => {
                let rest = self.rest();
                let line = &rest[..rest.find('\n').unwrap_or(rest.len())];
                self.at += line.len();
                let value = line.split_once(" #").map_or(line, |(value, _)| value);
                self.substituted(value.trim_end(), start)
            }
        }
    }

    /// Reads a value up to its closing quote; a backslash before the quote keeps it open and goes away.
    fn quoted(&mut self, quote: u8) -> Result<String> {
        let start = self.at;
        let rest = &self.rest()[1..];
        let mut value = String::new();
        let mut kept = 0;
        let mut escaped = false;
        for (index, byte) in rest.bytes().enumerate() {
            if escaped {
                escaped = false;
                if byte == quote {
                    value.push_str(&rest[kept..index - 1]);
                    kept = index;
                }
            } else if byte == b'\\' {
                escaped = true;
            } else if byte == quote {
                value.push_str(&rest[kept..index]);
                self.at += index + 2;
                return Ok(value);
            }
        }
        Err(self
            .problem(start, "a quote is opened but never closed")
            .hint("close it; a backslash before a quote keeps it open"))
    }

    /// A value with its variables replaced.
    fn substituted(&mut self, value: &str, start: usize) -> Result<String> {
        let mut unset = Vec::new();
        let (lookup, variables) = (self.lookup, &self.variables);
        let seen = |name: &str| lookup(name).or_else(|| variables.get(name).cloned());
        let replaced = template::substitute(value, &seen, &mut |name| unset.push(name.to_owned()))
            .map_err(|fault| self.fault(&fault, start))?;
        for name in unset {
            let message = format!("the variable `{name}` is not set, an empty text takes its place");
            let problem = self.problem(start, message);
            (self.warn)(problem);
        }
        Ok(replaced)
    }

    fn fault(&self, fault: &Fault, start: usize) -> Problem {
        match fault {
            Fault::Invalid { found, .. } => self
                .problem(start, format!("`{found}` is not a variable"))
                .hint("write `${NAME}`, or put the value in single quotes"),
            Fault::Required { name, reason } if reason.is_empty() => {
                self.problem(start, format!("the required variable `{name}` is not set"))
            }
            Fault::Required { name, reason } => {
                self.problem(start, format!("the required variable `{name}` is not set: {reason}"))
            }
            Fault::Deep => self.problem(start, "the variables nest too deep"),
        }
    }

    fn skip_blanks(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_blank).len();
    }

    /// Something that is wrong at a position of the text.
    fn problem(&self, at: usize, message: impl Into<String>) -> Problem {
        let before = &self.text[..at];
        let line = number(before.matches('\n').count() + 1);
        let column = number(before.rsplit('\n').next().unwrap_or_default().chars().count() + 1);
        Problem::new(&Place { file: Arc::clone(&self.file), line, column }, message)
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// White space that does not end a line.
fn is_blank(character: char) -> bool {
    matches!(character, '\t' | '\u{b}' | '\u{c}' | '\r' | ' ' | '\u{85}' | '\u{a0}')
}

fn in_name(character: char) -> bool {
    character.is_alphanumeric() || "_.-[]".contains(character)
}

#[cfg(test)]
mod tests;
