//! What an OpenAI-compatible server says: its models, and how much they take at once, which each kind of server
//! tells in a field of its own.

use serde_json::Value;

use super::ask::{Asker, Said, body};
use super::{Model, Shown};
use crate::facts::Fact;

/// `/v1/models`.
pub(super) fn models(said: &Said) -> Option<Vec<Model>> {
    let models = body(said).known()?.get("data")?.as_array()?;
    let model = |model: &Value| {
        let name = model.get("id")?.as_str()?.to_string();
        let size = model.get("meta").and_then(|meta| meta.get("size")).and_then(Value::as_u64);
        Some(Model { name, size })
    };
    Some(models.iter().filter_map(model).collect())
}

/// The context that the server gives: llama.cpp tells it in `/props`, vLLM with each model.
pub(super) async fn shown(asker: &Asker, model: Option<&str>) -> Fact<Shown> {
    let Some(model) = model else { return Fact::Unknown("there is no model to ask about".into()) };
    let (props, list) = tokio::join!(asker.get("/props"), asker.get("/v1/models"));
    let of_props = body(&props).known().and_then(|props| props_context(props));
    let context = of_props.or_else(|| body(&list).known().and_then(|list| listed_context(list, model)));
    Fact::Known(Shown { context, kept_per_token: None })
}

fn props_context(props: &Value) -> Option<u64> {
    props.get("default_generation_settings")?.get("n_ctx")?.as_u64()
}

fn listed_context(list: &Value, model: &str) -> Option<u64> {
    let of = |entry: &&Value| entry.get("id").and_then(Value::as_str) == Some(model);
    list.get("data")?.as_array()?.iter().find(of)?.get("max_model_len")?.as_u64()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_context_is_found_where_each_server_tells_it() {
        assert_eq!(props_context(&json!({ "default_generation_settings": { "n_ctx": 4096 } })), Some(4096));
        assert_eq!(props_context(&json!({ "error": "no such route" })), None);
        let list = json!({ "data": [{ "id": "a" }, { "id": "b", "max_model_len": 2048 }] });
        assert_eq!(listed_context(&list, "b"), Some(2048));
        assert_eq!(listed_context(&list, "a"), None);
        assert_eq!(listed_context(&json!(7), "a"), None);
    }
}
