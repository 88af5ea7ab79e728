//! The word that somebody probably meant. It compares names and knows nothing of what they name.

/// The candidate nearest to a word by edit distance, where one is near enough to be meant: one slip in a short word, up
/// to three in a long one. Of equally near ones the first.
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = slips_allowed(word);
    candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= limit && *distance < candidate.chars().count())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// `a`, `a or b`, `a, b or c`.
#[must_use]
pub fn either<S: AsRef<str>>(words: &[S]) -> String {
    let Some((last, others)) = words.split_last() else { return String::new() };
    if others.is_empty() {
        return last.as_ref().to_owned();
    }
    let others: Vec<&str> = others.iter().map(AsRef::as_ref).collect();
    format!("{} or {}", others.join(", "), last.as_ref())
}

/// What helps where a text is a key and a value without the space between them: `image:nginx`.
#[must_use]
pub fn without_space(text: &str) -> Option<String> {
    const LONGEST: usize = 80;
    let (key, value) = text.split_once(':')?;
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let is_value = !value.is_empty() && !value.contains(char::is_whitespace);
    (is_key && is_value && text.len() <= LONGEST)
        .then(|| format!("a space is missing behind `{key}:`, write `{key}: {value}`"))
}

/// How far off a word may be and still be meant. A very long one is not compared at all: the comparison takes time by
/// the product of both lengths, and a name of that length is no slip.
fn slips_allowed(word: &str) -> usize {
    match word.chars().count() {
        0..=2 => 0,
        3..=5 => 1,
        6..=9 => 2,
        10..=64 => 3,
        _ => 0,
    }
}

/// How many characters must be put in, taken out, changed, or swapped with their neighbour. Letters are compared without
/// their case, and `-` is taken for `_`: who writes one means the other.
fn distance(left: &str, right: &str) -> usize {
    let plain = |text: &str| -> String {
        text.chars().take(65).map(|c| if c == '-' { '_' } else { c.to_ascii_lowercase() }).collect()
    };
    strsim::osa_distance(&plain(left), &plain(right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_nearest_is_what_was_meant() {
        let keys = ["image", "environment", "env_file", "ports", "volumes", "depends_on", "container_name"];
        for (word, meant) in [
            ("imag", Some("image")),
            ("iamge", Some("image")),
            ("Image", Some("image")),
            ("enviroment", Some("environment")),
            ("port", Some("ports")),
            ("depends-on", Some("depends_on")),
            ("containerName", Some("container_name")),
            ("volume", Some("volumes")),
            ("xy", None),
            ("", None),
            ("something", None),
        ] {
            assert_eq!(nearest(word, keys), meant, "{word}");
        }
        assert_eq!(nearest(&"a".repeat(100_000), keys), None);
    }

    #[test]
    fn a_key_and_its_value_need_a_space_between_them() {
        let hint =
            |key: &str, value: &str| format!("a space is missing behind `{key}:`, write `{key}: {value}`");
        for (text, expected) in [
            ("image:nginx", Some(hint("image", "nginx"))),
            ("image:nginx:1.27", Some(hint("image", "nginx:1.27"))),
            ("depends_on:[db]", Some(hint("depends_on", "[db]"))),
            ("nginx", None),
            (":nginx", None),
            ("image:", None),
            ("some words:here", None),
            ("image:nginx and more", None),
        ] {
            assert_eq!(without_space(text), expected, "{text}");
        }
    }

    #[test]
    fn words_are_joined_as_people_say_them() {
        assert_eq!(either::<&str>(&[]), "");
        assert_eq!(either(&["a"]), "a");
        assert_eq!(either(&["a", "b"]), "a or b");
        assert_eq!(either(&["a", "b", "c"]), "a, b or c");
    }

    proptest! {
        #[test]
        fn the_distance_is_a_distance(a in "[a-z_]{0,12}", b in "[a-z_]{0,12}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
        }

        #[test]
        fn one_slip_is_seen_through(word in "[a-z]{4,12}", at in 0_usize..12) {
            let mut slip = word.clone();
            slip.remove(at % word.len());
            prop_assert_eq!(nearest(&slip, [word.as_str()]).is_some(), slip.len() >= 3);
        }
    }
}
