//! A command that was written as one text, split into words: quotes and backslashes count as in a shell, and at a
//! `;`, `&`, `|`, `<` or `>` outside of quotes the command ends, as Compose has it. Nothing is expanded.

use super::{values, wrong};
use crate::stack::compose::{Kind, Node, Result};

/// A command as a list of words.
pub(super) fn command(node: Node, key: &str) -> Result<Node> {
    let Kind::Str(line) = &node.kind else {
        return if matches!(node.kind, Kind::List(_)) {
            values::texts(node, key)
        } else {
            Err(wrong(&node, key, "a string or a list of strings"))
        };
    };
    let Some(words) = split(line) else {
        return Err(wrong(&node, key, "a command with every quote and bracket closed")
            .hint("write a list with one word per element: `[\"sh\", \"-c\", \"…\"]`"));
    };
    let place = &node.place;
    let list = words.into_iter().map(|word| Node::new(Kind::Str(word), place.clone())).collect();
    Ok(Node { kind: Kind::List(list), ..node })
}

/// The test of a healthcheck: a text is what a shell runs.
pub(super) fn test(node: Node, key: &str) -> Result<Node> {
    if matches!(node.kind, Kind::Str(_)) {
        let shell = Node::new(Kind::Str("CMD-SHELL".into()), node.place.clone());
        return Ok(Node { kind: Kind::List(vec![shell, node.clone()]), ..node });
    }
    values::texts(node, key)
}

/// What is open while a line is read.
#[derive(Default)]
struct Open {
    single: bool,
    double: bool,
    back: bool,
    dollar: bool,
    escape: bool,
}

/// The words of a line; none where a quote or a bracket stays open or a bracket opens without `$`.
fn split(line: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut started) = (Vec::new(), String::new(), false);
    let mut open = Open::default();
    for c in line.chars() {
        if open.escape {
            word.push(match c {
                't' => '\t',
                'n' => '\n',
                other => other,
            });
            open.escape = false;
            started = true;
            continue;
        }
        match c {
            '\\' if open.single => word.push(c),
            '\\' => open.escape = true,
            ' ' | '\t' | '\r' | '\n' => {
                if open.single || open.double || open.back || open.dollar {
                    word.push(c);
                } else if started {
                    words.push(std::mem::take(&mut word));
                    started = false;
                }
            }
            '"' if !open.single && !open.dollar => {
                started |= open.double;
                open.double = !open.double;
            }
            '\'' if !open.double && !open.dollar => {
                started |= open.single;
                open.single = !open.single;
            }
            ';' | '&' | '|' | '<' | '>' if !(open.single || open.double || open.back || open.dollar) => {
                // `2>` names a stream: the number is no word.
                started &= !(c == '>' && word.starts_with(|digit: char| digit.is_ascii_digit()));
                break;
            }
            _ => {
                match c {
                    '`' if !open.single && !open.double && !open.dollar => open.back = !open.back,
                    ')' if !open.single && !open.double && !open.back => open.dollar = !open.dollar,
                    '(' if !open.single && !open.double && !open.back => {
                        if open.dollar || !word.ends_with('$') {
                            return None;
                        }
                        open.dollar = true;
                    }
                    _ => {}
                }
                started = true;
                word.push(c);
            }
        }
    }
    if started {
        words.push(word);
    }
    (!(open.escape || open.single || open.double || open.back || open.dollar)).then_some(words)
}
