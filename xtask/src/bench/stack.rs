//! The figures of `tars up` over a stack of six services, in one run with Docker Compose on the same engine: how long it
//! takes where all is as declared, how often it asks the engine, and from nothing to a stack that is up. The engine is the
//! real one, started for this in a network namespace of its own.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tars::failure::{Failure, IoContext, Result};
use tars::host::files;

use super::process::measured;
use super::{Bar, Figure};
use crate::{setup, work};

/// How often what takes a moment is measured; the median counts.
const MANY: usize = 15;
/// How often what takes seconds is.
const FEW: usize = 5;
/// How long the engine may take to start.
const START: Duration = Duration::from_secs(60);

/// What the containers run: it waits for ever, or says that it is well.
const PART: &str = r#"
    fn main() {
        if std::env::args().nth(1).as_deref() == Some("well") { return }
        loop { std::thread::park() }
    }
"#;

/// Two networks, a volume, a chain of conditions, and three services beside it.
const STACK: &str = r"
name: bench
x-part: &part
  image: tars-bench/part:1
  stop_signal: SIGKILL
  healthcheck: {test: [CMD, /part, well], interval: 500ms}
services:
  database: {<<: *part, volumes: [data:/data], networks: [back]}
  cache: {<<: *part, networks: [back], environment: {SIZE: 64m}}
  api: {<<: *part, networks: [back, front], depends_on: {database: {condition: service_healthy}, cache: {condition: service_healthy}}}
  web: {<<: *part, networks: [front], depends_on: [api], labels: {role: web}}
  worker: {<<: *part, networks: [back], depends_on: [cache]}
  metrics: {<<: *part, networks: [front], mem_limit: 64m}
networks: {back: {}, front: {}}
volumes: {data: {}}
";

/// Measures everything.
pub fn measure() -> Result<Vec<Figure>> {
    println!("set-up: Docker Compose: {}", setup::compose::fetch()?);
    let scratch =
        tempfile::Builder::new().prefix("bench-").tempdir_in(work::target()).trying("make a folder")?;
    let place = scratch.path();
    let engine = Engine::start(place)?;
    fs::write(place.join("compose.yml"), STACK).trying("write the compose file")?;
    let tars = |socket: &Path, arguments: &[&str]| {
        let mut command = Command::new(work::target().join("release/tars"));
        command.arg("--home").arg(place.join("home")).args(arguments);
        on(socket, place, command)
    };
    let compose = |arguments: &[&str]| {
        let mut command = Command::new(work::target().join("compose/docker-compose"));
        command.args(arguments);
        on(&engine.socket, place, command)
    };
    let down = || took(&mut compose(&["down", "--volumes", "--timeout", "0"]));
    let socket = &engine.socket;

    // In turn, so that both find the machine in the same state.
    let (mut cold, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..FEW {
        cold.push(took(&mut tars(socket, &["up"]))?);
        down()?;
        theirs.push(took(&mut compose(&["up", "--detach", "--wait"]))?);
        down()?;
    }
    took(&mut tars(socket, &["up"]))?;
    let (mut settled, mut plans, mut by_compose) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..MANY {
        settled.push(took(&mut tars(socket, &["up"]))?);
        plans.push(took(&mut tars(socket, &["up", "--plan"]))?);
        by_compose.push(took(&mut compose(&["up", "--detach"]))?);
    }
    let counted = Counted::before(socket, &place.join("counted.sock"))?;
    took(&mut tars(&counted.socket, &["up"]))?;
    let asked = counted.requests.load(Ordering::Relaxed);
    down()?;

    let (cold, theirs) = (median(cold), median(theirs));
    let (settled, by_compose) = (median(settled), median(by_compose));
    println!("from nothing: {:.2} s, Docker Compose {:.2} s", cold.as_secs_f64(), theirs.as_secs_f64());
    println!(
        "as declared: {:.0} ms, Docker Compose {:.0} ms",
        milliseconds(settled),
        milliseconds(by_compose)
    );
    let ratio = |one: Duration, other: Duration| one.as_secs_f64() / other.as_secs_f64();
    Ok(vec![
        Figure::new("`up` where all is as declared", milliseconds(settled), "ms", Bar::Below(150.0)),
        Figure::new("requests that it takes", asked as f64, "", Bar::Below(9.0)),
        Figure::new(
            "times as fast as `docker compose up -d`",
            ratio(by_compose, settled),
            "×",
            Bar::AtLeast(3.0),
        ),
        Figure::new("`up --plan`", milliseconds(median(plans)), "ms", Bar::Below(100.0)),
        Figure::new(
            "from nothing, of what `docker compose up -d --wait` takes",
            ratio(cold, theirs),
            "",
            Bar::Below(1.1),
        ),
    ])
}

/// A command with nothing around it but this engine.
fn on(socket: &Path, place: &Path, mut command: Command) -> Command {
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", place).current_dir(place);
    command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command
}

fn took(command: &mut Command) -> Result<Duration> {
    let used = measured(command)?;
    if used.ok { Ok(used.took) } else { Err(Failure::no(format!("{command:?} failed"))) }
}

fn median(mut all: Vec<Duration>) -> Duration {
    all.sort_unstable();
    all[all.len() / 2]
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// An engine of its own, which ends with this.
struct Engine {
    child: Child,
    socket: PathBuf,
}

impl Engine {
    fn start(place: &Path) -> Result<Self> {
        let socket = place.join("engine.sock");
        files::directory(&place.join("engine"), 0o700)?;
        fs::write(place.join("engine/daemon.json"), "{}\n").trying("write the engine's settings")?;
        let log = File::create(place.join("engine/log")).trying("write the engine's log")?;
        let script = "ip link set lo up; cd \"$0\"; exec dockerd --config-file daemon.json --host \"unix://$1\" \
             --data-root data --exec-root exec --pidfile pid --bridge=none --containerd-namespace=tars-bench \
             --containerd-plugins-namespace=tars-bench-plugins";
        let mut command = Command::new("unshare");
        command.args(["--net", "sh", "-ec", script]).arg(place.join("engine")).arg(&socket);
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn();
        let engine = Self { child: child.trying("start `unshare`, as root")?, socket };
        let started = Instant::now();
        while !engine.docker(&["version"])? {
            if started.elapsed() > START {
                return Err(Failure::environment("the engine does not start")
                    .hint("`cargo xtask test` installs it; it needs root"));
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        engine.image(place)?;
        Ok(engine)
    }

    fn image(&self, place: &Path) -> Result<()> {
        let (source, part) = (place.join("part.rs"), place.join("part"));
        fs::write(&source, PART).trying("write the program of the containers")?;
        let mut rustc = Command::new("rustc");
        rustc.args(["--edition=2021", "-O", "-C", "target-feature=+crt-static", "-o"]);
        work::run(rustc.arg(&part).arg(&source))?;
        let archive = place.join("part.tar");
        let mut tar = Command::new("tar");
        work::run(tar.arg("-C").arg(place).arg("-cf").arg(&archive).arg("part"))?;
        let entrypoint = r#"ENTRYPOINT ["/part"]"#;
        let archive = archive.display().to_string();
        if self.docker(&["import", "--change", entrypoint, &archive, "tars-bench/part:1"])? {
            return Ok(());
        }
        Err(Failure::environment("the engine takes no image"))
    }

    /// Whether the engine does this.
    fn docker(&self, arguments: &[&str]) -> Result<bool> {
        let mut command = Command::new("docker");
        command.args(arguments).env("DOCKER_HOST", format!("unix://{}", self.socket.display()));
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        Ok(status.trying("start `docker`")?.success())
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SIGTERM, so that it takes its mounts away; nobody is left to be told where that fails.
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}

/// A socket before the engine's that counts the requests.
struct Counted {
    socket: PathBuf,
    requests: Arc<AtomicUsize>,
}

impl Counted {
    fn before(engine: &Path, socket: &Path) -> Result<Self> {
        let listener = UnixListener::bind(socket).trying("listen beside the engine")?;
        let requests = Arc::new(AtomicUsize::new(0));
        let (count, engine) = (Arc::clone(&requests), engine.to_path_buf());
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let Ok(server) = UnixStream::connect(&engine) else { return };
                let (count, back) = (Arc::clone(&count), (server.try_clone(), client.try_clone()));
                std::thread::spawn(move || pass(client, server, Some(&count)));
                if let (Ok(server), Ok(client)) = back {
                    std::thread::spawn(move || pass(server, client, None));
                }
            }
        });
        Ok(Self { socket: socket.to_path_buf(), requests })
    }
}

/// Passes on what comes until it ends; a request has one line that ends with the version of the protocol.
fn pass(mut from: UnixStream, mut to: UnixStream, count: Option<&AtomicUsize>) {
    let mut piece = [0; 16 << 10];
    while let Ok(length @ 1..) = from.read(&mut piece) {
        if let Some(count) = count {
            let text = String::from_utf8_lossy(&piece[..length]);
            count.fetch_add(text.matches(" HTTP/1.1\r\n").count(), Ordering::Relaxed);
        }
        if to.write_all(&piece[..length]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(std::net::Shutdown::Both);
}
