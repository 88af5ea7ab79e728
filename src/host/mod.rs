//! The only place that changes the machine.
pub mod files;
pub mod supervisor;
