//! Moving the server to a free port: `server.listen` in `tars.toml`, every comment and every other line kept, and
//! a start at the new address where the server is meant to run. The port comes from the facts, so that the plan
//! says which one it will be.

use std::net::{IpAddr, SocketAddr};
use std::os::unix::fs::PermissionsExt;

use secrecy::ExposeSecret;
use toml_edit::{DocumentMut, Item, Table, value};

use super::whose::{collides, published};
use crate::doctor::check::Repair;
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::files;

/// The ports that people know for something else.
const WELL_KNOWN: [u16; 7] = [8080, 8123, 8443, 9000, 9090, 9093, 11434];

/// The steps.
pub fn steps(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    repair.would_start(facts)?;
    let home = &repair.asked.home;
    let from = repair.asked.listen();
    // What stands in `tars.env` goes before `tars.toml`: changing that would change nothing.
    let env = repair.text(&home.env())?;
    if env.is_some_and(|env| env.expose_secret().lines().any(|line| line.contains("TARS_SERVER_LISTEN="))) {
        return Err(Failure::config(format!("`{}` sets `TARS_SERVER_LISTEN`", home.env().display()))
            .hint("take that line out, or put a free port there"));
    }
    let to = SocketAddr::new(from.ip(), free_port(facts, from).ok_or_else(none_free)?);
    let path = repair.place(&home.toml());
    let text = repair.text(&path)?.map(|text| text.expose_secret().to_string()).unwrap_or_default();
    let mode = std::fs::metadata(&path).map_or(files::PUBLIC, |found| found.permissions().mode() & 0o7777);
    let content = Content::Text(set(&text, to)?);
    let write = Action::WriteFile { path, mode, content };
    let runs = facts.services.state.known().is_some_and(|state| state.running);
    Ok(if runs { vec![Action::StopServer, write, Action::StartServerAt { listen: to }] } else { vec![write] })
}

fn none_free() -> Failure {
    Failure::environment("no free port was found").hint("`tars doctor --only ports.*` shows who has them")
}

/// The text with that address in it.
fn set(text: &str, to: SocketAddr) -> Result<String> {
    let mut document: DocumentMut = text.parse().map_err(|error| {
        Failure::config("`tars.toml` cannot be read").because(&error).hint("put it right first")
    })?;
    let server = document.entry("server").or_insert(Item::Table(Table::new()));
    let Some(server) = server.as_table_like_mut() else {
        return Err(Failure::config("`server` in `tars.toml` is not a section"));
    };
    match server.get_mut("listen").and_then(Item::as_value_mut) {
        // What stands round it, such as a comment behind it, stays.
        Some(old) => {
            let decor = old.decor().clone();
            *old = to.to_string().into();
            *old.decor_mut() = decor;
        }
        None => drop(server.insert("listen", value(to.to_string()))),
    }
    Ok(document.to_string())
}

/// The next port that nobody has, that needs no privilege and that no outgoing connection takes.
fn free_port(facts: &Facts, from: SocketAddr) -> Option<u16> {
    let sockets = facts.listeners.sockets.known()?;
    let same = |address: &str| address.parse::<IpAddr>().is_ok_and(|address| collides(address, from.ip()));
    let taken = |port: u16| {
        sockets.iter().any(|socket| socket.port == port && same(&socket.address))
            || published(facts).any(|(_, published)| published.port == port)
            || facts.listeners.ephemeral.known().is_some_and(|range| range.has(port))
            || WELL_KNOWN.contains(&port)
    };
    let first = from.port().max(1023);
    (first.saturating_add(1)..=u16::MAX)
        .chain(1024..=first)
        .find(|port| *port != from.port() && !taken(*port))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::facts::listeners::{Listener, PortRange};

    #[test]
    fn only_the_address_changes() {
        let to = "127.0.0.1:8001".parse().unwrap();
        let text = "# mine\n[server] # here\nlisten   =  '127.0.0.1:8000'  # why\nlog = \"info\"\n\n[documents]\npaths = [\n  \"/a\", # a\n]\n";
        let expected = text.replace("'127.0.0.1:8000'", "\"127.0.0.1:8001\"");
        assert_eq!(set(text, to).unwrap(), expected);
        assert_eq!(set(&expected, to).unwrap(), expected, "twice is once");
        assert_eq!(set("server.listen = '[::1]:1'\n", to).unwrap(), "server.listen = \"127.0.0.1:8001\"\n");
        assert_eq!(
            set("[server]\nlog = 'info'\n", to).unwrap(),
            "[server]\nlog = 'info'\nlisten = \"127.0.0.1:8001\"\n"
        );
        assert_eq!(set("", to).unwrap(), "[server]\nlisten = \"127.0.0.1:8001\"\n");
        assert!(set("server = 3\n", to).is_err() && set("[server\n", to).is_err());
    }

    #[test]
    fn the_next_port_that_nobody_has() {
        let socket = |address: &str, port| Listener {
            protocol: "tcp".into(),
            address: address.into(),
            port,
            ..Listener::default()
        };
        let mut facts = Facts::default();
        let next = |facts: &Facts, from: &str| free_port(facts, from.parse().unwrap());
        assert_eq!(next(&facts, "127.0.0.1:8000"), None, "nothing is known");
        let sockets = vec![socket("127.0.0.1", 8000), socket("0.0.0.0", 8001), socket("::1", 8002)];
        facts.listeners.sockets = Fact::Known(sockets);
        assert_eq!(next(&facts, "127.0.0.1:8000"), Some(8002), "the other family is not in the way");
        assert_eq!(next(&facts, "127.0.0.1:8079"), Some(8081));
        assert_eq!(next(&facts, "127.0.0.1:80"), Some(1024));
        facts.listeners.ephemeral = Fact::Known(PortRange { first: 32768, last: u16::MAX });
        assert_eq!(next(&facts, "127.0.0.1:40000"), Some(1024));
    }
}
