//! What a compose file may say: every key of the Compose specification with the values it takes, as tables, one file
//! per topic, and one look through a tree by them. It looks at the merged tree with its variables filled in, before
//! short forms become long ones. It says nothing about what belongs together; [`super::checks`] does.

mod build;
mod common;
mod container;
mod deploy;
mod develop;
mod network;
mod neighbours;
mod resources;
mod service;
mod shape;
mod values;
mod volume;
mod walk;

#[cfg(test)]
pub(super) mod tests;

use super::node::Node;
use super::problem::Result;
use shape::{Named, Shape, TEXT, list, map_of, mapping};

/// A whole compose file.
const PROJECT: &Shape = &mapping(&[
    ("version", TEXT),
    ("name", TEXT),
    ("include", &list(resources::INCLUDE)),
    ("services", &map_of(Named::Resource, service::SERVICE)),
    ("models", &map_of(Named::Resource, resources::MODEL)),
    ("networks", &map_of(Named::Resource, network::NETWORK)),
    ("volumes", &map_of(Named::Resource, volume::VOLUME)),
    ("secrets", &map_of(Named::Resource, resources::SECRET)),
    ("configs", &map_of(Named::Resource, resources::CONFIG)),
    ("jobs", &map_of(Named::Resource, service::JOB)),
]);

/// Looks whether a tree says only what the specification knows, in the forms that it knows.
///
/// # Errors
///
/// The first thing that it does not know, with the key that was probably meant.
pub fn check(tree: &Node) -> Result<()> {
    walk::check(tree, PROJECT)
}
