//! tars: a private assistant over one's own documents, in one program. The modules, in the order in which
//! they may know one another; `ARCHITECTURE.md` is the map in prose.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

pub mod cli;
pub mod config;
pub mod ctx;
pub mod facts;
pub mod failure;
pub mod host;
pub mod install;
pub mod ops;
pub mod plan;
pub mod report;
pub mod serve;
pub mod ui;
pub mod validate;
pub mod wire;
