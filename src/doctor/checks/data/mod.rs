//! The database and the index: whether what was stored can still be read, and belongs together. The entries
//! stand here; how they judge stands in the files beside this one.

mod index;
mod ingestion;
mod store;

use crate::doctor::check::{Check, Effect, Fix, Judgement, known};
use crate::facts::Fact;
use crate::facts::data::NOT_FINISHED;

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    Check {
        id: "data.database",
        title: "database",
        meaning: "The database is the single file that holds documents, revisions, passages and users; here it is gone, or something else stands in its place.",
        matters: "Without it nothing can be found and nobody can sign in.",
        measured: "The file `tars.db` in the state directory and its first bytes; nothing is written.",
        rule: "Fails where it is missing though a server runs or an index is there, and where it is no database. Skipped where no server has been started yet.",
        repair: "Stop the server, put `tars.db` back from a backup, and start it. Without a backup move what is there away and start: documents are indexed anew, users are not.",
        needs: &[],
        judge: store::database,
        fix: None,
    },
    Check {
        id: "data.schema",
        title: "schema of the database",
        meaning: "The database was made by another version of this program.",
        matters: "A server that is older than its database refuses to start; one that is newer changes the database when it starts, after which the older one can no longer read it.",
        measured: "`user_version` of the database against the number of changes that this program knows.",
        rule: "Fails where the database is newer than the program; warns where it is older.",
        repair: "Install the newer version of the program again, or restore a backup of the older database. An older database is brought up to date by `tars ops restart`.",
        needs: &["data.database"],
        judge: store::schema,
        fix: None,
    },
    Check {
        id: "data.integrity",
        title: "database undamaged",
        meaning: "The structure of the database file is broken.",
        matters: "What is damaged cannot be read, and writing on makes it worse. The cause is usually a failing disk, a full one, or a copy that was made while the server ran.",
        measured: "SQLite's `quick_check`, which reads the whole file; it ends at the deadline.",
        rule: "Fails on any damage; unknown where the file is too large for the time given.",
        repair: "Stop the server with `tars ops stop`, keep a copy of `tars.db`, and restore a backup. Without one move the file away and start: documents are indexed anew, users are not. Look at the disk with `sudo smartctl -a /dev/sdX`.",
        needs: &["data.database"],
        judge: store::integrity,
        fix: None,
    },
    Check {
        id: "data.foreign_keys",
        title: "references in the database",
        meaning: "Rows refer to other rows that are not there.",
        matters: "The server never leaves that: another program has written to the database, or it was put together from two.",
        measured: "SQLite's `foreign_key_check`; it ends at the deadline.",
        rule: "Fails on any such row.",
        repair: "Restore a backup; or move the database away and start the server: documents are indexed anew, users are not.",
        needs: &["data.database"],
        judge: store::foreign_keys,
        fix: None,
    },
    Check {
        id: "data.orphans",
        title: "rows that belong together",
        meaning: "Revisions have no document, passages no current revision, a revision has another number of passages than it was stored with, or a document is neither indexed nor left out.",
        matters: "Each document is stored in one transaction, whole or not at all. Halves mean that something else has changed the database, and that answers may be missing.",
        measured: "Four queries that compare documents, revisions and passages; they end at the deadline.",
        rule: "Fails on any such row.",
        repair: "Restore a backup; or move the database away and start the server: documents are indexed anew, users are not.",
        needs: &["data.database"],
        judge: store::orphans,
        fix: None,
    },
    Check {
        id: "data.wal",
        title: "write-ahead log",
        meaning: "The log of changes that are not yet in the database file is large, and larger than the database.",
        matters: "Every query has to look through it, the next start takes long, and it fills the disk.",
        measured: "The size of `tars.db-wal` beside that of `tars.db`.",
        rule: "Warns above 64 MiB where it is larger than the database.",
        repair: "`tars ops restart` writes it into the database. If it grows again, a program that is not this one keeps the database open: `sudo lsof FILE` shows which.",
        needs: &["data.database"],
        judge: store::wal,
        fix: Some(Fix {
            what: "move the write-ahead log into the database",
            effect: Effect::Harmless,
            steps: store::checkpoint,
        }),
    },
    Check {
        id: "data.size",
        title: "room for the database to grow",
        meaning: "Less space is free beside the database than the database itself takes.",
        matters: "Bringing it up to date or making it smaller needs room for a second copy, and then fails half-way.",
        measured: "The size of the database and its log against the free bytes of their file system.",
        rule: "Warns where less is free than the database takes, and 64 MiB beside.",
        repair: "Free some space on that file system, or move the state directory to a larger disk.",
        needs: &["data.database"],
        judge: store::room,
        fix: None,
    },
    Check {
        id: "data.index.present",
        title: "index there",
        meaning: "The index, which says which words stand in which passage, is missing or cannot be read.",
        matters: "Nothing can be found without it. It is made from the database, so nothing is lost.",
        measured: "`index/meta.json` in the state directory.",
        rule: "Fails where the server runs and there is none, or where it cannot be read; warns where none is there and no server runs, because the next start makes it.",
        repair: "`tars ops stop`, remove the directory `index` in the state directory, `tars ops start`.",
        needs: &["data.database"],
        judge: index::present,
        fix: Some(REBUILD),
    },
    Check {
        id: "data.index.intact",
        title: "index undamaged",
        meaning: "Files of the index are missing, or are not as they were written.",
        matters: "A search that meets the damage fails or finds too little. The index is made from the database, so nothing is lost.",
        measured: "Every file of the index is read and compared with the checksum at its end; that ends at the deadline.",
        rule: "Fails on any missing or changed file; unknown where the index is too large for the time given.",
        repair: "`tars ops stop`, remove the directory `index` in the state directory, `tars ops start`. If it happens again, look at the disk.",
        needs: &["data.index.present"],
        judge: index::intact,
        fix: Some(REBUILD),
    },
    Check {
        id: "data.index.agrees",
        title: "index and database agree",
        meaning: "The index does not hold the passages that the database holds, or was made from another database.",
        matters: "Documents that are there are not found.",
        measured: "The number of the last change that the index has taken in, and how many passages it has, against the database.",
        rule: "Fails where both are at the same change and count different passages, or where the index is of another database or from its future; warns where it is behind and nothing is being taken in.",
        repair: "An index that is behind catches up with `tars ops restart`. Otherwise `tars ops stop`, remove the directory `index` in the state directory, `tars ops start`.",
        needs: &["data.index.present"],
        judge: index::agrees,
        fix: Some(REBUILD),
    },
    Check {
        id: "data.jobs.stuck",
        title: "scans that hang",
        meaning: "A scan of the directories is noted as at work and does not end.",
        matters: "While it hangs no change of a document is seen. A directory on a hung mount is the usual cause.",
        measured: "The scans that the database notes as at work, and whether a server runs.",
        rule: "Warns where a scan is noted as at work and no server runs, or where it has run for more than a day and for three scan intervals.",
        repair: "`tars ops restart` ends it and starts a new one; `tars doctor --only 'storage.*'` shows whether a mount hangs.",
        needs: &["data.database"],
        judge: ingestion::stuck,
        fix: None,
    },
    Check {
        id: "data.ingestion.result",
        title: "last scan",
        meaning: "The last scan of the directories broke off, or left something for a person to look at.",
        matters: "Documents may be missing, or be kept although they are gone.",
        measured: "The report of the newest scan that has ended, in the database.",
        rule: "Fails where it broke off; warns where it has told of problems.",
        repair: "Put right what it names, then `tars ops ingest`.",
        needs: &["data.database"],
        judge: ingestion::result,
        fix: None,
    },
    Check {
        id: "data.ingestion.age",
        title: "age of the last scan",
        meaning: "The directories have not been compared with the index for much longer than the scan interval.",
        matters: "What has changed since is not found, and what was deleted still answers.",
        measured: "When the last scan came to its end, against `documents.scan_interval`.",
        rule: "Warns where it is older than three intervals while the server runs and no scan is at work.",
        repair: "`tars ops ingest` scans now; `tars ops logs` shows why it did not happen by itself.",
        needs: &["data.database"],
        judge: ingestion::age,
        fix: None,
    },
    Check {
        id: "data.documents.failed",
        title: "documents that could not be read",
        meaning: "Many documents could not be read: damaged, protected by a password, too large, or pictures of text.",
        matters: "What could not be read cannot answer, and nobody misses it until they ask for it.",
        measured: "The documents that the database notes as left out, by reason. Files that are no documents (programs, links, other formats) do not count.",
        rule: "Warns where more than 20 % could not be read.",
        repair: "`GET /documents?skipped=true` names each one with its reason. Scanned pages need text recognition first, for example `ocrmypdf`.",
        needs: &["data.database"],
        judge: ingestion::failed,
        fix: None,
    },
    Check {
        id: "data.empty",
        title: "documents to answer from",
        meaning: "There are no documents but the product's own guides.",
        matters: "Every question about anything else is answered with `nothing found`.",
        measured: "The documents that can be found, without the collection `guides`.",
        rule: "Warns where there are none and no scan is at work.",
        repair: "Name directories with `tars install --documents DIR`, or upload documents in the browser. Where directories are configured, see that they hold files of a supported format.",
        needs: &["data.database"],
        judge: ingestion::empty,
        fix: None,
    },
    Check {
        id: "data.leftovers",
        title: "leftovers",
        meaning: "Files are left over that nobody needs: temporary ones of a writer that was killed, or many copies that repairs have kept.",
        matters: "They take space, and a temporary file may hold what the secrets file holds.",
        measured: "Files named `.tars-` and six letters that are older than a quarter of an hour, in the directories of the installation; the size of `journal.d`.",
        rule: "Warns on any such file, and where the kept copies take more than 100 MiB.",
        repair: "Remove the temporary files. Removing copies in `journal.d` means that the repairs that kept them can no longer be taken back.",
        needs: &[],
        judge: store::leftovers,
        fix: Some(Fix {
            what: "remove the temporary files that a killed writer has left",
            effect: Effect::Deletes,
            steps: store::remove_leftovers,
        }),
    },
];

const REBUILD: Fix = Fix {
    what: "make the index anew from the database (it cannot be searched meanwhile)",
    effect: Effect::Interrupts,
    steps: index::rebuild,
};

/// The value of a look that reads everything, or that it is unknown; where it did not finish, how to wait longer.
fn read_whole<'a, T>(fact: &'a Fact<T>, id: &str) -> Result<&'a T, Judgement> {
    known(fact).map_err(|unknown| {
        let unfinished = unknown.summary.starts_with(NOT_FINISHED);
        if unfinished {
            unknown.hint(format!("`tars doctor --only {id} --deadline 60s` takes the time"))
        } else {
            unknown
        }
    })
}
