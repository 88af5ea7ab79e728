//! The table of every setting: its name, what kind of value it takes, whether it is a secret, its
//! default and what it means. Parsing, `tars ops config`, install's templates and
//! `docs/configuration.md` are all fed from here. It is not the typed configuration itself: that is
//! [`super::Config`].

/// What kind of value a key takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Any text.
    Text,
    /// `address:port`, such as `127.0.0.1:8000` or `[::1]:8000`.
    Address,
    /// One of these words.
    Choice(&'static [&'static str]),
    /// One of these words, or an `http://` or `https://` URL.
    UrlOr(&'static [&'static str]),
    /// A length of time such as `30s`, `15m`, `12h`, `14d`.
    Duration,
    /// A size such as `32 MiB`.
    Bytes,
    /// A list of absolute directories.
    Directories,
    /// A list of glob patterns.
    Patterns,
    /// One absolute directory.
    Directory,
    /// One absolute path of a file.
    File,
    /// The name of a file, without a directory.
    FileName,
    /// The share of a NAS.
    Share,
}

impl Kind {
    /// The kind as the documentation and error messages name it.
    #[must_use]
    pub fn describe(self) -> String {
        match self {
            Self::Text => "text".into(),
            Self::Address => "address:port".into(),
            Self::Choice(words) => words.iter().map(|w| format!("`{w}`")).collect::<Vec<_>>().join(" or "),
            Self::UrlOr(words) => {
                let words: Vec<_> = words.iter().map(|w| format!("`{w}`")).collect();
                format!("{} or a URL", words.join(", "))
            }
            Self::Duration => "duration (`30s`, `15m`, `12h`, `14d`)".into(),
            Self::Bytes => "size (`64 KiB`, `32 MiB`, `1 GiB`)".into(),
            Self::Directories => "list of absolute directories".into(),
            Self::Patterns => "list of glob patterns".into(),
            Self::Directory => "absolute directory".into(),
            Self::File => "absolute path of a file".into(),
            Self::FileName => "name of a file, without a directory".into(),
            Self::Share => {
                "share (`nas.home.arpa:/export/documents` for NFS, `//nas.home.arpa/documents` for SMB)"
                    .into()
            }
        }
    }

    /// Whether a value is a list.
    #[must_use]
    pub fn is_list(self) -> bool {
        matches!(self, Self::Directories | Self::Patterns)
    }
}

/// One setting.
#[derive(Debug, Clone, Copy)]
pub struct Key {
    /// Dotted name, `section.key`, as in `tars.toml`.
    pub name: &'static str,
    /// What kind of value it takes.
    pub kind: Kind,
    /// A secret lives in `tars.env` or the environment, never in `tars.toml`, and is never printed.
    pub secret: bool,
    /// The default as it would be written; empty where there is none.
    pub default: &'static str,
    /// What it means, in one or two sentences.
    pub doc: &'static str,
}

impl Key {
    /// The name of the environment variable (and `tars.env` entry): `server.listen` is `TARS_SERVER_LISTEN`.
    #[must_use]
    pub fn variable(&self) -> String {
        format!("TARS_{}", self.name.replace('.', "_").to_uppercase())
    }
}

const fn key(name: &'static str, kind: Kind, default: &'static str, doc: &'static str) -> Key {
    Key { name, kind, secret: false, default, doc }
}

const fn secret(name: &'static str, doc: &'static str) -> Key {
    Key { name, kind: Kind::Text, secret: true, default: "", doc }
}

/// Every setting, in the order in which they are documented.
pub const KEYS: &[Key] = &[
    key(
        "server.listen",
        Kind::Address,
        "127.0.0.1:8000",
        "Where the server listens. The default is reachable from this machine only; give a LAN address to share it.",
    ),
    key(
        "server.log",
        Kind::Choice(&["error", "warn", "info", "debug"]),
        "info",
        "How much the server writes to its log. Questions and document text are never logged.",
    ),
    key(
        "documents.paths",
        Kind::Directories,
        "",
        "The directories to index, each with everything below it. Symbolic links are not followed.",
    ),
    key(
        "documents.exclude",
        Kind::Patterns,
        "**/.*, **/node_modules, **/__pycache__, **/*~, **/~$*",
        "Files and directories to leave out, as globs relative to each documents directory.",
    ),
    key(
        "documents.scan_interval",
        Kind::Duration,
        "15m",
        "How often the directories are compared with the index. Unchanged files are not read again.",
    ),
    key(
        "documents.max_text",
        Kind::Bytes,
        "32 MiB",
        "The most text taken from one file. A plain-text, Markdown, HTML or CSV file that is larger is skipped and reported.",
    ),
    key(
        "documents.max_file",
        Kind::Bytes,
        "256 MiB",
        "The largest PDF or Office file that is opened. A larger one is skipped and reported.",
    ),
    key(
        "documents.sentinel",
        Kind::FileName,
        "",
        "The name of a file that stands in every documents directory. Where it is missing, `tars doctor` says that what is there is not the documents. Empty means none.",
    ),
    key(
        "nas.share",
        Kind::Share,
        "",
        "The share of the NAS that holds documents: `nas.home.arpa:/export/documents` for NFS, `//nas.home.arpa/documents` for SMB. `tars doctor` watches its mount and repairs it. Empty means no NAS.",
    ),
    key(
        "nas.mount_point",
        Kind::Directory,
        "",
        "Where the share is mounted, such as `/mnt/nas`. What is indexed stands in `documents.paths`.",
    ),
    key(
        "nas.credentials",
        Kind::File,
        "",
        "The file with `username=` and `password=` for an SMB share, readable by root only. Empty means none: the share lets guests in.",
    ),
    key(
        "answer.endpoint",
        Kind::UrlOr(&["auto", "off"]),
        "auto",
        "The language model server that writes answers: an Ollama or OpenAI-compatible base URL. `auto` looks for one on this machine; `off` always answers with extracts.",
    ),
    key(
        "answer.model",
        Kind::Text,
        "",
        "The model to ask for. Empty means the first one that the endpoint lists.",
    ),
    key(
        "answer.deadline",
        Kind::Duration,
        "120s",
        "How long a model may take over one answer before extracts are given instead.",
    ),
    secret("answer.api_key", "The bearer key of the endpoint, where it needs one."),
    secret(
        "auth.signing_key",
        "The key that signs sign-in tokens: at least 32 random bytes, hexadecimal or base64. `tars install` and `tars serve` make one.",
    ),
    key(
        "auth.access_lifetime",
        Kind::Duration,
        "1h",
        "How long a sign-in lasts before it is renewed in the background.",
    ),
    key(
        "auth.refresh_lifetime",
        Kind::Duration,
        "14d",
        "How long a sign-in can be renewed without the password.",
    ),
    key(
        "service.manager",
        Kind::Choice(&["auto", "systemd", "supervisor", "docker"]),
        "auto",
        "What keeps the server running. `auto` takes systemd where it runs (and no `--home` is given), and the built-in supervisor otherwise; `docker` runs it as a container of the stack that `tars install --profile docker` sets up.",
    ),
    key(
        "stack.gpu",
        Kind::Choice(&["auto", "on", "off"]),
        "auto",
        "Whether the containers of the stack that ask for a graphics card get one. `auto` starts them without where the container engine cannot give one, `on` does not start them then, and `off` is `tars up --cpu-only`.",
    ),
];

/// The key of that name.
#[must_use]
pub fn find(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

/// The known name nearest to a misspelt one, if any is near.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(wrong, name), name))
        .min()
        .filter(|(distance, name)| *distance <= name.len().max(wrong.len()) / 3)
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_variables_are_unique() {
        let mut variables: Vec<_> = KEYS.iter().map(Key::variable).collect();
        variables.sort();
        variables.dedup();
        assert_eq!(variables.len(), KEYS.len());
    }

    #[test]
    fn nearest_finds_slips_and_not_strangers() {
        let names = || KEYS.iter().map(|key| key.name);
        assert_eq!(nearest("server.lisen", names()), Some("server.listen"));
        assert_eq!(nearest("documents.path", names()), Some("documents.paths"));
        assert_eq!(nearest("colour.of.the.sky", names()), None);
    }
}
