//! Names, addresses and the firewall: how the machine is reached, and by whom.

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[];
