//! What is pulled and built.

use serde_json::json;

use super::{changed, empty, there};
use crate::stack::model::Pull;
use crate::stack::observed::Image;

#[test]
fn two_services_of_one_image_pull_it_once() {
    let case = empty(json!({"a": {}, "b": {}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:1` — because it is not there
    2. create the network `home_default` — because it does not exist
    3. create the container `home-a-1` — because it does not exist [1 2]
    4. start the container `home-a-1` — because it is new [3]
    5. create the container `home-b-1` — because it does not exist [1 2]
    6. start the container `home-b-1` — because it is new [5]
    7. wait until `a` runs — because it was started [4]
    8. wait until `b` runs — because it was started [6]
    ");
}

#[test]
fn an_image_that_is_there_is_not_pulled() {
    let case = empty(json!({"a": {}}))
        .with(|case| case.world.there.images.extend([("a:1".into(), Image::default())]));
    insta::assert_snapshot!(case.text(), @r"
    1. create the network `home_default` — because it does not exist
    2. create the container `home-a-1` — because it does not exist [1]
    3. start the container `home-a-1` — because it is new [2]
    4. wait until `a` runs — because it was started [3]
    ");
}

#[test]
fn an_image_is_another_one_now() {
    let case = there(json!({"a": {}}))
        .with(|case| case.world.there.images.get_mut("a:1").unwrap().id = "sha256:new".into());
    insta::assert_snapshot!(case.text(), @r"
    1. recreate the container `home-a-1` — because its image is another one
    2. start the container `home-a-1` — because it is new [1]
    3. wait until `a` runs — because it was started [2]
    ");
}

#[test]
fn another_image_is_wanted() {
    let case = changed(json!({"a": {}}), json!({"a": {"image": "a:2"}}));
    insta::assert_snapshot!(case.text(), @r"
    1. pull the image `a:2` — because it is not there
    2. recreate the container `home-a-1` — because image a:1 → a:2 [1]
    3. start the container `home-a-1` — because it is new [2]
    4. wait until `a` runs — because it was started [3]
    ");
}

#[test]
fn it_is_pulled_every_time() {
    let case = there(json!({"a": {"pull": "always"}}));
    insta::assert_snapshot!(case.text(), @"1. pull the image `a:1` — because `pull_policy: always`");
}

#[test]
fn it_was_pulled_just_now() {
    let case = there(json!({"a": {"pull": "always"}})).with(|case| case.wanted.fresh.extend(["a:1".into()]));
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn it_is_pulled_when_it_is_old() {
    let case = there(json!({"a": {"pull": 86400}}));
    insta::assert_snapshot!(case.text(), @"1. pull the image `a:1` — because it was pulled longer ago than 1 d");
}

#[test]
fn it_is_not_old_enough() {
    let case = there(json!({"a": {"pull": 86400}}))
        .with(|case| case.world.there.images.get_mut("a:1").unwrap().since = Some(999_000));
    insta::assert_snapshot!(case.text(), @"nothing");
}

#[test]
fn it_may_not_be_pulled() {
    let case = empty(json!({"a": {"pull": "never"}}));
    insta::assert_snapshot!(case.text(), @r"
    error: the image `a:1` of the service `a` is not there, and may not be pulled
    hint: bring it with `docker load` or `docker pull a:1`, or leave out `pull_policy: never`
    ");
}

#[test]
fn an_image_of_the_program_is_in_no_registry() {
    let case = empty(json!({"a": {"pull": "never", "image": "localhost/tars:2.0.0-0123456789ab"}}));
    insta::assert_snapshot!(case.text(), @r"
    error: the image `localhost/tars:2.0.0-0123456789ab` of the service `a` is not there, and may not be pulled
    hint: `tars install --profile docker` makes it out of the program itself
    ");
}

#[test]
fn what_can_be_built_is_built_once() {
    let case = empty(json!({"a": {"build": {}}, "b": {}}));
    insta::assert_snapshot!(case.text(), @r"
    1. build the image `a:1` of `a` — because it does not exist
    2. create the network `home_default` — because it does not exist
    3. create the container `home-a-1` — because it does not exist [1 2]
    4. start the container `home-a-1` — because it is new [3]
    5. create the container `home-b-1` — because it does not exist [1 2]
    6. start the container `home-b-1` — because it is new [5]
    7. wait until `a` runs — because it was started [4]
    8. wait until `b` runs — because it was started [6]
    ");
}

#[test]
fn what_is_built_is_built_again_by_will() {
    let case = there(json!({"a": {"build": {}}})).with(|case| case.wanted.build = true);
    insta::assert_snapshot!(case.text(), @"1. build the image `a:1` of `a` — because `--build` was given");
}

#[test]
fn what_is_built_every_time() {
    let case = there(json!({"a": {"build": {}, "pull": "build"}}));
    insta::assert_snapshot!(case.text(), @"1. build the image `a:1` of `a` — because `pull_policy: build`");
}

#[test]
fn everything_is_pulled_by_will() {
    let case = there(json!({"a": {}})).with(|case| case.wanted.pull = Some(Pull::Always));
    insta::assert_snapshot!(case.text(), @"1. pull the image `a:1` — because `--pull always` was given");
}
