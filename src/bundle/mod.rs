//! `tars bundle`: a support archive that its owner can post anywhere without reading it first. Everything is redacted
//! before it reaches a disk, and the finished archive is searched once more before it gets a name. The same
//! redactor is a filter, and the same search a judge, for any other file.

mod archive;
pub mod collect;
mod entry;
mod filter;
mod make;
mod manifest;
mod plan;
mod read;
mod readme;
mod seal;
mod secrets;
mod show;
mod spool;
mod timeline;
mod verify;

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::config::value::{show_bytes, show_count};
use crate::ctx::Ctx;
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, IoContext, Result};
use crate::redact::identifiers::{Identifiers, Known};
use crate::redact::values::Values;
use crate::redact::{Redactor, Tags};
use crate::report::Report;
use collect::Scope;
use make::Make;
use seal::Keys;

/// What collects the files that speak of the archive itself.
const SELF: &str = "bundle";

/// Arguments of `tars bundle`.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub struct Args {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    make: Make,
}

/// What can be done beside making an archive.
#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show what an archive says, without unpacking it: the diagnosis, a timeline, what is missing
    Show {
        /// The archive
        file: PathBuf,
        #[command(flatten)]
        keys: Keys,
    },
    /// Compare an archive with its manifest, and search it for secrets; exit code 1 where anything is wrong
    Verify {
        /// The archive
        file: PathBuf,
        #[command(flatten)]
        keys: Keys,
    },
    /// Write a file, or standard input for `-`, to standard output without its secrets
    Redact {
        /// The file, or `-`
        file: PathBuf,
        /// Leave names of people and machines, addresses and serial numbers
        #[arg(long)]
        keep_identifiers: bool,
    },
    /// Tell where secrets are, by rule, file and line; exit code 1 where there are any
    Scan {
        /// A file, a directory with everything below it, or `-` for standard input
        file: PathBuf,
    },
}

/// Runs `tars bundle`.
pub fn run(ctx: &Ctx, args: Args) -> Result<()> {
    let theirs = ctx.clone();
    until_interrupted(ctx, move || match args.command {
        None => make::run(&theirs, &args.make),
        Some(Command::Show { file, keys }) => show::run(&theirs, &file, &keys),
        Some(Command::Verify { file, keys }) => verify(&theirs, &file, &keys),
        Some(Command::Redact { file, keep_identifiers }) => {
            let scope = bare(&theirs);
            filter::redact(&redactor(&scope, known(&scope), keep_identifiers), &file)
        }
        Some(Command::Scan { file }) => {
            let scope = bare(&theirs);
            filter::scan(&theirs, &redactor(&scope, known(&scope), true), &file)
        }
    })
}

/// Works on a thread of its own, so that Ctrl-C ends the command wherever it is: nothing has a name before it is done.
fn until_interrupted(ctx: &Ctx, work: impl FnOnce() -> Result<()> + Send + 'static) -> Result<()> {
    let (send, receive) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        // Nobody listens any more after Ctrl-C.
        let _ = send.send(work());
    });
    ctx.block_on(async { receive.await.map_err(|_| Failure::environment("the command broke off"))? })
}

/// What there is without having looked at the machine.
fn bare(ctx: &Ctx) -> Scope {
    scope(ctx, Facts::default(), Report::new(""))
}

fn scope(ctx: &Ctx, facts: Facts, report: Report) -> Scope {
    Scope {
        home: ctx.home.clone(),
        environment: ctx.environment().to_vec(),
        config: ctx.config().ok(),
        facts,
        report,
        since: None,
        now: ctx.now(),
        all_logs: false,
        include_content: false,
        cap: u64::MAX,
        deadline: Duration::from_secs(2),
    }
}

/// The secrets of the installation here; none where there is none.
fn known(scope: &Scope) -> Vec<Vec<u8>> {
    if scope.home.config.exists() { secrets::values(scope, secrets::ask(scope)) } else { Vec::new() }
}

/// A redactor that knows these secrets.
fn redactor(scope: &Scope, mut values: Vec<Vec<u8>>, keep_identifiers: bool) -> Redactor {
    values.sort();
    values.dedup();
    let key = key(&values, scope.now);
    let secrets::Names { hosts, users, shares, serials } = secrets::names(scope);
    let names = || Identifiers::new(&Known { hosts, users, shares, serials }, key);
    Redactor {
        identifiers: (!keep_identifiers).then(names),
        values: Values::new(values),
        tags: Tags::new(key),
    }
}

/// The key of the marks. It comes from what only this machine knows and from the time, so that the same input at the
/// same time gives the same bytes, and nobody else can compare two archives by their marks.
fn key(values: &[Vec<u8>], now: Timestamp) -> [u8; 32] {
    let mut hash = Sha256::new().chain_update("tars support archive: marks");
    for value in values {
        hash.update((value.len() as u64).to_le_bytes());
        hash.update(value);
    }
    hash.update(machine_id());
    hash.update(now.as_second().to_le_bytes());
    hash.finalize().into()
}

/// The secret number of this machine (machine-id(5)), from which others may be derived.
fn machine_id() -> Vec<u8> {
    std::fs::read("/etc/machine-id").unwrap_or_default()
}

/// The secrets that the search after writing looks for: those that the redactor takes out wherever they stand.
fn sought(redactor: &Redactor, values: Vec<Vec<u8>>) -> verify::known::Known {
    verify::known::Known::new(values.into_iter().filter(|value| !redactor.values.is_weak(value)))
}

/// `tars bundle verify`.
fn verify(ctx: &Ctx, file: &Path, keys: &Keys) -> Result<()> {
    let scope = bare(ctx);
    let values = known(&scope);
    let count = values.len();
    let known = sought(&Redactor { values: Values::new(values.clone()), ..Redactor::default() }, values);
    let shown = file.display();
    let progress = ctx.ui.waiting("reading the archive");
    let checksum = checksum(file)?;
    let seen = verify::archive(read::open(file, keys)?, &known)
        .trying(format_args!("read the archive `{shown}`"))?;
    progress.done();
    let survivors: Vec<String> = seen
        .survivors
        .iter()
        .map(|found| format!("`{}` holds a secret (rule {})", found.entry, found.rule))
        .collect();
    let wrong: Vec<&String> = checksum.iter().chain(&seen.differences).chain(&survivors).collect();
    let value =
        serde_json::json!({ "archive": file, "known_secrets": count, "seen": &seen, "wrong": &wrong });
    ctx.ui.result(
        |paint| {
            let mut out: String = wrong.iter().map(|line| format!("{} {line}\n", paint.bold("wrong:"))).collect();
            let (files, bytes) = (show_count(seen.files, "file"), show_bytes(seen.bytes));
            let secrets = show_count(count, "secret");
            out += &format!("{files}, {bytes} unpacked; searched for {secrets} of this machine, and for what looks like one\n");
            if wrong.is_empty() {
                out += "every file is as the manifest says, and no secret was found\n";
            }
            out
        },
        &value,
    )?;
    match wrong.first() {
        None => Ok(()),
        Some(first) => Err(Failure::no(format!("`{shown}` is not as it should be: {first}"))
            .hint("do not pass it on; `tars bundle` makes a new one")),
    }
}

/// What is wrong with the checksum that stands beside an archive, where one does.
fn checksum(file: &Path) -> Result<Option<String>> {
    let beside = make::beside(file, ".sha256");
    let Ok(text) = std::fs::read_to_string(&beside) else { return Ok(None) };
    let mut from = std::fs::File::open(file).trying(format_args!("open `{}`", file.display()))?;
    let mut hash = make::Hashing::new(std::io::sink());
    std::io::copy(&mut from, &mut hash).trying(format_args!("read `{}`", file.display()))?;
    let same = text.split_whitespace().next() == Some(hash.digest().as_str());
    Ok((!same).then(|| format!("the archive is not the one that `{}` was made for", beside.display())))
}
