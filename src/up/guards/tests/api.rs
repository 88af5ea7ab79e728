//! Keys that need a newer engine, one by one.

use super::*;

#[test]
fn each_key_is_told_below_its_version_and_not_from_it_on() {
    for (service, since, verdict) in [
        ("annotations: {a: b}", Api(1, 43), "warn"),
        ("healthcheck: {test: [CMD, x], start_period: 1s, start_interval: 1s}", Api(1, 44), "warn"),
        ("volumes: [{type: bind, source: /a, target: /a, bind: {recursive: readonly}}]", Api(1, 44), "warn"),
        ("mac_address: '02:00:00:00:00:01'", Api(1, 44), "warn"),
        ("networks: {one: {mac_address: '02:00:00:00:00:01'}}", Api(1, 44), "warn"),
        ("volumes: [{type: volume, source: v, target: /a, volume: {subpath: x}}]", Api(1, 45), "fail"),
        ("volumes: [{type: image, source: y, target: /a}]", Api(1, 48), "fail"),
        ("networks: {one: {gw_priority: 2}}", Api(1, 48), "warn"),
        ("networks: {four: }", Api(1, 48), "warn"),
        ("networks: {one: {interface_name: eth9}}", Api(1, 49), "fail"),
    ] {
        let text = format!(
            "services: {{a: {{image: x, {service}}}}}\nvolumes: {{v: }}\nnetworks: {{one: , two: , four: {{enable_ipv4: false}}}}"
        );
        let at = |api| {
            let mut seen = Seen { api, ..machine() };
            seen.paths.insert("/a".into(), Fact::Known(There::NotADirectory));
            found(&text, &seen)
        };
        let before = Api(since.0, since.1 - 1);
        assert!(at(before).starts_with(&format!("{verdict} up.api.")), "{service}: {}", at(before));
        assert!(at(before).contains(&format!("it takes {since}")), "{service}: {}", at(before));
        assert_eq!(at(since), "", "{service}");
    }
}

#[test]
fn what_every_engine_knows_is_not_told() {
    let text = "services: {a: {image: x, healthcheck: {test: [CMD, x], interval: 1s}, volumes: [data:/a], networks: {one: , two: }}}\nvolumes: {data: }\nnetworks: {one: {enable_ipv4: true}, two: }";
    assert_eq!(found(text, &Seen { api: Api(1, 41), ..machine() }), "");
}

#[test]
fn the_key_is_named_as_it_is_written() {
    let text = "services:\n  a:\n    image: x\n    healthcheck:\n      test: [CMD, x]\n      start_period: 1s\n      start_interval: 2s\n";
    let (tree, stack) = declared(text);
    let findings = judged(&tree, &stack, &fresh(&stack), &Seen { api: Api(1, 41), ..machine() });
    let [finding] = findings.as_slice() else { panic!("{findings:#?}") };
    assert_eq!(
        finding.summary,
        "`a` says `healthcheck.start_interval`, and this engine (API 1.41) leaves it out: it takes 1.44"
    );
    assert!(finding.evidence[0].ends_with("compose.yaml:7:7"), "{finding:?}");
}
