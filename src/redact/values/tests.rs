//! Secrets of any kind, in every encoding, wrapped in every way, amid noise: found whole, and nothing else with them.

use std::fmt::Write as _;

use proptest::prelude::*;

use super::*;

fn hits(values: &Values, text: &[u8]) -> Vec<Hit> {
    let mut hits = Vec::new();
    values.find(text, &mut hits);
    hits
}

/// Which bytes of a text go.
fn covered(values: &Values, text: &[u8]) -> Vec<bool> {
    let mut covered = vec![false; text.len()];
    for hit in hits(values, text) {
        assert!(hit.start < hit.end && hit.end <= text.len(), "{hit:?}");
        assert!(
            !text[hit.start..hit.end].iter().any(|byte| matches!(byte, b'\n' | b'\r')),
            "a hit takes a line end"
        );
        covered[hit.start..hit.end].fill(true);
    }
    covered
}

fn values(secrets: &[&str]) -> Values {
    Values::new(secrets.iter().map(|secret| secret.as_bytes().to_vec()))
}

/// Encoders that share nothing with those under test.
fn naive_base64(text: &[u8], url: bool) -> Vec<u8> {
    let bits: String = text.iter().map(|byte| format!("{byte:08b}")).collect();
    let mut out: Vec<u8> = bits
        .as_bytes()
        .chunks(6)
        .map(|six| {
            let digit = six.iter().chain([b'0'; 6].iter()).take(6).fold(0u8, |n, bit| n * 2 + (bit - b'0'));
            match digit {
                0..26 => b'A' + digit,
                26..52 => b'a' + digit - 26,
                52..62 => b'0' + digit - 52,
                62 if url => b'-',
                63 if url => b'_',
                62 => b'+',
                _ => b'/',
            }
        })
        .collect();
    while !out.len().is_multiple_of(4) {
        out.push(b'=');
    }
    out
}

fn encoded(text: &str, way: usize) -> String {
    let each = |f: &dyn Fn(char) -> String| text.chars().map(f).collect::<String>();
    let bytes = |f: &dyn Fn(u8) -> String| text.bytes().map(f).collect::<String>();
    let json = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
    let plain_in_urls = |b: u8| b.is_ascii_alphanumeric() || b"-._~".contains(&b);
    match way {
        0 => text.to_string(),
        1 => json(text),
        2 => json(&json(text)),
        3 => json(text).replace('/', "\\/"),
        4 => each(&|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if c.is_ascii() => c.to_string(),
            c => c.encode_utf16(&mut [0; 2]).iter().fold(String::new(), |mut s, u| {
                let _ = write!(s, "\\u{u:04x}");
                s
            }),
        }),
        5 => json(text).replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"),
        6 => text.replace('\'', "'\\''"),
        7 => each(&|c| {
            if " \t!\"#$&'()*,;<>?[\\]^`{|}".contains(c) { format!("\\{c}") } else { c.to_string() }
        }),
        8 => text.replace('\\', "\\\\").replace('\'', "\\'"),
        9 => bytes(&|b| if plain_in_urls(b) { (b as char).to_string() } else { format!("%{b:02X}") }),
        10 => bytes(&|b| if plain_in_urls(b) { (b as char).to_string() } else { format!("%{b:02x}") }),
        11 => bytes(&|b| match b {
            b' ' => "+".into(),
            b if plain_in_urls(b) => (b as char).to_string(),
            b => format!("%{b:02X}"),
        }),
        12 => bytes(&|b| {
            let stays = plain_in_urls(b) || b";,/?:@&=+$-_.!~*'()#".contains(&b);
            if stays { (b as char).to_string() } else { format!("%{b:02X}") }
        }),
        13 => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;"),
        14 => text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;"),
        15 => bytes(&|b| format!("{b:02x}")),
        16 => bytes(&|b| format!("{b:02X}")),
        17 => text.replace('$', "$$"),
        18 => {
            String::from_utf8(naive_base64(naive_base64(text.as_bytes(), false).as_slice(), false)).unwrap()
        }
        _ => {
            let way = way - 19;
            let around = format!("{}{text}{}", &"u:x"[..way % 3], &"\n:y"[..way / 3 % 3]);
            String::from_utf8(naive_base64(around.as_bytes(), way >= 9)).unwrap()
        }
    }
}

const WAYS: usize = 19 + 18;

/// Wraps a text, with something before each further line.
fn wrapped(text: &[u8], width: usize, margin: &str) -> Vec<u8> {
    text.chunks(width).collect::<Vec<_>>().join(format!("\n{margin}").as_bytes())
}

/// A secret as a person or a generator makes one; the noise around it holds none of these letters.
fn secret() -> impl Strategy<Value = String> {
    let characters = proptest::collection::vec(
        proptest::sample::select("QWXJZKqwxjzk#$&'\"\\/<>%+=:@é€😀 7".chars().collect::<Vec<_>>()),
        6..60,
    );
    characters
        .prop_map(|characters| characters.into_iter().collect::<String>().trim().to_string())
        .prop_filter("long enough", |text| {
            text.len() >= 6 && text.matches(' ').count() <= 3 && text.split(' ').any(|word| word.len() >= 4)
        })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(250) })]

    #[test]
    fn every_encoding_is_found_whole_however_it_is_wrapped(
        text in secret(), way in 0..WAYS, width in 1usize..90, margin in 0usize..9, before in "[a-i \n|.,]{0,40}", after in "[a-i|.,]{0,40}",
    ) {
        let values = values(&[&text]);
        let encoded = encoded(&text, way);
        // A base64 text may hold characters of what is around the secret: those stay.
        let (lead, tail) = if way >= 19 { (4, 6) } else if way == 18 { (0, 6) } else { (0, 0) };
        let wrapped = wrapped(encoded.as_bytes(), width, &" ".repeat(margin));
        let all = [before.as_bytes(), b"\n", &wrapped, b"\n", after.as_bytes()].concat();
        let covered = covered(&values, &all);
        let begin = before.len() + 1;
        let body: Vec<usize> = (begin..begin + wrapped.len()).filter(|at| !matches!(all[*at], b'\n' | b' ')).collect();
        for (place, at) in body.iter().enumerate() {
            let middle = place >= lead && place + tail < body.len();
            prop_assert!(covered[*at] || !middle, "{:?} is not covered at {at} of {:?}", text, String::from_utf8_lossy(&all));
        }
        // The base64 character beside a secret may hold a few bits of it: nobody can tell those of the noise from those.
        let beside = usize::from(way >= 18);
        let taken = |range: &[bool]| range.iter().filter(|gone| **gone).count();
        prop_assert!(taken(&covered[..begin]) <= beside && taken(&covered[begin + wrapped.len()..]) <= beside);
    }

    #[test]
    fn nothing_is_found_where_nothing_is(text in secret(), noise in proptest::collection::vec(any::<u8>(), 0..400)) {
        prop_assume!(text.len() >= 12);
        prop_assert!(hits(&values(&[&text]), &noise).is_empty());
    }

    #[test]
    fn what_follows_changes_nothing(text in secret(), way in 0..WAYS, after in "[a-z \n]{0,60}") {
        let values = values(&[&text]);
        let first = format!("x {}\n", encoded(&text, way));
        let both = format!("{first}{after}\n");
        let (one, two) = (covered(&values, first.as_bytes()), covered(&values, both.as_bytes()));
        prop_assert_eq!(&one[..], &two[..one.len()]);
    }

    #[test]
    fn any_bytes_are_a_text_and_a_secret(
        secrets in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..40), 0..4),
        text in proptest::collection::vec(proptest::sample::select(b"\\\\\n\r nrab \t0".to_vec()), 0..200),
    ) {
        let values = Values::new(secrets.clone().into_iter().chain([b"ab\\nab".to_vec(), b"abba\nbaab".to_vec()]));
        covered(&values, &text);
        for secret in secrets.iter().filter(|secret| secret.iter().filter(|byte| byte.is_ascii_graphic()).count() >= 6) {
            let text = [b"<<", secret.trim_ascii(), b">>\n"].concat();
            prop_assert!(!hits(&values, &text).is_empty());
        }
    }

    #[test]
    fn the_search_agrees_with_the_obvious_one(
        words in proptest::collection::vec("[ab]{6,14}", 1..8), text in "[ab]{0,300}",
    ) {
        let shapes = words.iter().enumerate().map(|(n, word)| (n, encode::Shape { bytes: word.clone().into(), before: false, after: false }));
        let mut found = std::collections::BTreeSet::new();
        Search::new(shapes).each(text.as_bytes(), |start, pattern| { found.insert((start, pattern.bytes.to_vec())); });
        let obvious: std::collections::BTreeSet<_> = words.iter()
            .flat_map(|word| (0..text.len()).filter(|at| text[*at..].starts_with(word.as_str())).map(|at| (at, word.clone().into_bytes())))
            .collect();
        prop_assert_eq!(found, obvious);
    }
}

#[test]
fn values_that_are_words_or_short_are_only_known_to_be_weak() {
    let values = values(&["", "abc12", "ChangeMe", "password", "hj3k4l5h6", "hj3k4l5h6\n"]);
    assert!(values.is_weak(b"abc12") && values.is_weak(b"ChangeMe") && values.is_weak(b" password"));
    assert!(!values.is_weak(b"hj3k4l5h6") && !values.is_weak(b""));
    assert!(hits(&values, b"abc12 ChangeMe password").is_empty());
    assert_eq!(values.plain(0), b"hj3k4l5h6");
    let shown = format!("{values:?}");
    assert!(shown.contains('1') && !shown.contains("hj3k"), "{shown}");
    assert_eq!(Values::default().longest(), 0);
}

#[test]
fn secrets_keep_their_numbers_in_all_encodings() {
    let values = values(&["first&secret/1", "other<secret>2"]);
    for way in 0..WAYS {
        for (number, text) in ["first&secret/1", "other<secret>2"].iter().enumerate() {
            let found = hits(&values, encoded(text, way).as_bytes());
            assert!(!found.is_empty(), "way {way}");
            assert!(found.iter().all(|hit| hit.what == What::Value(number)), "way {way}: {found:?}");
        }
    }
}

#[test]
fn ways_of_writing_a_value_that_logs_and_settings_have() {
    let token = format!("Zq{}", "7Kx".repeat(9));
    let key_line = "MIIabc09".repeat(8);
    let key = format!("-----BEGIN X-----\n{key_line}\nQ29y/w==\n-----END X-----");
    let all = Values::new(
        [token.clone(), "p$ss 'wörd'#9".into(), "seven grey horses jump".into(), key.clone()]
            .map(String::into_bytes),
    );
    let halves = token.split_at(11);
    let texts = [
        format!("2026-01-31T09:26:53.58Z start {}\n2026-01-31T09:26:53.59+01:00 {} end", halves.0, halves.1),
        format!("run --token {}\\\n    {} --more", halves.0, halves.1),
        format!("run --token {}\\\r\n{} --more", halves.0, halves.1),
        format!("{{\"a\":\"{}\\n  {}\\n\"}}", halves.0, halves.1),
        format!("progress\r{token}\rprogress"),
        format!("\u{1b}[31m{token}\u{1b}[0m"),
        "b'p$ss \\'w\\xc3\\xb6rd\\'#9'".into(),
        "p\\$ss\\ \\'wörd\\'\\#9".into(),
        "'p$ss '\"'\"'wörd'\"'\"'#9'".into(),
        "p$$ss 'wörd'#9".into(),
        "p$ss ''wörd''#9".into(),
        "p%24ss+%27w%c3%b6rd%27%239".into(),
        "p$ss &#x27;w&#246;rd&#x27;#9".into(),
        "a line: seven grey\n   horses jump".into(),
        "seven\ngrey horses\njump".into(),
        key.clone(),
        key.replace('\n', "\\n"),
        key.replace('\n', "\n      "),
        format!("log 1: {key_line}"),
        "53 65 76 65 6e".replace("53", "73")
            + &" grey horses jump"[1..].bytes().fold(" 20".into(), |s: String, b| format!("{s} {b:02x}")),
        format!("{:?}", token.as_bytes()),
        token.bytes().map(|b| format!("\\x{b:02X}")).collect::<String>(),
    ];
    for text in &texts {
        assert!(!hits(&all, text.as_bytes()).is_empty(), "nothing in {text:?}");
        let left: Vec<u8> = text
            .bytes()
            .zip(covered(&all, text.as_bytes()))
            .filter(|(_, gone)| !gone)
            .map(|(b, _)| b)
            .collect();
        let left = String::from_utf8_lossy(&left);
        for part in [&token[..8], halves.1, "wörd", "rd", "horses", "jump", &key_line[..8]] {
            assert!(!left.contains(part), "{left:?} of {text:?}");
        }
    }
}

#[test]
fn an_occurrence_spans_no_more_than_is_said() {
    let values = values(&["QWXJZKqwxjzk"]);
    for (blanks, found) in [(200, true), (values.longest(), false)] {
        let text = format!("QWXJZK\n{}qwxjzk", " ".repeat(blanks));
        assert_eq!(!hits(&values, text.as_bytes()).is_empty(), found, "{blanks}");
    }
}
