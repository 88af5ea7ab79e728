//! The NAS: found, answering, mountable by this machine, mounted, and mounted again after the next start.

use std::path::Path;

use super::expect::{from_settings, mount, mount_at};
use super::fstab;
use crate::config::value::show_count;
use crate::doctor::check::{
    Check, Effect, Fix, Judged, Repair, fail, known, not_here, pass, unknown, warn, worst,
};
use crate::facts::Fact;
use crate::facts::snapshot::Facts;
use crate::facts::storage::fstab::with_entry;
use crate::facts::storage::nas::{Credentials, CredentialsFile, Host};
use crate::facts::storage::{Entry, There};
use crate::failure::Result;
use crate::host::action::Action;

const NONE: &str = "no documents are on a NAS";

/// Its name has an address.
pub const RESOLVES: Check = Check {
    id: "storage.nas.resolves",
    title: "the name of the NAS has an address",
    meaning: "The host name of the NAS is unknown to the resolver.",
    matters: "The share cannot be mounted, and an existing mount cannot be renewed after the NAS has got another address.",
    measured: "The name is looked up with getaddrinfo(3), as the mount helper does.",
    rule: "It fails where the name has no address. A resolver that does not answer is unknown.",
    repair: "Correct the name, give it an address in `/etc/hosts` or in your router, or use the address itself.",
    needs: &[],
    judge: resolves,
    fix: None,
};

fn resolves(facts: &Facts) -> Judged {
    let judgements = facts.storage.nas.hosts.iter().map(|host| match &host.answer {
        Fact::Unknown(why) => unknown(format!("`{}`: {why}", host.name))
            .hint("the name server does not answer: look at `/etc/resolv.conf` and the network"),
        Fact::Known(answer) => match &answer.error {
            Some(error) => {
                fail(format!("`{}` has no address", host.name)).evidence(error.clone()).hint(format!(
                    "`getent hosts {}` shows the same; correct the name, or add it to `/etc/hosts`",
                    host.name
                ))
            }
            None => pass(format!("`{}` is {}", host.name, answer.addresses.join(", "))),
        },
    });
    Ok(worst(judgements, "each NAS has an address", not_here(NONE)))
}

/// Its ports answer.
pub const ANSWERS: Check = Check {
    id: "storage.nas.answers",
    title: "the NAS answers",
    meaning: "Nothing answers on the ports that the share is spoken to on.",
    matters: "The NAS is off, in another network, behind a firewall, or does not offer this protocol: its share cannot be mounted, or an existing mount hangs.",
    measured: "A TCP connection to port 2049 (NFS; also 111 for version 3) or 445 (SMB), or to the port that the options name.",
    rule: "It fails where a port refuses or does not answer in time.",
    repair: "Switch the NAS on, switch on NFS or SMB in its settings, and open the port in its firewall.",
    needs: &["storage.nas.resolves"],
    judge: answers,
    fix: None,
};

fn answers(facts: &Facts) -> Judged {
    let judgements = facts.storage.nas.hosts.iter().filter_map(|host| {
        let answer = match &host.answer {
            Fact::Unknown(why) => return Some(unknown(format!("`{}`: {why}", host.name))),
            Fact::Known(answer) if answer.error.is_some() => return None,
            Fact::Known(answer) => answer,
        };
        let silent: Vec<_> = answer
            .ports
            .iter()
            .filter_map(|port| Some(format!("port {}: {}", port.number, port.error.as_ref()?)))
            .collect();
        if silent.is_empty() {
            let ports: Vec<_> = answer.ports.iter().map(|port| port.number.to_string()).collect();
            return Some(pass(format!("`{}` answers on {}", host.name, ports.join(", "))));
        }
        Some(
            fail(format!("`{}` does not answer: {}", host.name, silent.join(", ")))
                .evidence(format!("its addresses: {}", answer.addresses.join(", ")))
                .hint(format!(
                    "is it switched on, and is {} switched on in its settings?",
                    name(&host.protocol)
                )),
        )
    });
    Ok(worst(judgements, "each NAS answers", not_here(NONE)))
}

fn name(protocol: &str) -> &'static str {
    if protocol == "nfs" { "NFS" } else { "SMB" }
}

/// This machine can mount it.
pub const HELPER: Check = Check {
    id: "storage.nas.helper",
    title: "this machine can mount shares of the NAS",
    meaning: "The mount helper for NFS or SMB is not installed, or the running kernel has no such file system.",
    matters: "`mount` fails with `bad option` or `unknown filesystem type`, which says nothing about the cause.",
    measured: "The helpers are looked for in `/sbin` and `/usr/sbin`; the file system in `/proc/filesystems` and in the lists of modules of the running kernel.",
    rule: "It fails where either is missing.",
    repair: "`apt-get install nfs-common` for NFS, `apt-get install cifs-utils` for SMB; a kernel without the module needs the distribution's full kernel package.",
    needs: &[],
    judge: helper,
    fix: None,
};

fn helper(facts: &Facts) -> Judged {
    let nas = &facts.storage.nas;
    if nas.hosts.is_empty() {
        return Err(not_here(NONE));
    }
    let (helpers, kernel) = (known(&nas.helpers)?, known(&nas.kernel)?);
    let judgements = nas.hosts.iter().map(|host: &Host| {
        let (wanted, types, package) = match host.protocol.as_str() {
            "nfs" => (["mount.nfs", "mount.nfs4"], ["nfs", "nfs4"], "nfs-common"),
            _ => (["mount.cifs", "mount.smb3"], ["cifs", "smb3"], "cifs-utils"),
        };
        let has = |list: &[String], names: [&str; 2]| list.iter().any(|name| names.contains(&name.as_str()));
        let protocol = name(&host.protocol);
        match (has(helpers, wanted), has(kernel, types)) {
            (true, true) => pass(format!("{protocol} can be mounted")),
            (false, _) => fail(format!("there is no `{}`", wanted[0])).hint(format!("`apt-get install {package}`")),
            (true, false) => fail(format!("the running kernel has no {protocol}")).hint(format!(
                "`modprobe {}`; where that finds nothing, install the full kernel (`apt-get install linux-image-amd64` on Debian, `linux-modules-extra-$(uname -r)` on Ubuntu) and restart the machine",
                types[0]
            )),
        }
    });
    Ok(worst(judgements, "NFS and SMB can be mounted", not_here(NONE)))
}

/// The credentials are kept well.
pub const CREDENTIALS: Check = Check {
    id: "storage.nas.credentials",
    title: "the credentials file of the NAS is private and complete",
    meaning: "The file with the user name and password of an SMB share is missing, can be read by others, belongs to somebody else, or lacks one of the two.",
    matters: "Whoever can read it can read and change everything on the share; without it the share cannot be mounted.",
    measured: "Permissions and owner of the files that `nas.credentials` and `credentials=` in `/etc/fstab` name, and which names in them have a value. The values are never kept.",
    rule: "It fails where the file is missing or incomplete, has any permission for others than its owner, or does not belong to root.",
    repair: "`chmod 600` and `chown root:` the file, and write `username=` and `password=` into it.",
    needs: &[],
    judge: credentials,
    fix: Some(Fix { what: "set its permissions to 0600", effect: Effect::Harmless, steps: make_private }),
};

fn is_open(file: &CredentialsFile) -> bool {
    file.mode & 0o177 != 0
}

fn credentials(facts: &Facts) -> Judged {
    let judgements = facts.storage.nas.credential_files.iter().map(|Credentials { path, file }| {
        let file = match file {
            Fact::Unknown(why) => return unknown(why),
            Fact::Known(None) => {
                return fail(format!("`{path}` does not exist")).hint(format!(
                    "`install -m 600 /dev/null {path}`, then write `username=` and `password=` into it"
                ));
            }
            Fact::Known(Some(file)) => file,
        };
        if is_open(file) {
            return fail(format!("`{path}` has the permissions {:04o}", file.mode))
                .hint(format!("`chmod 600 {path}`"))
                .fixable();
        }
        if file.owner != 0 {
            return fail(format!("`{path}` belongs to user {}", file.owner))
                .hint(format!("`chown root: {path}`"));
        }
        let keys = match &file.keys {
            Fact::Known(keys) => keys,
            Fact::Unknown(why) => return unknown(why),
        };
        let missing: Vec<_> =
            ["username", "password"].into_iter().filter(|name| !keys.iter().any(|key| key == name)).collect();
        if missing.is_empty() {
            return pass(format!("`{path}` is private and complete"));
        }
        fail(format!("`{path}` has no `{}=`", missing.join("=` and no `"))).hint(format!(
            "write `username=…` and `password=…` into `{path}`, a line each, without blanks around `=`"
        ))
    });
    Ok(worst(
        judgements,
        "each credentials file is private and complete",
        not_here("no credentials file is named"),
    ))
}

fn make_private(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let open = facts
        .storage
        .nas
        .credential_files
        .iter()
        .filter(|credentials| matches!(&credentials.file, Fact::Known(Some(file)) if is_open(file)));
    Ok(open
        .map(|credentials| Action::SetMode { path: repair.place(Path::new(&credentials.path)), mode: 0o600 })
        .collect())
}

/// It is mounted.
pub const MOUNTED: Check = Check {
    id: "storage.nas.mounted",
    title: "the share of the NAS is mounted",
    meaning: "Nothing is mounted at `nas.mount_point`, or something else than `nas.share`.",
    matters: "The documents on the share cannot be read.",
    measured: "`/proc/self/mountinfo` is searched for the mount point.",
    rule: "It fails where the share is not mounted there; it warns where the settings name no mount point.",
    repair: "Create the mount point and `mount` the share there.",
    needs: &[],
    judge: mounted,
    fix: Some(Fix { what: "mount the share", effect: Effect::Harmless, steps: mount_share }),
};

fn mounted(facts: &Facts) -> Judged {
    let nas = &facts.storage.nas;
    let Some(wanted) = from_settings(&facts.storage) else {
        return Err(match &nas.share {
            None => not_here("no `nas.share` is configured"),
            Some(share) => warn(format!("nothing says where `{share}` is mounted"))
                .hint("set `nas.mount_point`, such as `/mnt/nas`"),
        });
    };
    if let Some(mount) = mount_at(known(&facts.storage.mounts)?, &wanted.point) {
        let plain = |source: &str| source.trim_end_matches('/').to_ascii_lowercase();
        if wanted.source.is_empty() || plain(&mount.source) == plain(&wanted.source) {
            return Ok(pass(format!("`{}` is mounted on `{}`", mount.source, wanted.point)));
        }
        return Ok(fail(format!(
            "`{}` is mounted on `{}` instead of `{}`",
            mount.source, wanted.point, wanted.source
        ))
        .hint(format!("`umount {}`, then `tars doctor --fix`", wanted.point)));
    }
    let there = nas.point.as_ref().map(|place| &place.there);
    let judgement = fail(format!("nothing is mounted on `{}`", wanted.point))
        .hint(format!("`mount {}`, or `tars doctor --fix`", wanted.point));
    Ok(match there {
        Some(Fact::Unknown(why)) => unknown(format!("`{}`: {why}", wanted.point)),
        Some(Fact::Known(There::Directory(directory))) if directory.entries > 0 => judgement
            .evidence(format!(
                "`{}` is a directory with {}, which a mount would hide",
                wanted.point,
                show_count(directory.entries, "entry")
            ))
            .hint(format!("look at what is in `{0}` and move it away, then `mount {0}`", wanted.point)),
        Some(Fact::Known(There::Directory(_) | There::Missing)) if !wanted.source.is_empty() => {
            judgement.fixable()
        }
        _ => judgement,
    })
}

fn mount_share(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let storage = &facts.storage;
    let Some(wanted) = from_settings(storage) else { return Ok(Vec::new()) };
    // What the operator wrote knows more about their NAS than we do.
    let theirs = super::expect::expected(storage, &wanted.point).filter(|theirs| {
        theirs.point == wanted.point && !theirs.source.is_empty() && !theirs.filesystem.is_empty()
    });
    let there = storage.nas.point.as_ref().map(|place| &place.there);
    mount(repair, &theirs.unwrap_or(wanted), there)
}

/// It will be mounted again.
pub const PERSISTENT: Check = Check {
    id: "storage.nas.persistent",
    title: "the share of the NAS is mounted again after a start",
    meaning: "Neither `/etc/fstab` nor a systemd unit mounts the share at `nas.mount_point`.",
    matters: "After the next start of the machine the documents are gone until somebody mounts the share by hand.",
    measured: "The entries of `/etc/fstab` and the operator's systemd units are searched for the mount point.",
    rule: "It warns where none names it.",
    repair: "Add the share to `/etc/fstab` with `_netdev,nofail,x-systemd.automount,x-systemd.mount-timeout=10`.",
    needs: &[],
    judge: persistent,
    fix: Some(Fix { what: "add the share to `/etc/fstab`", effect: Effect::Harmless, steps: write_entry }),
};

fn persistent(facts: &Facts) -> Judged {
    let storage = &facts.storage;
    let Some(wanted) = from_settings(storage).filter(|wanted| !wanted.source.is_empty()) else {
        return Err(not_here("no `nas.share` and `nas.mount_point` are configured"));
    };
    let (fstab, units) = (known(&storage.fstab)?, known(&storage.units)?);
    if let Some(entry) = fstab.entries.iter().find(|entry| entry.point == wanted.point) {
        return Ok(pass(format!("line {} of `/etc/fstab` mounts `{}`", entry.line, wanted.point)));
    }
    if let Some(unit) = units.iter().find(|unit| unit.point == wanted.point) {
        return Ok(pass(format!("the unit `{}` mounts `{}`", unit.name, wanted.point)));
    }
    Ok(warn(format!("nothing mounts `{}` after a start", wanted.point))
        .hint(format!("add to `/etc/fstab`: `{}`", entry(&wanted).line()))
        .fixable())
}

/// The entry that lets the machine start without the NAS, and mounts it when it is first needed.
fn entry(wanted: &super::expect::Expected) -> Entry {
    let boot = ["_netdev", "nofail", "x-systemd.automount", "x-systemd.mount-timeout=10"];
    Entry {
        line: 0,
        source: wanted.source.clone(),
        point: wanted.point.clone(),
        filesystem: wanted.filesystem.clone(),
        options: wanted.options.iter().cloned().chain(boot.map(String::from)).collect(),
    }
}

fn write_entry(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let Some(wanted) = from_settings(&facts.storage) else { return Ok(Vec::new()) };
    let text = fstab::text(repair)?.unwrap_or_default();
    let mut steps = vec![fstab::write(repair, with_entry(&text, &entry(&wanted)))];
    // systemd makes its units of the file, and only when it is told to look at it again.
    if Path::new("/run/systemd/system").is_dir() {
        steps.push(Action::ReloadUnits { user: false });
    }
    Ok(steps)
}
