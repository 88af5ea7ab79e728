//! The `tars` program: command line and environment in, exit code out.

use std::process::ExitCode;

/// The server frees large buffers all the time; this allocator gives them back to the system.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    tars::cli::main(std::env::args_os())
}
