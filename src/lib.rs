//! tars: a private assistant over one's own documents, in one program. The modules, in the order in which
//! they may know one another; `ARCHITECTURE.md` is the map in prose.

#![cfg_attr(test, allow(clippy::unwrap_used, clippy::print_stdout, clippy::print_stderr))]

pub mod failure;
pub mod redact;
pub mod config;
pub mod report;
pub mod ui;
pub mod ctx;
pub mod wire;
pub mod facts;
pub mod stack;
pub mod host;
pub mod plan;
pub mod serve;
pub mod validate;
pub mod doctor;
pub mod bundle;
pub mod up;
pub mod ops;
pub mod install;
pub mod cli;
