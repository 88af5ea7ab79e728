//! Graphics cards: whether the card, its driver and its libraries belong together and models really run on it.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
