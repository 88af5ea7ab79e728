//! Looking at homes and process tables of the test's own.

use super::*;
use crate::config::paths::Home;

fn asked(root: &Path, home: Home) -> Asked {
    Asked { home, ..crate::facts::snapshot::testing(root) }
}

#[test]
fn groups() {
    let groups = "root:x:0:\ndocker:x:999:ann, bob,\nbroken\n";
    let passwd = "ann:x:1:1::/:\ncarl:x:2:999::/:\nshort:x\n";
    let found = group("docker", groups, passwd);
    assert_eq!(found, Group { exists: true, members: ["ann", "bob", "carl"].map(String::from).to_vec() });
    assert_eq!(group("none", groups, passwd), Group::default());
    assert_eq!(group("broken", groups, passwd), Group { exists: true, members: Vec::new() });
}

#[test]
fn this_machine_is_loopback() {
    for host in ["127.0.0.1", "[::1]", "127.9.9.9", "localhost", "a.localhost"] {
        assert!(is_local(host), "{host}");
    }
    for host in ["192.168.1.2", "localhost.example", "nas", "", "[fe80::1]"] {
        assert!(!is_local(host), "{host}");
    }
}

#[test]
fn a_secret_is_found_where_it_does_not_belong() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::under(&dir.path().join("home"));
    for folder in [&home.config, &home.logs, &dir.path().join("proc/77"), &dir.path().join("proc/self")] {
        std::fs::create_dir_all(folder).unwrap();
    }
    let secret = "kept-from-everybody";
    let lines =
        format!("TARS_AUTH_SIGNING_KEY={secret}\nTARS_ANSWER_API_KEY={secret}\nTARS_SERVER_LOG=info\n");
    std::fs::write(home.env(), lines).unwrap();
    std::fs::write(home.logs.join("serve.log"), format!("{}\nkey: {secret}\n", "x".repeat(2 << 20))).unwrap();
    std::fs::write(home.logs.join("other.log"), "nothing at log level info").unwrap();
    std::fs::write(dir.path().join("proc/77/cmdline"), format!("curl\0-H\0Bearer {secret}\0")).unwrap();
    std::fs::write(dir.path().join("proc/77/comm"), "curl\n").unwrap();
    let found = gather(&asked(dir.path(), home));
    let names = ["TARS_AUTH_SIGNING_KEY", "TARS_ANSWER_API_KEY"].map(String::from).to_vec();
    assert_eq!(found.reused, Fact::Known(vec!["`TARS_AUTH_SIGNING_KEY` and `TARS_ANSWER_API_KEY`".into()]));
    let exposure = Exposure { place: "curl".into(), pid: Some(77), secrets: names.clone() };
    assert_eq!(found.arguments, Fact::Known(vec![exposure]));
    let logged = found.logged.known().unwrap();
    assert_eq!(logged.len(), 1);
    assert!(logged[0].place.ends_with("serve.log") && logged[0].secrets == names);
    assert!(!serde_json::to_string(&found).unwrap().contains(secret));
}

#[test]
fn the_real_machine_and_no_machine() {
    let home = Home::find(None, nix::unistd::geteuid().is_root(), |name| std::env::var(name).ok()).unwrap();
    let real = gather(&asked(Path::new("/"), home));
    assert!(real.docker_group.known().is_some());
    let none = Path::new("/nonexistent");
    let found = gather(&asked(none, Home::under(none)));
    assert_eq!(found.program, Fact::Known(Vec::new()));
    assert!(matches!(found.docker_group, Fact::Unknown(_)));
}
