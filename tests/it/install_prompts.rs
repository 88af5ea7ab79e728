//! `tars install` and the person: on a terminal it asks, and takes Enter for the default; where nobody can
//! answer it names the option that does, and changes nothing.

use std::io::{Read, Write};
use std::process::{ChildStdin, Stdio};
use std::sync::{Arc, Mutex};

use crate::support::env::Guard;
use crate::support::installed::{Installation, LONG};
use crate::support::{program, skip, snapshot, wait};

const LISTEN: &str = "where should the server listen?";
const DOCUMENTS: &str = "which directory of documents should be indexed?";
const CONFIRM: &str = "make these changes?";

/// The program on a terminal of its own, which `script` (of Debian's base system) makes.
struct Terminal {
    script: Guard,
    keys: ChildStdin,
    screen: Arc<Mutex<Vec<u8>>>,
}

impl Terminal {
    /// Starts `tars install` there; skips the test where there is no `script`.
    fn install(installation: &Installation) -> Option<Self> {
        let Some(script) = program("script") else {
            skip("there is no `script`, which the package `bsdutils` has");
            return None;
        };
        let tars =
            format!("'{}' --home '{}' install", env!("CARGO_BIN_EXE_tars"), installation.place().display());
        let mut command = installation.env.command(script);
        // The address that is offered is one that is free.
        command.env_remove("TARS_HOME").env("TARS_SERVER_LISTEN", &installation.listen).env("TERM", "xterm");
        command.args(["-qec", &tars, "/dev/null"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut script = Guard(command.spawn().unwrap());
        let keys = script.0.stdin.take().unwrap();
        let mut output = script.0.stdout.take().unwrap();
        let screen: Arc<Mutex<Vec<u8>>> = Arc::default();
        let record = Arc::clone(&screen);
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(n @ 1..) = output.read(&mut bytes) {
                record.lock().unwrap().extend_from_slice(&bytes[..n]);
            }
        });
        Some(Self { script, keys, screen })
    }

    fn shows(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits for a question, then presses keys.
    #[track_caller]
    fn answer(&mut self, question: &str, keys: &str) {
        wait(question, LONG, || self.shows().contains(question).then_some(()));
        self.keys.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits for the end: the exit code, and all that was shown.
    #[track_caller]
    fn end(mut self) -> (Option<i32>, String) {
        let status = wait("the installer to end", LONG, || self.script.0.try_wait().unwrap());
        (status.code(), self.shows())
    }
}

#[test]
fn enter_takes_the_default_of_every_question() {
    let installation = Installation::bare();
    let Some(mut terminal) = Terminal::install(&installation) else { return };
    terminal.answer(LISTEN, "\r");
    terminal.answer(DOCUMENTS, "\r");
    terminal.answer(CONFIRM, "\r");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    assert!(shown.contains(&format!("[{}]", installation.listen)), "the default is shown: {shown}");
    installation.run(&["ops", "status"]).expect(0);
    assert_eq!(installation.steps_left().len(), 0);
}

#[test]
fn what_is_typed_counts() {
    let installation = Installation::bare();
    let Some(mut terminal) = Terminal::install(&installation) else { return };
    let documents = installation.env.path().join("documents");
    terminal.answer(LISTEN, "\r");
    terminal.answer(DOCUMENTS, &format!("{}\r", documents.display()));
    terminal.answer(CONFIRM, "y");
    let (code, shown) = terminal.end();
    assert_eq!(code, Some(0), "{shown}");
    let found = installation.run(&["ops", "search", "lighthouse keeper"]).expect(0);
    assert!(found.stdout.contains("boats.md"), "{found:#?}");
}

#[test]
fn a_no_and_an_interruption_change_nothing() {
    let installation = Installation::bare();
    let before = snapshot::take(installation.env.path());
    for (key, expected) in [("n", 1), ("\u{3}", 130)] {
        let Some(mut terminal) = Terminal::install(&installation) else { return };
        terminal.answer(LISTEN, "\r");
        terminal.answer(DOCUMENTS, "\r");
        terminal.answer(CONFIRM, key);
        let (code, shown) = terminal.end();
        assert_eq!(code, Some(expected), "{key:?}: {shown}");
        let after = snapshot::take(installation.env.path());
        assert!(after == before, "{key:?}: {:?}", after.keys());
    }
}

#[test]
fn where_nobody_can_answer_the_option_is_named() {
    let installation = Installation::bare();
    let before = snapshot::take(installation.env.path());
    installation.run(&["install"]).expect(2).says("nobody can answer here").says("`--listen` or `--yes`");
    let listen = installation.listen.as_str();
    let ended = installation.run(&["install", "--listen", listen]).expect(2);
    ended.says("nobody can answer here").says("`--documents DIR` or `--yes`");
    let ended = installation.run(&["install", "--listen", listen, "--documents", "documents"]).expect(2);
    ended.says(CONFIRM).says("`--yes`");
    assert!(snapshot::take(installation.env.path()) == before);
}
