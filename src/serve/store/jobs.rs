//! Scans of the directories, kept with their reports so that an operator can look back.

use rusqlite::{OptionalExtension, Transaction, params};

use super::Result;
use crate::wire::{Job, JobState};

/// How many reports are kept.
const KEPT: i64 = 200;

/// Records a job that starts; its number is set.
pub fn start(tx: &Transaction<'_>, mut job: Job) -> Result<Job> {
    tx.execute("INSERT INTO jobs (report) VALUES ('')", [])?;
    job.id = tx.last_insert_rowid();
    save(tx, &job)?;
    tx.execute("DELETE FROM jobs WHERE id <= ?1", [job.id - KEPT])?;
    Ok(job)
}

/// Writes a job's report.
pub fn save(tx: &Transaction<'_>, job: &Job) -> Result<()> {
    let report = serde_json::to_string(job).expect("invariant: a job is plain data with text keys");
    tx.execute("UPDATE jobs SET report = ?2 WHERE id = ?1", params![job.id, report])?;
    Ok(())
}

/// The job of that number.
pub fn read(tx: &Transaction<'_>, id: i64) -> Result<Option<Job>> {
    let report: Option<String> =
        tx.query_row("SELECT report FROM jobs WHERE id = ?1", [id], |row| row.get(0)).optional()?;
    Ok(report.and_then(|report| serde_json::from_str(&report).ok()))
}

/// Marks the jobs that were at work when the server last stopped.
pub fn interrupt_running(tx: &Transaction<'_>) -> Result<()> {
    let ids: Vec<i64> = tx
        .prepare("SELECT id FROM jobs")?
        .query_map([], |row| row.get(0))?
        .collect::<std::result::Result<_, _>>()?;
    for id in ids {
        if let Some(mut job) = read(tx, id)?.filter(|job| job.state == JobState::Running) {
            job.state = JobState::Interrupted;
            save(tx, &job)?;
        }
    }
    Ok(())
}
