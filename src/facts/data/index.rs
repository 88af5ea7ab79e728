//! The lexical index as its own description has it (`meta.json` of tantivy), and whether each of its files is
//! as it was written: every one ends with a checksum of what is before. Nothing is opened as an index, because
//! that takes a lock, which is a file.

use std::fs::{self, File};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;
use std::time::{Duration, Instant};

use flate2::Crc;
use serde::{Deserialize, Serialize};

use super::{not_finished, readable};
use crate::facts::Fact;

/// What an index tells of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Index {
    /// There is one.
    pub present: bool,
    /// Its description can be read.
    pub described: bool,
    /// In how many parts it is.
    pub segments: u64,
    /// How many passages can be found in it.
    pub passages: u64,
    /// The version of its fields and analysis.
    pub version: Option<u32>,
    /// The name of the database that it was made from.
    pub identity: Option<String>,
    /// The number of the last change of that database that it has taken in.
    pub applied: Option<i64>,
}

/// The parts of `meta.json` that are read here.
#[derive(Deserialize)]
struct Meta {
    segments: Vec<Segment>,
    #[serde(default)]
    payload: Option<String>,
}

#[derive(Deserialize)]
struct Segment {
    segment_id: String,
    max_doc: u64,
    deletes: Option<Deletes>,
}

#[derive(Deserialize)]
struct Deletes {
    num_deleted_docs: u64,
    opstamp: u64,
}

impl Segment {
    /// Its files, by name.
    fn files(&self) -> Vec<String> {
        let name = self.segment_id.replace('-', "");
        let parts = ["idx", "pos", "term", "store", "fast", "fieldnorm"].map(|part| format!("{name}.{part}"));
        let deletes = self.deletes.as_ref().map(|deletes| format!("{name}.{}.del", deletes.opstamp));
        parts.into_iter().chain(deletes).collect()
    }
}

/// Reads the description.
pub fn describe(directory: &Path) -> std::io::Result<Index> {
    let bytes = match fs::read(directory.join("meta.json")) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Index::default()),
        other => other?,
    };
    let Ok(meta) = serde_json::from_slice::<Meta>(&bytes) else {
        return Ok(Index { present: true, ..Index::default() });
    };
    let alive = |segment: &Segment| {
        segment.max_doc.saturating_sub(segment.deletes.as_ref().map_or(0, |deletes| deletes.num_deleted_docs))
    };
    let payload = meta.payload.unwrap_or_default();
    let mut parts = payload.splitn(3, ':');
    let version = parts.next().and_then(|version| version.parse().ok());
    let identity = parts.next().map(String::from);
    Ok(Index {
        present: true,
        described: true,
        segments: meta.segments.len() as u64,
        passages: meta.segments.iter().map(alive).fold(0, u64::saturating_add),
        version,
        identity,
        applied: parts.next().and_then(|applied| applied.parse().ok()),
    })
}

/// Compares every file with its checksum.
pub(super) fn damage(directory: &Path, limit: Duration) -> Fact<Vec<String>> {
    let end = Instant::now() + limit;
    let path = directory.join("meta.json");
    let mut before = match readable(fs::read(&path)) {
        Fact::Known(bytes) => bytes,
        Fact::Unknown(why) => return Fact::Unknown(why),
    };
    loop {
        let Ok(meta) = serde_json::from_slice::<Meta>(&before) else {
            return Fact::Known(vec!["`meta.json` cannot be read".into()]);
        };
        let files = meta.segments.iter().flat_map(Segment::files);
        let mut wrong = Vec::new();
        for name in files {
            match is_whole(&directory.join(&name), end) {
                Ok(true) => {}
                Ok(false) => wrong.push(format!("`{name}` is not as it was written")),
                Err(error) if error.kind() == std::io::ErrorKind::TimedOut => {
                    return Fact::Unknown(not_finished(limit));
                }
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                    wrong.push(format!("`{name}` is missing"));
                }
                Err(error) => return readable(Err(error)),
            }
        }
        // The running server may have merged parts meanwhile: then what was missing is rightly gone.
        match fs::read(&path) {
            Ok(now) if now != before && !wrong.is_empty() => before = now,
            _ => {
                wrong.truncate(20);
                return Fact::Known(wrong);
            }
        }
    }
}

/// The end of a file of tantivy: JSON with the checksum, its length, and this number, both little-endian.
const MAGIC: u32 = 1337;
const LONGEST: u64 = 50_000;

#[derive(Deserialize)]
struct Footer {
    crc: u32,
}

fn is_whole(path: &Path, end: Instant) -> std::io::Result<bool> {
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    let Some((body, footer)) = footer(&mut file, length)? else { return Ok(false) };
    file.rewind()?;
    let mut left = body;
    let mut buffer = vec![0; 128 * 1024];
    let mut crc = Crc::new();
    while left > 0 {
        if Instant::now() > end {
            return Err(std::io::ErrorKind::TimedOut.into());
        }
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buffer.len());
        match file.read(&mut buffer[..most])? {
            0 => return Ok(false),
            n => {
                crc.update(&buffer[..n]);
                left -= n as u64;
            }
        }
    }
    Ok(crc.sum() == footer.crc)
}

/// The length of what is before the footer, and the footer; none where there is no footer.
fn footer(file: &mut File, length: u64) -> std::io::Result<Option<(u64, Footer)>> {
    let Some(tail) = length.checked_sub(8) else { return Ok(None) };
    file.seek(SeekFrom::Start(tail))?;
    let mut numbers = [0; 8];
    file.read_exact(&mut numbers)?;
    let [a, b, c, d, magic @ ..] = numbers;
    let size = u64::from(u32::from_le_bytes([a, b, c, d]));
    let Some(body) = tail.checked_sub(size).filter(|_| u32::from_le_bytes(magic) == MAGIC && size <= LONGEST)
    else {
        return Ok(None);
    };
    file.seek(SeekFrom::Start(body))?;
    let mut json = Vec::new();
    file.take(size).read_to_end(&mut json)?;
    Ok(serde_json::from_slice(&json).ok().map(|footer| (body, footer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tantivy::schema::{FAST, Schema, TEXT};
    use tantivy::{Index as Real, TantivyDocument, Term};

    const LIMIT: Duration = Duration::from_secs(30);

    /// An index of tantivy's own making: three documents, one of them deleted.
    fn made() -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        let mut builder = Schema::builder();
        let (number, text) = (builder.add_u64_field("chunk", FAST), builder.add_text_field("text", TEXT));
        let index = Real::create_in_dir(dir.path(), builder.build()).unwrap();
        let mut writer = index.writer_with_num_threads(1, 20 << 20).unwrap();
        for (id, word) in [(1_u64, "one"), (2, "two"), (3, "three")] {
            let mut document = TantivyDocument::new();
            document.add_u64(number, id);
            document.add_text(text, word);
            writer.add_document(document).unwrap();
        }
        writer.commit().unwrap();
        writer.delete_term(Term::from_field_text(text, "two"));
        let mut commit = writer.prepare_commit().unwrap();
        commit.set_payload("1:abc:7");
        commit.commit().unwrap();
        writer.wait_merging_threads().unwrap();
        dir
    }

    #[test]
    fn an_index_tells_what_it_holds() {
        let dir = made();
        let index = describe(dir.path()).unwrap();
        assert_eq!((index.passages, index.segments, index.described), (2, 1, true));
        assert_eq!(
            (index.version, index.identity.as_deref(), index.applied),
            (Some(1), Some("abc"), Some(7))
        );
        assert_eq!(damage(dir.path(), LIMIT), Fact::Known(Vec::new()));
        assert_eq!(damage(dir.path(), Duration::ZERO), Fact::Unknown("not finished in 0.0 s".into()));
        assert_eq!(describe(&dir.path().join("none")).unwrap(), Index::default());
    }

    #[test]
    fn every_kind_of_damage_to_every_file_is_found() {
        let dir = made();
        let files: Vec<_> = fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().path()).collect();
        let parts: Vec<_> = files
            .iter()
            .filter(|path| path.extension().is_some_and(|end| end != "json" && end != "lock"))
            .collect();
        assert!(parts.len() >= 7, "{parts:?}");
        for path in parts {
            let bytes = fs::read(path).unwrap();
            let mut flipped = bytes.clone();
            flipped[0] ^= 1;
            for broken in [flipped.as_slice(), &bytes[..bytes.len() - 1], &bytes[..7], b""] {
                fs::write(path, broken).unwrap();
                let found = damage(dir.path(), LIMIT);
                assert!(found.known().is_some_and(|found| found.len() == 1), "{}: {found:?}", path.display());
            }
            fs::remove_file(path).unwrap();
            assert!(damage(dir.path(), LIMIT).known().is_some_and(|found| found[0].contains("missing")));
            fs::write(path, bytes).unwrap();
        }
        assert_eq!(damage(dir.path(), LIMIT), Fact::Known(Vec::new()));
        for garbage in ["", "not JSON", "{}", "[]", "{\"segments\":[{\"segment_id\":7}]}"] {
            fs::write(dir.path().join("meta.json"), garbage).unwrap();
            let there = Index { present: true, ..Index::default() };
            assert_eq!(describe(dir.path()).unwrap(), there, "{garbage}");
            assert!(damage(dir.path(), LIMIT).known().is_some_and(|found| !found.is_empty()), "{garbage}");
        }
    }
}
