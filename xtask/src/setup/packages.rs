//! The system programs that tests drive: a browser with its driver, systemd's own checker of units. As root
//! on Debian or Ubuntu they are installed by name; anywhere else the names of the missing ones are told.

use std::path::Path;
use std::process::Command;

use tars::failure::{Failure, Result};

use crate::work;

/// Each program, and the package that brings it.
const PROGRAMS: &[(&str, &str)] = &[
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("systemd-analyze", "systemd"),
    ("dockerd", "docker.io"),
    ("iptables", "iptables"),
    ("ip", "iproute2"),
    ("python3", "python3"),
    ("pip3", "python3-pip"),
];

/// Installs what is missing.
pub fn install() -> Result<String> {
    let mut missing: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| !work::has(program)).map(|(_, package)| *package).collect();
    // Debian's python3 comes without what `python3 -m venv` needs.
    if work::output(Command::new("python3").args(["-c", "import ensurepip, venv"])).is_err() {
        missing.push("python3-venv");
    }
    if missing.is_empty() {
        return Ok("all there".into());
    }
    let names = missing.join(" ");
    if !work::has("apt-get") {
        return Err(Failure::environment(format!("{names}, and there is no apt-get to install them")));
    }
    if !is_root()? {
        return Err(Failure::environment(format!("{names}: install them with `apt-get install {names}`")));
    }
    if !has_lists() {
        work::output(&mut apt(&["update"]))?;
    }
    let all = [&["install", "--yes", "--no-install-recommends"], missing.as_slice()].concat();
    // A list that is out of date names versions that are gone: fetch it again before giving up.
    if work::output(&mut apt(&all)).is_err() {
        work::output(&mut apt(&["update"]))?;
        work::output(&mut apt(&all))?;
    }
    Ok(format!("installed {names}"))
}

/// `apt-get` that asks nothing and waits for nothing without an end.
pub fn apt(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C").arg("--quiet");
    for option in ["Acquire::http::Timeout=30", "Acquire::Retries=2", "DPkg::Lock::Timeout=120"] {
        command.args(["-o", option]);
    }
    command.args(arguments);
    command
}

/// Whether apt knows any package at all.
pub fn has_lists() -> bool {
    let list = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.is_ok_and(|entry| entry.file_name().to_string_lossy().contains("_Packages"))
    };
    std::fs::read_dir(Path::new("/var/lib/apt/lists")).is_ok_and(|mut entries| entries.any(list))
}

/// Whether this process may install packages.
pub fn is_root() -> Result<bool> {
    Ok(work::output(Command::new("id").arg("-u"))?.trim() == "0")
}
