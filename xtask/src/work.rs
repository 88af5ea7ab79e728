//! The folder of the project, and other programs run in it: cargo, the package manager, tar.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tars::failure::{Failure, IoContext, Result};

/// The root of the project.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_path_buf()
}

/// Where cargo builds, and where corpora, virtual environments and packages are put.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// Cargo, in the project's root.
pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Runs a command to its end, its output shown as it comes.
pub fn run(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}");
    let status = command.stdin(Stdio::null()).status().trying(format_args!("run {shown}"))?;
    if status.success() { Ok(()) } else { Err(Failure::no(format!("{shown} ended with {status}"))) }
}

/// Runs a command to its end and gives what it wrote to standard output; what it wrote to standard error is
/// the reason when it fails.
pub fn output(command: &mut Command) -> Result<String> {
    let shown = format!("{command:?}");
    let out = command.stdin(Stdio::null()).output().trying(format_args!("run {shown}"))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let reason = String::from_utf8_lossy(&out.stderr);
    let last: Vec<_> = reason.trim().lines().rev().take(3).collect();
    Err(Failure::environment(format!("{shown} ended with {}: {}", out.status, last.join("; "))))
}

/// Whether a program stands in one of the directories of PATH.
pub fn has(program: &str) -> bool {
    std::env::var_os("PATH")
        .is_some_and(|path| std::env::split_paths(&path).any(|dir| dir.join(program).is_file()))
}
