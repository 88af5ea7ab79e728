use super::*;
use crate::stack::compose::test_tree::parsed;
use proptest::prelude::*;

fn service(json: &str) -> Node {
    parsed(&format!(r#"{{"services": {{"a": {{{json}}}}}}}"#))
}

#[test]
fn a_service_over_a_service() {
    let rows = [
        // what replaces, what is added to, what is merged
        (r#""command": ["x", "y"]"#, r#""command": "z""#, r#""command": "z""#),
        (r#""command": ["x"]"#, r#""command": null"#, r#""command": null"#),
        (r#""entrypoint": ["a", "b"]"#, r#""entrypoint": []"#, r#""entrypoint": []"#),
        (r#""image": "x""#, r#""image": "y""#, r#""image": "y""#),
        (r#""image": "x""#, r#""image": null"#, r#""image": "x""#),
        (r#""cap_add": ["A", "B"]"#, r#""cap_add": ["B", "C"]"#, r#""cap_add": ["A", "B", "C"]"#),
        (r#""group_add": ["a", 1]"#, r#""group_add": [1, "b"]"#, r#""group_add": ["a", 1, "b"]"#),
        (
            r#""environment": {"A": 1, "B": null}"#,
            r#""environment": ["A=2", "C"]"#,
            r#""environment": ["A=2", "B", "C"]"#,
        ),
        (r#""environment": {"A": 1}"#, r#""environment": null"#, r#""environment": ["A=1"]"#),
        (
            r#""environment": {"A": 1.5, "B": true, "C": 1e23}"#,
            r#""environment": {}"#,
            r#""environment": ["A=1.5", "B=true", "C=1e+23"]"#,
        ),
        (r#""environment": ["M=1", "M=2"]"#, r#""environment": ["M=1"]"#, r#""environment": ["M=1"]"#),
        (r#""labels": ["q=1"]"#, r#""labels": {"q": "2"}"#, r#""labels": ["q=2"]"#),
        (
            r#""extra_hosts": {"a": ["1.1.1.1", "2.2.2.2"]}"#,
            r#""extra_hosts": ["a=1.1.1.1", "b=3.3.3.3"]"#,
            r#""extra_hosts": ["a=1.1.1.1", "a=2.2.2.2", "b=3.3.3.3"]"#,
        ),
        (r#""tmpfs": "/a""#, r#""tmpfs": ["/b", "/a"]"#, r#""tmpfs": ["/a", "/b"]"#),
        (r#""dns": "1.1.1.1""#, r#""dns": "2.2.2.2""#, r#""dns": ["1.1.1.1", "2.2.2.2"]"#),
        (
            r#""build": ".""#,
            r#""build": {"dockerfile": "X"}"#,
            r#""build": {"context": ".", "dockerfile": "X"}"#,
        ),
        (
            r#""build": {"context": ".", "args": {"A": 1}}"#,
            r#""build": {"args": ["A=2"]}"#,
            r#""build": {"context": ".", "args": ["A=2"]}"#,
        ),
        (r#""build": {"context": "."}"#, r#""build": null"#, r#""build": {"context": "."}"#),
        (
            r#""depends_on": ["b"]"#,
            r#""depends_on": {"b": {"condition": "service_healthy"}}"#,
            r#""depends_on": {"b": {"condition": "service_healthy", "required": true}}"#,
        ),
        (
            r#""networks": ["n"]"#,
            r#""networks": {"n": {"aliases": ["q"]}, "m": null}"#,
            r#""networks": {"n": {"aliases": ["q"]}, "m": null}"#,
        ),
        (
            r#""networks": {"n": {"aliases": ["q"]}}"#,
            r#""networks": ["n"]"#,
            r#""networks": {"n": {"aliases": ["q"]}}"#,
        ),
        (
            r#""logging": {"driver": "j", "options": {"a": 1}}"#,
            r#""logging": {"driver": "s", "options": {"b": 2}}"#,
            r#""logging": {"driver": "s", "options": {"b": 2}}"#,
        ),
        (
            r#""logging": {"driver": "j", "options": {"a": 1}}"#,
            r#""logging": {"options": {"b": 2}}"#,
            r#""logging": {"driver": "j", "options": {"a": 1, "b": 2}}"#,
        ),
        (
            r#""healthcheck": {"test": ["CMD", "a"], "interval": "5s"}"#,
            r#""healthcheck": {"test": "b"}"#,
            r#""healthcheck": {"test": "b", "interval": "5s"}"#,
        ),
        (
            r#""ulimits": {"nofile": 5, "nproc": {"soft": 1, "hard": 2}}"#,
            r#""ulimits": {"nofile": {"soft": 3}, "nproc": {"soft": 9}}"#,
            r#""ulimits": {"nofile": {"soft": 3}, "nproc": {"soft": 9, "hard": 2}}"#,
        ),
        // entries that mean the same thing
        (
            r#""volumes": ["/x:/data:ro"]"#,
            r#""volumes": [{"type": "bind", "source": "/y", "target": "/data"}]"#,
            r#""volumes": [{"type": "bind", "source": "/y", "target": "/data"}]"#,
        ),
        (r#""volumes": ["C:\\x:/data"]"#, r#""volumes": ["D:\\y:/data"]"#, r#""volumes": ["D:\\y:/data"]"#),
        (r#""devices": ["/x:/data"]"#, r#""devices": ["/y:/data:r"]"#, r#""devices": ["/y:/data:r"]"#),
        (r#""ports": ["80:80"]"#, r#""ports": ["80:80", "81:80"]"#, r#""ports": ["80:80", "81:80"]"#),
        (
            r#""ports": [{"target": 80, "published": "80"}]"#,
            r#""ports": [{"target": 80, "published": "80", "protocol": "tcp", "mode": "host"}]"#,
            r#""ports": [{"target": 80, "published": "80", "protocol": "tcp", "mode": "host"}]"#,
        ),
        (
            r#""secrets": ["s"]"#,
            r#""secrets": [{"source": "s", "target": "/run/secrets/s"}]"#,
            r#""secrets": [{"source": "s", "target": "/run/secrets/s"}]"#,
        ),
        (
            r#""configs": ["s"]"#,
            r#""configs": [{"source": "s", "target": "/s"}]"#,
            r#""configs": [{"source": "s", "target": "/s"}]"#,
        ),
        (
            r#""env_file": ["a"]"#,
            r#""env_file": [{"path": "a", "required": false}]"#,
            r#""env_file": [{"path": "a", "required": false}]"#,
        ),
        (r#""expose": ["80"]"#, r#""expose": [80]"#, r#""expose": [80]"#),
        // tags
        (r#""ports": ["80:80"]"#, r#""ports": {"!reset": null}"#, ""),
        (
            r#""ports": ["80:80"], "environment": {"A": 1, "B": 2}"#,
            r#""environment": {"A": {"!reset": null}, "C": 3}"#,
            r#""ports": ["80:80"], "environment": ["B=2", "C=3"]"#,
        ),
        (r#""labels": {"q": 1}"#, r#""labels": {"!override": {"z": 2}}"#, r#""labels": {"z": 2}"#),
        (
            r#""ports": ["80:80"]"#,
            r#""ports": ["81:81", {"!reset": "82:82"}]"#,
            r#""ports": ["80:80", "81:81"]"#,
        ),
        (r#""x-a": {"b": {"c": 1}}"#, r#""x-a": {"b": {"!reset": 1}, "d": 1}"#, r#""x-a": {"d": 1}"#),
    ];
    for (base, over, expected) in rows {
        let merged = merge(service(base), service(over)).unwrap();
        assert_eq!(merged, service(expected), "{base} + {over}");
    }
}

#[test]
fn one_tree_over_another() {
    let rows = [
        (
            r#"{"x-f": {"a": 1, "l": [1]}}"#,
            r#"{"x-f": {"b": 2, "l": [1, 2]}}"#,
            r#"{"x-f": {"a": 1, "b": 2, "l": [1, 2]}}"#,
        ),
        (
            r#"{"services": {"a": {"image": "x"}}}"#,
            r#"{"services": {"a": {"!reset": null}, "b": {}}}"#,
            r#"{"services": {"b": {}}}"#,
        ),
        (
            r#"{"services": {"a": {"image": "x"}}}"#,
            r#"{"services": {"a": {"!override": {"image": "y"}}}}"#,
            r#"{"services": {"a": {"image": "y"}}}"#,
        ),
        (
            r#"{"services": {"a": {"image": "x"}}}"#,
            r#"{"services": {"a": null}}"#,
            r#"{"services": {"a": {"image": "x"}}}"#,
        ),
        (
            r#"{"networks": {"n": null}}"#,
            r#"{"networks": {"n": {"labels": ["a"]}}}"#,
            r#"{"networks": {"n": {"labels": ["a"]}}}"#,
        ),
        (
            r#"{"volumes": {"n": {"labels": {"a": 1}}}}"#,
            r#"{"volumes": {"n": {"labels": ["a=2"]}}}"#,
            r#"{"volumes": {"n": {"labels": ["a=2"]}}}"#,
        ),
        (
            r#"{"networks": {"n": {"ipam": {"config": [{"subnet": "1"}, {"subnet": "2", "gateway": "g"}]}}}}"#,
            r#"{"networks": {"n": {"ipam": {"config": [{"subnet": "2", "ip_range": "r"}]}}}}"#,
            r#"{"networks": {"n": {"ipam": {"config": [{"subnet": "2", "gateway": "g", "ip_range": "r"}]}}}}"#,
        ),
    ];
    for (base, over, expected) in rows {
        assert_eq!(merge(parsed(base), parsed(over)).unwrap(), parsed(expected), "{base} + {over}");
    }
}

#[test]
fn what_cannot_be_merged_is_said() {
    let rows = [
        (
            r#""ports": ["80"]"#,
            r#""ports": {}"#,
            "`services.a.ports` is a mapping here and a list in what it is merged with",
        ),
        (
            r#""healthcheck": {}"#,
            r#""healthcheck": "x""#,
            "`services.a.healthcheck` is a string here and a mapping in what it is merged with",
        ),
        (
            r#""logging": {}"#,
            r#""logging": null"#,
            "`services.a.logging` is nothing, and a mapping is expected",
        ),
        (
            r#""depends_on": ["b"]"#,
            r#""depends_on": [1]"#,
            "an entry of `services.a.depends_on` is a number, and a name is expected",
        ),
        (
            r#""networks": ["b"]"#,
            r#""networks": 1"#,
            "`services.a.networks` is a number, and a list or a mapping is expected",
        ),
        (r#""image": "x""#, r#""labels": [1]"#, "an entry of `services.a.labels` is a number"),
        (r#""image": "x""#, r#""expose": [80.5]"#, "an entry of `services.a.expose` is a number"),
        (
            r#""image": "x""#,
            r#""volumes": [{"type": "bind"}]"#,
            "an entry of `services.a.volumes` is a mapping",
        ),
    ];
    for (base, over, expected) in rows {
        assert_eq!(merge(service(base), service(over)).unwrap_err().message, expected, "{base} + {over}");
    }
}

fn any_tree() -> impl Strategy<Value = Node> {
    let leaf = prop_oneof![
        Just(Kind::Null),
        any::<bool>().prop_map(Kind::Bool),
        (0..9_i128).prop_map(Kind::Int),
        "[a-c=:/]{0,4}".prop_map(Kind::Str),
    ]
    .prop_map(Node::made);
    let key = "services|networks|a|b|ports|labels|environment|build|logging|volumes|x-a";
    leaf.prop_recursive(5, 40, 4, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Kind::List),
            prop::collection::vec((key, inner), 0..4).prop_map(|entries| {
                let mut map = Map::default();
                for (key, value) in entries {
                    map.set(key, value);
                }
                Kind::Map(map)
            }),
        ]
        .prop_map(Node::made)
    })
}

proptest! {
    /// Anything merged with anything is a tree or an error, and merging the same again changes nothing more.
    #[test]
    fn merging_is_total_and_settles(base in any_tree(), over in any_tree()) {
        if let Ok(once) = merge(base, over.clone())
            && let Ok(twice) = merge(once.clone(), over.clone())
        {
            let thrice = merge(twice.clone(), over);
            prop_assert_eq!(thrice.ok(), Some(twice));
        }
    }

    /// Nothing says nothing.
    #[test]
    fn an_empty_file_changes_nothing(base in any_tree()) {
        let mut expected = base.clone();
        if base.as_map().is_some() && unique(&mut expected).is_ok() {
            prop_assert_eq!(merge(base, Node::made(Kind::Map(Map::default()))), Ok(expected));
        }
    }
}
