//! The language model server: whether it answers, has what is asked of it, and is where documents may go. A
//! machine whose answers are extracts is a good machine: nothing is judged there.

mod model;
mod server;

use crate::doctor::check::{Check, Effect, Fix, Judgement, not_here, unknown};
use crate::facts::models::{Models, Wanted};

/// What needs a server that answers; that takes our key; that is known; that has the model.
const ENDPOINT: &[&str] = &["models.endpoint"];
const KEY: &[&str] = &["models.endpoint", "models.key"];
const KIND: &[&str] = &["models.endpoint", "models.key", "models.kind"];
const PRESENT: &[&str] = &["models.endpoint", "models.key", "models.kind", "models.present"];

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    Check {
        id: "models.endpoint",
        title: "model server answers",
        meaning: "The configured language model server cannot be reached.",
        matters: "Answers are extracts of documents until it can be.",
        measured: "The configured URL, or the usual ports 11434, 8080 and 1234 of this machine, asked over HTTP with a deadline.",
        rule: "Fails where nothing listens, the name has no address, or what answers is not HTTP; is unknown where nothing answers in time. Skipped where no server is wanted and none is found.",
        repair: "Start the server (`sudo systemctl start ollama`), or correct `answer.endpoint` in `tars.toml`.",
        needs: &[],
        judge: server::endpoint,
        fix: None,
    },
    Check {
        id: "models.key",
        title: "model server accepts the key",
        meaning: "The model server wants a key, and none or a wrong one is configured.",
        matters: "Every question is refused, and answers are extracts.",
        measured: "The status with which the server answers when it is asked for its models.",
        rule: "Fails on 401 and 403.",
        repair: "Set `TARS_ANSWER_API_KEY` in `tars.env` to the key that the server's operator gave you, and restart the server.",
        needs: ENDPOINT,
        judge: server::key,
        fix: None,
    },
    Check {
        id: "models.kind",
        title: "model server speaks a known protocol",
        meaning: "What answers at the endpoint is no language model server that is known here.",
        matters: "It cannot be asked for answers.",
        measured: "`/api/version` and `/api/tags` for Ollama, `/v1/models` for the OpenAI-compatible ones.",
        rule: "Fails where none of them gives a list of models.",
        repair: "Correct `answer.endpoint` in `tars.toml`: the URL ends before `/v1` or `/api`.",
        needs: KEY,
        judge: server::kind,
        fix: None,
    },
    Check {
        id: "models.version",
        title: "version of Ollama",
        meaning: "The Ollama that answers is old.",
        matters: "Before 0.1.34 whoever reaches it can run programs on its machine (CVE-2024-37032); before 0.5 it lacks models and fixes that are counted on here.",
        measured: "Ollama's `/api/version`.",
        rule: "Fails below 0.1.34 and warns below 0.5.0.",
        repair: "Update it with `curl -fsSL https://ollama.com/install.sh | sh`, or pull the image `ollama/ollama` and create the container anew.",
        needs: KIND,
        judge: server::version,
        fix: None,
    },
    Check {
        id: "models.present",
        title: "configured model is there",
        meaning: "The model server does not have the configured model under exactly that name and tag, or has no model that writes.",
        matters: "`mistral` is `mistral:latest` and not `mistral:7b-instruct`: with another tag, answers are extracts.",
        measured: "The server's list of models, compared with `answer.model`.",
        rule: "Fails where the configured model, or any model that writes, is missing.",
        repair: "Run `ollama pull NAME`, or set `answer.model` in `tars.toml` to a model that is there.",
        needs: KIND,
        judge: model::present,
        fix: Some(Fix {
            what: "have Ollama download the configured model",
            effect: Effect::Harmless,
            steps: model::pull,
        }),
    },
    Check {
        id: "models.disk",
        title: "room for the model to download",
        meaning: "The configured model is missing, and there is too little room to download it.",
        matters: "A download that fills the disk stops more than the model server.",
        measured: "Free space in Ollama's directory of models, against 0.8 GiB for each billion parameters in the model's tag, or 10 GiB where the tag names none.",
        rule: "Fails where the model is missing and would not fit.",
        repair: "Remove models that are no longer used with `ollama rm NAME`, or move the directory of models with `OLLAMA_MODELS`.",
        needs: KIND,
        judge: model::disk,
        fix: None,
    },
    Check {
        id: "models.context",
        title: "model takes what is sent to it",
        meaning: "The model, as it is served, takes less text at once than is sent to it.",
        matters: "Ollama cuts off what is too much without a word, so that answers are made without some of the passages; other servers refuse the question.",
        measured: "`context_length` in Ollama's `/api/show`, `n_ctx` in llama.cpp's `/props`, or `max_model_len` in vLLM's list, against the 8192 tokens that a prompt may have here.",
        rule: "Warns below 8192.",
        repair: "Choose a model with a longer context, or start the server with `--ctx-size 8192`.",
        needs: PRESENT,
        judge: model::context,
        fix: None,
    },
    Check {
        id: "models.loaded",
        title: "model stays loaded",
        meaning: "The model server has to load the model anew before it can answer, because something else takes its place.",
        matters: "Each first answer waits until some gigabytes are read from the disk.",
        measured: "Ollama's `/api/ps`: which models are loaded, and with which context.",
        rule: "Warns where another model is loaded in the place of ours, or ours with another context than is asked for. A server with nothing loaded is at rest, and passes.",
        repair: "Have the other programs use the same model and context, or set `OLLAMA_MAX_LOADED_MODELS=2` for the server if the memory suffices.",
        needs: PRESENT,
        judge: model::loaded,
        fix: None,
    },
    Check {
        id: "models.clock",
        title: "clock of the model server",
        meaning: "The clocks of this machine and of the model server's differ.",
        matters: "One of them is wrong: certificates and sign-ins fail at random, and logs cannot be compared.",
        measured: "The `Date` of the server's answer, against this machine's clock.",
        rule: "Warns from a minute on.",
        repair: "Run `timedatectl` on both machines, and `sudo timedatectl set-ntp true` where the clock is not synchronised.",
        needs: ENDPOINT,
        judge: server::clock,
        fix: None,
    },
    Check {
        id: "models.private",
        title: "documents stay in the house",
        meaning: "The model server is neither on this machine nor in a private network.",
        matters: "Passages of your documents are sent to it with every question.",
        measured: "The addresses of the endpoint's name, and whether the connection is encrypted.",
        rule: "Warns where an address is public; fails where the connection to it is not encrypted either.",
        repair: "Use a model server of your own, or waive this check if sending passages there is what you want.",
        needs: &[],
        judge: server::private,
        fix: None,
    },
];

/// The server's URL, where one is wanted.
fn base(models: &Models) -> std::result::Result<&str, Judgement> {
    if models.wanted == Wanted::Off {
        return Err(not_here("answers are extracts: no model server is wanted"));
    }
    match (&models.base, models.wanted) {
        (Some(base), _) => Ok(base),
        (None, Wanted::Named) => Err(unknown("the model server was not looked for")),
        (None, _) => Err(not_here("answers are extracts: no model server on the usual ports")),
    }
}
