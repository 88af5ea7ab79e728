//! The ports: whether they are ours, and otherwise whose.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
