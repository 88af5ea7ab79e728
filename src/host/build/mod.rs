//! Images that are built by the engine from a directory of this machine, a Git repository or an archive somewhere: what
//! stands under `build` in a compose file, carried out by the engine's own builder. What only BuildKit can do is refused
//! by name, never left out.

mod context;
mod dockerfile;
mod ignore;
mod options;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::time::Duration;

use serde_json::Value;
use tar::Header;

use super::exchange::{Exchange, Upload, exchange};
use super::images;
use super::registry::SignIns;
use crate::failure::{Failure, Result};
use crate::redact::keys::suspicion;
use crate::redact::{Redactor, Tags, values::Values};
use crate::stack::engine::Engine;
use context::Source;

/// How long a build may say nothing at all: some steps compile for long without a word.
const SILENCE: Duration = Duration::from_secs(1800);
/// How much of what a build said is told where it fails.
const LINES: usize = 30;

/// What is to be built.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// The service, for whoever reads what is wrong with it.
    pub service: &'a str,
    /// Its `build` section, as `config --format json` has it.
    pub build: &'a Value,
    /// The name that the image gets.
    pub image: &'a str,
    /// The service's `platform`.
    pub platform: Option<&'a str>,
}

/// Builds an image and returns its id; `progress` is given each line that the build says, without secrets, and `warn` why
/// the sign-in at a registry is not known.
///
/// # Errors
/// The section asks for what the engine's builder cannot do, the context or the Dockerfile is not there, or the build
/// fails: then with its last lines.
pub async fn build(
    engine: &Engine,
    sign_ins: &SignIns,
    order: Order<'_>,
    progress: &dyn Fn(&str),
    warn: &dyn Fn(&Failure),
) -> Result<String> {
    let mut query = options::query(&order)?;
    let upload = match Source::find(&order)? {
        Source::Remote { url, dockerfile } => {
            query.push(("remote", url));
            query.extend(dockerfile.map(|path| ("dockerfile", path)));
            None
        }
        Source::Local(context) => {
            query.push(("dockerfile", context.dockerfile().to_string()));
            Some(Upload::new(move |out| context.write(out))?)
        }
    };
    let redactor = Redactor { values: secrets(order.build), identifiers: None, tags: Tags::default() };
    let request = Exchange {
        what: &format!("build the image of `{}`", order.service),
        path: "/build",
        query: &query,
        sign_in: sign_ins.for_build(warn).await.map(|header| ("X-Registry-Config", header)),
        silence: SILENCE,
        hint,
    };
    let (mut id, mut last) = (None, VecDeque::new());
    let ended = exchange(engine, &request, upload, &mut |line| {
        if let Some(made) = line.pointer("/aux/ID").and_then(Value::as_str) {
            id = Some(made.to_string());
        }
        for said in line.get("stream").and_then(Value::as_str).unwrap_or_default().lines() {
            let said = redactor.text(said.trim_end());
            if said.is_empty() {
                continue;
            }
            progress(&said);
            if last.len() == LINES {
                last.pop_front();
            }
            last.push_back(said);
        }
    })
    .await;
    ended.map_err(|failure| with_last_words(&failure, &redactor, &last))?;
    match id {
        Some(id) => Ok(id),
        None => inspected(engine, order.image).await,
    }
}

/// The id of an image, where the build did not say it.
async fn inspected(engine: &Engine, image: &str) -> Result<String> {
    let found =
        engine.ask(format!("look at the image `{image}`"), engine.docker.inspect_image(image)).await?;
    found.id.ok_or_else(|| {
        Failure::environment(format!("the engine does not say which image `{image}` is"))
            .hint("run the command again")
    })
}

/// The values of arguments under keys that say they are secret: a build likes to repeat its arguments.
fn secrets(build: &Value) -> Values {
    let arguments = build.get("args").and_then(Value::as_object).into_iter().flatten();
    Values::new(
        arguments
            .filter(|(key, _)| suspicion(key.as_bytes()).is_some())
            .filter_map(|(_, value)| Some(value.as_str()?.as_bytes().to_vec())),
    )
}

fn with_last_words(failure: &Failure, redactor: &Redactor, last: &VecDeque<String>) -> Failure {
    let mut text = redactor.text(&failure.to_string());
    if !last.is_empty() {
        text.push_str("; its last words:");
        last.iter().for_each(|line| text.push_str(&format!("\n  {line}")));
    }
    let told = Failure::new(failure.kind(), text);
    match failure.hint_text() {
        Some(hint) => told.hint(hint),
        None => told.hint("correct the Dockerfile or its context, then run the command again"),
    }
}

/// What to do where the engine says this of a build.
fn hint(message: &str) -> Option<&'static str> {
    let needs_buildkit =
        ["requires BuildKit", "the --mount option", "the --chmod option", "unknown flag: link"];
    if needs_buildkit.iter().any(|word| message.contains(word)) {
        return Some(
            "this Dockerfile needs BuildKit: build it with `docker buildx build`, and name the image with `image` and `pull_policy: never`",
        );
    }
    images::hint(message)
}

/// The head of an entry of an archive from which an image is made. Everything in it belongs to root, because who owns it
/// here means nothing there, and nothing has a time: the same content makes the same image.
#[must_use]
pub fn header(mode: u32, size: u64) -> Header {
    let mut header = Header::new_gnu();
    header.set_uid(0);
    header.set_gid(0);
    header.set_mode(mode);
    header.set_size(size);
    header.set_mtime(0);
    header
}
