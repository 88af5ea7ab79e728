//! What the doctor says of the model server: a fake of Ollama's protocol, a real llama.cpp server, one that never
//! answers, and one that wants a key; and the download of a missing model, taken back.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::TestEnv;
use crate::support::installed::json;
use crate::support::llama::LlamaServer;
use crate::support::ollama::{FakeOllama, LITTLE, NOWHERE};

fn configured(address: SocketAddr, model: &str) -> TestEnv {
    let env = TestEnv::new();
    env.toml(&format!("[answer]\nendpoint = 'http://{address}'\nmodel = '{model}'\n"));
    env
}

fn look(env: &TestEnv) -> Value {
    json(&env.run(&["doctor", "--only", "models.*", "--format", "json"]))
}

#[track_caller]
fn says(report: &Value, id: &str, verdict: &str, text: &str) {
    let sections = report["sections"].as_array().unwrap();
    let mut findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let finding =
        findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}"));
    assert_eq!(finding["verdict"], verdict, "{finding:#}");
    assert!(finding["summary"].as_str().unwrap().contains(text), "`{text}` is not in {finding:#}");
}

#[test]
fn a_fake_of_ollama_with_the_model_is_well() {
    let ollama = FakeOllama::start("");
    let report = look(&configured(ollama.address, LITTLE));
    for (id, text) in [
        ("models.endpoint", "answers"),
        ("models.kind", "Ollama"),
        ("models.version", "0.12.0"),
        ("models.present", LITTLE),
        ("models.disk", "nothing to download"),
        ("models.context", "131072"),
        ("models.loaded", "at rest"),
        ("models.private", "on this machine"),
    ] {
        says(&report, id, "pass", text);
    }
}

#[test]
fn a_missing_model_is_downloaded_from_a_fake_of_ollama_and_deleted_again() {
    let ollama = FakeOllama::start("");
    let env = configured(ollama.address, "little:3b");
    says(&look(&env), "models.present", "fail", "did you mean `little:1b`?");
    let planned = env.run(&["doctor", "--only", "models.*", "--fix", "--yes", "--plan"]).expect(0);
    assert!(planned.stdout.contains("download the model `little:3b`"), "{planned:#?}");
    assert_eq!(ollama.models(), [LITTLE], "a plan changes nothing");

    let repaired = env.run(&["doctor", "--only", "models.*", "--fix", "--yes"]).expect(0);
    assert!(repaired.stdout.contains("repaired: models.present"), "{repaired:#?}");
    assert_eq!(ollama.models(), [LITTLE, "little:3b"]);
    let again = env.run(&["doctor", "--only", "models.*", "--fix", "--yes"]).expect(0);
    assert!(again.stdout.contains("nothing was changed"), "{again:#?}");

    env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(ollama.models(), [LITTLE]);
}

#[test]
fn a_download_that_a_fake_of_ollama_refuses_is_told_with_its_reason() {
    let ollama = FakeOllama::start("");
    let env = configured(ollama.address, NOWHERE);
    let ended = env.run(&["doctor", "--only", "models.*", "--fix", "--yes"]).expect(1);
    assert!(ended.stdout.contains("file does not exist"), "{ended:#?}");
    assert_eq!(ollama.models(), [LITTLE]);
}

#[test]
fn a_server_that_never_answers_is_unknown_and_holds_up_nothing() {
    // Connections are completed by the system, and nobody accepts one.
    let hole = TcpListener::bind("127.0.0.1:0").unwrap();
    let env = configured(hole.local_addr().unwrap(), LITTLE);
    let started = Instant::now();
    let report = look(&env);
    let took = started.elapsed();
    says(&report, "models.endpoint", "unknown", "no answer in 2 s");
    says(&report, "models.present", "skipped", "models.endpoint is unknown");
    says(&report, "models.private", "pass", "on this machine");
    assert!(took < Duration::from_secs(6), "{took:?}");
}

#[test]
fn who_listens_decides_what_is_said() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    says(&look(&configured(free, LITTLE)), "models.endpoint", "fail", "nothing listens");
    let report = look(&configured(answering("SSH-2.0-OpenSSH_9.2\r\n"), LITTLE));
    says(&report, "models.endpoint", "fail", "does not speak HTTP");
    let denying = answering("HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    let report = look(&configured(denying, LITTLE));
    says(&report, "models.endpoint", "pass", "wants a key");
    says(&report, "models.key", "fail", "401");
    let date = "HTTP/1.1 404 Not Found\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let report = look(&configured(answering(date), LITTLE));
    says(&report, "models.kind", "fail", "404");
    says(&report, "models.clock", "warn", "behind ours");
}

/// A listener that answers everybody with the same.
fn answering(says: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(says.as_bytes());
        }
    });
    address
}

#[test]
fn a_real_openai_compatible_server_is_known_with_its_context() {
    let env = TestEnv::new();
    let Some(server) = LlamaServer::start(&env, 4096) else { return };
    env.toml(&format!("[answer]\nendpoint = 'http://127.0.0.1:{}'\n", server.port));
    let report = look(&env);
    says(&report, "models.endpoint", "pass", "answers");
    says(&report, "models.kind", "pass", "OpenAI-compatible");
    says(&report, "models.context", "warn", "takes 4096 tokens");
    says(&report, "models.disk", "skipped", "only Ollama");
    drop(server.process);
    says(&look(&env), "models.endpoint", "fail", "nothing listens");
}
