//! What a server needs before its first start: a signing key and an administrator. Where `tars install` has
//! made them, they are used; where they are missing, they are made here, in the same places.

use secrecy::ExposeSecret;
use tracing::info;

use super::auth::password;
use super::store::{Store, users};
use crate::config::{Config, env_file, schema, secrets};
use crate::ctx::Ctx;
use crate::failure::{Failure, IoContext, Result};
use crate::host::files;

/// The configuration with a signing key, which is made and kept where there was none.
pub fn ensure(ctx: &Ctx, config: Config) -> Result<Config> {
    if config.signing_key.is_some() {
        return Ok(config);
    }
    let key = secrets::signing_key()?;
    let path = ctx.home.env();
    let before = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).trying(format_args!("read `{}`", path.display())),
    };
    let variable = schema::find("auth.signing_key").expect("invariant: the table has the key").variable();
    files::write(&path, env_file::with(&before, &variable, key.expose_secret()).as_bytes(), files::PRIVATE)?;
    info!("a signing key was made in `{}`", path.display());
    Ok(Config { signing_key: Some(key), ..config })
}

/// Adds the administrator where there is no user yet, with the one-time password from its file, which is
/// made where it is missing.
pub fn first_user(ctx: &Ctx, store: &Store) -> Result<()> {
    let path = ctx.home.first_password();
    let failed =
        |error: super::store::StoreError| Failure::environment("cannot add the first user").because(&error);
    if store.read(users::any).map_err(failed)? {
        return Ok(());
    }
    let given = match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => text.trim().to_string(),
        _ => {
            let made = secrets::password()?;
            files::write(&path, format!("{}\n", made.expose_secret()).as_bytes(), files::PRIVATE)?;
            made.expose_secret().to_string()
        }
    };
    let hash = password::hash(&given)
        .map_err(|error| Failure::environment(format!("cannot hash a password: {error}")))?;
    store.write(|tx| users::add_admin(tx, "admin", &hash, ctx.now())).map_err(failed)?;
    info!("sign in as `admin` with the one-time password in `{}`", path.display());
    Ok(())
}
