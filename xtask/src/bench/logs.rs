//! Logs to measure with, as the parts of a machine write them: one line in a hundred holds a secret. The same number
//! always gives the same line.

use std::fs::File;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufWriter, Write};
use std::path::Path;

use tars::failure::{IoContext, Result};

const WORDS: [&str; 48] = [
    "connection",
    "request",
    "served",
    "index",
    "scan",
    "document",
    "chunk",
    "query",
    "model",
    "loaded",
    "worker",
    "started",
    "finished",
    "retry",
    "timeout",
    "cache",
    "miss",
    "hit",
    "database",
    "commit",
    "rollback",
    "user",
    "session",
    "opened",
    "closed",
    "health",
    "check",
    "ok",
    "failed",
    "warning",
    "memory",
    "temperature",
    "container",
    "restart",
    "network",
    "bridge",
    "port",
    "listening",
    "accepted",
    "response",
    "status",
    "volume",
    "image",
    "layer",
    "thread",
    "queue",
    "page",
    "file",
];

/// What the lines of a log are drawn from.
struct Draw(u64, u64);

impl Draw {
    fn number(&mut self, below: u64) -> u64 {
        self.1 += 1;
        let mut hasher = DefaultHasher::new();
        (self.0, self.1).hash(&mut hasher);
        hasher.finish() % below
    }

    fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| WORDS[self.number(WORDS.len() as u64) as usize]).collect();
        words.join(" ")
    }

    fn hex(&mut self, digits: usize) -> String {
        let mut hex: String =
            (0..digits.div_ceil(15)).map(|_| format!("{:015x}", self.number(1 << 60))).collect();
        hex.truncate(digits);
        hex
    }

    fn secret(&mut self, length: usize) -> String {
        const SIGNS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
        (0..length).map(|_| char::from(SIGNS[self.number(SIGNS.len() as u64) as usize])).collect()
    }

    fn time(&mut self) -> String {
        let mut two = |below| format!("{:02}", self.number(below));
        let (hour, minute, second) = (two(24), two(60), two(60));
        format!("2030-01-02T{hour}:{minute}:{second}.{:06}Z", self.number(1_000_000))
    }
}

fn line(number: u64) -> String {
    let draw = &mut Draw(number, 0);
    let time = draw.time();
    if draw.number(100) == 0 {
        return match draw.number(3) {
            0 => format!("{time} ERROR auth failed for user bob password={}", draw.secret(16)),
            1 => format!("{time} INFO Authorization: Bearer {}", draw.secret(40)),
            _ => format!("{time} DEBUG connect postgres://tars:{}@db:5432/x", draw.secret(20)),
        };
    }
    match draw.number(6) {
        0 => format!(
            "{time} INFO tars::serve: {} id={} took={}ms",
            draw.words(9),
            draw.number(99_999),
            draw.number(900)
        ),
        1 => format!(
            "172.21.0.{} - - [{time}] \"GET /api/v1/{}?page={} HTTP/1.1\" 200 {} \"-\" \"Mozilla/5.0 (X11; Linux x86_64)\"",
            draw.number(99),
            draw.words(1),
            draw.number(99),
            draw.number(99_999)
        ),
        2 => format!(
            "{{\"ts\":\"{time}\",\"level\":\"info\",\"logger\":\"backend.rag\",\"msg\":\"{}\",\"trace_id\":\"{}\",\"duration_ms\":{}}}",
            draw.words(7),
            draw.hex(32),
            draw.number(999)
        ),
        3 => format!(
            "Jan  2 10:{:02}:{:02} host kernel: [{}.{:06}] {} pid {}",
            draw.number(60),
            draw.number(60),
            draw.number(99_999),
            draw.number(1_000_000),
            draw.words(6),
            draw.number(9999)
        ),
        4 => format!(
            "  File \"/usr/lib/python3.11/site-packages/{}/{}.py\", line {}, in {}",
            draw.words(1),
            draw.words(1),
            draw.number(999),
            draw.words(1)
        ),
        _ => format!(
            "{time} DEBUG sha256:{} layer {} pulled {} MB",
            draw.hex(64),
            draw.words(1),
            draw.number(99)
        ),
    }
}

/// Writes a log of about so many bytes, other lines for every `number`.
pub fn write(path: &Path, bytes: usize, number: u64) -> Result<()> {
    let file = File::create(path).trying(format_args!("create `{}`", path.display()))?;
    let (mut to, mut written) = (BufWriter::with_capacity(1 << 20, file), 0);
    for at in 0.. {
        if written >= bytes {
            break;
        }
        let line = line((number << 32) + at);
        written += line.len() + 1;
        writeln!(to, "{line}").trying(format_args!("write `{}`", path.display()))?;
    }
    to.flush().trying(format_args!("write `{}`", path.display()))
}
