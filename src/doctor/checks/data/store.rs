//! The database file and what stands beside it.

use super::read_whole;
use crate::doctor::check::{Judged, Repair, fail, known, not_here, pass, unknown, warn, worst};
use crate::doctor::checks::system::size;
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;
use crate::host::files;

const MIB: u64 = 1 << 20;

/// How to go on without the database that is there.
fn start_again(facts: &Facts) -> String {
    let database = format!("{}/tars.db", facts.subject.state);
    format!(
        "`tars ops stop`, then restore `{database}` from a backup; without one `mv {database} {database}.damaged` and `tars ops start`: documents are indexed anew, users are not"
    )
}

pub(super) fn database(facts: &Facts) -> Judged {
    let files = known(&facts.data.files)?;
    let path = format!("{}/tars.db", facts.subject.state);
    let runs = facts.data.server.known().is_some_and(|server| server.running);
    match files.database_bytes {
        None if runs => Ok(fail(format!("`{path}` is gone, and the server still runs"))
            .hint("do not stop the server before what it holds is safe: as root, `ls -l /proc/PID/fd` shows the file it has open, and `cp` brings it back")),
        None if files.used => Ok(fail(format!("`{path}` is gone, and the index made from it is still there"))
            .hint(format!("restore `{path}` from a backup; without one `tars ops start` makes a new one: documents are indexed anew, users are not"))),
        None => Err(not_here("no server has been started with this home yet")),
        Some(_) if !files.is_database => {
            Ok(fail(format!("`{path}` is no database")).hint(start_again(facts)))
        }
        Some(bytes) => Ok(pass(format!("`{path}`, {}", size(bytes)))),
    }
}

pub(super) fn schema(facts: &Facts) -> Judged {
    let contents = known(&facts.data.contents)?;
    let (found, program) = (contents.schema, contents.schema_known);
    let version = &facts.subject.version;
    Ok(if found > program {
        fail(format!("the database has schema {found}, and tars {version} knows {program}"))
            .hint("install the newer version of tars again, or restore a backup of the older database")
    } else if found < program {
        warn(format!("the database has schema {found}, and tars {version} makes {program}: the server migrates it at its next start"))
            .hint("make a backup, then `tars ops restart`")
    } else {
        pass(format!("schema {found}"))
    })
}

pub(super) fn integrity(facts: &Facts) -> Judged {
    let damage = read_whole(&facts.data.damage, "data.integrity")?;
    Ok(if damage.is_empty() {
        pass("no damage found")
    } else {
        fail("the database is damaged").evidences(damage.iter().take(10).cloned()).hint(start_again(facts))
    })
}

pub(super) fn foreign_keys(facts: &Facts) -> Judged {
    let dangling = read_whole(&facts.data.dangling, "data.foreign_keys")?;
    if dangling.is_empty() {
        return Ok(pass("every reference leads somewhere"));
    }
    let rows = dangling.iter().map(|found| found.rows).fold(0, u64::saturating_add);
    let lines = dangling.iter().take(10).map(|found| {
        format!(
            "{} rows of `{}` refer to rows of `{}` that are not there",
            found.rows, found.table, found.parent
        )
    });
    Ok(fail(format!("{rows} rows refer to rows that are not there"))
        .evidences(lines)
        .hint(start_again(facts)))
}

pub(super) fn orphans(facts: &Facts) -> Judged {
    let orphans = read_whole(&facts.data.orphans, "data.orphans")?;
    let kinds = [
        (orphans.revisions, "revisions without a document"),
        (orphans.passages, "passages without a current revision"),
        (orphans.partial, "revisions without all their passages"),
        (orphans.undecided, "documents neither indexed nor left out, or both"),
    ];
    let found: Vec<String> =
        kinds.iter().filter(|(count, _)| *count > 0).map(|(count, what)| format!("{count} {what}")).collect();
    Ok(match found.first() {
        None => pass("documents, revisions and passages belong together"),
        Some(first) => fail(format!("the database holds {first}"))
            .evidences(found.iter().skip(1).cloned())
            .hint(start_again(facts)),
    })
}

pub(super) fn wal(facts: &Facts) -> Judged {
    let files = known(&facts.data.files)?;
    let (log, database) = (files.wal_bytes, files.database_bytes.unwrap_or(0));
    let there = format!("{} beside a database of {}", size(log), size(database));
    Ok(if log > 64 * MIB && log > database {
        warn(format!("the write-ahead log has grown to {there}"))
            .hint("`tars ops restart` writes it into the database")
            .fixable()
    } else {
        pass(format!("a write-ahead log of {there}"))
    })
}

/// The repair of a large log.
pub(super) fn checkpoint(_: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    Ok(vec![Action::CheckpointLog { path: repair.asked.home.database() }])
}

pub(super) fn room(facts: &Facts) -> Judged {
    let files = known(&facts.data.files)?;
    let taken = files.database_bytes.unwrap_or(0).saturating_add(files.wal_bytes);
    let there = format!("{} free beside the {} of the database", size(files.free_bytes), size(taken));
    Ok(if files.free_bytes < taken.saturating_add(64 * MIB) {
        warn(format!("no room for a second copy of the database: {there}"))
            .hint(format!("free some space on the file system of `{}`", facts.subject.state))
    } else {
        pass(there)
    })
}

pub(super) fn leftovers(facts: &Facts) -> Judged {
    let files = known(&facts.data.files)?;
    let temporary = match files.leftovers.len() {
        0 => pass("no temporary file is left over"),
        count => warn(format!("{count} temporary files of a killed writer are left over"))
            .evidences(files.leftovers.iter().take(10).map(|path| format!("`{path}`")))
            .hint("look at them, then remove them")
            .fixable(),
    };
    let kept = format!("{} copies of earlier repairs take {}", files.backups, size(files.backup_bytes));
    let kept = if files.backup_bytes > 100 * MIB {
        let place = format!("{}/journal.d", facts.subject.state);
        warn(kept).hint(format!(
            "copies in `{place}` that are no longer wanted may go; what kept them can then not be taken back"
        ))
    } else {
        pass(kept)
    };
    Ok(worst([temporary, kept], "nothing is left over", unknown("not looked at")))
}

/// The repair of temporary files that are left over.
pub(super) fn remove_leftovers(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let home = &repair.asked.home;
    // Only what was judged: whatever has come since may be at work. Names are taken from the directory itself.
    let judged = facts.data.files.known().map(|files| files.leftovers.as_slice()).unwrap_or_default();
    let was_judged = |path: &std::path::PathBuf| judged.contains(&path.to_string_lossy().into_owned());
    let places = [&home.config, &home.state, &home.logs, &home.run];
    let paths = places.into_iter().flat_map(|place| files::leftovers(place)).filter(was_judged);
    Ok(paths.map(|path| Action::RemoveFile { path }).collect())
}
