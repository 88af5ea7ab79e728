//! Changing one value of a JSON file of somebody else's and keeping everything else that it says. The order of
//! its names may change; what it means does not.

use serde_json::{Map, Value};

use crate::failure::{Failure, Result};

/// The text with `value` at `pointer` (RFC 6901); the objects on the way are made where they are missing. An
/// object is merged into the one that is there. Empty text is an empty object.
pub fn merge(text: &str, pointer: &str, value: Value) -> Result<String> {
    let mut whole: Value = match text.trim() {
        "" => Value::Object(Map::new()),
        text => serde_json::from_str(text).map_err(|error| {
            Failure::config("it is not JSON, so nothing can be merged into it").because(&error)
        })?,
    };
    let mut place = &mut whole;
    for name in pointer.split('/').skip(1) {
        let name = name.replace("~1", "/").replace("~0", "~");
        let Value::Object(fields) = place else {
            return Err(Failure::config(format!("there is no object to put `{name}` into")));
        };
        place = fields.entry(name).or_insert_with(|| Value::Object(Map::new()));
    }
    put(place, value);
    let mut text = serde_json::to_string_pretty(&whole).expect("invariant: a value is JSON");
    text.push('\n');
    Ok(text)
}

fn put(place: &mut Value, value: Value) {
    match (place, value) {
        (Value::Object(fields), Value::Object(new)) => {
            for (name, value) in new {
                put(fields.entry(name).or_insert(Value::Null), value);
            }
        }
        (place, value) => *place = value,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_was_there_stays() {
        let runtime = json!({ "path": "nvidia-container-runtime" });
        for (before, after) in [
            ("", json!({ "runtimes": { "nvidia": runtime } })),
            (
                r#"{"log-opts":{"max-size":"10m"},"runtimes":{"other":{"path":"/bin/o"}}}"#,
                json!({ "log-opts": { "max-size": "10m" },
                        "runtimes": { "other": { "path": "/bin/o" }, "nvidia": runtime } }),
            ),
            (
                r#"{"runtimes":{"nvidia":{"path":"old","runtimeArgs":["-x"]}}}"#,
                json!({ "runtimes": { "nvidia": { "path": "nvidia-container-runtime", "runtimeArgs": ["-x"] } } }),
            ),
        ] {
            let text = merge(before, "/runtimes/nvidia", runtime.clone()).unwrap();
            assert_eq!(serde_json::from_str::<Value>(&text).unwrap(), after, "{before}");
            assert_eq!(merge(&text, "/runtimes/nvidia", runtime.clone()).unwrap(), text, "twice is once");
        }
    }

    #[test]
    fn what_is_no_object_is_left_alone() {
        for text in ["{ // comment\n}", "[]", r#"{"runtimes":7}"#] {
            assert!(merge(text, "/runtimes/nvidia", json!({})).is_err(), "{text}");
        }
    }
}
