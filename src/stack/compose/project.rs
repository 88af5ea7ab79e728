//! What a load is asked for and what it gives. Neither says how: that is in `load`.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::{Node, Problem};

/// The variables that files may use, by name.
pub type Environment = BTreeMap<String, String>;

/// What to load: what a person says on the command line, and what surrounds it.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// The compose files in the order in which they are merged; `-` is [`Options::stdin`]. None: they are looked up.
    pub files: Vec<PathBuf>,
    /// The files with variables. None: the `.env` of the project's directory.
    pub env_files: Vec<PathBuf>,
    /// The project's name, before everything else that could give it one.
    pub project_name: Option<String>,
    /// The project's directory; otherwise that of the first file.
    pub directory: Option<PathBuf>,
    /// The directory from which all this is said.
    pub working_directory: PathBuf,
    /// The profiles that are active; none: those of `COMPOSE_PROFILES`.
    pub profiles: Vec<String>,
    /// The services that are wanted, with what they depend on; none: all.
    pub services: Vec<String>,
    /// Networks, volumes, secrets and configs stay even where no service uses them.
    pub all_resources: bool,
    /// The variables of the process.
    pub environment: Environment,
    /// What `-` stands for.
    pub stdin: Option<String>,
}

/// A resolved project.
#[derive(Debug, Clone)]
pub struct Project {
    /// Its name.
    pub name: String,
    /// Its directory: what relative paths are relative to.
    pub directory: PathBuf,
    /// The compose files that were named or found, without those that they include or extend.
    pub files: Vec<PathBuf>,
    /// The files with variables that were named; a `.env` that was found by itself is none of them.
    pub env_files: Vec<PathBuf>,
    /// The resolved model.
    pub tree: Node,
    /// The services that the files have and that are not in the model, because of their profiles or because others were
    /// asked for.
    pub disabled: Vec<String>,
    /// The variables that the files could use.
    pub environment: Environment,
    /// What is not wrong, but should be known.
    pub warnings: Vec<Problem>,
}
