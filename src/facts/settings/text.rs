//! What the texts of the two settings files show without being put in force: their bytes (line ends, marks), and
//! values that are not meant as they stand (placeholders, shell syntax, stray quotes, weak secrets). Values are
//! looked at and dropped.

use std::collections::BTreeMap;
use std::path::Path;

use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use toml::de::{DeTable, DeValue};

use crate::config::paths::Home;
use crate::config::schema::KEYS;
use crate::config::secrets::check_signing_key;
use crate::config::{Value, env_file, position, strength};

/// How a file is written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Form {
    /// It begins with a byte order mark.
    pub mark: bool,
    /// How many lines end as on Windows.
    pub carriage_returns: usize,
    /// The first line with a NUL byte.
    pub nul: Option<usize>,
    /// The first line that is not UTF-8.
    pub not_utf8: Option<usize>,
    /// The last line has no end.
    pub unfinished: bool,
}

impl Form {
    /// How these bytes are written.
    pub(super) fn of(bytes: &[u8]) -> Self {
        let line = |at: usize| bytes[..at].iter().filter(|byte| **byte == b'\n').count() + 1;
        Self {
            mark: bytes.starts_with(b"\xef\xbb\xbf"),
            carriage_returns: bytes.iter().filter(|byte| **byte == b'\r').count(),
            nul: bytes.iter().position(|byte| *byte == 0).map(line),
            not_utf8: std::str::from_utf8(bytes).err().map(|error| line(error.valid_up_to())),
            unfinished: bytes.last().is_some_and(|byte| *byte != b'\n'),
        }
    }
}

/// Something about the value of a setting, and where it stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Spot {
    /// `tars.env:3`, with the whole path.
    pub place: String,
    /// The setting or the variable.
    pub name: String,
    /// What it is, without the value.
    pub what: String,
}

/// A secret, without it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Secret {
    /// The variable.
    pub name: String,
    /// Where it stands.
    pub place: String,
    /// How hard it is to guess, estimated, in bits.
    pub bits: u32,
    /// Why the server refuses it, if it does.
    pub refused: Option<String>,
}

/// What is told by how values are written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Words {
    /// Values that stand for one that was never filled in.
    pub placeholders: Vec<Spot>,
    /// Values that a shell would have replaced, and nothing here does.
    pub shell: Vec<Spot>,
    /// Values that begin or end with a quote.
    pub quotes: Vec<Spot>,
    /// Variables that stand in `tars.env` more than once.
    pub duplicates: Vec<Spot>,
    /// The secrets that are in force.
    pub secrets: Vec<Secret>,
}

/// A value as it is written.
struct Written {
    name: String,
    value: String,
    line: usize,
    place: String,
    secret: bool,
}

/// Looks at every value in both texts.
pub(super) fn words(home: &Home, toml: Option<&str>, env: Option<&str>) -> Words {
    let in_env = env.map(|text| of_env(&home.env(), text)).unwrap_or_default();
    let in_toml = toml.map(|text| of_toml(&home.toml(), text)).unwrap_or_default();
    let spots = |judge: fn(&Written) -> Option<&'static str>| {
        let spot = |written: &Written| {
            let what = judge(written)?.to_string();
            Some(Spot { place: written.place.clone(), name: written.name.clone(), what })
        };
        in_toml.iter().chain(&in_env).filter_map(spot).collect()
    };
    Words {
        placeholders: spots(placeholder),
        shell: spots(shell),
        quotes: spots(quotes),
        duplicates: duplicates(&in_env),
        secrets: secrets(&in_env),
    }
}

fn of_env(path: &Path, text: &str) -> Vec<Written> {
    let known = env_file::parse(text).flatten().filter_map(|entry| {
        // What is no setting is the parser's to tell, and its name may be anything.
        let key = KEYS.iter().find(|key| key.variable() == entry.name.0)?;
        let (line, _) = position(text, entry.name.1);
        Some(Written {
            name: key.variable(),
            value: entry.value.0.to_string(),
            line,
            place: format!("{}:{line}", path.display()),
            secret: key.secret,
        })
    });
    known.collect()
}

fn of_toml(path: &Path, text: &str) -> Vec<Written> {
    fn collect(prefix: &str, value: &toml::Spanned<DeValue<'_>>, found: &mut Vec<(String, String, usize)>) {
        match value.get_ref() {
            DeValue::String(text) => found.push((prefix.to_string(), text.to_string(), value.span().start)),
            DeValue::Array(items) => items.iter().for_each(|item| collect(prefix, item, found)),
            DeValue::Table(table) => {
                for (key, value) in table {
                    collect(&format!("{prefix}.{}", key.get_ref()), value, found);
                }
            }
            _ => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(table) = DeTable::parse(text) {
        for (key, value) in table.get_ref() {
            collect(key.get_ref(), value, &mut found);
        }
    }
    let known = found.into_iter().filter_map(|(name, value, at)| {
        let key = KEYS.iter().find(|key| key.name == name)?;
        let (line, _) = position(text, at);
        Some(Written { name, value, line, place: format!("{}:{line}", path.display()), secret: key.secret })
    });
    known.collect()
}

/// Whether a value stands for one that was never filled in.
fn placeholder(written: &Written) -> Option<&'static str> {
    is_placeholder(&written.value, written.secret).then_some("a placeholder")
}

/// Whether a value stands for one that was never filled in; a secret is told by more.
pub(crate) fn is_placeholder(value: &str, secret: bool) -> bool {
    let lower = value.to_ascii_lowercase();
    let anywhere = ["changeme", "change_me", "change-me", "replace_me", "replace-me", "placeholder"];
    let bracketed = lower.len() > 2 && lower.starts_with('<') && lower.ends_with('>');
    let domain = ["://example.com", "://example.org", "://example.net", ".example.com", ".example.org"];
    anywhere.iter().any(|word| lower.contains(word))
        || bracketed
        || ["your-", "your_", "xxxx"].iter().any(|start| lower.starts_with(start))
        || domain.iter().any(|name| lower.contains(name))
        || (secret && ["example", "your-", "your_"].iter().any(|word| lower.contains(word)))
}

fn shell(written: &Written) -> Option<&'static str> {
    shell_syntax(&written.value)
}

/// What a shell would have replaced in a value.
pub(crate) fn shell_syntax(value: &str) -> Option<&'static str> {
    if value.contains("$(") {
        Some("a command, `$(…)`")
    } else if value.contains("${") {
        Some("a variable, `${…}`")
    } else if value.matches('`').count() >= 2 {
        Some("a command in backticks")
    } else {
        None
    }
}

fn quotes(written: &Written) -> Option<&'static str> {
    const QUOTES: [char; 8] = ['"', '\'', '“', '”', '„', '‘', '’', '«'];
    let (first, last) = (written.value.chars().next()?, written.value.chars().next_back()?);
    match (QUOTES.contains(&first), QUOTES.contains(&last)) {
        (true, true) => Some("quotes around the value are part of it"),
        (true, false) => Some("it begins with a quote"),
        (false, true) => Some("it ends with a quote"),
        (false, false) => None,
    }
}

fn duplicates(written: &[Written]) -> Vec<Spot> {
    let mut lines: BTreeMap<&str, Vec<&Written>> = BTreeMap::new();
    for one in written {
        lines.entry(&one.name).or_default().push(one);
    }
    let twice = lines.into_values().filter(|all| all.len() > 1);
    let spot = |all: Vec<&Written>| {
        let last = all.last()?;
        let others: Vec<_> = all[..all.len() - 1].iter().map(|one| one.line.to_string()).collect();
        let what = format!("line {} counts, and hides line {}", last.line, others.join(" and "));
        Some(Spot { place: last.place.clone(), name: last.name.clone(), what })
    };
    twice.filter_map(spot).collect()
}

/// The secrets in force: the last of each name, where it has a value that is meant as it stands.
fn secrets(written: &[Written]) -> Vec<Secret> {
    let mut last: BTreeMap<&str, &Written> = BTreeMap::new();
    for one in written.iter().filter(|one| one.secret && !one.value.is_empty()) {
        last.insert(&one.name, one);
    }
    // What is a placeholder, or was meant for a shell, is told as that.
    let meant = last.into_values().filter(|one| placeholder(one).is_none() && shell(one).is_none());
    meant
        .map(|one| Secret {
            name: one.name.clone(),
            place: one.place.clone(),
            bits: strength::bits(&one.value),
            refused: (one.name == "TARS_AUTH_SIGNING_KEY")
                .then(|| check_signing_key(&one.value).err().map(String::from))
                .flatten(),
        })
        .collect()
}

/// Whether a variable of the environment says what a setting says already.
pub(super) fn is_same(said: &Value, variable: &str) -> bool {
    match said {
        Value::One(text) => text == variable,
        Value::Many(items) => *items == crate::config::value::split_list(variable),
        Value::Secret(secret) => secret.expose_secret() == variable,
    }
}
