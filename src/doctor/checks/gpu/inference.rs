//! Whether the model fits into the cards, and whether it really runs there.

use super::{answers, gib};
use crate::config::CONTEXT_TOKENS;
use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, warn, worst};
use crate::facts::models::{Kind, Running};
use crate::facts::snapshot::Facts;

/// Numbers in the key-value cache are kept in half precision unless the server was told otherwise.
const BYTES_PER_NUMBER: u64 = 2;
/// What a server takes beside weights and cache: buffers of the computation, and what CUDA itself keeps.
const BUFFERS: u64 = 768 << 20;

/// These judge only what runs on this machine.
fn on_this_machine(facts: &Facts) -> Result<(), Judgement> {
    match facts.models.kind {
        None => Err(not_here("no model server answers")),
        Some(_) if !facts.models.is_here() => Err(not_here("the model server is on another machine")),
        Some(Kind::OpenAi) => Err(not_here("only Ollama tells where its models are")),
        Some(Kind::Ollama) => Ok(()),
    }
}

pub(super) fn fits(facts: &Facts) -> Judged {
    on_this_machine(facts)?;
    let Some(name) = &facts.models.used else { return Err(not_here("there is no model")) };
    let shown = known(&facts.models.shown)?;
    let listed = known(&facts.models.models)?.iter().find(|model| model.name == *name);
    let (Some(weights), Some(kept)) = (listed.and_then(|model| model.size), shown.kept_per_token) else {
        return Err(not_here(format!("the server does not tell the make of `{name}`")));
    };
    let context = u64::from(CONTEXT_TOKENS).min(shown.context.unwrap_or(u64::MAX));
    let cache = kept.saturating_mul(BYTES_PER_NUMBER).saturating_mul(context);
    let needed = weights.saturating_add(cache).saturating_add(BUFFERS);
    let (mut free, mut total) = (0_u64, 0_u64);
    for device in &answers(facts)?.devices {
        let memory = known(&device.memory)?;
        (free, total) = (free.saturating_add(memory.free), total.saturating_add(memory.total));
    }
    // What loaded models hold makes room for the next one.
    let held =
        known(&facts.models.running)?.iter().fold(0_u64, |sum, model| sum.saturating_add(model.size_vram));
    let room = free.saturating_add(held).min(total);
    let (needs, has) = (gib(needed), gib(room));
    if needed <= room {
        return Ok(pass(format!("`{name}` needs {needs} of {has}")));
    }
    let hint = if needed > total {
        "choose a smaller model or one with a coarser quantisation, and set `answer.model` in `tars.toml`"
    } else {
        "end what else uses the card (`nvidia-smi` lists it), or choose a smaller model"
    };
    Ok(warn(format!(
        "`{name}` needs {needs}, and the card has {has} for it: part of it runs on the processor"
    ))
    .evidence(format!(
        "weights {}, cache for {context} tokens {}, buffers {}",
        gib(weights),
        gib(cache),
        gib(BUFFERS)
    ))
    .hint(hint))
}

pub(super) fn used(facts: &Facts) -> Judged {
    on_this_machine(facts)?;
    let running = known(&facts.models.running)?;
    let none = not_here("no model is loaded now: ask something, then look again");
    Ok(worst(running.iter().map(placed), "every loaded model is on the card", none))
}

fn placed(model: &Running) -> Judgement {
    let Running { name, size, size_vram, .. } = model;
    let hint = "see why in Ollama's log: `journalctl -u ollama | grep -i -e gpu -e cuda`, or `docker logs` of its container";
    if size_vram >= size {
        return pass(format!("`{name}` is on the card"));
    }
    let sizes = format!("{} of {} are in the card's memory", gib(*size_vram), gib(*size));
    if *size_vram == 0 {
        return fail(format!("`{name}` runs on the processor although there is a card"))
            .evidence(sizes)
            .hint(hint);
    }
    let share = u128::from(*size_vram) * 100 / u128::from(*size);
    warn(format!("only {share} % of `{name}` is on the card")).evidence(sizes).hint(
        "choose a smaller model, or end what else uses the card; what runs on the processor sets the speed",
    )
}
