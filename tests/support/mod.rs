//! What every test stands on: a clean environment with its own home, a server on its own port, real
//! documents, and one way to say that a test cannot run here.

pub mod compose;
pub mod corpus;
pub mod engine;
pub mod env;
pub mod files;
pub mod hostile;
pub mod hung;
pub mod installed;
pub mod interrupted;
pub mod journald;
pub mod llama;
pub mod mounts;
pub mod network;
pub mod nvml;
pub mod ollama;
pub mod own_engine;
pub mod papers;
pub mod planted;
pub mod project;
pub mod server;
pub mod snapshot;
pub mod stack;
pub mod unpacked;

use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub use env::TestEnv;
pub use server::TestServer;

/// Cargo's target folder, where `cargo xtask test` puts the parts that it fetches.
pub fn target() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().to_path_buf()
}

/// Says that the running test cannot run here, and why. `cargo xtask test` counts these, and its `--ci` fails
/// on any: a test that needs a part returns right after calling this, and never passes in silence.
pub fn skip(why: &str) {
    println!("skipped: {why}");
    let Some(record) = std::env::var_os("TARS_TEST_SKIPS") else { return };
    let test = std::thread::current().name().unwrap_or("?").to_string();
    let mut file = std::fs::OpenOptions::new().append(true).create(true).open(record).unwrap();
    // One write, so that lines of tests running side by side stay whole.
    file.write_all(format!("{test}\t{why}\n").as_bytes()).unwrap();
}

/// Looks again and again until there is something, for as long as `limit`.
#[track_caller]
pub fn wait<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "waited {limit:?} for {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The program of this name on the usual path.
pub fn program(name: &str) -> Option<PathBuf> {
    ["/usr/local/bin", "/usr/bin", "/bin", "/usr/sbin", "/sbin"]
        .iter()
        .map(|dir| Path::new(dir).join(name))
        .find(|path| path.is_file())
}

/// Whether this process may do what only root may.
pub fn is_root() -> bool {
    nix::unistd::geteuid().is_root()
}

/// The seed of a test that draws: given by `TARS_TEST_SEED`, otherwise fresh, and told either way, also where the test
/// passes: `println!` would be heard of those only that fail.
pub fn seed() -> u64 {
    let given =
        std::env::var("TARS_TEST_SEED").ok().map(|seed| seed.parse().expect("a number in TARS_TEST_SEED"));
    let seed = given.unwrap_or_else(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut hash = DefaultHasher::new();
        (now, std::process::id()).hash(&mut hash);
        hash.finish()
    });
    let mut heard = std::io::stderr();
    writeln!(heard, "run again with TARS_TEST_SEED={seed}").unwrap();
    seed
}
