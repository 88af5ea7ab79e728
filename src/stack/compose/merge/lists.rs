//! Values read as lists, and one list after another.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::stack::compose::{Kind, Node};

/// What a mapping says as `KEY=VALUE` entries, in the order of the keys; a text alone is one entry.
pub(super) fn sequence(node: Node) -> Vec<Node> {
    let map = match node.kind {
        Kind::List(entries) => return entries,
        Kind::Str(_) => return vec![node],
        Kind::Map(map) => map,
        _ => return Vec::new(),
    };
    let mut entries: Vec<(String, Node)> = Vec::new();
    for (key, value) in map {
        let values = match value.kind {
            Kind::Null => {
                entries.push((key.name.clone(), Node::new(Kind::Str(key.name), value.place)));
                continue;
            }
            Kind::List(values) => values,
            _ => vec![value],
        };
        for value in values {
            let text = format!("{}={}", key.name, plain_text(&value));
            entries.push((text.clone(), Node::new(Kind::Str(text), value.place)));
        }
    }
    entries.sort_by(|(a, _), (b, _)| a.cmp(b));
    entries.into_iter().map(|(_, node)| node).collect()
}

/// A value as it is written into a `KEY=VALUE` entry.
fn plain_text(node: &Node) -> String {
    match &node.kind {
        Kind::Str(text) => text.clone(),
        Kind::Bool(value) => value.to_string(),
        Kind::Int(value) => value.to_string(),
        Kind::Float(value) => number(*value),
        Kind::Null | Kind::List(_) | Kind::Map(_) => String::new(),
    }
}

/// A number in as few digits as tell it apart, with an exponent where it is very large or very small.
fn number(value: f64) -> String {
    if value.is_nan() {
        return "NaN".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { "+Inf" } else { "-Inf" }.into();
    }
    let scientific = format!("{value:e}");
    let (digits, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..21).contains(&exponent) {
        return value.to_string();
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// One list after the other, without the entries of the later one that are there already.
pub(super) fn appended(mut entries: Vec<Node>, more: Vec<Node>) -> Vec<Node> {
    let mut seen: HashMap<u64, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        seen.entry(fingerprint(entry)).or_default().push(index);
    }
    for entry in more {
        let same = seen.entry(fingerprint(&entry)).or_default();
        if !same.iter().any(|&index| entries[index] == entry) {
            same.push(entries.len());
            entries.push(entry);
        }
    }
    entries
}

/// Leaves one of the entries that two files say in the same way once they are written in one form. Entries that one
/// file repeats stay: that is what it says.
pub fn said_once(node: &mut Node) {
    match &mut node.kind {
        Kind::Map(map) => map.iter_mut().for_each(|(_, value)| said_once(value)),
        Kind::List(entries) => {
            let mut kept: Vec<Node> = Vec::with_capacity(entries.len());
            let mut seen: HashMap<u64, Vec<usize>> = HashMap::new();
            for mut entry in std::mem::take(entries) {
                said_once(&mut entry);
                let same = seen.entry(fingerprint(&entry)).or_default();
                let again =
                    |&index: &usize| kept[index] == entry && kept[index].place.file != entry.place.file;
                if !same.iter().any(again) {
                    same.push(kept.len());
                    kept.push(entry);
                }
            }
            *entries = kept;
        }
        _ => {}
    }
}

/// A number that equal values share, so that long lists are not compared entry by entry.
fn fingerprint(node: &Node) -> u64 {
    let mut hasher = DefaultHasher::new();
    match &node.kind {
        Kind::Null => 0.hash(&mut hasher),
        Kind::Bool(value) => value.hash(&mut hasher),
        Kind::Int(value) => value.hash(&mut hasher),
        Kind::Float(value) => value.to_bits().hash(&mut hasher),
        Kind::Str(text) => text.hash(&mut hasher),
        Kind::List(entries) => entries.iter().for_each(|entry| fingerprint(entry).hash(&mut hasher)),
        Kind::Map(map) => {
            let sum = map.iter().fold(0_u64, |sum, (key, value)| {
                let mut entry = DefaultHasher::new();
                (key, fingerprint(value)).hash(&mut entry);
                sum.wrapping_add(entry.finish())
            });
            sum.hash(&mut hasher);
        }
    }
    hasher.finish()
}
