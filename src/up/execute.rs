//! The order in which a plan is carried out: each step as soon as those are done that it comes after, several side by
//! side. A step that fails ends what comes after it, and nothing else. What a step does is not known here.

use std::pin::Pin;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use crate::failure::{Failure, Kind, Result};
use crate::plan::Plan;

use super::interrupt::Interrupt;

/// How many steps are made at the same time; waiting is none of them.
const SIDE_BY_SIDE: usize = 8;

/// A step that is being made: its index, and how it ends.
type UnderWay<'a> = Pin<Box<dyn Future<Output = (usize, Result<()>)> + 'a>>;

/// What became of a step.
#[derive(Debug)]
pub enum End {
    /// It was made.
    Done,
    /// It was tried.
    Failed(Failure),
    /// It was not begun, because something before it failed; or the person stopped the run before it, or in it where that
    /// leaves nothing halfway.
    Left,
}

impl End {
    /// Whether it was made.
    pub fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Why it was not, where it was tried.
    pub fn failure(&self) -> Option<&Failure> {
        match self {
            Self::Failed(failure) => Some(failure),
            Self::Done | Self::Left => None,
        }
    }
}

/// Carries out a plan; what became of each step, in their order. `waits` are those that do nothing by themselves.
pub async fn all<A>(
    plan: &Plan<A>,
    interrupt: &Interrupt,
    waits: impl Fn(&A) -> bool,
    one: impl AsyncFn(&A) -> Result<()>,
) -> Vec<End> {
    let mut ends: Vec<Option<End>> = plan.steps.iter().map(|_| None).collect();
    let mut begun = vec![false; plan.steps.len()];
    let mut under_way: FuturesUnordered<UnderWay<'_>> = FuturesUnordered::new();
    let mut busy = 0;
    loop {
        for (index, step) in plan.steps.iter().enumerate() {
            let is_due = step.after.iter().all(|before| ends[*before].as_ref().is_some_and(End::is_done));
            let has_room = waits(&step.action) || busy < SIDE_BY_SIDE;
            if begun[index] || !is_due || !has_room || interrupt.has_come() {
                continue;
            }
            begun[index] = true;
            busy += usize::from(!waits(&step.action));
            let work = one(&step.action);
            under_way.push(Box::pin(async move { (index, work.await) }));
        }
        let Some((index, result)) = under_way.next().await else { break };
        busy -= usize::from(!waits(&plan.steps[index].action));
        ends[index] = Some(match result {
            Ok(()) => End::Done,
            Err(failure) if failure.kind() == Kind::Interrupted => End::Left,
            Err(failure) => End::Failed(failure),
        });
    }
    drop(under_way);
    ends.into_iter().map(|end| end.unwrap_or(End::Left)).collect()
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use proptest::prelude::*;

    use super::*;
    use crate::up::interrupt::silent;

    fn plan(after: &[&[usize]]) -> Plan<usize> {
        let mut plan = Plan::default();
        for (index, after) in after.iter().enumerate() {
            plan.push_after(index, "", after.to_vec());
        }
        plan
    }

    fn run(plan: &Plan<usize>, fails: &[usize]) -> (Vec<usize>, usize, String) {
        let (_said, interrupt) = silent();
        let (log, now, most) = (RefCell::new(Vec::new()), RefCell::new(0), RefCell::new(0));
        let one = async |step: &usize| {
            *now.borrow_mut() += 1;
            let count = *now.borrow();
            let highest = (*most.borrow()).max(count);
            *most.borrow_mut() = highest;
            tokio::task::yield_now().await;
            *now.borrow_mut() -= 1;
            log.borrow_mut().push(*step);
            if fails.contains(step) { Err(Failure::no("no")) } else { Ok(()) }
        };
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let ends = runtime.block_on(all(plan, &interrupt, |_| false, one));
        let letter = |end: &End| match end {
            End::Done => 'd',
            End::Failed(_) => 'f',
            End::Left => '-',
        };
        (log.into_inner(), most.into_inner(), ends.iter().map(letter).collect())
    }

    #[test]
    fn what_comes_after_a_failure_is_left_and_the_rest_is_made() {
        let plan = plan(&[&[], &[0], &[1], &[], &[3], &[2, 4]]);
        assert_eq!(run(&plan, &[]).2, "dddddd");
        assert_eq!(run(&plan, &[1]).2, "df-dd-");
        assert_eq!(run(&plan, &[0, 3]).2, "f--f--");
    }

    #[test]
    fn no_more_than_eight_at_a_time_and_all_of_them() {
        let plan = plan(&[&[] as &[usize]; 30]);
        let (log, most, ends) = run(&plan, &[]);
        assert_eq!((log.len(), most, ends), (30, SIDE_BY_SIDE, "d".repeat(30)));
    }

    #[tokio::test]
    async fn an_interruption_begins_nothing_and_lets_what_is_under_way_end() {
        let (said, interrupt) = silent();
        let plan = plan(&[&[], &[0], &[]]);
        let one = async |_: &usize| {
            said.send(1).unwrap();
            tokio::task::yield_now().await;
            Ok(())
        };
        let ends = all(&plan, &interrupt, |_| false, one).await;
        assert!(ends[0].is_done() && ends[2].is_done() && matches!(ends[1], End::Left), "{ends:?}");
    }

    #[tokio::test]
    async fn what_an_interruption_ends_is_left_and_did_not_fail() {
        let (said, interrupt) = silent();
        let one = async |_: &usize| {
            said.send(1).unwrap();
            interrupt.or(std::future::pending()).await
        };
        let ends = all(&plan(&[&[]]), &interrupt, |_| true, one).await;
        assert!(matches!(ends[..], [End::Left]), "{ends:?}");
    }

    proptest! {
        #[test]
        fn no_step_is_made_before_one_that_it_comes_after(
            after in proptest::collection::vec(proptest::collection::vec(any::<proptest::sample::Index>(), 0..3), 1..25),
            fails in proptest::collection::vec(0_usize..25, 0..3),
        ) {
            let mut plan = Plan::default();
            for (index, after) in after.iter().enumerate() {
                let after = if index == 0 { Vec::new() } else { after.iter().map(|i| i.index(index)).collect() };
                plan.push_after(index, "", after);
            }
            let (log, _, ends) = run(&plan, &fails);
            for (index, step) in plan.steps.iter().enumerate() {
                let place = |step: usize| log.iter().position(|made| *made == step);
                let end = ends.as_bytes()[index];
                prop_assert_eq!(end == b'-', place(index).is_none());
                for before in &step.after {
                    prop_assert!(end == b'-' || (place(*before) < place(index) && ends.as_bytes()[*before] == b'd'));
                }
            }
        }
    }
}
