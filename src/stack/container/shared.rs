//! What a container shares with others. The files name a service, and the engine wants a container.

use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Problem, Result};

/// What is shared, in the engine's terms.
pub(super) struct Shared {
    /// The network; none where the service has networks of its own.
    pub(super) network: Option<String>,
    /// The memory.
    pub(super) ipc: Option<String>,
    /// The processes.
    pub(super) pid: Option<String>,
    /// The volumes, each with how it is mounted.
    pub(super) volumes: Option<Vec<String>>,
}

impl Shared {
    /// What a service shares; `first` gives the id of the first container of another one.
    ///
    /// # Errors
    /// That one has no container.
    pub(super) fn of(says: Fields, first: &dyn Fn(&str) -> Option<String>) -> Result<Self> {
        let container = |key: &str, service: &str| {
            first(service).ok_or_else(|| {
                let message = format!("`{key}` needs a container of the service `{service}`, which has none");
                Problem::new(&says.place(key), message)
                    .hint(format!("give `{service}` at least one container"))
            })
        };
        let mode = |key: &str| match says.text(key) {
            Some(mode) => match mode.strip_prefix("service:") {
                Some(service) => container(key, service).map(|id| Some(format!("container:{id}"))),
                None => Ok(Some(mode.to_owned())),
            },
            None => Ok(None),
        };
        let volumes = says.texts("volumes_from");
        let volumes = volumes.iter().map(|from| match from.strip_prefix("container:") {
            Some(container) => Ok(container.to_owned()),
            None => {
                let (service, access) = from.split_once(':').unwrap_or((from, ""));
                let id = container("volumes_from", service)?;
                // Docker Compose forgets the access; who wrote `ro` meant it.
                Ok(if access.is_empty() { id } else { format!("{id}:{access}") })
            }
        });
        let volumes = volumes.collect::<Result<Vec<_>>>()?;
        Ok(Self {
            network: mode("network_mode")?,
            ipc: mode("ipc")?,
            pid: mode("pid")?,
            volumes: Some(volumes).filter(|volumes| !volumes.is_empty()),
        })
    }
}
