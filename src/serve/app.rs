//! The server's parts in one place, and the table of routes. Blocking work (writing, hashing, lists) goes
//! through [`App::blocking`], off the threads that answer; a search takes less time than handing it over would,
//! and runs where it is.

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderName, HeaderValue};
use axum::routing::{delete, get, post};
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::set_header::SetResponseHeaderLayer;

use super::answer::generator::Generator;
use super::auth::Generations;
use super::auth::throttle::Throttle;
use super::error::{ApiFailure, Result};
use super::ingest::Ingest;
use super::library::Library;
use super::routes;
use crate::config::Config;
use crate::config::paths::Home;
use crate::wire::token::Signer;

/// The largest request, apart from documents.
const BODY: usize = 64 << 10;

/// What every handler can reach. Cloning is cheap.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// The parts of a running server.
pub struct Parts {
    /// The configuration it was started with.
    pub config: Config,
    /// Where everything lives.
    pub home: Home,
    /// Store and index.
    pub library: Arc<Library>,
    /// Scans and uploads.
    pub ingest: Arc<Ingest>,
    /// Makes and checks tokens.
    pub signer: Signer,
    /// Which tokens still count.
    pub generations: Generations,
    /// Slows down password guessing.
    pub throttle: Throttle,
    /// Hashing takes 19 MiB each time: one at a time.
    pub hashing: Semaphore,
    /// How many may wait for that.
    pub signing_in: Semaphore,
    /// The model that writes answers, as last seen.
    pub generator: tokio::sync::RwLock<GeneratorState>,
}

/// What is known of the model server.
#[derive(Clone, Default)]
pub struct GeneratorState {
    /// The model, where there is one.
    pub found: Option<Generator>,
    /// Why the configured endpoint cannot be used.
    pub problem: Option<String>,
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// Runs blocking work off the threads that answer.
    pub async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&App) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let app = self.clone();
        tokio::task::spawn_blocking(move || work(&app)).await.map_err(|error| ApiFailure::internal(&error))?
    }
}

/// Every route of the API and the page.
pub fn router(app: App) -> Router {
    // A text of `max_text` bytes may need more than that in JSON.
    let document = usize::try_from(app.config.max_text).unwrap_or(usize::MAX).saturating_mul(2);
    Router::new()
        .route("/health", get(routes::health::health))
        .route("/ready", get(routes::health::ready))
        .route("/auth/token", post(routes::auth::token))
        .route("/auth/refresh", post(routes::auth::refresh))
        .route("/auth/password", post(routes::auth::password))
        .route("/rag/search", post(routes::rag::search))
        .route("/rag/query", post(routes::rag::query))
        .route("/documents", get(routes::documents::list))
        .route("/documents/{id}", delete(routes::documents::remove))
        .route("/stats", get(routes::documents::stats))
        .route("/ingest", post(routes::documents::ingest).layer(DefaultBodyLimit::max(document)))
        .route("/jobs/{id}", get(routes::documents::job))
        .merge(routes::page::router())
        .fallback(async || {
            ApiFailure::not_found("there is nothing here").hint("the routes are in the HTTP API guide")
        })
        .layer(DefaultBodyLimit::max(BODY))
        .layer(CatchPanicLayer::new())
        .layer(header("x-content-type-options", "nosniff"))
        .layer(header("x-frame-options", "DENY"))
        .layer(header("referrer-policy", "no-referrer"))
        .layer(header("cross-origin-resource-policy", "same-origin"))
        .layer(header(
            "content-security-policy",
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; \
             base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
        ))
        .layer(header("cache-control", "no-store"))
        .with_state(app)
}

fn header(name: &'static str, value: &'static str) -> SetResponseHeaderLayer<HeaderValue> {
    SetResponseHeaderLayer::if_not_present(HeaderName::from_static(name), HeaderValue::from_static(value))
}
