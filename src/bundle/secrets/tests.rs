//! What is gathered from an installation with a secret in every place.

use super::*;
use crate::bundle::collect::testing::{engine, ordinary, scope};
use crate::facts::storage::nas::Credentials;
use serde_json::json;

#[test]
fn every_place_of_an_installation() {
    let dir = tempfile::tempdir().unwrap();
    let mut scope = scope(dir.path());
    let (config, home) = (scope.home.config.clone(), dir.path().join("person"));
    for directory in [&config, &scope.home.state, &home.join(".docker")] {
        std::fs::create_dir_all(directory).unwrap();
    }
    let secret = |n: u32| format!("planted-{n:04}");
    std::fs::write(
        config.join("tars.env"),
        format!("TARS_ANSWER_API_KEY={}\nSMB_PASS='{}'\n", secret(1), secret(2)),
    )
    .unwrap();
    std::fs::write(config.join("tars.toml"), format!("[answer]\nendpoint = \"http://u:{}@h\"\n", secret(3)))
        .unwrap();
    std::fs::write(config.join("admin-password"), secret(4) + "\n").unwrap();
    std::fs::write(config.join("compose.yml"), format!("  environment:\n    DB_PASSWORD: {}\n", secret(5)))
        .unwrap();
    std::fs::write(home.join(".netrc"), format!("machine h login u password {}\n", secret(6))).unwrap();
    let credentials = dir.path().join("credentials");
    std::fs::write(&credentials, format!("username=u\npassword={}\n", secret(7))).unwrap();
    let named = Credentials { path: credentials.display().to_string(), ..Credentials::default() };
    scope.facts.storage.nas.credential_files.push(named);
    scope.environment = vec![
        ("HOME".into(), home.display().to_string()),
        ("SOME_TOKEN".into(), secret(8)),
        ("OTHER".into(), "no-secret".into()),
    ];
    let database = Connection::open(scope.home.database()).unwrap();
    database.execute_batch("CREATE TABLE users (password TEXT)").unwrap();
    database.execute("INSERT INTO users VALUES (?1)", [secret(9)]).unwrap();
    drop(database);
    let found: Vec<String> =
        values(&scope, ask(&scope)).into_iter().map(|value| String::from_utf8(value).unwrap()).collect();
    for n in 1..=9 {
        assert!(found.contains(&secret(n)), "{} is not among {found:?}", secret(n));
    }
    assert!(!found.iter().any(|value| value.is_empty() || value == "no-secret" || value == "u"), "{found:?}");
}

#[test]
fn what_containers_are_started_with() {
    let details = json!({
        "Args": ["--requirepass", "three"],
        "Config": {
            "Env": ["PATH=/bin", "POSTGRES_PASSWORD=one", "URL=a://u:two@h", "broken"],
            "Labels": {"traefik.basicauth": "four", "other": "x"},
            "Cmd": null,
        },
    });
    let mut found = of_container(&details);
    found.sort();
    assert_eq!(found, ["four", "one", "three", "two"]);
    assert!(of_container(&Value::Null).is_empty());
}

#[test]
fn an_engine_is_asked_and_one_that_hangs_does_not_hold_up_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let mut scope = scope(dir.path());
    scope.environment = vec![("SOME_TOKEN".into(), "planted-0002".into())];
    engine(&mut scope, dir.path(), ordinary);
    assert_eq!(values(&scope, ask(&scope)), [b"planted-0001".to_vec(), b"planted-0002".to_vec()]);
    // The doctor has not looked for it yet.
    let socket = std::mem::take(&mut scope.facts).docker.socket;
    scope.environment.push(("DOCKER_HOST".into(), format!("unix://{socket}")));
    assert_eq!(values(&scope, ask(&scope)), [b"planted-0001".to_vec(), b"planted-0002".to_vec()]);
    scope.environment.pop();
    let other = tempfile::tempdir().unwrap();
    engine(&mut scope, other.path(), |_| None);
    let started = std::time::Instant::now();
    assert_eq!(values(&scope, ask(&scope)), [b"planted-0002".to_vec()]);
    assert!(started.elapsed() < 2 * DEADLINE);
}
