//! What is different between two configurations of a service, down to the field, in a line:
//! `environment.OLLAMA_NUM_PARALLEL 2 → 4, ports + 8080:80`. Secrets are not in it, whether they are known by their
//! value or by what they stand under.

use serde_json::{Map, Value};

use crate::redact::Redactor;
use crate::redact::keys::{Suspicion, suspicion};

/// How many fields are named.
const MOST: usize = 4;

/// How many characters of a value are shown.
const LONGEST: usize = 40;

/// What may be different without a container being another one.
const WITHOUT_EFFECT: [&str; 5] = ["build", "depends_on", "profiles", "pull_policy", "scale"];

/// Lists in which the order is all.
const IN_ORDER: [&str; 3] = ["command", "entrypoint", "healthcheck.test"];

/// What is different; nothing where no container is another one for it. `redactor` knows the secrets of both.
pub fn between(before: &Value, now: &Value, redactor: &Redactor) -> Option<String> {
    let (mut before, mut now) = (before.clone(), now.clone());
    for config in [&mut before, &mut now] {
        if let Some(config) = config.as_object_mut() {
            config.retain(|key, _| !WITHOUT_EFFECT.contains(&key.as_str()));
            if let Some(deploy) = config.get_mut("deploy").and_then(Value::as_object_mut) {
                deploy.remove("replicas");
            }
        }
    }
    let mut found = Vec::new();
    compare(redactor, "", &before, &now, &mut found);
    let more = found.len().saturating_sub(MOST);
    found.truncate(MOST);
    let line = found.join(", ");
    match more {
        _ if line.is_empty() => None,
        0 => Some(line),
        more => Some(format!("{line} and {more} more")),
    }
}

fn compare(redactor: &Redactor, path: &str, before: &Value, now: &Value, found: &mut Vec<String>) {
    match (before, now) {
        (before, now) if before == now => {}
        (Value::Object(before), Value::Object(now)) => compare_maps(redactor, path, before, now, found),
        (Value::Object(before), Value::Null) => compare_maps(redactor, path, before, &Map::new(), found),
        (Value::Null, Value::Object(now)) => compare_maps(redactor, path, &Map::new(), now, found),
        (Value::Array(before), Value::Array(now)) if !IN_ORDER.contains(&path) => {
            compare_lists(redactor, path, before, now, found);
        }
        (Value::Array(before), Value::Null) if !IN_ORDER.contains(&path) => {
            compare_lists(redactor, path, before, &[], found);
        }
        (Value::Null, Value::Array(now)) if !IN_ORDER.contains(&path) => {
            compare_lists(redactor, path, &[], now, found);
        }
        (before, now) => found.push(match (shown(redactor, path, before), shown(redactor, path, now)) {
            _ if before.is_null() && is_secret(redactor, path, now) => format!("{path} added"),
            _ if now.is_null() && is_secret(redactor, path, before) => format!("{path} removed"),
            (Some(_), Some(now)) if before.is_null() => format!("{path} + {now}"),
            (Some(before), Some(_)) if now.is_null() => format!("{path} - {before}"),
            (Some(before), Some(now)) if before != now => format!("{path} {before} → {now}"),
            _ => format!("{path} changed"),
        }),
    }
}

fn compare_maps(
    redactor: &Redactor,
    path: &str,
    before: &Map<String, Value>,
    now: &Map<String, Value>,
    found: &mut Vec<String>,
) {
    let inside = |key: &str| if path.is_empty() { key.to_string() } else { format!("{path}.{key}") };
    let is_bare = |value: &Value| value.is_null() || value.as_object().is_some_and(Map::is_empty);
    for (key, value) in before {
        match now.get(key) {
            None if is_bare(value) => found.push(format!("{path} - {key}").trim_start().to_string()),
            other => compare(redactor, &inside(key), value, other.unwrap_or(&Value::Null), found),
        }
    }
    for (key, value) in now.iter().filter(|(key, _)| !before.contains_key(*key)) {
        if is_bare(value) {
            found.push(format!("{path} + {key}").trim_start().to_string());
        } else {
            compare(redactor, &inside(key), &Value::Null, value, found);
        }
    }
}

/// What went and what came; where nothing did, the order is another one.
fn compare_lists(redactor: &Redactor, path: &str, before: &[Value], now: &[Value], found: &mut Vec<String>) {
    let known = found.len();
    for (sign, these, those) in [('-', before, now), ('+', now, before)] {
        for item in these.iter().filter(|item| !those.contains(item)) {
            found.push(match shown(redactor, path, item) {
                Some(item) => format!("{path} {sign} {item}"),
                None => format!("{path} changed"),
            });
        }
    }
    if found.len() == known {
        found.push(format!("{path} in another order"));
    }
    found.dedup();
}

/// A value as it is shown; none for a secret.
fn shown(redactor: &Redactor, path: &str, value: &Value) -> Option<String> {
    if is_secret(redactor, path, value) {
        return None;
    }
    let text = text(path, value).replace('\n', "\\n");
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    Some(if short.is_empty() { "\"\"".into() } else { short })
}

/// Whether a value is one that the support archive would not show either.
fn is_secret(redactor: &Redactor, path: &str, value: &Value) -> bool {
    let key = path.rsplit('.').next().unwrap_or(path);
    if suspicion(key.as_bytes()).is_some_and(|suspicion| suspicion >= Suspicion::Likely) {
        return true;
    }
    let line = format!("{key}={}", text(path, value));
    redactor.text(&line) != line
}

fn text(path: &str, value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Array(list) => list.iter().map(|item| text(path, item)).collect::<Vec<_>>().join(" "),
        Value::Object(map) => object(path, map).unwrap_or_else(|| value.to_string()),
        value => value.to_string(),
    }
}

/// The short form of what has one.
fn object(path: &str, map: &Map<String, Value>) -> Option<String> {
    let field = |key: &str| map.get(key).map(|value| text(path, value));
    let (before, target) = match path {
        "ports" => ([field("host_ip"), field("published")], field("target")?),
        "volumes" | "secrets" | "configs" => ([field("source"), None], field("target")?),
        _ => return None,
    };
    let parts: Vec<String> = before.into_iter().flatten().chain([target]).collect();
    let protocol =
        field("protocol").filter(|protocol| protocol != "tcp").map(|protocol| format!("/{protocol}"));
    let read_only = map.get("read_only").and_then(Value::as_bool).unwrap_or(false);
    Some(format!("{}{}{}", parts.join(":"), protocol.unwrap_or_default(), if read_only { ":ro" } else { "" }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::values::Values;
    use serde_json::json;

    #[test]
    fn a_difference_is_a_field() {
        for (before, now, line) in [
            (json!({"image": "a:1"}), json!({"image": "a:2"}), "image a:1 → a:2"),
            (json!({"environment": {"N": "2"}}), json!({"environment": {"N": "4"}}), "environment.N 2 → 4"),
            (json!({}), json!({"environment": {"N": "4"}}), "environment.N + 4"),
            (json!({"environment": {"N": ""}}), json!({"environment": null}), "environment.N - \"\""),
            (json!({"environment": {}}), json!({"environment": {"HOME": null}}), "environment + HOME"),
            (
                json!({"networks": {"a": null}}),
                json!({"networks": {"b": null}}),
                "networks - a, networks + b",
            ),
            (json!({"command": ["a", "b"]}), json!({"command": ["b", "a"]}), "command a b → b a"),
            (json!({"command": null}), json!({"command": ["b", "a"]}), "command + b a"),
            (json!({"cap_drop": ["A"]}), json!({"cap_drop": ["A", "B"]}), "cap_drop + B"),
            (json!({"dns": ["1", "2"]}), json!({"dns": ["2", "1"]}), "dns in another order"),
            (json!({"privileged": true}), json!({}), "privileged - true"),
            (
                json!({"ports": [{"mode": "ingress", "target": 80, "published": "80", "protocol": "tcp"}]}),
                json!({"ports": [{"mode": "ingress", "target": 53, "host_ip": "::1", "published": "53", "protocol": "udp"}]}),
                "ports - 80:80, ports + ::1:53:53/udp",
            ),
            (
                json!({}),
                json!({"volumes": [{"type": "bind", "source": "/a", "target": "/b", "read_only": true}]}),
                "volumes + /a:/b:ro",
            ),
            (
                json!({"healthcheck": {"interval": "1s"}}),
                json!({"healthcheck": {"interval": "2s"}}),
                "healthcheck.interval 1s → 2s",
            ),
            (
                json!({}),
                json!({"a": 1, "b": 2, "c": 3, "d": 4, "e": 5, "f": 6}),
                "a + 1, b + 2, c + 3, d + 4 and 2 more",
            ),
        ] {
            assert_eq!(
                between(&before, &now, &Redactor::default()).as_deref(),
                Some(line),
                "{before} and {now}"
            );
        }
    }

    #[test]
    fn what_makes_no_other_container_is_no_difference() {
        let now = json!({"image": "a", "build": {}, "depends_on": {"b": {}}, "scale": 3, "deploy": {"replicas": 3}});
        assert_eq!(between(&json!({"image": "a", "deploy": {}}), &now, &Redactor::default()), None);
    }

    #[test]
    fn secrets_are_not_shown() {
        for (before, now, line) in [
            (
                json!({"DB_PASSWORD": "hunter2"}),
                json!({"DB_PASSWORD": "hunter3"}),
                "environment.DB_PASSWORD changed",
            ),
            (json!({}), json!({"DB_PASSWORD": "hunter3"}), "environment.DB_PASSWORD added"),
            (json!({"API_TOKEN": "x1"}), json!({}), "environment.API_TOKEN removed"),
            (
                json!({"DATABASE_URL": "postgres://u:hunter2@db/x"}),
                json!({"DATABASE_URL": "postgres://u:hunter3@db/x"}),
                "environment.DATABASE_URL changed",
            ),
        ] {
            let line_now =
                between(&json!({"environment": before}), &json!({"environment": now}), &Redactor::default());
            assert_eq!(line_now.as_deref(), Some(line));
        }
        let command = |secret: &str| json!({"command": ["serve", format!("--password={secret}")]});
        assert_eq!(
            between(&command("hunter2"), &command("hunter3"), &Redactor::default()).as_deref(),
            Some("command changed")
        );
    }

    #[test]
    fn a_secret_is_known_by_its_value_wherever_it_stands() {
        let values = ["zebra-cloud-77", "zebra-cloud-78"].map(|value| value.as_bytes().to_vec());
        let redactor = Redactor { values: Values::new(values), ..Redactor::default() };
        let config = |secret: &str| {
            json!({
                "command": ["serve", "-uroot", format!("-p{secret}")],
                "labels": {"auth": format!("ann:{secret}")},
                "user": format!("{}{secret}", "x".repeat(LONGEST - 3)),
            })
        };
        let line = between(&config("zebra-cloud-77"), &config("zebra-cloud-78"), &redactor);
        assert_eq!(line.as_deref(), Some("command changed, labels.auth changed, user changed"));
        let line = between(&json!({}), &config("zebra-cloud-78"), &redactor);
        assert_eq!(line.as_deref(), Some("command added, labels.auth added, user added"));
    }

    #[test]
    fn a_long_value_is_cut() {
        let line =
            between(&json!({"user": "a"}), &json!({"user": "é".repeat(99)}), &Redactor::default()).unwrap();
        assert_eq!(line, format!("user a → {}…", "é".repeat(LONGEST)));
    }
}
