//! Plans from recorded facts: everything from nothing, nothing from everything, and one step for each thing
//! that can differ.

use super::*;
use crate::facts::Fact;
use crate::host::service::State;
use crate::install::facts::Key;
use crate::install::render;
use crate::install::testing::{bare, defaults, found, home};

const TOML: &str = "# mine\n[server]\nlisten = '127.0.0.1:8000'\n";
const ENV: &str = "TARS_AUTH_SIGNING_KEY=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n";

fn planned(facts: Facts, toml: Option<&str>, env: Option<&str>) -> Vec<String> {
    let found = found(facts, toml, env);
    let wanted = render::wanted_in(&home(), &defaults(), &found, &[]).unwrap();
    let plan = plan(&found.facts, &wanted);
    plan.steps.iter().map(|step| format!("{} — {}", step.action, step.cause)).collect()
}

/// A machine on which all is as it should be.
fn installed() -> Facts {
    let mut facts = bare();
    let home = home();
    for path in [&home.config, &home.state, &home.logs, &home.run, &home.config.with_file_name("")] {
        facts.paths.insert(path.clone(), Entry::Directory { mode: 0o700 });
    }
    facts.paths.insert("/srv/t".into(), Entry::Directory { mode: 0o755 });
    facts.paths.insert(home.bin.clone(), Entry::Directory { mode: 0o755 });
    facts.paths.insert(home.env(), Entry::File { mode: 0o600, digest: None });
    facts.paths.insert(home.toml(), Entry::File { mode: 0o644, digest: Some(digest(TOML.as_bytes())) });
    facts.paths.insert(home.database(), Entry::File { mode: 0o600, digest: None });
    facts.paths.insert(home.program(), Entry::File { mode: 0o755, digest: Some("p2".into()) });
    facts.key = Key::Good;
    facts.service = Fact::Known(State { running: true, pid: Some(1), server: Some(2), ..State::default() });
    facts
}

fn steps(change: impl Fn(&mut Facts)) -> Vec<String> {
    let mut facts = installed();
    change(&mut facts);
    planned(facts, Some(TOML), Some(ENV))
}

#[test]
fn everything_from_nothing() {
    insta::assert_snapshot!(planned(bare(), None, None).join("\n"), @"
    create the directory `/srv/t` (0700) — it does not exist
    create the directory `/srv/t/state` (0700) — it does not exist
    create the directory `/srv/t/config` (0700) — it does not exist
    create the directory `/srv/t/logs` (0700) — it does not exist
    create the directory `/srv/t/run` (0700) — it does not exist
    create the directory `/srv/t/bin` (0755) — it does not exist
    write `/srv/t/config/tars.env` (0600, secret) — it has no signing key
    write `/srv/t/config/tars.toml` (0644) — it does not exist
    write `/srv/t/config/admin-password` (0600, secret) — the administrator has no password yet
    copy this program to `/srv/t/bin/tars` — it does not exist
    start the server — it does not run
    ");
}

#[test]
fn nothing_where_all_is_as_wanted() {
    assert_eq!(steps(|_| {}), [""; 0]);
    // An interrupted first run: the password is there, the database is not.
    let mut facts = installed();
    facts.paths.insert(home().database(), Entry::Missing);
    facts.paths.insert(home().first_password(), Entry::File { mode: 0o600, digest: None });
    assert_eq!(planned(facts, Some(TOML), Some(ENV)), [""; 0]);
}

#[test]
fn one_difference_gives_its_own_steps() {
    let restart = "restart the server — what it runs from changes";
    let weak = steps(|facts| facts.key = Key::Weak("looks like a placeholder".into()));
    assert_eq!(
        weak,
        ["write `/srv/t/config/tars.env` (0600, secret) — its signing key looks like a placeholder", restart]
    );
    let program = steps(|facts| facts.program.digest = "p3".into());
    assert_eq!(program, ["copy this program to `/srv/t/bin/tars` — another version stands there", restart]);
    let wide =
        steps(|facts| drop(facts.paths.insert(home().env(), Entry::File { mode: 0o644, digest: None })));
    assert_eq!(
        wide,
        [
            "set the permissions of `/srv/t/config/tars.env` to 0600 — it holds a secret, and its permissions are 0644"
        ]
    );
    let open = steps(|facts| drop(facts.paths.insert(home().state, Entry::Directory { mode: 0o755 })));
    assert_eq!(
        open,
        ["set the permissions of `/srv/t/state` to 0700 — others may use it: its permissions are 0755"]
    );
    let group = steps(|facts| drop(facts.paths.insert(home().state, Entry::Directory { mode: 0o750 })));
    assert_eq!(group, [""; 0]);
    let outdated = steps(|facts| facts.outdated = Some("the program was replaced while it runs".into()));
    assert_eq!(outdated, ["restart the server — the program was replaced while it runs"]);
    let left = steps(|facts| facts.leftovers = vec!["/srv/t/bin/.tars-a1B2c3".into()]);
    assert_eq!(left, ["remove `/srv/t/bin/.tars-a1B2c3` — an interrupted run left it"]);
    let stopped = steps(|facts| facts.service = Fact::Known(State::default()));
    assert_eq!(stopped, ["start the server — it does not run"]);
    let crashing = State { running: true, last_end: Some("exit code 2".into()), ..State::default() };
    let crashing = steps(|facts| facts.service = Fact::Known(crashing.clone()));
    assert_eq!(crashing, ["restart the server — it does not stay up (exit code 2)"]);
}
