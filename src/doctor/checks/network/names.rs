//! Names: the machine's own, `localhost`, `/etc/hosts`, the name servers, and the local name by which others find
//! a server that is shared.

use std::net::IpAddr;

use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::Fact;
use crate::facts::network::{HostsLine, Lookup, NameServer};
use crate::facts::snapshot::Facts;

use super::super::ports::whose::is_shared;
use super::reach::{addresses, lan};

/// A lookup that did not end is no mystery: it has a meaning, and it is trouble.
fn ended(fact: &Fact<Lookup>, name: &str) -> Result<Lookup, Judgement> {
    match fact {
        Fact::Unknown(why) if why.starts_with("no answer in") => {
            Err(warn(format!("looking up `{name}` does not end: {why}"))
                .evidence("the resolver of this system was asked, as every program asks it")
                .hint("a name server in `/etc/resolv.conf` is silent: put one there that answers, or add the name to `/etc/hosts`"))
        }
        other => known(other).cloned(),
    }
}

fn is_loopback(address: &str) -> bool {
    address.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

/// The machine's own name is set and resolved.
pub fn hostname(facts: &Facts) -> Judged {
    let network = &facts.network;
    let name = known(&network.name)?;
    if name.is_empty() || name == "localhost" || name == "(none)" {
        return Ok(warn(format!("this machine is called `{name}`"))
            .hint("`sudo hostnamectl set-hostname NAME` gives it a name"));
    }
    let configured = network.configured_name.known().filter(|configured| !configured.is_empty());
    if let Some(configured) = configured.filter(|configured| *configured != name) {
        return Ok(warn(format!(
            "this machine is called `{name}` now, and `{configured}` after the next start"
        ))
        .hint(format!("`sudo hostnamectl set-hostname {name}` keeps the name")));
    }
    let found = ended(&network.own, name)?;
    if found.addresses.is_empty() {
        let why = found.error.unwrap_or_else(|| "no address".into());
        return Ok(warn(format!("`{name}`, this machine's own name, is not resolved: {why}"))
            .hint(format!("add the line `127.0.1.1 {name}` to `/etc/hosts`"))
            .fixable());
    }
    Ok(pass(format!("`{name}` is {}", found.addresses.join(", "))))
}

/// The loopback is there, and `localhost` is it.
pub fn loopback(facts: &Facts) -> Judged {
    let interfaces = known(&facts.network.interfaces)?;
    let Some(lo) = interfaces.iter().find(|interface| interface.loopback) else {
        return Ok(
            fail("there is no loopback interface").hint("`sudo ip link set lo up` and `ip addr show lo`")
        );
    };
    let has = |address: &str| lo.addresses.iter().any(|found| found.split('/').next() == Some(address));
    if !lo.up || !(has("127.0.0.1") || has("::1")) {
        let state = if lo.up { "has no address" } else { "is down" };
        return Ok(fail(format!(
            "the loopback `{}` {state}: nothing on this machine reaches the server",
            lo.name
        ))
        .evidences(lo.addresses.iter().map(|address| format!("{}: {address}", lo.name)))
        .hint(format!("`sudo ip link set {} up`", lo.name)));
    }
    let found = ended(&facts.network.localhost, "localhost")?;
    if let Some(stray) = found.addresses.iter().find(|address| !is_loopback(address)) {
        return Ok(fail(format!("`localhost` is {stray}, which is not this machine's loopback"))
            .hint("`getent ahosts localhost`; put `127.0.0.1 localhost` into `/etc/hosts`"));
    }
    if found.addresses.is_empty() {
        return Ok(fail("`localhost` is not resolved").hint("put `127.0.0.1 localhost` into `/etc/hosts`"));
    }
    let v6 = if has("::1") { "" } else { "; there is no IPv6" };
    Ok(pass(format!("`{}` is up, and `localhost` is {}{v6}", lo.name, found.addresses.join(", "))))
}

/// `/etc/hosts` says nothing wrong of `localhost` and of this machine.
pub fn hosts(facts: &Facts) -> Judged {
    let lines = known(&facts.network.hosts)?;
    let own = facts.network.name.known().cloned().unwrap_or_default();
    let mine = addresses(facts);
    let wrong = lines.iter().filter_map(|line| wrong_line(line, &own, &mine));
    let listed = lines
        .iter()
        .any(|line| line.address == "127.0.0.1" && line.names.iter().any(|name| name == "localhost"));
    let missing = (!listed).then(|| {
        warn("`/etc/hosts` has no `127.0.0.1 localhost`")
            .hint("add that line: programs that read the file themselves need it")
            .fixable()
    });
    let fine = pass(format!("{}, none wrong about this machine", show_count(lines.len(), "line")));
    Ok(worst(wrong.chain(missing), "", fine))
}

fn wrong_line(line: &HostsLine, own: &str, mine: &[IpAddr]) -> Option<Judgement> {
    let at = format!("`/etc/hosts`:{}", line.line);
    let written = line.address.split('%').next().unwrap_or_default();
    let Ok(address) = written.parse::<IpAddr>() else {
        return Some(
            warn(format!("{at}: `{}` is not an address", line.address))
                .hint("put the line right or take it out"),
        );
    };
    let names = |name: &str| line.names.iter().any(|written| written.eq_ignore_ascii_case(name));
    if names("localhost") && !address.is_loopback() {
        return Some(
            fail(format!("{at}: `localhost` is given the address {address}"))
                .hint("take `localhost` out of that line"),
        );
    }
    if !own.is_empty() && names(own) && !address.is_loopback() && !mine.is_empty() && !mine.contains(&address)
    {
        return Some(
            warn(format!("{at}: `{own}` is given {address}, which this machine does not have"))
                .evidences(mine.iter().map(|address| format!("this machine has {address}")))
                .hint("put this machine's own address there, or 127.0.1.1"),
        );
    }
    None
}

/// The name servers answer.
pub fn dns(facts: &Facts) -> Judged {
    let servers = known(&facts.network.servers)?;
    if servers.is_empty() {
        if lan(facts)?.is_empty() {
            return Ok(not_here("this machine is in no network"));
        }
        return Ok(warn("no name server is set: only the names of `/etc/hosts` are known")
            .hint("where the NAS or the model server is given by name, put `nameserver ADDRESS` into `/etc/resolv.conf`"));
    }
    let outside = |server: &NameServer| !is_loopback(&server.address);
    if lan(facts)?.is_empty() && servers.iter().all(outside) {
        return Ok(not_here("this machine is in no network"));
    }
    Ok(worst(servers.iter().map(server), "every name server answers", not_here("no name server is set")))
}

fn server(server: &NameServer) -> Judgement {
    let at = &server.address;
    match &server.answer {
        Fact::Known(answer) if answer == "NOERROR" => pass(format!("{at} answers")),
        // It lives, and does not know the Internet: a house without one has such a server.
        Fact::Known(answer) if answer.chars().all(|c| c.is_ascii_uppercase()) => {
            pass(format!("{at} answers {answer}"))
        }
        Fact::Known(trouble) => troubled(at, trouble),
        Fact::Unknown(why) if why.starts_with("no answer in") => troubled(at, why),
        Fact::Unknown(why) => unknown(why),
    }
}

fn troubled(at: &str, why: &str) -> Judgement {
    warn(format!("the name server {at} does not answer: {why}"))
        .evidence(format!("{at}: asked for the name servers of the root over UDP, port 53"))
        .hint("every lookup waits for it: put a name server that answers first in `/etc/resolv.conf`, or see to that one; without any network this is as it must be")
}

/// A lookup ends, and does not invent addresses.
pub fn resolves(facts: &Facts) -> Judged {
    let found = ended(&facts.network.impossible, "tars-doctor.invalid")?;
    if found.addresses.is_empty() {
        return Ok(pass("a name that cannot exist is refused without waiting"));
    }
    Ok(warn(format!("`{}`, which cannot exist, is resolved to {}", found.name, found.addresses.join(", ")))
        .evidence("RFC 6761: no name ends in `.invalid`")
        .hint("the name server invents addresses, so a misspelt name of the NAS or the model server leads somewhere: ask another one"))
}

/// The name by which others in the house find the server points here.
pub fn mdns(facts: &Facts) -> Judged {
    if !is_shared(facts) {
        return Ok(pass("the server is for this machine only, which needs no local name"));
    }
    let network = &facts.network;
    let name = known(&network.name)?.split('.').next().unwrap_or_default();
    let mine = addresses(facts);
    let is_mine =
        |address: &String| address.parse().is_ok_and(|ip: IpAddr| ip.is_loopback() || mine.contains(&ip));
    let found = network.local_name.known().map(|found| found.addresses.clone()).unwrap_or_default();
    if let Some(stray) = found.iter().find(|address| !is_mine(address)) {
        return Ok(warn(format!("`{name}.local` is {stray}, which is another machine")).hint(
            "two machines have this name: `sudo hostnamectl set-hostname NAME` gives this one another",
        ));
    }
    if !found.is_empty() {
        return Ok(pass(format!("`{name}.local` is {}", found.join(", "))));
    }
    if *known(&network.responder)? {
        return Ok(warn(format!(
            "a responder runs, and `{name}.local` is not resolved on this machine itself"
        ))
        .hint("`sudo apt install libnss-mdns` has this machine ask it too; others may find it already"));
    }
    Ok(warn(format!("nothing answers for `{name}.local`: others need this machine's address"))
        .hint("`sudo apt install avahi-daemon libnss-mdns`, or give the name to your router"))
}
