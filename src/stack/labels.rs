//! The labels by which Docker Compose knows its containers, networks and volumes.

/// How all of them begin.
pub const PREFIX: &str = "com.docker.compose.";

/// The project.
pub const PROJECT: &str = "com.docker.compose.project";
/// The service of a container.
pub const SERVICE: &str = "com.docker.compose.service";
/// Which of its service a container is.
pub const NUMBER: &str = "com.docker.compose.container-number";
/// Whether a container is one of `docker compose run`: `True` or `False`.
pub const ONEOFF: &str = "com.docker.compose.oneoff";
/// The project's directory.
pub const WORKING_DIR: &str = "com.docker.compose.project.working_dir";
/// The hash of what a thing was made of.
pub const HASH: &str = "com.docker.compose.config-hash";
/// The id of the image that a container was made of.
pub const IMAGE: &str = "com.docker.compose.image";
/// The key of a network in the files.
pub const NETWORK: &str = "com.docker.compose.network";
/// What a service waits for: `db:service_healthy:true,cache:service_started:false`.
pub const DEPENDS_ON: &str = "com.docker.compose.depends_on";
