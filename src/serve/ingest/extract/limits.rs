//! How much a document may cost before it is skipped. Not configuration: the
//! server builds a [`Limits`] from its settings and hands it in.

use super::{Size, Skip};
use std::time::Duration;

/// One mebibyte.
const MIB: u64 = 1 << 20;

/// What reading one document may cost.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of text, read or produced.
    pub max_text: u64,
    /// Bytes of a PDF or DOCX file.
    pub max_file: u64,
    /// Address space of a worker process, in bytes.
    pub memory: u64,
    /// Processor time of a worker process, and of one in-process HTML document.
    pub cpu: Duration,
    /// Clock time of a worker process, enforced by its parent.
    pub wall: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_text: 32 * MIB,
            max_file: 256 * MIB,
            memory: 1024 * MIB,
            cpu: Duration::from_secs(60),
            wall: Duration::from_secs(90),
        }
    }
}

impl Limits {
    /// The skip for a document whose text passed [`Limits::max_text`].
    pub(super) fn text_too_large(&self) -> Skip {
        Skip::TooLarge { limit: self.max_text, of: Size::Text }
    }

    /// [`Limits::max_text`] as a length in memory.
    pub(super) fn text_len(&self) -> usize {
        usize::try_from(self.max_text).unwrap_or(usize::MAX)
    }
}
