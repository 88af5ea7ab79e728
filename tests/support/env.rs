//! A clean environment for one test: a home of its own, no variables but those that are named here, and the
//! program run in it with a bound on its time.

use std::ffi::OsStr;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use tars::config::paths::Home;
use tempfile::TempDir;

use super::wait;

/// How long any command of a test may take.
const DEADLINE: Duration = Duration::from_secs(60);

/// A home and a clean environment.
pub struct TestEnv {
    folder: TempDir,
}

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl TestEnv {
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("tars-it-").tempdir().unwrap() }
    }

    /// The directory that is `HOME`, with the product's home and everything else of the test below it.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Where the product keeps everything (`TARS_HOME`).
    pub fn home(&self) -> Home {
        Home::under(&self.path().join("tars"))
    }

    /// A new directory of this name.
    pub fn directory(&self, name: &str) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(&path).unwrap();
        path
    }

    /// Writes `tars.toml`.
    pub fn toml(&self, text: &str) {
        fs::create_dir_all(&self.home().config).unwrap();
        fs::write(self.home().toml(), text).unwrap();
    }

    /// The program, ready to be given arguments, in the clean environment.
    pub fn tars(&self) -> Command {
        self.command(env!("CARGO_BIN_EXE_tars"))
    }

    /// Any program in the clean environment. Nothing outside the test can be reached through a variable, and no
    /// language model server of the machine is found unless the test names one.
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("PATH", "/usr/local/bin:/usr/bin:/bin")
            .env("HOME", self.path())
            .env("LANG", "C.UTF-8")
            .env("TARS_HOME", self.path().join("tars"))
            .env("TARS_ANSWER_ENDPOINT", "off")
            .current_dir(self.path())
            .stdin(Stdio::null());
        command
    }

    /// Runs `tars` with these arguments to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ended {
        finish(self.tars().args(arguments))
    }
}

/// Runs a command to its end, which must come in time.
#[track_caller]
pub fn finish(command: &mut Command) -> Ended {
    finish_within(command, DEADLINE)
}

/// Runs a command to its end, which must come within `limit`; it is killed if it does not.
#[track_caller]
pub fn finish_within(command: &mut Command, limit: Duration) -> Ended {
    let shown = format!("{command:?}");
    let mut child = Guard(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
    let (stdout, stderr) = (read_beside(child.0.stdout.take()), read_beside(child.0.stderr.take()));
    let status = wait(&shown, limit, || child.0.try_wait().unwrap());
    Ended {
        code: status.code().unwrap_or(-1),
        stdout: stdout.join().unwrap(),
        stderr: stderr.join().unwrap(),
    }
}

/// A child that does not outlive the test.
pub struct Guard(pub Child);

impl Drop for Guard {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn read_beside(stream: Option<impl Read + Send + 'static>) -> std::thread::JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut stream) = stream {
            let _ = stream.read_to_end(&mut bytes);
        }
        String::from_utf8_lossy(&bytes).into_owned()
    })
}

impl Ended {
    /// Fails the test, showing everything, unless the exit code is this one.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Fails the test unless standard error says this, and says it as errors are said here: a line of what is
    /// wrong, and no trace of the program's insides.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "`{text}` is not in {self:#?}");
        assert!(!self.stderr.contains("panicked"), "{self:#?}");
        self
    }
}
