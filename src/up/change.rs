//! Everything that `tars up` and `tars down` can change of a container stack, as a closed list, in the words in which the
//! plan shows it. Carrying it out is in `carry` and `down::carry`.

use std::fmt;

use serde::Serialize;

use crate::stack::model::Condition;

/// One change of the stack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "do")]
pub enum Change {
    /// Pull an image.
    Pull {
        /// Its name.
        image: String,
    },
    /// Build the image of a service.
    Build {
        /// The service.
        service: String,
        /// The name that the image gets.
        image: String,
    },
    /// Make a network.
    CreateNetwork {
        /// Its key in the files.
        key: String,
        /// Its name.
        name: String,
    },
    /// Remove a network whose settings are others now; the containers in it are made anew.
    RemoveNetwork {
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// Make a volume.
    CreateVolume {
        /// Its key in the files.
        key: String,
        /// Its name.
        name: String,
    },
    /// Make a container.
    Create {
        /// Its service.
        service: String,
        /// Which of the service.
        number: u32,
        /// Its name.
        name: String,
    },
    /// Put a new container in the place of one that is there.
    Recreate {
        /// Its service.
        service: String,
        /// Which of the service.
        number: u32,
        /// Its name.
        name: String,
        /// The id of the one that is there.
        old: String,
    },
    /// Start a container that is there, or was made by an earlier step.
    Start {
        /// Its service.
        service: String,
        /// Which of the service.
        number: u32,
        /// Its name.
        name: String,
    },
    /// Stop a container.
    Stop {
        /// Its service.
        service: String,
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// Remove a container; its volumes stay.
    Remove {
        /// Its service.
        service: String,
        /// Its name.
        name: String,
        /// Its id.
        id: String,
    },
    /// Remove a volume and all that is in it; `up` never does.
    RemoveVolume {
        /// Its name.
        name: String,
    },
    /// Wait until the containers of a service are as they have to be.
    Await {
        /// The service.
        service: String,
        /// What is waited for.
        until: Condition,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pull { image } => write!(f, "pull the image `{image}`"),
            Self::Build { service, image } => write!(f, "build the image `{image}` of `{service}`"),
            Self::CreateNetwork { name, .. } => write!(f, "create the network `{name}`"),
            Self::RemoveNetwork { name, .. } => write!(f, "remove the network `{name}`"),
            Self::CreateVolume { name, .. } => write!(f, "create the volume `{name}`"),
            Self::Create { name, .. } => write!(f, "create the container `{name}`"),
            Self::Recreate { name, .. } => write!(f, "recreate the container `{name}`"),
            Self::Start { name, .. } => write!(f, "start the container `{name}`"),
            Self::Stop { name, .. } => write!(f, "stop the container `{name}`"),
            Self::Remove { name, .. } => write!(f, "remove the container `{name}`"),
            Self::RemoveVolume { name } => write!(f, "remove the volume `{name}` and all that is in it"),
            Self::Await { service, until } => match until {
                Condition::Started => write!(f, "wait until `{service}` runs"),
                Condition::Healthy => write!(f, "wait until `{service}` is healthy"),
                Condition::Completed => write!(f, "wait until `{service}` has done its work"),
            },
        }
    }
}
