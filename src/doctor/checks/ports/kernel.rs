//! What the kernel's settings mean for the server's port: privileged, handed out to outgoing connections, and how
//! many connections may wait.

use crate::doctor::check::{Judged, fail, known, pass, warn};
use crate::facts::snapshot::Facts;

use super::whose::{holders, wanted};

/// A port that anybody may listen on, or a server that may.
pub fn privileged(facts: &Facts) -> Judged {
    let wanted = wanted(facts)?;
    let first = *known(&facts.listeners.unprivileged)?;
    let port = wanted.port();
    if port == 0 || port >= first {
        return Ok(pass(format!("port {port} needs no privilege")));
    }
    let has_it = holders(facts, wanted)?.iter().any(|holder| holder.ours);
    if !has_it && facts.subject.root && *known(&facts.listeners.withheld)? {
        return Ok(fail(format!("port {port} needs a privilege, and the unit `tars.service` withholds it"))
            .evidence("`CapabilityBoundingSet` of the unit has no `CAP_NET_BIND_SERVICE`")
            .hint("`sudo tars install` writes the unit anew, with the privilege that this port needs"));
    }
    if has_it || facts.subject.root {
        return Ok(pass(format!("port {port} needs a privilege, and the server has it")));
    }
    Ok(fail(format!("port {port} needs a privilege, and the server runs as `{}`", facts.subject.user))
        .evidence(format!("net.ipv4.ip_unprivileged_port_start is {first}"))
        .hint(format!(
            "set `listen` under `[server]` in `{}/tars.toml` to a port of {first} or above",
            facts.subject.config
        )))
}

/// No outgoing connection takes the port while the server is down.
pub fn ephemeral(facts: &Facts) -> Judged {
    let port = wanted(facts)?.port();
    let range = known(&facts.listeners.ephemeral)?;
    let shown = format!("{} to {}", range.first, range.last);
    if !range.has(port) {
        return Ok(pass(format!("port {port} is none that outgoing connections get ({shown})")));
    }
    if known(&facts.listeners.reserved)?.iter().any(|reserved| reserved.has(port)) {
        return Ok(pass(format!("port {port} is kept out of what outgoing connections get")));
    }
    Ok(warn(format!("port {port} is one that outgoing connections get: one may have it when the server starts"))
        .evidence(format!("net.ipv4.ip_local_port_range is {shown}"))
        .hint(format!(
            "choose a port below {}, or keep it free: add {port} to `net.ipv4.ip_local_reserved_ports` in `/etc/sysctl.d/60-tars.conf`, then `sudo sysctl --system`",
            range.first
        ))
        .fixable())
}

/// Connections wait for the server and are not turned away.
pub fn backlog(facts: &Facts) -> Judged {
    let most = *known(&facts.listeners.backlog)?;
    let port = wanted(facts)?.port();
    let waiting = known(&facts.listeners.sockets)?
        .iter()
        .filter(|socket| socket.protocol == "tcp" && socket.port == port)
        .map(|socket| u64::from(socket.waiting))
        .max()
        .unwrap_or(0);
    if waiting > 0 && waiting >= most {
        return Ok(fail(format!(
            "{waiting} connections wait at port {port}, and no more may: the server accepts none"
        ))
        .hint("`tars ops restart`; `tars ops logs` shows what it was busy with"));
    }
    if most < 128 {
        return Ok(warn(format!("only {most} connections may wait at a port"))
            .evidence(format!("net.core.somaxconn is {most}"))
            .hint("put `net.core.somaxconn = 4096` into `/etc/sysctl.d/60-tars.conf`, then `sudo sysctl --system`")
            .fixable());
    }
    let overflows = *known(&facts.listeners.overflows)?;
    if overflows > 0 {
        let hours = facts.listeners.uptime.known().map_or(0, |seconds| seconds / 3600);
        return Ok(warn(format!(
            "{overflows} connections were turned away in {hours} h because too many waited"
        ))
        .evidence("`ListenOverflows` of `/proc/net/netstat`, which counts for all programs of this machine")
        .hint("`ss -lnt` shows at which port connections wait now: its Recv-Q is above 0"));
    }
    Ok(pass(format!("up to {most} connections may wait, and none was turned away")))
}
