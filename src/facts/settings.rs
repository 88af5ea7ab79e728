//! The settings files and the environment.

use serde::{Deserialize, Serialize};

use super::snapshot::Asked;
use crate::config::Waiver;

/// What is known of the settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// The findings that the operator has waived.
    pub waivers: Vec<Waiver>,
}

/// Looks at it.
pub(super) fn gather(asked: &Asked) -> Settings {
    Settings { waivers: asked.waivers.clone() }
}
