//! Passwords: hashed with Argon2id at the parameters that OWASP's password storage guidance names as the
//! least (19 MiB, two passes, one lane), which are the library's defaults.

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// The least length of a password that a person chooses.
pub const SHORTEST: usize = 10;

/// The hash of a password, in PHC form, with a salt of its own.
pub fn hash(password: &str) -> Result<String, String> {
    Argon2::default()
        .hash_password(password.as_bytes())
        .map(|hash| hash.to_string())
        .map_err(|error| error.to_string())
}

/// The hash of nothing in particular: an unknown name must not answer faster than a wrong password.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$dGFycyBub2JvZHkgc2FsdA$2wK5zVpU7lJ0hB0bq4cO0mJ9m1o2r5s0fJmQnq0yqfE";

/// Whether a password is the one that was hashed. Without a hash (no such user) it takes as long, and is no.
pub fn verify(password: &str, hash: Option<&str>) -> bool {
    let right = Argon2::default().verify_password(password.as_bytes(), hash.unwrap_or(NOBODY)).is_ok();
    right && hash.is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_right_password_passes() {
        let hashed = hash("correct horse").unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(verify("correct horse", Some(&hashed)));
        assert!(!verify("wrong horse", Some(&hashed)));
        assert!(!verify("correct horse", None));
    }

    #[test]
    fn an_unknown_name_costs_a_whole_hash_too() {
        // A hash that does not parse, or of other parameters, would be answered sooner than a wrong password.
        let judged = Argon2::default().verify_password(b"anything", NOBODY);
        assert_eq!(judged, Err(argon2::password_hash::Error::PasswordInvalid));
        let parameters = |hash: &str| hash.split('$').nth(3).map(String::from);
        assert_eq!(parameters(NOBODY), parameters(&hash("anything").unwrap()));
    }
}
