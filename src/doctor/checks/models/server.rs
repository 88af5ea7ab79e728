//! The server itself: whether it answers, what it is, and where it is.

use std::net::IpAddr;

use super::base;
use crate::doctor::check::{Judged, fail, known, not_here, pass, unknown, warn};
use crate::doctor::checks::gpu::at_least;
use crate::facts::models::{Contact, Kind};
use crate::facts::snapshot::Facts;

/// Clocks that differ by more than this are wrong, in seconds.
const SKEW: u64 = 60;

pub(super) fn endpoint(facts: &Facts) -> Judged {
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

pub(super) fn key(facts: &Facts) -> Judged {
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

pub(super) fn kind(facts: &Facts) -> Judged {
    let base = base(&facts.models)?;
    Ok(match (facts.models.kind, known(&facts.models.contact)?) {
        (Some(Kind::Ollama), _) => pass("the model server is Ollama"),
        (Some(Kind::OpenAi), _) => pass("the model server is OpenAI-compatible"),
        (None, Contact::Status(status)) => fail(format!("what answers at {base} is no model server: {status}"))
            .hint("correct `answer.endpoint` in `tars.toml`: the URL ends before `/v1` or `/api`, as `http://127.0.0.1:11434`"),
        (None, _) => fail(format!("what answers at {base} has no list of models")).hint(format!("see what it is: `curl {base}`")),
    })
}

pub(super) fn version(facts: &Facts) -> Judged {
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

pub(super) fn clock(facts: &Facts) -> Judged {
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

pub(super) fn private(facts: &Facts) -> Judged {
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
}
