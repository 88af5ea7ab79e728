//! The chains of nftables that judge incoming packets, and Docker's chain for rules of the operator's, asked from
//! the kernel over netlink: one question, one list of answers. Single rules are not read, and rules of the older
//! iptables are not there.

use std::os::fd::{AsRawFd, OwnedFd};

use nix::errno::Errno;
use nix::sys::socket::{
    AddressFamily, MsgFlags, NetlinkAddr, SockFlag, SockProtocol, SockType, connect, recv, send, setsockopt,
    socket, sockopt,
};
use nix::sys::time::TimeVal;
use serde::{Deserialize, Serialize};

use crate::facts::{Fact, NEEDS_ROOT};

// From <linux/netlink.h>, <linux/netfilter/nfnetlink.h> and <linux/netfilter/nf_tables.h>.
const ERROR: u16 = 2;
const DONE: u16 = 3;
const NEW_CHAIN: u16 = (10 << 8) | 3;
const GET_CHAIN: u16 = (10 << 8) | 4;
const REQUEST_DUMP: u16 = 0x1 | 0x300;
const CHAIN_TABLE: u16 = 1;
const CHAIN_NAME: u16 = 3;
const CHAIN_HOOK: u16 = 4;
const CHAIN_POLICY: u16 = 5;
const CHAIN_USE: u16 = 6;
const HOOK_NUMBER: u16 = 1;
const LOCAL_IN: u32 = 1;
/// Length of a message's head, and of what nftables puts behind it.
const HEAD: usize = 16;
const FAMILY: usize = 4;
/// No rule set that this is for has more.
const MOST: usize = 64;

/// A chain.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Chain {
    /// `inet`, `ip` or `ip6`.
    pub family: String,
    /// Its table.
    pub table: String,
    /// Its name.
    pub name: String,
    /// It judges packets for this machine.
    pub input: bool,
    /// What no rule names is dropped.
    pub drops: bool,
    /// The rules in it, and those that lead to it.
    pub rules: u32,
}

/// The chains that matter here.
pub(super) fn chains() -> Fact<Vec<Chain>> {
    match dump() {
        Ok(chains) => Fact::Known(chains),
        Err(Errno::EPERM | Errno::EACCES) => Fact::Unknown(NEEDS_ROOT.into()),
        // A kernel without nftables has no chains.
        Err(Errno::EPROTONOSUPPORT | Errno::EAFNOSUPPORT | Errno::EINVAL | Errno::EOPNOTSUPP) => {
            Fact::Known(Vec::new())
        }
        Err(error) => Fact::Unknown(format!("the kernel does not list nftables: {}", error.desc())),
    }
}

fn dump() -> nix::Result<Vec<Chain>> {
    let socket: OwnedFd = socket(
        AddressFamily::Netlink,
        SockType::Raw,
        SockFlag::SOCK_CLOEXEC,
        SockProtocol::NetlinkNetFilter,
    )?;
    setsockopt(&socket, sockopt::ReceiveTimeout, &TimeVal::new(1, 0))?;
    connect(socket.as_raw_fd(), &NetlinkAddr::new(0, 0))?;
    send(socket.as_raw_fd(), &question(), MsgFlags::empty())?;
    let mut chains = Vec::new();
    let mut buffer = vec![0; 32 * 1024];
    loop {
        let length = recv(socket.as_raw_fd(), &mut buffer, MsgFlags::empty())?;
        let mut rest = &buffer[..length];
        while let Some((kind, body, next)) = message(rest) {
            match kind {
                DONE => return Ok(chains),
                ERROR => {
                    let code = body
                        .get(..4)
                        .map_or(0, |bytes| i32::from_ne_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]));
                    return if code == 0 { Ok(chains) } else { Err(Errno::from_raw(code.saturating_neg())) };
                }
                NEW_CHAIN if chains.len() < MOST => chains.extend(chain(body)),
                _ => {}
            }
            rest = next;
        }
        if length == 0 {
            return Ok(chains);
        }
    }
}

/// All chains of all families.
fn question() -> Vec<u8> {
    let length = u32::try_from(HEAD + FAMILY).expect("invariant: it is 20");
    let mut bytes = Vec::with_capacity(HEAD + FAMILY);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(GET_CHAIN.to_ne_bytes());
    bytes.extend(REQUEST_DUMP.to_ne_bytes());
    bytes.extend([0; 8 + FAMILY]); // number, sender; family, version, resource: all of them
    bytes
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(bytes.get(at..at + 2)?.try_into().ok()?))
}

/// The kind and body of the first message, and what follows it.
fn message(bytes: &[u8]) -> Option<(u16, &[u8], &[u8])> {
    let length = usize::try_from(u32::from_ne_bytes(bytes.get(..4)?.try_into().ok()?)).ok()?;
    let body = bytes.get(HEAD..length)?;
    Some((u16_at(bytes, 4)?, body, bytes.get(length.next_multiple_of(4)..).unwrap_or_default()))
}

/// The attributes: kind (without the flags) and value.
fn attributes(mut bytes: &[u8]) -> impl Iterator<Item = (u16, &[u8])> {
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(bytes, 0)?);
        let kind = u16_at(bytes, 2)? & 0x3fff;
        let value = bytes.get(4..length)?;
        bytes = bytes.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

fn number(bytes: &[u8]) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(..4)?.try_into().ok()?))
}

/// The chain, where it is one that matters.
fn chain(body: &[u8]) -> Option<Chain> {
    let family = match body.first()? {
        1 => "inet",
        2 => "ip",
        10 => "ip6",
        _ => return None,
    };
    let mut chain = Chain { family: family.into(), ..Chain::default() };
    let text = |value: &[u8]| String::from_utf8_lossy(value).trim_end_matches('\0').to_string();
    for (kind, value) in attributes(body.get(FAMILY..)?) {
        match kind {
            CHAIN_TABLE => chain.table = text(value),
            CHAIN_NAME => chain.name = text(value),
            CHAIN_HOOK => {
                let hook = attributes(value).find(|(kind, _)| *kind == HOOK_NUMBER);
                chain.input = hook.and_then(|(_, value)| number(value)) == Some(LOCAL_IN);
            }
            CHAIN_POLICY => chain.drops = number(value) == Some(0),
            CHAIN_USE => chain.rules = number(value).unwrap_or_default(),
            _ => {}
        }
    }
    (chain.input || chain.name == "DOCKER-USER").then_some(chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
        let length = u16::try_from(4 + value.len()).unwrap();
        let mut bytes = [&length.to_ne_bytes()[..], &kind.to_ne_bytes()[..], value].concat();
        bytes.resize(bytes.len().next_multiple_of(4), 0);
        bytes
    }

    fn body(family: u8, name: &str, hook: Option<u32>, policy: u32) -> Vec<u8> {
        let mut bytes = vec![family, 0, 0, 0];
        bytes.extend(attribute(CHAIN_TABLE, b"filter\0"));
        bytes.extend(attribute(CHAIN_NAME, format!("{name}\0").as_bytes()));
        if let Some(hook) = hook {
            bytes.extend(attribute(CHAIN_HOOK | 0x8000, &attribute(HOOK_NUMBER, &hook.to_be_bytes())));
        }
        bytes.extend(attribute(CHAIN_POLICY, &policy.to_be_bytes()));
        bytes.extend(attribute(CHAIN_USE, &3_u32.to_be_bytes()));
        bytes
    }

    #[test]
    fn only_chains_that_matter_are_kept() {
        let input = chain(&body(1, "input", Some(1), 0)).unwrap();
        let expected = Chain {
            family: "inet".into(),
            table: "filter".into(),
            name: "input".into(),
            input: true,
            drops: true,
            rules: 3,
        };
        assert_eq!(input, expected);
        assert!(!chain(&body(2, "INPUT", Some(1), 1)).unwrap().drops);
        assert!(chain(&body(2, "DOCKER-USER", None, 1)).is_some());
        assert_eq!(chain(&body(2, "FORWARD", Some(2), 1)), None);
        assert_eq!(chain(&body(7, "input", Some(1), 1)), None, "a bridge's");
    }

    #[test]
    fn a_message_has_a_question_to_it_and_the_kernel_answers() {
        let question = question();
        assert_eq!(message(&question), Some((GET_CHAIN, &[0; 4][..], &[][..])));
        match chains() {
            Fact::Known(_) => {}
            Fact::Unknown(why) => assert_eq!(why, NEEDS_ROOT),
        }
    }

    proptest! {
        #[test]
        fn no_bytes_are_too_absurd(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = (chain(&bytes), message(&bytes), attributes(&bytes).count());
        }
    }
}
