//! Values as people write them: durations, sizes, addresses, lists. Pure parsing from text, with
//! messages that say what was expected; where the text stood is the caller's to add.

use std::fmt::Display;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use super::schema::Kind;

/// Checks that `text` is a value of `kind`; lists are checked item by item.
pub fn check(kind: Kind, text: &str) -> Result<(), String> {
    match kind {
        Kind::Text => Ok(()),
        Kind::Address => address(text).map(drop),
        Kind::Choice(words) if words.contains(&text) => Ok(()),
        Kind::UrlOr(words) if words.contains(&text) => Ok(()),
        Kind::UrlOr(_) => url(text),
        Kind::Choice(words) => {
            let near = super::schema::nearest(text, words.iter().copied());
            let meant = near.map(|word| format!("; did you mean `{word}`?")).unwrap_or_default();
            Err(format!("`{text}` is not {}{meant}", kind.describe()))
        }
        Kind::Duration => duration(text).map(drop),
        Kind::Bytes => bytes(text).map(drop),
        Kind::Directories => directory(text).map(drop),
        Kind::Directory => place(text).and_then(|()| match text.trim_end_matches('/') {
            "" => Err("`/` cannot be mounted over".into()),
            _ => Ok(()),
        }),
        // It becomes one of the options of a mount, which commas part.
        Kind::File if text.contains(',') => {
            Err(format!("`{text}` has a comma in it, which a mount option cannot have"))
        }
        Kind::File => place(text),
        Kind::FileName => file_name(text),
        Kind::Share => super::share::parse(text).map(drop),
        Kind::Patterns => globset::Glob::new(text).map(drop).map_err(|error| error.to_string()),
    }
}

/// Splits a list written in one line, as environment variables and flags have it: `a, b`.
pub fn split_list(text: &str) -> Vec<String> {
    text.split(',').map(str::trim).filter(|item| !item.is_empty()).map(String::from).collect()
}

/// An address and port.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    text.parse().map_err(|_| format!("`{text}` is not an address with a port, such as `127.0.0.1:8000`"))
}

/// A length of time: a whole number and one of `s m h d`.
pub fn duration(text: &str) -> Result<Duration, String> {
    let expected = || format!("`{text}` is not a duration such as `30s`, `15m`, `12h` or `14d`");
    let text_ = text.trim();
    let digits = text_.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match &text_[digits.len()..] {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        _ => return Err(expected()),
    };
    let number: u64 = digits.trim().parse().map_err(|_| expected())?;
    let seconds = number.checked_mul(unit).ok_or_else(expected)?;
    if seconds == 0 {
        return Err(format!("`{text}` is no time at all"));
    }
    Ok(Duration::from_secs(seconds))
}

/// A size in bytes: a whole number and one of `B KiB MiB GiB TiB` (powers of 1024).
pub fn bytes(text: &str) -> Result<u64, String> {
    let expected = || format!("`{text}` is not a size such as `64 KiB`, `32 MiB` or `1 GiB`");
    let text_ = text.trim();
    let digits = text_.trim_end_matches(|c: char| c.is_ascii_alphabetic() || c == ' ');
    let unit: u64 = match text_[digits.len()..].trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "k" | "kb" | "kib" => 1 << 10,
        "m" | "mb" | "mib" => 1 << 20,
        "g" | "gb" | "gib" => 1 << 30,
        "t" | "tb" | "tib" => 1 << 40,
        _ => return Err(expected()),
    };
    let number: u64 = digits.parse().map_err(|_| expected())?;
    number.checked_mul(unit).filter(|size| *size > 0).ok_or_else(expected)
}

/// A size for people: `32 MiB`, `1.4 GiB`.
#[must_use]
pub fn show_bytes(size: u64) -> String {
    const UNITS: [&str; 5] = ["B", "KiB", "MiB", "GiB", "TiB"];
    let mut value = size as f64;
    let mut unit = 0;
    while value >= 1024.0 && unit + 1 < UNITS.len() {
        value /= 1024.0;
        unit += 1;
    }
    if unit == 0 || value.fract() < 0.05 {
        format!("{value:.0} {}", UNITS[unit])
    } else {
        format!("{value:.1} {}", UNITS[unit])
    }
}

/// How many there are of something, for people: `1 file`, `2 files`, `0 entries`.
#[must_use]
pub fn show_count<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    if count == N::from(1) {
        return format!("{count} {noun}");
    }
    match noun.strip_suffix("ry") {
        Some(stem) => format!("{count} {stem}ries"),
        None => format!("{count} {noun}s"),
    }
}

fn url(text: &str) -> Result<(), String> {
    match reqwest::Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") && url.has_host() => {
            if url.password().is_some() || !url.username().is_empty() {
                return Err(
                    "a URL must not carry a user name or password: put the key into `TARS_ANSWER_API_KEY`"
                        .into(),
                );
            }
            Ok(())
        }
        // Before an `@` may stand a password.
        _ if text.contains('@') => Err("this is not an `http://` or `https://` URL".into()),
        _ => Err(format!("`{text}` is not an `http://` or `https://` URL")),
    }
}

fn directory(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_absolute() { Ok(path) } else { Err(format!("`{text}` is not an absolute path")) }
}

/// An absolute path that says where it leads.
fn place(text: &str) -> Result<(), String> {
    directory(text)?;
    if text.chars().any(char::is_control) {
        return Err(format!("{text:?} has a control character in it"));
    }
    match text.split('/').any(|step| matches!(step, "." | "..")) {
        true => Err(format!("`{text}` has `.` or `..` in it: write the path that is meant")),
        false => Ok(()),
    }
}

fn file_name(text: &str) -> Result<(), String> {
    match text.contains('/') || matches!(text, "." | "..") || text.chars().any(char::is_control) {
        true => {
            Err(format!("{text:?} is not the name of a file without its directory, such as `.documents`"))
        }
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations() {
        for (text, seconds) in [("30s", 30), ("15m", 900), ("12h", 43_200), ("14d", 1_209_600)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)), "{text}");
        }
        for wrong in ["", "0s", "5", "m", "1w", "-3s", "99999999999999999999d", "1.5h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn sizes() {
        for (text, size) in [("512", 512), ("64 KiB", 65_536), ("32MiB", 33_554_432), ("1 gib", 1 << 30)] {
            assert_eq!(bytes(text), Ok(size), "{text}");
        }
        for wrong in ["", "0", "x MiB", "5 parsecs", "99999999999 TiB"] {
            assert!(bytes(wrong).is_err(), "{wrong}");
        }
        for (size, text) in [(0, "0 B"), (1023, "1023 B"), (33_554_432, "32 MiB"), (1_500_000_000, "1.4 GiB")]
        {
            assert_eq!(show_bytes(size), text);
        }
    }

    #[test]
    fn one_is_not_several() {
        for (count, noun, text) in [
            (0_u64, "file", "0 files"),
            (1, "file", "1 file"),
            (21, "day", "21 days"),
            (2, "entry", "2 entries"),
        ] {
            assert_eq!(show_count(count, noun), text);
        }
        assert_eq!(show_count(1_usize, "entry"), "1 entry");
    }

    #[test]
    fn places_and_names() {
        assert!(check(Kind::Directory, "/mnt/my nas").is_ok());
        for wrong in ["mnt/nas", "/", "//", "/mnt/../etc", "/mnt/./x", "/mnt/a\nb"] {
            assert!(check(Kind::Directory, wrong).is_err(), "{wrong:?}");
        }
        assert!(check(Kind::File, "/etc/tars/nas").is_ok() && check(Kind::File, "/etc/a,uid=0").is_err());
        assert!(check(Kind::FileName, ".documents").is_ok());
        for wrong in ["..", "a/b", "/etc/passwd", "a\0b"] {
            assert!(check(Kind::FileName, wrong).is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn a_url_carries_no_secret() {
        assert!(check(Kind::UrlOr(&["auto"]), "http://127.0.0.1:11434").is_ok());
        assert!(check(Kind::UrlOr(&["auto"]), "auto").is_ok());
        assert!(check(Kind::UrlOr(&["auto"]), "http://user:word@127.0.0.1").is_err());
        assert!(check(Kind::UrlOr(&["auto"]), "ftp://example.org").is_err());
    }
}
