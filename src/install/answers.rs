//! What is wanted, settled before anything is looked at closely: from options, from the configuration in
//! force, from a question where a person can answer it, or else from defaults. `--yes` never asks.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;

use super::{Args, Profile, docker};
use crate::config::schema::KEYS;
use crate::config::{Config, Endpoint, Settings, Source, Value, value};
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::host::service::{Manager, find_managers};

/// One setting that is to be written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    /// The key.
    pub key: &'static str,
    /// Its new value, as items where it is a list.
    pub items: Vec<String>,
    /// It stands in `tars.env`, which counts before `tars.toml`.
    pub in_env: bool,
}

/// What is wanted.
#[derive(Debug, Clone)]
pub(super) struct Answers {
    /// Where the server is to listen.
    pub listen: SocketAddr,
    /// The directories to index.
    pub documents: Vec<PathBuf>,
    /// Those of them that were not configured before.
    pub new_documents: Vec<PathBuf>,
    /// Where answers are to be written.
    pub endpoint: Endpoint,
    /// What is to keep the server running.
    pub manager: Manager,
    /// Secrets that are set in this environment only, by the names of their variables.
    pub fleeting: Vec<String>,
    /// The settings to write down.
    pub changes: Vec<Change>,
}

/// Settles everything.
pub(super) fn settle(ctx: &Ctx, args: &Args) -> Result<Answers> {
    let settings = ctx.settings()?;
    // A weak key in the file is about to be replaced, so it is no reason to stop here.
    let config = Config::new(&settings.clone().without("auth.signing_key"))?;
    let root = nix::unistd::geteuid().is_root();
    let first = !ctx.home.toml().exists();
    let ask = first && !args.yes && !args.plan;

    let listen = match &args.listen {
        Some(text) => value::address(text).map_err(|error| Failure::usage(format!("`--listen`: {error}")))?,
        None if ask => {
            let text = ctx.ui.ask(
                "where should the server listen?",
                &config.listen.to_string(),
                "`--listen` or `--yes`",
            )?;
            value::address(&text).map_err(Failure::usage)?
        }
        None => config.listen,
    };
    let mut new_documents = Vec::new();
    for path in asked_documents(ctx, args, &config, root, ask && config.documents.is_empty())? {
        if !config.documents.contains(&path) && !new_documents.contains(&path) {
            new_documents.push(path);
        }
    }
    let documents = [config.documents.clone(), new_documents.clone()].concat();
    let manager = match args.profile {
        Profile::Docker => Manager::Docker,
        profile => {
            if profile == Profile::Embedded {
                docker::refuse_embedded(&config.manager)?;
            }
            Manager::choose(&config, &ctx.home, root, &find_managers(ctx))?
        }
    };
    let by_docker = manager == Manager::Docker;
    Ok(Answers {
        changes: changes(
            &settings,
            &ctx.as_service().settings()?,
            &ctx.home.env(),
            listen,
            &documents,
            by_docker,
        )?,
        fleeting: fleeting(&settings),
        manager,
        endpoint: config.endpoint,
        listen,
        documents,
        new_documents,
    })
}

fn asked_documents(ctx: &Ctx, args: &Args, config: &Config, root: bool, ask: bool) -> Result<Vec<PathBuf>> {
    let absolute = |path: &PathBuf| {
        std::path::absolute(path).map(|path| path.components().collect()).map_err(|error| {
            Failure::usage(format!("`--documents {}` is not usable", path.display())).because(&error)
        })
    };
    if !args.documents.is_empty() {
        return args.documents.iter().map(absolute).collect();
    }
    if !config.documents.is_empty() {
        return Ok(Vec::new());
    }
    let usual = ctx
        .variable("HOME")
        .map(|home| PathBuf::from(home).join("Documents"))
        .filter(|path| !root && path.is_dir());
    if !ask {
        return Ok(usual.into_iter().collect());
    }
    let default = usual.map(|path| path.display().to_string()).unwrap_or_default();
    let question = "which directory of documents should be indexed? (empty: none for now)";
    let answer = ctx.ui.ask(question, &default, "`--documents DIR` or `--yes`")?;
    if answer.trim().is_empty() { Ok(Vec::new()) } else { Ok(vec![absolute(&answer.trim().into())?]) }
}

/// What has to be written down so that the service, which sees only the files, does what is wanted here:
/// the two answers, and whatever this command's environment sets.
fn changes(
    here: &Settings,
    service: &Settings,
    env_file: &std::path::Path,
    listen: SocketAddr,
    documents: &[PathBuf],
    by_docker: bool,
) -> Result<Vec<Change>> {
    let mut wanted: BTreeMap<&'static str, Vec<String>> = KEYS
        .iter()
        .filter(|key| !key.secret)
        .filter_map(|key| Some((key.name, here.get(key.name)?)))
        .filter(|(_, setting)| matches!(setting.source, Source::Environment(_) | Source::Flag(_)))
        .map(|(name, setting)| (name, items(&setting.value)))
        .collect();
    wanted.insert("server.listen", vec![listen.to_string()]);
    if by_docker {
        wanted.insert("service.manager", vec!["docker".into()]);
    }
    let text = |path: &PathBuf| {
        let plain = path.to_str().filter(|text| !text.contains(char::is_control));
        plain.map(String::from).ok_or_else(|| {
            Failure::usage(format!("`{}` cannot be written into `tars.toml`", path.display()))
                .hint("give the directory a name of plain text, or a symbolic link that has one")
        })
    };
    wanted.insert("documents.paths", documents.iter().map(text).collect::<Result<_>>()?);
    let differs = |(key, items_wanted): (&'static str, Vec<String>)| {
        let now = service.get(key);
        let in_env = now
            .is_some_and(|setting| matches!(&setting.source, Source::File { path, .. } if path == env_file));
        let same = now.map(|setting| items(&setting.value)).unwrap_or_default() == items_wanted;
        (!same).then_some(Change { key, items: items_wanted, in_env })
    };
    Ok(wanted.into_iter().filter_map(differs).collect())
}

fn items(value: &Value) -> Vec<String> {
    match value {
        Value::One(text) => vec![text.clone()],
        Value::Many(items) => items.clone(),
        Value::Secret(_) => Vec::new(),
    }
}

fn fleeting(settings: &Settings) -> Vec<String> {
    let from_environment = |name: &str| match settings.get(name).map(|setting| &setting.source) {
        Some(Source::Environment(variable)) => Some(variable.clone()),
        _ => None,
    };
    KEYS.iter().filter(|key| key.secret).filter_map(|key| from_environment(key.name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;

    #[test]
    fn only_what_the_service_would_not_see_is_written_down() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        std::fs::create_dir_all(&home.config).unwrap();
        std::fs::write(home.toml(), "[server]\nlog = 'debug'\n[documents]\npaths = ['/a']\n").unwrap();
        std::fs::write(home.env(), "TARS_SERVER_LISTEN=127.0.0.1:9000\n").unwrap();
        let load = |variables: &[(&str, &str)]| {
            let variables = variables.iter().map(|(name, value)| (name.to_string(), value.to_string()));
            Settings::load(&home, &Vec::new(), variables).unwrap()
        };
        let service = load(&[]);
        let listen = "127.0.0.1:9000".parse().unwrap();
        let same = changes(&service, &service, &home.env(), listen, &["/a".into()], false).unwrap();
        assert_eq!(same, []);
        let here = load(&[("TARS_SERVER_LOG", "warn"), ("TARS_ANSWER_API_KEY", "k")]);
        let other = "127.0.0.1:9001".parse().unwrap();
        let found = changes(&here, &service, &home.env(), other, &["/a".into(), "/b".into()], true).unwrap();
        let expected = [
            ("documents.paths", vec!["/a", "/b"], false),
            ("server.listen", vec!["127.0.0.1:9001"], true),
            ("server.log", vec!["warn"], false),
            ("service.manager", vec!["docker"], false),
        ];
        let found: Vec<_> =
            found.iter().map(|c| (c.key, c.items.iter().map(String::as_str).collect(), c.in_env)).collect();
        assert_eq!(found, expected);
        assert_eq!(fleeting(&here), ["TARS_ANSWER_API_KEY"]);
    }
}
