//! What changes of containers that are there already ask of the engine.

use serde_json::json;

use super::*;
use crate::stack::observed::Container;
use crate::up::fake::{self, Answers};

/// What is asked of the engine for the last step of a plan, where this container is there.
async fn asked(answers: Answers, container: Container, changes: Vec<Change>) -> Vec<String> {
    let config = json!({"image": "a", "secrets": [{"source": "key"}]});
    let tree = json!({"services": {"web": &config}, "secrets": {"key": {"content": "x"}}});
    let stack = Stack {
        project: "home".into(),
        services: vec![Service { name: "web".into(), config, ..Service::default() }],
        tree: serde_json::from_value(tree).unwrap(),
        ..Stack::default()
    };
    let there = Observed { containers: vec![container], ..Observed::default() };
    let mut plan = Plan::default();
    for change in changes {
        plan.push_after(change, "", (0..plan.steps.len()).collect());
    }
    let last = &plan.steps.last().unwrap().action;
    fake::asked(answers, &stack, &there, &plan, async |carrier| _ = carrier.make(last).await).await
}

fn container(service: &str, state: State) -> Container {
    let name = format!("home-{service}-1");
    Container {
        id: format!("id-{service}"),
        name,
        service: service.into(),
        number: 1,
        state,
        ..Default::default()
    }
}

fn stop(service: &str) -> Change {
    Change::Stop { service: service.into(), name: format!("home-{service}-1"), id: format!("id-{service}") }
}

fn start() -> Change {
    Change::Start { service: "web".into(), number: 1, name: "home-web-1".into() }
}

#[tokio::test]
async fn a_container_of_no_service_has_the_time_that_it_was_made_with() {
    let answers: Answers = &[("get containers/id-old", 200, r#"{"Config": {"StopTimeout": 70}}"#)];
    let asked = asked(answers, container("old", State::Running), vec![stop("old")]).await;
    assert_eq!(asked, ["get containers/id-old/json", "post containers/id-old/stop?t=70"]);
}

#[tokio::test]
async fn what_stands_still_goes_on() {
    let asked = asked(&[], container("web", State::Paused), vec![start()]).await;
    assert_eq!(asked, ["post containers/id-web/unpause"]);
}

#[tokio::test]
async fn secrets_are_copied_before_a_container_starts_that_was_there() {
    let answers: Answers = &[("put", 200, "")];
    let asked = asked(answers, container("web", State::Created), vec![start()]).await;
    let begin: Vec<&str> = asked.iter().map(|asked| asked.split('?').next().unwrap()).collect();
    assert_eq!(begin, ["put containers/id-web/archive", "post containers/id-web/start"]);
}

#[tokio::test]
async fn what_was_stopped_for_a_network_goes_on_where_that_stays() {
    let answers: Answers = &[("delete", 403, r#"{"message": "it has active endpoints"}"#)];
    let remove = Change::RemoveNetwork { name: "home_default".into(), id: "n1".into() };
    let asked = asked(answers, container("web", State::Running), vec![stop("web"), remove]).await;
    assert_eq!(asked, ["delete networks/n1", "post containers/id-web/start"]);
}
