//! Sizes and durations: what people write and what is printed for it.

use super::wrong;
use crate::stack::compose::{Kind, Node, Result};

/// A number of bytes, from a number or a text with a unit. Other numbers than whole ones count as nothing, as in Compose.
/// What was written as a text stays one: a later file is merged into this tree, which then is checked again, and not
/// every size may be a number.
pub(super) fn bytes(node: Node, key: &str) -> Result<Node> {
    let kind = match &node.kind {
        Kind::Int(bytes) => Kind::Int(*bytes),
        Kind::Str(text) => match size(text) {
            Some(bytes) => Kind::Str(bytes.to_string()),
            None => {
                return Err(wrong(&node, key, "a size")
                    .hint("write a whole number of bytes or a number with a unit: `512m`, `1.5gb`"));
            }
        },
        Kind::Float(_) => Kind::Int(0),
        _ => return Err(wrong(&node, key, "a size")),
    };
    Ok(Node { kind, ..node })
}

/// The bytes of a text such as `512m`, `1.5GiB` or `10 kb`: every unit is a power of 1024.
fn size(text: &str) -> Option<i64> {
    let last = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ')?;
    let (number, unit) = text.split_at(last + 1);
    let number = number.strip_suffix(' ').unwrap_or(number);
    if number.starts_with(['i', 'n', 'I', 'N']) {
        return None;
    }
    let number: f64 = number.replace('_', "").parse().ok()?;
    let unit = unit.to_ascii_lowercase();
    let power = match unit.as_bytes() {
        [] | [b'b'] => 0,
        [first] | [first, b'b'] | [first, b'i', b'b'] => {
            1 + b"kmgtp".iter().position(|unit| unit == first)?
        }
        _ => return None,
    };
    let bytes = number * 1024_f64.powi(i32::try_from(power).ok()?);
    // Go turns what does not fit into the lowest number.
    Some(if bytes.abs() >= i64::MAX as f64 { i64::MIN } else { bytes as i64 })
}

/// A duration, as the text that Go prints for it.
pub(super) fn duration(node: Node, key: &str) -> Result<Node> {
    let parsed = match &node.kind {
        Kind::Str(text) => nanoseconds(text),
        Kind::Int(0) => Some(0),
        _ => None,
    };
    match parsed {
        Some(duration) => Ok(Node { kind: Kind::Str(duration_text(duration)), ..node }),
        None => {
            Err(wrong(&node, key, "a duration").hint("write numbers with units: `30s`, `1m30s`, `500ms`"))
        }
    }
}

const UNITS: [(&str, f64); 10] = [
    ("ns", 1.0),
    ("us", 1e3),
    ("µs", 1e3),
    ("μs", 1e3),
    ("ms", 1e6),
    ("s", 1e9),
    ("m", 60e9),
    ("h", 3600e9),
    ("d", 86_400e9),
    ("w", 604_800e9),
];

/// The nanoseconds of a text such as `1m30s`; it may have days and weeks.
pub(in crate::stack::compose) fn nanoseconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let number = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (digits, after) = rest.split_at(number);
        let unit = after.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(after.len());
        let (unit, after) = after.split_at(unit);
        let (_, scale) = UNITS.iter().find(|(name, _)| *name == unit)?;
        total = total.checked_add(scaled(digits, *scale)?)?;
        rest = after;
    }
    Some(if negative { -total } else { total })
}

/// Digits times a unit; the part before the point is exact.
fn scaled(digits: &str, scale: f64) -> Option<i64> {
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if (whole.is_empty() && fraction.is_empty()) || fraction.contains('.') {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let fraction: f64 = if fraction.is_empty() { 0.0 } else { format!("0.{fraction}").parse().ok()? };
    whole.checked_mul(scale as i64)?.checked_add((fraction * scale) as i64)
}

/// Nanoseconds as Go prints them: `1h0m0s`, `1m30s`, `1.5s`, `500ms`.
fn duration_text(nanoseconds: i64) -> String {
    let sign = if nanoseconds < 0 { "-" } else { "" };
    let total = nanoseconds.unsigned_abs();
    let (unit, scale, width) = match total {
        0 => return "0s".into(),
        1..1_000 => ("ns", 1, 0),
        1_000..1_000_000 => ("µs", 1_000, 3),
        1_000_000..1_000_000_000 => ("ms", 1_000_000, 6),
        _ => ("s", 1_000_000_000, 9),
    };
    let fraction = if width == 0 { String::new() } else { format!("{:0width$}", total % scale) };
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    let whole = total / scale;
    if unit != "s" || whole < 60 {
        return format!("{sign}{whole}{point}{fraction}{unit}");
    }
    let (hours, minutes, seconds) = (whole / 3600, whole / 60 % 60, whole % 60);
    let hours = if hours > 0 { format!("{hours}h") } else { String::new() };
    format!("{sign}{hours}{minutes}m{seconds}{point}{fraction}s")
}

/// It is a duration of no length.
pub(in crate::stack::compose) fn is_no_time(text: &str) -> bool {
    text == "0s"
}
