//! Users: who may sign in, with which password hash, and which generation of tokens still counts.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::Result;

/// One user.
#[derive(Clone)]
pub struct User {
    /// Their number, from 1.
    pub id: i64,
    /// Their name.
    pub name: String,
    /// The Argon2 hash of their password, in PHC form.
    pub password: String,
    /// Tokens of earlier generations no longer count.
    pub generation: i64,
    /// The password is the one that install made.
    pub one_time: bool,
}

fn user(row: &Row<'_>) -> rusqlite::Result<User> {
    Ok(User {
        id: row.get(0)?,
        name: row.get(1)?,
        password: row.get(2)?,
        generation: row.get(3)?,
        one_time: row.get(4)?,
    })
}

const USER: &str = "SELECT id, name, password, generation, one_time FROM users";

/// The user of that name, whatever its case.
pub fn named(tx: &Transaction<'_>, name: &str) -> Result<Option<User>> {
    Ok(tx.prepare_cached(&format!("{USER} WHERE name = ?1"))?.query_row([name], user).optional()?)
}

/// The user of that number.
pub fn by_id(tx: &Transaction<'_>, id: i64) -> Result<Option<User>> {
    Ok(tx.prepare_cached(&format!("{USER} WHERE id = ?1"))?.query_row([id], user).optional()?)
}

/// Whether there is any user.
pub fn any(tx: &Transaction<'_>) -> Result<bool> {
    Ok(tx.query_row("SELECT EXISTS (SELECT 1 FROM users)", [], |row| row.get(0))?)
}

/// Adds the first administrator with a one-time password.
pub fn add_admin(tx: &Transaction<'_>, name: &str, password: &str, now: Timestamp) -> Result<()> {
    tx.execute(
        "INSERT INTO users (name, password, role, one_time, created) VALUES (?1, ?2, 'admin', 1, ?3)",
        params![name, password, now.as_millisecond()],
    )?;
    Ok(())
}

/// Puts a new password in force and ends every token made before. Returns the new generation.
pub fn set_password(tx: &Transaction<'_>, id: i64, password: &str) -> Result<i64> {
    Ok(tx.query_row(
        "UPDATE users SET password = ?2, one_time = 0, generation = generation + 1 WHERE id = ?1 RETURNING generation",
        params![id, password],
        |row| row.get(0),
    )?)
}
