//! One run at a time for each project of each installation. The lock goes with the process that holds it, however that
//! ends. It is a file in the state directory, so runs with other state directories (those of other users, or with
//! another `--home`) are not kept apart from this one, even where they change the same project of the same engine.

use std::path::{Path, PathBuf};

use crate::config::paths::Home;
use crate::failure::{Failure, IoContext, Result};
use crate::host::files;
use crate::host::lock::{PidLock, holder};

/// Takes the lock of a project, which is held until it is dropped; where another run has it, that is the failure.
pub fn take(home: &Home, project: &str) -> Result<PidLock> {
    let path = place(home, project);
    if let Some(directory) = path.parent() {
        files::directory(directory, 0o700)?;
    }
    let trying = || format!("lock `{}`", path.display());
    match PidLock::take(&path, None).trying(trying())? {
        Some(lock) => Ok(lock),
        None => Err(held(&path, project)),
    }
}

fn place(home: &Home, project: &str) -> PathBuf {
    home.state.join("stacks").join(format!("{project}.lock"))
}

fn held(path: &Path, project: &str) -> Failure {
    let busy = format!("the stack `{project}` is being changed by another run");
    // It may have ended by now, or not have written its number yet.
    match holder(path).ok().flatten().filter(|pid| *pid > 0) {
        Some(pid) => Failure::environment(format!("{busy}: the process {pid}")).hint(format!(
            "wait until it has ended; `ps -fp {pid}` shows what it is, and `kill {pid}` ends it"
        )),
        None => Failure::environment(busy).hint("run the command again when that has ended"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_run_is_told_who_has_it_and_another_project_is_free() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        let lock = take(&home, "home").unwrap();
        let failure = take(&home, "home").unwrap_err();
        let says = format!("by another run: the process {}", std::process::id());
        assert!(failure.to_string().contains(&says), "{failure}");
        assert!(take(&home, "other").is_ok());
        drop(lock);
        assert!(take(&home, "home").is_ok());
    }
}
