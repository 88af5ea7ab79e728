//! What a Word document's paragraph styles mean: which are headings, and which
//! are lists. Word keeps the English name of its built-in styles in every
//! language, so names decide; looks are never considered.

use super::archive::Part;
use super::body::attribute;
use quick_xml::events::{BytesStart, Event};
use std::collections::HashMap;

/// How far one style may be based on another, and that on a third.
const INHERITANCE_MAX: usize = 12;

/// The paragraph styles of a document.
#[derive(Debug, Default)]
pub struct Styles(HashMap<String, Style>);

/// What one style says itself.
#[derive(Debug, Default)]
struct Style {
    level: Option<u8>,
    list: bool,
    based_on: Option<String>,
}

/// What a paragraph is by its style.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A heading of this level.
    Heading(u8),
    /// A list item.
    Item,
    /// Anything else.
    Plain,
}

impl Styles {
    /// Reads `word/styles.xml`, as far as it can be read.
    pub fn read(mut part: Part<'_, '_>) -> Self {
        let mut styles = HashMap::new();
        let mut buffer = Vec::new();
        let mut open: Option<(String, Style)> = None;
        while let Ok(event) = part.read_event_into(&mut buffer) {
            match event {
                Event::Start(tag) if tag.local_name().as_ref() == "style" => {
                    open = attribute(&tag, "styleId").map(|id| (id, Style::default()));
                }
                Event::Start(tag) | Event::Empty(tag) => {
                    if let Some((_, style)) = &mut open {
                        style.learn(&tag);
                    }
                }
                Event::End(tag) if tag.local_name().as_ref() == "style" => styles.extend(open.take()),
                Event::Eof => break,
                _ => {}
            }
            buffer.clear();
        }
        Self(styles)
    }

    /// What the style called `id` makes of a paragraph.
    pub fn kind(&self, id: &str) -> Kind {
        let mut next = Some(id);
        let mut list = false;
        for _ in 0..INHERITANCE_MAX {
            let Some(id) = next else { break };
            let Some(style) = self.0.get(id) else {
                // Without its definition, a style that is called Heading1 still says enough.
                return level_of(&id.to_ascii_lowercase()).map_or(Kind::Plain, Kind::Heading);
            };
            if let Some(level) = style.level {
                return Kind::Heading(level);
            }
            list |= style.list;
            next = style.based_on.as_deref();
        }
        if list { Kind::Item } else { Kind::Plain }
    }
}

impl Style {
    fn learn(&mut self, tag: &BytesStart<'_>) {
        let value = || attribute(tag, "val");
        match tag.local_name().as_ref() {
            "name" => {
                self.level = self.level.or(value().and_then(|name| level_of(&name.to_ascii_lowercase())));
            }
            "basedOn" => self.based_on = value(),
            "outlineLvl" => self.level = self.level.or(value().and_then(|level| outline_level(&level))),
            "numPr" => self.list = true,
            _ => {}
        }
    }
}

/// The heading level in a style's lower-case name.
fn level_of(name: &str) -> Option<u8> {
    if name == "title" {
        return Some(1);
    }
    let level = name.strip_prefix("heading")?.trim_start().parse().ok()?;
    (1..=9).contains(&level).then_some(level)
}

/// The heading level of an outline level, which counts from 0 and has 9 for body text.
pub fn outline_level(value: &str) -> Option<u8> {
    value.parse().ok().filter(|level| *level < 9).map(|level: u8| level + 1)
}
