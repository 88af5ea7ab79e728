//! The README is true: the installation that it promises works and changes nothing the second time, and its
//! daily commands run as they are printed.

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::support::TestEnv;
use crate::support::env::{Ended, finish_within};

const README: &str = include_str!("../../README.md");
const LONG: Duration = Duration::from_secs(180);

/// An installation in a home of the test's own, taken away at the end whatever happens.
struct Installed {
    env: TestEnv,
}

impl Installed {
    /// Installs, with a port that is free and documents of its own.
    #[track_caller]
    fn new() -> (Self, Ended) {
        let installed = Self { env: TestEnv::new() };
        let documents = installed.env.directory("documents");
        fs::write(documents.join("boats.md"), "# Boats\n\nThe lighthouse keeper was away.\n").unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let listen = format!("127.0.0.1:{port}");
        let mut command = installed.command(Path::new(env!("CARGO_BIN_EXE_tars")));
        command.args(["install", "--yes", "--listen", &listen, "--documents"]).arg(documents);
        let ended = finish_within(&mut command, LONG).expect(0);
        (installed, ended)
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = self.env.command(program);
        command.env("PATH", format!("{}:/usr/local/bin:/usr/bin:/bin", self.env.home().bin.display()));
        command
    }

    /// Runs the installed program.
    #[track_caller]
    fn tars(&self, arguments: &[&str]) -> Ended {
        finish_within(self.command(&self.env.home().program()).args(arguments), LONG)
    }
}

impl Drop for Installed {
    fn drop(&mut self) {
        if self.env.home().program().exists() {
            let _ = self.command(&self.env.home().program()).args(["ops", "stop"]).output();
        }
    }
}

/// The commands of the README's blocks of this language, each with the lines that continue it.
fn commands(language: &str) -> Vec<String> {
    let mut commands = Vec::new();
    for block in README.split(&format!("\n```{language}\n")).skip(1) {
        let block = block.split("\n```").next().unwrap_or_default();
        let lines = block.replace("\\\n", " ");
        commands.extend(lines.lines().map(str::trim).filter(|line| !line.is_empty()).map(String::from));
    }
    commands.retain(|command| !command.starts_with('#') && !command.starts_with("git clone"));
    commands
}

#[test]
fn the_readme_has_the_two_commands() {
    let transcripts = commands("console");
    for promised in ["cargo run --release -- install --yes", "cargo xtask test"] {
        assert!(transcripts.iter().any(|line| line.contains(promised)), "{promised}: {transcripts:?}");
    }
}

#[test]
fn install_ends_with_go_and_the_second_time_changes_nothing() {
    let (installed, first) = Installed::new();
    let told = first.stdout + &first.stderr;
    let password = fs::read_to_string(installed.env.home().first_password()).unwrap();
    assert!(told.contains("GO") && !told.contains("NO-GO"), "{told}");
    assert!(told.contains("admin-password") && !told.contains(password.trim()), "{told}");
    assert!(told.contains("extracts"), "what is degraded is told: {told}");
    let before = fs::read(installed.env.home().env()).unwrap();

    let again = installed.tars(&["install", "--yes"]).expect(0);
    let told = again.stdout + &again.stderr;
    assert!(told.to_lowercase().contains("nothing to"), "{told}");
    assert_eq!(fs::read(installed.env.home().env()).unwrap(), before, "secrets are kept");
    installed.tars(&["ops", "search", "lighthouse keeper"]).expect(0);

    installed.tars(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    let left: Vec<_> =
        fs::read_dir(installed.env.path().join("tars")).map_or(Vec::new(), |dir| dir.flatten().collect());
    assert!(left.is_empty(), "purged, and still there: {left:?}");
    assert!(installed.env.path().join("documents/boats.md").exists(), "documents are never touched");
}

#[test]
fn the_daily_commands_run_as_they_are_printed() {
    let commands = commands("sh");
    assert!(commands.len() >= 5, "{commands:?}");
    let (installed, _) = Installed::new();
    for line in &commands {
        let mut shell = installed.command(Path::new("/bin/sh"));
        let ended = finish_within(shell.args(["-euc", line]), LONG);
        assert_eq!(ended.code, 0, "`{line}`: {ended:#?}");
        if line.contains("restore a backup") {
            assert!(ended.stdout.contains("[1]"), "`{line}` has no citation: {ended:#?}");
        }
    }
}
