//! A real OpenAI-compatible server with a real small model.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use super::env::Guard;
use super::{TestEnv, skip, target, wait};

/// llama.cpp's server, until it is dropped.
pub struct LlamaServer {
    pub process: Guard,
    pub port: u16,
}

impl LlamaServer {
    /// Starts it with a context of so many tokens; skips the test where there is none.
    pub fn start(env: &TestEnv, context: u32) -> Option<Self> {
        let (program, model) = (target().join("model/llama-server"), target().join("model/model.gguf"));
        if !program.exists() || !model.exists() {
            skip("there is no model server: `cargo xtask test` fetches one with pip");
            return None;
        }
        let port = free_port();
        let log = fs::File::create(env.path().join("model.log")).unwrap();
        let mut command = env.command(program);
        let (context, number) = (context.to_string(), port.to_string());
        command
            .args(["--host", "127.0.0.1", "--ctx-size", &context, "--port", &number, "--model"])
            .arg(model);
        let process = Guard(command.stdout(log.try_clone().unwrap()).stderr(log).spawn().unwrap());
        wait("the model server", Duration::from_secs(60), || {
            let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
            write!(stream, "GET /health HTTP/1.0\r\n\r\n").ok()?;
            let mut told = String::new();
            stream.read_to_string(&mut told).ok()?;
            told.contains(" 200 ").then_some(())
        });
        Some(Self { process, port })
    }
}

/// A port that was free a moment ago, for programs that cannot choose one themselves.
fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}
