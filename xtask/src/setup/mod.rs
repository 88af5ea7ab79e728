//! What the tests need beyond the toolchain: system programs, corpora of real documents, a real model
//! server, Docker Compose itself. Everything that can be had is fetched once; what cannot is told here, and the tests that need it
//! are skipped and counted.

pub mod compose;
pub mod corpus;
mod model;
mod packages;
mod python;

use std::time::Instant;

use tars::failure::Result;

/// Gets every part that can be had.
pub fn prepare() {
    part("system packages", packages::install);
    part("corpora", corpus::fetch);
    part("model server", model::fetch);
    part("Docker Compose", compose::fetch);
}

fn part(name: &str, get: impl FnOnce() -> Result<String>) {
    let started = Instant::now();
    match get() {
        Ok(what) => println!("set-up: {name}: {what} ({:.1} s)", started.elapsed().as_secs_f64()),
        Err(failure) => println!("set-up: {name}: missing: {failure}"),
    }
}
