//! The text of a file as trees, one for each document, in which every value knows where it was written. It resolves
//! scalars, anchors, aliases and merge keys as the reader of Docker Compose does; it does not know what a key means,
//! and it neither interpolates nor merges documents. What is YAML and what is not is decided by a descendant of
//! libyaml, as in Docker Compose: parsers that follow YAML 1.2 to the letter refuse files that work there.

use std::path::Path;
use std::sync::Arc;

use libyaml_safer::{Encoding, EventData, Mark, Parser, ScalarStyle};

use super::node::{Node, Place};
use super::problem::{Problem, Result};

mod binary;
mod build;
mod explain;
mod limits;
mod mapping;
mod scalar;
mod source;
mod tags;

pub use source::decode;

/// All documents of a text as trees. A document that holds nothing is `null`; a text without documents gives none.
///
/// # Errors
/// Where the text is not YAML, uses an alias that is not defined, gives a key twice, has a key that is not a text, or
/// is larger, deeper or expands further than a file that people write.
pub fn parse(text: &str, file: &Path) -> Result<Vec<Node>> {
    let file: Arc<Path> = file.into();
    let text = source::without_byte_order_mark(text);
    source::check(text, &file)?;
    let (text, line_break_added) = source::with_last_line_break(text);
    tags::check(&text, &file)?;
    let mut parser = parser(&text);
    let mut builder = build::Builder::default();
    let mut documents = Vec::new();
    loop {
        let event = parser.parse().map_err(|error| explain::explain(&error, &text, &file))?;
        let place = place(&file, event.start_mark);
        match event.data {
            EventData::StreamEnd => return Ok(documents),
            EventData::DocumentStart { version_directive: Some(version), .. }
                if (version.major, version.minor) != (1, 1) =>
            {
                return Err(Problem::new(&place, "`%YAML` names a version other than 1.1")
                    .hint("remove the line: Compose reads no other version by name"));
            }
            EventData::DocumentStart { .. } => builder.begin(),
            EventData::DocumentEnd { .. } => documents.extend(builder.finish()),
            EventData::Scalar { anchor, tag, mut value, plain_implicit, quoted_implicit, style } => {
                let at_end = usize::try_from(event.end_mark.index) == Ok(text.len());
                let block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
                if line_break_added && at_end && block && value.ends_with('\n') {
                    value.pop();
                }
                let scalar = EventData::Scalar { anchor, tag, value, plain_implicit, quoted_implicit, style };
                builder.event(scalar, place)?;
            }
            event => builder.event(event, place)?,
        }
    }
}

fn parser(text: &str) -> Parser<&[u8]> {
    let mut parser = Parser::new();
    parser.set_encoding(Encoding::Utf8);
    parser.set_input(text.as_bytes());
    parser
}

/// Where a mark of the parser is, which counts lines and columns from 0.
fn place(file: &Arc<Path>, mark: Mark) -> Place {
    let from_one = |count: u64| u32::try_from(count + 1).unwrap_or(u32::MAX);
    Place { file: Arc::clone(file), line: from_one(mark.line), column: from_one(mark.column) }
}

#[cfg(test)]
mod tests;
