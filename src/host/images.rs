//! Images as the engine keeps them: pulled from a registry, with the sign-in that this person has there and with a word
//! on how far it is, or made out of an archive. Whether an image is wanted at all is decided elsewhere.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use bollard::errors::Error;
use serde_json::Value;

use super::exchange::{Exchange, Upload, exchange};
use super::registry::SignIns;
use crate::failure::Result;
use crate::stack::engine::Engine;

/// How long a pull may say nothing at all.
const SILENCE: Duration = Duration::from_secs(60);

/// How far a pull is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pulled {
    /// The layers that are there, of all.
    pub layers: (usize, usize),
    /// The bytes that have come, of those of which the registry has told yet.
    pub bytes: (u64, u64),
    /// What the engine does now, in its own words: `Downloading`.
    pub text: String,
}

/// Pulls an image, which has the tag `latest` where it names none; `platform` is as in `linux/arm64`.
///
/// # Errors
/// The registry or the image is not there, nobody may have it, there is no space, or a minute goes by without a word.
pub async fn pull(
    engine: &Engine,
    sign_ins: &SignIns,
    image: &str,
    platform: Option<&str>,
    progress: &dyn Fn(&Pulled),
) -> Result<()> {
    let (repository, tag) = named(image);
    let mut query = vec![("fromImage", repository.to_string()), ("tag", tag.to_string())];
    query.extend(platform.map(|platform| ("platform", platform.to_string())));
    let sign_in = sign_ins.for_image(image).await?.map(|header| ("X-Registry-Auth", header));
    let request = Exchange {
        what: &format!("pull the image `{image}`"),
        path: "/images/create",
        query: &query,
        sign_in,
        silence: SILENCE,
        hint,
    };
    let mut layers = Layers::default();
    exchange(engine, &request, None, &mut |line| {
        layers.take(line);
        progress(&layers.pulled());
    })
    .await
}

/// An image to be made out of an archive.
#[derive(Debug, Clone, Copy)]
pub struct Import<'a> {
    /// Its name, with a tag.
    pub image: &'a str,
    /// How its containers start, in the words of a Dockerfile.
    pub changes: &'a [String],
}

/// Makes an image whose only layer is this archive.
///
/// # Errors
/// The engine refuses it, or what is sent cannot be read.
pub async fn import(engine: &Engine, import: &Import<'_>, archive: Upload) -> Result<()> {
    let (repository, tag) = named(import.image);
    let mut query =
        vec![("fromSrc", "-".to_string()), ("repo", repository.to_string()), ("tag", tag.to_string())];
    query.extend(import.changes.iter().map(|change| ("changes", change.clone())));
    let request = Exchange {
        what: &format!("make the image `{}`", import.image),
        path: "/images/create",
        query: &query,
        sign_in: None,
        silence: SILENCE,
        hint,
    };
    exchange(engine, &request, Some(archive), &mut |_| {}).await
}

/// The labels of an image; `None` where there is no such image.
///
/// # Errors
/// The engine does not answer.
pub async fn labels(engine: &Engine, image: &str) -> Result<Option<HashMap<String, String>>> {
    let looked = async {
        match engine.docker.inspect_image(image).await {
            Ok(found) => Ok(Some(found.config.and_then(|config| config.labels).unwrap_or_default())),
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    };
    engine.ask(format!("look at the image `{image}`"), looked).await
}

/// The name and what stands behind it: a digest, a tag, or `latest`. Without either, the engine would pull all tags.
fn named(image: &str) -> (&str, &str) {
    if let Some((name, digest)) = image.split_once('@') {
        // Where there are both, the digest says which one, and the tag is for people.
        return (untagged(name).0, digest);
    }
    let (name, tag) = untagged(image);
    (name, tag.unwrap_or("latest"))
}

fn untagged(name: &str) -> (&str, Option<&str>) {
    match name.rsplit_once(':') {
        // The colon of a port stands before a slash.
        Some((name, tag)) if !tag.contains('/') => (name, Some(tag)),
        _ => (name, None),
    }
}

/// What to do where the engine says this. It has one sentence for a name that is wrong and for one that is not shown.
pub(super) fn hint(message: &str) -> Option<&'static str> {
    let message = message.to_ascii_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if says(&["no space left", "disk quota exceeded"]) {
        return Some("free some space on the engine's disk: `docker system df` shows what uses it");
    }
    if says(&["toomanyrequests", "rate limit"]) {
        return Some("the registry gives no more for now: sign in with `docker login`, or wait an hour");
    }
    if says(&["no matching manifest", "does not provide the specified platform", "no match for platform"]) {
        return Some("the image is not made for this kind of machine: choose another one, or set `platform`");
    }
    if says(&["denied", "unauthorized", "authentication required", "no basic auth"]) {
        return Some(
            "see whether the name is right; where the image is private, sign in first: `docker login REGISTRY`",
        );
    }
    if says(&["gave http response to https client", "x509", "certificate"]) {
        return Some(
            "the engine does not trust that registry: give it the certificate, in `/etc/docker/certs.d`",
        );
    }
    if says(&[
        "no such host",
        "dial tcp",
        "i/o timeout",
        "timeout exceeded",
        "network is unreachable",
        "server misbehaving",
    ]) {
        return Some(
            "see whether this machine is online and the registry's name is right: `tars doctor --category network`",
        );
    }
    if says(&["not found", "manifest unknown", "does not exist", "invalid reference"]) {
        return Some("see whether the name and the tag are right");
    }
    None
}

/// The layers of an image by their ids, in what the engine says of each.
#[derive(Debug, Default)]
struct Layers {
    layers: BTreeMap<String, Layer>,
    text: String,
}

#[derive(Debug, Default)]
struct Layer {
    there: bool,
    bytes: (u64, u64),
}

impl Layers {
    fn take(&mut self, line: &Value) {
        let Some(status) = line.get("status").and_then(Value::as_str) else { return };
        self.text = status.to_string();
        // Of the image as a whole the engine speaks too, under the name of its tag.
        let Some(id) = line.get("id").and_then(Value::as_str).filter(|_| !status.starts_with("Pulling from"))
        else {
            return;
        };
        let layer = self.layers.entry(id.to_string()).or_default();
        let number = |name: &str| line.pointer(&format!("/progressDetail/{name}")).and_then(Value::as_u64);
        match (status, number("current"), number("total")) {
            ("Downloading", Some(current), Some(total)) => layer.bytes = (current.min(total), total),
            ("Download complete" | "Verifying Checksum", ..) => layer.bytes.0 = layer.bytes.1,
            ("Pull complete" | "Already exists", ..) => {
                layer.there = true;
                layer.bytes.0 = layer.bytes.1;
            }
            _ => {}
        }
    }

    fn pulled(&self) -> Pulled {
        let there = self.layers.values().filter(|layer| layer.there).count();
        let sum = |part: fn(&Layer) -> u64| self.layers.values().map(part).fold(0, u64::saturating_add);
        Pulled {
            layers: (there, self.layers.len()),
            bytes: (sum(|layer| layer.bytes.0), sum(|layer| layer.bytes.1)),
            text: self.text.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_tag_and_never_all_of_them() {
        for (image, expected) in [
            ("redis", ("redis", "latest")),
            ("redis:7", ("redis", "7")),
            ("nas:5000/redis", ("nas:5000/redis", "latest")),
            ("nas:5000/redis:7", ("nas:5000/redis", "7")),
            ("redis@sha256:00", ("redis", "sha256:00")),
            ("nas:5000/redis:7@sha256:00", ("nas:5000/redis", "sha256:00")),
        ] {
            assert_eq!(named(image), expected, "{image}");
        }
    }

    #[test]
    fn layers_are_counted_once_they_are_there() {
        let mut layers = Layers::default();
        for line in [
            r#"{"status":"Pulling from library/redis","id":"7"}"#,
            r#"{"status":"Already exists","progressDetail":{},"id":"aa"}"#,
            r#"{"status":"Pulling fs layer","progressDetail":{},"id":"bb"}"#,
            r#"{"status":"Waiting","progressDetail":{},"id":"cc"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":40,"total":100},"id":"bb"}"#,
            r#"{"status":"Downloading","progressDetail":{"current":1,"total":10},"id":"cc"}"#,
        ] {
            layers.take(&serde_json::from_str(line).unwrap());
        }
        let expected = Pulled { layers: (1, 3), bytes: (41, 110), text: "Downloading".into() };
        assert_eq!(layers.pulled(), expected);
        for line in [
            r#"{"status":"Download complete","progressDetail":{},"id":"bb"}"#,
            r#"{"status":"Extracting","progressDetail":{"current":5,"total":100},"id":"bb"}"#,
            r#"{"status":"Pull complete","progressDetail":{},"id":"bb"}"#,
            r#"{"status":"Digest: sha256:00"}"#,
        ] {
            layers.take(&serde_json::from_str(line).unwrap());
        }
        let expected = Pulled { layers: (2, 3), bytes: (101, 110), text: "Digest: sha256:00".into() };
        assert_eq!(layers.pulled(), expected);
    }

    #[test]
    fn what_engines_say_has_a_way_on() {
        for (message, word) in [
            (
                "Get \"https://registry-1.docker.io/v2/\": dial tcp: lookup registry-1.docker.io: no such host",
                "online",
            ),
            (
                "pull access denied for nosuch, repository does not exist or may require 'docker login'",
                "docker login",
            ),
            ("manifest for redis:nope not found: manifest unknown: manifest unknown", "the tag"),
            ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", "space"),
            ("no matching manifest for linux/riscv64 in the manifest list entries", "platform"),
            ("toomanyrequests: You have reached your pull rate limit", "wait"),
            ("x509: certificate signed by unknown authority", "certs.d"),
        ] {
            assert!(hint(message).is_some_and(|hint| hint.contains(word)), "{message}");
        }
        assert_eq!(hint("something else"), None);
    }
}
