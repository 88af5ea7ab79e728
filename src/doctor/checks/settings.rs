//! The settings files: whether they are there, can be read by the right people only, and make sense.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
