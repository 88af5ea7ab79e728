//! How each kind of change is taken back: what the journal keeps of it, and the change that does it. Whether it
//! may still be taken back is for whoever takes it back to see.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::host::action::Action;

/// How a change is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "undo")]
pub enum Undo {
    /// Remove the directory that was made.
    RemoveDirectory {
        /// Which.
        path: PathBuf,
    },
    /// Remove the file that was made.
    RemoveFile {
        /// Which.
        path: PathBuf,
    },
    /// Put the replaced file back.
    RestoreFile {
        /// Where it belongs.
        path: PathBuf,
        /// The copy that was kept.
        backup: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Put the permission bits back.
    RestoreMode {
        /// Of what.
        path: PathBuf,
        /// The earlier bits.
        mode: u32,
    },
    /// Put the owner and the group back.
    RestoreOwner {
        /// Of what.
        path: PathBuf,
        /// The earlier owner.
        uid: u32,
        /// The earlier group.
        gid: u32,
    },
    /// Put a setting of the kernel back.
    SetKernel {
        /// As sysctl(8) names it.
        name: String,
        /// The earlier value.
        value: String,
    },
    /// Have systemd start the server no more.
    DisableUnit {
        /// The user's systemd.
        user: bool,
    },
    /// Stop the server.
    StopServer,
    /// Start the server.
    StartServer,
    /// Stop the container.
    StopContainer {
        /// The engine's socket.
        socket: String,
        /// The container's name.
        name: String,
    },
    /// Take away what was mounted.
    Unmount {
        /// What.
        source: String,
        /// Where.
        point: PathBuf,
    },
    /// Have Ollama delete the model that was downloaded.
    RemoveModel {
        /// The server's base URL.
        endpoint: String,
        /// The model, with its tag.
        model: String,
    },
    /// An earlier entry takes it back, or there is nothing to take back.
    Nothing,
}

impl Undo {
    /// The change that takes it back; none where there is nothing to do.
    #[must_use]
    pub fn action(&self) -> Option<Action> {
        Some(match self.clone() {
            Self::RemoveDirectory { path } => Action::RemoveDirectory { path },
            Self::RemoveFile { path } => Action::RemoveFile { path },
            Self::RestoreFile { path, backup, mode } => Action::RestoreFile { from: backup, to: path, mode },
            Self::RestoreMode { path, mode } => Action::SetMode { path, mode },
            Self::RestoreOwner { path, uid, gid } => Action::SetOwner { path, uid, gid },
            Self::SetKernel { name, value } => Action::SetKernel { name, value },
            Self::DisableUnit { user } => Action::DisableUnit { user },
            Self::StopServer => Action::StopServer,
            Self::StartServer => Action::StartServer,
            Self::StopContainer { socket, name } => Action::StopContainer { socket, name },
            Self::Unmount { source, point } => Action::Unmount { source, point },
            Self::RemoveModel { endpoint, model } => Action::RemoveModel { endpoint, model },
            Self::Nothing => return None,
        })
    }

    /// The path it is about.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            Self::RemoveDirectory { path }
            | Self::RemoveFile { path }
            | Self::RestoreFile { path, .. }
            | Self::RestoreMode { path, .. }
            | Self::RestoreOwner { path, .. } => Some(path),
            Self::SetKernel { .. }
            | Self::DisableUnit { .. }
            | Self::StopServer
            | Self::StartServer
            | Self::StopContainer { .. }
            | Self::Unmount { .. }
            | Self::RemoveModel { .. }
            | Self::Nothing => None,
        }
    }
}
