//! The doctor in a network of the test's own, in which nothing is up, or a name server is silent, and on an `/etc`
//! of the test's own, which it repairs and restores. Each test does everything on its own thread: the namespaces
//! belong to it and to the programs that it starts.

use std::fs;
use std::net::UdpSocket;
use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::env::finish;
use crate::support::installed::json;
use crate::support::{TestEnv, mounts, network};

const DOCTOR: [&str; 5] = ["doctor", "--only", "network.*", "--format", "json"];

fn looked_at(env: &TestEnv) -> Value {
    json(&finish(env.tars().args(DOCTOR)))
}

#[track_caller]
fn expect(report: &Value, id: &str, verdict: &str, says: &str) {
    let sections = report["sections"].as_array().unwrap();
    let mut findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let found =
        findings.find(|finding| finding["id"] == id).unwrap_or_else(|| panic!("no {id} in {report:#}"));
    assert_eq!(found["verdict"], verdict, "{found:#}");
    assert!(found.to_string().contains(says), "`{says}` is not in {found:#}");
}

#[test]
fn a_machine_in_no_network_with_its_loopback_down() {
    let Some(()) = network::alone() else { return };
    let env = TestEnv::new();
    mounts::little_etc(env.path(), &[]);
    let report = looked_at(&env);
    expect(&report, "network.loopback", "fail", "is down");
    expect(&report, "network.route", "skipped", "no network");
    expect(&report, "network.address", "pass", "none is needed");

    env.toml("[server]\nlisten = \"0.0.0.0:8000\"\n");
    let report = looked_at(&env);
    expect(&report, "network.address", "fail", "no address in a network");
    expect(&report, "network.route", "warn", "no default route");

    network::loopback_up();
    expect(&looked_at(&env), "network.loopback", "pass", "is up");
}

#[test]
fn a_silent_name_server_is_told_of_in_time() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let _silent = UdpSocket::bind("127.0.0.1:53").unwrap();
    let env = TestEnv::new();
    mounts::little_etc(env.path(), &[("resolv.conf", "nameserver 127.0.0.1\n")]);
    let started = Instant::now();
    let report = looked_at(&env);
    let took = started.elapsed();
    expect(&report, "network.dns", "warn", "127.0.0.1");
    expect(&report, "network.resolves", "warn", "does not end");
    expect(&report, "network.loopback", "pass", "localhost");
    assert!(took < Duration::from_secs(4), "{took:?}");
}

#[test]
fn a_name_server_that_refuses_lives() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let server = UdpSocket::bind("127.0.0.1:53").unwrap();
    std::thread::spawn(move || {
        let mut question = [0; 512];
        while let Ok((length, from)) = server.recv_from(&mut question) {
            // The question comes back as an answer: refused.
            question[2] |= 0x80;
            question[3] = (question[3] & 0xf0) | 5;
            let _ = server.send_to(&question[..length], from);
        }
    });
    let env = TestEnv::new();
    mounts::little_etc(env.path(), &[("resolv.conf", "nameserver 127.0.0.1\n")]);
    let report = looked_at(&env);
    expect(&report, "network.dns", "pass", "REFUSED");
    expect(&report, "network.resolves", "pass", "without waiting");
}

#[test]
fn localhost_is_put_into_the_hosts_file_and_taken_out_again() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let env = TestEnv::new();
    let text = "# by hand\n192.0.2.7\tnas\n::1 localhost";
    let etc = mounts::little_etc(env.path(), &[("hosts", text)]);
    let hosts = || fs::read_to_string(etc.join("hosts")).unwrap();
    expect(&looked_at(&env), "network.hosts", "warn", "127.0.0.1 localhost");
    let fixed = env.run(&["doctor", "--fix", "--yes", "--only", "network.hosts"]).expect(0);
    assert!(fixed.stdout.contains("repaired: network.hosts"), "{fixed:#?}");
    assert_eq!(hosts(), format!("{text}\n127.0.0.1\tlocalhost\n"));
    env.run(&["doctor", "--fix", "--yes", "--only", "network.hosts"]).expect(0);
    assert_eq!(hosts(), format!("{text}\n127.0.0.1\tlocalhost\n"), "twice is once");
    env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(hosts(), text);
    assert!(Path::new("/etc/hosts").exists());
}

#[test]
fn a_port_is_kept_out_of_what_outgoing_connections_get_and_given_back() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let env = TestEnv::new();
    let etc = mounts::little_etc(env.path(), &[]);
    env.toml("[server]\nlisten = \"127.0.0.1:40000\"\n");
    let reserved = "/proc/sys/net/ipv4/ip_local_reserved_ports";
    let look = || fs::read_to_string(reserved).unwrap();
    let fix = || env.run(&["doctor", "--fix", "--yes", "--only", "ports.ephemeral"]).expect(0);
    assert_eq!(look(), "\n", "a fresh network has none");
    assert!(fix().stdout.contains("repaired: ports.ephemeral"));
    let file = || fs::read_to_string(etc.join("sysctl.d/60-tars.conf"));
    assert_eq!(look(), "40000\n");
    assert!(file().unwrap().ends_with("\nnet.ipv4.ip_local_reserved_ports = 40000\n"));
    fix();
    assert_eq!(look(), "40000\n", "twice is once");
    env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(look(), "\n");
    assert!(file().is_err() && !etc.join("sysctl.d").exists(), "nothing is left");
}

#[test]
fn the_machine_s_own_name_is_put_into_the_hosts_file_and_taken_out_again() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let env = TestEnv::new();
    let text = "127.0.0.1\tlocalhost\n";
    let etc = mounts::little_etc(env.path(), &[("hosts", text)]);
    let hosts = || fs::read_to_string(etc.join("hosts")).unwrap();
    let fixed = env.run(&["doctor", "--fix", "--yes", "--only", "network.hostname"]).expect(0);
    assert!(fixed.stdout.contains("repaired: network.hostname"), "{fixed:#?}");
    let name = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    assert_eq!(hosts(), format!("{text}127.0.1.1\t{name}"));
    env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(hosts(), text);
}

#[test]
fn a_longer_queue_is_set_and_the_shorter_one_put_back() {
    let Some(()) = network::alone() else { return };
    network::loopback_up();
    let env = TestEnv::new();
    let etc = mounts::little_etc(env.path(), &[]);
    let queue = "/proc/sys/net/core/somaxconn";
    fs::write(queue, "64").unwrap();
    let fixed = env.run(&["doctor", "--fix", "--yes", "--only", "ports.backlog"]).expect(0);
    assert!(fixed.stdout.contains("repaired: ports.backlog"), "{fixed:#?}");
    assert_eq!(fs::read_to_string(queue).unwrap(), "4096\n");
    env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(fs::read_to_string(queue).unwrap(), "64\n");
    assert!(!etc.join("sysctl.d").exists(), "nothing is left");
}
