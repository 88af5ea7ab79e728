//! Whether what stands under a key is a secret, or only something that looks like a value: a placeholder, a
//! reference to where the secret is, a count, a path, a word. Which key it is, is for whoever asks.

use super::keys::Suspicion;
pub use super::stand_in::is_stand_in;

/// What is longer than this shows in its beginning what it is. Without an end to it, the keys of one long line, each
/// with the whole rest of the line for its value, would take the square of its length.
pub const ENOUGH: usize = 256;

/// Whether this value under a key of this suspicion is a secret.
pub fn is_secret(value: &[u8], suspicion: Suspicion) -> bool {
    if value.len() < 3 {
        return false;
    }
    let value = &value[..value.len().min(ENOUGH)];
    // What most values are not is asked first.
    let is_one = match suspicion {
        Suspicion::Certain => !is_word_of_state(value) && !is_path(value),
        Suspicion::Likely => {
            is_token(value) && !is_numbered_name(value) && !is_worded(value) && !is_masked(value)
        }
        Suspicion::Faint => value.len() >= 16 && is_random(value) && !is_readable(value),
    };
    is_one && !is_stand_in(value)
}

/// Whether it says how something is rather than what it is.
pub fn is_word_of_state(value: &[u8]) -> bool {
    const WORDS: &[&str] = &[
        "true",
        "false",
        "null",
        "none",
        "nil",
        "undefined",
        "yes",
        "no",
        "on",
        "off",
        "set",
        "unset",
        "empty",
        "missing",
        "required",
        "optional",
        "ok",
        "string",
        "str",
        "text",
        "not-set",
        "test",
        "password:",
        "passwd",
        "token",
        "key",
        "value",
        "char",
        "bytes",
        "byte",
        "int",
        "bool",
        "object",
        "hidden",
        "masked",
        "incorrect",
        "invalid",
        "valid",
        "failed",
        "failure",
        "success",
        "error",
        "expired",
        "changed",
        "accepted",
        "rejected",
        "wrong",
        "unknown",
        "default",
        "prompt",
        "ask",
        "file",
        "stdin",
        "env",
        "env_file",
        "environment",
        "vault",
        "keyring",
        "never",
        "always",
        "disabled",
        "enabled",
        "not",
        "publickey",
        "md5",
        "scram-sha-256",
        "include",
        "omit",
        "same-origin",
        "trust",
        "peer",
        "reject",
        "authentication",
        "login",
        "for",
        "and",
        "is",
        "was",
        "will",
        "must",
        "should",
        "has",
        "with",
        "from",
        "the",
        "to",
        "field",
        "input",
        "type",
        "name",
        "username",
        "credentials",
        "manager",
        "rotation",
        "rotated",
        "updated",
        "generated",
        "loaded",
        "found",
        "read",
        "undefined,",
        "const",
        "let",
        "var",
        "new",
        "await",
        "function",
        "return",
        "pass",
        "fail",
        "skip",
        "skipped",
        "ignored",
    ];
    let text = value.to_ascii_lowercase();
    let text = text.strip_suffix(b".").or_else(|| text.strip_suffix(b",")).unwrap_or(&text);
    WORDS.iter().any(|word| word.as_bytes() == text)
}

/// Whether it is the place of something. Base64 may begin with a slash, and a password with anything.
pub fn is_path(value: &[u8]) -> bool {
    const ROOTS: &[&[u8]] = &[
        b"run", b"etc", b"var", b"home", b"mnt", b"opt", b"usr", b"tmp", b"dev", b"proc", b"sys", b"root",
        b"srv", b"data", b"secrets", b"app", b"config", b"lib", b"bin", b"nix", b"users", b"volumes",
        b"media", b"boot",
    ];
    let names = |rest: &[u8]| {
        rest.split(|byte| *byte == b'/' || *byte == b'\\').all(|name| name.len() < 24 || !is_random(name))
            && rest.iter().all(|byte| byte.is_ascii_alphanumeric() || b"/._-~\\: @+".contains(byte))
    };
    if let Some(rest) = value.strip_prefix(b"/") {
        let root = rest.split(|byte| *byte == b'/').next().unwrap_or_default().to_ascii_lowercase();
        return ROOTS.contains(&&root[..]) && names(rest);
    }
    let near = value.starts_with(b"./") || value.starts_with(b"../") || value.starts_with(b"~/");
    (near && names(value)) || (value.get(1..3) == Some(b":\\") && names(&value[3..]))
}

/// Whether it is the kind of thing that a token is.
pub fn is_token(value: &[u8]) -> bool {
    if value.len() < 6 || is_path(value) || is_word_of_state(value) {
        return false;
    }
    if value.iter().any(|byte| byte.is_ascii_whitespace() || *byte < 0x20) {
        return false;
    }
    let kinds = Kinds::of(value);
    if value.len() >= 16 && value.iter().all(u8::is_ascii_hexdigit) && kinds.letters > 0 {
        return true;
    }
    if kinds.letters == 0 {
        // A number is a count or a time, unless it is far too long for either.
        return value.len() >= 15 && kinds.others + kinds.separators == 0;
    }
    if is_plain(value) {
        return false;
    }
    if kinds.digits > 0 {
        return value.len() >= 8 || kinds.others > 0;
    }
    // Letters only: a name, unless no name looks like that.
    (kinds.upper > 0
        && kinds.lower > 0
        && kinds.changes * 12 >= value.len() * 5
        && value.len() >= 12
        && kinds.separators == 0)
        || (value.len() >= 20 && kinds.separators == 0 && entropy(value) > 3.4 && !is_pronounceable(value))
}

/// Times, versions, addresses, sizes and names with a number at their end.
fn is_plain(value: &[u8]) -> bool {
    let text = value;
    let only = |set: &[u8]| text.iter().all(|byte| byte.is_ascii_digit() || set.contains(byte));
    if only(b".:-TZ+/, ") || only(b".%msuhdKkMGTBib") {
        return true;
    }
    // `v1.2.3-rc1`
    let bare = text.strip_prefix(b"v").unwrap_or(text);
    if bare.first().is_some_and(u8::is_ascii_digit)
        && bare.iter().filter(|byte| **byte == b'.').count() >= 2
        && text.len() < 24
    {
        return true;
    }
    if text.iter().filter(|byte| **byte == b':').count() == 1
        && let Some(colon) = memchr::memchr(b':', text)
        && text[colon + 1..].iter().all(u8::is_ascii_digit)
        && text[..colon]
            .iter()
            .all(|byte| byte.is_ascii_lowercase() || b".-".contains(byte) || byte.is_ascii_digit())
        && !text[..colon].iter().all(u8::is_ascii_digit)
    {
        return true;
    }
    // `worker-12`, `item_3`, `section2.4`: words, and a short number in the end.
    let letters =
        text.iter().take_while(|byte| byte.is_ascii_alphabetic() || b"_-.:/ ".contains(byte)).count();
    letters >= 3
        && text[letters..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'.')
        && text.len() - letters <= 4
        && text[..letters].iter().filter(|byte| byte.is_ascii_uppercase()).count()
            <= 1 + text[..letters].iter().filter(|byte| b"_-.:/".contains(byte)).count()
        && is_pronounceable(&text[..letters])
}

/// `stage2-north-1208358310`, `job-1234567890`: one long number beside a word or two is an identifier.
fn is_numbered_name(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|byte| b"-_".contains(byte)).collect();
    let (numbers, names): (Vec<&[u8]>, Vec<&[u8]>) =
        parts.iter().partition(|part| part.iter().all(u8::is_ascii_digit));
    let is_name = |part: &[u8]| {
        let letters = part.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        let number = &part[letters..];
        let spoken = letters <= 6 || is_pronounceable(&part[..letters]);
        letters >= 2 && spoken && number.len() <= 2 && number.iter().all(u8::is_ascii_digit)
    };
    parts.len() <= 3 && numbers.len() == 1 && !names.is_empty() && names.into_iter().all(is_name)
}

/// `xoxp-1234-########`: somebody has hidden the end of it already, and what is left tells nothing.
fn is_masked(value: &[u8]) -> bool {
    let last = value.last().copied().unwrap_or(b' ');
    let hidden = value.iter().rev().take_while(|byte| **byte == last).count();
    b"*#".contains(&last) && hidden >= 8 && !is_random(&value[..value.len() - hidden])
}

/// Whether this is a name rather than a token: words that can be spoken, with capitals only where they begin or
/// throughout, and at most one short number. A mark of tokens may begin one by chance, as `hf_` does. One run of
/// capitals alone is no word: a token of capitals can be spoken by chance.
pub fn is_worded(value: &[u8]) -> bool {
    let (mut words, mut covered, mut shouted, mut numbers) = (0, 0, false, 0);
    for part in value.split(|byte| matches!(byte, b'_' | b'-')).filter(|part| part.len() > 2) {
        let capitals = part.iter().filter(|byte| byte.is_ascii_uppercase()).count();
        let apart = !part.windows(2).any(|two| two.iter().all(u8::is_ascii_uppercase));
        covered += part.len();
        if part.len() <= 4 && part.iter().all(u8::is_ascii_digit) {
            numbers += 1;
            continue;
        }
        let all = capitals == part.len();
        if !part.iter().all(u8::is_ascii_alphabetic) || !(all || (apart && capitals * 4 <= part.len())) {
            return false;
        }
        (words, shouted) = (words + 1, shouted || all);
    }
    let enough = if shouted { 2 } else { 1 };
    words >= enough
        && covered * 3 >= value.len() * 2
        && numbers <= 1
        && value.len() >= 8
        && is_pronounceable(value)
}

struct Kinds {
    letters: usize,
    upper: usize,
    lower: usize,
    digits: usize,
    others: usize,
    separators: usize,
    changes: usize,
}

impl Kinds {
    fn of(value: &[u8]) -> Self {
        let value = beginning(value);
        let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
        let upper = count(u8::is_ascii_uppercase);
        let lower = count(u8::is_ascii_lowercase);
        let digits = count(u8::is_ascii_digit);
        let separators = count(|byte| b"_-./: ".contains(byte));
        let changes = value
            .windows(2)
            .filter(|two| {
                two[0].is_ascii_alphabetic()
                    && two[1].is_ascii_alphabetic()
                    && two[0].is_ascii_uppercase() != two[1].is_ascii_uppercase()
            })
            .count();
        let letters = upper + lower;
        Self {
            letters,
            upper,
            lower,
            digits,
            others: value.len() - letters - digits - separators,
            separators,
            changes,
        }
    }
}

/// The entropy of its bytes, in bits each (Shannon).
pub fn entropy(value: &[u8]) -> f64 {
    let mut counts = [0_u32; 256];
    value.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let length = f64::from(u32::try_from(value.len()).unwrap_or(u32::MAX));
    counts
        .iter()
        .filter(|count| **count > 0)
        .map(|count| f64::from(*count) / length)
        .map(|share| -share * share.log2())
        .sum()
}

/// Whether it has letters and digits mixed as chance mixes them. Words, and short numbers between them, are names.
pub fn is_random(value: &[u8]) -> bool {
    let value = beginning(value);
    let parts = value.split(|byte| b"_-./:~ ".contains(byte));
    let strange: usize = parts.filter(|part| is_strange(part)).map(<[u8]>::len).sum();
    let hex = value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    strange >= 10 && value.len() >= 12 && entropy(value) > if hex { 2.6 } else { 3.0 }
}

/// As much of a value as it takes to judge it, however long it is.
fn beginning(value: &[u8]) -> &[u8] {
    &value[..value.len().min(4 << 10)]
}

/// Whether nobody would give this name to anything.
fn is_strange(part: &[u8]) -> bool {
    let kinds = Kinds::of(part);
    if part.len() < 4 || kinds.letters == 0 {
        return false;
    }
    if kinds.digits == 0 {
        let mixed =
            kinds.upper > 0 && kinds.lower > 0 && kinds.changes >= 4 && kinds.changes * 12 >= part.len() * 5;
        return (mixed && !is_worded(part)) || (part.len() >= 16 && !is_pronounceable(part));
    }
    let turns = part.windows(2).filter(|two| two[0].is_ascii_digit() != two[1].is_ascii_digit()).count();
    turns >= 3
        || (turns >= 1 && kinds.changes * 5 >= part.len())
        || (turns == 2 && part.len() >= 12 && kinds.digits * 5 >= part.len())
}

/// Whether it must stay readable although it is random: digests, identifiers of other things, paths.
pub fn is_readable(value: &[u8]) -> bool {
    is_uuid(value)
        || is_path(value)
        || is_digest(value)
        || memchr::memchr(b'/', value).is_some_and(|at| at > 0 && is_relative_path(value))
}

fn is_relative_path(value: &[u8]) -> bool {
    let names: Vec<&[u8]> = value.split(|byte| *byte == b'/').collect();
    names.len() >= 2
        && names.iter().all(|name| name.len() < 20 || !is_random(name))
        && names.iter().any(|name| is_pronounceable(name) && name.len() > 3)
}

/// Whether it is a UUID.
pub fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(|(at, byte)| {
            if [8, 13, 18, 23].contains(&at) { *byte == b'-' } else { byte.is_ascii_hexdigit() }
        })
}

/// Whether it is a digest with its name before it, also behind that of an image: `app@sha256:…`.
fn is_digest(value: &[u8]) -> bool {
    let value = memchr::memrchr(b'@', value).map_or(value, |at| &value[at + 1..]);
    let named = [
        &b"sha256:"[..],
        b"sha256-",
        b"sha384-",
        b"sha512-",
        b"sha512:",
        b"sha1:",
        b"sha1-",
        b"md5:",
        b"SHA256:",
        b"MD5:",
    ];
    named.iter().any(|name| value.starts_with(name))
}

/// Whether vowels and consonants alternate as in words.
pub fn is_pronounceable(value: &[u8]) -> bool {
    let letters: Vec<u8> =
        value.iter().filter(|byte| byte.is_ascii_alphabetic()).map(u8::to_ascii_lowercase).collect();
    if letters.is_empty() {
        return false;
    }
    let vowels = letters.iter().filter(|byte| b"aeiouy".contains(byte)).count();
    let mut run = 0;
    let mut longest = 0;
    for letter in &letters {
        run = if b"aeiouy".contains(letter) { 0 } else { run + 1 };
        longest = longest.max(run);
    }
    vowels * 100 >= letters.len() * 22 && longest <= 5
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stand_ins_are_no_secrets() {
        for value in [
            "${DB_PASSWORD}",
            "$PASSWORD",
            "$(cat file)",
            "{{ .Values.password }}",
            "%DB_PASSWORD%",
            "<password>",
            "********",
            "xxxxxxxxxx",
            "process.env.DB_PASSWORD",
            "os.environ['X']",
            "getPassword()",
            "changeme",
            "YOUR_PASSWORD_HERE",
            "true",
            "null",
            "none",
            "/run/secrets/db",
            "required",
            "[hidden]",
        ] {
            assert!(!is_secret(value.as_bytes(), Suspicion::Certain), "{value}");
        }
        for value in
            ["hunter2", "Tr0ub4dor&3", "abc", "p@ss/word", "12345", "correct-horse", "$ecr3t!", "a b c d"]
        {
            assert!(is_secret(value.as_bytes(), Suspicion::Certain), "{value}");
        }
    }

    #[test]
    fn one_character_is_a_mask_unless_a_key_could_be_that() {
        let many = |one: &str, count: usize| one.repeat(count);
        for value in [
            many("x", 40),
            many("*", 64),
            many("\u{2022}", 8),
            many("?", 32),
            many("a", 12),
            many("0", 8),
            many("0", 50),
            format!("0x{}", many("x", 64)),
        ] {
            assert!(!is_secret(value.as_bytes(), Suspicion::Certain), "{value}");
        }
        for value in
            [many("b", 40), many("B", 32), format!("0x{}7", many("0", 63)), format!("{}-", many("c", 23))]
        {
            assert!(is_secret(value.as_bytes(), Suspicion::Certain), "{value}");
        }
    }

    #[test]
    fn a_token_is_no_word_and_no_number() {
        for value in [
            "17",
            "1024",
            "Bearer",
            "refresh_token",
            "v1.2.3",
            "2026-01-02T03:04:05Z",
            "localhost:8080",
            "worker-12",
            "some-name",
            "/etc/x",
            "5m30s",
            "AuthenticationToken",
        ] {
            assert!(!is_secret(value.as_bytes(), Suspicion::Likely), "{value}");
        }
        for value in [
            "a1b2c3d4e5",
            "0123456789abcdef",
            "aBcDeFGhIjkLmNo",
            "550e8400-e29b-41d4-a716-446655440000",
            "hunter2!",
        ] {
            assert!(is_secret(value.as_bytes(), Suspicion::Likely), "{value}");
        }
    }

    #[test]
    fn what_must_stay_readable_is_not_random_enough_for_a_faint_suspicion() {
        for value in [
            "550e8400-e29b-41d4-a716-446655440000",
            "sha256:0123456789abcdef0123456789abcdef",
            "/var/lib/docker/overlay2/ab12",
            "application/json;v=2",
            "primary-database-1",
        ] {
            assert!(!is_secret(value.as_bytes(), Suspicion::Faint), "{value}");
        }
        for value in ["a8f5f167f44f4964e6c998dee827110c", "kJ8sLq0ZtY2mNvB4xC6w"] {
            assert!(is_secret(value.as_bytes(), Suspicion::Faint), "{value}");
        }
    }
}
