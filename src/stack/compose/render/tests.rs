//! What is printed as YAML, and what neither form shows.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::stack::compose::canonical::tests::{resolved, same, tree};

fn words(words: &Value) -> Value {
    json!({"services": {"a": {"image": "x", "network_mode": "none", "command": words}}})
}

#[test]
fn texts_are_quoted_as_far_as_they_have_to_be() {
    let rows = [
        ("x", "x"),
        ("", "\"\""),
        (" x", "' x'"),
        ("x ", "'x '"),
        ("- a", "'- a'"),
        ("a: b", "'a: b'"),
        ("a #b", "'a #b'"),
        ("#x", "'#x'"),
        ("true", "\"true\""),
        ("yes", "'yes'"),
        ("NO", "'NO'"),
        ("y", "'y'"),
        ("on", "'on'"),
        ("~", "\"~\""),
        ("null", "\"null\""),
        ("1.5", "\"1.5\""),
        ("1", "\"1\""),
        ("0x1", "\"0x1\""),
        ("0o7", "\"0o7\""),
        ("1e3", "\"1e3\""),
        ("1_000", "\"1_000\""),
        (".5", "\".5\""),
        ("+1", "\"+1\""),
        (".inf", "\".inf\""),
        ("1:30", "'1:30'"),
        ("2020-01-01", "\"2020-01-01\""),
        ("é", "é"),
        ("\u{1}", "\"\\x01\""),
        ("a\tb", "\"a\\tb\""),
        ("a\r\nb", "\"a\\r\\nb\""),
        ("'", "''''"),
        ("\"", "'\"'"),
        ("a'b: c", "'a''b: c'"),
        ("*a", "'*a'"),
        ("&a", "'&a'"),
        ("!x", "'!x'"),
        ("%a", "'%a'"),
        ("@a", "'@a'"),
        ("`a", "'`a'"),
        ("[a]", "'[a]'"),
        ("{a}", "'{a}'"),
        ("a]", "a]"),
        ("a,b", "a,b"),
        ("?", "'?'"),
        ("-", "'-'"),
        ("--x", "--x"),
        (":", "':'"),
        ("::1", "::1"),
        ("a:", "'a:'"),
        ("?x", "?x"),
        ("-x", "-x"),
        ("=", "="),
        ("<<", "'<<'"),
        ("| x", "'| x'"),
        ("> y", "'> y'"),
        (".", "."),
        ("...", "'...'"),
        ("---", "'---'"),
        ("$x", "$$x"),
        ("C:\\w", "C:\\w"),
        ("\n", "\"\\n\""),
        ("a\nb", "|-\n        a\n        b"),
        ("a\nb\n", "|\n        a\n        b"),
        ("a\n  b\n", "|\n        a\n          b"),
        ("\nx", "|-\n\n        x"),
        ("x\n\n", "|+\n        x\n"),
    ];
    for (text, expected) in rows {
        let printed = yaml(&resolved(&words(&json!([text]))).unwrap());
        let expected = format!(
            "name: proj\nservices:\n  a:\n    command:\n      - {expected}\n    image: x\n    network_mode: none\n"
        );
        assert_eq!(printed, expected, "{text:?}");
    }
}

#[test]
fn yaml_shows_every_extension_and_json_those_at_the_top() {
    let document = json!({
        "x-top": {"b": 1.5, "a": ["$", null, 1.0]},
        "services": {"a": {
            "image": "x", "x-a": true, "deploy": {"x-d": 1}, "networks": {"net": {"x-n": {}}}, "cpus": 100_000_000,
            "blkio_config": {"weight_device": [{"path": "/dev/x"}]}, "ulimits": {"core": 0, "nofile": {"soft": 0, "hard": 1}}
        }},
        "networks": {"net": {"ipam": {}}},
        "models": {"m": {"model": "x", "context_size": 5}}
    });
    let found = resolved(&document).unwrap();
    let expected = "\
name: proj
services:
  a:
    deploy:
      x-d: 1
    blkio_config:
      weight_device:
        - path: /dev/x
          weight: 0
    cpus: 1e+08
    image: x
    networks:
      net:
        x-n: {}
    ulimits:
      core:
        soft: 0
        hard: 0
      nofile:
        soft: 0
        hard: 1
    x-a: true
networks:
  net:
    name: proj_net
models:
  m:
    model: x
    context_size: 5
x-top:
  a:
    - $$
    - null
    - 1
  b: 1.5
";
    assert_eq!(yaml(&found), expected);
    let expected = json!({
        "name": "proj",
        "x-top": {"a": ["$$", null, 1], "b": 1.5},
        "services": {"a": {
            "image": "x", "command": null, "entrypoint": null, "networks": {"net": {}}, "cpus": 100_000_000,
            "deploy": {"resources": {}, "placement": {}},
            "blkio_config": {"weight_device": [{"Path": "/dev/x", "Weight": 0}]},
            "ulimits": {"core": {}, "nofile": {"hard": 1}}
        }},
        "networks": {"net": {"name": "proj_net", "ipam": {}}}
    });
    assert_eq!(json(&found), expected);
}

#[test]
fn an_empty_project_is_printed() {
    assert_eq!(json(&tree(&json!({}))), json!({"services": {}}));
    assert_eq!(yaml(&tree(&json!({}))), "services: {}\n");
}

/// Any value that JSON can say.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é\n]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z$]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn doubled(value: &Value) -> Value {
    match value {
        Value::String(text) => json!(text.replace('$', "$$")),
        Value::Array(list) => Value::Array(list.iter().map(doubled).collect()),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, item)| (key.replace('$', "$$"), doubled(item))).collect())
        }
        _ => value.clone(),
    }
}

proptest! {
    /// An extension is printed as it is, whatever it is.
    #[test]
    fn extensions_are_printed_as_they_are(extension in anything()) {
        let found = resolved(&json!({"services": {}, "x-any": extension})).unwrap();
        prop_assert!(same(&json(&found)["x-any"], &doubled(&extension)));
    }

    /// A field that is anything is read or refused, never more.
    #[test]
    fn nothing_makes_it_stumble(value in anything(), at in any::<prop::sample::Index>()) {
        let keys: Vec<&str> =
            crate::stack::compose::canonical::service::SERVICE.fields().map(|field| field.name).collect();
        let key = *at.get(&keys);
        for value in [value.clone(), json!([value])] {
            if let Ok(found) = resolved(&json!({"services": {"a": {key: value}}})) {
                assert!(json(&found).is_object());
                assert!(yaml(&found).contains("services:"));
            }
        }
    }

    /// What was split from a text with every word quoted are the words.
    #[test]
    fn quoted_words_come_back(list in prop::collection::vec("[ -&(-~]{0,8}", 0..5)) {
        let line: Vec<String> = list.iter().map(|word| format!("'{word}'")).collect();
        let found = resolved(&words(&json!(line.join(" ")))).unwrap();
        prop_assert_eq!(&json(&found)["services"]["a"]["command"], &doubled(&json!(list)));
    }
}
