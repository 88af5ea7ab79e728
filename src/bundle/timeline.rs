//! What happened on a machine, from the files of its archive: changes that were made, lines of logs that warn, and what
//! became of containers. Only the newest are kept, so that an archive of any size can be read.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use jiff::Timestamp;
use regex::Regex;
use serde::Serialize;
use serde_json::Value;

use super::show::tamed;

/// How many events are kept.
const KEPT: usize = 40;
/// How much of a line is told.
const WIDTH: usize = 160;

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What tells of it.
    pub source: String,
    /// What.
    pub text: String,
}

/// The newest events.
#[derive(Debug, Default)]
pub struct Timeline {
    events: BTreeMap<(Timestamp, u64), Event>,
    seen: u64,
}

static LEVEL: LazyLock<Regex> = LazyLock::new(|| {
    let expression = r#"\b(ERROR|WARN|WARNING|FATAL|CRITICAL|PANIC|panicked)\b|\blevel=(error|warn|warning|fatal|panic)\b|"(level|severity)":\s?"(?i:error|warn|warning|fatal|critical)"|Out of memory|oom-kill|NVRM: Xid|I/O error|segfault"#;
    Regex::new(expression).expect("invariant: the expression is compiled by a test")
});

static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\x1b\[[0-9;]*[A-Za-z]").expect("invariant: the expression is compiled by a test")
});

impl Timeline {
    /// Whether a file of the archive tells what happened.
    #[must_use]
    pub fn reads(path: &str) -> bool {
        path.starts_with("logs/") || matches!(path, "journal/journal.jsonl" | "docker/events.jsonl")
    }

    /// Takes a line of such a file.
    pub fn line(&mut self, path: &str, line: &str) {
        let event = match path {
            "journal/journal.jsonl" => change(line),
            "docker/events.jsonl" => container(line),
            log => warning(log, line),
        };
        if let Some(event) = event {
            self.seen += 1;
            self.events.insert((event.at, self.seen), event);
            if self.events.len() > KEPT {
                self.events.pop_first();
            }
        }
    }

    /// What was kept, newest last.
    #[must_use]
    pub fn newest(self) -> Vec<Event> {
        self.events.into_values().collect()
    }
}

fn event(at: Timestamp, source: &str, text: &str) -> Event {
    let text = tamed(text.trim());
    let cut = if text.chars().count() > WIDTH { "…" } else { "" };
    Event { at, source: tamed(source), text: text.chars().take(WIDTH).chain(cut.chars()).collect() }
}

/// A change that this program made.
fn change(line: &str) -> Option<Event> {
    let record: Value = serde_json::from_str(line).ok()?;
    let intent = record.get("intent")?;
    Some(event(intent.get("at")?.as_str()?.parse().ok()?, "change", intent.get("what")?.as_str()?))
}

/// What became of a container, where that is more than an inquiry.
fn container(line: &str) -> Option<Event> {
    let record: Value = serde_json::from_str(line).ok()?;
    let action = record.get("Action")?.as_str()?;
    let tells = ["die", "oom", "restart", "start", "stop", "kill", "health_status: unhealthy"];
    if record.get("Type")?.as_str()? != "container" || !tells.contains(&action) {
        return None;
    }
    let attributes = record.get("Actor").and_then(|actor| actor.get("Attributes"));
    let attribute = |name: &str| attributes.and_then(|all| all.get(name)).and_then(Value::as_str);
    let code = attribute("exitCode").map(|code| format!(" (exit code {code})")).unwrap_or_default();
    let at = Timestamp::from_second(record.get("time")?.as_i64()?).ok()?;
    Some(event(at, attribute("name").unwrap_or("container"), &format!("{action}{code}")))
}

/// A line of a log that says what is wrong, and when.
fn warning(log: &str, line: &str) -> Option<Event> {
    // Colours stand right before the words that are looked for.
    let line = ESCAPES.replace_all(line, "");
    if !LEVEL.is_match(&line) {
        return None;
    }
    let (first, rest) = line.trim_start().split_once(' ')?;
    let at: Timestamp = first.parse().ok()?;
    let source = log.trim_start_matches("logs/").trim_end_matches(".log");
    // Where an engine put its own time before that of the line, one of them is enough.
    let rest = rest
        .split_once(' ')
        .filter(|(second, _)| second.parse::<Timestamp>().is_ok())
        .map_or(rest, |(_, rest)| rest);
    Some(event(at, source, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_in_order_from_all_sources() {
        let mut timeline = Timeline::default();
        for n in 0..100 {
            timeline.line(
                "logs/server.log",
                &format!("2026-01-02T03:{:02}:00Z \u{1b}[31mERROR\u{1b}[0m number {n}", n % 60),
            );
        }
        timeline.line("logs/server.log", "2026-01-02T05:00:00Z INFO all is well");
        timeline.line("logs/server.log", "no time: ERROR");
        timeline.line(
            "journal/journal.jsonl",
            r#"{"intent":{"seq":1,"at":"2026-01-02T04:00:00Z","what":"write a file","undo":{}}}"#,
        );
        timeline.line("journal/journal.jsonl", r#"{"done":1}"#);
        timeline.line("docker/events.jsonl", r#"{"Type":"container","Action":"die","time":1767330000,"Actor":{"Attributes":{"name":"ollama","exitCode":"137"}}}"#);
        timeline.line(
            "docker/events.jsonl",
            r#"{"Type":"container","Action":"exec_start","time":1767330001,"Actor":{}}"#,
        );
        let events = timeline.newest();
        assert_eq!(events.len(), KEPT);
        assert!(events.is_sorted_by_key(|event| event.at));
        let last: Vec<_> =
            events.iter().rev().take(3).map(|event| (event.source.as_str(), event.text.as_str())).collect();
        assert_eq!(last[0], ("ollama", "die (exit code 137)"));
        assert_eq!(last[1], ("change", "write a file"));
        assert!(last[2].1.starts_with("ERROR number"), "{last:?}");
    }

    #[test]
    fn a_line_cannot_speak_to_a_terminal_and_has_an_end() {
        let mut timeline = Timeline::default();
        timeline.line(
            "logs/a.log",
            &format!(
                "2026-01-02T03:00:00Z 2026-01-02T03:00:01Z WARN \u{7}\u{1b}]0;title {}",
                "x".repeat(1000)
            ),
        );
        let event = &timeline.newest()[0];
        assert!(event.text.starts_with("WARN ") && event.text.chars().count() == WIDTH + 1, "{event:?}");
        assert!(!event.text.contains('\u{1b}') && !event.text.contains('\u{7}'));
    }
}
