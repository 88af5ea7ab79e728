//! What our running server says of itself. It is asked in the operator's name only where it is known to be our own;
//! whoever else has its address is asked what anyone may ask.

use std::io::Write;

use super::files::{answers, closed};
use super::{Collector, Planned, Scope, Sink};
use crate::facts::services;
use crate::report::json;

pub(super) const COLLECTOR: Collector =
    Collector { name: "api", about: "what the running server says of itself", plan, run };

/// What is asked, and where the answer goes.
const ASKED: &[(&str, &str)] =
    &[("/health", "api/health.json"), ("/ready", "api/ready.json"), ("/stats", "api/stats.json")];

fn plan(_: &Scope) -> Vec<Planned> {
    ASKED
        .iter()
        .map(|(asked, path)| Planned::new(*path, format!("GET {asked} of the running server")))
        .collect()
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    // Where the server is, it has written into its own directories.
    answers(scope, &[&scope.home.state, &scope.home.run])?;
    for (asked, path) in ASKED {
        let mut file = sink.file(path);
        match services::ask(&scope.home, scope.config.as_ref(), asked) {
            Ok((status, body)) => {
                let text = match serde_json::from_slice::<serde_json::Value>(&body) {
                    // A server that is not ready says so with 503, and in the same form.
                    Ok(value) if matches!(status, 200 | 503) => json::render(&value),
                    _ => {
                        file.incomplete(&format!("it was answered with {status}"));
                        String::from_utf8_lossy(&body).into_owned()
                    }
                };
                file.write_all(text.as_bytes()).map_err(closed)?;
            }
            Err(why) => file.incomplete(&why),
        }
    }
    Ok(())
}
