//! Relative paths of a tree in the long form, made absolute: they start at the directory of the file that says them, a
//! `~` is the home directory. Nothing is looked up in the file system but the links in a watched path.

use std::path::Path;

use super::{Kind, Map, Node, Problem, Result};

/// Makes relative paths absolute.
///
/// # Errors
/// A bind mount has no source.
pub fn resolve(tree: &mut Node, directory: &Path, home: Option<&Path>) -> Result<()> {
    let base = Base { directory, home };
    let Some(project) = tree.as_map_mut() else { return Ok(()) };
    for service in entries(project, "services") {
        base.service(service)?;
    }
    for job in entries(project, "jobs") {
        base.service(job)?;
    }
    for kind in ["configs", "secrets"] {
        entries(project, kind).for_each(|entry| base.file(entry.get_mut("file")));
    }
    entries(project, "volumes").for_each(|volume| base.volume(volume));
    for include in items(project, "include").filter_map(Node::as_map_mut) {
        for key in ["path", "project_directory", "env_file"] {
            base.path(include.get_mut(key));
            items(include, key).for_each(|path| base.path(Some(path)));
        }
    }
    Ok(())
}

/// The mappings under the names of a mapping.
fn entries<'a>(map: &'a mut Map, key: &str) -> impl Iterator<Item = &'a mut Map> {
    map.get_mut(key)
        .and_then(Node::as_map_mut)
        .into_iter()
        .flat_map(Map::iter_mut)
        .filter_map(|(_, node)| node.as_map_mut())
}

/// The elements of a list.
fn items<'a>(map: &'a mut Map, key: &str) -> impl Iterator<Item = &'a mut Node> {
    let list = match map.get_mut(key).map(|node| &mut node.kind) {
        Some(Kind::List(list)) => Some(list),
        _ => None,
    };
    list.into_iter().flatten()
}

struct Base<'a> {
    directory: &'a Path,
    home: Option<&'a Path>,
}

impl Base<'_> {
    fn service(&self, service: &mut Map) -> Result<()> {
        if let Some(build) = service.get_mut("build").and_then(Node::as_map_mut) {
            self.context(build.get_mut("context"));
            for key in ["additional_contexts", "ssh"] {
                let Some(map) = build.get_mut(key).and_then(Node::as_map_mut) else { continue };
                for (_, value) in map.iter_mut() {
                    if key == "ssh" { self.file(Some(value)) } else { self.context(Some(value)) }
                }
            }
        }
        for file in items(service, "env_file").filter_map(Node::as_map_mut) {
            self.path(file.get_mut("path"));
        }
        items(service, "label_file").for_each(|file| self.path(Some(file)));
        if let Some(extends) = service.get_mut("extends").and_then(Node::as_map_mut) {
            self.path(extends.get_mut("file"));
        }
        if let Some(develop) = service.get_mut("develop").and_then(Node::as_map_mut) {
            for watch in items(develop, "watch").filter_map(Node::as_map_mut) {
                self.path(watch.get_mut("path"));
                if let Some(Kind::Str(path)) = watch.get_mut("path").map(|node| &mut node.kind) {
                    *path = without_links(path);
                }
            }
        }
        for mount in items(service, "volumes") {
            let place = mount.place.clone();
            let Some(mount) = mount.as_map_mut() else { continue };
            if mount.get("type").and_then(Node::as_str) != Some("bind") {
                continue;
            }
            if !mount.has("source") {
                return Err(Problem::new(&place, "a bind mount has no `source`")
                    .hint("say which file or directory of the host it is: `source: ./path`"));
            }
            self.file(mount.get_mut("source"));
        }
        for hook in items(service, "pre_start").filter_map(Node::as_map_mut) {
            self.service(hook)?;
        }
        Ok(())
    }

    /// A volume of the local driver that is a bind mount: its device is a path.
    fn volume(&self, volume: &mut Map) {
        if volume.get("driver").and_then(Node::as_str) != Some("local") {
            return;
        }
        let Some(options) = volume.get_mut("driver_opts").and_then(Node::as_map_mut) else { return };
        if options.get("o").and_then(Node::as_str) == Some("bind") {
            self.file(options.get_mut("device"));
        }
    }

    /// What a build is made of: it may be at a URL or in another service.
    fn context(&self, node: Option<&mut Node>) {
        let elsewhere = |text: &str| {
            text.contains("://")
                || ["service:", "github.com/", "git@"].iter().any(|start| text.starts_with(start))
        };
        // An empty context is none.
        if let Some(node) =
            node.filter(|node| !node.as_str().is_none_or(|text| text.is_empty() || elsewhere(text)))
        {
            self.path(Some(node));
        }
    }

    /// A file of the host: a path of Windows is absolute too.
    fn file(&self, node: Option<&mut Node>) {
        if let Some(node) = node.filter(|node| !node.as_str().is_some_and(is_windows)) {
            self.path(Some(node));
        }
    }

    fn path(&self, node: Option<&mut Node>) {
        let Some(Kind::Str(path)) = node.map(|node| &mut node.kind) else { return };
        if let Some(rest) = path.strip_prefix('~')
            && let Some(home) = self.home
        {
            *path = join(home, rest);
        } else if !path.starts_with('/') {
            *path = join(self.directory, path);
        }
    }
}

fn join(base: &Path, rest: &str) -> String {
    clean(&format!("{}/{rest}", base.display()))
}

/// `C:\…`, `C:/…`, and what begins with two backslashes.
fn is_windows(path: &str) -> bool {
    let bytes = path.as_bytes();
    path.starts_with("\\\\")
        || (bytes.len() > 2
            && bytes[0].is_ascii_alphabetic()
            && bytes[1] == b':'
            && matches!(bytes[2], b'\\' | b'/'))
}

/// A path without `.`, without `..` where something stands before it, and without doubled slashes.
#[must_use]
pub fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            _ => parts.push(part),
        }
    }
    match (rooted, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".into(),
        (false, false) => parts.join("/"),
    }
}

/// A path in which the first part that is a link is followed.
fn without_links(path: &str) -> String {
    let link = Path::new(path)
        .ancestors()
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .find(|part| part.symlink_metadata().is_ok_and(|found| found.file_type().is_symlink()));
    let Some(link) = link else { return path.into() };
    match (link.canonicalize(), Path::new(path).strip_prefix(link)) {
        (Ok(target), Ok(rest)) => target.join(rest).display().to_string(),
        _ => path.into(),
    }
}

#[cfg(test)]
mod tests;
