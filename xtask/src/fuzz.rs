//! `cargo xtask fuzz`: builds the fuzz target of the redactor with the counters that libFuzzer steers by, and runs it
//! for a while from a fresh seed. What it finds to be wrong is put into `target/fuzz/found`.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use tars::failure::{Failure, IoContext, Result};

use crate::work;

/// What makes the compiler put the counters in; they are what `cargo fuzz` asks for, without a sanitizer: that would
/// take a nightly compiler. Only the target itself is built so, the libraries are not.
const COUNTERS: [&str; 6] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=4",
    "-Cllvm-args=-sanitizer-coverage-inline-8bit-counters",
    "-Cllvm-args=-sanitizer-coverage-pc-table",
    "-Cllvm-args=-sanitizer-coverage-trace-compares",
    "--cfg=fuzzing",
];

/// Arguments of `cargo xtask fuzz`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// How long it runs, once it is built
    #[arg(long, default_value_t = 60)]
    seconds: u32,
    /// The seed of a run that is to be repeated
    #[arg(long)]
    seed: Option<u32>,
}

/// Builds and runs the target.
pub fn run(args: &Args) -> Result<()> {
    let source = work::root().join("tests/fuzz");
    let out = work::target().join("fuzz");
    let (corpus, found) = (out.join("corpus"), out.join("found"));
    for folder in [&corpus, &found] {
        fs::create_dir_all(folder).trying(format_args!("create `{}`", folder.display()))?;
    }
    let mut build = work::cargo(&["rustc", "--quiet", "--release", "--locked", "--bin", "redact"]);
    build.arg("--manifest-path").arg(source.join("Cargo.toml")).arg("--target-dir").arg(&out);
    work::run(build.arg("--").args(COUNTERS))?;

    let seed = args.seed.unwrap_or_else(fresh_seed);
    println!("fuzzing for {} s with the seed {seed}", args.seconds);
    let mut target = std::process::Command::new(out.join("release/redact"));
    // What is written down of one run is where the next one begins.
    target.arg(&corpus).arg(source.join("corpus/redact"));
    target.arg(format!("-dict={}", source.join("redact.dict").display()));
    target.arg(format!("-artifact_prefix={}/", found.display()));
    target.arg(format!("-seed={seed}")).arg(format!("-max_total_time={}", args.seconds));
    target.args([
        "-max_len=4096",
        "-timeout=30",
        "-rss_limit_mb=1024",
        "-print_final_stats=1",
        "-verbosity=0",
        "-print_funcs=0",
    ]);
    work::run(&mut target).map_err(|failure| {
        Failure::no(format!("the redactor breaks a promise: {failure}")).hint(format!(
            "what it was given is in `{}`; tests/fuzz/README.md says how to look at it",
            found.display()
        ))
    })
}

/// One that no run had before. Zero would be none to libFuzzer.
fn fresh_seed() -> u32 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    now.subsec_nanos() ^ std::process::id() | 1
}
