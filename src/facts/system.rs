//! The machine and its operating system.

use serde::{Deserialize, Serialize};

use super::snapshot::Asked;

/// What is known of the machine.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct System {}

/// Looks at it.
pub(super) fn gather(_asked: &Asked) -> System {
    System::default()
}
