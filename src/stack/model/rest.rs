//! Two stacks of one project as one: what a run was about, and the rest, which an earlier one was about. Nothing is
//! resolved again.

use super::{Stack, read};
use crate::stack::compose::normalize::drop_unused;
use crate::stack::compose::{Kind, Map, Node};

impl Stack {
    /// Takes these services of another stack of the same project over, in the place of those of the same name, with the
    /// networks, volumes, secrets and configs that they use and that are not declared here.
    pub fn take_over(&mut self, other: &Self, services: &[&str]) {
        let is_taken = |name: &str| services.contains(&name);
        self.services.retain(|service| !is_taken(&service.name));
        self.services.extend(other.services.iter().filter(|service| is_taken(&service.name)).cloned());
        self.services.sort_by(|a, b| a.name.cmp(&b.name));
        self.others.retain(|name| !is_taken(name));

        for (name, service) in section(&other.tree, "services").filter(|(name, _)| is_taken(name)) {
            put(&mut self.tree, "services", name, service);
        }
        for kind in ["networks", "volumes", "secrets", "configs"] {
            for (key, resource) in section(&other.tree, kind) {
                if section(&self.tree, kind).all(|(known, _)| known != key) {
                    put(&mut self.tree, kind, key, resource);
                }
            }
        }
        drop_unused(&mut self.tree);

        let tree = &self.tree;
        let is_used = |kind: &str, key: &str| section(tree, kind).any(|(known, _)| known == key);
        let known: Vec<_> = self.networks.iter().map(|network| network.key.clone()).collect();
        let new = other.networks.iter().filter(|network| !known.contains(&network.key));
        self.networks.extend(new.cloned());
        self.networks.retain(|network| is_used("networks", &network.key));
        let known: Vec<_> = self.volumes.iter().map(|volume| volume.key.clone()).collect();
        let new = other.volumes.iter().filter(|volume| !known.contains(&volume.key));
        self.volumes.extend(new.cloned());
        self.volumes.retain(|volume| is_used("volumes", &volume.key));
        (self.secrets, self.configs) = read::contents(tree);
    }
}

fn section<'a>(tree: &'a Node, kind: &str) -> impl Iterator<Item = (&'a str, &'a Node)> {
    let section = tree.as_map().and_then(|tree| tree.get(kind)?.as_map());
    section.into_iter().flat_map(Map::iter)
}

fn put(tree: &mut Node, kind: &str, key: &str, value: &Node) {
    let Some(tree) = tree.as_map_mut() else { return };
    if tree.get(kind).is_none_or(Node::is_null) {
        tree.set(kind, Node::made(Kind::Map(Map::default())));
    }
    if let Some(section) = tree.get_mut(kind).and_then(Node::as_map_mut) {
        section.set(key, value.clone());
    }
}

#[cfg(test)]
mod tests {
    use crate::stack::compose::load;
    use crate::stack::compose::project::Options;
    use crate::stack::model::Stack;

    fn read(text: &str, services: &[&str]) -> Stack {
        let options = Options {
            files: vec!["-".into()],
            working_directory: "/srv/home".into(),
            services: services.iter().map(ToString::to_string).collect(),
            stdin: Some(text.to_owned()),
            ..Options::default()
        };
        Stack::new(&load::load(&options).unwrap()).unwrap()
    }

    const BEFORE: &str = "services:
  db: {image: 'db:1', networks: [back], volumes: ['data:/v'], secrets: [key]}
  web: {image: 'web:1', networks: [back, front]}
networks: {back: {driver: bridge}, front: {}}
volumes: {data: {}}
secrets: {key: {file: ./key}}
";

    #[test]
    fn a_part_and_the_rest_are_the_whole() {
        let now = BEFORE.replace("web:1", "web:2").replace(", front]", "]");
        let mut merged = read(&now, &["web"]);
        assert_eq!((merged.others.as_slice(), merged.volumes.len()), (["db".to_string()].as_slice(), 0));
        merged.take_over(&read(BEFORE, &[]), &["db"]);
        let whole = read(&now, &[]);
        assert_eq!(serde_json::to_value(&merged).unwrap(), serde_json::to_value(&whole).unwrap());
    }

    #[test]
    fn what_is_there_of_the_same_name_makes_way() {
        let mut merged = read(&BEFORE.replace("db:1", "db:2"), &[]);
        merged.take_over(&read(BEFORE, &[]), &["db"]);
        let before = read(BEFORE, &[]);
        assert_eq!(merged.service("db").unwrap().hash, before.service("db").unwrap().hash);
        assert_eq!((merged.services.len(), merged.networks.len()), (2, 2));
    }
}
