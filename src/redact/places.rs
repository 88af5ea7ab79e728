//! Secrets that stand in a place rather than under a key: the password in a URL, the token after `Bearer`, the
//! arguments of well-known programs, the lines of `.pgpass`. It stays within one line.

use std::sync::LazyLock;

use memchr::memmem;
use regex::bytes::Regex;

use super::mark::Rule;
use super::worth::{self, is_random, is_stand_in, is_token};
use super::{Hit, What, mark};

/// What is looked for beside the names of programs.
const PLACES: [&str; 11] = [
    "://",
    "%3a%2f%2f",
    "\\u003a\\u002f\\u002f",
    ":\\/\\/",
    "bearer ",
    "basic ",
    "@tcp(",
    "@unix(",
    "]:",
    ":5432:",
    ":*:",
];

/// What is looked for, in lower case; its number tells what is looked at there.
pub fn anchors() -> Vec<&'static str> {
    let mut anchors = PLACES.to_vec();
    anchors.extend(COMMANDS.iter().map(|command| command.name));
    anchors
}

/// Looks at the anchor of this number at this place.
pub fn at(text: &[u8], number: usize, found: std::ops::Range<usize>, hits: &mut Vec<Hit>) {
    match number {
        0 => url(text, found.start, hits),
        1..=3 => encoded_url(text, found.end, hits),
        4 => bearer(text, found.end, hits),
        5 => basic(text, found.end, hits),
        6 | 7 => data_source(text, found.start, hits),
        8 => behind_a_port(text, found.end, hits),
        9 | 10 => in_line(text, found.start, &PGPASS, "pgpass", hits),
        _ => command(text, found.start, number - PLACES.len(), hits),
    }
}

/// How far an anchor that was looked at here need not be looked at again: expressions are tried on the whole line.
pub fn looked_at(text: &[u8], number: usize, at: usize) -> usize {
    if number < 9 { at } else { line(text, at).1 }
}

/// A program whose arguments have a secret, and where: the first group, or the second and so on, whichever is there.
struct Command {
    name: &'static str,
    place: LazyLock<Regex>,
}

macro_rules! command {
    ($name:literal, $place:expr) => {
        Command { name: $name, place: LazyLock::new(|| expression($place)) }
    };
}

fn expression(text: &str) -> Regex {
    Regex::new(&format!("(?-u){text}")).expect("invariant: the expressions are fixed")
}

static PGPASS: LazyLock<Regex> = LazyLock::new(|| {
    expression(
        r"(?m)^(?:[A-Za-z0-9.*_/-]+|\[[0-9a-f:]+\]):(?:\d{1,5}|\*):[^:\s]+:[^:\s]*[A-Za-z*][^:\s]*:([^\s:].*?)\s*$",
    )
});

/// How people write it down: `the password for user 'x' is 'y'`.
const FOR_A_USER: &str = r#"(?i)password for (?:the )?user \\?["'][^"']+["'] is \\?["']([^"'\\]+)"#;

static COMMANDS: [Command; 55] = [
    command!("identified by", r#"(?i)identified by\s+(?:password\s+)?['"]([^'"]+)['"]"#),
    command!("identified with", r#"(?i)identified with\s+\S+\s+by\s+['"]([^'"]+)['"]"#),
    command!("\" * \"", r#"^\s*"[^"\s]+"\s+\*\s+"([^"]+)"[\s*]*$"#),
    command!("set password", r#"(?i)set password(?:\s+for\s+\S+)?\s*=\s*(?:password\()?['"]([^'"]+)"#),
    command!("pragma key", r#"(?i)pragma key\s*=\s*['"]([^'"]+)"#),
    command!("new pdo(", r#"PDO\(\s*(?:["'][^"']*["']\s*,\s*){2}["']([^"']+)["']"#),
    command!("ipmitool", r#"ipmitool\s(?:[^|;&\n]*?\s)?-P[\s=]*['"]?([^\s'"]+)"#),
    command!("mongo", r#"mongo\w*\s(?:[^|;&\n]*?\s)?(?:-p|--password)[\s=]*['"]?([^\s'"]{3,})"#),
    command!(":thin:", r#":thin:[^/\s]+/([^@\s]+)@"#),
    command!("net user", r#"net user\s+\S+\s+([^\s/]\S*)"#),
    command!("sqlplus", r#"sqlplus\s+(?:-\S+\s+)*[^\s/]+/([^\s@]+)@"#),
    command!("chpasswd", r#"echo\s+['"]?[^:\s'"]+:([^'"|\s]+)['"]?\s*\|\s*(?:sudo\s+)?chpasswd"#),
    command!("| sudo", r#"echo\s+(?:-n\s+)?['"]?([^'"|]+?)['"]?\s*\|\s*sudo\s+(?:-\S+\s+)*-\w*S"#),
    command!("--password-stdin", r#"echo\s+(?:-n\s+)?['"]?([^'"|]+?)['"]?\s*\|"#),
    command!("> auth ", r#"(?i)>\s*auth\s+(?:\S+\s+)?(\S+)"#),
    command!(" on >", r#" on >(\S+)"#),
    command!("createuser ", r#"createUser\s+\S+\s+(?:MD5|SHA\S*)\s+"?([^"\s]+)"#),
    command!("$7$", r#":(\$7\$[0-9]+\$[A-Za-z0-9+/=$]+)"#),
    command!(":[u ", r#":([0-9A-F]{32}):\["#),
    command!("sshpass", r#"sshpass\s(?:\S+\s)*?-p\s*(?:'([^']+)'|"([^"]+)"|([^\s'"]+))"#),
    command!("mysql", r#"mysql\w*\s(?:[^|;&\n]*?\s)?-p(?:'([^']{3,})'|"([^"]{3,})"|([^\s'"]{3,}))"#),
    command!("mariadb", r#"mariadb[\w-]*\s(?:[^|;&\n]*?\s)?-p(?:'([^']{3,})'|"([^"]{3,})"|([^\s'"]{3,}))"#),
    command!(
        "curl",
        r#"curl\s(?:[^|;&\n]*?\s)?(?:-\w*u|-U|--user|--proxy-user)[\s=]*(?:\\"[^"\\:]*:([^"\\]+)\\"|'[^':]*:([^']+)'|"[^":]*:([^"]+)"|(?:\\?"[^":\\]*\\?"|'[^':]*'|[^\s:'"\\]*):\\?["']([^"'\\]+)\\?["']|\\?["']([^\s:"'\\]{2,}\d[^\s:"'\\]{4,}):\\?["']|[^\s:'"]*:([^\s'"]+))"#
    ),
    command!("wget", r#"wget\s(?:[^|;&\n]*?\s)?--(?:http-|ftp-|proxy-)?password[\s=]+['"]?([^\s'"]+)"#),
    command!("redis-cli", r#"redis-cli\s(?:[^|;&\n]*?\s)?-a[\s=]+(?:'([^']+)'|"([^"]+)"|([^\s'"]+))"#),
    command!("smbclient", r#"smbclient\s(?:[^|;&\n]*?\s)?(?:-U|--user)[\s=]*['"]?[^\s%'"]+%([^\s'"]+)"#),
    command!("ldap", r#"ldap\w+\s(?:[^|;&\n]*?\s)?-w[\s=]*['"]?([^\s'"]{3,})"#),
    command!("docker login", r#"docker login\s(?:[^|;&\n]*?\s)?-p[\s=]*['"]?([^\s'"]+)"#),
    command!("htpasswd", r#"htpasswd\s+-\w*b\w*\s+(?:-\w+\s+)*\S+\s+\S+\s+['"]?([^\s'"]+)"#),
    command!("openssl", r#"-pass(?:in|out)?\s+['"]?pass:([^\s'"]+)"#),
    command!("mosquitto_", r#"mosquitto_\w+\s(?:[^|;&\n]*?\s)?-P[\s=]*['"]?([^\s'"]+)"#),
    command!("username=", r#"user(?:name)?=[^\s,%&;'"]+%([^\s,&'"]+)"#),
    command!("user=", r#"user(?:name)?=[^\s,%&;'"]+%([^\s,&'"]+)"#),
    command!("zip ", r#"zip\s(?:[^|;&\n]*?\s)?-P[\s=]*['"]?([^\s'"]+)"#),
    command!("7z", r#"7z\w*\s+[a-z]\s(?:[^|;&\n]*?\s)?-p['"]?([^\s'"]{3,})"#),
    command!("psexec", r#"(?i)psexec\S*\s(?:[^|;&\n]*?\s)?-p\s+['"]?([^\s'"%$]+)"#),
    command!(
        "_connect(",
        r#"connect\(\s*(?:\\?["'][^"']*["']\s*,(?:\s|\\n)*){2}\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!(
        "dbi.connect(",
        r#"connect\(\s*(?:\\?["'][^"']*["']\s*,(?:\s|\\n)*){2}\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!(
        "dbi->connect(",
        r#"connect\(\s*(?:\\?["'][^"']*["']\s*,(?:\s|\\n)*){2}\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!(
        "getconnection(",
        r#"Connection\(\s*(?:\\?["'][^"']*["']\s*,(?:\s|\\n)*){2}\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!(
        "networkcredential(",
        r#"NetworkCredential\(\s*\\?["'][^"']*["']\s*,(?:\s|\\n)*\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!(
        "directoryentry(",
        r#"DirectoryEntry\(\s*(?:\\?["'][^"']*["']\s*,(?:\s|\\n)*){2}\\?["']((?:[^"'\\]|\\[^"'])+)\\?["']"#
    ),
    command!("enable password", r#"enable password(?: \d+)? (\S+)"#),
    command!("enable secret", r#"enable secret(?: \d+)? (\S+)"#),
    command!("snmp-server community", r#"community (\S+)"#),
    command!("pac key", r#"pac key(?: \d)? (\S+)"#),
    command!("--user ", r#"--user[\s=]+['"]?([^\s:'"/]*:[^\s'"/]+)"#),
    command!(" -u ", r#"\s-u\s+['"]?([^\s:'"/]*:[^\s'"/]+)"#),
    command!("/api/v1/", r#"thingsboard\S*/api/v1/([A-Za-z0-9]{20})/"#),
    command!(
        "buildconfigfield",
        r#"(?i)buildConfigField\W{1,6}\w+\W{1,8}\w*(?:key|token|secret|passw)\w*[^\w\n]{1,12}([\w+/=.-]{8,})"#
    ),
    command!(
        "getenv",
        r#"(?i)getenv\w*\(\s*\\?["'][\w.-]*(?:token|key|secret|passw?)[\w.-]*\\?["']\s*,\s*\\?["']([^"'\\]{8,})"#
    ),
    command!(" for user ", FOR_A_USER),
    command!(" for the user ", FOR_A_USER),
    command!("wallet(", r#"(?i)new (?:\w+\.)?Wallet\(\s*\\?["'`](?:0x)?([0-9a-f]{64})\\?["'`]"#),
    command!("net use", r#"net use\s+\S+\s+\S+\s+([^\s/]\S*)\s+/user:"#),
];

fn line(text: &[u8], at: usize) -> (usize, usize) {
    let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |at| at + 1);
    let end = memchr::memchr(b'\n', &text[at..]).map_or(text.len(), |end| at + end);
    (start, end)
}

fn command(text: &[u8], at: usize, number: usize, hits: &mut Vec<Hit>) {
    let rule = if matches!(COMMANDS[number].name, "--user " | " -u ") { "user-password" } else { "command" };
    // The blank before an option may be the end of the line before.
    in_line(
        text,
        at + usize::from(COMMANDS[number].name.starts_with(' ')),
        &COMMANDS[number].place,
        rule,
        hits,
    );
}

fn in_line(text: &[u8], at: usize, place: &Regex, rule: Rule, hits: &mut Vec<Hit>) {
    let (start, end) = line(text, at);
    // What a program connects with is its password, also where the word is `password`.
    let called = text[..end].get(at..).is_some_and(is_a_call_to_connect);
    for found in place.captures_iter(&text[start..end]) {
        let Some(secret) = found.iter().skip(1).flatten().next() else { continue };
        // `-u user:password`: what is before the colon stays; two numbers are a user and a group.
        let word = secret.as_bytes();
        let colon = memchr::memchr(b':', word).filter(|_| word.len() < 200 && rule == "user-password");
        let from = colon.map_or(0, |colon| colon + 1);
        let word = &word[from..];
        let is_number = colon.is_some() && word.iter().all(u8::is_ascii_digit);
        let is_real = !word.is_empty() && !is_number && !is_stand_in(word) && (called || !is_example(word));
        if is_real {
            push(start + secret.start() + from, start + secret.end(), rule, text, hits);
        }
    }
}

/// Whether a program connects here, with the password among the arguments.
fn is_a_call_to_connect(text: &[u8]) -> bool {
    let name = text.iter().take(24).position(|byte| *byte == b'(').map_or(&text[..0], |end| &text[..end]);
    ["connect", "connection", "credential", "entry"].iter().any(|end| {
        name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end.as_bytes())
    })
}

/// What manuals write for a password.
fn is_example(word: &[u8]) -> bool {
    let word = word.strip_suffix(b">").unwrap_or(word).to_ascii_lowercase();
    [&b"password"[..], b"passwd", b"pass", b"token", b"test", b"secret", b"pwd", b"apikey", b"api_key"]
        .contains(&&word[..])
}

fn push(start: usize, end: usize, rule: Rule, text: &[u8], hits: &mut Vec<Hit>) {
    if start < end && mark::length(&text[start..end]).is_none() {
        hits.push(Hit { start, end, what: What::Secret(rule) });
    }
}

/// `scheme://user:password@host`, with `at` at the colon of the scheme.
fn url(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let begin = at + 3;
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>`|\\".contains(byte) || *byte < 0x20;
    let whole = text[begin..]
        .iter()
        .take(4096)
        .position(ends)
        .unwrap_or_else(|| text.len().min(begin + 4096) - begin);
    let whole = &text[begin..begin + whole];
    let scheme = text[..at]
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(byte))
        .count();
    let scheme = text[at - scheme..at].to_ascii_lowercase();
    let is_web = matches!(&scheme[..], b"http" | b"https" | b"ws" | b"wss" | b"git" | b"ssh" | b"file");
    let authority = whole.iter().position(|byte| b"/?#".contains(byte)).unwrap_or(whole.len());
    // A password that was not encoded may hold a slash; only where there is no other reading.
    let last = memchr::memrchr(b'@', &whole[..authority]).or_else(|| {
        let first = whole[..authority].iter().position(|byte| *byte == b':')?;
        let is_port = whole[first + 1..authority].iter().all(u8::is_ascii_digit);
        (!is_web && !is_port).then(|| memchr::memrchr(b'@', whole)).flatten()
    });
    let Some(last) = last else { return };
    let (start, end) = match memchr::memchr(b':', &whole[..last]) {
        Some(colon) => (colon + 1, last),
        // A token may be the user: `https://TOKEN@host`.
        None if is_random(&whole[..last]) => (0, last),
        None => return,
    };
    let secret = &whole[start..end];
    if !secret.is_empty() && !is_stand_in(secret) {
        push(begin + start, begin + end, "url-password", text, hits);
    }
    // `https://TOKEN:x-oauth-basic@host`
    if start > 0 && is_random(&whole[..start - 1]) && worth::is_token(&whole[..start - 1]) {
        push(begin, begin + start - 1, "url-password", text, hits);
    }
}

/// The same, as it stands in another URL or in JSON.
fn encoded_url(text: &[u8], begin: usize, hits: &mut Vec<Hit>) {
    let begin = begin + mark::length(&text[begin..]).unwrap_or(0);
    let ends = |byte: &u8| byte.is_ascii_whitespace() || b"\"'<>`&".contains(byte);
    let length = text[begin..]
        .iter()
        .take(2048)
        .position(ends)
        .unwrap_or_else(|| text.len().min(begin + 2048) - begin);
    let whole = text[begin..begin + length].to_ascii_lowercase();
    // In JSON the path begins at an escaped slash, unless a password holds one; where everything is encoded, it may.
    let stop = memmem::find(&whole, b"\\/").unwrap_or(whole.len());
    let at = |end: usize| last_of(&whole[..end], &[b"%40", b"@"]);
    let Some(last) = at(stop).or_else(|| at(whole.len())) else { return };
    let colon = first_of(&whole[..last.0], &[b"%3a", b":"]);
    let user = begin..begin + colon.map_or(last.0, |colon| colon.0);
    if is_random(&text[user.clone()]) {
        push(user.start, user.end, "url-password", text, hits);
    }
    if let Some(colon) = colon {
        push(begin + colon.1, begin + last.0, "url-password", text, hits);
    }
}

fn first_of(text: &[u8], any: &[&[u8]]) -> Option<(usize, usize)> {
    any.iter().filter_map(|what| memmem::find(text, what).map(|at| (at, at + what.len()))).min()
}

fn last_of(text: &[u8], any: &[&[u8]]) -> Option<(usize, usize)> {
    any.iter().filter_map(|what| memmem::rfind(text, what).map(|at| (at, at + what.len()))).max()
}

fn bearer(text: &[u8], begin: usize, hits: &mut Vec<Hit>) {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=:%|".contains(byte);
    let begin = begin + text[begin..].iter().take_while(|byte| **byte == b' ').count();
    let end = begin + text[begin..].iter().take_while(|byte| part(byte)).count();
    let end = end - text[begin..end].iter().rev().take_while(|byte| b".:".contains(byte)).count();
    let token = &text[begin..end];
    if token.len() >= 8 && is_token(token) && !is_stand_in(token) {
        push(begin, end, "bearer", text, hits);
    }
}

fn basic(text: &[u8], begin: usize, hits: &mut Vec<Hit>) {
    let part = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/=-_".contains(byte);
    let end = begin + text[begin..].iter().take_while(|byte| part(byte)).count();
    let token = &text[begin..end];
    if token.len() >= 8 && decodes_to_a_pair(token) {
        push(begin, end, "basic", text, hits);
    }
}

/// `user:password@tcp(host:1)/name`, as programs in Go write where their data is, with `at` at its `@`. Only within
/// quotes may a password hold a blank.
fn data_source(text: &[u8], at: usize, hits: &mut Vec<Hit>) {
    let floor = at.saturating_sub(256);
    let before = &text[floor..at];
    let quote = before.iter().rposition(|byte| b"\"'`\n".contains(byte)).map_or(0, |quote| quote + 1);
    let blank = before.iter().rposition(u8::is_ascii_whitespace).map_or(0, |blank| blank + 1);
    let is_user = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.-".contains(byte);
    let colon = |from: usize| {
        let user = before[from..].iter().take_while(|byte| is_user(byte) || b"=%".contains(byte)).count();
        let colon = from + user;
        let parts = before.get(colon) == Some(&b':') && before.get(colon + 1) != Some(&b' ');
        (user > 0 && parts).then_some(colon + 1)
    };
    let Some(start) = colon(quote).or_else(|| colon(blank)) else { return };
    let secret = &before[start..];
    // What has two slashes before it is an address, and looked at as one; `%s` is filled in later.
    let is_filled_in = secret.len() == 2 && secret[0] == b'%';
    if !secret.is_empty() && !secret.starts_with(b"//") && !is_filled_in && !is_stand_in(secret) {
        push(floor + start, at, "url-password", text, hits);
    }
}

/// `[host]:5432 user:password`, with `begin` behind the colon. A journal has the bracket and the colon on every line,
/// and so a digit is asked for before anything else.
fn behind_a_port(text: &[u8], begin: usize, hits: &mut Vec<Hit>) {
    let run = |from: usize, is: &dyn Fn(&u8) -> bool| {
        from + text[from..].iter().take_while(|byte| is(byte)).count()
    };
    let port = run(begin, &u8::is_ascii_digit);
    if port == begin {
        return;
    }
    let user = run(port, &|byte| byte.is_ascii_whitespace() && *byte != b'\n');
    let colon = run(user, &|byte| !byte.is_ascii_whitespace() && *byte != b':');
    if user == port || colon == user || text.get(colon) != Some(&b':') {
        return;
    }
    let end = run(colon + 1, &|byte| !byte.is_ascii_whitespace());
    let word = &text[colon + 1..end];
    if !word.is_empty() && !is_stand_in(word) && !is_example(word) {
        push(colon + 1, end, "command", text, hits);
    }
}

/// Whether it is the base64 of `user:password`.
pub(super) fn decodes_to_a_pair(token: &[u8]) -> bool {
    let digit = |byte: u8| -> Option<u32> {
        Some(match byte {
            b'A'..=b'Z' => u32::from(byte - b'A'),
            b'a'..=b'z' => u32::from(byte - b'a') + 26,
            b'0'..=b'9' => u32::from(byte - b'0') + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        })
    };
    let (mut length, mut has_colon) = (0, false);
    for group in token.chunks(4) {
        let digits = group.iter().map_while(|byte| digit(*byte));
        let (count, bits) = digits.fold((0, 0), |(count, bits), digit| (count + 1, (bits << 6) | digit));
        let bytes = (bits << (6 * (4 - count))).to_be_bytes();
        for byte in &bytes[1..(count as usize).max(1)] {
            if !(0x20..0x7f).contains(byte) {
                return false;
            }
            has_colon |= *byte == b':';
            length += 1;
        }
    }
    length >= 4 && has_colon
}

#[cfg(test)]
mod tests {
    fn marked(text: &str) -> String {
        let mut hits = Vec::new();
        crate::redact::scan::find(
            text.as_bytes(),
            &crate::redact::scan::words(text.as_bytes()),
            &|_| false,
            &mut hits,
            &mut Vec::new(),
        );
        hits.sort_by_key(|hit| hit.start);
        hits.dedup_by_key(|hit| hit.start);
        let (mut out, mut at) = (String::new(), 0);
        for hit in hits {
            out += &text[at..hit.start];
            out += "[]";
            at = hit.end;
        }
        out + &text[at..]
    }

    #[test]
    fn places() {
        let mut wrong = Vec::new();
        let wallet = |before: &str, after: &str| format!("{before}{}{after}", "0".repeat(62) + "5e");
        for (text, expected) in [
            ("postgresql+asyncpg://tars:hun@ter2@db:5432/x", "postgresql+asyncpg://tars:[]@db:5432/x"),
            ("redis://:hunter2@cache/0", "redis://:[]@cache/0"),
            ("postgres://u:p/w@h:1/db", "postgres://u:[]@h:1/db"),
            ("see https://user:pw1@h/x?a=b@c for", "see https://user:[]@h/x?a=b@c for"),
            ("u=postgres%3A%2F%2Fbob%3Ahunter2%40db%2Fx", "u=postgres%3A%2F%2Fbob%3A[]%40db%2Fx"),
            ("Bearer a1b2c3d4e5f6.x", "Bearer []"),
            ("Basic dXNlcjpwYXNzd29yZA==", "Basic []"),
            ("sshpass -p hunter2 ssh x", "sshpass -p [] ssh x"),
            ("mysql -u root -phunter2 db", "mysql -u root -p[] db"),
            ("curl -s -u bob:hunter2 https://h", "curl -s -u bob:[] https://h"),
            ("redis-cli -h x -a hunter2 ping", "redis-cli -h x -a [] ping"),
            ("smbclient //h/s -U bob%hunter2", "smbclient //h/s -U bob%[]"),
            ("db.example:5432:app:bob:hunter2", "db.example:5432:app:bob:[]"),
            ("//nas/x /mnt cifs user=bob%hunter2,uid=1 0 0", "//nas/x /mnt cifs user=bob%[],uid=1 0 0"),
            ("openssl rsa -passin pass:hunter2 -in x", "openssl rsa -passin pass:[] -in x"),
            (r#"{"c": "curl -u \"bob:hunter2\" h"}"#, r#"{"c": "curl -u \"bob:[]\" h"}"#),
            ("curl --user bob:'hunter2' h", "curl --user bob:'[]' h"),
            (r#"curl -u "{1a}":"{2b}" h"#, r#"curl -u "{1a}":"[]" h"#),
            ("curl -u 'k8f3j2h1x9:' h", "curl -u '[]:' h"),
            (r#"curl -u "k8f3j2h1x9:" -H "Accept: x""#, r#"curl -u "[]:" -H "Accept: x""#),
            (
                r#"{"c": "curl -u \"k8f3j2h1x9:\" -H \"Accept: x\""}"#,
                r#"{"c": "curl -u \"[]:\" -H \"Accept: x\""}"#,
            ),
            (r#"DBI->connect("dbi:x", "root", "password");"#, r#"DBI->connect("dbi:x", "root", "[]");"#),
            (r#"mysql_connect("h", "u", "a\b")"#, r#"mysql_connect("h", "u", "[]")"#),
            (
                r#"m: \"mysql_connect(\"h\", \"u\", \"hunter2\")\""#,
                r#"m: \"mysql_connect(\"h\", \"u\", \"[]\")\""#,
            ),
            (
                r#"buildConfigField "String", "API_KEY", "\"a1b2c3d4e5\"""#,
                r#"buildConfigField "String", "API_KEY", "\"[]\"""#,
            ),
            (r#"os.getenv(\"APP_TOKEN\", \"a1b2c3d4e5f6\")"#, r#"os.getenv(\"APP_TOKEN\", \"[]\")"#),
            ("root:hun@t:er2@tcp(127.0.0.1:3306)/db", "root:[]@tcp(127.0.0.1:3306)/db"),
            (r#"x := "bob:hunter2@unix(/run/x.sock)/db""#, r#"x := "bob:[]@unix(/run/x.sock)/db""#),
            ("x='bob:hunter two@tcp(h)/db'", "x='bob:[]@tcp(h)/db'"),
            ("conn=bob:hunter2@tcp(h)/db", "conn=bob:[]@tcp(h)/db"),
            ("Sep 1 h a[12]: [db.example]:5432 bob:hunter2", "Sep 1 h a[12]: [db.example]:5432 bob:[]"),
            (&wallet("privateKeyToAccount(\"0x", "\")"), "privateKeyToAccount(\"[]\")"),
            (&wallet("const w = new ethers.Wallet('", "', p)"), "const w = new ethers.Wallet('[]', p)"),
            ("the password for user 'bob' is 'pyne'.", "the password for user 'bob' is '[]'."),
        ] {
            if marked(text) != expected {
                wrong.push((marked(text), expected));
            }
        }
        for text in [
            "http://localhost:8080/a@b",
            "git@github.com:x/y.git",
            "https://host/path:with@at",
            "Basic health check",
            "Bearer token required",
            "mysql -u root -p",
            "https://bob@host/x",
            "postgres://u:${PW}@h/x",
            "listening on 0.0.0.0:5432: ok",
            "ftp://host:21/x",
            "curl -u 'administrator:' https://h",
            r#"os.getenv("LOG_LEVEL", "information")"#,
            r#"buildConfigField "String", "API_HOST", "\"api.internal\"""#,
            "the password for user bob is not set",
            "bob@tcp(127.0.0.1:3306)/db",
            "%s:%s@tcp(%s:%d)/%s",
            "u:${PW}@tcp(h:1)/db",
            "failed: dial bob@tcp(h:1)",
            "privateKeyToAccount(process.env.KEY)",
            "new Wallet(key, provider)",
            r#"{"msg":"failed: dial bob@tcp(h:1)"}"#,
            "Sep 1 h a[12]: 3 of them: 5",
        ] {
            if marked(text) != text {
                wrong.push((marked(text), text));
            }
        }
        assert!(wrong.is_empty(), "{wrong:#?}");
    }
}
