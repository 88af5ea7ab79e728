//! `tars serve`: the server itself, in the foreground. It opens the store, starts indexing and answering, and
//! on SIGTERM or Ctrl-C finishes what is at hand. Who keeps it running is not its concern: that is
//! [`crate::host`]'s.

pub mod answer;
pub mod app;
pub mod audit;
pub mod auth;
mod credentials;
pub mod error;
pub mod extract;
mod guides;
pub mod ingest;
pub mod library;
mod log;
mod probe;
pub mod retrieve;
pub mod routes;
pub mod store;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Semaphore, oneshot};
use tracing::{info, warn};

use crate::config::Config;
use crate::config::paths::Home;
use crate::ctx::Ctx;
use crate::facts::{Fact, Probe, machine};
use crate::failure::{Failure, IoContext, Result};
use crate::host::files;
use crate::host::lock::{self, PidLock};
use crate::wire::client;
use crate::wire::token::Signer;
use answer::generator::Generator;
use app::{App, GeneratorState, Parts};
use ingest::Ingest;
use library::Library;
use store::Store;

/// How often the model server is looked for.
const LOOK_FOR_MODEL: Duration = Duration::from_secs(30);

/// How long the start waits for the first look at the model server.
const FIRST_LOOK: Duration = Duration::from_millis(300);

/// How long requests under way may take to end when the server stops.
const GRACE: Duration = Duration::from_secs(10);

/// Options of `tars serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Index this directory (may be given more than once; overrides `documents.paths`)
    #[arg(long, value_name = "DIR")]
    documents: Vec<PathBuf>,
    /// Listen here instead of at `server.listen`; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT")]
    listen: Option<String>,
    /// Ask the server whether it is alive instead of starting one: exit code 0 or 1
    #[arg(long, conflicts_with = "documents")]
    probe: bool,
    /// End when the process that started this one ends
    #[arg(long, hide = true)]
    supervised: bool,
}

/// Runs the server until it is told to stop.
pub fn run(mut ctx: Ctx, args: Args) -> Result<()> {
    if args.supervised {
        crate::host::supervisor::die_with_parent()?;
    }
    if !args.documents.is_empty() {
        let absolute = |path: &PathBuf| {
            let path = std::path::absolute(path).trying(format_args!("resolve `{}`", path.display()))?;
            path.into_os_string()
                .into_string()
                .map_err(|path| Failure::usage(format!("`--documents {}` is not UTF-8", path.display())))
        };
        let paths = args.documents.iter().map(absolute).collect::<Result<_>>()?;
        ctx.flags.push(("documents.paths", "--documents", paths));
    }
    if let Some(listen) = args.listen {
        ctx.flags.push(("server.listen", "--listen", vec![listen]));
    }
    let settings = ctx.settings()?;
    let config = Config::new(&settings)?;
    if args.probe {
        return probe::run(&ctx, &config);
    }
    let log = log::start(&config)?;
    settings.notes.iter().for_each(|note| warn!("{note}"));
    // The database makes files of its own: they are nobody else's either.
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(0o077));
    for directory in [&ctx.home.config, &ctx.home.state, &ctx.home.run] {
        files::directory(directory, 0o700)?;
        files::set_mode(directory, 0o700)?;
    }
    on_a_local_disk(&ctx.home.state)?;
    // The port first: a second server must fail before it touches anything of the first.
    let listener = listen(config.listen)?;
    let _alone = alone(&ctx.home)?;
    let config = credentials::ensure(&ctx, config)?;
    log.knows(&config)?;
    let store = Store::open(&ctx.home.database()).map_err(|error| error.opening(&ctx.home.database()))?;
    credentials::first_user(&ctx, &store)?;
    guides::write(&ctx.home)?;
    // More threads than cores: one that waits for a slow disk must not keep the others from answering.
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads((cores * 2).max(4))
        .enable_all()
        .build()
        .map_err(|error| Failure::environment("cannot start the asynchronous runtime").because(&error))?;
    runtime.block_on(serve(&ctx, config, store, listener))
}

/// A database on a network file system gets damaged sooner or later: locks and flushes do not mean there what
/// they mean on a disk. What cannot be found out is not refused.
fn on_a_local_disk(state: &Path) -> Result<()> {
    let place = state.to_path_buf();
    match Probe::start(move || machine::storage(&place)).finish() {
        Fact::Known(storage) if storage.is_remote() => Err(Failure::environment(format!(
            "the state directory `{}` is on {}",
            state.display(),
            storage.filesystem
        ))
        .hint("choose a local disk with `--home DIR`; the documents may stay where they are")),
        _ => Ok(()),
    }
}

/// One server for one home: a second would write to the first one's index.
fn alone(home: &Home) -> Result<PidLock> {
    let path = home.lock_file();
    let taken = PidLock::take(&path, None).trying(format_args!("lock `{}`", path.display()))?;
    taken.ok_or_else(|| {
        let holder = lock::holder(&path).ok().flatten().unwrap_or(0);
        Failure::environment(format!(
            "a server with `{}` runs already (process {holder})",
            home.state.display()
        ))
        .hint("`tars ops status` shows it; another server needs a place of its own: `--home DIR`")
    })
}

fn listen(address: SocketAddr) -> Result<std::net::TcpListener> {
    let bound = std::net::TcpListener::bind(address).and_then(|listener| {
        listener.set_nonblocking(true)?;
        Ok(listener)
    });
    bound.map_err(|error| {
        let failure = Failure::environment(format!("cannot listen on {address}")).because(&error);
        match error.kind() {
            std::io::ErrorKind::AddrInUse => failure
                .hint("another program (perhaps this server already: `tars ops status`) has that port; choose another with `--listen` or `server.listen`"),
            std::io::ErrorKind::PermissionDenied => failure.hint("ports below 1024 need root: choose a higher one with `--listen`"),
            _ => failure.hint("choose an address of this machine with `--listen` or `server.listen`"),
        }
    })
}

async fn serve(ctx: &Ctx, config: Config, store: Store, listener: std::net::TcpListener) -> Result<()> {
    let listener = TcpListener::from_std(listener).trying("use the listening socket")?;
    let address = listener.local_addr().trying("read the listening address")?;
    let library = Arc::new(Library::new(store, &ctx.home.index()));
    let ingest = Arc::new(Ingest::new(Arc::clone(&library), &config, &ctx.home, ctx.this_program()?)?);
    let key = config.signing_key.as_ref().ok_or_else(|| Failure::config("there is no signing key"))?;
    let app = App::new(Parts {
        signer: Signer::new(key),
        home: ctx.home.clone(),
        library: Arc::clone(&library),
        ingest: Arc::clone(&ingest),
        generations: auth::Generations::default(),
        throttle: auth::throttle::Throttle::default(),
        hashing: Semaphore::new(1),
        signing_in: Semaphore::new(16),
        generator: tokio::sync::RwLock::new(GeneratorState::default()),
        config,
    });
    let (looked, first_look) = oneshot::channel();
    tokio::spawn(keep_looking_for_model(app.clone(), looked));
    // A model server that answers is known from the first question on; one that hangs is not waited for.
    let _ = tokio::time::timeout(FIRST_LOOK, first_look).await;
    let worker = ingest.start()?;
    // Whoever reads the address may stop the server at once.
    let told = told_to_stop()?;
    let address_file = ctx.home.address_file();
    files::write(&address_file, format!("{address}\n").as_bytes(), files::PRIVATE)?;
    info!("listening on http://{address}");
    let (stopping, stopped) = oneshot::channel();
    let server = axum::serve(listener, app::router(app)).with_graceful_shutdown(async move {
        told.await;
        info!("stopping");
        // The receiver is there as long as the server is.
        let _ = stopping.send(());
    });
    tokio::select! {
        ended = server.into_future() => ended.trying("serve requests")?,
        () = async { let _ = stopped.await; tokio::time::sleep(GRACE).await } => warn!("requests under way were cut off"),
    }
    ingest.stop();
    let ended = tokio::task::spawn_blocking(move || {
        // A thread that panicked has said so in the log.
        let _ = worker.join();
        library.rest().and_then(|()| Ok(library.store.checkpoint()?))
    });
    if let Ok(Err(error)) = ended.await {
        warn!(%error, "the index catches up at the next start");
    }
    // A file that is gone already is as good.
    let _ = std::fs::remove_file(address_file);
    info!("stopped");
    Ok(())
}

/// The wish that the server may stop. From here on no signal ends the process before it has put things away.
fn told_to_stop() -> Result<impl Future<Output = ()>> {
    let on = |kind| signal(kind).trying("wait for signals");
    let (mut terminate, mut interrupt) = (on(SignalKind::terminate())?, on(SignalKind::interrupt())?);
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

async fn look_for_model(app: &App) {
    let Ok(http) = client::http() else { return };
    let state = match Generator::find(&http, &app.config).await {
        Ok(found) => GeneratorState { found, problem: None },
        Err(error) => GeneratorState { found: None, problem: Some(error.to_string()) },
    };
    let mut known = app.generator.write().await;
    match (&known.found, &state.found) {
        (None, Some(found)) => info!("answers are written by `{}` at {}", found.model(), found.base()),
        (Some(_), None) => warn!("the model server has gone away: answers are extracts"),
        _ => {}
    }
    *known = state;
}

async fn keep_looking_for_model(app: App, looked: oneshot::Sender<()>) {
    look_for_model(&app).await;
    // Nobody waits any more where the first look took too long.
    let _ = looked.send(());
    loop {
        tokio::time::sleep(LOOK_FOR_MODEL).await;
        look_for_model(&app).await;
    }
}
