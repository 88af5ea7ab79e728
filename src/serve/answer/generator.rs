//! Language model servers: finding one on this machine or taking the configured one, and asking it for one
//! answer within a deadline. Ollama is spoken to in its own API, everything else in the OpenAI one. Model
//! names come from the server; nothing is ever downloaded.

use std::time::Duration;

use reqwest::RequestBuilder;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use serde_json::json;

use super::prompt::Prompt;
use crate::config::{CONTEXT_TOKENS, Config, Endpoint, USUAL_MODEL_PORTS};

/// What a person is told where there is no endpoint.
pub const NO_ENDPOINT: &str = "answers are extracts: no language model endpoint found";

/// How long a model server may take to list its models.
const LOOK: Duration = Duration::from_secs(2);

/// The most tokens of an answer.
pub const ANSWER_TOKENS: u32 = 700;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Api {
    Ollama,
    OpenAi,
}

/// A model that can be asked.
#[derive(Clone)]
pub struct Generator {
    http: reqwest::Client,
    api: Api,
    base: String,
    model: String,
    key: Option<SecretString>,
}

/// Why a model gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum GeneratorError {
    /// It took too long.
    #[error("{who} did not answer in {seconds} s")]
    TooSlow {
        /// The model, or the server where none is known yet.
        who: String,
        /// The deadline.
        seconds: u64,
    },
    /// The server answered with an error.
    #[error("the model server answered {0}")]
    Refused(reqwest::StatusCode),
    /// The server cannot be reached, or answers something else.
    #[error("the model server at {base} cannot be used")]
    Unusable {
        /// Its address.
        base: String,
        /// What went wrong.
        #[source]
        source: reqwest::Error,
    },
    /// The server has no model that writes.
    #[error("the model server at {0} offers no model that writes answers")]
    NoModel(String),
    /// The server does not have the configured model.
    #[error("the model server at {base} does not offer `{model}`")]
    WrongModel {
        /// Its address.
        base: String,
        /// The configured name.
        model: String,
    },
}

#[derive(Deserialize)]
struct OllamaTags {
    models: Vec<OllamaModel>,
}

#[derive(Deserialize)]
struct OllamaModel {
    name: String,
}

#[derive(Deserialize)]
struct OpenAiModels {
    data: Vec<OpenAiModel>,
}

#[derive(Deserialize)]
struct OpenAiModel {
    id: String,
}

#[derive(Deserialize)]
struct OllamaReply {
    message: Message,
}

#[derive(Deserialize)]
struct OpenAiReply {
    choices: Vec<Choice>,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
}

impl Generator {
    /// The configured endpoint, or the first usual address that answers. `Ok(None)` where answers are to be
    /// extracts, or where nothing answers at the usual addresses.
    pub async fn find(http: &reqwest::Client, config: &Config) -> Result<Option<Self>, GeneratorError> {
        let bases: Vec<String> = match &config.endpoint {
            Endpoint::Off => return Ok(None),
            Endpoint::Url(url) => vec![url.strip_suffix("/v1").unwrap_or(url).to_string()],
            // Never ourselves: this server may have one of the usual ports.
            Endpoint::Auto => USUAL_MODEL_PORTS
                .into_iter()
                .filter(|port| *port != config.listen.port())
                .map(|port| format!("http://127.0.0.1:{port}"))
                .collect(),
        };
        let mut problem = None;
        for base in bases {
            match Self::at(http, &base, config).await {
                Ok(found) => return Ok(Some(found)),
                // That nothing listens at a usual port is no problem; that what listens has no model is.
                Err(GeneratorError::Unusable { .. }) if config.endpoint == Endpoint::Auto => {}
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        problem.map_or(Ok(None), Err)
    }

    async fn at(http: &reqwest::Client, base: &str, config: &Config) -> Result<Self, GeneratorError> {
        let mut found = Self {
            http: http.clone(),
            api: Api::Ollama,
            base: base.to_string(),
            model: String::new(),
            // Whoever listens at a usual port has not been named by the operator.
            key: config.api_key.clone().filter(|_| config.endpoint != Endpoint::Auto),
        };
        let names: Vec<String> =
            match found.fetch::<OllamaTags>(http.get(format!("{base}/api/tags")), LOOK).await {
                Ok(tags) => tags.models.into_iter().map(|model| model.name).collect(),
                Err(_) => {
                    found.api = Api::OpenAi;
                    let models: OpenAiModels =
                        found.fetch(http.get(format!("{base}/v1/models")), LOOK).await?;
                    models.data.into_iter().map(|model| model.id).collect()
                }
            };
        found.model = match &config.model {
            Some(wanted) => names.into_iter().find(|name| same_model(name, wanted)).ok_or_else(|| {
                GeneratorError::WrongModel { base: base.to_string(), model: wanted.clone() }
            })?,
            None => names
                .into_iter()
                .find(|name| !name.to_lowercase().contains("embed"))
                .ok_or_else(|| GeneratorError::NoModel(base.to_string()))?,
        };
        Ok(found)
    }

    /// The name of the model.
    #[must_use]
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Where it is.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Whether the server still answers.
    pub async fn is_there(&self) -> bool {
        let path = if self.api == Api::Ollama { "/api/tags" } else { "/v1/models" };
        self.fetch::<serde_json::Value>(self.http.get(format!("{}{path}", self.base)), LOOK).await.is_ok()
    }

    /// Asks for one answer.
    pub async fn generate(&self, prompt: &Prompt, deadline: Duration) -> Result<String, GeneratorError> {
        let messages = json!([
            { "role": "system", "content": prompt.system },
            { "role": "user", "content": prompt.user },
        ]);
        let text = match self.api {
            Api::Ollama => {
                let body = json!({
                    "model": self.model, "messages": messages, "stream": false,
                    "options": { "temperature": 0.2, "num_predict": ANSWER_TOKENS, "num_ctx": CONTEXT_TOKENS },
                });
                let request = self.http.post(format!("{}/api/chat", self.base)).json(&body);
                self.fetch::<OllamaReply>(request, deadline).await?.message.content
            }
            Api::OpenAi => {
                let body = json!({
                    "model": self.model, "messages": messages, "stream": false,
                    "temperature": 0.2, "max_tokens": ANSWER_TOKENS,
                });
                let request = self.http.post(format!("{}/v1/chat/completions", self.base)).json(&body);
                let reply: OpenAiReply = self.fetch(request, deadline).await?;
                reply.choices.into_iter().next().and_then(|choice| choice.message.content)
            }
        };
        Ok(without_thoughts(&text.unwrap_or_default()))
    }

    async fn fetch<T: serde::de::DeserializeOwned>(
        &self,
        mut request: RequestBuilder,
        deadline: Duration,
    ) -> Result<T, GeneratorError> {
        if let Some(key) = &self.key {
            request = request.bearer_auth(key.expose_secret());
        }
        let unusable = |source: reqwest::Error| {
            if source.is_timeout() && !source.is_connect() {
                let who = match self.model.as_str() {
                    "" => format!("the model server at {}", self.base),
                    model => format!("the model `{model}`"),
                };
                return GeneratorError::TooSlow { who, seconds: deadline.as_secs() };
            }
            GeneratorError::Unusable { base: self.base.clone(), source: source.without_url() }
        };
        let response = request.timeout(deadline).send().await.map_err(unusable)?;
        if !response.status().is_success() {
            return Err(GeneratorError::Refused(response.status()));
        }
        response.json().await.map_err(unusable)
    }
}

/// Ollama lists `mistral:latest` where a person writes `mistral`; any other tag must be the same.
fn same_model(listed: &str, wanted: &str) -> bool {
    listed == wanted || listed.strip_suffix(":latest") == Some(wanted)
}

/// Reasoning models put their thoughts first, between tags: they are no part of the answer.
fn without_thoughts(text: &str) -> String {
    match (text.trim_start().strip_prefix("<think>"), text.find("</think>")) {
        (Some(_), Some(end)) => text[end + "</think>".len()..].trim().to_string(),
        (Some(_), None) => String::new(),
        (None, _) => text.trim().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_model_is_matched_by_its_exact_tag() {
        assert!(same_model("mistral:7b-instruct", "mistral:7b-instruct"));
        assert!(same_model("mistral:latest", "mistral"));
        assert!(!same_model("mistral:7b-instruct", "mistral"));
    }

    #[test]
    fn thoughts_are_left_out() {
        assert_eq!(without_thoughts("<think>hm</think>\n\nYes [1]."), "Yes [1].");
        assert_eq!(without_thoughts("<think>hm, cut off"), "");
        assert_eq!(without_thoughts(" Yes. "), "Yes.");
    }
}
