//! What the engine is sent to make a volume.

use std::collections::HashMap;

use bollard::models::VolumeCreateRequest;

use super::compose::fields::Fields;
use super::model::{Stack, Volume};
use super::network::own_labels;

/// The request for a volume.
#[must_use]
pub fn request(stack: &Stack, volume: &Volume) -> VolumeCreateRequest {
    let says = Fields::of(Some(&stack.tree)).at(&["volumes", &volume.key]);
    let mut labels: HashMap<String, String> = says.pairs("labels");
    labels.extend(own_labels(stack, "volume", &volume.key, &volume.hash));
    VolumeCreateRequest {
        name: Some(volume.name.clone()),
        driver: says.string("driver"),
        driver_opts: says.has("driver_opts").then(|| says.pairs("driver_opts")),
        labels: Some(labels),
        ..VolumeCreateRequest::default()
    }
}
