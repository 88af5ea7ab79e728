//! What goes and what stays, as a table of stacks.

use super::plan::{There, Wanted, plan};
use super::*;
use crate::stack::choice::Target;
use crate::stack::compose::{load, project};
use crate::stack::members::Member;
use crate::stack::observed::{Network, State, Volume};

const FILES: &str = "
services:
  web: { image: a, depends_on: [db], networks: [front, shared] }
  db: { image: b, volumes: [data:/d, shared:/s, /nameless], networks: [front] }
  tool: { image: c, profiles: [tools], networks: [front] }
networks: { front: {}, shared: { external: true, name: shared } }
volumes: { data: {}, shared: { external: true, name: shared } }
";

/// The stack of the files, or what is known by its name alone.
fn target(files: bool) -> Target {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("compose.yaml");
    std::fs::write(&file, FILES).unwrap();
    let options = project::Options {
        files: vec![file],
        project_name: Some("home".into()),
        working_directory: directory.path().into(),
        ..project::Options::default()
    };
    let project = files.then(|| load::load(&options).unwrap());
    let dormant = if files { vec!["tool".to_string()] } else { Vec::new() };
    Target { name: "home".into(), project, dormant }
}

fn member(service: &str, up: bool, networks: &[&str], volumes: &[&str]) -> Member {
    let mut member = Member::default();
    let container = &mut member.container;
    container.service = service.into();
    container.name = format!("home-{service}-1");
    container.id = format!("id of {service}");
    container.state = if up { State::Running } else { State::Exited };
    container.networks = networks.iter().map(|name| ((*name).into(), format!("id of {name}"))).collect();
    container.volumes = volumes.iter().map(|name| (*name).into()).collect();
    member
}

/// All that the files declare, with what `more` adds.
fn there(more: Vec<Member>) -> There {
    let nameless = "0".repeat(64);
    let mut web = member("web", true, &["home_front", "shared"], &[]);
    web.depends_on = vec!["db".into()];
    let db = member("db", true, &["home_front"], &["home_data", "shared", &nameless]);
    let network =
        |name: &str| (name.to_string(), Network { id: format!("id of {name}"), ..Network::default() });
    There {
        members: [vec![db, web], more].concat(),
        networks: [network("home_front"), network("shared")].into(),
        volumes: ["home_data", "home_old", "shared"].map(|name| (name.to_string(), Volume::default())).into(),
    }
}

fn shown(files: bool, there: &There, wanted: &Wanted) -> String {
    let (plan, left) = plan(&target(files), there, wanted);
    for (index, step) in plan.steps.iter().enumerate() {
        assert!(
            step.after.iter().all(|before| *before < index),
            "a step comes after those that it waits for"
        );
    }
    let after = |step: &crate::plan::Step<Change>| {
        let before: Vec<String> = step.after.iter().map(|before| (before + 1).to_string()).collect();
        if before.is_empty() { String::new() } else { format!(" [{}]", before.join(" ")) }
    };
    let steps = plan.steps.iter().enumerate().map(|(index, step)| {
        let lost = if step.destructive { "!" } else { "" };
        format!("{}. {}{lost}{}\n", index + 1, step.action, after(step))
    });
    steps
        .chain(left.iter().map(|left| format!("{left}\n")))
        .collect::<String>()
        .replace(&"0".repeat(64), "0…")
}

#[test]
fn containers_go_before_those_that_they_wait_for_and_networks_after_all() {
    insta::assert_snapshot!(shown(true, &there(vec![]), &Wanted::default()), @r"
    1. stop the container `home-web-1`
    2. remove the container `home-web-1` [1]
    3. stop the container `home-db-1` [2]
    4. remove the container `home-db-1` [3]
    5. remove the network `home_front` [2 4]
    ");
}

#[test]
fn volumes_go_where_that_is_asked_for_and_never_those_of_others() {
    let wanted = Wanted { volumes: true, ..Wanted::default() };
    insta::assert_snapshot!(shown(true, &there(vec![]), &wanted), @r"
    1. stop the container `home-web-1`
    2. remove the container `home-web-1` [1]
    3. stop the container `home-db-1` [2]
    4. remove the container `home-db-1` [3]
    5. remove the network `home_front` [2 4]
    6. remove the volume `0…` and all that is in it! [4]
    7. remove the volume `home_data` and all that is in it! [4]
    the volume `home_old` stays: no service has it any more; `docker volume rm` removes it
    ");
}

#[test]
fn without_files_all_that_has_the_name_goes() {
    let wanted = Wanted { volumes: true, ..Wanted::default() };
    let there = there(vec![member("gone", false, &["home_front"], &[])]);
    insta::assert_snapshot!(shown(false, &there, &wanted), @r"
    1. stop the container `home-web-1`
    2. remove the container `home-web-1` [1]
    3. stop the container `home-db-1` [2]
    4. remove the container `home-db-1` [3]
    5. remove the container `home-gone-1`
    6. remove the network `home_front` [2 4 5]
    7. remove the network `shared` [2]
    8. remove the volume `0…` and all that is in it! [4]
    9. remove the volume `home_data` and all that is in it! [4]
    10. remove the volume `home_old` and all that is in it!
    11. remove the volume `shared` and all that is in it! [4]
    ");
}

#[test]
fn orphans_and_those_of_other_profiles_stay_and_are_told() {
    let mut run = member("db", true, &["home_front"], &[]);
    run.container.name = "home-db-run-1".into();
    run.one_off = true;
    let there = there(vec![member("gone", true, &["home_front"], &[]), member("tool", true, &[], &[]), run]);
    insta::assert_snapshot!(shown(true, &there, &Wanted::default()), @r"
    1. stop the container `home-web-1`
    2. remove the container `home-web-1` [1]
    3. stop the container `home-db-1` [2]
    4. remove the container `home-db-1` [3]
    the container `home-gone-1` stays: `--remove-orphans` removes it
    the container `home-tool-1` stays: its service has a profile that is not active, `--profile` makes it so
    the container `home-db-run-1` stays: `--remove-orphans` removes it
    the network `home_front` stays: `home-gone-1` is in it
    ");
    let wanted = Wanted { remove_orphans: true, ..Wanted::default() };
    insta::assert_snapshot!(shown(true, &there, &wanted), @r"
    1. stop the container `home-web-1`
    2. remove the container `home-web-1` [1]
    3. stop the container `home-db-1` [2]
    4. remove the container `home-db-1` [3]
    5. stop the container `home-db-run-1` [2]
    6. remove the container `home-db-run-1` [5]
    7. stop the container `home-gone-1`
    8. remove the container `home-gone-1` [7]
    9. remove the network `home_front` [2 4 6 8]
    the container `home-tool-1` stays: its service has a profile that is not active, `--profile` makes it so
    ");
}

#[test]
fn a_service_goes_alone_with_what_is_only_its_own() {
    let wanted = Wanted { volumes: true, services: vec!["db".into()], ..Wanted::default() };
    insta::assert_snapshot!(shown(true, &there(vec![]), &wanted), @r"
    1. stop the container `home-db-1`
    2. remove the container `home-db-1` [1]
    3. remove the volume `0…` and all that is in it! [2]
    4. remove the volume `home_data` and all that is in it! [2]
    ");
}

#[test]
fn nothing_is_to_do_where_nothing_is_there() {
    assert_eq!(shown(true, &There::default(), &Wanted { volumes: true, ..Wanted::default() }), "");
}

#[test]
fn what_was_kept_goes_with_the_last_container() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::under(directory.path());
    let file = home.state.join("stacks/home.json");
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, "{}").unwrap();
    forget_what_is_gone(&home, "home", &there(vec![])).unwrap();
    assert!(file.exists());
    forget_what_is_gone(&home, "home", &There::default()).unwrap();
    assert!(!file.exists());
}
