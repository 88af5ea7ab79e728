//! How hard a secret is to guess, estimated: the bits that its length and alphabet could hold, less what
//! repeats, sequences and common words give away. It is an upper bound for what a person made up, and close for
//! what a machine drew; the secret itself is in no result.

/// Words that guessers try first; each found counts as one choice out of a small dictionary.
const WORDS: [&str; 24] = [
    "password", "passwort", "secret", "admin", "letmein", "welcome", "qwerty", "qwertz", "asdf", "dragon",
    "monkey", "master", "login", "hello", "tars", "test", "user", "root", "token", "default", "server",
    "home", "summer", "winter",
];

/// What a word of the dictionary is worth.
const BITS_OF_A_WORD: f64 = 8.0;

/// The estimated bits of a secret.
#[must_use]
pub fn bits(secret: &str) -> u32 {
    let mut rest = secret.to_lowercase();
    let mut words = 0;
    for word in WORDS {
        while let Some(at) = rest.find(word) {
            rest.replace_range(at..at + word.len(), "\u{0}");
            words += 1;
        }
    }
    // Each character that only continues what the ones before began adds next to nothing.
    let characters: Vec<char> = rest.chars().filter(|c| *c != '\0').collect();
    let telling = characters.len() - continued(&characters) - repeated(&characters);
    let alphabet = f64::from(alphabet(secret));
    let variety = f64::from(distinct(&characters)).max(1.0);
    // Ten characters out of two distinct ones are not drawn from the whole alphabet.
    let each = alphabet.log2().min(variety.log2() + 1.5);
    let estimate = telling as f64 * each + f64::from(words) * BITS_OF_A_WORD;
    estimate.clamp(0.0, 4096.0) as u32
}

/// How many characters repeat or step on from the one before: `aaa`, `abc`, `321`.
fn continued(characters: &[char]) -> usize {
    let step = |pair: &[char]| i64::from(u32::from(pair[1])) - i64::from(u32::from(pair[0]));
    let steps: Vec<i64> = characters.windows(2).map(step).collect();
    steps.windows(2).filter(|two| two[0] == two[1] && (-1..=1).contains(&two[0])).count()
}

/// How many characters at the end only say again what stands at the beginning: `abcabcabc`.
fn repeated(characters: &[char]) -> usize {
    let n = characters.len();
    let period = (1..=n / 2).find(|period| (*period..n).all(|at| characters[at] == characters[at - period]));
    let left = n - continued(characters);
    period.map_or(0, |period| left.saturating_sub(period))
}

fn distinct(characters: &[char]) -> u32 {
    let mut seen = characters.to_vec();
    seen.sort_unstable();
    seen.dedup();
    u32::try_from(seen.len()).unwrap_or(u32::MAX)
}

fn alphabet(secret: &str) -> u32 {
    let has = |class: fn(&char) -> bool| secret.chars().any(|c| class(&c));
    if secret.chars().all(|c| c.is_ascii_hexdigit()) {
        return if has(char::is_ascii_alphabetic) { 16 } else { 10 };
    }
    let classes = [
        (has(char::is_ascii_lowercase), 26),
        (has(char::is_ascii_uppercase), 26),
        (has(char::is_ascii_digit), 10),
        (has(|c| c.is_ascii() && !c.is_ascii_alphanumeric()), 32),
        (has(|c| !c.is_ascii()), 64),
    ];
    classes.into_iter().filter(|(there, _)| *there).map(|(_, size)| size).sum::<u32>().max(2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::secrets;
    use secrecy::ExposeSecret;

    #[test]
    fn what_people_make_up_is_weak() {
        for weak in [
            "",
            "a",
            "password",
            "Password123",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcdefghijklmnop",
            "12345678901234567890",
            "abcabcabcabcabcabcabcabc",
            "qwerty-tars-2024",
            "\u{1F512}\u{1F512}",
        ] {
            assert!(bits(weak) < 50, "{weak}: {}", bits(weak));
        }
    }

    #[test]
    fn what_was_drawn_is_strong() {
        for _ in 0..50 {
            let key = secrets::signing_key().unwrap();
            assert!(bits(key.expose_secret()) >= 200, "{}", bits(key.expose_secret()));
            let password = secrets::password().unwrap();
            assert!(bits(password.expose_secret()) >= 80, "{}", bits(password.expose_secret()));
        }
    }

    #[test]
    fn more_is_never_less() {
        let mut last = 0;
        for length in 1..40 {
            let secret: String = "k7Qz!mB2xW9#rT4vLp0sYd8NfGhJ5cXe1uAoIiR3".chars().take(length).collect();
            assert!(bits(&secret) >= last, "{length}");
            last = bits(&secret);
        }
    }
}
