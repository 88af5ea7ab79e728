//! The figures of the doctor, in one run: how long a look at a running installation takes, how long it takes
//! with a hung engine, a hung mount and a silent model server at once, and its memory. The named baseline is
//! the predecessor's doctor as it was once measured on two cores, repaired so far that it runs to its end: it
//! looks at about a third as much, one thing after the other.

use std::fs::{self, File};
use std::net::TcpListener;
use std::os::fd::AsRawFd;
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::mount::{MntFlags, MsFlags, mount, umount2};
use tars::failure::{Failure, IoContext, Result};
use tars::host::files;

use super::process::{Used, measured};
use super::server::{self, Server};
use super::{Bar, Figure};
use crate::work;

/// The predecessor's doctor with its counters repaired and nothing running.
const PREDECESSOR: Duration = Duration::from_millis(570);
const RUNS: usize = 15;

/// One run of the doctor.
struct Run {
    took: Duration,
    /// The peak of its memory, in bytes.
    peak: f64,
    /// Findings by verdict, as the summary says it.
    result: String,
}

/// Measures everything.
pub fn measure() -> Result<Vec<Figure>> {
    let scratch =
        tempfile::Builder::new().prefix("bench-").tempdir_in(work::target()).trying("make a folder")?;
    let home = scratch.path().join("home");
    let token = server::home(&home)?;
    let documents = scratch.path().join("documents");
    files::directory(&documents, 0o755)?;
    fs::write(documents.join("note.md"), "# A note\n\nOf no importance.\n").trying("write a document")?;
    let server = Server::start(&home, &token, std::slice::from_ref(&documents))?;
    server.ingest()?;
    let toml = format!(
        "[server]\nlisten = \"{}\"\n[documents]\npaths = [\"{}\"]\n[answer]\nendpoint = \"off\"\n",
        server.address,
        documents.display()
    );
    fs::write(home.join("config/tars.toml"), toml).trying("write the settings")?;

    let usual = median(&home, None)?;
    println!("a running installation: {}", usual.result);
    let mut figures = vec![
        Figure::new("a running installation", seconds(usual.took), "s", Bar::Below(0.5)),
        Figure::new(
            "times as fast as the predecessor's (0.57 s)",
            seconds(PREDECESSOR) / seconds(usual.took),
            "×",
            Bar::AtLeast(1.0),
        ),
    ];
    let mut peak = usual.peak;
    let hung = Hung::new(scratch.path())?;
    let toml = format!(
        "[server]\nlisten = \"{}\"\n[documents]\npaths = [\"{}\", \"{}\"]\n[answer]\nendpoint = \"http://{}\"\n",
        server.address,
        documents.display(),
        hung.mount.display(),
        hung.model.local_addr().trying("ask for the port")?,
    );
    fs::write(home.join("config/tars.toml"), toml).trying("write the settings")?;
    let worst = run(&home, Some(&hung.socket))?;
    println!("engine, mount and model server hung: {}", worst.result);
    figures.push(Figure::new(
        "engine, mount and model server hung",
        seconds(worst.took),
        "s",
        Bar::Below(3.0),
    ));
    peak = peak.max(worst.peak);
    figures.push(Figure::new("peak memory", peak / 1e6, "MB", Bar::Below(40.0)));
    Ok(figures)
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}

fn median(home: &Path, socket: Option<&Path>) -> Result<Run> {
    let mut runs = Vec::new();
    for _ in 0..RUNS {
        runs.push(run(home, socket)?);
    }
    runs.sort_by_key(|run| run.took);
    Ok(runs.swap_remove(RUNS / 2))
}

/// Runs the doctor once; its answer may be no.
fn run(home: &Path, socket: Option<&Path>) -> Result<Run> {
    let mut command = Command::new(work::target().join("release/tars"));
    command.env_clear().env("PATH", "/usr/bin:/bin").env("HOME", home).arg("--home").arg(home);
    if let Some(socket) = socket {
        command.env("DOCKER_HOST", format!("unix://{}", socket.display()));
    }
    let out = home.join("doctor.out");
    let stdout = File::create(&out).trying("make a file for the report")?;
    command.args(["doctor", "--quiet"]).stdout(stdout).stderr(Stdio::null());
    let Used { took, peak, .. } = measured(&mut command)?;
    let report = fs::read_to_string(&out).trying("read the report")?;
    let result = report.lines().find_map(|line| line.trim().strip_prefix("result")).map(str::trim);
    let result =
        result.ok_or_else(|| Failure::environment(format!("the doctor made no report:\n{report}")))?;
    Ok(Run { took, peak, result: result.to_string() })
}

/// Three things that accept a question and never answer it.
struct Hung {
    socket: PathBuf,
    _engine: UnixListener,
    model: TcpListener,
    mount: PathBuf,
    _fuse: File,
}

impl Hung {
    fn new(scratch: &Path) -> Result<Self> {
        let socket = scratch.join("docker.sock");
        let engine = UnixListener::bind(&socket).trying("listen on a socket")?;
        let model = TcpListener::bind("127.0.0.1:0").trying("listen on a port")?;
        let mount = scratch.join("mount");
        files::directory(&mount, 0o755)?;
        // A FUSE file system whose server reads no request (fuse(4)): every look waits for ever.
        let fuse = File::options().read(true).write(true).open("/dev/fuse").trying("open `/dev/fuse`")?;
        let options = format!("fd={},rootmode=40000,user_id=0,group_id=0", fuse.as_raw_fd());
        self::mount(
            Some("nas.example:/export"),
            &mount,
            Some("fuse"),
            MsFlags::empty(),
            Some(options.as_str()),
        )
        .map_err(std::io::Error::from)
        .trying("mount a file system that hangs (as root)")?;
        Ok(Self { socket, _engine: engine, model, mount, _fuse: fuse })
    }
}

impl Drop for Hung {
    fn drop(&mut self) {
        // Closing the descriptor afterwards ends whatever still waits.
        let _ = umount2(&self.mount, MntFlags::MNT_DETACH);
    }
}
