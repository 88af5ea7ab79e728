//! Short forms and what is printed for them, as the real `config` prints them: one row for each in the tables beside this
//! file (`short => printed`, or `short => ! what is wrong`).

use std::path::Path;

use serde_json::{Value, json};

use super::DEPTH;
use crate::stack::compose::{Key, Kind, Map, Node, Place, Result, canonical, normalize, paths, render};

/// A tree out of JSON; every value is on line 1 of `compose.yml`.
pub(in crate::stack) fn tree(value: &Value) -> Node {
    let place = Place { file: Path::new("compose.yml").into(), line: 1, column: 1 };
    let kind = match value {
        Value::Null => Kind::Null,
        Value::Bool(yes) => Kind::Bool(*yes),
        Value::Number(number) => match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => Kind::Int(number.into()),
            (_, Some(number)) => Kind::Int(number.into()),
            _ => Kind::Float(number.as_f64().unwrap()),
        },
        Value::String(text) => Kind::Str(text.clone()),
        Value::Array(list) => Kind::List(list.iter().map(tree).collect()),
        Value::Object(map) => {
            let key = |name: &String| Key { name: name.clone(), place: place.clone() };
            Kind::Map(map.iter().map(|(name, item)| (key(name), tree(item))).collect::<Map>())
        }
    };
    Node::new(kind, place)
}

/// A document as it is printed, for the project `proj` in `/W` with the home `/home/me` and the variable `FOO`.
pub(in crate::stack) fn resolved(document: &Value) -> Result<Node> {
    let mut tree = canonical::canonical(tree(document))?;
    paths::resolve(&mut tree, Path::new("/W"), Some(Path::new("/home/me")))?;
    normalize::resolve_environment(&mut tree, |name| (name == "FOO").then(|| "foo".into()));
    normalize::normalize(&mut tree, "proj")?;
    normalize::drop_unused(&mut tree);
    Ok(tree)
}

/// The rows of a table.
pub(in crate::stack::compose) fn rows(table: &str) -> impl Iterator<Item = (Value, &str)> {
    table.lines().filter(|line| !line.is_empty()).map(|line| {
        let (short, printed) = line.split_once(" => ").unwrap();
        (serde_json::from_str(short).unwrap(), printed)
    })
}

/// Numbers are compared by what they are, not by how they are written.
pub(in crate::stack::compose) fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, item)| other.get(key).is_some_and(|found| same(item, found)))
        }
        _ => one == other,
    }
}

fn check(table: &str, least: usize) {
    let mut count = 0;
    for (short, expected) in rows(table) {
        count += 1;
        let mut service = short.clone();
        service["image"] = json!("x");
        service["network_mode"] = json!("none");
        let found = resolved(&json!({"services": {"a": service}}));
        if let Some(message) = expected.strip_prefix("! ") {
            let problem = found.expect_err(&format!("{short} is accepted"));
            let hint = problem.hint.clone().unwrap_or_default();
            assert_eq!(format!("{} / {hint}", problem.message), message, "{short}");
            assert_eq!(problem.place.line, 1, "{short}");
            continue;
        }
        let mut printed =
            render::json(&found.unwrap_or_else(|problem| panic!("{short}: {problem}")))["services"]["a"]
                .take();
        let fields = printed.as_object_mut().unwrap();
        fields.remove("image");
        fields.remove("network_mode");
        fields.retain(|key, value| !(value.is_null() && matches!(key.as_str(), "command" | "entrypoint")));
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert!(same(&printed, &expected), "{short}\n printed {printed}\nexpected {expected}");
    }
    assert!(count >= least, "{count} rows");
}

#[test]
fn ports_are_printed_as_config_prints_them() {
    check(include_str!("tests/ports.txt"), 99);
}

#[test]
fn volumes_are_printed_as_config_prints_them() {
    check(include_str!("tests/volumes.txt"), 71);
}

#[test]
fn commands_are_printed_as_config_prints_them() {
    check(include_str!("tests/commands.txt"), 119);
}

#[test]
fn mappings_are_printed_as_config_prints_them() {
    check(include_str!("tests/mappings.txt"), 51);
}

#[test]
fn devices_are_printed_as_config_prints_them() {
    check(include_str!("tests/devices.txt"), 32);
}

#[test]
fn deploy_are_printed_as_config_prints_them() {
    check(include_str!("tests/deploy.txt"), 55);
}

#[test]
fn numbers_are_printed_as_config_prints_them() {
    check(include_str!("tests/numbers.txt"), 126);
}

#[test]
fn what_is_long_stays_as_it_is() {
    for table in [
        include_str!("tests/ports.txt"),
        include_str!("tests/volumes.txt"),
        include_str!("tests/commands.txt"),
        include_str!("tests/mappings.txt"),
        include_str!("tests/devices.txt"),
        include_str!("tests/deploy.txt"),
        include_str!("tests/numbers.txt"),
    ] {
        for (short, _) in rows(table).filter(|(_, expected)| !expected.starts_with("! ")) {
            let once = canonical::canonical(tree(&json!({"services": {"a": short}}))).unwrap();
            assert_eq!(canonical::canonical(once.clone()).unwrap(), once, "{short}");
        }
    }
}

#[test]
fn a_published_port_is_told_apart_by_how_it_is_written() {
    for (port, other, count) in [
        ("8080:80", json!({"target": 80, "published": 8080}), 2),
        ("8080:80", json!("8080:80/tcp"), 1),
        ("80", json!({"target": 80, "published": ""}), 2),
        ("80", json!({"target": 80}), 1),
    ] {
        let document = json!({"services": {"a": {"ports": [port, other]}}});
        let printed = render::json(&resolved(&document).unwrap());
        assert_eq!(printed["services"]["a"]["ports"].as_array().unwrap().len(), count, "{other}");
    }
}

#[test]
fn an_extension_is_no_deeper_than_can_be_walked() {
    let nested = |depth: usize| (0..depth).fold(json!(1), |inner, _| json!([inner]));
    let documents = |depth: usize| {
        [
            json!({"services": {}, "x-deep": nested(depth)}),
            json!({"services": {"x-deep": nested(depth)}}),
            json!({"services": {"a": {"x-deep": nested(depth)}}}),
            json!({"services": {"a": {"ulimits": {"core": {"soft": 1, "hard": 1, "x-deep": nested(depth)}}}}}),
        ]
    };
    for document in documents(DEPTH - 1) {
        assert!(canonical::canonical(tree(&document)).is_ok());
    }
    for document in documents(DEPTH) {
        let problem = canonical::canonical(tree(&document)).unwrap_err();
        assert_eq!(problem.message, "this is nested more than 128 deep");
    }
}
