//! `cargo xtask test`: sets up what the tests need, runs every test of the workspace, and tells at the end
//! which ones could not run and why. Under `--ci` a skipped test is a failure.

use std::collections::BTreeMap;
use std::fs;

use tars::failure::{Failure, IoContext, Result};

use crate::{setup, work};

/// Arguments of `cargo xtask test`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Fail if any test was skipped; also set by the variable CI
    #[arg(long)]
    ci: bool,
    /// Only tests whose names contain one of these
    filter: Vec<String>,
}

/// Runs the tests.
pub fn run(args: &Args) -> Result<()> {
    setup::prepare();
    let skips = work::target().join("skipped.txt");
    fs::write(&skips, "").trying(format_args!("write `{}`", skips.display()))?;
    let mut command = work::cargo(&["test", "--workspace", "--no-fail-fast", "--"]);
    let ran = work::run(command.args(&args.filter).env("TARS_TEST_SKIPS", &skips));
    let recorded = fs::read_to_string(&skips).trying(format_args!("read `{}`", skips.display()))?;
    let skipped = read(&recorded);
    for (test, why) in &skipped {
        println!("skipped: {test}: {why}");
    }
    println!("{} skipped", skipped.len());
    ran.map_err(|_| Failure::no("tests failed: their names are above"))?;
    let ci = args.ci || std::env::var_os("CI").is_some_and(|ci| !ci.is_empty() && ci != "false");
    if ci && !skipped.is_empty() {
        return Err(Failure::no("tests were skipped, and here none may be")
            .hint("the set-up lines at the top say which part is missing"));
    }
    Ok(())
}

/// The skipped tests: one line each, the test's name, a tab, the reason.
fn read(text: &str) -> BTreeMap<&str, &str> {
    text.lines().filter_map(|line| line.split_once('\t')).collect()
}
