//! The paths of this machine that services bind: a NAS that is not mounted would be an empty directory to the container,
//! and one that hangs would hang the engine.

use serde_json::Value;

use super::Case;
use crate::facts::Fact;
use crate::facts::storage::expect::{Expected, expected, mount_at, mount_of};
use crate::facts::storage::{Storage, There, is_below};
use crate::report::{Finding, Verdict};
use crate::stack::model::{Service, Stack};

/// A path that a service binds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bind {
    /// The path.
    pub path: String,
    /// What it is to the service, as in "`web` binds …".
    what: String,
    /// Where the service says so, as a JSON pointer into the resolved files.
    at: String,
    /// The engine does not make it where it is missing.
    must_exist: bool,
}

/// All that a service binds: volumes, those whose driver binds a path, and files of secrets and configs.
pub(super) fn of(stack: &Stack, service: &Service) -> Vec<Bind> {
    let at = |key: &str, index: usize| format!("/services/{}/{key}/{index}", service.name);
    let mut found = Vec::new();
    for (index, volume) in list(&service.config, "volumes") {
        let source = text(volume, "/source");
        let bind = match text(volume, "/type") {
            "bind" => Some((source, volume.pointer("/bind/create_host_path") == Some(&Value::Bool(false)))),
            "volume" => {
                stack.volume(source).and_then(|volume| device(&volume.config)).map(|path| (path, true))
            }
            _ => None,
        };
        found.extend(bind.filter(|(path, _)| path.starts_with('/')).map(|(path, must_exist)| Bind {
            path: path.to_string(),
            what: format!("binds `{path}`"),
            at: at("volumes", index),
            must_exist,
        }));
    }
    for (key, what, all) in [("secrets", "secret", &stack.secrets), ("configs", "config", &stack.configs)] {
        for (index, used) in list(&service.config, key) {
            let name = text(used, "/source");
            let Some(path) = all.get(name).map(|one| text(one, "/file")).filter(|path| path.starts_with('/'))
            else {
                continue;
            };
            found.push(Bind {
                path: path.to_string(),
                what: format!("takes the {what} `{name}` from `{path}`"),
                at: at(key, index),
                must_exist: true,
            });
        }
    }
    found
}

/// The path that a volume of the driver `local` binds.
fn device(volume: &Value) -> Option<&str> {
    let is_local = matches!(text(volume, "/driver"), "" | "local");
    let binds = text(volume, "/driver_opts/o").split(',').any(|option| matches!(option, "bind" | "rbind"));
    Some(text(volume, "/driver_opts/device")).filter(|_| is_local && binds)
}

fn list<'v>(config: &'v Value, key: &str) -> impl Iterator<Item = (usize, &'v Value)> {
    config.get(key).and_then(Value::as_array).into_iter().flatten().enumerate()
}

fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn judge(case: &Case<'_>) -> Vec<Finding> {
    if !case.seen.local {
        return Vec::new();
    }
    let each = |service: &Service| -> Vec<Finding> {
        of(case.stack, service)
            .iter()
            .filter_map(|bind| {
                Guard { case, bind, says: format!("`{}` {}", service.name, bind.what) }.judge()
            })
            .collect()
    };
    case.starting().flat_map(each).collect()
}

/// One path, being judged.
struct Guard<'a> {
    case: &'a Case<'a>,
    bind: &'a Bind,
    /// Who does what with it.
    says: String,
}

impl Guard<'_> {
    fn judge(&self) -> Option<Finding> {
        match self.case.seen.paths.get(&self.bind.path) {
            Some(Fact::Unknown(why)) if why.starts_with("no answer in") => Some(self.hangs(why)),
            Some(Fact::Known(There::Stale(why))) => Some(self.stale(why)),
            Some(Fact::Known(there)) => {
                self.unmounted(there).or_else(|| self.no_documents()).or_else(|| self.missing(there))
            }
            Some(Fact::Unknown(why)) => Some(self.unknown(why)),
            None => Some(self.unknown("not looked at")),
        }
    }

    fn refuse(&self, id: &str, why: &str) -> Finding {
        self.case.refuse(id, &self.bind.at, format!("{}, {why}", self.says))
    }

    fn unknown(&self, why: &str) -> Finding {
        let summary = format!("{}, which could not be looked at: {why}", self.says);
        self.case.finding("up.bind.unknown", Verdict::Unknown, &self.bind.at, summary)
    }

    /// The mount that the path is on, unless that is the root.
    fn mounted_at(&self) -> Option<(&str, &str)> {
        let mounts = self.case.seen.storage.mounts.known()?;
        let mount = mount_of(mounts, &self.bind.path).filter(|mount| mount.point != "/")?;
        Some((&mount.point, &mount.source))
    }

    fn hangs(&self, why: &str) -> Finding {
        let finding = self.refuse("up.mount.hangs", &format!("which hangs ({why})"));
        finding.hint(match self.mounted_at() {
            Some((point, source)) => format!(
                "the server of `{source}` does not answer: switch it on or look at the network; `sudo umount -l {point}` takes the mount away"
            ),
            None => "its disk does not answer: look at `dmesg` for errors".into(),
        })
    }

    fn stale(&self, why: &str) -> Finding {
        let point = self.mounted_at().map_or(self.bind.path.as_str(), |(point, _)| point);
        self.refuse("up.mount.stale", &format!("whose mount is stale ({why})"))
            .hint(format!("`sudo umount -l {point}`, then `sudo mount {point}`"))
    }

    fn unmounted(&self, there: &There) -> Option<Finding> {
        let storage = &self.case.seen.storage;
        let asked_for = [self.bind.path.as_str(), leads_to(there).unwrap_or_default()]
            .into_iter()
            .find_map(|path| expected(storage, path))?;
        let mounts = match &storage.mounts {
            Fact::Known(mounts) => mounts,
            Fact::Unknown(why) => return Some(self.unknown(why)),
        };
        let Expected { point, by, source, .. } = &asked_for;
        // A mount point may be named through a link.
        let real = match self.case.seen.paths.get(point) {
            Some(Fact::Known(there)) => leads_to(there),
            _ => None,
        };
        if mount_at(mounts, point).is_some() || real.is_some_and(|real| mount_at(mounts, real).is_some()) {
            return None;
        }
        let what = if source.is_empty() { "nothing".to_string() } else { format!("`{source}`") };
        let verb = if source.is_empty() { "is" } else { "is not" };
        let why = format!("and {what} {verb} mounted on `{point}` ({by})");
        let has = |option: &str| asked_for.options.iter().any(|one| one == option);
        let finding = if has("noauto") && !has("x-systemd.automount") {
            // It may well stay away on purpose.
            self.case.warn("up.mount.absent", &self.bind.at, format!("{}, {why}", self.says))
        } else {
            self.refuse("up.mount.absent", &why)
        };
        let how = how_to_mount(storage, point);
        Some(finding.hint(format!("{how}; the service would see an empty directory otherwise")))
    }

    /// A documents directory that is not there, or that lacks the file by which it is known.
    fn no_documents(&self) -> Option<Finding> {
        let seen = self.case.seen;
        let above = |directory: &&String| is_below(&self.bind.path, directory);
        let directory = seen.documents.iter().filter(above).max_by_key(|directory| directory.len())?;
        match (seen.paths.get(directory)?.known()?, &seen.storage.sentinel) {
            (There::Missing, _) => Some(
                self.refuse(
                    "up.documents.missing",
                    &format!("and the documents directory `{directory}` does not exist"),
                )
                .hint(format!("mount or create `{directory}`, or correct `documents.paths` in `tars.toml`")),
            ),
            (There::Directory(found), Some(sentinel)) if found.sentinel == Some(false) => Some(
                self.refuse(
                    "up.documents.sentinel",
                    &format!("and `{sentinel}` is missing in the documents directory `{directory}`"),
                )
                .hint(format!(
                    "what is there is not the documents: mount what should be there, or create `{directory}/{sentinel}` if they are"
                )),
            ),
            _ => None,
        }
    }

    fn missing(&self, there: &There) -> Option<Finding> {
        (self.bind.must_exist && *there == There::Missing).then(|| {
            self.refuse("up.bind.missing", "which does not exist")
                .hint(format!("create `{}`, or correct the path", self.bind.path))
        })
    }
}

/// The command by which whatever asks for a mount is obeyed.
fn how_to_mount(storage: &Storage, point: &str) -> String {
    let mut entries = storage.fstab.known().into_iter().flat_map(|fstab| &fstab.entries);
    let mut units = storage.units.known().into_iter().flatten();
    if entries.any(|entry| entry.point == point) {
        return format!("`sudo mount {point}`");
    }
    match units.find(|unit| unit.point == point) {
        Some(unit) => format!("`sudo systemctl start {}`", unit.name),
        None => "`tars doctor --fix --only storage.nas.mounted` mounts it".into(),
    }
}

fn leads_to(there: &There) -> Option<&str> {
    match there {
        There::Directory(directory) if !directory.leads_to.is_empty() => Some(&directory.leads_to),
        _ => None,
    }
}
