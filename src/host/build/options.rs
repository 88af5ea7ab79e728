//! A `build` section as the parameters of the engine's `/build`. What that has no parameter for is refused by name.

use serde_json::{Map, Value, json};

use super::Order;
use crate::failure::{Failure, Result};

/// The label by which Docker Compose marks images of the engine's own builder; theirs and ours are alike.
const BUILDER: (&str, &str) = ("com.docker.compose.image.builder", "classic");

/// What only BuildKit knows.
const BUILDKIT: [&str; 8] =
    ["additional_contexts", "cache_to", "entitlements", "privileged", "provenance", "sbom", "secrets", "ssh"];

/// The parameters, without those that say where the context is.
pub(super) fn query(order: &Order<'_>) -> Result<Vec<(&'static str, String)>> {
    let empty = Map::new();
    let build = order.build.as_object().unwrap_or(&empty);
    if let Some(key) = BUILDKIT.into_iter().find(|key| build.get(*key).is_some_and(asks)) {
        return Err(refused(order, key, "only BuildKit can do that"));
    }
    let text = |key: &str| build.get(key).and_then(Value::as_str).map(str::to_string);
    let on = |key: &str| build.get(key).and_then(Value::as_bool).unwrap_or(false);
    // The first version of the builder is that of the API; its containers go, whatever comes of them.
    let mut query = vec![("version", "1".into()), ("rm", "1".into()), ("forcerm", "1".into())];
    query.push(("t", order.image.to_string()));
    query.extend(list(build, "tags").into_iter().map(|tag| ("t", tag)));
    query.push(("buildargs", object(build, "args").to_string()));
    let mut labels = object(build, "labels");
    labels[BUILDER.0] = json!(BUILDER.1);
    query.push(("labels", labels.to_string()));
    query.extend(text("target").map(|target| ("target", target)));
    query.extend(text("network").map(|network| ("networkmode", network)));
    query.extend(text("isolation").map(|isolation| ("isolation", isolation)));
    query.extend(
        list(build, "extra_hosts").into_iter().map(|host| ("extrahosts", host.replacen('=', ":", 1))),
    );
    if let Some(size) = build.get("shm_size").and_then(number) {
        query.push(("shmsize", size.to_string()));
    }
    let limits: Vec<Value> =
        object(build, "ulimits").as_object().into_iter().flatten().filter_map(limit).collect();
    if !limits.is_empty() {
        query.push(("ulimits", json!(limits).to_string()));
    }
    let cached = cache(order, &list(build, "cache_from"))?;
    if !cached.is_empty() {
        query.push(("cachefrom", json!(cached).to_string()));
    }
    // To use less of the cache than it might makes the same image.
    if on("no_cache") || !list(build, "no_cache_filter").is_empty() {
        query.push(("nocache", "1".into()));
    }
    if on("pull") {
        query.push(("pull", "1".into()));
    }
    query.extend(platform(order, &list(build, "platforms"))?.map(|platform| ("platform", platform)));
    Ok(query)
}

/// Whether something is asked for: `false` and nothing ask for nothing.
fn asks(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty() && text != "false",
        Value::Array(list) => !list.is_empty(),
        Value::Object(map) => !map.is_empty(),
        _ => true,
    }
}

fn refused(order: &Order<'_>, key: &str, why: &str) -> Failure {
    Failure::config(format!("cannot carry out `services.{}.build.{key}`: {why}", order.service)).hint(
        format!("build the image with `docker buildx build --tag {}`, or take `{key}` out", order.image),
    )
}

/// The platform to build for: there is one, and the service's comes first.
fn platform(order: &Order<'_>, platforms: &[String]) -> Result<Option<String>> {
    match (order.platform, platforms) {
        (Some(platform), _) => Ok(Some(platform.to_string())),
        (None, []) => Ok(None),
        (None, [platform]) => Ok(Some(platform.clone())),
        (None, _) => Err(refused(order, "platforms", "only BuildKit can build for more than one platform")),
    }
}

/// The images whose layers may be used.
fn cache(order: &Order<'_>, entries: &[String]) -> Result<Vec<String>> {
    let image = |entry: &String| {
        if !entry.contains('=') {
            return Ok(entry.clone());
        }
        let parts: Vec<_> = entry.split(',').filter_map(|part| part.split_once('=')).collect();
        let part = |name: &str| parts.iter().find(|(key, _)| *key == name).map(|(_, value)| *value);
        match (part("type"), part("ref")) {
            (Some("registry"), Some(image)) => Ok(image.to_string()),
            _ => Err(refused(order, "cache_from", &format!("only BuildKit knows the cache `{entry}`"))),
        }
    };
    entries.iter().map(image).collect()
}

/// A limit, which is one number for both or a pair.
fn limit((name, value): (&String, &Value)) -> Option<Value> {
    let (soft, hard) = match value {
        Value::Object(pair) => (pair.get("soft").and_then(number)?, pair.get("hard").and_then(number)?),
        both => (number(both)?, number(both)?),
    };
    Some(json!({ "Name": name, "Soft": soft, "Hard": hard }))
}

/// A number, which Compose writes as a text where it was a size.
fn number(value: &Value) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

/// A mapping without what has no value: an argument that nobody sets has the Dockerfile's default.
fn object(build: &Map<String, Value>, key: &str) -> Value {
    let entries = build.get(key).and_then(Value::as_object).into_iter().flatten();
    Value::Object(
        entries
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect(),
    )
}

fn list(build: &Map<String, Value>, key: &str) -> Vec<String> {
    let entries = build.get(key).and_then(Value::as_array).into_iter().flatten();
    entries.filter_map(|entry| entry.as_str().map(str::to_string)).collect()
}
