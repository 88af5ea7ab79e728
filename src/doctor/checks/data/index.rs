//! The index against itself and against the database.

use super::read_whole;
use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, warn};
use crate::facts::data::{INDEX, Index};
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::Action;

fn runs(facts: &Facts) -> bool {
    facts.data.server.known().is_some_and(|server| server.running)
}

/// What a person types where the repair is not wanted.
fn by_hand(facts: &Facts) -> String {
    format!(
        "`tars doctor --fix`, or by hand: `tars ops stop`, `rm -r {}/index`, `tars ops start`",
        facts.subject.state
    )
}

pub(super) fn present(facts: &Facts) -> Judged {
    let index = known(&facts.data.index)?;
    Ok(match (index.present, index.described) {
        (false, _) if runs(facts) => {
            fail("there is no index, and the server runs").hint(by_hand(facts)).fixable()
        }
        (false, _) => {
            warn("there is no index: the server makes it at its next start").hint("`tars ops start`")
        }
        (true, false) => fail("the description of the index cannot be read").hint(by_hand(facts)).fixable(),
        (true, true) => pass(format!("the index holds {} passages", index.passages)),
    })
}

/// What there is none of can be neither damaged nor wrong.
fn there(facts: &Facts) -> std::result::Result<&Index, Judgement> {
    let index = known(&facts.data.index)?;
    if index.present { Ok(index) } else { Err(not_here("there is no index")) }
}

pub(super) fn intact(facts: &Facts) -> Judged {
    there(facts)?;
    let damage = read_whole(&facts.data.index_damage, "data.index.intact")?;
    Ok(match damage.len() {
        0 => pass("every file of the index is as it was written"),
        count => fail(format!("damaged or missing: {} of the index", show_count(count, "file")))
            .evidences(damage.iter().take(10).cloned())
            .hint(by_hand(facts))
            .fixable(),
    })
}

pub(super) fn agrees(facts: &Facts) -> Judged {
    let index = there(facts)?;
    let contents = known(&facts.data.contents)?;
    let told = format!(
        "the index has {} passages as of change {}, the database has {} as of change {}",
        index.passages,
        index.applied.map_or_else(|| "(none)".into(), |applied| applied.to_string()),
        contents.passages,
        contents.newest
    );
    // A damaged index is made anew already because it is damaged.
    let damaged = facts.data.index_damage.known().is_some_and(|damage| !damage.is_empty());
    let wrong = |what: &str| {
        let judged = fail(what).evidence(told.clone()).hint(by_hand(facts));
        Ok(if damaged { judged } else { judged.fixable() })
    };
    if index.version.is_some_and(|version| version != INDEX) {
        return Ok(warn("the index was made by another version of this program")
            .evidence(told)
            .hint("`tars ops restart`: the server makes it anew when it starts"));
    }
    if index.identity.as_ref() != Some(&contents.identity) {
        return wrong("the index was made from another database");
    }
    let Some(applied) = index.applied else { return wrong("the index does not say how far it is") };
    let at_work = runs(facts) && !contents.running.is_empty();
    if applied > contents.newest {
        // Both are looked at one after the other: what is taken in meanwhile makes the second one newer.
        return if at_work {
            Ok(pass("documents are being taken in"))
        } else {
            wrong("the index is from a later database")
        };
    }
    if applied < contents.trimmed {
        return wrong("the index is so far behind that it cannot catch up");
    }
    let behind = contents.newest.saturating_sub(applied);
    if behind > 0 {
        return Ok(if at_work {
            pass(format!("{behind} changes behind while documents are taken in"))
        } else if runs(facts) {
            warn(format!("the index is {behind} changes behind"))
                .evidence(told)
                .hint("`tars ops restart`: it catches up at the start")
        } else {
            warn(format!("the index is {behind} changes behind, and no server runs"))
                .evidence(told)
                .hint("`tars ops start`: it catches up at the start")
        });
    }
    if index.passages != contents.passages {
        return wrong("the index does not hold the passages that the database holds");
    }
    Ok(pass(format!("{} passages in index and database", index.passages)))
}

/// The repair: the server makes the index anew where it finds none.
pub(super) fn rebuild(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    repair.would_start(facts)?;
    let index = repair.asked.home.index();
    let wait = Action::AwaitIndex { path: index.clone() };
    let remove = Action::RemoveTree { path: index };
    let server = known(&facts.data.server)
        .map_err(|_| Failure::environment("whether a server has the index open is not known"))?;
    if !server.running {
        return Ok(vec![remove, Action::StartServer, wait]);
    }
    // A server that is not the service's would go on writing to what is removed.
    if !facts.services.state.known().is_some_and(|service| service.running) {
        let process = server.pid.map_or_else(String::new, |pid| format!(" (process {pid})"));
        return Err(Failure::environment(format!("the server{process} was not started as the service"))
            .hint("end it, then run the command again"));
    }
    // Taken back, a restart leaves a running server, as it was before.
    Ok(vec![Action::StopServer, remove, Action::RestartServer, wait])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::Fact;
    use crate::facts::data::{Contents, JobFacts, Server};
    use crate::facts::services::State;
    use crate::facts::snapshot::Asked;
    use crate::report::Verdict;

    fn facts(running: bool, at_work: bool, applied: Option<i64>, passages: u64) -> Facts {
        let mut facts = Facts::default();
        facts.subject.configured = true;
        facts.data.server = Fact::Known(Server { running, pid: running.then_some(7) });
        let jobs = if at_work { vec![JobFacts::default()] } else { Vec::new() };
        facts.data.contents = Fact::Known(Contents {
            identity: "a".into(),
            newest: 10,
            trimmed: 5,
            passages: 3,
            running: jobs,
            ..Contents::default()
        });
        facts.data.index = Fact::Known(Index {
            present: true,
            described: true,
            passages,
            version: Some(INDEX),
            identity: Some("a".into()),
            applied,
            ..Index::default()
        });
        facts.data.index_damage = Fact::Known(Vec::new());
        facts
    }

    #[test]
    fn an_index_may_be_behind_while_documents_are_taken_in_and_never_wrong() {
        for (running, at_work, applied, passages, verdict, fixable) in [
            (true, false, Some(10), 3, Verdict::Pass, false),
            (true, false, Some(10), 2, Verdict::Fail, true),
            (true, true, Some(10), 2, Verdict::Fail, true),
            (true, true, Some(8), 2, Verdict::Pass, false),
            (true, false, Some(8), 2, Verdict::Warn, false),
            (false, true, Some(8), 2, Verdict::Warn, false),
            (true, true, Some(4), 2, Verdict::Fail, true),
            (true, true, Some(11), 4, Verdict::Pass, false),
            (true, false, Some(11), 4, Verdict::Fail, true),
            (false, false, None, 3, Verdict::Fail, true),
        ] {
            let mut facts = facts(running, at_work, applied, passages);
            let judged = agrees(&facts).unwrap();
            assert_eq!(
                (judged.verdict, judged.fixable),
                (verdict, fixable),
                "{applied:?} {passages}: {judged:?}"
            );
            // One repair is enough where the index is damaged too.
            facts.data.index_damage = Fact::Known(vec!["x".into()]);
            assert!(!agrees(&facts).unwrap().fixable);
        }
    }

    #[test]
    fn the_server_is_stopped_before_and_started_after_and_a_stranger_s_is_left_alone() {
        let asked = Asked {
            root: "/".into(),
            home: Home::under("/srv/t".as_ref()),
            config: None,
            waivers: Vec::new(),
            hung: Vec::new(),
            environment: Vec::new(),
            deadline: crate::facts::DEADLINE,
        };
        let repair = Repair::new(&asked);
        let shown = |facts: &Facts| -> Vec<String> {
            rebuild(facts, &repair).unwrap().iter().map(ToString::to_string).collect()
        };
        let remove = "remove the directory `/srv/t/state/index` and everything in it";
        let wait = "wait until the server has made the index `/srv/t/state/index`";
        assert_eq!(shown(&facts(false, false, None, 0)), [remove, "start the server", wait]);
        let mut running = facts(true, false, None, 0);
        assert!(rebuild(&running, &repair).unwrap_err().to_string().contains("(process 7)"));
        running.services.state = Fact::Known(State { running: true, ..State::default() });
        assert_eq!(shown(&running), ["stop the server", remove, "restart the server", wait]);
        assert!(rebuild(&Facts::default(), &repair).is_err(), "nothing is removed blindly");
    }
}
