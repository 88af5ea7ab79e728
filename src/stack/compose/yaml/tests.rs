//! The reader of YAML against what Docker Compose makes of the same texts: rows of text and result, found by asking
//! it, and properties that hold for every text.

use proptest::prelude::*;

use super::*;
use crate::stack::compose::node::{Kind, Tag};

fn read(text: &str) -> Result<Vec<Node>> {
    parse(text, Path::new("compose.yml"))
}

/// The value of `x` in a text of one document, as JSON.
fn shown(text: &str) -> std::result::Result<String, Problem> {
    let documents = read(text)?;
    let value = documents.first().and_then(Node::as_map).and_then(|map| map.get("x"));
    Ok(value.map_or_else(|| "none".to_owned(), |node| json(node).to_string()))
}

fn json(node: &Node) -> serde_json::Value {
    match &node.kind {
        Kind::Null => serde_json::Value::Null,
        Kind::Bool(value) => (*value).into(),
        Kind::Int(whole) => serde_json::from_str(&whole.to_string()).unwrap(),
        Kind::Float(number) => (*number).into(),
        Kind::Str(text) => text.clone().into(),
        Kind::List(list) => list.iter().map(json).collect(),
        Kind::Map(map) => map.iter().map(|(key, value)| (key.to_owned(), json(value))).collect(),
    }
}

#[track_caller]
fn rows(rows: &[(&str, &str)]) {
    for (text, expected) in rows {
        assert_eq!(shown(text).as_deref(), Ok(*expected), "{text:?}");
    }
}

#[test]
fn scalars_are_what_compose_takes_them_for() {
    let rows = [
        ("", "null"),
        ("~", "null"),
        ("null", "null"),
        ("Null", "null"),
        ("nULL", r#""nULL""#),
        ("true", "true"),
        ("True", "true"),
        ("FALSE", "false"),
        ("tRUE", r#""tRUE""#),
        ("yes", r#""yes""#),
        ("on", r#""on""#),
        ("n", r#""n""#),
        ("0", "0"),
        ("-1", "-1"),
        ("+1", "1"),
        ("007", "7"),
        ("0777", "511"),
        ("08", "8.0"),
        ("0o17", "15"),
        ("0O17", "15"),
        ("-0o17", "-15"),
        ("0b101", "5"),
        ("-0b11", "-3"),
        ("0x1F", "31"),
        ("-0x1", "-1"),
        ("1_000", "1000"),
        ("1__0", "10"),
        ("1_", "1"),
        ("_1", r#""_1""#),
        ("+_1", "1"),
        ("0x_1F", "31"),
        ("0_7", "7"),
        ("0x", r#""0x""#),
        ("0b2", r#""0b2""#),
        ("0x1p4", r#""0x1p4""#),
        ("1e3", "1000.0"),
        ("1E3", "1000.0"),
        ("1.", "1.0"),
        (".5", "0.5"),
        ("-.5", "-0.5"),
        (".5_0", "0.5"),
        ("1_0.5", "10.5"),
        ("1e1_0", "10000000000.0"),
        (".", r#"".""#),
        ("-.", r#""-.""#),
        ("1.5.2", r#""1.5.2""#),
        ("1e400", r#""1e400""#),
        ("-0", "-0.0"),
        ("1:30", r#""1:30""#),
        ("9223372036854775807", "9223372036854775807"),
        ("18446744073709551615", "18446744073709551615"),
        ("18446744073709551616", "18446744073709552000.0"),
        ("-9223372036854775808", "-9223372036854775808"),
        ("2001-12-14", r#""2001-12-14 00:00:00 +0000 UTC""#),
        ("2001-1-1", r#""2001-01-01 00:00:00 +0000 UTC""#),
        ("2001-12-14t21:59:43.10-05:00", r#""2001-12-14 21:59:43.1 -0500 -0500""#),
        ("2001-12-14T21:59:43Z", r#""2001-12-14 21:59:43 +0000 UTC""#),
        ("2001-12-14 21:59:43.10", r#""2001-12-14 21:59:43.1 +0000 UTC""#),
        ("2001-12-14 21:59:43.10 -5", r#""2001-12-14 21:59:43.10 -5""#),
        ("2001-13-14", r#""2001-13-14""#),
        ("2001-02-29", r#""2001-02-29""#),
        ("'2001-12-14'", r#""2001-12-14""#),
        ("'1'", r#""1""#),
        ("\"true\"", r#""true""#),
        ("!!str 1", r#""1""#),
        ("!!str", r#""""#),
        ("!!int '1'", "1"),
        ("!!int '0x10'", "16"),
        ("!!float 1", "1.0"),
        ("!!bool 'true'", "true"),
        ("!!null ''", "null"),
        ("!foo 1", r#""1""#),
        ("! 1", r#""1""#),
        ("!<tag:yaml.org,2002:str> 1", r#""1""#),
        ("!!str {a: 1}", r#"{"a":1}"#),
    ];
    for (scalar, expected) in rows {
        let text = format!("x: {scalar}\n");
        let found = shown(&text).unwrap_or_else(|problem| panic!("{scalar:?}: {problem}"));
        let same = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(same(&found), same(expected), "{scalar:?}");
    }
    for (scalar, infinite) in
        [(".inf", f64::INFINITY), ("+.Inf", f64::INFINITY), ("-.INF", f64::NEG_INFINITY)]
    {
        let documents = read(&format!("x: {scalar}\n")).unwrap();
        assert_eq!(documents[0].as_map().unwrap().get("x").unwrap().kind, Kind::Float(infinite), "{scalar}");
    }
}

#[test]
fn texts_in_all_styles() {
    rows(&[
        ("x: >-\n  a\n  b\n\n  c\n   d\n  e\n\n\n", r#""a b\nc\n d\ne""#),
        ("x: |+\n  a\n\n\ny: b\n", r#""a\n\n\n""#),
        ("x: |-\n  a\n\n", r#""a""#),
        ("x: |2\n   a\n  b\n", r#"" a\nb\n""#),
        ("x: |\n  a\n  \tb\n", r#""a\n\tb\n""#),
        ("x: |\r\n  a\r\n  b\r\ny: c\r\n", r#""a\nb\n""#),
        ("x: | # c\n  a # b\n", r#""a # b\n""#),
        ("x: |\n  a", r#""a""#),
        ("x: |+\n  a", r#""a""#),
        ("x: >\n  a\n  b", r#""a b""#),
        ("x: |\n  a\n\n  ", r#""a\n""#),
        ("x: |+\n  a\n\n  ", r#""a\n\n""#),
        ("x: |+\n  a\n ", r#""a\n""#),
        ("x: |", r#""""#),
        ("x: |\n  a\n# c", r#""a\n""#),
        ("x: |\ny: b\n", r#""""#),
        ("x: \"a\nb\"\n", r#""a b""#),
        ("x: 'a\n\tb'\n", r#""a b""#),
        ("x: \"a\\\n  b\"\n", r#""ab""#),
        ("x: 'a''b'\n", r#""a'b""#),
        ("x: \"\\x41\\u0042\\n\"\n", r#""AB\n""#),
        ("x: a\n  b\n c\n", r#""a b c""#),
        ("x: a #b\n", r#""a""#),
        ("x: a#b\n", r#""a#b""#),
        ("x: a:b\n", r#""a:b""#),
        ("x: -a\n", r#""-a""#),
        ("x: :a\n", r#"":a""#),
        ("x: ---\n", r#""---""#),
        ("x:\t1\n", "1"),
        ("x: 1\t# c\n", "1"),
        ("\u{feff}x: é\u{1f600}\n", "\"é\u{1f600}\""),
        ("x: a\rz: b\r", r#""a""#),
    ]);
}

#[test]
fn lists_and_mappings_in_all_styles() {
    rows(&[
        ("x:\n- a\n- b\n", r#"["a","b"]"#),
        ("x:\n - a\n  - b\n", r#"["a - b"]"#),
        ("x:\n  - - a\n    - b\n", r#"[["a","b"]]"#),
        ("x:\n  - a: 1\n    b: 2\n  -   c: 3\n      d: 4\n", r#"[{"a":1,"b":2},{"c":3,"d":4}]"#),
        ("x:\n  -\n", "[null]"),
        ("x: [\na,\nb\n]\n", r#"["a","b"]"#),
        ("x: {\n}\n", "{}"),
        ("x: [a,\n\tb]\n", r#"["a","b"]"#),
        ("x: [a, ]\n", r#"["a"]"#),
        ("x: [a: b]\n", r#"[{"a":"b"}]"#),
        ("x: [http://a.b:80/c, d]\n", r#"["http://a.b:80/c","d"]"#),
        ("x: {a:1}\n", r#"{"a:1":null}"#),
        ("x: {\"a\":1, b}\n", r#"{"a":1,"b":null}"#),
        ("x: {a: b:c}\n", r#"{"a":"b:c"}"#),
        ("x: \"a\"#b\n", r#""a""#),
        ("? x\n: a\n", r#""a""#),
        ("x : a\n", r#""a""#),
        ("x: [\"!a, b\", 'c!,'] # !d, e\n", r#"["!a, b","c!,"]"#),
    ]);
}

#[test]
fn anchors_aliases_and_merge_keys() {
    rows(&[
        ("b: &b {p: 1, q: 2}\nx: {<<: *b, q: 3}", r#"{"p":1,"q":3}"#),
        ("b: &b {p: 1, q: 2}\nx: {q: 3, <<: *b}", r#"{"p":1,"q":3}"#),
        ("b: &b {q: 2}\nc: &c {q: 4, r: 5}\nx: {<<: [*b, *c], z: 3}", r#"{"q":2,"r":5,"z":3}"#),
        ("b: &b [{p: 1}, {q: 2, p: 3}]\nx: {<<: *b}", r#"{"p":1,"q":2}"#),
        ("b: &b {p: {u: 1}}\nx: {<<: *b, p: {v: 2}}", r#"{"p":{"v":2}}"#),
        ("b: &b {p: 1}\nc: &c {<<: *b, q: 2}\nx: {<<: *c, p: }", r#"{"p":null,"q":2}"#),
        ("b: &b {p: null}\nx: {p: 1, <<: *b}", r#"{"p":1}"#),
        ("x: {<<: {a: 1}, b: 2}", r#"{"a":1,"b":2}"#),
        ("x: {<<: []}", "{}"),
        ("x: {'<<': {a: 1}}", r#"{"<<":{"a":1}}"#),
        ("b: &a 1\nc: &a 2\nx: *a", "2"),
        ("x: {a: &a 1, b: *a}", r#"{"a":1,"b":1}"#),
        ("x:\n  &k a: b\n  c: *k\n", r#"{"a":"b","c":"a"}"#),
        ("x:\n  a: &x\n  b: *x\n", r#"{"a":null,"b":null}"#),
        ("x: &a !!str 1\n", r#""1""#),
    ]);
}

/// What Compose refuses, the place, and a word of the message.
#[test]
fn what_is_wrong_is_said_with_its_place() {
    let rows = [
        ("x:\n\ta: 1\n", 2, 1, "tab"),
        ("x:\n  a: 1\n\tb: 2\n", 3, 1, "tab"),
        ("\n\t\nx: 1\n", 2, 1, "tab"),
        ("x: |\n  a\n\tb\n", 3, 1, "tab"),
        ("x:\n  -\ta\n", 2, 4, "cannot begin"),
        ("x: a: b\n", 1, 5, "`:` is not expected"),
        ("x:\n  a: 1\n   b: 2\n", 3, 5, "`:` is not expected"),
        ("x:\n  a: 1\n b: 2\n", 3, 2, "does not continue"),
        ("x:\n  - a\n - b\n", 3, 2, "does not continue"),
        ("x: 'a' b\n", 1, 8, "does not continue"),
        ("a: 1\nx\ny: a\n", 2, 1, "`x` is not followed by a colon"),
        ("a: 1\nx:a\n", 2, 1, "space is missing behind `x:`"),
        ("x: 'a\n", 1, 4, "quote is opened"),
        ("x: \"a\n", 1, 4, "quote is opened"),
        ("x: [a\n", 1, 4, "`[` is not closed"),
        ("x: {a: 1\n", 1, 4, "`{` is not closed"),
        ("x: [${A}]\n", 1, 4, "`[` is not closed"),
        ("x: \"\\q\"\n", 1, 5, "escape"),
        ("x: @a\n", 1, 4, "cannot begin"),
        ("x: `a`\n", 1, 4, "cannot begin"),
        ("x: - a\n", 1, 4, "`-` is not expected"),
        ("x: > a\n", 1, 6, "`|` or `>`"),
        ("x: *\n", 1, 5, "no name"),
        ("x: *nope\n", 1, 4, "nothing is named `&nope`"),
        ("x: &a [*a]\n", 1, 8, "inside of what"),
        ("x: &a {b: *a}\n", 1, 11, "inside of what"),
        ("x: {a: 1, a: 2}\n", 1, 11, "given twice, first in line 1 column 5"),
        ("x:\n  a: 1\n  'a': 2\n", 3, 3, "given twice, first in line 2 column 3"),
        ("b: &b {}\nx:\n  <<: *b\n  <<: *b\n", 4, 3, "`<<` is given twice"),
        ("x: {1: a}\n", 1, 5, "the key `1` is a number"),
        ("x: {true: a}\n", 1, 5, "the key `true` is a boolean"),
        ("x: {~: a}\n", 1, 5, "the key `null` is nothing"),
        ("x: {1.5: a}\n", 1, 5, "the key `1.5` is a number"),
        ("x: {{ a }}\n", 1, 5, "a key is a list or a mapping"),
        ("x: {[a]: b}\n", 1, 5, "a key is a list or a mapping"),
        ("b: &b 1\nx: {<<: *b}\n", 2, 5, "`<<` merges a number"),
        ("x: {<<: }\n", 1, 5, "`<<` merges nothing"),
        ("x: {<<: [{a: 1}, 3]}\n", 1, 5, "`<<` merges a number"),
        ("x: !!int a\n", 1, 4, "not a whole number"),
        ("x: !!bool yes\n", 1, 4, "not a boolean"),
        ("x: !e!foo 1\n", 1, 4, "unknown prefix"),
        ("x: [!a, b]\n", 1, 5, "before a comma"),
        ("x: a # \u{7}\n", 1, 8, "U+0007"),
        ("%YAML 1.2\n---\nx: a\n", 1, 1, "version"),
        ("x: a\n...\ny: b\n", 3, 1, "document"),
    ];
    for (text, line, column, word) in rows {
        let problem = read(text).expect_err(text);
        assert!(problem.message.contains(word), "{text:?}: {problem}");
        assert_eq!((problem.place.line, problem.place.column), (line, column), "{text:?}: {problem}");
        assert!(problem.hint.is_some(), "{text:?}: {problem}");
        assert!(problem.to_string().starts_with("compose.yml:"), "{problem}");
    }
}

#[test]
fn documents_are_separate() {
    for (text, count) in [
        ("", 0),
        ("# c\n", 0),
        ("---\n", 1),
        ("x: a\n", 1),
        ("---\nx: a\n...\n", 1),
        ("%YAML 1.1\n---\nx: a\n", 1),
        ("x: a\n---\n", 2),
        ("x: a\n--- # c\nx: b\n", 2),
        ("x: a\n---\n---\nx: b\n", 3),
    ] {
        assert_eq!(read(text).map(|documents| documents.len()), Ok(count), "{text:?}");
    }
    assert!(read("x: &a 1\n---\ny: *a\n").is_err(), "an anchor ends with its document");
}

#[test]
fn the_tags_of_compose_are_kept() {
    let documents =
        read("a: !reset [x]\nb: !override {c: 1}\nd: !reset\ne: &e !reset 1\nf: *e\ng: !other 1\n").unwrap();
    let map = documents[0].as_map().unwrap();
    let tag = |key: &str| map.get(key).unwrap().tag;
    assert_eq!(
        ["a", "b", "d", "e", "f", "g"].map(tag),
        [Some(Tag::Reset), Some(Tag::Override), Some(Tag::Reset), Some(Tag::Reset), Some(Tag::Reset), None]
    );
    assert!(map.get("a").unwrap().is_null());
    assert_eq!(map.get("b").unwrap().as_map().unwrap().get("c").unwrap().kind, Kind::Int(1));
}

#[test]
fn every_value_knows_its_place() {
    let documents = read("\u{feff}a:\n  b: [é, 'x', |\n").err();
    assert!(documents.is_some());
    let documents = read("\u{feff}a:\n  é: [ü, 'x']\n  c: |\n    t\nb: &b {p: 1}\nm: {<<: *b}\n").unwrap();
    let root = documents[0].as_map().unwrap();
    let at = |place: &Place| (place.line, place.column);
    let a = root.get("a").unwrap().as_map().unwrap();
    let list = a.get("é").unwrap();
    assert_eq!(at(root.place_of("a").unwrap()), (1, 1));
    assert_eq!(at(a.place_of("é").unwrap()), (2, 3));
    assert_eq!(at(&list.place), (2, 6));
    assert_eq!(at(&list.as_list().unwrap()[1].place), (2, 10));
    assert_eq!(at(&a.get("c").unwrap().place), (3, 6));
    let merged = root.get("m").unwrap().as_map().unwrap();
    assert_eq!(at(merged.place_of("p").unwrap()), (5, 8), "what is merged is where it was written");
}

#[test]
fn aliases_cannot_explode() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        bomb += &format!("a{level}: &a{level} [{}]\n", [below.as_str(); 10].join(", "));
    }
    let problem = read(&bomb).unwrap_err();
    assert!(problem.message.contains("aliases"), "{problem}");

    let mut merges = "a0: &a0 {k: v}\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        merges += &format!("a{level}: &a{level} {{x: *a{below}, y: *a{below}}}\n");
    }
    assert!(read(&merges).is_err());

    let shared = format!("b: &b {{p: 1, q: [1, 2, 3]}}\nx:\n{}", "  - {<<: *b, r: 2}\n".repeat(500));
    assert!(read(&shared).is_ok(), "many uses of one anchor are what anchors are for");
}

#[test]
fn size_and_depth_are_limited() {
    let nested = |depth: usize| format!("x: {}{}\n", "[".repeat(depth), "]".repeat(depth));
    assert!(read(&nested(100)).is_ok());
    assert!(read(&nested(100_000)).unwrap_err().message.contains("deeper than 128"));
    let mut chain = "a0: &a0 [x]\n".to_owned();
    for level in 1..200 {
        chain += &format!("a{level}: &a{level} [*a{}]\n", level - 1);
    }
    assert!(read(&chain).unwrap_err().message.contains("deeper than 128"));
    let many = format!("x:\n{}", "- 1\n".repeat(100_001));
    assert!(read(&many).unwrap_err().message.contains("100000 values"));
    let large = format!("# {}", "x".repeat(17 * 1024 * 1024));
    assert!(read(&large).unwrap_err().message.contains("16 MiB"));
}

#[test]
fn bytes_become_text() {
    let file = Path::new("compose.yml");
    let utf16 = |text: &str, unit: fn(u16) -> [u8; 2], mark: [u8; 2]| {
        mark.into_iter().chain(text.encode_utf16().flat_map(unit)).collect::<Vec<u8>>()
    };
    assert_eq!(decode("x: é".into(), file).as_deref(), Ok("x: é"));
    assert_eq!(
        decode(utf16("x: é\u{1f600}", u16::to_le_bytes, [0xff, 0xfe]), file).as_deref(),
        Ok("x: é\u{1f600}")
    );
    assert_eq!(decode(utf16("x", u16::to_be_bytes, [0xfe, 0xff]), file).as_deref(), Ok("x"));
    let problem = decode(b"a: 1\nx: \xe9\n".to_vec(), file).unwrap_err();
    assert_eq!((problem.place.line, problem.place.column), (2, 4), "{problem}");
}

/// Pieces that YAML gives a meaning, so that random texts reach all of the reader.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "a",
        "b: ",
        ":",
        " ",
        "  ",
        "\n",
        "\n  ",
        "\n\n",
        "\r\n",
        "\r",
        "- ",
        "-",
        "? ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "\"",
        "'",
        "\\",
        "\\x4",
        "\\u",
        "|",
        ">",
        "|+",
        "|-2",
        "#",
        " # c",
        "&a ",
        "*a",
        "&",
        "*",
        "!",
        "!!str ",
        "!<",
        "!<a>",
        "!a%41",
        "%",
        "%YAML 1.1\n",
        "%TAG ! a\n",
        "---\n",
        "...",
        "<<: ",
        "\t",
        "@",
        "é",
        "\u{85}",
        "\u{feff}",
        "0",
        "~",
        "!reset ",
        "!a,",
        "1.",
        "\u{7f}",
        "\\\n",
    ]);
    prop::collection::vec(piece, 0..16).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![pieces(), any::<String>()]) {
        if let Err(problem) = read(&text) {
            prop_assert!(problem.place.line > 0 && problem.place.column > 0);
            let lines = text.split(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']).count();
            prop_assert!(problem.place.line as usize <= lines + 1, "{}", problem);
        }
    }

    #[test]
    fn what_is_quoted_is_read_back(text in "[ -~é\n\t]{0,20}") {
        let quoted = serde_json::to_string(&text).unwrap();
        prop_assert_eq!(shown(&format!("x: {quoted}\n")), Ok(quoted));
    }

    #[test]
    fn json_is_yaml(value in json_value()) {
        let text = serde_json::json!({ "x": value }).to_string();
        prop_assert_eq!(shown(&text), Ok(value.to_string()));
    }

    #[test]
    fn windows_line_ends_change_nothing(text in pieces()) {
        let unix = text.replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(read(&unix).ok(), read(&unix.replace('\n', "\r\n")).ok());
    }
}

fn json_value() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        "[a-z \"\\\\:#]{0,8}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Into::into),
            prop::collection::btree_map("[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| serde_json::Value::Object(map.into_iter().collect())),
        ]
    })
}
