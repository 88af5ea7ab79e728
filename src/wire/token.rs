//! Sign-in tokens: JSON Web Tokens signed with HMAC-SHA-256 and nothing else. Whoever can read the signing
//! key (the owner of `tars.env`) is the operator, and may mint a short token for a local command; everyone
//! else gets theirs from `/auth/token`.

use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The subject of tokens that local commands mint: no user can have this number.
pub const OPERATOR: i64 = 0;

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Use {
    /// Calls of the API.
    Access,
    /// Renewing a sign-in.
    Refresh,
}

/// The claims of a token (RFC 7519, section 4.1, for `sub`, `iat`, `exp`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claims {
    /// The user's number, as text.
    pub sub: String,
    /// What it may be used for.
    pub typ: Use,
    /// The user's token generation: changing the password raises it, which ends older tokens.
    pub generation: i64,
    /// When it was made, in seconds since 1970.
    pub iat: i64,
    /// When it ends, in seconds since 1970.
    pub exp: i64,
}

impl Claims {
    /// The user's number.
    #[must_use]
    pub fn user(&self) -> Option<i64> {
        self.sub.parse().ok()
    }
}

/// Signs and checks tokens with one key.
#[derive(Clone)]
pub struct Signer {
    encoding: EncodingKey,
    decoding: DecodingKey,
}

impl Signer {
    /// A signer for this key.
    #[must_use]
    pub fn new(key: &SecretString) -> Self {
        let bytes = key.expose_secret().as_bytes();
        Self { encoding: EncodingKey::from_secret(bytes), decoding: DecodingKey::from_secret(bytes) }
    }

    /// A token for `user` that lasts for `lifetime` from `now` (seconds since 1970).
    pub fn mint(
        &self,
        user: i64,
        typ: Use,
        generation: i64,
        now: i64,
        lifetime: Duration,
    ) -> Result<SecretString, jsonwebtoken::errors::Error> {
        let exp = now.saturating_add_unsigned(lifetime.as_secs());
        let claims = Claims { sub: user.to_string(), typ, generation, iat: now, exp };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.encoding).map(Into::into)
    }

    /// The claims of a token of this kind, if its signature and its time are right.
    #[must_use]
    pub fn check(&self, token: &str, typ: Use) -> Option<Claims> {
        let mut validation = Validation::new(Algorithm::HS256);
        validation.leeway = 0;
        let data = jsonwebtoken::decode::<Claims>(token, &self.decoding, &validation).ok()?;
        (data.claims.typ == typ).then_some(data.claims)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signer(key: &str) -> Signer {
        Signer::new(&key.to_string().into())
    }

    #[test]
    fn only_the_right_key_use_and_time_pass() {
        let now = jiff::Timestamp::now().as_second();
        let hour = Duration::from_secs(3600);
        let ours = signer("0123456789abcdef0123456789abcdef");
        let token = ours.mint(7, Use::Access, 1, now, hour).unwrap();
        assert_eq!(ours.check(token.expose_secret(), Use::Access).unwrap().user(), Some(7));
        assert_eq!(ours.check(token.expose_secret(), Use::Refresh), None);
        assert_eq!(signer("another key, another house").check(token.expose_secret(), Use::Access), None);
        let old = ours.mint(7, Use::Access, 1, now - 7200, hour).unwrap();
        assert_eq!(ours.check(old.expose_secret(), Use::Access), None);
    }

    #[test]
    fn an_unsigned_token_is_refused() {
        // {"alg":"none"} with valid claims: the classic forgery.
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiIxIiwidHlwIjoiYWNjZXNzIiwiZ2VuZXJhdGlvbiI6MCwiaWF0IjowLCJleHAiOjk5OTk5OTk5OTl9.";
        assert_eq!(signer("0123456789abcdef0123456789abcdef").check(token, Use::Access), None);
    }
}
