//! `tars bundle show`: what an archive says, for somebody who has nothing else. The diagnosis, what happened and when,
//! what is missing, what was taken out. Nothing is unpacked, and what a stranger's archive holds cannot speak to the
//! terminal.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::manifest::{self, Collected, File, Manifest};
use super::seal::Keys;
use super::timeline::{Event, Timeline};
use super::{filter, read};
use crate::config::value::{show_bytes, show_count};
use crate::ctx::Ctx;
use crate::failure::{Failure, IoContext, Result};
use crate::report::{Report, Verdict};
use crate::ui::Paint;

/// The diagnosis in an archive.
const REPORT: &str = "doctor.json";

#[derive(Serialize)]
struct Shown {
    archive: String,
    bytes: u64,
    #[serde(flatten)]
    head: Head,
    diagnosis: Option<Report>,
    timeline: Vec<Event>,
    incomplete_collectors: Vec<Collected>,
    incomplete_files: Vec<File>,
    totals: manifest::Totals,
}

#[derive(Serialize)]
struct Head {
    program: String,
    host: String,
    made: jiff::Timestamp,
    since: Option<jiff::Timestamp>,
    content: bool,
    identifiers: String,
}

/// Runs `tars bundle show`.
pub fn run(ctx: &Ctx, file: &Path, keys: &Keys) -> Result<()> {
    let shown = file.display();
    let bytes = file.metadata().trying(format_args!("open `{shown}`"))?.len();
    let (mut manifest, mut report, mut timeline) = (None, None, Timeline::default());
    let progress = ctx.ui.waiting("reading the archive");
    read::entries(read::open(file, keys)?, &mut |path, content| {
        match path {
            manifest::NAME => manifest = parsed::<Manifest>(&read::bytes(content)?),
            REPORT => report = parsed::<Report>(&read::bytes(content)?),
            path if Timeline::reads(path) => lines(content, &mut |line| timeline.line(path, line))?,
            _ => {}
        }
        Ok(())
    })
    .trying(format_args!("read the archive `{shown}`"))?;
    progress.done();
    let Some(Manifest {
        program, host, made, since, content, identifiers, collectors, files, totals, ..
    }) = manifest
    else {
        return Err(Failure::usage(format!("there is no readable `{}` in `{shown}`", manifest::NAME))
            .hint("give what `tars bundle` wrote"));
    };
    let shown = Shown {
        archive: shown.to_string(),
        bytes,
        head: Head { program, host, made, since, content, identifiers },
        diagnosis: report.map(troubled),
        timeline: timeline.newest(),
        incomplete_collectors: collectors.into_iter().filter(|row| row.why.is_some()).collect(),
        incomplete_files: files.into_iter().filter(|row| row.why.is_some()).collect(),
        totals,
    };
    ctx.ui.result(|paint| text(&shown, paint), &shown)
}

/// What is not as it should be, and how much there is of everything.
fn troubled(mut report: Report) -> Report {
    report.facts = vec![("result".into(), report.counts())];
    for section in &mut report.sections {
        section.findings.retain(|finding| finding.verdict > Verdict::Unknown);
    }
    report.sections.retain(|section| !section.findings.is_empty());
    report.title = "what is wrong".into();
    report.next.clear();
    report
}

fn text(shown: &Shown, paint: &Paint) -> String {
    let head = &shown.head;
    let mut out = format!("{}\n", paint.bold(&shown.archive));
    let mut line = |label: &str, text: String| out += &format!("  {label:<12}{text}\n");
    line(
        "made",
        format!("{} by tars {} on {}", head.made.strftime("%Y-%m-%d %H:%M:%S UTC"), head.program, head.host),
    );
    if let Some(since) = head.since {
        line("since", since.strftime("%Y-%m-%d %H:%M:%S UTC").to_string());
    }
    line(
        "size",
        format!(
            "{}; {}, {} unpacked",
            show_bytes(shown.bytes),
            show_count(shown.totals.files, "file"),
            show_bytes(shown.totals.bytes)
        ),
    );
    line(
        "content",
        if head.content { "names of documents are in it" } else { "no document, question or answer" }.into(),
    );
    line("identifiers", format!("names and addresses were {}", head.identifiers));
    match &shown.diagnosis {
        Some(report) => out += &format!("\n{}", paint.report(report)),
        None => out += "\nthere is no diagnosis in it\n",
    }
    if !shown.timeline.is_empty() {
        out += &format!("\n{}\n", paint.bold("what happened, newest last"));
        for event in &shown.timeline {
            let at = event.at.strftime("%Y-%m-%d %H:%M:%S");
            out += &format!("  {}  {}  {}\n", paint.dim(&at.to_string()), event.source, event.text);
        }
    }
    if shown.incomplete_collectors.len() + shown.incomplete_files.len() > 0 {
        out += &format!("\n{}\n", paint.bold("what is missing"));
        let collectors = shown.incomplete_collectors.iter().map(|row| (&row.collector, &row.why));
        for (name, why) in collectors.chain(shown.incomplete_files.iter().map(|row| (&row.path, &row.why))) {
            out += &format!("  {name}: {}\n", why.as_deref().unwrap_or_default());
        }
    }
    out += &format!("\n{}\n", paint.bold("what was taken out"));
    for struck in &shown.totals.redactions {
        out += &format!("  {:>8}  {}\n", struck.count, struck.rule);
    }
    if shown.totals.redactions.is_empty() {
        out += "  nothing was found that had to go\n";
    }
    out
}

/// JSON whose texts hold nothing that a terminal would obey.
fn parsed<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let mut value: Value = serde_json::from_slice(bytes).ok()?;
    tame(&mut value);
    serde_json::from_value(value).ok()
}

fn tame(value: &mut Value) {
    match value {
        Value::String(text) => *text = tamed(text),
        Value::Array(values) => values.iter_mut().for_each(tame),
        Value::Object(values) => values.values_mut().for_each(tame),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A text without signs that control a terminal.
pub fn tamed(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Hands over the lines of a text; of a long one its beginning.
fn lines(content: &mut dyn Read, each: &mut dyn FnMut(&str)) -> std::io::Result<()> {
    let mut from = BufReader::with_capacity(filter::PIECE, content);
    let mut line = Vec::new();
    loop {
        let piece = from.fill_buf()?;
        let (end, whole) = match memchr::memchr(b'\n', piece) {
            Some(end) => (end + 1, true),
            None => (piece.len(), piece.is_empty()),
        };
        line.extend_from_slice(&piece[..end.min(LONGEST_LINE.saturating_sub(line.len()))]);
        from.consume(end);
        if whole && line.is_empty() {
            return Ok(());
        }
        if whole {
            each(String::from_utf8_lossy(&line).trim_end());
            line.clear();
        }
    }
}

/// What is read of one line.
const LONGEST_LINE: usize = 16 << 10;
