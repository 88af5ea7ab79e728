//! What becomes of each container that is there, and which are missing. Nothing is said here of when.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::{Case, Recreate, cause, runs};
use crate::redact::Redactor;
use crate::redact::values::Values;
use crate::stack::labels;
use crate::stack::model::Service;
use crate::stack::observed::{Container, State};
use crate::up::trouble;

/// What becomes of a container.
#[derive(Debug)]
pub enum Fate {
    /// It stays.
    Keep,
    /// Another one is put in its place, for this reason.
    Recreate(String),
    /// It goes, for this reason.
    Remove(String),
}

/// What becomes of a service.
#[derive(Debug, Default)]
pub struct Verdict<'a> {
    /// What becomes of its containers.
    pub fates: Vec<(&'a Container, Fate)>,
    /// The numbers of those that are missing.
    pub missing: Vec<u32>,
    /// Those that would be made anew, and why, where `--no-recreate` keeps them.
    pub left: Vec<(&'a Container, String)>,
}

impl Verdict<'_> {
    /// Whether its first container, by name, will be another one than it is: that one is meant where the service is named.
    fn has_another_first(&self, name: impl Fn(u32) -> String) -> bool {
        let before = self.fates.iter().map(|(container, _)| (&container.name, &container.id)).min();
        let stay = self.fates.iter().filter_map(|(container, fate)| match fate {
            Fate::Keep => Some((container.name.clone(), Some(&container.id))),
            Fate::Recreate(_) => Some((name(container.number), None)),
            Fate::Remove(_) => None,
        });
        let after = stay.chain(self.missing.iter().map(|number| (name(*number), None))).min();
        after.is_some_and(|(_, id)| id.is_none() || id != before.map(|(_, id)| id))
    }
}

/// The verdicts on all services of the plan, by name.
pub fn all<'a>(case: &Case<'a>, replaced: &BTreeSet<&str>) -> BTreeMap<&'a str, Verdict<'a>> {
    let mut verdicts = BTreeMap::new();
    for service in &case.order {
        let verdict = Judge { case, replaced, before: &verdicts, service }.verdict();
        verdicts.insert(service.name.as_str(), verdict);
    }
    verdicts
}

struct Judge<'j, 'a> {
    case: &'j Case<'a>,
    replaced: &'j BTreeSet<&'j str>,
    /// The verdicts on what the service depends on.
    before: &'j BTreeMap<&'a str, Verdict<'a>>,
    service: &'a Service,
}

impl<'a> Judge<'_, 'a> {
    fn verdict(&self) -> Verdict<'a> {
        let mut verdict = Verdict::default();
        let mut kept = Vec::new();
        let hash = self.hash();
        for container in self.case.containers(&self.service.name) {
            match container.state {
                State::Removing => {
                    verdict.fates.push((container, Fate::Remove("it is being removed".into())));
                }
                State::Dead => {
                    verdict.fates.push((container, Fate::Remove("it could not be removed before".into())));
                }
                _ => kept.push((container, self.reason(container, &hash))),
            }
        }
        for double in self.take_doubles(&mut kept) {
            verdict.fates.push((double, Fate::Remove("a run that was interrupted has left it".into())));
        }
        // Those that are as declared stay before those that are not, and the first before the last.
        kept.sort_by_key(|(container, reason)| (reason.is_some(), container.number));
        let (there, wanted) = (kept.len(), self.service.replicas as usize);
        for (container, _) in kept.drain(wanted.min(there)..) {
            verdict.fates.push((container, Fate::Remove(format!("replicas {there} → {wanted}"))));
        }
        let taken: BTreeSet<u32> = kept.iter().map(|(container, _)| container.number).collect();
        verdict.missing = (1..).filter(|number| !taken.contains(number)).take(wanted - kept.len()).collect();
        kept.sort_by_key(|(container, _)| container.number);
        for (container, reason) in kept {
            let fate = match reason {
                Some(reason) if self.case.wanted.recreate == Recreate::Never => {
                    verdict.left.push((container, reason));
                    Fate::Keep
                }
                Some(reason) => Fate::Recreate(reason),
                None => Fate::Keep,
            };
            verdict.fates.push((container, fate));
        }
        verdict
    }

    /// Takes out all but one of the containers with the same number: a run that is interrupted while it replaces one
    /// leaves two. The one with the right name stays, and before all the one that is as declared.
    fn take_doubles(&self, kept: &mut Vec<(&'a Container, Option<String>)>) -> Vec<&'a Container> {
        kept.sort_by_key(|(container, reason)| {
            (container.number, self.is_stopgap(container), reason.is_some(), Reverse(runs(container)))
        });
        let mut doubles = Vec::new();
        let mut last = None;
        kept.retain(|(container, _)| {
            let is_first = last.replace(container.number) != Some(container.number);
            if !is_first {
                doubles.push(*container);
            }
            is_first
        });
        doubles
    }

    /// Whether it has the name under which a container waits to take another one's place: `0123456789ab_home-web-1`.
    fn is_stopgap(&self, container: &Container) -> bool {
        let name = self.case.stack.container_name(self.service, container.number);
        container.name.split_once('_').is_some_and(|(id, rest)| {
            rest == name && id.len() == 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
        })
    }

    /// The hash that the service's containers have, as its partners' containers are now.
    fn hash(&self) -> String {
        let first = |partner: &str| {
            let first = self.case.containers(partner).min_by(|a, b| a.name.cmp(&b.name));
            first.map(|container| container.id.clone())
        };
        self.case.stack.container_hash(self.service, first)
    }

    /// Why a container has to be made anew.
    fn reason(&self, container: &Container, hash: &str) -> Option<String> {
        let wanted = self.case.wanted;
        let is_named = wanted.services.is_empty() || wanted.services.contains(&self.service.name);
        if wanted.recreate == Recreate::Force && is_named {
            return Some("`--force-recreate` was given".into());
        }
        if self.is_stopgap(container) {
            return Some("a run that was interrupted has left it under this name".into());
        }
        self.partner().or_else(|| {
            (container.hash != hash).then(|| self.changes(container)).or_else(|| {
                self.image(container).or_else(|| self.network(container)).or_else(|| self.volume(container))
            })
        })
    }

    /// A container holds on to the one whose network it is in, even when that is gone.
    fn partner(&self) -> Option<String> {
        let is_another = |partner: &str| {
            let (Some(verdict), Some(service)) = (self.before.get(partner), self.case.stack.service(partner))
            else {
                return false;
            };
            verdict.has_another_first(|number| self.case.stack.container_name(service, number))
        };
        let (key, partner) = self.service.partners().into_iter().find(|(_, partner)| is_another(partner))?;
        Some(format!("`{partner}` is another container now, which `{key}` names"))
    }

    fn changes(&self, container: &Container) -> String {
        let unknown = || "its configuration is another one".to_string();
        let Some(before) = self.case.applied.and_then(|applied| applied.stack.service(&self.service.name))
        else {
            return unknown();
        };
        // The hash of one with partners has their ids in it, and cannot be compared.
        let is_of_it = before.hash == container.hash || !before.partners().is_empty();
        is_of_it
            .then(|| cause::between(&before.config, &self.service.config, &self.redactor()))
            .flatten()
            .unwrap_or_else(unknown)
    }

    /// Knows what is secret by its value, before and now.
    fn redactor(&self) -> Redactor {
        let stacks = self.case.applied.iter().map(|applied| &applied.stack).chain([self.case.stack]);
        Redactor { values: Values::new(stacks.flat_map(trouble::held)), ..Redactor::default() }
    }

    fn image(&self, container: &Container) -> Option<String> {
        let wanted = self.case.there.images.get(&self.service.image)?;
        let made_of = container.labels.get(labels::IMAGE).unwrap_or(&container.image);
        (*made_of != wanted.id).then(|| "its image is another one".into())
    }

    fn network(&self, container: &Container) -> Option<String> {
        let networks = self.service.networks.iter().filter_map(|key| self.case.stack.network(key));
        for network in networks {
            let name = network.name.as_str();
            if self.replaced.contains(name) {
                return Some(format!("its network `{name}` is made anew"));
            }
            let there = self.case.there.networks.get(name);
            // One that was never started has the network's name only.
            let is_in = container.networks.iter().any(|(known, id)| match there {
                _ if id.is_empty() => known == name,
                Some(there) => there.id == *id,
                None => false,
            });
            if !is_in {
                return Some(format!("it is not in the network `{name}`"));
            }
        }
        None
    }

    fn volume(&self, container: &Container) -> Option<String> {
        let volumes = self.service.volumes.iter().filter_map(|key| self.case.stack.volume(key));
        let missing = volumes.map(|volume| &volume.name).find(|name| !container.volumes.contains(*name))?;
        Some(format!("the volume `{missing}` is not mounted in it"))
    }
}
