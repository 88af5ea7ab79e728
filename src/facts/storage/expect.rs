//! What should be mounted where, from `/etc/fstab`, the operator's units and the settings, and which mount a path is on.
//! Pure questions to what was looked at; what follows from the answers is for those who ask.

use super::{Mount, Storage, is_below};

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
#[must_use]
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
#[must_use]
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
#[must_use]
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
#[must_use]
pub fn mount_at<'a>(mounts: &'a [Mount], point: &str) -> Option<&'a Mount> {
    mounts.iter().rev().find(|mount| mount.point == point && mount.filesystem != "autofs")
}

/// The mount that a path is on.
#[must_use]
pub fn mount_of<'a>(mounts: &'a [Mount], path: &str) -> Option<&'a Mount> {
    let above = mounts.iter().filter(|mount| mount.filesystem != "autofs" && is_below(path, &mount.point));
    // The last of the longest: what was mounted later lies on top.
    above.max_by_key(|mount| mount.point.len())
}

#[cfg(test)]
mod tests {
    use super::super::{Entry, Fstab, Unit};
    use super::*;
    use crate::facts::Fact;

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
