//! Mounts, as the kernel and `/etc/fstab` list them, and what the facts know of the documents directories and the
//! NAS. No mount is touched here.

use serde_json::json;

use super::files::{missing, text_of, why, write, write_json};
use super::{Collector, Planned, Scope, Sink};

pub(super) const COLLECTOR: Collector =
    Collector { name: "mounts", about: "mounts, fstab, documents directories, the NAS", plan, run };

/// What is taken as it is.
const FILES: &[(&str, &str)] =
    &[("mounts/mountinfo.txt", "/proc/self/mountinfo"), ("mounts/fstab.txt", "/etc/fstab")];
const DOCUMENTS: &str = "mounts/documents.json";

fn plan(_: &Scope) -> Vec<Planned> {
    let mut all: Vec<Planned> = FILES.iter().map(|(path, source)| Planned::new(*path, *source)).collect();
    all.push(Planned::new(DOCUMENTS, "the facts"));
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    for (path, source) in FILES {
        // Those of `/proc` have no size before they are read.
        match text_of(source.as_ref()) {
            Ok(text) => write(sink, path, &text.unwrap_or_default())?,
            Err(error) => missing(sink, path, &format!("`{source}`: {}", why(&error))),
        }
    }
    let storage = &scope.facts.storage;
    let known = json!({
        "documents": storage.documents,
        "sentinel": storage.sentinel,
        "state": storage.state,
        "nas": storage.nas,
        "units": storage.units,
        "looked_as_the_server": storage.as_server_user,
    });
    write_json(sink, DOCUMENTS, &known)
}
