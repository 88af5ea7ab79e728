//! Proof before handing over: the finished archive is read back and every byte of it is looked at once more, by a path
//! that shares nothing with the redactor ([`known`], [`shapes`]). Whatever survives is told by rule and entry, never
//! by what it is. `tars bundle verify` does the same later, with the secrets of whichever machine it runs on.

pub mod known;
pub mod shapes;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read;
use std::sync::Mutex;
use std::sync::mpsc::sync_channel;

use sha2::{Digest, Sha256};

use super::entry::hex;
use super::manifest::{self, Manifest};
use super::read;
use super::spool::locked;
use known::Known;

/// What one thread looks at at once.
const CHUNK: usize = 256 << 10;
/// More threads than these only take memory: unpacking is slower.
const THREADS: usize = 8;
/// The rule for a known secret.
const VALUE: &str = "known-value";

/// Something that must not be there: its rule, and where it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Survivor {
    /// The entry of the archive.
    pub entry: String,
    /// Why it is taken for a secret.
    pub rule: &'static str,
}

/// What was seen in an archive.
#[derive(Debug, Default, serde::Serialize)]
pub struct Seen {
    /// How many files there are.
    pub files: usize,
    /// How long they are together, in bytes.
    pub bytes: u64,
    /// Where content and manifest differ, a line each.
    pub differences: Vec<String>,
    /// What must not be there.
    pub survivors: BTreeSet<Survivor>,
}

/// Reads the archive to its end, and looks at everything.
pub fn archive(archive: impl Read, known: &Known) -> std::io::Result<Seen> {
    let mut manifest: Option<Manifest> = None;
    let mut found: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let survivors = scan(known, |scanner| {
        read::entries(archive, &mut |path, content| {
            scanner.text(path, path.as_bytes());
            let (mut hash, mut bytes, mut kept) = (Sha256::new(), 0, Vec::new());
            scanner.all(path, &mut |buffer| {
                let length = content.read(buffer)?;
                hash.update(&buffer[..length]);
                bytes += length as u64;
                if path == manifest::NAME && bytes <= read::LARGEST {
                    kept.extend_from_slice(&buffer[..length]);
                }
                Ok(length)
            })?;
            if path == manifest::NAME {
                manifest = serde_json::from_slice(&kept).ok();
            } else {
                found.insert(path.to_string(), (bytes, hex(&hash.finalize())));
            }
            Ok(())
        })
    })?;
    let bytes = found.values().map(|(bytes, _)| bytes).sum();
    let differences = differences(manifest.as_ref(), &found);
    Ok(Seen { files: found.len(), bytes, differences, survivors })
}

fn differences(manifest: Option<&Manifest>, found: &BTreeMap<String, (u64, String)>) -> Vec<String> {
    let Some(manifest) = manifest else { return vec![format!("there is no readable `{}`", manifest::NAME)] };
    let listed: BTreeMap<_, _> = manifest.files.iter().map(|file| (&file.path, file)).collect();
    let mut differences = Vec::new();
    for (path, file) in &listed {
        match found.get(*path) {
            None => differences.push(format!("`{path}` is missing")),
            Some((bytes, _)) if *bytes != file.bytes => {
                differences.push(format!("`{path}` has {bytes} bytes instead of {}", file.bytes));
            }
            Some((_, sha256)) if *sha256 != file.sha256 => {
                differences.push(format!("`{path}` has another content"));
            }
            Some(_) => {}
        }
    }
    differences.extend(
        found.keys().filter(|path| !listed.contains_key(path)).map(|path| format!("`{path}` is not listed")),
    );
    differences
}

/// Hands pieces of texts to the threads that look at them.
pub struct Scanner<'a> {
    send: &'a dyn Fn(&str, Vec<u8>),
    reach: usize,
}

impl Scanner<'_> {
    /// A short text.
    pub fn text(&self, entry: &str, text: &[u8]) {
        (self.send)(entry, text.to_vec());
    }

    /// Everything that `read` gives, in pieces that overlap as far as a secret can reach.
    pub fn all(
        &self,
        entry: &str,
        read: &mut dyn FnMut(&mut [u8]) -> std::io::Result<usize>,
    ) -> std::io::Result<()> {
        let mut chunk = Vec::with_capacity(CHUNK + self.reach);
        loop {
            let start = chunk.len();
            chunk.resize(CHUNK + self.reach, 0);
            let mut end = start;
            while end < chunk.len() {
                match read(&mut chunk[end..])? {
                    0 => break,
                    length => end += length,
                }
            }
            let last = end < chunk.len();
            chunk.truncate(end);
            let overlap = chunk[end.saturating_sub(self.reach)..].to_vec();
            if end > start {
                (self.send)(entry, chunk);
            }
            if last {
                return Ok(());
            }
            chunk = overlap;
        }
    }
}

/// Looks at everything that `feed` hands over, on several threads, and tells what must not be there.
pub fn scan(
    known: &Known,
    feed: impl FnOnce(&Scanner) -> std::io::Result<()>,
) -> std::io::Result<BTreeSet<Survivor>> {
    let survivors = Mutex::new(BTreeSet::new());
    let threads = std::thread::available_parallelism().map_or(2, usize::from).min(THREADS);
    let (send, receive) = sync_channel::<(String, Vec<u8>)>(threads);
    let receive = Mutex::new(receive);
    std::thread::scope(|scope| {
        let look = || {
            loop {
                let job = locked(&receive).recv();
                let Ok((entry, text)) = job else { return };
                let value = known.survives(&text).then_some(VALUE);
                for rule in shapes::find(&text).chain(value) {
                    locked(&survivors).insert(Survivor { entry: entry.clone(), rule });
                }
            }
        };
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(look)).collect();
        let hand_over = |entry: &str, text: Vec<u8>| {
            // The threads listen until the sender goes away below.
            let _ = send.send((entry.to_string(), text));
        };
        let fed = feed(&Scanner { send: &hand_over, reach: known.reach().max(shapes::REACH) });
        drop(send);
        for worker in workers {
            worker.join().map_err(|_| std::io::Error::other("looking at the archive broke off"))?;
        }
        fed
    })?;
    Ok(survivors.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_seen_wherever_a_piece_ends() {
        let secret = b"tide-and-lantern-0123".to_vec();
        let known = Known::new([secret.clone()]);
        let piece = CHUNK + known.reach();
        for at in [0, piece - 30, piece - 10, piece, CHUNK - 10, 2 * piece - 7, 3 * CHUNK] {
            let mut text = vec![b' '; 4 * CHUNK];
            text[at..at + secret.len()].copy_from_slice(&secret);
            let mut rest = text.as_slice();
            let seen = scan(&known, |scanner| {
                scanner.all("a", &mut |buffer| {
                    let part = buffer.len().min(7001);
                    rest.read(&mut buffer[..part])
                })
            });
            assert_eq!(seen.unwrap().len(), 1, "at {at}");
        }
    }
}
