//! What holds for a value whatever its shape: that its numbers are numbers, that it is not nested without end, and
//! whether it is the same as another.

use super::walk::{Step, written};
use crate::stack::compose::node::{Kind, Node};
use crate::stack::compose::problem::{Problem, Result};

/// Deeper than this no compose file says anything.
const DEEPEST: usize = 128;

/// Not-a-number and the infinities have no place in what Docker Compose checks, not even under `x-…`.
pub(super) fn finite<'a>(node: &'a Node, path: &mut Vec<Step<'a>>) -> Result<()> {
    if path.len() > DEEPEST {
        let message = format!("`{}` is nested deeper than {DEEPEST} levels", written(&path[..3]));
        return Err(Problem::new(&node.place, message));
    }
    match &node.kind {
        Kind::Float(number) if !number.is_finite() => {
            let message = format!("`{}` is not a finite number", written(path));
            Err(Problem::new(&node.place, message).hint("put it in quotes where a string is meant"))
        }
        Kind::List(items) => items.iter().enumerate().try_for_each(|(index, item)| {
            path.push(Step::Item(index));
            finite(item, path)?;
            path.pop();
            Ok(())
        }),
        Kind::Map(map) => map.iter().try_for_each(|(key, node)| {
            path.push(Step::Key(key));
            finite(node, path)?;
            path.pop();
            Ok(())
        }),
        _ => Ok(()),
    }
}

/// A text that is the same for equal values, and only for them: `1` and `1.0` are equal, the order of keys says nothing.
pub(super) fn fingerprint(node: &Node) -> String {
    match &node.kind {
        Kind::Null => "null".to_owned(),
        Kind::Bool(flag) => flag.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Str(text) => format!("{text:?}"),
        Kind::List(items) => {
            let items: Vec<String> = items.iter().map(fingerprint).collect();
            format!("[{}]", items.join(","))
        }
        Kind::Map(map) => {
            let mut entries: Vec<String> =
                map.iter().map(|(key, node)| format!("{key:?}:{}", fingerprint(node))).collect();
            entries.sort();
            format!("{{{}}}", entries.join(","))
        }
    }
}
