//! The real journal of systemd, where there is no systemd: started by hand, in the mount namespace of the calling
//! thread, with a `/run` of its own.

use std::fs;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::env::Guard;
use super::{mounts, skip, wait};

/// What its `/etc/systemd/journald.conf` has to say: it listens to nobody but the test.
pub const SETTINGS: &str =
    "[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=\nRateLimitIntervalSec=0\nForwardToWall=no\n";

/// How long it may take to start and to take everything.
const LONG: Duration = Duration::from_secs(60);

/// Starts it with these lines from our unit; skips the test where there is none.
pub fn start(text: &[u8]) -> Option<Guard> {
    let program = Path::new("/lib/systemd/systemd-journald");
    if !program.exists() {
        skip("there is no systemd-journald: `cargo xtask test` installs it with systemd");
        return None;
    }
    mounts::tmpfs(Path::new("/run"), "size=64m")?;
    for directory in ["/run/systemd/system", "/run/systemd/journal", "/run/log/journal"] {
        fs::create_dir_all(directory).unwrap();
    }
    let child =
        Command::new(program).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
    let guard = Guard(child.unwrap());
    let socket = UnixDatagram::unbound().unwrap();
    let send = |message: &[u8]| {
        let mut datagram =
            b"OBJECT_SYSTEMD_UNIT=tars.service\nSYSLOG_IDENTIFIER=tars\nPRIORITY=6\nMESSAGE\n".to_vec();
        datagram.extend((message.len() as u64).to_le_bytes());
        datagram.extend_from_slice(message);
        datagram.push(b'\n');
        socket.send_to(&datagram, "/run/systemd/journal/socket").ok()
    };
    wait("the journal to listen", LONG, || send(b"the lamp is lit"));
    for line in text.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        wait("the journal to take a line", LONG, || send(line));
    }
    send(b"the lamp is out").unwrap();
    wait("the journal to have everything", LONG, || {
        let all = Command::new("journalctl").args(["--unit", "tars.service", "--quiet"]).output().ok()?;
        memchr::memmem::find(&all.stdout, b"the lamp is out").map(drop)
    });
    Some(guard)
}
