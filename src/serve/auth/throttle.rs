//! Slowing down whoever guesses passwords: after a few wrong ones for a name, each further try has to wait,
//! twice as long each time. Kept in memory and bounded.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How many wrong passwords in a row are free.
const FREE: u32 = 5;

/// The longest wait, and how long a name is remembered after its last wrong password.
const LONGEST: Duration = Duration::from_secs(15 * 60);

/// How many names are remembered; guessing more names than this resets the oldest.
const REMEMBERED: usize = 10_000;

/// Wrong passwords by name.
#[derive(Default)]
pub struct Throttle(Mutex<HashMap<String, Wrong>>);

struct Wrong {
    times: u32,
    last: Instant,
}

impl Throttle {
    /// How long this name has to wait before its next try.
    pub fn wait(&self, name: &str, now: Instant) -> Option<Duration> {
        let wrong = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let wrong = wrong.get(&name.to_lowercase())?;
        let over = wrong.times.checked_sub(FREE)?;
        let pause = Duration::from_secs(1 << over.min(16)).min(LONGEST);
        (wrong.last + pause).checked_duration_since(now).filter(|left| !left.is_zero())
    }

    /// Counts a wrong password.
    pub fn wrong(&self, name: &str, now: Instant) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, wrong| now.saturating_duration_since(wrong.last) < LONGEST);
        if all.len() >= REMEMBERED
            && let Some(oldest) = all.iter().min_by_key(|(_, wrong)| wrong.last).map(|(name, _)| name.clone())
        {
            all.remove(&oldest);
        }
        let wrong = all.entry(name.to_lowercase()).or_insert(Wrong { times: 0, last: now });
        wrong.times = wrong.times.saturating_add(1);
        wrong.last = now;
    }

    /// Forgets a name's wrong passwords after the right one.
    pub fn right(&self, name: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&name.to_lowercase());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_a_right_password_clears_them() {
        let throttle = Throttle::default();
        let start = Instant::now();
        for _ in 0..FREE - 1 {
            throttle.wrong("Ann", start);
            assert_eq!(throttle.wait("ann", start), None);
        }
        throttle.wrong("ann", start);
        assert_eq!(throttle.wait("ANN", start), Some(Duration::from_secs(1)));
        throttle.wrong("ann", start);
        assert_eq!(throttle.wait("ann", start), Some(Duration::from_secs(2)));
        assert_eq!(throttle.wait("ann", start + Duration::from_secs(3)), None);
        assert_eq!(throttle.wait("bob", start), None);
        throttle.right("ann");
        assert_eq!(throttle.wait("ann", start), None);
    }
}
