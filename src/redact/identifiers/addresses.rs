//! Addresses of networks: IPv4, IPv6, and those of the hardware. Such as name nobody (loopback, masks, groups,
//! documentation) stay, and so do versions and times, which look like them.

use std::net::{Ipv4Addr, Ipv6Addr};

use super::{Hit, Kind, edges, hit};

/// Which net an address belongs to, as far as pseudonyms tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// It names nobody.
    Nobody,
    /// A network of one's own.
    Local,
    /// The internet.
    Public,
}

/// How far an IPv4 address reaches.
pub(super) fn reach_of_v4(address: Ipv4Addr) -> Reach {
    let octets = address.octets();
    let shared = octets[0] == 100 && octets[1] & 0xc0 == 64;
    if address.is_private() || shared {
        Reach::Local
    } else if address.is_loopback()
        || address.is_link_local()
        || address.is_documentation()
        || octets[0] == 0
        || octets[0] >= 224
    {
        Reach::Nobody
    } else {
        Reach::Public
    }
}

/// How far an IPv6 address reaches. A link-local one names a machine, for it is often made of the hardware address.
pub(super) fn reach_of_v6(address: Ipv6Addr) -> Reach {
    let groups = address.segments();
    let documentation = groups[0] == 0x2001 && groups[1] == 0xdb8;
    let telling = groups[4..7].iter().any(|group| *group != 0);
    match groups[0] {
        0x2000..0x4000 if !documentation => Reach::Public,
        0xfc00..0xfe00 => Reach::Local,
        0xfe80..0xfec0 if telling => Reach::Local,
        _ => Reach::Nobody,
    }
}

/// Finds IPv4 addresses.
pub(super) fn ipv4(text: &[u8], hits: &mut Vec<Hit>) {
    let digit = |byte: &u8| byte.is_ascii_digit();
    let mut done = 0;
    for dot in memchr::memchr_iter(b'.', text) {
        let beside = dot > done && digit(&text[dot - 1]) && text.get(dot + 1).is_some_and(digit);
        if dot < done || !beside {
            continue;
        }
        let start = dot - text[done..dot].iter().rev().take_while(|byte| digit(byte)).count();
        let start = start.max(after_percent(text, start, dot));
        let numbers = text[start..].iter().take_while(|byte| digit(byte) || **byte == b'.').count();
        done = start + numbers;
        let end = if text[done - 1] == b'.' { done - 1 } else { done };
        if !(7..=15).contains(&(end - start)) {
            continue;
        }
        let address = std::str::from_utf8(&text[start..end]).ok().and_then(|numbers| numbers.parse().ok());
        let Some(reach) = address.map(reach_of_v4) else { continue };
        let alone = edges::opens(text, start, |byte| byte.is_ascii_alphanumeric())
            && edges::closes(text, end, |byte| byte.is_ascii_alphanumeric());
        if reach != Reach::Nobody && alone && !version(text, start, end, reach == Reach::Local) {
            hits.push(hit(Kind::Ip, start, end));
        }
    }
}

/// `%20203.0.113.9`: the digits of the escape sequence are not of the number.
fn after_percent(text: &[u8], start: usize, dot: usize) -> usize {
    let escaped = start > 0 && text[start - 1] == b'%' && dot - start > 2;
    if escaped { start + 2 } else { start }
}

/// Whether four numbers are a version rather than an address.
fn version(text: &[u8], start: usize, end: usize, local: bool) -> bool {
    let before = &text[start.saturating_sub(32)..start];
    let behind = match text.get(end..end + 2) {
        Some([b'-' | b'+' | b'~', next]) => !quad(&text[end + 1..]) && (next.is_ascii_alphabetic() || !local),
        _ => false,
    };
    let name = |text: &[u8]| text.last().is_some_and(u8::is_ascii_alphabetic);
    let joined = match before {
        [rest @ .., b'-' | b'_'] => !local && name(rest),
        [.., b'.'] => !local || before.ends_with(b".so."),
        [rest @ .., b'/'] => product(rest),
        _ => false,
    };
    let word = |byte: &u8| byte.is_ascii_alphabetic();
    let led = &before
        [..before.len() - before.iter().rev().take_while(|byte| b" \t\"':=\\(".contains(byte)).count()];
    let word = &led[led.len() - led.iter().rev().take_while(|byte| word(byte)).count()..];
    let called = [&b"version"[..], b"ver", b"v", b"release", b"firmware", b"build"]
        .iter()
        .any(|name| word.eq_ignore_ascii_case(name) || name.len() > 3 && ends_with(word, name));
    behind || joined || called
}

fn ends_with(word: &[u8], name: &[u8]) -> bool {
    word.len() > name.len() && word[word.len() - name.len()..].eq_ignore_ascii_case(name)
}

/// `Chrome/120.0.0.0`: the name of a program, which is written with a capital letter and small ones.
fn product(before: &[u8]) -> bool {
    let word = before.iter().rev().take_while(|byte| byte.is_ascii_alphabetic()).count();
    let word = &before[before.len() - word..];
    word == b"OPR"
        || word.first().is_some_and(u8::is_ascii_uppercase) && word.iter().any(u8::is_ascii_lowercase)
}

/// Whether an address begins here: the second one of a range.
fn quad(text: &[u8]) -> bool {
    let numbers = text.iter().take(15).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    std::str::from_utf8(&text[..numbers]).is_ok_and(|numbers| numbers.parse::<Ipv4Addr>().is_ok())
}

/// Finds IPv6 addresses, and those of the hardware that are written with colons.
pub(super) fn with_colons(text: &[u8], hits: &mut Vec<Hit>) {
    let group = |byte: &u8| byte.is_ascii_hexdigit() || *byte == b':';
    let mut done = 0;
    for colon in memchr::memchr_iter(b':', text) {
        let beside =
            colon > done && text[colon - 1].is_ascii_hexdigit() && text.get(colon + 1).is_some_and(group);
        if !beside {
            continue;
        }
        let digits =
            text[done..colon].iter().rev().take(5).take_while(|byte| byte.is_ascii_hexdigit()).count();
        let mut start = colon - digits;
        if !edges::opens(text, start, |byte| byte.is_ascii_alphanumeric()) {
            done = colon;
            continue;
        }
        start = start.max(after_percent(text, start, colon));
        done = colon + text[colon..].iter().take_while(|byte| group(byte)).count();
        let mut end = done;
        if text[end - 1] == b':' && text[end - 2] != b':' {
            end -= 1;
        }
        let candidate = &text[start..end];
        let alone = edges::closes(text, end, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !alone || candidate.len() < 7 || candidate.len() > 39 {
            continue;
        }
        if hardware(candidate, b':') {
            hits.push(hit(Kind::Mac, start, end));
        } else if ipv6(candidate).is_some_and(|address| reach_of_v6(address) != Reach::Nobody) {
            hits.push(hit(Kind::Ip, start, end));
        }
    }
}

fn ipv6(text: &[u8]) -> Option<Ipv6Addr> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

/// Finds addresses of the hardware that are written with hyphens.
pub(super) fn with_hyphens(text: &[u8], hits: &mut Vec<Hit>) {
    const LENGTH: usize = 17;
    let mut done = 0;
    for hyphen in memchr::memchr_iter(b'-', text) {
        if hyphen < done + 2 || text.get(hyphen + 3) != Some(&b'-') {
            continue;
        }
        let start = hyphen - 2;
        let candidate = text.get(start..start + LENGTH);
        if candidate.is_some_and(|candidate| hardware(candidate, b'-'))
            && edges::opens(text, start, edges::wordy)
            && edges::closes(text, start + LENGTH, edges::wordy)
        {
            done = start + LENGTH;
            hits.push(hit(Kind::Mac, start, done));
        }
    }
}

/// Whether this is the hardware address of one machine: six pairs of digits, neither none nor all nor a group.
fn hardware(text: &[u8], between: u8) -> bool {
    let form =
        |(at, byte): (usize, &u8)| if at % 3 == 2 { *byte == between } else { byte.is_ascii_hexdigit() };
    let same = |digit: u8| text.iter().all(|byte| *byte == between || byte.eq_ignore_ascii_case(&digit));
    let group =
        text.starts_with(b"01") && text[3..5] == *b"00" || text.starts_with(b"33") && text[3..5] == *b"33";
    text.len() == 17 && text.iter().enumerate().all(form) && !same(b'0') && !same(b'f') && !group
}
