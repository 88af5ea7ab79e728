//! The events of the parser put together into trees, aliases expanded. What a mapping accepts as a key and
//! what `<<` does is for [`Mapping`] to know.

use std::collections::HashMap;

use libyaml_safer::{EventData, ScalarStyle};

use super::limits::{DEEPEST, Usage};
use super::mapping::Mapping;
use super::scalar;
use crate::stack::compose::node::{Kind, Node, Place, Tag};
use crate::stack::compose::problem::{Problem, Result};

/// Puts the documents of one file together.
#[derive(Default)]
pub struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<String, Anchored>,
    usage: Usage,
}

/// A sequence or a mapping that is not yet complete.
struct Open {
    place: Place,
    tag: Option<Tag>,
    anchor: Option<String>,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map(Mapping),
}

/// What an anchor stands for.
struct Anchored {
    node: Node,
    /// How many values and keys it is.
    values: usize,
    /// How deep its values nest.
    height: usize,
}

impl Builder {
    /// A document begins.
    pub fn begin(&mut self) {
        self.open.clear();
        self.anchors.clear();
        self.usage.next_document();
        self.root = None;
    }

    /// A document ends: its tree.
    pub fn finish(&mut self) -> Option<Node> {
        self.root.take()
    }

    /// Takes the next event of a document.
    pub fn event(&mut self, event: EventData, place: Place) -> Result<()> {
        match event {
            EventData::Scalar { anchor, tag, value, style, .. } => {
                let plain = style == ScalarStyle::Plain;
                self.scalar(value, plain, anchor, tag.as_deref(), place)
            }
            EventData::Alias { anchor } => self.alias(&anchor, place),
            EventData::SequenceStart { anchor, tag, .. } => {
                self.start(Content::List(Vec::new()), anchor, tag.as_deref(), place)
            }
            EventData::MappingStart { anchor, tag, .. } => {
                self.start(Content::Map(Mapping::default()), anchor, tag.as_deref(), place)
            }
            EventData::SequenceEnd | EventData::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn scalar(
        &mut self,
        value: String,
        plain: bool,
        anchor: Option<String>,
        tag: Option<&str>,
        place: Place,
    ) -> Result<()> {
        let is_merge = plain && tag.is_none() && value == "<<";
        let kind = scalar::resolve(value, plain, tag).map_err(|wrong| {
            Problem::new(&place, wrong).hint("remove the tag or write a value that fits it")
        })?;
        let mut node = Node::new(kind, place);
        node.tag = merge_tag(tag);
        if node.tag == Some(Tag::Reset) {
            node.kind = Kind::Null;
        }
        if is_merge && let Some(mapping) = self.expects_key() {
            mapping.begin_merge(node.place.clone())?;
            return self.usage.key().map_err(|wrong| too_much(&node.place, wrong));
        }
        self.remember(anchor, &node)?;
        self.add(node)
    }

    fn alias(&mut self, anchor: &str, place: Place) -> Result<()> {
        if self.open.iter().any(|open| open.anchor.as_deref() == Some(anchor)) {
            return Err(Problem::new(&place, format!("`*{anchor}` stands inside of what `&{anchor}` names"))
                .hint("an anchor must be complete before an alias repeats it"));
        }
        let Some(anchored) = self.anchors.get(anchor) else {
            return Err(Problem::new(&place, format!("nothing is named `&{anchor}` before this"))
                .hint(format!("write `&{anchor}` at the value that `*{anchor}` repeats")));
        };
        self.usage.alias(anchored.values).map_err(|wrong| too_much(&place, wrong))?;
        if self.open.len() + anchored.height > DEEPEST {
            return Err(too_deep(&place));
        }
        let node = anchored.node.clone();
        self.add(node)
    }

    fn start(
        &mut self,
        content: Content,
        anchor: Option<String>,
        tag: Option<&str>,
        place: Place,
    ) -> Result<()> {
        if self.expects_key().is_some() {
            return Err(Problem::new(&place, "a key is a list or a mapping")
                .hint("a key is a text; a text with braces or brackets needs quotes: `\"{{ name }}\"`"));
        }
        if self.open.len() >= DEEPEST {
            return Err(too_deep(&place));
        }
        self.open.push(Open { place, tag: merge_tag(tag), anchor, content });
        Ok(())
    }

    fn end(&mut self) -> Result<()> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let kind = match open.content {
            Content::List(list) => Kind::List(list),
            Content::Map(mapping) => Kind::Map(mapping.complete()),
        };
        let kind = if open.tag == Some(Tag::Reset) { Kind::Null } else { kind };
        let node = Node { kind, place: open.place, tag: open.tag };
        self.remember(open.anchor, &node)?;
        self.add(node)
    }

    /// The innermost mapping, where what comes next is a key of it.
    fn expects_key(&mut self) -> Option<&mut Mapping> {
        match self.open.last_mut() {
            Some(Open { content: Content::Map(mapping), .. }) if mapping.expects_key() => Some(mapping),
            _ => None,
        }
    }

    fn remember(&mut self, anchor: Option<String>, node: &Node) -> Result<()> {
        if let Some(anchor) = anchor {
            let (values, height) = measure(node);
            self.usage.anchor(values).map_err(|wrong| too_much(&node.place, wrong))?;
            self.anchors.insert(anchor, Anchored { node: node.clone(), values, height });
        }
        Ok(())
    }

    /// Puts a complete value where it belongs: it may also be a key.
    fn add(&mut self, node: Node) -> Result<()> {
        if let Some(mapping) = self.expects_key() {
            let place = node.place.clone();
            mapping.begin(node)?;
            return self.usage.key().map_err(|wrong| too_much(&place, wrong));
        }
        self.usage.value().map_err(|wrong| too_much(&node.place, wrong))?;
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(list)) => list.push(node),
            Some(Content::Map(mapping)) => mapping.fill(node)?,
        }
        Ok(())
    }
}

/// The tags that mean something to those who merge files; other tags say nothing about lists and mappings.
fn merge_tag(tag: Option<&str>) -> Option<Tag> {
    match tag? {
        "!reset" => Some(Tag::Reset),
        "!override" => Some(Tag::Override),
        _ => None,
    }
}

/// How many values and keys a tree is, and how deep they nest. The tree is no deeper than [`DEEPEST`].
fn measure(node: &Node) -> (usize, usize) {
    let (mut values, mut height) = (1, 0);
    let mut count = |child: &Node, keys: usize| {
        let (below, depth) = measure(child);
        values += below + keys;
        height = height.max(depth + 1);
    };
    match &node.kind {
        Kind::List(list) => list.iter().for_each(|child| count(child, 0)),
        Kind::Map(map) => map.iter().for_each(|(_, child)| count(child, 1)),
        _ => {}
    }
    (values, height)
}

fn too_much(place: &Place, wrong: String) -> Problem {
    Problem::new(place, wrong).hint("write less with aliases: each repeats all that its anchor names")
}

fn too_deep(place: &Place) -> Problem {
    Problem::new(place, format!("values nest deeper than {DEEPEST} levels"))
}
