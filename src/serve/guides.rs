//! The product's own guides: the first collection, so that the assistant can answer about itself from its
//! first minute. They are part of the program and written to its state directory at each start.

use crate::config::paths::Home;
use crate::failure::Result;
use crate::host::files;

macro_rules! guide {
    ($name:literal) => {
        ($name, include_str!(concat!("../../docs/guides/", $name)))
    };
}

const GUIDES: &[(&str, &str)] = &[
    guide!("adding-documents.md"),
    guide!("asking-questions.md"),
    guide!("backup-and-restore.md"),
    guide!("configuration.md"),
    guide!("containers.md"),
    guide!("getting-started.md"),
    guide!("http-api.md"),
    guide!("language-models.md"),
    guide!("privacy-and-security.md"),
    guide!("running-the-server.md"),
    guide!("sharing-on-the-lan.md"),
    guide!("signing-in.md"),
    guide!("the-doctor.md"),
    guide!("the-support-bundle.md"),
    guide!("troubleshooting.md"),
    guide!("updating-and-uninstalling.md"),
    guide!("what-is-indexed.md"),
];

/// Writes the guides that are missing or of another version, and removes those that are no more.
pub fn write(home: &Home) -> Result<()> {
    let directory = home.guides();
    files::directory(&directory, 0o755)?;
    for (name, text) in GUIDES {
        let path = directory.join(name);
        // What is the same is not written again, so that it is not read again either.
        if std::fs::read(&path).ok().as_deref() != Some(text.as_bytes()) {
            files::write(&path, text.as_bytes(), files::PUBLIC)?;
        }
    }
    for entry in std::fs::read_dir(&directory).into_iter().flatten().flatten() {
        let ours = GUIDES.iter().any(|(name, _)| entry.file_name() == *name);
        if !ours && entry.file_type().is_ok_and(|kind| kind.is_file()) {
            // A guide that stays a day too long harms nobody.
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_guide_is_part_of_the_program() {
        let there = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/guides")).unwrap().count();
        assert_eq!(there, GUIDES.len());
    }
}
