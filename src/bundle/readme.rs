//! `README.txt`: the first thing in an archive, for whoever opens it. What this is, what is wrong with the machine,
//! what was taken out, and how to check that. Plain text of eighty columns.

use std::fmt::Write;

use super::manifest::{Manifest, Struck};
use crate::config::value::{show_bytes, show_count};
use crate::report::{Finding, Report, Verdict};

/// Its name in the archive.
pub const NAME: &str = "README.txt";
/// Where lines are broken.
const WIDTH: usize = 80;

/// The text. `archive` is the name of the file that the archive becomes.
#[must_use]
pub fn text(manifest: &Manifest, report: &Report, archive: &str) -> String {
    let mut out = String::from("TARS SUPPORT ARCHIVE\n====================\n\n");
    let made = manifest.made.strftime("%Y-%m-%d %H:%M:%S UTC");
    let kept = manifest.identifiers == "kept";
    paragraph(
        &mut out,
        &format!(
            "This is what `tars bundle` (version {}) collected on {made} on the machine that it calls {}, so that somebody else can see what is wrong with it. It holds no password, key or token: they were taken out before anything was written, and the finished archive was searched for them once more.",
            manifest.program, manifest.host
        ),
    );
    paragraph(
        &mut out,
        match (manifest.content, kept) {
            (true, _) => {
                "It was asked to INCLUDE CONTENT: names of documents are in it. Look at it before you pass it on."
            }
            (false, true) => {
                "It holds no document, question or answer. Names of people and machines and their addresses were KEPT, because that was asked for."
            }
            (false, false) => "It holds no document, question or answer, and no name of a person or machine.",
        },
    );
    diagnosis(&mut out, report);
    contents(&mut out, manifest);
    missing(&mut out, manifest);
    removed(&mut out, manifest, kept);
    heading(&mut out, "How to read and to check it");
    let _ =
        writeln!(out, "  tars bundle show {archive}\n      the diagnosis and a timeline, without unpacking");
    let _ = writeln!(
        out,
        "  tars bundle verify {archive}\n      compares every file with the manifest, and searches for secrets"
    );
    let _ = writeln!(out, "  sha256sum -c {archive}.sha256\n      whether it arrived as it was made");
    let open = match archive.strip_suffix(".age") {
        Some(plain) => format!("age -d -i IDENTITY {archive} > {plain} && tar xzf {plain}"),
        None => format!("tar xzf {archive}"),
    };
    let _ = writeln!(out, "  {open}\n      unpacks it");
    let _ = writeln!(
        out,
        "  tars doctor --from {}\n      judges the facts in it again",
        archive.trim_end_matches(".age")
    );
    out
}

fn diagnosis(out: &mut String, report: &Report) {
    heading(out, "What is wrong");
    let counts = report.counts();
    paragraph(
        out,
        &format!("The doctor's checks: {}.", if counts.is_empty() { "none was made" } else { &counts }),
    );
    let mut troubled: Vec<&Finding> =
        report.findings().filter(|found| found.verdict > Verdict::Unknown).collect();
    troubled.sort_by_key(|finding| std::cmp::Reverse(finding.verdict));
    for finding in &troubled {
        let word = if finding.verdict == Verdict::Fail { "FAIL" } else { "warn" };
        let _ = writeln!(out, "  {word}  {}", finding.id);
        wrapped(out, &finding.summary, 8);
        if let Some(hint) = &finding.hint {
            wrapped(out, &format!("hint: {hint}"), 8);
        }
    }
    if troubled.is_empty() {
        let _ = writeln!(out, "  Nothing that a check looks for.");
    }
}

fn contents(out: &mut String, manifest: &Manifest) {
    heading(out, "What it holds");
    paragraph(
        out,
        &format!(
            "{}, {} unpacked. `manifest.json` lists each with its size, SHA-256, who collected it and how long that took.",
            show_count(manifest.totals.files, "file"),
            show_bytes(manifest.totals.bytes)
        ),
    );
    for row in &manifest.collectors {
        let own: Vec<_> = manifest.files.iter().filter(|file| file.collector == row.collector).collect();
        let bytes: u64 = own.iter().map(|file| file.bytes).sum();
        let _ = writeln!(
            out,
            "  {:<14} {:>10}  {:>10}  {}",
            row.collector,
            show_count(own.len(), "file"),
            show_bytes(bytes),
            row.status
        );
    }
    let since = match manifest.since {
        Some(since) => format!("Logs and events begin at {}.", since.strftime("%Y-%m-%d %H:%M:%S UTC")),
        None => "Logs and events were not limited to a time.".into(),
    };
    out.push('\n');
    paragraph(out, &since);
}

fn missing(out: &mut String, manifest: &Manifest) {
    let late = manifest.collectors.iter().filter_map(|row| Some((&row.collector, row.why.as_ref()?)));
    let cut = manifest.files.iter().filter_map(|file| Some((&file.path, file.why.as_ref()?)));
    let rows: Vec<_> = late.chain(cut).collect();
    if rows.is_empty() {
        return;
    }
    heading(out, "What is missing");
    for (name, why) in rows {
        wrapped(out, &format!("{name}: {why}"), 2);
    }
}

fn removed(out: &mut String, manifest: &Manifest, kept: bool) {
    heading(out, "What was taken out");
    paragraph(
        out,
        "Where a secret stood, there is now `[REDACTED:rule:tag]`: the rule that found it, and four digits that are equal for equal secrets in this archive, and mean nothing in any other.",
    );
    if !kept {
        paragraph(
            out,
            "Names and addresses have pseudonyms, such as `[HOST-1]`: the same name has the same one everywhere in this archive.",
        );
    }
    for Struck { rule, count } in &manifest.totals.redactions {
        let _ = writeln!(out, "  {count:>8}  {rule}");
    }
    if manifest.totals.redactions.is_empty() {
        let _ = writeln!(out, "  Nothing was found that had to go.");
    }
}

fn heading(out: &mut String, text: &str) {
    let gap = if out.ends_with("\n\n") { "" } else { "\n" };
    let _ = writeln!(out, "{gap}{text}\n{}\n", "-".repeat(text.len()));
}

fn paragraph(out: &mut String, text: &str) {
    wrapped(out, text, 0);
    out.push('\n');
}

/// Breaks a text into lines that begin with this many blanks.
fn wrapped(out: &mut String, text: &str, indent: usize) {
    let blanks = " ".repeat(indent);
    let mut line = blanks.clone();
    for word in text.split_whitespace() {
        if line.trim().is_empty() {
            line = format!("{blanks}{word}");
        } else if line.chars().count() + 1 + word.chars().count() > WIDTH {
            let _ = writeln!(out, "{line}");
            line = format!("{blanks}{word}");
        } else {
            line += &format!(" {word}");
        }
    }
    let _ = writeln!(out, "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bundle::manifest::{self, Collected, File, Limits, SCHEMA};

    #[test]
    fn it_says_what_is_wrong_what_is_missing_and_what_was_taken_out() {
        let row = |why: Option<&str>| File {
            path: "logs/server.log".into(),
            bytes: 2048,
            sha256: String::new(),
            collector: "logs".into(),
            duration_ms: 1,
            status: manifest::status(why),
            why: why.map(String::from),
            redactions: vec![Struck { rule: "github-token".into(), count: 3 }],
        };
        let late = Collected {
            collector: "logs".into(),
            duration_ms: 4000,
            status: "late".into(),
            why: Some("it hangs".into()),
        };
        let (files, collectors) = (vec![row(Some("it was cut"))], vec![late]);
        let manifest = Manifest {
            schema: SCHEMA,
            program: "2.0.0".into(),
            host: "a1b2c3d4".into(),
            made: "2026-01-02T03:04:05Z".parse().unwrap(),
            since: None,
            content: false,
            identifiers: "replaced".into(),
            limits: Limits { archive: 1, file: 1, all_logs: false, deadline_ms: 4000 },
            totals: manifest::totals(&files, &collectors),
            collectors,
            files,
        };
        let mut report = Report::new("r");
        let finding = Finding::new("ports.listen.taken", Verdict::Fail, "the port is taken");
        report.section("ports", vec![finding.hint("choose another")]);
        let text = text(&manifest, &report, "b.tar.gz.age");
        for told in [
            "FAIL  ports.listen.taken",
            "hint: choose another",
            "logs: it hangs",
            "logs/server.log: it was cut",
            "       3  github-token",
            "no name of a person or machine",
            "tars bundle verify b.tar.gz.age",
            "age -d -i IDENTITY b.tar.gz.age",
        ] {
            assert!(text.contains(told), "`{told}` is not in {text}");
        }
        assert!(!text.contains("\n\n\n") && text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert_eq!((manifest.totals.incomplete, manifest.totals.overruns), (1, 1));
    }
}
