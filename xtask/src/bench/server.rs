//! A server under measurement: the release binary with a home of its own, and what the system knows about its
//! process.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use secrecy::ExposeSecret;
use tars::config::paths::Home;
use tars::config::secrets;
use tars::failure::{Failure, IoContext, Result};
use tars::host::files;
use tars::wire::token::{OPERATOR, Signer, Use};
use tars::wire::{IngestRequest, Ingested, Job, JobState, Ready};

use super::http::Connection;
use crate::work;

/// The clock that /proc counts processor time with: USER_HZ, 100 on every Linux.
const TICKS: f64 = 100.0;

/// A running server.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
    pub token: String,
    /// From the start of the process to the first 200 of `/ready`.
    pub start: Duration,
}

/// Makes a home with a signing key and without a language model, and gives a token for it.
pub fn home(directory: &Path) -> Result<String> {
    let home = Home::under(directory);
    files::directory(&home.config, 0o700)?;
    let key = secrets::signing_key()?;
    let env = format!("TARS_AUTH_SIGNING_KEY={}\n", key.expose_secret());
    files::write(&home.env(), env.as_bytes(), files::PRIVATE)?;
    files::write(&home.toml(), b"[answer]\nendpoint = \"off\"\n", files::PUBLIC)?;
    let now = jiff::Timestamp::now().as_second();
    Signer::new(&key)
        .mint(OPERATOR, Use::Access, 0, now, Duration::from_secs(24 * 3600))
        .map(|token| token.expose_secret().to_string())
        .map_err(|error| Failure::environment("cannot sign a token").because(&error))
}

impl Server {
    /// Starts the server and waits until it is ready.
    pub fn start(directory: &Path, token: &str, documents: &[PathBuf]) -> Result<Self> {
        let address_file = Home::under(directory).run.join("address");
        let _ = fs::remove_file(&address_file);
        let log = fs::File::create(directory.join("bench.log")).trying("create the log")?;
        let mut command = Command::new(work::target().join("release/tars"));
        command.env_clear().env("PATH", "/usr/bin:/bin").args(["serve", "--listen", "127.0.0.1:0", "--home"]);
        command.arg(directory).stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        for folder in documents {
            command.arg("--documents").arg(folder);
        }
        let started = Instant::now();
        let mut child = command.spawn().trying("start the release binary")?;
        let deadline = started + Duration::from_secs(60);
        loop {
            let address = fs::read_to_string(&address_file).ok().and_then(|text| text.trim().parse().ok());
            if let Some(address) = address
                && ready(address, token)
            {
                return Ok(Self { child, address, token: token.to_string(), start: started.elapsed() });
            }
            let ended = child.try_wait().trying("wait for the server")?;
            if ended.is_some() || Instant::now() > deadline {
                let _ = child.kill();
                let told = fs::read_to_string(directory.join("bench.log")).unwrap_or_default();
                return Err(Failure::environment(format!(
                    "the server did not become ready ({ended:?}):\n{told}"
                )));
            }
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// A connection that is signed in.
    pub fn connect(&self) -> Result<Connection> {
        Connection::open(self.address, Some(&self.token))
    }

    /// Scans the directories and waits for the end; tells at every look how many files were seen.
    pub fn ingest(&self) -> Result<Job> {
        let mut connection = self.connect()?;
        let request = serde_json::to_string(&IngestRequest::default()).unwrap_or_default();
        let Ingested::Job(id) = connection.post("/ingest", &request)?.json()? else {
            return Err(Failure::environment("a scan was answered as an upload"));
        };
        loop {
            let job: Job = connection.get(&format!("/jobs/{id}"))?.json()?;
            match job.state {
                JobState::Done => return Ok(job),
                JobState::Running => std::thread::sleep(Duration::from_millis(50)),
                state => {
                    return Err(Failure::environment(format!(
                        "the scan ended as {state:?}: {:?}",
                        job.problems
                    )));
                }
            }
        }
    }

    /// Processor seconds of the process and of its children that have ended.
    pub fn cpu(&self) -> Result<f64> {
        cpu(&self.child.id().to_string())
    }

    /// A size in bytes from /proc/PID/status, such as `VmHWM` or `VmRSS`.
    pub fn memory(&self, field: &str) -> Result<f64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = fs::read_to_string(&path).trying(format_args!("read `{path}`"))?;
        text.lines()
            .find_map(|line| {
                line.strip_prefix(field)?.strip_prefix(':')?.trim().strip_suffix(" kB")?.parse().ok()
            })
            .map(|kib: f64| kib * 1024.0)
            .ok_or_else(|| Failure::environment(format!("`{path}` has no {field}")))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may already be gone.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor seconds of a process and of its children that have ended: fields 14 to 17 of /proc/PID/stat.
pub fn cpu(process: &str) -> Result<f64> {
    let path = format!("/proc/{process}/stat");
    let text = fs::read_to_string(&path).trying(format_args!("read `{path}`"))?;
    // The second field is a name in parentheses that may contain anything.
    let after_name = text.rsplit(')').next().unwrap_or_default();
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(4).filter_map(|field| field.parse::<f64>().ok()).sum();
    Ok(ticks / TICKS)
}

fn ready(address: SocketAddr, token: &str) -> bool {
    let ask = || Connection::open(address, Some(token))?.get("/ready")?.json::<Ready>();
    ask().is_ok_and(|ready| ready.ready)
}
