use super::*;
use crate::stack::compose::render;
use serde_json::{Value, json};
use std::fs;

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix("p").tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn options(folder: &tempfile::TempDir) -> Options {
    let environment = Environment::from([("HOME".into(), "/home/me".into()), ("OWN".into(), "own".into())]);
    Options { working_directory: folder.path().to_path_buf(), environment, ..Options::default() }
}

/// What one part of the resolved model looks like; `@` is the directory.
fn part(folder: &tempfile::TempDir, options: &Options, pointer: &str) -> Value {
    let project = load(options).unwrap_or_else(|problem| panic!("{problem}"));
    let text = render::json(&project.tree).to_string().replace(&*folder.path().to_string_lossy(), "@");
    serde_json::from_str::<Value>(&text).unwrap().pointer(pointer).cloned().unwrap_or(Value::Null)
}

fn wrong(files: &[(&str, &str)]) -> String {
    let folder = folder(files);
    let problem = load(&options(&folder)).unwrap_err();
    problem.to_string().replace(&*folder.path().to_string_lossy(), "@")
}

#[test]
fn files_become_one_model() {
    type Row = (&'static str, &'static [(&'static str, &'static str)], &'static str, Value);
    let rows: Vec<Row> = vec![
        (
            "one file",
            &[("compose.yml", "services: {a: {image: x, ports: [80]}}")],
            "/services/a/ports",
            json!([{"mode": "ingress", "target": 80, "protocol": "tcp"}]),
        ),
        (
            "a file over it",
            &[
                ("compose.yml", "services: {a: {image: x, ports: ['80:80']}}"),
                ("compose.override.yml", "services: {a: {image: y, ports: !reset null}}"),
            ],
            "/services/a",
            json!({"command": null, "entrypoint": null, "image": "y", "networks": {"default": null}}),
        ),
        (
            "documents",
            &[("compose.yml", "services: {a: {image: x}}\n---\nservices: {a: {image: z}}")],
            "/services/a/image",
            json!("z"),
        ),
        (
            "the name",
            &[("compose.yml", "name: 'x-${OWN}'\nservices: {a: {image: '${COMPOSE_PROJECT_NAME}'}}")],
            "/services/a/image",
            json!("x-own"),
        ),
        (
            "the default network has the name",
            &[("compose.yml", "name: Foo\nservices: {a: {image: x}}")],
            "/networks/default/name",
            json!("foo_default"),
        ),
        (
            "what else is in an extended file does not matter",
            &[
                ("compose.yml", "services: {a: {extends: {file: s/b.yml, service: z}, image: 'q$V'}}"),
                ("s/b.yml", "services: {z: {image: 1, labels: {v: '$V'}}, y: 5}\nbogus: 1"),
                (".env", "V=2"),
                ("s/.env", "V=3"),
            ],
            "/services/a",
            json!({"command": null, "entrypoint": null, "image": "q2", "labels": {"v": "2"}, "networks": {"default": null}}),
        ),
        (
            "paths of an extended service",
            &[
                ("compose.yml", "services: {a: {extends: {file: s/b.yml, service: z}, volumes: ['./d:/d']}}"),
                (
                    "s/b.yml",
                    "services: {z: {extends: {file: ../t/c.yml, service: y}, image: x, volumes: ['./v:/v']}}",
                ),
                ("t/c.yml", "services: {y: {volumes: ['./c:/c']}}"),
            ],
            "/services/a/volumes",
            json!([{"type": "bind", "source": "@/t/c", "target": "/c", "bind": {}}, {"type": "bind", "source": "@/s/v", "target": "/v", "bind": {}},
                {"type": "bind", "source": "@/d", "target": "/d", "bind": {}}]),
        ),
        (
            "an extended build is that of the project",
            &[
                (
                    "compose.yml",
                    "services: {a: {extends: {file: s/b.yml, service: z}}, b: {extends: {file: s/b.yml, service: y}}}",
                ),
                ("s/b.yml", "services: {z: {build: {dockerfile: D}}, y: {build: .}}"),
            ],
            "/services",
            json!({"a": {"build": {"context": "@", "dockerfile": "D"}, "command": null, "entrypoint": null, "networks": {"default": null}},
                "b": {"build": {"context": "@/s", "dockerfile": "Dockerfile"}, "command": null, "entrypoint": null, "networks": {"default": null}}}),
        ),
        (
            "an entry in another form is the same",
            &[
                (
                    "compose.yml",
                    "services: {a: {image: x, group_add: [44, a], deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}}}",
                ),
                (
                    "compose.override.yml",
                    "services: {a: {group_add: [44, b], deploy: {resources: {reservations: {devices: [{capabilities: [gpu]}]}}}}}",
                ),
            ],
            "/services/a",
            json!({"command": null, "entrypoint": null, "group_add": ["44", "a", "b"], "image": "x", "networks": {"default": null},
                "deploy": {"resources": {"reservations": {"devices": [{"capabilities": ["gpu"], "count": -1}]}}, "placement": {}}}),
        ),
        (
            "include has its own variables",
            &[
                ("compose.yml", "include: [s/b.yml]"),
                ("s/b.yml", "services: {z: {image: 'q${V}${W}', environment: [V, W, X]}}"),
                ("s/.env", "V=1\nW=2"),
                (".env", "V=9\nX=3"),
            ],
            "/services/z",
            json!({"command": null, "entrypoint": null,
            "environment": {"V": "9", "W": "2", "X": "3"}, "image": "q92", "networks": {"default": null}}),
        ),
        (
            "include, then extends",
            &[
                ("compose.yml", "include: [b.yml]\nservices: {a: {extends: z, labels: {l: 1}}}"),
                ("b.yml", "services: {z: {image: q}}"),
            ],
            "/services/a/image",
            json!("q"),
        ),
        (
            "the including file wins",
            &[
                ("compose.yml", "include: [b.yml, c.yml]\nservices: {z: {labels: {l: 1}}}"),
                ("b.yml", "services: {z: {image: b}}"),
                ("c.yml", "services: {z: {image: c}}"),
            ],
            "/services/z/image",
            json!("b"),
        ),
        (
            "included twice",
            &[
                ("compose.yml", "include: [b.yml, c.yml]"),
                ("b.yml", "include: [d.yml]"),
                ("c.yml", "include: [d.yml]"),
                ("d.yml", "services: {z: {image: q, cap_add: [X]}}"),
            ],
            "/services/z/cap_add",
            json!(["X"]),
        ),
        (
            "a dollar stays",
            &[("compose.yml", "include: [b.yml]"), ("b.yml", "services: {z: {image: q, command: 'a $$B'}}")],
            "/services/z/command",
            json!(["a", "$$B"]),
        ),
        (
            "files with variables",
            &[
                (
                    "compose.yml",
                    "services: {b: {image: x, environment: {A: 1, N: }, env_file: [a.env, {path: b.env}, {path: no, required: false}]}}",
                ),
                ("a.env", "A=a\nB=a\nC=$B$A$OWN"),
                ("b.env", "B=b\nD=$C\nN=5"),
            ],
            "/services/b/environment",
            json!({"A": "1", "B": "b", "C": "a1own", "D": "a1own", "N": null}),
        ),
        (
            "raw variables",
            &[
                ("compose.yml", "services: {b: {image: x, env_file: [{path: a.env, format: raw}]}}"),
                ("a.env", "A='$OWN'"),
            ],
            "/services/b/environment",
            json!({"A": "'$$OWN'"}),
        ),
        (
            "files with labels",
            &[
                ("compose.yml", "services: {b: {image: x, labels: {A: 1}, label_file: a.lab}}"),
                ("a.lab", "A=2\nB=3"),
            ],
            "/services/b/labels",
            json!({"A": "1", "B": "3"}),
        ),
        (
            "an inactive service asks for nothing",
            &[(
                "compose.yml",
                "services: {a: {image: x, profiles: [p], env_file: no, volumes: ['v:/v']}, b: {image: y}}",
            )],
            "/services/a",
            Value::Null,
        ),
        (
            "it may be depended on where it is not required",
            &[(
                "compose.yml",
                "services: {a: {image: x, profiles: [p]}, b: {image: y, depends_on: {a: {condition: service_started, required: false}}}}",
            )],
            "/services/b/depends_on",
            json!({"a": {"condition": "service_started", "required": false}}),
        ),
        (
            "what nobody uses is not shown",
            &[("compose.yml", "services: {a: {image: x}}\nvolumes: {v: }\nnetworks: {n: }\nx-y: 1")],
            "/volumes",
            Value::Null,
        ),
        (
            "what jobs alone use is not shown either",
            &[(
                "compose.yml",
                "services: {a: {image: x, volumes: ['data:/d']}}
jobs: {j: {image: x, triggers: {manual: true}, volumes: ['data:/d', 'more:/m']}}
volumes: {data: {name: d}, more: {name: m}}",
            )],
            "/volumes",
            json!({"data": {"name": "d"}}),
        ),
        (
            "variables of the lines and files before",
            &[
                (
                    "compose.yml",
                    "services: {a: {image: x, env_file: [1.env, 2.env], environment: {SET: service}}}",
                ),
                ("1.env", "A=1\nB=1"),
                ("2.env", "BEFORE=$A\nA=2\nSET=file\nAFTER=$A $B $SET"),
            ],
            "/services/a/environment",
            json!({"A": "2", "AFTER": "2 1 service", "B": "1", "BEFORE": "1", "SET": "service"}),
        ),
        (
            "hosts with a colon and with a sign of equality",
            &[
                ("compose.yml", "services: {a: {image: x, extra_hosts: ['a:1', 'b=2', 'c:3']}}"),
                ("compose.override.yml", "services: {a: {extra_hosts: {a: '1', b: '2', d: '4'}}}"),
            ],
            "/services/a/extra_hosts",
            json!(["a=1", "a=1", "b=2", "c=3", "d=4"]),
        ),
        (
            "hosts that are written alike",
            &[
                ("compose.yml", "services: {a: {build: {context: ., extra_hosts: ['a:1', 'b=2']}}}"),
                ("compose.override.yml", "services: {a: {build: {extra_hosts: ['a:1', 'b:2']}}}"),
            ],
            "/services/a/build/extra_hosts",
            json!(["a=1", "b=2", "b=2"]),
        ),
        (
            "hosts of what runs before a service",
            &[(
                "compose.yml",
                "services: {a: {image: x, extra_hosts: ['a:1', 'b=2', 'c:3'],
                    pre_start: [{command: x, extra_hosts: ['a=1', 'b:2', 'c:3']}]}}",
            )],
            "/services/a/pre_start/0/extra_hosts",
            json!(["a=1", "a=1", "b=2", "b=2", "c=3"]),
        ),
        (
            "a config that an included file takes from a variable that is not set",
            &[
                ("compose.yml", "include: [b.yml]"),
                ("b.yml", "services: {a: {image: x, configs: [c]}}\nconfigs: {c: {environment: GONE}}"),
            ],
            "/configs/c/environment",
            json!("GONE"),
        ),
        ("extensions are", &[("compose.yml", "services: {a: {image: x}}\nx-y: 1")], "/x-y", json!(1)),
        ("no service at all", &[("compose.yml", "services: {}")], "/services", json!({})),
    ];
    for (what, files, pointer, expected) in rows {
        let folder = folder(files);
        assert_eq!(part(&folder, &options(&folder), pointer), expected, "{what}");
    }
}

#[test]
fn what_is_asked_for_is_given() {
    let folder = folder(&[(
        "compose.yml",
        "services: {a: {image: x, depends_on: [b]}, b: {image: y}, c: {image: z, profiles: [p]}}\nvolumes: {v: }",
    )]);
    let options = options(&folder);
    let services = |options: Options| {
        let Value::Object(services) = part(&folder, &options, "/services") else { panic!("no services") };
        services.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(services(options.clone()), "a b");
    assert_eq!(services(Options { services: vec!["b".into()], ..options.clone() }), "b");
    assert_eq!(services(Options { services: vec!["a".into()], ..options.clone() }), "a b");
    assert_eq!(services(Options { services: vec!["c".into()], ..options.clone() }), "c");
    assert_eq!(services(Options { profiles: vec!["p".into()], ..options.clone() }), "a b c");
    assert_eq!(
        part(&folder, &Options { all_resources: true, ..options.clone() }, "/volumes/v")
            .as_object()
            .map(serde_json::Map::len),
        Some(1)
    );
    let stdin =
        Options { files: vec!["-".into()], stdin: Some("services: {s: {image: x}}".into()), ..options };
    assert_eq!(services(stdin), "s");
}

#[test]
fn what_is_wrong_has_its_place() {
    let rows: [(&[(&str, &str)], &str); 16] = [
        (&[("compose.yml", "# nothing\n")], "`@/compose.yml` says nothing"),
        (&[("compose.yml", "~\n")], "@/compose.yml:1:1: a compose file is a mapping, and this is nothing"),
        (&[("compose.yml", "- a\n")], "@/compose.yml:1:1: a compose file is a mapping, and this is a list"),
        (
            &[("compose.yml", "services:\n  - a\n")],
            "@/compose.yml:2:3: `services` is a list, and a mapping is expected",
        ),
        (
            &[("compose.yml", "services:\n  a:\n    extends: b\n")],
            "@/compose.yml:3:14: there is no service `b` in `@/compose.yml`",
        ),
        (
            &[("compose.yml", "services:\n  a:\n    extends: {file: b.yml, service: c}\n")],
            "@/compose.yml:3:14: `@/b.yml` cannot be read: there is no such file",
        ),
        (
            &[
                ("compose.yml", "services:\n  a:\n    extends: {file: b.yml, service: c}\n"),
                ("b.yml", "x-a: 1"),
            ],
            "@/compose.yml:3:14: `@/b.yml` has no `services` to extend",
        ),
        (
            &[("compose.yml", "include:\n  - b.yml\n")],
            "@/compose.yml:2:5: `@/b.yml` cannot be read: there is no such file",
        ),
        (
            &[("compose.yml", "include: [b.yml]"), ("b.yml", "include: [compose.yml]")],
            "@/b.yml:1:11: files include each other in a circle: `@/compose.yml` includes `@/b.yml` includes `@/compose.yml`",
        ),
        (&[("compose.yml", "include: [b.yml]"), ("b.yml", "services: {a: {image: '${X'}}")], "@/b.yml:1:"),
        (
            &[(
                "compose.yml",
                "services:\n  a:\n    image: x\n    volumes:\n      - {type: tmpfs, target: /a/}\n      - {type: tmpfs, target: /a}\n",
            )],
            "@/compose.yml:6:9: the service `a` mounts `/a` twice in `volumes`",
        ),
        (
            &[("compose.yml", "include: [b.yml]"), ("b.yml", "configs:\n  c:\n    environment: OWN\n")],
            "@/b.yml:3:18: `configs.c` takes its content from the variable `OWN`",
        ),
        (
            &[("compose.yml", "services:\n  a:\n    image: x\n    env_file: no.env\n")],
            "@/compose.yml:4:15: there is no file with variables `@/no.env`",
        ),
        (
            &[("compose.yml", "services:\n  a:\n    image: x\n    label_file: no\n")],
            "@/compose.yml:4:17: there is no file with labels `@/no`",
        ),
        (&[("compose.yml", "services:\n  a:\n    imagee: x\n")], "@/compose.yml:3:"),
        (&[("compose.yml", "services:\n  a:\n    image: x\n    networks: [n]\n")], "@/compose.yml:4:"),
    ];
    for (files, expected) in rows {
        let message = wrong(files);
        assert!(message.starts_with(expected), "{files:?}\n  says     {message}\n  expected {expected}");
    }
}

#[test]
fn what_should_be_known_is_said_once() {
    let folder = folder(&[
        ("compose.yml", "version: '3'\nservices: {a: {image: 'x$UNSET', user: '$UNSET'}}"),
        ("compose.override.yml", "services: {a: {hostname: '$UNSET'}}"),
    ]);
    let project = load(&options(&folder)).unwrap();
    assert_eq!(project.warnings.len(), 2, "{:?}", project.warnings);
    assert_eq!(project.files.len(), 2);
    assert_eq!(project.directory, folder.path());
}

#[test]
fn many_ways_to_the_same_file_are_one() {
    let names: Vec<(String, String)> = (0..60)
        .map(|n| {
            (
                format!("f{n}.yml"),
                format!(
                    "include: [f{}.yml, {{path: f{}.yml}}]\nservices: {{s{n}: {{image: x}}}}",
                    n + 1,
                    n + 1
                ),
            )
        })
        .collect();
    let mut files: Vec<(&str, &str)> =
        names.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    files.push(("f60.yml", "services: {last: {image: x}}"));
    files.push(("compose.yml", "include: [f0.yml]"));
    let folder = folder(&files);
    assert_eq!(part(&folder, &options(&folder), "/services").as_object().map(serde_json::Map::len), Some(61));
}
