//! The ports: whether they are ours, and otherwise whose. What listens too widely beside the server is under
//! network.

mod kernel;
mod listen;
mod move_server;
mod others;
pub(super) mod sysctl;
pub(super) mod whose;

use crate::doctor::check::{Check, Effect, Fix};

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    Check {
        id: "ports.listen",
        title: "the server's port is free or its own",
        meaning: "Another program, unit or container listens on the address and port that the server is to have.",
        matters: "The server cannot start, or clients talk with a stranger.",
        measured: "The doctor listens there for a moment, and finds the owner in `/proc/net`, the processes' descriptors, their control groups, the arguments of docker-proxy and the published ports of containers.",
        rule: "It fails where the address is taken by anybody but this installation's server, or cannot be listened on at all.",
        repair: "Stop what has the port, or set `listen` under `[server]` in `tars.toml` to a free one and run `tars ops restart`.",
        needs: &[],
        judge: listen::listen,
        fix: Some(Fix {
            what: "move the server to the next free port (clients need the new address)",
            effect: Effect::Interrupts,
            steps: move_server::steps,
        }),
    },
    Check {
        id: "ports.wildcard",
        title: "the server listens where the settings say",
        meaning: "The running server listens on another address than the settings name, perhaps on every network.",
        matters: "It can be reached from where nobody meant it to be, or not from where it should be.",
        measured: "The sockets of the server's process in `/proc/net/tcp` and `tcp6` are compared with `server.listen`.",
        rule: "It fails where the server listens on all addresses and the settings name one; it warns on any other difference.",
        repair: "Run `tars ops restart`; look for a variable or a drop-in of the unit that sets `TARS_SERVER_LISTEN`.",
        needs: &[],
        judge: listen::wildcard,
        fix: None,
    },
    Check {
        id: "ports.ipv6",
        title: "`localhost` means the server and nobody else",
        meaning: "The same port is the server's over one of IPv4 and IPv6 and somebody else's over the other.",
        matters: "Browsers try both for `localhost`, IPv6 first: some of them reach a stranger.",
        measured: "The sockets of the same port on `::1`, `::`, `127.0.0.1` and `0.0.0.0` are looked at.",
        rule: "It warns where somebody else listens on the same port at an address that does not collide with the server's.",
        repair: "Give clients the numeric address, or stop the other program.",
        needs: &[],
        judge: listen::other_family,
        fix: None,
    },
    Check {
        id: "ports.privileged",
        title: "the server may listen on its port",
        meaning: "The port is below those that every user may listen on, and the server has no privilege.",
        matters: "The server cannot start.",
        measured: "`server.listen` is compared with `net.ipv4.ip_unprivileged_port_start`.",
        rule: "It fails for a lower port unless the server runs as root, with a unit that permits it, or listens there already.",
        repair: "Choose a port of 1024 or above; run `sudo tars install` again so that the unit permits the port, or put a reverse proxy in front where clients need port 80 or 443.",
        needs: &[],
        judge: kernel::privileged,
        fix: None,
    },
    Check {
        id: "ports.ephemeral",
        title: "no outgoing connection takes the server's port",
        meaning: "The port lies in the range from which the kernel takes ports for outgoing connections.",
        matters: "Now and then the server cannot start, because some connection happens to use its port.",
        measured: "`server.listen` is compared with `net.ipv4.ip_local_port_range` and `ip_local_reserved_ports`.",
        rule: "It warns where the port is in the range and not reserved.",
        repair: "Choose a port below the range, or add it to `net.ipv4.ip_local_reserved_ports`.",
        needs: &[],
        judge: kernel::ephemeral,
        fix: Some(Fix {
            what: "keep the port out of what outgoing connections get, now and for every start",
            effect: Effect::Harmless,
            steps: sysctl::reserve_port,
        }),
    },
    Check {
        id: "ports.backlog",
        title: "connections wait and are not turned away",
        meaning: "Too few connections may wait to be accepted, or some were turned away because too many waited.",
        matters: "Clients see refused or very slow connections though the server runs.",
        measured: "`net.core.somaxconn`, the queue of the server's socket, and `ListenOverflows` of `/proc/net/netstat`.",
        rule: "It fails where the server's queue is full; it warns where fewer than 128 may wait or any was turned away since the start.",
        repair: "Find the busy program with `ss -lnt`; raise `net.core.somaxconn` where it is low.",
        needs: &[],
        judge: kernel::backlog,
        fix: Some(Fix {
            what: "let up to 4096 connections wait at a port, now and for every start",
            effect: Effect::Harmless,
            steps: sysctl::widen_backlog,
        }),
    },
    Check {
        id: "ports.ollama",
        title: "the language model server has its port",
        meaning: "Nobody listens where answers are to be written, or somebody else has Ollama's port.",
        matters: "Answers are extracts only, or the questions go to a program that does not understand them.",
        measured: "The owner of the endpoint's port on this machine is found as for the server's own.",
        rule: "It fails where a configured local endpoint has nobody listening or a stranger on port 11434; with `auto` a stranger is a warning.",
        repair: "Start Ollama, stop what has its port, or set `endpoint` under `[answer]`.",
        needs: &[],
        judge: others::ollama,
        fix: None,
    },
    Check {
        id: "ports.stack",
        title: "the ports of the stack are free or its own",
        meaning: "A program that is no part of the container stack has a port that the stack publishes.",
        matters: "That part of the stack cannot start.",
        measured: "The owners of ports 3000, 5432, 9090 and 9093 are compared with the containers of the compose project `tars`.",
        rule: "It warns for each such port that a stranger has while a stack is set up.",
        repair: "Stop the other program, or publish that part of the stack on another port.",
        needs: &[],
        judge: others::stack,
        fix: None,
    },
];
