//! The machine: whether it has what the server needs. The entries stand here; how they judge stands in the
//! files beside this one.

mod base;
mod clock;
mod disks;
mod strain;

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    Check {
        id: "system.os",
        title: "operating system",
        meaning: "The server runs on Linux, and is tested on Debian 12 and later and on Ubuntu 22.04 and later.",
        matters: "On another distribution the hints and repairs of this program may name packages and paths that are not there, and on an old one libraries no longer get security updates.",
        measured: "`ID` and `VERSION_ID` are read from `/etc/os-release`.",
        rule: "Warns on a distribution or a version that is not tested; fails on anything but Linux.",
        repair: "Upgrade the distribution, for example by `sudo do-release-upgrade` on Ubuntu, or waive this check where the server does what it should.",
        needs: &[],
        judge: base::os,
        fix: None,
    },
    Check {
        id: "system.arch",
        title: "architecture",
        meaning: "The program is built and tested for 64-bit processors: x86-64 and ARM.",
        matters: "On others nothing has been tested, and container images of the model server may not exist for them.",
        measured: "The architecture that the running program was built for.",
        rule: "Passes on x86_64 and aarch64, and warns on every other.",
        repair: "Install the program that was built for this machine, or move to a machine with a 64-bit x86 or ARM processor.",
        needs: &[],
        judge: base::arch,
        fix: None,
    },
    Check {
        id: "system.kernel",
        title: "kernel",
        meaning: "Linux 5.10 is the oldest kernel that the program is tested with.",
        matters: "Older kernels lack calls that this program uses to limit the readers of documents, and get no more security fixes.",
        measured: "The release in `/proc/sys/kernel/osrelease`.",
        rule: "Warns below 5.10.",
        repair: "Install the current kernel of the distribution, such as `sudo apt install linux-image-amd64` on Debian, and start the machine again.",
        needs: &[],
        judge: base::kernel,
        fix: None,
    },
    Check {
        id: "system.cpu",
        title: "processor abilities",
        meaning: "Comparing vectors is fast where the processor computes on many numbers at once: AVX2 with FMA on x86-64, ASIMD (NEON) on ARM.",
        matters: "Without them searching by meaning and a model that runs on the processor take several times as long.",
        measured: "The flags in `/proc/cpuinfo`.",
        rule: "Warns where AVX2 or FMA, or on ARM ASIMD, is missing.",
        repair: "In a virtual machine choose the processor type `host`, so that it sees what the real processor can do; otherwise only another processor helps.",
        needs: &[],
        judge: base::cpu,
        fix: None,
    },
    Check {
        id: "system.memory.total",
        title: "memory",
        meaning: "The server itself needs 256 MiB; reading large PDF files takes more.",
        matters: "With less the kernel ends the server, or the readers of documents, in the middle of their work.",
        measured: "The memory of the machine, or of this control group where that is less.",
        rule: "Fails at 256 MiB and below; warns below 1 GiB.",
        repair: "Add memory to the machine, or raise the limit of the container or of the unit (`MemoryMax=`).",
        needs: &[],
        judge: strain::memory_total,
        fix: None,
    },
    Check {
        id: "system.memory.available",
        title: "memory to spare",
        meaning: "Little memory is left that could be had without swapping, or processes already wait for it.",
        matters: "A machine that waits for memory answers slowly, and at the end of it the kernel ends a process, often the largest one, which is the model.",
        measured: "The available memory within the limit of the control group, and where the kernel measures it for how much of the last minute processes waited for memory (`/proc/pressure/memory`).",
        rule: "Warns below 10 % or 200 MiB, or where some process waited for more than 10 % of the last minute; fails below 64 MiB, or where all of them waited for more than 20 % of it.",
        repair: "`ps aux --sort=-rss | head` shows who has the memory. Stop what is not needed, or choose a smaller model.",
        needs: &["system.memory.total"],
        judge: strain::memory_available,
        fix: None,
    },
    Check {
        id: "system.swap",
        title: "swap space",
        meaning: "Swap space takes what does not fit into memory for a moment; here there is none beside little memory, or most of it is used up.",
        matters: "Without room to swap the kernel ends processes as soon as memory runs out.",
        measured: "The size and use of all swap space.",
        rule: "Warns where there is none and memory is below 8 GiB, and where more than 75 % of it is used.",
        repair: "Make a swap file: `sudo fallocate -l 4G /swapfile && sudo chmod 600 /swapfile && sudo mkswap /swapfile && sudo swapon /swapfile`, then add `/swapfile none swap sw 0 0` to `/etc/fstab`.",
        needs: &["system.memory.total"],
        judge: strain::swap,
        fix: None,
    },
    Check {
        id: "system.disk.space",
        title: "disk space",
        meaning: "A file system that the server or the container engine writes to is nearly full.",
        matters: "On a full disk no document can be taken in, logs end in the middle of a line, and containers stop.",
        measured: "The free bytes of the file system under the configuration, the state, the log, the temporary files and `/var/lib/docker`, each file system once.",
        rule: "Warns below 5 GiB and fails below 1 GiB; for a file system smaller than 20 GiB the bars are a quarter and a twentieth of it.",
        repair: "`sudo du -xhd2 MOUNT | sort -h | tail` shows what takes the space. `sudo journalctl --vacuum-size=200M`, `sudo apt clean` and `docker image prune` make some.",
        needs: &[],
        judge: disks::space,
        fix: None,
    },
    Check {
        id: "system.disk.inodes",
        title: "room for more files",
        meaning: "A file system has used up nearly all the files that it can hold, whatever space is left on it.",
        matters: "Without free inodes no file can be made, and programs say that the disk is full although it is not.",
        measured: "The free inodes of the same file systems; those without a fixed number, such as btrfs, always pass.",
        rule: "Warns below 20,000 free inodes or 5 % of them, and fails below 1,000.",
        repair: "`sudo du --inodes -xd2 MOUNT | sort -n | tail` shows where the files are. Old sessions, mail queues and container layers are the usual ones.",
        needs: &[],
        judge: disks::inodes,
        fix: None,
    },
    Check {
        id: "system.disk.read_only",
        title: "disks writable",
        meaning: "A path in use is on a file system that is mounted read-only.",
        matters: "The kernel makes a disk read-only when writing to it fails: then the disk is often about to die, and the server can store nothing.",
        measured: "The flags of the file system under each path in use (statvfs).",
        rule: "Fails for the state, the log, the temporary files and the containers; warns for the configuration, which may be so on purpose.",
        repair: "`journalctl -k -g 'I/O error|remount'` says why. Back the disk up first, check it, and then `sudo mount -o remount,rw MOUNT`.",
        needs: &[],
        judge: disks::read_only,
        fix: None,
    },
    Check {
        id: "system.limits.files",
        title: "open files",
        meaning: "The server may open too few files at once, or has nearly as many open as it may.",
        matters: "At the limit every connection and every document fails with `too many open files`.",
        measured: "The limit of this process, the limit and the open files of the running server, and the open files of the whole machine against `fs.file-max`.",
        rule: "Warns where the server's limit is below 1,024 or more than 80 % of it is used; fails where it is below 256, or more than 95 % of what the machine may open is open.",
        repair: "Under systemd: `sudo systemctl edit tars`, add `[Service]` and `LimitNOFILE=65536`, then `sudo systemctl restart tars`. Otherwise raise `nofile` in `/etc/security/limits.conf`.",
        needs: &[],
        judge: base::files,
        fix: None,
    },
    Check {
        id: "system.limits.inotify",
        title: "watched files",
        meaning: "Programs on this machine may watch only few files for changes.",
        matters: "Containers, journals and monitoring watch files; at the limit they fail with `no space left on device`, which nobody takes for what it is.",
        measured: "`fs.inotify.max_user_watches` and `fs.inotify.max_user_instances`.",
        rule: "Warns below 8,192 watches or 128 instances.",
        repair: "`printf 'fs.inotify.max_user_watches=524288\\nfs.inotify.max_user_instances=512\\n' | sudo tee /etc/sysctl.d/60-inotify.conf && sudo sysctl --system`.",
        needs: &[],
        judge: base::inotify,
        fix: None,
    },
    Check {
        id: "system.clock.sync",
        title: "clock synchronised",
        meaning: "Nothing keeps the clock of this machine in step with the time of the world.",
        matters: "A clock that drifts makes sign-ins expire early or late, certificates invalid, and times in logs useless.",
        measured: "The kernel's own flag (adjtimex), which every time service sets, and what systemd-timesyncd leaves in `/run/systemd/timesync`.",
        rule: "Warns where the kernel holds the clock for unsynchronised.",
        repair: "`sudo apt install systemd-timesyncd && sudo timedatectl set-ntp true`; `timedatectl timesync-status` shows whether a server answers. In a container the host keeps the clock.",
        needs: &[],
        judge: clock::sync,
        fix: None,
    },
    Check {
        id: "system.clock.skew",
        title: "clock plausible",
        meaning: "The clock says a time that cannot be: before this program was made, or before a file that the server has already written.",
        matters: "New documents would count as older than old ones, and sign-ins would be refused or last for ever.",
        measured: "The time of this look against the year in which the program was made and the newest file of the installation.",
        rule: "Fails before 2025, or where a file of the installation is more than five minutes in the future.",
        repair: "Set the clock: `sudo timedatectl set-ntp true`, or by hand `sudo timedatectl set-time '2030-01-31 12:00'`. An empty battery on the main board is the usual cause.",
        needs: &[],
        judge: clock::skew,
        fix: None,
    },
    Check {
        id: "system.timezone",
        title: "time zone",
        meaning: "The time zone of the machine is set to something that is not there, or in two ways that disagree.",
        matters: "Times in logs and reports are then shown in UTC or in the wrong zone without a word.",
        measured: "`/etc/localtime`, the zone that it links to, and `/etc/timezone`.",
        rule: "Warns where `/etc/localtime` cannot be read as a time zone or `/etc/timezone` names another one. UTC, and nothing at all, which means UTC, pass.",
        repair: "`sudo timedatectl set-timezone Europe/Vienna`; `timedatectl list-timezones` lists all. Where the zone is missing: `sudo apt install tzdata`.",
        needs: &[],
        judge: clock::zone,
        fix: None,
    },
    Check {
        id: "system.load",
        title: "load",
        meaning: "For a quarter of an hour more processes have wanted to run than there are processors.",
        matters: "Answers take as many times longer as there are more processes than processors. A hung mount looks the same: whoever waits for it counts.",
        measured: "The load averages in `/proc/loadavg` against the number of processors.",
        rule: "Warns where the average over 15 minutes and that over 5 minutes are above twice the number of processors.",
        repair: "`top` shows who runs; processes in state `D` wait for a disk or a mount and not for a processor.",
        needs: &[],
        judge: strain::load,
        fix: None,
    },
    Check {
        id: "system.oom",
        title: "processes ended for want of memory",
        meaning: "Since the machine was started the kernel has ended processes because memory ran out.",
        matters: "Whatever was ended lost its work: a model in the middle of an answer, the server in the middle of a scan.",
        measured: "`oom_kill` in `/proc/vmstat`, and in the control group of the server.",
        rule: "Warns where there is any; fails where one was in the server's own group.",
        repair: "`journalctl -k -g 'Out of memory'` names them. Add memory or swap space, choose a smaller model, or raise the limit of the container or unit. The count starts again with the machine.",
        needs: &[],
        judge: strain::oom,
        fix: None,
    },
    Check {
        id: "system.reboot",
        title: "restart of the machine",
        meaning: "An update was installed that takes effect only after the machine is started again.",
        matters: "Until then the old kernel or library runs on, with the faults that the update repairs; a new graphics driver does not fit the old kernel module.",
        measured: "`/run/reboot-required` and `/run/reboot-required.pkgs`, which packages of Debian and Ubuntu leave.",
        rule: "Warns where the first is there.",
        repair: "`sudo systemctl reboot` at a quiet time.",
        needs: &[],
        judge: base::reboot,
        fix: None,
    },
    Check {
        id: "system.temperature",
        title: "temperature of the processor",
        meaning: "The processor is close to the temperature at which the machine turns itself off.",
        matters: "A hot processor runs slower on its own, and one that reaches its limit takes the machine down without warning.",
        measured: "The sensors of the processor in `/sys/class/hwmon` and `/sys/class/thermal`, each against its own critical temperature.",
        rule: "Warns within 10 °C of the critical temperature; fails at it.",
        repair: "Clean the fans and filters, give the machine air, and see that every fan turns.",
        needs: &[],
        judge: strain::temperature,
        fix: None,
    },
];

/// A size as people read it: `850 MiB`, `7.5 GiB`.
pub(in crate::doctor) fn size(bytes: u64) -> String {
    const GIB: u64 = 1 << 30;
    match bytes {
        0..1_048_576 => format!("{} KiB", bytes >> 10),
        1_048_576..GIB => format!("{} MiB", bytes >> 20),
        _ => {
            let tenths = u128::from(bytes) * 10 / u128::from(GIB);
            match tenths % 10 {
                0 => format!("{} GiB", tenths / 10),
                rest => format!("{}.{rest} GiB", tenths / 10),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_never_rounded_up() {
        for (bytes, shown) in [
            (0, "0 KiB"),
            ((1 << 20) - 1, "1023 KiB"),
            ((1 << 30) - 1, "1023 MiB"),
            ((3 << 30) - 1, "2.9 GiB"),
            (1 << 30, "1 GiB"),
            ((1 << 30) * 3 / 2, "1.5 GiB"),
            (32 << 30, "32 GiB"),
        ] {
            assert_eq!(size(bytes), shown);
        }
        assert!(size(u64::MAX).ends_with("GiB"));
    }
}
