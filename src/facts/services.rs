//! Which service managers run here: the system's systemd, and this user's. It looks for the places where
//! they listen and starts no program; what they manage is [`crate::host::service`]'s to ask.

use std::os::unix::net::UnixStream;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::Fact;

/// The managers that run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Managers {
    /// systemd is the system's init.
    pub systemd: bool,
    /// This user has a systemd of their own.
    pub systemd_user: bool,
    /// Whether the user's services start with the machine and not with the sign-in.
    pub lingering: bool,
}

/// Looks for systemd. `runtime` is `XDG_RUNTIME_DIR`, `user` the name of the user.
pub fn managers(runtime: Option<&Path>, user: Option<&str>) -> Fact<Managers> {
    let systemd = Path::new("/run/systemd/system").is_dir(); // sd_booted(3)
    // The socket that `systemctl --user` itself uses; a file alone may be left over from a dead manager.
    let systemd_user = systemd
        && runtime.is_some_and(|directory| UnixStream::connect(directory.join("systemd/private")).is_ok());
    let lingering = user.is_some_and(|user| Path::new("/var/lib/systemd/linger").join(user).exists());
    Fact::Known(Managers { systemd, systemd_user, lingering })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_that_nobody_listens_on_is_no_manager() {
        let runtime = tempfile::tempdir().unwrap();
        std::fs::create_dir(runtime.path().join("systemd")).unwrap();
        std::fs::write(runtime.path().join("systemd/private"), "").unwrap();
        let found = managers(Some(runtime.path()), Some("no-such-user"));
        assert!(!found.known().unwrap().systemd_user && !found.known().unwrap().lingering);
    }
}
