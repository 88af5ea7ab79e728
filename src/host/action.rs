//! Everything that can be changed on a machine, as a closed list. The printed form of an action is what the
//! plan, the question, the journal and the JSON show; a secret that an action writes is in none of them.

mod shown;

use std::net::SocketAddr;
use std::path::PathBuf;

use secrecy::{ExposeSecret, SecretString};
use serde::{Serialize, Serializer};

use super::service::Service;
use super::{database, docker, files, gpu, kernel, models, mount, systemd};
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
    /// Change the owner and the group.
    SetOwner {
        /// Of what.
        path: PathBuf,
        /// The new owner's number.
        uid: u32,
        /// The new group's number.
        gid: u32,
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
    /// Start the server, which listens at an address that was changed before.
    StartServerAt {
        /// Where it answers then.
        listen: SocketAddr,
    },
    /// Change a setting of the kernel, until the next start of the machine.
    SetKernel {
        /// As sysctl(8) names it.
        name: String,
        /// The new value.
        value: String,
    },
    /// Stop the server and start it.
    RestartServer,
    /// The same, where only what was changed before lets its address be read.
    RestartServerAt {
        /// Where it answers then.
        listen: SocketAddr,
    },
    /// Stop the server.
    StopServer,
    /// Start a container.
    StartContainer {
        /// The engine's socket.
        socket: String,
        /// The container's name.
        name: String,
    },
    /// Stop a container.
    StopContainer {
        /// The engine's socket.
        socket: String,
        /// The container's name.
        name: String,
    },
    /// Stop a container and start it.
    RestartContainer {
        /// The engine's socket.
        socket: String,
        /// The container's name.
        name: String,
    },
    /// Remove the images that have no name and that no container uses.
    PruneImages {
        /// The engine's socket.
        socket: String,
    },
    /// Have the container engine read its settings again.
    ReloadEngine,
    /// Have systemd restart the container engine.
    RestartEngine,
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
    /// Mount a file system.
    Mount {
        /// What: a share, a device.
        source: String,
        /// Where.
        point: PathBuf,
        /// Its type, as mount(8) calls it.
        filesystem: String,
        /// Its options, as in `/etc/fstab`.
        options: Vec<String>,
    },
    /// Take a stale mount away and mount the file system again.
    Remount {
        /// What is mounted there now.
        stale: String,
        /// What: a share, a device.
        source: String,
        /// Where.
        point: PathBuf,
        /// Its type, as mount(8) calls it.
        filesystem: String,
        /// Its options, as in `/etc/fstab`.
        options: Vec<String>,
    },
    /// Take away what is mounted, even where it hangs.
    Unmount {
        /// What.
        source: String,
        /// Where.
        point: PathBuf,
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
    /// Move a database's write-ahead log into the database file.
    CheckpointLog {
        /// The database.
        path: PathBuf,
    },
    /// Wait until the running server has made its index.
    AwaitIndex {
        /// The directory of the index.
        path: PathBuf,
    },
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
    /// Whether something runs afterwards that reads what other changes write.
    #[must_use]
    pub fn starts_something(&self) -> bool {
        matches!(
            self,
            Self::StartServer
                | Self::StartServerAt { .. }
                | Self::RestartServer
                | Self::RestartServerAt { .. }
                | Self::StartContainer { .. }
                | Self::RestartContainer { .. }
                | Self::RestartEngine
        )
    }

    /// Makes the change; what takes long tells `progress` how far it is.
    pub async fn perform(&self, host: &Host, progress: &Progress) -> Result<()> {
        match self {
            Self::CreateDirectory { path, mode } => {
                files::directory(path, *mode).and_then(|()| files::set_mode(path, *mode))
            }
            Self::WriteFile { path, mode, content } => files::write(path, content.bytes(), *mode),
            Self::SetMode { path, mode } => files::set_mode(path, *mode),
            Self::SetOwner { path, uid, gid } => files::set_owner(path, *uid, *gid),
            Self::CopyProgram { from, to } => files::copy(from, to, 0o755),
            Self::ReloadUnits { user } => systemd::reload(*user).await,
            Self::EnableUnit { user } => systemd::enable(*user).await,
            Self::DisableUnit { user } => systemd::disable(*user).await,
            Self::StartServer => host.service.start(host.listen).await.map(drop),
            Self::StartServerAt { listen } => host.service.start(*listen).await.map(drop),
            Self::SetKernel { name, value } => kernel::set(name, value),
            Self::RestartServer => host.service.restart(host.listen).await.map(drop),
            Self::RestartServerAt { listen } => host.service.restart(*listen).await.map(drop),
            Self::StopServer => host.service.stop().await,
            Self::StartContainer { socket, name } => docker::start(socket, name).await,
            Self::StopContainer { socket, name } => docker::stop(socket, name).await,
            Self::RestartContainer { socket, name } => docker::restart(socket, name).await,
            Self::PruneImages { socket } => docker::prune_images(socket).await,
            Self::ReloadEngine => docker::reload_engine(),
            Self::RestartEngine => docker::restart_engine().await,
            Self::RemoveFile { path } => files::remove(path),
            Self::RestoreFile { from, to, mode } => files::copy(from, to, *mode),
            Self::RemoveDirectory { path } => files::remove_if_empty(path).map(drop),
            Self::RemoveTree { path } => files::remove_tree(path),
            Self::Mount { source, point, filesystem, options } => {
                mount::mount(source, point, filesystem, options).await
            }
            Self::Remount { stale, source, point, filesystem, options } => {
                mount::unmount(stale, point).await?;
                mount::mount(source, point, filesystem, options).await
            }
            Self::Unmount { source, point } => mount::unmount(source, point).await,
            Self::GenerateCdi { path } => gpu::describe(path).await,
            Self::RegisterRuntime { socket, runtime } => gpu::register_runtime(socket, runtime).await,
            Self::PullModel { endpoint, model } => models::pull(endpoint, model, progress).await,
            Self::RemoveModel { endpoint, model } => models::remove(endpoint, model).await,
            Self::CheckpointLog { path } => database::checkpoint(path).await,
            Self::AwaitIndex { path } => database::await_index(path).await,
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
