//! What Ollama says in its own interface: its version, its models, one model's make, and what is loaded.

use serde_json::{Value, json};

use super::ask::{Asker, Said, body};
use super::{Model, Running, Shown};
use crate::facts::Fact;

/// `/api/version`.
pub(super) fn version(said: &Said) -> Option<String> {
    body(said).known()?.get("version")?.as_str().map(|version| version.chars().take(40).collect())
}

/// `/api/tags`.
pub(super) fn models(said: &Said) -> Option<Vec<Model>> {
    let models = body(said).known()?.get("models")?.as_array()?;
    let model = |model: &Value| {
        let name = model.get("name")?.as_str()?.to_string();
        Some(Model { name, size: model.get("size").and_then(Value::as_u64) })
    };
    Some(models.iter().filter_map(model).collect())
}

/// `/api/ps`.
pub(super) async fn running(asker: &Asker) -> Fact<Vec<Running>> {
    let said = asker.get("/api/ps").await;
    match body(&said) {
        Fact::Known(body) => Fact::Known(loaded(body)),
        Fact::Unknown(why) => Fact::Unknown(why),
    }
}

fn loaded(body: &Value) -> Vec<Running> {
    let models = body.get("models").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let running = |model: &Value| {
        let number = |name: &str| model.get(name).and_then(Value::as_u64);
        Some(Running {
            name: model.get("name")?.as_str()?.to_string(),
            size: number("size")?,
            size_vram: number("size_vram").unwrap_or(0),
            context: number("context_length"),
        })
    };
    models.iter().filter_map(running).collect()
}

/// `/api/show` of one model.
pub(super) async fn shown(asker: &Asker, model: Option<&str>) -> Fact<Shown> {
    let Some(model) = model else { return Fact::Unknown("there is no model to ask about".into()) };
    let said = asker.post("/api/show", &json!({ "model": model })).await;
    match body(&said) {
        Fact::Known(body) => Fact::Known(make(body)),
        Fact::Unknown(why) => Fact::Unknown(why),
    }
}

/// The make of a model, from its `model_info`, whose names begin with the name of the architecture.
fn make(body: &Value) -> Shown {
    let info = body.get("model_info").unwrap_or(&Value::Null);
    let architecture = info.get("general.architecture").and_then(Value::as_str).unwrap_or_default();
    let value = |name: &str| info.get(format!("{architecture}.{name}"));
    let number = |name: &str| value(name).and_then(Value::as_u64);
    Shown { context: number("context_length"), kept_per_token: kept(&value, &number) }
}

fn kept<'a>(value: &dyn Fn(&str) -> Option<&'a Value>, number: &dyn Fn(&str) -> Option<u64>) -> Option<u64> {
    let layers = number("block_count")?;
    // Heads that keep something, over all layers: one number for every layer alike, or a list.
    let heads = match value("attention.head_count_kv") {
        Some(Value::Array(all)) => all.iter().filter_map(Value::as_u64).fold(0, u64::saturating_add),
        Some(one) => one.as_u64()?.saturating_mul(layers),
        None => number("attention.head_count")?.saturating_mul(layers),
    };
    let usual = || number("embedding_length")?.checked_div(number("attention.head_count")?);
    let width = |name: &str| number(name).or_else(usual);
    let both = width("attention.key_length")?.saturating_add(width("attention.value_length")?);
    Some(heads.saturating_mul(both))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_make_of_a_model_is_read_whatever_its_architecture() {
        let llama = json!({ "model_info": {
            "general.architecture": "llama", "llama.block_count": 28, "llama.context_length": 131_072,
            "llama.attention.head_count": 24, "llama.attention.head_count_kv": 8,
            "llama.attention.key_length": 128, "llama.attention.value_length": 128,
        }});
        let old = json!({ "model_info": {
            "general.architecture": "phi2", "phi2.block_count": 32, "phi2.context_length": 2048,
            "phi2.attention.head_count": 32, "phi2.embedding_length": 2560,
        }});
        let mixed = json!({ "model_info": {
            "general.architecture": "x", "x.block_count": 3, "x.attention.head_count": 8,
            "x.embedding_length": 512, "x.attention.head_count_kv": [4, 0, 4],
        }});
        let absurd = json!({ "model_info": {
            "general.architecture": "x", "x.block_count": u64::MAX, "x.attention.head_count": 0,
            "x.embedding_length": u64::MAX, "x.context_length": -1,
        }});
        for (body, context, kept_per_token) in [
            (llama, Some(131_072), Some(28 * 8 * 256)),
            (old, Some(2048), Some(32 * 32 * 160)),
            (mixed, None, Some(8 * 128)),
            (absurd, None, None),
            (json!({}), None, None),
            (json!([1]), None, None),
        ] {
            assert_eq!(make(&body), Shown { context, kept_per_token }, "{body}");
        }
    }

    #[test]
    fn what_is_loaded_is_read_and_the_rest_left() {
        let body = json!({ "models": [
            { "name": "llama3.2:3b", "size": 10, "size_vram": 4, "context_length": 8192 },
            { "name": 7 }, "nonsense", { "name": "x", "size": -1 },
        ]});
        let expected = Running { name: "llama3.2:3b".into(), size: 10, size_vram: 4, context: Some(8192) };
        assert_eq!(loaded(&body), [expected]);
        assert_eq!(loaded(&json!({ "models": null })), []);
    }
}
