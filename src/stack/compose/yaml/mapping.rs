//! A mapping while it is read: keys are texts, none is given twice, and `<<` merges.

use crate::stack::compose::node::{Key, Kind, Map, Node, Place, Tag};
use crate::stack::compose::problem::{Problem, Result};

/// A mapping that is not yet complete.
#[derive(Default)]
pub struct Mapping {
    map: Map,
    /// The key whose value comes next.
    key: Option<Field>,
    /// Where `<<` was written, and what is merged, in order.
    merge: Option<(Place, Vec<Map>)>,
}

enum Field {
    Named(Key),
    Merge(Place),
}

impl Mapping {
    /// What comes next is a key.
    pub fn expects_key(&self) -> bool {
        self.key.is_none()
    }

    /// Takes a key.
    pub fn begin(&mut self, node: Node) -> Result<()> {
        let Kind::Str(name) = node.kind else {
            let found = written(&node.kind);
            let message = format!("the key `{found}` is {}, not a string", node.kind_name());
            return Err(Problem::new(&node.place, message).hint(format!("put it in quotes: `\"{found}\"`")));
        };
        if let Some(first) = self.map.place_of(&name) {
            return Err(twice(&node.place, &name, first).hint("keep one of them"));
        }
        self.key = Some(Field::Named(Key { name, place: node.place }));
        Ok(())
    }

    /// Takes `<<`.
    pub fn begin_merge(&mut self, place: Place) -> Result<()> {
        if let Some((first, _)) = &self.merge {
            return Err(twice(&place, "<<", first).hint("merge several with a list: `<<: [*a, *b]`"));
        }
        self.key = Some(Field::Merge(place));
        Ok(())
    }

    /// Takes the value of the key before it.
    pub fn fill(&mut self, node: Node) -> Result<()> {
        match self.key.take() {
            Some(Field::Named(key)) => {
                self.map.put(key, node);
            }
            Some(Field::Merge(place)) => self.merge = Some((place.clone(), merged(node, &place)?)),
            None => {}
        }
        Ok(())
    }

    /// All entries: its own, then those of what is merged that neither it nor an earlier one has.
    pub fn complete(self) -> Map {
        let mut map = self.map;
        for (key, node) in self.merge.into_iter().flat_map(|(_, maps)| maps).flatten() {
            if !map.has(&key.name) {
                map.put(key, node);
            }
        }
        map
    }
}

/// The mappings that a merge key at a place names, one or several.
fn merged(node: Node, place: &Place) -> Result<Vec<Map>> {
    let one = |node: Node| {
        let found = node.kind_name();
        let Kind::Map(map) = node.kind else {
            return Err(Problem::new(place, format!("`<<` merges {found}"))
                .hint("it takes a mapping or a list of mappings, mostly by alias: `<<: *name`"));
        };
        Ok(map)
    };
    match node.kind {
        _ if node.tag == Some(Tag::Reset) => Ok(Vec::new()),
        Kind::List(list) => list.into_iter().map(one).collect(),
        _ => Ok(vec![one(node)?]),
    }
}

/// A key that is no text, as a person would write it.
fn written(kind: &Kind) -> String {
    match kind {
        Kind::Bool(value) => value.to_string(),
        Kind::Int(number) => number.to_string(),
        Kind::Float(number) => number.to_string(),
        Kind::Null => "null".to_owned(),
        Kind::Str(text) => text.clone(),
        Kind::List(_) => "[…]".to_owned(),
        Kind::Map(_) => "{…}".to_owned(),
    }
}

fn twice(place: &Place, name: &str, first: &Place) -> Problem {
    let (line, column) = (first.line, first.column);
    Problem::new(place, format!("the key `{name}` is given twice, first in line {line} column {column}"))
}
