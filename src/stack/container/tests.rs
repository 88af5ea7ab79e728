//! Requests out of compose files. That they are equal to those of Docker Compose is shown against it, with the projects of
//! `tests/stack`; here stands what each key becomes, and what that comparison cannot reach.

mod keys;
mod refused;

use bollard::models::MountPoint;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::*;
use crate::stack::compose::load;
use crate::stack::compose::project::Options;

const NEW: Api = Api(1, 51);
const OLD: Api = Api(1, 41);

/// The stack of a compose file in `/srv/home`, where `TOKEN` is set.
fn stack(text: &str) -> Stack {
    let options = Options {
        files: vec!["-".into()],
        working_directory: "/srv/home".into(),
        environment: [("TOKEN".to_owned(), "s3cr3t".to_owned())].into(),
        stdin: Some(text.to_owned()),
        ..Options::default()
    };
    Stack::new(&load::load(&options).unwrap_or_else(|problem| panic!("{problem}\n{text}"))).unwrap()
}

/// Every service has one container: its id is `id-of-NAME`.
fn ask(stack: &Stack, api: Api, replaced: Option<Replaced>) -> Result<Request> {
    let first = |service: &str| stack.service(service).map(|service| format!("id-of-{}", service.name));
    let image_of = |image: &str| Some(format!("sha256:{image}"));
    let at =
        Circumstances { number: 1, image: "sha256:1", api, first: &first, image_of: &image_of, replaced };
    request(stack, stack.service("web").unwrap(), at)
}

fn web(text: &str, api: Api) -> Request {
    ask(&stack(text), api, None).unwrap()
}

fn body(request: &Request) -> Value {
    serde_json::to_value(&request.body).unwrap()
}

#[test]
fn an_older_engine_is_asked_for_one_network_at_a_time() {
    let text = "services: {web: {image: a, networks: {late: {priority: -1}, first: {priority: 9}, b: }}}\n\
                networks: {late: , first: {name: theirs, external: true}, b: }\n";
    let names = |request: &Request| {
        let endpoints = request.body.networking_config.as_ref().unwrap().endpoints_config.as_ref().unwrap();
        let mut names: Vec<_> = endpoints.keys().cloned().collect();
        names.sort();
        (names, request.connect.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
    };
    let (old, new) = (web(text, OLD), web(text, NEW));
    assert_eq!(names(&old), (vec!["theirs".into()], vec!["home_b".into(), "home_late".into()]));
    assert_eq!(names(&new), (vec!["home_b".into(), "home_late".into(), "theirs".into()], vec![]));
    assert_eq!(body(&old)["HostConfig"]["NetworkMode"], "theirs");
    assert_eq!(old.connect[0].1.aliases, Some(vec!["home-web-1".into(), "web".into()]));
}

#[test]
fn what_is_shared_is_that_of_a_container() {
    let text = "services:\n  web: {image: a, network_mode: 'service:db', pid: 'service:db', ipc: shareable, \
                volumes_from: [db, 'db:ro', 'container:x:ro']}\n  db: {image: b}\n";
    let made = body(&web(text, OLD));
    let host = &made["HostConfig"];
    assert_eq!(
        (&host["NetworkMode"], &host["PidMode"]),
        (&json!("container:id-of-db"), &json!("container:id-of-db"))
    );
    assert_eq!(host["IpcMode"], "shareable");
    assert_eq!(host["VolumesFrom"], json!(["id-of-db", "id-of-db:ro", "x:ro"]));
    assert_eq!(made["NetworkingConfig"], Value::Null);
    // The hash on the container is that with the ids.
    let stack = stack(text);
    assert_ne!(made["Labels"]["com.docker.compose.config-hash"], json!(stack.service("web").unwrap().hash));
}

#[test]
fn links_name_every_container_of_a_service() {
    let text =
        "services: {web: {image: a, links: ['db:sql'], external_links: [out]}, db: {image: b, scale: 2}}\n";
    let made = body(&web(text, OLD));
    let links = json!([
        "home-db-1:sql",
        "home-db-1:db-1",
        "home-db-1:home-db-1",
        "home-db-2:sql",
        "home-db-2:db-1",
        "home-db-2:home-db-1",
        "out:out",
    ]);
    assert_eq!(made["HostConfig"]["Links"], links);
    assert_eq!(made["NetworkingConfig"]["EndpointsConfig"]["home_default"]["Links"], links);
}

#[test]
fn the_labels_are_those_of_docker_compose() {
    let text = "services:\n  web: {image: a, labels: {own: x, com.docker.compose.project: mine}, depends_on: {db: \
                {condition: service_healthy, restart: true}, b: {condition: service_started}}}\n  db: {image: b}\n  b: \
                {image: b}\n";
    let made = body(&web(text, OLD));
    let labels = made["Labels"].as_object().unwrap();
    let said: Vec<_> = labels.iter().filter(|(key, _)| !key.ends_with("hash")).collect();
    let mut lines: Vec<String> =
        said.iter().map(|(key, value)| format!("{key}={}", value.as_str().unwrap())).collect();
    lines.sort();
    insta::assert_snapshot!(lines.join("\n"), @r"
    com.docker.compose.container-number=1
    com.docker.compose.depends_on=b:service_started:false,db:service_healthy:true
    com.docker.compose.image=sha256:1
    com.docker.compose.oneoff=False
    com.docker.compose.project.config_files=-
    com.docker.compose.project.working_dir=/srv/home
    com.docker.compose.project=home
    com.docker.compose.service=web
    com.docker.compose.version=5.6.1
    own=x
    ");
    assert_eq!(labels["com.docker.compose.config-hash"].as_str().unwrap().len(), 64);
}

#[test]
fn volumes_without_a_name_are_carried_over() {
    let text =
        "services: {web: {image: a, volumes: [/cache, 'data:/data', '/tmp:/made']}}\nvolumes: {data: }\n";
    let mount = |kind: &str, name: &str, at: &str| MountPoint {
        typ: Some(kind.into()),
        name: Some(name.into()),
        destination: Some(at.into()),
        rw: Some(true),
        ..MountPoint::default()
    };
    let before = [
        mount("volume", "anonymous", "/cache"),
        mount("volume", "elsewhere", "/data"),
        mount("volume", "of-image", "/declared"),
        mount("tmpfs", "", "/in-memory"),
        mount("volume", "gone", "/no-longer-said"),
    ];
    let of_image = ["/declared".to_owned(), "/data".to_owned(), "/in-memory".to_owned()];
    let replaced = Replaced { mounts: &before, volumes_of_image: &of_image };
    let made = ask(&stack(text), OLD, Some(replaced)).unwrap();
    let mounts = made.body.host_config.as_ref().unwrap().mounts.clone().unwrap();
    let mounts: Vec<_> =
        mounts.iter().map(|mount| (mount.source.as_deref(), mount.target.as_deref())).collect();
    assert_eq!(mounts, [(Some("anonymous"), Some("/cache")), (Some("of-image"), Some("/declared"))]);
    assert_eq!(body(&made)["HostConfig"]["Binds"], json!(["home_data:/data:rw", "/tmp:/made:rw"]));
    assert_eq!(body(&made)["Labels"]["com.docker.compose.replace"], "web-1");
}

#[test]
fn secrets_are_mounted_or_written_and_never_shown() {
    let text = "services:\n  web:\n    image: a\n    secrets: [key, {source: token, target: t, uid: '7', mode: 0400}]\n    \
                configs: [{source: text, target: /etc/x}, text]\n\
                secrets: {key: {file: ./key}, token: {environment: TOKEN}}\nconfigs: {text: {content: 'a$$b'}}\n";
    let made = web(text, OLD);
    let mounted = body(&made)["HostConfig"]["Mounts"].clone();
    assert_eq!(
        mounted,
        json!([{ "Type": "bind", "Source": "/srv/home/key", "Target": "/run/secrets/key", "ReadOnly": true, "BindOptions": {} }])
    );
    let files: Vec<_> = made
        .files
        .iter()
        .map(|file| (file.target.as_str(), file.mode, file.owner, file.content.expose_secret()))
        .collect();
    assert_eq!(
        files,
        [
            ("/run/secrets/t", 0o400, (7, 0), "s3cr3t"),
            ("/etc/x", 0o444, (0, 0), "a$b"),
            ("/text", 0o444, (0, 0), "a$b"),
        ]
    );
    let stack = stack(text);
    let shown = format!("{made:?}{stack:?}{}", serde_json::to_string(&stack).unwrap());
    assert!(!shown.contains("s3cr3t"), "{shown}");
}

#[test]
fn networks_and_volumes_have_labels_too() {
    let text = "services: {web: {image: a, networks: [n], volumes: ['vol:/vol']}}\n\
                networks: {n: {driver: bridge, internal: true, labels: [x=y], driver_opts: {mtu: 1400}, ipam: {config: \
                [{subnet: 10.9.0.0/24, aux_addresses: {a: 10.9.0.2}}]}}}\n\
                volumes: {vol: {name: mine, driver_opts: {type: tmpfs}}}\n";
    let stack = stack(text);
    let mut network =
        serde_json::to_value(crate::stack::network::request(&stack, &stack.networks[0])).unwrap();
    let mut volume = serde_json::to_value(crate::stack::volume::request(&stack, &stack.volumes[0])).unwrap();
    for made in [&mut network, &mut volume] {
        let hash = made["Labels"].as_object_mut().unwrap().remove("com.docker.compose.config-hash").unwrap();
        assert_eq!(hash.as_str().unwrap().len(), 64);
    }
    let labels = |kind: &str, key: &str| {
        json!({ format!("com.docker.compose.{kind}"): key, "com.docker.compose.project": "home",
            "com.docker.compose.version": COMPOSE_VERSION })
    };
    let mut of_network = labels("network", "n");
    of_network["x"] = json!("y");
    assert_eq!(
        network,
        json!({ "Name": "home_n", "Driver": "bridge", "Internal": true, "Attachable": false, "Options": { "mtu": "1400" },
            "IPAM": { "Config": [{ "Subnet": "10.9.0.0/24", "AuxiliaryAddresses": { "a": "10.9.0.2" } }] },
            "Labels": of_network })
    );
    assert_eq!(
        volume,
        json!({ "Name": "mine", "DriverOpts": { "type": "tmpfs" }, "Labels": labels("volume", "vol") })
    );
}
