//! Making a container: the request, the networks that it is put into besides, and the files that are copied into it.

use bollard::models::ContainerStateStatusEnum;
use bollard::query_parameters::InspectContainerOptions;
use secrecy::ExposeSecret;

use crate::failure::{IoContext, Result};
use crate::host::containers;
use crate::stack::container::{Circumstances, File, Replaced};
use crate::stack::{container, excerpt, labels};

use super::carry::{Carrier, Seat};

impl Carrier<'_> {
    /// Makes a container of a service; its id. One that comes in the place of another gets this name for the time being.
    pub(super) async fn create(&self, seat: &Seat, replaced: Option<(&str, Replaced<'_>)>) -> Result<String> {
        let declared = self.service(&seat.0)?;
        let images = self.images.borrow().clone();
        let image_of = |name: &str| images.get(name).cloned();
        let first = |service: &str| self.first(service);
        let circumstances = Circumstances {
            number: seat.1,
            image: images.get(&declared.image).map_or("", String::as_str),
            api: self.engine.api,
            first: &first,
            image_of: &image_of,
            replaced: replaced.map(|(_, replaced)| replaced),
        };
        let request = container::request(self.stack, declared, circumstances)
            .map_err(|problem| excerpt::failure(&problem))?;
        let name = replaced.map_or(request.name.as_str(), |(name, _)| name);
        let platform = request.platform.as_deref();
        let made = match containers::create(self.engine, name, platform, request.body.clone()).await {
            // A run that was killed may have asked for it, and the engine have made it since we looked.
            Err(_) if self.clear_the_way(name, &seat.0).await => {
                containers::create(self.engine, name, platform, request.body).await?
            }
            made => made?,
        };
        for warning in &made.warnings {
            let warning = self.redactor.text(warning);
            self.board.note(&format!("warning: `{name}`: {warning}"));
        }
        let id = made.id;
        for (network, endpoint) in request.connect {
            containers::connect(self.engine, &id, name, &network, endpoint).await?;
        }
        self.made.borrow_mut().insert(id.clone());
        if !request.files.is_empty() {
            containers::unpack(self.engine, &id, name, archive(&request.files)?).await?;
        }
        Ok(id)
    }

    /// Copies the secrets and configs of a service into a container of it that is there already.
    pub(super) async fn fill(&self, service: &str, id: &str, name: &str) -> Result<()> {
        let files = container::files(self.stack, self.service(service)?)
            .map_err(|problem| excerpt::failure(&problem))?;
        if files.is_empty() {
            return Ok(());
        }
        containers::unpack(self.engine, id, name, archive(&files)?).await
    }

    /// Removes the container that has this name where it is one of this service and was never started; whether it did.
    async fn clear_the_way(&self, name: &str, service: &str) -> bool {
        let question = self.engine.docker.inspect_container(name, None::<InspectContainerOptions>);
        let Ok(found) = self.engine.ask(format!("inspect the container `{name}`"), question).await else {
            return false;
        };
        let labels = found.config.and_then(|config| config.labels).unwrap_or_default();
        let is_ours = labels.get(labels::PROJECT) == Some(&self.stack.project)
            && labels.get(labels::SERVICE).is_some_and(|of| of == service);
        let state = found.state.and_then(|state| state.status);
        let id = found.id.unwrap_or_default();
        is_ours
            && state == Some(ContainerStateStatusEnum::CREATED)
            && containers::remove(self.engine, &id, name).await.is_ok()
    }

    /// The first container of a service, by its name: `home-web-10` comes before `home-web-2`.
    fn first(&self, service: &str) -> Option<String> {
        let declared = self.stack.service(service)?;
        let seats = self.seats.borrow();
        let its = seats.iter().filter(|((of, _), _)| of == service);
        let first = its.min_by_key(|((_, number), _)| self.stack.container_name(declared, *number));
        first.map(|(_, id)| id.clone())
    }

    /// The places at which the image of a service declares volumes.
    pub(super) async fn volumes_of_image(&self, service: &str) -> Result<Vec<String>> {
        let image = &self.service(service)?.image;
        let question = self.engine.docker.inspect_image(image);
        let found = self.engine.ask(format!("inspect the image `{image}`"), question).await?;
        Ok(found.config.and_then(|config| config.volumes).unwrap_or_default())
    }
}

/// Files as an archive that is unpacked at the root of a container.
fn archive(files: &[File]) -> Result<Vec<u8>> {
    let mut archive = tar::Builder::new(Vec::new());
    for file in files {
        let content = file.content.expose_secret().as_bytes();
        let mut header = tar::Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(file.mode);
        header.set_uid(file.owner.0);
        header.set_gid(file.owner.1);
        let target = file.target.trim_start_matches('/');
        archive.append_data(&mut header, target, content).trying(format_args!("pack `{}`", file.target))?;
    }
    archive.into_inner().trying("pack the secrets and configs")
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn files_are_packed_with_their_place_owner_and_mode() {
        let file = File {
            target: "/run/secrets/key".into(),
            mode: 0o440,
            owner: (1000, 2000),
            content: "blue-marble".into(),
        };
        let packed = archive(&[file]).unwrap();
        let mut archive = tar::Archive::new(packed.as_slice());
        let mut entry = archive.entries().unwrap().next().unwrap().unwrap();
        assert_eq!(entry.path().unwrap().to_str(), Some("run/secrets/key"));
        let header = entry.header();
        assert_eq!(
            (header.mode().unwrap(), header.uid().unwrap(), header.gid().unwrap()),
            (0o440, 1000, 2000)
        );
        let mut text = String::new();
        entry.read_to_string(&mut text).unwrap();
        assert_eq!(text, "blue-marble");
    }
}
