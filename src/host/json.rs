//! Setting one value in the text of a JSON file, and leaving everything else as its owner wrote it: order,
//! indentation, blank lines. It works on text that is known to be valid JSON and refuses any other.

use std::ops::Range;

use serde_json::Value;

use crate::failure::{Failure, Result};

/// The text with `value` at `path`, the objects on the way made where they are missing. An empty text is one
/// without any value.
pub fn set(text: &str, path: &[&str], value: &Value) -> Result<String> {
    if text.trim().is_empty() {
        return set("{\n}\n", path, value);
    }
    let whole: Value = serde_json::from_str(text).map_err(|error| {
        Failure::environment("the file is not valid JSON").because(&error).hint("put it right by hand first")
    })?;
    if !whole.is_object() {
        return Err(
            Failure::environment("the file is JSON, but not an object").hint("put it right by hand first")
        );
    }
    let start = text.find('{').unwrap_or(0);
    inner(text, start..text.trim_end().len(), path, value)
}

/// The text with `value` set in the object that stands at `object`.
fn inner(text: &str, object: Range<usize>, path: &[&str], value: &Value) -> Result<String> {
    let Some((name, rest)) = path.split_first() else {
        return Ok(text.to_string());
    };
    let members = members(text, &object);
    // Of a name that stands there twice, the last one counts.
    if let Some((_, at)) = members.iter().rev().find(|(known, _)| known == name) {
        let is_object = text[at.clone()].starts_with('{');
        return match (rest.is_empty(), is_object) {
            (true, _) => Ok(format!("{}{value}{}", &text[..at.start], &text[at.end..])),
            (false, true) => inner(text, at.clone(), rest, value),
            (false, false) => Err(Failure::environment(format!("`{name}` is not an object there"))
                .hint("put it right by hand first")),
        };
    }
    let value = rest.iter().rev().fold(value.clone(), |inner, name| {
        Value::Object([((*name).to_string(), inner)].into_iter().collect())
    });
    let member = format!("{}: {value}", Value::from(*name));
    Ok(match members.last() {
        Some((_, last)) => {
            // As the first member stands: behind the same line end and indentation, or in the same line.
            let open = object.start + 1;
            let space: String = text[open..].chars().take_while(|c| c.is_whitespace()).collect();
            let space = if space.is_empty() { " ".to_string() } else { space };
            format!("{},{space}{member}{}", &text[..last.end], &text[last.end..])
        }
        None => {
            let (before, after) = (&text[..=object.start], &text[object.end - 1..]);
            let depth = before.lines().last().map_or("", |line| {
                let code = line.trim_start();
                &line[..line.len() - code.len()]
            });
            format!("{before}\n{depth}  {member}\n{depth}{after}")
        }
    })
}

/// The members of an object of valid JSON: each name, and where its value stands.
fn members(text: &str, object: &Range<usize>) -> Vec<(String, Range<usize>)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = object.start + 1;
    while at < object.end {
        if bytes[at] != b'"' {
            at += 1;
            continue;
        }
        let end = value_end(bytes, at);
        let name = serde_json::from_str(&text[at..end]).unwrap_or_default();
        // Between the name and its value stand a colon and white space.
        let mut start = end;
        while start < object.end && (bytes[start] == b':' || bytes[start].is_ascii_whitespace()) {
            start += 1;
        }
        let stop = value_end(bytes, start);
        found.push((name, start..stop));
        at = stop;
    }
    found
}

/// Where the value ends that starts here.
fn value_end(bytes: &[u8], start: usize) -> usize {
    let mut depth = 0_usize;
    let mut at = start;
    while at < bytes.len() {
        match bytes[at] {
            b'"' => {
                at += 1;
                while at < bytes.len() && bytes[at] != b'"' {
                    at += if bytes[at] == b'\\' { 2 } else { 1 };
                }
                at += 1;
                if depth == 0 {
                    return at.min(bytes.len());
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' if depth == 0 => return at,
            b'}' | b']' => {
                depth -= 1;
                if depth == 0 {
                    return at + 1;
                }
            }
            b',' if depth == 0 => return at,
            byte if byte.is_ascii_whitespace() && depth == 0 => return at,
            _ => {}
        }
        at += 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn only_the_value_changes() {
        let size = json!("10m");
        for (before, path, after) in [
            ("", &["a"][..], "{\n  \"a\": \"10m\"\n}\n"),
            ("{}", &["a"], "{\n  \"a\": \"10m\"\n}"),
            ("{ \"b\": 1 }\n", &["a"], "{ \"b\": 1, \"a\": \"10m\" }\n"),
            ("{\"b\":[1,{\"a\":2}]}", &["a"], "{\"b\":[1,{\"a\":2}], \"a\": \"10m\"}"),
            (
                "{\n    \"z\": true,\n\n    \"log-opts\": {\n        \"max-file\": \"3\"\n    }\n}\n",
                &["log-opts", "max-size"],
                "{\n    \"z\": true,\n\n    \"log-opts\": {\n        \"max-file\": \"3\",\n        \"max-size\": \"10m\"\n    }\n}\n",
            ),
            (
                "{\n  \"log-opts\": {}\n}",
                &["log-opts", "max-size"],
                "{\n  \"log-opts\": {\n    \"max-size\": \"10m\"\n  }\n}",
            ),
            ("{\"a\" :\t\"x,}\\\"\" , \"b\":2}", &["a"], "{\"a\" :\t\"10m\" , \"b\":2}"),
            ("{\"a\":1,\"a\":2}", &["a"], "{\"a\":1,\"a\":\"10m\"}"),
            ("\t{\"b\":null}", &["x", "y"], "\t{\"b\":null, \"x\": {\"y\":\"10m\"}}"),
        ] {
            assert_eq!(set(before, path, &size).unwrap(), after, "{before}");
        }
    }

    #[test]
    fn what_is_not_an_object_is_refused() {
        for text in ["[]", "{", "7", "{\"a\": 1,}", "{\"a\": 1}"] {
            assert!(set(text, &["a", "b"], &json!(1)).is_err(), "{text}");
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            "[a-z\"\\\\{}\\[\\],: \u{e9}]{0,8}".prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 20, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map("[a-c\"\\\\]{0,2}", inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        /// Read as JSON, the new text is the old one with just that value, however it was written.
        #[test]
        fn it_says_what_setting_the_value_would(
            fields in prop::collection::btree_map("[a-c\"\\\\]{0,2}", any_json(), 0..5),
            name in "[a-c]{1,2}", value in any_json(), pretty in any::<bool>(),
        ) {
            let mut whole = Value::Object(fields.into_iter().collect());
            let text = if pretty { serde_json::to_string_pretty(&whole).unwrap() } else { whole.to_string() };
            let changed = set(&text, &[&name], &value).unwrap();
            whole[&name] = value;
            prop_assert_eq!(serde_json::from_str::<Value>(&changed).unwrap(), whole, "{}", changed);
        }
    }
}
