//! The machine and its operating system: what `/proc`, `/sys` and a few system calls tell of it. Numbers and
//! names only; how much is enough is for checks to say.

mod clock;
mod disks;
mod health;
mod limits;
mod processor;

use std::fs;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use super::{Fact, Probe, lock};

pub use clock::{Clock, Trace, Zone};
pub use disks::{Disk, Space};
pub use health::{Load, Memory, OomKills, Pressure, Sensor, Swap};
pub use limits::{Descriptors, FileLimits, Inotify};
pub use processor::Processor;

/// What is known of the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct System {
    /// The distribution.
    pub os: Fact<Os>,
    /// `x86_64`, `aarch64`: what this program was built for, and so runs on.
    pub arch: String,
    /// The release of the kernel: `6.1.0-28-amd64`.
    pub kernel: Fact<String>,
    /// The processor.
    pub processor: Fact<Processor>,
    /// Memory.
    pub memory: Fact<Memory>,
    /// How long processes waited for memory; absent where the kernel does not measure it.
    pub pressure: Fact<Option<Pressure>>,
    /// Swap space.
    pub swap: Fact<Swap>,
    /// The file systems under the paths in use.
    pub disks: Vec<Disk>,
    /// Open files.
    pub files: Fact<FileLimits>,
    /// What may be watched for changes.
    pub inotify: Fact<Inotify>,
    /// The clock.
    pub clock: Fact<Clock>,
    /// The newest file that was written before now, as far as the clock can be trusted.
    pub trace: Fact<Option<Trace>>,
    /// The time zone.
    pub zone: Fact<Zone>,
    /// How busy the machine is.
    pub load: Fact<Load>,
    /// For how many seconds the machine has been up.
    pub uptime_seconds: Fact<u64>,
    /// Processes that the kernel ended for want of memory.
    pub oom: Fact<OomKills>,
    /// The packages that want the machine to be started again; absent where none does.
    pub reboot: Fact<Option<Vec<String>>>,
    /// The hottest sensor of the processor, measured by how near it is to its limit; absent where there is none.
    pub hottest: Fact<Option<Sensor>>,
}

/// The distribution (os-release(5)).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Os {
    /// `linux`, or whatever else this program was built for.
    pub family: String,
    /// `debian`, `ubuntu`.
    pub id: String,
    /// `12`, `24.04`; empty for rolling ones.
    pub version: String,
    /// As people call it.
    pub name: String,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> System {
    let disks = disks::start(asked);
    let traces = clock::places(asked);
    let home = &asked.home;
    let trace = asked.probe(&[&home.config, &home.state, &home.logs, &home.bin], move || {
        Fact::Known(clock::newest(&traces))
    });
    let root = asked.root.clone();
    let hottest = Probe::within(asked.deadline, move || Fact::Known(health::hottest(&root)));
    let lock_file = asked.home.lock_file();
    // Not to be looked at is nobody here: the part about the data says why.
    let server =
        asked.probe(&[&asked.home.state], move || Fact::Known(lock::holder(&lock_file).ok().flatten()));
    let memory = health::memory();
    let server = server.finish().known().copied().flatten();
    System {
        os: read(asked, "/etc/os-release").map_or_else(
            |_| read(asked, "/usr/lib/os-release").map(|text| os(&text)).into(),
            |text| Fact::Known(os(&text)),
        ),
        arch: std::env::consts::ARCH.into(),
        kernel: read(asked, "/proc/sys/kernel/osrelease").map(|text| text.trim().to_string()).into(),
        processor: read(asked, "/proc/cpuinfo").map(|text| processor::parse(&text)).into(),
        swap: memory.1,
        memory: memory.0,
        pressure: health::pressure(asked),
        files: limits::files(asked, server),
        inotify: limits::inotify(asked),
        clock: clock::kernel(asked),
        zone: clock::zone(asked),
        load: health::load(asked),
        uptime_seconds: health::uptime(asked),
        oom: health::oom(asked, server),
        reboot: reboot(asked),
        disks: disks.into_iter().map(disks::Look::finish).collect(),
        trace: trace.finish(),
        hottest: hottest.finish(),
    }
}

/// A small file of the system; names and values in it need not be UTF-8.
fn read(asked: &Asked, path: &str) -> Result<String, String> {
    text(&asked.at(path)).map_err(|error| format!("`{path}`: {error}"))
}

fn text(path: &Path) -> std::io::Result<String> {
    fs::read(path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// A number in a file of its own.
fn number(asked: &Asked, path: &str) -> Result<u64, String> {
    let text = read(asked, path)?;
    text.trim().parse().map_err(|_| format!("`{path}` says `{}`", text.trim()))
}

fn os(text: &str) -> Os {
    let value = |key: &str| {
        let line = text.lines().find_map(|line| line.trim().strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim().trim_matches(['"', '\'']).to_string())
    };
    Os {
        family: std::env::consts::OS.into(),
        // os-release(5): an absent ID is `linux`.
        id: value("ID").unwrap_or_else(|| "linux".into()),
        version: value("VERSION_ID").unwrap_or_default(),
        name: value("PRETTY_NAME").or_else(|| value("NAME")).unwrap_or_else(|| "Linux".into()),
    }
}

/// Debian and its children leave these files where a package wants a new start of the machine.
fn reboot(asked: &Asked) -> Fact<Option<Vec<String>>> {
    match fs::exists(asked.at("/run/reboot-required")) {
        Ok(false) => Fact::Known(None),
        Ok(true) => {
            let packages = read(asked, "/run/reboot-required.pkgs").unwrap_or_default();
            let mut packages: Vec<String> = packages
                .lines()
                .map(|line| line.trim().to_string())
                .filter(|line| !line.is_empty())
                .collect();
            packages.sort();
            packages.dedup();
            packages.truncate(20);
            Fact::Known(Some(packages))
        }
        Err(error) => Fact::Unknown(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;

    pub(super) fn asked(root: &Path) -> Asked {
        Asked { home: Home::under(&root.join("home")), ..crate::facts::snapshot::testing(root) }
    }

    #[test]
    fn this_machine_is_looked_at() {
        let system = gather(&asked(Path::new("/")));
        assert!(system.os.known().is_some_and(|os| os.family == "linux" && !os.id.is_empty()), "{system:?}");
        assert!(system.memory.known().is_some_and(|memory| memory.available_bytes > 0), "{system:?}");
        assert!(system.processor.known().is_some_and(|processor| processor.cores > 0), "{system:?}");
        assert!(system.disks.iter().all(|disk| disk.space.known().is_some()), "{system:?}");
        assert!(system.files.known().is_some() && system.load.known().is_some(), "{system:?}");
        assert!(system.uptime_seconds.known().is_some_and(|seconds| *seconds > 0));
    }

    #[test]
    fn a_machine_of_nothing_and_one_of_garbage_are_unknown_and_no_panic() {
        let dir = tempfile::tempdir().unwrap();
        let nothing = gather(&asked(dir.path()));
        assert!(nothing.os.known().is_none() && nothing.load.known().is_none(), "{nothing:?}");
        assert_eq!(nothing.reboot, Fact::Known(None));
        for path in [
            "etc/os-release",
            "proc/cpuinfo",
            "proc/loadavg",
            "proc/uptime",
            "proc/vmstat",
            "etc/localtime",
            "etc/timezone",
            "proc/pressure/memory",
            "proc/sys/fs/file-nr",
            "proc/sys/fs/file-max",
            "proc/self/cgroup",
            "proc/sys/kernel/osrelease",
            "run/reboot-required",
            "run/reboot-required.pkgs",
            "proc/sys/fs/inotify/max_user_watches",
            "proc/sys/fs/inotify/max_user_instances",
        ] {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, b"\xff\xfe 0::/../../x\n=\n: :\n-1 99999999999999999999999 NaN\n\0").unwrap();
        }
        let garbage = gather(&asked(dir.path()));
        assert!(garbage.load.known().is_none() && garbage.inotify.known().is_none(), "{garbage:?}");
        assert!(garbage.os.known().is_some_and(|os| os.id == "linux"), "{garbage:?}");
    }

    #[test]
    fn distributions_are_read_with_and_without_quotes() {
        for (text, id, version, name) in [
            (
                "ID=debian\nVERSION_ID=\"12\"\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n",
                "debian",
                "12",
                "Debian GNU/Linux 12 (bookworm)",
            ),
            ("NAME='Arch Linux'\nID=arch\n", "arch", "", "Arch Linux"),
            ("ID_LIKE=debian\nID=ubuntu\nVERSION_ID=\"24.04\"\n", "ubuntu", "24.04", "Linux"),
            ("", "linux", "", "Linux"),
        ] {
            let os = os(text);
            assert_eq!((os.id.as_str(), os.version.as_str(), os.name.as_str()), (id, version, name));
        }
    }

    #[test]
    fn packages_that_want_a_new_start_are_named_once() {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("run")).unwrap();
        fs::write(dir.path().join("run/reboot-required"), "").unwrap();
        fs::write(dir.path().join("run/reboot-required.pkgs"), "libc6\nlinux-base\nlibc6\n").unwrap();
        let packages = Some(vec!["libc6".to_string(), "linux-base".to_string()]);
        assert_eq!(reboot(&asked(dir.path())), Fact::Known(packages));
    }
}
