//! Whole projects and what the real `config` prints for them, and what comes from outside of a file.

use serde_json::{Value, json};

use super::*;
use crate::stack::compose::canonical::tests::{resolved, rows, same, tree};
use crate::stack::compose::render;

#[test]
fn projects_are_completed_as_config_completes_them() {
    let mut count = 0;
    for (written, expected) in rows(include_str!("tests/projects.txt")) {
        count += 1;
        let printed =
            render::json(&resolved(&written).unwrap_or_else(|problem| panic!("{written}: {problem}")));
        let expected: Value = serde_json::from_str(expected).unwrap();
        assert!(same(&printed, &expected), "{written}\n printed {printed}\nexpected {expected}");
    }
    assert!(count >= 50, "{count} rows");
}

#[test]
fn completing_twice_changes_nothing() {
    for (written, _) in rows(include_str!("tests/projects.txt")) {
        let once = resolved(&written).unwrap();
        let mut twice = once.clone();
        normalize(&mut twice, "proj").unwrap();
        assert_eq!(once, twice, "{written}");
    }
}

#[test]
fn what_cannot_be_completed_is_told() {
    let rows = [
        (json!({"services": {"a": null}}), "`services.a` must be a mapping, not nothing"),
        (
            json!({"services": {"a": {"volumes": [{"type": "bind", "target": "/x"}]}}}),
            "a bind mount has no `source`",
        ),
        (
            json!({"services": {}, "networks": {"n": {"name": "a", "external": {"name": "b"}}}}),
            "`n` has two names: `name` and `external.name` differ",
        ),
    ];
    for (document, message) in rows {
        let problem = resolved(&document).unwrap_err();
        assert_eq!(problem.message, message);
        assert!(problem.hint.is_some(), "{message}");
        assert_eq!(problem.place.line, 1, "{message}");
    }
}

#[test]
fn a_contradiction_in_a_service_that_may_not_be_wanted_is_left_alone() {
    let document = json!({"services": {"a": {"scale": 2, "deploy": {"replicas": 3}}}});
    let printed = render::json(&resolved(&document).unwrap());
    assert_eq!(printed["services"]["a"]["deploy"]["replicas"], 3);
}

#[test]
fn files_give_what_is_not_written() {
    let mut service = tree(&json!({
        "env_file": [{"path": "/e"}], "environment": {"A": "written", "B": null}, "labels": {"l": "written"}
    }));
    let some = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    environment(
        &mut service,
        vec![some("A", "1"), some("B", "2"), some("C", "3"), some("C", "4"), ("D".into(), None)],
    );
    labels(&mut service, vec![some("l", "1"), some("m", "2"), ("n".into(), None)]);
    let expected = json!({
        "environment": {"A": "written", "B": null, "C": "4", "D": null},
        "labels": {"l": "written", "m": "2", "n": ""}
    });
    assert_eq!(service, tree(&expected));

    let mut bare = tree(&json!({"image": "x", "env_file": []}));
    environment(&mut bare, Vec::new());
    labels(&mut bare, Vec::new());
    assert_eq!(bare, tree(&json!({"image": "x"})));
}

#[test]
fn the_environment_gives_values_to_names() {
    let mut project = tree(&json!({"services": {"a": {
        "environment": {"FOO": null, "BAR": null, "SET": "set"},
        "build": {"args": {"FOO": null, "BAR": null, "SET": "set"}}
    }}}));
    resolve_environment(&mut project, |name| (name != "BAR").then(|| format!("the {name}")));
    let expected = json!({"services": {"a": {
        "environment": {"FOO": "the FOO", "BAR": null, "SET": "set"},
        "build": {"args": {"FOO": "the FOO", "SET": "set"}}
    }}});
    assert_eq!(project, tree(&expected));
}

#[test]
fn what_runs_before_a_service_is_like_it() {
    let document = json!({"services": {"a": {
        "image": "x", "command": "c", "environment": ["A=1", "B=2"], "cap_add": ["A"], "volumes": ["./v:/v"],
        "extra_hosts": ["b:1"], "logging": {"driver": "d", "options": {"n": 1}}, "user": "u",
        "pre_start": [
            {},
            {
                "command": "h", "environment": ["A=3"], "cap_add": ["Z"], "volumes": ["./h:/h"],
                "extra_hosts": ["a:2"], "logging": {"options": {"z": 2}}, "networks": ["n"], "user": "r"
            }
        ]
    }}, "networks": {"n": {}}});
    let printed = render::json(&resolved(&document).unwrap());
    let expected = json!([
        {
            "image": "x", "command": ["c"], "entrypoint": null, "environment": {"A": "1", "B": "2"}, "cap_add": ["A"],
            "extra_hosts": ["b=1"], "logging": {"driver": "d", "options": {"n": "1"}}, "user": "u",
            "networks": {"default": null}
        },
        {
            "image": "x", "command": ["h"], "entrypoint": null, "environment": {"A": "3", "B": "2"},
            "cap_add": ["A", "Z"], "extra_hosts": ["a=2", "b=1"], "user": "r",
            "logging": {"driver": "d", "options": {"n": "1", "z": "2"}}, "networks": {"default": null, "n": null},
            "volumes": [{"type": "bind", "source": "/W/h", "target": "/h", "bind": {}}]
        }
    ]);
    assert_eq!(printed["services"]["a"]["pre_start"], expected);
}
