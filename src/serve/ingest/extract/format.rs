//! What kind of document a file is, told from its first bytes and its name.
//! Not a general file-type library: it knows the formats that can be read, and
//! just enough about the others to say what they are.

use super::Skip;
use memchr::memmem;
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The magic of OLE files: old Office documents, and new ones under a password.
const OLE: &[u8] = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1";

/// How far into a file the `%PDF-` magic may stand; readers agree on this.
const PDF_MAGIC_WITHIN: usize = 1024;

/// A document format that can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// Markdown.
    Markdown,
    /// Plain text, paragraphs apart by blank lines.
    Text,
    /// Source code and configuration files.
    Code,
    /// HTML.
    Html,
    /// Delimiter-separated tables.
    Csv,
    /// PDF.
    Pdf,
    /// Word documents since 2007.
    Docx,
}

impl Format {
    /// Every format.
    pub const ALL: [Self; 7] =
        [Self::Markdown, Self::Text, Self::Code, Self::Html, Self::Csv, Self::Pdf, Self::Docx];

    /// The format's name, as in its serialised form.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Markdown => "markdown",
            Self::Text => "text",
            Self::Code => "code",
            Self::Html => "html",
            Self::Csv => "csv",
            Self::Pdf => "pdf",
            Self::Docx => "docx",
        }
    }

    /// The format called `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether the format is too intricate to be read in the server's own process.
    #[must_use]
    pub fn in_child(self) -> bool {
        matches!(self, Self::Pdf | Self::Docx)
    }

    /// Tells the format of a file from its first bytes (a few KiB will do) and its name.
    ///
    /// # Errors
    ///
    /// Says what the file is when it is nothing that can be read.
    pub fn detect(name: &Path, head: &[u8]) -> Result<Self, Skip> {
        let extension = name.extension().map(|e| e.to_string_lossy().to_ascii_lowercase());
        let extension = extension.as_deref().unwrap_or_default();
        if memmem::find(&head[..head.len().min(PDF_MAGIC_WITHIN)], b"%PDF-").is_some() {
            return Ok(Self::Pdf);
        }
        match by_magic(head) {
            Some("zip archives") if matches!(extension, "docx" | "docm") => return Ok(Self::Docx),
            Some("zip archives") => {
                return Err(unsupported(by_extension(extension).unwrap_or("zip archives")));
            }
            Some("old Office files") if matches!(extension, "docx" | "docm") => return Err(Skip::Encrypted),
            Some(what) => return Err(unsupported(what)),
            None => {}
        }
        if matches!(extension, "docx" | "docm" | "pdf") && !head.is_empty() {
            return Err(Skip::Damaged(format!("named .{extension} but is not one")));
        }
        if !looks_like_text(head) {
            return Err(by_extension(extension).map_or(Skip::Binary, unsupported));
        }
        Ok(as_text(extension, head))
    }
}

fn unsupported(what: &str) -> Skip {
    Skip::Unsupported(what.to_owned())
}

/// Files known by how they begin.
fn by_magic(head: &[u8]) -> Option<&'static str> {
    const MAGIC: &[(&[u8], &str)] = &[
        (b"PK\x03\x04", "zip archives"),
        (OLE, "old Office files"),
        (b"\x89PNG", "images"),
        (b"\xff\xd8\xff", "images"),
        (b"GIF8", "images"),
        (b"II*\0", "images"),
        (b"MM\0*", "images"),
        (b"\x1f\x8b", "archives"),
        (b"BZh", "archives"),
        (b"\xfd7zXZ", "archives"),
        (b"7z\xbc\xaf", "archives"),
        (b"Rar!", "archives"),
        (b"\x28\xb5\x2f\xfd", "archives"),
        (b"\x7fELF", "programs"),
        (b"SQLite format 3\0", "databases"),
        (b"ID3", "recordings"),
        (b"OggS", "recordings"),
        (b"fLaC", "recordings"),
        (b"{\\rtf", "RTF files"),
    ];
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, what)| *what)
}

/// Files that are not text, known by what they are called.
fn by_extension(extension: &str) -> Option<&'static str> {
    Some(match extension {
        "doc" | "dot" | "xls" | "ppt" => "old Office files",
        "xlsx" | "xlsm" | "ods" => "spreadsheets other than CSV",
        "pptx" | "odp" => "presentations",
        "odt" => "OpenDocument files",
        "epub" | "mobi" => "e-books",
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "heic" | "tif" | "tiff" | "bmp" => "images",
        "mp3" | "m4a" | "wav" | "ogg" | "flac" | "mp4" | "mkv" | "mov" | "avi" => "recordings",
        "zip" | "gz" | "tgz" | "tar" | "xz" | "bz2" | "7z" | "rar" | "zst" | "jar" => "archives",
        _ => return None,
    })
}

/// Whether `head` could begin a text: no NULs and few control characters.
fn looks_like_text(head: &[u8]) -> bool {
    if head.starts_with(b"\xff\xfe") || head.starts_with(b"\xfe\xff") {
        return true;
    }
    if memchr::memchr(0, head).is_some() {
        return false;
    }
    let odd = |b: &&u8| matches!(b, 0x01..=0x08 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f | 0x7f);
    head.iter().filter(odd).count() * 50 <= head.len()
}

/// The kind of text a file holds. An HTML prologue outweighs a name that says
/// little, but not one that says Markdown or code: those often begin with tags.
fn as_text(extension: &str, head: &[u8]) -> Format {
    match extension {
        "md" | "markdown" | "mdown" | "mkd" => Format::Markdown,
        "html" | "htm" | "xhtml" => Format::Html,
        "csv" | "tsv" => Format::Csv,
        "rs" | "py" | "js" | "ts" | "jsx" | "tsx" | "c" | "h" | "cc" | "cpp" | "hpp" | "go" | "java"
        | "kt" | "rb" | "php" | "pl" | "sh" | "bash" | "zsh" | "fish" | "lua" | "sql" | "css" | "scss"
        | "json" | "toml" | "yaml" | "yml" | "ini" | "cfg" | "conf" | "xml" | "cs" | "swift" | "r" | "jl"
        | "nix" | "vim" | "el" | "hs" | "scala" | "ps1" | "bat" | "tex" => Format::Code,
        _ if begins_as_html(head) => Format::Html,
        _ if head.starts_with(b"#!") => Format::Code,
        _ => Format::Text,
    }
}

fn begins_as_html(head: &[u8]) -> bool {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    [&b"<!doctype html"[..], b"<html"]
        .iter()
        .any(|tag| head.get(..tag.len()).is_some_and(|h| h.eq_ignore_ascii_case(tag)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detect(name: &str, head: &[u8]) -> Result<Format, &'static str> {
        Format::detect(Path::new(name), head).map_err(|skip| skip.code())
    }

    #[test]
    fn content_comes_before_the_name() {
        assert_eq!(detect("a.txt", b"%PDF-1.4"), Ok(Format::Pdf));
        assert_eq!(detect("a", &[&[b'\n'; 900][..], b"%PDF-1.4"].concat()), Ok(Format::Pdf));
        assert_eq!(detect("a", &[&[b'\n'; 1100][..], b"%PDF-1.4"].concat()), Ok(Format::Text));
        assert_eq!(detect("A.DOCX", b"PK\x03\x04..."), Ok(Format::Docx));
        assert_eq!(detect("a.docx", OLE), Err("encrypted"));
        assert_eq!(detect("a.docx", b"hello"), Err("damaged"));
        assert_eq!(detect("a.txt", b"\x89PNG\r\n"), Err("unsupported"));
    }

    #[test]
    fn names_decide_between_texts() {
        assert_eq!(detect("README.md", b"<html>"), Ok(Format::Markdown));
        assert_eq!(detect("a.htm", b"hello"), Ok(Format::Html));
        assert_eq!(detect("a.tsv", b"a\tb"), Ok(Format::Csv));
        assert_eq!(detect("a.rs", b"fn main() {}"), Ok(Format::Code));
        assert_eq!(detect("page", b" \n<!DOCTYPE HTML><title>"), Ok(Format::Html));
        assert_eq!(detect("run", b"#!/bin/sh\n"), Ok(Format::Code));
        assert_eq!(detect("letter.weird", "Grüße".as_bytes()), Ok(Format::Text));
        assert_eq!(detect("empty", b""), Ok(Format::Text));
    }

    #[test]
    fn what_is_not_text_is_named() {
        assert_eq!(detect("a.bin", b"ab\0cd"), Err("binary"));
        assert_eq!(detect("a.bin", b"ab\x01\x02\x03"), Err("binary"));
        assert_eq!(detect("a.txt", b"\xff\xfeh\0i\0"), Ok(Format::Text));
        let what = |name: &str, head| Format::detect(Path::new(name), head).unwrap_err().to_string();
        assert_eq!(what("a.doc", OLE), "old Office files are not supported");
        assert_eq!(what("a.xlsx", b"PK\x03\x04"), "spreadsheets other than CSV are not supported");
        assert_eq!(what("a.heic", b"\0\0\0"), "images are not supported");
    }

    #[test]
    fn names_round_trip() {
        for format in Format::ALL {
            assert_eq!(Format::named(format.name()), Some(format));
            assert_eq!(serde_json::to_value(format).unwrap(), format.name());
        }
    }
}
