//! The server as it is seen from outside: what it answers, its process, its program, its log.

use std::fs::File;
use std::io::{BufReader, ErrorKind, Read};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::Answered;
use crate::facts::listeners::belongs;
use crate::facts::lock::holder;
use crate::facts::{Fact, NEEDS_ROOT, http, place};
use crate::wire::token::{OPERATOR, Signer, Use};
use crate::wire::{Health, Ready};

/// Why the server could not be asked, which tells nowhere that it listens.
pub const NO_SETTINGS: &str = "no settings tell where the server listens";

/// How often `/health` is asked: its time is the mean.
const ASKED: u32 = 3;

/// How long the token of one question lasts.
const LIFETIME: Duration = Duration::from_secs(30);

/// The server's process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Process {
    /// Its number.
    pub pid: u32,
    /// What it takes of the memory, in bytes.
    pub memory: u64,
    /// Its program was replaced since it was started; absent where that cannot be seen.
    pub replaced: Option<bool>,
}

/// The installed program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Program {
    /// Its path.
    pub path: String,
    /// It is the very program that looks.
    pub is_this: bool,
}

/// Where to ask the server: where it wrote down that it listens, while it runs, and otherwise where the settings
/// have it listen. Without readable settings there is nothing to ask.
pub(super) fn address(lock: &Path, told: &Path, configured: Option<SocketAddr>) -> Fact<SocketAddr> {
    let runs = matches!(holder(lock), Ok(Some(_)));
    let told = std::fs::read_to_string(told).ok().filter(|_| runs);
    match told.and_then(|text| text.trim().parse().ok()).or(configured) {
        Some(address) => Fact::Known(reachable(address)),
        None => Fact::Unknown(NO_SETTINGS.into()),
    }
}

/// Where a server that listens there can be asked from this machine.
fn reachable(listen: SocketAddr) -> SocketAddr {
    let ip = match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, listen.port())
}

/// What `/health` answers.
pub(super) fn health(address: SocketAddr) -> Fact<Option<Answered<Health>>> {
    let mut last = Fact::Known(None);
    let started = Instant::now();
    for _ in 0..ASKED {
        last = answered(started, http::get(address, "/health"), "/health");
        if !matches!(last, Fact::Known(Some(_))) {
            return last;
        }
    }
    if let Fact::Known(Some(answered)) = &mut last {
        answered.ms /= u64::from(ASKED);
    }
    last
}

/// The process of our own server, where an address is its own and nobody else's: only there may a token be sent.
fn owner(proc: &Path, lock: &Path, address: SocketAddr) -> Result<u32, String> {
    let stranger = || format!("another program has {address}, which is not asked in the operator's name");
    let pid = holder(lock).map_err(|error| place::why(&error))?.filter(|pid| *pid != 0);
    let pid = pid.ok_or_else(stranger)?;
    match belongs(proc, pid, address) {
        Fact::Known(true) => Ok(pid),
        Fact::Known(false) => Err(stranger()),
        Fact::Unknown(why) => Err(why),
    }
}

/// What `/ready` answers to the operator. `lock` is what our own server holds, `proc` where processes are seen.
pub(super) fn ready(
    address: SocketAddr,
    key: Option<&SecretString>,
    proc: &Path,
    lock: &Path,
) -> Fact<Option<Answered<Ready>>> {
    let Some(key) = key else {
        // Without it, all that can be known is that nobody is there.
        return match http::get(address, "/health") {
            Err(error) if error.kind() == ErrorKind::ConnectionRefused => Fact::Known(None),
            _ if nix::unistd::geteuid().is_root() => {
                Fact::Unknown("there is no signing key to ask with".into())
            }
            _ => Fact::Unknown(format!("{NEEDS_ROOT}: only the owner of the signing key may ask")),
        };
    };
    let started = Instant::now();
    match signed(address, key, proc, lock, "/ready") {
        Ok(answer) => answered(started, answer, "/ready"),
        Err(why) => Fact::Unknown(why),
    }
}

/// What our own server answers to the operator, as status and body; or why nobody was asked in the operator's name.
pub(super) fn signed(
    address: SocketAddr,
    key: &SecretString,
    proc: &Path,
    lock: &Path,
    path: &str,
) -> Result<std::io::Result<(u16, Vec<u8>)>, String> {
    // Whoever gets the token is the operator while it lasts. It is looked on both sides of connecting, so that the
    // port has not changed hands in between.
    let before = owner(proc, lock, address);
    let stream = match http::connect(address) {
        Ok(stream) => stream,
        Err(error) => return Ok(Err(error)),
    };
    match (before, owner(proc, lock, address)) {
        (Ok(before), Ok(after)) if before == after => {}
        (_, Err(why)) | (Err(why), _) => return Err(why),
        (Ok(_), Ok(_)) => return Err("the server was being restarted".into()),
    }
    let now = Timestamp::now().as_second();
    let token = Signer::new(key).mint(OPERATOR, Use::Access, 0, now, LIFETIME);
    let token = token.map_err(|error| format!("no token could be made: {error}"))?;
    Ok(http::get_signed(stream, path, &token))
}

fn answered<T: DeserializeOwned>(
    started: Instant,
    answer: std::io::Result<(u16, Vec<u8>)>,
    path: &str,
) -> Fact<Option<Answered<T>>> {
    let ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        // A server that is not ready says so with 503, and in the same form.
        Ok((status @ (200 | 503), body)) => match serde_json::from_slice(&body) {
            Ok(answer) => Fact::Known(Some(Answered { answer, ms })),
            Err(_) => Fact::Unknown(format!("what answers {path} with {status} is not this server")),
        },
        Ok((status, _)) => Fact::Unknown(format!("{path} was answered with {status}")),
        Err(error) => match error.kind() {
            ErrorKind::ConnectionRefused => Fact::Known(None),
            ErrorKind::WouldBlock | ErrorKind::TimedOut => {
                Fact::Unknown(format!("no answer in {:.1} s", started.elapsed().as_secs_f32()))
            }
            _ => Fact::Unknown(error.to_string()),
        },
    }
}

/// The installed program.
pub(super) fn program(installed: &Path) -> Fact<Option<Program>> {
    let path = installed.to_string_lossy().into_owned();
    match installed.try_exists() {
        Ok(true) => {}
        Ok(false) => return Fact::Known(None),
        Err(error) => return Fact::Unknown(place::why(&error)),
    }
    Fact::from(is_same(installed, Path::new("/proc/self/exe")).map(|is_this| Some(Program { path, is_this })))
}

/// Whether two files hold the same.
fn is_same(one: &Path, other: &Path) -> std::io::Result<bool> {
    let (a, b) = (std::fs::metadata(one)?, std::fs::metadata(other)?);
    if (a.dev(), a.ino()) == (b.dev(), b.ino()) {
        return Ok(true);
    }
    if a.len() != b.len() {
        return Ok(false);
    }
    let open = |path: &Path| File::open(path).map(|file| BufReader::with_capacity(1 << 18, file));
    let (mut one, mut other) = (open(one)?, open(other)?);
    let (mut here, mut there) = (vec![0; 1 << 18], vec![0; 1 << 18]);
    loop {
        let read = one.read(&mut here)?;
        if read == 0 {
            return Ok(true);
        }
        other.read_exact(&mut there[..read])?;
        if here[..read] != there[..read] {
            return Ok(false);
        }
    }
}

/// The size of the log file.
pub(super) fn log_size(path: &Path) -> Fact<Option<u64>> {
    match std::fs::metadata(path) {
        Ok(found) => Fact::Known(Some(found.len())),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::NotADirectory => Fact::Known(None),
            ErrorKind::PermissionDenied => Fact::Unknown(NEEDS_ROOT.into()),
            _ => Fact::Unknown(error.to_string()),
        },
    }
}

/// The process of this number below `/proc` of `root`; none where it has ended.
pub fn process(root: &Path, pid: u32) -> Fact<Option<Process>> {
    let place = root.join("proc").join(pid.to_string());
    let status = match std::fs::read_to_string(place.join("status")) {
        Ok(status) => status,
        Err(error) if error.kind() == ErrorKind::NotFound => return Fact::Known(None),
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    // What belongs to somebody else hides its program, and nothing follows from that.
    let program = std::fs::read_link(place.join("exe")).ok();
    let replaced = program.map(|path| path.to_string_lossy().ends_with(" (deleted)"));
    Fact::Known(Some(Process { pid, memory: resident(&status), replaced }))
}

fn resident(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: Option<u64> = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kib.unwrap_or(0).saturating_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::lock::whole;
    use nix::fcntl::{FcntlArg, fcntl};
    use nix::libc;
    use std::io::Write;
    use std::net::TcpListener;

    fn serve(answer: &'static str) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            while let Ok((mut stream, _)) = listener.accept() {
                let mut question = [0; 4096];
                let _ = stream.read(&mut question);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        address
    }

    #[test]
    fn every_way_to_answer() {
        let fine = serve("HTTP/1.0 200 OK\r\n\r\n{\"status\":\"alive\",\"version\":\"2.0.0\"}");
        let found = health(fine);
        assert_eq!(found.known().unwrap().as_ref().unwrap().answer.version, "2.0.0");
        let other = serve("HTTP/1.0 200 OK\r\n\r\n<html>");
        assert!(matches!(health(other), Fact::Unknown(why) if why.contains("is not this server")));
        let refusing = serve("HTTP/1.0 401 Unauthorized\r\n\r\n{}");
        let key = SecretString::from("k".repeat(64));
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("lock");
        let _held = hold(&lock);
        let ready = |address, key| ready(address, key, Path::new("/proc"), &lock);
        assert!(matches!(ready(refusing, Some(&key)), Fact::Unknown(why) if why.contains("401")));
        let unready = serve(
            "HTTP/1.0 503 No\r\n\r\n{\"ready\":false,\"version\":\"2\",\"parts\":[],\"degraded\":[\"x\"]}",
        );
        assert!(!ready(unready, Some(&key)).known().unwrap().as_ref().unwrap().answer.ready);
        let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        assert_eq!(health(gone), Fact::Known(None));
        assert_eq!(ready(gone, Some(&key)), Fact::Known(None));
        assert_eq!(ready(gone, None), Fact::Known(None));
    }

    /// Holds a lock as the server does, with this process's number in it.
    fn hold(lock: &Path) -> std::fs::File {
        std::fs::write(lock, format!("{}\n", std::process::id())).unwrap();
        let held = std::fs::File::options().read(true).write(true).open(lock).unwrap();
        fcntl(&held, FcntlArg::F_OFD_SETLK(&whole(libc::F_WRLCK))).unwrap();
        held
    }

    /// What a listener at the server's address is told, which is this process and answers nothing.
    fn overheard(lock: &Path) -> (Fact<Option<Answered<Ready>>>, String) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stranger = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut heard = [0; 4096];
            let read = stream.read(&mut heard).unwrap_or_default();
            String::from_utf8_lossy(&heard[..read]).into_owned()
        });
        let key = SecretString::from("k".repeat(64));
        (ready(address, Some(&key), Path::new("/proc"), lock), stranger.join().unwrap())
    }

    #[test]
    fn a_stranger_at_the_address_is_shown_no_token() {
        let dir = tempfile::tempdir().unwrap();
        let lock = dir.path().join("lock");
        let shows_none = |lock: &Path| {
            let (fact, heard) = overheard(lock);
            assert!(!heard.to_lowercase().contains("authorization"), "{heard}");
            assert!(matches!(&fact, Fact::Unknown(why) if why.contains("another program")), "{fact:?}");
        };
        shows_none(&lock);
        // A number that is left over from a server that was killed.
        std::fs::write(&lock, format!("{}\n", std::process::id())).unwrap();
        shows_none(&lock);
        // The server runs, and somebody else has its port.
        let held = hold(&lock);
        let mut server = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        std::fs::write(&lock, format!("{}\n", server.id())).unwrap();
        shows_none(&lock);
        server.kill().unwrap();
        server.wait().unwrap();
        // The same listener is asked as the operator where it is the server's own.
        std::fs::write(&lock, format!("{}\n", std::process::id())).unwrap();
        assert!(overheard(&lock).1.contains("Authorization: Bearer "));
        drop(held);
    }

    #[test]
    fn the_server_is_asked_where_it_says_and_nowhere_by_guess() {
        let dir = tempfile::tempdir().unwrap();
        let (lock, told) = (dir.path().join("lock"), dir.path().join("address"));
        let known = |text: &str| Fact::Known(text.parse().unwrap());
        let asked =
            |configured: Option<&str>| address(&lock, &told, configured.map(|text| text.parse().unwrap()));
        assert_eq!(asked(None), Fact::Unknown(NO_SETTINGS.into()));
        assert_eq!(asked(Some("0.0.0.0:8000")), known("127.0.0.1:8000"));
        std::fs::write(&told, "127.0.0.1:8001\n").unwrap();
        assert_eq!(
            asked(Some("127.0.0.1:8000")),
            known("127.0.0.1:8000"),
            "left over from an earlier server"
        );
        let _held = hold(&lock);
        assert_eq!(asked(None), known("127.0.0.1:8001"));
        assert_eq!(asked(Some("127.0.0.1:8000")), known("127.0.0.1:8001"));
        std::fs::write(&told, "nonsense").unwrap();
        assert_eq!(asked(None), Fact::Unknown(NO_SETTINGS.into()));
    }

    #[test]
    fn a_server_that_listens_everywhere_is_asked_here() {
        for (listen, asked) in
            [("0.0.0.0:80", "127.0.0.1:80"), ("[::]:80", "[::1]:80"), ("10.0.0.1:80", "10.0.0.1:80")]
        {
            assert_eq!(reachable(listen.parse().unwrap()), asked.parse().unwrap());
        }
    }

    #[test]
    fn programs_are_compared_by_what_they_hold() {
        let dir = tempfile::tempdir().unwrap();
        let (one, other) = (dir.path().join("one"), dir.path().join("other"));
        let bytes = vec![7_u8; 600_000];
        std::fs::write(&one, &bytes).unwrap();
        std::fs::write(&other, &bytes).unwrap();
        assert!(is_same(&one, &other).unwrap() && is_same(&one, &one).unwrap());
        std::fs::write(&other, [&bytes[1..], &[8]].concat()).unwrap();
        assert!(!is_same(&one, &other).unwrap());
        std::fs::write(&other, "short").unwrap();
        assert!(!is_same(&one, &other).unwrap());
        assert_eq!(program(&dir.path().join("none")), Fact::Known(None));
    }

    #[test]
    fn a_process_is_seen_and_an_ended_one_is_none() {
        let me = process(Path::new("/"), std::process::id());
        assert!(me.known().unwrap().as_ref().unwrap().memory > 1 << 20);
        assert_eq!(process(Path::new("/"), 0), Fact::Known(None));
        assert_eq!(resident("VmRSS:\t  12 kB\n"), 12 * 1024);
        for garbage in ["", "VmRSS:", "VmRSS: x kB", "VmRSS: 99999999999999999999 kB"] {
            assert_eq!(resident(garbage), 0);
        }
    }
}
