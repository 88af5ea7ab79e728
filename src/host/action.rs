//! Everything that can be changed on a machine, as a closed list. The printed form of an action is what the
//! plan, the question, the journal and the JSON show; a secret that an action writes is in none of them.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::service::Service;
use super::{files, gpu, models, systemd};
use crate::failure::Result;
use crate::ui::Progress;

/// What is written into a file.
#[derive(Debug, Clone)]
pub enum Content {
    /// Text that anybody may see.
    Text(String),
    /// Text that nobody may see.
    Secret(SecretString),
}

impl Content {
    /// The bytes themselves, for the file.
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Text(text) => text.as_bytes(),
            Self::Secret(secret) => secret.expose_secret().as_bytes(),
        }
    }
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Text(text) => text,
            Self::Secret(_) => "(secret)",
        })
    }
}

/// Permission bits as people write them.
fn octal<S: Serializer>(mode: &u32, serializer: S) -> std::result::Result<S::Ok, S::Error> {
    serializer.collect_str(&format_args!("{mode:04o}"))
}

/// One change of the machine.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Action {
    /// Make a directory.
    CreateDirectory {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        #[serde(serialize_with = "octal")]
        mode: u32,
    },
    /// Write a file whole.
    WriteFile {
        /// Where.
        path: PathBuf,
        /// Its permission bits.
        #[serde(serialize_with = "octal")]
        mode: u32,
        /// What.
        content: Content,
    },
    /// Change permission bits.
    SetMode {
        /// Of what.
        path: PathBuf,
        /// The new bits.
        #[serde(serialize_with = "octal")]
        mode: u32,
    },
    /// Copy this program to its place.
    CopyProgram {
        /// The program that runs now.
        from: PathBuf,
        /// Its place.
        to: PathBuf,
    },
    /// Have systemd read its unit files again.
    ReloadUnits {
        /// The user's systemd.
        user: bool,
    },
    /// Have systemd start the server with the machine.
    EnableUnit {
        /// The user's systemd.
        user: bool,
    },
    /// Have systemd start it no more.
    DisableUnit {
        /// The user's systemd.
        user: bool,
    },
    /// Start the server.
    StartServer,
    /// Stop the server and start it.
    RestartServer,
    /// Stop the server.
    StopServer,
    /// Remove a file.
    RemoveFile {
        /// Which.
        path: PathBuf,
    },
    /// Put back a file that was replaced.
    RestoreFile {
        /// The copy that was kept.
        from: PathBuf,
        /// Where it belongs.
        to: PathBuf,
        /// Its permission bits.
        #[serde(serialize_with = "octal")]
        mode: u32,
    },
    /// Remove a directory, if it is empty by then.
    RemoveDirectory {
        /// Which.
        path: PathBuf,
    },
    /// Remove a directory with everything in it.
    RemoveTree {
        /// Which.
        path: PathBuf,
    },
    /// Have NVIDIA's toolkit describe the cards for container engines.
    GenerateCdi {
        /// The file of the description.
        path: PathBuf,
    },
    /// Have the container engine take up a runtime from its settings; its containers run on.
    RegisterRuntime {
        /// Where it answers.
        socket: PathBuf,
        /// The runtime that it knows afterwards.
        runtime: String,
    },
    /// Have Ollama download a model.
    PullModel {
        /// The server's base URL.
        endpoint: String,
        /// The model, with its tag.
        model: String,
    },
    /// Have Ollama delete a model.
    RemoveModel {
        /// The server's base URL.
        endpoint: String,
        /// The model, with its tag.
        model: String,
    },
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::CreateDirectory { path, mode } => {
                write!(f, "create the directory `{}` ({mode:04o})", path.display())
            }
            Self::WriteFile { path, mode, content: Content::Text(_) } => {
                write!(f, "write `{}` ({mode:04o})", path.display())
            }
            Self::WriteFile { path, mode, content: Content::Secret(_) } => {
                write!(f, "write `{}` ({mode:04o}, secret)", path.display())
            }
            Self::SetMode { path, mode } => {
                write!(f, "set the permissions of `{}` to {mode:04o}", path.display())
            }
            Self::CopyProgram { to, .. } => write!(f, "copy this program to `{}`", to.display()),
            Self::ReloadUnits { .. } => f.write_str("have systemd read its units again"),
            Self::EnableUnit { user: false } => f.write_str("have systemd start the server with the machine"),
            Self::EnableUnit { user: true } => f.write_str("have systemd start the server when you sign in"),
            Self::DisableUnit { .. } => f.write_str("have systemd start the server no more"),
            Self::StartServer => f.write_str("start the server"),
            Self::RestartServer => f.write_str("restart the server"),
            Self::StopServer => f.write_str("stop the server"),
            Self::RemoveFile { path } => write!(f, "remove `{}`", path.display()),
            Self::RestoreFile { to, .. } => write!(f, "put the earlier `{}` back", to.display()),
            Self::RemoveDirectory { path } => {
                write!(f, "remove the directory `{}` if it is empty", path.display())
            }
            Self::RemoveTree { path } => {
                write!(f, "remove the directory `{}` and everything in it", path.display())
            }
            Self::GenerateCdi { path } => {
                write!(f, "have `nvidia-ctk` describe the cards in `{}`", path.display())
            }
            Self::RegisterRuntime { runtime, .. } => {
                write!(f, "have the container engine take up the runtime `{runtime}` from its settings")
            }
            Self::PullModel { endpoint, model } => write!(f, "download the model `{model}` to {endpoint}"),
            Self::RemoveModel { endpoint, model } => write!(f, "delete the model `{model}` from {endpoint}"),
        }
    }
}

/// What actions work on beside the file system.
#[derive(Debug)]
pub struct Host {
    /// The server as a service.
    pub service: Service,
    /// Where it answers once it runs.
    pub listen: SocketAddr,
}

impl Action {
    /// Makes the change; what takes long tells `progress` how far it is.
    pub async fn perform(&self, host: &Host, progress: &Progress) -> Result<()> {
        match self {
            Self::CreateDirectory { path, mode } => {
                files::directory(path, *mode).and_then(|()| files::set_mode(path, *mode))
            }
            Self::WriteFile { path, mode, content } => files::write(path, content.bytes(), *mode),
            Self::SetMode { path, mode } => files::set_mode(path, *mode),
            Self::CopyProgram { from, to } => files::copy(from, to, 0o755),
            Self::ReloadUnits { user } => systemd::reload(*user).await,
            Self::EnableUnit { user } => systemd::enable(*user).await,
            Self::DisableUnit { user } => systemd::disable(*user).await,
            Self::StartServer => host.service.start(host.listen).await.map(drop),
            Self::RestartServer => host.service.restart(host.listen).await.map(drop),
            Self::StopServer => host.service.stop().await,
            Self::RemoveFile { path } => files::remove(path),
            Self::RestoreFile { from, to, mode } => files::copy(from, to, *mode),
            Self::RemoveDirectory { path } => files::remove_if_empty(path).map(drop),
            Self::RemoveTree { path } => files::remove_tree(path),
            Self::GenerateCdi { path } => gpu::describe(path).await,
            Self::RegisterRuntime { socket, runtime } => gpu::register_runtime(socket, runtime).await,
            Self::PullModel { endpoint, model } => models::pull(endpoint, model, progress).await,
            Self::RemoveModel { endpoint, model } => models::remove(endpoint, model).await,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_in_no_form_of_its_action() {
        let content = Content::Secret("hunter2-hunter2".to_string().into());
        let action = Action::WriteFile { path: "/etc/tars/tars.env".into(), mode: 0o600, content };
        let json = serde_json::to_string(&action).unwrap();
        assert_eq!(action.to_string(), "write `/etc/tars/tars.env` (0600, secret)");
        assert!(json.contains("(secret)") && !format!("{json}{action:?}").contains("hunter2"), "{json}");
    }
}
