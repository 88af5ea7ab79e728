//! Whatever is declared and whatever is there: a plan that is carried out leaves nothing to do, also where the one before
//! it was interrupted at any step.

use std::collections::BTreeSet;

use proptest::prelude::*;
use serde_json::json;

use super::world::{JOB, World};
use crate::stack::model::{Condition, Dependency, Network, Pull, Service, Stack, Volume};
use crate::stack::observed::State;
use crate::up::change::Change;
use crate::up::plan::{Planned, Recreate, Wanted, plan};

/// What may be declared of one service; those before it are what it may depend on.
#[derive(Debug, Clone)]
struct Drawn {
    version: u8,
    image: u8,
    replicas: u32,
    kind: u8,
    networks: u8,
    volume: bool,
    needs: u8,
    restart: bool,
    pull: u8,
}

fn drawn() -> impl Strategy<Value = Drawn> {
    let what = (0..2_u8, 0..2_u8, 0..4_u32, 0..4_u8, 0..4_u8);
    let rest = (any::<bool>(), any::<u8>(), any::<bool>(), 0..6_u8);
    (what, rest).prop_map(|((version, image, replicas, kind, networks), (volume, needs, restart, pull))| {
        Drawn { version, image, replicas: replicas.min(2), kind, networks, volume, needs, restart, pull }
    })
}

const NAMES: [&str; 4] = ["a", "b", "c", "d"];

fn stack(services: &[Drawn], networks: (u8, u8), volume: u8) -> Stack {
    let network = |key: &str, version: u8| Network {
        key: key.into(),
        name: format!("p_{key}"),
        hash: format!("n{version}"),
        ..Default::default()
    };
    let mut stack = Stack {
        project: "p".into(),
        networks: vec![network("front", networks.0), network("back", networks.1)],
        volumes: vec![Volume {
            key: "data".into(),
            name: "p_data".into(),
            hash: format!("v{volume}"),
            ..Default::default()
        }],
        ..Default::default()
    };
    for (drawn, name) in services.iter().zip(NAMES) {
        let before = stack.services.clone();
        stack.services.push(service(drawn, name, &before));
    }
    stack.tree = super::tree(&stack.services);
    stack
}

fn service(drawn: &Drawn, name: &str, before: &[Service]) -> Service {
    let is_job = drawn.kind == 1;
    let mut config =
        json!({"image": format!("i{}", drawn.image), "environment": {"V": drawn.version.to_string()}});
    if is_job {
        config["command"] = json!(JOB);
    }
    if drawn.kind == 2 {
        config["healthcheck"] = json!({"test": ["CMD", "true"]});
    }
    let needed =
        before.iter().enumerate().filter(|(at, _)| drawn.needs & (1 << at) != 0).map(|(_, other)| other);
    let depends_on = needed.clone().map(|other| Dependency {
        service: other.name.clone(),
        condition: match other.config.get("command") {
            Some(_) => Condition::Completed,
            None if other.config.get("healthcheck").is_some() => Condition::Healthy,
            None => Condition::Started,
        },
        restart: drawn.restart,
        required: true,
    });
    let depends_on: Vec<_> = depends_on.collect();
    let mut networks = Vec::new();
    // Only with one that is there can anything be shared.
    let partner = needed.clone().find(|other| other.replicas > 0 && other.config.get("command").is_none());
    match partner.filter(|_| drawn.kind == 3) {
        Some(partner) => config["network_mode"] = json!(format!("service:{}", partner.name)),
        None => networks.extend(
            ["front", "back"]
                .iter()
                .enumerate()
                .filter(|(at, _)| drawn.networks & (1 << at) != 0)
                .map(|(_, key)| key.to_string()),
        ),
    }
    Service {
        name: name.into(),
        hash: format!("{config} {networks:?} {}", drawn.volume),
        image: format!("i{}", drawn.image),
        pull: match drawn.pull {
            0 => Pull::Always,
            1 => Pull::Build,
            2 => Pull::Older(60),
            _ => Pull::Missing,
        },
        build: (drawn.pull == 1).then(|| json!({"context": "."})),
        replicas: drawn.replicas,
        depends_on,
        networks,
        volumes: if drawn.volume { vec!["data".into()] } else { Vec::new() },
        config,
        ..Default::default()
    }
}

/// What somebody else does to a container.
fn spoil(world: &mut World, what: &[(prop::sample::Index, u8)]) {
    for (index, kind) in what {
        let count = world.there.containers.len();
        if count == 0 {
            return;
        }
        let container = &mut world.there.containers[index.index(count)];
        match kind {
            0 => (container.state, container.exit_code) = (State::Exited, Some(0)),
            1 => (container.state, container.exit_code) = (State::Exited, Some(137)),
            2 => container.state = State::Dead,
            3 => container.state = State::Removing,
            4 if container.state == State::Running => container.state = State::Paused,
            5 => (container.service, container.name) = ("gone".into(), format!("p-gone-{}", container.id)),
            _ => {
                world.there.containers.remove(index.index(count));
                continue;
            }
        }
        let container = &mut world.there.containers[index.index(count)];
        if container.state != State::Running {
            container.health = None;
        }
    }
}

/// Every step comes after those that it names.
fn is_in_order(planned: &Planned) {
    for (at, step) in planned.plan.steps.iter().enumerate() {
        assert!(step.after.iter().all(|before| *before < at), "{planned:#?}");
    }
}

fn volumes(world: &World) -> BTreeSet<String> {
    world.there.volumes.keys().cloned().collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_is_carried_out_leaves_nothing_to_do(
        first in prop::collection::vec(drawn(), 1..=4),
        then in prop::collection::vec(drawn(), 1..=4),
        versions in prop::array::uniform6(0..2_u8),
        spoiled in prop::collection::vec((any::<prop::sample::Index>(), 0..7_u8), 0..3),
        picks in prop::collection::vec(any::<u16>(), 1..40),
        interrupted in any::<prop::sample::Index>(),
        halfway in any::<bool>(),
        (remove_orphans, force, images_change) in any::<(bool, bool, bool)>(),
    ) {
        let mut turn = 0;
        let mut pick = |among: usize| {
            turn += 1;
            usize::from(picks[turn % picks.len()]) % among
        };
        let [a, b, c, d, e, f] = versions;
        let (first, then) = (stack(&first, (a, b), c), stack(&then, (d, e), f));
        let mut world = World { images_change, ..Default::default() };
        let before = world.converge(&first, None, &Wanted::default(), &mut pick);
        spoil(&mut world, &spoiled);
        let known = volumes(&world);

        // The run that is interrupted, perhaps in the middle of a step.
        let wanted = Wanted { remove_orphans, recreate: if force { Recreate::Force } else { Recreate::IfChanged }, now: 100, ..Default::default() };
        let planned = plan(&then, &world.there, Some(&before), &wanted).unwrap();
        is_in_order(&planned);
        let most = interrupted.index(planned.plan.steps.len() + 1);
        world.carry_out(&then, &planned, most, &mut |_| 0);
        if let Some(Change::Recreate { service, number, name, old }) =
            planned.plan.steps.get(most).map(|step| &step.action).filter(|_| halfway)
        {
            world.recreate_half(&then, service, *number, name, old);
        }

        // The run after it.
        let applied = world.converge(&then, Some(before), &wanted, &mut pick);
        let fresh = then.services.iter().map(|service| service.image.clone()).collect();
        let again = plan(&then, &world.there, Some(&applied), &Wanted { remove_orphans, fresh, now: 100, ..Default::default() }).unwrap();
        prop_assert!(again.plan.is_empty(), "{}\n{:#?}", again.plan.text(""), world.there);
        prop_assert!(volumes(&world).is_superset(&known));
        for service in &then.services {
            let of = |container: &&crate::stack::observed::Container| container.service == service.name;
            prop_assert_eq!(world.there.containers.iter().filter(of).count(), service.replicas as usize);
        }
    }
}
