//! What a scalar says: nothing, a truth value, a number or a text, by the rules of the Go reader that Docker Compose
//! uses: mostly YAML 1.2, but with the octals and underscores of YAML 1.1. It knows no places.

use super::binary;
use crate::stack::compose::node::Kind;

/// The common start of the tags that YAML itself defines.
const CORE: &str = "tag:yaml.org,2002:";

/// What a scalar says; `tag` is its full tag, and `plain` says that it was written without quotes. The error names
/// what the value is instead of what its tag says.
pub fn resolve(value: String, plain: bool, tag: Option<&str>) -> Result<Kind, String> {
    let Some(tag) = tag else {
        return Ok(if plain { implicit(&value) } else { Kind::Str(value) });
    };
    let wanted = tag.strip_prefix(CORE);
    let found = implicit(&value);
    match (wanted, found) {
        (Some("bool"), found @ Kind::Bool(_))
        | (Some("int"), found @ Kind::Int(_))
        | (Some("float"), found @ Kind::Float(_))
        | (Some("null"), found @ Kind::Null) => Ok(found),
        (Some("float"), Kind::Int(whole)) => Ok(Kind::Float(nearest(whole))),
        (Some("timestamp"), found) => match timestamp(&value) {
            Some(_) => Ok(found),
            None => Err(format!("`{value}` is not a timestamp, as its tag says")),
        },
        (Some(wanted @ ("bool" | "int" | "float" | "null")), _) => {
            Err(format!("`{value}` is not {}, as its tag says", described(wanted)))
        }
        (Some("binary"), _) => match binary::decoded(&value) {
            Some(text) => Ok(Kind::Str(text)),
            None => Err("this is not base64, as its tag says".to_owned()),
        },
        _ => Ok(Kind::Str(value)),
    }
}

/// What a scalar without quotes and without a tag says.
pub fn implicit(value: &str) -> Kind {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => return Kind::Null,
        "true" | "True" | "TRUE" => return Kind::Bool(true),
        "false" | "False" | "FALSE" => return Kind::Bool(false),
        ".nan" | ".NaN" | ".NAN" => return Kind::Float(f64::NAN),
        ".inf" | ".Inf" | ".INF" | "+.inf" | "+.Inf" | "+.INF" => return Kind::Float(f64::INFINITY),
        "-.inf" | "-.Inf" | "-.INF" => return Kind::Float(f64::NEG_INFINITY),
        "-0" | "-0.0" => return Kind::Float(-0.0),
        _ => {}
    }
    match value.as_bytes()[0] {
        b'0'..=b'9' | b'+' | b'-' | b'.' => {}
        _ => return Kind::Str(value.to_owned()),
    }
    if let Some(time) = timestamp(value) {
        return Kind::Str(time);
    }
    let digits = value.replace('_', "");
    let whole = if value.starts_with('.') { None } else { integer(&digits) };
    match whole.map(Kind::Int).or_else(|| float(&digits).map(Kind::Float)) {
        Some(number) => number,
        None => Kind::Str(value.to_owned()),
    }
}

/// A whole number in any of the notations of Go, between those that fit into 64 bits.
fn integer(digits: &str) -> Option<i128> {
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if !digits.starts_with(|first: char| first.is_ascii_hexdigit()) {
        return None;
    }
    let whole = i128::from_str_radix(digits, radix).ok()?;
    let whole = if negative { -whole } else { whole };
    (i128::from(i64::MIN)..=i128::from(u64::MAX)).contains(&whole).then_some(whole)
}

/// A number with a fraction or an exponent, as YAML writes it; one that is too large is none.
fn float(digits: &str) -> Option<f64> {
    let unsigned = digits.strip_prefix(['+', '-']).unwrap_or(digits);
    let only = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent_fits = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !exponent.is_empty() && only(exponent)
    });
    let fits = only(whole) && only(fraction) && !(whole.is_empty() && fraction.is_empty()) && exponent_fits;
    fits.then(|| digits.parse().ok()).flatten().filter(|number: &f64| number.is_finite())
}

/// A date, or a date and a time, in the words that Compose uses for it where a text is expected.
fn timestamp(value: &str) -> Option<String> {
    let bytes = value.as_bytes();
    if !(bytes.len() >= 8 && bytes[..4].iter().all(u8::is_ascii_digit) && bytes[4] == b'-') {
        return None;
    }
    let (date, time) = match value.split_once(['T', 't']) {
        Some((date, time)) => (date, Some((time, true))),
        None => match value.split_once(' ') {
            Some((date, time)) => (date, Some((time, false))),
            None => (value, None),
        },
    };
    let mut parts = date.split('-');
    let (year, month, day) = (parts.next()?, short(parts.next()?)?, short(parts.next()?)?);
    let year_number = year.parse().ok()?;
    if parts.next().is_some() || !(1..=12).contains(&month) || !(1..=days(year_number, month)).contains(&day)
    {
        return None;
    }
    let (clock, zone) = match time {
        Some((time, true)) => zoned(time)?,
        Some((time, false)) => (clock(time)?, "+0000 UTC".to_owned()),
        None => ("00:00:00".to_owned(), "+0000 UTC".to_owned()),
    };
    Some(format!("{year}-{month:02}-{day:02} {clock} {zone}"))
}

/// A time and its offset: `21:59:43.10-05:00`.
fn zoned(time: &str) -> Option<(String, String)> {
    if let Some(time) = time.strip_suffix('Z') {
        return Some((clock(time)?, "+0000 UTC".to_owned()));
    }
    let (time, offset) = time.split_at_checked(time.len().checked_sub(6)?)?;
    let (sign, offset) = offset.split_at_checked(1)?;
    let (hours, minutes) = offset.split_once(':')?;
    if !matches!(sign, "+" | "-") || two(hours)? > 24 || two(minutes)? > 59 {
        return None;
    }
    let name =
        if (hours, minutes) == ("00", "00") { "UTC".to_owned() } else { format!("{sign}{hours}{minutes}") };
    Some((clock(time)?, format!("{sign}{hours}{minutes} {name}")))
}

/// A time of day without the zeros at the end of its fraction.
fn clock(time: &str) -> Option<String> {
    let (whole, fraction) = match time.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (time, None),
    };
    let mut parts = whole.split(':');
    let (hour, minute, second) = (short(parts.next()?)?, short(parts.next()?)?, short(parts.next()?)?);
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let fraction = match fraction {
        Some(digits) if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            return None;
        }
        Some(digits) => digits.get(..digits.len().min(9))?.trim_end_matches('0'),
        None => "",
    };
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hour:02}:{minute:02}:{second:02}{point}{fraction}"))
}

/// A number of one or two digits.
fn short(digits: &str) -> Option<u32> {
    (matches!(digits.len(), 1 | 2) && digits.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| digits.parse().ok())
        .flatten()
}

/// A number of two digits.
fn two(digits: &str) -> Option<u32> {
    if digits.len() == 2 { short(digits) } else { None }
}

/// How many days a month has.
fn days(year: u32, month: u32) -> u32 {
    let leap = year.is_multiple_of(if year.is_multiple_of(100) { 400 } else { 4 });
    match month {
        2 if leap => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

fn described(tag: &str) -> &'static str {
    match tag {
        "bool" => "a boolean",
        "int" => "a whole number",
        "float" => "a number",
        _ => "null",
    }
}

/// The number with a fraction that is nearest to a whole one.
fn nearest(whole: i128) -> f64 {
    whole as f64
}
