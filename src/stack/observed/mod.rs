//! What the engine has of a project: one look, a few requests, whatever its size. It judges nothing. The requests and
//! their reading are in `look`; which image a service means by a name is in `names`.

mod look;
mod names;

use std::collections::{BTreeMap, BTreeSet};

pub use look::{container, observe};

/// What is there.
#[derive(Debug, Clone, Default)]
pub struct Observed {
    /// The project's containers, by service and number; those of `run` are not among them.
    pub containers: Vec<Container>,
    /// The networks of the project, and those of any name that it declares, by name.
    pub networks: BTreeMap<String, Network>,
    /// The volumes of the project, and those of any name that it declares, by name.
    pub volumes: BTreeMap<String, Volume>,
    /// The images that services want and that are there: their ids, by the name that the service says.
    pub images: BTreeMap<String, Image>,
}

/// An image that is there.
#[derive(Debug, Clone, Default)]
pub struct Image {
    /// Its id: `sha256:…`.
    pub id: String,
    /// When it was made or pulled last, in seconds since 1970, where the engine knows it.
    pub since: Option<i64>,
}

/// A container of the project.
#[derive(Debug, Clone, Default)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Its name, without the leading `/`.
    pub name: String,
    /// Its service.
    pub service: String,
    /// Which of its service it is.
    pub number: u32,
    /// The hash of the service that it was made of.
    pub hash: String,
    /// The id of its image.
    pub image: String,
    /// What it is doing.
    pub state: State,
    /// What its health check says, where it has one.
    pub health: Option<Health>,
    /// The code that it ended with, where it has.
    pub exit_code: Option<i64>,
    /// The names of its networks, and the ids of those.
    pub networks: BTreeMap<String, String>,
    /// The names of the volumes that it mounts, those without a name of anybody's choosing among them.
    pub volumes: BTreeSet<String>,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// What a container is doing, in the engine's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum State {
    /// It was never started.
    #[default]
    Created,
    /// It runs.
    Running,
    /// It stands still.
    Paused,
    /// It ended, and will be started again.
    Restarting,
    /// It ended.
    Exited,
    /// It is being removed.
    Removing,
    /// It could not be removed.
    Dead,
}

/// What a health check says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing yet.
    Starting,
    /// It is well.
    Healthy,
    /// It is not.
    Unhealthy,
}

/// A network.
#[derive(Debug, Clone, Default)]
pub struct Network {
    /// Its id.
    pub id: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// The names of the containers in it that are not the project's own; looked at only where it is not as declared.
    pub strangers: BTreeSet<String>,
}

/// A volume.
#[derive(Debug, Clone, Default)]
pub struct Volume {
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}
