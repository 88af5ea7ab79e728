//! What is wrong with a compose file, and where: the file, the line, the column, and what helps.

use super::node::Place;

/// What a step of the loader gives.
pub type Result<T> = std::result::Result<T, Problem>;

/// Something that is wrong.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Where it was written.
    pub place: Place,
    /// What is wrong: lower case, no final period, names in backticks.
    pub message: String,
    /// What helps, where that can be said.
    pub hint: Option<String>,
}

impl Problem {
    /// Something that is wrong at a place.
    #[must_use]
    pub fn new(place: &Place, message: impl Into<String>) -> Self {
        Self { place: place.clone(), message: message.into(), hint: None }
    }

    /// With what helps.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.place.line > 0 {
            write!(f, "{}:{}:{}: ", self.place.file.display(), self.place.line, self.place.column)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Problem {}
