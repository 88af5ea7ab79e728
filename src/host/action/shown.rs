//! Actions in words, as the plan and the question show them: what is changed, never why.

use std::fmt;

use super::{Action, Content};

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
            Self::SetOwner { path, uid, gid } => {
                write!(f, "give `{}` to the user {uid} and the group {gid}", path.display())
            }
            Self::CopyProgram { to, .. } => write!(f, "copy this program to `{}`", to.display()),
            Self::ReloadUnits { .. } => f.write_str("have systemd read its units again"),
            Self::EnableUnit { user: false } => f.write_str("have systemd start the server with the machine"),
            Self::EnableUnit { user: true } => f.write_str("have systemd start the server when you sign in"),
            Self::DisableUnit { .. } => f.write_str("have systemd start the server no more"),
            Self::StartServer => f.write_str("start the server"),
            Self::StartServerAt { listen } => write!(f, "start the server at {listen}"),
            Self::SetKernel { name, value } => write!(f, "set `{name}` to `{value}` in the kernel"),
            Self::RestartServer => f.write_str("restart the server"),
            Self::RestartServerAt { listen } => write!(f, "restart the server at {listen}"),
            Self::StopServer => f.write_str("stop the server"),
            Self::StartContainer { name, .. } => write!(f, "start the container `{name}`"),
            Self::StopContainer { name, .. } => write!(f, "stop the container `{name}`"),
            Self::RestartContainer { name, .. } => write!(f, "restart the container `{name}`"),
            Self::PruneImages { .. } => f.write_str("remove the images that have no name and no container"),
            Self::ReloadEngine => f.write_str("have the container engine read its settings again"),
            Self::RestartEngine => f.write_str("restart the container engine"),
            Self::RemoveFile { path } => write!(f, "remove `{}`", path.display()),
            Self::RestoreFile { to, .. } => write!(f, "put the earlier `{}` back", to.display()),
            Self::RemoveDirectory { path } => {
                write!(f, "remove the directory `{}` if it is empty", path.display())
            }
            Self::RemoveTree { path } => {
                write!(f, "remove the directory `{}` and everything in it", path.display())
            }
            Self::Mount { source, point, filesystem, options } => {
                let options = if options.is_empty() { "defaults".into() } else { options.join(",") };
                write!(f, "mount `{source}` on `{}` ({filesystem}, {options})", point.display())
            }
            Self::Remount { stale, source, point, filesystem, options } => {
                let options = if options.is_empty() { "defaults".into() } else { options.join(",") };
                write!(
                    f,
                    "unmount `{stale}` from `{0}`, even where it hangs, and mount `{source}` on `{0}` ({filesystem}, {options})",
                    point.display()
                )
            }
            Self::Unmount { source, point } => {
                write!(f, "unmount `{source}` from `{}`, even where it hangs", point.display())
            }
            Self::GenerateCdi { path } => {
                write!(f, "have `nvidia-ctk` describe the cards in `{}`", path.display())
            }
            Self::RegisterRuntime { runtime, .. } => {
                write!(f, "have the container engine take up the runtime `{runtime}` from its settings")
            }
            Self::PullModel { endpoint, model } => write!(f, "download the model `{model}` to {endpoint}"),
            Self::RemoveModel { endpoint, model } => write!(f, "delete the model `{model}` from {endpoint}"),
            Self::CheckpointLog { path } => {
                write!(f, "move the write-ahead log of `{}` into it", path.display())
            }
            Self::AwaitIndex { path } => {
                write!(f, "wait until the server has made the index `{}`", path.display())
            }
        }
    }
}
