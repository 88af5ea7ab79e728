//! Who is asking: the bearer token in the `Authorization` header, and nowhere else, checked for signature,
//! kind, time, and that its user has not changed the password since.

pub mod password;
pub mod throttle;

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;

use super::app::App;
use super::error::ApiFailure;
use super::store::users;
use crate::wire::token::{Claims, OPERATOR, Use};

/// Someone who is signed in. Taking it as an argument is what closes a route to everyone else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SignedIn {
    /// The user's number; [`OPERATOR`] for a local command.
    pub user: i64,
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = ApiFailure;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, ApiFailure> {
        let token = parts
            .headers
            .get(AUTHORIZATION)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.strip_prefix("Bearer "))
            .ok_or_else(|| {
                ApiFailure::unauthorized(
                    "sign in first: `POST /auth/token`, then send the token as `Authorization: Bearer`",
                )
            })?;
        let claims = app.signer.check(token.trim(), Use::Access).ok_or_else(|| {
            ApiFailure::unauthorized("the token is not valid here, or has expired: sign in again")
        })?;
        Ok(Self { user: still_valid(app, &claims).await? })
    }
}

/// The user of a token whose signature is right, unless the password has changed since it was made.
pub async fn still_valid(app: &App, claims: &Claims) -> Result<i64, ApiFailure> {
    let ended = || ApiFailure::unauthorized("this sign-in has ended: sign in again");
    let user = claims.user().ok_or_else(ended)?;
    if user == OPERATOR {
        return Ok(user);
    }
    let known = app.generations.of(user);
    let known = match known {
        Some(generation) => Some(generation),
        None => {
            let stored =
                app.blocking(move |app| Ok(app.library.store.read(|tx| users::by_id(tx, user))?)).await?;
            stored.map(|stored| app.generations.note(user, stored.generation))
        }
    };
    if known == Some(claims.generation) { Ok(user) } else { Err(ended()) }
}

/// The token generation of each user who has been seen, so that a request costs no look into the database.
/// Only this process changes users; whoever changes one notes it here.
#[derive(Default)]
pub struct Generations(RwLock<HashMap<i64, i64>>);

impl Generations {
    fn of(&self, user: i64) -> Option<i64> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).get(&user).copied()
    }

    /// Notes the generation of a user, and returns it.
    pub fn note(&self, user: i64, generation: i64) -> i64 {
        self.0.write().unwrap_or_else(PoisonError::into_inner).insert(user, generation);
        generation
    }
}
