//! `GET /health` (open to all: the process is alive) and `GET /ready` (each part is asked, now).

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;

use crate::config::Endpoint;
use crate::config::value::show_count;
use crate::serve::answer::generator::NO_ENDPOINT;
use crate::serve::app::App;
use crate::serve::auth::SignedIn;
use crate::serve::library::LibraryError;
use crate::serve::store::documents;
use crate::wire::{Health, Part, Ready};

/// The process is alive, and of this version.
pub async fn health() -> Json<Health> {
    Json(Health { status: "alive".into(), version: env!("CARGO_PKG_VERSION").into() })
}

/// Whether every part works: 200, or 503 with the part that does not.
pub async fn ready(State(app): State<App>, _: SignedIn) -> (StatusCode, Json<Ready>) {
    let mut degraded = Vec::new();
    let (store, index) = tokio::join!(store(&app), index(&app));
    let parts = vec![store, index, generator(&app, &mut degraded).await];
    let ready = parts.iter().all(|part| part.ok);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(Ready { ready, version: env!("CARGO_PKG_VERSION").into(), parts, degraded }))
}

fn part(name: &str, result: Result<String, String>) -> Part {
    let ok = result.is_ok();
    Part { name: name.into(), ok, detail: result.unwrap_or_else(|problem| problem) }
}

async fn store(app: &App) -> Part {
    let stats = app.blocking(|app| Ok(app.library.store.read(documents::stats)?)).await;
    part(
        "store",
        match stats {
            Ok(stats) => Ok(show_count(stats.documents, "document")),
            Err(_) => Err("the database cannot be read; the log says why".into()),
        },
    )
}

async fn index(app: &App) -> Part {
    part(
        "index",
        match app.library.lexical() {
            Ok(_) => Ok(match app.library.pending() {
                Some(0) => "caught up".into(),
                _ => "answers, and is taking documents in".into(),
            }),
            Err(LibraryError::NotReady) => Err("being brought up to date".into()),
            Err(error) => Err(error.to_string()),
        },
    )
}

/// Without a model, answers are extracts, and the server is as ready as it was meant to be; only an endpoint
/// that was configured and does not work is a failure.
async fn generator(app: &App, degraded: &mut Vec<String>) -> Part {
    let state = app.generator.read().await.clone();
    let result = match (&state.found, &app.config.endpoint) {
        (Some(found), _) if found.is_there().await => Ok(format!("`{}` at {}", found.model(), found.base())),
        (_, Endpoint::Off) => {
            degraded.push("answers are extracts: `answer.endpoint` is `off`".into());
            Ok("extracts".into())
        }
        (found, Endpoint::Auto) => {
            degraded.push(match (found, state.problem) {
                (Some(found), _) => {
                    format!("answers are extracts: the model server at {} has gone away", found.base())
                }
                (None, Some(problem)) => format!("answers are extracts: {problem}"),
                (None, None) => NO_ENDPOINT.into(),
            });
            Ok("extracts".into())
        }
        (_, Endpoint::Url(url)) => {
            Err(state.problem.unwrap_or_else(|| format!("the model server at {url} does not answer")))
        }
    };
    part("generator", result)
}
