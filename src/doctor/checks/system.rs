//! The machine: whether it has what the server needs.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
