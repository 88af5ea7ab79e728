//! Taking away what a stack shares: networks and volumes, which somebody else may still use. What is to be taken away is
//! decided elsewhere; what is not there any more is no error.

use bollard::errors::Error;
use bollard::query_parameters::RemoveVolumeOptions;

use crate::failure::Result;
use crate::stack::engine::Engine;

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is gone.
    Gone,
    /// Somebody else uses it, so it stays; what the engine says of that.
    InUse(String),
}

/// Removes a network that nobody uses any more.
///
/// # Errors
/// The engine refuses it for another reason, or does not answer in time.
pub async fn network(engine: &Engine, id: &str, name: &str) -> Result<Outcome> {
    engine.ask(format!("remove the network `{name}`"), outcome(403, engine.docker.remove_network(id))).await
}

/// Removes a volume that nobody uses any more, and what is in it.
///
/// # Errors
/// The engine refuses it for another reason, or does not answer in time.
pub async fn volume(engine: &Engine, name: &str) -> Result<Outcome> {
    let request = engine.docker.remove_volume(name, None::<RemoveVolumeOptions>);
    engine.ask(format!("remove the volume `{name}`"), outcome(409, request)).await
}

/// The engine says with this status that it is in use; newer ones say so with 409 of networks too.
async fn outcome(
    in_use: u16,
    request: impl Future<Output = std::result::Result<(), Error>>,
) -> std::result::Result<Outcome, Error> {
    match request.await {
        Ok(()) => Ok(Outcome::Gone),
        Err(Error::DockerResponseServerError { status_code: 404, .. }) => Ok(Outcome::Gone),
        Err(Error::DockerResponseServerError { status_code, message })
            if status_code == in_use || status_code == 409 =>
        {
            Ok(Outcome::InUse(message.trim().to_string()))
        }
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status_code: u16) -> std::result::Result<(), Error> {
        Err(Error::DockerResponseServerError { status_code, message: "has active endpoints\n".into() })
    }

    #[tokio::test]
    async fn what_is_in_use_stays_and_what_is_gone_is_gone() {
        let used = Outcome::InUse("has active endpoints".into());
        assert_eq!(outcome(403, async { Ok(()) }).await.unwrap(), Outcome::Gone);
        assert_eq!(outcome(403, async { refused(404) }).await.unwrap(), Outcome::Gone);
        assert_eq!(outcome(403, async { refused(403) }).await.unwrap(), used);
        assert_eq!(outcome(409, async { refused(409) }).await.unwrap(), used);
        assert!(outcome(409, async { refused(403) }).await.is_err());
        assert!(outcome(403, async { refused(500) }).await.is_err());
    }
}
