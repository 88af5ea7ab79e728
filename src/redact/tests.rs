//! All finders together: secrets planted in every notation must go, ordinary lines must stay byte for byte, and what
//! was JSON must be JSON afterwards. What each finder does by itself is tested where it is.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::LazyLock;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use super::values::Values;
use super::{Redactor, Stream};

#[path = "../../tests/support/planted.rs"]
mod planted;

use planted::{Planted, Random, plant, survives};

const KEPT: &str = include_str!("../../tests/redaction/kept.txt");
const KEPT_LOOKALIKES: &str = include_str!("../../tests/redaction/kept_lookalikes.txt");
const KEPT_REPORTS: &str = include_str!("../../tests/redaction/kept_reports.txt");

/// Seeds that found a fault once.
const FAULTS: [u64; 4] = [1, 2, 3, 8_367_487_942_601_892_566];

/// Those, and three that nobody has seen before; or the one that is given by `TARS_TEST_SEED`. They are told on the
/// terminal itself, whether the tests fail or not, because the output of a test that passes is not shown.
fn seeds() -> Vec<u64> {
    use std::io::Write;
    static SEEDS: LazyLock<Vec<u64>> = LazyLock::new(|| {
        if let Ok(seed) = std::env::var("TARS_TEST_SEED") {
            return vec![seed.parse().expect("a number in TARS_TEST_SEED")];
        }
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let mut random = Random::new(now.as_secs() ^ (u64::from(now.subsec_nanos()) << 32));
        let fresh: Vec<u64> = (0..3).map(|_| random.next() ^ u64::from(std::process::id())).collect();
        for seed in &fresh {
            writeln!(std::io::stderr(), "secrets are planted with TARS_TEST_SEED={seed}").unwrap();
        }
        [&FAULTS[..], &fresh].concat()
    });
    SEEDS.clone()
}

fn redacted(text: &[u8]) -> Vec<u8> {
    let redactor = Redactor::default();
    let (mut stream, mut out) = (Stream::new(&redactor), Vec::new());
    stream.push(text, &mut out);
    stream.finish(&mut out);
    out
}

fn shown(bytes: &[u8]) -> String {
    let text: String = String::from_utf8_lossy(bytes).escape_debug().collect();
    text.chars().take(300).collect()
}

/// Forty ordinary lines, other ones for every secret: twenty before and twenty after. Lines that are not changed one
/// by one may be in an order that no log has, such as a prompt before an indented line; then others are taken.
fn log(random: &mut Random) -> (String, String) {
    let lines: Vec<&str> = KEPT.lines().collect();
    loop {
        let mut some = |count| (0..count).map(|_| random.pick(&lines).to_string() + "\n").collect::<String>();
        let (before, after) = (some(20), some(20));
        if redacted(before.as_bytes()) == before.as_bytes() && redacted(after.as_bytes()) == after.as_bytes()
        {
            return (before, after);
        }
    }
}

/// What survived, told by notation.
#[derive(Default)]
struct Survivors(BTreeMap<String, Notation>);

/// How many secrets stood in one notation, and what survived of them.
#[derive(Default)]
struct Notation {
    planted: usize,
    survived: Vec<String>,
}

impl Survivors {
    fn look(&mut self, one: &Planted, seed: u64, text: &[u8]) {
        let notation =
            self.0.entry(format!("{} / {} / {}", one.family, one.format, one.encoding)).or_default();
        notation.planted += 1;
        let out = redacted(text);
        if let Some(length) = survives(&one.value, &out).or_else(|| survives(&one.plain, &out)) {
            let parts = format!("seed {seed}, {length} of {}", one.value.len());
            notation.survived.push(format!(
                "{parts}: {} => {}",
                shown(&one.text),
                shown(&redacted(&one.text))
            ));
        }
    }

    fn is_empty(&self) -> bool {
        self.0.values().all(|notation| notation.survived.is_empty())
    }

    /// The report of a failure: the most frequent first, with an example of each.
    fn report(&self) -> String {
        let mut all: Vec<_> = self.0.iter().filter(|(_, notation)| !notation.survived.is_empty()).collect();
        all.sort_by_key(|(_, notation)| std::cmp::Reverse(notation.survived.len()));
        let count: usize = all.iter().map(|(_, notation)| notation.survived.len()).sum();
        let planted: usize = self.0.values().map(|notation| notation.planted).sum();
        let mut report =
            format!("{count} of {planted} survived, in {} of {} notations\n", all.len(), self.0.len());
        for (what, notation) in all {
            let (survived, planted) = (notation.survived.len(), notation.planted);
            writeln!(report, "{survived:4} of {planted:3} {what}\n       {}", notation.survived[0]).unwrap();
        }
        report
    }
}

#[test]
fn no_planted_secret_survives() {
    let mut survivors = Survivors::default();
    for seed in seeds() {
        let all = plant(seed);
        assert!(all.len() >= 400, "{} are too few", all.len());
        for one in all {
            assert!(survives(&one.value, &one.text).is_some(), "nothing was planted in {}", shown(&one.text));
            survivors.look(&one, seed, &one.text);
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.report());
}

/// Logs put a time before every line, and what takes a text into JSON makes one string of it.
#[test]
fn no_planted_secret_survives_behind_times_and_in_strings() {
    const TIME: &str = "2030-01-02T03:04:05.123456789Z ";
    let mut survivors = Survivors::default();
    for seed in seeds() {
        for one in plant(seed) {
            let Ok(text) = String::from_utf8(one.text.clone()) else { continue };
            let timed: String = text.split_inclusive('\n').map(|line| format!("{TIME}{line}")).collect();
            let said = format!("the lamp\n{text}the end\n");
            let once = serde_json::json!({ "Output": said, "ExitCode": 0 }).to_string();
            let twice = serde_json::json!({ "log": once }).to_string();
            for text in [timed, once, twice] {
                let out = redacted(text.as_bytes());
                let json: Option<Value> = serde_json::from_slice(&out).ok();
                assert_eq!(json.is_some(), text.starts_with('{'), "{}", shown(&out));
                survivors.look(&one, seed, text.as_bytes());
            }
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.report());
}

#[test]
fn a_secret_that_is_known_survives_nowhere() {
    let mut left = Vec::new();
    // Nothing tells of it there but the secret itself.
    let alone =
        |one: &Planted| Planted { text: [b"note ", &one.value[..], b" end\n"].concat(), ..one.clone() };
    for one in plant(seeds()[0]).iter().filter(|one| one.encoding == "plain").map(alone) {
        let redactor = Redactor { values: Values::new([one.plain.clone()]), ..Redactor::default() };
        let (mut stream, mut out) = (Stream::new(&redactor), Vec::new());
        stream.push(&one.text, &mut out);
        stream.finish(&mut out);
        if survives(&one.value, &out).is_some() {
            left.push((one.format, shown(&out)));
        }
    }
    assert!(left.is_empty(), "{left:#?}");
}

#[test]
fn no_planted_secret_survives_among_ordinary_lines() {
    let mut survivors = Survivors::default();
    for seed in seeds() {
        let mut random = Random::new(seed);
        for one in plant(seed) {
            let (before, after) = log(&mut random);
            // A run that the ordinary lines hold anyway says nothing.
            let there = survives(&one.value, before.as_bytes()).or(survives(&one.value, after.as_bytes()));
            if there.is_none() {
                survivors.look(&one, seed, &[before.as_bytes(), &one.text, after.as_bytes()].concat());
            }
        }
    }
    assert!(survivors.is_empty(), "{}", survivors.report());
}

/// Headers and a blank line stand before a key, and anything at all stands behind one that was cut off.
#[test]
fn a_key_ends_where_something_else_begins() {
    let digits = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let part: String = (0..64).map(|n| char::from(digits[n * 23 % 64])).collect();
    let begins = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n";
    for body in [part.clone(), "short".to_string(), format!("{part}\n{part}\nshort=")] {
        let out = redacted(format!("{begins}{body}\n").as_bytes());
        assert!(survives(body.as_bytes(), &out).is_none(), "{}", shown(&out));
    }
    for line in [
        "token=none",
        "publickey",
        "/var/lib/docker/overlay2/4d2bb4f5c1a2e3f4059687a8b9c0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f607182/merged",
        "public_key: MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        "go.sum: golang.org/x/crypto v0.31.0 h1:ihbySMvVjLAeSH1IbfcRTkD/iNscyz8rGzjF/E5hV6U=",
    ] {
        let out = redacted(format!("{begins}{part}\n\n10:00:00 INFO started\n{line}\n").as_bytes());
        assert!(out.ends_with(format!("started\n{line}\n").as_bytes()), "{line}: {}", shown(&out));
        // What else a log has put between two lines of it does not end it.
        let out = redacted(format!("{begins}{part}\n10:00:00 INFO started\n{part}\n").as_bytes());
        assert!(survives(part.as_bytes(), &out).is_none(), "{}", shown(&out));
    }
}

/// A secret that opens what is not closed may cost some lines, but not the rest of the log.
#[test]
fn what_follows_a_planted_secret_stays() {
    let mut lost = BTreeMap::new();
    for seed in seeds() {
        let mut random = Random::new(seed);
        for one in plant(seed) {
            let (before, after) = log(&mut random);
            let out = redacted(&[before.as_bytes(), &one.text, after.as_bytes()].concat());
            let out = String::from_utf8_lossy(&out);
            let changed = before
                .lines()
                .find(|line| !out.contains(line))
                .or(after.lines().find(|line| !out.contains(line)));
            // After a key that nobody ended, a line of Base64 may be a part of it.
            let may_be_a_part = |line: &str| {
                let long = |run: &str| run.len() >= 16;
                line.split(|c: char| !c.is_ascii_alphanumeric() && !"+/=".contains(c)).any(long)
            };
            if one.format == "cut off before its end" && changed.is_some_and(may_be_a_part) {
                continue;
            }
            if let Some(line) = changed {
                lost.entry((one.family, one.format))
                    .or_insert_with(|| (seed, shown(&one.text), line.to_string()));
            } else if !out.starts_with(&before) || !out.ends_with(&after) {
                lost.entry((one.family, one.format))
                    .or_insert_with(|| (seed, shown(&one.text), "a line break".to_string()));
            }
        }
    }
    assert!(lost.is_empty(), "{} notations change the lines around them: {lost:#?}", lost.len());
}

#[test]
fn ordinary_lines_stay_byte_for_byte() {
    let lines: Vec<&str> = KEPT.lines().chain(KEPT_REPORTS.lines()).chain(KEPT_LOOKALIKES.lines()).collect();
    assert!(lines.len() >= 330, "{} are too few", lines.len());
    let changed: Vec<(&str, String)> = lines
        .into_iter()
        .map(|line| (line, String::from_utf8_lossy(&redacted(line.as_bytes())).into_owned()))
        .filter(|(line, out)| line != out)
        .collect();
    assert!(changed.is_empty(), "{} lines changed: {changed:#?}", changed.len());
    let whole = format!("{KEPT}{KEPT_REPORTS}{KEPT_LOOKALIKES}");
    assert_eq!(String::from_utf8_lossy(&redacted(whole.as_bytes())), whole);
}

#[test]
fn a_second_time_changes_nothing() {
    let mut changed = BTreeMap::new();
    for seed in seeds() {
        for one in plant(seed) {
            let once = redacted(&one.text);
            let twice = redacted(&once);
            if once != twice {
                changed
                    .entry((one.family, one.format))
                    .or_insert_with(|| (seed, shown(&once), shown(&twice)));
            }
        }
    }
    assert!(changed.is_empty(), "{} notations: {changed:#?}", changed.len());
}

#[test]
fn what_survives_is_measured() {
    for (value, out, expected) in [
        ("hunter2hunter2", "x hunter2hunter2 y", Some(14)),
        ("hunter2hunter2", "x hunter2 y", Some(7)),
        ("hunter2hunter2", "x hunte y", None),
        ("k1abcd9v", "k1abcd", Some(6)),
        ("k1abcd9v", "k1ab cd9v", None),
        ("abc", "xabcx", Some(3)),
        ("first line of it\nsecond line", "second line", Some(11)),
        ("first line of it\nsecond line", "[REDACTED:password:0a1b]", None),
    ] {
        assert_eq!(survives(value.as_bytes(), out.as_bytes()), expected, "{value:?} in {out:?}");
    }
    let long = "abcdefghijklmnopqrstuvwxyz0123456789";
    assert_eq!(survives(long.as_bytes(), b"cdefghijklmn"), Some(12));
    assert_eq!(survives(long.as_bytes(), b"cdefghijklm"), None);
}

/// Keys whose values are secrets, and keys whose values are not.
const SENSITIVE: [&str; 8] = [
    "password",
    "db_password",
    "clientSecret",
    "passphrase",
    "SMB_PASS",
    "secret",
    "smtpPassword",
    "user.pwd",
];
const ORDINARY: [&str; 10] =
    ["name", "port", "enabled", "cache", "path", "description", "max_size", "items", "title", "language"];

/// A document of JSON. Below a sensitive key there is a string that is a password.
fn document(random: &mut Random, depth: usize) -> Value {
    match random.below(if depth == 0 { 6 } else { 8 }) {
        0 => Value::Null,
        1 => Value::Bool(random.below(2) == 0),
        2 => Value::from(random.below(100_000)),
        3 => Value::from(f64::from(u32::try_from(random.below(1000)).unwrap()) / 8.0),
        4 => Value::from(random.pick(&[
            "",
            "plain words",
            "a \"quoted\" word",
            "C:\\dir\\file",
            "two\nlines",
            "ä→ß",
            "\t[x] {y}: z",
        ])),
        5 => Value::from(random.pick(&[
            "https://h.example/a?b=c",
            "2026-11-22T10:00:00Z",
            "a, b; c",
            "</script>",
        ])),
        6 => (0..random.below(4)).map(|_| document(random, depth - 1)).collect(),
        _ => {
            let mut object = Map::new();
            for _ in 0..random.below(6) {
                if random.below(3) == 0 {
                    let value = format!(
                        "{}{}\"\\x{}",
                        random.pick(&["hunter", "Tr0ub", "p@ss/"]),
                        random.next() % 10_000,
                        random.next() % 100
                    );
                    object.insert(random.pick(&SENSITIVE).to_string(), Value::from(value));
                } else {
                    object.insert(random.pick(&ORDINARY).to_string(), document(random, depth - 1));
                }
            }
            Value::Object(object)
        }
    }
}

/// Where two documents differ, beyond the values that should.
fn differences(before: &Value, after: &Value, place: &str, wrong: &mut Vec<String>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => {
            if !before.keys().eq(after.keys()) {
                wrong.push(format!("{place}: the keys differ"));
            }
            for (key, value) in before {
                let Some(new) = after.get(key) else { continue };
                let place = format!("{place}.{key}");
                if SENSITIVE.contains(&key.as_str()) {
                    if !new.as_str().is_some_and(|text| text.starts_with("[REDACTED:")) || new == value {
                        wrong.push(format!("{place}: {value} became {new}"));
                    }
                } else {
                    differences(value, new, &place, wrong);
                }
            }
        }
        (Value::Array(before), Value::Array(after)) if before.len() == after.len() => {
            for (at, (value, new)) in before.iter().zip(after).enumerate() {
                differences(value, new, &format!("{place}[{at}]"), wrong);
            }
        }
        _ if before != after => wrong.push(format!("{place}: {before} became {after}")),
        _ => {}
    }
}

#[test]
fn json_stays_json_and_differs_under_sensitive_keys_only() {
    for seed in seeds() {
        let mut random = Random::new(seed);
        for _ in 0..200 {
            let before = document(&mut random, 4);
            let inner = Value::from(serde_json::to_string(&before).unwrap());
            for text in
                [serde_json::to_string(&before).unwrap(), serde_json::to_string_pretty(&before).unwrap()]
            {
                let out = redacted(text.as_bytes());
                let after: Value = serde_json::from_slice(&out)
                    .unwrap_or_else(|error| panic!("seed {seed}: {error}: {text} became {}", shown(&out)));
                let mut wrong = Vec::new();
                differences(&before, &after, "", &mut wrong);
                assert!(wrong.is_empty(), "seed {seed}: {wrong:#?} in {text}");
            }
            // A document in a string of another one: both are still JSON.
            let outer = serde_json::to_string(&Map::from_iter([
                ("body".to_string(), inner),
                ("n".to_string(), 1.into()),
            ]))
            .unwrap();
            let out: Value = serde_json::from_slice(&redacted(outer.as_bytes())).unwrap_or_else(|error| {
                panic!("seed {seed}: {error}: {outer} became {}", shown(&redacted(outer.as_bytes())))
            });
            let after: Value = serde_json::from_str(out["body"].as_str().unwrap())
                .unwrap_or_else(|error| panic!("seed {seed}: {error}: {outer} became {out}"));
            let mut wrong = Vec::new();
            differences(&before, &after, "", &mut wrong);
            assert!(wrong.is_empty(), "seed {seed}: {wrong:#?} in {outer}");
        }
    }
}

/// Documents of settings, with what must be left of them: `@` stands for a mark.
#[test]
fn settings_keep_their_syntax() {
    let mut wrong = Vec::new();
    for (before, expected) in [
        ("db:\n  password: hunter2x # why\n  port: 1\n", "db:\n  password: @ # why\n  port: 1\n"),
        ("db: {user: app, password: hunter2x, port: 1}\n", "db: {user: app, password: @, port: 1}\n"),
        (
            "a:\n  password: |\n    hunter2x\n    hunter3x\n  port: 1\n",
            "a:\n  password: |\n    @\n    @\n  port: 1\n",
        ),
        (
            "- name: A_PASSWORD\n  value: hunter2x\n- name: B\n  value: c\n",
            "- name: A_PASSWORD\n  value: @\n- name: B\n  value: c\n",
        ),
        ("password: 'hunter2x'\nuser: 'app'\n", "password: '@'\nuser: 'app'\n"),
        ("[db]\npassword = \"hunter2x\" # why\nport = 1\n", "[db]\npassword = \"@\" # why\nport = 1\n"),
        ("db = { password = \"hunter2x\", port = 1 }\n", "db = { password = \"@\", port = 1 }\n"),
        ("password = \"\"\"\nhunter2x\n\"\"\"\nport = 1\n", "password = \"\"\"\n@\n\"\"\"\nport = 1\n"),
        ("password = '''hunter2x'''\nport = 1\n", "password = '''@'''\nport = 1\n"),
        ("A=1\r\nDB_PASSWORD=hunter2x\r\nB=2\r\n", "A=1\r\nDB_PASSWORD=@\r\nB=2\r\n"),
        ("export DB_PASSWORD='hunter2x' PORT=1\n", "export DB_PASSWORD='@' PORT=1\n"),
        ("<a><password>hunter2x</password><b>c</b></a>\n", "<a><password>@</password><b>c</b></a>\n"),
        ("<add key=\"dbPassword\" value=\"hunter2x\" />\n", "<add key=\"dbPassword\" value=\"@\" />\n"),
        ("Server=db;Password=hunter2x;Database=app\n", "Server=db;Password=@;Database=app\n"),
        ("postgres://app:hunter2x@db:5432/app?x=y\n", "postgres://app:@@db:5432/app?x=y\n"),
        ("/cb?token=a1b2c3d4e5f6a7b8&page=2\n", "/cb?token=@&page=2\n"),
        (
            "10:00:00.1 db-1 |   password: |-\n10:00:00.2 db-1 |     hunter2x\n10:00:00.25 db-1 |   port: 1\n",
            "10:00:00.1 db-1 |   password: |-\n10:00:00.2 db-1 |     @\n10:00:00.25 db-1 |   port: 1\n",
        ),
        ("db-1 | password: |\nother | hunter2x\n", "db-1 | password: |\nother | hunter2x\n"),
        ("db-1 | bad token: |\ndb-1 |   at main.js\n", "db-1 | bad token: |\ndb-1 |   at main.js\n"),
        ("#  password: |\n#    hunter2x\n#  port: 1\n", "#  password: |\n#    @\n#  port: 1\n"),
        ("password: |\n  {hunter2x\nport: 1\n", "password: |\n  @\nport: 1\n"),
        ("secret: |\n  {\n    \"n\": 1\n  }\n", "secret: |\n  {\n    \"n\": 1\n  }\n"),
        ("secret: |\n  [client]\n  port = 1\n", "secret: |\n  [client]\n  port = 1\n"),
        ("password: hunter2x\n  hunter3x\nport: 1\n", "password: @\n  @\nport: 1\n"),
        ("password: hunter2x\n  see the manual\n", "password: @\n  see the manual\n"),
        (
            "chpasswd:\n  list: |\n    bob:hunter2x\n    eve:RANDOM\n  expire: false\nport: a:b\n",
            "chpasswd:\n  list: |\n    bob:@\n    eve:RANDOM\n  expire: false\nport: a:b\n",
        ),
        ("- value: hunter2x\n  name: A_PASSWORD\n", "- value: @\n  name: A_PASSWORD\n"),
        ("- value: hunter2x\n  name: COMMIT\n", "- value: hunter2x\n  name: COMMIT\n"),
        ("- value: hunter2x\n- name: A_PASSWORD\n", "- value: hunter2x\n- name: A_PASSWORD\n"),
        (
            "INSERT INTO users (name, password) VALUES ('a, (b', 'hunter2x'), (lower('B'), 'it''s1');\n",
            "INSERT INTO users (name, password) VALUES ('a, (b', '@'), (lower('B'), '@');\n",
        ),
        (
            "INSERT INTO users (password, name) VALUES (NULL, 'hunter2x');\n",
            "INSERT INTO users (password, name) VALUES (NULL, 'hunter2x');\n",
        ),
        ("\"bob\" * \"hunter2x\" *\n", "\"bob\" * \"@\" *\n"),
        ("x = \"bob\" * \"hunter2x\"\n", "x = \"bob\" * \"hunter2x\"\n"),
        ("PASSWORD={hunter}2x\nPORT=1\n", "PASSWORD=@\nPORT=1\n"),
        ("PASSWORD={hunter}<2x\nPORT=1\n", "PASSWORD=@\nPORT=1\n"),
        ("JWT_SECRET=&rw.HuN=ter2x\nPORT=1\n", "JWT_SECRET=@\nPORT=1\n"),
        ("X-Api-Key: hunter2x;abc=3xyz\nPORT: 1\n", "X-Api-Key: @\nPORT: 1\n"),
        ("{\"X-Api-Key\": \"//hun]ter2x\"}\n", "{\"X-Api-Key\": \"@\"}\n"),
        ("[\"--password\",\n \"--5x!hunter\",\n \"--port\"]\n", "[\"--password\",\n \"@\",\n \"--port\"]\n"),
        ("[\"--password\",\n \"hunter2x\"]\n", "[\"--password\",\n \"@\"]\n"),
        ("[\"--password\",\n \"--port\"]\n", "[\"--password\",\n \"--port\"]\n"),
        (
            "{\"msg\":\"new credentials = {\\n  n: ${A}/b\\n\"}\n",
            "{\"msg\":\"new credentials = {\\n  n: ${A}/b\\n\"}\n",
        ),
        ("passwords:\n  - hunter2x\n  - hunter3x\n- A=b\n", "passwords:\n  - @\n  - @\n- A=b\n"),
    ] {
        let out = Redactor::default().text(before);
        let mut plain = String::new();
        let mut rest = out.as_str();
        while let Some(at) = rest.find("[REDACTED:") {
            let end = at + rest[at..].find(']').map_or(rest.len() - at, |end| end + 1);
            plain += &rest[..at];
            plain.push('@');
            rest = &rest[end..];
        }
        plain += rest;
        if plain != expected {
            wrong.push((out, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
