//! The model: whether it is there or could be, how much it takes at once, and whether it stays loaded.

use super::base;
use crate::config::CONTEXT_TOKENS;
use crate::config::schema::nearest;
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn};
use crate::doctor::checks::gpu::gib;
use crate::facts::models::{Kind, same_model};
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::Action;
use crate::report::Verdict;

/// What a model takes on the disk where nothing is known of it.
const USUAL_SIZE: u64 = 10 << 30;
/// What a billion parameters take at most in the form in which Ollama offers them first.
const PER_BILLION: f64 = 0.8 * 1_073_741_824.0;

/// The configured model, where it is missing.
fn missing(facts: &Facts) -> std::result::Result<Option<&str>, Judgement> {
    let models = known(&facts.models.models)?;
    let wanted = facts.subject.model.as_deref();
    Ok(wanted.filter(|wanted| !models.iter().any(|model| same_model(&model.name, wanted))))
}

pub(super) fn present(facts: &Facts) -> Judged {
    let base = base(&facts.models)?;
    let models = known(&facts.models.models)?;
    let is_ollama = facts.models.kind == Some(Kind::Ollama);
    let names = || models.iter().map(|model| model.name.clone());
    let Some(wanted) = missing(facts)? else {
        return Ok(match &facts.models.used {
            Some(used) => pass(format!("the model server has `{used}`")),
            None => fail(format!("the server at {base} has no model that writes")).evidences(names()).hint(
                if is_ollama {
                    "`ollama pull llama3.2:3b` gets one that runs almost anywhere"
                } else {
                    "start the server with a model"
                },
            ),
        });
    };
    let family = |name: &str| name.split(':').next().unwrap_or(name).to_string();
    let sibling = models.iter().map(|model| model.name.as_str()).find(|name| family(name) == family(wanted));
    let near = sibling.or_else(|| nearest(wanted, models.iter().map(|model| model.name.as_str())));
    let meant = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    let found = fail(format!("the server at {base} does not have `{wanted}`{meant}")).evidences(names());
    Ok(if is_ollama {
        found
            .hint(format!(
                "`ollama pull {wanted}`, or set `answer.model` in `tars.toml` to a model that is there"
            ))
            .fixable()
    } else {
        found.hint(
            "set `answer.model` in `tars.toml` to a model that is there, or start the server with that model",
        )
    })
}

/// Has Ollama download the configured model.
pub(super) fn pull(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    if repair.asked.config.as_ref().is_some_and(|config| config.api_key.is_some()) {
        return Err(Failure::no("the model server wants a key, which is given to nobody for this")
            .hint("run `ollama pull` on that machine"));
    }
    let (Some(base), Ok(Some(model))) = (&facts.models.base, missing(facts)) else { return Ok(Vec::new()) };
    let room = disk(facts).unwrap_or_else(|early| early);
    if room.verdict == Verdict::Fail {
        return Err(Failure::no(room.summary).hint("make room first: `ollama rm NAME`"));
    }
    Ok(vec![Action::PullModel { endpoint: base.clone(), model: model.to_string() }])
}

/// About what a model takes on the disk: the tag mostly says how many billion parameters it has.
fn expected_size(model: &str) -> u64 {
    let tag = model.split_once(':').map_or("", |(_, tag)| tag).to_lowercase();
    let billions = tag.split(['-', '_']).find_map(|part| part.strip_suffix('b')?.parse::<f64>().ok());
    match billions {
        Some(billions) if (0.1..10_000.0).contains(&billions) => (billions * PER_BILLION) as u64,
        _ => USUAL_SIZE,
    }
}

pub(super) fn disk(facts: &Facts) -> Judged {
    if facts.models.kind != Some(Kind::Ollama) {
        return Err(not_here("only Ollama downloads models"));
    }
    let Some(model) = missing(facts)? else { return Ok(pass("nothing to download: the model is there")) };
    if !facts.models.is_here() {
        return Err(not_here("the model server is on another machine"));
    }
    let Some(store) = known(&facts.models.store)? else {
        return Err(unknown("where Ollama keeps its models was not found")
            .hint("run `sudo tars doctor --only models.disk`"));
    };
    let needed = expected_size(model);
    let (needs, free) = (gib(needed), gib(store.free));
    if store.free >= needed {
        return Ok(pass(format!("`{model}` takes about {needs}, and {free} are free in `{}`", store.path)));
    }
    Ok(fail(format!("`{model}` takes about {needs}, and only {free} are free in `{}`", store.path))
        .hint("remove models that are no longer used: `ollama list`, then `ollama rm NAME`"))
}

pub(super) fn context(facts: &Facts) -> Judged {
    let shown = known(&facts.models.shown)?;
    let model = facts.models.used.as_deref().unwrap_or("the model");
    let Some(tokens) = shown.context else {
        return Err(unknown(format!("the server does not tell how much `{model}` takes at once"))
            .hint(format!("see that it was started for at least {CONTEXT_TOKENS} tokens")));
    };
    if tokens >= u64::from(CONTEXT_TOKENS) {
        return Ok(pass(format!("`{model}` takes {tokens} tokens, and at most {CONTEXT_TOKENS} are sent")));
    }
    let sent = format!("`{model}` takes {tokens} tokens, and up to {CONTEXT_TOKENS} are sent");
    Ok(match facts.models.kind {
        Some(Kind::Ollama) => warn(format!("{sent}: Ollama cuts off the rest without a word"))
            .hint("set `answer.model` in `tars.toml` to a model with a longer context, such as `llama3.2:3b`"),
        _ => warn(format!("{sent}: long questions are refused"))
            .hint(format!("start the server with a longer context: `--ctx-size {CONTEXT_TOKENS}` for llama.cpp, `--max-model-len {CONTEXT_TOKENS}` for vLLM")),
    })
}

pub(super) fn loaded(facts: &Facts) -> Judged {
    if facts.models.kind != Some(Kind::Ollama) {
        return Err(not_here("only Ollama loads models when they are asked"));
    }
    let running = known(&facts.models.running)?;
    let Some(used) = &facts.models.used else { return Err(not_here("there is no model")) };
    let others = || running.iter().filter(|model| model.name != *used).map(|model| model.name.as_str());
    let Some(ours) = running.iter().find(|model| model.name == *used) else {
        return Ok(match others().next() {
            None => pass(format!("the server is at rest: the first answer waits until `{used}` is loaded")),
            Some(other) => warn(format!("`{other}` is loaded, and `{used}` is not: it must be loaded for the next answer"))
                .evidences(others())
                .hint("have the other program use the same model, or set `OLLAMA_MAX_LOADED_MODELS=2` for Ollama if the memory suffices"),
        });
    };
    let asked = facts
        .models
        .shown
        .known()
        .and_then(|shown| shown.context)
        .unwrap_or(u64::MAX)
        .min(CONTEXT_TOKENS.into());
    Ok(match ours.context {
        Some(tokens) if tokens < asked => warn(format!(
            "`{used}` is loaded for {tokens} tokens, and {asked} are asked for: it is loaded anew for the next answer"
        ))
        .hint(format!("have the other programs ask for {CONTEXT_TOKENS} tokens too: `OLLAMA_CONTEXT_LENGTH={CONTEXT_TOKENS}` for Ollama")),
        _ => pass(format!("`{used}` is loaded")),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_says_how_large_a_model_is() {
        for (model, gibibytes) in [
            ("llama3.2:3b", 2),
            ("mistral:7b-instruct-q4_0", 5),
            ("x:70b", 56),
            ("mistral", 10),
            ("x:latest", 10),
            ("x:99999999999b", 10),
            ("x:nanb", 10),
        ] {
            assert_eq!(expected_size(model) >> 30, gibibytes, "{model}");
        }
    }
}
