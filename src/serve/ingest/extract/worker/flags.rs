//! The command line between the server and its workers, written and read in
//! one place so that the two sides cannot disagree. It is not for people.

use super::super::{Format, Limits};
use std::time::Duration;

/// The flags that tell a worker what to do.
pub(super) fn flags(format: Format, limits: &Limits) -> Vec<String> {
    let mut flags = vec!["--format".to_owned(), format.name().to_owned()];
    let numbers = [
        ("--max-text", limits.max_text),
        ("--max-file", limits.max_file),
        ("--memory", limits.memory),
        // A child of no seconds would die before it could say a word.
        ("--cpu", limits.cpu.as_secs().max(1)),
    ];
    flags.extend(numbers.into_iter().flat_map(|(flag, number)| [flag.to_owned(), number.to_string()]));
    flags
}

/// Reads the flags that `extract_in_child` appends to its arguments.
pub fn parse_flags(args: impl IntoIterator<Item = String>) -> Option<(Format, Limits)> {
    let mut args = args.into_iter();
    let mut format = None;
    let mut limits = Limits::default();
    while let Some(flag) = args.next() {
        let value = args.next()?;
        match flag.as_str() {
            "--format" => format = Some(Format::named(&value)?),
            "--max-text" => limits.max_text = value.parse().ok()?,
            "--max-file" => limits.max_file = value.parse().ok()?,
            "--memory" => limits.memory = value.parse().ok()?,
            "--cpu" => limits.cpu = Duration::from_secs(value.parse().ok()?),
            _ => return None,
        }
    }
    Some((format?, limits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_round_trip() {
        let limits =
            Limits { max_text: 1, max_file: 2, memory: 3, cpu: Duration::from_secs(4), ..Limits::default() };
        assert_eq!(parse_flags(flags(Format::Docx, &limits)), Some((Format::Docx, limits.clone())));
        for bad in
            [&["--format", "doc"][..], &["--format"], &["--memory", "1"], &["--format", "pdf", "--x", "1"]]
        {
            assert_eq!(parse_flags(bad.iter().map(ToString::to_string)), None, "{bad:?}");
        }
    }
}
