use super::*;
use crate::stack::compose::test_tree::parsed;
use std::fs;

#[test]
fn what_an_entry_says() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    for directory in ["s", "other", "env"] {
        fs::create_dir(root.join(directory)).unwrap();
    }
    for file in ["env/.env", "e.env", "f.env"] {
        fs::write(root.join(file), "").unwrap();
    }
    /// What is written; files, project, directory, variables: all from the root on.
    type Row<'a> = (&'a str, &'a [&'a str], &'a str, &'a str, &'a [&'a str]);
    let rows: [Row; 9] = [
        (r#""b.yml""#, &["b.yml"], "", "", &[]),
        (r#""s/b.yml""#, &["s/b.yml"], "s", "s", &[]),
        (r#""env/b.yml""#, &["env/b.yml"], "env", "env", &["env/.env"]),
        (r#"{"path": ["s/b.yml", "c.yml"]}"#, &["s/b.yml", "c.yml"], "s", "s", &[]),
        (r#"{"path": "s/b.yml", "project_directory": "other"}"#, &["s/b.yml"], "other", "other", &[]),
        (r#"{"path": "s/b.yml", "project_directory": "gone"}"#, &["s/b.yml"], "gone", "", &[]),
        (r#"{"path": "s/b.yml", "env_file": "e.env"}"#, &["s/b.yml"], "s", "s", &["e.env"]),
        (
            r#"{"path": "env/b.yml", "env_file": ["e.env", "f.env"]}"#,
            &["env/b.yml"],
            "env",
            "env",
            &["e.env", "f.env"],
        ),
        (r#"{"path": "env/b.yml", "env_file": "/dev/null"}"#, &["env/b.yml"], "env", "env", &[]),
    ];
    let paths = |names: &[&str]| names.iter().map(|name| root.join(name)).collect::<Vec<_>>();
    for (entry, files, project, directory, env_files) in rows {
        let mut tree = parsed(&format!(r#"{{"include": [{entry}], "services": {{}}}}"#));
        let expected = Include {
            files: paths(files),
            project: absolute(root, Path::new(project)),
            directory: absolute(root, Path::new(directory)),
            env_files: paths(env_files),
            place: Place::nowhere(),
        };
        assert_eq!(take(&mut tree, root, root), Ok(vec![expected]), "{entry}");
        assert_eq!(tree, parsed(r#"{"services": {}}"#));
    }
    for nothing in [r#"{"include": null}"#, "{}", r#"{"include": []}"#] {
        assert_eq!(take(&mut parsed(nothing), root, root), Ok(Vec::new()), "{nothing}");
    }
}

#[test]
fn what_an_entry_may_not_say() {
    let rows = [
        (r#""b.yml""#, "`include` is a string, and a list is expected"),
        (r#"{"path": "b.yml"}"#, "`include` is a mapping, and a list is expected"),
        ("[5]", "a path in `include` is a number, and a text is expected"),
        (r#"[{"path": [true]}]"#, "a path in `include` is a boolean, and a text is expected"),
        (r#"[{"path": "b.yml", "env_file": "gone.env"}]"#, "there is no file with variables `/p/gone.env`"),
    ];
    for (include, expected) in rows {
        let mut tree = parsed(&format!(r#"{{"include": {include}}}"#));
        assert_eq!(
            take(&mut tree, Path::new("/p"), Path::new("/p")).unwrap_err().message,
            expected,
            "{include}"
        );
    }
}

#[test]
fn the_including_file_wins() {
    let rows = [
        (r#"{"services": {"a": {}}, "name": "n", "x-a": 1}"#, "{}", r#"{"services": {"a": {}}}"#),
        (
            r#"{"services": {"a": {"image": "x"}}}"#,
            r#"{"services": {"b": {}}}"#,
            r#"{"services": {"b": {}, "a": {"image": "x"}}}"#,
        ),
        (
            r#"{"services": {"a": {"image": "x", "cap_add": ["X"], "environment": ["B=2"]}}}"#,
            r#"{"services": {"a": {"image": "y", "cap_add": ["Y"]}}}"#,
            r#"{"services": {"a": {"image": "y", "cap_add": ["X", "Y"], "environment": ["B=2"]}}}"#,
        ),
        (
            r#"{"networks": {"n": {"name": "q"}}}"#,
            r#"{"networks": {"n": null}}"#,
            r#"{"networks": {"n": {"name": "q"}}}"#,
        ),
        (
            r#"{"services": {"a": {"dns": ["1"]}}}"#,
            r#"{"services": {"a": {"dns": ["1"]}}}"#,
            r#"{"services": {"a": {"dns": ["1"]}}}"#,
        ),
        (
            r#"{"services": {"a": {"image": "x", "dns": ["1"]}}}"#,
            r#"{"services": {"a": {"dns": {"!reset": null}}}}"#,
            r#"{"services": {"a": {"image": "x"}}}"#,
        ),
    ];
    for (included, own, expected) in rows {
        let mut tree = parsed(own);
        let resets = Resets::take(&mut tree);
        import(parsed(included), &mut tree, &resets).unwrap();
        assert_eq!(tree, parsed(expected), "{included} into {own}");
    }
    let mut tree = parsed(r#"{"services": null}"#);
    let problem = import(parsed(r#"{"services": {"a": {}}}"#), &mut tree, &Resets::default()).unwrap_err();
    assert_eq!(problem.message, "`services` is nothing, and a mapping is expected");
}
