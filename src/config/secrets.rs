//! Making secrets and judging them. Random bytes come from the operating system and nowhere else; what is
//! judged is never quoted in the judgement.

use secrecy::SecretString;

use crate::failure::{Failure, Result};

/// The least entropy of a signing key, in bytes (256 bits: RFC 7518, section 3.2, for HS256).
pub const SIGNING_KEY_BYTES: usize = 32;

/// A new signing key: 32 random bytes in hexadecimal.
pub fn signing_key() -> Result<SecretString> {
    let hex: String = random(SIGNING_KEY_BYTES)?.iter().map(|byte| format!("{byte:02x}")).collect();
    Ok(hex.into())
}

/// A new password that can be typed from a screen: five groups of four characters out of 32 that are not
/// mistaken for one another, 100 bits.
pub fn password() -> Result<SecretString> {
    const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let letters: Vec<char> =
        random(20)?.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect();
    let groups: Vec<String> = letters.chunks(4).map(|group| group.iter().collect()).collect();
    Ok(groups.join("-").into())
}

/// `n` bytes from the operating system's random source.
pub fn random(n: usize) -> Result<Vec<u8>> {
    let mut bytes = vec![0; n];
    getrandom::fill(&mut bytes).map_err(|error| {
        Failure::environment("the operating system gives no random bytes").because(&error)
    })?;
    Ok(bytes)
}

/// Whether a signing key is long and varied enough; the reason never contains the key.
pub fn check_signing_key(key: &str) -> std::result::Result<(), &'static str> {
    let placeholder = ["changeme", "change_me", "change-me", "secret", "example", "your-", "placeholder"];
    let lower = key.to_ascii_lowercase();
    if placeholder.iter().any(|word| lower.contains(word)) {
        return Err("looks like a placeholder");
    }
    let hexadecimal = key.bytes().all(|byte| byte.is_ascii_hexdigit());
    let least = if hexadecimal { SIGNING_KEY_BYTES * 2 } else { SIGNING_KEY_BYTES * 4 / 3 };
    if key.len() < least {
        return Err("is shorter than 256 bits");
    }
    let mut seen = [false; 256];
    key.bytes().for_each(|byte| seen[usize::from(byte)] = true);
    if seen.iter().filter(|seen| **seen).count() < 10 {
        return Err("repeats too few different characters");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn made_keys_pass_and_differ() {
        let (one, two) = (signing_key().unwrap(), signing_key().unwrap());
        assert_ne!(one.expose_secret(), two.expose_secret());
        assert_eq!(check_signing_key(one.expose_secret()), Ok(()));
        let password = password().unwrap();
        assert_eq!(password.expose_secret().len(), 24);
    }

    #[test]
    fn weak_keys_fail() {
        for weak in
            ["", "short", &"ab".repeat(40), &"0".repeat(64), &format!("CHANGE_ME{}", "x9k2".repeat(20))]
        {
            assert!(check_signing_key(weak).is_err());
        }
    }
}
