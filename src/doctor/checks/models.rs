//! The language model server: whether it answers and has what is asked of it.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
