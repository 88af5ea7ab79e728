//! The settings files and the environment: who may read them, how they are written, and what the real parser
//! says of them. Values are looked at here and never kept: what becomes a fact is a name, a place and a judgement
//! of strength, never a secret, and of other values only what the parser quotes.

mod git;
mod text;

use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Fact;
use super::place::{self, Place, why};
use super::server::{self, Server};
use super::snapshot::Asked;
use crate::config::{self, Problem, Source, Waiver};
pub use git::Git;
pub use text::{Form, Secret, Spot, Words};
pub(crate) use text::{is_placeholder, shell_syntax};

/// No settings file is larger.
const LARGEST: u64 = 128 << 10;

/// What is known of the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The findings that the operator has waived.
    pub waivers: Vec<Waiver>,
    /// Something of an installation is there: a settings file, or the state directory.
    pub installed: Fact<bool>,
    /// Whose the settings should be: the user that the server runs as.
    pub keeper: Fact<Keeper>,
    /// The directory of the settings files.
    pub directory: Fact<Place>,
    /// `tars.toml`.
    pub toml: Fact<Place>,
    /// `tars.env`.
    pub env: Fact<Place>,
    /// The file of the one-time password.
    pub password: Fact<Place>,
    /// How `tars.toml` is written.
    pub toml_form: Fact<Form>,
    /// How `tars.env` is written.
    pub env_form: Fact<Form>,
    /// What the parser says is wrong.
    pub problems: Fact<Vec<Problem>>,
    /// Settings that an installation writes and that stand in neither file.
    pub missing: Fact<Vec<String>>,
    /// What is told by how values are written.
    pub words: Fact<Words>,
    /// Variables named `TARS_…` that are no setting, each with the setting that may be meant.
    pub strangers: Vec<String>,
    /// Variables of this environment that say something else than the files.
    pub shadows: Fact<Vec<Shadow>>,
    /// The running server.
    pub server: Fact<Server>,
    /// The version control that the files may be in.
    pub git: Fact<Git>,
}

/// A user.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Keeper {
    /// The number.
    pub uid: u32,
    /// The number of the group.
    pub gid: u32,
    /// The name, or the number where there is none.
    pub name: String,
}

/// A variable of the environment and what it hides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shadow {
    /// The variable.
    pub variable: String,
    /// The setting.
    pub key: String,
    /// Where the files say it, or `default`.
    pub hides: String,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Settings {
    let theirs = asked.clone();
    let strangers = strangers(asked);
    // The configuration directory may be on anything, even on a mount that hangs.
    let home = &asked.home;
    match asked.probe(&[&home.config, &home.state], move || Fact::Known(look(&theirs))).finish() {
        Fact::Known(found) => Settings { strangers, ..found },
        Fact::Unknown(why) => unknown(asked, strangers, &why),
    }
}

fn unknown(asked: &Asked, strangers: Vec<String>, why: &str) -> Settings {
    fn not<T>(why: &str) -> Fact<T> {
        Fact::Unknown(why.into())
    }
    Settings {
        waivers: asked.waivers.clone(),
        installed: not(why),
        keeper: not(why),
        directory: not(why),
        toml: not(why),
        env: not(why),
        password: not(why),
        toml_form: not(why),
        env_form: not(why),
        problems: not(why),
        missing: not(why),
        words: not(why),
        strangers,
        shadows: not(why),
        server: not(why),
        git: not(why),
    }
}

fn look(asked: &Asked) -> Settings {
    let home = &asked.home;
    let (toml_path, env_path) = (home.toml(), home.env());
    let (toml, env) = (place::look(asked, &toml_path), place::look(asked, &env_path));
    let state = place::look(asked, &home.state);
    let (toml_text, env_text) = (read(&toml_path), read(&env_path));
    let mut found = Settings {
        installed: installed([&toml, &env, &state]),
        keeper: keeper(asked, &state),
        directory: place::look(asked, &home.config),
        password: place::look(asked, &home.first_password()),
        toml,
        env,
        toml_form: form(&toml_text),
        env_form: form(&env_text),
        server: server::look(asked),
        git: Fact::Known(git::look(&home.config)),
        waivers: asked.waivers.clone(),
        ..Settings::default()
    };
    match (toml_text, env_text) {
        (Ok(toml), Ok(env)) => said(asked, toml.as_deref(), env.as_deref(), &mut found),
        (Err(why), _) | (_, Err(why)) => {
            found.problems = Fact::Unknown(why.clone());
            found.missing = Fact::Unknown(why.clone());
            found.words = Fact::Unknown(why.clone());
            found.shadows = Fact::Unknown(why);
        }
    }
    found
}

/// What the texts say.
fn said(asked: &Asked, toml: Option<&[u8]>, env: Option<&[u8]>, found: &mut Settings) {
    // A mark at the beginning, and bytes that are no text, are told by the form: the rest is examined as it is.
    let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_start_matches('\u{feff}').to_string();
    let (toml, env) = (toml.map(plain), env.map(plain));
    let (settings, problems) = config::Settings::examine(&asked.home, toml.as_deref(), env.as_deref());
    let is_set = |name: &str| settings.get(name).is_some_and(|setting| setting.source != Source::Default);
    let required = ["server.listen", "documents.paths", "auth.signing_key"];
    found.missing =
        Fact::Known(required.iter().filter(|name| !is_set(name)).map(ToString::to_string).collect());
    found.shadows = Fact::Known(shadows(asked, &settings));
    found.problems = Fact::Known(problems);
    found.words = Fact::Known(text::words(&asked.home, toml.as_deref(), env.as_deref()));
    found.waivers = settings.waivers;
}

/// The bytes of a file; none where it does not exist.
fn read(path: &Path) -> Result<Option<Vec<u8>>, String> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(why(&error)),
    };
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| why(&error))?;
    match bytes.len() as u64 > LARGEST {
        true => Err(format!("it has more than {} KiB", LARGEST >> 10)),
        false => Ok(Some(bytes)),
    }
}

fn form(text: &Result<Option<Vec<u8>>, String>) -> Fact<Form> {
    match text {
        Ok(bytes) => Fact::Known(bytes.as_deref().map(Form::of).unwrap_or_default()),
        Err(why) => Fact::Unknown(why.clone()),
    }
}

fn installed(places: [&Fact<Place>; 3]) -> Fact<bool> {
    if places.iter().any(|place| place.known().is_some_and(|place| place.exists)) {
        return Fact::Known(true);
    }
    let unknown = places.into_iter().find_map(|place| match place {
        Fact::Unknown(why) => Some(why.clone()),
        Fact::Known(_) => None,
    });
    unknown.map_or(Fact::Known(false), Fact::Unknown)
}

/// The server runs as whoever owns its state; before there is any, as whoever asks.
fn keeper(asked: &Asked, state: &Fact<Place>) -> Fact<Keeper> {
    let user = |uid: u32, gid: u32| Keeper { uid, gid, name: place::user_name(asked, uid) };
    let me = || user(nix::unistd::geteuid().as_raw(), nix::unistd::getegid().as_raw());
    match state {
        // The directories of the system and of a user are root's and the user's.
        _ if asked.home.given.is_none() => Fact::Known(me()),
        Fact::Known(state) if state.exists => Fact::Known(user(state.uid, state.gid)),
        Fact::Known(_) => Fact::Known(me()),
        Fact::Unknown(why) => Fact::Unknown(why.clone()),
    }
}

fn strangers(asked: &Asked) -> Vec<String> {
    let known: Vec<String> = config::schema::KEYS.iter().map(config::schema::Key::variable).collect();
    let names = asked.environment.iter().map(|(name, _)| name.as_str());
    let strange = names.filter(|name| {
        name.starts_with("TARS_") && *name != "TARS_HOME" && !known.iter().any(|known| known == name)
    });
    strange
        .map(|name| match config::schema::nearest(name, known.iter().map(String::as_str)) {
            Some(near) => format!("`{name}`; did you mean `{near}`?"),
            None => format!("`{name}`"),
        })
        .collect()
}

fn shadows(asked: &Asked, files: &config::Settings) -> Vec<Shadow> {
    let hidden = |key: &'static config::schema::Key| {
        let variable = key.variable();
        let value = asked.variable(&variable)?;
        let said = files.get(key.name);
        let differs = !said.is_some_and(|said| text::is_same(&said.value, value));
        differs.then(|| Shadow {
            variable,
            key: key.name.into(),
            hides: said.map_or_else(|| "nothing".into(), |said| said.source.to_string()),
        })
    };
    config::schema::KEYS.iter().filter_map(hidden).collect()
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
