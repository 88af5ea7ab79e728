//! Several logs as one, in the order of time. What is there of each is waited for as long as it keeps coming; whoever
//! has once fallen silent is taken to have told all that is past, and nobody waits for it any more.

use std::task::{Context, Poll};
use std::time::Duration;

use tokio::sync::mpsc::Receiver;

use super::entry::Entry;

/// How long a log that is followed may be silent before the others go on without it.
const PATIENCE: Duration = Duration::from_millis(200);

/// The logs.
#[derive(Debug)]
pub struct Merge {
    sources: Vec<Source>,
    /// They are followed: silence is no reason to wait.
    follow: bool,
    /// Whose entry was the last one: a line goes on before another begins.
    last: usize,
}

#[derive(Debug)]
struct Source {
    key: usize,
    arriving: Receiver<Entry>,
    head: Option<Entry>,
    caught_up: bool,
    ended: bool,
}

impl Merge {
    /// No logs yet.
    #[must_use]
    pub fn new(follow: bool) -> Self {
        Self { sources: Vec::new(), follow, last: usize::MAX }
    }

    /// Adds a log; its entries come with this key.
    pub fn add(&mut self, key: usize, arriving: Receiver<Entry>) {
        self.sources.push(Source { key, arriving, head: None, caught_up: false, ended: false });
    }

    /// The next entry, where it is certain which that is.
    pub fn ready(&mut self) -> Option<(usize, Entry)> {
        let _ = self.fill(&mut Context::from_waker(std::task::Waker::noop()));
        self.take()
    }

    /// Waits until there may be a next entry; forever where there are no logs.
    pub async fn arrives(&mut self) {
        let awaits =
            self.follow && self.sources.iter().any(|source| !source.caught_up && source.head.is_none());
        let arrival = std::future::poll_fn(|cx| self.fill(cx));
        if !awaits {
            return arrival.await;
        }
        if tokio::time::timeout(PATIENCE, arrival).await.is_err() {
            for source in &mut self.sources {
                source.caught_up |= source.head.is_none();
            }
        }
    }

    /// Whether every log has come to its end.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.sources.is_empty()
    }

    /// Takes the next entry of every log that has one; ready where something has changed.
    fn fill(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut changed = false;
        for source in self.sources.iter_mut().filter(|source| source.head.is_none()) {
            match source.arriving.poll_recv(cx) {
                Poll::Ready(Some(entry)) => source.head = Some(entry),
                Poll::Ready(None) => source.ended = true,
                Poll::Pending => continue,
            }
            changed = true;
        }
        self.sources.retain(|source| !source.ended);
        if changed { Poll::Ready(()) } else { Poll::Pending }
    }

    fn take(&mut self) -> Option<(usize, Entry)> {
        if self.sources.iter().any(|source| source.head.is_none() && !source.caught_up) {
            return None;
        }
        let last = self.last;
        let order = |source: &Source| source.head.as_ref().map(|head| (head.at, source.key != last));
        let next = self
            .sources
            .iter_mut()
            .filter(|source| source.head.is_some())
            .min_by_key(|source| order(source))?;
        self.last = next.key;
        Some((next.key, next.head.take()?))
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;
    use tokio::sync::mpsc;

    use super::*;
    use crate::ui::Stream;

    fn entry(second: i64, text: &str) -> Entry {
        let at = Timestamp::from_second(second).unwrap();
        Entry { at, from: Stream::Out, text: text.into(), begins: true }
    }

    async fn all(merge: &mut Merge) -> Vec<(usize, i64)> {
        let mut found = Vec::new();
        while !merge.is_over() {
            match merge.ready() {
                Some((key, entry)) => found.push((key, entry.at.as_second())),
                None if merge.is_over() => break,
                None => merge.arrives().await,
            }
        }
        found
    }

    #[tokio::test]
    async fn one_that_has_nothing_to_say_holds_nobody_up_where_it_is_followed() {
        let mut merge = Merge::new(true);
        let (_silent, arriving) = mpsc::channel(4);
        merge.add(0, arriving);
        let (says, arriving) = mpsc::channel(4);
        merge.add(1, arriving);
        says.send(entry(5, "a\n")).await.unwrap();
        assert_eq!(merge.ready(), None, "the other may still have something older");
        merge.arrives().await;
        assert_eq!(merge.ready().map(|(key, _)| key), Some(1));
    }

    #[tokio::test]
    async fn a_line_goes_on_before_another_of_the_same_time_begins() {
        let mut merge = Merge::new(false);
        for key in 0..2 {
            let (says, arriving) = mpsc::channel(4);
            merge.add(key, arriving);
            for _ in 0..2 {
                says.try_send(entry(1, "piece")).unwrap();
            }
        }
        let keys: Vec<usize> = all(&mut merge).await.into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, [0, 0, 1, 1]);
    }

    proptest! {
        #[test]
        fn the_whole_is_in_the_order_of_time(logs in prop::collection::vec(prop::collection::vec(0_i64..50, 0..20), 0..5)) {
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            runtime.block_on(async {
                let mut merge = Merge::new(false);
                let mut tasks = tokio::task::JoinSet::new();
                for (key, mut times) in logs.clone().into_iter().enumerate() {
                    times.sort_unstable();
                    let (says, arriving) = mpsc::channel(2);
                    merge.add(key, arriving);
                    tasks.spawn(async move {
                        for second in times {
                            says.send(entry(second, "x\n")).await.unwrap();
                        }
                    });
                }
                let found: Vec<i64> = all(&mut merge).await.into_iter().map(|(_, second)| second).collect();
                let mut expected: Vec<i64> = logs.into_iter().flatten().collect();
                expected.sort_unstable();
                assert_eq!(found, expected);
            });
        }
    }
}
