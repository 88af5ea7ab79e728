//! What is indexed, and getting more in: documents, statistics, scans and uploads.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;

use super::super::extract::{Body, Parameters, Segment};
use crate::serve::app::App;
use crate::serve::auth::SignedIn;
use crate::serve::error::{ApiFailure, Result};
use crate::serve::store::documents;
use crate::wire::{Documents, IngestRequest, Ingested, Job, Stats};

/// Parameters of `GET /documents`.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Page {
    /// The `next` of the page before.
    after: i64,
    /// How many, 1 to 1000; 100 where it is not given.
    limit: Option<usize>,
    /// Only what was skipped.
    skipped: bool,
}

/// `GET /documents`.
pub async fn list(
    State(app): State<App>,
    _: SignedIn,
    Parameters(page): Parameters<Page>,
) -> Result<Json<Documents>> {
    let limit = page.limit.unwrap_or(100).clamp(1, 1000);
    app.blocking(move |app| {
        Ok(Json(app.library.store.read(|tx| documents::list(tx, page.after, limit, page.skipped))?))
    })
    .await
}

/// `DELETE /documents/{id}`: only documents that were given in a request; files are deleted where they are.
pub async fn remove(State(app): State<App>, _: SignedIn, Segment(id): Segment<i64>) -> Result<Json<()>> {
    app.blocking(move |app| match app.library.store.read(|tx| documents::has_root(tx, id))? {
        None => Err(ApiFailure::not_found(format!("there is no document {id}"))),
        Some(true) => {
            Err(ApiFailure::conflict("this document is a file: delete the file, and it leaves the index"))
        }
        Some(false) => Ok(Json(app.ingest.remove(id)?)),
    })
    .await
}

/// `GET /stats`.
pub async fn stats(State(app): State<App>, _: SignedIn) -> Result<Json<Stats>> {
    app.blocking(|app| Ok(Json(app.library.store.read(documents::stats)?))).await
}

/// `POST /ingest`: 202 with the number of a scan, or 201 with the document.
pub async fn ingest(
    State(app): State<App>,
    _: SignedIn,
    Body(request): Body<IngestRequest>,
) -> Result<(StatusCode, Json<Ingested>)> {
    let Some(document) = request.document else {
        let id = app.blocking(|app| Ok(app.ingest.request()?)).await?;
        return Ok((StatusCode::ACCEPTED, Json(Ingested::Job(id))));
    };
    check_name("collection", &document.collection)?;
    check_name("name", &document.name)?;
    let (id, chunks) = app
        .blocking(move |app| Ok(app.ingest.upload(&document.collection, &document.name, document.text)?))
        .await?;
    Ok((StatusCode::CREATED, Json(Ingested::Document { id, chunks })))
}

fn check_name(field: &str, name: &str) -> Result<()> {
    let printable = !name.chars().any(char::is_control);
    if !name.trim().is_empty() && name.len() <= 255 && printable {
        return Ok(());
    }
    Err(ApiFailure::invalid(format!("`{field}` must be 1 to 255 bytes of printable text")))
}

/// `GET /jobs/{id}`.
pub async fn job(State(app): State<App>, _: SignedIn, Segment(id): Segment<i64>) -> Result<Json<Job>> {
    let job = app.blocking(move |app| Ok(app.ingest.job(id)?)).await?;
    job.map(Json).ok_or_else(|| ApiFailure::not_found(format!("there is no job {id}")))
}
