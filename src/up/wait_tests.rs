//! What is made of a container, by its state, its health and what was heard of it.

use std::collections::BTreeMap;

use super::*;
use crate::stack::observed::Container;
use crate::up::watch::Told;

fn seen(state: State, health: Option<Health>, code: i64, told: Told) -> Seen {
    let container = Container { state, health, exit_code: Some(code), ..Container::default() };
    Seen { container, told, ..Seen::default() }
}

fn wanted(until: Condition, restarts: bool) -> Wanted<'static> {
    Wanted { ids: &[], until, restarts, limit: None }
}

fn told(now: Instant, ran: f64, deaths: u32) -> Told {
    Told { since: now.checked_sub(Duration::from_secs_f64(ran)), deaths, ..Told::default() }
}

fn says(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Ready => "ready".into(),
        Verdict::NotYet(text) => format!("not yet: {text}"),
        Verdict::Never(stuck) => format!("never: {stuck}"),
    }
}

/// What is seen of a container: its state, health, exit code, how long it has run in seconds, how often it has ended; what
/// is waited for, whether it is started again when it ends; and what is said of that.
type Row = (State, Option<Health>, i64, f64, u32, Condition, bool, &'static str);

#[test]
fn each_state_has_its_verdict() {
    use Condition::{Completed, Healthy, Started};
    use State::{Created, Dead, Exited, Paused, Restarting, Running};
    let now = Instant::now() + Duration::from_secs(1000);
    let pace = Pace::from(&HealthConfig { interval: Some(2_000_000_000), ..HealthConfig::default() });
    let table: &[Row] = &[
        (Created, None, 0, 0.0, 0, Started, false, "not yet: not started yet"),
        (Paused, None, 0, 9.0, 0, Started, false, "not yet: paused"),
        (Dead, None, 0, 9.0, 0, Started, false, "never: its container was removed meanwhile"),
        (Running, None, 0, 0.5, 0, Started, true, "not yet: started"),
        (Running, None, 0, 1.5, 0, Started, true, "ready"),
        (Running, None, 0, 1.5, 1, Started, true, "not yet: started"),
        (Running, None, 0, 6.0, 2, Started, true, "ready"),
        (Running, None, 0, 6.0, 3, Started, true, "never: its container has ended 3 times by now"),
        (
            Running,
            None,
            0,
            9.0,
            0,
            Healthy,
            true,
            "never: its health is waited for, and it has no health check",
        ),
        (Running, Some(Health::Healthy), 0, 0.1, 0, Started, true, "ready"),
        (Running, Some(Health::Healthy), 0, 0.1, 0, Healthy, true, "ready"),
        (Running, Some(Health::Starting), 0, 0.5, 0, Started, true, "not yet: starting, next in 2 s"),
        (Running, None, 0, 99.0, 0, Completed, false, "not yet: at work"),
        (Restarting, None, 7, 0.0, 2, Healthy, true, "not yet: ended with 7, is started again"),
        (Restarting, None, 7, 0.0, 3, Healthy, true, "never: its container has ended 3 times by now"),
        (Exited, None, 0, 0.0, 1, Completed, false, "ready"),
        (Exited, None, 3, 0.0, 1, Completed, false, "never: its container ended with 3"),
        (Exited, None, 0, 0.0, 1, Started, false, "ready"),
        (Exited, None, 0, 0.0, 1, Started, true, "never: its container ended with 0"),
        (Exited, None, 0, 0.0, 1, Healthy, false, "never: its container ended with 0"),
        (Exited, None, 1, 0.0, 1, Started, false, "never: its container ended with 1"),
    ];
    for (state, health, code, ran, deaths, until, restarts, expected) in table {
        let seen = seen(*state, *health, *code, told(now, *ran, *deaths));
        let verdict = judge(&seen, &wanted(*until, *restarts), Some(&pace), now);
        assert_eq!(says(&verdict), *expected, "{state:?} {health:?} {code} {ran} {deaths} {until:?}");
    }
}

#[test]
fn one_more_check_may_find_it_well_again() {
    let now = Instant::now() + Duration::from_secs(100);
    let pace = Pace::from(&HealthConfig { interval: Some(2_000_000_000), ..HealthConfig::default() });
    let for_seconds = |seconds: u64| {
        let told = Told { unhealthy: now.checked_sub(Duration::from_secs(seconds)), ..told(now, 9.0, 0) };
        let seen = seen(State::Running, Some(Health::Unhealthy), 0, told);
        says(&judge(&seen, &wanted(Condition::Healthy, true), Some(&pace), now))
    };
    assert_eq!(for_seconds(2), "not yet: unhealthy");
    assert_eq!(for_seconds(4), "never: it is unhealthy");
}

#[test]
fn the_worst_container_counts_and_one_that_is_gone_is_the_worst() {
    let now = Instant::now() + Duration::from_secs(100);
    let ids = ["a".to_string(), "b".to_string()];
    let wanted = Wanted { ids: &ids, ..wanted(Condition::Started, true) };
    let good = seen(State::Running, None, 0, told(now, 9.0, 0));
    let slow = seen(State::Created, None, 0, Told::default());
    let view = |seen: Vec<(&str, Seen)>| View {
        at: now,
        seen: seen.into_iter().map(|(id, seen)| (id.to_string(), seen)).collect::<BTreeMap<_, _>>(),
        silent: None,
    };
    let both = view(vec![("a", good.clone()), ("b", good.clone())]);
    assert_eq!(all(&both, &wanted, None, now).1, Verdict::Ready);
    let one = view(vec![("a", slow), ("b", good.clone())]);
    let (id, verdict) = all(&one, &wanted, None, now);
    assert_eq!((id.as_str(), says(&verdict).as_str()), ("a", "not yet: not started yet"));
    let gone = view(vec![("b", good)]);
    assert_eq!(all(&gone, &wanted, None, now), ("a".into(), Verdict::Never(Stuck::Gone)));
}

#[test]
fn every_wait_has_an_end() {
    let usual = Pace::from(&HealthConfig::default());
    assert_eq!(usual.longest(), Duration::from_secs(4 * 60 + 15));
    let endless =
        HealthConfig { start_period: Some(i64::MAX), retries: Some(i64::MAX), ..HealthConfig::default() };
    assert_eq!(Pace::from(&endless).longest(), LONGEST.1);
    let said = Wanted { limit: Some(Duration::from_secs(7)), ..wanted(Condition::Completed, false) };
    assert_eq!(limit(&said, Some(&usual)), Duration::from_secs(7));
    assert_eq!(limit(&wanted(Condition::Completed, false), None), LONGEST.0);
    assert_eq!(limit(&wanted(Condition::Started, false), None), TO_RUN);
}
