//! The zip file around a Word document: named parts, read under one budget of
//! unpacked bytes. It extracts nothing to disk and trusts no size it is told.

use super::super::{Limits, Skip};
use quick_xml::Reader;
use std::io::{self, BufReader, Cursor, Read};
use zip::ZipArchive;
use zip::read::ZipFile;
use zip::result::ZipError;

/// More entries than any document has; each costs memory before it is read.
const ENTRIES_MAX: usize = 20_000;

/// Markup weighs more than the text in it; this many times more is allowed.
const BUDGET_FACTOR: u64 = 4;

/// A part of the document, as XML.
pub type Part<'a, 'b> = Reader<BufReader<Budgeted<'a, ZipFile<'a, Cursor<&'b [u8]>>>>>;

/// The zip file and what may still be unpacked from it.
pub struct Archive<'b> {
    zip: ZipArchive<Cursor<&'b [u8]>>,
    left: u64,
    limit: Skip,
}

impl<'b> Archive<'b> {
    /// Opens the zip file in `bytes`.
    pub fn open(bytes: &'b [u8], limits: &Limits) -> Result<Self, Skip> {
        let zip = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
        if zip.len() > ENTRIES_MAX {
            return Err(Skip::Damaged(format!("it has more than {ENTRIES_MAX} parts")));
        }
        Ok(Self { zip, left: limits.max_text.saturating_mul(BUDGET_FACTOR), limit: limits.text_too_large() })
    }

    /// The part called `name`, if there is one.
    pub fn part(&mut self, name: &str) -> Result<Option<Part<'_, 'b>>, Skip> {
        match self.zip.by_name(name) {
            Ok(file) => {
                let budgeted = Budgeted { inner: file, left: &mut self.left };
                Ok(Some(Reader::from_reader(BufReader::with_capacity(64 << 10, budgeted))))
            }
            Err(ZipError::FileNotFound) => Ok(None),
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => Err(Skip::Encrypted),
            Err(error) => Err(damaged(&error)),
        }
    }

    /// Fails once the budget was used up; reading then stopped short.
    pub fn check_budget(&self) -> Result<(), Skip> {
        if self.left == 0 { Err(self.limit.clone()) } else { Ok(()) }
    }
}

fn damaged(error: &ZipError) -> Skip {
    Skip::Damaged(error.to_string())
}

/// A reader that fails when the budget is used up.
pub struct Budgeted<'a, R> {
    inner: R,
    left: &'a mut u64,
}

impl<R: Read> Read for Budgeted<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.inner.read(buffer)?;
        *self.left = self.left.saturating_sub(got as u64);
        if *self.left == 0 {
            Err(io::Error::other("the budget of unpacked bytes is used up"))
        } else {
            Ok(got)
        }
    }
}
