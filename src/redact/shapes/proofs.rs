//! What proves who somebody is whoever issued it: signed tokens, session cookies, signed addresses, and
//! hashes of passwords, which can be guessed against at leisure. A table, and nothing else.

use super::{Family, sure, wary};

/// In the order of the field: signed tokens, sessions, signatures, hashes. A dollar may stand twice, as in
/// compose files, where a single one would begin the name of a variable.
pub(super) const FAMILIES: &[Family] = &[
    // Signed tokens, also with blanks in their header, also without a signature, also encrypted
    wary(
        "jwt",
        &["eyJ", "eyAi", "ewog", "ew0K"],
        r"[\w-]{8,}={0,2}\.(?:[\w-]{6,}={0,2}\.[\w-]*|\.[\w-]+|(?:eyJ|eyAi|ewog|ew0K)[\w-]{8,})(?:\.[\w-]+){0,2}={0,2}",
    ),
    sure("jwt", &["ZXlK"], r"[\w+/-]{60,}={0,2}"),
    sure("paseto", &["v1.local.", "v2.local.", "v3.local.", "v4.local."], r"[\w-]{20,}(?:\.[\w-]+)?"),
    sure("paseto", &["v1.public.", "v2.public.", "v3.public.", "v4.public."], r"[\w-]{20,}(?:\.[\w-]+)?"),
    sure("macaroon", &["MDAx", "MDAy", "AgEUb", "AgELb", "AgEQb"], r"[\w+/-]{80,}={0,2}"),
    sure(
        "registry-auth",
        &["eyJ1c2VybmFtZSI6", "eyJhdXRocyI6", "eyJhdXRoIjoi", "eyJwYXNzd29yZCI6", "eyJpZGVudGl0eXRva2VuIjoi"],
        r"[\w+/-]{16,}={0,2}",
    ),
    // A name and its password, as headers and settings carry them: the names that most of them have
    sure("basic", &["YWRtaW46", "cm9vdDo", "dXNlcjp"], "[A-Za-z0-9+/]{3,}={0,2}"),
    // What a vault was closed with, where its lines were put into one
    sure("ansible-vault", &["$ANSIBLE_VAULT;"], r"[\w.;-]{1,80}\\n([0-9a-f]{20,}(?:\\n[0-9a-f]{8,})*)"),
    // Sessions
    wary("session-cookie", &[".eJ"], r"[\w-]{10,}\.[\w-]{6}\.[\w-]{27,}"),
    sure("session-cookie", &["s%3A"], r"[\w-]{20,}\.[\w%+/-]{40,}"),
    sure("session-cookie", &["eyJpdiI6"], r"[\w+/%-]{60,}={0,2}"),
    sure("session-cookie", &["CfDJ8"], r"[\w-]{40,}"),
    // Signed addresses
    wary("request-signature", &["Signature=", "signature="], "([A-Za-z0-9%+/~_-]{40,}={0,2})"),
    // Hashes of passwords
    sure("password-hash", &["$2a$", "$2b$", "$2x$", "$2y$"], r"\$?\d\d\$+[./A-Za-z0-9]{53}"),
    sure(
        "password-hash",
        &["$argon2"],
        r"(?:id|i|d)\$+(?:v=\d+\$+)?[a-z0-9=,]+\$+[\w+/=-]+(?:\$+[\w+/=-]+)?",
    ),
    sure("password-hash", &["$1$", "$apr1$"], r"\$?[./A-Za-z0-9]{1,8}\$+[./A-Za-z0-9]{22}"),
    sure("password-hash", &["$5$"], r"\$?(?:rounds=\d+\$+)?[./A-Za-z0-9]{1,16}\$+[./A-Za-z0-9]{43}"),
    sure("password-hash", &["$6$"], r"\$?(?:rounds=\d+\$+)?[./A-Za-z0-9]{1,16}\$+[./A-Za-z0-9]{86}"),
    sure("password-hash", &["$y$", "$gy$"], r"\$?[./A-Za-z0-9]+\$+[./A-Za-z0-9]{1,86}\$+[./A-Za-z0-9]{43}"),
    sure("password-hash", &["$7$"], r"\$?[./A-Za-z0-9]{11,97}\$+[./A-Za-z0-9]{43}"),
    sure("password-hash", &["$8$", "$9$"], r"[./A-Za-z0-9]{14}\$[./A-Za-z0-9]{43}"),
    sure("password-hash", &["$md5", "$sha1$"], r"[,$\w=]{1,20}\$+[./A-Za-z0-9]{1,64}\$+[./A-Za-z0-9]{22,28}"),
    wary("password-hash", &["$P$", "$H$"], "[./A-Za-z0-9]{31}"),
    wary("password-hash", &["$S$"], "[./A-Za-z0-9]{52}"),
    sure(
        "password-hash",
        &["$pbkdf2", "$scrypt$", "$bcrypt-sha256$"],
        r"[\w=,.$-]{1,48}\$+[\w./+=]{16,}(?:\$+[\w./+=]+)?",
    ),
    sure(
        "password-hash",
        &["pbkdf2_sha256$", "pbkdf2_sha512$", "pbkdf2_sha1$"],
        r"\$?\d+\$+[^\s$'\x22:]{1,64}\$+[A-Za-z0-9+/]{20,}={0,2}",
    ),
    sure("password-hash", &["pbkdf2:"], r"sha\d+(?::\d+)?\$+[A-Za-z0-9./+=]{4,64}\$+[0-9a-f]{40,}"),
    sure("password-hash", &["scrypt:"], r"\d+:\d+:\d+\$+[A-Za-z0-9./+=]{4,64}\$+[0-9a-f]{40,}"),
    sure("password-hash", &["grub.pbkdf2."], r"sha\d+\.\d+\.[0-9A-F]{32,}\.[0-9A-F]{32,}"),
    sure(
        "password-hash",
        &["SCRAM-SHA-256$", "SCRAM-SHA-1$"],
        r"\$?\d+:[\w+/=]{8,}\$+[\w+/=]{20,}:[\w+/=]{20,}",
    ),
    sure(
        "password-hash",
        &["{SSHA", "{ssha", "{SHA", "{SMD5", "{MD5", "{CRYPT", "{PBKDF2", "{ARGON2", "{BLF-CRYPT"],
        r"[A-Za-z0-9-]*\}([./A-Za-z0-9+$=,]{20,})",
    ),
    sure("password-hash", &["md5"], "[0-9a-f]{32}"),
    wary("password-hash", &["*"], "[0-9A-F]{40}"),
    sure("password-hash", &["$A$"], r"\d{3}\$[!-~]{20}[./A-Za-z0-9]{43}"),
];
