//! A tree written down and read back without its places: what was applied is kept in a file, and where it once was
//! written no longer matters then.

use std::fmt;

use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Kind, Map, Node};

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match &self.kind {
            Kind::Null => to.serialize_unit(),
            Kind::Bool(yes) => to.serialize_bool(*yes),
            Kind::Int(number) => match (i64::try_from(*number), u64::try_from(*number)) {
                (Ok(number), _) => to.serialize_i64(number),
                (_, Ok(number)) => to.serialize_u64(number),
                _ => to.serialize_f64(*number as f64),
            },
            Kind::Float(number) => to.serialize_f64(*number),
            Kind::Str(text) => to.serialize_str(text),
            Kind::List(list) => to.collect_seq(list),
            Kind::Map(map) => to.collect_map(map.iter()),
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reader).map(Node::made)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Kind;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Kind, E> {
        Ok(Kind::Null)
    }

    fn visit_bool<E>(self, yes: bool) -> Result<Kind, E> {
        Ok(Kind::Bool(yes))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Kind, E> {
        Ok(Kind::Int(number.into()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Kind, E> {
        Ok(Kind::Int(number.into()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Kind, E> {
        Ok(Kind::Float(number))
    }

    fn visit_str<E>(self, text: &str) -> Result<Kind, E> {
        Ok(Kind::Str(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Kind, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Kind::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Kind, A::Error> {
        let mut map = Map::default();
        while let Some((key, value)) = entries.next_entry::<String, Node>()? {
            map.set(key, value);
        }
        Ok(Kind::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::stack::compose::{Node, yaml};

    #[test]
    fn a_tree_comes_back_as_it_was() {
        let text = "a: [1, -2, 1.5, true, ~, '1', \"\"]\nb: {z: {}, y: []}\nc: 18446744073709551615\n";
        let tree = yaml::parse(text, Path::new("compose.yaml")).unwrap().remove(0);
        let written = serde_json::to_string(&tree).unwrap();
        let read: Node = serde_json::from_str(&written).unwrap();
        assert_eq!(read, tree, "{written}");
        assert_eq!(serde_json::to_string(&read).unwrap(), written);
    }
}
