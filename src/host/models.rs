//! Having an Ollama server download a model, and delete it again. Downloading is slow and is never cut off
//! while something still comes; it is given up where nothing does.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::ui::Progress;
use crate::wire::client::http;

/// How long the server may say nothing.
const SILENCE: Duration = Duration::from_secs(60);
/// No line of its progress is longer.
const LONGEST: usize = 64 << 10;

/// Downloads a model.
pub(super) async fn pull(endpoint: &str, model: &str, progress: &Progress) -> Result<()> {
    let body = json!({ "model": model, "stream": true });
    let response = send(Method::POST, &format!("{endpoint}/api/pull"), &body).await?;
    let mut response = accepted(response).await?;
    let mut state = State::default();
    let mut line = Vec::new();
    while let Some(bytes) = heard(endpoint, response.chunk()).await? {
        for byte in bytes {
            if byte == b'\n' {
                state.take(&line, model)?;
                if state.total() > 0 {
                    progress.set(state.completed(), state.total());
                }
                line.clear();
            } else if line.len() < LONGEST {
                line.push(byte);
            }
        }
    }
    state.take(&line, model)?;
    if state.succeeded {
        return Ok(());
    }
    Err(Failure::environment(format!("the download of `{model}` broke off"))
        .hint("run the command again: what has come so far is kept"))
}

/// Deletes a model; one that is gone already is deleted.
pub(super) async fn remove(endpoint: &str, model: &str) -> Result<()> {
    let response =
        send(Method::DELETE, &format!("{endpoint}/api/delete"), &json!({ "model": model })).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(());
    }
    accepted(response).await.map(drop)
}

async fn send(method: Method, url: &str, body: &Value) -> Result<Response> {
    heard(url, http()?.request(method, url).json(body).send()).await
}

/// The answer, unless it is an error; then what it says.
async fn accepted(response: Response) -> Result<Response> {
    let status = response.status();
    if status.is_success() {
        return Ok(response);
    }
    let from = response.url().to_string();
    let said = heard(&from, response.text()).await.unwrap_or_default();
    let said = error(said.as_bytes()).map(|said| format!(": {said}")).unwrap_or_default();
    Err(Failure::environment(format!("the model server answers {status}{said}")))
}

/// The next thing that the server says, for which it has its time.
async fn heard<T>(from: &str, next: impl Future<Output = reqwest::Result<T>>) -> Result<T> {
    match tokio::time::timeout(SILENCE, next).await {
        Ok(Ok(heard)) => Ok(heard),
        Ok(Err(error)) => {
            Err(Failure::environment(format!("the model server at {from} fails"))
                .because(&error.without_url()))
        }
        Err(_) => Err(Failure::environment(format!(
            "the model server at {from} said nothing for {} s",
            SILENCE.as_secs()
        ))),
    }
}

fn error(text: &[u8]) -> Option<String> {
    let said: Value = serde_json::from_slice(text).ok()?;
    said.get("error")?.as_str().map(|said| said.chars().take(300).collect())
}

/// How far a download is: a model is several files, each with its own progress.
#[derive(Debug, Default)]
struct State {
    files: BTreeMap<String, (u64, u64)>,
    succeeded: bool,
}

impl State {
    fn take(&mut self, line: &[u8], model: &str) -> Result<()> {
        if let Some(said) = error(line) {
            return Err(Failure::environment(format!("the model server cannot download `{model}`: {said}"))
                .hint("see whether the name is right at https://ollama.com/library, and whether that machine is online"));
        }
        // A line that is no JSON tells nothing.
        let Ok(said) = serde_json::from_slice::<Value>(line) else { return Ok(()) };
        self.succeeded |= said.get("status").and_then(Value::as_str) == Some("success");
        let number = |name: &str| said.get(name).and_then(Value::as_u64);
        if let (Some(digest), Some(total)) = (said.get("digest").and_then(Value::as_str), number("total")) {
            self.files.insert(digest.to_string(), (number("completed").unwrap_or(0), total));
        }
        Ok(())
    }

    fn completed(&self) -> u64 {
        self.files.values().fold(0, |sum, (completed, _)| sum.saturating_add(*completed))
    }

    fn total(&self) -> u64 {
        self.files.values().fold(0, |sum, (_, total)| sum.saturating_add(*total))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_that_of_all_files_and_an_error_ends_it() {
        let mut state = State::default();
        for line in [
            r#"{"status":"pulling manifest"}"#,
            r#"{"status":"pulling aa","digest":"sha256:aa","total":100,"completed":10}"#,
            r#"{"status":"pulling aa","digest":"sha256:aa","total":100,"completed":60}"#,
            r#"{"status":"pulling bb","digest":"sha256:bb","total":20}"#,
            "nonsense",
            "",
        ] {
            state.take(line.as_bytes(), "m").unwrap();
        }
        assert_eq!((state.completed(), state.total(), state.succeeded), (60, 120, false));
        state.take(br#"{"status":"success"}"#, "m").unwrap();
        assert!(state.succeeded);
        let failure =
            state.take(br#"{"error":"pull model manifest: file does not exist"}"#, "m").unwrap_err();
        assert!(failure.to_string().contains("file does not exist"), "{failure}");
    }
}
