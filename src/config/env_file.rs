//! The `tars.env` layer: `NAME=value` lines, the place of every secret. The grammar is the one of
//! environment files (comments, optional `export`, single or double quotes); nothing in it is ever
//! executed or expanded.

use std::path::Path;

use super::schema::KEYS;
use super::{Fault, Problem, Settings, Source, did_you_mean_variable, position, value};

/// One `NAME=value` line.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry<'a> {
    /// The name, and the byte offset where it starts.
    pub name: (&'a str, usize),
    /// The value without its quotes, and the byte offset where it starts.
    pub value: (&'a str, usize),
}

/// Reads the lines of an environment file; a line that is none of comment, blank or `NAME=value` comes
/// back as an error with its byte offset.
pub fn parse(text: &str) -> impl Iterator<Item = Result<Entry<'_>, (usize, &'static str)>> {
    let mut offset = 0;
    text.split_inclusive('\n').filter_map(move |whole| {
        let start = offset;
        offset += whole.len();
        line(whole, start).transpose()
    })
}

fn line(whole: &str, start: usize) -> Result<Option<Entry<'_>>, (usize, &'static str)> {
    let trimmed = whole.trim();
    if trimmed.is_empty() || trimmed.starts_with('#') {
        return Ok(None);
    }
    let at = |part: &str| start + (part.as_ptr() as usize - whole.as_ptr() as usize);
    let assignment = trimmed.strip_prefix("export ").unwrap_or(trimmed).trim_start();
    let Some((name, raw)) = assignment.split_once('=') else {
        return Err((at(assignment), "expected `NAME=value`"));
    };
    let raw = raw.trim();
    let value = match raw.chars().next() {
        Some(quote @ ('"' | '\'')) => {
            let inner = &raw[1..];
            let Some(end) = inner.find(quote) else { return Err((at(raw), "this quote is never closed")) };
            let rest = inner[end + 1..].trim_start();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err((at(rest), "text after the closing quote"));
            }
            &inner[..end]
        }
        _ => raw.split_once(" #").map_or(raw, |(value, _)| value.trim_end()),
    };
    Ok(Some(Entry { name: (name.trim_end(), at(name)), value: (value, at(value)) }))
}

/// The text with `name` set to `value`: its line is replaced where there is one, every other line stays as
/// it is, and a missing line is added at the end.
#[must_use]
pub fn with(text: &str, name: &str, value: &str) -> String {
    let is_ours = |whole: &str| matches!(line(whole, 0), Ok(Some(entry)) if entry.name.0 == name);
    let assignment = format!("{name}={value}\n");
    let mut found = false;
    let mut out = String::with_capacity(text.len() + assignment.len());
    for whole in text.split_inclusive('\n') {
        if is_ours(whole) {
            // Of duplicates the last one counts; one is enough.
            if !found {
                out += &assignment;
            }
            found = true;
        } else {
            out += whole;
        }
    }
    if !found {
        if !out.is_empty() && !out.ends_with('\n') {
            out.push('\n');
        }
        out += &assignment;
    }
    out
}

/// Puts the values of a `tars.env` in force and collects what is wrong in it.
pub(super) fn layer(path: &Path, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    for entry in parse(text) {
        let entry = match entry {
            Ok(entry) => entry,
            Err((at, message)) => {
                problems.push(Problem::in_file(Fault::Syntax, path, text, at, message));
                continue;
            }
        };
        let (name, name_at) = entry.name;
        let Some(key) = KEYS.iter().find(|key| key.variable() == name) else {
            let meant = did_you_mean_variable(name)
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            // What is not written like a variable may be the rest of a key that was broken over two lines.
            let message =
                match name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_') {
                    true => format!("unknown variable `{name}`{meant}"),
                    false => "what stands before `=` is no variable".into(),
                };
            problems.push(Problem::in_file(Fault::Unknown, path, text, name_at, message));
            continue;
        };
        let (raw, at) = entry.value;
        let (line, column) = position(text, at);
        let source = Source::File { path: path.to_path_buf(), line };
        let place = format!("{}:{line}:{column}", path.display());
        let items = if key.kind.is_list() { value::split_list(raw) } else { vec![raw.to_string()] };
        settings.set(key, items, source, &place, problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar() {
        let text = "# c\n\nA=1\nexport B = \"two words\" # c\nC='x#y'\nD=plain # comment\r\nE=\n";
        let found: Vec<_> = parse(text).map(|entry| entry.map(|e| (e.name.0, e.value.0))).collect();
        assert_eq!(
            found,
            [Ok(("A", "1")), Ok(("B", "two words")), Ok(("C", "x#y")), Ok(("D", "plain")), Ok(("E", ""))]
        );
    }

    #[test]
    fn setting_one_name_touches_nothing_else() {
        let text = "# A=0\nOLD_A=1\nA=2\nB=3";
        assert_eq!(with(text, "A", "9"), "# A=0\nOLD_A=1\nA=9\nB=3");
        assert_eq!(with(text, "C", "9"), "# A=0\nOLD_A=1\nA=2\nB=3\nC=9\n");
        assert_eq!(with("", "A", "9"), "A=9\n");
    }

    #[test]
    fn offsets_point_at_the_fault() {
        let text = "A=1\nnonsense\nB=\"open\n";
        let faults: Vec<_> = parse(text).filter_map(Result::err).collect();
        assert_eq!(faults, [(4, "expected `NAME=value`"), (15, "this quote is never closed")]);
    }
}
