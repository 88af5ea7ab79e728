//! `cargo xtask dist`: the release binary with its documentation as `tars-VERSION-TARGET.tar.gz`, beside its
//! SHA-256, in target/dist.

use std::fs;
use std::path::Path;
use std::process::Command;

use tars::failure::{Failure, IoContext, Result};

use crate::work;

/// What goes into the archive beside the binary, where it is there.
const WITH_IT: &[&str] =
    &["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE", "LICENSE-APACHE", "LICENSE-MIT", "docs"];

/// Packs the release.
pub fn run() -> Result<()> {
    work::run(&mut work::cargo(&["build", "--release", "--locked", "--bin", "tars"]))?;
    let name = format!("tars-{}-{}", env!("CARGO_PKG_VERSION"), host()?);
    let dist = work::target().join("dist");
    let folder = dist.join(&name);
    if folder.exists() {
        fs::remove_dir_all(&folder).trying(format_args!("remove `{}`", folder.display()))?;
    }
    fs::create_dir_all(&folder).trying(format_args!("create `{}`", folder.display()))?;
    copy(&work::target().join("release/tars"), &folder)?;
    for file in WITH_IT.iter().map(|file| work::root().join(file)).filter(|file| file.exists()) {
        copy(&file, &folder)?;
    }
    let archive = format!("{name}.tar.gz");
    // Owner, order and time are fixed, so that the same files give the same archive.
    work::run(
        Command::new("tar")
            .args(["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"])
            .args(["--use-compress-program=gzip -n9", "-cf", &archive, &name])
            .current_dir(&dist),
    )?;
    let sum = work::output(Command::new("sha256sum").arg(&archive).current_dir(&dist))?;
    fs::write(dist.join(format!("{archive}.sha256")), &sum).trying("write the checksum")?;
    print!("{sum}");
    Ok(())
}

fn copy(from: &Path, folder: &Path) -> Result<()> {
    work::run(Command::new("cp").arg("-r").arg(from).arg(folder))
}

/// The target triple that this toolchain builds for.
fn host() -> Result<String> {
    let told = work::output(Command::new("rustc").arg("-vV"))?;
    told.lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(String::from)
        .ok_or_else(|| Failure::environment("`rustc -vV` names no host"))
}
