//! The database and the index: whether what was stored can still be read, and belongs together.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
