//! What to do about what the engine says when it refuses something. The engine has no codes for its reasons, so they
//! are known by words that have stayed the same from version to version.

use bollard::query_parameters::ListContainersOptions;

use crate::failure::Failure;
use crate::stack::engine::Engine;

/// Words of the engine, all of which have to be there, and what to do.
const KNOWN: &[(&[&str], &str)] = &[
    (
        &["could not select device driver"],
        "the engine cannot give a container the graphics card: `tars doctor gpu` says what is missing; \
         `--cpu-only` starts without it",
    ),
    (
        &["no space left on device"],
        "the engine's disk is full: `docker system df` shows what takes the space, and `docker image prune` frees some",
    ),
    (
        &["volume", "in use"],
        "another container uses the volume: `docker ps --all --filter volume=NAME` shows which; stop and remove that first",
    ),
    (
        &["has active endpoints"],
        "containers of others are in the network: `docker network inspect NAME` names them; disconnect or stop them first",
    ),
    (&["no such image"], "pull or build it: remove `pull_policy: never`, or run `docker pull` by hand"),
    (
        &["is already in use by container"],
        "a container of somebody else has that name: rename or remove it, or give the service another `container_name`",
    ),
    (
        &["executable file not found"],
        "the image has no such program: see `command` and `entrypoint` of the service",
    ),
    (
        &["no such file or directory", "exec"],
        "the image has no such program, or not what it needs to run: see `command` and `entrypoint` of the service",
    ),
    (
        &["permission denied", "exec"],
        "the program in the image is not executable for that user: see `command`, `entrypoint` and `user` of the service",
    ),
    (
        &["bind source path does not exist"],
        "create the directory that is bound, or mount what should be there",
    ),
    (
        &["read-only", "file system"],
        "something that is to be written there is on a file system that is mounted read-only",
    ),
    (
        &["container rootfs is marked read-only"],
        "secrets and configs from variables are copied into the container: give them as files, or leave `read_only` out",
    ),
    (
        &["pool overlaps"],
        "another network has these addresses: `docker network ls`; choose another `subnet` under `ipam`",
    ),
    (
        &["could not find an available", "address pool"],
        "the engine has no addresses left for networks: `docker network prune` removes those that nobody uses",
    ),
    (
        &["permission denied"],
        "the engine may not do that: look at the owner and mode of what is bound, and at AppArmor or SELinux",
    ),
];

/// The same failure, telling what to do where it does not yet, and that is known.
pub fn advised(failure: Failure, owner: Option<&str>) -> Failure {
    if failure.hint_text().is_some() {
        return failure;
    }
    let text = failure.to_string();
    let hint = match (taken_port(&text), owner) {
        (Some(port), Some(owner)) => {
            Some(format!("the container `{owner}` has port {port}: stop it, or publish another port"))
        }
        (Some(port), None) => Some(format!(
            "`sudo ss -ltnup 'sport = :{port}'` shows who has port {port}: stop that, or publish another port"
        )),
        (None, _) => known(&text).map(String::from),
    };
    match hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

fn known(text: &str) -> Option<&'static str> {
    let text = text.to_ascii_lowercase();
    KNOWN.iter().find(|(words, _)| words.iter().all(|word| text.contains(word))).map(|(_, hint)| *hint)
}

/// The port that somebody else has, where that is what the engine says.
fn taken_port(text: &str) -> Option<u16> {
    let end =
        ["port is already allocated", "address already in use"].iter().find_map(|end| text.find(end))?;
    let before = &text[..end];
    // `Bind for 0.0.0.0:8080 failed: …`, `listen tcp4 0.0.0.0:8080: bind: …`: it is the last number after a colon.
    before.rsplit(':').find_map(|part| {
        let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    })
}

/// The container that publishes the port that a failure tells of, where one does.
pub async fn port_owner(engine: &Engine, failure: &Failure) -> Option<String> {
    let port = taken_port(&failure.to_string())?;
    let question = engine.docker.list_containers(None::<ListContainersOptions>);
    let listed = engine.ask("list the containers", question).await.ok()?;
    let has = |ports: &[bollard::models::PortSummary]| ports.iter().any(|p| p.public_port == Some(port));
    let owner = listed.into_iter().find(|container| container.ports.as_deref().is_some_and(has))?;
    Some(owner.names?.first()?.trim_start_matches('/').to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hint(text: &str, owner: Option<&str>) -> String {
        advised(Failure::environment(text), owner).hint_text().unwrap_or("none").to_string()
    }

    #[test]
    fn a_port_is_found_in_what_engines_say_of_it() {
        for text in [
            "driver failed programming external connectivity on endpoint h-web-1 (0aa): Bind for 0.0.0.0:8080 failed: \
             port is already allocated",
            "Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use",
            "failed to bind host port 127.0.0.1:8080/tcp: address already in use",
            "Bind for :::8080 failed: port is already allocated",
        ] {
            assert_eq!(taken_port(text), Some(8080), "{text}");
        }
        assert_eq!(taken_port("no port 8080 here"), None);
        let taken = "Bind for 0.0.0.0:8080 failed: port is already allocated";
        assert!(hint(taken, Some("old-web-1")).contains("the container `old-web-1` has port 8080"));
        assert!(hint(taken, None).contains("sport = :8080"));
    }

    #[test]
    fn known_words_have_a_hint() {
        for (text, part) in [
            ("could not select device driver \"nvidia\" with capabilities: [[gpu]]", "--cpu-only"),
            ("write /var/lib/x: no space left on device", "docker system df"),
            ("remove home_data: volume is in use - [0ab]", "filter volume"),
            ("No such image: local/part:9", "pull or build"),
            (
                "Conflict. The container name \"/web\" is already in use by container \"0aa\"",
                "container_name",
            ),
            ("exec: \"nope\": executable file not found in $PATH: unknown", "no such program"),
            ("mkdir /mnt/x: permission denied", "owner and mode"),
            ("network home_default id 0aa has active endpoints", "docker network inspect"),
            ("all is well", "none"),
        ] {
            assert!(hint(text, None).contains(part), "{text}: {}", hint(text, None));
        }
    }

    #[test]
    fn a_hint_that_is_there_stays() {
        let told = advised(Failure::environment("no space left on device").hint("buy a disk"), None);
        assert_eq!(told.hint_text(), Some("buy a disk"));
    }
}
