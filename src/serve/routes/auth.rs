//! Signing in with a name and a password, renewing a sign-in, and changing one's own password.

use std::time::Instant;

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use secrecy::ExposeSecret;

use super::super::extract::Body;
use crate::serve::app::App;
use crate::serve::auth::{SignedIn, password, still_valid};
use crate::serve::error::{ApiFailure, Result};
use crate::serve::store::users::{self, User};
use crate::wire::token::{OPERATOR, Use};
use crate::wire::{ChangePassword, Refresh, SignIn, Tokens};

/// The longest name, in bytes: names of failed attempts are remembered.
const LONGEST_NAME: usize = 255;

/// `POST /auth/token`.
pub async fn token(State(app): State<App>, Body(request): Body<SignIn>) -> Result<Json<Tokens>> {
    if request.username.len() > LONGEST_NAME {
        return Err(ApiFailure::invalid(format!("a name has at most {LONGEST_NAME} bytes")));
    }
    let name = request.username.clone();
    let user = app.blocking(move |app| Ok(app.library.store.read(|tx| users::named(tx, &name))?)).await?;
    // An unknown name takes as long as a wrong password.
    let hash = user.as_ref().map(|user| user.password.clone());
    let is_right = right(&app, &request.username, request.password, hash).await?;
    match user.filter(|_| is_right) {
        Some(user) => tokens(&app, &user),
        None => Err(ApiFailure::unauthorized("name or password is wrong")),
    }
}

/// `POST /auth/refresh`.
pub async fn refresh(State(app): State<App>, Body(request): Body<Refresh>) -> Result<Json<Tokens>> {
    let claims = app
        .signer
        .check(&request.refresh_token, Use::Refresh)
        .ok_or_else(|| ApiFailure::unauthorized("this sign-in has ended: sign in again"))?;
    let id = still_valid(&app, &claims).await?;
    let user = known(&app, id).await?;
    tokens(&app, &user)
}

/// `POST /auth/password`: ends every other sign-in, and the one-time password with its file.
pub async fn password(
    State(app): State<App>,
    signed_in: SignedIn,
    Body(request): Body<ChangePassword>,
) -> Result<Json<Tokens>> {
    if signed_in.user == OPERATOR {
        return Err(ApiFailure::invalid("a local command has no password: sign in as the user"));
    }
    if request.new.chars().count() < password::SHORTEST {
        return Err(ApiFailure::invalid(format!(
            "a password has at least {} characters",
            password::SHORTEST
        )));
    }
    let user = known(&app, signed_in.user).await?;
    if !right(&app, &user.name, request.current, Some(user.password.clone())).await? {
        return Err(ApiFailure::unauthorized("the current password is wrong"));
    }
    let _one_at_a_time = app.hashing.acquire().await.map_err(|error| ApiFailure::internal(&error))?;
    let id = user.id;
    let generation = app
        .blocking(move |app| {
            let hash = password::hash(&request.new)
                .map_err(|error| ApiFailure::internal(&std::io::Error::other(error)))?;
            let generation = app.library.store.write(|tx| users::set_password(tx, id, &hash))?;
            app.generations.note(id, generation);
            // It no longer opens anything; a file that is gone already is as good.
            let _ = std::fs::remove_file(app.home.first_password());
            Ok(generation)
        })
        .await?;
    tokens(&app, &User { generation, one_time: false, ..user })
}

async fn known(app: &App, id: i64) -> Result<User> {
    let user = app.blocking(move |app| Ok(app.library.store.read(|tx| users::by_id(tx, id))?)).await?;
    user.ok_or_else(|| ApiFailure::unauthorized("this sign-in has ended: sign in again"))
}

/// Whether a password is right. The count of wrong ones is looked at and kept while no other password is
/// being checked, so that many tries at once wait like many in a row.
async fn right(app: &App, name: &str, given: String, hash: Option<String>) -> Result<bool> {
    let _queued = app
        .signing_in
        .try_acquire()
        .map_err(|_| ApiFailure::too_many("too many sign-ins at once: try again in a moment", 1))?;
    let _one_at_a_time = app.hashing.acquire().await.map_err(|error| ApiFailure::internal(&error))?;
    if let Some(wait) = app.throttle.wait(name, Instant::now()) {
        let seconds = wait.as_secs() + 1;
        return Err(ApiFailure::too_many(format!("too many wrong passwords: wait {seconds} s"), seconds));
    }
    let is_right = app.blocking(move |_| Ok(password::verify(&given, hash.as_deref()))).await?;
    if is_right {
        app.throttle.right(name);
    } else {
        app.throttle.wrong(name, Instant::now());
    }
    Ok(is_right)
}

fn tokens(app: &App, user: &User) -> Result<Json<Tokens>> {
    let now = Timestamp::now().as_second();
    let mint = |typ, lifetime| {
        app.signer
            .mint(user.id, typ, user.generation, now, lifetime)
            .map(|token| token.expose_secret().to_string())
            .map_err(|error| ApiFailure::internal(&error))
    };
    Ok(Json(Tokens {
        access_token: mint(Use::Access, app.config.access_lifetime)?,
        refresh_token: mint(Use::Refresh, app.config.refresh_lifetime)?,
        token_type: "bearer".into(),
        expires_in: app.config.access_lifetime.as_secs(),
        password_is_one_time: user.one_time,
    }))
}
