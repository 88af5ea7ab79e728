//! Errors of the API: a status, a stable word, a sentence, and a hint. What goes wrong inside is logged with
//! its causes and told to the client only as "internal": error texts may hold paths.

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use tracing::error;

use super::ingest::UploadError;
use super::library::LibraryError;
use super::retrieve::QueryError;
use super::store::StoreError;
use crate::wire::ApiError;

/// An error on its way to the client.
#[derive(Debug)]
pub struct ApiFailure {
    status: StatusCode,
    body: ApiError,
    retry_after: Option<u64>,
}

/// A handler's result.
pub type Result<T> = std::result::Result<T, ApiFailure>;

impl ApiFailure {
    fn new(status: StatusCode, error: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            body: ApiError { error: error.into(), message: message.into(), hint: None },
            retry_after: None,
        }
    }

    /// 400: the request is wrong.
    pub fn invalid(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid", message)
    }

    /// 401: not signed in.
    pub fn unauthorized(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "unauthorized", message)
    }

    /// 404: there is no such thing.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not-found", message)
    }

    /// 409: it is not the client's to change.
    pub fn conflict(message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, "conflict", message)
    }

    /// 429: wait so many seconds.
    pub fn too_many(message: impl Into<String>, seconds: u64) -> Self {
        Self { retry_after: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, "too-many", message) }
    }

    /// 503: not yet.
    pub fn not_ready(message: impl Into<String>) -> Self {
        Self { retry_after: Some(2), ..Self::new(StatusCode::SERVICE_UNAVAILABLE, "not-ready", message) }
    }

    /// 500: what went wrong goes to the log.
    pub fn internal(cause: &dyn std::error::Error) -> Self {
        let mut chain = cause.to_string();
        let mut next = cause.source();
        while let Some(cause) = next {
            chain.push_str(": ");
            chain.push_str(&cause.to_string());
            next = cause.source();
        }
        error!("{chain}");
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "something went wrong in the server")
            .hint("the server's log says what: `tars ops logs`")
    }

    /// The same error, telling what to do next.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }
}

impl IntoResponse for ApiFailure {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.body)).into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

impl From<LibraryError> for ApiFailure {
    fn from(error: LibraryError) -> Self {
        match error {
            LibraryError::NotReady => Self::not_ready("the index is being brought up to date"),
            other => Self::internal(&other),
        }
    }
}

impl From<StoreError> for ApiFailure {
    fn from(error: StoreError) -> Self {
        Self::internal(&error)
    }
}

impl From<QueryError> for ApiFailure {
    fn from(error: QueryError) -> Self {
        match error {
            QueryError::NoCollection(_) => {
                Self::not_found(error.to_string()).hint("`GET /stats` lists the collections")
            }
            QueryError::Library(error) => error.into(),
        }
    }
}

impl From<UploadError> for ApiFailure {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::Skip(skip) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                skip.code(),
                format!("the document cannot be indexed: {skip}"),
            ),
            UploadError::NotForUploads(_) => Self::conflict(error.to_string()),
            UploadError::Library(error) => error.into(),
        }
    }
}

impl From<axum::extract::rejection::JsonRejection> for ApiFailure {
    fn from(rejection: axum::extract::rejection::JsonRejection) -> Self {
        Self { status: rejection.status(), ..Self::invalid(rejection.body_text()) }
    }
}

impl From<axum::extract::rejection::QueryRejection> for ApiFailure {
    fn from(rejection: axum::extract::rejection::QueryRejection) -> Self {
        Self::invalid(rejection.body_text())
    }
}

impl From<axum::extract::rejection::PathRejection> for ApiFailure {
    fn from(rejection: axum::extract::rejection::PathRejection) -> Self {
        Self::invalid(rejection.body_text())
    }
}
