//! The tokenizer's sink: follows the tags of a page and writes its text. It
//! keeps only what the next token needs (open lists, the open row, what is
//! being skipped), so its memory does not grow with nesting beyond a few bytes
//! a level, and a missing end tag can only ever cost layout.

use super::super::Extracted;
use super::super::builder::{Builder, Gap};
use super::tags::{self, Role};
use html5ever::tokenizer::{CharacterTokens, TagToken};
use html5ever::tokenizer::{Tag, TagKind, Token, TokenSink, TokenSinkResult};
use html5ever::{LocalName, local_name};
use std::cell::RefCell;

/// A cell longer than this is layout rather than data, and may have paragraphs.
const CELL_MAX: usize = 400;

/// Deepest indentation of list items, in levels.
const INDENT_MAX: usize = 4;

/// Collects the text of a page.
pub struct Sink(RefCell<Page>);

impl Sink {
    /// A sink that leaves out what surrounds the text.
    pub fn new() -> Self {
        Self(RefCell::new(Page::new(false)))
    }

    /// A sink that keeps what surrounds the text.
    pub fn keeping_furniture() -> Self {
        Self(RefCell::new(Page::new(true)))
    }

    /// The document read so far.
    pub fn finish(self) -> Extracted {
        self.0.into_inner().finish()
    }
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.0.borrow_mut();
        match token {
            CharacterTokens(text) => page.text(&text),
            TagToken(tag) if tag.kind == TagKind::StartTag => {
                page.start(&tag);
                if let Some(kind) = tags::raw(&tag.name) {
                    return TokenSinkResult::RawData(kind);
                }
            }
            TagToken(tag) => page.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

struct Page {
    out: Builder,
    keep_furniture: bool,
    /// The element being skipped, and how many of that name are open.
    skipping: Option<(LocalName, u32)>,
    /// The words of the open `<title>`.
    in_title: Option<String>,
    title: Option<String>,
    og_title: Option<String>,
    /// Open lists: the number of the next item, or none for bullets.
    lists: Vec<Option<u32>>,
    /// Where the open cell of the open row begins, if there is one.
    cell: Option<usize>,
    pre: bool,
    /// Whether a line feed right here belongs to the `<pre>` tag.
    pre_began: bool,
}

impl Page {
    fn new(keep_furniture: bool) -> Self {
        Self {
            out: Builder::new(),
            keep_furniture,
            skipping: None,
            in_title: None,
            title: None,
            og_title: None,
            lists: Vec::new(),
            cell: None,
            pre: false,
            pre_began: false,
        }
    }

    fn text(&mut self, text: &str) {
        if self.skipping.is_some() {
        } else if let Some(title) = &mut self.in_title {
            title.push_str(text);
        } else if self.pre {
            let began = std::mem::take(&mut self.pre_began);
            self.out.verbatim(if began { text.strip_prefix('\n').unwrap_or(text) } else { text });
        } else {
            self.out.words(text);
        }
    }

    fn start(&mut self, tag: &Tag) {
        if let Some((name, depth)) = &mut self.skipping {
            *depth += u32::from(*name == tag.name);
            return;
        }
        let role = tags::role(&tag.name);
        let furniture = role == Role::Furniture || tags::is_marked_as_furniture(tag);
        if role == Role::Dropped || (furniture && !self.keep_furniture) {
            // `<svg/>` is the one of these that may really be empty.
            if !(tag.self_closing && tag.name == local_name!("svg")) {
                self.skipping = Some((tag.name.clone(), 1));
            }
            return;
        }
        match role {
            Role::Inline | Role::Dropped => {}
            Role::Break => self.break_line(),
            Role::Line => self.block(Gap::Line),
            Role::Paragraph | Role::Furniture => self.block(Gap::Blank),
            Role::Heading(level) => {
                self.cell = None;
                self.out.begin_heading(level);
            }
            Role::Pre => {
                self.cell = None;
                self.block(Gap::Blank);
                (self.pre, self.pre_began) = (true, true);
            }
            Role::List { ordered } => self.begin_list(tag, ordered),
            Role::Item => self.begin_item(),
            Role::Table => {
                self.cell = None;
                self.block(Gap::Blank);
            }
            Role::Row => {
                self.cell = None;
                self.block(Gap::Line);
            }
            Role::Cell => self.begin_cell(),
            Role::Title => self.in_title = Some(String::new()),
            Role::Meta => self.meta(tag),
        }
    }

    fn end(&mut self, name: &LocalName) {
        if let Some((skipped, depth)) = &mut self.skipping {
            *depth -= u32::from(skipped == name);
            if *depth == 0 {
                self.skipping = None;
            }
            return;
        }
        match tags::role(name) {
            Role::Inline | Role::Meta | Role::Dropped => {}
            Role::Break => self.break_line(),
            Role::Line => self.block(Gap::Line),
            Role::Paragraph | Role::Furniture => self.block(Gap::Blank),
            Role::Heading(_) => self.out.end_heading(),
            Role::Pre => {
                self.pre = false;
                self.block(Gap::Blank);
            }
            Role::List { .. } => {
                self.lists.pop();
                self.out.drop_prefix();
                self.block(if self.lists.is_empty() { Gap::Blank } else { Gap::Line });
            }
            Role::Item => {
                self.out.drop_prefix();
                self.block(Gap::Line);
            }
            Role::Cell => {}
            Role::Row => {
                self.cell = None;
                self.block(Gap::Line);
            }
            Role::Table => {
                self.cell = None;
                self.block(Gap::Blank);
            }
            Role::Title => {
                let title = self.in_title.take().unwrap_or_default();
                self.title.get_or_insert(title);
            }
        }
    }

    /// Whether blocks are to stay on the line of their table row.
    fn in_short_cell(&self) -> bool {
        self.cell.is_some_and(|at| self.out.len().saturating_sub(at) < CELL_MAX)
    }

    fn block(&mut self, gap: Gap) {
        if self.in_short_cell() {
            self.out.end(Gap::Space);
        } else {
            self.out.block(gap);
        }
    }

    fn break_line(&mut self) {
        if self.pre {
            self.out.verbatim("\n");
        } else {
            self.out.end(if self.in_short_cell() { Gap::Space } else { Gap::Line });
        }
    }

    fn begin_list(&mut self, tag: &Tag, ordered: bool) {
        let first =
            || tags::attribute(tag, &local_name!("start")).and_then(|n| n.trim().parse().ok()).unwrap_or(1);
        self.lists.push(ordered.then(first));
        self.cell = None;
        self.out.drop_prefix();
        self.out.block(if self.lists.len() > 1 { Gap::Line } else { Gap::Blank });
    }

    fn begin_item(&mut self) {
        let mut bullet = "  ".repeat(self.lists.len().saturating_sub(1).min(INDENT_MAX));
        match self.lists.last_mut() {
            Some(Some(number)) => {
                bullet.push_str(&format!("{number}. "));
                *number = number.saturating_add(1);
            }
            _ => bullet.push_str("- "),
        }
        self.out.item(Gap::Line, &bullet);
    }

    fn begin_cell(&mut self) {
        match self.cell {
            None => self.block(Gap::Line),
            // An empty first cell still has to hold its place.
            Some(row) if self.out.unchanged_since(row) => self.out.verbatim("| "),
            Some(_) => {
                self.out.end(Gap::Space);
                self.out.verbatim("| ");
            }
        }
        self.cell = Some(self.out.len());
    }

    fn meta(&mut self, tag: &Tag) {
        if tags::attribute(tag, &local_name!("property")) == Some("og:title") && self.og_title.is_none() {
            self.og_title = tags::attribute(tag, &local_name!("content")).map(str::to_owned);
        }
    }

    /// The document, named by its `<title>`, else its social-media title, else its first heading.
    fn finish(self) -> Extracted {
        let mut document = self.out.finish(None);
        let heading = document.marks.iter().find_map(|mark| match &mark.kind {
            super::super::MarkKind::Heading { title, .. } => Some(title.clone()),
            _ => None,
        });
        let tidy = |title: String| title.split_whitespace().collect::<Vec<_>>().join(" ");
        document.title =
            [self.title, self.og_title, heading].into_iter().flatten().map(tidy).find(|t| !t.is_empty());
        document
    }
}
