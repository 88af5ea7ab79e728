//! Ports: taken by others, wanted twice, too few.

use super::*;
use crate::facts::listeners::Owner;

fn socket(protocol: &str, address: &str, port: u16) -> Listener {
    let owner =
        Owner { pid: 812, command: "nginx".into(), unit: Some("nginx.service".into()), ..Owner::default() };
    Listener {
        protocol: protocol.into(),
        address: address.into(),
        port,
        owner: Some(owner),
        ..Listener::default()
    }
}

fn container(id: &str, member: Option<(&str, &str)>, address: &str, port: u16) -> Published {
    Published {
        id: id.into(),
        container: format!("c-{id}"),
        member: member.map(|(project, service)| (project.into(), service.into())),
        protocol: "tcp".into(),
        address: address.into(),
        port,
    }
}

fn with(sockets: Vec<Listener>, published: Vec<Published>) -> Seen {
    Seen { sockets: Fact::Known(sockets), published: Fact::Known(published), ..machine() }
}

#[test]
fn a_process_that_listens_is_named_where_its_address_meets_ours() {
    for (port, socket, verdict) in [
        ("8080:80", socket("tcp", "0.0.0.0", 8080), "fail"),
        ("8080:80", socket("tcp", "127.0.0.1", 8080), "fail"),
        ("8080:80", socket("tcp", "::1", 8080), "fail"),
        ("8080:80", socket("tcp", "::", 8080), "fail"),
        ("127.0.0.1:8080:80", socket("tcp", "127.0.0.1", 8080), "fail"),
        ("127.0.0.1:8080:80", socket("tcp", "0.0.0.0", 8080), "fail"),
        ("127.0.0.1:8080:80", socket("tcp", "::", 8080), "warn"),
        ("[::1]:8080:80", socket("tcp", "::", 8080), "fail"),
        ("8080:80/udp", socket("udp", "0.0.0.0", 8080), "fail"),
        ("8080-8081:80", socket("tcp", "0.0.0.0", 8080), ""),
        ("127.0.0.1:8080:80", socket("tcp", "127.0.0.2", 8080), ""),
        ("127.0.0.1:8080:80", socket("tcp", "::1", 8080), ""),
        ("[::1]:8080:80", socket("tcp", "0.0.0.0", 8080), ""),
        ("8080:80/udp", socket("tcp", "0.0.0.0", 8080), ""),
        ("8081:80", socket("tcp", "0.0.0.0", 8080), ""),
        ("80", socket("tcp", "0.0.0.0", 80), ""),
    ] {
        let text = format!("services: {{web: {{image: x, ports: ['{port}']}}}}");
        let found = found(&text, &with(vec![socket.clone()], Vec::new()));
        assert_eq!(found.split(' ').next().unwrap(), verdict, "{port} {socket:?}: {found}");
        assert!(
            verdict.is_empty() || found.contains("`nginx` (process 812, unit `nginx.service`) has it"),
            "{found}"
        );
    }
}

#[test]
fn holders_in_words() {
    let text = "services: {web: {image: x, ports: ['8080:80']}}";
    let bare = Listener { owner: None, uid: 33, ..socket("tcp", "0.0.0.0", 8080) };
    let ours = Owner { pid: 7, ours: true, ..Owner::default() };
    let ours = Listener { owner: Some(ours), ..socket("tcp", "0.0.0.0", 8080) };
    let found = [
        with(vec![bare], Vec::new()),
        with(vec![ours], Vec::new()),
        with(Vec::new(), vec![container("1", None, "0.0.0.0", 8080)]),
        with(Vec::new(), vec![container("2", Some(("shop", "web")), "127.0.0.1", 8080)]),
    ]
    .map(|seen| found(text, &seen))
    .concat();
    insta::assert_snapshot!(found, @r"
    fail up.port.taken: `web` publishes 8080, and a process of user 33, which only root may look into, has it
    fail up.port.taken: `web` publishes 8080, and the tars server of this machine (process 7) has it
    fail up.port.taken: `web` publishes 8080, and the container `c-1` has it
    fail up.port.taken: `web` publishes 8080, and the container `c-2` of the project `shop` has it
    ");
}

#[test]
fn a_container_that_will_be_replaced_is_not_in_the_way() {
    let (tree, stack) = declared("services: {web: {image: x, ports: ['8080:80']}}");
    let proxy =
        Owner { command: "docker-proxy".into(), forwards: Some("172.17.0.2:80".into()), ..Owner::default() };
    let proxy = Listener { owner: Some(proxy), ..socket("tcp", "0.0.0.0", 8080) };
    let seen = with(vec![proxy.clone()], vec![container("old", Some(("home", "web")), "0.0.0.0", 8080)]);
    let (service, name) = ("web".to_string(), "home-web-1".to_string());
    let recreate = |old: &str| {
        let (service, name, old) = (service.clone(), name.clone(), old.to_string());
        let start = Change::Start { service: service.clone(), number: 1, name: name.clone() };
        let mut plan = Plan::default();
        plan.push(Change::Recreate { service, number: 1, name, old }, "its image is another one");
        plan.push(start, "it is new");
        lines(&judged(&tree, &stack, &plan, &seen))
    };
    assert_eq!(recreate("old"), "");
    assert!(recreate("other").contains("the container `c-old`"));
    // One that is stopped and started has its port already.
    let mut plan = Plan::default();
    let (cause, id) = ("`db` is made anew, on which it depends", "old".to_string());
    plan.push(Change::Stop { service: service.clone(), name: name.clone(), id }, cause);
    plan.push(Change::Start { service: service.clone(), number: 1, name }, cause);
    assert_eq!(judged(&tree, &stack, &plan, &seen), []);
    // An engine that did not tell what it publishes is not accused of having the port.
    let silent = Seen { published: Fact::Unknown("no answer in 2 s".into()), ..seen };
    assert_eq!(judged(&tree, &stack, &fresh(&stack), &silent), []);
}

#[test]
fn a_range_has_to_have_a_port_for_each_container() {
    let text = "services: {web: {image: x, scale: 2, ports: ['8080-8082:80']}}";
    let one = vec![socket("tcp", "0.0.0.0", 8080)];
    let two = vec![socket("tcp", "0.0.0.0", 8080), socket("tcp", "127.0.0.1", 8082)];
    assert_eq!(found(text, &with(one, Vec::new())), "");
    insta::assert_snapshot!(found(text, &with(two, Vec::new())), @"fail up.port.taken: `web` publishes 8080-8082, and `nginx` (process 812, unit `nginx.service`) has 8080");
    insta::assert_snapshot!(found("services: {web: {image: x, scale: 2, ports: ['127.0.0.1:8080:80']}}", &machine()), @"fail up.port.replicas: `web` has 2 containers, and each needs a port of its own out of 127.0.0.1:8080");
}

#[test]
fn two_services_may_share_a_port_only_one_after_the_other() {
    for (ports, expected) in [
        (("8080:80", "8080:81"), true),
        (("127.0.0.1:8080:80", "8080:81"), true),
        (("127.0.0.1:8080:80", "127.0.0.2:8080:81"), false),
        (("[::1]:8080:80", "0.0.0.0:8080:81"), false),
        (("8080:80", "8080:81/udp"), false),
        (("8080:80", "8081:80"), false),
        (("8080-8090:80", "8080-8090:80"), false),
    ] {
        let text = format!(
            "services: {{a: {{image: x, ports: ['{}']}}, b: {{image: x, ports: ['{}']}}}}",
            ports.0, ports.1
        );
        let told =
            if expected { "fail up.port.twice: `a` and `b` both publish port 8080 (tcp)\n" } else { "" };
        assert_eq!(found(&text, &machine()), told, "{ports:?}");
    }
    let turns = |condition: &str| {
        format!(
            "services: {{a: {{image: x, ports: ['80:80']}}, m: {{image: x, depends_on: {{a: {{condition: {condition}}}}}}}, b: {{image: x, depends_on: [m], ports: ['80:80']}}}}"
        )
    };
    assert_eq!(found(&turns("service_completed_successfully"), &machine()), "");
    assert!(found(&turns("service_started"), &machine()).contains("both publish port 80"));
    let none = "services: {a: {image: x, ports: ['80:80']}, b: {image: x, scale: 0, ports: ['80:80']}}";
    assert_eq!(found(none, &machine()), "");
    let twice = "services: {a: {image: x, ports: ['80:80', '80:81']}}";
    assert_eq!(found(twice, &machine()), "fail up.port.twice: `a` publishes port 80 (tcp) twice\n");
}

#[test]
fn what_is_told_of_both_is_not_told_again_and_host_networks_publish_nothing() {
    let text = "services: {a: {image: x, ports: ['80:80']}, b: {image: x, ports: ['80:80']}}";
    let seen = with(Vec::new(), vec![container("a", Some(("home", "a")), "0.0.0.0", 80)]);
    let (tree, stack) = declared(text);
    let mut plan = Plan::default();
    plan.push(
        Change::Start { service: "b".into(), number: 1, name: "home-b-1".into() },
        "it was never started",
    );
    assert_eq!(
        lines(&judged(&tree, &stack, &plan, &seen)),
        "fail up.port.twice: `a` and `b` both publish port 80 (tcp)\n"
    );
    let host = "services: {a: {image: x, network_mode: host, ports: ['80:80']}}";
    assert_eq!(found(host, &with(vec![socket("tcp", "0.0.0.0", 80)], Vec::new())), "");
}
