//! How the parts of a compose file are shaped once every short form is written long: which key holds what, and in which
//! order `config` prints it. The tables themselves are in [`super::service`] and [`super::resources`]; reading by them is
//! [`super`]'s, printing by them is that of [`render`](crate::stack::compose::render).

use crate::stack::compose::{Map, Node, Result};

/// What a value is.
#[derive(Clone, Copy)]
pub(in crate::stack::compose) enum Shape {
    /// A text; an empty one is not printed.
    Text,
    /// Yes or no; no is not printed.
    Flag,
    /// Yes or no, printed where it was written.
    Switch,
    /// Yes or no; yes is not printed.
    OptOut,
    /// A whole number; 0 is not printed.
    Number,
    /// A whole number, printed where it was written.
    Count,
    /// A whole number of so many bits; what does not fit is 0, and a text is not read.
    Short(u32),
    /// A number with single precision; 0 is not printed.
    Ratio,
    /// A number of bytes, printed as a text; 0 is not printed.
    Bytes,
    /// A duration; 0 is not printed.
    Delay,
    /// A duration, printed where it was written.
    Duration,
    /// The mode of a file, printed in octal.
    Mode,
    /// `all` (-1) or how many devices.
    Devices,
    /// A list of texts, or one.
    Texts,
    /// A command: a list of words, or a text that is split into words. Printed as `null` where there is none.
    Words,
    /// The test of a healthcheck.
    Test,
    /// Names and values, a value may be missing.
    Environment,
    /// Names and values, a missing value is empty.
    Labels,
    /// Names and values without the list form.
    Options,
    /// Names and values, where only texts and whole numbers are values.
    Strict,
    /// Names, each with one or more values.
    Choices,
    /// Hosts and addresses.
    Hosts,
    /// SSH agents and keys.
    Keys,
    /// One number, or a soft and a hard limit.
    Limit,
    /// A record, printed where it was written.
    Record(&'static Record),
    /// A record that JSON always shows.
    Embedded(&'static Record),
    /// A list of records.
    List(&'static Record),
    /// Records by name, of which one may be nothing.
    Named(&'static Record),
}

/// A record: its fields in the order in which they are printed, in groups that several records may share.
pub(in crate::stack::compose) struct Record {
    /// The fields.
    pub(in crate::stack::compose) groups: &'static [&'static [Field]],
}

/// Writes a short form long.
pub(super) type Long = fn(Node) -> Result<Node>;

/// Names an element of a list; of two with the same name the later one stays, at the place of the earlier one.
pub(super) type Name = fn(&Map) -> String;

/// A field of a record.
pub(in crate::stack::compose) struct Field {
    /// Its key.
    pub(in crate::stack::compose) name: &'static str,
    /// Its key in JSON.
    pub(in crate::stack::compose) json: &'static str,
    /// What it holds.
    pub(in crate::stack::compose) shape: Shape,
    /// It is printed even where it is empty.
    pub(in crate::stack::compose) always: bool,
    /// How a short form is written long.
    pub(super) long: Option<Long>,
    /// What its elements are told apart by.
    pub(super) unique: Option<Name>,
}

/// A field.
pub(super) const fn field(name: &'static str, shape: Shape) -> Field {
    Field { name, json: name, shape, always: false, long: None, unique: None }
}

impl Field {
    /// With short forms.
    pub(super) const fn long(mut self, long: Long) -> Self {
        self.long = Some(long);
        self
    }

    /// With elements that are told apart.
    pub(super) const fn unique(mut self, name: Name) -> Self {
        self.unique = Some(name);
        self
    }

    /// Printed even where it is empty.
    pub(super) const fn always(mut self) -> Self {
        self.always = true;
        self
    }

    /// With another key in JSON.
    pub(super) const fn json(mut self, name: &'static str) -> Self {
        self.json = name;
        self
    }
}

impl Record {
    /// The fields, in the order in which they are printed.
    pub(in crate::stack::compose) fn fields(&self) -> impl Iterator<Item = &'static Field> {
        self.groups.iter().flat_map(|group| group.iter())
    }

    /// The field with a key.
    pub(super) fn field(&self, name: &str) -> Option<&'static Field> {
        self.fields().find(|field| field.name == name)
    }
}
