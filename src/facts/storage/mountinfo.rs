//! `/proc/self/mountinfo` as data (proc_pid_mountinfo(5)). It is bytes: names may be anything but a zero byte,
//! and the kernel writes blanks, tabs, line ends and backslashes as three octal digits.

use serde::{Deserialize, Serialize};

/// One mount.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Mount {
    /// Where it is mounted.
    pub point: String,
    /// `ext4`, `nfs4`, `cifs`, …
    pub filesystem: String,
    /// What is mounted: a device, `nas:/export`, `//nas/share`.
    pub source: String,
    /// The options of the mount and of its file system, in this order, without repeats.
    pub options: Vec<String>,
}

impl Mount {
    /// The value of an option that has one: `vers` of `vers=4.2`.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        option(&self.options, name)
    }

    /// Whether an option is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option == name)
    }
}

/// The value of an option that has one.
#[must_use]
pub fn option<'a>(options: &'a [String], name: &str) -> Option<&'a str> {
    options.iter().rev().find_map(|option| option.strip_prefix(name)?.strip_prefix('='))
}

/// Reads the mounts; a line that is not one is passed over.
#[must_use]
pub fn parse(text: &[u8]) -> Vec<Mount> {
    text.split(|byte| *byte == b'\n').filter_map(line).collect()
}

fn line(line: &[u8]) -> Option<Mount> {
    let fields: Vec<&[u8]> = line.split(|byte| *byte == b' ').collect();
    // Six fields, any number of optional ones, a dash, three more. A source may be empty.
    let dash = fields.iter().skip(6).position(|field| *field == b"-")? + 6;
    let (filesystem, source) = (fields.get(dash + 1)?, fields.get(dash + 2)?);
    let mut options: Vec<String> = Vec::new();
    for option in [fields[5], fields.get(dash + 3).copied().unwrap_or_default()]
        .iter()
        .flat_map(|list| split_options(&unescape(list)))
    {
        if !options.contains(&option) {
            options.push(option);
        }
    }
    Some(Mount {
        point: unescape(fields[4]),
        filesystem: unescape(filesystem),
        source: without_password(&unescape(source)),
        options,
    })
}

/// The options of a list, with what is secret in them left out.
pub(super) fn split_options(list: &str) -> Vec<String> {
    let secret = |name: &str| matches!(name, "password" | "password2" | "pass" | "passwd" | "secret" | "key");
    list.split(',')
        .filter(|option| !option.is_empty())
        .map(|option| match option.split_once('=') {
            Some((name, _)) if secret(&name.trim().to_ascii_lowercase()) => format!("{name}=(hidden)"),
            _ => option.to_string(),
        })
        .collect()
}

/// `user:word@host:/x` without the word, which may have an `@` in it.
pub(super) fn without_password(source: &str) -> String {
    let Some((user, rest)) = source.rsplit_once('@') else { return source.to_string() };
    let scheme = user.find("//").map_or(0, |at| at + 2);
    match user[scheme..].split_once(':') {
        Some((name, _)) => format!("{}{name}:(hidden)@{rest}", &user[..scheme]),
        None => source.to_string(),
    }
}

/// Turns `\040` and its like back into the bytes that they stand for. What is not an escape stays as it is.
#[must_use]
pub fn unescape(field: &[u8]) -> String {
    let mut bytes = Vec::with_capacity(field.len());
    let mut rest = field;
    while let Some((&byte, after)) = rest.split_first() {
        match (byte, after) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', tail @ ..]) => {
                bytes.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = tail;
            }
            _ => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The opposite of [`unescape`], as fstab(5) wants a field.
#[must_use]
pub fn escape(field: &str) -> String {
    let mut out = String::with_capacity(field.len());
    for letter in field.chars() {
        match letter {
            ' ' | '\t' | '\n' | '\r' | '\\' | '#' => out += &format!("\\{:03o}", u32::from(letter)),
            _ => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn real_lines() {
        let text = b"22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n\
            90 22 0:45 / /mnt/my\\040nas ro,relatime shared:9 master:2 - nfs4 nas.home.arpa:/export/documents ro,vers=4.2,soft\n\
            91 22 0:46 / /mnt/smb rw - cifs //nas/docs rw,vers=3.1.1\n\
            92 22 0:47 / /mnt/none rw - tmpfs  rw\n\
            93 22 0:48 / /bad\xff\\134 rw - fuse.x user:word@host:/x rw,password=hunter2\n\
            94 22 0:49 / /mnt/dav rw - fuse https://user:wo@rd@host/x rw\n";
        let mounts = parse(text);
        let shown: Vec<_> =
            mounts.iter().map(|m| format!("{} {} {}", m.point, m.filesystem, m.source)).collect();
        assert_eq!(
            shown,
            [
                "/ ext4 /dev/vda1",
                "/mnt/my nas nfs4 nas.home.arpa:/export/documents",
                "/mnt/smb cifs //nas/docs",
                "/mnt/none tmpfs ",
                "/bad\u{fffd}\\ fuse.x user:(hidden)@host:/x",
                "/mnt/dav fuse https://user:(hidden)@host/x",
            ]
        );
        assert_eq!(mounts[1].options, ["ro", "relatime", "vers=4.2", "soft"]);
        assert_eq!((mounts[1].option("vers"), mounts[1].has("soft")), (Some("4.2"), true));
        assert_eq!(mounts[4].options, ["rw", "password=(hidden)"]);
    }

    #[test]
    fn absurd_lines_are_passed_over() {
        for text in ["", "\n\n", "1 2 3", "1 2 3 4 5 6", "a b c d e f - ", "a b c d e f -", "- - - - - - -"] {
            assert_eq!(parse(text.as_bytes()), [], "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_escaped_comes_back(text in any::<String>()) {
            let escaped = escape(&text);
            prop_assert!(!escaped.contains([' ', '\t', '\n', '#']));
            prop_assert_eq!(unescape(escaped.as_bytes()), text);
        }

        #[test]
        fn no_bytes_are_too_absurd(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b' '), Just(b'-'), Just(b'\\'), Just(b'\n')], 0..300)) {
            let _ = (parse(&bytes), unescape(&bytes));
        }
    }
}
