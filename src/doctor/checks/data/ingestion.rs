//! What was taken in from the directories, when, and what could not be.

use jiff::{SignedDuration, Timestamp};

use crate::config::value::show_count;
use crate::doctor::check::{Judged, fail, known, not_here, pass, warn};
use crate::facts::snapshot::Facts;

/// A scan of a large NAS may take hours, but not days.
const LONG: SignedDuration = SignedDuration::from_hours(24);

/// Reasons for which a file is left out that say nothing against it: it is no document.
const NO_DOCUMENTS: &[&str] = &["binary", "unsupported", "not-a-file", "symlink", "vanished"];

fn runs(facts: &Facts) -> Result<bool, crate::doctor::check::Judgement> {
    Ok(known(&facts.data.server)?.running)
}

/// How long ago something was, as people say it.
fn ago(facts: &Facts, then: Timestamp) -> String {
    let seconds = facts.taken.duration_since(then).as_secs();
    match seconds {
        ..120 => format!("{} s ago", seconds.max(0)),
        120..7_200 => format!("{} minutes ago", seconds / 60),
        7_200..172_800 => format!("{} hours ago", seconds / 3_600),
        _ => format!("{} days ago", seconds / 86_400),
    }
}

/// Three times the scan interval.
fn three_intervals(facts: &Facts) -> Option<SignedDuration> {
    let seconds = facts.data.scan_interval_seconds?;
    Some(SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX / 4).min(i64::MAX / 4) * 3))
}

pub(super) fn stuck(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    let Some(oldest) = contents.running.first() else { return Ok(pass("no scan is at work")) };
    let since = format!("scan {} started {}", oldest.id, ago(facts, oldest.started));
    if !runs(facts)? {
        return Ok(warn("a scan was cut off when the server ended, and no server runs")
            .evidence(since)
            .hint("`tars ops start`: the server scans again"));
    }
    let bar = three_intervals(facts).map_or(LONG, |intervals| intervals.max(LONG));
    if facts.taken.duration_since(oldest.started) > bar {
        return Ok(warn(format!("a scan does not end: {since}"))
            .hint("`tars doctor --only 'storage.*'` shows whether a mount hangs; `tars ops restart` ends the scan and starts a new one"));
    }
    Ok(pass(since))
}

pub(super) fn result(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    let Some(last) = &contents.last else { return Err(not_here("no scan has ended yet")) };
    let when = ago(facts, last.finished.unwrap_or(last.started));
    let what = format!("scan {} ended {when}", last.id);
    let again = "put right what it names, then `tars ops ingest`";
    Ok(match last.state.as_str() {
        "failed" => fail(format!("scan {} broke off {when}", last.id))
            .evidences(last.problems.iter().cloned())
            .hint(again),
        _ if !last.problems.is_empty() => {
            warn(format!("{what} with problems")).evidences(last.problems.iter().cloned()).hint(again)
        }
        "interrupted" => pass(format!("scan {} was cut off when the server ended", last.id)),
        _ => pass(what),
    })
}

pub(super) fn age(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    if !runs(facts)? {
        return Err(not_here("the server does not run"));
    }
    let Some(bar) = three_intervals(facts) else { return Err(not_here("there is no configuration")) };
    if !contents.running.is_empty() {
        return Ok(pass("a scan is at work"));
    }
    let hint = "`tars ops ingest` scans now; `tars ops logs` shows why it did not happen by itself";
    let Some(last) = contents.last_done else {
        return Ok(warn("no scan has come to its end yet, and none is at work").hint(hint));
    };
    let when = format!("the last whole scan ended {}", ago(facts, last));
    Ok(if facts.taken.duration_since(last) > bar {
        let minutes = facts.data.scan_interval_seconds.unwrap_or(0) / 60;
        warn(when).evidence(format!("`documents.scan_interval` is {minutes} minutes")).hint(hint)
    } else {
        pass(when)
    })
}

pub(super) fn failed(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    let reasons: Vec<_> =
        contents.skipped.iter().filter(|(code, _)| !NO_DOCUMENTS.contains(&code.as_str())).collect();
    let failed = reasons.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
    let own = contents.documents.saturating_sub(contents.guides);
    let all = own.saturating_add(failed);
    if failed == 0 {
        return Ok(pass("every document could be read"));
    }
    let what = format!("{failed} of {all} documents could not be read");
    // In whole numbers: more than a fifth.
    if u128::from(failed) * 5 <= u128::from(all) {
        return Ok(pass(what));
    }
    Ok(warn(what)
        .evidences(reasons.iter().take(5).map(|(code, count)| format!("{count}: {code}")))
        .hint("`GET /documents?skipped=true` names each one with its reason; scanned pages need text recognition first, such as `ocrmypdf`"))
}

pub(super) fn empty(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    let own = contents.documents.saturating_sub(contents.guides);
    if own > 0 {
        return Ok(pass(format!("{} can be found", show_count(own, "document"))));
    }
    if !contents.running.is_empty() {
        return Err(not_here("the first scan is at work"));
    }
    let judged = warn("there are no documents but the guides");
    Ok(if facts.subject.documents.is_empty() {
        judged.hint("name directories: `tars install --documents DIR`, or upload documents in the browser")
    } else {
        let left_out = contents.skipped.iter().map(|(_, count)| *count).fold(0, u64::saturating_add);
        judged
            .evidence(format!("directories: {}", facts.subject.documents.join(", ")))
            .evidence(format!("left out: {}", show_count(left_out, "file")))
            .hint("see that the directories hold files of a supported format, then `tars ops ingest`")
    })
}
