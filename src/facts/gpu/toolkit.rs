//! NVIDIA's tools for containers, and the descriptions (CDI specifications) that tell an engine which nodes
//! and libraries make a card. A description names files of one version of the driver, and is worth nothing
//! once these are gone.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::Path;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::is_version;
use crate::facts::Fact;

/// Where programs are, on the host and where NVIDIA's operator puts them.
const PROGRAMS: [&str; 5] = ["usr/bin", "usr/local/bin", "usr/sbin", "bin", "usr/local/nvidia/toolkit"];
/// Where engines look for descriptions.
const SPECS: [&str; 2] = ["etc/cdi", "var/run/cdi"];
/// No description is larger.
const LARGEST: u64 = 4 << 20;
/// As many missing files are named.
const MOST: usize = 8;

/// The tools; each is the path of the program.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Toolkit {
    /// `nvidia-container-runtime`, which an engine starts containers with.
    pub runtime: Option<String>,
    /// `nvidia-ctk`, which writes descriptions.
    pub ctk: Option<String>,
    /// `nvidia-container-cli`, which gives a container its card.
    pub cli: Option<String>,
}

/// A description of NVIDIA's cards.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spec {
    /// The file.
    pub path: String,
    /// When it was written.
    pub written: Option<Timestamp>,
    /// The version of the driver whose files it names.
    pub driver: Option<String>,
    /// Files that it names and that are not there, the first few.
    pub missing: Vec<String>,
}

/// Looks for the tools.
pub(super) fn look(root: &Path) -> Toolkit {
    let find = |name: &str| {
        let places = PROGRAMS.map(|directory| root.join(directory).join(name));
        places.into_iter().find(|path| path.is_file()).map(|path| path.to_string_lossy().into_owned())
    };
    Toolkit {
        runtime: find("nvidia-container-runtime"),
        ctk: find("nvidia-ctk"),
        cli: find("nvidia-container-cli"),
    }
}

/// Reads the descriptions.
pub(super) fn specs(root: &Path) -> Fact<Vec<Spec>> {
    let entries = SPECS.iter().filter_map(|directory| fs::read_dir(root.join(directory)).ok()).flatten();
    let mut specs: Vec<_> = entries.flatten().filter_map(|entry| spec(&entry.path(), root)).collect();
    specs.sort_by(|one, other| one.path.cmp(&other.path));
    Fact::Known(specs)
}

fn spec(path: &Path, root: &Path) -> Option<Spec> {
    path.extension().filter(|extension| ["yaml", "yml", "json"].iter().any(|known| extension == known))?;
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    let text = String::from_utf8_lossy(&bytes);
    let (driver, files) = parse(&text)?;
    let written = fs::metadata(path).and_then(|found| found.modified()).ok();
    // Paths in it are the host's.
    let is_missing = |file: &String| !root.join(file.trim_start_matches('/')).exists();
    Some(Spec {
        path: path.to_string_lossy().into_owned(),
        written: written.and_then(|time| Timestamp::try_from(time).ok()),
        driver,
        missing: files.into_iter().filter(is_missing).take(MOST).collect(),
    })
}

/// The version of the driver and the files on the host that a description of NVIDIA's cards names; none where
/// it is not about them. YAML and JSON say it in the same words.
fn parse(text: &str) -> Option<(Option<String>, BTreeSet<String>)> {
    let is_separator = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | '{' | '}' | '[' | ']');
    let mut words = text.split(is_separator).filter(|word| !matches!(*word, "" | ":" | "-"));
    let mut files = BTreeSet::new();
    let mut is_about_cards = false;
    while let Some(word) = words.next() {
        match word.trim_end_matches(':') {
            "kind" => is_about_cards |= words.next().is_some_and(|kind| kind.starts_with("nvidia.com/")),
            "hostPath" => files.extend(words.next().filter(|path| path.starts_with('/')).map(String::from)),
            _ => {}
        }
    }
    let version = |file: &String| {
        let (_, version) = file.rsplit_once('/')?.1.split_once(".so.")?;
        is_version(version).then(|| version.to_string())
    };
    // Libraries of other versions are beside the driver's own: these two are the driver.
    let driver =
        files.iter().filter(|file| file.contains("/libcuda.so.") || file.contains("/libnvidia-ml.so."));
    let driver = driver.filter_map(version).next();
    is_about_cards.then_some((driver, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    const YAML: &str = "---\ncdiVersion: 0.5.0\nkind: nvidia.com/gpu\ndevices:\n- name: \"0\"\n  containerEdits:\n    deviceNodes:\n    - path: /dev/nvidia0\ncontainerEdits:\n  mounts:\n  - containerPath: /usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14\n    hostPath: /usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14\n    options: [ro, nosuid]\n  - hostPath: /usr/lib/libnvidia-egl-gbm.so.1.1.1\n";

    #[test]
    fn the_driver_of_a_description_is_that_of_its_libraries() {
        let json = r#"{"cdiVersion":"0.5.0","kind":"nvidia.com/gpu","containerEdits":{"mounts":[{"hostPath":"/usr/lib/libnvidia-ml.so.535.183.01","containerPath":"/x"}]}}"#;
        for (text, driver, files) in [
            (YAML, Some("550.54.14"), 2),
            (json, Some("535.183.01"), 1),
            ("kind: nvidia.com/gpu\ncontainerEdits:\n  hostPath:", None, 0),
        ] {
            let (found, named) = parse(text).unwrap();
            assert_eq!((found.as_deref(), named.len()), (driver, files), "{text}");
        }
        for other in ["kind: vendor.example/net\n", "", "kind", "\u{fffd}{[:"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }

    #[test]
    fn files_that_are_gone_are_named() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(specs(root.path()), Fact::Known(Vec::new()));
        for (path, text) in [
            ("etc/cdi/nvidia.yaml", YAML),
            ("etc/cdi/README", YAML),
            ("var/run/cdi/other.json", "{\"kind\":\"vendor.example/net\"}"),
            ("usr/lib/libnvidia-egl-gbm.so.1.1.1", ""),
            ("usr/bin/nvidia-ctk", ""),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        let found = specs(root.path());
        let [spec] = &found.known().unwrap()[..] else { panic!("{found:#?}") };
        assert_eq!(spec.missing, ["/usr/lib/x86_64-linux-gnu/libcuda.so.550.54.14"]);
        assert!(spec.path.ends_with("/etc/cdi/nvidia.yaml") && spec.written.is_some());
        let toolkit = look(root.path());
        assert!(toolkit.ctk.is_some() && toolkit.runtime.is_none());
    }
}
