//! Graphics cards and their driver.

use serde::{Deserialize, Serialize};

use super::snapshot::Asked;

/// What is known of the graphics cards.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gpu {}

/// Looks at it.
pub(super) fn gather(_asked: &Asked) -> Gpu {
    Gpu::default()
}
