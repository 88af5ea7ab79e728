//! `/etc/fstab`: whether it can be read as it is meant, whether it lets the machine start without its NAS, and
//! whether it says what is mounted.

use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;

use super::expect::{Expected, all, mount_at, real};
use crate::config::value::show_count;
use crate::doctor::check::{Check, Effect, Fix, Judged, Repair, fail, known, not_here, pass, warn, worst};
use crate::facts::snapshot::Facts;
use crate::facts::storage::fstab::{parse, with_options};
use crate::facts::storage::{Entry, Mount, is_below, is_network};
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};

const PATH: &str = "/etc/fstab";

/// It can be read as it is meant.
pub const VALID: Check = Check {
    id: "storage.fstab.valid",
    title: "`/etc/fstab` is valid",
    meaning: "A line of `/etc/fstab` cannot be read as it is meant.",
    matters: "Its file system is not mounted, and a machine can stop in its emergency mode over one wrong line.",
    measured: "Every line is read as fstab(5) says: number of fields, escapes, types, absolute mount points, points named twice.",
    rule: "It fails where an entry cannot work, and warns for an unknown type, a wrong escape or a mount point that is named twice.",
    repair: "Correct the line; `findmnt --verify` looks at the whole file.",
    needs: &[],
    judge: valid,
    fix: None,
};

fn valid(facts: &Facts) -> Judged {
    let fstab = known(&facts.storage.fstab)?;
    let judgements = fstab.problems.iter().map(|problem| {
        let told = format!("{PATH}:{}: {}", problem.line, problem.what);
        if problem.grave { fail(told) } else { warn(told) }.hint(format!(
            "correct line {} of `{PATH}`; `findmnt --verify` looks at the whole file",
            problem.line
        ))
    });
    let fine = format!("`/etc/fstab` is valid: {}", show_count(fstab.entries.len(), "entry"));
    Ok(worst(judgements, "", pass(fine)))
}

/// What lets the machine start although the server is off.
const PATIENT: [&str; 4] = ["nofail", "noauto", "x-systemd.automount", "comment=systemd.automount"];

/// It lets the machine start without its NAS.
pub const BOOT: Check = Check {
    id: "storage.fstab.boot",
    title: "a NAS that is off does not keep the machine from starting",
    meaning: "The entry of a network file system has neither `nofail` nor `x-systemd.automount`, or is not marked as needing the network.",
    matters: "When the NAS is off, the machine waits a minute and a half and then stops in its emergency mode.",
    measured: "The options of every network file system in `/etc/fstab`.",
    rule: "It warns where an entry has none of `nofail`, `noauto` and `x-systemd.automount`, or has no `_netdev`.",
    repair: "Add `nofail,_netdev` to the options of the entry.",
    needs: &[],
    judge: boot,
    fix: Some(Fix {
        what: "add `nofail` and `_netdev` to the entries of network file systems",
        effect: Effect::Harmless,
        steps: add_options,
    }),
};

/// The options that an entry lacks.
fn lacking(entry: &Entry) -> Vec<&'static str> {
    let patient = PATIENT.iter().any(|option| entry.has(option));
    let missing = [("nofail", patient), ("_netdev", entry.has("_netdev"))];
    missing.into_iter().filter(|(_, is_there)| !is_there).map(|(option, _)| option).collect()
}

fn network(facts: &Facts) -> std::result::Result<Vec<&Entry>, crate::doctor::check::Judgement> {
    let fstab = known(&facts.storage.fstab)?;
    Ok(fstab.entries.iter().filter(|entry| is_network(&entry.filesystem)).collect())
}

fn boot(facts: &Facts) -> Judged {
    let judgements = network(facts)?.into_iter().map(|entry| {
        let missing = lacking(entry);
        if missing.is_empty() {
            return pass(format!("`{}` does not hold up a start", entry.point));
        }
        let judgement = warn(format!("the entry of `{}` has no `{}`", entry.point, missing.join(",")))
            .evidence(format!("{PATH}:{}: {}", entry.line, entry.options.join(",")))
            .hint(format!("add `{}` to the options in line {} of `{PATH}`", missing.join(","), entry.line));
        // Without a fourth field there is nothing that options could be added to.
        if entry.options.is_empty() { judgement } else { judgement.fixable() }
    });
    Ok(worst(
        judgements,
        "no network file system holds up a start",
        not_here("no network file system in `/etc/fstab`"),
    ))
}

fn add_options(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let Some(mut text) = text(repair)? else { return Ok(Vec::new()) };
    let before = text.clone();
    for entry in network(facts).unwrap_or_default().into_iter().filter(|entry| !entry.options.is_empty()) {
        text = with_options(&text, entry.line, &lacking(entry))
            .ok_or_else(|| Failure::no(format!("line {} of `{PATH}` is another one by now", entry.line)))?;
    }
    Ok(if text == before { Vec::new() } else { vec![write(repair, text)] })
}

/// The text of the file as it will be by then.
pub fn text(repair: &Repair<'_>) -> Result<Option<String>> {
    let text = repair.text(&repair.asked.at(PATH))?.map(|text| text.expose_secret().to_string());
    if text.as_ref().is_some_and(|text| text.contains('\u{fffd}')) {
        // Writing it back would change what it names.
        return Err(Failure::no(format!("`{PATH}` is not UTF-8 text: change it by hand")));
    }
    Ok(text)
}

/// The step that writes it, with the permissions that it has. What it holds may be a password.
pub fn write(repair: &Repair<'_>, text: String) -> Action {
    let path = repair.place(&repair.asked.at(PATH));
    let mode = std::fs::metadata(&path).map_or(0o644, |metadata| metadata.permissions().mode() & 0o7777);
    let is_secret = parse(text.as_bytes(), &[]).entries.iter().any(holds_password);
    let content = if is_secret { Content::Secret(text.into()) } else { Content::Text(text) };
    Action::WriteFile { path, mode, content }
}

fn holds_password(entry: &Entry) -> bool {
    entry.source.contains("(hidden)") || entry.options.iter().any(|option| option.contains("(hidden)"))
}

/// It says what is mounted.
pub const AGREES: Check = Check {
    id: "storage.fstab.agrees",
    title: "what is mounted is what is configured",
    meaning: "A mount that documents are on has another source, type or mode than `/etc/fstab`, its unit or `nas.share` says.",
    matters: "After the next start of the machine something else is there, or it is there in another way.",
    measured: "Source, type, version and `ro` of the mount in `/proc/self/mountinfo` are compared with what asks for it.",
    rule: "It warns at every difference. A device that is named by UUID or label is not compared.",
    repair: "Correct the entry, or `umount` and `mount` the point so that the entry is in force.",
    needs: &[],
    judge: agrees,
    fix: None,
};

fn agrees(facts: &Facts) -> Judged {
    let storage = &facts.storage;
    let (mounts, _, _) = (known(&storage.mounts)?, known(&storage.fstab)?, known(&storage.units)?);
    let places = known(&storage.documents)?;
    let matters = |point: &str| {
        storage.nas.mount_point.as_deref() == Some(point)
            || places.iter().any(|place| is_below(real(place), point))
    };
    let judgements = all(storage).into_iter().filter(|wanted| matters(&wanted.point)).filter_map(|wanted| {
        let mount = mount_at(mounts, &wanted.point)?;
        let differences = differences(&wanted, mount);
        if differences.is_empty() {
            return Some(pass(format!("`{}` is as {} says", wanted.point, wanted.by)));
        }
        Some(
            warn(format!("`{}` is not as {} says: {}", wanted.point, wanted.by, differences.join(", ")))
                .evidence(format!(
                    "mounted: `{}` ({}, {})",
                    mount.source,
                    mount.filesystem,
                    mount.options.join(",")
                ))
                .evidence(format!(
                    "wanted: `{}` ({}, {})",
                    wanted.source,
                    wanted.filesystem,
                    wanted.options.join(",")
                ))
                .hint(format!(
                    "correct the one that is wrong, then `umount {0}` and `mount {0}`",
                    wanted.point
                )),
        )
    });
    Ok(worst(
        judgements,
        "what documents are on is mounted as configured",
        not_here("no documents are on a mount that is configured"),
    ))
}

fn differences(wanted: &Expected, mount: &Mount) -> Vec<String> {
    let mut found = Vec::new();
    let plain = |source: &str| source.trim_end_matches('/').to_ascii_lowercase();
    let is_name = wanted.source.contains('=') || wanted.source.starts_with("/dev/");
    if !wanted.source.is_empty() && !is_name && plain(&wanted.source) != plain(&mount.source) {
        found.push(format!("`{}` instead of `{}`", mount.source, wanted.source));
    }
    let family = |name: &str| match name {
        "nfs4" => "nfs".to_string(),
        "smb3" => "cifs".to_string(),
        other => other.to_string(),
    };
    let any = matches!(wanted.filesystem.as_str(), "" | "auto" | "none");
    if !any && family(&wanted.filesystem) != family(&mount.filesystem) {
        found.push(format!("{} instead of {}", mount.filesystem, wanted.filesystem));
    }
    let is_bind = wanted.options.iter().any(|option| option == "bind" || option == "rbind");
    let says_all = !wanted.options.is_empty() && !is_bind && !wanted.by.contains("setting");
    let wants_ro = wanted.options.iter().any(|option| option == "ro");
    match (wants_ro, mount.has("ro")) {
        (true, false) => found.push("writable instead of read-only".into()),
        (false, true) if says_all => found.push("read-only instead of writable".into()),
        _ => {}
    }
    let version = wanted
        .options
        .iter()
        .find_map(|option| option.strip_prefix("vers=").or_else(|| option.strip_prefix("nfsvers=")));
    if let (Some(wanted), Some(is)) = (version, mount.option("vers"))
        && !is.starts_with(wanted)
        && wanted.starts_with(|first: char| first.is_ascii_digit())
    {
        found.push(format!("version {is} instead of {wanted}"));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_found_and_sameness_is_seen() {
        let options =
            |list: &str| list.split(',').filter(|o| !o.is_empty()).map(String::from).collect::<Vec<_>>();
        let of = |wanted: (&str, &str, &str), is: (&str, &str, &str)| {
            let wanted = Expected {
                point: "/mnt/nas".into(),
                source: wanted.0.into(),
                filesystem: wanted.1.into(),
                options: options(wanted.2),
                by: "`/etc/fstab` line 1".into(),
            };
            let mount = Mount {
                point: "/mnt/nas".into(),
                source: is.0.into(),
                filesystem: is.1.into(),
                options: options(is.2),
            };
            differences(&wanted, &mount).join("; ")
        };
        for (wanted, is, expected) in [
            (("NAS:/x/", "nfs", "ro,vers=4"), ("nas:/x", "nfs4", "ro,vers=4.2"), ""),
            (("UUID=1", "auto", "defaults"), ("/dev/sda1", "ext4", "rw"), ""),
            (("", "", ""), ("nas:/x", "nfs4", "ro"), ""),
            (("nas:/x", "nfs4", "ro"), ("nas:/y", "nfs4", "ro"), "`nas:/y` instead of `nas:/x`"),
            (
                ("nas:/x", "nfs4", "ro"),
                ("nas:/x", "tmpfs", "rw"),
                "tmpfs instead of nfs4; writable instead of read-only",
            ),
            (("/dev/sda1", "ext4", "defaults"), ("/dev/sda1", "ext4", "ro"), "read-only instead of writable"),
            (("nas:/x", "nfs", "ro,vers=4.2"), ("nas:/x", "nfs", "ro,vers=3"), "version 3 instead of 4.2"),
            (("//nas/x", "cifs", "vers=default"), ("//nas/x", "cifs", "rw,vers=3.1.1"), ""),
        ] {
            assert_eq!(of(wanted, is), expected, "{wanted:?} {is:?}");
        }
    }
}
