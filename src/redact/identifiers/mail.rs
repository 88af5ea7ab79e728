//! E-mail addresses. What only looks like one stays: units of systemd, packages with a version, names of ciphers, and
//! the user part of an address of another kind.

use super::{Hit, Kind, edges, hit};

/// What is written behind a dot, but is no domain.
const NO_DOMAIN: [&str; 28] = [
    "service",
    "socket",
    "target",
    "timer",
    "mount",
    "automount",
    "slice",
    "scope",
    "device",
    "path",
    "swap",
    "png",
    "jpg",
    "jpeg",
    "svg",
    "gif",
    "webp",
    "js",
    "mjs",
    "ts",
    "css",
    "json",
    "conf",
    "log",
    "gz",
    "whl",
    "tgz",
    "html",
];
/// Algorithms of SSH are named after these.
const OF_CIPHERS: [&str; 4] = ["openssh.com", "libssh.org", "tinyssh.org", "lysator.liu.se"];
/// The account `git` of these stands for everyone.
const FORGES: [&str; 6] =
    ["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "git.sr.ht", "ssh.dev.azure.com"];

/// The longest local part that is looked at.
const LONGEST: usize = 64;

/// Finds them.
pub(super) fn find(text: &[u8], hits: &mut Vec<Hit>) {
    for at in memchr::memchr_iter(b'@', text) {
        address(text, at, at + 1, hits);
    }
    for at in memchr::memmem::find_iter(text, b"%40") {
        address(text, at, at + 3, hits);
    }
}

/// An address, if its local part ends at `local_end` and its domain begins at `begin`.
fn address(text: &[u8], local_end: usize, begin: usize, hits: &mut Vec<Hit>) {
    let Some(start) = local_part(text, local_end) else { return };
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
    let length = text[begin..].iter().take(254).take_while(part).count();
    let kept =
        text[begin..begin + length].iter().rev().take_while(|byte| matches!(byte, b'.' | b'-')).count();
    let end = begin + length - kept;
    let Ok(domain) = std::str::from_utf8(&text[begin..end]) else { return };
    let Some((rest, top)) = domain.rsplit_once('.') else { return };
    let is_domain = top.len() >= 2
        && top.bytes().all(|byte| byte.is_ascii_alphabetic())
        && rest.split('.').all(|label| !label.is_empty() && !label.starts_with('-'))
        && !version(rest)
        && !NO_DOMAIN.contains(&top)
        && !OF_CIPHERS.iter().any(|known| domain.eq_ignore_ascii_case(known));
    let everyone = &text[start..local_end] == b"git" && FORGES.contains(&domain);
    if is_domain && !everyone && !user_of_address(text, start, end) {
        hits.push(hit(Kind::Email, start, end));
    }
}

fn local_part(text: &[u8], end: usize) -> Option<usize> {
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'+' | b'-');
    let length = text[..end].iter().rev().take(LONGEST).take_while(part).count();
    let first = (end - length..end).find(|at| text[*at].is_ascii_alphanumeric())?;
    // The letters and digits of an escape sequence before it are no part of it.
    let escaped = (first + 1..end.min(first + 5)).find(|at| edges::after_escape(&text[..*at]));
    Some(escaped.unwrap_or(first))
}

/// `3.11.4`, `1.2.3-rc`: numbers where a domain has names.
fn version(rest: &str) -> bool {
    let mut labels = rest.split('.');
    let number = |label: &str| label.starts_with(|c: char| c.is_ascii_digit());
    match (labels.next(), labels.next()) {
        (Some(first), Some(second)) => first.bytes().all(|byte| byte.is_ascii_digit()) && number(second),
        (Some(only), None) => only.len() == 2 && number(only) && only.ends_with('x'),
        _ => false,
    }
}

/// `scheme://user:password@host` is an address of a service, unless the user part is itself an e-mail address.
fn user_of_address(text: &[u8], start: usize, end: usize) -> bool {
    let apart = |byte: &u8| {
        byte.is_ascii_whitespace() || matches!(byte, b'"' | b'\'' | b'/' | b'<' | b'>' | b'?' | b'=')
    };
    let window = &text[start.saturating_sub(256)..start];
    let user = window.iter().rposition(apart).is_some_and(|at| window[..=at].ends_with(b"://"));
    let authority = text[end..].iter().take(256).take_while(|byte| !apart(byte));
    user && !authority.copied().any(|byte| byte == b'@')
}
