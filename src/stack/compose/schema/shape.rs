//! The words in which the schema is written: text, number, list of, mapping of, one of. A shape says what a value may
//! look like; it does not look at any value itself ([`super::walk`] does).

use crate::stack::compose::node::Kind;

/// What a value may look like.
#[derive(Clone, Copy)]
pub(super) enum Shape {
    /// Nothing at all.
    Null,
    /// `true` or `false`.
    Flag,
    /// Any text.
    Text,
    /// One of some words.
    Word(&'static [&'static str]),
    /// A text of a form: how that is called in a message, and whether a text has it.
    Form(&'static str, fn(&str) -> bool),
    /// Any number.
    Number,
    /// A whole number, within limits where there are some.
    Whole(Option<i128>, Option<i128>),
    /// A list of which each item has a shape.
    List(&'static Shape),
    /// A list of which each item has a shape and none is there twice.
    Set(&'static Shape),
    /// A mapping of freely chosen names.
    Names(Names),
    /// A mapping of known keys.
    Fields(Fields),
    /// One of several; no two of them take the same kind of value.
    OneOf(&'static [&'static Shape]),
}

/// A mapping of freely chosen names.
#[derive(Clone, Copy)]
pub(super) struct Names {
    /// Which names.
    pub(super) named: Named,
    /// What stands under each.
    pub(super) of: &'static Shape,
    /// Other names are accepted as well, with whatever stands under them.
    pub(super) lenient: bool,
}

/// Which names may be chosen.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Named {
    /// Letters, digits, `.`, `_` and `-`: what a service may be called.
    Resource,
    /// Lower-case letters: what a limit is called.
    Lower,
    /// Anything on one line.
    Line,
    /// Anything that is not empty.
    Some,
}

/// A mapping of known keys.
#[derive(Clone, Copy)]
pub(super) struct Fields {
    /// The keys that are its own.
    pub(super) keys: &'static [(&'static str, &'static Shape)],
    /// Further groups of keys, which it has in common with others.
    pub(super) also: &'static [&'static Shape],
    /// The keys that must be there.
    pub(super) needs: &'static [&'static str],
    /// Keys of which one must be there.
    pub(super) needs_one: &'static [&'static str],
    /// `x-…` is accepted.
    pub(super) extensible: bool,
    /// Unknown keys are accepted.
    pub(super) lenient: bool,
}

pub(super) const NULL: &Shape = &Shape::Null;
pub(super) const FLAG: &Shape = &Shape::Flag;
pub(super) const TEXT: &Shape = &Shape::Text;
pub(super) const NUMBER: &Shape = &Shape::Number;
pub(super) const WHOLE: &Shape = &Shape::Whole(None, None);
pub(super) const COUNT: &Shape = &Shape::Whole(Some(0), None);
pub(super) const FLAG_OR_TEXT: &Shape = &one_of(&[FLAG, TEXT]);
pub(super) const NUMBER_OR_TEXT: &Shape = &one_of(&[NUMBER, TEXT]);
pub(super) const WHOLE_OR_TEXT: &Shape = &one_of(&[WHOLE, TEXT]);
pub(super) const TEXTS: &Shape = &list(TEXT);
pub(super) const TEXT_SET: &Shape = &set(TEXT);

/// A list of what has a shape.
pub(super) const fn list(of: &'static Shape) -> Shape {
    Shape::List(of)
}

/// A list of what has a shape, none of it twice.
pub(super) const fn set(of: &'static Shape) -> Shape {
    Shape::Set(of)
}

/// One of several shapes.
pub(super) const fn one_of(shapes: &'static [&'static Shape]) -> Shape {
    Shape::OneOf(shapes)
}

/// One of some words.
pub(super) const fn word(words: &'static [&'static str]) -> Shape {
    Shape::Word(words)
}

/// A whole number within limits.
pub(super) const fn within(least: i128, most: i128) -> Shape {
    Shape::Whole(Some(least), Some(most))
}

/// A mapping of names, no others.
pub(super) const fn map_of(named: Named, of: &'static Shape) -> Shape {
    Shape::Names(Names { named, of, lenient: false })
}

/// A mapping of known keys and `x-…`.
pub(super) const fn mapping(keys: &'static [(&'static str, &'static Shape)]) -> Shape {
    Shape::Fields(Fields { keys, also: &[], needs: &[], needs_one: &[], extensible: true, lenient: false })
}

impl Shape {
    /// The keys of a mapping.
    const fn the_fields(self) -> Fields {
        match self {
            Self::Fields(fields) => fields,
            _ => panic!("invariant: only a mapping of known keys has fields"),
        }
    }

    /// Further groups of keys.
    pub(super) const fn and(self, also: &'static [&'static Shape]) -> Self {
        Self::Fields(Fields { also, ..self.the_fields() })
    }

    /// These keys must be there.
    pub(super) const fn needs(self, needs: &'static [&'static str]) -> Self {
        Self::Fields(Fields { needs, ..self.the_fields() })
    }

    /// One of these keys must be there.
    pub(super) const fn needs_one(self, needs_one: &'static [&'static str]) -> Self {
        Self::Fields(Fields { needs_one, ..self.the_fields() })
    }

    /// No `x-…`.
    pub(super) const fn without_extensions(self) -> Self {
        Self::Fields(Fields { extensible: false, ..self.the_fields() })
    }

    /// Unknown keys or names are accepted as well.
    pub(super) const fn lenient(self) -> Self {
        match self {
            Self::Names(names) => Self::Names(Names { lenient: true, ..names }),
            other => Self::Fields(Fields { lenient: true, ..other.the_fields() }),
        }
    }

    /// A value of this kind is what it speaks of, whether or not it is right.
    pub(super) fn takes(&self, kind: &Kind) -> bool {
        match self {
            Self::Null => matches!(kind, Kind::Null),
            Self::Flag => matches!(kind, Kind::Bool(_)),
            Self::Text | Self::Word(_) | Self::Form(..) => matches!(kind, Kind::Str(_)),
            Self::Number | Self::Whole(..) => matches!(kind, Kind::Int(_) | Kind::Float(_)),
            Self::List(_) | Self::Set(_) => matches!(kind, Kind::List(_)),
            Self::Names(_) | Self::Fields(_) => matches!(kind, Kind::Map(_)),
            Self::OneOf(shapes) => shapes.iter().any(|shape| shape.takes(kind)),
        }
    }

    /// How it is called in a message, one phrase for each way of writing it.
    pub(super) fn called(&self) -> Vec<String> {
        let one = match self {
            Self::Null => "nothing".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Text => "a string".to_owned(),
            Self::Word(words) => return words.iter().map(|word| format!("`{word}`")).collect(),
            Self::Form(called, _) => (*called).to_owned(),
            Self::Number => "a number".to_owned(),
            Self::Whole(None, None) => "a whole number".to_owned(),
            Self::Whole(Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
            Self::Whole(Some(least), None) => format!("a whole number from {least} on"),
            Self::Whole(None, Some(most)) => format!("a whole number up to {most}"),
            Self::List(_) | Self::Set(_) => "a list".to_owned(),
            Self::Names(_) | Self::Fields(_) => "a mapping".to_owned(),
            Self::OneOf(shapes) => return shapes.iter().flat_map(|shape| shape.called()).collect(),
        };
        vec![one]
    }
}

impl Fields {
    /// All its keys, its own and those it has in common with others.
    pub(super) fn all(&self) -> impl Iterator<Item = (&'static str, &'static Shape)> + use<> {
        let common = self.also.iter().filter_map(|shape| match shape {
            Shape::Fields(fields) => Some(fields.keys),
            _ => None,
        });
        std::iter::once(self.keys).chain(common).flatten().copied()
    }

    /// What stands under a key.
    pub(super) fn get(&self, key: &str) -> Option<&'static Shape> {
        self.all().find_map(|(name, shape)| (name == key).then_some(shape))
    }
}

impl Named {
    /// A name may be chosen.
    pub(super) fn accepts(self, name: &str) -> bool {
        match self {
            Self::Resource => {
                !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b))
            }
            Self::Lower => !name.is_empty() && name.bytes().all(|b| b.is_ascii_lowercase()),
            Self::Line => !name.is_empty() && !name.contains('\n'),
            Self::Some => name.contains(|c| c != '\n'),
        }
    }

    /// What a name consists of, for a message.
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Resource => "letters, digits, `.`, `_` and `-`",
            Self::Lower => "lower-case letters",
            Self::Line => "anything on one line",
            Self::Some => "at least one character",
        }
    }
}
