//! Keeps the server running where no systemd does: one detached process that starts it, writes what it says
//! to the log file, starts it again when it ends, and takes it along when it is told to stop. It knows
//! nothing of what it runs.

use std::fs::File;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde::{Deserialize, Serialize};
use tokio::net::unix::pipe;
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;

use super::lock::PidLock;
use super::log::{LARGEST, Log};
use super::{files, service};
use crate::ctx::Ctx;
use crate::failure::{Failure, IoContext, Result};

/// How long the server may take to stop before it is killed.
const GRACE: Duration = Duration::from_secs(10);
/// A server that lived this long had started well.
const STEADY: Duration = Duration::from_secs(60);
/// The longest wait before the next start.
const LONGEST: Duration = Duration::from_secs(30);
/// The exit code that says that the configuration or the machine is at fault: starting at once again is vain.
const CANNOT_RUN: i32 = 2;

/// Arguments of the hidden `supervise` command.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs `tars supervise`: leaves the session it was started in and runs until told to stop.
pub fn run(ctx: &Ctx, _: &Args) -> Result<()> {
    // It fails only for the leader of a process group, which then is detached already.
    let _ = nix::unistd::setsid();
    let inherited = standard_input()?;
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    let mut args = Vec::new();
    if let Some(given) = &ctx.home.given {
        args = vec!["--home".into(), given.clone().into_os_string()];
    }
    args.extend(["serve".into(), "--supervised".into()]);
    let supervisor = Supervisor {
        program: ctx.this_program()?,
        args,
        pid_file: ctx.home.pid_file(),
        status_file: service::status_file(&ctx.home),
        log_file: ctx.home.log_file(),
        grace: GRACE,
        inherited: Some(inherited),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .trying("start the asynchronous runtime")?;
    runtime.block_on(supervisor.run())
}

/// What the starter handed over as standard input, which becomes empty: the lock, if `tars ops start` it was.
fn standard_input() -> Result<File> {
    let take = || -> std::io::Result<File> {
        let inherited = std::io::stdin().as_fd().try_clone_to_owned()?;
        nix::unistd::dup2_stdin(File::open("/dev/null")?)?;
        Ok(inherited.into())
    };
    take().trying("detach from standard input")
}

/// Makes the calling process end when the process that started it does, however that ends. `serve` calls it
/// first of all when it is run by the supervisor.
pub fn die_with_parent() -> Result<()> {
    let parent = nix::unistd::getppid();
    nix::sys::prctl::set_pdeathsig(Signal::SIGKILL)
        .map_err(std::io::Error::from)
        .trying("bind to the supervisor")?;
    if nix::unistd::getppid() == parent {
        return Ok(());
    }
    Err(Failure::environment("the supervisor has gone away").hint("start the server with `tars ops start`"))
}

/// What the supervisor tells about the server, for `tars ops status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// The server's process, while it runs.
    pub server: Option<u32>,
    /// When the server was last started.
    pub since: Timestamp,
    /// How often it was started again after it had ended.
    pub restarts: u32,
    /// How it last ended, such as `exit code 2`.
    pub last_end: Option<String>,
    /// It last ended because the configuration or the machine is at fault.
    pub cannot_run: bool,
}

/// One supervised program.
#[derive(Debug)]
pub struct Supervisor {
    /// What to run.
    pub program: PathBuf,
    /// With which arguments.
    pub args: Vec<std::ffi::OsString>,
    /// Locked while the supervisor lives.
    pub pid_file: PathBuf,
    /// Where it tells how the program is.
    pub status_file: PathBuf,
    /// Where what the program says goes.
    pub log_file: PathBuf,
    /// How long the program may take to stop.
    pub grace: Duration,
    /// The lock of the pid file, where the starter has taken it already.
    pub inherited: Option<File>,
}

impl Supervisor {
    /// Runs the program until this process is told to stop.
    pub async fn run(mut self) -> Result<()> {
        // Listening starts before anything else, so that no signal finds the default action in force.
        let mut terminate = signal(SignalKind::terminate()).trying("listen for signals")?;
        let mut interrupt = signal(SignalKind::interrupt()).trying("listen for signals")?;
        let mut hangup = signal(SignalKind::hangup()).trying("listen for signals")?;
        let told_to_stop = async move {
            loop {
                tokio::select! {
                    _ = terminate.recv() => return,
                    _ = interrupt.recv() => return,
                    // Its terminal is not its own: losing it means nothing.
                    _ = hangup.recv() => {}
                }
            }
        };
        let taken = PidLock::take(&self.pid_file, self.inherited.take())
            .trying(format_args!("lock `{}`", self.pid_file.display()))?;
        let Some(lock) = taken else {
            return Err(
                Failure::environment("another supervisor runs already").hint("`tars ops status` shows it")
            );
        };
        let log =
            Log::open(&self.log_file, LARGEST).trying(format_args!("open `{}`", self.log_file.display()))?;
        let log = Arc::new(Mutex::new(log));
        let (reader, writer) = std::io::pipe().trying("make a pipe")?;
        let reader = pipe::Receiver::from_owned_fd(reader.into()).trying("read from a pipe")?;
        let (finish, finished) = oneshot::channel();
        let pump = tokio::spawn(pump(reader, log.clone(), finished));
        let result = self.keep_running(&writer, &log, told_to_stop).await;
        // Nobody is left to be told where the pump has broken off.
        let _ = finish.send(());
        let _ = pump.await;
        drop(lock);
        result
    }

    async fn keep_running(
        &self,
        output: &std::io::PipeWriter,
        log: &Mutex<Log>,
        told_to_stop: impl Future<Output = ()>,
    ) -> Result<()> {
        tokio::pin!(told_to_stop);
        let mut pace = Pace::default();
        let mut status =
            Status { server: None, since: Timestamp::now(), restarts: 0, last_end: None, cannot_run: false };
        loop {
            let started = Instant::now();
            status.since = Timestamp::now();
            let ended = match self.start(output) {
                Ok(mut child) => {
                    status.server = child.id();
                    self.tell(&status);
                    tokio::select! {
                        ended = child.wait() => ended,
                        () = &mut told_to_stop => {
                            self.stop(&mut child).await;
                            status.server = None;
                            self.tell(&status);
                            return Ok(());
                        }
                    }
                }
                Err(error) => Err(error),
            };
            status.server = None;
            status.cannot_run = ended.as_ref().is_ok_and(|status| status.code() == Some(CANNOT_RUN));
            let how = ended.map_or_else(|error| error.to_string(), describe);
            let wait = pace.after(started.elapsed(), status.cannot_run);
            note(log, &format!("the server ended ({how}); it is started again in {} s", wait.as_secs_f32()));
            status.last_end = Some(how);
            self.tell(&status);
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = &mut told_to_stop => return Ok(()),
            }
            status.restarts += 1;
        }
    }

    fn start(&self, output: &std::io::PipeWriter) -> std::io::Result<Child> {
        Command::new(&self.program)
            .args(&self.args)
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output.try_clone()?)
            .kill_on_drop(true)
            .spawn()
    }

    async fn stop(&self, child: &mut Child) {
        let pid = child.id().and_then(|id| i32::try_from(id).ok());
        // A child that has ended meanwhile cannot be signalled, and need not be.
        let _ = pid.map(|pid| kill(Pid::from_raw(pid), Signal::SIGTERM));
        if tokio::time::timeout(self.grace, child.wait()).await.is_err() {
            let _ = child.kill().await;
        }
    }

    /// Tells how the server is. Where that cannot be written, `status` knows less and the server still runs.
    fn tell(&self, status: &Status) {
        let text = serde_json::to_string(status).expect("invariant: a status is plain data");
        let _ = files::write(&self.status_file, text.as_bytes(), files::PRIVATE);
    }
}

/// Copies what the server says into the log, until told to take what is left and end.
async fn pump(reader: pipe::Receiver, log: Arc<Mutex<Log>>, mut finish: oneshot::Receiver<()>) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        tokio::select! {
            ready = reader.readable() => if ready.is_err() { return },
            _ = &mut finish => {
                while let Ok(n @ 1..) = reader.try_read(&mut buffer) {
                    log.lock().unwrap_or_else(PoisonError::into_inner).write(&buffer[..n]);
                }
                return;
            }
        }
        if let Ok(n @ 1..) = reader.try_read(&mut buffer) {
            log.lock().unwrap_or_else(PoisonError::into_inner).write(&buffer[..n]);
        }
    }
}

fn note(log: &Mutex<Log>, text: &str) {
    let line = format!("{} supervisor: {text}\n", Timestamp::now());
    log.lock().unwrap_or_else(PoisonError::into_inner).write(line.as_bytes());
}

fn describe(status: ExitStatus) -> String {
    use std::os::unix::process::ExitStatusExt;
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => {
            Signal::try_from(signal).map_or(format!("signal {signal}"), |s| s.to_string())
        }
        (None, None) => status.to_string(),
    }
}

/// How long to wait before the next start: twice as long after each crash, until the program stays up.
#[derive(Debug, Default)]
struct Pace {
    crashes: u32,
}

impl Pace {
    fn after(&mut self, lived: Duration, cannot_run: bool) -> Duration {
        if lived >= STEADY {
            self.crashes = 0;
        }
        let wait = Duration::from_millis(500) * 2_u32.pow(self.crashes.min(10));
        self.crashes += 1;
        if cannot_run { LONGEST } else { wait.min(LONGEST) }
    }
}

#[cfg(test)]
#[path = "supervisor_tests.rs"]
mod tests;
