//! The page: three files that are part of the program, served with their type and nothing cached beyond a
//! version. What it shows is in `ui/`.

use axum::Router;
use axum::http::header;
use axum::response::IntoResponse;
use axum::routing::get;

use crate::serve::app::App;

/// The page and what it loads.
pub fn router() -> Router<App> {
    Router::new()
        .route("/", file("text/html; charset=utf-8", include_str!("../ui/index.html")))
        .route("/ui/style.css", file("text/css; charset=utf-8", include_str!("../ui/style.css")))
        .route("/ui/app.js", file("text/javascript; charset=utf-8", include_str!("../ui/app.js")))
        .route("/ui/icon.svg", file("image/svg+xml", include_str!("../ui/icon.svg")))
}

fn file(kind: &'static str, text: &'static str) -> axum::routing::MethodRouter<App> {
    get(async move || ([(header::CONTENT_TYPE, kind)], text).into_response())
}
