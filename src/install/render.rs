//! What every file of an installation should contain: new ones from the templates, existing ones edited so
//! that comments, order and other people's lines stay. It writes nothing.

use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};

use super::answers::{Answers, Change};
use super::facts::{Found, Key};
use super::stack::StackSettings;
use super::{docker, stack};
use crate::config::paths::Home;
use crate::config::{edit, env_file, schema, secrets};
use crate::ctx::Ctx;
use crate::facts::paths::Entry;
use crate::failure::Result;
use crate::host::action::Content;
use crate::host::service::Manager;
use crate::host::{files, systemd};

/// A directory that should be there.
#[derive(Debug)]
pub(super) struct WantedDirectory {
    pub path: PathBuf,
    /// For it, and for those above it that have to be made.
    pub mode: u32,
}

/// A file, and what it should contain; no content leaves it as it is, apart from its permissions.
#[derive(Debug)]
pub(super) struct WantedFile {
    pub path: PathBuf,
    pub mode: u32,
    pub content: Option<Content>,
    /// Why it is written, where it is there but differs.
    pub cause: String,
}

/// Everything that should be as said.
#[derive(Debug)]
pub(super) struct Wanted {
    pub directories: Vec<WantedDirectory>,
    pub files: Vec<WantedFile>,
    /// Where the program belongs.
    pub program: PathBuf,
    /// The unit, where systemd is to run the server.
    pub unit: Option<(WantedFile, bool)>,
    /// What has to be somebody's, and whose.
    pub owned: Vec<(PathBuf, (u32, u32))>,
}

/// What an installation with these answers should look like, starting from what is there.
pub(super) fn wanted(ctx: &Ctx, answers: &Answers, found: &Found) -> Result<Wanted> {
    let environment: Vec<_> = ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"]
        .into_iter()
        .filter_map(|name| Some((name.to_string(), ctx.variable(name)?.to_string())))
        .collect();
    wanted_in(&ctx.home, answers, found, &environment)
}

/// The same for the docker profile, with or without a language model in the stack.
pub(super) fn with_model(ctx: &Ctx, answers: &Answers, found: &Found, model: bool) -> Result<Wanted> {
    let mut wanted = wanted_in(&ctx.home, answers, found, &[])?;
    if let Some(around) = &found.facts.docker {
        let settings = StackSettings { model, ..docker::settings(&ctx.home, answers, around) };
        let files = stack_files(&ctx.home, &settings)?;
        wanted.files.retain(|file| files.iter().all(|other| other.path != file.path));
        wanted.files.extend(files);
    }
    Ok(wanted)
}

/// The same for a home; `environment` is what a user's systemd has to be told.
pub(super) fn wanted_in(
    home: &Home,
    answers: &Answers,
    found: &Found,
    environment: &[(String, String)],
) -> Result<Wanted> {
    let in_toml = answers.changes.iter().filter(|change| !change.in_env);
    let in_toml = in_toml.map(|change| (change.key, change.items.as_slice()));
    let settings = edit::toml(found.toml.as_deref(), in_toml)?;
    let mut files = vec![
        WantedFile {
            path: home.env(),
            mode: files::PRIVATE,
            content: env(found, &answers.changes)?,
            cause: match &found.facts.key {
                Key::Weak(why) => format!("its signing key {why}"),
                Key::Missing => "it has no signing key".into(),
                Key::Good => settings_cause(answers, true),
            },
        },
        WantedFile {
            path: home.toml(),
            mode: files::PUBLIC,
            content: Some(Content::Text(settings)),
            cause: settings_cause(answers, false),
        },
    ];
    let missing = |path: &PathBuf| found.facts.paths.get(path) == Some(&Entry::Missing);
    let password = match missing(&home.first_password()) && missing(&home.database()) {
        true => Some(Content::Secret(format!("{}\n", secrets::password()?.expose_secret()).into())),
        false => None,
    };
    let cause = String::from("the administrator has no password yet");
    files.push(WantedFile { path: home.first_password(), mode: files::PRIVATE, content: password, cause });
    let mut directories = directories(home, answers.manager);
    let mut owned = Vec::new();
    if let Some(around) = &found.facts.docker {
        directories
            .extend(docker::directories(&home.config).map(|(path, mode)| WantedDirectory { path, mode }));
        owned.extend(docker::owned(home).into_iter().map(|path| (path, around.user)));
        files.extend(stack_files(home, &docker::settings(home, answers, around))?);
        for path in stack::PASSWORDS.map(|name| home.config.join(name)) {
            let content = match missing(&path) {
                true => Some(Content::Secret(secrets::password()?.expose_secret().to_string().into())),
                false => None,
            };
            // The directory is its owner's alone; in a container the file is whoever's the service is.
            let cause = String::from("the service has no password yet");
            files.push(WantedFile { path, mode: files::PUBLIC, content, cause });
        }
    }
    Ok(Wanted { directories, owned, files, program: home.program(), unit: unit(home, answers, environment) })
}

fn stack_files(home: &Home, settings: &StackSettings) -> Result<Vec<WantedFile>> {
    let file = |(path, text): (&str, String)| WantedFile {
        path: home.config.join(path),
        mode: files::PUBLIC,
        content: Some(Content::Text(text)),
        cause: "it is another one than this installation's".into(),
    };
    Ok(stack::files(settings)?.into_iter().map(file).collect())
}

/// The state directory first: the journal of all that follows is in it.
fn directories(home: &Home, manager: Manager) -> Vec<WantedDirectory> {
    let private = |path: &PathBuf| WantedDirectory { path: path.clone(), mode: 0o700 };
    let mut all = vec![private(&home.state), private(&home.config), private(&home.logs)];
    // The system's unit has systemd make it anew with every start, and a container has one of its own.
    if !matches!(manager, Manager::Systemd { user: false } | Manager::Docker) {
        all.push(private(&home.run));
    }
    all.push(WantedDirectory { path: home.bin.clone(), mode: 0o755 });
    all
}

fn unit(home: &Home, answers: &Answers, environment: &[(String, String)]) -> Option<(WantedFile, bool)> {
    let Manager::Systemd { user } = answers.manager else { return None };
    let text = systemd::unit(home, user, answers.listen.port() < 1024, environment);
    let path = systemd::unit_path(home, user);
    let content = Some(Content::Text(text));
    Some((
        WantedFile {
            path,
            mode: files::PUBLIC,
            content,
            cause: "it is another unit than this version's".into(),
        },
        user,
    ))
}

fn settings_cause(answers: &Answers, in_env: bool) -> String {
    let change = |change: &Change| format!("`{}` is to be `{}`", change.key, change.items.join(", "));
    let changes: Vec<_> =
        answers.changes.iter().filter(|change| change.in_env == in_env).map(change).collect();
    changes.join(" and ")
}

/// `tars.env`, where something in it has to change: a signing key that is missing or weak, or a setting that
/// stands there. Every other line stays.
fn env(found: &Found, changes: &[Change]) -> Result<Option<Content>> {
    let current = found.env.as_ref().map(ExposeSecret::expose_secret);
    let mut text = current.unwrap_or(edit::ENV).to_string();
    if found.facts.key != Key::Good {
        text = env_file::with(&text, "TARS_AUTH_SIGNING_KEY", secrets::signing_key()?.expose_secret());
    }
    for change in changes.iter().filter(|change| change.in_env) {
        let key = schema::find(change.key).expect("invariant: changes name keys of the table");
        text = env_file::with(&text, &key.variable(), &format!("\"{}\"", change.items.join(", ")));
    }
    Ok((current != Some(text.as_str())).then(|| Content::Secret(SecretString::from(text))))
}
