//! Mounting and unmounting. Where the file system has a mount helper (`/sbin/mount.nfs4`, `/sbin/mount.cifs`), the
//! helper does it: it is the documented way, it resolves the server, negotiates the version and reads the
//! credentials file, so that no password passes through here. Other file systems are mounted by mount(2).
//! What `/etc/fstab` says to whoever boots the machine (`nofail`, `x-systemd.…`) is left out of both.

use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MntFlags, MsFlags};

use super::command;
use crate::facts::storage::{is_network, mountinfo};
use crate::failure::{Failure, Result};

/// How long a server may take to let itself be mounted.
const DEADLINE: Duration = Duration::from_secs(30);

/// Mounts.
pub async fn mount(source: &str, point: &Path, filesystem: &str, options: &[String]) -> Result<()> {
    let options: Vec<&str> =
        options.iter().map(String::as_str).filter(|option| is_for_mount(option)).collect();
    if let Some((helper, kind)) = helper(filesystem) {
        let (helper, point, list) = (helper.to_string_lossy(), point.to_string_lossy(), options.join(","));
        let mut arguments = vec![source, &*point];
        arguments.extend(kind.iter().flat_map(|kind| ["-t", kind]));
        if !list.is_empty() {
            arguments.extend(["-o", &list]);
        }
        return command::run(&helper, &arguments, DEADLINE).await.map(drop);
    }
    if is_network(filesystem) || filesystem.starts_with("fuse") {
        let failure = Failure::environment(format!("there is no `mount.{filesystem}` on this machine"));
        return Err(match filesystem {
            "nfs" | "nfs4" => failure.hint("`apt-get install nfs-common` brings it"),
            "cifs" | "smb3" => failure.hint("`apt-get install cifs-utils` brings it"),
            _ => failure.hint("install the package of that file system"),
        });
    }
    let (flags, data) = flags(&options);
    let (what, place, kind) = (source.to_string(), point.to_path_buf(), filesystem.to_string());
    let done =
        in_time(move || nix::mount::mount(Some(&*what), &place, Some(&*kind), flags, Some(&*data))).await?;
    done.map_err(|error| {
        let message =
            format!("cannot mount `{source}` on `{}`: {}", point.display(), error.desc().to_lowercase());
        match error {
            Errno::ENODEV => Failure::environment(message).hint(format!(
                "the running kernel has no file system `{filesystem}`: `modprobe {filesystem}`"
            )),
            Errno::EPERM => Failure::environment(message).hint("run it as root"),
            _ => Failure::environment(message),
        }
    })
}

/// Takes what is mounted there away, at once even where it hangs; what still uses it keeps it until it ends.
/// Where this source is not what is mounted there now, there is nothing to take away.
pub async fn unmount(source: &str, point: &Path) -> Result<()> {
    let shown = point.to_string_lossy().into_owned();
    let mounts =
        std::fs::read("/proc/self/mountinfo").map(|bytes| mountinfo::parse(&bytes)).unwrap_or_default();
    if mounts.iter().rev().find(|mount| mount.point == shown).is_none_or(|mount| mount.source != source) {
        return Ok(());
    }
    let place = point.to_path_buf();
    let done = in_time(move || nix::mount::umount2(&place, MntFlags::MNT_DETACH | MntFlags::UMOUNT_NOFOLLOW))
        .await?;
    match done {
        // It was taken away meanwhile.
        Ok(()) | Err(Errno::EINVAL | Errno::ENOENT) => Ok(()),
        Err(error) => {
            Err(Failure::environment(format!("cannot unmount `{shown}`: {}", error.desc().to_lowercase())))
        }
    }
}

/// Makes a system call that may hang, on a thread that is then left behind.
async fn in_time<T: Send + 'static>(call: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    let (send, answer) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody listens any more where the deadline has passed.
        let _ = send.send(call());
    });
    match tokio::time::timeout(DEADLINE, answer).await {
        Ok(Ok(answer)) => Ok(answer),
        Ok(Err(_)) => Err(Failure::environment("the mount broke off")),
        Err(_) => Err(Failure::environment(format!("no answer in {} s", DEADLINE.as_secs()))),
    }
}

/// The helper of a file system, and the type that it has to be told, where it serves several.
fn helper(filesystem: &str) -> Option<(PathBuf, Option<String>)> {
    // Its name becomes part of a path that is run.
    if !filesystem.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')) {
        return None;
    }
    let find = |name: &str| {
        let places =
            ["/sbin", "/usr/sbin"].iter().map(|place| Path::new(place).join(format!("mount.{name}")));
        places.into_iter().find(|path| path.is_file())
    };
    let own = find(filesystem).map(|path| (path, None));
    own.or_else(|| {
        let several = filesystem.strip_prefix("fuse.").and_then(|_| find("fuse"))?;
        Some((several, Some(filesystem.to_string())))
    })
}

/// Whether an option of `/etc/fstab` is meant for the mount itself.
fn is_for_mount(option: &str) -> bool {
    let name = option.split('=').next().unwrap_or(option);
    let is_for_boot = matches!(
        name,
        "defaults"
            | "auto"
            | "noauto"
            | "nofail"
            | "_netdev"
            | "user"
            | "users"
            | "nouser"
            | "owner"
            | "group"
            | "comment"
    );
    !is_for_boot && !name.starts_with("x-") && !name.starts_with("X-")
}

/// The flags of mount(2), and the options that its file system reads itself.
fn flags(options: &[&str]) -> (MsFlags, String) {
    let mut flags = MsFlags::empty();
    let mut data = Vec::new();
    for option in options {
        match *option {
            "ro" => flags |= MsFlags::MS_RDONLY,
            "rw" => flags &= !MsFlags::MS_RDONLY,
            "nosuid" => flags |= MsFlags::MS_NOSUID,
            "nodev" => flags |= MsFlags::MS_NODEV,
            "noexec" => flags |= MsFlags::MS_NOEXEC,
            "noatime" => flags |= MsFlags::MS_NOATIME,
            "nodiratime" => flags |= MsFlags::MS_NODIRATIME,
            "relatime" => flags |= MsFlags::MS_RELATIME,
            "sync" => flags |= MsFlags::MS_SYNCHRONOUS,
            "bind" => flags |= MsFlags::MS_BIND,
            "rbind" => flags |= MsFlags::MS_BIND | MsFlags::MS_REC,
            "suid" | "dev" | "exec" | "async" | "atime" | "diratime" => {}
            other => data.push(other),
        }
    }
    (flags, data.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_find_their_place() {
        let options = [
            "defaults",
            "ro",
            "nofail",
            "_netdev",
            "x-systemd.automount",
            "nosuid",
            "size=1M",
            "mode=700",
            "comment=x",
        ];
        let kept: Vec<&str> = options.into_iter().filter(|option| is_for_mount(option)).collect();
        assert_eq!(kept, ["ro", "nosuid", "size=1M", "mode=700"]);
        assert_eq!(flags(&kept), (MsFlags::MS_RDONLY | MsFlags::MS_NOSUID, "size=1M,mode=700".into()));
        assert_eq!(flags(&["ro", "rw"]), (MsFlags::empty(), String::new()));
    }

    #[test]
    fn a_type_is_no_path() {
        assert_eq!(helper("../../tmp/x"), None);
        assert_eq!(helper("no-such-file-system"), None);
    }

    #[tokio::test]
    async fn a_network_file_system_without_its_helper_says_what_to_install() {
        if helper("glusterfs").is_some() {
            return;
        }
        let refused = mount("nas:/x", Path::new("/no/such/point"), "glusterfs", &[]).await.unwrap_err();
        assert_eq!(refused.to_string(), "there is no `mount.glusterfs` on this machine");
    }

    #[tokio::test]
    async fn a_mount_that_is_not_there_is_already_gone() {
        unmount("nas:/x", Path::new("/")).await.unwrap();
        unmount("nas:/x", Path::new("/no/such/point")).await.unwrap();
    }
}
