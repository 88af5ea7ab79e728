//! Mounts and documents directories: whether the documents are really there.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
