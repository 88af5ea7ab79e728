//! Giving graphics cards to containers: NVIDIA's toolkit describes the cards, and the container engine reads
//! its settings again without stopping a container.

use std::path::Path;
use std::time::Duration;

use bollard::{API_DEFAULT_VERSION, Docker};

use super::{command, docker, files};
use crate::failure::{Failure, Result};

/// How long the toolkit may take to look at the cards.
const DESCRIBE: Duration = Duration::from_secs(60);
/// How long the engine may take to read its settings.
const RELOAD: Duration = Duration::from_secs(10);

/// Writes the description of the cards, whole or not at all.
pub(super) async fn describe(path: &Path) -> Result<()> {
    let is_json = path.extension().is_some_and(|extension| extension == "json");
    let format = if is_json { "--format=json" } else { "--format=yaml" };
    let text = command::run("nvidia-ctk", &["cdi", "generate", format], DESCRIBE).await?;
    if !text.contains("cdiVersion") {
        return Err(Failure::environment("`nvidia-ctk cdi generate` wrote no description of a card")
            .hint("run `nvidia-ctk --debug cdi generate` to see why"));
    }
    files::write(path, text.as_bytes(), 0o644)
}

/// Has the engine read its settings, and waits until it knows the runtime.
pub async fn register_runtime(socket: &Path, runtime: &str) -> Result<()> {
    docker::reload_engine()?;
    let known = async {
        while !runtimes(socket).await.is_some_and(|known| known.iter().any(|name| name == runtime)) {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(RELOAD, known).await.map_err(|_| {
        let seconds = RELOAD.as_secs();
        Failure::environment(format!("the container engine did not take `{runtime}` in {seconds} s"))
            .hint("restart it: `sudo systemctl restart docker`")
    })
}

async fn runtimes(socket: &Path) -> Option<Vec<String>> {
    let engine =
        Docker::connect_with_unix(&socket.to_string_lossy(), RELOAD.as_secs(), API_DEFAULT_VERSION).ok()?;
    Some(engine.info().await.ok()?.runtimes?.into_keys().collect())
}
