//! Answers written by a language model: a real OpenAI-compatible server with a real small model, and a fake of
//! Ollama's protocol written from its published documentation, since no real one can be had here.

use std::fs;

use tars::wire::Mode;

use crate::support::llama::LlamaServer;
use crate::support::ollama::FakeOllama;
use crate::support::{TestEnv, TestServer};

const DOCUMENT: &str = "# Boats\n\nThe lighthouse keeper repaired the anchor chain at midnight.\n";
const QUESTION: &str = "When did the lighthouse keeper repair the anchor chain?";

/// A server with one document, and answers from this endpoint.
fn serve(env: &TestEnv, endpoint: &str) -> TestServer {
    let directory = env.directory("documents");
    fs::write(directory.join("boats.md"), DOCUMENT).unwrap();
    let server = TestServer::start_with(env, &[&directory], &[("TARS_ANSWER_ENDPOINT", endpoint)]);
    server.first_scan();
    server
}

#[test]
fn a_real_openai_compatible_server_writes_the_answer() {
    let env = TestEnv::new();
    let Some((model_server, port)) =
        LlamaServer::start(&env, 4096).map(|server| (server.process, server.port))
    else {
        return;
    };
    let server = serve(&env, &format!("http://127.0.0.1:{port}"));
    let answer = server.ask(QUESTION);
    assert_eq!(answer.mode, Mode::Generated, "{answer:#?}\n{}", server.log());
    assert!(answer.model.as_ref().is_some_and(|model| !model.is_empty()), "{answer:#?}");
    assert!(!answer.answer.trim().is_empty(), "{answer:#?}");
    assert!(answer.citations.iter().any(|citation| citation.source.path == "boats.md"), "{answer:#?}");

    // The model goes away: the next answer is made of extracts, and says so.
    drop(model_server);
    let answer = server.ask(QUESTION);
    assert_eq!(answer.mode, Mode::Extracts, "{answer:#?}");
    assert!(!answer.degraded.is_empty() && answer.answer.contains("midnight"), "{answer:#?}");
}

#[test]
fn a_fake_of_ollama_writes_the_answer() {
    let ollama = FakeOllama::start("The keeper repaired it at midnight [1].");
    let env = TestEnv::new();
    let server = serve(&env, &format!("http://{}", ollama.address));
    let answer = server.ask(QUESTION);
    assert_eq!(answer.mode, Mode::Generated, "{answer:#?}\n{}", server.log());
    assert_eq!(answer.model.as_deref(), Some("little:1b"));
    assert!(answer.answer.contains("at midnight [1]"), "{answer:#?}");
    assert_eq!(answer.citations[0].source.path, "boats.md");
    let asked = ollama.asked.lock().unwrap().join("\n");
    assert!(
        asked.contains("repaired the anchor chain at midnight"),
        "the passage goes to the model: {asked}"
    );
    assert!(asked.contains(QUESTION), "the question goes to the model: {asked}");
}

#[test]
fn a_fake_of_ollama_is_not_called_where_no_document_answers() {
    let ollama = FakeOllama::start("I make things up.");
    let env = TestEnv::new();
    let server = serve(&env, &format!("http://{}", ollama.address));
    let answer = server.ask("Quokka xylophone zeppelin?");
    assert_eq!(answer.mode, Mode::Nothing, "{answer:#?}");
    assert!(ollama.asked.lock().unwrap().is_empty());
}
