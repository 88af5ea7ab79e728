//! `/etc/fstab` as data (fstab(5)), and the few edits that a repair makes to it. Reading passes nothing over in
//! silence: what is not an entry is told with its line. Editing touches one line and leaves every other byte.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mountinfo::{escape, option, split_options, unescape, without_password};

/// The file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Fstab {
    /// Its entries.
    pub entries: Vec<Entry>,
    /// What is wrong in it.
    pub problems: Vec<Problem>,
}

/// One entry.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Entry {
    /// The line that it stands at, from 1.
    pub line: usize,
    /// What is mounted.
    pub source: String,
    /// Where.
    pub point: String,
    /// `ext4`, `nfs4`, `auto`, …
    pub filesystem: String,
    /// Its options.
    pub options: Vec<String>,
}

impl Entry {
    /// Whether an option is set.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.options.iter().any(|option| option == name)
    }

    /// The value of an option that has one.
    #[must_use]
    pub fn option(&self, name: &str) -> Option<&str> {
        option(&self.options, name)
    }

    /// The entry as a line, without a line end.
    #[must_use]
    pub fn line(&self) -> String {
        let options: Vec<_> = self.options.iter().map(|option| escape(option)).collect();
        let options = if options.is_empty() { "defaults".to_string() } else { options.join(",") };
        format!("{} {} {} {options} 0 0", escape(&self.source), escape(&self.point), self.filesystem)
    }
}

/// Something wrong in the file.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Problem {
    /// The line.
    pub line: usize,
    /// What is wrong there.
    pub what: String,
    /// It keeps the entry from being mounted as it is meant.
    pub grave: bool,
}

/// Types that need no module of the running kernel to be right, and those that Debian's kernels bring.
const TYPES: &[&str] = &[
    "9p",
    "afs",
    "auto",
    "autofs",
    "bcachefs",
    "bpf",
    "btrfs",
    "ceph",
    "cgroup",
    "cgroup2",
    "cifs",
    "configfs",
    "debugfs",
    "devpts",
    "devtmpfs",
    "ecryptfs",
    "efivarfs",
    "erofs",
    "exfat",
    "ext2",
    "ext3",
    "ext4",
    "f2fs",
    "fuse",
    "fuseblk",
    "fusectl",
    "gfs2",
    "glusterfs",
    "hfs",
    "hfsplus",
    "hugetlbfs",
    "iso9660",
    "jfs",
    "minix",
    "mqueue",
    "msdos",
    "nfs",
    "nfs4",
    "nilfs2",
    "none",
    "ntfs",
    "ntfs3",
    "ntfs-3g",
    "ocfs2",
    "overlay",
    "proc",
    "pstore",
    "ramfs",
    "reiserfs",
    "romfs",
    "smb3",
    "smbfs",
    "squashfs",
    "sshfs",
    "swap",
    "sysfs",
    "tmpfs",
    "tracefs",
    "ubifs",
    "udf",
    "usbfs",
    "vboxsf",
    "vfat",
    "virtiofs",
    "xfs",
    "zfs",
    "davfs",
    "mergerfs",
    "lustre",
];

/// Reads the file; `known` names further types, from `/proc/filesystems`.
#[must_use]
pub fn parse(text: &[u8], known: &[String]) -> Fstab {
    let mut fstab = Fstab::default();
    for (index, line) in text.split(|byte| *byte == b'\n').enumerate() {
        let number = index + 1;
        let mut tell = |what: String, grave: bool| fstab.problems.push(Problem { line: number, what, grave });
        if line.ends_with(b"\r") {
            tell("it ends as lines of Windows do (CRLF)".into(), true);
        }
        let fields: Vec<&[u8]> = line
            .split(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            .filter(|field| !field.is_empty())
            .collect();
        if fields.first().is_none_or(|field| field.starts_with(b"#")) {
            continue;
        }
        // Whatever follows a field that starts with `#` is a comment to some readers and a field to others.
        if fields.len() < 3 {
            tell(format!("{} of the 4 to 6 fields", fields.len()), true);
            continue;
        }
        if fields.len() > 6 && !fields[6].starts_with(b"#") {
            tell(
                format!("{} fields instead of 4 to 6: a blank in a name is written `\\040`", fields.len()),
                true,
            );
        }
        for (name, field) in [("dump", fields.get(4)), ("pass", fields.get(5))] {
            let is_number = |field: &&[u8]| field.iter().all(u8::is_ascii_digit) || field.starts_with(b"#");
            if field.is_some_and(|field| !is_number(field)) {
                tell(format!("the field `{name}` is not a number"), true);
            }
        }
        for field in &fields {
            if let Some(wrong) = wrong_escape(field) {
                tell(format!("`{wrong}` is not an escape: a blank is `\\040`, a backslash `\\134`"), false);
            }
        }
        let entry = Entry {
            line: number,
            source: without_password(&unescape(fields[0])),
            point: trimmed(&unescape(fields[1])),
            filesystem: unescape(fields[2]),
            options: fields.get(3).map(|list| split_options(&unescape(list))).unwrap_or_default(),
        };
        for (what, grave) in judge(&entry, known) {
            tell(what, grave);
        }
        fstab.entries.push(entry);
    }
    fstab.problems.extend(twice(&fstab.entries));
    fstab.problems.sort_by_key(|problem| problem.line);
    fstab
}

/// A path without the `/` at its end.
fn trimmed(point: &str) -> String {
    match point.trim_end_matches('/') {
        "" if point.starts_with('/') => "/".into(),
        trimmed => trimmed.into(),
    }
}

fn wrong_escape(field: &[u8]) -> Option<String> {
    let at = field.iter().enumerate().position(|(at, byte)| {
        let digits = field.get(at + 1..at + 4);
        *byte == b'\\' && !digits.is_some_and(|digits| digits.iter().all(|d| (b'0'..=b'7').contains(d)))
    })?;
    Some(String::from_utf8_lossy(&field[at..field.len().min(at + 4)]).into_owned())
}

fn judge(entry: &Entry, known: &[String]) -> Vec<(String, bool)> {
    let mut wrong = Vec::new();
    let is_swap = entry.filesystem == "swap" || entry.point == "none" || entry.point == "swap";
    if !is_swap && !entry.point.starts_with('/') {
        wrong.push((format!("the mount point `{}` is not an absolute path", entry.point), true));
    }
    for name in entry.filesystem.split(',') {
        let base = name.split('.').next().unwrap_or(name);
        if !TYPES.contains(&base) && !known.iter().any(|known| known == base) {
            wrong.push((format!("the file system type `{name}` is not known"), false));
        }
    }
    if matches!(entry.filesystem.as_str(), "nfs" | "nfs4") && !entry.source.contains(":/") {
        wrong.push((format!("`{}` is not an NFS share such as `nas:/export`", entry.source), true));
    }
    if matches!(entry.filesystem.as_str(), "cifs" | "smb3") && !entry.source.starts_with("//") {
        wrong.push((format!("`{}` is not an SMB share such as `//nas/documents`", entry.source), true));
    }
    wrong
}

/// Mount points that are named twice.
fn twice(entries: &[Entry]) -> Vec<Problem> {
    let mut first: BTreeMap<&str, usize> = BTreeMap::new();
    let mut problems = Vec::new();
    for entry in entries.iter().filter(|entry| entry.point.starts_with('/')) {
        match first.get(entry.point.as_str()) {
            Some(line) => problems.push(Problem {
                line: entry.line,
                what: format!("the mount point `{}` is already that of line {line}", entry.point),
                grave: false,
            }),
            None => drop(first.insert(&entry.point, entry.line)),
        }
    }
    problems
}

/// The text with one more entry at its end.
#[must_use]
pub fn with_entry(text: &str, entry: &Entry) -> String {
    let end = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    format!("{text}{end}{}\n", entry.line())
}

/// The text with the options of the entry at this line added to; none where there is no such entry.
#[must_use]
pub fn with_options(text: &str, line: usize, options: &[&str]) -> Option<String> {
    let mut lines: Vec<&str> = text.split('\n').collect();
    let old = *lines.get(line.checked_sub(1)?)?;
    let (start, end) = field(old, 3)?;
    let list = &old[start..end];
    let has = |option: &&&str| list.split(',').any(|set| set == **option);
    let missing: Vec<&str> = options.iter().filter(|option| !has(option)).copied().collect();
    if missing.is_empty() {
        return Some(text.to_string());
    }
    // `defaults` says nothing beside others, but it is theirs: it stays.
    let new = format!("{}{list},{}{}", &old[..start], missing.join(","), &old[end..]);
    lines[line - 1] = &new;
    Some(lines.join("\n"))
}

/// Where a field of a line starts and ends.
fn field(line: &str, wanted: usize) -> Option<(usize, usize)> {
    let is_blank = |c: char| matches!(c, ' ' | '\t' | '\r');
    let mut at = 0;
    for index in 0.. {
        at += line[at..].find(|c| !is_blank(c))?;
        let end = line[at..].find(is_blank).map_or(line.len(), |length| at + length);
        if index == wanted {
            return Some((at, end));
        }
        at = end;
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn problems(text: &str) -> Vec<String> {
        parse(text.as_bytes(), &[]).problems.iter().map(|p| format!("{}: {}", p.line, p.what)).collect()
    }

    #[test]
    fn a_usual_file_is_fine() {
        let text = "# comment\n\nUUID=1 / ext4 errors=remount-ro 0 1\n/dev/sda2 none swap sw 0 0\n\
            nas:/export/my\\040documents /mnt/nas/ nfs4 ro,nofail,_netdev\n\
            //nas/d\t/mnt/smb\tcifs\tcredentials=/etc/nas,password=hunter2,vers=3.0\t0\t0 # late comment\n";
        let fstab = parse(text.as_bytes(), &[]);
        assert_eq!(fstab.problems, []);
        assert_eq!(fstab.entries.len(), 4);
        let (nfs, smb) = (&fstab.entries[2], &fstab.entries[3]);
        assert_eq!((nfs.line, &*nfs.source, &*nfs.point), (5, "nas:/export/my documents", "/mnt/nas"));
        assert_eq!((nfs.has("nofail"), smb.option("vers")), (true, Some("3.0")));
        assert!(!format!("{smb:?}").contains("hunter2"));
    }

    #[test]
    fn what_is_wrong_is_told_with_its_line() {
        for (text, says) in [
            ("x\n/dev/sda1 /mnt", "2: 2 of the 4 to 6 fields"),
            ("nas:/my documents /mnt nfs4 ro 0 0", "1: 7 fields"),
            ("nas:/x /mnt nfs4 ro 0 0\r", "1: it ends as lines of Windows do"),
            ("nas:/x /mnt nsf4 ro 0 0", "1: the file system type `nsf4` is not known"),
            ("nas:/x mnt nfs4 ro 0 0", "1: the mount point `mnt` is not an absolute path"),
            ("nas/x /mnt nfs ro 0 0", "1: `nas/x` is not an NFS share"),
            ("nas:/x /mnt cifs ro 0 0", "1: `nas:/x` is not an SMB share"),
            ("nas:/x\\40y /mnt nfs ro 0 0", "1: `\\40y` is not an escape"),
            ("/dev/a /mnt ext4 ro 0 yes", "1: the field `pass` is not a number"),
            ("/dev/a /mnt ext4\n/dev/b /mnt/ ext4", "2: the mount point `/mnt` is already that of line 1"),
        ] {
            let told = problems(text);
            assert!(told.iter().any(|line| line.starts_with(says)), "{text:?}: {told:?}");
        }
        assert_eq!(parse(b"/dev/a /mnt odd ro", &["odd".into()]).problems, []);
        assert_eq!(parse(b"s /mnt fuse.sshfs ro", &[]).problems, []);
    }

    #[test]
    fn an_edit_touches_one_line() {
        let text = "# mine\nnas:/x\t/mnt/nas  nfs4\tro,soft 0 0 # why\nlast";
        assert_eq!(
            with_options(text, 2, &["soft", "nofail", "_netdev"]).unwrap(),
            "# mine\nnas:/x\t/mnt/nas  nfs4\tro,soft,nofail,_netdev 0 0 # why\nlast"
        );
        assert_eq!(with_options(text, 2, &["ro"]).unwrap(), text);
        assert_eq!((with_options(text, 9, &["ro"]), with_options(text, 0, &["ro"])), (None, None));
        assert_eq!(with_options("a b c\n", 1, &["ro"]), None);
        let entry = Entry {
            source: "nas:/my docs".into(),
            point: "/mnt/#1".into(),
            filesystem: "nfs4".into(),
            options: vec!["ro".into(), "credentials=/etc/a b".into()],
            line: 0,
        };
        let added = with_entry(text, &entry);
        assert_eq!(
            added,
            format!("{text}\nnas:/my\\040docs /mnt/\\0431 nfs4 ro,credentials=/etc/a\\040b 0 0\n")
        );
        assert_eq!(with_entry("", &Entry::default()), "   defaults 0 0\n");
    }

    proptest! {
        #[test]
        fn an_entry_that_is_written_is_read_back(source in "[^/@\u{0}]{0,12}:/[^@\u{0}]{0,12}", point in "/[^/\u{0}\n\r ][^/\u{0}]{0,12}") {
            let entry = Entry { line: 2, source, point, filesystem: "nfs4".into(), options: vec!["ro".into()] };
            let fstab = parse(with_entry("# mine\n", &entry).as_bytes(), &[]);
            prop_assert_eq!(fstab.entries, vec![entry]);
        }

        #[test]
        fn no_bytes_are_too_absurd(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b' '), Just(b'\n'), Just(b'\\'), Just(b'#'), Just(b'/')], 0..300), line in 0_usize..9) {
            let _ = parse(&bytes, &[]);
            let text = String::from_utf8_lossy(&bytes);
            let _ = with_options(&text, line, &["nofail"]);
        }
    }
}
