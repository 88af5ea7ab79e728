//! Programs that are run in a container that is there already, with the streams of this process: what it reads comes
//! from here, what it writes comes back as it is, and its exit code too.

use std::io::Read;
use std::time::Duration;

use bollard::models::ExecConfig;
use bollard::query_parameters::ResizeExecOptions;
use reqwest::Upgraded;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::mpsc::{self, Receiver};

use super::terminal::{self, Raw};
use crate::failure::{Failure, IoContext, Kind, Result};
use crate::stack::engine::Engine;
use crate::stack::reading;
use crate::ui::{Stream, Ui};

/// How much is read or written at once.
const PIECE: usize = 32 << 10;

/// How often the engine is asked for the exit code, and how long it rests in between: the output ends a little before
/// the program does.
const ASKS: u32 = 40;
const REST: Duration = Duration::from_millis(50);

/// What is run.
#[derive(Debug, Clone, Default)]
pub struct Command {
    /// The program and its arguments.
    pub line: Vec<String>,
    /// Variables of its own, as `NAME=value`.
    pub environment: Vec<String>,
    /// As whom; otherwise as the container says.
    pub user: Option<String>,
    /// Where; otherwise where the container says.
    pub directory: Option<String>,
    /// It gets a terminal.
    pub terminal: bool,
    /// It reads from the standard input of this process.
    pub input: bool,
    /// It may do everything.
    pub privileged: bool,
}

/// Runs it in the container; its exit code.
///
/// # Errors
/// The engine refuses it, the connection breaks, or this process is told to end.
pub async fn run(engine: &Engine, ui: &Ui, id: &str, name: &str, command: &Command) -> Result<i64> {
    let what = format!("run `{}` in `{name}`", command.line.first().map_or("", String::as_str));
    let config = ExecConfig {
        attach_stdin: Some(command.input),
        attach_stdout: Some(true),
        attach_stderr: Some(true),
        tty: Some(command.terminal),
        env: Some(command.environment.clone()),
        cmd: Some(command.line.clone()),
        privileged: Some(command.privileged),
        user: command.user.clone(),
        working_dir: command.directory.clone(),
        ..ExecConfig::default()
    };
    let made = engine.ask(&what, engine.docker.create_exec(id, config)).await?.id;
    let start = serde_json::json!({ "Detach": false, "Tty": command.terminal });
    let streams = reading::upgrade(engine, &what, &format!("/exec/{made}/start"), &start).await?;
    let session = Session { engine, ui, what: &what, exec: &made, terminal: command.terminal };
    session.carry(streams, command.input).await?;
    for _ in 0..ASKS {
        let seen = engine.ask(&what, engine.docker.inspect_exec(&made)).await?;
        if let (Some(false), Some(code)) = (seen.running, seen.exit_code) {
            return Ok(code);
        }
        tokio::time::sleep(REST).await;
    }
    Err(Failure::environment(format!(
        "cannot {what} to its end: its output has ended, and it goes on without"
    ))
    .hint("`tars ops top` shows it"))
}

struct Session<'a> {
    engine: &'a Engine,
    ui: &'a Ui,
    what: &'a str,
    exec: &'a str,
    terminal: bool,
}

impl Session<'_> {
    /// Carries bytes both ways until the program writes no more.
    async fn carry(&self, streams: Upgraded, input: bool) -> Result<()> {
        let listen = |kind| signal(kind).trying("listen to signals");
        let mut ends =
            [listen(SignalKind::terminate())?, listen(SignalKind::hangup())?, listen(SignalKind::quit())?];
        let mut resized = listen(SignalKind::window_change())?;
        let _raw = if self.terminal && input { Raw::enter().trying("change the terminal")? } else { None };
        let typed = if input { Some(standard_input()) } else { None };
        let (reads, writes) = tokio::io::split(streams);
        let mut frames = Frames::new(self.terminal);
        let mut show = |piece: &[u8]| frames.take(piece, &mut |to, bytes| self.ui.pass(bytes, to));
        let follow_size = async {
            loop {
                self.resize().await;
                resized.recv().await;
            }
        };
        tokio::select! {
            ended = both_ways(self.what, reads, writes, typed, &mut show) => ended,
            () = follow_size => Ok(()),
            () = any(&mut ends) => Err(Failure::new(Kind::Interrupted, "told to end")),
        }
    }

    /// A window of another size is worth no failure.
    async fn resize(&self) {
        if let Some((rows, columns)) = terminal::size().filter(|_| self.terminal) {
            let options = ResizeExecOptions { h: rows.into(), w: columns.into() };
            let _ = self.engine.ask(self.what, self.engine.docker.resize_exec(self.exec, options)).await;
        }
    }
}

/// What is typed or piped in, read by a thread of its own: nobody waits for it at the end.
fn standard_input() -> Receiver<Vec<u8>> {
    let (says, typed) = mpsc::channel(4);
    std::thread::spawn(move || {
        let mut input = std::io::stdin().lock();
        let mut buffer = vec![0; PIECE];
        while let Ok(length) = input.read(&mut buffer)
            && length > 0
            && says.blocking_send(buffer[..length].to_vec()).is_ok()
        {}
    });
    typed
}

/// Writes what is typed and shows what is read until nothing more is to be read. The two wait for each other nowhere: a
/// program may write before it has read all.
async fn both_ways(
    what: &str,
    mut reads: impl AsyncRead + Unpin,
    mut writes: impl AsyncWrite + Unpin,
    typed: Option<Receiver<Vec<u8>>>,
    show: &mut dyn FnMut(&[u8]) -> Result<()>,
) -> Result<()> {
    let output = async {
        let mut buffer = vec![0; PIECE];
        loop {
            match reads.read(&mut buffer).await.trying(what)? {
                0 => return Ok(()),
                length => show(&buffer[..length])?,
            }
        }
    };
    let input = async {
        if let Some(mut typed) = typed {
            while let Some(piece) = typed.recv().await {
                // A program that does not read any more is no reason not to show what it writes.
                if writes.write_all(&piece).await.is_err() {
                    break;
                }
            }
            let _ = writes.shutdown().await;
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        ended = output => ended,
        () = input => Ok(()),
    }
}

async fn any(signals: &mut [Signal; 3]) {
    let [one, two, three] = signals;
    tokio::select! {
        _ = one.recv() => {}
        _ = two.recv() => {}
        _ = three.recv() => {}
    }
}

/// The two streams of a program in one connection, each piece behind a header; a terminal has only one, and no headers.
struct Frames {
    terminal: bool,
    header: Vec<u8>,
    to: Stream,
    left: usize,
}

impl Frames {
    fn new(terminal: bool) -> Self {
        Self { terminal, header: Vec::new(), to: Stream::Out, left: 0 }
    }

    /// Passes on what has arrived, to the stream to which it belongs.
    fn take(&mut self, mut bytes: &[u8], pass: &mut dyn FnMut(Stream, &[u8]) -> Result<()>) -> Result<()> {
        const HEADER: usize = 8;
        if self.terminal {
            return pass(Stream::Out, bytes);
        }
        while !bytes.is_empty() {
            if self.left == 0 {
                let (header, rest) = bytes.split_at((HEADER - self.header.len()).min(bytes.len()));
                self.header.extend_from_slice(header);
                bytes = rest;
                if let Some([stream, _, _, _, length @ ..]) = self.header.first_chunk::<HEADER>() {
                    self.to = if *stream == 2 { Stream::Err } else { Stream::Out };
                    self.left = u32::from_be_bytes(*length) as usize;
                    self.header.clear();
                }
            } else {
                let (piece, rest) = bytes.split_at(self.left.min(bytes.len()));
                pass(self.to, piece)?;
                self.left -= piece.len();
                bytes = rest;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_streams_are_told_apart_however_they_arrive() {
        let bytes = b"\x01\0\0\0\0\0\0\x03one\x02\0\0\0\0\0\0\x02tw\x01\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\x01!";
        for size in 1..bytes.len() {
            let mut frames = Frames::new(false);
            let (mut out, mut err) = (Vec::new(), Vec::new());
            for piece in bytes.chunks(size) {
                let mut pass = |to, bytes: &[u8]| {
                    if to == Stream::Out { &mut out } else { &mut err }.extend_from_slice(bytes);
                    Ok(())
                };
                frames.take(piece, &mut pass).unwrap();
            }
            assert_eq!((out.as_slice(), err.as_slice()), (b"one!".as_slice(), b"tw".as_slice()), "{size}");
        }
    }

    #[tokio::test]
    async fn a_program_may_write_before_it_has_read_all() {
        let (here, there) = tokio::io::duplex(1 << 10);
        let (reads, writes) = tokio::io::split(here);
        let (mut program_reads, mut program_writes) = tokio::io::split(there);
        tokio::spawn(async move {
            let _ = tokio::io::copy(&mut program_reads, &mut program_writes).await;
            let _ = program_writes.shutdown().await;
        });
        let (says, typed) = mpsc::channel(4);
        tokio::spawn(async move {
            for _ in 0..100 {
                says.send(vec![b'x'; PIECE]).await.unwrap();
            }
        });
        let mut shown = 0;
        let mut show = |piece: &[u8]| {
            shown += piece.len();
            Ok(())
        };
        let carried = both_ways("run it", reads, writes, Some(typed), &mut show);
        tokio::time::timeout(Duration::from_secs(20), carried).await.unwrap().unwrap();
        assert_eq!(shown, 100 * PIECE);
    }

    #[test]
    fn a_terminal_has_no_frames() {
        let mut all = Vec::new();
        let mut pass = |_, bytes: &[u8]| {
            all.extend_from_slice(bytes);
            Ok(())
        };
        Frames::new(true).take(b"\x01\x02raw", &mut pass).unwrap();
        assert_eq!(all, b"\x01\x02raw");
    }
}
