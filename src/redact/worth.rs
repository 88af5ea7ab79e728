//! Whether what stands under a key is a secret, or only something that looks like a value: a placeholder, a
//! reference to where the secret is, a count, a path, a word. Which key it is, is for whoever asks.

use super::keys::Suspicion;

/// Whether this value under a key of this suspicion is a secret.
pub fn is_secret(value: &[u8], suspicion: Suspicion) -> bool {
    if value.len() < 3 || is_stand_in(value) {
        return false;
    }
    match suspicion {
        Suspicion::Certain => !is_word_of_state(value) && !is_path(value),
        Suspicion::Likely => is_token(value),
        Suspicion::Faint => value.len() >= 16 && is_random(value) && !is_readable(value),
    }
}

/// Whether it stands in for a secret: a placeholder, a variable, a call.
pub fn is_stand_in(value: &[u8]) -> bool {
    let value = value.strip_suffix(b";").or_else(|| value.strip_suffix(b",")).unwrap_or(value);
    let value = value.strip_prefix(b"\\").unwrap_or(value);
    let quotes = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let value = if value.len() > 2 && quotes(value.first()) && quotes(value.last()) {
        &value[1..value.len() - 1]
    } else {
        value
    };
    if value.is_empty() {
        return true;
    }
    let text = value.to_ascii_lowercase();
    let contains = |what: &[u8]| memchr::memmem::find(&text, what).is_some();
    let (first, last) = (text[0], text[text.len() - 1]);
    // `${NAME}`, `$(command)`, `{{ template }}`, `%{NAME}`
    const TEMPLATES: &[(&[u8], &[u8])] = &[
        (b"${", b"}"),
        (b"$(", b")"),
        (b"{{", b"}}"),
        (b"{%", b"%}"),
        (b"%{", b"}"),
        (b"#{", b"}"),
        (b"@{", b"}"),
        (b"{$", b"}"),
    ];
    let is_template = |(open, close): &(&[u8], &[u8])| {
        let inner = text.strip_prefix(*open);
        inner.is_some_and(|inner| {
            contains(close) || inner.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.- ".contains(byte))
        })
    };
    if TEMPLATES.iter().any(is_template) {
        return true;
    }
    // `<your password>`, `%NAME%`, `{name}`, `[hidden]`
    let inner = &text[1..text.len().max(2) - 1];
    let is_named = !inner.is_empty()
        && inner.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-. ".contains(byte))
        && (is_pronounceable(inner) || inner.len() <= 4 || contains(b"_"));
    if is_named && [(b'<', b'>'), (b'%', b'%'), (b'{', b'}'), (b'[', b']')].contains(&(first, last)) {
        return true;
    }
    if (first, last) == (b'<', b'>') && !is_random(value) && contains(b" ") {
        return true;
    }
    if first == b'$' && value.len() > 1 && is_variable(&value[1..]) {
        return true;
    }
    // A cast, a concatenation, a construction, what is encrypted already; what somebody has cut off.
    let cast = memchr::memchr(b')', &text).filter(|_| first == b'(');
    let is_cast = cast.is_some_and(|end| {
        text[1..end].iter().all(|byte| byte.is_ascii_alphabetic() || b"_ *&:<>".contains(byte))
    });
    let is_cut = text.ends_with(b"...") && !text.iter().any(u8::is_ascii_digit);
    const BEGINNINGS: &[&[u8]] =
        &[b"+ ", b". ", b"new ", b"await ", b"async ", b"function", b"enc[", b"&mut "];
    if is_cast || is_cut || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning)) {
        return true;
    }
    // One character again and again: `********`, `xxxxxxxx`, `........`
    let most = text.iter().filter(|byte| **byte == text[text.len() / 2]).count();
    let few = text.iter().filter(|byte| b"x*.-_#?".contains(byte)).count();
    if text.len() >= 3 && (most * 10 >= text.len() * 8 || (few * 10 >= text.len() * 8 && text.len() >= 4)) {
        return true;
    }
    // The key that Amazon's manuals show.
    if value.starts_with(b"AKIA") && value.ends_with(b"EXAMPLE") {
        return true;
    }
    is_reference(&text) || is_call(&text) || is_placeholder(&text) || is_name_of_a_secret(&text)
}

/// `process.env.DB_PASSWORD`, `config.password`, `op://vault/item`: where the secret is.
fn is_reference(text: &[u8]) -> bool {
    const PLACES: &[&[u8]] = &[
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"getenv",
        b"system.getenv",
        b"std::env",
        b"import.meta",
        b"$env:",
        b"env.",
        b"env[",
        b"config.",
        b"settings.",
        b"self.",
        b"this.",
        b"secrets.",
        b"var.",
        b"data.",
        b"local.",
    ];
    const ADDRESSES: &[&[u8]] = &[b"vault:", b"op://", b"file:", b"env:", b"ssm:", b"arn:", b"ref+"];
    let names = |rest: &[u8]| {
        rest.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.[]()'\"\\-: |/#".contains(byte))
    };
    let is_place = PLACES.iter().any(|place| text.strip_prefix(*place).is_some_and(names));
    let is_address = ADDRESSES.iter().any(|place| {
        text.strip_prefix(*place)
            .is_some_and(|rest| memchr::memchr2(b'/', b':', rest).is_some() || names(rest))
    });
    is_place || is_address
}

/// `getPassword()`, `cfg.secret("db")`: a call, or the beginning of one.
fn is_call(text: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', text) else { return false };
    let name = &text[..open];
    let is_name = name.len() >= 3
        && name.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.:$>-".contains(byte))
        && is_pronounceable(name);
    let ends = text.ends_with(b")") || text.ends_with(b"(") || text.ends_with(b");");
    is_name
        && ends
        && text[open + 1..]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.,'\"()[]{}<> :/-$\\".contains(byte))
}

/// What somebody is to replace: `changeme`, `YOUR_PASSWORD_HERE`.
fn is_placeholder(text: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"changeme",
        b"changeit",
        b"placeholder",
        b"replaceme",
        b"redacted",
        b"fixme",
        b"yourpassword",
        b"yoursecret",
    ];
    const PAIRS: &[[&[u8]; 2]] = &[
        [b"change", b"me"],
        [b"change", b"it"],
        [b"replace", b"me"],
        [b"your", b""],
        [b"", b"here"],
        [b"insert", b""],
        [b"enter", b""],
    ];
    let words: Vec<&[u8]> =
        text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if words.iter().any(|word| WORDS.contains(word)) {
        return true;
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let letters = text.iter().all(|byte| byte.is_ascii_alphabetic() || b"_- .".contains(byte));
    letters
        && words.len() >= 2
        && PAIRS
            .iter()
            .any(|[begin, end]| (begin.is_empty() || begin == first) && (end.is_empty() || end == last))
}

/// `db-password`, `#add-password`, `K8S_CRED`, `secret/app_token`: words, and one of them says what they name.
fn is_name_of_a_secret(text: &[u8]) -> bool {
    const NAMES: &[&[u8]] = &[
        b"password",
        b"passwords",
        b"passwd",
        b"secret",
        b"secrets",
        b"token",
        b"tokens",
        b"key",
        b"keys",
        b"cred",
        b"creds",
        b"credential",
        b"credentials",
    ];
    let words: Vec<&[u8]> =
        text.split(|byte| b"_-./#:@ ".contains(byte)).filter(|word| !word.is_empty()).collect();
    let parts = words.len() >= 2 || text.first() == Some(&b'#');
    parts
        && words.iter().any(|word| NAMES.contains(word))
        && words.iter().all(|word| {
            word.len() <= 3 || (word.iter().all(u8::is_ascii_alphabetic) && is_pronounceable(word))
        })
}

fn is_variable(name: &[u8]) -> bool {
    let upper = name
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_')
        .count();
    upper == name.len()
        || (upper >= 3 && name[upper] == b'/')
        || (name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_:.->[]'\"\\/#".contains(byte))
            && !name.iter().any(u8::is_ascii_digit))
}

/// Whether it says how something is rather than what it is.
fn is_word_of_state(value: &[u8]) -> bool {
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
    let parts = value.split(|byte| b"_-./:~ ".contains(byte));
    let strange: usize = parts.filter(|part| is_strange(part)).map(<[u8]>::len).sum();
    let hex = value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    strange >= 10 && value.len() >= 12 && entropy(value) > if hex { 2.6 } else { 3.0 }
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
        return mixed || (part.len() >= 16 && !is_pronounceable(part));
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

/// Whether it is a digest with its name before it, or one of the usual lengths in small hexadecimal digits.
fn is_digest(value: &[u8]) -> bool {
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
