//! The `.mount` and `.automount` units that the operator has written (systemd.mount(5)). Those that systemd
//! makes of `/etc/fstab` and those of the distribution are not read: they say nothing of their own.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::mountinfo::{split_options, without_password};

/// Where an operator's units stand, the first before the later ones.
pub(super) const PLACES: [&str; 3] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/local/lib/systemd/system"];

/// No directory of units has more of these, and no unit is longer, on a machine that is meant to be read.
const MOST: usize = 200;
const LONGEST: u64 = 64 * 1024;

/// One unit.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Unit {
    /// The name of its file.
    pub name: String,
    /// It mounts on access.
    pub automount: bool,
    /// What is mounted; empty for an automount.
    pub source: String,
    /// Where.
    pub point: String,
    /// `nfs4`, …; empty where it does not say.
    pub filesystem: String,
    /// Its options.
    pub options: Vec<String>,
}

/// Reads the units of these directories.
pub(super) fn read(directories: &[std::path::PathBuf]) -> Vec<Unit> {
    let mut units: Vec<Unit> = Vec::new();
    for directory in directories {
        let entries = std::fs::read_dir(directory).into_iter().flatten().flatten().take(10 * MOST);
        for path in entries.map(|entry| entry.path()) {
            let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            let is_mount = name.ends_with(".mount") || name.ends_with(".automount");
            if is_mount && !units.iter().any(|unit| unit.name == name) && units.len() < MOST {
                units.extend(text(&path).and_then(|text| parse(&name, &text)));
            }
        }
    }
    units.sort_by(|one, other| one.name.cmp(&other.name));
    units
}

fn text(path: &Path) -> Option<String> {
    // A link to `/dev/null` masks a unit.
    let metadata = std::fs::metadata(path).ok()?;
    (metadata.is_file() && metadata.len() <= LONGEST)
        .then(|| std::fs::read(path).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned()))?
}

fn parse(name: &str, text: &str) -> Option<Unit> {
    let mut unit = Unit { name: name.into(), automount: name.ends_with(".automount"), ..Unit::default() };
    let mut section = "";
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            section = line;
        }
        let Some((key, value)) = line.split_once('=') else { continue };
        if !matches!(section, "[Mount]" | "[Automount]") || line.starts_with(['#', ';']) {
            continue;
        }
        let value = value.trim().trim_matches('"');
        match key.trim() {
            "What" => unit.source = without_password(value),
            "Where" => unit.point = value.into(),
            "Type" => unit.filesystem = value.into(),
            "Options" => unit.options = split_options(value),
            _ => {}
        }
    }
    unit.point.starts_with('/').then_some(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_of_both_kinds_and_none() {
        let dir = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| std::fs::write(dir.path().join(name), text).unwrap();
        write(
            "mnt-nas.mount",
            "[Unit]\nWhat=not this\n[Mount]\n# Where=/no\nWhat = nas:/x\nWhere=/mnt/nas\nType=nfs4\nOptions=ro,soft\n",
        );
        write("mnt-nas.automount", "[Automount]\nWhere=/mnt/nas\n");
        write("absurd.mount", "\u{0}=\n[[[\n=x\n");
        write("tars.service", "[Mount]\nWhere=/x\n");
        std::os::unix::fs::symlink("/dev/null", dir.path().join("masked.mount")).unwrap();
        let units = read(&[dir.path().to_path_buf(), "/no/such/place".into(), dir.path().to_path_buf()]);
        let shown: Vec<_> = units.iter().map(|u| (&*u.name, u.automount, &*u.source, &*u.point)).collect();
        assert_eq!(
            shown,
            [("mnt-nas.automount", true, "", "/mnt/nas"), ("mnt-nas.mount", false, "nas:/x", "/mnt/nas")]
        );
        assert_eq!(units[1].options, ["ro", "soft"]);
    }
}
