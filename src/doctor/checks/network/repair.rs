//! Adding what `/etc/hosts` lacks: a line of its own at the end, everything else kept.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use secrecy::ExposeSecret;

use crate::doctor::check::Repair;
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::files;

/// `127.0.0.1 localhost`
pub fn add_localhost(_: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    add(repair, "127.0.0.1", "localhost")
}

/// `127.0.1.1` and the machine's own name, as Debian writes it.
pub fn add_own_name(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let name = facts.network.name.known().map(String::as_str).unwrap_or_default();
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '.';
    if name.is_empty() || !name.chars().all(plain) {
        return Err(Failure::environment(format!("`{name}` is no name for a machine")));
    }
    add(repair, "127.0.1.1", name)
}

fn add(repair: &Repair<'_>, address: &str, name: &str) -> Result<Vec<Action>> {
    let path = repair.asked.at("/etc/hosts");
    if path.is_symlink() || is_mount(&path) {
        return Err(Failure::environment(format!("`{}` is not an ordinary file here", path.display()))
            .hint(format!("whatever makes it has to add `{address} {name}`")));
    }
    let path = repair.place(&path);
    let text = repair.text(&path)?.map(|text| text.expose_secret().to_string()).unwrap_or_default();
    let Some(text) = with_line(&text, address, name) else { return Ok(Vec::new()) };
    let mode = std::fs::metadata(&path).map_or(files::PUBLIC, |found| found.permissions().mode() & 0o7777);
    Ok(vec![Action::WriteFile { path, mode, content: Content::Text(text) }])
}

/// A container has its hosts file mounted: it cannot be replaced.
fn is_mount(path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let device = |path: &Path| std::fs::metadata(path).map(|found| found.dev()).ok();
    path.parent().is_some_and(|folder| path.exists() && device(folder) != device(path))
}

/// The text with that line at its end; none where it is there already.
fn with_line(text: &str, address: &str, name: &str) -> Option<String> {
    let there = |line: &str| {
        let mut words = line.split('#').next().unwrap_or_default().split_whitespace();
        words.next() == Some(address) && words.any(|word| word == name)
    };
    if text.lines().any(there) {
        return None;
    }
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    Some(format!("{text}{end}{address}\t{name}\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_added_once_and_nothing_else_changes() {
        let text = "# mine\n::1 localhost\n#127.0.0.1 localhost";
        let with = with_line(text, "127.0.0.1", "localhost").unwrap();
        assert_eq!(with, format!("{text}\n127.0.0.1\tlocalhost\n"));
        assert_eq!(with_line(&with, "127.0.0.1", "localhost"), None);
        assert_eq!(with_line("", "127.0.1.1", "shelf").unwrap(), "127.0.1.1\tshelf\n");
    }
}
