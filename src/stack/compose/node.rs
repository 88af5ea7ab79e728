//! A tree in which every value knows where it was written. It holds what YAML can say and no more; what a value means
//! is for those who read it.

use std::path::Path;
use std::sync::Arc;

use indexmap::IndexMap;

mod plain;

/// Where something was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file, as it was named; empty where no file says it.
    pub file: Arc<Path>,
    /// The line, from 1; 0 where no file says it.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
}

/// A value.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Nothing: `~`, `null`, or no value at all.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i128),
    /// Any other number.
    Float(f64),
    /// A text.
    Str(String),
    /// A sequence.
    List(Vec<Node>),
    /// A mapping.
    Map(Map),
}

/// A value and where it was written. Two are equal where their values are, wherever they were written.
#[derive(Debug, Clone)]
pub struct Node {
    /// The value.
    pub kind: Kind,
    /// Where it was written.
    pub place: Place,
    /// What a tag asks for where files are merged.
    pub tag: Option<Tag>,
}

/// The tags that Compose gives a meaning when files are merged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tag {
    /// `!reset`: what earlier files say goes.
    Reset,
    /// `!override`: what earlier files say is replaced, not merged.
    Override,
}

/// A key and where it was written.
#[derive(Debug, Clone)]
pub struct Key {
    /// Its name.
    pub name: String,
    /// Where it was written.
    pub place: Place,
}

/// A mapping, in the order in which it was written.
#[derive(Debug, Clone, Default)]
pub struct Map {
    entries: IndexMap<String, (Place, Node)>,
}

impl Place {
    /// No place in a file: a default.
    #[must_use]
    pub fn nowhere() -> Self {
        Self { file: Path::new("").into(), line: 0, column: 0 }
    }
}

impl Node {
    /// A value at a place.
    #[must_use]
    pub fn new(kind: Kind, place: Place) -> Self {
        Self { kind, place, tag: None }
    }

    /// A value that no file says.
    #[must_use]
    pub fn made(kind: Kind) -> Self {
        Self::new(kind, Place::nowhere())
    }

    /// A text that no file says.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self::made(Kind::Str(text.into()))
    }

    /// It is `null`, or nothing was written.
    #[must_use]
    pub fn is_null(&self) -> bool {
        matches!(self.kind, Kind::Null)
    }

    /// The text, where it is one.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        if let Kind::Str(text) = &self.kind { Some(text) } else { None }
    }

    /// The mapping, where it is one.
    #[must_use]
    pub fn as_map(&self) -> Option<&Map> {
        if let Kind::Map(map) = &self.kind { Some(map) } else { None }
    }

    /// The mapping, where it is one.
    pub fn as_map_mut(&mut self) -> Option<&mut Map> {
        if let Kind::Map(map) = &mut self.kind { Some(map) } else { None }
    }

    /// The sequence, where it is one.
    #[must_use]
    pub fn as_list(&self) -> Option<&[Node]> {
        if let Kind::List(list) = &self.kind { Some(list) } else { None }
    }

    /// What it is called in a message: `a mapping`, `a string`.
    #[must_use]
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Null => "nothing",
            Kind::Bool(_) => "a boolean",
            Kind::Int(_) | Kind::Float(_) => "a number",
            Kind::Str(_) => "a string",
            Kind::List(_) => "a list",
            Kind::Map(_) => "a mapping",
        }
    }
}

impl Default for Node {
    /// Nothing, which no file says.
    fn default() -> Self {
        Self::made(Kind::Null)
    }
}

impl PartialEq for Node {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind
    }
}

impl Map {
    /// The value under a key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries.get(key).map(|(_, node)| node)
    }

    /// The value under a key.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        self.entries.get_mut(key).map(|(_, node)| node)
    }

    /// Where a key was written.
    #[must_use]
    pub fn place_of(&self, key: &str) -> Option<&Place> {
        self.entries.get(key).map(|(place, _)| place)
    }

    /// There is such a key.
    #[must_use]
    pub fn has(&self, key: &str) -> bool {
        self.entries.contains_key(key)
    }

    /// Puts a value under a key; what was there keeps its position and is given back.
    pub fn put(&mut self, key: Key, node: Node) -> Option<Node> {
        self.entries.insert(key.name, (key.place, node)).map(|(_, node)| node)
    }

    /// Puts a value that no file says under a key.
    pub fn set(&mut self, key: impl Into<String>, node: Node) -> Option<Node> {
        self.put(Key { name: key.into(), place: node.place.clone() }, node)
    }

    /// Takes a value out; the others keep their order.
    pub fn remove(&mut self, key: &str) -> Option<Node> {
        self.entries.shift_remove(key).map(|(_, node)| node)
    }

    /// Everything, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&str, &Node)> {
        self.entries.iter().map(|(key, (_, node))| (key.as_str(), node))
    }

    /// Everything, in order.
    pub fn iter_mut(&mut self) -> impl DoubleEndedIterator<Item = (&str, &mut Node)> {
        self.entries.iter_mut().map(|(key, (_, node))| (key.as_str(), node))
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl PartialEq for Map {
    /// The order does not matter.
    fn eq(&self, other: &Self) -> bool {
        self.len() == other.len() && self.iter().all(|(key, node)| other.get(key) == Some(node))
    }
}

impl IntoIterator for Map {
    type Item = (Key, Node);
    type IntoIter = std::iter::Map<
        indexmap::map::IntoIter<String, (Place, Node)>,
        fn((String, (Place, Node))) -> (Key, Node),
    >;

    fn into_iter(self) -> Self::IntoIter {
        self.entries.into_iter().map(|(name, (place, node))| (Key { name, place }, node))
    }
}

impl FromIterator<(Key, Node)> for Map {
    fn from_iter<I: IntoIterator<Item = (Key, Node)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, node) in entries {
            map.put(key, node);
        }
        map
    }
}
