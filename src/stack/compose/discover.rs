//! Which files make the project, which variables they may use and what the project is called: Compose's own lookup.
//! It reads files with variables, and only looks whether compose files are there.

use std::path::{Path, PathBuf};

use super::env_file;
use super::files::{absolute, is_stdin, read_text, start_of};
use super::project::{Environment, Options};
use super::{Place, Problem, Result};

/// The names of a compose file, the first that is there is taken.
const NAMES: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"];

/// The names of a file that is merged over it where it was found by its name.
const OVERRIDES: [&str; 4] = [
    "compose.override.yml",
    "compose.override.yaml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
];

/// What was found.
#[derive(Debug)]
pub struct Found {
    /// The compose files, absolute; `-` is the standard input.
    pub files: Vec<PathBuf>,
    /// The project's directory.
    pub directory: PathBuf,
    /// The files with variables that were read.
    pub env_files: Vec<PathBuf>,
    /// The variables: those of the process, then those of the files.
    pub environment: Environment,
}

/// Looks up what was not said.
///
/// # Errors
/// There is no compose file, or a file that was named cannot be read.
pub fn discover(options: &Options, warn: &mut dyn FnMut(Problem)) -> Result<Found> {
    let here = &options.working_directory;
    let mut environment = options.environment.clone();
    environment.entry("PWD".into()).or_insert_with(|| here.display().to_string());
    let said = options.directory.as_deref().map(|directory| absolute(here, directory));
    let directory = |files: &[PathBuf]| {
        let of_file = || files.iter().find(|file| !is_stdin(file))?.parent().map(Path::to_path_buf);
        said.clone().or_else(of_file).unwrap_or_else(|| here.clone())
    };

    let mut files: Vec<PathBuf> = options.files.iter().map(|file| absolute(here, file)).collect();
    let mut env_files = named_env_files(options, &environment);
    let named = !env_files.is_empty();
    if !named {
        env_files.extend(default_env_file(&directory(&files), &environment)?);
    }
    read_env_files(&mut environment, &env_files)?;
    if files.is_empty() {
        files = files_of_environment(here, &environment)?;
    }
    if files.is_empty() {
        files = look_up(&directory(&[]), warn);
    }
    if files.is_empty() {
        return Err(Problem::new(
            &Place::nowhere(),
            format!("there is no compose file in `{}`", here.display()),
        )
        .hint("write a `compose.yaml` there, or name a file with `-f`"));
    }
    let directory = directory(&files);
    if !named
        && let Some(file) = default_env_file(&directory, &environment)?
        && !env_files.contains(&file)
    {
        read_env_files(&mut environment, std::slice::from_ref(&file))?;
        env_files.push(file);
    }
    Ok(Found { files, directory, env_files, environment })
}

/// The name of a project in the form that the engine takes, out of any text: lower case, letters, digits, `-` and `_`.
#[must_use]
pub fn normalized_name(text: &str) -> String {
    let kept: String = text
        .to_lowercase()
        .chars()
        .filter(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_'))
        .collect();
    kept.trim_start_matches(['-', '_']).to_owned()
}

/// The project's name: what was said, what the environment says, what a file says, what the directory is called.
///
/// # Errors
/// What was said is no name, or nothing gives one.
pub fn project_name(options: &Options, found: &Found, of_files: Option<&str>) -> Result<String> {
    let said = options.project_name.as_deref().filter(|name| !name.is_empty());
    let variable =
        || found.environment.get("COMPOSE_PROJECT_NAME").map(String::as_str).filter(|name| !name.is_empty());
    if let Some(name) = said.or_else(variable) {
        if normalized_name(name) == name {
            return Ok(name.to_owned());
        }
        let hint = match normalized_name(name) {
            name if name.is_empty() => "it starts with a letter or a digit".to_owned(),
            name => format!("did you mean `{name}`?"),
        };
        let message = format!("`{name}` is no project name: only lower case letters, digits, `-` and `_`");
        return Err(Problem::new(&Place::nowhere(), message).hint(hint));
    }
    let of_directory = || normalized_name(&found.directory.file_name().unwrap_or_default().to_string_lossy());
    let name = of_files.map(normalized_name).filter(|name| !name.is_empty()).unwrap_or_else(of_directory);
    if name.is_empty() {
        return Err(Problem::new(&Place::nowhere(), "the project has no name")
            .hint("give it one with `-p`, or `name:` in the file"));
    }
    Ok(name)
}

/// The profiles that are active.
#[must_use]
pub fn profiles(options: &Options, environment: &Environment) -> Vec<String> {
    if !options.profiles.is_empty() {
        return options.profiles.clone();
    }
    let listed = environment.get("COMPOSE_PROFILES").map(String::as_str).unwrap_or_default();
    listed.split(',').map(str::trim).filter(|profile| !profile.is_empty()).map(str::to_owned).collect()
}

/// Adds the variables of files to those that are there, which win over them; of two files the later one wins,
/// and its values may use those of the earlier one.
///
/// # Errors
/// A file is not there or cannot be read.
pub fn read_env_files(environment: &mut Environment, files: &[PathBuf]) -> Result<()> {
    let mut read = Vec::new();
    for file in files {
        if !file.is_file() {
            let message = format!("there is no file with variables `{}`", file.display());
            return Err(
                Problem::new(&start_of(file), message).hint("write it, or name another with `--env-file`")
            );
        }
        let text = read_text(file, &start_of(file))?;
        read = env_file::parse_over(read, &text, file, &|name| environment.get(name).cloned())?;
    }
    for (name, value) in read {
        if let Some(value) = value {
            environment.entry(name).or_insert(value);
        }
    }
    Ok(())
}

/// The `.env` of a directory, where there is one.
#[must_use]
pub fn env_file_of(directory: &Path) -> Option<PathBuf> {
    Some(directory.join(".env")).filter(|file| file.is_file())
}

/// The files with variables that were named, by an option or by `COMPOSE_ENV_FILES`.
pub(super) fn named_env_files(options: &Options, environment: &Environment) -> Vec<PathBuf> {
    let here = &options.working_directory;
    if !options.env_files.is_empty() {
        return options.env_files.iter().map(|file| absolute(here, file)).collect();
    }
    let listed = environment.get("COMPOSE_ENV_FILES").map(String::as_str).unwrap_or_default();
    listed.split(',').filter(|file| !file.is_empty()).map(|file| absolute(here, Path::new(file))).collect()
}

fn default_env_file(directory: &Path, environment: &Environment) -> Result<Option<PathBuf>> {
    match environment.get("COMPOSE_DISABLE_ENV_FILE").map(String::as_str) {
        None | Some("0" | "f" | "F" | "false" | "False" | "FALSE") => Ok(env_file_of(directory)),
        Some("1" | "t" | "T" | "true" | "True" | "TRUE") => Ok(None),
        Some(value) => {
            let message = format!("`COMPOSE_DISABLE_ENV_FILE` is `{value}`");
            Err(Problem::new(&Place::nowhere(), message).hint("set it to `true` or `false`"))
        }
    }
}

fn files_of_environment(here: &Path, environment: &Environment) -> Result<Vec<PathBuf>> {
    let Some(listed) = environment.get("COMPOSE_FILE") else { return Ok(Vec::new()) };
    let separator = environment.get("COMPOSE_PATH_SEPARATOR").filter(|separator| !separator.is_empty());
    let separator = separator.map_or(if cfg!(windows) { ";" } else { ":" }, String::as_str);
    let files: Vec<PathBuf> = listed.split(separator).map(|file| absolute(here, Path::new(file))).collect();
    match files.iter().find(|file| !is_stdin(file) && !file.exists()) {
        Some(missing) => {
            let message = format!("`COMPOSE_FILE` names `{}`, and there is no such file", missing.display());
            Err(Problem::new(&Place::nowhere(), message).hint(format!("files are divided by `{separator}`")))
        }
        None => Ok(files),
    }
}

/// The compose file of a directory or of the nearest one above it, and the file that is merged over it.
fn look_up(directory: &Path, warn: &mut dyn FnMut(Problem)) -> Vec<PathBuf> {
    let mut first = |directory: &Path, names: &[&str]| {
        let mut there = names.iter().map(|name| directory.join(name)).filter(|file| file.exists());
        let taken = there.next()?;
        let others: Vec<String> = there.map(|file| format!("`{}`", file.display())).collect();
        if !others.is_empty() {
            let message = format!("`{}` is taken, and {} are not", taken.display(), others.join(", "));
            warn(Problem::new(&start_of(&taken), message).hint("name the one that is meant with `-f`"));
        }
        Some(taken)
    };
    for directory in directory.ancestors() {
        if let Some(file) = first(directory, &NAMES) {
            return std::iter::once(file).chain(first(directory, &OVERRIDES)).collect();
        }
    }
    Vec::new()
}

#[cfg(test)]
mod tests;
