//! What must not get out or in: the server's own secrets are no documents, its files are nobody else's, every
//! route but the open ones asks who is there, and guessing passwords gets slow.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::support::{TestEnv, TestServer};

/// The status of a request that carries no token.
fn status(env: &TestEnv, method: &str, path: &str) -> u16 {
    let address = fs::read_to_string(env.home().address_file()).unwrap();
    let mut stream = TcpStream::connect(address.trim()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: tars\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.split(' ').nth(1).unwrap().parse().unwrap()
}

#[test]
fn only_the_page_health_and_the_sign_in_are_open() {
    let env = TestEnv::new();
    let _server = TestServer::start(&env, &[]);
    for path in ["/", "/ui/app.js", "/health"] {
        assert_eq!(status(&env, "GET", path), 200, "{path}");
    }
    let closed = [
        ("GET", "/ready"),
        ("GET", "/documents"),
        ("GET", "/stats"),
        ("GET", "/jobs/1"),
        ("DELETE", "/documents/1"),
        ("POST", "/ingest"),
        ("POST", "/rag/search"),
        ("POST", "/rag/query"),
        ("POST", "/auth/password"),
    ];
    for (method, path) in closed {
        assert_eq!(status(&env, method, path), 401, "{method} {path}");
    }
}

#[test]
fn the_servers_own_directories_are_never_indexed() {
    let env = TestEnv::new();
    fs::write(env.path().join("note.txt"), "The lighthouse stands.").unwrap();
    // The home of the server lies below what it indexes.
    let server = TestServer::start(&env, &[env.path()]);
    server.first_scan();
    assert_eq!(server.search("lighthouse").len(), 1);
    let written = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides")).unwrap().count() as u64;
    assert_eq!(server.guides(), written, "the guides are below it too, and a collection of their own");
    let secrets = fs::read_to_string(env.home().env()).unwrap();
    let key = secrets.lines().find_map(|line| line.strip_prefix("TARS_AUTH_SIGNING_KEY=")).unwrap();
    for query in ["TARS_AUTH_SIGNING_KEY", key] {
        let hits = server.search(query);
        assert!(hits.iter().all(|hit| !hit.text.contains(key)), "{hits:#?}");
    }
    let own = |path: &str| path.contains("tars/config") || path.contains("tars/state");
    assert!(server.documents().iter().all(|document| !own(&document.path)));
}

#[test]
fn state_is_nobody_elses() {
    let env = TestEnv::new();
    let home = env.home();
    fs::create_dir_all(&home.state).unwrap();
    fs::set_permissions(&home.state, fs::Permissions::from_mode(0o755)).unwrap();
    let server = TestServer::start(&env, &[]);
    server.first_scan();
    for directory in [&home.state, &home.config, &home.run] {
        let mode = fs::metadata(directory).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", directory.display());
    }
    for entry in fs::read_dir(&home.state).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}: {mode:o}", entry.path().display());
    }
}

#[test]
fn many_guesses_at_once_wait_like_many_in_a_row() {
    let env = TestEnv::new();
    let server = TestServer::start(&env, &[]);
    let guess = json!({ "username": "admin", "password": "not the password" });
    let answers: Vec<StatusCode> = std::thread::scope(|scope| {
        let guesses: Vec<_> = (0..40)
            .map(|_| scope.spawn(|| server.send(Method::POST, "/auth/token", Some(&guess)).unwrap().0))
            .collect();
        guesses.into_iter().map(|guess| guess.join().unwrap()).collect()
    });
    let tried = answers.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    let told_to_wait = answers.iter().filter(|status| **status == StatusCode::TOO_MANY_REQUESTS).count();
    assert!((1..=8).contains(&tried), "{tried} of 40 guesses were judged");
    assert_eq!(tried + told_to_wait, 40, "{answers:?}");
    let long = json!({ "username": "a".repeat(300), "password": "x" });
    assert_eq!(server.send(Method::POST, "/auth/token", Some(&long)).unwrap().0, StatusCode::BAD_REQUEST);
}

#[test]
fn a_new_password_ends_the_one_time_password_and_older_sign_ins() {
    let env = TestEnv::new();
    let server = TestServer::start(&env, &[]);
    let file = env.home().first_password();
    let first = fs::read_to_string(&file).unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let sign_in = |password: &str| -> (StatusCode, serde_json::Value) {
        let body = json!({ "username": "admin", "password": password });
        let (status, body) = server.send(Method::POST, "/auth/token", Some(&body)).unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    };
    let (status, tokens) = sign_in(first.trim());
    assert_eq!((status, &tokens["password_is_one_time"]), (StatusCode::OK, &json!(true)));

    // The test's own requests are the operator's: the change is the user's, with the user's token.
    let change = json!({ "current": first.trim(), "new": "a longer word of one's own" });
    let bearer = tokens["access_token"].as_str().unwrap();
    let changed = server.send_as(bearer, Method::POST, "/auth/password", Some(&change)).unwrap().0;
    assert_eq!(changed, StatusCode::OK);
    assert!(!file.exists());
    assert_eq!(sign_in(first.trim()).0, StatusCode::UNAUTHORIZED);
    assert_eq!(sign_in("a longer word of one's own").0, StatusCode::OK);
    let ended = server.send_as(bearer, Method::GET, "/stats", None::<&()>).unwrap().0;
    assert_eq!(ended, StatusCode::UNAUTHORIZED);
    let refresh = json!({ "refresh_token": tokens["refresh_token"] });
    assert_eq!(
        server.send(Method::POST, "/auth/refresh", Some(&refresh)).unwrap().0,
        StatusCode::UNAUTHORIZED
    );
}

#[test]
fn uploads_of_one_name_at_once_make_one_document() {
    let env = TestEnv::new();
    let server = TestServer::start(&env, &[]);
    std::thread::scope(|scope| {
        for number in 0..6 {
            let server = &server;
            scope.spawn(move || {
                server.upload("note.md", &format!("The lighthouse has {number} lamps.")).unwrap()
            });
        }
    });
    assert_eq!(server.search("lighthouse").len(), 1);
    assert_eq!(server.documents().iter().filter(|document| document.path == "note.md").count(), 1);
}

#[test]
fn a_file_that_was_too_large_is_read_once_the_limit_is_raised() {
    let env = TestEnv::new();
    let documents = env.directory("documents");
    fs::write(documents.join("long.txt"), "The lighthouse stands on the rock.\n".repeat(100)).unwrap();
    let server = TestServer::start_with(&env, &[&documents], &[("TARS_DOCUMENTS_MAX_TEXT", "1 KiB")]);
    server.first_scan();
    let documents_now = server.documents();
    let long = documents_now.iter().find(|document| document.path == "long.txt").unwrap();
    assert!(long.skipped.as_deref().is_some_and(|why| why.contains("larger than 1 KiB")), "{long:#?}");
    assert!(server.search("lighthouse rock").iter().all(|hit| hit.source.path != "long.txt"));
    server.stop();
    let server = TestServer::start(&env, &[&documents]);
    // Its own scan: the last one that it tells of may be that of the server before.
    server.ingest_and_wait();
    assert!(server.search("lighthouse rock").iter().any(|hit| hit.source.path == "long.txt"));
}
