//! NVIDIA's driver in its parts, which come from different packages and can differ: the kernel module that
//! runs, the one that the next start of the machine would load, the libraries that programs load, and the
//! device nodes that join them.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{is_version, module_file};
use crate::facts::Fact;

/// Where distributions and NVIDIA's installer put the libraries.
const LIBRARY_DIRECTORIES: [&str; 8] = [
    "usr/lib/x86_64-linux-gnu",
    "usr/lib/aarch64-linux-gnu",
    "usr/lib/x86_64-linux-gnu/nvidia/current",
    "usr/lib/aarch64-linux-gnu/nvidia/current",
    "usr/lib64",
    "usr/lib",
    "usr/local/lib",
    "usr/local/nvidia/lib64",
];
/// The library that manages cards and the one that computes on them, by the names that programs load.
const LIBRARIES: [&str; 2] = ["libnvidia-ml.so.1", "libcuda.so.1"];

/// NVIDIA's kernel module.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Module {
    /// The version of the one that runs; none where none does.
    pub running: Option<String>,
    /// The versions of those on the disk for the running kernel.
    pub on_disk: Fact<Vec<String>>,
    /// The running kernel.
    pub kernel: String,
}

/// A library of the driver.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Library {
    /// The name that programs load.
    pub name: String,
    /// The file.
    pub path: String,
    /// The version in the file's name.
    pub version: Option<String>,
}

/// A device node of the driver.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Node {
    /// Its path.
    pub path: String,
    /// Its permission bits.
    pub mode: u32,
}

/// Looks at the module.
pub(super) fn module(root: &Path) -> Module {
    let text =
        |path: &str| fs::read(root.join(path)).map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    let running = text("proc/driver/nvidia/version").ok().and_then(|text| running(&text));
    let running = running.or_else(|| {
        let version = text("sys/module/nvidia/version").ok()?;
        Some(version.trim().to_string()).filter(|version| is_version(version))
    });
    let kernel = text("proc/sys/kernel/osrelease").unwrap_or_default().trim().to_string();
    let on_disk = module_file::versions(&root.join("lib/modules").join(&kernel));
    Module { running, on_disk, kernel }
}

/// The version in `/proc/driver/nvidia/version`; closed and open modules word that line differently.
fn running(text: &str) -> Option<String> {
    let line = text.lines().find(|line| line.starts_with("NVRM version:"))?;
    line.split_ascii_whitespace().find(|word| is_version(word)).map(String::from)
}

/// Finds the libraries.
pub(super) fn libraries(root: &Path) -> Vec<Library> {
    let mut found: Vec<Library> = Vec::new();
    for directory in LIBRARY_DIRECTORIES.map(|directory| root.join(directory)) {
        for name in LIBRARIES {
            // The name is a link to the file that carries the version in its own name.
            let Ok(file) = fs::canonicalize(directory.join(name)) else { continue };
            let path = file.to_string_lossy().into_owned();
            if found.iter().any(|library| library.path == path) {
                continue;
            }
            let version = path.rsplit_once(".so.").map(|(_, version)| version.to_string());
            found.push(Library {
                name: name.to_string(),
                version: version.filter(|version| is_version(version)),
                path,
            });
        }
    }
    found
}

/// Finds the device nodes.
pub(super) fn nodes(root: &Path) -> Fact<Vec<Node>> {
    let entries = match fs::read_dir(root.join("dev")) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Fact::Known(Vec::new()),
        Err(error) => return Fact::Unknown(error.to_string()),
    };
    let node = |entry: fs::DirEntry| {
        let name = entry.file_name().to_string_lossy().into_owned();
        let attributes = entry.metadata().ok().filter(|found| !found.is_dir())?;
        let path = format!("/dev/{name}");
        name.starts_with("nvidia").then(|| Node { path, mode: attributes.permissions().mode() & 0o7777 })
    };
    let mut nodes: Vec<_> = entries.flatten().filter_map(node).collect();
    nodes.sort_by(|one, other| one.path.cmp(&other.path));
    Fact::Known(nodes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::symlink;

    #[test]
    fn the_running_version_is_read_from_both_kinds_of_module() {
        let closed = "NVRM version: NVIDIA UNIX x86_64 Kernel Module  550.54.14  Thu Feb 22 01:44:30 UTC 2024\nGCC version:  gcc version 12.2.0 (Debian 12.2.0-14)\n";
        let open =
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  535.104.05  Release Build  (root@x)\n";
        for (text, version) in [
            (closed, Some("550.54.14")),
            (open, Some("535.104.05")),
            ("GCC version: 12.2.0\n", None),
            ("NVRM version: \u{fffd}", None),
            ("", None),
        ] {
            assert_eq!(running(text).as_deref(), version, "{text}");
        }
    }

    #[test]
    fn a_library_has_the_version_of_the_file_that_its_name_leads_to() {
        let root = tempfile::tempdir().unwrap();
        let directory = root.path().join("usr/lib/x86_64-linux-gnu");
        fs::create_dir_all(&directory).unwrap();
        assert_eq!(libraries(root.path()), []);
        for (file, link) in
            [("libnvidia-ml.so.550.54.14", "libnvidia-ml.so.1"), ("libcuda.so.535.183.01", "libcuda.so.1")]
        {
            fs::write(directory.join(file), "").unwrap();
            symlink(file, directory.join(link)).unwrap();
        }
        let versions: Vec<_> = libraries(root.path()).into_iter().map(|found| found.version).collect();
        assert_eq!(versions, [Some("550.54.14".to_string()), Some("535.183.01".to_string())]);
        fs::remove_file(directory.join("libcuda.so.1")).unwrap();
        fs::write(directory.join("libcuda.so.1"), "").unwrap();
        assert_eq!(libraries(root.path())[1].version, None, "a name that carries none");
    }

    #[test]
    fn nodes_and_the_module_are_looked_for_below_the_root() {
        let root = tempfile::tempdir().unwrap();
        assert_eq!(nodes(root.path()), Fact::Known(Vec::new()));
        for (path, text) in [
            ("dev/nvidia0", ""),
            ("dev/null", ""),
            ("sys/module/nvidia/version", "550.54.14\n"),
            ("proc/sys/kernel/osrelease", "6.1.0-21-amd64\n"),
        ] {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        assert_eq!(nodes(root.path()).known().unwrap()[0].path, "/dev/nvidia0");
        let module = module(root.path());
        assert_eq!((module.running.as_deref(), module.on_disk), (Some("550.54.14"), Fact::Known(Vec::new())));
        assert_eq!(module.kernel, "6.1.0-21-amd64");
    }
}
