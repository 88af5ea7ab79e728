//! Each check at its borders, on a machine where everything else is in order.

use super::*;
use crate::facts::documents::Directory;
use crate::facts::machine::Storage;
use crate::facts::models::Endpoint as Found;
use crate::host::service::State as Service;
use crate::install::testing::{bare, defaults};

fn verdicts(facts: &Facts, answers: &Answers, id: &str) -> Vec<Verdict> {
    let found: Vec<_> =
        preflight(facts, answers).into_iter().filter(|f| f.id == id).map(|f| f.verdict).collect();
    assert!(
        id == "network.exposure" || id == "config.environment" || !found.is_empty(),
        "{id} was not judged"
    );
    found
}

fn judged(id: &str, change: impl Fn(&mut Facts)) -> Verdict {
    let mut facts = bare();
    change(&mut facts);
    verdicts(&facts, &defaults(), id)[0]
}

fn storage(facts: &mut Facts, change: impl Fn(&mut Storage)) {
    let mut storage = facts.storage.known().unwrap().clone();
    change(&mut storage);
    facts.storage = Fact::Known(storage);
}

#[test]
fn a_machine_in_order_has_one_warning() {
    let findings = preflight(&bare(), &defaults());
    let other: Vec<_> =
        findings.iter().filter(|f| f.verdict != Verdict::Pass).map(|f| f.id.as_str()).collect();
    assert_eq!(other, ["models.endpoint"]);
}

#[test]
fn what_is_not_known_is_never_a_pass() {
    let mut facts = bare();
    let why = || "no answer in 2 s".to_string();
    facts.system = Fact::Unknown(why());
    facts.storage = Fact::Unknown(why());
    facts.port = Fact::Unknown(why());
    facts.service = Fact::Unknown(why());
    facts.models = Fact::Unknown(why());
    facts.documents = vec![Directory { path: "/nas".into(), state: Fact::Unknown(why()) }];
    for finding in preflight(&facts, &defaults()) {
        assert_ne!(finding.verdict, Verdict::Pass, "{finding:?}");
    }
}

#[test]
fn memory_and_storage_at_their_borders() {
    let memory = |bytes| {
        judged("system.memory", |facts| {
            let mut system = facts.system.known().unwrap().clone();
            system.memory_bytes = bytes;
            facts.system = Fact::Known(system);
        })
    };
    assert_eq!(
        [256 * MIB, 256 * MIB + 1, GIB - 1, GIB].map(memory),
        [Verdict::Fail, Verdict::Warn, Verdict::Warn, Verdict::Pass]
    );
    let space = |bytes| judged("storage.space", |facts| storage(facts, |s| s.free_bytes = bytes));
    assert_eq!(
        [256 * MIB, 256 * MIB + 1, 2 * GIB - 1, 2 * GIB].map(space),
        [Verdict::Fail, Verdict::Warn, Verdict::Warn, Verdict::Pass]
    );
    let inodes = |free: Option<u64>| {
        judged("storage.inodes", |facts| storage(facts, |s| s.inodes = free.map(|f| (f, 1 << 20))))
    };
    assert_eq!(
        [Some(999), Some(1_000), Some(20_000), None].map(inodes),
        [Verdict::Fail, Verdict::Warn, Verdict::Pass, Verdict::Pass]
    );
    assert_eq!(
        judged("storage.writable", |facts| facts.unwritable = vec!["`/srv`: read-only".into()]),
        Verdict::Fail
    );
}

#[test]
fn state_on_a_network_file_system_is_refused() {
    for (name, verdict) in [
        ("nfs", Verdict::Fail),
        ("cifs", Verdict::Fail),
        ("smb2", Verdict::Fail),
        ("tmpfs", Verdict::Warn),
        ("xfs", Verdict::Pass),
    ] {
        assert_eq!(
            judged("storage.filesystem", |facts| storage(facts, |s| s.filesystem = name.into())),
            verdict,
            "{name}"
        );
    }
}

#[test]
fn a_stranger_at_our_port_is_refused_and_our_own_server_is_not() {
    let running = Service { running: true, server: Some(7), ..Service::default() };
    for (port, runs, verdict) in [
        (Port::Free, false, Verdict::Pass),
        (Port::Taken, false, Verdict::Fail),
        (Port::Tars("1".into()), false, Verdict::Fail),
        (Port::Tars("1".into()), true, Verdict::Pass),
        (Port::Taken, true, Verdict::Warn),
        (Port::Refused("no such address".into()), true, Verdict::Fail),
    ] {
        let found = judged("ports.listen", |facts| {
            facts.port = Fact::Known(port.clone());
            facts.service = Fact::Known(if runs { running.clone() } else { Service::default() });
        });
        assert_eq!(found, verdict, "{port:?} while running: {runs}");
    }
}

#[test]
fn model_servers() {
    let with = |models: &[&str]| {
        let models: Vec<String> = models.iter().map(ToString::to_string).collect();
        judged("models.endpoint", |facts| {
            facts.models = Fact::Known(vec![Found { url: "http://x".into(), models: models.clone() }]);
        })
    };
    assert_eq!((with(&["a"]), with(&[])), (Verdict::Pass, Verdict::Warn));
    let answers = Answers { endpoint: Endpoint::Off, ..defaults() };
    assert_eq!(verdicts(&bare(), &answers, "models.endpoint"), [Verdict::Pass]);
}

#[test]
fn a_missing_directory_stops_only_who_just_named_it() {
    let mut facts = bare();
    facts.documents = vec![Directory { path: "/nas".into(), state: Fact::Known(State::Missing) }];
    let named = Answers { new_documents: vec!["/nas".into()], ..defaults() };
    assert_eq!(verdicts(&facts, &named, "documents.readable"), [Verdict::Fail]);
    assert_eq!(verdicts(&facts, &defaults(), "documents.readable"), [Verdict::Warn]);
    facts.manager = Manager::Systemd { user: false };
    let readable = Fact::Known(State::Readable { files: 1, more: false });
    facts.documents = vec![
        Directory { path: "/tmp/x".into(), state: readable.clone() },
        Directory { path: "/home/x".into(), state: readable },
    ];
    assert_eq!(verdicts(&facts, &defaults(), "documents.readable"), [Verdict::Warn, Verdict::Pass]);
}

#[test]
fn listening_wider_than_loopback_is_said() {
    let at = |address: &str| {
        let mut facts = bare();
        facts.listen = address.parse().unwrap();
        verdicts(&facts, &defaults(), "network.exposure")
    };
    assert_eq!((at("127.0.0.1:8000"), at("[::1]:8000")), (vec![], vec![]));
    assert_eq!((at("0.0.0.0:8000"), at("192.168.1.5:8000")), (vec![Verdict::Warn], vec![Verdict::Warn]));
    let fleeting = Answers { fleeting: vec!["TARS_ANSWER_API_KEY".into()], ..defaults() };
    assert_eq!(verdicts(&bare(), &fleeting, "config.environment"), [Verdict::Warn]);
}
