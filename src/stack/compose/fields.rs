//! Reads what a resolved tree says, by key: there every value has one form, and what is not there is nothing. A value of
//! another kind than the one that is asked for is nothing too: the loader has seen to the kinds.

use std::collections::BTreeMap;
use std::time::Duration;

use super::canonical::units;
use super::{Kind, Map, Node, Place};

/// A mapping of the tree, or none.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    node: Option<&'a Node>,
}

impl<'a> Fields<'a> {
    /// What stands in a node.
    #[must_use]
    pub fn of(node: Option<&'a Node>) -> Self {
        Self { node: node.filter(|node| !node.is_null()) }
    }

    /// It was written, even if nothing stands in it.
    #[must_use]
    pub fn is_there(self) -> bool {
        self.node.is_some()
    }

    /// The value under a key.
    #[must_use]
    pub fn get(self, key: &str) -> Option<&'a Node> {
        self.map()?.get(key).filter(|node| !node.is_null())
    }

    /// There is a value under this key.
    #[must_use]
    pub fn has(self, key: &str) -> bool {
        self.get(key).is_some()
    }

    /// Where a key was written, or what it would be in.
    #[must_use]
    pub fn place(self, key: &str) -> Place {
        let of_key = self.map().and_then(|map| map.place_of(key));
        of_key.or_else(|| Some(&self.node?.place)).cloned().unwrap_or_else(Place::nowhere)
    }

    /// What stands under a key.
    #[must_use]
    pub fn fields(self, key: &str) -> Self {
        Self::of(self.get(key))
    }

    /// What stands under several keys, one in the other.
    #[must_use]
    pub fn at(self, path: &[&str]) -> Self {
        path.iter().fold(self, |fields, key| fields.fields(key))
    }

    /// A text that is not empty.
    #[must_use]
    pub fn text(self, key: &str) -> Option<&'a str> {
        self.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// The same, as its own.
    #[must_use]
    pub fn string(self, key: &str) -> Option<String> {
        self.text(key).map(str::to_owned)
    }

    /// Yes or no, where one of them was written.
    #[must_use]
    pub fn switch(self, key: &str) -> Option<bool> {
        match self.get(key)?.kind {
            Kind::Bool(yes) => Some(yes),
            _ => None,
        }
    }

    /// Yes was written.
    #[must_use]
    pub fn flag(self, key: &str) -> bool {
        self.switch(key) == Some(true)
    }

    /// A whole number; one of bytes may stand there as a text.
    #[must_use]
    pub fn number(self, key: &str) -> Option<i64> {
        match &self.get(key)?.kind {
            Kind::Int(number) => i64::try_from(*number).ok(),
            Kind::Float(number) => Some(*number as i64),
            Kind::Str(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A whole number other than 0, which is as good as none.
    #[must_use]
    pub fn amount(self, key: &str) -> Option<i64> {
        self.number(key).filter(|number| *number != 0)
    }

    /// Any number, with the precision that Docker Compose reads it with.
    #[must_use]
    pub fn ratio(self, key: &str) -> Option<f32> {
        match self.get(key)?.kind {
            Kind::Float(number) => Some(number as f32),
            Kind::Int(number) => Some(number as f32),
            _ => None,
        }
    }

    /// A duration in nanoseconds.
    #[must_use]
    pub fn nanoseconds(self, key: &str) -> Option<i64> {
        units::nanoseconds(self.text(key)?)
    }

    /// The texts of a list.
    #[must_use]
    pub fn texts(self, key: &str) -> Vec<String> {
        self.list(key).iter().filter_map(Node::as_str).map(str::to_owned).collect()
    }

    /// The texts of a list that is not empty.
    #[must_use]
    pub fn some_texts(self, key: &str) -> Option<Vec<String>> {
        Some(self.texts(key)).filter(|texts| !texts.is_empty())
    }

    /// The elements of a list.
    #[must_use]
    pub fn list(self, key: &str) -> &'a [Node] {
        self.get(key).and_then(Node::as_list).unwrap_or_default()
    }

    /// The mappings of a list.
    pub fn items(self, key: &str) -> impl Iterator<Item = Fields<'a>> {
        self.list(key).iter().map(|item| Fields::of(Some(item)))
    }

    /// The entries of a mapping, by name.
    #[must_use]
    pub fn named(self, key: &str) -> BTreeMap<&'a str, Fields<'a>> {
        let map = self.get(key).and_then(Node::as_map);
        map.into_iter().flat_map(Map::iter).map(|(name, node)| (name, Fields::of(Some(node)))).collect()
    }

    /// The names and values of a mapping; a name without a value has none.
    #[must_use]
    pub fn values(self, key: &str) -> BTreeMap<&'a str, Option<&'a str>> {
        let map = self.get(key).and_then(Node::as_map);
        map.into_iter().flat_map(Map::iter).map(|(name, node)| (name, node.as_str())).collect()
    }

    /// The names and values of a mapping, a missing value as an empty one.
    pub fn pairs<T: FromIterator<(String, String)>>(self, key: &str) -> T {
        let text = |value: Option<&str>| value.unwrap_or_default().to_owned();
        self.values(key).into_iter().map(|(name, value)| (name.to_owned(), text(value))).collect()
    }

    fn map(self) -> Option<&'a Map> {
        self.node?.as_map()
    }
}

/// A duration as it is written in compose files; none where it is not one, or less than nothing.
#[must_use]
pub fn duration(text: &str) -> Option<Duration> {
    units::nanoseconds(text).and_then(|time| u64::try_from(time).ok()).map(Duration::from_nanos)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::stack::compose::yaml;

    #[test]
    fn what_is_not_there_is_nothing() {
        let text = "a: {b: {c: 5, d: '7'}}\nempty: ''\nnothing: ~\nlist: [x, 1, y]\n";
        let tree = yaml::parse(text, Path::new("compose.yaml")).unwrap().remove(0);
        let fields = Fields::of(Some(&tree));
        let inner = fields.at(&["a", "b"]);
        assert_eq!((inner.number("c"), inner.number("d"), inner.number("e")), (Some(5), Some(7), None));
        assert_eq!(
            (fields.text("empty"), fields.has("nothing"), fields.at(&["x", "y"]).is_there()),
            (None, false, false)
        );
        assert_eq!(fields.texts("list"), ["x", "y"]);
        assert_eq!((inner.place("c").line, inner.place("nowhere").line), (1, 1));
    }
}
