//! A fake of Ollama's protocol, written from its published documentation, since no real one can be had here:
//! `/api/version`, `/api/tags`, `/api/show`, `/api/ps`, `/api/pull` and `/api/chat`, which stream lines of JSON
//! unless they are told not to, and `/api/delete`.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

/// The model that it has from the start.
pub const LITTLE: &str = "little:1b";
/// The model that nobody can download.
pub const NOWHERE: &str = "nowhere:1b";

/// A fake that runs until the tests end.
pub struct FakeOllama {
    pub address: SocketAddr,
    /// The bodies of the calls of `/api/chat`.
    pub asked: Arc<Mutex<Vec<String>>>,
    /// The models that it has.
    pub models: Arc<Mutex<Vec<String>>>,
}

struct Inside {
    says: &'static str,
    asked: Arc<Mutex<Vec<String>>>,
    models: Arc<Mutex<Vec<String>>>,
}

impl FakeOllama {
    pub fn start(says: &'static str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (asked, models) = (Arc::default(), Arc::new(Mutex::new(vec![LITTLE.to_string()])));
        let inside = Arc::new(Inside { says, asked: Arc::clone(&asked), models: Arc::clone(&models) });
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let inside = Arc::clone(&inside);
                // A client that goes away in the middle is no fault of the fake.
                std::thread::spawn(move || drop(answer(stream, &inside)));
            }
        });
        Self { address, asked, models }
    }

    pub fn models(&self) -> Vec<String> {
        self.models.lock().unwrap().clone()
    }
}

fn answer(stream: TcpStream, inside: &Inside) -> std::io::Result<()> {
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
    let request: Value = serde_json::from_slice(&body).unwrap_or_default();
    let route: Vec<_> = first.split(' ').take(2).collect();
    let (status, text) = inside.answer(&route, &request);
    write!(
        reader.get_mut(),
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{text}",
        text.len()
    )
}

impl Inside {
    fn answer(&self, route: &[&str], request: &Value) -> (&'static str, String) {
        let mut models = self.models.lock().unwrap();
        let model = request["model"].as_str().unwrap_or_default().to_string();
        let lines = |lines: &[Value]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        match route {
            ["GET", "/api/version"] => ("200 OK", json!({ "version": "0.12.0" }).to_string()),
            ["GET", "/api/tags"] => {
                let list: Vec<_> = models
                    .iter()
                    .map(|name| json!({ "name": name, "model": name, "size": 1 << 20 }))
                    .collect();
                ("200 OK", json!({ "models": list }).to_string())
            }
            ["GET", "/api/ps"] => ("200 OK", json!({ "models": [] }).to_string()),
            ["POST", "/api/show"] if models.contains(&model) => (
                "200 OK",
                json!({ "model_info": { "general.architecture": "llama", "llama.context_length": 131_072 } })
                    .to_string(),
            ),
            ["POST", "/api/pull"] if model == NOWHERE => (
                "200 OK",
                lines(&[
                    json!({ "status": "pulling manifest" }),
                    json!({ "error": "pull model manifest: file does not exist" }),
                ]),
            ),
            ["POST", "/api/pull"] => {
                models.push(model);
                let part = |completed: u64| json!({ "status": "pulling aa", "digest": "sha256:aa", "total": 9, "completed": completed });
                (
                    "200 OK",
                    lines(&[
                        json!({ "status": "pulling manifest" }),
                        part(3),
                        part(9),
                        json!({ "status": "success" }),
                    ]),
                )
            }
            ["DELETE", "/api/delete"] if models.contains(&model) => {
                models.retain(|name| *name != model);
                ("200 OK", String::new())
            }
            ["POST", "/api/chat"] => {
                self.asked.lock().unwrap().push(request.to_string());
                ("200 OK", chat(self.says, request["stream"] != json!(false)))
            }
            _ => ("404 Not Found", json!({ "error": "not found" }).to_string()),
        }
    }
}

fn chat(says: &str, stream: bool) -> String {
    let line = |content: &str, done: bool| {
        json!({
            "model": LITTLE, "created_at": "2026-01-01T00:00:00Z",
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
