//! Judging what can be reached and overheard: the listening address, command lines, logs, and the connection to the
//! language model.

use std::net::{IpAddr, SocketAddr};

use jiff::{SignedDuration, Timestamp};

use super::super::settings::in_force;
use crate::doctor::check::{Judged, fail, known, pass, unknown, warn, worst};
use crate::facts::Fact;
use crate::facts::security::Exposure;
use crate::facts::snapshot::Facts;

/// A certificate that ends sooner should have been renewed.
const SOON: SignedDuration = SignedDuration::from_hours(14 * 24);

pub(super) fn listen(facts: &Facts) -> Judged {
    in_force(facts)?;
    let Ok(address) = facts.subject.listen.parse::<SocketAddr>() else {
        return Err(unknown(format!("`{}` is no address", facts.subject.listen)));
    };
    let hint = "set `server.listen` to `127.0.0.1:8000` or to this machine's address in the local network, and run `tars ops restart`";
    let ip = address.ip().to_canonical();
    Ok(if ip.is_unspecified() {
        warn(format!("the server listens on every address of this machine ({address}): its sign-in and, without encryption, everything that users send"))
            .hint(hint)
    } else if ip.is_loopback() {
        pass(format!("{address} can be reached from this machine only"))
    } else if is_private(ip) {
        pass(format!("{address} can be reached from the local network"))
    } else {
        warn(format!("the server listens on {address}, a public address: its sign-in and, without encryption, everything that users send"))
            .hint(hint)
    })
}

/// Whether an address belongs to a local network (RFC 1918, 3927, 4193, 4291, 6598).
fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let [first, second, ..] = ip.octets();
            ip.is_private() || ip.is_link_local() || (first == 100 && (64..128).contains(&second))
        }
        IpAddr::V6(ip) => ip.is_unique_local() || ip.is_unicast_link_local(),
    }
}

pub(super) fn arguments(facts: &Facts) -> Judged {
    let hint = "end that process, give it the secret through a file, and replace the secret";
    exposed(&facts.security.arguments, "no command line has a secret in it", hint)
}

pub(super) fn logged(facts: &Facts) -> Judged {
    let hint = "replace the secret, then remove the log file";
    exposed(&facts.security.logged, "no log has a secret in it", hint)
}

fn exposed(found: &Fact<Vec<Exposure>>, fine: &str, hint: &str) -> Judged {
    let judge = |exposure: &Exposure| {
        let Exposure { place, pid, secrets } = exposure;
        let place = pid.map_or_else(|| format!("`{place}`"), |pid| format!("process {pid} (`{place}`)"));
        fail(format!("{place} has `{}` in it", secrets.join("`, `"))).hint(hint)
    };
    Ok(worst(known(found)?.iter().map(judge), "", pass(fine)))
}

pub(super) fn plain(facts: &Facts) -> Judged {
    in_force(facts)?;
    let endpoint = known(&facts.security.endpoint)?;
    let host = &endpoint.host;
    let hint =
        "use the `https://` address of the endpoint in `answer.endpoint`, or run the model on this machine";
    Ok(match endpoint.scheme.as_str() {
        "" => pass("no other machine is asked"),
        _ if endpoint.local => pass("the language model is on this machine"),
        "https" => pass(format!("`{host}` is asked over TLS")),
        _ if endpoint.key => {
            fail(format!("the key of the endpoint goes to `{host}` without encryption")).hint(hint)
        }
        _ => warn(format!("questions and passages go to `{host}` without encryption")).hint(hint),
    })
}

pub(super) fn certificate(facts: &Facts) -> Judged {
    in_force(facts)?;
    let certificate = known(&facts.security.certificate)?;
    if !certificate.used {
        return Ok(pass("no endpoint is asked over TLS"));
    }
    let names = certificate.names.join(", ");
    let about = |judgement: crate::doctor::check::Judgement| {
        judgement
            .evidence(format!("subject {}, issuer {}", certificate.subject, certificate.issuer))
            .evidence(format!("for {names}; from {} until {}", day(certificate.from), day(certificate.until)))
    };
    let renew = "renew it on the machine that runs the endpoint";
    let now = facts.taken;
    if certificate.until.is_some_and(|until| until < now) {
        let told = format!("the endpoint's certificate ended on {}", day(certificate.until));
        return Ok(about(fail(told)).hint(renew));
    }
    if certificate.from.is_some_and(|from| from > now) {
        let told = format!("the endpoint's certificate begins on {}", day(certificate.from));
        return Ok(about(fail(told)).hint("see that the clocks of both machines are right"));
    }
    if let Some(refused) = &certificate.refused {
        return Ok(match certificate.self_signed {
            true => about(fail(format!("the endpoint signed its certificate itself: {refused}"))).hint(
                "copy it to `/usr/local/share/ca-certificates/` with the ending `.crt`, and run `sudo update-ca-certificates`",
            ),
            false => about(fail(format!("the endpoint's certificate is refused: {refused}")))
                .hint("see that `answer.endpoint` names the host as the certificate does, and that the endpoint sends the whole chain"),
        });
    }
    Ok(match certificate.until {
        Some(until) if until.duration_since(now) < SOON => {
            about(warn(format!("the endpoint's certificate ends on {}", day(certificate.until)))).hint(renew)
        }
        _ => pass(format!("the endpoint's certificate holds until {}", day(certificate.until))),
    })
}

fn day(moment: Option<Timestamp>) -> String {
    moment.map_or_else(|| "?".into(), |moment| moment.strftime("%Y-%m-%d").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_networks() {
        for private in
            ["10.1.2.3", "192.168.0.9", "172.31.0.1", "100.64.0.1", "169.254.1.1", "fd00::1", "fe80::1"]
        {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2001:db8::1", "192.169.0.1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
