//! What is read out of a project beside what is sent to the engine.

use std::time::Duration;

use super::*;
use crate::stack::compose::load;
use crate::stack::compose::project::Options;

fn read(text: &str, services: &[&str]) -> Result<Stack> {
    let options = Options {
        files: vec!["-".into()],
        working_directory: "/srv/home".into(),
        services: services.iter().map(ToString::to_string).collect(),
        stdin: Some(text.to_owned()),
        ..Options::default()
    };
    Stack::new(&load::load(&options).unwrap_or_else(|problem| panic!("{problem}\n{text}")))
}

fn service(says: &str) -> Service {
    read(&format!("services: {{web: {{{says}}}}}\n"), &[]).unwrap().services.remove(0)
}

#[test]
fn when_an_image_is_pulled() {
    for (policy, pull) in [
        ("missing", Pull::Missing),
        ("if_not_present", Pull::Missing),
        ("always", Pull::Always),
        ("never", Pull::Never),
        ("build", Pull::Build),
        ("daily", Pull::Older(86_400)),
        ("weekly", Pull::Older(604_800)),
        ("every_1d12h", Pull::Older(129_600)),
    ] {
        assert_eq!(service(&format!("image: a, pull_policy: {policy}")).pull, pull, "{policy}");
    }
    assert_eq!(service("image: a").pull, Pull::Missing);
}

#[test]
fn how_many_containers_a_service_has() {
    assert_eq!(service("image: a").replicas, 1);
    assert_eq!(service("image: a, scale: 0").replicas, 0);
    assert_eq!(service("image: a, deploy: {replicas: 3}").replicas, 3);
}

#[test]
fn what_is_built_has_the_name_of_the_project() {
    assert_eq!(
        (service("build: .").image.as_str(), service("build: ., image: b").image.as_str()),
        ("home-web", "b")
    );
    assert!(service("build: .").build.is_some() && service("image: a").build.is_none());
}

#[test]
fn what_a_service_says_of_others() {
    let text = "services:
  web:
    image: a
    stop_grace_period: 1m
    environment: {PRICE: 5$$}
    depends_on: {db: {condition: service_healthy, restart: true}, job: {condition: service_completed_successfully}}
    networks: {a: , z: {priority: 5}}
    volumes: ['data:/data', 'data:/again', '/tmp:/tmp', /cache]
  db: {image: b}
  job: {image: c, profiles: [never]}
  other: {image: d}
networks: {a: , z: {name: theirs, external: true}}
volumes: {data: {name: mine}}
";
    let stack = read(
        &text.replace(
            "job: {condition: service_completed_successfully}",
            "job: {condition: \
        service_completed_successfully, required: false}",
        ),
        &["web"],
    )
    .unwrap();
    let web = stack.service("web").unwrap();
    let depends: Vec<_> = web
        .depends_on
        .iter()
        .map(|on| (on.service.as_str(), on.condition, on.restart, on.required))
        .collect();
    assert_eq!(depends, [("db", Condition::Healthy, true, true)]);
    assert_eq!(
        (&web.networks[..], &web.volumes[..]),
        (&["z".to_owned(), "a".to_owned()][..], &["data".to_owned()][..])
    );
    assert_eq!(web.stop_grace, Some(Duration::from_secs(60)));
    assert_eq!(web.config["environment"]["PRICE"], "5$");
    assert_eq!(stack.others, ["job", "other"]);
    let network = stack.network("z").unwrap();
    assert_eq!((network.name.as_str(), network.external), ("theirs", true));
    assert_eq!(stack.volume("data").unwrap().name, "mine");
}

#[test]
fn a_stack_is_written_down_and_read_back() {
    let stack = read("services: {web: {image: a, command: [x], tmpfs: /t, cpus: 0.5}}\n", &[]).unwrap();
    let written = serde_json::to_string(&stack).unwrap();
    let read: Stack = serde_json::from_str(&written).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), written);
    assert_eq!(hash::service(&read.tree, "web"), stack.services[0].hash);
}

#[test]
fn what_only_docker_compose_can_do_is_refused() {
    for (says, message) in [
        ("image: a, use_api_socket: true", "the service `web` has `use_api_socket`"),
        ("provider: {type: x}", "the service `web` has `provider`"),
    ] {
        let problem = read(&format!("services: {{web: {{{says}}}}}\n"), &[]).unwrap_err();
        assert!(problem.message.starts_with(message) && problem.hint.is_some(), "{problem:?}");
        assert_eq!(problem.place.line, 1, "{problem}");
    }
}
