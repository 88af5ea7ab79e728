//! Going back to what an earlier run has brought about: the stack as it was kept, of the images that it was made of then.
//! Where their names mean others by now, they are named by their ids; nothing is pulled or built.

use std::collections::BTreeSet;

use crate::failure::{Failure, Result};
use crate::stack::choice::Target;
use crate::stack::compose::project::Environment;
use crate::stack::compose::{Node, Problem};
use crate::stack::engine::Engine;
use crate::stack::excerpt;
use crate::stack::model::{Pull, Stack};
use crate::stack::observed::{Observed, observe};

use super::applied::{Applied, Kept};
use super::plan::Wanted;

/// What is gone back to.
#[derive(Debug)]
pub struct Back {
    /// What was brought about then.
    pub applied: Applied,
    /// The services that have come since.
    withdrawn: BTreeSet<String>,
}

impl Back {
    /// What is kept of the project.
    ///
    /// # Errors
    /// Nothing is.
    pub fn new(target: &Target, environment: &Environment, kept: &mut Kept) -> Result<Self> {
        let last = kept.last.clone();
        let Some(mut applied) = kept.take_back() else {
            return Err(Failure::environment(format!(
                "there is nothing to go back to: of the stack `{}` no earlier configuration is kept",
                target.name
            ))
            .hint("`tars up` keeps what was there before, from the second configuration on"));
        };
        let services = last.iter().flat_map(|last| &last.stack.services).map(|service| service.name.clone());
        let mut withdrawn: BTreeSet<String> = services.chain(target.services()).collect();
        withdrawn.retain(|name| applied.stack.service(name).is_none());
        applied.stack = applied.stack.with_variables(environment);
        for service in &mut applied.stack.services {
            (service.build, service.pull) = (None, Pull::Never);
        }
        Ok(Self { applied, withdrawn })
    }

    /// When it was brought about.
    #[must_use]
    pub fn since(&self) -> String {
        self.applied.at.to_zoned(jiff::tz::TimeZone::system()).strftime("%F %H:%M").to_string()
    }

    /// What is asked of the planner, for going there.
    #[must_use]
    pub fn wanted(&self, wanted: &Wanted) -> Wanted {
        Wanted { pull: Some(Pull::Never), withdrawn: self.withdrawn.clone(), ..wanted.clone() }
    }

    /// The stack, with images by their ids where their names mean others, and what the engine has of it.
    ///
    /// # Errors
    /// An image is gone, or the engine does not answer.
    pub async fn look(mut self, engine: &Engine) -> Result<(Stack, Observed)> {
        let mut there = observe(engine, &self.applied.stack).await?;
        let moved = self.pin(&there).map_err(|problem| excerpt::failure(&problem))?;
        if !moved.is_empty() {
            there = observe(engine, &self.applied.stack).await?;
        }
        for service in self.applied.stack.services.iter().filter(|service| service.replicas > 0) {
            if !there.images.contains_key(&service.image) {
                let name = moved.iter().find(|(name, _)| *name == service.name);
                let image = name.map_or(service.image.as_str(), |(_, image)| image);
                return Err(gone(&service.name, image, self.applied.images.get(&service.name)));
            }
        }
        Ok((self.applied.stack, there))
    }

    /// Names images by their ids where their names mean others or nothing; those services, and the names.
    fn pin(&mut self, there: &Observed) -> std::result::Result<Vec<(String, String)>, Problem> {
        let stack = &mut self.applied.stack;
        let mut moved = Vec::new();
        for (service, id) in &self.applied.images {
            let Some(image) = stack.service(service).map(|service| service.image.clone()) else { continue };
            if there.images.get(&image).is_some_and(|image| image.id == *id) {
                continue;
            }
            stack.amend(service, |says| {
                let Some(says) = says.as_map_mut() else { return false };
                says.set("image", Node::text(id));
                true
            })?;
            moved.push((service.clone(), image));
        }
        Ok(moved)
    }
}

fn gone(service: &str, image: &str, id: Option<&String>) -> Failure {
    let shown = match id {
        Some(id) => format!("`{image}` ({})", short(id)),
        None => format!("`{image}`"),
    };
    Failure::environment(format!(
        "cannot go back: the image {shown} that `{service}` had is not there any more"
    ))
    .hint("nothing was changed: correct the compose files instead, and run `tars up`")
}

/// `sha256:0123456789ab…` as `docker images` shows it.
fn short(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::paths::Home;
    use crate::stack::compose::load;
    use crate::stack::compose::project::Options;
    use crate::stack::observed::Image;

    const OLD: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    fn stack(text: &str) -> Stack {
        let options = Options {
            files: vec!["-".into()],
            working_directory: "/srv/home".into(),
            stdin: Some(text.to_owned()),
            ..Options::default()
        };
        Stack::new(&load::load(&options).unwrap()).unwrap()
    }

    fn applied(text: &str) -> Applied {
        let stack = stack(text);
        let image = |name: &str| (name.to_string(), OLD.to_string());
        let images = stack.services.iter().map(|service| image(&service.name)).collect();
        Applied { stack, images, ..Applied::default() }
    }

    fn target() -> Target {
        Target { name: "home".into(), project: None, dormant: Vec::new() }
    }

    #[test]
    fn images_are_named_by_their_ids_where_their_names_mean_others() {
        let text = "services: {db: {image: 'db:1'}, web: {image: 'web:1', user: me}}";
        let mut back = Back { applied: applied(text), withdrawn: BTreeSet::new() };
        let image = |id: &str| Image { id: id.into(), since: None };
        let images = BTreeMap::from([("db:1".into(), image(OLD)), ("web:1".into(), image("sha256:ff"))]);
        let moved = back.pin(&Observed { images, ..Observed::default() }).unwrap();
        assert_eq!(moved, [("web".to_string(), "web:1".to_string())]);
        let by_id = stack(&text.replace("'web:1'", OLD));
        for (was, is) in by_id.services.iter().zip(&back.applied.stack.services) {
            assert_eq!((&was.hash, &was.config, &was.image), (&is.hash, &is.config, &is.image));
        }
    }

    #[test]
    fn what_has_come_since_goes_and_nothing_is_built() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(directory.path());
        let before = "services: {db: {image: 'db:1'}, web: {build: {context: .}, pull_policy: build}}";
        let now = "services: {db: {image: 'db:1'}, extra: {image: 'x:1'}}";
        let kept = || Kept::read(&home, "home").unwrap();
        kept().keep(&home, applied(before)).unwrap();
        let nothing = Back::new(&target(), &Environment::new(), &mut kept()).unwrap_err();
        assert!(nothing.to_string().contains("nothing to go back to"), "{nothing}");
        kept().keep(&home, applied(now)).unwrap();
        let back = Back::new(&target(), &Environment::new(), &mut kept()).unwrap();
        assert_eq!(back.withdrawn, BTreeSet::from(["extra".to_string()]));
        let services = &back.applied.stack.services;
        assert!(services.iter().all(|service| service.build.is_none() && service.pull == Pull::Never));
        assert_eq!(services.len(), 2);
    }

    #[test]
    fn an_image_that_is_gone_is_told_by_its_name_and_id() {
        let failure = gone("web", "web:1", Some(&OLD.to_string()));
        assert!(failure.to_string().contains("`web:1` (0123456789ab) that `web` had"), "{failure}");
    }
}
