//! Trees for tests, written as JSON: `{"!reset": x}` and `{"!override": x}` are tagged values.

use super::node::Tag;
use super::{Kind, Map, Node};
use serde_json::Value;

/// The tree that a JSON text says.
pub fn parsed(json: &str) -> Node {
    tree(&serde_json::from_str(json).unwrap_or_else(|error| panic!("{json}: {error}")))
}

fn tree(json: &Value) -> Node {
    Node::made(match json {
        Value::Null => Kind::Null,
        Value::Bool(value) => Kind::Bool(*value),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Kind::Int(number.into()),
            None => Kind::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Kind::Str(text.clone()),
        Value::Array(list) => Kind::List(list.iter().map(tree).collect()),
        Value::Object(map) => {
            for (tag, name) in [(Tag::Reset, "!reset"), (Tag::Override, "!override")] {
                if let Some(value) = map.get(name) {
                    return Node { tag: Some(tag), ..tree(value) };
                }
            }
            let mut out = Map::default();
            for (key, value) in map {
                out.set(key.clone(), tree(value));
            }
            Kind::Map(out)
        }
    })
}
