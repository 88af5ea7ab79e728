//! Every key of the specification with values that are accepted and values that are not, and what is said of those.

mod attached;
mod build;
mod container;
mod deploy;
mod project;
mod service;

use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;

use super::check;
use crate::stack::compose::node::{Key, Kind, Map, Node, Place};
use crate::stack::compose::problem::Problem;

/// A tree from JSON in which `'` stands for `"`.
pub(in crate::stack::compose) fn tree(json: &str) -> Node {
    let json = json.replace('\'', "\"");
    node(&serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error}: {json}")))
}

fn node(value: &Value) -> Node {
    Node::made(match value {
        Value::Null => Kind::Null,
        Value::Bool(flag) => Kind::Bool(*flag),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Kind::Float(number.as_f64().unwrap()), |number| Kind::Int(number.into())),
        Value::String(text) => Kind::Str(text.clone()),
        Value::Array(items) => Kind::List(items.iter().map(node).collect()),
        Value::Object(entries) => {
            let mut map = Map::default();
            for (key, value) in entries {
                map.set(key.clone(), node(value));
            }
            Kind::Map(map)
        }
    })
}

fn problem(json: &str) -> Problem {
    check(&tree(json)).expect_err(json)
}

/// Judges a table of rows, each in a frame; gives how many values it judged.
fn judge(frame: &str, rows: &str) -> usize {
    let mut judged = 0;
    for row in rows.lines().filter(|row| !row.is_empty()) {
        let [place, accepted, rejected] = row.split('|').map(str::trim).collect::<Vec<_>>()[..] else {
            panic!("a row has three columns: {row}");
        };
        for (values, right) in [(accepted, true), (rejected, false)] {
            for value in values.split(" ; ").filter(|value| !value.is_empty()) {
                let document = frame.replace('#', &place.replace('@', value));
                let verdict = check(&tree(&document));
                assert_eq!(verdict.is_ok(), right, "{document}: {verdict:?}");
                judged += 1;
            }
        }
    }
    judged
}

#[test]
fn every_key_takes_what_docker_compose_takes() {
    let service = "{'services': {'a': {#}}}";
    let judged: usize = [
        (service, container::ROWS),
        (service, attached::ROWS),
        (service, build::ROWS),
        (service, deploy::ROWS),
        (service, service::ROWS),
        ("{'jobs': {'a': {'triggers': {'manual': true}, #}}}", project::JOB),
        ("{'jobs': {'a': {#}}}", project::TRIGGERS),
        ("{'networks': {'a': {#}}}", project::NETWORK),
        ("{'volumes': {'a': {#}}}", project::VOLUME),
        ("{'secrets': {'a': {#}}}", project::SECRET),
        ("{'configs': {'a': {#}}}", project::CONFIG),
        ("{'models': {'a': {'model': 'm', #}}}", project::MODEL),
        ("{#}", project::PROJECT),
    ]
    .into_iter()
    .map(|(frame, rows)| judge(frame, rows))
    .sum();
    assert!(judged > 3000, "{judged}");
}

#[test]
fn whole_documents() {
    for (document, right) in [
        ("{}", true),
        ("{'services': {}}", true),
        ("{'services': {'a': null}}", false),
        ("{'services': []}", false),
        ("{'services': null}", false),
        ("{'services': {'a b': {}}}", false),
        ("{'services': {'': {}}}", false),
        ("{'services': {'A.b_c-1': {}}}", true),
        ("{'services': {'x-a': {}}}", true),
        ("{'services': {'x-a': {'b': 1}}}", false),
        ("{'networks': {'a': null}, 'volumes': {'b': null}}", true),
        ("{'secrets': {'a': null}}", false),
        ("{'configs': {'a': null}}", false),
        ("{'models': {'a': {}}}", false),
        ("{'volumes': null}", false),
        ("{'x-a': null, 'x-': {'b': ['c']}}", true),
        ("{'image': 'x'}", false),
        ("{'version': 3.8}", false),
        ("{'version': '3.8'}", true),
        (
            "{'include': ['a', {'path': 'b'}, {'path': ['c'], 'env_file': ['d'], 'project_directory': 'e'}]}",
            true,
        ),
        ("{'include': [{'path': 'b', 'x-a': 1}]}", false),
        ("{'include': 'a'}", false),
        ("{'services': {'a': {'container_name': '_ab'}}}", true),
        ("{'services': {'a': {'container_name': 'a'}}}", false),
        ("{'services': {'a': {'pull_policy': 'every_1w2d'}}}", true),
        ("{'services': {'a': {'pull_policy': 'every_'}}}", false),
        ("{'services': {'a': {'pull_policy': 'every_1'}}}", false),
        ("{'services': {'a': {'pull_policy': 'every_h'}}}", false),
        ("{'services': {'a': {'pull_policy': 'every_1d\\n'}}}", false),
        ("{'services': {'a': {'group_add': [1, 1.0]}}}", false),
        ("{'services': {'a': {'group_add': [1, '1']}}}", true),
        ("{'services': {'a': {'security_opt': ['a', 'a']}}}", false),
        ("{'services': {'a': {'env_file': ['a', 'a']}}}", true),
        ("{'services': {'a': {'cpu_count': 1.0}}}", true),
        ("{'services': {'a': {'cpu_count': 1.5}}}", false),
        ("{'services': {'a': {'environment': {'\\n': 'b'}}}}", false),
        ("{'services': {'a': {'logging': {'options': {'\\n': true}}}}}", true),
        ("{'services': {'a': {'ulimits': {'NOFILE': {}}}}}", true),
        ("{'services': {'a': {'ulimits': {'nofile': {}}}}}", false),
        ("{'services': {'a': {'gpus': [{'zz': 1}]}}}", true),
        ("{'services': {'a': {'blkio_config': {'x-a': 1}}}}", false),
        ("{'jobs': {'a': {}}}", false),
        ("{'jobs': {'a': {'triggers': {}}}}", false),
        ("{'jobs': {'a': {'triggers': {'schedule': []}, 'image': 'x', 'ports': ['80']}}}", true),
        ("{'jobs': {'a': {'triggers': {'manual': true}, 'links': ['b']}}}", false),
    ] {
        let verdict = check(&tree(document));
        assert_eq!(verdict.is_ok(), right, "{document}: {verdict:?}");
    }
}

#[test]
fn a_problem_says_what_is_where_and_what_was_meant() {
    for (document, message, hint) in [
        ("{'services': {'web': {'imag': 'x'}}}", "`services.web` has no key `imag`", "did you mean `image`?"),
        ("{'image': 'x'}", "the top level has no key `image`", "`image` belongs in `services.NAME`"),
        (
            "{'web': {'image': 'x', 'ports': []}}",
            "the top level has no key `web`",
            "`web` belongs in `services`",
        ),
        ("{'service': {}}", "the top level has no key `service`", "did you mean `services`?"),
        (
            "{'services': {'web': {'replicas': 2}}}",
            "`services.web` has no key `replicas`",
            "`replicas` belongs in `services.web.deploy`",
        ),
        (
            "{'services': {'web': {'memory': '1g'}}}",
            "`services.web` has no key `memory`",
            "`memory` belongs in `services.web.deploy.resources.limits`",
        ),
        (
            "{'services': {'web': {'deploy': {'image': 'x'}}}}",
            "`services.web.deploy` has no key `image`",
            "`image` belongs in `services.web`",
        ),
        (
            "{'services': {'web': {'version': '3'}}}",
            "`services.web` has no key `version`",
            "`version` belongs at the top level",
        ),
        (
            "{'services': {'volumes': {'data': null}}}",
            "`services.volumes` has no key `data`",
            "`volumes` belongs at the top level; is it indented too far?",
        ),
        (
            "{'services': {'web': {'env': {}}}}",
            "`services.web` has no key `env`",
            "did you mean `env_file` or `environment`?",
        ),
        ("{'services': {'web': {'qqq': 1}}}", "`services.web` has no key `qqq`", ""),
        (
            "{'services': {'web': {'ports': [true]}}}",
            "`services.web.ports[0]` is a boolean, but must be a number, a string or a mapping",
            "put it in quotes: `\"true\"`",
        ),
        (
            "{'services': {'web': {'ports': '80'}}}",
            "`services.web.ports` is a string, but must be a list",
            "write it as a list: `[\"80\"]`",
        ),
        (
            "{'services': {'web': {'user': 1000}}}",
            "`services.web.user` is a number, but must be a string",
            "put it in quotes: `\"1000\"`",
        ),
        (
            "{'services': {'web': {'ports': null}}}",
            "`services.web.ports` is empty, but must be a list",
            "give it a value, or remove the key",
        ),
        (
            "{'services': {'web': {'volumes': {'a': 'b'}}}}",
            "`services.web.volumes` is a mapping, but must be a list",
            "begin each entry with `- `",
        ),
        (
            "{'services': {'web': {'healthcheck': ['CMD']}}}",
            "`services.web.healthcheck` is a list, but must be a mapping",
            "write `key: value`, without `- ` before it",
        ),
        (
            "{'services': {'web': {'cpu_percent': 101}}}",
            "`services.web.cpu_percent` is 101, but must be a whole number from 0 to 100",
            "",
        ),
        (
            "{'services': {'web': {'depends_on': {'a': {'condition': 'service_helthy'}}}}}",
            "`services.web.depends_on.a.condition` is `service_helthy`, but must be `service_started`, \
             `service_healthy` or `service_completed_successfully`",
            "did you mean `service_healthy`?",
        ),
        (
            "{'services': {'web app': {}}}",
            "`services` has a name `web app` that is not allowed",
            "a name here is letters, digits, `.`, `_` and `-`",
        ),
        ("{'services': {'a': {'provider': {}}}}", "`services.a.provider` lacks `type`", ""),
        ("{'jobs': {'a': {'triggers': {}}}}", "`jobs.a.triggers` lacks `manual` or `schedule`", ""),
        (
            "{'services': {'a': {'security_opt': ['b', 'b']}}}",
            "`services.a.security_opt` has `b` twice",
            "remove one of the two",
        ),
    ] {
        let problem = problem(document);
        assert_eq!(problem.message, message);
        assert_eq!(problem.hint.unwrap_or_default(), hint, "{document}");
    }
}

#[test]
fn a_problem_is_where_the_key_or_the_value_was_written() {
    let at = |line| Place { file: Path::new("compose.yml").into(), line, column: 5 };
    let web = |key: &str, value: Kind| {
        let mut web = Map::default();
        web.put(Key { name: key.to_owned(), place: at(3) }, Node::new(value, at(4)));
        let mut services = Map::default();
        services.put(Key { name: "web".to_owned(), place: at(2) }, Node::new(Kind::Map(web), at(3)));
        let mut project = Map::default();
        project.put(Key { name: "services".to_owned(), place: at(1) }, Node::new(Kind::Map(services), at(2)));
        check(&Node::new(Kind::Map(project), at(1))).unwrap_err().place.line
    };
    assert_eq!(web("imag", Kind::Str("x".to_owned())), 3, "an unknown key");
    assert_eq!(web("image", Kind::Bool(true)), 4, "a wrong value");
    assert_eq!(web("provider", Kind::Map(Map::default())), 4, "a mapping that lacks a key");
}

#[test]
fn numbers_without_a_value_are_accepted_nowhere() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut map = Map::default();
        map.set("x-a", Node::made(Kind::List(vec![Node::made(Kind::Float(number))])));
        let problem = check(&Node::made(Kind::Map(map))).unwrap_err();
        assert_eq!(problem.message, "`x-a[0]` is not a finite number");
    }
}

#[test]
fn what_is_nested_too_deep_is_told() {
    let mut node = Node::made(Kind::Null);
    for _ in 0..1000 {
        node = Node::made(Kind::List(vec![node]));
    }
    let mut map = Map::default();
    map.set("x-a", node);
    let problem = check(&Node::made(Kind::Map(map))).unwrap_err();
    assert!(problem.message.contains("nested deeper than 128 levels"), "{}", problem.message);
}

fn any_node() -> impl Strategy<Value = Node> {
    let words = prop::sample::select(vec!["a", "image", "ports", "80:80", "services", "build", "x-a", ""]);
    let leaf = prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        any::<i64>().prop_map(|number| Kind::Int(number.into())),
        any::<f64>().prop_map(Kind::Float),
        words.clone().prop_map(|word| Kind::Str(word.to_owned())),
    ]
    .prop_map(Node::made);
    leaf.prop_recursive(5, 40, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(|items| Node::made(Kind::List(items))),
            prop::collection::vec((words.clone(), inner), 0..5).prop_map(|entries| {
                let mut map = Map::default();
                for (key, node) in entries {
                    map.set(key, node);
                }
                Node::made(Kind::Map(map))
            }),
        ]
    })
}

proptest! {
    #[test]
    fn a_tree_of_any_form_gets_a_verdict(service in any_node(), network in any_node(), rest in any_node()) {
        let mut tree = Map::default();
        for (section, node) in [("services", service), ("networks", network)] {
            let mut declared = Map::default();
            declared.set("a", node);
            tree.set(section, Node::made(Kind::Map(declared)));
        }
        tree.set("volumes", rest);
        if let Err(problem) = check(&Node::made(Kind::Map(tree))) {
            prop_assert!(!problem.message.is_empty() && !problem.message.ends_with('.'), "{}", problem.message);
        }
    }

    #[test]
    fn an_unknown_key_is_refused_and_an_extension_is_not(key in "[a-w][a-z]{1,12}zzz") {
        for section in ["services", "networks", "volumes", "secrets", "configs"] {
            let extended = format!("{{'{section}': {{'a': {{'x-a': 1}}}}}}");
            prop_assert!(check(&tree(&extended)).is_ok());
            let problem = problem(&format!("{{'{section}': {{'a': {{'{key}': 1}}}}}}"));
            let expected = format!("`{section}.a` has no key `{key}`");
            prop_assert_eq!(problem.message, expected);
        }
    }
}
