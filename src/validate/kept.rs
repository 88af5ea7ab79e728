//! The last validations, one line each: whoever helps later sees when the installation was last proven to work, and
//! what was wrong since. They are written for support archives; nothing here decides anything by them.

use jiff::Timestamp;

use crate::config::paths::Home;
use crate::ctx::Ctx;
use crate::failure::Result;
use crate::host::files;
use crate::report::Report;

/// How many are kept.
const MOST: usize = 20;

/// Keeps what a validation found. Where that fails, what was found is told all the same.
pub fn keep(ctx: &Ctx, report: &Report) {
    if let Err(failure) = write(&ctx.home, ctx.now(), report) {
        ctx.ui.note(&format!("this validation is not kept: {failure}"));
    }
}

/// Adds a line, where this machine has a place for it.
fn write(home: &Home, at: Timestamp, report: &Report) -> Result<()> {
    if !home.state.is_dir() {
        return Ok(());
    }
    let path = home.validations();
    let before = std::fs::read_to_string(&path).unwrap_or_default();
    let kept = serde_json::json!({
        "at": at, "program": env!("CARGO_PKG_VERSION"), "decision": report.decide(), "sections": report.sections,
    });
    let line = kept.to_string();
    let mut lines: Vec<&str> = before.lines().chain([line.as_str()]).collect();
    lines.drain(..lines.len().saturating_sub(MOST));
    files::write(&path, (lines.join("\n") + "\n").as_bytes(), files::PRIVATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Finding, Verdict};

    #[test]
    fn the_last_ones_are_kept_and_nothing_is_made_where_nothing_is_installed() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        let keep = |n: i64| {
            let mut report = Report::new("validate");
            report.section("retrieval", vec![Finding::new("rag.find", Verdict::Pass, format!("run {n}"))]);
            write(&home, Timestamp::from_second(n).unwrap(), &report).unwrap();
        };
        keep(0);
        assert!(!home.state.exists());
        std::fs::create_dir_all(&home.state).unwrap();
        (1..=30).for_each(keep);
        let text = std::fs::read_to_string(home.validations()).unwrap();
        let lines: Vec<serde_json::Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), MOST);
        assert_eq!(lines[0]["sections"][0]["findings"][0]["summary"], "run 11");
    }
}
