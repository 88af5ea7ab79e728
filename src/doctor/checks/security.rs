//! Accounts, permissions and exposure: who could reach what they should not.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
