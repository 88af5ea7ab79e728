//! Tables over what was seen: each guard lets pass what may start and stops what may not. Stacks are read from compose
//! files, so that what is judged has the form that the loader gives it.

mod api;
mod binds;
mod gpu;
mod looks;
mod memory_and_room;
mod ports;

use super::*;
use crate::plan::Plan;
use crate::stack::compose::project::Options;
use crate::stack::compose::{load, render};
use crate::stack::model::{Condition, Dependency, Network, Volume};

/// A machine with an engine on which nothing is in the way.
pub(super) fn machine() -> Seen {
    Seen {
        api: Api(1, 53),
        engine: Fact::Known(Info {
            root: "/var/lib/docker".into(),
            runtimes: vec!["runc".into()],
            memory: 8 << 30,
            ..Info::default()
        }),
        published: Fact::Known(Vec::new()),
        sockets: Fact::Known(Vec::new()),
        room: Fact::Known(100 << 30),
        storage: Storage {
            mounts: Fact::Known(Vec::new()),
            fstab: Fact::Known(crate::facts::storage::Fstab::default()),
            ..Storage::default()
        },
        ..Seen::default()
    }
}

/// A compose file, resolved, and what it declares.
pub(super) fn declared(text: &str) -> (Node, Stack) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("compose.yaml"), text).unwrap();
    let options = Options {
        project_name: Some("home".into()),
        working_directory: folder.path().into(),
        ..Options::default()
    };
    let tree = load::load(&options).unwrap().tree;
    let config = render::json(&tree);
    let stack = stack(&config);
    (tree, stack)
}

fn stack(config: &serde_json::Value) -> Stack {
    let entries = |key: &str| config[key].as_object().cloned().unwrap_or_default().into_iter();
    let condition = |text: &str| match text {
        "service_healthy" => Condition::Healthy,
        "service_completed_successfully" => Condition::Completed,
        _ => Condition::Started,
    };
    let service = |(name, config): (String, serde_json::Value)| Service {
        depends_on: config["depends_on"]
            .as_object()
            .into_iter()
            .flatten()
            .map(|(service, said)| Dependency {
                service: service.clone(),
                condition: condition(said["condition"].as_str().unwrap_or_default()),
                restart: false,
                required: true,
            })
            .collect(),
        replicas: config["scale"].as_u64().unwrap_or(1) as u32,
        name,
        config,
        ..Service::default()
    };
    Stack {
        project: "home".into(),
        services: entries("services").map(service).collect(),
        networks: entries("networks")
            .map(|(key, config)| Network { key, config, ..Network::default() })
            .collect(),
        volumes: entries("volumes")
            .map(|(key, config)| Volume { key, config, ..Volume::default() })
            .collect(),
        secrets: config["secrets"].clone(),
        configs: config["configs"].clone(),
        ..Stack::default()
    }
}

/// A plan that creates every container of a stack, and its networks.
pub(super) fn fresh(stack: &Stack) -> Plan<Change> {
    let mut plan = Plan::default();
    for network in &stack.networks {
        let change = Change::CreateNetwork { key: network.key.clone(), name: network.key.clone() };
        plan.push(change, "it does not exist");
    }
    for service in &stack.services {
        for number in 1..=service.replicas {
            let (service, name) = (service.name.clone(), stack.container_name(service, number));
            plan.push(
                Change::Create { service: service.clone(), number, name: name.clone() },
                "it does not exist",
            );
            plan.push(Change::Start { service, number, name }, "it was just created");
        }
    }
    plan
}

/// What is found of a file on a machine where all of it is created: verdict, id and summary, a line each.
pub(super) fn found(text: &str, seen: &Seen) -> String {
    let (tree, stack) = declared(text);
    let plan = fresh(&stack);
    lines(&judged(&tree, &stack, &plan, seen))
}

pub(super) fn judged(tree: &Node, stack: &Stack, plan: &Plan<Change>, seen: &Seen) -> Vec<Finding> {
    let findings = judge(&Case { stack, tree: Some(tree), plan, seen });
    for finding in &findings {
        let must_help = matches!(finding.verdict, Verdict::Fail | Verdict::Warn);
        assert!(!must_help || finding.hint.is_some(), "no hint: {finding:?}");
    }
    findings
}

pub(super) fn lines(findings: &[Finding]) -> String {
    let line = |finding: &Finding| {
        let verdict = format!("{:?}", finding.verdict).to_lowercase();
        format!("{verdict} {}: {}\n", finding.id, finding.summary)
    };
    findings.iter().map(line).collect()
}

#[test]
fn a_plan_that_starts_nothing_has_nothing_in_its_way() {
    let (tree, stack) = declared("services: {a: {image: x, gpus: all}}");
    let mut plan = Plan::default();
    plan.push(
        Change::Stop { service: "a".into(), name: "home-a-1".into(), id: "1".into() },
        "it is an orphan",
    );
    assert_eq!(judged(&tree, &stack, &plan, &machine()), []);
}

#[test]
fn what_is_made_and_not_started_may_lack_what_it_runs_with() {
    let text = "services: {a: {image: x, gpus: all, ports: ['80:80', '80:81'], networks: {n: {interface_name: e}}}}\nnetworks: {n: {}}";
    let (tree, stack) = declared(text);
    let mut plan = fresh(&stack);
    let seen = Seen { api: Api(1, 41), ..machine() };
    assert!(lines(&judged(&tree, &stack, &plan, &seen)).contains("up.port.twice"));
    plan.steps.retain(|step| !matches!(step.action, Change::Start { .. }));
    let told = lines(&judged(&tree, &stack, &plan, &seen));
    assert_eq!(told.lines().count(), 1, "{told}");
    assert!(told.contains("interface_name"), "{told}");
}

#[test]
fn a_finding_says_where_the_file_says_it() {
    let (tree, stack) =
        declared("services:\n  a:\n    image: x\n    ports:\n      - '8080:80'\n    scale: 2\n");
    let findings = judged(&tree, &stack, &fresh(&stack), &machine());
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert!(finding.evidence[0].ends_with("compose.yaml:5:9"), "{finding:?}");
}

#[test]
fn an_engine_elsewhere_is_told_and_stops_nothing() {
    let seen = Seen { local: false, ..machine() };
    let text = "services: {a: {image: x, volumes: ['/mnt/nas:/n'], gpus: all, ports: ['80:80']}}";
    assert_eq!(
        found(text, &seen),
        "unknown up.engine.elsewhere: the engine is on another machine, whose mounts, ports, disks and graphics cards cannot be looked at from here\n"
    );
}

#[test]
fn what_was_seen_survives_being_kept() {
    let seen = machine();
    let kept = serde_json::to_string(&seen).unwrap();
    assert_eq!(serde_json::from_str::<Seen>(&kept).unwrap(), seen);
}
