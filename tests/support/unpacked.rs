//! A support archive as anybody could take it apart who got it: its files, and what is in them once escapes and
//! encodings are undone. Nothing here knows how the program does the same.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use aho_corasick::AhoCorasick;
use flate2::read::MultiGzDecoder;

use super::planted::{Planted, survives};

/// A run of base64 is at least so long.
const RUN: usize = 16;

/// What is in a directory.
pub fn names_in(directory: &Path) -> Vec<String> {
    let names = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name());
    names.map(|name| name.to_string_lossy().into_owned()).collect()
}

/// The one archive in a directory.
#[track_caller]
pub fn archive_in(directory: &Path) -> PathBuf {
    let names = names_in(directory);
    let archives: Vec<_> =
        names.iter().filter(|name| name.ends_with(".gz") || name.ends_with(".age")).collect();
    assert_eq!(archives.len(), 1, "{names:?}");
    directory.join(archives[0])
}

/// What is in an archive, in its order, less the folder.
pub fn files(archive: &[u8]) -> Vec<(String, Vec<u8>)> {
    let mut archive = tar::Archive::new(MultiGzDecoder::new(archive));
    let mut found = Vec::new();
    for entry in archive.entries().unwrap() {
        let mut entry = entry.unwrap();
        assert_eq!((entry.header().uid().unwrap(), entry.header().gid().unwrap()), (0, 0));
        let path: PathBuf = entry.path().unwrap().components().skip(1).collect();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        if entry.header().entry_type().is_file() {
            found.push((path.display().to_string(), content));
        }
    }
    found
}

/// A text as it stands, and everything that it becomes where escapes and encodings are undone.
pub fn layers(text: &[u8]) -> Vec<Vec<u8>> {
    let mut gunzipped = Vec::new();
    if text.starts_with(&[0x1f, 0x8b]) {
        MultiGzDecoder::new(text).read_to_end(&mut gunzipped).unwrap();
    }
    let plain = [text, &gunzipped].concat();
    let once = unescaped(&plain);
    let twice = unescaped(&once);
    let (from_base64, from_percent) = (unbase64(&once), unpercented(&once));
    vec![plain, once, twice, from_base64, from_percent]
}

/// Without the escapes of JSON strings, wherever they stand.
fn unescaped(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        rest = after;
        let Some(next) = after.first().filter(|_| *first == b'\\') else {
            out.push(*first);
            continue;
        };
        rest = &after[1..];
        match next {
            b'n' => out.push(b'\n'),
            b't' => out.push(b'\t'),
            b'r' => out.push(b'\r'),
            b'u' => {
                let code = after.get(1..5).and_then(hex).and_then(char::from_u32);
                out.extend_from_slice(code.unwrap_or('u').encode_utf8(&mut [0; 4]).as_bytes());
                rest = code.map_or(rest, |_| &after[5..]);
            }
            other => out.push(*other),
        }
    }
    out
}

/// Without the escapes of addresses (RFC 3986).
fn unpercented(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let [first, after @ ..] = rest {
        let code = after.get(..2).filter(|_| *first == b'%').and_then(hex);
        out.push(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(*first));
        rest = code.map_or(after, |_| &after[2..]);
    }
    out
}

fn hex(digits: &[u8]) -> Option<u32> {
    u32::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// What every long run of base64 stands for (RFC 4648, both alphabets), wherever in a group of four it begins.
fn unbase64(text: &[u8]) -> Vec<u8> {
    let digit = |byte: &u8| match byte {
        b'A'..=b'Z' => Some(byte - b'A'),
        b'a'..=b'z' => Some(byte - b'a' + 26),
        b'0'..=b'9' => Some(byte - b'0' + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    };
    let mut out = Vec::new();
    for run in text.split(|byte| digit(byte).is_none()).filter(|run| run.len() >= RUN) {
        for start in 0..4 {
            let (mut bits, mut held) = (0_u32, 0_u32);
            for value in run[start..].iter().filter_map(digit) {
                held = (held << 6 | u32::from(value)) & 0xffff;
                bits += 6;
                if bits >= 8 {
                    bits -= 8;
                    out.extend(u8::try_from(held >> bits & 0xff));
                }
            }
            out.push(b'\n');
        }
    }
    out
}

/// The secrets of which too much is left, with the places that have it. Each comes with the place that it was planted
/// for.
pub fn survivors(secrets: &[(&str, &Planted)], files: &[(String, Vec<u8>)]) -> Vec<String> {
    // Six bytes of what may not stand there, and of no other text; only where they do, it is looked for as it should be.
    let mut grams: Vec<(&[u8], usize)> = Vec::new();
    for (at, (_, one)) in secrets.iter().enumerate() {
        for line in one.value.split(|b| *b == b'\n').chain(one.plain.split(|b| *b == b'\n')) {
            let least = line.len().div_ceil(2).clamp(6, 12);
            let starts = (0..line.len().saturating_sub(5)).step_by(least - 5);
            grams.extend(starts.map(|start| (&line[start..start + 6], at)));
        }
    }
    let all = AhoCorasick::new(grams.iter().map(|(gram, _)| gram)).unwrap();
    let mut common = BTreeSet::new();
    for (at, (_, one)) in secrets.iter().enumerate() {
        let hits = all.find_overlapping_iter(&one.text).map(|hit| hit.pattern().as_usize());
        common.extend(hits.filter(|gram| grams[*gram].1 != at).map(|gram| grams[gram].0));
    }
    grams.retain(|(gram, _)| !common.contains(gram));
    let search = AhoCorasick::new(grams.iter().map(|(gram, _)| gram)).unwrap();
    let mut found = Vec::new();
    for (path, content) in files {
        let mut told = BTreeSet::new();
        for (depth, layer) in layers(content).iter().enumerate() {
            let hits = search.find_overlapping_iter(layer).map(|hit| grams[hit.pattern().as_usize()].1);
            for at in hits.collect::<BTreeSet<_>>() {
                if told.contains(&at) {
                    continue;
                }
                let (from, one) = secrets[at];
                let Some(length) = survives(&one.value, layer).or(survives(&one.plain, layer)) else {
                    continue;
                };
                told.insert(at);
                found.push(format!(
                    "{length} of {} bytes in {path} (layer {depth}), planted for {from}: {} / {} / {}: {}",
                    one.value.len(),
                    one.family,
                    one.format,
                    one.encoding,
                    one.text.escape_ascii(),
                ));
            }
        }
    }
    found
}

#[test]
fn encodings_are_undone() {
    let text = br#"{"a":"{\"b\":\"x\u0026y\\n\"}","c":"YnVybmluZyBsYW1wcw=="} %41%2f"#;
    let layers = layers(text).concat();
    let is_in = |part: &str| memchr::memmem::find(&layers, part.as_bytes()).is_some();
    assert!(is_in(r#"{"b":"x&y\n"}"#) && is_in("burning lamps") && is_in("A/"), "{}", layers.escape_ascii());
}
