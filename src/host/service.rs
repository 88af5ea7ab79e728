//! The running server as a service, whichever manager keeps it: systemd where it runs, the built-in supervisor elsewhere,
//! the container engine where it was installed so. It starts, stops, watches and shows the log; installing it is install's.

use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::log::{self, Follower};
use super::{contained, files, lock, supervisor, systemd};
use crate::config::Config;
use crate::config::paths::Home;
use crate::ctx::Ctx;
pub use crate::facts::services::{Manager, State};
use crate::facts::services::{Managers, managers};
use crate::failure::{Failure, IoContext, Result};
use crate::stack::choice;
use crate::wire::Health;
use crate::wire::client::Client;

/// How long the server may take until it answers `/health`.
pub const START: Duration = Duration::from_secs(15);
/// The supervisor gives the server 10 s before it kills it.
const STOP: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(50);

impl Manager {
    /// The manager that the configuration asks for, here.
    pub fn choose(config: &Config, home: &Home, root: bool, found: &Managers) -> Result<Self> {
        let runs = if root { found.systemd } else { found.systemd_user };
        match config.manager.as_str() {
            "supervisor" => Ok(Self::Supervisor),
            "docker" => Ok(Self::Docker),
            "systemd" if home.given.is_some() => Err(Failure::config("`service.manager = \"systemd\"` does not go with `--home`")
                .hint("the unit is for the usual directories: leave `--home` away, or set `service.manager` to `auto`")),
            "systemd" if !runs => Err(Failure::config("`service.manager` is `systemd`, which does not run here")
                .hint("set `service.manager` to `auto` in `tars.toml`")),
            "systemd" => Ok(Self::Systemd { user: !root }),
            _ if runs && home.given.is_none() => Ok(Self::Systemd { user: !root }),
            _ => Ok(Self::Supervisor),
        }
    }

    /// The manager as a person knows it.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Systemd { user: false } => "systemd unit `tars.service`",
            Self::Systemd { user: true } => "systemd user unit `tars.service`",
            Self::Supervisor => "built-in supervisor",
            Self::Docker => "container engine",
        }
    }
}

/// Where the supervisor tells how the server is.
#[must_use]
pub fn status_file(home: &Home) -> PathBuf {
    home.run.join("supervisor.json")
}

/// The managers that run here, as this process can reach them.
#[must_use]
pub fn find_managers(ctx: &Ctx) -> Managers {
    let runtime = ctx.variable("XDG_RUNTIME_DIR").map(PathBuf::from);
    let none = Managers { systemd: false, systemd_user: false, lingering: false };
    managers(runtime.as_deref(), ctx.variable("USER")).known().copied().unwrap_or(none)
}

/// The server of one home.
#[derive(Debug, Clone)]
pub struct Service {
    /// What keeps it running.
    pub manager: Manager,
    home: Home,
    this_program: PathBuf,
    /// The socket of the container engine, which is asked only where it keeps the server running.
    socket: String,
}

impl Service {
    /// The service of this home under this configuration.
    pub fn new(ctx: &Ctx, config: &Config) -> Result<Self> {
        let root = nix::unistd::geteuid().is_root();
        let manager = Manager::choose(config, &ctx.home, root, &find_managers(ctx))?;
        Self::under(ctx, manager)
    }

    /// The service of this home under a manager that is known.
    pub fn under(ctx: &Ctx, manager: Manager) -> Result<Self> {
        let (home, this_program) = (ctx.home.clone(), ctx.this_program()?);
        Ok(Self { manager, home, this_program, socket: choice::socket(ctx) })
    }

    /// Whether this user may see how it is.
    #[must_use]
    pub fn may_look(&self) -> bool {
        let hidden = |error: std::io::Error| error.kind() == std::io::ErrorKind::PermissionDenied;
        matches!(self.manager, Manager::Systemd { .. } | Manager::Docker)
            || !lock::holder(&self.home.pid_file()).is_err_and(hidden)
    }

    /// How it is now.
    pub async fn state(&self) -> Result<State> {
        match self.manager {
            Manager::Systemd { user } => return systemd::state(user).await,
            Manager::Docker => return contained::state(&self.socket, &self.home).await,
            Manager::Supervisor => {}
        }
        let pid_file = self.home.pid_file();
        let pid = lock::holder(&pid_file).trying(format_args!("read `{}`", pid_file.display()))?;
        let told = std::fs::read(status_file(&self.home)).ok();
        let told: Option<supervisor::Status> = told.and_then(|text| serde_json::from_slice(&text).ok());
        let mut state =
            State { running: pid.is_some(), pid: pid.filter(|pid| *pid != 0), ..State::default() };
        if let (Some(_), Some(told)) = (pid, told) {
            state.server = told.server;
            state.since = Some(told.since);
            state.restarts = told.restarts;
            state.last_end = told.last_end;
            state.cannot_run = told.cannot_run;
        }
        Ok(state)
    }

    /// Starts it and waits until it answers at `listen`.
    pub async fn start(&self, listen: SocketAddr) -> Result<Health> {
        match self.manager {
            Manager::Systemd { user } => systemd::start(user).await?,
            Manager::Supervisor => self.spawn_supervisor()?,
            Manager::Docker => contained::start(&self.socket, &self.home).await?,
        }
        self.wait_alive(listen).await
    }

    /// Stops it and waits until it has stopped.
    pub async fn stop(&self) -> Result<()> {
        match self.manager {
            Manager::Systemd { user } => return systemd::stop(user).await,
            Manager::Docker => return contained::stop(&self.socket, &self.home).await,
            Manager::Supervisor => {}
        }
        let end = Instant::now() + STOP;
        let mut asked = None;
        loop {
            let state = self.state().await?;
            if !state.running {
                return Ok(());
            }
            // The number is the holder of the lock's: never that of a stranger who got an old number.
            if let Some(pid) = state.pid.and_then(|pid| i32::try_from(pid).ok())
                && asked != Some(pid)
            {
                kill(Pid::from_raw(pid), Signal::SIGTERM)
                    .map_err(std::io::Error::from)
                    .trying(format_args!("stop the supervisor (process {pid})"))?;
                asked = Some(pid);
            }
            if Instant::now() > end {
                return Err(Failure::environment(format!("the server did not stop in {} s", STOP.as_secs()))
                    .hint("`tars ops logs` shows what it is doing"));
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Stops it where it runs, and starts it.
    pub async fn restart(&self, listen: SocketAddr) -> Result<Health> {
        self.stop().await?;
        self.start(listen).await
    }

    /// The last `n` lines of its log.
    pub async fn log_tail(&self, n: usize) -> Result<Vec<String>> {
        match self.manager {
            Manager::Systemd { user } => return systemd::log_tail(user, n).await,
            Manager::Docker => return contained::log_tail(&self.socket, &self.home, n).await,
            Manager::Supervisor => {}
        }
        let path = self.home.log_file();
        log::tail(&path, n).trying(format_args!("read `{}`", path.display()))
    }

    /// Hands over what is appended to its log, for ever.
    pub async fn follow(&self, mut show: impl FnMut(&str) -> Result<()>) -> Result<()> {
        match self.manager {
            Manager::Systemd { user } => return systemd::follow(user).await,
            Manager::Docker => return contained::follow(&self.socket, &self.home, show).await,
            Manager::Supervisor => {}
        }
        let mut follower = Follower::at_end(&self.home.log_file());
        loop {
            let bytes = follower.more().trying("read the log")?;
            if !bytes.is_empty() {
                show(&String::from_utf8_lossy(&bytes))?;
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    fn spawn_supervisor(&self) -> Result<()> {
        // The run directory does not outlive a boot where it is on a temporary file system.
        files::directory(&self.home.run, 0o700)?;
        files::directory(&self.home.logs, 0o700)?;
        // Taken before it is started and handed over: from here on nobody can take it for stopped.
        let pid_file = self.home.pid_file();
        let lock = lock::PidLock::reserve(&pid_file).trying(format_args!("lock `{}`", pid_file.display()))?;
        let Some(lock) = lock else {
            return Err(Failure::environment("the server is being started already")
                .hint("`tars ops status` shows it"));
        };
        // What the last supervisor told would be taken for what this one tells.
        files::remove(&status_file(&self.home))?;
        let path = self.home.log_file();
        let log = std::fs::OpenOptions::new()
            .append(true)
            .create(true)
            .mode(files::PRIVATE)
            .open(&path)
            .trying(format_args!("open `{}`", path.display()))?;
        let installed = self.home.program();
        let program = if installed.exists() { &installed } else { &self.this_program };
        let mut command = Command::new(program);
        if let Some(given) = &self.home.given {
            command.arg("--home").arg(given);
        }
        command.arg("supervise").current_dir("/").stdin(lock).stdout(Stdio::null()).stderr(log);
        // Its settings come from the files, as they will after the next boot.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("TARS_")) {
            command.env_remove(name);
        }
        close_on_exec();
        command.spawn().map(drop).trying(format_args!("start `{}`", program.display()))
    }

    async fn wait_alive(&self, listen: SocketAddr) -> Result<Health> {
        let client = Client::anonymous(listen)?;
        let started = Instant::now();
        loop {
            let state = self.state().await?;
            let ended = state.cannot_run || state.last_end.is_some();
            if !ended
                && state.server.is_some()
                && let Some(health) = client.health().await?
            {
                return Ok(health);
            }
            let gone = !state.running;
            if ended || gone {
                let how = state.last_end.unwrap_or_else(|| "it is gone".into());
                let failure = self.with_log(&format!("the server does not start: {how}")).await;
                self.stop().await?;
                return Err(failure);
            }
            if started.elapsed() > START {
                let waited = START.as_secs();
                let what =
                    format!("the server runs, but does not answer at {} after {waited} s", client.base());
                return Err(self.with_log(&what).await);
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// A failure that carries the last lines of the log.
    pub async fn with_log(&self, what: &str) -> Failure {
        let lines = self.log_tail(20).await.unwrap_or_default();
        let shown: String = lines.iter().map(|line| format!("\n  | {line}")).collect();
        let shown = if shown.is_empty() { String::new() } else { format!("; its last words:{shown}") };
        Failure::environment(format!("{what}{shown}"))
            .hint("put right what the log says, then run `tars ops start`; `tars ops logs -n 100` shows more")
    }
}

/// Keeps whatever this process was given beside its three streams from the supervisor: a pipe that a
/// detached process holds open would keep the script waiting that started us.
fn close_on_exec() {
    use nix::libc::{CLOSE_RANGE_CLOEXEC, SYS_close_range, c_uint, syscall};
    // SAFETY: with this flag the call closes nothing and touches no memory; it only marks descriptors, so
    // that a later `exec` does not pass them on. Rust marks its own so anyway. A kernel that does not know
    // the call refuses it, and then they are passed on.
    let _ = unsafe { syscall(SYS_close_range, 3 as c_uint, c_uint::MAX, CLOSE_RANGE_CLOEXEC) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn the_manager_that_is_chosen() {
        let root = Home::find(None, true, |_| None).unwrap();
        let given = Home::under("/srv/t".as_ref());
        let both = Managers { systemd: true, systemd_user: true, lingering: false };
        let system_only = Managers { systemd_user: false, ..both };
        let none = Managers { systemd: false, ..system_only };
        let chosen = |asked: &str, home: &Home, is_root: bool, found: &Managers| {
            let environment = [("TARS_SERVICE_MANAGER".to_string(), asked.to_string())];
            let empty = tempfile::tempdir().unwrap();
            let settings = Settings::load(&Home::under(empty.path()), &Vec::new(), environment).unwrap();
            Manager::choose(&Config::new(&settings).unwrap(), home, is_root, found).ok()
        };
        let (system, user) = (Manager::Systemd { user: false }, Manager::Systemd { user: true });
        assert_eq!(chosen("auto", &root, true, &both), Some(system));
        assert_eq!(chosen("auto", &root, false, &both), Some(user));
        assert_eq!(chosen("auto", &root, false, &system_only), Some(Manager::Supervisor));
        assert_eq!(chosen("auto", &given, true, &both), Some(Manager::Supervisor));
        assert_eq!(chosen("supervisor", &root, true, &both), Some(Manager::Supervisor));
        assert_eq!(chosen("systemd", &root, true, &none), None);
        assert_eq!(chosen("systemd", &given, true, &both), None);
    }
}
