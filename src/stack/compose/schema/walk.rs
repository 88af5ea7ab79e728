//! The look through a tree: each value beside the shape that it should have, and the first that has another one told
//! with its place, its path, what was found and what was expected.

use std::collections::HashSet;

use super::neighbours;
use super::shape::{Fields, Names, Shape};
use super::values::{fingerprint, finite};
use crate::stack::compose::node::{Kind, Map, Node, Place};
use crate::stack::compose::problem::{Problem, Result};
use crate::stack::compose::suggest::{either, nearest, without_space};

/// Looks through a whole tree.
pub(super) fn check(tree: &Node, shape: &'static Shape) -> Result<()> {
    finite(tree, &mut Vec::new())?;
    Walk { path: Vec::new(), around: Vec::new() }.value(tree, shape)
}

/// One step from a value to a value in it.
pub(super) enum Step<'a> {
    /// Into a mapping.
    Key(&'a str),
    /// Into a list.
    Item(usize),
}

/// A mapping around the value that is looked at: how far in it is, and which keys it takes.
pub(super) struct Around {
    /// The length of the path to it.
    pub(super) depth: usize,
    /// Its keys.
    pub(super) fields: Fields,
}

struct Walk<'a> {
    path: Vec<Step<'a>>,
    around: Vec<Around>,
}

impl<'a> Walk<'a> {
    fn value(&mut self, node: &'a Node, shape: &Shape) -> Result<()> {
        if !shape.takes(&node.kind) {
            return Err(self.other_kind(node, shape));
        }
        match (shape, &node.kind) {
            (Shape::OneOf(shapes), kind) => {
                let shape = shapes.iter().find(|shape| shape.takes(kind));
                self.value(node, shape.expect("invariant: one of them takes it"))
            }
            (Shape::Word(words), Kind::Str(text)) if !words.contains(&text.as_str()) => {
                let problem = self.wrong(node, shape, &shown(text));
                Err(match nearest(text, words.iter().copied()) {
                    Some(near) => problem.hint(format!("did you mean `{near}`?")),
                    None => problem,
                })
            }
            (Shape::Form(_, accepts), Kind::Str(text)) if !accepts(text) => {
                Err(self.wrong(node, shape, &shown(text)))
            }
            (Shape::Whole(least, most), Kind::Int(number)) if !within(*number, *least, *most) => {
                Err(self.wrong(node, shape, &number.to_string()))
            }
            (Shape::Whole(least, most), Kind::Float(number))
                if number.fract() != 0.0 || !within(*number as i128, *least, *most) =>
            {
                Err(self.wrong(node, shape, &number.to_string()))
            }
            (Shape::List(of), Kind::List(items)) => self.items(items, of),
            (Shape::Set(of), Kind::List(items)) => {
                self.items(items, of)?;
                self.no_item_twice(items)
            }
            (Shape::Names(names), Kind::Map(map)) => self.names(map, names),
            (Shape::Fields(fields), Kind::Map(map)) => self.fields(map, &node.place, fields),
            _ => Ok(()),
        }
    }

    fn items(&mut self, items: &'a [Node], of: &Shape) -> Result<()> {
        for (index, item) in items.iter().enumerate() {
            self.path.push(Step::Item(index));
            self.value(item, of)?;
            self.path.pop();
        }
        Ok(())
    }

    fn no_item_twice(&self, items: &[Node]) -> Result<()> {
        let mut seen = HashSet::with_capacity(items.len());
        for item in items {
            if !seen.insert(fingerprint(item)) {
                let what = match &item.kind {
                    Kind::Str(text) => shown(text),
                    _ => "the same value".to_owned(),
                };
                let message = format!("{} has {what} twice", self.here());
                return Err(Problem::new(&item.place, message).hint("remove one of the two"));
            }
        }
        Ok(())
    }

    fn names(&mut self, map: &'a Map, names: &Names) -> Result<()> {
        for (name, node) in map.iter() {
            if !names.named.accepts(name) {
                if names.lenient {
                    continue;
                }
                let place = map.place_of(name).unwrap_or(&node.place);
                let message = format!("{} has a name {} that is not allowed", self.here(), shown(name));
                return Err(
                    Problem::new(place, message).hint(format!("a name here is {}", names.named.called()))
                );
            }
            self.path.push(Step::Key(name));
            self.value(node, names.of)?;
            self.path.pop();
        }
        Ok(())
    }

    fn fields(&mut self, map: &'a Map, place: &Place, fields: &Fields) -> Result<()> {
        self.around.push(Around { depth: self.path.len(), fields: *fields });
        for (key, node) in map.iter() {
            match fields.get(key) {
                Some(shape) => {
                    self.path.push(Step::Key(key));
                    self.value(node, shape)?;
                    self.path.pop();
                }
                None if fields.lenient || (fields.extensible && key.starts_with("x-")) => {}
                None => return Err(self.unknown(key, node, map.place_of(key).unwrap_or(&node.place))),
            }
        }
        self.around.pop();
        if let Some(missing) = fields.needs.iter().find(|key| !map.has(key)) {
            return Err(Problem::new(place, format!("{} lacks `{missing}`", self.here())));
        }
        if !fields.needs_one.is_empty() && !fields.needs_one.iter().any(|key| map.has(key)) {
            let keys: Vec<String> = fields.needs_one.iter().map(|key| format!("`{key}`")).collect();
            return Err(Problem::new(place, format!("{} lacks {}", self.here(), either(&keys))));
        }
        Ok(())
    }

    fn unknown(&self, key: &str, node: &Node, place: &Place) -> Problem {
        let problem = Problem::new(place, format!("{} has no key {}", self.here(), shown(key)));
        match neighbours::meant(key, node, &self.path, &self.around) {
            Some(hint) => problem.hint(hint),
            None => problem,
        }
    }

    fn other_kind(&self, node: &Node, shape: &Shape) -> Problem {
        let found = if node.is_null() { "empty" } else { node.kind_name() };
        let problem = self.wrong(node, shape, found);
        let takes = |kind: Kind| shape.takes(&kind);
        let hint = match &node.kind {
            Kind::Null => "give it a value, or remove the key".to_owned(),
            Kind::Int(number) if takes(Kind::Str(String::new())) => {
                format!("put it in quotes: `\"{number}\"`")
            }
            Kind::Bool(flag) if takes(Kind::Str(String::new())) => format!("put it in quotes: `\"{flag}\"`"),
            Kind::Float(_) if takes(Kind::Str(String::new())) => "put it in quotes".to_owned(),
            Kind::Str(text) if takes(Kind::List(Vec::new())) && text.len() <= 40 => {
                format!("write it as a list: `[{text:?}]`")
            }
            Kind::Map(_) if takes(Kind::List(Vec::new())) => "begin each entry with `- `".to_owned(),
            Kind::List(_) if takes(Kind::Map(Map::default())) => {
                "write `key: value`, without `- ` before it".to_owned()
            }
            Kind::Str(text) if takes(Kind::Map(Map::default())) => match without_space(text) {
                Some(hint) => hint,
                None => return problem,
            },
            _ => return problem,
        };
        problem.hint(hint)
    }

    fn wrong(&self, node: &Node, shape: &Shape, found: &str) -> Problem {
        let message = format!("{} is {found}, but must be {}", self.here(), either(&shape.called()));
        Problem::new(&node.place, message)
    }

    fn here(&self) -> String {
        if self.path.is_empty() { "the top level".to_owned() } else { format!("`{}`", written(&self.path)) }
    }
}

/// A path as people write it: `services.web.ports[0]`.
pub(super) fn written(path: &[Step<'_>]) -> String {
    let mut text = String::new();
    for step in path {
        match step {
            Step::Key(key) => {
                if !text.is_empty() {
                    text.push('.');
                }
                text.push_str(key);
            }
            Step::Item(index) => text.push_str(&format!("[{index}]")),
        }
    }
    text
}

/// A text in backticks, not all of it where it is long.
fn shown(text: &str) -> String {
    const LONGEST: usize = 60;
    if text.chars().count() <= LONGEST {
        return format!("`{}`", text.escape_debug());
    }
    let beginning: String = text.chars().take(LONGEST).collect();
    format!("`{}…`", beginning.escape_debug())
}

fn within(number: i128, least: Option<i128>, most: Option<i128>) -> bool {
    least.is_none_or(|least| number >= least) && most.is_none_or(|most| number <= most)
}
