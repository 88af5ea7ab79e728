//! What compose files mean, judged by the real Docker Compose: every project of `tests/compose` is resolved by it and
//! by `tars up --print-config`, and both have to say the same. Nothing is started, and no engine is asked.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::compose::{self, Case, difference};
use crate::support::env::{Ended, finish};
use crate::support::{TestEnv, snapshot};

const PROJECTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/compose");

/// How the names of folders begin whose projects are refused.
const REFUSED: &str = "refused-";

/// The projects that are refused, or those that are not.
fn cases(refused: bool) -> Vec<Case> {
    let folders = fs::read_dir(PROJECTS).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<Case> = folders.map(|folder| Case::read(&folder)).collect();
    cases.retain(|case| case.name.starts_with(REFUSED) == refused);
    cases.sort_by(|a, b| a.name.cmp(&b.name));
    cases
}

/// Judges every case, several at a time, and fails the test with all that is wrong.
#[track_caller]
fn all_hold(cases: &[Case], judge: impl Fn(&Case) -> Result<(), String> + Sync) {
    let (next, wrong) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).min(4) {
            scope.spawn(|| {
                while let Some(case) = cases.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(what) = judge(case) {
                        wrong.lock().unwrap().push(format!("{}: {what}", case.name));
                    }
                }
            });
        }
    });
    let mut wrong = wrong.into_inner().unwrap();
    wrong.sort();
    assert!(wrong.is_empty(), "{} of {} differ:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

fn accepted(ended: &Ended, by: &str) -> Result<(), String> {
    if ended.code == 0 { Ok(()) } else { Err(format!("{by} refuses it: {}", ended.stderr.trim())) }
}

fn json(ended: &Ended, by: &str) -> Result<Value, String> {
    accepted(ended, by)?;
    serde_json::from_str(&ended.stdout).map_err(|error| format!("{by} writes no JSON: {error}"))
}

fn same(theirs: &Value, ours: &Value) -> Result<(), String> {
    difference(theirs, ours, "").map_or(Ok(()), Err)
}

/// Whether a text names a file with the line and the column in it.
fn names_a_place(text: &str) -> bool {
    text.split_whitespace().any(|word| {
        let mut parts = word.trim_end_matches(':').rsplitn(3, ':');
        let mut number = || parts.next().is_some_and(|part| part.parse::<u32>().is_ok_and(|at| at > 0));
        number() && number() && parts.next().is_some_and(|file| !file.is_empty())
    })
}

#[test]
fn there_are_projects_of_both_kinds() {
    let (refused, accepted) = (cases(true), cases(false));
    assert!(accepted.len() >= 80, "{}", accepted.len());
    assert!(refused.len() >= 25, "{}", refused.len());
    for case in refused {
        assert!(!case.says().is_empty(), "{} does not ask for any text", case.name);
    }
}

#[test]
fn what_is_accepted_means_the_same() {
    let Some(program) = compose::program() else { return };
    let env = TestEnv::new();
    let before = snapshot::take(Path::new(PROJECTS));
    all_hold(&cases(false), |case| {
        let theirs = json(&finish(&mut case.asked_of_compose(&env, &program, "json")), "Docker Compose")?;
        let ours = json(&finish(&mut case.asked_of_tars(&env, "json")), "tars")?;
        same(&theirs, &ours)
    });
    assert_eq!(snapshot::take(Path::new(PROJECTS)), before, "nothing is written");
}

#[test]
fn what_is_printed_as_yaml_is_read_again_as_the_same() {
    let Some(program) = compose::program() else { return };
    let env = TestEnv::new();
    let read_again = AtomicUsize::new(0);
    all_hold(&cases(false), |case| {
        // What is printed has all that was chosen, and may name services that were not.
        let again = |printed: &Ended, by: &str| {
            accepted(printed, by)?;
            let file = env.path().join(format!("{}-{by}.yaml", case.name));
            fs::write(&file, &printed.stdout).unwrap();
            let mut command = env.command(&program);
            command.arg("--file").arg(&file).arg("--project-directory").arg(&case.folder);
            command.args(["--profile", "*", "config", "--no-consistency", "--format", "json"]);
            json(&finish(&mut command), "Docker Compose")
        };
        let theirs = again(&finish(&mut case.asked_of_compose(&env, &program, "yaml")), "compose");
        let ours = again(&finish(&mut case.asked_of_tars(&env, "yaml")), "tars");
        match (theirs, ours) {
            (Ok(theirs), Ok(ours)) => {
                read_again.fetch_add(1, Ordering::Relaxed);
                same(&theirs, &ours)
            }
            // A few things it prints in a form that it does not take itself.
            (Err(_), _) => Ok(()),
            (Ok(_), Err(why)) => Err(why),
        }
    });
    assert!(read_again.into_inner() >= 80, "most of what it prints it takes again");
}

#[test]
fn hashes_are_those_of_docker_compose() {
    let Some(program) = compose::program() else { return };
    let env = TestEnv::new();
    let services = AtomicUsize::new(0);
    all_hold(&cases(false), |case| {
        let theirs = finish(&mut case.hashes_of_compose(&env, &program));
        let ours = finish(&mut case.hashes_of_tars(&env));
        accepted(&theirs, "Docker Compose")?;
        accepted(&ours, "tars")?;
        services.fetch_add(theirs.stdout.lines().count(), Ordering::Relaxed);
        if theirs.stdout == ours.stdout {
            return Ok(());
        }
        let differing: Vec<_> =
            theirs.stdout.lines().filter(|line| !ours.stdout.lines().any(|other| other == *line)).collect();
        Err(format!("other hashes than {differing:?}"))
    });
    assert!(services.into_inner() >= 200, "most services are hashed");
}

#[test]
fn the_platform_of_the_environment_counts_as_a_change() {
    let Some(program) = compose::program() else { return };
    let env = TestEnv::new();
    let file = env.path().join("compose.yaml");
    fs::write(
        &file,
        "services:\n  built: {build: .}\n  pulled: {image: x}\n  other: {build: ., platform: linux/s390x}\n",
    )
    .unwrap();
    let hashes = |command: &mut Command, arguments: &[&str], platform: &str| {
        command.args(arguments).current_dir(env.path()).env("DOCKER_DEFAULT_PLATFORM", platform);
        let ended = finish(command);
        assert_eq!(ended.code, 0, "{}", ended.stderr);
        ended.stdout
    };
    let ours = |platform| hashes(&mut env.tars(), &["up", "--hash", "*"], platform);
    for platform in ["", "linux/arm64"] {
        let theirs = hashes(&mut env.command(&program), &["config", "--hash", "*"], platform);
        assert_eq!(ours(platform), theirs, "{platform}");
    }
    assert_ne!(ours(""), ours("linux/arm64"));
}

#[test]
fn what_is_refused_is_refused_with_the_place_and_what_helps() {
    let Some(program) = compose::program() else { return };
    let env = TestEnv::new();
    all_hold(&cases(true), |case| {
        let theirs = finish(&mut case.asked_of_compose(&env, &program, "json"));
        if theirs.code == 0 {
            return Err("Docker Compose accepts it".into());
        }
        let ours = finish(&mut case.asked_of_tars(&env, "json"));
        let missing: Vec<String> =
            case.says().into_iter().filter(|text| !ours.stderr.contains(text)).collect();
        match ours {
            ours if ours.code == 0 => Err("tars accepts it".into()),
            ours if ours.stderr.contains("panicked") || !ours.stdout.is_empty() => Err(format!("{ours:?}")),
            ours if !names_a_place(&ours.stderr) => Err(format!("no file, line and column: {}", ours.stderr)),
            ours if !missing.is_empty() => Err(format!("{missing:?} is not in: {}", ours.stderr)),
            _ => Ok(()),
        }
    });
}
