//! An engine for tests that answers as it is told and notes what it is asked: what each change sends to the engine, and
//! what becomes of it where the engine refuses a step of it.

use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};

use bollard::{API_DEFAULT_VERSION, Docker};

use super::board::Board;
use super::carry::{Carrier, Manner, Means};
use super::change::Change;
use super::interrupt::silent;
use super::watch::Watch;
use crate::host::registry::SignIns;
use crate::plan::Plan;
use crate::redact::Redactor;
use crate::stack::engine::{Api, Engine};
use crate::stack::model::Stack;
use crate::stack::observed::Observed;
use crate::ui::{Format, Ui};

/// What it answers: the beginning of a request, the status and the body. Everything else it does without a word.
pub type Answers = &'static [(&'static str, u16, &'static str)];

/// What was asked of the engine while a carrier for this plan did something.
pub async fn asked(
    answers: Answers,
    stack: &Stack,
    there: &Observed,
    plan: &Plan<Change>,
    work: impl AsyncFnOnce(&Carrier<'_>),
) -> Vec<String> {
    let directory = tempfile::tempdir().unwrap();
    let socket = directory.path().join("engine.sock").display().to_string();
    let listener = UnixListener::bind(&socket).unwrap();
    let log = Arc::new(Mutex::new(Vec::new()));
    let noted = Arc::clone(&log);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            answer(stream.unwrap(), answers, &noted);
        }
    });
    let docker = Docker::connect_with_unix(&socket, 5, API_DEFAULT_VERSION).unwrap();
    let engine = Engine::that_answers(docker, Api(1, 41), "20.10".into(), socket);
    let ui = Ui::new(Format::Text);
    let (_said, interrupt) = silent();
    let means = Means {
        engine: &engine,
        board: &Board::new(&ui, plan),
        watch: &Watch::new(&engine, "home"),
        interrupt: &interrupt,
        sign_ins: &SignIns::default(),
        manner: &Manner::default(),
        redactor: &Redactor::default(),
    };
    work(&Carrier::new(&means, stack, there, plan)).await;
    log.lock().unwrap().clone()
}

/// One request, and what is answered.
fn answer(mut stream: UnixStream, answers: Answers, log: &Mutex<Vec<String>>) {
    let (mut request, mut piece) = (Vec::new(), [0; 4096]);
    let head = loop {
        if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
            break String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        }
        match stream.read(&mut piece) {
            Ok(length) if length > 0 => request.extend_from_slice(&piece[..length]),
            _ => return,
        }
    };
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let whole = head.len() + 4 + length.map_or(0, |length| length.parse::<usize>().unwrap());
    while request.len() < whole {
        let length = stream.read(&mut piece).unwrap();
        request.extend_from_slice(&piece[..length]);
    }
    // `post /containers/web/start?x http/1.1`
    let mut words = head.split(' ');
    let (method, path) = (words.next().unwrap(), words.next().unwrap());
    let asked = format!("{method} {}", path.trim_start_matches('/'));
    let found = answers.iter().find(|(begin, ..)| asked.starts_with(begin));
    log.lock().unwrap().push(asked.trim_end_matches('?').to_string());
    let (status, body) = found.map_or((204, ""), |(_, status, body)| (*status, *body));
    let length = if status == 204 { String::new() } else { format!("content-length: {}\r\n", body.len()) };
    let kind = "content-type: application/json\r\n";
    let _ = write!(stream, "HTTP/1.1 {status} X\r\n{kind}{length}connection: close\r\n\r\n{body}");
}
