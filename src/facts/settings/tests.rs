//! Looking at real settings files in a home of the test's own, the broken ones above all.

use super::*;
use crate::config::Fault;
use crate::config::paths::Home;

fn asked(home: Home, environment: &[(&str, &str)]) -> Asked {
    Asked {
        home,
        environment: environment.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect(),
        ..crate::facts::snapshot::testing(std::path::Path::new("/"))
    }
}

fn of(toml: &[u8], env: &[u8], environment: &[(&str, &str)]) -> Settings {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::under(dir.path());
    std::fs::create_dir_all(&home.config).unwrap();
    std::fs::write(home.toml(), toml).unwrap();
    std::fs::write(home.env(), env).unwrap();
    gather(&asked(home, environment))
}

fn words(toml: &str, env: &str) -> Words {
    of(toml.as_bytes(), env.as_bytes(), &[]).words.known().unwrap().clone()
}

fn names(spots: &[Spot]) -> Vec<String> {
    let short = |spot: &Spot| {
        let (_, file) = spot.place.rsplit_once('/').unwrap();
        format!("{file} {}", spot.name)
    };
    spots.iter().map(short).collect()
}

#[test]
fn nothing_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let found = gather(&asked(Home::under(&dir.path().join("none")), &[]));
    assert_eq!(found.installed, Fact::Known(false));
    assert!(!found.env.known().unwrap().exists);
    assert_eq!(found.problems, Fact::Known(Vec::new()));
    assert!(!found.server.known().unwrap().running);
}

#[test]
fn the_real_machine() {
    let home = Home::find(None, nix::unistd::geteuid().is_root(), |name| std::env::var(name).ok()).unwrap();
    let environment: Vec<_> = std::env::vars().collect();
    let found = gather(&Asked { environment, ..asked(home, &[]) });
    assert!(matches!(found.installed, Fact::Known(_) | Fact::Unknown(_)));
}

#[test]
fn problems_have_their_kind_and_place() {
    let toml = b"[server]\nlissten = '1'\nlog = 'loud'\n[auth]\nsigning_key = 'x'\n";
    let found = of(toml, b"nonsense\nTARS_SERVER_LOGG=a\nrestofakeyQ=\n", &[]);
    let problems = found.problems.known().unwrap();
    let faults: Vec<_> = problems.iter().map(|problem| problem.fault).collect();
    assert_eq!(
        faults,
        [Fault::Misplaced, Fault::Unknown, Fault::Value, Fault::Syntax, Fault::Unknown, Fault::Unknown]
            .map(|fault| fault),
        "{problems:#?}"
    );
    assert!(problems.iter().any(|problem| problem.place.ends_with("tars.toml:2:1")), "{problems:#?}");
    assert!(!format!("{found:?}").contains("restofakey"), "{found:#?}");
}

#[test]
fn forms() {
    let table: [(&[u8], Form); 7] = [
        (b"", Form::default()),
        (b"A=1\n", Form::default()),
        (b"\xef\xbb\xbfA=1\n", Form { mark: true, ..Form::default() }),
        (b"A=1\r\nB=2\r\n", Form { carriage_returns: 2, ..Form::default() }),
        (b"A=1\nB=\0\n", Form { nul: Some(2), ..Form::default() }),
        (b"A=1\n\nB=\xff\n", Form { not_utf8: Some(3), ..Form::default() }),
        (b"A=1", Form { unfinished: true, ..Form::default() }),
    ];
    for (bytes, expected) in table {
        assert_eq!(Form::of(bytes), expected, "{}", bytes.escape_ascii());
    }
}

#[test]
fn values_that_are_not_meant_as_they_stand() {
    let toml = "[answer]\nmodel = 'your-model'\nendpoint = 'http://llm.example.com'\n[documents]\npaths = ['/srv/examples', '${HOME}/x']\n";
    let env = "TARS_ANSWER_API_KEY=$(cat key)\nTARS_AUTH_SIGNING_KEY=CHANGE_ME\nTARS_SERVER_LOG='\"info\"'\n";
    let found = words(toml, env);
    assert_eq!(
        names(&found.placeholders),
        ["tars.toml:3 answer.endpoint", "tars.toml:2 answer.model", "tars.env:2 TARS_AUTH_SIGNING_KEY"]
    );
    assert_eq!(names(&found.shell), ["tars.toml:5 documents.paths", "tars.env:1 TARS_ANSWER_API_KEY"]);
    assert_eq!(names(&found.quotes), ["tars.env:3 TARS_SERVER_LOG"]);
    assert!(found.secrets.is_empty(), "they are told as what they are: {found:?}");
}

#[test]
fn the_last_of_several_counts() {
    let found =
        words("", "TARS_ANSWER_API_KEY=first-one\n\nTARS_ANSWER_API_KEY=aaaa\nTARS_NONE=1\nTARS_NONE=2\n");
    assert_eq!(names(&found.duplicates), ["tars.env:3 TARS_ANSWER_API_KEY"]);
    assert_eq!(found.duplicates[0].what, "line 3 counts, and hides line 1");
    assert_eq!(found.secrets.len(), 1);
    assert!(found.secrets[0].bits < 20 && found.secrets[0].place.ends_with("tars.env:3"));
}

#[test]
fn no_value_of_a_secret_is_in_the_facts() {
    let weak = "Tr0ub4dor-and-3";
    let found =
        of(b"", format!("TARS_AUTH_SIGNING_KEY={weak}\n").as_bytes(), &[("TARS_ANSWER_API_KEY", weak)]);
    assert!(found.words.known().unwrap().secrets[0].refused.is_some());
    assert_eq!(found.shadows.known().unwrap().len(), 1);
    assert!(!serde_json::to_string(&found).unwrap().contains(weak));
}

#[test]
fn the_environment() {
    let environment = [
        ("TARS_SERVER_LOG", "info"),
        ("TARS_SERVER_LISTEN", "127.0.0.1:9"),
        ("TARS_SERVR_LOG", "x"),
        ("PATH", "/"),
    ];
    let found = of(b"[server]\nlisten = '127.0.0.1:1'\n", b"", &environment);
    let shadows = found.shadows.known().unwrap();
    assert_eq!(shadows.len(), 1, "`info` is what is in force anyway: {shadows:?}");
    assert!(shadows[0].hides.ends_with("tars.toml:2"));
    assert_eq!(found.strangers, ["`TARS_SERVR_LOG`; did you mean `TARS_SERVER_LOG`?"]);
    assert_eq!(found.missing, Fact::Known(vec!["documents.paths".into(), "auth.signing_key".into()]));
}

#[test]
fn garbage_is_no_reason_to_panic() {
    for bytes in [
        &b"\xff\xfe\x00\x00"[..],
        b"=\n==\n'\n\"=\"",
        b"[[[[",
        b"[waiver]\n[[waiver]]",
        "é=ü\u{feff}".as_bytes(),
    ] {
        let found = of(bytes, bytes, &[]);
        assert!(found.words.known().is_some());
    }
    let large = of(&b"# much\n".repeat(100_000), b"", &[]);
    assert_eq!(large.toml_form, Fact::Unknown("it has more than 128 KiB".into()));
    assert_eq!(large.problems, Fact::Unknown("it has more than 128 KiB".into()));
}
