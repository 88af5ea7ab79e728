//! Compose files as people write them, turned into one resolved model. Each step takes a tree and gives a tree, so that
//! every value still knows the file and line it came from when something is wrong with it: text → tree ([`yaml`]) →
//! variables ([`interpolate`]) → other files ([`extends`], [`include`](mod@include), [`merge`]) → checked ([`schema`]) → one way of
//! writing each thing ([`canonical`]) → defaults, names and paths ([`normalize`]). [`load`] calls them in this order. It
//! follows the Compose specification (compose-spec.io) and, where that is silent, what Docker Compose 5 does.

pub mod canonical;
pub mod cast;
pub mod checks;
pub mod discover;
pub mod env_file;
pub mod extends;
pub mod fields;
pub mod files;
pub mod include;
pub mod interpolate;
pub mod load;
pub mod merge;
pub mod node;
pub mod normalize;
pub mod paths;
pub mod problem;
pub mod profiles;
pub mod project;
pub mod render;
pub mod schema;
pub mod suggest;
pub mod yaml;
#[cfg(test)]
mod test_tree;

pub use node::{Key, Kind, Map, Node, Place};
pub use problem::{Problem, Result};
