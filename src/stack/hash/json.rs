//! JSON as Go's `encoding/json` writes it, byte by byte: without any space, with what HTML has a meaning for escaped, and
//! with numbers in Go's form.

use std::fmt::Write as _;

use crate::stack::compose::render::Printed;

/// A value as Go writes it.
pub(super) fn text(printed: &Printed) -> String {
    let mut out = String::new();
    write(&mut out, printed);
    out
}

fn write(out: &mut String, printed: &Printed) {
    match printed {
        Printed::Null => out.push_str("null"),
        Printed::Bool(yes) => _ = write!(out, "{yes}"),
        Printed::Int(number) => _ = write!(out, "{number}"),
        Printed::Float(number) => float(out, *number),
        Printed::Text(text) => string(out, text),
        Printed::List(list) => {
            out.push('[');
            for (at, item) in list.iter().enumerate() {
                separate(out, at);
                write(out, item);
            }
            out.push(']');
        }
        Printed::Map(map) => {
            out.push('{');
            for (at, (key, item)) in map.iter().enumerate() {
                separate(out, at);
                string(out, key);
                out.push(':');
                write(out, item);
            }
            out.push('}');
        }
    }
}

fn separate(out: &mut String, at: usize) {
    if at > 0 {
        out.push(',');
    }
}

/// A number with the fewest digits that say it, and with an exponent where it is very small or very large.
fn float(out: &mut String, number: f64) {
    let plain = number == 0.0 || (1e-6..1e21).contains(&number.abs());
    _ = if plain {
        write!(out, "{number}")
    } else {
        let text = format!("{number:e}");
        let sign = if text.contains("e-") { "e" } else { "e+" };
        write!(out, "{}", text.replace('e', sign))
    };
}

fn string(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => out.extend(['\\', c]),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' | '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out.push('"');
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(printed: Printed) -> String {
        text(&printed)
    }

    #[test]
    fn texts_are_escaped_as_go_does() {
        let rows = [
            ("a", "a"),
            ("\"\\/", r#"\"\\/"#),
            ("<a & b>", r"\u003ca \u0026 b\u003e"),
            ("\u{8}\u{c}\n\r\t", r"\b\f\n\r\t"),
            ("\0\u{1b}\u{7f}", "\\u0000\\u001b\u{7f}"),
            ("\u{2028}\u{2029}é", r"\u2028\u2029é"),
            ("$", "$"),
        ];
        for (text, expected) in rows {
            assert_eq!(written(Printed::Text(text.into())), format!("\"{expected}\""), "{text:?}");
        }
    }

    #[test]
    fn numbers_are_written_as_go_does() {
        let rows = [
            (0.5, "0.5"),
            (0.0, "0"),
            (2.0, "2"),
            (0.1, "0.1"),
            (0.000_001, "0.000001"),
            (0.000_000_5, "5e-7"),
            (1e20, "100000000000000000000"),
            (1e21, "1e+21"),
            (-1.5e30, "-1.5e+30"),
        ];
        for (number, expected) in rows {
            assert_eq!(written(Printed::Float(number)), expected);
        }
    }

    #[test]
    fn lists_and_mappings_keep_their_order() {
        let list = Printed::List(vec![Printed::Null, Printed::Bool(true), Printed::Int(-1)]);
        let map = Printed::Map(vec![
            ("b&".into(), list),
            ("a".into(), Printed::List(vec![])),
            ("c".into(), Printed::Map(vec![])),
        ]);
        assert_eq!(written(map), r#"{"b\u0026":[null,true,-1],"a":[],"c":{}}"#);
    }

    proptest! {
        #[test]
        fn every_text_is_read_again(text in any::<String>()) {
            let json = written(Printed::Text(text.clone()));
            prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }

        #[test]
        fn every_number_is_read_again(number in any::<f32>().prop_filter("no number", |it| it.is_finite())) {
            let json = written(Printed::Float(number.to_string().parse().unwrap()));
            prop_assert_eq!(json.parse::<f32>().unwrap(), number);
        }
    }
}
