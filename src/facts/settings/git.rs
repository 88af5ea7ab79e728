//! Whether the secrets could end up in a version control: the configuration directory lies in a git work tree, and
//! `tars.env` is tracked, or no rule ignores it. It reads git's own files and starts no program.

use std::path::Path;

use globset::GlobBuilder;
use memchr::memmem;
use serde::{Deserialize, Serialize};

/// Indexes that are larger are not searched.
const LARGEST: u64 = 64 << 20;

/// The version control around the configuration directory.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Git {
    /// The work tree that the configuration directory is in.
    pub tree: Option<String>,
    /// Names of secret files that are tracked.
    pub tracked: Vec<String>,
    /// Names of secret files that no rule ignores.
    pub exposed: Vec<String>,
}

/// Looks for a work tree around a directory.
pub(super) fn look(config: &Path) -> Git {
    let Some(tree) = config.ancestors().find(|path| path.join(".git").exists()) else {
        return Git::default();
    };
    let mut git = Git { tree: Some(tree.to_string_lossy().into_owned()), ..Git::default() };
    let inside = config.strip_prefix(tree).unwrap_or(Path::new(""));
    let index = std::fs::metadata(tree.join(".git/index"))
        .ok()
        .filter(|index| index.len() <= LARGEST)
        .and_then(|_| std::fs::read(tree.join(".git/index")).ok())
        .unwrap_or_default();
    for name in ["tars.env", "admin-password"] {
        let path = inside.join(name);
        if is_tracked(&index, &path.to_string_lossy()) {
            git.tracked.push(name.into());
        } else if !is_ignored(tree, &path) {
            git.exposed.push(name.into());
        }
    }
    git
}

/// Whether an index has an entry of this path (gitformat-index(5), versions 2 and 3: whole names, each ended by
/// NUL, after the 20 bytes of the object's name and two bytes of flags that say how long the name is).
fn is_tracked(index: &[u8], path: &str) -> bool {
    let mut needle = u16::try_from(path.len()).unwrap_or(0xfff).min(0xfff).to_be_bytes().to_vec();
    needle.extend_from_slice(path.as_bytes());
    needle.push(0);
    // The upper four bits are flags: the lower byte and the name are enough to tell.
    memmem::find(index, &needle[1..]).is_some()
}

/// Whether the last rule that speaks of a path ignores it (gitignore(5)).
fn is_ignored(tree: &Path, path: &Path) -> bool {
    let mut ignored = false;
    let mut apply = |rules: &str, relative: &Path| {
        for rule in rules.lines() {
            let (rule, wanted) =
                rule.trim_end().strip_prefix('!').map_or((rule.trim_end(), true), |r| (r, false));
            if !rule.is_empty() && !rule.starts_with('#') && matches(rule, relative) {
                ignored = wanted;
            }
        }
    };
    let read = |file: &Path| String::from_utf8_lossy(&std::fs::read(file).unwrap_or_default()).into_owned();
    apply(&read(&tree.join(".git/info/exclude")), path);
    let mut folder = tree.to_path_buf();
    let mut parts = path.iter();
    loop {
        let relative = parts.as_path().to_path_buf();
        let Some(part) = parts.next() else { break };
        apply(&read(&folder.join(".gitignore")), &relative);
        folder.push(part);
    }
    ignored
}

/// Whether one rule names a path or a directory that it is in.
fn matches(rule: &str, path: &Path) -> bool {
    let anchored = rule.trim_end_matches('/').contains('/');
    let rule = rule.trim_end_matches('/').trim_start_matches('/');
    let Ok(glob) = GlobBuilder::new(rule).literal_separator(true).build() else { return false };
    let glob = glob.compile_matcher();
    let named = |part: &Path| match anchored {
        true => glob.is_match(part),
        false => part.file_name().is_some_and(|name| glob.is_match(name)),
    };
    path.ancestors().filter(|part| !part.as_os_str().is_empty()).any(named)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules() {
        let path = Path::new("conf/tars/tars.env");
        for rule in
            ["tars.env", "*.env", "/conf/tars/tars.env", "conf/", "tars/", "conf/*/tars.env", "**/tars.env"]
        {
            assert!(matches(rule, path), "{rule}");
        }
        for rule in ["env", "/tars.env", "tars.toml", "other/", "[", "conf/tars.env"] {
            assert!(!matches(rule, path), "{rule}");
        }
    }

    #[test]
    fn a_file_is_tracked_ignored_or_exposed() {
        let dir = tempfile::tempdir().unwrap();
        let config = dir.path().join("conf/tars");
        std::fs::create_dir_all(&config).unwrap();
        assert_eq!(look(&config).tree, None);
        std::fs::create_dir_all(dir.path().join(".git")).unwrap();
        assert_eq!(look(&config).exposed, ["tars.env", "admin-password"]);
        std::fs::write(dir.path().join(".gitignore"), "*.env\n").unwrap();
        assert_eq!(look(&config).exposed, ["admin-password"]);
        std::fs::write(config.join(".gitignore"), "# mine\nadmin-password\n!tars.env\n").unwrap();
        assert_eq!(look(&config).exposed, ["tars.env"]);
        let entry = b"DIRC....objectname\x00\x12conf/tars/tars.env\x00\x00";
        std::fs::write(dir.path().join(".git/index"), entry).unwrap();
        assert_eq!(look(&config).tracked, ["tars.env"]);
        let other = b"DIRC....objectname\x00\x17more/conf/tars/tars.env\x00\x00";
        std::fs::write(dir.path().join(".git/index"), other).unwrap();
        assert!(look(&config).tracked.is_empty());
    }
}
