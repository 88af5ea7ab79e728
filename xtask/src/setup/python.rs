//! Programs and data that come as Python packages: installed by pip, pinned by version, into a virtual environment
//! under the target folder, and linked from there to fixed names. Nothing is installed on the machine itself.

use std::fs;
use std::path::Path;
use std::process::Command;

use tars::failure::{Failure, IoContext, Result};
use walkdir::WalkDir;

use crate::work;

/// A file of the packages that gets a fixed name.
pub struct Link {
    /// The name.
    pub name: &'static str,
    /// Whether the file of this name in the packages is the one.
    pub is_it: fn(&str) -> bool,
}

/// Installs packages below the target folder in `folder`, where that is not yet done, and links their files there.
pub fn install(folder: &str, packages: &[&str], links: &[Link]) -> Result<String> {
    let place = work::target().join(folder);
    let stamp = place.join("stamp");
    let wanted = packages.join(" ");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok("all there".into());
    }
    let venv = place.join("venv");
    if place.exists() {
        fs::remove_dir_all(&place).trying(format_args!("remove `{}`", place.display()))?;
    }
    work::output(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--timeout", "30"]);
    work::output(pip.args(packages))?;
    for link in links {
        make(link, &venv, &place)?;
    }
    fs::write(&stamp, &wanted).trying(format_args!("write `{}`", stamp.display()))?;
    Ok(format!("installed {wanted}"))
}

fn make(link: &Link, venv: &Path, place: &Path) -> Result<()> {
    let found = WalkDir::new(venv)
        .into_iter()
        .filter_map(std::result::Result::ok)
        .find(|entry| entry.file_type().is_file() && entry.file_name().to_str().is_some_and(link.is_it))
        .ok_or_else(|| Failure::environment(format!("the packages contain no {}", link.name)))?;
    std::os::unix::fs::symlink(found.path(), place.join(link.name))
        .trying(format_args!("link `{}`", link.name))
}
