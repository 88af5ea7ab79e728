//! The running server and the containers: whether they run, stay up, and are what was configured.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
