//! `include`: what it says, and what happens to the model that comes out of it. The included files are loaded like a
//! project of their own, with their own directory and variables; that is done by `load`.

use std::path::{Path, PathBuf};

use super::discover::env_file_of;
use super::files::absolute;
use super::merge::{self, Resets};
use super::{Kind, Map, Node, Place, Problem, Result};

/// One entry of `include`.
#[derive(Debug, PartialEq)]
pub struct Include {
    /// The files, the later ones over the first; none where it names none.
    pub files: Vec<PathBuf>,
    /// Where the included project looks for other files.
    pub project: PathBuf,
    /// What the paths of the included project are relative to.
    pub directory: PathBuf,
    /// The files with its variables.
    pub env_files: Vec<PathBuf>,
    /// Where it was written.
    pub place: Place,
}

/// Takes `include` out of a file.
///
/// # Errors
/// It is not written as a list of paths or of mappings with a `path`, or a file with variables is not there.
pub fn take(tree: &mut Node, project: &Path, directory: &Path) -> Result<Vec<Include>> {
    let Some(include) = tree.as_map_mut().and_then(|tree| tree.remove("include")) else {
        return Ok(Vec::new());
    };
    match include.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::List(entries) => entries.iter().map(|entry| read(entry, project, directory)).collect(),
        _ => Err(Problem::new(
            &include.place,
            format!("`include` is {}, and a list is expected", include.kind_name()),
        )
        .hint("write `- ` before the path")),
    }
}

fn read(entry: &Node, project: &Path, directory: &Path) -> Result<Include> {
    let empty = Map::default();
    let map = entry.as_map().unwrap_or(&empty);
    let paths = match &entry.kind {
        Kind::Map(map) => texts(map.get("path"))?,
        _ => texts(Some(entry))?,
    };
    let files: Vec<PathBuf> = paths.iter().map(|path| absolute(project, Path::new(path))).collect();
    let said = texts(map.get("project_directory"))?.pop().filter(|directory| !directory.is_empty());
    let of_file = files.first().and_then(|file| file.parent()).unwrap_or(project).to_path_buf();
    let included = said.as_ref().map_or_else(|| of_file.clone(), |said| absolute(directory, Path::new(said)));
    // A directory that is not there stands for the one above it, as Docker Compose has it.
    let relative_to = match said {
        Some(_) if !included.is_dir() => included.parent().unwrap_or(&included).to_path_buf(),
        _ => included.clone(),
    };
    let mut env_files = Vec::new();
    let named = texts(map.get("env_file"))?;
    for file in named.iter().filter(|file| *file != "/dev/null") {
        let path = absolute(directory, Path::new(file));
        if !path.is_file() {
            let message = format!("there is no file with variables `{}`", path.display());
            return Err(Problem::new(&map.get("env_file").unwrap_or(entry).place, message));
        }
        env_files.push(path);
    }
    if named.is_empty() {
        env_files.extend(env_file_of(&included));
    }
    Ok(Include { files, project: included, directory: relative_to, env_files, place: entry.place.clone() })
}

fn texts(node: Option<&Node>) -> Result<Vec<String>> {
    let Some(node) = node else { return Ok(Vec::new()) };
    let text = |node: &Node| {
        let message = format!("a path in `include` is {}, and a text is expected", node.kind_name());
        node.as_str().map(str::to_owned).ok_or_else(|| Problem::new(&node.place, message))
    };
    match &node.kind {
        Kind::Null => Ok(Vec::new()),
        Kind::List(entries) => entries.iter().map(text).collect(),
        _ => Ok(vec![text(node)?]),
    }
}

/// Puts the resources of an included model into the file that includes it. What both declare is merged, the including
/// file over the included one. The name and the extensions of the included model are left behind.
///
/// # Errors
/// Both declare the same thing in forms that cannot be merged.
pub fn import(mut included: Node, tree: &mut Node, resets: &Resets) -> Result<()> {
    let (Some(included), Some(tree)) = (included.as_map_mut(), tree.as_map_mut()) else { return Ok(()) };
    for section in ["services", "jobs", "volumes", "networks", "secrets", "configs", "models"] {
        let Some(Node { kind: Kind::Map(resources), place, .. }) = included.remove(section) else { continue };
        if !tree.has(section) {
            tree.set(section, Node::new(Kind::Map(Map::default()), place));
        }
        let Some(target) = tree.get_mut(section) else { continue };
        let (place, what) = (target.place.clone(), target.kind_name());
        let Some(target) = target.as_map_mut() else {
            return Err(Problem::new(&place, format!("`{section}` is {what}, and a mapping is expected"))
                .hint("take it out, or write what it declares"));
        };
        for (key, mut resource) in resources {
            match target.get_mut(&key.name) {
                None => drop(target.put(key, resource)),
                Some(own) if *own == resource => {}
                Some(own) => {
                    let path = [section, key.name.as_str()];
                    resets.apply_within(&mut resource, &path);
                    let over = std::mem::replace(own, Node::made(Kind::Null));
                    *own = merge::combine(resource, over, &path)?;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
