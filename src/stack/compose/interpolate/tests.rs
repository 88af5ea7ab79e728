//! Interpolation against what Docker Compose makes of the same texts: rows found by asking it, and properties that hold
//! for every text. `V` is `v`, `E` is empty, `U` is not set.

use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::stack::compose::yaml;

fn value(name: &str) -> Option<String> {
    match name {
        "V" => Some("v".to_owned()),
        "E" => Some(String::new()),
        "v" => Some("low".to_owned()),
        "D" => Some("${V}".to_owned()),
        _ => None,
    }
}

fn substituted(text: &str) -> std::result::Result<String, Fault> {
    template::substitute(text, &value, &mut |_| {})
}

/// A text through the whole tree, and its warnings.
fn interpolated(text: &str) -> (Result<Node>, Vec<Problem>) {
    let mut tree = yaml::parse(text, Path::new("compose.yml")).unwrap().remove(0);
    let mut warnings = Vec::new();
    let result = interpolate(&mut tree, &value, &mut |problem| warnings.push(problem));
    (result.map(|()| tree), warnings)
}

#[test]
fn every_form_is_replaced() {
    let rows = [
        ("$$", "$"),
        ("$", "$"),
        ("$V", "v"),
        ("${V}", "v"),
        ("$V$", "v$"),
        ("$1", "$1"),
        ("${V:-d}", "v"),
        ("${U:-d}", "d"),
        ("${U-d}", "d"),
        ("${E:-d}", "d"),
        ("${E-d}", ""),
        ("${V:?e}", "v"),
        ("${E?e}", ""),
        ("${V:+a}", "a"),
        ("${V+a}", "a"),
        ("${U:+a}", ""),
        ("${U+a}", ""),
        ("${E:+a}", ""),
        ("${E+a}", "a"),
        ("${U}", ""),
        ("$U", ""),
        ("${U:-${V}}", "v"),
        ("${U:-${U2:-x}}", "x"),
        ("${U:-a}b}", "ab}"),
        ("${U:-{}}", "{}"),
        ("${U:-{a}}", "{a}"),
        ("${U:-{{a}}}", "{{a}}"),
        ("${U:-{\"a\": 1}} ${V}", "{\"a\": 1} v"),
        ("${U:-a:b}", "a:b"),
        ("${U:-a-b?c}", "a-b?c"),
        ("${V:-${U}}", "v"),
        ("${V:-${}}", "v"),
        ("${V:-${U:?x}}", "v"),
        ("${U:-$V}", "v"),
        ("${U:-$$V}", "$V"),
        ("${U:-$${V}}", "${V}"),
        ("$${V}", "${V}"),
        ("$$$V", "$v"),
        ("$$$$", "$$"),
        ("${V}}", "v}"),
        ("{${V}}", "{v}"),
        ("$V-x", "v-x"),
        ("$V:x", "v:x"),
        ("$(V)", "$(V)"),
        ("$V_x", ""),
        ("${V_x:-1}", "1"),
        ("$vé", "lowé"),
        ("${U:-é}", "é"),
        ("a$", "a$"),
        ("$ a", "$ a"),
        ("${U:-a b c}", "a b c"),
        ("${U:-'x'}", "'x'"),
        ("${U:-}", ""),
        ("${U-}", ""),
        ("${U:-}}", "}"),
        ("${U:-a$}", "a$"),
        ("${U:+${V}}", ""),
        ("${V:+${V}}", "v"),
        ("${V:+a:-b}", "a:-b"),
        ("${U:-a}${U:-b}", "ab"),
        ("${U:-a} ${V} ${U:-b}", "a v b"),
        ("x${U:-a}{y}", "xa{y}"),
        ("${U:-\\}}", "\\}"),
        ("$_", ""),
        ("${_}", ""),
        ("${a-b}", "b"),
        ("$a.b", ".b"),
        ("${U:-$(cat)}", "$(cat)"),
        ("${U:-`x`}", "`x`"),
        ("$U $U ${U}", "  "),
        ("a\n${V}\nb", "a\nv\nb"),
        ("${U:-a}\n}", "a\n}"),
        ("${D}", "${V}"),
        ("${U:-${D}}", "${V}"),
        ("${U:-${U:-${U:-${V}}}}", "v"),
        ("${U:+${}}", ""),
        ("${V:?${}}", "v"),
        ("${E:+x}${E+y}", "y"),
    ];
    for (text, expected) in rows {
        assert_eq!(substituted(text).as_deref(), Ok(expected), "{text:?}");
    }
}

#[test]
fn what_is_no_variable_is_refused() {
    let rows = [
        "${1}",
        "${}",
        "${ V}",
        "${V }",
        "${U:-{}} ${V}",
        "${V",
        "${V:-",
        "a ${V b",
        "${V!}",
        "${V/a/b}",
        "${V:0:1}",
        "${#V}",
        "${V%x}",
        "${!V}",
        "${U:-{x} ${V}",
        "${U:=d}",
        "${V=d}",
        "${.a}",
        "${a.b}",
        "${U:-a\nb}",
        "${V:-a\nb}x",
        "${V\n}",
    ];
    for text in rows {
        assert!(matches!(substituted(text), Err(Fault::Invalid { .. })), "{text:?}: {:?}", substituted(text));
    }
}

#[test]
fn required_variables_say_why() {
    let rows = [
        ("${U:?e}", "e"),
        ("${U?e}", "e"),
        ("${E:?e}", "e"),
        ("${U:?}", ""),
        ("${U?}", ""),
        ("${U:?a ${V}}", "a v"),
    ];
    for (text, expected) in rows {
        match substituted(text) {
            Err(Fault::Required { reason, .. }) => assert_eq!(reason, expected, "{text:?}"),
            other => panic!("{text:?}: {other:?}"),
        }
    }
}

#[test]
fn problems_name_the_place_the_path_and_the_text() {
    let rows = [
        ("services:\n  a:\n    image: x:${1}\n", 3, 12, "`${1}` in `services.a.image` is not a variable"),
        (
            "services: {a: {ports: ['80', \"${A B}\"]}}",
            1,
            30,
            "`${A B}` in `services.a.ports[1]` is not a variable",
        ),
        ("x: |\n  a\n  ${V b\n", 1, 4, "`${V b` in `x` is not a variable in line 2 of the text"),
        ("a: {b: \"${U:?set it}\"}", 1, 8, "`a.b` needs the variable `U`, which is not set: set it"),
        ("a: {b: \"${U?}\"}", 1, 8, "`a.b` needs the variable `U`, which is not set"),
    ];
    for (text, line, column, message) in rows {
        let problem = interpolated(text).0.unwrap_err();
        assert_eq!(problem.message, message, "{text:?}");
        assert_eq!((problem.place.line, problem.place.column), (line, column), "{text:?}");
        assert!(problem.hint.is_some(), "{text:?}");
    }
}

#[test]
fn values_are_interpolated_but_not_keys_and_not_what_is_reset() {
    let (tree, warnings) =
        interpolated("$V: $V\na: [$V, {b: \"$$V\"}, 1]\nc: !reset $!{}{\nd: &d ${V}\ne: *d\n");
    let tree = tree.unwrap();
    let map = tree.as_map().unwrap();
    assert_eq!(map.get("$V").unwrap().as_str(), Some("v"));
    let list = map.get("a").unwrap().as_list().unwrap();
    assert_eq!(list[0].as_str(), Some("v"));
    assert_eq!(list[1].as_map().unwrap().get("b").unwrap().as_str(), Some("$V"));
    assert_eq!(map.get("e").unwrap().as_str(), Some("v"));
    assert!(warnings.is_empty(), "{warnings:?}");
}

#[test]
fn a_variable_without_value_is_warned_about_once() {
    let (tree, warnings) = interpolated("a: $U\nb: x${U}\nc: ${W}\nd: ${X:-}\ne: ${X-$X}\n");
    assert!(tree.is_ok());
    let told: Vec<_> =
        warnings.iter().map(|problem| (problem.place.line, problem.message.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "the variable `U` is not set, an empty text takes its place"),
            (3, "the variable `W` is not set, an empty text takes its place"),
            (5, "the variable `X` is not set, an empty text takes its place"),
        ]
    );
}

#[test]
fn hostile_texts_end() {
    let deep = format!("{}x{}", "${U:-".repeat(100_000), "}".repeat(100_000));
    assert_eq!(substituted(&deep), Err(Fault::Deep));
    let long = "${U:-a} ".repeat(200_000);
    assert_eq!(substituted(&long).map(|text| text.len()), Ok(2 * 200_000));
    let open = "${U:-".repeat(100_000);
    assert!(substituted(&open).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_text_without_a_dollar_stays_as_it_is(text in "[^$]*") {
        prop_assert_eq!(substituted(&text), Ok(text));
    }

    #[test]
    fn doubled_dollars_give_the_text_back(text in any::<String>()) {
        prop_assert_eq!(substituted(&text.replace('$', "$$")), Ok(text));
    }

    #[test]
    fn no_text_makes_it_panic(text in "[$\\{}VUE:?+ a\n\"é-]{0,24}") {
        if let Ok(done) = substituted(&text) {
            prop_assert!(done.len() <= text.len() * 4);
        }
    }

    #[test]
    fn a_default_of_letters_is_taken_where_nothing_is_set(word in "[a-z .:/=,-]{0,12}") {
        prop_assert_eq!(substituted(&format!("a${{U:-{word}}}b")), Ok(format!("a{word}b")));
        prop_assert_eq!(substituted(&format!("a${{V:-{word}}}b")), Ok("avb".to_owned()));
        prop_assert_eq!(substituted(&format!("a${{V+{word}}}b")), Ok(format!("a{word}b")));
        prop_assert_eq!(substituted(&format!("a${{E:+{word}}}b")), Ok("ab".to_owned()));
    }
}
