//! Repairing the settings files: whole texts with one thing changed and every other line kept, permissions and
//! owners. What a repair needs to know it reads from the text as the repairs before it leave it, so that two
//! findings about the same line are repaired once.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use super::files::{CHANGE, SECRET};
use super::values::{SIGNING_KEY, covers};
use crate::config::secrets::{self, check_signing_key};
use crate::config::{Setting, Settings, Source, Value, edit, env_file, schema, strength};
use crate::doctor::check::Repair;
use crate::facts::Fact;
use crate::facts::place::Place;
use crate::facts::settings::{Form, is_placeholder, shell_syntax};
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::files::{PRIVATE, PUBLIC};

fn toml_path(repair: &Repair<'_>) -> PathBuf {
    repair.place(&repair.asked.home.toml())
}

fn env_path(repair: &Repair<'_>) -> PathBuf {
    repair.place(&repair.asked.home.env())
}

/// The text of a settings file. One that is no text cannot be written anew without losing something.
fn text_of(repair: &Repair<'_>, path: &Path, form: &Fact<Form>) -> Result<Option<SecretString>> {
    if form.known().is_some_and(|form| form.not_utf8.is_some()) {
        return Err(Failure::config(format!("`{}` is not UTF-8 text", path.display()))
            .hint("`tars doctor --explain settings.line_ends` tells how to convert it"));
    }
    repair.text(path)
}

/// What a person made narrower stays narrow.
fn mode(place: &Fact<Place>, at_most: u32) -> u32 {
    place.known().filter(|place| place.exists).map_or(at_most, |place| place.mode & at_most)
}

fn write_env(facts: &Facts, path: PathBuf, text: String) -> Action {
    Action::WriteFile {
        path,
        mode: mode(&facts.settings.env, PRIVATE),
        content: Content::Secret(text.into()),
    }
}

fn write_settings(facts: &Facts, path: PathBuf, text: String) -> Action {
    Action::WriteFile { path, mode: mode(&facts.settings.toml, PUBLIC), content: Content::Text(text) }
}

/// The directory of the settings, where it has to be made first.
fn directory_first(facts: &Facts, repair: &Repair<'_>) -> Vec<Action> {
    if facts.settings.directory.known().is_none_or(|place| place.exists) {
        return Vec::new();
    }
    let made = repair.directories(&repair.asked.home.config, 0o700);
    let root = nix::unistd::geteuid().is_root();
    let keeper = facts.settings.keeper.known().filter(|keeper| root && keeper.uid != 0);
    let mut actions = Vec::new();
    for step in made {
        let given = match (&step, keeper) {
            (Action::CreateDirectory { path, .. }, Some(keeper)) => {
                Some(Action::SetOwner { path: path.clone(), uid: keeper.uid, gid: keeper.gid })
            }
            _ => None,
        };
        actions.push(step);
        actions.extend(given);
    }
    actions
}

pub(super) fn write_toml(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let path = toml_path(repair);
    if repair.text(&path)?.is_some() {
        return Ok(Vec::new());
    }
    let mut actions = directory_first(facts, repair);
    actions.push(write_settings(facts, path, edit::TOML.to_string()));
    Ok(actions)
}

/// A new signing key, where the one in force is missing or broken; no other secret is touched.
pub(super) fn signing_key(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let path = env_path(repair);
    let current = text_of(repair, &path, &facts.settings.env_form)?;
    let text = current.as_ref().map_or(edit::ENV, |text| text.expose_secret());
    let key = env_file::parse(text).flatten().filter(|entry| entry.name.0 == SIGNING_KEY).last();
    if key.is_some_and(|key| is_sound(key.value.0)) {
        return Ok(Vec::new());
    }
    let mut actions = if current.is_none() { directory_first(facts, repair) } else { Vec::new() };
    let text = env_file::with(text, SIGNING_KEY, secrets::signing_key()?.expose_secret());
    let restart = restart_with(facts, repair, &text)?;
    actions.push(write_env(facts, path, text));
    actions.extend(restart);
    Ok(actions)
}

/// A server that runs keeps the key that it was started with, and refuses whatever is signed with the new one. One
/// that would not come back for another reason is left alone: `settings.running` tells of it.
fn restart_with(facts: &Facts, repair: &Repair<'_>, env: &str) -> Result<Option<Action>> {
    if !facts.services.state.known().is_some_and(|state| state.running) {
        return Ok(None);
    }
    let config = repair.config_with(Some(env))?;
    Ok(config.map(|config| match facts.subject.configured {
        true => Action::RestartServer,
        false => Action::RestartServerAt { listen: config.listen },
    }))
}

fn is_sound(key: &str) -> bool {
    check_signing_key(key).is_ok()
        && !is_placeholder(key, true)
        && shell_syntax(key).is_none()
        && strength::bits(key) >= 128
}

pub(super) fn required(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let mut actions = signing_key(facts, repair)?;
    let missing: Vec<String> = facts.settings.missing.known().cloned().unwrap_or_default();
    let keys = schema::KEYS.iter().filter(|key| !key.secret && missing.iter().any(|name| name == key.name));
    let defaults: Vec<(&'static str, Vec<String>)> = keys
        .map(|key| match key.kind.is_list() {
            true => (key.name, Vec::new()),
            false => (key.name, vec![key.default.to_string()]),
        })
        .collect();
    if !defaults.is_empty() {
        let path = toml_path(repair);
        let text = text_of(repair, &path, &facts.settings.toml_form)?;
        let changes = defaults.iter().map(|(name, items)| (*name, items.as_slice()));
        let text = edit::toml(text.as_ref().map(ExposeSecret::expose_secret), changes)?;
        // Before the server is started again, where the key is made anew.
        actions.insert(0, write_settings(facts, path, text));
    }
    Ok(actions)
}

pub(super) fn duplicates(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let path = env_path(repair);
    let Some(text) = text_of(repair, &path, &facts.settings.env_form)? else { return Ok(Vec::new()) };
    let kept = without_duplicates(text.expose_secret());
    Ok(if kept == text.expose_secret() { Vec::new() } else { vec![write_env(facts, path, kept)] })
}

/// The text with only the last line of each variable: the one that counts.
fn without_duplicates(text: &str) -> String {
    let name_of = |line: &str| env_file::parse(line).flatten().next().map(|entry| entry.name.0.to_string());
    let lines: Vec<_> = text.split_inclusive('\n').map(|line| (line, name_of(line))).collect();
    let last: BTreeMap<_, _> =
        lines.iter().enumerate().filter_map(|(index, (_, name))| Some((name.as_ref()?, index))).collect();
    let counts = |index: usize, name: &Option<String>| {
        name.as_ref().and_then(|name| last.get(name)).is_none_or(|last| *last == index)
    };
    let kept = lines.iter().enumerate().filter(|(index, (_, name))| counts(*index, name));
    kept.map(|(_, (line, _))| *line).collect()
}

pub(super) fn line_ends(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let mut actions = Vec::new();
    let settings = &facts.settings;
    let is_text =
        |form: &Fact<Form>| form.known().is_some_and(|form| form.nul.is_none() && form.not_utf8.is_none());
    if let (path, true) = (toml_path(repair), is_text(&settings.toml_form))
        && let Some(text) = changed(repair, &path)?
    {
        actions.push(write_settings(facts, path, text));
    }
    if let (path, true) = (env_path(repair), is_text(&settings.env_form))
        && let Some(text) = changed(repair, &path)?
    {
        actions.push(write_env(facts, path, text));
    }
    Ok(actions)
}

/// The text in plain form, where it differs.
fn changed(repair: &Repair<'_>, path: &Path) -> Result<Option<String>> {
    let Some(text) = repair.text(path)? else { return Ok(None) };
    let plain = plain(text.expose_secret());
    Ok((plain != text.expose_secret()).then_some(plain))
}

fn plain(text: &str) -> String {
    let mut plain = text.trim_start_matches('\u{feff}').replace("\r\n", "\n").replace('\r', "\n");
    if !plain.is_empty() && !plain.ends_with('\n') {
        plain.push('\n');
    }
    plain
}

pub(super) fn directory(_facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(vec![Action::SetMode { path: repair.place(&repair.asked.home.config), mode: 0o700 }])
}

pub(super) fn permissions(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let (settings, home) = (&facts.settings, &repair.asked.home);
    let files = [
        (&settings.env, home.env(), SECRET),
        (&settings.password, home.first_password(), SECRET),
        (&settings.toml, home.toml(), CHANGE),
    ];
    let mut actions = Vec::new();
    for (place, path, too_wide) in files {
        if let Some(place) = place.known().filter(|place| place.exists && place.mode & too_wide != 0) {
            actions.push(Action::SetMode { path: repair.place(&path), mode: place.mode & !too_wide });
        }
    }
    Ok(actions)
}

pub(super) fn owner(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let (settings, home) = (&facts.settings, &repair.asked.home);
    let Some(keeper) = settings.keeper.known() else { return Ok(Vec::new()) };
    if !nix::unistd::geteuid().is_root() {
        return Err(Failure::environment("only root can give a file to somebody else")
            .hint("run `sudo tars doctor --fix --only settings.owner`"));
    }
    let files = [
        (&settings.directory, home.config.clone()),
        (&settings.toml, home.toml()),
        (&settings.env, home.env()),
        (&settings.password, home.first_password()),
    ];
    let strange =
        |place: &&Fact<Place>| place.known().is_some_and(|place| place.exists && place.uid != keeper.uid);
    let give =
        |path: PathBuf| Action::SetOwner { path: repair.place(&path), uid: keeper.uid, gid: keeper.gid };
    Ok(files.into_iter().filter(|(place, _)| strange(place)).map(|(_, path)| give(path)).collect())
}

pub(super) fn paths(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let (toml, env) = (toml_path(repair), env_path(repair));
    let toml_text = text_of(repair, &toml, &facts.settings.toml_form)?;
    let env_text = text_of(repair, &env, &facts.settings.env_form)?;
    let texts =
        [&toml_text, &env_text].map(|text| text.as_ref().map(|text| text.expose_secret().to_string()));
    let (settings, _) = Settings::examine(&repair.asked.home, texts[0].as_deref(), texts[1].as_deref());
    let Some(Setting { value: Value::Many(all), source: Source::File { path, .. } }) =
        settings.get("documents.paths")
    else {
        return Ok(Vec::new());
    };
    let kept: Vec<String> = (0..all.len())
        .filter(|index| covers(all, *index).is_none())
        .map(|index| all[index].clone())
        .collect();
    if *path == repair.asked.home.env() {
        let variable = "TARS_DOCUMENTS_PATHS";
        let text =
            env_file::with(texts[1].as_deref().unwrap_or(""), variable, &format!("\"{}\"", kept.join(", ")));
        return Ok(vec![write_env(facts, env, text)]);
    }
    let text = edit::toml(texts[0].as_deref(), [("documents.paths", kept.as_slice())])?;
    Ok(vec![write_settings(facts, toml, text)])
}

pub(super) fn restart(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    repair.would_start(facts)?;
    Ok(vec![Action::RestartServer])
}

pub(super) fn git(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let exposed = facts.settings.git.known().map(|git| git.exposed.clone()).unwrap_or_default();
    let path = repair.place(&repair.asked.home.config.join(".gitignore"));
    let mut text = repair.text(&path)?.map(|text| text.expose_secret().to_string()).unwrap_or_default();
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    for name in exposed {
        text += &format!("/{name}\n");
    }
    Ok(vec![Action::WriteFile { path, mode: PUBLIC, content: Content::Text(text) }])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::services::State;
    use crate::facts::snapshot::Asked;

    #[test]
    fn only_the_lines_that_do_not_count_go() {
        let text = "# A=0\nA=1\nB=2\nexport A='3'\nnonsense\nnonsense\nB=\"open\n";
        assert_eq!(without_duplicates(text), "# A=0\nB=2\nexport A='3'\nnonsense\nnonsense\nB=\"open\n");
        assert_eq!(without_duplicates(""), "");
    }

    #[test]
    fn plain_text_has_unix_line_ends() {
        for (text, expected) in
            [("", ""), ("A=1\n", "A=1\n"), ("\u{feff}A=1\r\nB=2", "A=1\nB=2\n"), ("A=1\rB=2\r", "A=1\nB=2\n")]
        {
            assert_eq!(plain(text), expected, "{text:?}");
        }
    }

    #[test]
    fn a_new_key_restarts_a_server_that_runs_where_it_would_come_back() {
        let folder = tempfile::tempdir().unwrap();
        let asked = Asked {
            home: Home::under(folder.path()),
            ..crate::facts::snapshot::testing(std::path::Path::new("/"))
        };
        std::fs::create_dir_all(&asked.home.config).unwrap();
        std::fs::write(asked.home.toml(), "[server]\nlisten = \"127.0.0.1:4321\"\n").unwrap();
        std::fs::write(asked.home.env(), format!("{SIGNING_KEY}=short\n")).unwrap();
        let shown = |facts: &Facts, steps: fn(&Facts, &Repair<'_>) -> Result<Vec<Action>>| {
            let steps = steps(facts, &Repair::new(&asked)).unwrap();
            steps.iter().skip(1).map(ToString::to_string).collect::<Vec<_>>()
        };
        let mut facts = Facts::default();
        assert!(shown(&facts, signing_key).is_empty(), "nothing runs");
        facts.services.state = Fact::Known(State { running: true, ..State::default() });
        assert_eq!(shown(&facts, signing_key), ["restart the server at 127.0.0.1:4321"]);
        facts.subject.configured = true;
        assert_eq!(shown(&facts, signing_key), ["restart the server"]);
        facts.settings.missing = Fact::Known(vec!["documents.paths".into()]);
        assert_eq!(shown(&facts, required).last().unwrap(), "restart the server");
        std::fs::write(asked.home.toml(), "[server]\nlisten = \"nowhere\"\n").unwrap();
        assert!(shown(&facts, signing_key).is_empty(), "it would not start again");
    }

    #[test]
    fn a_sound_key_is_not_made_anew() {
        let drawn = secrets::signing_key().unwrap();
        assert!(is_sound(drawn.expose_secret()));
        for broken in ["", "short", "$(openssl rand -hex 32 | tr a-z A-Z | head -c 64 | base64)", "CHANGE_ME"]
        {
            assert!(!is_sound(broken), "{broken}");
        }
    }
}
