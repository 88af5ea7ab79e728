//! Secrets in files whose form is known: `KEY=value` lines and `key: value` lines, TOML, JSON, fstab, the engine's
//! sign-ins, netrc, private keys, command lines. What cannot be parsed is read line by line.

use serde_json::Value;

use super::keys::{passwords_in_urls, promises, secrets};

/// `KEY=value` and `key: value`, commented out or not, whatever the file is.
pub fn lines(text: &str) -> Vec<String> {
    text.lines().flat_map(line).collect()
}

fn line(line: &str) -> Vec<String> {
    let line = line.trim().trim_start_matches(['#', ';', '-', ' ']);
    let line = line.strip_prefix("export ").unwrap_or(line);
    let Some(at) = line.find(['=', ':']) else { return passwords_in_urls(line) };
    let (name, value) =
        (line[..at].trim().trim_matches(['"', '\'']), line[at + 1..].trim().trim_end_matches(','));
    let quoted = value.chars().next().filter(|quote| "\"'".contains(*quote));
    let inner = quoted.and_then(|quote| value[1..].split_once(quote)).map(|(inner, _)| inner);
    let mut found = secrets(name, inner.unwrap_or(value));
    if value.contains("--") {
        let words =
            value.split(|c: char| c.is_whitespace() || "\"'[],;".contains(c)).filter(|word| !word.is_empty());
        found.extend(command(&words.map(String::from).collect::<Vec<_>>()));
    }
    // Behind an unquoted value there may be a comment, or it may be a part of it: both readings are taken.
    if inner.is_none()
        && let Some((before, _)) = value.split_once(" #")
    {
        found.extend(secrets(name, before));
    }
    found
}

/// Strings of a TOML file under their keys.
pub fn toml(text: &str) -> Vec<String> {
    match text.parse::<toml::Table>().ok().and_then(|table| serde_json::to_value(table).ok()) {
        Some(value) => of_value("", &value),
        None => lines(text),
    }
}

/// Strings of a JSON file under their keys.
pub fn json(text: &str) -> Vec<String> {
    serde_json::from_str(text).map_or_else(|_| lines(text), |value| of_value("", &value))
}

fn of_value(name: &str, value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => secrets(name, text),
        Value::Array(items) => items.iter().flat_map(|item| of_value(name, item)).collect(),
        Value::Object(fields) => {
            let named = |key: &String| if name.is_empty() { key.clone() } else { format!("{name}.{key}") };
            fields.iter().flat_map(|(key, value)| of_value(&named(key), value)).collect()
        }
        _ => Vec::new(),
    }
}

/// The options of the entries of an fstab.
fn options(text: &str) -> impl Iterator<Item = (&str, &str)> {
    text.lines()
        .flat_map(|line| {
            line.trim_start_matches('#').split_whitespace().nth(3).unwrap_or_default().split(',')
        })
        .filter_map(|option| option.split_once('='))
}

/// Passwords in an fstab: `pass=`, `password=`, `user=name%password`.
pub fn fstab(text: &str) -> Vec<String> {
    let secret = |(name, value): (&str, &str)| match name {
        "user" | "username" => value.split_once('%').map(|(_, password)| password.to_string()),
        _ if promises(name) && !value.starts_with('/') => Some(value.to_string()),
        _ => None,
    };
    options(text)
        .filter_map(secret)
        .filter(|value| !value.is_empty())
        .chain(passwords_in_urls(text))
        .collect()
}

/// Files of credentials that an fstab names.
pub fn credential_files(fstab: &str) -> Vec<String> {
    let named = |(name, _): &(&str, &str)| matches!(*name, "credentials" | "cred");
    options(fstab)
        .filter(named)
        .map(|(_, path)| path.to_string())
        .filter(|path| path.starts_with('/'))
        .collect()
}

/// The engine's sign-ins: `auth` is `user:password` in base64.
pub fn sign_ins(text: &str) -> Vec<String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let mut found = Vec::new();
    for sign_in in value["auths"].as_object().into_iter().flat_map(|all| all.values()) {
        for field in ["auth", "identitytoken", "registrytoken", "password"] {
            found.extend(sign_in[field].as_str().filter(|text| !text.is_empty()).map(String::from));
        }
        let plain = sign_in["auth"].as_str().and_then(unbase64).unwrap_or_default();
        found.extend(plain.split_once(':').map(|(_, password)| password.to_string()));
    }
    found
}

/// Text in base64.
fn unbase64(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let (mut bits, mut held) = (0_u32, 0_u32);
    for byte in text.trim_end_matches('=').bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            _ => return None,
        };
        held = (held << 6 | u32::from(value)) & 0xffff;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push((held >> bits & 0xff) as u8);
        }
    }
    String::from_utf8(bytes).ok()
}

/// `machine … login … password …`.
pub fn netrc(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    words.windows(2).filter(|two| two[0] == "password").map(|two| two[1].to_string()).collect()
}

/// The lines of private keys.
pub fn key_lines(text: &str) -> Vec<String> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in text.lines().map(str::trim) {
        if line.starts_with("-----BEGIN ") && line.contains("PRIVATE KEY") {
            inside = true;
        } else if line.starts_with("-----END ") {
            inside = false;
        } else if inside && line.len() >= 16 {
            found.push(line.to_string());
        }
    }
    found
}

/// Secrets among the words of a command: `--password x`, `--password=x`, `DB_PASSWORD=x`, URLs.
pub fn command(words: &[String]) -> Vec<String> {
    let mut found = Vec::new();
    for (word, next) in words.iter().zip(words.iter().skip(1).map(Some).chain([None])) {
        match word.split_once('=') {
            Some((name, value)) => found.extend(secrets(name, value)),
            None => found.extend(passwords_in_urls(word)),
        }
        if word.starts_with("--")
            && !word.contains('=')
            && let Some(value) = next.filter(|next| !next.starts_with("--"))
        {
            found.extend(secrets(word, value));
        }
        // A whole script in one word.
        if word.contains(char::is_whitespace) {
            let inner: Vec<String> =
                word.split_whitespace().map(|w| w.trim_matches(['"', '\'', ';']).into()).collect();
            found.extend(command(&inner));
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_every_kind() {
        for (text, found) in [
            ("DB_PASSWORD=one", &["one"][..]),
            ("  export DB_PASSWORD = 'one two' # three", &["one two"]),
            ("#DB_PASSWORD=old", &["old"]),
            ("DB_PASSWORD=one #two", &["one #two", "one"]),
            ("password: \"a: b\"", &["a: b"]),
            ("- \"api_key\": one,", &["one"]),
            ("url = http://u:pw@h/", &["pw"]),
            ("username=ann\npassword=pw\ndomain=home", &["pw"]),
            ("command: [\"redis\", \"--requirepass\", \"pw\"]", &["pw"]),
            ("a line of prose", &[]),
        ] {
            assert_eq!(lines(text), found, "{text}");
        }
    }

    #[test]
    fn files_with_a_form() {
        assert_eq!(
            toml("[db]\npassword = \"one\"\nname = \"two\"\n[[x]]\nurl = \"a://u:pw@h\"\n"),
            ["one", "pw"]
        );
        assert_eq!(toml("broken = = =\npassword = \"one\""), ["one"]);
        assert_eq!(json(r#"{"a": [{"token": "one"}, {"name": "two"}], "port": 3}"#), ["one"]);
        let text = "//nas/x /mnt cifs user=ann%pw1,pass=pw2,credentials=/etc/c 0 0\n#//o /p cifs password=pw3,ro 0 0\n";
        assert_eq!(fstab(text), ["pw1", "pw2", "pw3"]);
        assert_eq!(credential_files(text), ["/etc/c"]);
        // `ann:word` in base64.
        assert_eq!(sign_ins(r#"{"auths":{"r":{"auth":"YW5uOndvcmQ="}}}"#), ["YW5uOndvcmQ=", "word"]);
        assert_eq!(netrc("machine h login ann password pw"), ["pw"]);
        let key = format!(
            "-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\nafter that comes text",
            "A".repeat(64)
        );
        assert_eq!(key_lines(&key), ["A".repeat(64)]);
    }

    #[test]
    fn words_of_a_command() {
        let words = |text: &[&str]| command(&text.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(words(&["x", "--password", "one", "--name", "two"]), ["one"]);
        assert_eq!(words(&["x", "--api-key=one", "DB_PASSWORD=two"]), ["one", "two"]);
        assert_eq!(words(&["sh", "-c", "x --requirepass one; y postgres://u:two@h"]), ["one", "two"]);
        assert_eq!(words(&["x", "--password"]), [""; 0]);
    }
}
