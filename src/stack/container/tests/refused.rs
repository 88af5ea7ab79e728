//! What is refused, and what is told to have no effect: each with its place.

use super::*;
use crate::stack::compose::Problem;

#[test]
fn what_the_engine_cannot_do_is_refused() {
    let cases = [
        ("volumes: [{type: npipe, source: a, target: /b}]", "this engine cannot mount a `npipe`"),
        ("volumes: [{type: image, source: a, target: /b}]", "a mount of an image needs Docker 28"),
        (
            "volumes: [{type: volume, target: /b, volume: {subpath: x}}]",
            "`subpath` of a volume needs Docker 26",
        ),
        ("networks: {default: {interface_name: eth7}}", "`interface_name` needs Docker 28.1"),
        ("security_opt: [nonsense]", "`nonsense` is no security option"),
        ("security_opt: ['seccomp:./none.json']", "cannot read the seccomp profile `/srv/home/./none.json`"),
        ("restart: sometimes", "there is no restart policy `sometimes`"),
        ("healthcheck: {test: a, start_interval: 1s}", "`healthcheck.start_interval` has no `start_period`"),
        ("secrets: [unset]", "the secret `unset` needs the variable `NOT_SET`, which is not set"),
        ("secrets: [theirs]", "the secret `theirs` has `external`, which only a swarm can carry out"),
        ("secrets: [{source: token, uid: me}]", "`uid` must be a number, not `me`"),
        (
            "{read_only: true, secrets: [token]}",
            "the secret `token` cannot be written into a read-only container",
        ),
    ];
    for (says, message) in cases {
        let says = if says.starts_with('{') { format!("<<: {says}") } else { says.to_owned() };
        let text = format!(
            "services:\n  web:\n    image: a\n    {says}\nsecrets:\n  unset: {{environment: NOT_SET}}\n  token: \
             {{environment: TOKEN}}\n  theirs: {{external: true}}\n"
        );
        let problem = ask(&stack(&text), OLD, None).unwrap_err();
        assert!(problem.message.starts_with(message), "{says}: {problem}");
        assert!(problem.place.line >= 4 && problem.hint.is_some(), "{says}: {problem:?}");
    }
}

#[test]
fn a_service_without_containers_shares_nothing() {
    let stack = stack("services: {web: {image: a, network_mode: 'service:db'}, db: {image: b}}\n");
    let none = |_: &str| None;
    let at = Circumstances { number: 1, image: "", api: OLD, first: &none, image_of: &none, replaced: None };
    let problem = request(&stack, stack.service("web").unwrap(), at).unwrap_err();
    assert_eq!(problem.message, "`network_mode` needs a container of the service `db`, which has none");
}

#[test]
fn what_has_no_effect_is_told_with_its_place() {
    let text = "services:
  web:
    image: a
    mac_address: '02:00:00:00:00:01'
    annotations: {a: b}
    deploy:
      mode: replicated
      placement: {constraints: [x]}
      resources: {reservations: {cpus: '1'}}
      restart_policy: {delay: 5s}
    networks: {default: {gw_priority: 7}}
    healthcheck: {test: a, start_period: 9s, start_interval: 1s}
    ports: [{target: 80, mode: host}]
    volumes:
      - {type: tmpfs, target: /t, bind: {propagation: shared}}
      - {type: bind, source: /a, target: /b, bind: {recursive: readonly}}
    secrets: [{source: key, mode: 0400}]
    post_start: [{command: x}]
secrets: {key: {file: ./key, labels: {a: b}}}
";
    let stack = stack(text);
    let lines = |problems: Vec<Problem>| {
        problems
            .iter()
            .map(|problem| format!("{}: {}\n", problem.place.line, problem.message))
            .collect::<String>()
    };
    insta::assert_snapshot!(lines(unsupported(&stack)), @r"
    7: `services.web.deploy.mode` has no effect: only a swarm carries it out
    8: `services.web.deploy.placement` has no effect: only a swarm carries it out
    9: `services.web.deploy.resources.reservations.cpus` has no effect: only a swarm carries it out
    10: `services.web.deploy.restart_policy.delay` has no effect: the engine chooses its own pauses
    18: `services.web.post_start` has no effect: hooks are not carried out
    13: `services.web.ports.80.mode` has no effect: only a swarm carries it out
    15: `services.web.volumes./t.bind` has no effect: it is mounted as a `tmpfs`
    17: `services.web.secrets.key.mode` has no effect: a file is mounted as it is
    19: `secrets.key.labels` has no effect: only a swarm carries it out
    ");
}
