//! What a `.dockerignore` leaves out of a build, by the rules of Docker's own matcher: the last pattern that matches a
//! path or a directory above it decides, `!` takes back in, `**` is any number of directories, and all patterns begin at
//! the top. They are not those of `.gitignore`.

use std::iter::Peekable;

use regex::Regex;

use crate::failure::{Failure, Result};
use crate::stack::compose::paths;

/// What is still to be read of a pattern.
type Chars<'a> = Peekable<std::str::Chars<'a>>;

/// The patterns of one file, in order.
#[derive(Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Debug)]
struct Pattern {
    /// The path as it was written, without the `!`.
    text: String,
    /// It takes back in.
    negated: bool,
    matcher: Matcher,
}

#[derive(Debug)]
enum Matcher {
    /// The path itself.
    Exact(String),
    /// All that begins so.
    Prefix(String),
    /// All that ends so, or the path itself.
    Suffix(String),
    /// Anything else.
    Expression(Regex),
}

/// Which patterns match a directory, and so all that is in it.
#[derive(Debug, Clone, Default)]
pub struct Above(Vec<bool>);

impl Ignore {
    /// Reads the text of a file; `name` is what it is called where it is wrong.
    ///
    /// # Errors
    /// A pattern cannot be understood.
    pub fn parse(text: &str, name: &str) -> Result<Self> {
        let mut ignore = Self::default();
        for (index, line) in text.trim_start_matches('\u{feff}').lines().enumerate() {
            if line.starts_with('#') {
                continue;
            }
            let (negated, path) = match line.trim().strip_prefix('!') {
                Some(path) => (true, path.trim()),
                None => (false, line.trim()),
            };
            if path.is_empty() && !negated {
                continue;
            }
            let wrong = |why: &str| {
                Failure::config(format!("{name}:{}: the pattern `{}` {why}", index + 1, line.trim()))
                    .hint("correct the line; `!`, `*`, `**`, `?`, `[…]` and `\\` have a meaning in it")
            };
            if negated && matches!(cleaned(path).as_str(), "" | "/") {
                return Err(wrong("takes nothing back in"));
            }
            ignore.add(path, negated).map_err(|why| wrong(&why))?;
        }
        Ok(ignore)
    }

    /// Adds a pattern after the others.
    fn add(&mut self, path: &str, negated: bool) -> std::result::Result<(), String> {
        let text = cleaned(path);
        self.patterns.push(Pattern { matcher: Matcher::new(&text)?, text, negated });
        Ok(())
    }

    /// Has this path stay, whatever the patterns say.
    pub fn keep(&mut self, path: &str) {
        if self.leaves_out(path, None).0 {
            let matcher = Matcher::Exact(path.to_string());
            self.patterns.push(Pattern { text: path.to_string(), negated: true, matcher });
        }
    }

    /// Whether this path is left out; what is in it is asked for with what this says beside that.
    #[must_use]
    pub fn leaves_out(&self, path: &str, above: Option<&Above>) -> (bool, Above) {
        let mut out = false;
        let mut matched = vec![false; self.patterns.len()];
        for (index, pattern) in self.patterns.iter().enumerate() {
            let mut matches = above.is_some_and(|above| above.0[index]);
            if !matches {
                // A pattern that would change nothing is not even looked at, also not for what is below.
                if pattern.negated != out {
                    continue;
                }
                matches = pattern.matcher.matches(path)
                    || above.is_none() && parents(path).any(|parent| pattern.matcher.matches(parent));
            }
            matched[index] = matches;
            if matches {
                out = !pattern.negated;
            }
        }
        (out, Above(matched))
    }

    /// Whether something in a directory that is left out may have been taken back in.
    #[must_use]
    pub fn reaches_into(&self, directory: &str) -> bool {
        let directory = format!("{directory}/");
        self.patterns
            .iter()
            .any(|pattern| pattern.negated && format!("{}/", pattern.text).starts_with(&directory))
    }
}

/// The directories that a path is in, from the top.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').map(|(index, _)| &path[..index])
}

/// The shortest way of writing a path, from the top: without `.`, `..`, and slashes that say nothing.
fn cleaned(path: &str) -> String {
    if path.is_empty() {
        return String::new();
    }
    let path = paths::clean(path);
    match path.strip_prefix('/') {
        Some(rest) if !rest.is_empty() => rest.into(),
        _ => path,
    }
}

impl Matcher {
    fn new(pattern: &str) -> std::result::Result<Self, String> {
        let mut expression = String::from("^");
        let mut matcher = Kind::Exact;
        let mut rest = pattern.chars().peekable();
        let mut first = true;
        while let Some(c) = rest.next() {
            match c {
                '*' if rest.peek() == Some(&'*') => {
                    rest.next();
                    rest.next_if_eq(&'/');
                    if rest.peek().is_some() {
                        expression.push_str("(.*/)?");
                        matcher = Kind::Expression;
                    } else if matcher == Kind::Exact {
                        matcher = Kind::Prefix;
                    } else {
                        expression.push_str(".*");
                        matcher = Kind::Expression;
                    }
                    if first {
                        matcher = Kind::Suffix;
                    }
                }
                '*' => {
                    expression.push_str("[^/]*");
                    matcher = Kind::Expression;
                }
                '?' => {
                    expression.push_str("[^/]");
                    matcher = Kind::Expression;
                }
                '\\' => {
                    let escaped = rest.next().ok_or("ends in `\\`")?;
                    expression.push_str(&regex::escape(&escaped.to_string()));
                    matcher = Kind::Expression;
                }
                '[' => {
                    expression.push_str(&class(&mut rest).ok_or("has a `[…]` that is none")?);
                    matcher = Kind::Expression;
                }
                c => expression.push_str(&regex::escape(&c.to_string())),
            }
            first = false;
        }
        Ok(match matcher {
            Kind::Exact => Self::Exact(pattern.to_string()),
            Kind::Prefix => Self::Prefix(pattern[..pattern.len() - 2].to_string()),
            Kind::Suffix => Self::Suffix(pattern[2..].to_string()),
            Kind::Expression => Self::Expression(
                Regex::new(&format!("(?s){expression}$")).map_err(|_| "is none that can be understood")?,
            ),
        })
    }

    fn matches(&self, path: &str) -> bool {
        match self {
            Self::Exact(exact) => path == exact,
            Self::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Self::Suffix(suffix) => path.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(path),
            Self::Expression(expression) => expression.is_match(path),
        }
    }
}

/// What the pattern turns out to be as it is read.
#[derive(PartialEq)]
enum Kind {
    Exact,
    Prefix,
    Suffix,
    Expression,
}

/// The rest of `[a-z]` or `[^a-z]`, as an expression: each end of a range is a character or an escaped one.
fn class(rest: &mut Chars<'_>) -> Option<String> {
    let mut text = String::from("[");
    if rest.next_if_eq(&'^').is_some() {
        text.push('^');
    }
    let mut empty = true;
    while empty || rest.next_if_eq(&']').is_none() {
        let low = end(rest)?;
        let high = if rest.next_if_eq(&'-').is_some() { end(rest)? } else { low };
        // A range that runs backwards holds nothing.
        if low <= high {
            text.push_str(&format!("\\x{{{:x}}}-\\x{{{:x}}}", u32::from(low), u32::from(high)));
        }
        empty = false;
    }
    text.push(']');
    Some(text)
}

/// One end of a range.
fn end(rest: &mut Chars<'_>) -> Option<char> {
    match rest.next()? {
        '-' | ']' => None,
        '\\' => rest.next(),
        c => Some(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Patterns, the paths of a tree (directories with their slash), and those that stay by the rules of Docker's
    /// matcher; no engine is asked.
    const ROWS: &[(&str, &str, &str)] = &[
        ("", "a b/ b/c", "a b/ b/c"),
        ("# all\n\na", "a b", "b"),
        ("a", "a b/ b/a", "b/ b/a"),
        ("/a", "a b/ b/a", "b/ b/a"),
        ("a/", "a/ a/b b", "b"),
        ("./a/../b", "a b", "a"),
        ("  a  ", "a b", "b"),
        ("*", "a b/ b/c .d", ""),
        ("*.log", "a.log b/ b/a.log", "b/ b/a.log"),
        ("**/*.log", "a.log b/ b/a.log b/c/ b/c/d.log e", "b/ b/c/ e"),
        ("**.log", "a.log b/ b/a.log", "b/"),
        ("*/*.log", "a.log b/ b/a.log b/c/ b/c/d.log", "a.log b/ b/c/ b/c/d.log"),
        ("b/**", "a b/ b/c b/d/ b/d/e", "a b/"),
        ("b**", "a b bc/ bc/d", "a"),
        ("**/b", "b c/ c/b d/ d/e/ d/e/b d/xb", "c/ d/ d/e/ d/xb"),
        ("a/**/d", "a/ a/d a/b/ a/b/d a/b/c", "a/ a/b/ a/b/c"),
        ("**", "a b/ b/c", ""),
        ("?", "a bb c/ c/d", "bb"),
        ("[ab]", "a b c", "c"),
        ("[^ab]", "a b c", "a b"),
        ("[a-b]x", "ax bx cx", "cx"),
        ("a\\*", "a* ab", "ab"),
        ("{a,b}", "a b {a,b}", "a b"),
        ("a.b", "a.b axb", "axb"),
        // Order: the last one that matches decides.
        ("*\n!a", "a b c/ c/a", "a"),
        ("!a\n*", "a b", ""),
        ("*.md\n!README.md", "a.md README.md", "README.md"),
        ("*.md\n!README*.md\nREADME-secret.md", "README.md README-secret.md", "README.md"),
        // What is in a directory that is left out comes back by its own path only.
        ("b\n!b/c", "b/ b/c b/d", "b/c"),
        ("*\n!b/c", "a b/ b/c b/d", "b/c"),
        ("*\n!b", "a b/ b/c b/d/ b/d/e", "b/ b/c b/d/ b/d/e"),
        ("*\n!**/c", "a c b/ b/c", "c"),
        ("b/*\n!b/c", "b/ b/c b/d", "b/ b/c"),
        ("**/x\n!b/x", "x/ x/y b/ b/x/ b/x/y", "b/ b/x/ b/x/y"),
        (".*\n!.keep", ".a .keep b", ".keep b"),
    ];

    /// The walk over a context, on a list.
    fn staying(ignore: &Ignore, paths: &str) -> String {
        let mut above: Vec<(String, Above)> = Vec::new();
        let mut stays = Vec::new();
        for path in paths.split_whitespace() {
            let name = path.trim_end_matches('/');
            let parent = name.rsplit_once('/').map(|(parent, _)| parent);
            let known = parent.map(|parent| above.iter().find(|(name, _)| name == parent));
            // Nobody looks into a directory that is left out and that no pattern reaches into.
            if matches!(known, Some(None)) {
                continue;
            }
            let (out, below) = ignore.leaves_out(name, known.flatten().map(|(_, above)| above));
            if !out {
                stays.push(path);
            }
            if path.ends_with('/') && (!out || ignore.reaches_into(name)) {
                above.push((name.to_string(), below));
            }
        }
        stays.join(" ")
    }

    #[test]
    fn what_stays_is_what_stays_for_docker() {
        for (text, paths, expected) in ROWS {
            let ignore = Ignore::parse(text, ".dockerignore").unwrap();
            assert_eq!(staying(&ignore, paths), *expected, "{text:?}");
        }
    }

    #[test]
    fn what_the_engine_needs_stays() {
        let mut ignore = Ignore::parse("*", ".dockerignore").unwrap();
        ignore.keep("Dockerfile");
        assert_eq!(staying(&ignore, "Dockerfile a"), "Dockerfile");
    }

    #[test]
    fn a_pattern_that_is_none_is_named_with_its_line() {
        for text in ["a\n[", "a\n[]a]", "a\n[-a]", "a\n[a-]", "a\nb\\", "a\n!", "a\n!/."] {
            let failure = Ignore::parse(text, ".dockerignore").unwrap_err();
            assert!(failure.to_string().starts_with(".dockerignore:2: the pattern"), "{text:?}: {failure}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_is_a_panic(text in "[a-b!*/\\[\\]^\\\\?. \n#-]{0,24}", path in "[a-b/]{1,6}") {
            if let Ok(ignore) = Ignore::parse(&text, "x") {
                let _ = ignore.leaves_out(path.trim_matches('/'), None);
            }
        }
    }
}
