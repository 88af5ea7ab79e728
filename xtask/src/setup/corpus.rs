//! Real documents to test and measure with: the manuals that Debian packages carry. The packages are
//! downloaded and unpacked under the target folder, never installed, and their documents sorted by kind into
//! `corpus/{html,text,pdf}/PACKAGE/`.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tars::failure::{Failure, IoContext, Result};
use walkdir::WalkDir;

use super::packages;
use crate::work;

/// The packages; of each row the first that this release has.
const PACKAGES: &[&[&str]] = &[
    &["debian-reference-en"],
    &["debian-policy"],
    &["developers-reference"],
    &["debian-faq"],
    &["maint-guide", "debmake-doc"],
    &["harden-doc"],
    &["postgresql-doc-15", "postgresql-doc-16", "postgresql-doc-17"],
    &["python3.11-doc", "python3.12-doc", "python3.13-doc"],
    &["sqlite3-doc"],
    &["git-doc"],
    &["octave-doc"],
    &["maxima-doc"],
    &["gnuplot-doc"],
    &["gretl-doc"],
    &["r-doc-pdf"],
    &["texlive-fonts-recommended-doc"],
    &["texlive-xetex"],
];

/// Raised when documents are sorted in another way, so that what stands there is made again.
const LAYOUT: u32 = 1;

/// The kinds of documents, and the extensions of each.
const KINDS: &[(&str, &[&str])] =
    &[("html", &["html", "htm"]), ("text", &["txt", "md", "rst"]), ("pdf", &["pdf"])];

/// Downloads and sorts the corpora, where that is not yet done.
pub fn fetch() -> Result<String> {
    let corpus = work::target().join("corpus");
    let stamp = corpus.join("stamp");
    let wanted = format!("{LAYOUT} {PACKAGES:?}");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok("all there".into());
    }
    if !work::has("apt-get") || !work::has("dpkg") {
        return Err(Failure::environment("there is no apt-get to download the documentation packages with"));
    }
    if !packages::has_lists() && packages::is_root()? {
        work::output(&mut packages::apt(&["update"]))?;
    }
    if corpus.exists() {
        fs::remove_dir_all(&corpus).trying(format_args!("remove `{}`", corpus.display()))?;
    }
    let unpacked = tempfile::Builder::new()
        .prefix("corpus-")
        .tempdir_in(work::target())
        .trying("make a folder to unpack packages into")?;
    let mut files = 0;
    for names in PACKAGES {
        let name = download(names, unpacked.path())?;
        files += sort(&unpacked.path().join("root"), &name, &corpus)?;
    }
    fs::write(&stamp, wanted).trying(format_args!("write `{}`", stamp.display()))?;
    Ok(format!("{files} documents of {} packages", PACKAGES.len()))
}

/// Downloads the first package of these that there is, unpacks it to `folder/root`, and gives its name.
fn download(names: &[&str], folder: &Path) -> Result<String> {
    let mut last = Failure::environment("no package is named");
    for name in names {
        match work::output(packages::apt(&["download", name]).current_dir(folder)) {
            Ok(_) => {
                let prefix = format!("{name}_");
                let entries = fs::read_dir(folder).trying(format_args!("list `{}`", folder.display()))?;
                let package = entries
                    .filter_map(std::result::Result::ok)
                    .find(|entry| entry.file_name().to_string_lossy().starts_with(&prefix))
                    .ok_or_else(|| Failure::environment(format!("the download of {name} left no file")))?;
                let root = folder.join("root");
                if root.exists() {
                    fs::remove_dir_all(&root).trying("remove the unpacked package")?;
                }
                work::output(Command::new("dpkg").arg("-x").arg(package.path()).arg(&root))?;
                return Ok((*name).to_string());
            }
            Err(failure) => last = failure,
        }
    }
    Err(last)
}

/// Moves the documents of an unpacked package to their places, and says how many there are.
fn sort(root: &Path, package: &str, corpus: &Path) -> Result<usize> {
    let mut files = 0;
    for entry in WalkDir::new(root).sort_by_file_name().into_iter().filter_map(std::result::Result::ok) {
        let Some(path) = entry.file_type().is_file().then(|| entry.path()) else { continue };
        let compressed = path.extension().is_some_and(|extension| extension == "gz");
        let plain = if compressed { path.with_extension("") } else { path.to_path_buf() };
        let Some(kind) = kind(&plain) else { continue };
        let relative = plain.strip_prefix(root.join("usr/share")).unwrap_or(&plain);
        let place = corpus.join(kind).join(package).join(relative.strip_prefix("/").unwrap_or(relative));
        let above = place.parent().unwrap_or(corpus);
        fs::create_dir_all(above).trying(format_args!("create `{}`", above.display()))?;
        if compressed {
            let out = fs::File::create(&place).trying(format_args!("create `{}`", place.display()))?;
            work::run(Command::new("gzip").arg("-dc").arg(path).stdout(Stdio::from(out)))?;
        } else {
            fs::rename(path, &place).trying(format_args!("move `{}`", path.display()))?;
        }
        files += 1;
    }
    Ok(files)
}

fn kind(path: &Path) -> Option<&'static str> {
    let extension = path.extension()?.to_str()?;
    KINDS.iter().find(|(_, extensions)| extensions.contains(&extension)).map(|(kind, _)| *kind)
}
