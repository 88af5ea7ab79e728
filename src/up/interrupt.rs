//! Being told to stop: Ctrl-C, or the signal that ends a service. The first one is a request, which whoever works
//! heeds where nothing is left halfway; the second is an order. It stops nothing by itself.

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::config::value::show_count;
use crate::failure::{Failure, IoContext, Kind, Result};

/// What has been said so far.
#[derive(Debug, Clone)]
pub struct Interrupt {
    times: watch::Receiver<u32>,
}

impl Interrupt {
    /// Listens from now on, inside an asynchronous runtime and for as long as that is there.
    pub fn listen() -> Result<Self> {
        let mut end = signal(SignalKind::terminate()).trying("listen to signals")?;
        let mut int = signal(SignalKind::interrupt()).trying("listen to signals")?;
        let (said, times) = watch::channel(0);
        tokio::spawn(async move {
            loop {
                tokio::select! {
                    _ = end.recv() => {}
                    _ = int.recv() => {}
                }
                said.send_modify(|times| *times += 1);
            }
        });
        Ok(Self { times })
    }

    /// Whether it was asked to stop.
    pub fn has_come(&self) -> bool {
        *self.times.borrow() > 0
    }

    /// Waits for the request.
    pub async fn comes(&self) {
        self.said(1).await;
    }

    /// Waits for the order.
    pub async fn insists(&self) {
        self.said(2).await;
    }

    /// Work that may be dropped anywhere, and is at the first request.
    pub async fn or<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        tokio::select! {
            done = work => done,
            () = self.comes() => Err(Failure::new(Kind::Interrupted, "interrupted")),
        }
    }

    /// Work that changes things, and is dropped only at the order.
    pub async fn unless_insisted<T>(&self, work: impl Future<Output = T>) -> Result<T> {
        tokio::select! {
            done = work => Ok(done),
            () = self.insists() => Err(Failure::new(Kind::Interrupted, "interrupted in the middle of a change")
                .hint("run the command again: it clears up what is left halfway")),
        }
    }

    /// What is said of a run that was asked to stop.
    pub fn stopped_after(done: usize, changes: usize) -> Failure {
        let changes = show_count(changes, "change");
        Failure::new(Kind::Interrupted, format!("interrupted: {done} of {changes} are made"))
            .hint("run the command again to go on from there")
    }

    async fn said(&self, times: u32) {
        let mut heard = self.times.clone();
        if heard.wait_for(|said| *said >= times).await.is_err() {
            // Nobody listens any more, so nobody will ever say it.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
pub fn silent() -> (watch::Sender<u32>, Interrupt) {
    let (said, times) = watch::channel(0);
    (said, Interrupt { times })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_first_is_a_request_and_the_second_an_order() {
        let (said, interrupt) = silent();
        assert_eq!(interrupt.or(async { Ok(7) }).await.unwrap(), 7);
        said.send(1).unwrap();
        assert!(interrupt.has_come());
        interrupt.comes().await;
        let stopped = interrupt.or(std::future::pending::<Result<()>>()).await.unwrap_err();
        assert_eq!(stopped.kind(), Kind::Interrupted);
        tokio::select! {
            biased;
            () = interrupt.insists() => panic!("once is not twice"),
            () = std::future::ready(()) => {}
        }
        assert!(interrupt.unless_insisted(async { 7 }).await.is_ok());
        said.send(2).unwrap();
        interrupt.insists().await;
        let stopped = interrupt.unless_insisted(std::future::pending::<()>()).await.unwrap_err();
        assert_eq!(stopped.kind(), Kind::Interrupted);
    }
}
