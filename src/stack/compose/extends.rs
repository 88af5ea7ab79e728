//! `extends`: a service that starts from what another one says, in the same file or in another. It finds the other
//! service and merges; how a file is read is for the one who calls.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::files::absolute;
use super::merge::{self, Resets};
use super::profiles::one_of;
use super::suggest::without_space;
use super::{Kind, Map, Node, Place, Problem, Result};

/// No chain of services that extend each other is longer.
const LONGEST: usize = 128;

/// No more values than this come out of `extends` in one file, however often a large service is extended.
const LARGEST: usize = 1_000_000;

/// A file as far as services are extended from it.
#[derive(Debug)]
pub struct Base {
    /// The file.
    pub file: PathBuf,
    /// The directory to which the paths of its `extends` are relative.
    pub directory: PathBuf,
    /// Its services.
    pub services: Map,
    /// What it takes out of others.
    pub resets: Resets,
}

/// Reads a file that is extended from; the place is the one that names it.
pub type Read<'a> = dyn FnMut(&Path, &Place) -> Result<Base> + 'a;

/// Where the chain of services has been: the file, the service and the place that says `extends`.
type Trail = Vec<(PathBuf, String, Place)>;

struct Extender<'a, 'b> {
    read: &'a mut Read<'b>,
    files: HashMap<PathBuf, Rc<Base>>,
    done: HashMap<(PathBuf, String), Node>,
    /// How many values may still come.
    left: usize,
}

/// Merges into every service of a file what it extends.
///
/// # Errors
/// A service or a file is not there, or services extend each other in a circle.
pub fn apply(tree: &mut Node, file: &Path, directory: &Path, resets: &Resets, read: &mut Read) -> Result<()> {
    let mut extender = Extender { read, files: HashMap::new(), done: HashMap::new(), left: LARGEST };
    for section in ["services", "jobs"] {
        let Some(node) = tree.as_map_mut().and_then(|tree| tree.get_mut(section)) else { continue };
        let place = node.place.clone();
        let Kind::Map(services) = &mut node.kind else {
            let message = format!("`{section}` is {}, and a mapping is expected", node.kind_name());
            return Err(Problem::new(&place, message).hint("write the services under it, each with its name"));
        };
        let base = Base {
            file: file.to_path_buf(),
            directory: directory.to_path_buf(),
            services: std::mem::take(services),
            resets: resets.clone(),
        };
        let mut extended = Map::default();
        let names: Vec<String> = base.services.keys().map(str::to_owned).collect();
        extender.done.clear();
        for name in names {
            let service = extender.service(&name, &base, &mut Vec::new())?;
            let key = super::Key {
                place: base.services.place_of(&name).cloned().unwrap_or_else(Place::nowhere),
                name,
            };
            extended.put(key, service);
        }
        *services = extended;
    }
    Ok(())
}

impl Extender<'_, '_> {
    /// A service of a file with all that it extends.
    fn service(&mut self, name: &str, file: &Base, trail: &mut Trail) -> Result<Node> {
        let Some(written) = file.services.get(name) else { return Ok(Node::made(Kind::Null)) };
        let service = match &written.kind {
            Kind::Map(service) => service,
            Kind::Null => return Ok(written.clone()),
            _ => {
                let message =
                    format!("the service `{name}` is {}, and a mapping is expected", written.kind_name());
                let hint = written.as_str().and_then(without_space);
                let hint = hint.unwrap_or_else(|| "write what it runs under it: `image: …`".to_owned());
                return Err(Problem::new(&written.place, message).hint(hint));
            }
        };
        let Some(extends) = service.get("extends") else { return Ok(written.clone()) };
        let key = (file.file.clone(), name.to_owned());
        if let Some(done) = self.done.get(&key) {
            self.left = left(self.left, done, &extends.place)?;
            return Ok(done.clone());
        }
        if let Some(start) = trail.iter().position(|(file, service, _)| (file, service) == (&key.0, &key.1)) {
            return Err(circle(&trail[start..], name));
        }
        if trail.len() == LONGEST {
            return Err(Problem::new(
                &extends.place,
                format!("more than {LONGEST} services extend each other"),
            ));
        }
        trail.push((key.0.clone(), key.1.clone(), extends.place.clone()));
        let (other, from) = named(name, extends)?;
        let mut base = match from {
            Some(path) => {
                let from = self.file(&absolute(&file.directory, Path::new(path)), &extends.place)?;
                known(other, &from, extends)?;
                self.service(other, &from, trail)?
            }
            None => {
                known(other, file, extends)?;
                self.service(other, file, trail)?
            }
        };
        trail.pop();
        if base.is_null() {
            return Ok(written.clone());
        }
        file.resets.apply_within(&mut base, &["services", name]);
        let mut over = written.clone();
        if let Some(over) = over.as_map_mut() {
            over.remove("extends");
        }
        if let Some(base) = base.as_map_mut() {
            base.remove("extends");
        }
        let merged = merge::combine(base, over, &["services", name])?;
        self.left = left(self.left, &merged, &extends.place)?;
        self.done.insert(key, merged.clone());
        Ok(merged)
    }

    fn file(&mut self, path: &Path, place: &Place) -> Result<Rc<Base>> {
        if let Some(file) = self.files.get(path) {
            return Ok(Rc::clone(file));
        }
        let file = Rc::new((self.read)(path, place)?);
        self.files.insert(path.to_path_buf(), Rc::clone(&file));
        Ok(file)
    }
}

fn left(left: usize, node: &Node, place: &Place) -> Result<usize> {
    let too_many = || Problem::new(place, format!("more than {LARGEST} values come out of `extends`"));
    left.checked_sub(size(node)).ok_or_else(too_many)
}

fn size(node: &Node) -> usize {
    1 + match &node.kind {
        Kind::List(entries) => entries.iter().map(size).sum(),
        Kind::Map(map) => map.iter().map(|(_, value)| size(value)).sum(),
        _ => 0,
    }
}

/// The service that is extended and the file in which it is, where it is another.
fn named<'a>(name: &str, extends: &'a Node) -> Result<(&'a str, Option<&'a str>)> {
    let hint = "write the name of a service, or a mapping with `service` and `file`";
    match &extends.kind {
        Kind::Str(service) => Ok((service, None)),
        Kind::Map(map) => {
            let Some(service) = map.get("service").and_then(Node::as_str) else {
                let message = format!("`extends` of the service `{name}` does not say which `service`");
                return Err(Problem::new(&extends.place, message).hint(hint));
            };
            match map.get("file") {
                None | Some(Node { kind: Kind::Null, .. }) => Ok((service, None)),
                Some(file) => match file.as_str() {
                    Some(path) => Ok((service, Some(path))),
                    None => {
                        let message =
                            format!("`extends.file` of the service `{name}` is {}", file.kind_name());
                        Err(Problem::new(&file.place, message).hint("write the path of a compose file"))
                    }
                },
            }
        }
        _ => {
            let message = format!("`extends` of the service `{name}` is {}", extends.kind_name());
            Err(Problem::new(&extends.place, message).hint(hint))
        }
    }
}

fn known(service: &str, file: &Base, extends: &Node) -> Result<()> {
    if file.services.has(service) {
        return Ok(());
    }
    let place = extends
        .as_map()
        .and_then(|extends| extends.get("service"))
        .map_or(&extends.place, |node| &node.place);
    let problem =
        Problem::new(place, format!("there is no service `{service}` in `{}`", file.file.display()));
    Err(match one_of(service, &file.services) {
        Some(hint) => problem.hint(hint),
        None => problem,
    })
}

fn circle(trail: &[(PathBuf, String, Place)], name: &str) -> Problem {
    let mut names: Vec<String> = trail.iter().map(|(_, service, _)| format!("`{service}`")).collect();
    names.push(format!("`{name}`"));
    let place = trail.first().map_or_else(Place::nowhere, |(_, _, place)| place.clone());
    Problem::new(&place, format!("services extend each other in a circle: {}", names.join(" extends ")))
        .hint("take out one `extends`")
}

#[cfg(test)]
mod tests;
