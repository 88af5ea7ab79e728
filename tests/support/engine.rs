//! A container engine of the tests' own: the real `dockerd` on a private socket and in a network namespace of
//! its own, where it cannot get in the way of another. It is started once for all tests of a run, goes away
//! with them, and is used by one test at a time.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, mpsc};
use std::time::Duration;

use nix::mount::{MntFlags, umount2};
use nix::sched::{CloneFlags, setns, unshare};
use nix::sys::prctl::set_pdeathsig;
use nix::sys::signal::Signal;
use serde_json::{Value, json};

use super::{is_root, program, skip, target, wait};

/// How long the engine may take to start or to do one thing.
const LONG: Duration = Duration::from_secs(60);

/// The image that every container of a test is made of: [`PROGRAM`] and nothing else.
pub const IMAGE: &str = "tars-it/part:1";

/// The same with the program as its entry point, for compose files that say only what it is to do.
pub const ENTERED: &str = "local/part:1";

/// What runs in the containers.
const PROGRAM: &str = include_str!("part.rs");

/// Where the engine's own networks are: no compose file of a test asks for these addresses.
pub const POOL: &str = "10.201.";

/// The engine, for the test that holds it.
pub struct Engine {
    _turn: MutexGuard<'static, ()>,
    socket: &'static Path,
}

/// The engine, for one test at a time; skips the test where there can be none.
pub fn engine() -> Option<Engine> {
    static TURN: Mutex<()> = Mutex::new(());
    static SOCKET: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    // A test that failed has cleaned up after itself all the same.
    let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    match SOCKET.get_or_init(start) {
        Ok(socket) => Some(Engine { _turn: turn, socket }),
        Err(why) => {
            skip(why);
            None
        }
    }
}

fn start() -> Result<PathBuf, String> {
    let Some(dockerd) = program("dockerd") else {
        return Err("there is no dockerd: `cargo xtask test` installs one".into());
    };
    if !is_root() {
        return Err("an engine of its own needs root: run the tests as root".into());
    }
    let place = target().join("tmp/engine");
    let pid_file = place.join("pid");
    // The one of the run before may still be on its way out.
    wait("the last engine to be gone", LONG, || {
        let pid = fs::read_to_string(&pid_file).unwrap_or_default();
        (pid.trim().is_empty() || !Path::new("/proc").join(pid.trim()).exists()).then_some(())
    });
    unmount_below(&place);
    if place.exists() {
        // A container in the network of the host leaves a mount behind.
        let _ = Command::new("umount").arg("-l").arg(place.join("exec/netns/default")).output();
        fs::remove_dir_all(&place)
            .map_err(|error| format!("cannot remove the last engine's data: {error}"))?;
    }
    let socket = place.join("docker.sock");
    let mut command = daemon(&dockerd, &place, "tars-it");
    // It ends with the thread that started it, so that one has to last as long as the tests.
    let (send, started) = mpsc::channel();
    std::thread::spawn(move || {
        let child = command.spawn();
        let ended = child.and_then(|mut child| {
            let _ = send.send(());
            child.wait()
        });
        drop(ended);
        drop(send);
        loop {
            std::thread::park();
        }
    });
    started.recv().map_err(|_| "dockerd cannot be started".to_string())?;
    let answers =
        || call(&socket, "GET", "/_ping", b"", "text/plain").ok().filter(|(status, _)| *status == 200);
    let ended = || !matches!(started.try_recv(), Err(mpsc::TryRecvError::Empty));
    let up = wait("the engine to answer", LONG, || match answers() {
        Some(_) => Some(true),
        None => ended().then_some(false),
    });
    if !up {
        let log = fs::read_to_string(place.join("log")).unwrap_or_default();
        let last: Vec<&str> = log.lines().rev().take(3).collect();
        return Err(format!("dockerd does not start here: {}", last.join(" | ")));
    }
    let files = image(&place, "1");
    for (name, changes) in [(IMAGE, ""), (ENTERED, "&changes=ENTRYPOINT%20%5B%22/part%22%5D")] {
        let (repository, tag) = name.split_once(':').unwrap();
        let path = format!("/images/create?fromSrc=-&repo={repository}&tag={tag}{changes}");
        let (status, body) = call(&socket, "POST", &path, &files, "application/x-tar").unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }
    Ok(socket)
}

/// Takes away what an engine that has ended has left mounted below its place, which cannot be removed until then.
pub(super) fn unmount_below(place: &Path) {
    let mounts = fs::read_to_string("/proc/thread-self/mounts").unwrap_or_default();
    let points = mounts.lines().filter_map(|line| line.split(' ').nth(1)).map(Path::new);
    for point in points.filter(|point| point.starts_with(place) && *point != place) {
        // Where it cannot be, removing the place says why.
        let _ = umount2(point, MntFlags::MNT_DETACH);
    }
}

/// The daemon, ready to be started with everything that it keeps in this place, in a network namespace of its own. Its
/// socket is `docker.sock` there, and it ends with the thread that starts it.
pub(super) fn daemon(dockerd: &Path, place: &Path, name: &str) -> Command {
    fs::create_dir_all(place).unwrap();
    fs::write(place.join("daemon.json"), "{}\n").unwrap();
    // Nobody is there to bring up the loopback device of a new namespace, which published ports need.
    let mut command = Command::new("sh");
    command
        .args(["-ec", "ip link set lo up; exec \"$0\" \"$@\""])
        .arg(dockerd)
        .arg("--config-file")
        .arg(place.join("daemon.json"))
        .arg(format!("--host=unix://{}", place.join("docker.sock").display()))
        .arg("--data-root")
        .arg(place.join("data"))
        .arg("--exec-root")
        .arg(place.join("exec"))
        .arg("--pidfile")
        .arg(place.join("pid"))
        .arg(format!("--default-address-pool=base={POOL}0.0/16,size=24"))
        .arg(format!("--containerd-namespace={name}"))
        .arg(format!("--containerd-plugins-namespace={name}-plugins"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::options().create(true).append(true).open(place.join("log")).unwrap());
    // SAFETY: both are plain system calls, which is all that may happen between fork and exec.
    unsafe {
        command.pre_exec(|| {
            unshare(CloneFlags::CLONE_NEWNET)?;
            set_pdeathsig(Signal::SIGTERM)?;
            Ok(())
        });
    }
    command
}

/// The files of an image: the program, and a file that makes it another one.
pub(super) fn image(place: &Path, which: &str) -> Vec<u8> {
    let built = place.join("part");
    if !built.exists() {
        let source = place.join("part.rs");
        fs::write(&source, PROGRAM).unwrap();
        let made = Command::new("rustc")
            .args(["--edition=2021", "-O", "-C", "target-feature=+crt-static", "-o"])
            .arg(&built)
            .arg(&source)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }
    archive(&[("part", fs::read(&built).unwrap()), ("which", which.as_bytes().to_vec())])
}

fn archive(files: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut archive = tar::Builder::new(Vec::new());
    for (name, bytes) in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(bytes.len() as u64);
        header.set_mode(0o755);
        archive.append_data(&mut header, name, bytes.as_slice()).unwrap();
    }
    archive.into_inner().unwrap()
}

/// One request to the engine, in HTTP/1.0: the answer ends with the connection.
pub(super) fn call(
    socket: &Path,
    method: &str,
    path: &str,
    body: &[u8],
    kind: &str,
) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(LONG))?;
    let head = format!(
        "{method} {path} HTTP/1.0\r\nHost: docker\r\nContent-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or(0);
    let status = String::from_utf8_lossy(&answer[..end]).split(' ').nth(1).and_then(|s| s.parse().ok());
    Ok((status.unwrap_or(0), answer[(end + 4).min(answer.len())..].to_vec()))
}

impl Engine {
    /// What `DOCKER_HOST` has to be.
    pub fn host(&self) -> String {
        format!("unix://{}", self.socket.display())
    }

    /// The network namespace of the engine, where the ports are that containers publish.
    fn namespace(&self) -> fs::File {
        let pid = fs::read_to_string(self.socket.with_file_name("pid")).unwrap();
        fs::File::open(format!("/proc/{}/ns/net", pid.trim())).unwrap()
    }

    /// Has a command run there.
    pub fn beside<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let namespace = self.namespace();
        // SAFETY: a plain system call on a descriptor that the closure owns, which may happen between fork and exec.
        unsafe {
            command.pre_exec(move || Ok(setns(&namespace, CloneFlags::CLONE_NEWNET)?));
        }
        command
    }

    /// Listens on a port there, as a process that is no container.
    #[track_caller]
    pub fn listen(&self, port: u16) -> TcpListener {
        let namespace = self.namespace();
        let listening = std::thread::spawn(move || {
            setns(&namespace, CloneFlags::CLONE_NEWNET).unwrap();
            TcpListener::bind(("127.0.0.1", port)).unwrap()
        });
        listening.join().unwrap()
    }

    /// Asks the engine for something, which it must do.
    #[track_caller]
    pub fn ask(&self, method: &str, path: &str, body: &Value) -> Value {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let (status, answer) = call(self.socket, method, path, text.as_bytes(), "application/json").unwrap();
        assert!((200..400).contains(&status), "{path}: {status}: {}", String::from_utf8_lossy(&answer));
        serde_json::from_slice(&answer).unwrap_or(Value::Null)
    }

    /// Makes and starts a container of our stack with this name, and more of its settings.
    #[track_caller]
    pub fn run(&self, name: &str, more: Value) {
        let mut settings = json!({
            "Image": IMAGE,
            "Cmd": ["/part", "wait"],
            "StopSignal": "SIGKILL",
            "Labels": {"com.tars.service": name, "secret.of.others": "hidden-in-a-label"},
            "Env": ["PASSWORD=hidden-in-the-environment"],
            "HostConfig": {"NetworkMode": "none", "RestartPolicy": {"Name": "no"}},
        });
        let more = more.as_object().cloned().unwrap_or_default();
        settings.as_object_mut().unwrap().extend(more);
        self.ask("POST", &format!("/containers/create?name={name}"), &settings);
        self.ask("POST", &format!("/containers/{name}/start"), &Value::Null);
    }

    /// What the engine says of a container.
    #[track_caller]
    pub fn inspect(&self, name: &str) -> Value {
        self.ask("GET", &format!("/containers/{name}/json"), &Value::Null)
    }

    /// Waits until a container is in this state.
    #[track_caller]
    pub fn await_state(&self, name: &str, pointer: &str, expected: &str) {
        wait(&format!("{name} to be {expected}"), LONG, || {
            (self.inspect(name).pointer(pointer)?.as_str()? == expected).then_some(())
        });
    }

    /// Makes an image without a name.
    #[track_caller]
    pub fn nameless_image(&self, which: &str) {
        let files = archive(&[("which", which.as_bytes().to_vec())]);
        let (status, body) =
            call(self.socket, "POST", "/images/create?fromSrc=-", &files, "application/x-tar").unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    /// How many images there are without a name.
    #[track_caller]
    pub fn nameless_images(&self) -> usize {
        let path = "/images/json?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D";
        self.ask("GET", path, &Value::Null).as_array().map_or(0, Vec::len)
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // The next test finds it as this one did; nothing here may panic while another panic is under way.
        let listed = call(self.socket, "GET", "/containers/json?all=true", b"", "application/json");
        let listed: Value =
            listed.ok().and_then(|(_, body)| serde_json::from_slice(&body).ok()).unwrap_or_default();
        for container in listed.as_array().into_iter().flatten() {
            let id = container["Id"].as_str().unwrap_or_default();
            let _ = call(self.socket, "DELETE", &format!("/containers/{id}?force=true"), b"", "text/plain");
        }
        let _ = call(self.socket, "POST", "/networks/prune", b"", "application/json");
        let listed = call(self.socket, "GET", "/volumes", b"", "application/json");
        let listed: Value =
            listed.ok().and_then(|(_, body)| serde_json::from_slice(&body).ok()).unwrap_or_default();
        for volume in listed["Volumes"].as_array().into_iter().flatten() {
            let name = volume["Name"].as_str().unwrap_or_default();
            let _ = call(self.socket, "DELETE", &format!("/volumes/{name}"), b"", "text/plain");
        }
    }
}
