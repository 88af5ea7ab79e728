//! The container engine: whether it answers, may be used, and is set up to run for years.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
