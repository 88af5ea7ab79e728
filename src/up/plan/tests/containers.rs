//! What becomes of containers.

use std::collections::BTreeSet;

use serde_json::json;

use super::{Recreate, changed, empty, there};
use crate::stack::observed::{Health, State};

#[test]
fn nothing_is_there() {
    let case = empty(json!({"web": {}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-web-1` — because it does not exist [1 2]
    4. start the container `home-web-1` — because it is new [3]
    5. wait until `web` runs — because it was started [4]
    ");
}

#[test]
fn all_is_there() {
    let case = there(json!({"web": {}, "db": {"mounts": ["data"]}}));
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn a_variable_is_another_one() {
    let case =
        changed(json!({"web": {"environment": {"N": "2"}}}), json!({"web": {"environment": {"N": "4"}}}));
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because environment.N 2 → 4
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn a_secret_is_another_one() {
    let case = changed(
        json!({"web": {"environment": {"DB_PASSWORD": "hunter2"}}}),
        json!({"web": {"environment": {"DB_PASSWORD": "hunter3"}}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because environment.DB_PASSWORD changed
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn many_fields_are_others() {
    let case = changed(
        json!({"web": {}}),
        json!({"web": {"user": "1", "tty": true, "init": true, "hostname": "h", "privileged": true, "restart": "always"}}),
    );
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because hostname + h, init + true, privileged + true, restart + always and 2 more
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn nobody_knows_what_was_before() {
    let case = changed(json!({"web": {"user": "1"}}), json!({"web": {"user": "2"}}))
        .with(|case| case.applied = None);
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because its configuration is another one
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn somebody_else_has_made_it_since() {
    let case = changed(json!({"web": {"user": "1"}}), json!({"web": {"user": "2"}}))
        .with(|case| case.world.container("home-web-1").hash = "other".into());
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because its configuration is another one
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn it_has_ended() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Exited, Some(137), None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-web-1` — because it ended with the code 137
    2. wait until `web` runs — because it was started [1]
    ");
}

#[test]
fn it_has_ended_well_but_is_meant_to_run() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Exited, Some(0), None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-web-1` — because it ended with the code 0
    2. wait until `web` runs — because it was started [1]
    ");
}

#[test]
fn a_job_that_nobody_waits_for_has_ended() {
    let case = there(json!({"job": {"command": "job"}}));
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn a_job_that_nobody_waits_for_was_run_by_somebody_else() {
    let case = there(json!({"job": {"command": "job"}})).with(|case| case.applied = None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-job-1` — because it ended with the code 0
    2. wait until `job` runs — because it was started [1]
    ");
}

#[test]
fn it_was_never_started() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Created, None, None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-web-1` — because it was never started
    2. wait until `web` runs — because it was started [1]
    ");
}

#[test]
fn it_is_paused() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Paused, None, None);
    insta::assert_snapshot!(case.text(), @r"
    1. start the container `home-web-1` — because it is paused
    2. wait until `web` runs — because it was started [1]
    ");
}

#[test]
fn it_ends_again_and_again() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Restarting, Some(1), None);
    insta::assert_snapshot!(case.text(), @"1. wait until `web` runs — because it ends again and again");
}

#[test]
fn it_is_unhealthy() {
    let case = there(json!({"web": {"healthcheck": {}}})).but(
        "home-web-1",
        State::Running,
        None,
        Some(Health::Unhealthy),
    );
    insta::assert_snapshot!(case.text(), @"1. wait until `web` is healthy — because it is unhealthy");
}

#[test]
fn its_health_is_not_known_yet() {
    let case = there(json!({"web": {"healthcheck": {}}})).but(
        "home-web-1",
        State::Running,
        None,
        Some(Health::Starting),
    );
    insta::assert_snapshot!(case.text(), @"1. wait until `web` is healthy — because its health is not known yet");
}

#[test]
fn it_could_not_be_removed() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Dead, None, None);
    insta::assert_snapshot!(case.text(), @r"
    1. remove the container `home-web-1` — because it could not be removed before
    2. create the container `home-web-1` — because it does not exist [1]
    3. start the container `home-web-1` — because it is new [2]
    4. wait until `web` runs — because it was started [3]
    ");
}

#[test]
fn it_is_being_removed() {
    let case = there(json!({"web": {}})).but("home-web-1", State::Removing, None, None);
    insta::assert_snapshot!(case.text(), @r"
    1. remove the container `home-web-1` — because it is being removed
    2. create the container `home-web-1` — because it does not exist [1]
    3. start the container `home-web-1` — because it is new [2]
    4. wait until `web` runs — because it was started [3]
    ");
}

#[test]
fn more_are_wanted() {
    let case = changed(json!({"web": {}}), json!({"web": {"replicas": 3}}));
    insta::assert_snapshot!(case.text(), @r"
    1. create the container `home-web-2` — because it does not exist
    2. start the container `home-web-2` — because it is new [1]
    3. create the container `home-web-3` — because it does not exist
    4. start the container `home-web-3` — because it is new [3]
    5. wait until `web` runs — because it was started [2 4]
    ");
}

#[test]
fn fewer_are_wanted() {
    let case = changed(json!({"web": {"replicas": 3}}), json!({"web": {"replicas": 1}}));
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-web-2` — because replicas 3 → 1
    2. remove the container `home-web-2` — because replicas 3 → 1 [1]
    3. stop the container `home-web-3` — because replicas 3 → 1
    4. remove the container `home-web-3` — because replicas 3 → 1 [3]
    ");
}

#[test]
fn none_is_wanted() {
    let case = changed(json!({"web": {}}), json!({"web": {"replicas": 0}}));
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-web-1` — because replicas 1 → 0
    2. remove the container `home-web-1` — because replicas 1 → 0 [1]
    ");
}

#[test]
fn one_in_the_middle_is_missing() {
    let case = there(json!({"web": {"replicas": 3}}))
        .with(|case| case.world.there.containers.retain(|container| container.number != 2));
    insta::assert_snapshot!(case.text(), @r"
    1. create the container `home-web-2` — because it does not exist
    2. start the container `home-web-2` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn docker_compose_has_numbered_them_otherwise() {
    let case = there(json!({"web": {"replicas": 2}})).with(|case| {
        let second = case.world.container("home-web-2");
        (second.number, second.name) = (4, "home-web-4".into());
    });
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn of_too_many_the_one_that_is_as_declared_stays() {
    let case = changed(json!({"web": {"replicas": 2}}), json!({"web": {}}))
        .with(|case| case.world.container("home-web-1").hash = "old".into());
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-web-1` — because replicas 2 → 1
    2. remove the container `home-web-1` — because replicas 2 → 1 [1]
    ");
}

#[test]
fn a_container_with_a_name_of_its_own() {
    let case = empty(json!({"web": {"container_name": "www"}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `www` — because it does not exist [1 2]
    4. start the container `www` — because it is new [3]
    5. wait until `web` runs — because it was started [4]
    ");
}

#[test]
fn a_service_is_gone() {
    let case = changed(json!({"web": {}, "old": {}}), json!({"web": {}}));
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the container `home-old-1` is of the service `old`, which the files do not have; `--remove-orphans` removes it
    ");
}

#[test]
fn a_service_is_gone_and_its_container_is_to_go() {
    let case = changed(json!({"web": {}, "old": {}}), json!({"web": {}, "new": {}}))
        .with(|case| case.wanted.remove_orphans = true);
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-old-1` — because the files have no service `old`
    2. remove the container `home-old-1` — because the files have no service `old` [1]
    3. create the container `home-new-1` — because it does not exist [2]
    4. start the container `home-new-1` — because it is new [3]
    5. wait until `new` runs — because it was started [4]
    ");
}

#[test]
fn a_service_of_another_profile_is_no_orphan() {
    let case = changed(json!({"web": {}, "old": {}}), json!({"web": {}}))
        .with(|case| case.stack.others = vec!["old".into()]);
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn a_service_that_came_later_goes_when_it_is_gone_back() {
    let case = changed(json!({"web": {}, "new": {}, "old": {}}), json!({"web": {}})).with(|case| {
        case.stack.others = vec!["new".into(), "old".into()];
        case.wanted.withdrawn = BTreeSet::from(["new".to_string()]);
    });
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-new-1` — because there was no service `new` then
    2. remove the container `home-new-1` — because there was no service `new` then [1]
    ");
}

#[test]
fn all_are_made_anew_by_force() {
    let case = there(json!({"web": {"needs": {"db": "started"}}, "db": {}})).with(|case| {
        case.wanted.recreate = Recreate::Force;
        case.wanted.services = vec!["web".into()];
    });
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because `--force-recreate` was given
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}

#[test]
fn none_is_made_anew_by_will() {
    let case = changed(json!({"web": {"user": "1"}}), json!({"web": {"user": "2"}}))
        .with(|case| case.wanted.recreate = Recreate::Never);
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the container `home-web-1` is not as declared, and `--no-recreate` leaves it as it is: user 1 → 2
    ");
}

#[test]
fn they_are_not_to_be_started() {
    let case = changed(
        json!({"web": {"user": "1"}}),
        json!({"web": {"user": "2", "needs": {"db": "healthy"}}, "db": {"healthcheck": {}}}),
    )
    .with(|case| case.wanted.no_start = true);
    insta::assert_snapshot!(case.text(), @r"
    1. create the container `home-db-1` — because it does not exist
    2. recreate the container `home-web-1` — because user 1 → 2
    ");
}

#[test]
fn a_run_was_interrupted_before_the_old_one_was_removed() {
    let case = changed(json!({"web": {"user": "1"}}), json!({"web": {"user": "2"}})).with(|case| {
        let old = case.world.container("home-web-1").id.clone();
        case.world.recreate_half(&case.stack, "web", 1, "home-web-1", &old);
    });
    insta::assert_snapshot!(case.text(), @r"
    1. remove the container `abc000000002_home-web-1` — because a run that was interrupted has left it
    2. recreate the container `home-web-1` — because user 1 → 2 [1]
    3. start the container `home-web-1` — because it is new [2]
    4. wait until `web` runs — because it was started [3]
    ");
}

#[test]
fn a_run_was_interrupted_after_the_old_one_was_removed() {
    let case = there(json!({"web": {}}))
        .with(|case| case.world.container("home-web-1").name = "0123456789ab_home-web-1".into());
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-web-1` — because a run that was interrupted has left it under this name
    2. start the container `home-web-1` — because it is new [1]
    3. wait until `web` runs — because it was started [2]
    ");
}
