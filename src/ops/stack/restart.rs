//! `tars ops restart` of a stack: its containers are stopped and started again, those that others wait for first, and
//! with them those that are declared to be restarted together.

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::json;

use super::{Stack, select};
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::host::containers;
use crate::stack::members::{self, Member};
use crate::stack::observed::State;

/// How long a container has to run before it counts as started.
const STEADY: Duration = Duration::from_secs(1);

/// Restarts the containers of these services, of all where none is named.
pub fn run(ctx: &Ctx, stack: &Stack, services: &[String], timeout: Option<u64>) -> Result<()> {
    let (engine, target) = (&stack.engine, &stack.target);
    let restarted = ctx.block_on(async {
        let there = members::members(engine, &target.name).await?;
        let chosen = select(target, &there, &with_dependents(&there, services))?;
        if chosen.is_empty() {
            return Err(Failure::no(format!("the stack `{}` has no container", target.name))
                .hint("`tars up` makes them"));
        }
        for rank in in_ranks(&chosen) {
            let restarts = rank.iter().map(|member| async {
                let container = &member.container;
                let grace = match timeout {
                    Some(seconds) => Some(Duration::from_secs(seconds)),
                    None => members::stop_grace(engine, &container.id, &container.name).await?,
                };
                containers::restart(engine, &container.id, &container.name, grace).await?;
                ctx.ui.note(&format!("restarted {}", container.name));
                Ok(())
            });
            futures_util::future::join_all(restarts).await.into_iter().collect::<Result<Vec<()>>>()?;
        }
        tokio::time::sleep(STEADY).await;
        let there = members::members(engine, &target.name).await?;
        let restarted: BTreeSet<&str> = chosen.iter().map(|member| member.container.id.as_str()).collect();
        Ok(there
            .into_iter()
            .filter(|member| restarted.contains(member.container.id.as_str()))
            .collect::<Vec<_>>())
    })?;
    let down: Vec<&str> = restarted
        .iter()
        .filter(|member| !stays(member))
        .map(|member| member.container.name.as_str())
        .collect();
    if !down.is_empty() {
        return Err(
            Failure::no(format!("`{}` did not stay up", down.join("`, `"))).hint("`tars ops logs` shows why")
        );
    }
    let names: Vec<&str> = restarted.iter().map(|member| member.container.name.as_str()).collect();
    let text = match names.len() {
        1 => format!("stack `{}`: 1 container restarted\n", target.name),
        number => format!("stack `{}`: {number} containers restarted\n", target.name),
    };
    ctx.ui.result(|_| text, &json!({ "project": target.name, "restarted": names }))
}

/// It runs, or has done its work.
fn stays(member: &Member) -> bool {
    let container = &member.container;
    container.state == State::Running || (container.state == State::Exited && container.exit_code == Some(0))
}

/// The services that were named and those that are declared to be restarted with them; none where none was named.
fn with_dependents(there: &[Member], services: &[String]) -> Vec<String> {
    let mut wanted = services.to_vec();
    let mut next = 0;
    while let Some(service) = wanted.get(next).cloned() {
        for member in there.iter().filter(|member| member.restarts_with.contains(&service)) {
            if !wanted.contains(&member.container.service) {
                wanted.push(member.container.service.clone());
            }
        }
        next += 1;
    }
    wanted
}

/// The containers in ranks: each after all that its service waits for.
fn in_ranks(members: &[Member]) -> Vec<Vec<&Member>> {
    let mut left: Vec<&Member> = members.iter().collect();
    let mut ranks = Vec::new();
    while !left.is_empty() {
        let waits = |member: &Member| {
            left.iter().any(|other| {
                other.container.service != member.container.service
                    && member.depends_on.contains(&other.container.service)
            })
        };
        let (later, now): (Vec<&Member>, Vec<&Member>) = left.iter().partition(|member| waits(member));
        if now.is_empty() {
            // A circle, which no compose file can have: some order is as good as another.
            ranks.push(later);
            return ranks;
        }
        ranks.push(now);
        left = later;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(service: &str, depends_on: &[&str], restarts_with: &[&str]) -> Member {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_string()).collect();
        let mut member = Member {
            depends_on: names(depends_on),
            restarts_with: names(restarts_with),
            ..Member::default()
        };
        member.container.service = service.into();
        member
    }

    #[test]
    fn who_is_waited_for_comes_first() {
        let members = [
            member("web", &["app"], &[]),
            member("app", &["db"], &[]),
            member("db", &[], &[]),
            member("log", &[], &[]),
        ];
        let ranks: Vec<Vec<&str>> = in_ranks(&members)
            .into_iter()
            .map(|rank| rank.into_iter().map(|member| member.container.service.as_str()).collect())
            .collect();
        assert_eq!(ranks, [vec!["db", "log"], vec!["app"], vec!["web"]]);
        assert_eq!(in_ranks(&[member("a", &["b"], &[]), member("b", &["a"], &[])]).len(), 1, "a circle ends");
    }

    #[test]
    fn those_that_are_restarted_together_are() {
        let there =
            [member("web", &["app"], &["app"]), member("app", &["db"], &["db"]), member("job", &["db"], &[])];
        assert_eq!(with_dependents(&there, &["db".into()]), ["db", "app", "web"]);
        assert!(with_dependents(&there, &[]).is_empty());
    }
}
