//! What each HTML element means to the text of a page. A table and no more;
//! the state that elements change is in the sink beside it.

use html5ever::tokenizer::Tag;
use html5ever::tokenizer::states::RawKind;
use html5ever::{LocalName, local_name};

/// What an element does to the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Nothing.
    Inline,
    /// A line end.
    Break,
    /// Stands on lines of its own.
    Line,
    /// Stands apart by blank lines.
    Paragraph,
    Heading(u8),
    Pre,
    List {
        ordered: bool,
    },
    Item,
    Table,
    Row,
    Cell,
    Title,
    Meta,
    /// Never part of the text.
    Dropped,
    /// Around the text rather than part of it.
    Furniture,
}

/// The role of the element called `name`.
pub fn role(name: &LocalName) -> Role {
    match *name {
        local_name!("a") | local_name!("span") | local_name!("code") | local_name!("em") => Role::Inline,
        local_name!("br") => Role::Break,
        local_name!("p")
        | local_name!("blockquote")
        | local_name!("section")
        | local_name!("article")
        | local_name!("main")
        | local_name!("figure")
        | local_name!("hr")
        | local_name!("dl")
        | local_name!("fieldset")
        | local_name!("details") => Role::Paragraph,
        local_name!("div")
        | local_name!("dt")
        | local_name!("dd")
        | local_name!("header")
        | local_name!("address")
        | local_name!("figcaption")
        | local_name!("caption")
        | local_name!("summary")
        | local_name!("form")
        | local_name!("option")
        | local_name!("center")
        | local_name!("body") => Role::Line,
        local_name!("h1") => Role::Heading(1),
        local_name!("h2") => Role::Heading(2),
        local_name!("h3") => Role::Heading(3),
        local_name!("h4") => Role::Heading(4),
        local_name!("h5") => Role::Heading(5),
        local_name!("h6") => Role::Heading(6),
        local_name!("pre") | local_name!("listing") | local_name!("xmp") => Role::Pre,
        local_name!("ul") | local_name!("menu") | local_name!("dir") => Role::List { ordered: false },
        local_name!("ol") => Role::List { ordered: true },
        local_name!("li") => Role::Item,
        local_name!("table") => Role::Table,
        local_name!("tr") => Role::Row,
        local_name!("td") | local_name!("th") => Role::Cell,
        local_name!("title") => Role::Title,
        local_name!("meta") => Role::Meta,
        local_name!("script")
        | local_name!("style")
        | local_name!("noscript")
        | local_name!("template")
        | local_name!("svg")
        | local_name!("iframe")
        | local_name!("noembed")
        | local_name!("noframes")
        | local_name!("textarea")
        | local_name!("select") => Role::Dropped,
        local_name!("nav") | local_name!("footer") | local_name!("aside") => Role::Furniture,
        _ => Role::Inline,
    }
}

/// How the tokenizer must read on after the element's start tag. A tree
/// builder would say; without one, it falls to us.
pub fn raw(name: &LocalName) -> Option<RawKind> {
    match *name {
        local_name!("script") => Some(RawKind::ScriptData),
        local_name!("style")
        | local_name!("xmp")
        | local_name!("iframe")
        | local_name!("noembed")
        | local_name!("noframes") => Some(RawKind::Rawtext),
        local_name!("title") | local_name!("textarea") => Some(RawKind::Rcdata),
        _ => None,
    }
}

/// The value of an attribute.
pub fn attribute<'a>(tag: &'a Tag, name: &LocalName) -> Option<&'a str> {
    tag.attrs.iter().find(|a| a.name.local == *name).map(|a| &*a.value)
}

/// Whether the element's attributes say that it is not content.
pub fn is_marked_as_furniture(tag: &Tag) -> bool {
    attribute(tag, &local_name!("role")).is_some_and(|role| role.eq_ignore_ascii_case("navigation"))
        || (tag.name == local_name!("a")
            && attribute(tag, &local_name!("class")).is_some_and(|class| class.contains("headerlink")))
}
