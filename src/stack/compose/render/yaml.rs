//! What is printed, written as YAML in the style of Compose: two spaces for each level, lists indented, quotes only where
//! a text would be read as something else, texts of several lines as blocks. Long lines are not folded.

use std::fmt::Write as _;

use super::print::Printed;
use crate::stack::compose::canonical::values::float_text;

/// A document.
pub(super) fn text(printed: &Printed) -> String {
    let mut out = String::new();
    match printed {
        Printed::Map(entries) if !entries.is_empty() => map(&mut out, entries, 0, false),
        other => {
            scalar(&mut out, other, 0);
            out.push('\n');
        }
    }
    out
}

/// A mapping; its first key may stand behind the dash of a list.
fn map(out: &mut String, entries: &[(String, Printed)], depth: usize, mut inline: bool) {
    for (key, item) in entries {
        if !std::mem::take(&mut inline) {
            indent(out, depth);
        }
        word(out, key, depth, true);
        out.push(':');
        match item {
            Printed::Map(entries) if !entries.is_empty() => {
                out.push('\n');
                map(out, entries, depth + 1, false);
            }
            Printed::List(items) if !items.is_empty() => {
                out.push('\n');
                list(out, items, depth + 1, false);
            }
            other => {
                out.push(' ');
                scalar(out, other, depth);
                out.push('\n');
            }
        }
    }
}

fn list(out: &mut String, items: &[Printed], depth: usize, mut inline: bool) {
    for item in items {
        if !std::mem::take(&mut inline) {
            indent(out, depth);
        }
        out.push_str("- ");
        match item {
            Printed::Map(entries) if !entries.is_empty() => map(out, entries, depth + 1, true),
            Printed::List(items) if !items.is_empty() => list(out, items, depth + 1, true),
            other => {
                scalar(out, other, depth);
                out.push('\n');
            }
        }
    }
}

fn indent(out: &mut String, depth: usize) {
    out.extend(std::iter::repeat_n("  ", depth));
}

fn scalar(out: &mut String, printed: &Printed, depth: usize) {
    match printed {
        Printed::Null => out.push_str("null"),
        Printed::Bool(yes) => _ = write!(out, "{yes}"),
        Printed::Int(number) => _ = write!(out, "{number}"),
        Printed::Float(number) if number.is_nan() => out.push_str(".nan"),
        Printed::Float(number) if number.is_infinite() => {
            out.push_str(if *number > 0.0 { ".inf" } else { "-.inf" });
        }
        Printed::Float(number) => out.push_str(&float_text(*number)),
        Printed::Text(text) => word(out, text, depth, false),
        Printed::List(_) => out.push_str("[]"),
        Printed::Map(_) => out.push_str("{}"),
    }
}

/// A text, quoted as far as it has to be.
fn word(out: &mut String, text: &str, depth: usize, is_key: bool) {
    let strange = text.chars().any(|c| c != '\n' && (c.is_control() || c == '\u{feff}'));
    if text.is_empty() || strange || is_other(text) {
        double(out, text);
    } else if text.contains('\n') {
        let first = text.chars().find(|c| *c != '\n');
        if is_key || first.is_none_or(|c| c == ' ') {
            double(out, text);
        } else {
            block(out, text, depth);
        }
    } else if is_plain(text) {
        out.push_str(text);
    } else {
        _ = write!(out, "'{}'", text.replace('\'', "''"));
    }
}

/// Text of several lines: `|-` without, `|` with one and `|+` with several line breaks at its end.
fn block(out: &mut String, text: &str, depth: usize) {
    let lines = text.strip_suffix('\n');
    out.push_str(match lines {
        None => "|-",
        Some(rest) if rest.ends_with('\n') => "|+",
        Some(_) => "|",
    });
    for line in lines.unwrap_or(text).split('\n') {
        out.push('\n');
        if !line.is_empty() {
            indent(out, depth + 1);
            out.push_str(line);
        }
    }
}

fn double(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\u{feff}' => out.push_str("\\uFEFF"),
            c if c.is_control() => _ = write!(out, "\\x{:02X}", u32::from(c)),
            c => out.push(c),
        }
    }
    out.push('"');
}

/// Without quotes it would be read as something else than a text: nothing, yes or no, a number, a date.
fn is_other(text: &str) -> bool {
    matches!(text, "~" | "null" | "Null" | "NULL" | "true" | "True" | "TRUE" | "false" | "False" | "FALSE")
        || is_number(text)
        || is_date(text)
}

fn is_number(text: &str) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let digits = bare.replace('_', "");
    let based = |prefix: &str, base: u32| {
        digits
            .strip_prefix(prefix)
            .is_some_and(|rest| !rest.is_empty() && rest.chars().all(|c| c.is_digit(base)))
    };
    matches!(bare, ".inf" | ".Inf" | ".INF")
        || matches!(text, ".nan" | ".NaN" | ".NAN")
        || based("0x", 16)
        || based("0o", 8)
        || based("0b", 2)
        || (digits.starts_with(|c: char| c.is_ascii_digit() || c == '.')
            && digits.contains(|c: char| c.is_ascii_digit())
            && digits.parse::<f64>().is_ok())
}

/// `2001-12-14`, with or without a time behind it.
fn is_date(text: &str) -> bool {
    let (date, time) = text.split_at_checked(10).unwrap_or((text, ""));
    let date_like = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    date.len() == 10
        && date_like
        && (time.is_empty() || (time.starts_with(['T', 't', ' ']) && time.contains(':')))
}

/// It may stand without quotes.
fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let first = chars.next().unwrap_or(' ');
    let second = chars.next();
    let starts = match first {
        '-' | '?' | ':' => second.is_some_and(|c| c != ' '),
        ' ' | ',' | '[' | ']' | '{' | '}' | '#' | '&' | '*' | '!' | '|' | '>' | '\'' | '"' | '%' | '@'
        | '`' => false,
        _ => true,
    };
    let old_bool = matches!(text.to_ascii_lowercase().as_str(), "y" | "n" | "yes" | "no" | "on" | "off");
    starts
        && !old_bool
        && !text.ends_with([' ', ':'])
        && !text.contains(": ")
        && !text.contains(" #")
        && !matches!(text, "<<" | "---" | "...")
        && !text.starts_with("--- ")
        && !text.starts_with("... ")
        && !is_sexagesimal(text)
}

/// `1:30` was ninety once.
fn is_sexagesimal(text: &str) -> bool {
    let bare = text.strip_prefix(['+', '-']).unwrap_or(text);
    let mut parts = bare.split(':');
    let digits =
        |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    bare.contains(':')
        && parts.next().is_some_and(digits)
        && parts.all(|part| {
            let part = part.split('.').next().unwrap_or_default();
            part.len() <= 2 && digits(part) && part.parse::<u8>().is_ok_and(|number| number < 60)
        })
}
