//! The language model server: whether it answers, has what is asked of it, and is where documents may go. A
//! machine whose answers are extracts is a good machine: nothing is judged there.

use std::net::IpAddr;

use super::gpu::{at_least, gib};
use crate::config::CONTEXT_TOKENS;
use crate::config::schema::nearest;
use crate::doctor::check::{
    Check, Effect, Fix, Judged, Judgement, Repair, fail, known, not_here, pass, unknown, warn,
};
use crate::facts::models::{Contact, Kind, Models, Wanted, same_model};
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::Action;
use crate::report::Verdict;

const EXTRACTS: &str = "answers are extracts";
/// What a model takes on the disk where nothing is known of it.
const USUAL_SIZE: u64 = 10 << 30;
/// What a billion parameters take at most in the form in which Ollama offers them first.
const PER_BILLION: f64 = 0.8 * 1_073_741_824.0;
/// Clocks that differ by more than this are wrong, in seconds.
const SKEW: u64 = 60;

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
        judge: endpoint,
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
        judge: key,
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
        judge: kind,
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
        judge: version,
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
        judge: present,
        fix: Some(Fix {
            what: "have Ollama download the configured model",
            effect: Effect::Harmless,
            steps: pull,
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
        judge: disk,
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
        judge: context,
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
        judge: loaded,
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
        judge: clock,
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
        judge: private,
        fix: None,
    },
];

/// The server's URL, where one is wanted.
fn base(models: &Models) -> std::result::Result<&str, Judgement> {
    if models.wanted == Wanted::Off {
        return Err(not_here(format!("{EXTRACTS}: no model server is wanted")));
    }
    match (&models.base, models.wanted) {
        (Some(base), _) => Ok(base),
        (None, Wanted::Named) => Err(unknown("the model server was not looked for")),
        (None, _) => Err(not_here(format!("{EXTRACTS}: no model server on the usual ports"))),
    }
}

fn endpoint(facts: &Facts) -> Judged {
    let models = &facts.models;
    let base = base(models)?;
    let hangs = format!(
        "{base} takes the question and never answers, or a firewall drops it: `curl -m 5 {base}` says which; restart the model server"
    );
    let start = if models.is_here() {
        "start it: `sudo systemctl start ollama`, or `docker start ollama`"
    } else {
        "start the model server on that machine, and have it listen on its network address (`OLLAMA_HOST=0.0.0.0`)"
    };
    Ok(match known(&models.contact).map_err(|unknown| unknown.hint(hangs))? {
        Contact::Answers => pass(format!("{base} answers")),
        Contact::Denied(_) => pass(format!("{base} answers, and wants a key")),
        Contact::Status(status) => pass(format!("{base} answers {status}")),
        Contact::Refused => fail(format!("nothing listens at {base}")).hint(start),
        Contact::NoName => fail(format!("the name in {base} has no address"))
            .hint("correct `answer.endpoint` in `tars.toml`, or enter the name in `/etc/hosts`"),
        Contact::NotHttp => fail(format!("what listens at {base} does not speak HTTP"))
            .hint("correct the port of `answer.endpoint` in `tars.toml`; `tars doctor --only 'ports.*'` says who listens"),
        Contact::Tls(why) => fail(format!("no private connection to {base}: {why}"))
            .hint("correct `https` or `http` in `answer.endpoint` of `tars.toml`, or have the server's certificate renewed"),
        Contact::Failed(why) => fail(format!("{base} cannot be reached: {why}"))
            .hint(format!("see whether that machine is on and reachable: `curl -m 5 {base}`")),
    })
}

fn key(facts: &Facts) -> Judged {
    Ok(match known(&facts.models.contact)? {
        Contact::Denied(status) => {
            fail(format!("the model server answers {status}: the key is wrong or missing")).hint(format!(
                "set `TARS_ANSWER_API_KEY` in `{}/tars.env`, then `tars restart`",
                facts.subject.config
            ))
        }
        _ => pass("the model server wants no key, or takes ours"),
    })
}

fn kind(facts: &Facts) -> Judged {
    let base = base(&facts.models)?;
    Ok(match (facts.models.kind, known(&facts.models.contact)?) {
        (Some(Kind::Ollama), _) => pass("the model server is Ollama"),
        (Some(Kind::OpenAi), _) => pass("the model server is OpenAI-compatible"),
        (None, Contact::Status(status)) => fail(format!("what answers at {base} is no model server: {status}"))
            .hint("correct `answer.endpoint` in `tars.toml`: the URL ends before `/v1` or `/api`, as `http://127.0.0.1:11434`"),
        (None, _) => fail(format!("what answers at {base} has no list of models")).hint(format!("see what it is: `curl {base}`")),
    })
}

fn version(facts: &Facts) -> Judged {
    if facts.models.kind != Some(Kind::Ollama) {
        return Err(not_here("only Ollama tells its version"));
    }
    let Some(version) = known(&facts.models.version)? else {
        return Err(unknown("the server tells no version"));
    };
    let hint = "update it: `curl -fsSL https://ollama.com/install.sh | sh`, or `docker pull ollama/ollama` and create the container anew";
    Ok(match (at_least(version, &[0, 1, 34]), at_least(version, &[0, 5])) {
        (_, Some(true)) => pass(format!("Ollama {version}")),
        (Some(false), _) => {
            fail(format!("Ollama {version} lets strangers run programs (CVE-2024-37032)")).hint(hint)
        }
        (Some(true), _) => warn(format!("Ollama {version} is older than 0.5")).hint(hint),
        (None, _) => return Err(unknown(format!("Ollama says that its version is `{version}`"))),
    })
}

/// The configured model, where it is missing.
fn missing(facts: &Facts) -> std::result::Result<Option<&str>, Judgement> {
    let models = known(&facts.models.models)?;
    let wanted = facts.subject.model.as_deref();
    Ok(wanted.filter(|wanted| !models.iter().any(|model| same_model(&model.name, wanted))))
}

fn present(facts: &Facts) -> Judged {
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
fn pull(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
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
        Some(billions) if billions >= 0.1 && billions < 10_000.0 => (billions * PER_BILLION) as u64,
        _ => USUAL_SIZE,
    }
}

fn disk(facts: &Facts) -> Judged {
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

fn context(facts: &Facts) -> Judged {
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

fn loaded(facts: &Facts) -> Judged {
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

fn clock(facts: &Facts) -> Judged {
    let Some(ahead) = *known(&facts.models.ahead)? else {
        return Err(not_here("the server does not tell the time"));
    };
    let seconds = ahead.unsigned_abs();
    if seconds <= SKEW {
        return Ok(pass("the model server's clock agrees with ours"));
    }
    let direction = if ahead > 0 { "ahead of" } else { "behind" };
    Ok(warn(format!("the model server's clock is {seconds} s {direction} ours")).hint(
        "`timedatectl` on both machines says which is wrong; `sudo timedatectl set-ntp true` puts it right",
    ))
}

fn private(facts: &Facts) -> Judged {
    let base = base(&facts.models)?;
    let addresses = known(&facts.models.addresses)?;
    let public: Vec<_> = addresses.iter().filter(|address| !is_private(address)).collect();
    let Some(first) = public.first() else {
        return Ok(match (addresses.is_empty(), facts.models.is_here()) {
            (true, _) => return Err(unknown(format!("the name in {base} has no address"))),
            (_, true) => pass("the model server is on this machine"),
            _ => pass("the model server is in a private network"),
        });
    };
    let goes = format!("passages of your documents go to {first} on the internet");
    let found = if base.starts_with("https:") {
        warn(goes).hint("use a model server of your own, or waive `models.private` in `tars.toml` if this is what you want")
    } else {
        fail(format!("{goes}, unencrypted"))
            .hint("use `https` in `answer.endpoint` of `tars.toml`, or a model server of your own")
    };
    Ok(found.evidences(public.iter().map(|address| format!("{base} is {address}"))))
}

/// Addresses that nobody on the internet has: this machine's, private networks', and those of a VPN (100.64/10).
fn is_private(address: &IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_loopback() || v4.is_private() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_told_from_public_ones() {
        for (address, is) in [
            ("127.0.0.1", true),
            ("192.168.1.20", true),
            ("100.100.1.1", true),
            ("172.32.0.1", false),
            ("8.8.8.8", false),
            ("::1", true),
            ("fd00::1", true),
            ("fe80::1", true),
            ("2001:db8::1", false),
        ] {
            assert_eq!(is_private(&address.parse().unwrap()), is, "{address}");
        }
    }

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
