use super::*;
use crate::stack::compose::test_tree::parsed;

/// What the services of a file are once everything is merged in; other files by their paths.
fn extended(file: &str, others: &[(&str, &str)]) -> std::result::Result<Node, String> {
    let mut tree = parsed(&format!(r#"{{"services": {{{file}}}}}"#));
    let resets = Resets::take(&mut tree);
    let mut read = |path: &Path, place: &Place| {
        let Some((_, text)) = others.iter().find(|(name, _)| Path::new(name) == path) else {
            return Err(Problem::new(place, format!("`{}` is not there", path.display())));
        };
        let mut tree = parsed(&format!(r#"{{"services": {{{text}}}}}"#));
        let resets = Resets::take(&mut tree);
        let services = tree.as_map_mut().unwrap().remove("services").unwrap();
        let Kind::Map(services) = services.kind else { panic!("{text}") };
        let directory = path.parent().unwrap().to_path_buf();
        Ok(Base { file: path.to_path_buf(), directory, services, resets })
    };
    let applied = apply(&mut tree, Path::new("/p/compose.yml"), Path::new("/p"), &resets, &mut read);
    applied
        .map_err(|problem| problem.message)
        .map(|()| tree.as_map_mut().unwrap().remove("services").unwrap())
}

#[test]
fn a_service_starts_from_another() {
    let others: &[(&str, &str)] = &[
        (
            "/p/sub/b.yml",
            r#""z": {"extends": {"file": "../c.yml", "service": "y"}, "labels": ["z=1"]}, "a": {"image": "other"}, "n": null"#,
        ),
        ("/p/c.yml", r#""y": {"image": "deep", "labels": ["y=1"]}"#),
        (
            "/p/r.yml",
            r#""z": {"extends": "y", "ports": {"!reset": null}}, "y": {"image": "x", "ports": ["80"]}"#,
        ),
    ];
    let rows = [
        // the short form, the long one, a chain, and what is merged
        (r#""a": {"extends": "b", "init": true}, "b": {"image": "x"}"#, r#"{"image": "x", "init": true}"#),
        (r#""a": {"extends": {"service": "b"}}, "b": {"image": "x"}"#, r#"{"image": "x"}"#),
        (r#""a": {"extends": {"service": "b", "file": null}}, "b": {"image": "x"}"#, r#"{"image": "x"}"#),
        (r#""a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"image": "x"}"#, r#"{"image": "x"}"#),
        (
            r#""a": {"extends": "b", "cap_add": ["X"], "command": "q"}, "b": {"cap_add": ["X", "Y"], "command": ["a"], "links": ["c"]}"#,
            r#"{"cap_add": ["X", "Y"], "command": "q", "links": ["c"]}"#,
        ),
        // other files: paths from the file that says them
        (
            r#""a": {"extends": {"file": "sub/b.yml", "service": "z"}}"#,
            r#"{"image": "deep", "labels": ["y=1", "z=1"]}"#,
        ),
        (r#""a": {"extends": {"file": "./sub/b.yml", "service": "a"}}"#, r#"{"image": "other"}"#),
        (
            r#""a": {"extends": {"file": "/p/c.yml", "service": "y"}, "image": "own"}"#,
            r#"{"image": "own", "labels": ["y=1"]}"#,
        ),
        (
            r#""a": {"extends": {"file": "sub/b.yml", "service": "n"}, "image": "x"}"#,
            r#"{"extends": {"file": "sub/b.yml", "service": "n"}, "image": "x"}"#,
        ),
        // tags take out what is extended, and only that
        (
            r#""a": {"extends": "b", "ports": {"!reset": null}}, "b": {"image": "x", "ports": ["80"]}"#,
            r#"{"image": "x"}"#,
        ),
        (r#""a": {"extends": "b", "dns": {"!override": ["1"]}}, "b": {"dns": ["2"]}"#, r#"{"dns": ["1"]}"#),
        (
            r#""a": {"extends": "b", "dns": ["1"]}, "b": {"dns": {"!override": ["2"]}}"#,
            r#"{"dns": ["2", "1"]}"#,
        ),
        (r#""a": {"extends": {"file": "r.yml", "service": "z"}}"#, r#"{"image": "x"}"#),
    ];
    for (file, expected) in rows {
        let services = extended(file, others).unwrap_or_else(|message| panic!("{file}: {message}"));
        assert_eq!(services.as_map().unwrap().get("a"), Some(&parsed(expected)), "{file}");
    }
}

#[test]
fn what_cannot_be_extended_is_said() {
    let others: &[(&str, &str)] = &[
        ("/p/b.yml", r#""y": {"image": "x"}"#),
        ("/p/l.yml", r#""y": {"extends": {"file": "l.yml", "service": "y"}}"#),
    ];
    let rows = [
        (r#""a": {"extends": "z"}"#, "there is no service `z` in `/p/compose.yml`"),
        (r#""a": {"extends": {"file": "b.yml", "service": "z"}}"#, "there is no service `z` in `/p/b.yml`"),
        (r#""a": {"extends": {"file": "gone.yml", "service": "z"}}"#, "`/p/gone.yml` is not there"),
        (
            r#""a": {"extends": {"file": "b.yml"}}"#,
            "`extends` of the service `a` does not say which `service`",
        ),
        (r#""a": {"extends": {"file": 5, "service": "y"}}"#, "`extends.file` of the service `a` is a number"),
        (r#""a": {"extends": ["b"]}, "b": {}"#, "`extends` of the service `a` is a list"),
        (r#""a": {"extends": null}"#, "`extends` of the service `a` is nothing"),
        (r#""a": "x""#, "the service `a` is a string, and a mapping is expected"),
        (r#""a": {"extends": "a"}"#, "services extend each other in a circle: `a` extends `a`"),
        (
            r#""x": {"extends": "a"}, "a": {"extends": "b"}, "b": {"extends": "c"}, "c": {"extends": "a"}"#,
            "services extend each other in a circle: `a` extends `b` extends `c` extends `a`",
        ),
        (
            r#""a": {"extends": {"file": "l.yml", "service": "y"}}"#,
            "services extend each other in a circle: `y` extends `y`",
        ),
    ];
    for (file, expected) in rows {
        assert_eq!(extended(file, others).unwrap_err(), expected, "{file}");
    }
}

#[test]
fn a_chain_is_not_endless() {
    let chain = |length: usize| {
        let links: Vec<String> =
            (0..length).map(|n| format!(r#""s{n}": {{"extends": "s{}"}}"#, n + 1)).collect();
        extended(&format!(r#"{}, "s{length}": {{"image": "x"}}"#, links.join(", ")), &[])
    };
    assert!(chain(LONGEST).is_ok());
    assert_eq!(chain(LONGEST + 1).unwrap_err(), format!("more than {LONGEST} services extend each other"));
}

#[test]
fn a_small_file_does_not_become_a_large_tree() {
    let labels = vec![r#""l""#; 2_000].join(", ");
    let services = |count: usize| {
        let many: Vec<String> = (0..count).map(|n| format!(r#""s{n}": {{"extends": "b"}}"#)).collect();
        extended(&format!(r#""b": {{"x-l": [{labels}]}}, {}"#, many.join(", ")), &[])
    };
    assert!(services(400).is_ok());
    assert_eq!(services(600).unwrap_err(), "more than 1000000 values come out of `extends`");
}

#[test]
fn services_have_to_be_a_mapping() {
    let mut tree = parsed(r#"{"services": ["a"]}"#);
    let mut read = |_: &Path, place: &Place| Err(Problem::new(place, "not asked"));
    let problem =
        apply(&mut tree, Path::new("f"), Path::new("/"), &Resets::default(), &mut read).unwrap_err();
    assert_eq!(problem.message, "`services` is a list, and a mapping is expected");
}
