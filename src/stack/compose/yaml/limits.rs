//! How far a file may grow. Aliases let a few lines stand for billions of values: that many is never meant.

/// How deep values nest, aliases followed.
pub const DEEPEST: usize = 128;

/// How many values one document writes; Docker Compose allows as many.
const MOST_WRITTEN: usize = 100_000;

/// How many values and keys come out of all documents of a file, aliases followed, and how many anchors may name.
const MOST_EXPANDED: usize = 400_000;

/// What a file has used so far.
#[derive(Debug, Default)]
pub struct Usage {
    /// Values that the document writes, keys not counted.
    written: usize,
    /// Values and keys of all documents, those that came from aliases counted as well.
    expanded: usize,
    /// Values and keys that are kept because an anchor names them.
    kept: usize,
}

impl Usage {
    /// A further document begins.
    pub fn next_document(&mut self) {
        self.written = 0;
    }

    /// A value was written; says what is wrong where that is one too many.
    pub fn value(&mut self) -> Result<(), String> {
        self.written += 1;
        if self.written > MOST_WRITTEN {
            return Err(format!("the document has more than {MOST_WRITTEN} values"));
        }
        self.more(1)
    }

    /// A key was written.
    pub fn key(&mut self) -> Result<(), String> {
        self.more(1)
    }

    /// An alias stands for so many values; says what is wrong where that is too many.
    pub fn alias(&mut self, values: usize) -> Result<(), String> {
        self.more(values)
    }

    /// An anchor names so many values; says what is wrong where anchors within anchors make that too many.
    pub fn anchor(&mut self, values: usize) -> Result<(), String> {
        self.kept = self.kept.saturating_add(values);
        if self.kept > MOST_EXPANDED {
            return Err(format!("anchors name more than {MOST_EXPANDED} values"));
        }
        Ok(())
    }

    fn more(&mut self, values: usize) -> Result<(), String> {
        self.expanded = self.expanded.saturating_add(values);
        if self.expanded > MOST_EXPANDED {
            return Err(format!("with its aliases, the file has more than {MOST_EXPANDED} values"));
        }
        Ok(())
    }
}
