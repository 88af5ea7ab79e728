//! An archive in memory and a scope without a machine, for the tests of collectors.

use std::collections::BTreeMap;
use std::io::{self, Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;

use super::{FileSink, Scope, Sink};
use crate::config::paths::Home;
use crate::facts::Fact;
use crate::facts::docker::Reach;
use crate::facts::snapshot::Facts;
use crate::report::Report;

/// What was written, and what was said of it.
type Written = BTreeMap<String, (Vec<u8>, Vec<String>)>;

/// An archive that keeps everything in memory.
#[derive(Default, Clone)]
pub struct Archive {
    files: Arc<Mutex<Written>>,
    closed: Arc<AtomicBool>,
}

impl Archive {
    /// The content of a file.
    pub fn bytes(&self, path: &str) -> Vec<u8> {
        let files = self.files.lock().unwrap();
        files.get(path).unwrap_or_else(|| panic!("`{path}` is not in {:?}", files.keys())).0.clone()
    }

    /// The content of a file as text.
    pub fn text(&self, path: &str) -> String {
        String::from_utf8(self.bytes(path)).unwrap()
    }

    /// Why a file is not whole.
    pub fn notes(&self, path: &str) -> Vec<String> {
        self.files.lock().unwrap()[path].1.clone()
    }

    /// The paths of all files.
    pub fn paths(&self) -> Vec<String> {
        self.files.lock().unwrap().keys().cloned().collect()
    }

    /// Everything in one text.
    pub fn everything(&self) -> String {
        self.files
            .lock()
            .unwrap()
            .values()
            .map(|(bytes, notes)| format!("{}\n{}\n", String::from_utf8_lossy(bytes), notes.join("\n")))
            .collect()
    }

    /// Takes nothing any more.
    pub fn close(&self) {
        self.closed.store(true, Ordering::SeqCst);
    }
}

impl Sink for Archive {
    fn file(&self, path: &str) -> Box<dyn FileSink> {
        self.files.lock().unwrap().entry(path.into()).or_default();
        Box::new(Entry { archive: self.clone(), path: path.into() })
    }
}

struct Entry {
    archive: Archive,
    path: String,
}

impl Write for Entry {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.archive.closed.load(Ordering::SeqCst) {
            return Err(io::Error::other("closed"));
        }
        self.archive.files.lock().unwrap().get_mut(&self.path).unwrap().0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl FileSink for Entry {
    fn incomplete(&mut self, why: &str) {
        self.archive.files.lock().unwrap().get_mut(&self.path).unwrap().1.push(why.into());
    }

    fn torn(&mut self, why: &str) {
        self.incomplete(why);
    }
}

/// An installation below a directory, of which nothing is known.
pub fn scope(directory: &Path) -> Scope {
    let now = Timestamp::now();
    Scope {
        home: Home::under(directory),
        environment: Vec::new(),
        config: None,
        facts: Facts::default(),
        report: Report::new("doctor"),
        since: None,
        now,
        all_logs: false,
        include_content: false,
        cap: 1 << 20,
        deadline: Duration::from_secs(5),
    }
}

/// A status and a body; nothing, where an engine hangs.
pub type Answer = Option<(u16, Vec<u8>)>;

/// Makes the scope ask an engine that answers each path with what `answer` says.
pub fn engine(scope: &mut Scope, directory: &Path, answer: fn(&str) -> Answer) {
    let socket = directory.join("docker.sock");
    let listener = UnixListener::bind(&socket).unwrap();
    scope.facts.docker.socket = socket.display().to_string();
    scope.facts.docker.reach = Fact::Known(Reach::Connected);
    std::thread::spawn(move || {
        while let Ok((mut stream, _)) = listener.accept() {
            std::thread::spawn(move || {
                let mut question = [0; 4096];
                let read = stream.read(&mut question).unwrap_or_default();
                let question = String::from_utf8_lossy(&question[..read]).into_owned();
                let path = question.split_whitespace().nth(1).unwrap_or_default();
                match answer(path) {
                    Some((status, body)) => {
                        // Whoever asks may have heard enough.
                        let _ = stream.write_all(format!("HTTP/1.0 {status} -\r\n\r\n").as_bytes());
                        let _ = stream.write_all(&body);
                    }
                    None => std::thread::sleep(Duration::from_secs(60)),
                }
            });
        }
    });
}

/// What an ordinary engine with one container says.
pub fn ordinary(path: &str) -> Answer {
    let json = |text: &str| Some((200, text.as_bytes().to_vec()));
    match path.split('?').next().unwrap_or_default() {
        "/containers/json" => json(r#"[{"Id":"ab12","Names":["/model"],"State":"running"}]"#),
        "/containers/ab12/json" => json(r#"{"Config":{"Tty":false,"Env":["DB_PASSWORD=planted-0001"]}}"#),
        "/containers/ab12/stats" => json(r#"{"memory_stats":{"usage":7}}"#),
        "/containers/ab12/logs" => {
            let last = path.split(['?', '&']).find_map(|one| one.strip_prefix("tail=")?.parse().ok());
            let lines = 3000_usize;
            let mut body = Vec::new();
            for n in lines.saturating_sub(last.unwrap_or(lines))..lines {
                let line = format!("2030-01-01T00:00:00.000000000Z line {n}\n");
                body.extend([1, 0, 0, 0]);
                body.extend(u32::try_from(line.len()).unwrap().to_be_bytes());
                body.extend(line.as_bytes());
            }
            Some((200, body))
        }
        "/events" => json("{\"Action\":\"start\"}\n{\"Action\":\"die\"}\n"),
        "/system/df" => Some((500, br#"{"message":"busy"}"#.to_vec())),
        _ => json("{}"),
    }
}
