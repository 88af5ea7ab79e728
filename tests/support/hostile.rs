//! A directory of files that have brought indexers down: bombs, loops, lies about the format, names that are
//! not text. Each is written here, byte by byte, so that nobody has to keep them in a repository.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::Path;

use super::files;

/// Whether the file must be in the list of documents (indexed, or skipped with its reason), or may be left out
/// of it because it is no file to read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    Yes,
    No,
}

/// One hostile file.
pub struct Hostile {
    pub name: &'static str,
    pub listed: Listed,
    write: fn(&Path),
}

/// Writes all of them below `directory`.
pub fn write(directory: &Path) {
    for hostile in ALL {
        (hostile.write)(&directory.join(OsStr::from_bytes(bytes(hostile.name))));
    }
}

/// The name on disk: names here are text, and `%FF` stands for the byte that never occurs in UTF-8.
fn bytes(name: &str) -> &[u8] {
    match name {
        "not%FFutf8.txt" => b"not\xFFutf8.txt",
        name => name.as_bytes(),
    }
}

macro_rules! hostile {
    ($($listed:ident $name:literal $write:expr;)*) => {
        /// Every one of them.
        pub const ALL: &[Hostile] = &[$(Hostile { name: $name, listed: Listed::$listed, write: $write }),*];
    };
}

hostile! {
    Yes "bomb.docx" |path| put(path, &files::docx(docx_bomb));
    Yes "laughs.docx" |path| put(path, &docx_of("<!DOCTYPE a [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;\">]><x>&b;</x>"));
    Yes "ole.docx" |path| put(path, &[b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".as_slice(), &[0; 4096]].concat());
    Yes "text.docx" |path| put(path, b"this was never a Word document");
    Yes "truncated.docx" |path| half(path, &docx_of("<w:p/>"));
    Yes "text.pdf" |path| put(path, b"this was never a PDF");
    Yes "truncated.pdf" |path| half(path, &files::pdf(&["one", "two", "three"]));
    Yes "nested.pdf" |path| put(path, &pdf_of(&format!("{}{}", "[".repeat(100_000), "]".repeat(100_000))));
    Yes "unclosed.pdf" |path| put(path, &pdf_of(&"<</A ".repeat(100_000)));
    Yes "loop.pdf" |path| put(path, &pdf_of("<</Type /Pages /Count 1 /Kids [2 0 R] /Parent 2 0 R>>"));
    Yes "deep.html" |path| put(path, &nested(b"<div>", b"deep", b"</div>", 10_000));
    Yes "deeper.html" |path| put(path, &nested(b"<b><p><table>", b"deeper", b"", 30_000));
    Yes "attribute.html" |path| put(path, &[b"<p title='".as_slice(), &vec![b'a'; 8 << 20], b"'>x</p>"].concat());
    Yes "huge.txt" |path| File::create(path).unwrap().set_len(2 << 30).unwrap();
    Yes "line.txt" |path| put(path, "word ".repeat(4 << 20).as_bytes());
    Yes "solid.txt" |path| put(path, &vec![b'x'; 20 << 20]);
    Yes "invalid.txt" |path| put(path, b"valid and \xFF\xFE\x80\xC3 not valid");
    Yes "binary.txt" |path| put(path, &(0..=255).cycle().take(1 << 20).collect::<Vec<u8>>());
    Yes "odd.txt" |path| put(path, b"\xFF\xFEa\0b");
    Yes "quotes.csv" |path| put(path, format!("a,b\n\"{}", "never closed,\n".repeat(100_000)).as_bytes());
    Yes "columns.csv" |path| put(path, format!("{}\n{}\n", "c,".repeat(200_000), "1,".repeat(200_000)).as_bytes());
    Yes "headings.md" |path| put(path, "# h\n".repeat(200_000).as_bytes());
    Yes "fence.md" |path| put(path, format!("```\n{}", "never closed\n".repeat(100_000)).as_bytes());
    Yes "empty.txt" |path| put(path, b"");
    Yes "empty.pdf" |path| put(path, b"");
    Yes "new\nline.txt" |path| put(path, b"a name of two lines");
    Yes "-rf.txt" |path| put(path, b"a name like an option");
    Yes "<script>alert(1)<\\script>.txt" |path| put(path, b"a name that is markup");
    No "not%FFutf8.txt" |path| put(path, b"a name that is not text");
    No "pipe.txt" |path| nix::unistd::mkfifo(path, nix::sys::stat::Mode::S_IRWXU).unwrap();
    No "socket.txt" |path| drop(UnixListener::bind(path).unwrap());
    No "etc" |path| symlink("/etc", path).unwrap();
    No "password.txt" |path| symlink("/etc/passwd", path).unwrap();
    No "here" |path| symlink(".", path).unwrap();
    No "one" |path| symlink("two", path).unwrap();
    No "two" |path| symlink("one", path).unwrap();
    No "nowhere.txt" |path| symlink("gone", path).unwrap();
}

fn put(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
}

fn half(path: &Path, bytes: &[u8]) {
    put(path, &bytes[..bytes.len() / 2]);
}

fn nested(open: &[u8], inside: &[u8], close: &[u8], depth: usize) -> Vec<u8> {
    [open.repeat(depth).as_slice(), inside, &close.repeat(depth)].concat()
}

fn docx_of(body: &str) -> Vec<u8> {
    files::docx(|archive| archive.write_all(body.as_bytes()).unwrap())
}

/// 600 MB of paragraphs in less than one megabyte.
fn docx_bomb(archive: &mut dyn Write) {
    let megabyte = files::paragraph(&"boom ".repeat(200)).repeat(1 << 10);
    for _ in 0..600 {
        archive.write_all(megabyte.as_bytes()).unwrap();
    }
}

/// A PDF whose page tree is this text.
fn pdf_of(pages: &str) -> Vec<u8> {
    let mut pdf = b"%PDF-1.4\n1 0 obj\n<</Type /Catalog /Pages 2 0 R>>\nendobj\n".to_vec();
    let second = pdf.len();
    pdf.extend_from_slice(format!("2 0 obj\n{pages}\nendobj\n").as_bytes());
    let table = pdf.len();
    pdf.extend_from_slice(
        format!("xref\n0 3\n0000000000 65535 f \n0000000009 00000 n \n{second:010} 00000 n \n").as_bytes(),
    );
    pdf.extend_from_slice(
        format!("trailer\n<</Size 3 /Root 1 0 R>>\nstartxref\n{table}\n%%EOF\n").as_bytes(),
    );
    pdf
}
