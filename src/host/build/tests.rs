//! Sections and contexts as they reach the engine.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;

use serde_json::json;

use super::*;

fn query(build: &Value) -> Result<String> {
    let order = Order { service: "web", build, image: "p-web", platform: None };
    let query = options::query(&order)?;
    // What every build has is not shown.
    let rest = query.into_iter().filter(|(key, _)| !["version", "rm", "forcerm"].contains(key));
    Ok(rest.map(|(key, value)| format!("{key}={value}\n")).collect())
}

#[test]
fn a_section_is_parameters() {
    let build = json!({
        "context": "/c", "dockerfile": "Dockerfile", "target": "final", "network": "host", "isolation": "default",
        "args": {"A": "1", "UNSET": null}, "labels": {"x": "y"}, "tags": ["a:1", "b:2"],
        "extra_hosts": ["h=1.2.3.4", "six=::1"], "shm_size": "67108864", "no_cache": true, "pull": true,
        "ulimits": {"nofile": {"soft": 1, "hard": 2}, "nproc": 3}, "cache_from": ["a:1", "type=registry,ref=r/b:2"],
        "platforms": ["linux/arm64"], "provenance": false, "secrets": [],
    });
    insta::assert_snapshot!(query(&build).unwrap(), @r#"
    t=p-web
    t=a:1
    t=b:2
    buildargs={"A":"1"}
    labels={"com.docker.compose.image.builder":"classic","x":"y"}
    target=final
    networkmode=host
    isolation=default
    extrahosts=h:1.2.3.4
    extrahosts=six:::1
    shmsize=67108864
    ulimits=[{"Hard":2,"Name":"nofile","Soft":1},{"Hard":3,"Name":"nproc","Soft":3}]
    cachefrom=["a:1","r/b:2"]
    nocache=1
    pull=1
    platform=linux/arm64
    "#);
}

#[test]
fn what_only_buildkit_can_do_is_refused_by_name() {
    for (key, value) in [
        ("additional_contexts", json!({"a": "/b"})),
        ("cache_to", json!(["type=local,dest=/x"])),
        ("cache_from", json!(["type=local,src=/x"])),
        ("entitlements", json!(["network.host"])),
        ("platforms", json!(["linux/amd64", "linux/arm64"])),
        ("privileged", json!(true)),
        ("provenance", json!("mode=max")),
        ("sbom", json!(true)),
        ("secrets", json!([{"source": "s"}])),
        ("ssh", json!(["default"])),
    ] {
        let failure = query(&json!({ "context": "/c", key: value })).unwrap_err();
        assert!(failure.to_string().contains(&format!("`services.web.build.{key}`")), "{failure}");
        assert!(failure.hint_text().is_some());
    }
}

/// The paths of the archive that is made of a directory, and their texts.
fn archive(directory: &Path, build: &Value) -> (String, BTreeMap<String, String>) {
    let mut build = build.clone();
    build["context"] = json!(directory);
    let order = Order { service: "web", build: &build, image: "p-web", platform: None };
    let Source::Local(context) = Source::find(&order).unwrap() else { panic!("it is a directory") };
    let mut bytes = Vec::new();
    context.write(&mut bytes).unwrap();
    let mut found = BTreeMap::new();
    for entry in tar::Archive::new(bytes.as_slice()).entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!((entry.header().uid().unwrap(), entry.header().gid().unwrap()), (0, 0));
        let path = entry.path().unwrap().display().to_string();
        let mut text =
            entry.link_name().unwrap().map(|to| format!("-> {}", to.display())).unwrap_or_default();
        entry.read_to_string(&mut text).unwrap();
        assert_eq!(found.insert(path.clone(), text), None, "{path} is there twice");
    }
    (context.dockerfile().to_string(), found)
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    directory
}

#[test]
fn a_context_is_a_directory_without_what_is_left_out() {
    let context =
        tree(&[("Dockerfile", "FROM x"), (".dockerignore", "*\n!keep"), ("keep/a", "1"), ("gone/b", "2")]);
    std::os::unix::fs::symlink("../elsewhere", context.path().join("keep/link")).unwrap();
    let (dockerfile, found) = archive(context.path(), &json!({}));
    assert_eq!(dockerfile, "Dockerfile");
    let paths: Vec<_> = found.keys().map(String::as_str).collect();
    assert_eq!(paths, [".dockerignore", "Dockerfile", "keep/", "keep/a", "keep/link"]);
    assert_eq!((found["keep/a"].as_str(), found["keep/link"].as_str()), ("1", "-> ../elsewhere"));
}

#[test]
fn the_file_beside_the_dockerfile_comes_first() {
    let context = tree(&[
        ("docker/web", "FROM x"),
        ("docker/web.dockerignore", "a"),
        (".dockerignore", "b"),
        ("a", ""),
        ("b", ""),
    ]);
    let (dockerfile, found) = archive(context.path(), &json!({ "dockerfile": "docker/web" }));
    assert_eq!(dockerfile, "docker/web");
    assert!(found.contains_key("b") && !found.contains_key("a"), "{found:?}");
}

#[test]
fn a_dockerfile_from_elsewhere_travels_under_a_name_of_its_own_and_is_taken_out_again() {
    let outside = tree(&[("Dockerfile", "FROM y")]);
    let context = tree(&[("a", ""), (".dockerignore", "a")]);
    let path = outside.path().join("Dockerfile");
    std::os::unix::fs::symlink(&path, context.path().join("link")).unwrap();
    for (build, text) in [
        (json!({ "dockerfile_inline": "FROM z" }), "FROM z"),
        (json!({ "dockerfile": path }), "FROM y"),
        (json!({ "dockerfile": "link" }), "FROM y"),
    ] {
        let (name, found) = archive(context.path(), &build);
        assert!(name.starts_with(".dockerfile."), "{name}");
        assert_eq!(found[&name], text);
        assert_eq!(found[".dockerignore"], format!("a\n{name}\n"));
        assert!(!found.contains_key("a"));
    }
}

#[test]
fn names_that_are_short_of_nothing() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(200));
    let context = tree(&[("dockerfile", "FROM x"), (&long, "1")]);
    let (dockerfile, found) = archive(context.path(), &json!({ "dockerfile": "Dockerfile" }));
    assert_eq!(dockerfile, "dockerfile");
    assert_eq!(found[&long], "1");
}

#[test]
fn what_is_not_there_is_named() {
    let context = tree(&[("a", "")]);
    let find = |build: Value| {
        Source::find(&Order { service: "web", build: &build, image: "p-web", platform: None }).unwrap_err()
    };
    let failure = find(json!({ "context": context.path() }));
    assert!(failure.to_string().contains("cannot read the Dockerfile"), "{failure}");
    let failure = find(json!({ "context": "/no/such/place" }));
    assert!(failure.to_string().contains("`/no/such/place` of `web` is no directory"), "{failure}");
    let failure = find(json!({ "context": "https://example.org/x.git", "dockerfile_inline": "FROM x" }));
    assert!(failure.to_string().contains("`services.web.build.dockerfile_inline`"), "{failure}");
}

#[test]
fn the_engine_fetches_what_is_elsewhere() {
    for url in [
        "https://example.org/x.git#v1:sub",
        "git@example.org:x.git",
        "github.com/a/b",
        "https://example.org/c.tar.gz",
    ] {
        let build = json!({ "context": url, "dockerfile": "D" });
        let order = Order { service: "web", build: &build, image: "p-web", platform: None };
        match Source::find(&order).unwrap() {
            Source::Remote { url: found, dockerfile } => {
                assert_eq!((found.as_str(), dockerfile.as_deref()), (url, Some("D")));
            }
            Source::Local(_) => panic!("{url} is no directory"),
        }
    }
}

#[test]
fn what_a_build_says_is_told_without_its_secrets() {
    let build = json!({ "args": { "API_TOKEN": "q8w7e6r5t4", "COLOUR": "cornflower" } });
    let redactor = Redactor { values: secrets(&build), identifiers: None, tags: Tags::default() };
    let last = VecDeque::from([redactor.text("fetched with q8w7e6r5t4 in cornflower")]);
    let failure = with_last_words(&Failure::environment("cannot build: q8w7e6r5t4"), &redactor, &last);
    let text = failure.to_string();
    assert!(!text.contains("q8w7e6r5t4") && text.contains("cornflower"), "{text}");
}
