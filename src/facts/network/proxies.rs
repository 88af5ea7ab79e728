//! The variables that name a proxy, wherever a program of this product or the container engine would take them
//! from. What stands before the `@` of a URL is left out: it may be a password.

use std::fs;

use serde::{Deserialize, Serialize};

use super::text;
use crate::facts::snapshot::Asked;

/// The variables, in lower case.
const NAMES: [&str; 4] = ["http_proxy", "https_proxy", "all_proxy", "no_proxy"];

/// One variable that is set somewhere.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Proxy {
    /// Where it is set: `environment`, or a file.
    pub place: String,
    /// Its name, as it is written.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Every one that is set.
pub(super) fn find(asked: &Asked) -> Vec<Proxy> {
    let mut found: Vec<Proxy> = asked
        .environment
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| proxy("environment", name, value))
        .collect();
    let mut read = |path: &str, shown: &str| {
        let text = text(&asked.at(path)).known().cloned().unwrap_or_default();
        found.extend(text.lines().flat_map(assignments).filter_map(|(n, v)| proxy(shown, &n, &v)));
    };
    read("/etc/environment", "/etc/environment");
    for unit in ["tars", "docker", "ollama"] {
        let folder = format!("/etc/systemd/system/{unit}.service.d");
        let mut files: Vec<_> = fs::read_dir(asked.at(&folder)).into_iter().flatten().flatten().collect();
        files.sort_by_key(fs::DirEntry::file_name);
        for file in files {
            let path = format!("{folder}/{}", file.file_name().to_string_lossy());
            read(&path, &path);
        }
    }
    found
}

fn proxy(place: &str, name: &str, value: &str) -> Option<Proxy> {
    let known = NAMES.contains(&name.to_lowercase().as_str());
    known.then(|| Proxy { place: place.into(), name: name.into(), value: without_user(value) })
}

fn without_user(value: &str) -> String {
    match value.rfind('@') {
        Some(at) => format!("…{}", &value[at..]),
        None => value.to_string(),
    }
}

/// The assignments of one line: `A=b`, `export A=b`, or `Environment="A=b" "C=d"` of a unit.
fn assignments(line: &str) -> Vec<(String, String)> {
    let line = line.trim();
    if line.starts_with('#') {
        return Vec::new();
    }
    let line = line.strip_prefix("export ").unwrap_or(line);
    let clean = |text: &str| text.trim().trim_matches(['"', '\'']).to_string();
    if let Some(list) = line.strip_prefix("Environment=") {
        let split = |word: &str| clean(word).split_once('=').map(|(name, value)| (name.into(), clean(value)));
        return list.split_whitespace().filter_map(split).collect();
    }
    line.split_once('=').map(|(name, value)| (clean(name), clean(value))).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::snapshot::testing;

    #[test]
    fn from_everywhere_and_without_passwords() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write(
            "etc/environment",
            "# HTTP_PROXY=no\nPATH=\"/bin\"\nhttp_proxy=\"http://ann:x@y@proxy:3128\"\n",
        );
        write(
            "etc/systemd/system/docker.service.d/proxy.conf",
            "[Service]\nEnvironment=\"HTTPS_PROXY=http://proxy:3128\" \"NO_PROXY=localhost,127.0.0.1\"\n=\nEnvironment=\n",
        );
        let mut asked = testing(root.path());
        asked.environment =
            vec![("ALL_PROXY".into(), "socks5://p".into()), ("HTTP_PROXY".into(), String::new())];
        let shown: Vec<String> =
            find(&asked).iter().map(|p| format!("{} {} {}", p.place, p.name, p.value)).collect();
        let docker = "/etc/systemd/system/docker.service.d/proxy.conf";
        assert_eq!(
            shown,
            [
                "environment ALL_PROXY socks5://p".to_string(),
                "/etc/environment http_proxy …@proxy:3128".into(),
                format!("{docker} HTTPS_PROXY http://proxy:3128"),
                format!("{docker} NO_PROXY localhost,127.0.0.1"),
            ]
        );
    }
}
