//! Putting a new container in the place of an old one. The new one is made beside it, under the name that Docker
//! Compose would give it meanwhile; only when it is to be started, the old one is stopped and gives up its name. What
//! fails on the way puts the old one back, and what is never reached leaves it as it was.

use bollard::query_parameters::InspectContainerOptions;

use crate::failure::{Failure, Result};
use crate::host::containers;
use crate::stack::container::Replaced;

use super::carry::{Carrier, Seat};

/// How many digits of an id stand in the name of a container that is not in its place.
const DIGITS: usize = 12;

/// A container that was made to replace another.
#[derive(Debug, Clone)]
pub struct Replacement {
    /// The id of the new one.
    new: String,
    /// The id of the old one.
    old: String,
    /// The name that the new one is to have.
    name: String,
    /// The name that the old one has.
    was: String,
    /// The old one was running.
    ran: bool,
}

impl Carrier<'_> {
    /// Makes the new container; the old one goes on until the new one is started.
    pub(super) async fn recreate(&self, seat: &Seat, name: &str, old: &str) -> Result<()> {
        let question = self.engine.docker.inspect_container(old, None::<InspectContainerOptions>);
        let found = self.engine.ask(format!("inspect the container `{name}`"), question).await?;
        let ran = found.state.and_then(|state| state.running).unwrap_or_default();
        let mounts = found.mounts.unwrap_or_default();
        let beside = aside(old, name);
        let volumes_of_image = self.volumes_of_image(&seat.0).await?;
        let replaced = Replaced { mounts: &mounts, volumes_of_image: &volumes_of_image };
        let new = self.create(seat, Some((&beside, replaced))).await?;
        // From now on it is this one that others refer to.
        self.seats.borrow_mut().insert(seat.clone(), new.clone());
        let was = found.name.map_or_else(|| name.to_string(), |was| was.trim_start_matches('/').to_string());
        let replacement = Replacement { new, old: old.to_string(), name: name.to_string(), was, ran };
        if self.started.contains(seat) {
            self.replacements.borrow_mut().insert(seat.clone(), replacement);
            return Ok(());
        }
        self.replace(seat, &replacement, false).await
    }

    /// Puts the new container in the place of the old one, and starts it where that is wanted.
    pub(super) async fn replace(&self, seat: &Seat, replacement: &Replacement, start: bool) -> Result<()> {
        let Replacement { new, old, name, .. } = replacement;
        let stopped = containers::stop(self.engine, old, name, self.grace(&seat.0, old, name).await).await;
        let is_stopped = stopped.is_ok();
        let swapped = match stopped {
            Ok(()) => self.swap(replacement, start).await,
            failed => failed,
        };
        if let Err(failure) = swapped {
            return Err(self.put_back(seat, replacement, is_stopped, failure).await);
        }
        // The new one runs: what is left of the old one is in nobody's way, and the next run removes it.
        if let Err(failure) = containers::remove(self.engine, old, &aside(new, name)).await {
            self.board.note(&format!("warning: {failure}"));
        }
        Ok(())
    }

    /// Gives the new container the name of the old one, which is stopped.
    async fn swap(&self, replacement: &Replacement, start: bool) -> Result<()> {
        let Replacement { new, old, name, .. } = replacement;
        containers::rename(self.engine, old, &aside(new, name)).await?;
        containers::rename(self.engine, new, name).await?;
        if start { containers::start(self.engine, new, name).await } else { Ok(()) }
    }

    /// Takes the new container away and has the old one go on; the failure, which tells so.
    async fn put_back(
        &self,
        seat: &Seat,
        replacement: &Replacement,
        is_stopped: bool,
        failure: Failure,
    ) -> Failure {
        let Replacement { new, old, name, was, ran } = replacement;
        let back = async {
            // The name has to be free even where the new container cannot be removed, as an engine at times cannot.
            self.rename(new, &aside(old, name)).await?;
            if let Err(failure) = containers::remove(self.engine, new, &aside(old, name)).await {
                self.board.note(&format!("warning: {failure}"));
            }
            self.rename(old, was).await?;
            if !ran {
                return Ok(());
            }
            // An engine that did not answer may still be about to stop it, after which it would not run: once another
            // request to stop it is answered, that is over.
            if !is_stopped {
                containers::stop(self.engine, old, was, self.grace(&seat.0, old, was).await).await?;
            }
            containers::start(self.engine, old, was).await
        };
        let back: Result<()> = back.await;
        self.seats.borrow_mut().insert(seat.clone(), old.clone());
        let told = match back {
            Ok(()) if *ran => format!("{failure}; the old container is back and runs"),
            Ok(()) => format!("{failure}; the old container is back"),
            Err(other) => format!("{failure}; and the old container could not be put back: {other}"),
        };
        let told = Failure::new(failure.kind(), told);
        match failure.hint_text() {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }

    /// Gives a container a name that it may have already, which the engine would refuse.
    async fn rename(&self, id: &str, name: &str) -> Result<()> {
        let question = self.engine.docker.inspect_container(id, None::<InspectContainerOptions>);
        let found = self.engine.ask(format!("inspect the container `{name}`"), question).await?;
        if found.name.as_deref() == Some(&format!("/{name}")) {
            return Ok(());
        }
        containers::rename(self.engine, id, name).await
    }

    /// Takes away the new containers that never came to be started; the old ones have gone on all the time.
    pub async fn clear(&self) {
        let left = std::mem::take(&mut *self.replacements.borrow_mut());
        for (seat, Replacement { new, old, name, .. }) in left {
            if let Err(failure) = containers::remove(self.engine, &new, &aside(&old, &name)).await {
                self.board.note(&format!("warning: {failure}"));
            }
            self.seats.borrow_mut().insert(seat, old);
        }
    }
}

/// The name of a container that is not in its place: that of the place after the beginning of the other's id.
fn aside(other: &str, name: &str) -> String {
    format!("{}_{name}", other.get(..DIGITS).unwrap_or(other))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::plan::Plan;
    use crate::stack::model::{Service, Stack};
    use crate::stack::observed::Observed;
    use crate::up::fake;

    #[test]
    fn a_container_beside_its_place_is_named_as_docker_compose_names_it() {
        assert_eq!(aside(&"0123456789abcdef".repeat(4), "home-web-1"), "0123456789ab_home-web-1");
        assert_eq!(aside("short", "x"), "short_x");
    }

    #[tokio::test]
    async fn the_old_one_is_back_even_where_the_new_one_cannot_be_removed() {
        let answers: fake::Answers = &[
            ("post containers/new/start", 500, r#"{"message": "no such program"}"#),
            ("delete containers/new", 500, r#"{"message": "its layer is busy"}"#),
            ("get containers/new", 200, r#"{"Name": "/web"}"#),
            ("get containers/old", 200, r#"{"Name": "/new_web"}"#),
        ];
        let [new, old, name, was] = ["new", "old", "web", "web"].map(String::from);
        let replacement = Replacement { new, old, name, was, ran: true };
        let service = Service { name: "web".into(), stop_grace: Some(Duration::ZERO), ..Service::default() };
        let stack = Stack { services: vec![service], ..Stack::default() };
        let seat = ("web".to_string(), 1);
        let work = async |carrier: &Carrier<'_>| {
            let failure = carrier.replace(&seat, &replacement, true).await.unwrap_err().to_string();
            assert!(failure.contains("no such program; the old container is back and runs"), "{failure}");
        };
        let asked = fake::asked(answers, &stack, &Observed::default(), &Plan::default(), work).await;
        let expected = [
            "post containers/old/stop",
            "post containers/old/rename?name=new_web",
            "post containers/new/rename?name=web",
            "post containers/new/start",
            "get containers/new/json",
            "post containers/new/rename?name=old_web",
            "delete containers/new",
            "get containers/old/json",
            "post containers/old/rename?name=web",
            "post containers/old/start",
        ];
        assert_eq!(asked.len(), expected.len(), "{asked:#?}");
        for (asked, expected) in asked.iter().zip(expected) {
            assert!(asked.starts_with(expected), "{asked} is not {expected}");
        }
    }
}
