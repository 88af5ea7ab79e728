//! The tags `!reset` and `!override`: which places of earlier files they empty. They are read once, when a file is
//! taken in; after that a tree has no tags.

use crate::stack::compose::node::Tag;
use crate::stack::compose::{Kind, Map, Node};

/// The places at which a file takes out what earlier files say.
#[derive(Debug, Clone, Default)]
pub struct Resets {
    places: Vec<Vec<String>>,
}

impl Resets {
    /// Takes the tags out of a tree. What is tagged with `!reset` goes with its tag; what is tagged with `!override`
    /// stays. Inside lists a tag empties nothing elsewhere, for the entries of two lists do not correspond.
    #[must_use]
    pub fn take(node: &mut Node) -> Self {
        let mut resets = Self::default();
        resets.look(node, Some(&mut Vec::new()));
        resets
    }

    fn look(&mut self, node: &mut Node, mut path: Option<&mut Vec<String>>) {
        match &mut node.kind {
            Kind::Map(map) => {
                let entries = std::mem::take(map).into_iter();
                let kept: Map = entries
                    .filter_map(|(key, mut value)| {
                        let tag = value.tag.take();
                        if let Some(path) = path.as_deref_mut() {
                            path.push(key.name.clone());
                            if tag.is_some() {
                                self.places.push(path.clone());
                            }
                        }
                        if tag.is_none() {
                            self.look(&mut value, path.as_deref_mut());
                        } else {
                            drop(Self::take(&mut value));
                        }
                        if let Some(path) = path.as_deref_mut() {
                            path.pop();
                        }
                        (tag != Some(Tag::Reset)).then_some((key, value))
                    })
                    .collect();
                *map = kept;
            }
            Kind::List(entries) => {
                entries.retain(|entry| entry.tag != Some(Tag::Reset));
                for entry in entries {
                    entry.tag = None;
                    self.look(entry, None);
                }
            }
            _ => {}
        }
    }

    /// Takes out of a tree what stands at these places.
    pub fn apply(&self, node: &mut Node) {
        self.apply_within(node, &[]);
    }

    /// Takes out what stands at these places of a part of a tree, which is found at a path.
    pub fn apply_within(&self, node: &mut Node, path: &[&str]) {
        for place in &self.places {
            let within = place.get(path.len()..).filter(|_| place.iter().zip(path).all(|(a, b)| a == b));
            let Some((last, parents)) = within.and_then(<[String]>::split_last) else { continue };
            let parent = parents.iter().try_fold(&mut *node, |node, key| node.as_map_mut()?.get_mut(key));
            if let Some(map) = parent.and_then(Node::as_map_mut) {
                map.remove(last);
            }
        }
    }
}
