//! Projects that fit together and projects that do not, and what is said of those.

mod rows;

use std::collections::BTreeSet;

use super::{check, each, items_at, parts};
use crate::stack::compose::node::{Kind, Map, Node};
use crate::stack::compose::problem::{Problem, Result};
use crate::stack::compose::schema::tests::tree;
use proptest::prelude::*;

/// Judges a project of which no profile is active.
fn judge(tree: &Node) -> Result<()> {
    let project = tree.as_map().unwrap();
    let inactive: BTreeSet<String> = ["services", "jobs"]
        .iter()
        .flat_map(|section| each(project, section))
        .filter(|(_, map)| !items_at(map, &["profiles"]).is_empty())
        .map(|(name, _)| name.to_owned())
        .collect();
    parts(tree)?;
    check(tree, &inactive)
}

fn problem(json: &str) -> Problem {
    judge(&tree(json)).expect_err(json)
}

#[test]
fn projects_are_judged_as_docker_compose_judges_them() {
    let mut judged = 0;
    for row in rows::ROWS.lines().filter(|row| !row.is_empty()) {
        let (verdict, document) = row.split_once(' ').unwrap();
        let result = judge(&tree(document));
        assert_eq!(result.is_ok(), verdict == "+", "{document}: {result:?}");
        judged += 1;
    }
    assert!(judged > 250, "{judged}");
}

#[test]
fn a_dependency_may_name_what_the_profiles_have_taken_out() {
    let inactive = BTreeSet::from(["b".to_owned()]);
    for (required, right) in [("false", true), ("true", false)] {
        let json = format!(
            "{{'services': {{'a': {{'image': 'x', 'depends_on': {{'b': {{'required': {required}}}}}}}}}}}"
        );
        assert_eq!(check(&tree(&json), &inactive).is_ok(), right, "{json}");
        assert!(check(&tree(&json), &BTreeSet::new()).is_err(), "{json}");
    }
}

#[test]
fn a_problem_says_what_to_do() {
    for (document, message, hint) in [
        (
            "{'services': {'a': {}}}",
            "the service `a` has neither `image` nor `build`",
            "say which image it runs, or how that is built",
        ),
        (
            "{'services': {'a': {'image': 'x', 'networks': {'frond': null}}}, 'networks': {'front': null}}",
            "the service `a` uses the network `frond`, which is not declared",
            "did you mean `front`?",
        ),
        (
            "{'services': {'a': {'image': 'x', 'networks': {'q': null}}}}",
            "the service `a` uses the network `q`, which is not declared",
            "declare it under `networks` at the top level",
        ),
        (
            "{'services': {'a': {'image': 'x', 'depends_on': {'databse': {}}}, 'database': {'image': 'y'}}}",
            "the service `a` needs `databse` (`depends_on`), which is not declared",
            "did you mean `database`?",
        ),
        (
            "{'services': {'a': {'image': 'x', 'depends_on': {'b': {}}}, 'b': {'image': 'y', 'profiles': ['p']}}}",
            "the service `a` needs `b` (`depends_on`), none of whose profiles is active",
            "activate it with `--profile p`",
        ),
        (
            "{'services': {'a': {'image': 'x', 'depends_on': {'j': {}}}}, 'jobs': {'j': {'triggers': {}}}}",
            "the service `a` needs `j` (`depends_on`), which is a job",
            "a service can only need other services",
        ),
        (
            "{'services': {'a': {'image': 'x', 'network_mode': 'service:'}}}",
            "the service `a` names no service in `network_mode`",
            "",
        ),
        (
            "{'services': {'a': {'image': 'x', 'links': ['b:alias']}, 'b': {'image': 'x', 'ipc': 'service:a'}}}",
            "the service `a` waits for itself: a → b → a",
            "remove one of these dependencies, such as this `ipc`",
        ),
        (
            "{'services': {'a': {'image': 'x', 'mem_limit': '1g', 'deploy': {'resources': {'limits': {'cpus': 1}}}}}}",
            "the service `a` has `mem_limit`, and `deploy.resources.limits` without `memory`",
            "write the same in both, or only `deploy.resources.limits.memory`",
        ),
    ] {
        let problem = problem(document);
        assert_eq!(problem.message, message);
        assert_eq!(problem.hint.unwrap_or_default(), hint, "{document}");
    }
}

/// A project of so many services, in which the one waits for the other.
fn waiting(count: usize, edges: &[(usize, usize)]) -> Node {
    let mut services = Map::default();
    for number in 0..count {
        let mut on = Map::default();
        for (_, to) in edges.iter().filter(|(from, _)| *from == number) {
            on.set(format!("s{to}"), Node::made(Kind::Map(Map::default())));
        }
        let mut service = Map::default();
        service.set("image", Node::text("x"));
        service.set("depends_on", Node::made(Kind::Map(on)));
        services.set(format!("s{number}"), Node::made(Kind::Map(service)));
    }
    let mut project = Map::default();
    project.set("services", Node::made(Kind::Map(services)));
    Node::made(Kind::Map(project))
}

#[test]
fn a_long_chain_is_no_matter() {
    const LONG: usize = 20_000;
    let chain: Vec<(usize, usize)> = (0..LONG - 1).map(|number| (number, number + 1)).collect();
    let mut services = Map::default();
    for (from, to) in chain {
        services.set(format!("s{from}"), tree(&format!("{{'image': 'x', 'links': ['s{to}']}}")));
    }
    services.set(format!("s{}", LONG - 1), tree("{'image': 'x'}"));
    let mut project = Map::default();
    project.set("services", Node::made(Kind::Map(services)));
    assert!(judge(&Node::made(Kind::Map(project))).is_ok());
}

proptest! {
    #[test]
    fn who_waits_only_for_later_ones_never_waits_for_himself(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..20)) {
        let forward: Vec<_> = edges.iter().copied().filter(|(from, to)| from < to).collect();
        prop_assert!(judge(&waiting(8, &forward)).is_ok());
    }

    #[test]
    fn a_cycle_is_found_wherever_it_is(edges in prop::collection::vec((0_usize..8, 0_usize..8), 0..12)) {
        // Reachability by repeated steps is another way to the same answer.
        let mut reach = [[false; 8]; 8];
        for (from, to) in &edges {
            reach[*from][*to] = true;
        }
        for middle in 0..8 {
            for from in 0..8 {
                for to in 0..8 {
                    reach[from][to] |= reach[from][middle] && reach[middle][to];
                }
            }
        }
        let cyclic = (0..8).any(|service| reach[service][service]);
        prop_assert_eq!(judge(&waiting(8, &edges)).is_err(), cyclic);
    }
}
