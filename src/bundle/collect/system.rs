//! The machine itself: its system, processor and memory, disks, load, limits and clock, from the facts and from
//! `/proc`.

use super::files::write;
use super::page::{Page, mebibytes};
use super::{Collector, Planned, Scope, Sink};
use crate::facts::Fact;

pub(super) const COLLECTOR: Collector = Collector {
    name: "system",
    about: "operating system, processor, memory, disks, load, limits, clock",
    plan,
    run,
};

/// Each page: its path, where it comes from, and how it is made.
type Made = (&'static str, &'static str, fn(&Scope) -> Page);

const PAGES: &[Made] = &[
    ("system/os.txt", "/etc/os-release, /proc/version", os),
    ("system/cpu-memory.txt", "/proc/meminfo, the facts", memory),
    ("system/disks.txt", "the facts", disks),
    ("system/load-uptime.txt", "/proc/loadavg, /proc/uptime, /proc/pressure", load),
    ("system/limits.txt", "/proc/self/limits, /proc/sys", limits),
    ("system/clock.txt", "the facts", clock),
];

fn plan(_: &Scope) -> Vec<Planned> {
    PAGES.iter().map(|(path, source, _)| Planned::new(*path, *source)).collect()
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    PAGES.iter().try_for_each(|(path, _, make)| write(sink, path, make(scope).text()))
}

fn os(scope: &Scope) -> Page {
    let system = &scope.facts.system;
    let mut page = Page::default();
    page.part("architecture").line(&system.arch).fact("distribution", &system.os);
    // A link on most systems, to a place that differs.
    let release = std::fs::canonicalize("/etc/os-release").unwrap_or_else(|_| "/etc/os-release".into());
    page.file(release)
        .file("/proc/version")
        .file("/proc/cmdline")
        .fact("a restart is wanted for", &system.reboot);
    page
}

fn memory(scope: &Scope) -> Page {
    let system = &scope.facts.system;
    let mut page = Page::default();
    page.fact("processor", &system.processor).fact("memory", &system.memory).fact("swap", &system.swap);
    page.fact("ended for want of memory", &system.oom).file("/proc/meminfo").file("/proc/swaps");
    page.fact("hottest sensor", &system.hottest);
    page
}

fn disks(scope: &Scope) -> Page {
    let mut page = Page::default();
    let rows: Vec<[String; 9]> = scope
        .facts
        .system
        .disks
        .iter()
        .map(|disk| match &disk.space {
            Fact::Known(space) => {
                let count =
                    |number: Option<u64>| number.map_or_else(|| "-".into(), |number| number.to_string());
                let access = if space.read_only { "read-only" } else { "writable" };
                [
                    disk.purpose.clone(),
                    disk.path.clone(),
                    space.mount.clone(),
                    space.filesystem.clone(),
                    mebibytes(space.total_bytes),
                    mebibytes(space.free_bytes),
                    count(space.inodes),
                    count(space.inodes_free),
                    access.into(),
                ]
            }
            Fact::Unknown(why) => {
                let mut row = [const { String::new() }; 9];
                row[0].clone_from(&disk.purpose);
                row[1].clone_from(&disk.path);
                row[2] = format!("(unknown: {why})");
                row
            }
        })
        .collect();
    let heading = ["what for", "path", "mount", "type", "size", "free", "inodes", "inodes free", "access"];
    page.part("space and inodes").table(heading, &rows).file("/proc/partitions").file("/proc/diskstats");
    page
}

fn load(scope: &Scope) -> Page {
    let system = &scope.facts.system;
    let mut page = Page::default();
    page.fact("load", &system.load).fact("uptime in seconds", &system.uptime_seconds);
    for path in ["loadavg", "uptime", "pressure/cpu", "pressure/memory", "pressure/io", "stat"] {
        page.file(format!("/proc/{path}"));
    }
    page
}

fn limits(scope: &Scope) -> Page {
    let system = &scope.facts.system;
    let mut page = Page::default();
    page.fact("open files", &system.files).fact("inotify", &system.inotify).file("/proc/self/limits");
    for path in [
        "fs/file-nr",
        "kernel/pid_max",
        "kernel/threads-max",
        "vm/overcommit_memory",
        "vm/swappiness",
        "vm/max_map_count",
    ] {
        page.file(format!("/proc/sys/{path}"));
    }
    page.file("/proc/self/cgroup");
    page
}

fn clock(scope: &Scope) -> Page {
    let system = &scope.facts.system;
    let mut page = Page::default();
    page.part("now").line(&scope.now.to_string());
    page.fact("clock", &system.clock)
        .fact("last set by the network", &system.trace)
        .fact("zone", &system.zone);
    page
}
