//! What the redactor claims, held against bytes that libFuzzer makes up: it never panics; however its input is cut
//! into pushes, what comes out is the same; a second time changes no plain text; JSON stays JSON; and a secret that is
//! known by its value is gone. That memory is bounded is for the limit that libFuzzer is given.
//!
//! The module is compiled into this target from its source, not linked as a part of the program: it stands alone, so
//! the counters of libFuzzer are put into it and into nothing else, and building the rest of the program with them
//! would take longer than the fuzzing. Benchmarks and recall are no matter of this target.

#![no_main]

#[path = "../../src/redact/mod.rs"]
#[allow(dead_code, reason = "the program uses more of it than this target")]
mod redact;

use std::cell::RefCell;

use libfuzzer_sys::fuzz_target;
use redact::identifiers::{Identifiers, Known};
use redact::values::Values;
use redact::{Redactor, Stream, Tags};
use serde::de::IgnoredAny;

/// Secrets that are known by value; the short one only where a key says what it is.
const SECRETS: [&str; 4] = ["correct horse battery", "s3cr3t-Value!", "QWXJ\nZKQ/+wxjz", "tiny"];

/// How long a text is made that is repeated: longer than a window of a long line.
const ENOUGH: usize = 300 << 10;

thread_local! {
    /// With and without values: making these ready takes longer than all else.
    static REDACTORS: RefCell<[Redactor; 2]> = RefCell::new([
        Redactor { tags: Tags::new([9; 32]), ..Redactor::default() },
        Redactor {
            values: Values::new(SECRETS.map(|secret| secret.as_bytes().to_vec())),
            tags: Tags::new([9; 32]),
            ..Redactor::default()
        },
    ]);
}

fn identifiers() -> Identifiers {
    let all = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let known = Known {
        hosts: all(&["tower.home.arpa", "nas"]),
        users: all(&["karlheinz", "joe"]),
        shares: all(&["familyarchive"]),
        serials: all(&["WD-WCC7K0123456"]),
    };
    Identifiers::new(&known, [7; 32])
}

/// From this first byte on, the text is repeated until its lines may be longer than a window.
const LONG: u8 = 0xfc;

// The first byte says what is known, and the next two how large the pushes are; the rest is the text.
fuzz_target!(|input: &[u8]| {
    let [known, first, then, text @ ..] = input else { return };
    REDACTORS.with_borrow_mut(|redactors| {
        let redactor = &mut redactors[usize::from(known & 1)];
        // Pseudonyms are remembered, so these have to be new ones each time.
        redactor.identifiers = (known & 2 > 0).then(identifiers);
        let sizes = [usize::from(*first) * 16 + 1, usize::from(*then) + 1];
        if *known < LONG {
            check(redactor, text, sizes);
        } else if !text.is_empty() {
            check(redactor, &text.repeat(1 + ENOUGH / text.len()), [sizes[0], sizes[1] * 256]);
        }
    });
});

fn check(redactor: &Redactor, text: &[u8], sizes: [usize; 2]) {
    let once = redacted(redactor, &[text]);
    let shown = |bytes: &[u8]| bytes[..bytes.len().min(8192)].escape_ascii().to_string();

    // Amid control characters, and where names are known, what is left of random bytes may look like something again.
    let is_plain =
        text.iter().all(|byte| matches!(byte, b' '..=b'~' | b'\n')) && redactor.identifiers.is_none();
    let twice = redacted(redactor, &[&once]);
    assert!(
        once == twice || !is_plain,
        "a second time changes {}\ninto {}\nfrom {}",
        shown(&once),
        shown(&twice),
        shown(text)
    );

    let (head, tail) = text.split_at(sizes[0].min(text.len()));
    let cut = redacted(redactor, &[&[head], &tail.chunks(sizes[1]).collect::<Vec<_>>()[..]].concat());
    assert!(once == cut, "cuts change {}\ninto {}\nfrom {}", shown(&once), shown(&cut), shown(text));

    assert!(!is_json(text) || is_json(&once), "no JSON any more: {}\nfrom {}", shown(&once), shown(text));

    for secret in SECRETS.iter().filter(|secret| redactor.values.longest() > 0 && secret.len() > 6) {
        let is_left = memchr::memmem::find(&once, secret.as_bytes()).is_some();
        assert!(!is_left, "{secret:?} is left in {}\nfrom {}", shown(&once), shown(text));
    }
}

/// What comes out when these are pushed one after the other.
fn redacted(redactor: &Redactor, parts: &[&[u8]]) -> Vec<u8> {
    let (mut stream, mut out, mut pushed) = (Stream::new(redactor), Vec::new(), 0);
    for part in parts {
        stream.push(part, &mut out);
        // Otherwise a stream waits until it has more than most texts have.
        if parts.len() > 1 {
            stream.settle(&mut out);
        }
        pushed += part.len();
        // A mark is at most so many times as long as what it stands for.
        assert!(out.len() <= 64 * (pushed + 1), "more comes out than can");
    }
    stream.finish(&mut out);
    out
}

/// Whether every document in it is JSON.
fn is_json(text: &[u8]) -> bool {
    serde_json::Deserializer::from_slice(text).into_iter::<IgnoredAny>().all(|document| document.is_ok())
}
