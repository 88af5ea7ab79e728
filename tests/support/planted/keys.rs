//! Private keys in PEM and in armour, as files, logs, settings and strings show them. No body is a key.

use super::random::{BASE64, Random};
use super::{Encoding, Planted, planted};

const KINDS: [&str; 8] = [
    "RSA PRIVATE KEY",
    "EC PRIVATE KEY",
    "PRIVATE KEY",
    "ENCRYPTED PRIVATE KEY",
    "OPENSSH PRIVATE KEY",
    "DSA PRIVATE KEY",
    "PGP PRIVATE KEY BLOCK",
    "SSH2 ENCRYPTED PRIVATE KEY",
];

/// A layout: its name, and the text of the lines of a key.
type Layout = (&'static str, fn(&[String]) -> String);

fn prefixed(lines: &[String], prefix: &str, end: &str) -> String {
    let lines: Vec<String> = lines.iter().map(|line| format!("{prefix}{line}{end}")).collect();
    lines.join("\n")
}

const LAYOUTS: &[Layout] = &[
    ("lines", |lines| lines.join("\n")),
    ("crlf", |lines| prefixed(lines, "", "\r")),
    ("indented", |lines| format!("tls:\n  key: |\n{}\n  port: 1", prefixed(lines, "    ", ""))),
    ("log", |lines| prefixed(lines, "2026-11-22T10:00:00.123Z backend  | ", "")),
    ("compose log", |lines| prefixed(lines, "backend-1  | ", "")),
    ("journal", |lines| prefixed(lines, "Nov 22 10:00:00 host app[12]: ", "")),
    ("comment", |lines| prefixed(lines, "# ", "")),
    ("diff", |lines| prefixed(lines, "+", "")),
    ("quoted in env", |lines| format!("TLS_KEY=\"{}\"\nPORT=1", lines.join("\n"))),
    ("single line of env", |lines| format!("TLS_KEY=\"{}\\n\"", lines.join("\\n"))),
    ("json", |lines| format!("{{\"key\":\"{}\\n\",\"n\":1}}", lines.join("\\n"))),
    ("json of a service account", |lines| {
        format!("{{\n  \"private_key\": \"{}\\n\",\n  \"n\": 1\n}}", lines.join("\\n"))
    }),
    ("json in a string", |lines| format!("{{\"body\":\"{{\\\"key\\\":\\\"{}\\\"}}\"}}", lines.join("\\\\n"))),
    ("json slashes", |lines| format!("{{\"cert\":\"{}\"}}", lines.join("\\n").replace('/', "\\/"))),
    ("docker log", |lines| {
        let lines: Vec<String> =
            lines.iter().map(|line| format!("{{\"log\":\"{line}\\n\",\"stream\":\"stdout\"}}")).collect();
        lines.join("\n")
    }),
    ("blanks for lines", |lines| format!("key: {}", lines.join(" "))),
    ("one line", |lines| format!("key={}", lines.join(""))),
    ("python", |lines| format!("{{'key': '{}'}}", lines.join("\\n"))),
    ("python bytes", |lines| format!("b'{}'", lines.join("\\n"))),
    ("python pieces", |lines| prefixed(lines, "    \"", "\\n\"")),
    ("javascript pieces", |lines| prefixed(lines, "  '", "\\n' +")),
    ("xml", |lines| format!("<key>{}</key>", lines.join("\n"))),
    ("xml character", |lines| format!("<key>{}</key>", lines.join("&#10;"))),
    ("openvpn", |lines| format!("<key>\n{}\n</key>", lines.join("\n"))),
    ("percent", |lines| format!("key={}", super::percent(&lines.join("\n")))),
    ("cut off before its end", |lines| {
        lines[..lines.len() - 1].join("\n") + "\n\n2026-11-22T10:00:00Z INFO started"
    }),
];

/// Every layout with some kinds of key.
pub(super) fn plant(random: &mut Random) -> Vec<Planted> {
    let mut all = Vec::new();
    for (at, (format, write)) in LAYOUTS.iter().enumerate() {
        for kind in [KINDS[at % 8], KINDS[(at + 3) % 8], KINDS[random.below(8)]] {
            let mut body: Vec<String> = (0..5 + random.below(20)).map(|_| random.text(BASE64, 64)).collect();
            let last = 22 + random.below(30);
            body.push(random.text(BASE64, last) + "==");
            let plain = body.join("\n");
            let mut lines = vec![format!("-----BEGIN {kind}-----")];
            match kind {
                "PGP PRIVATE KEY BLOCK" => lines.extend(["Version: GnuPG v2".to_string(), String::new()]),
                "DSA PRIVATE KEY" => lines.extend(["Proc-Type: 4,ENCRYPTED".to_string(), String::new()]),
                _ => {}
            }
            lines.extend(body);
            lines.push(format!("-----END {kind}-----"));
            let mut one = planted("private key", format, (Encoding::Plain, &plain), write(&lines));
            one.encoding = kind;
            match *format {
                "json slashes" => one.value = plain.replace('/', "\\/").into_bytes(),
                "percent" => {
                    one.value = plain.lines().map(super::percent).collect::<Vec<_>>().join("\n").into_bytes();
                }
                _ => {}
            }
            all.push(one);
        }
    }
    all
}
