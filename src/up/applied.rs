//! What `tars up` has brought about, kept in a file for each project: what it shows as changed is compared with that, and
//! `--rollback` goes back to what was there before. The file has the secrets of the stack in it, and is private.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::config::paths::Home;
use crate::failure::{Failure, IoContext, Result};
use crate::host::files;
use crate::stack::model::{Service, Stack};
use crate::stack::observed::{Observed, State};

/// The form of the file.
const SCHEMA: u32 = 1;

/// What one run brought about.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Applied {
    /// When.
    pub at: Timestamp,
    /// What was declared.
    pub stack: Stack,
    /// The ids of the images, by service.
    pub images: BTreeMap<String, String>,
    /// The ids of the containers that had ended well by themselves.
    pub done: BTreeSet<String>,
}

/// What is kept of a project.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Kept {
    schema: u32,
    /// What the last run brought about.
    pub last: Option<Applied>,
    /// What was there before it: the last that was another one.
    pub before: Option<Applied>,
    /// A run has begun to change what the last one brought about, and none has ended well since.
    #[serde(default)]
    unfinished: bool,
}

impl Applied {
    /// What is declared and there now.
    #[must_use]
    pub fn new(at: Timestamp, stack: &Stack, there: &Observed) -> Self {
        let image = |name: &String| there.images.get(name).map(|image| image.id.clone());
        let images =
            stack.services.iter().filter_map(|service| Some((service.name.clone(), image(&service.image)?)));
        // Who is started again does not end by itself; and of a service that is not in the stack nobody knows.
        let ends = |name: &str| stack.service(name).is_some_and(|service| !service.restarts());
        let done = there.containers.iter().filter(|container| {
            container.state == State::Exited && container.exit_code == Some(0) && ends(&container.service)
        });
        Self {
            at,
            images: images.collect(),
            done: done.map(|container| container.id.clone()).collect(),
            stack: stack.clone(),
        }
    }

    /// With what an earlier run has brought about and this one was not about: the services that the files still have, and
    /// of which there are containers. `is_meant` says of a service of this stack whether the run was about it.
    #[must_use]
    pub fn over(
        mut self,
        earlier: Option<&Self>,
        there: &Observed,
        is_meant: impl Fn(&Service) -> bool,
    ) -> Self {
        let is_its = |name: &str| self.stack.service(name).is_some_and(&is_meant);
        for container in there.containers.iter().filter(|container| !is_its(&container.service)) {
            if earlier.is_some_and(|earlier| earlier.done.contains(&container.id)) {
                self.done.insert(container.id.clone());
            } else {
                self.done.remove(&container.id);
            }
        }
        let Some(earlier) = earlier else { return self };
        let stays = |name: &&str| match self.stack.service(name) {
            Some(service) => !is_meant(service),
            None => {
                self.stack.others.iter().any(|other| other == name)
                    && there.containers.iter().any(|container| container.service == **name)
            }
        };
        let names = earlier.stack.services.iter().map(|service| service.name.as_str());
        let rest: Vec<&str> = names.filter(stays).collect();
        for name in &rest {
            self.images.remove(*name);
            self.images
                .extend(earlier.images.get_key_value(*name).map(|(name, id)| (name.clone(), id.clone())));
        }
        self.stack.take_over(&earlier.stack, &rest);
        self
    }

    /// Whether another one declares the same, of the same images.
    fn is_like(&self, other: &Self) -> bool {
        let hashes = |applied: &Self| {
            let Stack { services, networks, volumes, .. } = &applied.stack;
            let services = services.iter().map(|it| (it.name.clone(), it.hash.clone(), it.replicas));
            let networks = networks.iter().map(|it| (it.name.clone(), it.hash.clone(), 1));
            let volumes = volumes.iter().map(|it| (it.name.clone(), it.hash.clone(), 1));
            [services.collect::<BTreeSet<_>>(), networks.collect(), volumes.collect()]
        };
        self.images == other.images && hashes(self) == hashes(other)
    }
}

impl Kept {
    /// Reads what is kept of a project; nothing where there is nothing.
    ///
    /// # Errors
    /// It cannot be read, or is not understood.
    pub fn read(home: &Home, project: &str) -> Result<Self> {
        let path = path(home, project);
        let text = match std::fs::read_to_string(&path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Self::default()),
            text => text.trying(format_args!("read `{}`", path.display()))?,
        };
        let strange = |why: &str| {
            Failure::environment(format!("`{}` is not understood: {why}", path.display())).hint(
                "remove the file: what is changed is then not named field by field, until the next `tars up`",
            )
        };
        // What serde says of a value that it does not expect has the value in it.
        let kept: Self = serde_json::from_str(&text).map_err(|error| {
            strange(&format!("it is no such file (line {}, column {})", error.line(), error.column()))
        })?;
        if kept.schema != SCHEMA {
            return Err(strange("another version of `tars` has written it"));
        }
        Ok(kept)
    }

    /// Whether this is what the last run brought about, and none has changed anything since.
    #[must_use]
    pub fn is_last(&self, applied: &Applied) -> bool {
        !self.unfinished && self.last.as_ref().is_some_and(|last| last.is_like(applied))
    }

    /// What there is to go back to: what was there before the last run, or what that has brought about where one that came
    /// later did not end well. [`Kept::keep`] is to be told of it as what is there then.
    pub fn take_back(&mut self) -> Option<Applied> {
        if self.unfinished { self.last.take() } else { self.before.take() }
    }

    /// Notes that a run begins to change what the last one brought about: it may end anywhere.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin(&mut self, home: &Home, project: &str) -> Result<()> {
        if self.unfinished || self.last.is_none() {
            return Ok(());
        }
        self.unfinished = true;
        self.write(home, project)
    }

    /// Keeps what a run has brought about, and what was there before.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep(mut self, home: &Home, applied: Applied) -> Result<()> {
        if let Some(last) = self.last.take().filter(|last| !last.is_like(&applied)) {
            self.before = Some(last);
        }
        let project = applied.stack.project.clone();
        self.last = Some(applied);
        self.unfinished = false;
        self.write(home, &project)
    }

    fn write(&mut self, home: &Home, project: &str) -> Result<()> {
        let path = path(home, project);
        self.schema = SCHEMA;
        let text = serde_json::to_vec(&self).map_err(|error| {
            Failure::environment(format!("cannot write `{}`", path.display())).because(&error)
        })?;
        if let Some(directory) = path.parent() {
            files::directory(directory, 0o700)?;
        }
        files::write(&path, &text, files::PRIVATE)
    }
}

/// Removes what is kept of a project, of which nothing is there any more.
///
/// # Errors
/// The file cannot be removed.
pub fn forget(home: &Home, project: &str) -> Result<()> {
    let path = path(home, project);
    match std::fs::remove_file(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        removed => removed.trying(format_args!("remove `{}`", path.display())),
    }
}

fn path(home: &Home, project: &str) -> PathBuf {
    home.state.join("stacks").join(format!("{project}.json"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::stack::observed::Container;

    fn applied(hash: &str) -> Applied {
        let service = Service { name: "web".into(), hash: hash.into(), ..Default::default() };
        let stack = Stack { project: "home".into(), services: vec![service], ..Default::default() };
        Applied { stack, ..Default::default() }
    }

    fn hash(applied: Option<&Applied>) -> Option<&str> {
        applied.map(|applied| applied.stack.services[0].hash.as_str())
    }

    #[test]
    fn the_one_before_is_another_one() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(directory.path());
        for (next, before) in [("a", None), ("a", None), ("b", Some("a")), ("b", Some("a")), ("a", Some("b"))]
        {
            Kept::read(&home, "home").unwrap().keep(&home, applied(next)).unwrap();
            let kept = Kept::read(&home, "home").unwrap();
            assert_eq!((hash(kept.last.as_ref()), hash(kept.before.as_ref())), (Some(next), before));
        }
        let mode = std::fs::metadata(path(&home, "home")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn who_goes_back_goes_forward_again() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(directory.path());
        let kept = || Kept::read(&home, "home").unwrap();
        let go_back = || {
            let mut kept = kept();
            let goal = kept.take_back()?;
            kept.keep(&home, goal).unwrap();
            hash(Kept::read(&home, "home").unwrap().last.as_ref()).map(str::to_string)
        };
        assert_eq!(go_back(), None);
        kept().keep(&home, applied("a")).unwrap();
        assert_eq!(go_back(), None);
        kept().keep(&home, applied("b")).unwrap();
        assert_eq!([go_back(), go_back(), go_back()].map(Option::unwrap), ["a", "b", "a"]);
        // What did not end well was never there: it is gone back to what was.
        kept().begin(&home, "home").unwrap();
        assert!(!kept().is_last(&applied("a")));
        assert_eq!([go_back(), go_back()].map(Option::unwrap), ["a", "b"]);
        assert!(kept().is_last(&applied("b")));
    }

    #[test]
    fn what_a_run_was_not_about_stays_applied() {
        let stack = |names: &[&str], hash: &str, others: &[&str]| Stack {
            project: "home".into(),
            services: names
                .iter()
                .map(|name| Service { name: (*name).into(), hash: hash.into(), ..Default::default() })
                .collect(),
            others: others.iter().map(ToString::to_string).collect(),
            ..Default::default()
        };
        let images = |names: &[&str], id: &str| {
            names.iter().map(|name| ((*name).to_string(), id.to_string())).collect::<BTreeMap<_, _>>()
        };
        let whole = ["db", "gone", "job", "old", "web"];
        let earlier =
            Applied { stack: stack(&whole, "1", &[]), images: images(&whole, "i1"), ..Default::default() };
        let now = Applied {
            stack: stack(&["db", "web"], "2", &["gone", "job"]),
            images: images(&["db", "web"], "i2"),
            ..Default::default()
        };
        let container = |service: &str| Container { service: service.into(), ..Default::default() };
        let containers = ["db", "job", "old", "web"].map(container).into();
        let there = Observed { containers, ..Default::default() };
        let merged = now.over(Some(&earlier), &there, |service| service.name == "web");
        let shown: Vec<String> = merged
            .stack
            .services
            .iter()
            .map(|service| format!("{} {} {}", service.name, service.hash, merged.images[&service.name]))
            .collect();
        assert_eq!(shown, ["db 1 i1", "job 1 i1", "web 2 i2"]);
        assert_eq!(merged.stack.others, ["gone"]);
    }

    #[test]
    fn nothing_is_kept_of_what_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(directory.path());
        Kept::default().keep(&home, applied("a")).unwrap();
        for _ in 0..2 {
            forget(&home, "home").unwrap();
            assert!(!path(&home, "home").exists());
        }
        assert!(Kept::read(&home, "home").unwrap().last.is_none());
    }

    #[test]
    fn a_file_that_is_not_understood_is_no_reason_to_show_it() {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(directory.path());
        Kept::default().keep(&home, applied("a")).unwrap();
        for text in ["{\"schema\": \"hunter2\"}", "{\"schema\": 7}", "hunter2"] {
            std::fs::write(path(&home, "home"), text).unwrap();
            let failure = Kept::read(&home, "home").unwrap_err();
            assert!(failure.to_string().contains("home.json"), "{failure}");
            assert!(!failure.to_string().contains("hunter2"), "{failure}");
            assert!(failure.hint_text().is_some());
        }
    }

    #[test]
    fn who_is_restarted_has_not_ended() {
        let ended = |service: &str| Container {
            id: service.into(),
            service: service.into(),
            state: State::Exited,
            exit_code: Some(0),
            ..Default::default()
        };
        let service = |name: &str, config: serde_json::Value| Service {
            name: name.into(),
            config,
            ..Default::default()
        };
        let any = serde_json::json!({"deploy": {"restart_policy": {"condition": "any"}}, "restart": "no"});
        let services = vec![
            service("job", serde_json::json!({"restart": "no"})),
            service("web", serde_json::json!({"restart": "always"})),
            service("app", any),
        ];
        let stack = Stack { services, ..Default::default() };
        // What is of no service of the stack was not looked at: whether it is to end is not known.
        let containers = ["job", "web", "app", "other", "task"].map(ended).into();
        let there = Observed { containers, ..Default::default() };
        let applied = Applied::new(Timestamp::UNIX_EPOCH, &stack, &there);
        assert_eq!(applied.done, BTreeSet::from(["job".to_string()]));
        let earlier = Applied { done: BTreeSet::from(["task".to_string()]), ..Default::default() };
        let over = applied.clone().over(Some(&earlier), &there, |_| true);
        assert_eq!(over.done, BTreeSet::from(["job".to_string(), "task".to_string()]));
        assert_eq!(applied.over(None, &there, |_| false).done, BTreeSet::new());
    }
}
