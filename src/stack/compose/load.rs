//! Compose files to one resolved project: every step of the loader in the order in which Docker Compose takes them.
//! What a step does is in its own file; here is only what comes after what, and which files are read.

mod services;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::discover::{self, Found};
use super::files::{is_stdin, read_text, start_of};
use super::merge::{self, Resets};
use super::project::{Environment, Options, Project};
use super::{Kind, Map, Node, Place, Problem, Result};
use super::{
    canonical, cast, checks, extends, include, interpolate, normalize, paths, profiles, schema, yaml,
};

/// No file is included through more files than this.
const DEEPEST: usize = 128;

/// Loads the project that the options name.
///
/// # Errors
/// The first thing that is wrong, with the place where it was written.
pub fn load(options: &Options) -> Result<Project> {
    let mut warnings = Warnings::default();
    let mut found = discover::discover(options, &mut |warning| warnings.add(warning))?;
    let texts = found.files.iter().map(|file| text_of(file, options)).collect::<Result<Vec<_>>>()?;
    let sources = found
        .files
        .iter()
        .zip(&texts)
        .map(|(file, text)| Ok((file.clone(), yaml::parse(text, file)?)))
        .collect::<Result<Vec<_>>>()?;

    let name = discover::project_name(options, &found, name_of_files(&sources, &found)?.as_deref())?;
    found.environment.insert("COMPOSE_PROJECT_NAME".into(), name.clone());
    let home = found.environment.get("HOME").map(PathBuf::from);
    let scope = Scope {
        project: found.directory.clone(),
        directory: found.directory.clone(),
        environment: Rc::new(found.environment.clone()),
        trail: Vec::new(),
    };
    let mut loader = Loader { home, warnings, included: BTreeMap::new() };
    let mut tree = loader.model(sources, &scope)?;
    if tree.as_map().is_none_or(Map::is_empty) {
        return Err(Problem::new(
            &start_of(&found.files[0]),
            format!("`{}` says nothing", found.files[0].display()),
        )
        .hint("write `services:` and what they run"));
    }
    normalize::resolve_environment(&mut tree, scope.lookup());
    normalize::normalize(&mut tree, &name)?;
    let declared = service_names(&tree);
    finish(&mut tree, options, &found)?;
    let left = service_names(&tree);
    Ok(Project {
        name,
        directory: found.directory,
        files: found.files,
        env_files: discover::named_env_files(options, &options.environment),
        tree,
        disabled: declared.difference(&left).cloned().collect(),
        environment: found.environment,
        warnings: loader.warnings.list,
    })
}

fn service_names(tree: &Node) -> BTreeSet<String> {
    let services = tree.as_map().and_then(|tree| tree.get("services")).and_then(Node::as_map);
    services.into_iter().flat_map(Map::keys).map(str::to_owned).collect()
}

/// From the whole model to what is wanted of it.
fn finish(tree: &mut Node, options: &Options, found: &Found) -> Result<()> {
    let active = discover::profiles(options, &found.environment);
    checks::check(tree, &profiles::inactive(tree, &active))?;
    profiles::apply(tree, &active, &options.services)?;
    services::read_files(tree, &found.environment)?;
    profiles::select(tree, &options.services)?;
    if !options.all_resources {
        normalize::drop_unused(tree);
    }
    Ok(())
}

/// What is not wrong, each thing once.
#[derive(Default)]
struct Warnings {
    list: Vec<Problem>,
    said: BTreeSet<String>,
}

impl Warnings {
    fn add(&mut self, warning: Problem) {
        if self.said.insert(warning.message.clone()) {
            self.list.push(warning);
        }
    }
}

/// What surrounds a file: a project, or one that is included.
struct Scope {
    /// Where other files are looked for.
    project: PathBuf,
    /// What paths are relative to.
    directory: PathBuf,
    environment: Rc<Environment>,
    /// The files through which this one is included.
    trail: Vec<PathBuf>,
}

impl Scope {
    fn lookup(&self) -> impl Fn(&str) -> Option<String> {
        let environment = Rc::clone(&self.environment);
        move |name| environment.get(name).cloned()
    }
}

/// The same files are included in the same way.
type IncludeKey = (Vec<PathBuf>, PathBuf, PathBuf, Rc<Environment>);

struct Loader {
    home: Option<PathBuf>,
    warnings: Warnings,
    included: BTreeMap<IncludeKey, Node>,
}

impl Loader {
    /// The model of some files, each over the one before it.
    fn model(&mut self, sources: Vec<(PathBuf, Vec<Node>)>, scope: &Scope) -> Result<Node> {
        let mut tree = Node::made(Kind::Map(Map::default()));
        for (file, documents) in sources {
            for document in documents {
                tree = self.document(tree, document, &file, scope)?;
            }
        }
        checks::parts(&tree)?;
        paths::resolve(&mut tree, &scope.directory, self.home.as_deref())?;
        Ok(tree)
    }

    /// A document over the documents before it.
    fn document(&mut self, mut tree: Node, mut document: Node, file: &Path, scope: &Scope) -> Result<Node> {
        let resets = self.evaluate(&mut document, scope)?;
        self.include(&mut document, file, &resets, scope)?;
        resets.apply(&mut tree);
        extends::apply(&mut document, file, &scope.project, &resets, &mut |path, place| {
            self.base(path, place, scope)
        })?;
        let mut tree = merge::combine(tree, document, &[])?;
        merge::unique(&mut tree)?;
        schema::check(&tree)?;
        if let Some(version) = tree.as_map_mut().and_then(|tree| tree.remove("version")) {
            let message = format!("`version` in `{}` is obsolete and ignored", file.display());
            self.warnings.add(Problem::new(&version.place, message).hint("take it out"));
        }
        let mut tree = canonical::canonical(tree)?;
        merge::said_once(&mut tree);
        merge::unique(&mut tree)?;
        Ok(tree)
    }

    /// A document with its variables filled in, and the places at which it takes out what is said elsewhere.
    fn evaluate(&mut self, document: &mut Node, scope: &Scope) -> Result<Resets> {
        if document.as_map().is_none() {
            let message = format!("a compose file is a mapping, and this is {}", document.kind_name());
            return Err(
                Problem::new(&document.place, message).hint("write `services:` at the beginning of a line")
            );
        }
        interpolate::interpolate(document, &scope.lookup(), &mut |warning| self.warnings.add(warning))?;
        cast::cast(document)?;
        services::fill_lists(document, &scope.environment);
        Ok(Resets::take(document))
    }

    fn include(&mut self, document: &mut Node, file: &Path, resets: &Resets, scope: &Scope) -> Result<()> {
        for include in include::take(document, &scope.project, &scope.directory)? {
            let Some(first) = include.files.first() else { continue };
            let mut trail = scope.trail.clone();
            trail.push(file.to_path_buf());
            if trail.contains(first) {
                trail.push(first.clone());
                let names: Vec<String> = trail.iter().map(|file| format!("`{}`", file.display())).collect();
                let message = format!("files include each other in a circle: {}", names.join(" includes "));
                return Err(Problem::new(&include.place, message).hint("take out one `include`"));
            }
            if trail.len() > DEEPEST {
                return Err(Problem::new(
                    &include.place,
                    format!("more than {DEEPEST} files include each other"),
                ));
            }
            let mut environment = (*scope.environment).clone();
            discover::read_env_files(&mut environment, &include.env_files)?;
            let environment = Rc::new(environment);
            let key = (
                include.files.clone(),
                include.project.clone(),
                include.directory.clone(),
                Rc::clone(&environment),
            );
            let model = match self.included.get(&key) {
                Some(model) => model.clone(),
                None => {
                    let inner =
                        Scope { project: include.project, directory: include.directory, environment, trail };
                    let sources = include
                        .files
                        .iter()
                        .map(|file| Ok((file.clone(), yaml::parse(&read_text(file, &include.place)?, file)?)))
                        .collect::<Result<Vec<_>>>()?;
                    let model = self.model(sources, &inner)?;
                    checks::included(&model, &inner.environment)?;
                    self.included.insert(key, model.clone());
                    model
                }
            };
            include::import(model, document, resets)?;
        }
        Ok(())
    }

    /// A file from which services are extended: its services alone, with their paths, and neither merged nor checked.
    fn base(&mut self, file: &Path, place: &Place, scope: &Scope) -> Result<extends::Base> {
        let directory = file.parent().unwrap_or(file).to_path_buf();
        let mut tree = Node::made(Kind::Map(Map::default()));
        let mut resets = Resets::default();
        for mut document in yaml::parse(&read_text(file, place)?, file)? {
            resets = self.evaluate(&mut document, scope)?;
            resets.apply(&mut tree);
            tree = merge::combine(tree, services_alone(document), &[])?;
            merge::unique(&mut tree)?;
            let without = services::without_context(&tree);
            tree = canonical::canonical(tree)?;
            services::drop_context(&mut tree, &without);
            merge::unique(&mut tree)?;
        }
        paths::resolve(&mut tree, &directory, self.home.as_deref())?;
        let services = tree.as_map_mut().and_then(|tree| tree.remove("services")).map(|node| node.kind);
        let Some(Kind::Map(services)) = services else {
            return Err(Problem::new(place, format!("`{}` has no `services` to extend", file.display())));
        };
        Ok(extends::Base { file: file.to_path_buf(), directory, services, resets })
    }
}

/// A document without all that no service is extended by: other sections, and services that are none.
fn services_alone(mut document: Node) -> Node {
    let mut alone = Map::default();
    if let Some(Node { kind: Kind::Map(services), place, .. }) =
        document.as_map_mut().and_then(|document| document.remove("services"))
    {
        let services =
            services.into_iter().filter(|(_, service)| service.is_null() || service.as_map().is_some());
        alone.set("services", Node::new(Kind::Map(services.collect()), place));
    }
    Node::new(Kind::Map(alone), document.place)
}

fn text_of(file: &Path, options: &Options) -> Result<String> {
    if is_stdin(file) {
        return Ok(options.stdin.clone().unwrap_or_default());
    }
    read_text(file, &start_of(file))
}

/// The name that the files give: of several the last one.
fn name_of_files(sources: &[(PathBuf, Vec<Node>)], found: &Found) -> Result<Option<String>> {
    let documents = sources.iter().flat_map(|(_, documents)| documents).filter_map(Node::as_map);
    let mut names = documents
        .filter_map(|document| document.get("name"))
        .filter(|name| name.as_str().is_some_and(|name| !name.is_empty()));
    let Some(name) = names.next_back() else { return Ok(None) };
    let mut tree = Node::made(Kind::Map(Map::default()));
    if let Some(tree) = tree.as_map_mut() {
        tree.set("name", name.clone());
    }
    let lookup = |name: &str| found.environment.get(name).cloned();
    interpolate::interpolate(&mut tree, &lookup, &mut |_| {})?;
    Ok(tree.as_map().and_then(|tree| tree.get("name")).and_then(Node::as_str).map(str::to_owned))
}

#[cfg(test)]
mod tests;
