//! The language model server that is configured, or that answers on one of this machine's usual ports: whether
//! and how it answers, which models it has and what they are. It asks no model anything. What is healthy is
//! for checks to say.

mod ask;
mod ollama;
mod openai;
mod store;
mod usual;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use tokio::time::Instant;

pub use store::Store;
pub use usual::{Endpoint, endpoints};

use super::snapshot::Asked;
use super::{Fact, Probe};
use crate::config::{self, USUAL_MODEL_PORTS};
use ask::Asker;

/// Where answers are to be written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// Nowhere: answers are extracts.
    Off,
    /// By whatever answers on a usual port.
    #[default]
    Auto,
    /// By the server that the operator has named.
    Named,
}

/// What came of the first question to a server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// It answers, and has a list of models.
    Answers,
    /// It wants a key, or another one: the status.
    Denied(u16),
    /// It answers something else: the status.
    Status(u16),
    /// Nothing listens there.
    Refused,
    /// Its name has no address.
    NoName,
    /// What listens there does not speak HTTP.
    NotHttp,
    /// The connection cannot be made private, and why.
    Tls(String),
    /// Anything else, in the system's words.
    Failed(String),
}

/// What a server speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Ollama's own interface.
    Ollama,
    /// The OpenAI-compatible one.
    OpenAi,
}

/// A model that a server has.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Model {
    /// Its name, with the tag.
    pub name: String,
    /// Its size on the disk in bytes, where the server tells.
    pub size: Option<u64>,
}

/// What a server says of the model that is used.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Shown {
    /// The most tokens that it can take at once, as it is served.
    pub context: Option<u64>,
    /// How many numbers its attention keeps of every token: over all layers, heads × (key + value).
    pub kept_per_token: Option<u64>,
}

/// A model that is loaded.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Running {
    /// Its name.
    pub name: String,
    /// All the memory that it takes, in bytes.
    pub size: u64,
    /// The part of it that is memory of graphics cards.
    pub size_vram: u64,
    /// The context that it was loaded with, in tokens, where the server tells.
    pub context: Option<u64>,
}

/// What is known of the language model server.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Models {
    /// Where answers are to be written.
    pub wanted: Wanted,
    /// The server's base URL; none where there is none.
    pub base: Option<String>,
    /// The addresses that its name has.
    pub addresses: Fact<Vec<IpAddr>>,
    /// What came of the first question.
    pub contact: Fact<Contact>,
    /// What it speaks.
    pub kind: Option<Kind>,
    /// Its version, where it tells.
    pub version: Fact<Option<String>>,
    /// Its models.
    pub models: Fact<Vec<Model>>,
    /// The model that is asked: the configured one where it is there, otherwise the first that writes.
    pub used: Option<String>,
    /// What the server says of it.
    pub shown: Fact<Shown>,
    /// The models that are loaded.
    pub running: Fact<Vec<Running>>,
    /// How many seconds the server's clock is ahead of ours, where it tells the time.
    pub ahead: Fact<Option<i64>>,
    /// Where Ollama keeps models on this machine; none where nothing is kept here.
    pub store: Fact<Option<Store>>,
}

impl Models {
    /// The server runs on this machine.
    #[must_use]
    pub fn is_here(&self) -> bool {
        self.addresses.known().is_some_and(|all| !all.is_empty() && all.iter().all(IpAddr::is_loopback))
    }
}

/// Asks the configured server, or those on the usual ports.
pub(super) fn gather(asked: &Asked) -> Models {
    let wanted = match asked.config.as_ref().map(|config| &config.endpoint) {
        Some(config::Endpoint::Off) => return Models { wanted: Wanted::Off, ..Models::default() },
        Some(config::Endpoint::Url(_)) => Wanted::Named,
        Some(config::Endpoint::Auto) | None => Wanted::Auto,
    };
    let (root, variables) =
        (asked.at("/"), ["OLLAMA_MODELS", "HOME"].map(|name| asked.variable(name).map(String::from)));
    let store = Probe::within(asked.deadline, move || store::look(&root, &variables));
    let mut models = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => {
            let models = runtime.block_on(look(asked));
            // Looking a name up may still hang on a thread of the runtime: it is abandoned.
            runtime.shutdown_background();
            models
        }
        Err(error) => Models { contact: Fact::Unknown(error.to_string()), ..Models::default() },
    };
    models.wanted = wanted;
    models.store = store.finish();
    models
}

async fn look(asked: &Asked) -> Models {
    let end = Instant::now() + asked.deadline;
    let named = match asked.config.as_ref().map(|config| &config.endpoint) {
        Some(config::Endpoint::Url(url)) => Some(url.strip_suffix("/v1").unwrap_or(url)),
        _ => None,
    };
    if let Some(base) = named {
        let key = asked.config.as_ref().and_then(|config| config.api_key.clone());
        return one(asked, base, key, end).await;
    }
    let at = async |port: u16| {
        // Never ourselves: our server may have one of the usual ports.
        if port == asked.listen().port() { None } else { Some(usual(asked, port, end).await) }
    };
    let [first, second, third] = USUAL_MODEL_PORTS;
    let (first, second, third) = tokio::join!(at(first), at(second), at(third));
    let found = || [&first, &second, &third].into_iter().flatten();
    let answers = found().find(|models| models.contact == Fact::Known(Contact::Answers));
    // One that is there and hangs may be what would have answered.
    let hangs = || found().find(|models| matches!(models.contact, Fact::Unknown(_)));
    answers.or_else(hangs).cloned().unwrap_or_default()
}

async fn usual(asked: &Asked, port: u16, end: Instant) -> Models {
    one(asked, &format!("http://127.0.0.1:{port}"), None, end).await
}

/// Everything that one server says.
async fn one(asked: &Asked, base: &str, key: Option<secrecy::SecretString>, end: Instant) -> Models {
    let mut models = Models { base: Some(base.to_string()), ..Models::default() };
    let asker = match Asker::new(base, key, asked.deadline, end) {
        Ok(asker) => asker,
        Err(why) => {
            models.contact = Fact::Unknown(why);
            return models;
        }
    };
    let (addresses, version, tags, list) = tokio::join!(
        asker.addresses(),
        asker.get("/api/version"),
        asker.get("/api/tags"),
        asker.get("/v1/models")
    );
    models.addresses = addresses;
    models.ahead = Fact::from(
        [&version, &tags, &list]
            .iter()
            .find_map(|said| said.as_ref().ok())
            .map_or(Err("it does not answer"), |answer| Ok(answer.ahead)),
    );
    let (theirs, others) = (ollama::models(&tags), openai::models(&list));
    models.contact = match (&theirs, &others) {
        (Some(_), _) | (_, Some(_)) => Fact::Known(Contact::Answers),
        (None, None) => ask::contact(&[&tags, &list]),
    };
    // Some OpenAI-compatible servers have a list in Ollama's form as well, and no version of Ollama.
    let told = ollama::version(&version);
    models.kind = match (&told, &theirs, &others) {
        (Some(_), Some(_), _) | (_, Some(_), None) => Some(Kind::Ollama),
        (_, _, Some(_)) => Some(Kind::OpenAi),
        _ => None,
    };
    let list = if models.kind == Some(Kind::Ollama) { theirs } else { others };
    if let Some(list) = list {
        let wanted = asked.config.as_ref().and_then(|config| config.model.as_deref());
        models.used = used(&list, wanted);
        models.models = Fact::Known(list);
    }
    match models.kind {
        Some(Kind::Ollama) => {
            models.version = Fact::Known(told);
            let (shown, running) =
                tokio::join!(ollama::shown(&asker, models.used.as_deref()), ollama::running(&asker));
            (models.shown, models.running) = (shown, running);
        }
        Some(Kind::OpenAi) => {
            models.version = Fact::Known(None);
            models.shown = openai::shown(&asker, models.used.as_deref()).await;
        }
        None => {}
    }
    models
}

/// The model that is asked, as the server chooses it: the configured one by its exact tag, `latest` where none
/// is given; otherwise the first that is not for embedding.
fn used(list: &[Model], wanted: Option<&str>) -> Option<String> {
    let chosen = match wanted {
        Some(wanted) => list.iter().find(|model| same_model(&model.name, wanted)),
        None => list.iter().find(|model| !model.name.to_lowercase().contains("embed")),
    };
    chosen.map(|model| model.name.clone())
}

/// Ollama lists `mistral:latest` where a person writes `mistral`; any other tag must be the same.
#[must_use]
pub fn same_model(listed: &str, wanted: &str) -> bool {
    listed == wanted || listed.strip_suffix(":latest") == Some(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_used_by_its_exact_tag() {
        let list: Vec<Model> = ["nomic-embed-text:latest", "mistral:7b-instruct", "llama3:latest"]
            .map(|name| Model { name: name.into(), size: None })
            .into();
        for (wanted, found) in [
            (Some("mistral"), None),
            (Some("mistral:7b-instruct"), Some("mistral:7b-instruct")),
            (Some("llama3"), Some("llama3:latest")),
            (None, Some("mistral:7b-instruct")),
        ] {
            assert_eq!(used(&list, wanted).as_deref(), found, "{wanted:?}");
        }
        assert_eq!(used(&[], None), None);
    }

    #[test]
    fn looking_at_this_machine_does_not_panic() {
        let home = tempfile::tempdir().unwrap();
        let asked = Asked {
            root: "/".into(),
            home: config::paths::Home::under(home.path()),
            config: None,
            waivers: Vec::new(),
            hung: Vec::new(),
            environment: Vec::new(),
            deadline: crate::facts::DEADLINE,
        };
        assert_eq!(gather(&asked).wanted, Wanted::Auto);
    }
}
