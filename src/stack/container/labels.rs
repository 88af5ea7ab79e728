//! The labels of a container: those that the service says, and those by which Docker Compose finds what is its own.

use std::collections::HashMap;

use super::Circumstances;
use crate::stack::compose::fields::Fields;
use crate::stack::labels::PREFIX;
use crate::stack::model::{Condition, Dependency, Service, Stack};

/// The version of Docker Compose whose containers these are equal to. It is told apart from no other one, but the hashes
/// are this one's.
pub const COMPOSE_VERSION: &str = "5.6.1";

/// The labels of a container.
pub(super) fn labels(stack: &Stack, service: &Service, at: Circumstances) -> HashMap<String, String> {
    let says = stack.says(&service.name);
    let paths = |paths: &[std::path::PathBuf]| {
        paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",")
    };
    let mut own = vec![
        ("project", stack.project.clone()),
        ("service", service.name.clone()),
        ("version", COMPOSE_VERSION.into()),
        ("oneoff", "False".into()),
        ("container-number", at.number.to_string()),
        ("config-hash", stack.container_hash(service, at.first)),
        ("image", at.image.into()),
        ("depends_on", service.depends_on.iter().map(dependency).collect::<Vec<_>>().join(",")),
        ("project.working_dir", stack.directory.display().to_string()),
        ("project.config_files", paths(&stack.files)),
    ];
    if !stack.env_files.is_empty() {
        own.push(("project.environment_file", paths(&stack.env_files)));
    }
    if at.replaced.is_some() {
        let short = || format!("{}-{}", service.name, at.number);
        own.push(("replace", service.container_name.clone().unwrap_or_else(short)));
    }
    let images = mounted_images(says, at);
    if !images.is_empty() {
        own.push(("image-volume-digest", images));
    }
    let mut labels: HashMap<String, String> = says.pairs("labels");
    labels.extend(own.into_iter().map(|(key, value)| (format!("{PREFIX}{key}"), value)));
    labels
}

/// `db:service_healthy:true`
fn dependency(dependency: &Dependency) -> String {
    let condition = match dependency.condition {
        Condition::Started => "service_started",
        Condition::Healthy => "service_healthy",
        Condition::Completed => "service_completed_successfully",
    };
    format!("{}:{condition}:{}", dependency.service, dependency.restart)
}

/// Which images are mounted where: one that was built again has the same name.
fn mounted_images(says: Fields, at: Circumstances) -> String {
    let images = says.items("volumes").filter(|mount| mount.text("type") == Some("image"));
    let mut images: Vec<String> = images
        .filter_map(|mount| {
            let id = (at.image_of)(mount.text("source")?)?;
            Some(format!("{}={id}", mount.text("target")?))
        })
        .collect();
    images.sort();
    images.join(",")
}
