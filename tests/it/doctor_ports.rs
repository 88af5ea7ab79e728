//! The doctor on ports that real processes have: who it is, over both families, behind a docker-proxy and unseen
//! by an ordinary user; and the server moved to a free port, and back.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use nix::fcntl::{FcntlArg, FdFlag, fcntl};
use nix::sys::signal::{Signal, kill};
use nix::sys::socket::{
    AddressFamily, Backlog, SockFlag, SockType, SockaddrIn6, bind, getsockname, listen, setsockopt, socket,
    sockopt,
};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::env::{Guard, finish};
use crate::support::installed::{Installation, json};
use crate::support::{TestEnv, is_root, skip, wait};

const DOCTOR: [&str; 5] = ["doctor", "--only", "ports.*", "--format", "json"];

fn finding(report: &Value, id: &str) -> Value {
    let sections = report["sections"].as_array().unwrap();
    let mut findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}")).clone()
}

#[track_caller]
fn expect(report: &Value, id: &str, verdict: &str, says: &[&str]) {
    let found = finding(report, id);
    let text = found.to_string();
    assert_eq!(found["verdict"], verdict, "{found:#}");
    for word in says {
        assert!(text.contains(word), "`{word}` is not in {found:#}");
    }
}

/// An environment whose server is to listen there.
fn configured(at: SocketAddr) -> TestEnv {
    let env = TestEnv::new();
    env.toml(&format!("[server]\nlisten = \"{at}\"\n"));
    env
}

fn looked_at(env: &TestEnv) -> Value {
    json(&finish(env.tars().args(DOCTOR)))
}

#[test]
fn a_port_that_somebody_has_is_theirs_by_number_and_name() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let report = looked_at(&configured(at));
    let me = std::env::args().next().unwrap();
    let name = me.rsplit('/').next().unwrap();
    expect(
        &report,
        "ports.listen",
        "fail",
        &[&at.to_string(), &format!("process {}", std::process::id()), name],
    );
    drop(listener);
    expect(&looked_at(&configured(at)), "ports.listen", "pass", &["is free"]);
}

#[test]
fn a_listener_at_every_address_is_in_the_way() {
    for wide in ["0.0.0.0:0", "[::]:0"] {
        let Ok(listener) = TcpListener::bind(wide) else { return skip("there is no IPv6 here") };
        let port = listener.local_addr().unwrap().port();
        let report = looked_at(&configured(([127, 0, 0, 1], port).into()));
        expect(&report, "ports.listen", "fail", &[&format!("process {}", std::process::id())]);
    }
}

#[test]
fn the_same_port_of_the_other_family_is_not_in_the_way_and_worth_a_word() {
    let Some((_socket, port)) = only_v6() else { return skip("there is no IPv6 here") };
    let report = looked_at(&configured(([127, 0, 0, 1], port).into()));
    expect(&report, "ports.listen", "pass", &["is free"]);
    let Ok(_loopback) = TcpListener::bind(("::1", 0)) else { return skip("there is no IPv6 here") };
    let port = _loopback.local_addr().unwrap().port();
    let report = looked_at(&configured(([127, 0, 0, 1], port).into()));
    expect(&report, "ports.listen", "pass", &[]);
    expect(&report, "ports.ipv6", "warn", &["[::1]"]);
}

/// A listener at `[::]` that leaves IPv4 alone.
fn only_v6() -> Option<(OwnedFd, u16)> {
    let socket = socket(AddressFamily::Inet6, SockType::Stream, SockFlag::SOCK_CLOEXEC, None).ok()?;
    setsockopt(&socket, sockopt::Ipv6V6Only, &true).ok()?;
    let any: SockaddrIn6 = std::net::SocketAddrV6::new(std::net::Ipv6Addr::UNSPECIFIED, 0, 0, 0).into();
    bind(socket.as_raw_fd(), &any).ok()?;
    listen(&socket, Backlog::new(1).unwrap()).ok()?;
    let port = getsockname::<SockaddrIn6>(socket.as_raw_fd()).ok()?.port();
    Some((socket, port))
}

#[test]
fn a_port_of_docker_proxy_is_the_containers() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    let descriptor = listener.as_raw_fd();
    let port = at.port().to_string();
    let mut proxy = Command::new("/bin/sh");
    proxy.arg0("/usr/bin/docker-proxy").args([
        "-c",
        "read nothing",
        "sh",
        "-proto",
        "tcp",
        "-host-ip",
        "127.0.0.1",
    ]);
    proxy.args(["-host-port", &port, "-container-ip", "172.17.0.9", "-container-port", "8000"]);
    proxy.stdin(Stdio::piped());
    // SAFETY: fcntl(2) is async-signal-safe, and the descriptor is open until the parent drops it below.
    unsafe {
        proxy.pre_exec(move || {
            let descriptor = std::os::fd::BorrowedFd::borrow_raw(descriptor);
            Ok(fcntl(descriptor, FcntlArg::F_SETFD(FdFlag::empty())).map(drop)?)
        });
    }
    let proxy = Guard(proxy.spawn().unwrap());
    drop(listener);
    let report = looked_at(&configured(at));
    let number = format!("process {}", proxy.0.id());
    expect(&report, "ports.listen", "fail", &["the container at 172.17.0.9:8000", &number]);
}

#[test]
fn an_ordinary_user_is_told_that_it_is_taken_and_who_may_see_by_whom() {
    if !is_root() {
        return skip("only root may start a program as somebody else");
    }
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let env = configured(listener.local_addr().unwrap());
    // Nobody has to be able to read and to run it.
    for path in [env.path().to_path_buf(), env.path().join("tars"), env.home().config] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
    }
    let program = env.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_tars"), &program).unwrap();
    let report = json(&finish(env.command(&program).args(DOCTOR).uid(65534).gid(65534)));
    expect(
        &report,
        "ports.listen",
        "fail",
        &["only root may look into", "doctor --only ports.listen` says who it is"],
    );
    assert!(!finding(&report, "ports.listen").to_string().contains("process 1"), "{report:#}");
}

#[test]
fn a_running_server_is_our_own() {
    let installation = Installation::installed();
    let report = json(&installation.run(&DOCTOR).expect(0));
    let server = format!("process {}", installation.server().unwrap());
    expect(&report, "ports.listen", "pass", &["is the server's", &server]);
    expect(&report, "ports.wildcard", "pass", &[&installation.listen]);
}

/// Somebody takes the port while the server is down for a moment; its supervisor tries again and again.
fn push_aside(installation: &Installation) -> TcpListener {
    let supervisor = fs::read_to_string(installation.home().pid_file()).unwrap();
    let supervisor = Pid::from_raw(supervisor.trim().parse().unwrap());
    kill(supervisor, Signal::SIGSTOP).unwrap();
    kill(Pid::from_raw(installation.server().unwrap()), Signal::SIGKILL).unwrap();
    let stranger =
        wait("the port to be free", Duration::from_secs(5), || TcpListener::bind(&installation.listen).ok());
    kill(supervisor, Signal::SIGCONT).unwrap();
    stranger
}

#[test]
fn a_server_that_is_meant_to_be_down_is_moved_and_left_down() {
    let installation = Installation::apart(0);
    installation.run(&["ops", "stop"]).expect(0);
    let _stranger = TcpListener::bind(&installation.listen).unwrap();
    let fixed = ["doctor", "--fix", "--yes", "--yes-destructive", "ports.listen", "--only", "ports.listen"];
    let fixed = installation.run(&fixed).expect(0);
    assert!(!fixed.stderr.contains("start the server"), "{fixed:#?}");
    assert!(!fs::read_to_string(installation.home().toml()).unwrap().contains(&installation.listen));
    assert!(installation.processes().is_empty());
}

#[test]
fn the_server_moves_to_a_free_port_and_back() {
    let installation = Installation::apart(1);
    let toml = installation.home().toml();
    let before = fs::read(&toml).unwrap();
    let stranger = push_aside(&installation);

    let left_out = installation.run(&["doctor", "--fix", "--yes", "--only", "ports.listen"]).expect(1);
    assert!(left_out.stdout.contains("--yes-destructive ports.listen"), "{left_out:#?}");
    assert_eq!(fs::read(&toml).unwrap(), before, "what interrupts is not done unasked");

    let fixed = ["doctor", "--fix", "--yes", "--yes-destructive", "ports.listen", "--only", "ports.*"];
    let fixed = installation.run(&fixed).expect(0);
    assert!(fixed.stdout.contains("repaired: ports.listen"), "{fixed:#?}");
    let after = fs::read_to_string(&toml).unwrap();
    assert!(!after.contains(&installation.listen), "{after}");
    installation.run(&["ops", "status"]).expect(0);
    let again = installation.run(&[
        "doctor",
        "--fix",
        "--yes",
        "--yes-destructive",
        "ports.listen",
        "--only",
        "ports.*",
    ]);
    assert_eq!(fs::read_to_string(&toml).unwrap(), after, "{again:#?}");

    installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(fs::read(&toml).unwrap(), before, "byte for byte");
    drop(stranger);
    installation.run(&["ops", "start"]).expect(0);
    expect(&json(&installation.run(&DOCTOR).expect(0)), "ports.listen", "pass", &["is the server's"]);
}
