//! The stand-in for NVIDIA's management library, compiled by the test that uses it.

use std::path::PathBuf;
use std::process::Command;

use super::{TestEnv, program, skip};

/// Compiles it into a directory for `LD_LIBRARY_PATH`; skips the test where there is no compiler.
pub fn compile(env: &TestEnv, options: &[&str]) -> Option<PathBuf> {
    let Some(compiler) = program("gcc") else {
        skip("there is no gcc to compile the stand-in for the driver's library with");
        return None;
    };
    let directory = env.directory("nvml");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/support/nvml.c");
    let built = Command::new(compiler)
        .args(["-shared", "-fPIC", "-Wl,-soname,libnvidia-ml.so.1", "-o"])
        .arg(directory.join("libnvidia-ml.so.1"))
        .args(options)
        .arg(source)
        .output()
        .unwrap();
    assert!(built.status.success(), "{built:?}");
    Some(directory)
}
