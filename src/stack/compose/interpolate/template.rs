//! Variables in one text: `$NAME`, `${NAME}`, and with a default, an alternative or a requirement, nested as deep as
//! people write. It follows Docker Compose to the letter, also in how it finds the brace that closes an expression: it
//! counts the braces of its line, those of a default such as `{"a": 1}` as well.

/// How deep expressions nest.
const DEEPEST: usize = 64;

/// Why a text cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// `${` begins something that is no variable.
    Invalid {
        /// What stands there.
        found: String,
        /// Its line in the text, from 1.
        line: usize,
    },
    /// A required variable has no value.
    Required {
        /// Its name.
        name: String,
        /// What the author of the file says about it.
        reason: String,
    },
    /// Defaults nest too deep.
    Deep,
}

/// What follows the name in `${NAME…}`.
#[derive(Clone, Copy)]
struct Operator {
    /// `-`, `+` or `?`.
    sign: u8,
    /// A colon stands before it: an empty value counts as none.
    colon: bool,
}

/// The text with its variables replaced; `unset` is told the names of those that have no value and no default.
///
/// # Errors
/// Where an expression is not valid or a required variable has no value.
pub fn substitute(
    text: &str,
    lookup: &dyn Fn(&str) -> Option<String>,
    unset: &mut dyn FnMut(&str),
) -> Result<String, Fault> {
    Substitution { lookup, unset }.text(text, 0)
}

struct Substitution<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    unset: &'a mut dyn FnMut(&str),
}

impl Substitution<'_> {
    fn text(&mut self, text: &str, depth: usize) -> Result<String, Fault> {
        if depth > DEEPEST {
            return Err(Fault::Deep);
        }
        let mut done = String::with_capacity(text.len());
        let mut line = Line::default();
        let mut at = 0;
        while let Some(dollar) = text[at..].find('$').map(|offset| at + offset) {
            done.push_str(&text[at..dollar]);
            let behind = &text[dollar + 1..];
            let named = name_length(behind);
            if behind.starts_with('$') {
                done.push('$');
                at = dollar + 2;
            } else if named > 0 {
                done.push_str(&self.value_or_empty(&behind[..named]));
                at = dollar + 1 + named;
            } else if behind.starts_with('{') {
                let end = expression_end(text, dollar, &mut line).ok_or_else(|| invalid(text, dollar))?;
                done.push_str(&self.expression(&text[dollar + 2..end], depth)?);
                at = end + 1;
            } else {
                done.push('$');
                at = dollar + 1;
            }
        }
        done.push_str(&text[at..]);
        Ok(done)
    }

    /// What `${expression}` stands for; the expression begins with a name.
    fn expression(&mut self, expression: &str, depth: usize) -> Result<String, Fault> {
        let (name, rest) = expression.split_at(name_length(expression));
        let Some((operator, word)) = operator(rest) else { return Ok(self.value_or_empty(name)) };
        let value = (self.lookup)(name).filter(|value| !(operator.colon && value.is_empty()));
        match (operator.sign, value) {
            (b'-', None) | (b'+', Some(_)) => self.text(word, depth + 1),
            (b'?', None) => {
                Err(Fault::Required { name: name.to_owned(), reason: self.text(word, depth + 1)? })
            }
            (_, value) => Ok(value.unwrap_or_default()),
        }
    }

    fn value_or_empty(&mut self, name: &str) -> String {
        (self.lookup)(name).unwrap_or_else(|| {
            (self.unset)(name);
            String::new()
        })
    }
}

/// How long the name is that a text begins with; 0 for none.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    if !bytes.first().is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_') {
        return 0;
    }
    bytes.iter().take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'_').count()
}

/// The operator behind a name, and what follows it.
fn operator(text: &str) -> Option<(Operator, &str)> {
    let (colon, signed) = match text.strip_prefix(':') {
        Some(signed) => (true, signed),
        None => (false, text),
    };
    let sign = *signed.as_bytes().first().filter(|sign| b"-+?".contains(sign))?;
    Some((Operator { sign, colon }, &signed[1..]))
}

/// The last closing brace of the line that was looked at last, so that a long line is searched once.
#[derive(Default)]
struct Line {
    end: usize,
    last_brace: Option<usize>,
}

/// Where the brace is that closes the expression whose `$` is at `dollar`; none where it is not a valid one.
fn expression_end(text: &str, dollar: usize, line: &mut Line) -> Option<usize> {
    let name = dollar + 2;
    let name_end = name + Some(name_length(&text[name..])).filter(|length| *length > 0)?;
    if text[name_end..].starts_with('}') {
        return Some(name_end);
    }
    operator(&text[name_end..])?;
    if line.end <= dollar {
        line.end = text[dollar..].find('\n').map_or(text.len(), |offset| dollar + offset);
        line.last_brace = text[dollar..line.end].rfind('}').map(|offset| dollar + offset);
    }
    let last = line.last_brace.filter(|last| *last > name_end)?;
    Some(closing_brace(text.as_bytes(), dollar, last).unwrap_or(last))
}

/// The brace that closes the first one behind `from`, not beyond `last`. The character behind an opening brace does
/// not count: `{}` in a default leaves a brace open, which only the last one of the line closes.
fn closing_brace(bytes: &[u8], from: usize, last: usize) -> Option<usize> {
    let mut open = 0_usize;
    let mut at = from;
    while at <= last {
        match bytes[at] {
            b'}' if open == 1 => return Some(at),
            b'}' => open = open.saturating_sub(1),
            b'{' => {
                open += 1;
                at += 1;
            }
            _ => {}
        }
        at += 1;
    }
    None
}

/// The expression that begins at `dollar` and is none, up to its brace or the end of its line.
fn invalid(text: &str, dollar: usize) -> Fault {
    const MOST: usize = 60;
    let rest = text[dollar..].lines().next().unwrap_or_default();
    let found = rest.find('}').map_or(rest, |end| &rest[..=end]);
    let found = match found.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &found[..end]),
        None => found.to_owned(),
    };
    Fault::Invalid { found, line: text[..dollar].matches('\n').count() + 1 }
}
