//! The installer is killed at moments spread over all of its work, every second time with everything that it
//! has started, as in a power cut. The next run goes on from there, the one
//! after that finds nothing to do, and the way back leaves nothing of it.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::env::Guard;
use crate::support::installed::{Installation, LONG};
use crate::support::{seed, snapshot};

const KILLS: u32 = 16;

/// A number from 0 to 1 that the seed and the round decide.
fn chance(seed: u64, round: u32) -> f64 {
    let mut hasher = DefaultHasher::new();
    (seed, round).hash(&mut hasher);
    f64::from(u32::try_from(hasher.finish() >> 32).unwrap()) / f64::from(u32::MAX)
}

/// How long an installation takes here and now, all of it.
fn usual_time() -> Duration {
    let started = Instant::now();
    drop(Installation::installed());
    started.elapsed()
}

/// When the kill comes.
#[derive(Debug)]
enum Moment {
    /// So long after the start.
    After(Duration),
    /// So long after the journal has announced this many changes.
    Announced(usize, Duration),
}

/// The first half of the kills is spread over the writing, which takes a few milliseconds, and the second
/// over all of the time.
fn moment(round: u32, chance: f64, whole: Duration) -> Moment {
    let half = KILLS / 2;
    if round < half {
        return Moment::Announced(2 + round as usize, Duration::from_micros(1_500).mul_f64(chance));
    }
    Moment::After(whole.mul_f64((f64::from(round - half) + chance) / f64::from(half)))
}

#[test]
fn an_installation_that_was_killed_is_finished_by_the_next_and_taken_back_without_a_trace() {
    let (seed, whole) = (seed(), usual_time());
    let mut how_far = BTreeSet::new();
    for round in 0..KILLS {
        let moment = moment(round, chance(seed, round), whole);
        let power_cut = round % 2 == 1;
        let when = format!("seed {seed}, kill {round}, {moment:?}, power cut: {power_cut}");
        how_far.insert(killed_at(&moment, power_cut, &when));
    }
    println!("announced before the kills: {how_far:?}");
    assert!(how_far.len() >= 4, "the kills came at different points: {how_far:?}");
}

/// Kills an installation at this moment and sees to it that all goes well from there; how many changes it
/// had announced.
#[track_caller]
fn killed_at(moment: &Moment, power_cut: bool, when: &str) -> usize {
    let installation = Installation::bare();
    let home = installation.home();
    let before = snapshot::take(installation.env.path());
    let announced = || {
        let journal = fs::read_to_string(home.journal()).unwrap_or_default();
        journal.lines().filter(|line| line.contains("\"intent\"")).count()
    };
    let mut installer =
        Guard(installation.installer().stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    match *moment {
        Moment::After(time) => spin_until(time, || true),
        Moment::Announced(changes, time) => {
            spin_until(Duration::ZERO, || announced() >= changes);
            spin_until(time, || true);
        }
    }
    installer.0.kill().unwrap();
    if power_cut {
        installation.cut_power();
    }
    installer.0.wait().unwrap();
    let announced = announced();
    let secrets = [home.env(), home.first_password()].map(|path| fs::read(path).ok());

    let next = installation.install();
    assert!(next.stdout.contains("\nGO "), "{when}: {next:#?}");
    for (path, kept) in [home.env(), home.first_password()].iter().zip(secrets) {
        let now = fs::read(path).unwrap();
        assert!(kept.is_none_or(|kept| kept == now), "{when}: {} was replaced", path.display());
    }
    assert_eq!(installation.steps_left().len(), 0, "{when}");

    let back = installation.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    let after = snapshot::take(installation.env.path());
    assert!(after == before, "{when}: {:?} is left\n{back:#?}", after.keys());
    assert_eq!(installation.processes(), [] as [i32; 0], "{when}");
    announced
}

/// Waits for a time to pass and a thing to be so, exact to less than what one step of the installer takes.
#[track_caller]
fn spin_until(time: Duration, so: impl Fn() -> bool) {
    let started = Instant::now();
    while started.elapsed() < time || !so() {
        assert!(started.elapsed() < LONG, "waited too long for the moment of the kill");
        std::thread::yield_now();
    }
}
