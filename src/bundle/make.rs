//! Making an archive: look, collect, write, prove, and only then give it a name. Whatever ends the program on the way
//! leaves nothing behind, because until the end there is no file that anybody could find.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::{BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sha2::{Digest, Sha256};

use super::collect::{self, COLLECTORS, Scope, Sink};
use super::entry::{Clock, Drawer, hex};
use super::manifest::{self, Limits, Manifest};
use super::seal::Seal;
use super::spool::Spool;
use super::{SELF, archive, machine_id, plan, readme, redactor, secrets, sought, verify};
use crate::config::value;
use crate::ctx::{Ctx, quoted};
use crate::doctor;
use crate::facts::{far, no_answer};
use crate::failure::{Failure, IoContext, Result};
use crate::host::files::Unnamed;
use crate::redact::Redactor;
use crate::report::{Report, Verdict, json};

/// How many bytes of one file are taken before it is cut.
const CAP: u64 = 16 << 20;
/// How long one look of the doctor may take, which comes before everything else.
const LOOK: Duration = Duration::from_secs(2);
/// How long a collector may take where it is to be quick, and where it is to be complete.
const QUICK: Duration = Duration::from_secs(4);
const COMPLETE: Duration = Duration::from_secs(600);
/// No archive that says anything is smaller.
const SMALLEST: u64 = 1 << 20;

/// How an archive is made.
#[derive(Debug, clap::Args)]
pub struct Make {
    /// Show what would be collected and what would be taken out; write nothing
    #[arg(long)]
    plan: bool,
    /// Only logs and events of this time, such as `24h`
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    since: Option<Duration>,
    /// Take logs whole, however long they are, and take the time for that
    #[arg(long)]
    all_logs: bool,
    /// Where the archive is written: a new file, or a directory
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// How large the archive may become
    #[arg(long, value_name = "SIZE", default_value = "512M", value_parser = size)]
    max_size: u64,
    /// Encrypt the archive so that only the owner of this age recipient can open it
    #[arg(long, value_name = "age1…", conflicts_with = "passphrase_file")]
    encrypt_to: Option<String>,
    /// Encrypt the archive with the passphrase in the first line of this file
    #[arg(long, value_name = "FILE")]
    passphrase_file: Option<PathBuf>,
    /// Leave names of people and machines, addresses and serial numbers as they are
    #[arg(long)]
    keep_identifiers: bool,
    /// Write beside the archive which pseudonym stands for which name: for yourself, not to be passed on
    #[arg(long, conflicts_with = "keep_identifiers")]
    keep_map: bool,
    /// Include what documents are called; the name of the archive says so
    #[arg(long)]
    include_content: bool,
    /// How long one collector may take, unless `--all-logs` is given: then it is ten minutes
    #[arg(long, value_name = "TIME", value_parser = value::duration)]
    deadline: Option<Duration>,
}

fn size(text: &str) -> std::result::Result<u64, String> {
    match value::bytes(text)? {
        size if size < SMALLEST => Err(format!("`{text}` is less than {}", value::show_bytes(SMALLEST))),
        size => Ok(size),
    }
}

/// Where the archive and what belongs to it will be.
struct Target {
    archive: PathBuf,
    directory: PathBuf,
    name: String,
    /// The folder in the archive.
    folder: String,
    /// The word for the machine.
    host: String,
}

/// Makes an archive, or shows what it would hold.
pub fn run(ctx: &Ctx, args: &Make) -> Result<()> {
    let clock = clock(ctx)?;
    let target = Target::new(args, clock.now)?;
    let seal = Seal::new(args.encrypt_to.as_deref(), args.passphrase_file.as_deref())?;
    let files = if args.plan { None } else { Some(target.prepare(args.keep_map)?) };
    let progress = ctx.ui.waiting("looking at this machine");
    let containers = secrets::ask(&super::bare(ctx));
    let (facts, report) = doctor::examine(ctx, LOOK)?;
    let scope = Arc::new(Scope {
        since: args.since.and_then(|since| clock.now.checked_sub(since).ok()),
        now: clock.now,
        all_logs: args.all_logs,
        include_content: args.include_content,
        cap: if args.all_logs { u64::MAX } else { CAP },
        deadline: args.deadline.unwrap_or(if args.all_logs { COMPLETE } else { QUICK }),
        ..super::scope(ctx, facts, report)
    });
    let values = secrets::values(&scope, containers);
    let Some((spool, made)) = files else {
        progress.done();
        return plan::show(ctx, &scope, &target.shown(), args.max_size, values.len(), args.keep_identifiers);
    };
    // Kept for as long as the process lives: a collector that is left behind may still look at it.
    let redactor: &'static Redactor =
        Box::leak(Box::new(redactor(&scope, values.clone(), args.keep_identifiers)));
    progress.message("collecting");
    let spool = Spool::new(spool, args.max_size);
    let making = Making { args, scope: &scope, clock, target: &target, redactor, spool: &spool };
    let manifest = making.collect();
    let full = |error: std::io::Error| target.failed(&error, spool.size());
    progress.message("writing the archive");
    making.write(&made).map_err(full)?;
    progress.message("searching the archive for secrets");
    let from = || made.file().try_clone().and_then(|mut file| file.rewind().map(|()| file));
    let seen = from().and_then(|file| verify::archive(file, &sought(redactor, values))).map_err(full)?;
    proven(&seen)?;
    let made = match &seal {
        Some(seal) => {
            let sealed = Unnamed::new_in(&target.directory).map_err(full)?;
            let to = BufWriter::new(sealed.file());
            from().and_then(|mut file| seal.write(&mut file, to)).map_err(full)?;
            sealed
        }
        None => made,
    };
    let (bytes, sha256) = hashed(made.file()).map_err(full)?;
    if bytes > args.max_size {
        let (is, may) = (value::show_bytes(bytes), value::show_bytes(args.max_size));
        return Err(Failure::environment(format!(
            "the archive would have {is}, and may have {may}; nothing was kept"
        ))
        .hint("give a larger `--max-size`, or a shorter `--since`"));
    }
    let names = redactor.identifiers.as_ref().filter(|_| args.keep_map);
    let map = names.map(|names| json::render(&names.map()));
    target.keep(made, &sha256, map.as_deref()).map_err(full)?;
    progress.done();
    tell(ctx, &target, &manifest, &scope.report, bytes, &sha256)
}

/// What the map of pseudonyms is called.
const MAP: &str = ".map.json";
/// What the checksum is called.
const CHECKSUM: &str = ".sha256";

/// The clock, which stands still where `SOURCE_DATE_EPOCH` says when it is (as reproducible builds have it).
fn clock(ctx: &Ctx) -> Result<Clock> {
    let given = ctx.variable("SOURCE_DATE_EPOCH").filter(|text| !text.is_empty());
    let second = match given {
        None => ctx.now().as_second(),
        Some(text) => text.parse().map_err(|_| {
            Failure::usage(format!("`SOURCE_DATE_EPOCH={text}` is not a number of seconds"))
                .hint("unset it, or give the seconds since 1970")
        })?,
    };
    let now = Timestamp::from_second(second).map_err(|error| {
        Failure::usage(format!("`SOURCE_DATE_EPOCH={second}` is not a time")).because(&error)
    })?;
    Ok(Clock { now, stands: given.is_some() })
}

impl Target {
    fn new(args: &Make, now: Timestamp) -> Result<Self> {
        let host = host(args.keep_identifiers);
        let content = if args.include_content { "-with-content" } else { "" };
        let folder = format!("tars-bundle-{host}{content}-{}", now.strftime("%Y%m%dT%H%M%SZ"));
        let sealed = args.encrypt_to.is_some() || args.passphrase_file.is_some();
        let usual = format!("{folder}.tar.gz{}", if sealed { ".age" } else { "" });
        let given = args.output.clone().unwrap_or_else(|| ".".into());
        let absolute =
            |path: &Path| std::path::absolute(path).trying(format_args!("use `{}`", path.display()));
        // A process that hangs in a mount cannot end any more: another one looks first.
        if !far::hung(vec![absolute(&given)?], LOOK).is_empty() {
            let why = no_answer(LOOK);
            return Err(Failure::environment(format!("cannot write to `{}`: {why}", given.display())).hint(
                "name another directory with `--output DIR`; `tars doctor` tells what is wrong with this one",
            ));
        }
        let archive = if given.is_dir() { given.join(usual) } else { given };
        let absolute = absolute(&archive)?;
        let directory = absolute.parent().unwrap_or(Path::new("/")).to_path_buf();
        let name = absolute.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Ok(Self { archive, directory, name, folder, host })
    }

    fn shown(&self) -> String {
        self.archive.strip_prefix(".").unwrap_or(&self.archive).display().to_string()
    }

    /// Makes sure that nothing is in the way, and opens the two files without names: for what is collected, and for
    /// the archive.
    fn prepare(&self, keep_map: bool) -> Result<(std::fs::File, Unnamed)> {
        let map = keep_map.then_some(MAP);
        for path in ["", CHECKSUM].into_iter().chain(map).map(|suffix| beside(&self.archive, suffix)) {
            if path.symlink_metadata().is_ok() {
                return Err(in_the_way(&path));
            }
        }
        let open = || Ok((tempfile::tempfile_in(&self.directory)?, Unnamed::new_in(&self.directory)?));
        open().map_err(|error| self.failed(&error, 0))
    }

    /// Why nothing was kept, and what helps.
    fn failed(&self, error: &std::io::Error, so_far: u64) -> Failure {
        use std::io::ErrorKind::{AlreadyExists, NotFound, QuotaExceeded, StorageFull};
        let directory = self.directory.display();
        let failure =
            Failure::environment(format!("cannot write the archive to `{directory}`")).because(error);
        match error.kind() {
            AlreadyExists => in_the_way(&self.archive),
            StorageFull | QuotaExceeded => {
                // Once as it is collected, and once as the archive.
                let needed = value::show_bytes(so_far.max(SMALLEST) * 2);
                failure.hint(format!(
                    "it needs at least {needed} there for a moment: name another directory with `--output DIR`, or make it smaller with `--max-size`; nothing was kept"
                ))
            }
            NotFound => failure.hint("make that directory, or name another with `--output DIR`"),
            _ => failure.hint("name another directory with `--output DIR`; nothing was kept"),
        }
    }

    /// Gives the archive, its checksum and the map their names: all of them, or none.
    fn keep(&self, made: Unnamed, sha256: &str, map: Option<&str>) -> std::io::Result<()> {
        let archive = self.directory.join(&self.name);
        let with = |suffix: &str, text: &str| -> std::io::Result<(PathBuf, Unnamed)> {
            let file = Unnamed::new_in(&self.directory)?;
            file.file().write_all(text.as_bytes())?;
            file.file().sync_all()?;
            Ok((beside(&archive, suffix), file))
        };
        let checksum = with(CHECKSUM, &format!("{sha256}  {}\n", self.name))?;
        let map = map.map(|map| with(MAP, map)).transpose()?;
        let mut there = Vec::new();
        for (path, file) in [(archive.clone(), made), checksum].into_iter().chain(map) {
            if let Err(error) = file.appear(&path) {
                for path in &there {
                    // What is told to be not there must not be there, and it was there for a moment only.
                    let _ = std::fs::remove_file(path);
                }
                return Err(error);
            }
            there.push(path);
        }
        Ok(())
    }
}

fn in_the_way(path: &Path) -> Failure {
    Failure::environment(format!("`{}` exists already, and is not replaced", path.display()))
        .hint("remove it, or name another file with `--output FILE`")
}

/// The path with this behind it.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(suffix);
    name.into()
}

/// A word for this machine: its name where names are kept, and otherwise one that nobody can turn into its name.
fn host(keep_identifiers: bool) -> String {
    if keep_identifiers {
        let name = nix::sys::utsname::uname().map(|name| name.nodename().to_string_lossy().into_owned());
        let plain = |c: &char| c.is_ascii_alphanumeric() || *c == '-';
        let name: String = name.unwrap_or_default().chars().filter(plain).take(40).collect();
        return if name.is_empty() { "host".into() } else { name };
    }
    match machine_id() {
        id if id.is_empty() => "host".into(),
        id => hex(&Sha256::new().chain_update("tars support archive: host").chain_update(id).finalize()[..4]),
    }
}

struct Making<'a> {
    args: &'a Make,
    scope: &'a Arc<Scope>,
    clock: Clock,
    target: &'a Target,
    redactor: &'static Redactor,
    spool: &'a Arc<Spool>,
}

impl Making<'_> {
    fn drawer(&self, collector: &'static str) -> Arc<Drawer> {
        Arc::new(Drawer::new(collector, self.spool, self.redactor, self.clock))
    }

    /// Has everything collected, and what was collected told.
    fn collect(&self) -> Manifest {
        let deadline = u64::try_from(self.scope.deadline.as_millis()).unwrap_or(u64::MAX);
        let drawers: BTreeMap<_, _> =
            COLLECTORS.iter().map(|collector| (collector.name, self.drawer(collector.name))).collect();
        let sink = |name| -> Arc<dyn Sink> {
            match drawers.get(name) {
                Some(drawer) => Arc::<Drawer>::clone(drawer),
                None => self.drawer(name),
            }
        };
        let stop = |name| {
            if let Some(drawer) = drawers.get(name) {
                drawer.shut(&manifest::late(deadline));
            }
        };
        let outcomes = collect::run(self.scope, &sink, &stop);
        drawers.values().for_each(|drawer| drawer.shut("the collector ended before the file did"));
        let collectors: Vec<_> = outcomes
            .iter()
            .map(|outcome| manifest::collected(outcome, self.clock.milliseconds(outcome.took), deadline))
            .collect();
        let own = self.drawer(SELF);
        let mut manifest = Manifest {
            schema: manifest::SCHEMA,
            program: env!("CARGO_PKG_VERSION").into(),
            host: self.target.host.clone(),
            made: self.clock.now,
            since: self.scope.since,
            content: self.args.include_content,
            identifiers: if self.args.keep_identifiers { "kept" } else { "replaced" }.into(),
            limits: Limits {
                archive: self.args.max_size,
                file: self.scope.cap,
                all_logs: self.args.all_logs,
                deadline_ms: deadline,
            },
            totals: manifest::totals(&self.spool.files(), &collectors),
            collectors,
            files: self.spool.files(),
        };
        let put = |path, text: String| {
            // What cannot be written is known to the spool, and told when it is closed.
            let _ = own.entry(path).write_all(text.as_bytes());
        };
        put(readme::NAME, readme::text(&manifest, &self.scope.report, &self.target.name));
        manifest.files = self.spool.files();
        manifest.totals = manifest::totals(&manifest.files, &manifest.collectors);
        put(manifest::NAME, json::render(&manifest));
        manifest
    }

    /// Writes the archive.
    fn write(&self, made: &Unnamed) -> std::io::Result<()> {
        let (mut files, spool) = self.spool.close()?;
        let place =
            |path: &str| [readme::NAME, manifest::NAME].iter().position(|first| *first == path).unwrap_or(2);
        files.sort_by(|a, b| (place(&a.file.path), &a.file.path).cmp(&(place(&b.file.path), &b.file.path)));
        let made_at = u64::try_from(self.clock.now.as_second()).unwrap_or(0);
        let frame = archive::Frame { folder: &self.target.folder, made: made_at };
        let mut to = BufWriter::with_capacity(256 << 10, made.file());
        archive::write(&frame, spool, &files, &mut to)?;
        to.flush()
    }
}

/// Nothing is handed over that holds a secret, or is not what it says.
fn proven(seen: &verify::Seen) -> Result<()> {
    if let Some(found) = seen.survivors.first() {
        let more = match seen.survivors.len() {
            1 => String::new(),
            count => format!(", and {} more", count - 1),
        };
        return Err(Failure::no(format!(
            "the archive was not kept: `{}` still holds a secret (rule {}){more}",
            found.entry, found.rule
        ))
        .hint(
            "nothing was written; please report the rule and the entry, they say nothing about the secret",
        ));
    }
    match seen.differences.first() {
        None => Ok(()),
        Some(first) => Err(Failure::environment(format!("the archive was not kept: read back, {first}"))
            .hint(
                "the disk or the memory of this machine may be damaged: try `--output DIR` on another disk",
            )),
    }
}

/// Says what was made.
fn tell(
    ctx: &Ctx,
    target: &Target,
    manifest: &Manifest,
    report: &Report,
    bytes: u64,
    sha256: &str,
) -> Result<()> {
    let redactions: u64 = manifest.totals.redactions.iter().map(|struck| struck.count).sum();
    let collectors = manifest.collectors.iter().filter(|row| row.why.is_some()).count();
    let value = serde_json::json!({
        "archive": target.archive, "bytes": bytes, "sha256": sha256, "totals": &manifest.totals,
        "collectors": &manifest.collectors, "diagnosis": report.counts(),
    });
    ctx.ui.result(
        |paint| {
            let shown = target.shown();
            let mut out = format!("{}\n\n", paint.bold(&shown));
            let mut line = |label: &str, text: &str| out += &format!("  {label:<12}{text}\n");
            line(
                "size",
                &format!(
                    "{} in {}",
                    value::show_bytes(bytes),
                    value::show_count(manifest.totals.files, "file")
                ),
            );
            line("diagnosis", &report.counts());
            let places = value::show_count(redactions, "place");
            line(
                "taken out",
                &format!("secrets and names in {places}; read back and searched, none is left"),
            );
            if manifest.totals.incomplete + collectors > 0 {
                let files = value::show_count(manifest.totals.incomplete, "file");
                line("incomplete", &format!("{files}, {}", value::show_count(collectors, "collector")));
            }
            if report.worst() == Verdict::Unknown && report.findings().next().is_none() {
                line("note", "the doctor found nothing to look at");
            }
            out += &format!("\nnext:\n  {} bundle show {}\n", ctx.typed("tars"), quoted(Path::new(&shown)));
            out
        },
        &value,
    )
}

/// The length and the SHA-256 of a file.
fn hashed(mut file: &std::fs::File) -> std::io::Result<(u64, String)> {
    file.seek(SeekFrom::Start(0))?;
    let mut to = Hashing::new(std::io::sink());
    let bytes = std::io::copy(&mut file.take(u64::MAX), &mut to)?;
    Ok((bytes, to.digest()))
}

/// Passes bytes on, and hashes them.
pub struct Hashing<W> {
    to: W,
    hash: Sha256,
}

impl<W: Write> Hashing<W> {
    /// To this writer.
    pub fn new(to: W) -> Self {
        Self { to, hash: Sha256::new() }
    }

    /// SHA-256 of everything that passed, in hexadecimal.
    pub fn digest(self) -> String {
        hex(&self.hash.finalize())
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let length = self.to.write(bytes)?;
        self.hash.update(&bytes[..length]);
        Ok(length)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.to.flush()
    }
}
