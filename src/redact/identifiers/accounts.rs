//! Accounts of people that nobody named beforehand, known by the key that they stand under or by the option of a
//! program. The accounts that every system and every service has say nothing of anybody, and stay.

use super::super::stand_in::is_stand_in;
use super::super::worth::is_word_of_state;
use super::hosts::value_of;
use super::names::is_common;
use super::{Hit, Kind, edges, hit};

/// What makes a look for an account worth while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// The last word of a key.
    Key,
    /// A program that works on another machine under the name of somebody.
    Remote,
}

/// What is looked for, and from which byte on.
pub(super) const SIGNS: [(Sign, &str, usize); 2] = [(Sign::Key, "user", 0), (Sign::Remote, "psexec", 0)];

/// Accounts that services and systems have everywhere, and what stands for any account at all.
const OF_EVERYBODY: &str = "\
    account alpine anonymous any apache avahi azureuser bot caddy celery centos core couchdb dbo deploy dev developer \
    elastic everyone example fedora foo ftp git github gitlab grafana id influxdb jenkins kafka keycloak kibana \
    ldap login mariadb me minio mongo mongodb mssql my mysql n8n neo4j nextcloud nginx node oauth2 operator oracle \
    owner pass passwd password pi prometheus prod qdrant rabbitmq redis role runner sa self service some staging svc sysdba tomcat \
    vagrant vault weaviate web www you your";

/// The longest name of an account.
const LONGEST: usize = 40;

/// So much of a line is read for the options of a program.
const OPTIONS: usize = 512;

/// Finds what this sign tells of.
pub(super) fn at(text: &[u8], start: usize, end: usize, sign: Sign, hits: &mut Vec<Hit>) {
    match sign {
        Sign::Key => hits.extend(under_a_key(text, end)),
        Sign::Remote => remote(text, start, end, hits),
    }
}

fn is_part(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-')
}

/// `AUTH_USER=x`, `"username": "x"`.
fn under_a_key(text: &[u8], end: usize) -> Option<Hit> {
    const MORE: [&[u8]; 3] = [b"name", b"_name", b"-name"];
    let has =
        |more: &&&[u8]| text.get(end..end + more.len()).is_some_and(|next| next.eq_ignore_ascii_case(more));
    let end = end + MORE.iter().find(has).map_or(0, |more| more.len());
    if text.get(end).is_none_or(|byte| is_part(*byte)) {
        return None;
    }
    let start = value_of(text, end)?;
    let length = text[start..].iter().take(LONGEST + 1).take_while(|byte| is_part(**byte)).count();
    let next = &text[start + length..];
    let quoted = text[end..start].iter().rev().find(|byte| !byte.is_ascii_whitespace());
    let quote = quoted.filter(|byte| b"\"'`".contains(byte));
    let assigned = text[end..start].contains(&b'=');
    let ends = match (quote, next.first()) {
        (_, None) => true,
        (Some(quote), Some(next)) => next == quote || *next == b'\\',
        (None, Some(b'\n' | b'\r')) => true,
        (None, Some(byte)) if assigned => byte.is_ascii_whitespace() || b",;&)}]\"'`\\".contains(byte),
        // Behind a colon a sentence may follow; a value has the line for itself.
        (None, Some(_)) => is_last(next),
    };
    (ends && is_telling(&text[start..start + length])).then(|| hit(Kind::User, start, start + length))
}

/// Whether nothing more follows on the line but a remark, or the end of what it is quoted in.
fn is_last(next: &[u8]) -> bool {
    let blanks = next.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
    let after = next.get(blanks).copied().unwrap_or(b'\n');
    matches!(after, b'\n' | b'\r' | b'"' | b'\'') || (blanks > 0 && after == b'#') || next.starts_with(b"\\n")
}

/// Whether this could be the name of somebody.
fn is_telling(name: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(name) else { return false };
    let lower = text.to_ascii_lowercase();
    let words: Vec<&str> = lower.split(['.', '_', '-']).filter(|word| !word.is_empty()).collect();
    let everybody =
        |word: &&str| OF_EVERYBODY.split_ascii_whitespace().any(|one| one == *word) || is_common(word);
    (3..=LONGEST).contains(&name.len())
        && name[0].is_ascii_alphabetic()
        && is_part(name[name.len() - 1])
        && !words.iter().all(everybody)
        && !lower.contains("user")
        && !lower.contains("name")
        && !is_word_of_state(name)
        && !is_stand_in(name)
}

/// `psexec \\MACHINE -u DOMAIN\NAME`: where to, and as whom.
fn remote(text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
    if !edges::opens(text, start, edges::wordy) {
        return;
    }
    let line = &text[end..(end + OPTIONS).min(text.len())];
    let line = &line[..memchr::memchr2(b'\n', b'|', line).unwrap_or(line.len())];
    let mut at = 0;
    let (mut is_name, mut options) = (false, 0);
    for word in line.split(u8::is_ascii_whitespace) {
        let (from, slashes) = (end + at, word.iter().take_while(|byte| **byte == b'\\').count());
        at += word.len() + 1;
        let bare = &word[slashes..];
        if is_name {
            let name = bare.rsplit(|byte| *byte == b'\\').next().unwrap_or(bare);
            if is_telling(name) && bare.iter().all(|byte| is_part(*byte) || *byte == b'\\') {
                hits.push(hit(Kind::User, from + slashes, from + word.len()));
            }
        } else if options == 0 && slashes >= 2 && is_machine(bare) {
            hits.push(hit(Kind::Host, from + slashes, from + word.len()));
        }
        is_name = matches!(word, b"-u" | b"/u");
        options += usize::from(word.starts_with(b"-"));
    }
}

fn is_machine(name: &[u8]) -> bool {
    std::str::from_utf8(name)
        .is_ok_and(|name| name.len() > 2 && name.bytes().all(is_part) && !is_common(name))
}
