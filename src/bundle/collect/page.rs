//! A page of text made of small parts, each under a heading: files of `/proc` and `/etc` as they are, facts as JSON,
//! tables with aligned columns. What could not be looked at says why.

use std::fmt::Write as _;
use std::path::Path;

use serde::Serialize;

use super::files::{text_of, why};
use crate::facts::Fact;
use crate::report::json;

/// A page that is being written.
#[derive(Debug, Default)]
pub struct Page(String);

impl Page {
    /// Begins a part.
    pub fn part(&mut self, title: &str) -> &mut Self {
        let gap = if self.0.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.0, "{gap}# {title}");
        self
    }

    /// One line.
    pub fn line(&mut self, text: &str) -> &mut Self {
        let _ = writeln!(self.0, "{text}");
        self
    }

    /// A part with a file as it is.
    pub fn file(&mut self, path: impl AsRef<Path>) -> &mut Self {
        let path = path.as_ref();
        self.part(&path.display().to_string());
        match text_of(path) {
            Ok(Some(text)) => self.line(text.trim_end()),
            Ok(None) => self.line("(does not exist)"),
            Err(error) => self.line(&format!("(cannot be read: {})", why(&error))),
        }
    }

    /// A part with a fact.
    pub fn fact<T: Serialize>(&mut self, title: &str, fact: &Fact<T>) -> &mut Self {
        self.part(title);
        match fact {
            Fact::Known(value) => self.line(json::render(value).trim_end()),
            Fact::Unknown(why) => self.line(&format!("(unknown: {why})")),
        }
    }

    /// Rows of columns, the first row being the heading.
    pub fn table<const N: usize>(&mut self, heading: [&str; N], rows: &[[String; N]]) -> &mut Self {
        let mut widths = heading.map(str::len);
        for row in rows {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        let rows = rows.iter().map(|row| row.each_ref().map(String::as_str));
        for row in std::iter::once(heading).chain(rows) {
            let cells = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}"));
            self.line(cells.collect::<Vec<_>>().join("  ").trim_end());
        }
        self
    }

    /// The whole text.
    pub fn text(&self) -> &str {
        &self.0
    }
}

/// A number of bytes in mebibytes.
pub fn mebibytes(bytes: u64) -> String {
    format!("{:.1} MiB", bytes as f64 / f64::from(1 << 20))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_well() {
        let mut page = Page::default();
        page.part("one")
            .line("text")
            .fact("two", &Fact::Known(7))
            .fact("three", &Fact::<u8>::Unknown("why".into()));
        page.part("four").table(["a", "long"], &[["xyz".into(), "1".into()], ["".into(), "2".into()]]);
        page.file("/no/such/file");
        assert_eq!(
            page.text(),
            "# one\ntext\n\n# two\n7\n\n# three\n(unknown: why)\n\n# four\na    long\nxyz  1\n     2\n\n# /no/such/file\n(does not exist)\n"
        );
    }
}
