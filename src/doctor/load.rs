//! The facts of another machine: from the file that `--save-facts` wrote, or out of a support archive. What is
//! read is bounded, and an archive is searched without unpacking it.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use flate2::read::MultiGzDecoder;

use crate::facts::snapshot::{Facts, SCHEMA};
use crate::failure::{Failure, IoContext, Result};

/// No machine has more to tell.
const LARGEST: u64 = 64 << 20;
const NAME: &str = "facts.json";

/// Reads the facts in a file.
pub fn facts(path: &Path) -> Result<Facts> {
    let shown = path.display();
    let mut file = File::open(path).trying(format_args!("open `{shown}`"))?;
    let mut head = Vec::new();
    (&mut file).take(2).read_to_end(&mut head).trying(format_args!("read `{shown}`"))?;
    let rest = std::io::Cursor::new(head.clone()).chain(file);
    let bytes = if head == [0x1f, 0x8b] {
        from_archive(MultiGzDecoder::new(rest))
            .trying(format_args!("read the archive `{shown}`"))?
            .ok_or_else(|| {
                Failure::usage(format!("there is no `{NAME}` in `{shown}`"))
                    .hint("`tars doctor --save-facts FILE` on that machine writes one")
            })?
    } else {
        let mut bytes = Vec::new();
        rest.take(LARGEST).read_to_end(&mut bytes).trying(format_args!("read `{shown}`"))?;
        bytes
    };
    let facts: Facts = serde_json::from_slice(&bytes).map_err(|error| {
        Failure::usage(format!(
            "`{shown}`:{}:{}: these are no facts of a machine",
            error.line(),
            error.column()
        ))
        .because(&error)
        .hint("give what `tars doctor --save-facts FILE` wrote, or a support archive")
    })?;
    if facts.schema == SCHEMA {
        return Ok(facts);
    }
    Err(Failure::usage(format!("`{shown}` has schema {}, and this program reads {SCHEMA}", facts.schema))
        .hint("read it with the version of tars that wrote it"))
}

fn from_archive(stream: impl Read) -> std::io::Result<Option<Vec<u8>>> {
    let mut archive = tar::Archive::new(stream);
    for entry in archive.entries()? {
        let entry = entry?;
        if entry.path()?.file_name().is_some_and(|name| name == NAME) {
            let mut bytes = Vec::new();
            entry.take(LARGEST).read_to_end(&mut bytes)?;
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    fn archive(name: &str, text: &[u8]) -> Vec<u8> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
        for (name, text) in [("x/README.txt", b"hello".as_slice()), (name, text)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(text.len() as u64);
            header.set_mode(0o600);
            archive.append_data(&mut header, name, text).unwrap();
        }
        archive.into_inner().unwrap().finish().unwrap()
    }

    fn read(bytes: &[u8]) -> Result<Facts> {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("given");
        std::fs::write(&path, bytes).unwrap();
        facts(&path)
    }

    #[test]
    fn from_a_file_and_from_an_archive() {
        let known = Facts { schema: SCHEMA, ..Facts::default() };
        let text = serde_json::to_vec(&known).unwrap();
        assert_eq!(read(&text).unwrap(), known);
        assert_eq!(read(&archive("x/facts.json", &text)).unwrap(), known);
    }

    #[test]
    fn what_is_none_says_so() {
        let says = |bytes: &[u8]| read(bytes).unwrap_err().to_string();
        assert!(
            says(b"{\"schema\": 1,\n nonsense").contains(":2:"),
            "{}",
            says(b"{\"schema\": 1,\n nonsense")
        );
        assert!(says(b"{\"schema\": 99}").contains("schema 99"));
        assert!(says(b"").contains("no facts"));
        assert!(says(&archive("x/other.json", b"{}")).contains("there is no `facts.json`"));
        let whole = archive("x/facts.json", b"{}");
        assert!(says(&whole[..whole.len() / 2]).contains("cannot read the archive"));
    }
}
