//! A stack of `tars` and one of Docker Compose are the same: what the engine says of either, field by field, and what
//! either program makes of the other's.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value;

use crate::support::TestEnv;
use crate::support::compose::{self, difference};
use crate::support::engine::engine;
use crate::support::env::Ended;
use crate::support::stack::{self, Stack, holds, side_by_side};

/// How many projects are at work at the same time.
const AT_ONCE: usize = 6;

/// The projects that take an engine which is newer than the tests' one: both programs refuse them.
const NEWER: [&str; 2] = ["networks-newer", "volumes-newer"];

/// The projects that cannot run everywhere, and why.
const CANNOT_RUN: [(&str, &str); 4] = [
    ("blkio", "it bounds a disk, and names a device that is none"),
    ("devices", "it asks for graphics cards"),
    ("devices-cdi", "it asks for a device that nobody has described"),
    ("resources-realtime", "it asks for real-time scheduling"),
];

/// What the others say otherwise where they run: health checks that take no half minute, and what a machine without a
/// shell, without shared mounts, and with an ordinary user's limits can do.
const INSTEAD: [(&str, &str); 6] = [
    (
        "binds",
        "services:\n  short: {volumes: [/tmp:/t]}\n  long: {volumes: [{type: bind, source: /tmp, target: /slave}]}\n",
    ),
    ("commands", "services: {without-init: {group_add: !override [2000], privileged: false}}\n"),
    ("dependencies", "services: {db: {healthcheck: {interval: 200ms}}}\n"),
    ("healthcheck-newer", "services: {early: {healthcheck: {interval: 200ms}}}\n"),
    (
        "healthchecks",
        "services:\n  shell: {healthcheck: {test: [CMD, /part, 'true'], interval: 200ms}}\n  words: {healthcheck: {interval: 200ms}}\n  listed: {healthcheck: {test: [CMD, /part, 'true'], interval: 200ms}}\n",
    ),
    ("limits", "services: {limits: {ulimits: {memlock: !override 65536}}}\n"),
];

/// The services whose hash has the id of another container in it, which is another one each time.
const HASHED_WITH_IDS: [(&str, &str); 3] =
    [("network-modes", "beside"), ("volumes-from", "same"), ("volumes-from", "read")];

fn ends_well(what: &str, ended: &Ended) -> Result<(), String> {
    holds(ended.code == 0, || format!("{what}: {ended:#?}"))
}

fn is_gone(stack: &Stack, by: &str) -> Result<(), String> {
    let left = stack.left();
    holds(left.is_empty(), || format!("{by} leaves {left:?}"))
}

#[test]
fn what_is_made_is_the_same() {
    let (Some(engine), Some(program)) = (engine(), compose::program()) else { return };
    let env = TestEnv::new();
    stack::provide(&engine);
    let things = AtomicUsize::new(0);
    let names = stack::names();
    side_by_side(&names, AT_ONCE, |name| {
        let stack = Stack::copied(name, &engine, &env, &program);
        let judged = made_alike(&stack).map(|number| things.fetch_add(number, Ordering::Relaxed));
        judged.map(drop).map_err(|what| format!("{name}: {what}"))
    });
    let things = things.into_inner();
    assert!(names.len() >= 35 && things >= 130, "{things} things of {} projects", names.len());
}

/// Has the project made by the one and by the other; how many things were compared.
fn made_alike(stack: &Stack) -> Result<usize, String> {
    let create = |ended: Ended, by: &str| {
        let is_refused = NEWER.contains(&stack.name.as_str());
        holds((ended.code != 0) == is_refused, || format!("{by}: {ended:#?}"))?;
        let seen = stack.inspected();
        stack.theirs(&["down", "--volumes", "--timeout", "0"]);
        is_gone(stack, "down").map(|()| seen)
    };
    let theirs = create(stack.theirs(&["create", "--pull", "never", "--no-build"]), "Docker Compose")?;
    let ours = create(stack.ours(&["up", "--no-start"]), "tars")?;
    if NEWER.contains(&stack.name.as_str()) {
        return holds(ours.is_empty(), || format!("it was refused, and there is {ours:#?}")).map(|()| 0);
    }
    let (theirs, ours) = (comparable(stack, theirs), comparable(stack, ours));
    match difference(&theirs, &ours, "") {
        None => Ok(theirs.as_object().unwrap().len()),
        Some(what) => Err(what),
    }
}

fn comparable(stack: &Stack, mut seen: BTreeMap<String, Value>) -> Value {
    for (_, service) in HASHED_WITH_IDS.iter().filter(|(project, _)| *project == stack.name) {
        let container = seen.get_mut(&format!("container {}-{service}-1", stack.name)).unwrap();
        container["Config"]["Labels"].as_object_mut().unwrap().remove("com.docker.compose.config-hash");
    }
    serde_json::to_value(seen).unwrap()
}

/// What was seen of one project, a word for each column of the table.
type Row = Vec<&'static str>;

const COLUMNS: [&str; 9] = ["plan", "up", "down", "", "up", "ps", "logs", "ls", "down"];

#[test]
fn either_takes_the_others_for_its_own() {
    let (Some(engine), Some(program)) = (engine(), compose::program()) else { return };
    let env = TestEnv::new();
    stack::provide(&engine);
    let rows = Mutex::new(BTreeMap::new());
    let names = stack::names();
    side_by_side(&names, AT_ONCE, |name| {
        let cannot = CANNOT_RUN.iter().find(|(project, _)| project == name).map(|(_, why)| *why);
        let newer = NEWER.contains(&name.as_str()).then_some("it takes a newer engine, and both say so");
        if let Some(why) = cannot.or(newer) {
            rows.lock().unwrap().insert(name.clone(), vec![why]);
            return Ok(());
        }
        let stack = Stack::copied(name, &engine, &env, &program);
        if let Some((_, text)) = INSTEAD.iter().find(|(project, _)| project == name) {
            std::fs::write(stack.folder.join("compose.override.yml"), text).unwrap();
        }
        let mut row = Row::new();
        let judged = theirs_is_ours(&stack, &mut row).and_then(|()| {
            row.push("");
            ours_is_theirs(&stack, &mut row)
        });
        row.resize(COLUMNS.len(), "WRONG");
        rows.lock().unwrap().insert(name.clone(), row);
        if judged.is_err() {
            stack.theirs(&["down", "--volumes", "--timeout", "0"]);
        }
        judged.map_err(|what| format!("{name}: {what}"))
    });
    // `println!` would be heard of a test only that fails.
    std::io::stdout().write_all(table(&rows.into_inner().unwrap()).as_bytes()).unwrap();
}

/// What Docker Compose has brought up is as declared for `tars`, and it takes it down.
fn theirs_is_ours(stack: &Stack, row: &mut Row) -> Result<(), String> {
    ends_well("theirs", &stack.theirs(&["up", "--detach", "--pull", "never", "--no-build"]))?;
    stack.settle();
    let before = stack.ids();
    holds(!before.is_empty(), || "theirs makes no container".into())?;

    let planned = stack.ours(&["up", "--plan", "--format", "json"]);
    ends_well("plan of ours on theirs", &planned)?;
    let plan: Value =
        serde_json::from_str(&planned.stdout).map_err(|error| format!("{error}: {planned:?}"))?;
    holds(plan["steps"] == Value::Array(Vec::new()), || format!("ours on theirs plans {plan:#}"))?;
    row.push("empty");

    let again = stack.ours(&["up"]);
    ends_well("ours on theirs", &again)?;
    holds(again.stdout.contains("is as declared"), || format!("ours on theirs: {again:#?}"))?;
    holds(stack.ids() == before, || "ours on theirs makes containers anew".into())?;
    row.push("no-op");

    ends_well("down of ours on theirs", &stack.ours(&["down", "--volumes", "--yes", "--timeout", "0"]))?;
    is_gone(stack, "down of ours on theirs")?;
    row.push("clean");
    Ok(())
}

/// What `tars` has brought up is its own for Docker Compose: nothing is made anew, it is listed, and goes.
fn ours_is_theirs(stack: &Stack, row: &mut Row) -> Result<(), String> {
    ends_well("ours", &stack.ours(&["up"]))?;
    let before = stack.ids();
    holds(!before.is_empty(), || "ours makes no container".into())?;

    ends_well("theirs on ours", &stack.theirs(&["up", "--detach", "--pull", "never", "--no-build"]))?;
    let after = stack.ids();
    holds(after == before, || format!("theirs on ours makes anew: {before:#?} {after:#?}"))?;
    row.push("no-op");

    let listed = stack.theirs(&["ps", "--all", "--format", "json"]);
    ends_well("ps of theirs on ours", &listed)?;
    let line =
        |line: &str| serde_json::from_str::<Value>(line).unwrap()["Name"].as_str().unwrap().to_string();
    let mut named: Vec<String> = listed.stdout.lines().map(line).collect();
    named.sort();
    holds(named.iter().eq(before.keys()), || format!("ps of theirs lists {named:?} of {before:#?}"))?;
    row.push("all");

    let logs = stack.theirs(&["logs", "--no-color"]);
    ends_well("logs of theirs on ours", &logs)?;
    let expected = if stack.name == "commands" { "words-1  | two words" } else { "" };
    holds(logs.stdout.contains(expected), || format!("logs of theirs on ours: {logs:#?}"))?;
    row.push("read");

    let projects = stack.theirs(&["ls", "--all", "--format", "json"]);
    ends_well("ls of theirs", &projects)?;
    let projects: Value = serde_json::from_str(&projects.stdout).unwrap();
    let is_this = |project: &&Value| project["Name"] == stack.name.as_str();
    let listed = projects.as_array().unwrap().iter().find(is_this);
    let files = listed.and_then(|project| project["ConfigFiles"].as_str()).unwrap_or_default();
    let file = stack.folder.join("compose.yml");
    holds(files.split(',').next() == file.to_str(), || format!("ls of theirs: {projects:#}"))?;
    row.push("there");

    ends_well("down of theirs on ours", &stack.theirs(&["down", "--volumes", "--timeout", "0"]))?;
    is_gone(stack, "down of theirs on ours")?;
    row.push("clean");
    Ok(())
}

fn table(rows: &BTreeMap<String, Row>) -> String {
    let width = rows.keys().map(String::len).max().unwrap_or(0);
    let line = |name: &str, cells: &[&str]| {
        let cells: String = cells.iter().map(|cell| format!("  {cell:6}")).collect();
        format!("{name:width$}{cells}").trim_end().to_string() + "\n"
    };
    let mut text = line("", &["theirs, then ours:", "", "ours, then theirs:"]);
    text += &line("project", &COLUMNS);
    for (name, row) in rows {
        text +=
            &if row.len() == 1 { format!("{name:width$}  not run: {}\n", row[0]) } else { line(name, row) };
    }
    text
}
