//! The server's own address: whether it can be listened on, who has it otherwise, and how wide the server listens.

use std::net::IpAddr;

use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::NEEDS_ROOT;
use crate::facts::listeners::Listener;
use crate::facts::ports::Port;
use crate::facts::snapshot::Facts;

use super::whose::{Holder, collides, holder, holders, is_ours, wanted};

/// The port is free or ours.
pub fn listen(facts: &Facts) -> Judged {
    let wanted = wanted(facts)?;
    if wanted.port() == 0 {
        return Ok(pass("the system chooses the port at every start"));
    }
    let holders = holders(facts, wanted)?;
    match known(&facts.listeners.listen)? {
        // What an engine publishes without its proxy is free to listen on, and never reached.
        Port::Free => match holders.iter().find(|holder| !holder.ours && holder.who.starts_with("container")) {
            Some(holder) => Ok(taken(facts, &wanted.to_string(), holder, &holders)),
            None => Ok(pass(format!("{wanted} is free"))),
        },
        Port::Refused(why) => Ok(fail(format!("{wanted} cannot be listened on: {why}")).hint(format!(
            "set `listen` under `[server]` in `{}/tars.toml` to an address of this machine and a port of 1024 or above",
            facts.subject.config
        ))),
        Port::Taken | Port::Tars(_) => Ok(held(facts, &wanted.to_string(), &holders)),
    }
}

fn held(facts: &Facts, wanted: &str, holders: &[Holder]) -> Judgement {
    // Whoever else has a socket that seems to be in the way told it to leave the other family alone.
    if let Some(ours) = holders.iter().find(|holder| holder.ours) {
        return pass(format!("{} is the server's: {}", ours.at, ours.who));
    }
    if let Some(stranger) = holders.iter().find(|holder| holder.seen) {
        return taken(facts, wanted, stranger, holders);
    }
    let answers = matches!(facts.listeners.listen.known(), Some(Port::Tars(_)));
    let runs = facts.services.state.known().is_some_and(|state| state.running);
    match holders.first() {
        // It answers as one, and ours is known to run: that another one does on its port is left out.
        _ if answers && runs => pass(format!("a tars server answers at {wanted}, and this one runs")),
        Some(unseen) => taken(facts, wanted, unseen, holders),
        None => fail(format!("{wanted} is taken, and by no socket that can be seen"))
            .evidence("listening there fails: the address is in use")
            .hint(
                "something took or left it just now, or listens from another network namespace: run it again",
            )
            .fixable(),
    }
}

fn taken(facts: &Facts, wanted: &str, by: &Holder, all: &[Holder]) -> Judgement {
    let another = matches!(facts.listeners.listen.known(), Some(Port::Tars(_)));
    let told = if another { "another tars server: " } else { "" };
    let judgement =
        fail(format!("{wanted} is taken by {told}{}", by.who)).evidences(all.iter().map(Holder::line));
    let hint = if by.seen {
        "stop what has the port, or have the server moved to a free one: `tars doctor --fix --only ports.listen`"
    } else {
        "`sudo tars doctor --only ports.listen` says who it is; `tars doctor --fix --only ports.listen` moves the server to a free port"
    };
    judgement.hint(hint).fixable()
}

/// The server listens where the settings say, and nowhere else.
pub fn wildcard(facts: &Facts) -> Judged {
    let wanted = wanted(facts)?;
    let sockets = known(&facts.listeners.sockets)?;
    let ours: Vec<_> =
        sockets.iter().filter(|socket| socket.protocol == "tcp" && is_ours(facts, socket)).collect();
    if ours.is_empty() {
        let unseen = sockets.iter().any(|socket| socket.port == wanted.port() && socket.owner.is_none());
        return if unseen { Err(unknown(NEEDS_ROOT)) } else { Ok(not_here("the server listens nowhere")) };
    }
    let one = |socket: &&Listener| {
        let at = holder(facts, socket).at;
        let Ok(ip) = socket.address.parse::<IpAddr>() else {
            return unknown(format!("`{}` is not an address", socket.address));
        };
        let restart = "`tars ops restart` has the server listen where the settings say";
        if ip == wanted.ip() && (socket.port == wanted.port() || wanted.port() == 0) {
            pass(format!("the server listens at {at}, as the settings say"))
        } else if ip.is_unspecified() {
            fail(format!("the server listens at {at}, which is every network, and the settings say {wanted}"))
                .hint(restart)
        } else {
            warn(format!("the server listens at {at}, and the settings say {wanted}")).hint(restart)
        }
    };
    Ok(worst(
        ours.iter().map(one),
        "the server listens as the settings say",
        not_here("the server listens nowhere"),
    ))
}

/// Nobody else has the same port over the other family: `localhost` means both.
pub fn other_family(facts: &Facts) -> Judged {
    let wanted = wanted(facts)?;
    let sockets = known(&facts.listeners.sockets)?;
    let same_port = || sockets.iter().filter(|s| s.protocol == "tcp" && s.port == wanted.port());
    let runs = same_port().any(|socket| is_ours(facts, socket));
    // What seems to be in the way, and lets the server run, is at the other family.
    let beside = |address: IpAddr| {
        (address.is_loopback() || address.is_unspecified()) && (runs || !collides(address, wanted.ip()))
    };
    let strangers =
        same_port().filter(|socket| !is_ours(facts, socket) && socket.address.parse().is_ok_and(beside));
    let trouble = strangers.map(|socket| {
        let holder = holder(facts, socket);
        warn(format!(
            "port {} is the server's at {} and somebody else's at {}: `localhost` may reach either",
            wanted.port(),
            wanted.ip(),
            holder.at
        ))
        .evidence(holder.line())
        .hint(format!(
            "give clients `http://{wanted}` instead of `localhost`, or stop what has the other address"
        ))
    });
    Ok(worst(trouble, "", pass(format!("`localhost:{}` can mean nobody else", wanted.port()))))
}
