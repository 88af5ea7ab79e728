//! A second opinion on what looks like a secret: a few plain expressions that know nothing of the redactor's. They
//! strike only where there is no doubt, because whatever they find keeps an archive from its owner.

use std::sync::LazyLock;

use regex::bytes::{Captures, Regex, RegexBuilder};

/// The rules, each with what it looks for; the group `secret` is what must not be there.
const RULES: &[(&str, &str)] = &[
    (
        "private-key",
        r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY(?: BLOCK)?-----(?:[\s|>#]|\\[nr])*(?<secret>[A-Za-z0-9+/=]{24,})",
    ),
    (
        "token",
        r"(?<secret>gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,}|glpat-[A-Za-z0-9_-]{20}|A[KS]IA[A-Z0-9]{16}|xox[abprs]-[0-9]{8,}-[A-Za-z0-9-]{20,}|sk-ant-[A-Za-z0-9_-]{40,}|[rs]k_live_[A-Za-z0-9]{24,}|AIza[A-Za-z0-9_-]{35}|npm_[A-Za-z0-9]{36}|do[por]_v1_[a-f0-9]{64}|AGE-SECRET-KEY-1[A-Z0-9]{58}|SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}|eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{20,}|\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$argon2id?\$v=[0-9]+\$[a-z0-9=,]+\$[A-Za-z0-9+/]{16,}\$[A-Za-z0-9+/]{20,})",
    ),
    (
        "key-and-value",
        r#"(?i:password|passwd|passphrase|client_?secret|secret_?key|api_?key|access_?token|auth_?token|refresh_?token|bearer)["']?\s{0,4}[:=]\s{0,4}["']?(?<secret>[A-Za-z0-9!#$%&*+./?@^_~-]{8,200})"#,
    ),
];

static EXPRESSIONS: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let build = |(rule, expression): &(&'static str, &str)| {
        let built = RegexBuilder::new(expression).unicode(false).build();
        (*rule, built.expect("invariant: the expressions are compiled by a test"))
    };
    RULES.iter().map(build).collect()
});

/// How far apart the ends of what they find can be.
pub const REACH: usize = 4 << 10;

/// The rules that strike in a text.
pub fn find(text: &[u8]) -> impl Iterator<Item = &'static str> {
    EXPRESSIONS
        .iter()
        .filter(move |(rule, expression)| {
            expression.captures_iter(text).any(|found| is_secret(rule, text, &found))
        })
        .map(|(rule, _)| *rule)
}

fn is_secret(rule: &str, text: &[u8], found: &Captures) -> bool {
    let (Some(whole), Some(secret)) = (found.get(0), found.name("secret")) else { return false };
    let word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let within_a_word = |at: usize| at > 0 && text.get(at - 1).is_some_and(word);
    match rule {
        "private-key" => true,
        "token" => !within_a_word(secret.start()) && is_varied(secret.as_bytes()),
        _ => !text[..whole.start()].ends_with(b"-") && is_value(secret.as_bytes()),
    }
}

/// No placeholder: many different signs, and no word that says so.
fn is_varied(secret: &[u8]) -> bool {
    let mut seen = [false; 256];
    secret.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let different = seen.iter().filter(|seen| **seen).count();
    let example = |word: &[u8]| memchr::memmem::find(&secret.to_ascii_lowercase(), word).is_some();
    different >= 10 && ![&b"example"[..], b"xxxx", b"your", b"1234567890"].into_iter().any(example)
}

/// Certainly a password or a token: letters and digits, and no path, address, digest, variable or type.
fn is_value(secret: &[u8]) -> bool {
    let has = |is: fn(&u8) -> bool| secret.iter().any(is);
    let only_hex = secret.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-');
    has(u8::is_ascii_digit)
        && has(u8::is_ascii_alphabetic)
        && !only_hex
        && !secret.starts_with(b"/")
        && !secret.starts_with(b"$")
        && !has(|byte| matches!(byte, b'/' | b'@'))
        && is_varied(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn letters(n: usize) -> String {
        ('a'..='z').chain('A'..='Z').chain('0'..='9').cycle().skip(7).step_by(5).take(n).collect()
    }

    fn found(text: &str) -> Vec<&'static str> {
        find(text.as_bytes()).collect()
    }

    #[test]
    fn what_is_no_doubt_a_secret_is_found() {
        let upper = letters(16).to_uppercase();
        for (rule, text) in [
            ("token", format!("pushed with ghp_{} today", letters(36))),
            ("token", format!("id=AKIA{upper}")),
            ("token", format!("Bearer eyJ{0}.eyJ{0}.{0}", letters(24))),
            ("token", format!("admin:$2b$12${}", letters(53))),
            ("key-and-value", format!("DB_PASSWORD={}", letters(14))),
            ("key-and-value", format!("\"api_key\": \"{}\"", letters(32))),
            ("private-key", format!("-----BEGIN RSA PRIVATE KEY-----\n{}\n", letters(64))),
            ("private-key", format!("\"-----BEGIN PRIVATE KEY-----\\n{}", letters(64))),
        ] {
            assert!(found(&text).contains(&rule), "{rule}: {text}");
        }
    }

    #[test]
    fn what_may_be_something_else_is_not() {
        for text in [
            "password: [REDACTED:password:a1b2]",
            "PASSWORD_FILE=/etc/tars/admin-password",
            "api_key=${OPENAI_API_KEY}",
            "password = \"changeme-please\"",
            "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "AKIAIOSFODNN7EXAMPLE",
            "secret_key: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
            "-----BEGIN PRIVATE KEY-----\n[REDACTED:private-key:00ff]\n-----END PRIVATE KEY-----",
            "-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUJ0xJ0wz\n",
            "image: nginx@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        ] {
            assert_eq!(found(text), [] as [&str; 0], "{text}");
        }
    }
}
