//! Single values as they are printed: what a number is as a text, and what a text is as a number. Sizes and durations are
//! in [`super::units`].

use super::wrong;
use crate::stack::compose::{Kind, Node, Result};

/// A value as the text that Go prints for it; nothing for what is no single value.
pub(super) fn text_of(kind: &Kind) -> Option<String> {
    Some(match kind {
        Kind::Str(text) => text.clone(),
        Kind::Bool(yes) => yes.to_string(),
        // What does not fit into 64 bits is read as a float.
        Kind::Int(number) if *number > i128::from(u64::MAX) || *number < i128::from(i64::MIN) => {
            float_text(*number as f64)
        }
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => float_text(*number),
        Kind::Null | Kind::List(_) | Kind::Map(_) => return None,
    })
}

/// A float as Go prints it: the shortest digits that say it, with an exponent where that is below -4 or above 5.
pub(in crate::stack::compose) fn float_text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".into();
    }
    if number.is_infinite() {
        return if number > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let scientific = format!("{number:e}");
    let (digits, exponent) = scientific.split_once('e').expect("invariant: `{:e}` writes an exponent");
    let exponent: i32 = exponent.parse().expect("invariant: `{:e}` writes a whole exponent");
    if (-4..6).contains(&exponent) {
        return number.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// A text; a whole number is one, and so is yes or no where the schema lets it through.
pub(super) fn text(node: Node, key: &str) -> Result<Node> {
    match &node.kind {
        Kind::Str(_) => Ok(node),
        Kind::Int(_) | Kind::Bool(_) => {
            Ok(Node { kind: Kind::Str(text_of(&node.kind).unwrap_or_default()), ..node })
        }
        _ => Err(wrong(&node, key, "a string")),
    }
}

/// A text or a whole number, and nothing else.
pub(super) fn strict(node: Node, key: &str) -> Result<Node> {
    if matches!(node.kind, Kind::Bool(_)) { Err(wrong(&node, key, "a string")) } else { text(node, key) }
}

/// Yes or no.
pub(super) fn flag(node: Node, key: &str) -> Result<Node> {
    let yes = match &node.kind {
        Kind::Bool(yes) => *yes,
        Kind::Str(text) => match text.to_ascii_lowercase().as_str() {
            "1" | "t" | "true" | "y" | "yes" | "on" => true,
            "0" | "f" | "false" | "n" | "no" | "off" => false,
            _ => return Err(wrong(&node, key, "`true` or `false`")),
        },
        _ => return Err(wrong(&node, key, "`true` or `false`")),
    };
    Ok(Node { kind: Kind::Bool(yes), ..node })
}

/// A whole number; the fraction of another one is cut off.
pub(super) fn integer(node: Node, key: &str) -> Result<Node> {
    let number = match &node.kind {
        Kind::Int(number) => *number,
        Kind::Float(number) => *number as i128,
        Kind::Str(text) => text
            .parse()
            .map_err(|_| wrong(&node, key, "a whole number").hint("write digits only, without a unit"))?,
        _ => return Err(wrong(&node, key, "a whole number")),
    };
    Ok(Node { kind: Kind::Int(number), ..node })
}

/// A whole number without a sign that has so many bits.
pub(super) fn short(node: Node, key: &str, bits: u32) -> Result<Node> {
    if matches!(node.kind, Kind::Str(_)) {
        return Err(wrong(&node, key, "a whole number"));
    }
    let node = integer(node, key)?;
    Ok(match node.kind {
        Kind::Int(number) if !(0..1 << bits).contains(&number) => Node { kind: Kind::Int(0), ..node },
        _ => node,
    })
}

/// A number.
pub(super) fn ratio(node: Node, key: &str) -> Result<Node> {
    let number = match &node.kind {
        Kind::Int(number) => *number as f64,
        Kind::Float(number) => *number,
        Kind::Str(text) => {
            text.parse().map_err(|_| wrong(&node, key, "a number").hint("write digits, as in `0.5`"))?
        }
        _ => return Err(wrong(&node, key, "a number")),
    };
    Ok(Node { kind: Kind::Float(number), ..node })
}

/// The mode of a file: a number as it is, a text in octal.
pub(super) fn mode(node: Node, key: &str) -> Result<Node> {
    let mode = match &node.kind {
        Kind::Int(mode) => *mode,
        Kind::Str(text) => i128::from_str_radix(text, 8)
            .map_err(|_| wrong(&node, key, "an octal number").hint("write `0440` or `\"0440\"`"))?,
        _ => return Err(wrong(&node, key, "an octal number")),
    };
    let text = if mode < 0 { format!("0-{:o}", -mode) } else { format!("0{mode:o}") };
    Ok(Node { kind: Kind::Str(text), ..node })
}

/// How many devices: `all` is -1.
pub(super) fn devices(node: Node, key: &str) -> Result<Node> {
    if node.as_str().is_some_and(|text| text.eq_ignore_ascii_case("all")) {
        return Ok(Node { kind: Kind::Int(-1), ..node });
    }
    match node.kind {
        Kind::Int(_) | Kind::Str(_) => {
            integer(node, key).map_err(|problem| problem.hint("write `all` or a whole number"))
        }
        _ => Err(wrong(&node, key, "`all` or a whole number")),
    }
}

/// Texts: a list, or one.
pub(super) fn texts(node: Node, key: &str) -> Result<Node> {
    match node.kind {
        Kind::List(list) => {
            let list = list.into_iter().map(|item| text(item, key)).collect::<Result<_>>()?;
            Ok(Node { kind: Kind::List(list), ..node })
        }
        Kind::Str(_) => Ok(Node { kind: Kind::List(vec![node.clone()]), ..node }),
        _ => Err(wrong(&node, key, "a list of strings")),
    }
}
