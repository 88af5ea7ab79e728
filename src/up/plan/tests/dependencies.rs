//! What waits for what.

use serde_json::json;

use super::{changed, empty, there};
use crate::stack::observed::State;

#[test]
fn each_condition_is_waited_for() {
    let case = empty(
        json!({"app": {"needs": {"db": "healthy", "job": "completed", "log": "started"}}, "db": {"healthcheck": {}}, "job": {"command": "job"}, "log": {}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-db-1` — because it does not exist [1 2]
    4. start the container `home-db-1` — because it is new [3]
    5. create the container `home-job-1` — because it does not exist [1 2]
    6. start the container `home-job-1` — because it is new [5]
    7. create the container `home-log-1` — because it does not exist [1 2]
    8. start the container `home-log-1` — because it is new [7]
    9. wait until `db` is healthy — because `app` needs it [4]
    10. wait until `job` has done its work — because `app` needs it [6]
    11. create the container `home-app-1` — because it does not exist [1 2]
    12. start the container `home-app-1` — because it is new [8 9 10 11]
    13. wait until `log` runs — because it was started [8]
    14. wait until `app` runs — because it was started [12]
    ");
}

#[test]
fn what_holds_already_is_not_waited_for() {
    let case = changed(
        json!({"db": {"healthcheck": {}}, "job": {"command": "job"}}),
        json!({"app": {"needs": {"db": "healthy", "job": "completed"}}, "db": {"healthcheck": {}}, "job": {"command": "job"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. create the container `home-app-1` — because it does not exist
    2. start the container `home-app-1` — because it is new [1]
    3. wait until `app` runs — because it was started [2]
    ");
}

#[test]
fn a_job_that_has_ended_well_does_not_run_again() {
    let case = there(json!({"app": {"needs": {"job": "completed"}}, "job": {"command": "job"}}))
        .with(|case| case.applied = None);
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn a_job_that_has_failed_runs_again() {
    let case = there(json!({"app": {"needs": {"job": "completed"}}, "job": {"command": "job"}}))
        .but("home-job-1", State::Exited, Some(1), None)
        .but("home-app-1", State::Created, None, None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-job-1` — because it ended with the code 1
    2. wait until `job` has done its work — because `app` needs it [1]
    3. start the container `home-app-1` — because it was never started [2]
    4. wait until `app` runs — because it was started [3]
    ");
}

#[test]
fn a_dependent_is_restarted_where_it_says_so() {
    let case = changed(
        json!({"app": {"needs": {"db": "restart"}}, "db": {"user": "1"}}),
        json!({"app": {"needs": {"db": "restart"}}, "db": {"user": "2"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-app-1` — because `db` is made anew, on which it depends
    2. recreate the container `home-db-1` — because user 1 → 2 [1]
    3. start the container `home-db-1` — because it is new [2]
    4. start the container `home-app-1` — because it was stopped: `db` is made anew, on which it depends [1 3]
    5. wait until `db` runs — because it was started [3]
    6. wait until `app` runs — because it was started [4]
    ");
}

#[test]
fn a_dependent_stays_where_it_does_not() {
    let case = changed(
        json!({"app": {"needs": {"db": "started"}}, "db": {"user": "1"}}),
        json!({"app": {"needs": {"db": "started"}}, "db": {"user": "2"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-db-1` — because user 1 → 2
    2. start the container `home-db-1` — because it is new [1]
    3. wait until `db` runs — because it was started [2]
    ");
}

#[test]
fn both_are_others() {
    let case = changed(
        json!({"app": {"needs": {"db": "healthy"}, "user": "1"}, "db": {"healthcheck": {}, "user": "1"}}),
        json!({"app": {"needs": {"db": "healthy"}, "user": "2"}, "db": {"healthcheck": {}, "user": "2"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-db-1` — because user 1 → 2
    2. start the container `home-db-1` — because it is new [1]
    3. wait until `db` is healthy — because `app` needs it [2]
    4. recreate the container `home-app-1` — because user 1 → 2 [3]
    5. start the container `home-app-1` — because it is new [4]
    6. wait until `app` runs — because it was started [5]
    ");
}

#[test]
fn whose_network_is_shared_is_there_first() {
    let case = empty(json!({"app": {"network_mode": "service:vpn"}, "vpn": {}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-vpn-1` — because it does not exist [1 2]
    4. start the container `home-vpn-1` — because it is new [3]
    5. create the container `home-app-1` — because it does not exist [1 3]
    6. start the container `home-app-1` — because it is new [4 5]
    7. wait until `vpn` runs — because it was started [4]
    8. wait until `app` runs — because it was started [6]
    ");
}

#[test]
fn whose_container_is_named_is_there_first() {
    let case = empty(json!({
        "app": {"volumes_from": ["container:store:ro"]},
        "base": {"container_name": "store"},
        "self": {"container_name": "own", "volumes_from": ["container:own", "container:of-others"]},
    }));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `store` — because it does not exist [1 2]
    4. start the container `store` — because it is new [3]
    5. create the container `home-app-1` — because it does not exist [1 2 3]
    6. start the container `home-app-1` — because it is new [4 5]
    7. create the container `own` — because it does not exist [1 2]
    8. start the container `own` — because it is new [7]
    9. wait until `base` runs — because it was started [4]
    10. wait until `app` runs — because it was started [6]
    11. wait until `self` runs — because it was started [8]
    ");
}

#[test]
fn whose_network_is_shared_stays() {
    let case = there(json!({"app": {"network_mode": "service:vpn"}, "vpn": {}}));
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn whose_network_is_shared_is_another_one() {
    let case = changed(
        json!({"app": {"network_mode": "service:vpn"}, "vpn": {"user": "1"}}),
        json!({"app": {"network_mode": "service:vpn"}, "vpn": {"user": "2"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-app-1` — because `vpn` is made anew, on which it depends
    2. recreate the container `home-vpn-1` — because user 1 → 2 [1]
    3. start the container `home-vpn-1` — because it is new [2]
    4. recreate the container `home-app-1` — because `vpn` is another container now, which `network_mode` names [1 2 3]
    5. start the container `home-app-1` — because it is new [4]
    6. wait until `vpn` runs — because it was started [3]
    7. wait until `app` runs — because it was started [5]
    ");
}

#[test]
fn whose_network_is_shared_gets_more_containers() {
    let app = json!({"network_mode": "service:vpn"});
    let case =
        changed(json!({"app": app, "vpn": {"replicas": 1}}), json!({"app": app, "vpn": {"replicas": 2}}));
    insta::assert_snapshot!(case.text(), @r"
    1. create the container `home-vpn-2` — because it does not exist
    2. start the container `home-vpn-2` — because it is new [1]
    3. wait until `vpn` runs — because it was started [2]
    ");
    let half =
        changed(json!({"app": app, "vpn": {"replicas": 2}}), json!({"app": app, "vpn": {"replicas": 1}}));
    let half = half.with(|case| case.world.container("home-vpn-1").hash = "another".into());
    insta::assert_snapshot!(half.text(), @r"
    1. stop the container `home-vpn-1` — because replicas 2 → 1
    2. remove the container `home-vpn-1` — because replicas 2 → 1 [1]
    3. recreate the container `home-app-1` — because `vpn` is another container now, which `network_mode` names [2]
    4. start the container `home-app-1` — because it is new [3]
    5. wait until `app` runs — because it was started [4]
    ");
}

#[test]
fn what_is_needed_is_left_alone_by_will() {
    let case = empty(json!({"app": {"needs": {"db": "healthy"}}, "db": {"healthcheck": {}}})).with(|case| {
        case.wanted.no_deps = true;
        case.wanted.services = vec!["app".into()];
    });
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-app-1` — because it does not exist [1 2]
    4. start the container `home-app-1` — because it is new [3]
    5. wait until `app` runs — because it was started [4]
    ");
}

#[test]
fn a_chain_is_started_in_its_order() {
    let case = empty(json!({"a": {"needs": {"b": "started"}}, "b": {"needs": {"c": "started"}}, "c": {}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-c-1` — because it does not exist [1 2]
    4. start the container `home-c-1` — because it is new [3]
    5. create the container `home-b-1` — because it does not exist [1 2]
    6. start the container `home-b-1` — because it is new [4 5]
    7. create the container `home-a-1` — because it does not exist [1 2]
    8. start the container `home-a-1` — because it is new [6 7]
    9. wait until `c` runs — because it was started [4]
    10. wait until `b` runs — because it was started [6]
    11. wait until `a` runs — because it was started [8]
    ");
}

#[test]
fn what_has_no_containers_is_not_waited_for() {
    let case = empty(json!({"app": {"needs": {"db": "healthy"}}, "db": {"replicas": 0, "healthcheck": {}}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-app-1` — because it does not exist [1 2]
    4. start the container `home-app-1` — because it is new [3]
    5. wait until `app` runs — because it was started [4]
    ");
}
