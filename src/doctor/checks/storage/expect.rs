//! What should be mounted where, and what is: the questions that several checks and repairs of storage share.
//! It judges nothing.

use std::path::PathBuf;

use crate::doctor::check::{Judged, Judgement, Repair, known, not_here, worst};
use crate::facts::Fact;
use crate::facts::snapshot::Facts;
use crate::facts::storage::{Directory, Mount, Place, Storage, There, is_below};
use crate::failure::{Failure, Result};
use crate::host::action::Action;

/// A mount that something on this machine asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expected {
    /// Where.
    pub point: String,
    /// What; empty where only the mount point is known.
    pub source: String,
    /// Its type; empty where it is not said.
    pub filesystem: String,
    /// Its options.
    pub options: Vec<String>,
    /// Who asks for it, as a person would say it.
    pub by: String,
}

/// Everything that is asked for, from `/etc/fstab`, the operator's units and the settings.
pub fn all(storage: &Storage) -> Vec<Expected> {
    let fstab = storage.fstab.known().map(|fstab| &fstab.entries[..]).unwrap_or_default();
    let units = storage.units.known().map(|units| &units[..]).unwrap_or_default();
    let mut all: Vec<Expected> = fstab
        .iter()
        .filter(|entry| entry.point.starts_with('/'))
        .map(|entry| Expected {
            point: entry.point.clone(),
            source: entry.source.clone(),
            filesystem: entry.filesystem.clone(),
            options: entry.options.clone(),
            by: format!("`/etc/fstab` line {}", entry.line),
        })
        .collect();
    all.extend(units.iter().map(|unit| Expected {
        point: unit.point.clone(),
        source: unit.source.clone(),
        filesystem: unit.filesystem.clone(),
        options: unit.options.clone(),
        by: format!("the unit `{}`", unit.name),
    }));
    all.extend(from_settings(storage));
    all
}

/// What the settings ask for.
pub fn from_settings(storage: &Storage) -> Option<Expected> {
    let (nas, point) = (&storage.nas, storage.nas.mount_point.as_ref()?);
    let source = nas.share.clone().unwrap_or_default();
    let filesystem = match (&nas.share, source.starts_with("//")) {
        (None, _) => "",
        (_, true) => "cifs",
        (_, false) => "nfs4",
    };
    let mut options: Vec<String> = match filesystem {
        "cifs" => vec!["ro".into(), "iocharset=utf8".into()],
        // A NAS that is off then ends a read with an error instead of holding the reader for ever.
        "nfs4" => vec!["ro".into(), "soft".into(), "timeo=100".into()],
        _ => Vec::new(),
    };
    if filesystem == "cifs" {
        options.push(nas.credentials.as_ref().map_or("guest".into(), |path| format!("credentials={path}")));
        if let Some(user) = storage.server_user.known().filter(|user| **user != 0) {
            options.push(format!("uid={user}"));
        }
    }
    let by = "the setting `nas.mount_point`".to_string();
    Some(Expected { point: point.clone(), source, filesystem: filesystem.into(), options, by })
}

/// The mount that is asked for at or above a path; the nearest, and of several the one that says most.
pub fn expected(storage: &Storage, path: &str) -> Option<Expected> {
    let mut fitting: Vec<Expected> = all(storage)
        .into_iter()
        .filter(|expected| expected.point != "/" && is_below(path, &expected.point))
        .collect();
    // Stable: where several name the same point, `/etc/fstab` comes before units and settings.
    fitting.sort_by_key(|expected| (std::cmp::Reverse(expected.point.len()), expected.source.is_empty()));
    fitting.into_iter().next()
}

/// What is mounted exactly there, and not only waits to be.
pub fn mount_at<'a>(mounts: &'a [Mount], point: &str) -> Option<&'a Mount> {
    mounts.iter().rev().find(|mount| mount.point == point && mount.filesystem != "autofs")
}

/// The mount that a path is on.
pub fn mount_of<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let above = mounts.iter().filter(|mount| mount.filesystem != "autofs" && is_below(path, &mount.point));
    // The last of the longest: what was mounted later lies on top.
    above.max_by_key(|mount| mount.point.len())
}

/// Where a place really is.
pub fn real(place: &Place) -> &str {
    match &place.there {
        Fact::Known(There::Directory(directory)) if !directory.leads_to.is_empty() => &directory.leads_to,
        _ => &place.path,
    }
}

/// Judges every documents directory that is there. One that does not answer leaves the check unjudged for it,
/// and one that is missing or stale is the finding of another check.
pub fn each(facts: &Facts, fine: &str, judge: impl Fn(&Place, &Directory) -> Judgement) -> Judged {
    let places = known(&facts.storage.documents)?;
    let judgements = places.iter().filter_map(|place| match &place.there {
        Fact::Known(There::Directory(directory)) => Some(judge(place, directory)),
        Fact::Known(_) => None,
        Fact::Unknown(why) => Some(not_here(format!("`{}`: {why}", place.path))),
    });
    Ok(worst(judgements, fine, not_here("no documents directory is there")))
}

/// The points that matter to tars: those that its documents or its state are on, and that of the NAS.
pub fn points_of_interest<'a>(facts: &'a Facts, mounts: &'a [Mount]) -> Vec<&'a Mount> {
    let storage = &facts.storage;
    let places = storage.documents.known().map(|places| &places[..]).unwrap_or_default();
    let paths =
        places.iter().map(real).chain([real(&storage.state)]).chain(storage.nas.mount_point.as_deref());
    let mut found: Vec<&Mount> = Vec::new();
    for mount in paths.filter_map(|path| mount_of(mounts, path)) {
        if !found.iter().any(|known| known.point == mount.point) {
            found.push(mount);
        }
    }
    found
}

/// The steps that mount what is expected; `there` is what is at the mount point now.
pub fn mount(repair: &Repair<'_>, expected: &Expected, there: Option<&Fact<There>>) -> Result<Vec<Action>> {
    can_mount(expected)?;
    let point = PathBuf::from(&expected.point);
    let is_there = !matches!(there, None | Some(Fact::Known(There::Missing)));
    let mut steps = if is_there { Vec::new() } else { repair.directories(&point, 0o755) };
    steps.push(Action::Mount {
        source: expected.source.clone(),
        point,
        filesystem: expected.filesystem.clone(),
        options: expected.options.clone(),
    });
    Ok(steps)
}

/// Whether enough is known to mount it.
pub fn can_mount(expected: &Expected) -> Result<()> {
    let Expected { point, source, filesystem, options, .. } = expected;
    if source.is_empty() || filesystem.is_empty() {
        return Err(Failure::no(format!("nothing says what to mount on `{point}`"))
            .hint("set `nas.share`, or add a line to `/etc/fstab`"));
    }
    if options.iter().any(|option| option.ends_with("=(hidden)")) || source.contains("(hidden)@") {
        return Err(Failure::no(format!("its options hold a password: mount it with `mount {point}`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::snapshot::Asked;
    use crate::facts::storage::{Entry, Fstab, Unit};

    fn machine() -> Storage {
        let entry = |line, source: &str, point: &str| Entry {
            line,
            source: source.into(),
            point: point.into(),
            filesystem: "nfs4".into(),
            options: vec!["ro".into()],
        };
        let mut storage = Storage {
            fstab: Fact::Known(Fstab {
                entries: vec![
                    entry(1, "/dev/vda1", "/"),
                    entry(2, "nas:/all", "/mnt"),
                    entry(3, "nas:/x", "/mnt/nas"),
                ],
                problems: Vec::new(),
            }),
            units: Fact::Known(vec![Unit {
                name: "a.automount".into(),
                point: "/mnt/nas".into(),
                ..Unit::default()
            }]),
            ..Storage::default()
        };
        storage.nas.mount_point = Some("/mnt/nas".into());
        storage
    }

    #[test]
    fn the_nearest_point_counts_and_the_root_never() {
        let storage = machine();
        let by = |path: &str| expected(&storage, path).map(|expected| expected.by);
        assert_eq!(by("/mnt/nas/documents").as_deref(), Some("`/etc/fstab` line 3"));
        assert_eq!(by("/mnt/nasty").as_deref(), Some("`/etc/fstab` line 2"));
        assert_eq!((by("/srv/documents"), by("")), (None, None));
    }

    #[test]
    fn what_the_settings_ask_for_is_a_whole_mount() {
        let mut storage = machine();
        storage.nas.share = Some("//nas/docs".into());
        storage.nas.credentials = Some("/etc/tars/nas".into());
        storage.server_user = Fact::Known(998);
        let expected = from_settings(&storage).unwrap();
        assert_eq!(expected.options.join(","), "ro,iocharset=utf8,credentials=/etc/tars/nas,uid=998");
        let folder = tempfile::tempdir().unwrap();
        let asked = Asked {
            home: Home::under(folder.path()),
            ..crate::facts::snapshot::testing(std::path::Path::new("/"))
        };
        let point = folder.path().canonicalize().unwrap().join("mnt/nas").display().to_string();
        let there = Expected { point: point.clone(), ..expected.clone() };
        let steps = mount(&Repair::new(&asked), &there, Some(&Fact::Known(There::Missing))).unwrap();
        assert_eq!(
            steps.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                format!("create the directory `{}` (0755)", point.trim_end_matches("/nas")),
                format!("create the directory `{point}` (0755)"),
                format!(
                    "mount `//nas/docs` on `{point}` (cifs, ro,iocharset=utf8,credentials=/etc/tars/nas,uid=998)"
                )
            ]
        );
        let secret = Expected { options: vec!["password=(hidden)".into()], ..expected.clone() };
        assert!(can_mount(&secret).unwrap_err().to_string().contains("`mount /mnt/nas`"));
        assert!(can_mount(&Expected { source: String::new(), ..expected }).is_err());
    }

    #[test]
    fn what_was_mounted_later_lies_on_top() {
        let mount = |point: &str, source: &str, filesystem: &str| Mount {
            point: point.into(),
            source: source.into(),
            filesystem: filesystem.into(),
            options: Vec::new(),
        };
        let mounts = [
            mount("/", "a", "ext4"),
            mount("/mnt/nas", "b", "autofs"),
            mount("/mnt/nas", "c", "nfs4"),
            mount("/mnt/nas", "d", "nfs4"),
        ];
        assert_eq!(mount_of(&mounts, "/mnt/nas/x").unwrap().source, "d");
        assert_eq!(mount_of(&mounts, "/mnt/nasty").unwrap().source, "a");
        assert_eq!(mount_at(&mounts[..2], "/mnt/nas"), None);
    }
}
