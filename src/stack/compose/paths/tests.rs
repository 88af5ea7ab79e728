//! Paths as they are written and as they are resolved.

use serde_json::{Value, json};

use super::*;
use crate::stack::compose::canonical::canonical;
use crate::stack::compose::canonical::tests::tree;

#[test]
fn paths_are_cleaned_as_the_engine_cleans_them() {
    let rows = [
        ("/", "/"),
        ("/x/", "/x"),
        ("//x///y", "/x/y"),
        ("/x/./y/../z", "/x/z"),
        ("/../x", "/x"),
        ("x/..", "."),
        ("../../x", "../../x"),
        ("x/../../y", "../y"),
        ("./x", "x"),
        ("C:\\x", "C:\\x"),
    ];
    for (written, cleaned) in rows {
        assert_eq!(clean(written), cleaned, "{written}");
    }
}

fn resolved(document: &Value, home: Option<&str>) -> Value {
    let mut found = canonical(tree(document)).unwrap();
    resolve(&mut found, Path::new("/W/p"), home.map(Path::new)).unwrap();
    crate::stack::compose::render::json(&found)
}

#[test]
fn contexts_may_be_elsewhere() {
    let rows = [
        (".", "/W/p"),
        ("./x/", "/W/p/x"),
        ("../x", "/W/x"),
        ("/x//y/../z", "/x//y/../z"),
        ("~/x", "/home/me/x"),
        ("~x", "/home/me/x"),
        ("https://example.com/x.git#main:d", "https://example.com/x.git#main:d"),
        ("git@example.com:a/b", "git@example.com:a/b"),
        ("github.com/a/b", "github.com/a/b"),
        ("service:b", "service:b"),
        ("docker-image://alpine", "docker-image://alpine"),
    ];
    for (written, expected) in rows {
        let build = json!({"context": written, "additional_contexts": {"other": written}});
        let found = resolved(&json!({"services": {"a": {"build": build}}}), Some("/home/me"));
        let build = &found["services"]["a"]["build"];
        assert_eq!(build["context"], expected, "{written}");
        assert_eq!(build["additional_contexts"]["other"], expected, "{written}");
    }
    assert_eq!(
        resolved(&json!({"services": {"a": {"build": ""}}}), None)["services"]["a"]["build"],
        json!({})
    );
}

#[test]
fn files_of_windows_are_absolute() {
    let rows = [
        ("x", "/W/p/x"),
        ("C:\\x", "C:\\x"),
        ("C:/x", "C:/x"),
        ("C:x", "/W/p/C:x"),
        ("\\\\host\\share", "\\\\host\\share"),
        ("~", "/home/me"),
    ];
    for (written, expected) in rows {
        let document = json!({
            "services": {"a": {"volumes": [{"type": "bind", "source": written, "target": "/t"}]}},
            "secrets": {"s": {"file": written}},
            "configs": {"c": {"file": written}},
            "volumes": {"v": {"driver": "local", "driver_opts": {"o": "bind", "device": written}}}
        });
        let found = resolved(&document, Some("/home/me"));
        assert_eq!(found["services"]["a"]["volumes"][0]["source"], expected, "{written}");
        assert_eq!(found["secrets"]["s"]["file"], expected, "{written}");
        assert_eq!(found["configs"]["c"]["file"], expected, "{written}");
        assert_eq!(found["volumes"]["v"]["driver_opts"]["device"], expected, "{written}");
    }
}

#[test]
fn what_is_no_path_stays() {
    let document = json!({
        "services": {"a": {
            "working_dir": "x", "credential_spec": {"file": "./f"}, "command": ["./x"],
            "volumes": [{"type": "volume", "source": "v", "target": "/t"}], "build": {"dockerfile": "../D", "ssh": {"default": null}}
        }},
        "volumes": {"v": {"driver": "local", "driver_opts": {"o": "bind,ro", "device": "./d"}}}
    });
    let found = resolved(&document, None);
    let service = &found["services"]["a"];
    assert_eq!(service["working_dir"], "x");
    assert_eq!(service["credential_spec"]["file"], "./f");
    assert_eq!(service["command"], json!(["./x"]));
    assert_eq!(service["volumes"][0]["source"], "v");
    assert_eq!(service["build"]["dockerfile"], "../D");
    assert_eq!(service["build"]["ssh"], json!(["default"]));
    assert_eq!(found["volumes"]["v"]["driver_opts"]["device"], "./d");
}

#[test]
fn files_that_a_service_names_are_found() {
    let document = json!({"services": {"a": {
        "env_file": ["./e", "/e"], "label_file": "l", "extends": {"file": "x.yml", "service": "b"},
        "build": {"ssh": ["key=./k"]}
    }}});
    let found = resolved(&document, None);
    let service = &found["services"]["a"];
    assert_eq!(service["env_file"], json!([{"path": "/W/p/e"}, {"path": "/e"}]));
    assert_eq!(service["label_file"], json!(["/W/p/l"]));
    assert_eq!(service["extends"], json!({"file": "/W/p/x.yml", "service": "b"}));
    assert_eq!(service["build"]["ssh"], json!(["key: /W/p/k"]));
}

#[test]
fn a_link_in_a_watched_path_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let real = directory.path().canonicalize().unwrap();
    std::fs::create_dir(real.join("there")).unwrap();
    std::os::unix::fs::symlink(real.join("there"), real.join("link")).unwrap();
    let watched = json!({"path": "link/x", "action": "sync", "target": "/t"});
    let document = json!({"services": {"a": {"develop": {"watch": [watched]}}}});
    let mut found = canonical(tree(&document)).unwrap();
    resolve(&mut found, &real, None).unwrap();
    let printed = crate::stack::compose::render::json(&found);
    let path = &printed["services"]["a"]["develop"]["watch"][0]["path"];
    assert_eq!(path, real.join("there/x").to_str().unwrap());
}
