//! Which stack a command is about, in one place for all of them: the files that are named; else the installed stack; else
//! what Compose's own lookup finds from the current directory. It loads what it chose, and asks no engine.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::compose::project::{Environment, Options, Project};
use super::compose::{Kind, Map, Node, discover, load, suggest};
use super::engine::Engine;
use super::excerpt;
use crate::ctx::Ctx;
use crate::facts::snapshot::Asked;
use crate::facts::{self, docker};
use crate::failure::{Failure, IoContext, Result};

/// Where the compose file of an installed stack is, in the directory of the configuration.
const INSTALLED: &str = "compose.yml";

/// The options that say which stack is meant.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Choice {
    /// A compose file; several are merged in this order, and `-` is standard input
    #[arg(short, long = "file", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// A file with variables, instead of the project's `.env`
    #[arg(long = "env-file", value_name = "FILE")]
    pub env_files: Vec<PathBuf>,
    /// The project's name
    #[arg(short, long, value_name = "NAME")]
    pub project_name: Option<String>,
    /// The project's directory, instead of that of the first file
    #[arg(long, value_name = "DIR")]
    pub project_directory: Option<PathBuf>,
    /// A profile that is to be active; `*` is all of them
    #[arg(long = "profile", value_name = "NAME")]
    pub profiles: Vec<String>,
    /// It is the installed one, whatever the shell says.
    #[arg(skip)]
    installed: bool,
}

/// A stack that may have files, and may be only what the engine has under a name.
#[derive(Debug, Clone)]
pub struct Target {
    /// The project's name.
    pub name: String,
    /// What its files declare; none where it is known by its name alone.
    pub project: Option<Project>,
    /// The services that its files have only for profiles that are not active.
    pub dormant: Vec<String>,
}

impl Choice {
    /// The stack that `tars install` set up and nothing else, whatever the variables of the shell name.
    #[must_use]
    pub fn installed() -> Self {
        Self { installed: true, ..Self::default() }
    }

    /// Whether one is meant in so many words.
    #[must_use]
    pub fn is_made(&self, ctx: &Ctx) -> bool {
        !self.files.is_empty()
            || self.project_name.is_some()
            || self.project_directory.is_some()
            || ["COMPOSE_FILE", "COMPOSE_PROJECT_NAME"].iter().any(|name| is_set(ctx, name))
    }

    /// Whether there is any to choose: one that is named, that is installed, or whose file is found from here.
    ///
    /// # Errors
    /// The current directory is gone, or a file with variables cannot be read.
    pub fn is_there(&self, ctx: &Ctx) -> Result<bool> {
        Ok(self.is_made(ctx) || is_installed(ctx) || {
            let options = self.options(ctx, Vec::new())?;
            discover::discover(&options, &mut |_| {}).is_ok()
        })
    }

    /// Loads the chosen stack with these services, all where none is named, and tells its warnings.
    ///
    /// # Errors
    /// There is none, or its files are wrong.
    pub fn project(&self, ctx: &Ctx, services: &[String]) -> Result<Project> {
        let project = load::load(&self.options(ctx, services.to_vec())?)
            .map_err(|problem| excerpt::failure(&problem))?;
        for warning in &project.warnings {
            ctx.ui.note(&format!("warning: {warning}"));
        }
        Ok(project)
    }

    /// The chosen stack for those who can do without its files: where only a name is said, by that name, as Compose
    /// does.
    ///
    /// # Errors
    /// There is none, its files are wrong, or its name is none.
    pub fn target(&self, ctx: &Ctx) -> Result<Target> {
        if self.files.is_empty()
            && let Some(name) = &self.project_name
        {
            if name.is_empty() || discover::normalized_name(name) != *name {
                return Err(Failure::usage(format!("`{name}` is no project name"))
                    .hint("it has only lower case letters, digits, `-` and `_`, and starts with a letter or a digit"));
            }
            return Ok(Target { name: name.clone(), project: None, dormant: Vec::new() });
        }
        let project = self.project(ctx, &[])?;
        let dormant = project.disabled.clone();
        Ok(Target { name: project.name.clone(), project: Some(project), dormant })
    }

    /// What the loader is asked for.
    ///
    /// # Errors
    /// The standard input or the current directory cannot be read.
    pub fn options(&self, ctx: &Ctx, services: Vec<String>) -> Result<Options> {
        let stdin = if self.files.iter().any(|file| file == Path::new("-")) {
            let mut text = String::new();
            std::io::stdin().read_to_string(&mut text).trying("read standard input")?;
            Some(text)
        } else {
            None
        };
        let is_named =
            !self.files.is_empty() || self.project_directory.is_some() || is_set(ctx, "COMPOSE_FILE");
        let named = is_named && !self.installed;
        let mine = |(name, _): &&(String, String)| !(self.installed && name.starts_with("COMPOSE_"));
        // Its own `.env` and the files that it names are found from its directory.
        let installed = installed(ctx).filter(|_| !named);
        let working_directory = installed.and_then(|file| Some(file.parent()?.to_path_buf()));
        let working_directory = match working_directory {
            Some(directory) => directory,
            None => current_directory()?,
        };
        Ok(Options {
            files: self.files.clone(),
            env_files: self.env_files.clone(),
            project_name: self.project_name.clone(),
            directory: self.project_directory.clone(),
            working_directory,
            profiles: self.profiles.clone(),
            services,
            all_resources: false,
            environment: ctx.environment().iter().filter(mine).cloned().collect(),
            stdin,
        })
    }
}

impl Target {
    /// The names of the services that are wanted; none where there are no files.
    #[must_use]
    pub fn services(&self) -> Vec<String> {
        self.project.as_ref().map(|project| names(&project.tree, "services")).unwrap_or_default()
    }

    /// Whether all of these are its services: its files have them, or one of its containers is of them.
    ///
    /// # Errors
    /// One is not.
    pub fn must_have<'a>(&self, asked: &[String], there: impl Iterator<Item = &'a str>) -> Result<()> {
        let mut known: BTreeSet<String> = there.map(str::to_owned).collect();
        known.extend(self.services().into_iter().chain(self.dormant.iter().cloned()));
        let Some(unknown) = asked.iter().find(|service| !known.contains(*service)) else { return Ok(()) };
        let failure = Failure::usage(format!("the stack `{}` has no service `{unknown}`", self.name));
        Err(match suggest::nearest(unknown, known.iter().map(String::as_str)) {
            Some(meant) => failure.hint(format!("did you mean `{meant}`?")),
            None => failure.hint("`tars ops status` shows its services"),
        })
    }

    /// The variables that its files could use, or that a program that is started here has.
    #[must_use]
    pub fn environment(&self, ctx: &Ctx) -> Environment {
        match &self.project {
            Some(project) => project.environment.clone(),
            None => ctx.environment().iter().cloned().collect(),
        }
    }

    /// Whether the files say that this network or volume (`networks`, `volumes`) is somebody else's; by its name.
    #[must_use]
    pub fn is_external(&self, section: &str, name: &str) -> bool {
        self.resource(section, name)
            .is_some_and(|it| it.get("external").is_some_and(|said| said.kind == Kind::Bool(true)))
    }

    /// Whether the files have this network or volume at all; by its name.
    #[must_use]
    pub fn has(&self, section: &str, name: &str) -> bool {
        self.resource(section, name).is_some()
    }

    fn resource(&self, section: &str, name: &str) -> Option<&Map> {
        let section = self.project.as_ref()?.tree.as_map()?.get(section)?.as_map()?;
        section
            .iter()
            .filter_map(|(_, it)| it.as_map())
            .find(|it| it.get("name").and_then(Node::as_str) == Some(name))
    }
}

fn names(tree: &Node, section: &str) -> Vec<String> {
    let section = tree.as_map().and_then(|tree| tree.get(section)).and_then(Node::as_map);
    section.map(|section| section.keys().map(str::to_owned).collect()).unwrap_or_default()
}

/// Connects to the engine that `docker` would ask.
///
/// # Errors
/// Nobody answers there, or it is too old.
pub async fn engine(ctx: &Ctx) -> Result<Engine> {
    let socket = socket(ctx);
    refuse_tls(&socket, is_set(ctx, "DOCKER_TLS_VERIFY"))?;
    Engine::connect(&socket).await
}

/// Over a network `docker` would speak TLS where it is told to, and tars cannot.
fn refuse_tls(socket: &str, verified: bool) -> Result<()> {
    if !verified || socket.starts_with('/') {
        return Ok(());
    }
    Err(Failure::environment(format!("`DOCKER_TLS_VERIFY` asks for TLS to the engine at `{socket}`, which tars cannot speak"))
        .hint(
            "run tars on that machine, or forward its socket: `ssh -nNT -L /tmp/docker.sock:/var/run/docker.sock HOST`, \
             with `DOCKER_HOST=unix:///tmp/docker.sock`",
        ))
}

/// The socket of that engine.
#[must_use]
pub fn socket(ctx: &Ctx) -> String {
    let asked = Asked {
        root: "/".into(),
        home: ctx.home.clone(),
        config: None,
        waivers: Vec::new(),
        hung: Vec::new(),
        environment: ctx.environment().to_vec(),
        deadline: facts::DEADLINE,
    };
    docker::socket(&asked)
}

fn current_directory() -> Result<PathBuf> {
    std::env::current_dir().map_err(|error| {
        Failure::environment("the current directory is gone")
            .because(&error)
            .hint("change to one that exists")
    })
}

/// Whether `tars install` wrote one.
#[must_use]
pub fn is_installed(ctx: &Ctx) -> bool {
    installed(ctx).is_some()
}

/// The compose file that `tars install` wrote, where it did.
fn installed(ctx: &Ctx) -> Option<PathBuf> {
    Some(ctx.home.config.join(INSTALLED)).filter(|file| file.is_file())
}

fn is_set(ctx: &Ctx, variable: &str) -> bool {
    ctx.variable(variable).is_some_and(|value| !value.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_refused_only_where_it_would_be_spoken() {
        for (socket, verified, is_refused) in [
            ("tcp://nas:2376", true, true),
            ("tcp://nas:2375", false, false),
            ("/var/run/docker.sock", true, false),
        ] {
            assert_eq!(refuse_tls(socket, verified).is_err(), is_refused, "{socket}");
        }
    }
}
