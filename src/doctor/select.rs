//! Which checks are meant: patterns of ids, such as `gpu.*,ports.*`. A pattern that means no check is a mistake
//! and says so.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

use super::catalogue::{all, did_you_mean};
use crate::failure::{Failure, Result};

/// A set of checks, by the patterns that a person gave.
#[derive(Debug, Clone)]
pub struct Named(GlobSet);

impl Named {
    /// The checks that these patterns mean; each must mean at least one.
    pub fn new(option: &str, patterns: &[String]) -> Result<Self> {
        let mut set = GlobSetBuilder::new();
        for pattern in patterns {
            let glob = GlobBuilder::new(pattern).build().map_err(|error| {
                Failure::usage(format!("{option}: `{pattern}` is not a pattern")).because(&error)
            })?;
            let matcher = glob.compile_matcher();
            if !all().any(|check| matcher.is_match(check.id)) {
                let meant =
                    did_you_mean(pattern).map(|id| format!("; did you mean `{id}`?")).unwrap_or_default();
                return Err(Failure::usage(format!("{option}: `{pattern}` means no check{meant}")).hint(
                    "`tars doctor --list` shows all of them; a pattern such as `gpu.*` means several",
                ));
            }
            set.add(glob);
        }
        let set = set.build().map_err(|error| Failure::usage(option.to_string()).because(&error))?;
        Ok(Self(set))
    }

    /// Whether a check is among them.
    #[must_use]
    pub fn has(&self, id: &str) -> bool {
        self.0.is_match(id)
    }

    /// Whether nothing was named.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
