//! The doctor from outside: what it prints in each form, what it lets out, how it takes its arguments, and
//! that it needs no program of the machine. What each check finds is in the tests of its category.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

use crate::support::env::{Ended, finish};
use crate::support::installed::Installation;
use crate::support::{TestEnv, is_root, skip, snapshot};

fn json(ended: &Ended) -> Value {
    serde_json::from_str(&ended.stdout).unwrap_or_else(|error| panic!("{error}: {ended:#?}"))
}

/// Each check's verdict.
fn verdicts(report: &Value) -> BTreeMap<String, String> {
    let sections = report["sections"].as_array().unwrap();
    let findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let text = |value: &Value| value.as_str().unwrap().to_string();
    findings.map(|finding| (text(&finding["id"]), text(&finding["verdict"]))).collect()
}

#[test]
fn the_catalogue_is_large_and_every_check_is_documented() {
    let env = TestEnv::new();
    let list = json(&env.run(&["doctor", "--list", "--format", "json"]).expect(0));
    let checks = list["checks"].as_array().unwrap();
    assert!(checks.len() >= 85, "{} checks", checks.len());
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/checks.md")).unwrap();
    let mut categories: Vec<&str> = Vec::new();
    for check in checks {
        let id = check["id"].as_str().unwrap();
        assert_eq!(check["docs"].as_str().unwrap(), format!("docs/checks.md#{id}"));
        assert!(page.contains(&format!("<a id=\"{id}\"></a>")), "{id} is not in docs/checks.md");
        categories.push(id.split('.').next().unwrap());
    }
    categories.dedup();
    assert_eq!(
        categories,
        [
            "system", "settings", "docker", "gpu", "storage", "ports", "network", "services", "models",
            "data", "security"
        ]
    );
    let text = env.run(&["doctor", "--list"]).expect(0).stdout;
    assert!(text.contains(&format!("{} checks", checks.len())), "{text}");
    let explained = env.run(&["doctor", "--explain", "system.memory.total"]).expect(0).stdout;
    assert!(explained.contains("why it matters") && explained.contains("by hand"), "{explained}");
}

#[test]
fn what_means_no_check_is_a_mistake() {
    let env = TestEnv::new();
    env.run(&["doctor", "--only", "system.memory.totl"])
        .expect(2)
        .says("did you mean `system.memory.total`?");
    env.run(&["doctor", "--skip", "nothing.*"]).expect(2).says("`nothing.*` means no check");
    env.run(&["doctor", "--only", "a[b"]).expect(2).says("is not a pattern");
    env.run(&["doctor", "--explain", "ports.lisen"]).expect(2).says("did you mean `ports.listen`?");
    env.run(&["doctor", "--deadline", "soon"]).expect(2).says("is not a duration");
    env.run(&["doctor", "--undo", "7", "--yes"]).expect(2).says("no repair 7");
    env.run(&["doctor", "--from", "/no/such/file"]).expect(2).says("cannot open `/no/such/file`");
    env.run(&["ops", "status", "--format", "junit"]).expect(2).says("reports of checks");
    let nothing = env.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert!(nothing.stdout.contains("nothing to take back"), "{nothing:#?}");
}

#[test]
fn what_is_asked_for_is_what_is_shown() {
    let env = TestEnv::new();
    let only = ["doctor", "--only", "system.*,network.*", "--skip", "network.*", "--format", "json"];
    let shown = verdicts(&json(&env.run(&only)));
    assert!(shown.len() > 5 && shown.keys().all(|id| id.starts_with("system.")), "{shown:#?}");

    // Nothing is installed here: that fails, and the bar decides what it means for the exit code.
    let failing = env.run(&["doctor", "--only", "settings.*", "--quiet"]).expect(1);
    assert!(failing.stdout.contains("FAIL") && !failing.stdout.contains("\n  pass"), "{failing:#?}");
    assert!(failing.stdout.contains("doctor --explain settings."), "{failing:#?}");
}

#[test]
fn a_machine_that_was_kept_is_judged_as_it_was() {
    let installation = Installation::installed();
    let file = installation.env.path().join("facts.json");
    let shown = file.display().to_string();
    let live = installation.run(&["doctor", "--format", "json", "--save-facts", &shown]);
    let kept = installation.run(&["doctor", "--format", "json", "--from", &shown]);
    assert_eq!(live.code, kept.code);
    assert_eq!(json(&live)["sections"], json(&kept)["sections"]);

    // The same out of an archive, as a helper gets it.
    let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    archive.append_path_with_name(&file, "tars-bundle/facts.json").unwrap();
    let packed = installation.env.path().join("bundle.tar.gz");
    fs::write(&packed, archive.into_inner().unwrap().finish().unwrap()).unwrap();
    let unpacked = installation.run(&["doctor", "--format", "json", "--from", &packed.display().to_string()]);
    assert_eq!(json(&unpacked)["sections"], json(&kept)["sections"]);
}

#[test]
fn no_form_lets_out_a_secret() {
    let installation = Installation::installed();
    let home = installation.home();
    let env = fs::read_to_string(home.env()).unwrap();
    let key = env.lines().find_map(|line| line.strip_prefix("TARS_AUTH_SIGNING_KEY=")).unwrap().to_string();
    let password = fs::read_to_string(home.first_password()).unwrap();
    let password = password.lines().next_back().unwrap().trim().to_string();
    assert!(key.len() >= 32 && password.len() >= 12, "these are the secrets");
    let file = installation.env.path().join("facts.json").display().to_string();
    for form in ["text", "json", "junit", "sarif"] {
        let ended = installation.run(&["doctor", "--format", form, "--save-facts", &file]);
        let everything = ended.stdout + &ended.stderr + &fs::read_to_string(&file).unwrap();
        assert!(!everything.contains(&key) && !everything.contains(&password), "{form}");
    }
}

#[test]
fn every_form_is_well_formed() {
    let env = TestEnv::new();
    let run = |form: &str| env.run(&["doctor", "--format", form]).stdout;
    let junit = run("junit");
    let mut xml = quick_xml::Reader::from_str(&junit);
    let mut cases = 0;
    loop {
        match xml.read_event().unwrap() {
            quick_xml::events::Event::Start(element) if element.name().as_ref() == "testcase" => cases += 1,
            quick_xml::events::Event::Eof => break,
            _ => {}
        }
    }
    let sarif: Value = serde_json::from_str(&run("sarif")).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap().len();
    let report: Value = serde_json::from_str(&run("json")).unwrap();
    assert_eq!(report["schema"], 1);
    assert_eq!((cases, results), (verdicts(&report).len(), verdicts(&report).len()));
}

#[test]
fn it_needs_no_program_of_the_machine() {
    let installation = Installation::installed();
    let usual = json(&installation.run(&["doctor", "--format", "json"]));
    let mut bare = installation.tars(&["doctor", "--format", "json"]);
    let bare = json(&finish(bare.env("PATH", "/nonexistent")));
    // What the environment itself is asked about may differ; what is found on the machine may not.
    let differing: Vec<_> = verdicts(&usual)
        .into_iter()
        .filter(|(id, verdict)| verdicts(&bare).get(id) != Some(verdict))
        .collect();
    assert_eq!(differing, []);
}

#[test]
fn without_root_it_says_what_only_root_can_see() {
    if !is_root() {
        return skip("only root can become somebody else: run the tests as root");
    }
    let env = TestEnv::new();
    fs::set_permissions(env.path(), fs::Permissions::from_mode(0o777)).unwrap();
    // Where the build put it, others may not look.
    let program = env.path().join("program");
    fs::copy(env!("CARGO_BIN_EXE_tars"), &program).unwrap();
    // As root leaves its state.
    let state = env.directory("tars/state");
    fs::write(state.join("tars.db"), "").unwrap();
    fs::set_permissions(&state, fs::Permissions::from_mode(0o700)).unwrap();
    const NOBODY: u32 = 65534;
    let mut command = env.command(&program);
    let ended = finish(command.uid(NOBODY).gid(NOBODY).args(["doctor", "--format", "json"]));
    assert!(!ended.stderr.contains("panicked"), "{ended:#?}");
    let report = json(&ended);
    let sections = report["sections"].as_array().unwrap();
    let findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap());
    let for_root: Vec<_> = findings
        .filter(|finding| finding["summary"].as_str().unwrap().contains("needs root"))
        .inspect(|finding| {
            assert_eq!(finding["verdict"], "unknown", "{finding}");
            assert!(finding["hint"].as_str().unwrap().contains("`sudo tars "), "{finding}");
        })
        .collect();
    assert!(!for_root.is_empty(), "{}", ended.stdout);
}

#[test]
fn the_plan_changes_nothing_starts_last_and_says_what_it_leaves_out() {
    let installation = Installation::installed();
    let home = installation.home();
    installation.run(&["ops", "stop"]).expect(0);
    fs::set_permissions(&home.state, fs::Permissions::from_mode(0o777)).unwrap();
    fs::write(home.state.join(".tars-a1B2c3"), "left by a killed writer").unwrap();
    let long_ago = std::time::SystemTime::now() - std::time::Duration::from_secs(7 * 24 * 3600);
    fs::File::options()
        .write(true)
        .open(home.state.join(".tars-a1B2c3"))
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let before = snapshot::take(installation.env.path());
    let only = "services.server.*,security.state,data.leftovers";
    let planned =
        json(&installation.run(&["doctor", "--fix", "--plan", "--only", only, "--format", "json"]).expect(0));
    let ids = |list: &Value| -> Vec<String> {
        list.as_array().unwrap().iter().map(|one| one["id"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(ids(&planned["repairs"]), ["security.state", "services.server.running"]);
    assert_eq!(ids(&planned["left_out"]), ["data.leftovers"]);
    assert!(snapshot::take(installation.env.path()) == before, "a plan changes nothing");

    let ended = installation.run(&["doctor", "--fix", "--yes", "--only", only]).expect(0);
    assert!(ended.stdout.contains("repaired: services.server.running"), "{ended:#?}");
    assert!(ended.stdout.contains("left out: ") && ended.stdout.contains("--undo 1"), "{ended:#?}");
    installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    let mode = fs::metadata(&home.state).unwrap().permissions().mode() & 0o7777;
    assert_eq!((mode, installation.server()), (0o777, None), "as it was before");
}

#[test]
fn what_was_changed_after_a_repair_is_left_alone_even_where_it_is_secret() {
    let installation = Installation::installed();
    let home = installation.home();
    installation.run(&["ops", "stop"]).expect(0);
    let before = fs::read_to_string(home.env()).unwrap();
    fs::write(home.env(), before.replace('\n', "\r\n")).unwrap();
    fs::set_permissions(&home.logs, fs::Permissions::from_mode(0o777)).unwrap();
    let only = "settings.line_ends,security.logs";
    installation.run(&["doctor", "--fix", "--yes", "--only", only]).expect(0);
    let edited = fs::read_to_string(home.env()).unwrap() + "TARS_SERVER_LOG=warn\n";
    fs::write(home.env(), &edited).unwrap();

    let ended =
        installation.run(&["doctor", "--undo", "--yes"]).expect(1).says("it was changed after the repair");
    assert!(ended.stdout.contains("partly taken back: 1 step\n"), "{ended:#?}");
    assert_eq!(fs::read_to_string(home.env()).unwrap(), edited);
    assert_eq!(fs::metadata(&home.logs).unwrap().permissions().mode() & 0o7777, 0o777);
}

#[test]
fn a_step_that_cannot_be_taken_back_stops_none_of_the_others() {
    let installation = Installation::installed();
    let home = installation.home();
    installation.run(&["ops", "stop"]).expect(0);
    for directory in [&home.state, &home.logs] {
        fs::set_permissions(directory, fs::Permissions::from_mode(0o777)).unwrap();
    }
    installation.run(&["doctor", "--fix", "--yes", "--only", "security.state,security.logs"]).expect(0);
    fs::rename(&home.logs, home.logs.with_extension("away")).unwrap();
    installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert_eq!(fs::metadata(&home.state).unwrap().permissions().mode() & 0o7777, 0o777);
    let nothing = installation.run(&["doctor", "--undo", "--yes"]).expect(0);
    assert!(nothing.stdout.contains("nothing to take back"), "{nothing:#?}");
}

#[test]
fn commands_that_are_suggested_act_on_the_same_place() {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    let ended = installation.run(&["doctor", "--only", "services.server.running"]).expect(1);
    let place = installation.home().given.unwrap().display().to_string();
    for command in ["ops start", "doctor --fix", "doctor --explain"] {
        assert!(ended.stdout.contains(&format!("tars --home {place} {command}")), "{ended:#?}");
    }
    installation.run(&["doctor", "--plan"]).expect(2).says("--fix");
}
