//! Accounts, permissions and exposure.

use serde::{Deserialize, Serialize};

use super::snapshot::Asked;

/// What is known of who could reach what.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Security {}

/// Looks at it.
pub(super) fn gather(_asked: &Asked) -> Security {
    Security::default()
}
