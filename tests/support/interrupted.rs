//! A repair that is killed: after each line that it writes into its journal, that is, between announcing a step and
//! making it, and between making it and noting it as made. The next repair must go on from there, and taking
//! everything back must leave the machine as it was.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;
use tars::config::paths::Home;

use super::env::{Guard, finish_within};
use super::installed::LONG;

/// A machine with something wrong.
pub struct Scene<'a> {
    /// The program with these arguments, on that machine.
    pub tars: &'a dyn Fn(&[&str]) -> Command,
    /// Where its journal is.
    pub home: Home,
    /// The checks whose repairs are killed.
    pub only: &'a str,
    /// Makes it wrong, again and again.
    pub breaks: &'a dyn Fn(),
    /// Everything that the repairs touch, as it is now.
    pub state: &'a dyn Fn() -> String,
}

impl Scene<'_> {
    /// Repairs once to the end, to learn how many lines that is, and then once for each line, killed there.
    /// `least` is how many steps there have to be for the scene to be worth anything.
    #[track_caller]
    pub fn is_killed_at_every_step(&self, least: usize) {
        (self.breaks)();
        let before = (self.state)();
        assert_ne!(self.failing(), [] as [&str; 0], "nothing is wrong");
        finish_within(&mut self.repair(), LONG);
        let lines = self.noted();
        assert!(lines >= 2 * least, "{} steps", lines / 2);
        assert_eq!(self.failing(), [] as [&str; 0], "with nobody killed");
        self.take_back(&before, "with nobody killed");
        for line in 1..=lines {
            let after = format!("killed after line {line} of {lines} for {}", self.only);
            (self.breaks)();
            let before = (self.state)();
            self.killed_after(line);
            finish_within(&mut self.repair(), LONG);
            assert_eq!(self.failing(), [] as [&str; 0], "{after}");
            self.take_back(&before, &after);
        }
    }

    fn repair(&self) -> Command {
        let mut command =
            (self.tars)(&["doctor", "--fix", "--yes", "--deadline", "20s", "--only", self.only]);
        command.args(["--yes-destructive", self.only]);
        command
    }

    /// How many lines there are in the journal.
    fn noted(&self) -> usize {
        let journal = fs::read(self.home.journal()).unwrap_or_default();
        journal.iter().filter(|byte| **byte == b'\n').count()
    }

    #[track_caller]
    fn killed_after(&self, line: usize) {
        let first = self.noted();
        let mut command = self.repair();
        let mut repair = Guard(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
        let started = Instant::now();
        // It may come to its end a moment before: that is one of the moments.
        while self.noted() < first + line && repair.0.try_wait().unwrap().is_none() {
            assert!(started.elapsed() < LONG, "the repair notes no line {line}");
            std::thread::yield_now();
        }
        let _ = repair.0.kill();
        repair.0.wait().unwrap();
    }

    /// The checks that say something which they could repair.
    #[track_caller]
    fn failing(&self) -> Vec<String> {
        // Whatever else the machine is doing, what is asked has the time to answer.
        let look = ["doctor", "--only", self.only, "--deadline", "20s", "--format", "json"];
        let ended = finish_within(&mut (self.tars)(&look), LONG);
        let report: Value =
            serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"));
        let sections = report["sections"].as_array().unwrap();
        let findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
        let findings: Vec<&Value> = findings.collect();
        println!("{findings:?}");
        let fixable = findings.into_iter().filter(|finding| finding["fix"].is_string());
        fixable.map(|finding| finding["id"].as_str().unwrap().to_string()).collect()
    }

    #[track_caller]
    fn take_back(&self, before: &str, after: &str) {
        let deadline = Instant::now() + LONG;
        loop {
            let undone = finish_within(&mut (self.tars)(&["doctor", "--undo", "--yes"]), LONG);
            if undone.stdout.contains("nothing to take back") {
                break;
            }
            assert!(Instant::now() < deadline, "there is always more to take back: {undone:#?}");
        }
        assert_eq!((self.state)(), before, "{after}");
    }
}
