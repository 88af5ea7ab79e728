//! Which names promise a secret, and which secrets a value under a name holds: all of it, or the password in a URL.

use super::is_secret_setting;

/// A word of a name that promises a secret, whatever its value.
const STRONG: &[&str] = &[
    "password",
    "passwd",
    "passwort",
    "pass",
    "pwd",
    "passphrase",
    "passcode",
    "secret",
    "secrets",
    "token",
    "apikey",
    "credential",
    "credentials",
    "creds",
    "dsn",
    "jwt",
    "mnemonic",
    "htpasswd",
    "basicauth",
    "requirepass",
    "masterauth",
    "dbpass",
    "rootpass",
    "adminpass",
    "userpass",
    "storepass",
    "keypass",
    "smbpass",
];

/// A word that promises one where the value does not look like an ordinary word or number.
const WEAK: &[&str] = &[
    "key", "keys", "cred", "auth", "bearer", "pat", "salt", "pepper", "cookie", "session", "webhook",
    "private", "signing", "totp", "otp", "seed",
];

/// Endings of a name whose value only says where or how much, whatever comes before.
const HARMLESS: &[&str] = &[
    "file",
    "path",
    "dir",
    "directory",
    "sock",
    "socket",
    "id",
    "name",
    "user",
    "username",
    "type",
    "method",
    "url",
    "uri",
    "host",
    "port",
    "enabled",
    "lifetime",
    "ttl",
    "timeout",
    "size",
    "length",
    "count",
    "algorithm",
    "version",
    "mode",
    "expiry",
    "format",
    "provider",
    "issuer",
    "audience",
    "domain",
    "bits",
    "pid",
    "desktop",
    "class",
];

/// Values that are the same everywhere.
const COMMON: &[&str] = &["true", "false", "yes", "no", "on", "off", "none", "null", "auto", "default"];

/// The secrets in what stands under a name.
pub fn secrets(name: &str, value: &str) -> Vec<String> {
    let value = value.trim();
    let mut found = passwords_in_urls(value);
    let promised = match is_secret_setting(name) {
        Some(is_secret) => is_secret,
        None => promises(name) || (hints(name) && is_odd(value)),
    };
    let is_common = || COMMON.contains(&value.to_ascii_lowercase().as_str());
    if promised && !value.is_empty() && !is_common() && !is_path(value) {
        found.push(value.to_string());
    }
    found
}

/// Whether a name promises a secret. Words are told apart by signs and by capitals: `dbPassword`, `DB_PASSWORD`.
pub fn promises(name: &str) -> bool {
    let words = words(name);
    let joined = words.concat();
    let ends = ["password", "passwd", "passphrase", "secret", "apikey", "token"];
    !is_harmless(&words)
        && (ends.iter().any(|end| joined.ends_with(end))
            || words.iter().any(|word| STRONG.contains(&word.as_str())))
}

/// Whether a name may promise a secret.
fn hints(name: &str) -> bool {
    let words = words(name);
    !is_harmless(&words) && words.iter().any(|word| WEAK.contains(&word.as_str()))
}

fn is_harmless(words: &[String]) -> bool {
    words.last().is_none_or(|last| HARMLESS.contains(&last.as_str()))
}

/// Neither an ordinary word nor a small number.
fn is_odd(value: &str) -> bool {
    let is_word = value.bytes().all(|byte| byte.is_ascii_lowercase() || b"-_ ".contains(&byte));
    let is_number = value.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    value.len() >= 6 && !(value.len() < 20 && is_word) && !(value.len() < 10 && is_number)
}

/// The words of a name, without the numbers that tell several of a kind apart: `DB_PASSWORD_2`, `password2`.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before = ' ';
    for c in name.chars() {
        let begins = c.is_ascii_uppercase() && before.is_ascii_lowercase();
        if begins || !c.is_ascii_alphanumeric() {
            words.push(String::new());
        }
        if c.is_ascii_alphanumeric() {
            words.last_mut().expect("invariant: there is always a last word").push(c.to_ascii_lowercase());
        }
        before = c;
    }
    for word in &mut words {
        word.truncate(word.trim_end_matches(|c: char| c.is_ascii_digit()).len());
    }
    words.retain(|word| !word.is_empty());
    words
}

/// A path with at least two steps of ordinary characters; secrets in base64 hardly ever look so.
fn is_path(value: &str) -> bool {
    let ordinary = |step: &str| {
        !step.is_empty()
            && step.len() < 24
            && step.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._-".contains(&b))
    };
    value.strip_prefix('/').is_some_and(|rest| rest.split('/').count() >= 2 && rest.split('/').all(ordinary))
}

/// The passwords of `scheme://user:password@host` in a text, as they are written.
pub fn passwords_in_urls(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("://") {
        let rest = &text[at + 3..];
        let end = rest.find(|c: char| c.is_whitespace() || "\"'<>`".contains(c)).unwrap_or(rest.len());
        // A password may have `@`, `/` and `?` in it, where somebody forgot to encode it: both readings are taken.
        let authority = rest[..end].split(['/', '?', '#']).next().unwrap_or_default();
        for part in [authority, &rest[..end]] {
            let user = part.rsplit_once('@').map(|(user, _)| user);
            if let Some((_, password)) =
                user.and_then(|user| user.split_once(':')).filter(|(_, p)| !p.is_empty())
            {
                found.push(password.to_string());
                if let Some(plain) = decoded(password) {
                    found.push(plain);
                }
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// A text without its percent signs, where it has any.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let code = after.get(..2).and_then(|two| u8::from_str_radix(std::str::from_utf8(two).ok()?, 16).ok());
        match code.filter(|_| *first == b'%') {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok().filter(|plain| plain != text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_that_promise_a_secret() {
        for name in [
            "DB_PASSWORD",
            "dbPassword",
            "PGPASSWORD",
            "SMB_PASS",
            "smb.pass",
            "API_KEY",
            "apiKey",
            "GITHUB_PAT",
            "SENTRY_DSN",
            "RESTIC_PASSPHRASE",
            "client-secret",
            "BASIC_AUTH",
            "MYTOKEN",
            "AWS_SECRET_ACCESS_KEY",
            "private_key",
            "traefik.basicauth",
            "TARS_ANSWER_API_KEY",
            "answer.api_key",
            "password2",
            "DB_PASSWORD_2",
            "ApiKey1",
        ] {
            assert!(!secrets(name, "Odd-1234").is_empty(), "{name}");
        }
        for name in [
            "PATH",
            "KEYBOARD",
            "MAX_TOKENS",
            "SSH_AUTH_SOCK",
            "DB_PASSWORD_FILE",
            "TARS_AUTH_ACCESS_LIFETIME",
            "TOKENIZERS_PARALLELISM",
            "XDG_SESSION_ID",
            "XDG_SESSION_TYPE",
            "COMPASS",
            "AUTHOR",
            "MONKEY",
            "TARS_NAS_CREDENTIALS",
            "AWS_ACCESS_KEY_ID",
            "DB_PASSWORD_FILE2",
            "2",
            "",
        ] {
            assert_eq!(secrets(name, "Odd-1234"), [""; 0], "{name}");
        }
    }

    #[test]
    fn values_under_a_name() {
        let of = |name, value| secrets(name, value);
        assert_eq!(of("DB_PASSWORD", " some words "), ["some words"]);
        assert_eq!(of("DB_PASSWORD", "true"), [""; 0]);
        assert_eq!(of("DB_PASSWORD", "hunter"), ["hunter"]);
        for value in ["enabled", "gnome", "131072", "basic auth", "short"] {
            assert_eq!(of("AUTH_KEY", value), [""; 0], "{value}");
        }
        assert_eq!(of("API_KEY", "/run/secrets/api-key"), [""; 0]);
        assert_eq!(of("API_KEY", "/aB3/x+Yz09"), ["/aB3/x+Yz09"]);
        assert_eq!(of("SOME_URL", "postgres://u:p%40ss@h/db"), ["p%40ss", "p@ss"]);
        assert_eq!(of("SOME_URL", "redis://:pw1@h:6379/0 and amqp://a:pw2@h"), ["pw1", "pw2"]);
        assert_eq!(of("SOME_URL", "x://u:a@b/c@h"), ["a", "a@b/c"]);
        assert_eq!(of("SOME_URL", "https://host:8000/path"), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_password_in_a_url_is_found(password in "[!-~&&[^:\"'<>`]]{1,30}", scheme in "[a-z+]{1,12}") {
            let found = passwords_in_urls(&format!("at {scheme}://user:{password}@host.example/db there"));
            prop_assert!(found.contains(&password), "{found:?}");
        }

        #[test]
        fn no_text_is_too_odd(name in "\\PC{0,40}", value in "\\PC{0,80}") {
            secrets(&name, &value);
        }
    }
}
