//! What becomes of networks and volumes.

use serde_json::json;

use super::{changed, empty, there};
use crate::stack::observed::State;

#[test]
fn volumes_come_before_what_mounts_them() {
    let case = empty(json!({"db": {"mounts": ["data"]}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the volume `home_data` — because it does not exist
    4. create the container `home-db-1` — because it does not exist [1 2 3]
    5. start the container `home-db-1` — because it is new [4]
    6. wait until `db` runs — because it was started [5]
    ");
}

#[test]
fn a_volume_is_gone() {
    let case = there(json!({"db": {"mounts": ["data"]}})).with(|case| {
        case.world.there.volumes.clear();
        case.world.there.containers.clear();
    });
    insta::assert_snapshot!(case.text(), @r"
    1. create the volume `home_data` — because it does not exist
    2. create the container `home-db-1` — because it does not exist [1]
    3. start the container `home-db-1` — because it is new [2]
    4. wait until `db` runs — because it was started [3]
    ");
}

#[test]
fn a_volume_has_other_settings() {
    let case =
        there(json!({"db": {"mounts": ["data"]}})).with(|case| case.stack.volumes[0].hash = "v2".into());
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the volume `home_data` was made with other settings, and is kept as it is: what is in it would be lost
    ");
}

#[test]
fn a_volume_has_another_name() {
    let case =
        there(json!({"db": {"mounts": ["data"]}})).with(|case| case.stack.volumes[0].name = "other".into());
    insta::assert_snapshot!(case.text(), @r"
    1. create the volume `other` — because it does not exist
    2. recreate the container `home-db-1` — because the volume `other` is not mounted in it [1]
    3. start the container `home-db-1` — because it is new [2]
    4. wait until `db` runs — because it was started [3]
    ");
}

#[test]
fn a_volume_is_of_somebody_else() {
    let case = there(json!({"db": {"mounts": ["data"]}}))
        .with(|case| case.world.there.volumes.get_mut("home_data").unwrap().labels.clear());
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the volume `home_data` was not made for this project, and is used as it is; `external: true` says so
    ");
}

#[test]
fn an_external_volume_is_not_there() {
    let case = empty(json!({"db": {"mounts": ["data"]}})).with(|case| case.stack.volumes[0].external = true);
    insta::assert_snapshot!(case.text(), @r"
    error: the external volume `home_data` is not there (`volumes.data`)
    hint: make it: `docker volume create home_data`; without `external: true`, `tars up` makes it
    ");
}

#[test]
fn an_external_network_is_not_there() {
    let case = empty(json!({"db": {}})).with(|case| case.stack.networks[0].external = true);
    insta::assert_snapshot!(case.text(), @r"
    error: the external network `home_default` is not there (`networks.default`)
    hint: make it: `docker network create home_default`; without `external: true`, `tars up` makes it
    ");
}

#[test]
fn an_external_network_is_there() {
    let case = there(json!({"db": {}})).with(|case| case.stack.networks[0].external = true);
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn a_network_has_other_settings() {
    let case = there(json!({"db": {}, "web": {"needs": {"db": "started"}}}))
        .with(|case| case.stack.networks[0].hash = "n2".into());
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-db-1` — because its network `home_default` is made anew
    2. stop the container `home-web-1` — because its network `home_default` is made anew
    3. remove the network `home_default` — because its settings are others now [1 2]
    4. create the network `home_default` — because its settings are others now [3]
    5. recreate the container `home-db-1` — because its network `home_default` is made anew [1 4]
    6. start the container `home-db-1` — because it is new [5]
    7. recreate the container `home-web-1` — because its network `home_default` is made anew [2 4 6]
    8. start the container `home-web-1` — because it is new [7]
    9. wait until `db` runs — because it was started [6]
    10. wait until `web` runs — because it was started [8]
    ");
}

#[test]
fn a_network_has_other_settings_and_a_container_of_another_project_runs_in_it() {
    let case = there(json!({"db": {}})).with(|case| {
        case.stack.networks[0].hash = "n2".into();
        let network = case.world.there.networks.get_mut("home_default").unwrap();
        network.strangers.insert("proxy".into());
    });
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the network `home_default` has other settings, and is kept as it is: `proxy` runs in it, which is left alone now
    ");
}

#[test]
fn a_network_has_other_settings_and_a_stranger_runs_in_it() {
    let case = changed(json!({"db": {}, "old": {}}), json!({"db": {}}))
        .with(|case| case.stack.networks[0].hash = "n2".into());
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the network `home_default` has other settings, and is kept as it is: `home-old-1` runs in it, which is left alone now
    warning: the container `home-old-1` is of the service `old`, which the files do not have; `--remove-orphans` removes it
    ");
}

#[test]
fn a_network_has_another_name() {
    let case = there(json!({"db": {}})).with(|case| case.stack.networks[0].name = "other".into());
    insta::assert_snapshot!(case.text(), @r"
    1. create the network `other` — because it does not exist
    2. recreate the container `home-db-1` — because it is not in the network `other` [1]
    3. start the container `home-db-1` — because it is new [2]
    4. wait until `db` runs — because it was started [3]
    warning: the network `home_default` was that of `networks.default`, and is left: `docker network rm home_default` removes it
    ");
}

#[test]
fn a_network_is_of_somebody_else() {
    let case = there(json!({"db": {}}))
        .with(|case| case.world.there.networks.get_mut("home_default").unwrap().labels.clear());
    insta::assert_snapshot!(case.text(), @r"
    nothing
    warning: the network `home_default` was not made for this project, and is used as it is; `external: true` says so
    ");
}

#[test]
fn a_network_was_made_again_under_a_stopped_container() {
    let case = there(json!({"db": {}}))
        .with(|case| case.world.there.networks.get_mut("home_default").unwrap().id = "new".into())
        .but("home-db-1", State::Exited, Some(1), None);
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-db-1` — because it is not in the network `home_default`
    2. start the container `home-db-1` — because it is new [1]
    3. wait until `db` runs — because it was started [2]
    ");
}

#[test]
fn a_network_has_other_settings_and_the_stranger_in_it_goes() {
    let case = changed(json!({"db": {}, "old": {}}), json!({"db": {}})).with(|case| {
        case.stack.networks[0].hash = "n2".into();
        case.wanted.remove_orphans = true;
    });
    insta::assert_snapshot!(case.text(), @r"
    1. stop the container `home-old-1` — because the files have no service `old`
    2. remove the container `home-old-1` — because the files have no service `old` [1]
    3. stop the container `home-db-1` — because its network `home_default` is made anew
    4. remove the network `home_default` — because its settings are others now [2 3]
    5. create the network `home_default` — because its settings are others now [4]
    6. recreate the container `home-db-1` — because its network `home_default` is made anew [2 3 5]
    7. start the container `home-db-1` — because it is new [6]
    8. wait until `db` runs — because it was started [7]
    ");
}
