//! What is hashed and in which order. That the hashes are those of Docker Compose is tested against the program itself.

use serde_json::{Value, json};

use super::*;
use crate::stack::compose::canonical::tests::resolved;

/// A project with the service `a` and what else is at the top.
fn with(service: Value, top: Value) -> Node {
    let mut document = top;
    document["services"] = json!({"a": service});
    resolved(&document).unwrap()
}

fn hashed(service: Value) -> String {
    json::text(&Printed::Map(of_service(&with(service, json!({})), "a")))
}

#[test]
fn keys_are_in_the_frozen_order() {
    let service = json!({
        "tty": true, "image": "x", "command": ["a", "<$b>"], "annotations": {"z": "1", "a": ""},
        "network_mode": "none", "environment": {"B": null, "A": "1"}, "cpus": 0.5, "restart": "always",
        "pre_start": [{"user": "me"}], "mem_limit": "1k", "stop_grace_period": "90s"
    });
    insta::assert_snapshot!(hashed(service), @r#"{"annotations":{"a":"","z":"1"},"cpus":0.5,"command":["a","\u003c$b\u003e"],"entrypoint":null,"environment":{"A":"1","B":null},"image":"x","mem_limit":"1024","network_mode":"none","restart":"always","stop_grace_period":"1m30s","tty":true,"pre_start":[{"annotations":{"a":"","z":"1"},"cpus":0.5,"command":["a","\u003c$b\u003e"],"entrypoint":null,"environment":{"A":"1","B":null},"image":"x","mem_limit":"1024","network_mode":"none","stop_grace_period":"1m30s","user":"me"}]}"#);
}

#[test]
fn what_makes_no_other_container_is_left_out() {
    let plain = json!({"image": "x", "deploy": {}});
    let more = json!({
        "image": "x", "build": ".", "profiles": ["p"], "pull_policy": "always", "scale": 2,
        "deploy": {"replicas": 2}, "x-a": 1
    });
    assert_eq!(hashed(plain), hashed(more));
}

#[test]
fn another_service_is_named_by_the_id_of_its_container() {
    let service = json!({
        "image": "x", "network_mode": "service:b", "pid": "service:gone", "ipc": "shareable",
        "volumes_from": ["b:ro", "container:c:ro", "gone:ro"]
    });
    let mut fields = of_service(&with(service, json!({})), "a");
    references::resolve(&mut fields, |name| (name == "b").then(|| "1234".into()));
    insta::assert_snapshot!(json::text(&Printed::Map(fields)), @r#"{"command":null,"entrypoint":null,"image":"x","ipc":"shareable","network_mode":"container:1234","pid":"service:gone","volumes_from":["1234","c","gone:ro"]}"#);
}

#[test]
fn the_hash_of_containers_is_that_of_the_service_where_it_shares_nothing() {
    let tree = with(json!({"image": "x"}), json!({}));
    assert_eq!(container(&tree, "a", |_| Some("1234".into())), service(&tree, "a"));
}

#[test]
fn a_volume_has_the_driver_of_the_engine() {
    let service = json!({"image": "x", "volumes": ["data:/v"]});
    let of =
        |volume: Value| super::volume(&with(service.clone(), json!({"volumes": {"data": volume}})), "data");
    assert_eq!(of(json!(null)), of(json!({"driver": "local"})));
    assert_ne!(of(json!(null)), of(json!({"driver": "other"})));
    assert_ne!(of(json!(null)), of(json!({"labels": ["a"]})));
}
