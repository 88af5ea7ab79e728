//! `POST /rag/search` (passages) and `POST /rag/query` (an answer with citations).

use std::time::Instant;

use axum::Json;
use axum::extract::State;

use super::super::extract::Body;
use crate::serve::answer::{self, milliseconds};
use crate::serve::app::App;
use crate::serve::auth::SignedIn;
use crate::serve::error::{ApiFailure, Result};
use crate::serve::retrieve::{self, Query};
use crate::wire::{Answer, Hit, QueryRequest, SearchRequest, SearchResponse};

/// The longest query, in characters.
const LONGEST: usize = 10_000;

/// `POST /rag/search`.
pub async fn search(
    State(app): State<App>,
    _: SignedIn,
    Body(request): Body<SearchRequest>,
) -> Result<Json<SearchResponse>> {
    let text = checked(&request.query)?;
    let limit = limited(request.limit, 10, 100)?;
    let started = Instant::now();
    let query = Query { text: &text, collection: request.collection.as_deref(), limit };
    let found = retrieve::search(&app.library, &query)?;
    let hits = found
        .into_iter()
        .map(|found| Hit { score: found.score, source: found.passage.source, text: found.passage.text })
        .collect();
    Ok(Json(SearchResponse { hits, took_ms: milliseconds(started.elapsed()) }))
}

/// `POST /rag/query`.
pub async fn query(
    State(app): State<App>,
    _: SignedIn,
    Body(request): Body<QueryRequest>,
) -> Result<Json<Answer>> {
    let question = checked(&request.query)?;
    let limit = limited(request.limit, 6, 20)?;
    let started = Instant::now();
    let query = Query { text: &question, collection: request.collection.as_deref(), limit };
    let found = retrieve::search(&app.library, &query)?;
    let found = retrieve::near_enough(&app.library, &question, found)?;
    let retrieval = started.elapsed();
    let generator = app.generator.read().await.found.clone();
    let deadline = app.config.answer_deadline;
    Ok(Json(answer::answer(&question, &found, generator.as_ref(), deadline, retrieval).await))
}

fn checked(query: &str) -> Result<String> {
    let query = query.trim();
    match query.chars().count() {
        0 => Err(ApiFailure::invalid("`query` is empty")),
        n if n > LONGEST => {
            Err(ApiFailure::invalid(format!("`query` has {n} characters; at most {LONGEST} are read")))
        }
        _ => Ok(query.to_string()),
    }
}

fn limited(limit: Option<usize>, default: usize, most: usize) -> Result<usize> {
    match limit.unwrap_or(default) {
        limit if (1..=most).contains(&limit) => Ok(limit),
        limit => Err(ApiFailure::invalid(format!("`limit` is {limit}; it must be from 1 to {most}"))),
    }
}
