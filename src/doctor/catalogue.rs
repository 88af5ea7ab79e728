//! Every check of every category, in the order in which they are shown. A new check is one entry in the file
//! of its category and nothing else.

use super::check::Check;
use super::checks::{
    data, docker, gpu, models, network, ports, security, services, settings, storage, system,
};
use crate::config::schema::nearest;

/// The categories, each with its checks.
pub const CATEGORIES: &[(&str, &[Check])] = &[
    ("system", system::CHECKS),
    ("settings", settings::CHECKS),
    ("docker", docker::CHECKS),
    ("gpu", gpu::CHECKS),
    ("storage", storage::CHECKS),
    ("ports", ports::CHECKS),
    ("network", network::CHECKS),
    ("services", services::CHECKS),
    ("models", models::CHECKS),
    ("data", data::CHECKS),
    ("security", security::CHECKS),
];

/// Every check.
pub fn all() -> impl Iterator<Item = &'static Check> {
    CATEGORIES.iter().flat_map(|(_, checks)| checks.iter())
}

/// The check of that id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Check> {
    all().find(|check| check.id == id)
}

/// The known id nearest to a misspelt one.
#[must_use]
pub fn did_you_mean(wrong: &str) -> Option<&'static str> {
    nearest(wrong, all().map(|check| check.id))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn ids_are_unique_and_belong_to_their_category_and_needs_stand_before() {
        let mut seen = HashSet::new();
        for (category, checks) in CATEGORIES {
            for check in *checks {
                assert_eq!(check.id.split('.').next(), Some(*category), "{}", check.id);
                for need in check.needs {
                    assert!(seen.contains(need), "{} needs {need}, which does not stand before it", check.id);
                }
                assert!(seen.insert(check.id), "{} is there twice", check.id);
            }
        }
    }

    #[test]
    fn every_check_is_explained() {
        for check in all() {
            for (name, text) in [
                ("title", check.title),
                ("meaning", check.meaning),
                ("matters", check.matters),
                ("measured", check.measured),
                ("rule", check.rule),
                ("repair", check.repair),
            ] {
                assert!(text.len() >= 4, "{} has no {name}", check.id);
            }
        }
    }
}
