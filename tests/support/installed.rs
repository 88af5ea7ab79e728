//! An installation of the test's own: the real `tars install` in a home that `--home` names, with its own
//! port and documents. Every process of it goes away with the test, however the test ends.

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use tars::config::paths::Home;

use super::env::{Ended, finish_within};
use super::{TestEnv, wait};

/// How long any command of an installation may take.
pub const LONG: Duration = Duration::from_secs(120);

/// A bare home to install in, and whatever was installed there since.
pub struct Installation {
    pub env: TestEnv,
    pub listen: String,
}

impl Installation {
    /// Documents and a port, and nothing installed yet.
    pub fn bare() -> Self {
        let env = TestEnv::new();
        let documents = env.directory("documents");
        fs::write(documents.join("boats.md"), "# Boats\n\nThe lighthouse keeper was away.\n").unwrap();
        Self { env, listen: format!("127.0.0.1:{}", free_port()) }
    }

    /// Installs, and expects a GO.
    #[track_caller]
    pub fn installed() -> Self {
        let installation = Self::bare();
        installation.install();
        installation
    }

    /// Installs with a port whose neighbours no other test takes, nor one with another number: the doctor moves a
    /// server whose port is taken to the next free one.
    #[track_caller]
    pub fn apart(number: u16) -> Self {
        let first = 12_000 + number * 1_000 + u16::try_from(std::process::id() % 900).unwrap();
        let free = (first..).find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).unwrap();
        let mut installation = Self::bare();
        installation.listen = format!("127.0.0.1:{free}");
        installation.install();
        installation
    }

    /// Where the product keeps everything.
    pub fn home(&self) -> Home {
        self.env.home()
    }

    /// The directory that `--home` names.
    pub fn place(&self) -> PathBuf {
        self.env.path().join("tars")
    }

    /// The freshly built program, told where its home is by option alone.
    pub fn tars(&self, arguments: &[&str]) -> Command {
        let mut command = self.env.tars();
        command.env_remove("TARS_HOME").arg("--home").arg(self.place()).args(arguments);
        command
    }

    /// Runs the program to its end.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> Ended {
        finish_within(&mut self.tars(arguments), LONG)
    }

    /// The command that installs with the test's port and documents.
    pub fn installer(&self) -> Command {
        let mut command = self.tars(&["install", "--yes", "--listen", &self.listen]);
        command.arg("--documents").arg(self.env.path().join("documents"));
        command
    }

    /// Installs, and expects a GO.
    #[track_caller]
    pub fn install(&self) -> Ended {
        finish_within(&mut self.installer(), LONG).expect(0)
    }

    /// Adds to the server's log.
    pub fn log(&self, text: &str) {
        let path = self.home().log_file();
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let mut log = fs::File::options().create(true).append(true).open(path).unwrap();
        log.write_all(text.as_bytes()).unwrap();
    }

    /// The steps that another run would take.
    #[track_caller]
    pub fn steps_left(&self) -> Vec<Value> {
        let plan = json(&self.run(&["install", "--plan", "--format", "json"]).expect(0));
        plan["steps"].as_array().unwrap().clone()
    }

    /// What the supervisor tells of the server.
    pub fn told(&self) -> Option<Value> {
        let text = fs::read(self.home().run.join("supervisor.json")).ok()?;
        serde_json::from_slice(&text).ok()
    }

    /// The process of the server, where one runs.
    pub fn server(&self) -> Option<i32> {
        i32::try_from(self.told()?["server"].as_i64()?).ok()
    }

    /// Every living process whose command line names the home: supervisor, server, workers, installers.
    pub fn processes(&self) -> Vec<i32> {
        let place = self.place().display().to_string();
        let told = |process: fs::DirEntry| {
            let id: i32 = process.file_name().to_string_lossy().parse().ok()?;
            let line = fs::read(process.path().join("cmdline")).ok()?;
            // One that has ended and waits for its parent has an empty command line.
            String::from_utf8_lossy(&line).contains(&place).then_some(id)
        };
        fs::read_dir("/proc").unwrap().flatten().filter_map(told).collect()
    }

    /// Ends every process at once, as a power cut would.
    pub fn cut_power(&self) {
        wait("every process to be gone", Duration::from_secs(20), || {
            let living = self.processes();
            for id in &living {
                // It may have ended by itself.
                let _ = kill(Pid::from_raw(*id), Signal::SIGKILL);
            }
            living.is_empty().then_some(())
        });
    }
}

impl Drop for Installation {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            return self.cut_power();
        }
        // Two panics at once would end all tests: this one waits for nothing.
        for id in self.processes() {
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

/// The one JSON document on standard output.
#[track_caller]
pub fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"))
}

/// The permission bits of a file.
pub fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// A port that nobody listens on, below those that the system hands out by itself: it stays free until the
/// server takes it.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = 20_000 + u16::try_from(std::process::id() % 10_000).unwrap();
    loop {
        let port = first + NEXT.fetch_add(1, Ordering::Relaxed);
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
