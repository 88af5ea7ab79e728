//! Secrets and configs. One that is a file of the host is mounted, as it is. One whose content stands in the compose
//! files or in a variable is written into the container before it starts, and is nowhere else on the disk.

use bollard::models::{Mount, MountBindOptions, MountType};
use secrecy::SecretString;

use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Problem, Result};
use crate::stack::model::{Service, Stack};

/// A file to write into a container before it starts.
#[derive(Debug, Clone)]
pub struct File {
    /// Its path in the container.
    pub target: String,
    /// Its mode: `0o444` where none is said.
    pub mode: u32,
    /// Whom it belongs to: user and group, 0 where none is said.
    pub owner: (u64, u64),
    /// What stands in it.
    pub content: SecretString,
}

/// The two kinds, which differ in where they are found.
struct Kind {
    /// The key of a service and of the file.
    key: &'static str,
    /// What one of them is called.
    name: &'static str,
    /// Where the container finds one that says no absolute path.
    directory: &'static str,
}

const SECRETS: Kind = Kind { key: "secrets", name: "secret", directory: "/run/secrets/" };
const CONFIGS: Kind = Kind { key: "configs", name: "config", directory: "/" };

/// Something that a service reads: how it uses it, and what it is.
struct Use<'a> {
    kind: &'static Kind,
    /// What the service says.
    says: Fields<'a>,
    /// What the top of the files says.
    object: Fields<'a>,
    source: &'a str,
}

impl Use<'_> {
    fn target(&self) -> String {
        let target = self.says.text("target").unwrap_or(self.source);
        if target.starts_with('/') { target.into() } else { format!("{}{target}", self.kind.directory) }
    }

    /// It is not a file of the host.
    fn has_content(&self) -> bool {
        self.object.has("environment") || self.object.has("content")
    }
}

/// The mounts of secrets and configs that are files of the host.
///
/// # Errors
/// One is kept somewhere else than on this machine.
pub(super) fn mounts(stack: &Stack, says: Fields) -> Result<Vec<Mount>> {
    let files = uses(stack, says)?.into_iter().filter(|file| !file.has_content());
    Ok(files
        .map(|file| Mount {
            typ: Some(MountType::BIND),
            source: file.object.string("file"),
            target: Some(file.target()),
            read_only: Some(true),
            bind_options: (file.kind.key == SECRETS.key).then(MountBindOptions::default),
            ..Mount::default()
        })
        .collect())
}

/// The files that are written into the container.
///
/// # Errors
/// A variable is not set, an owner is no number, or nothing can be written into the container.
pub fn files(stack: &Stack, service: &Service) -> Result<Vec<File>> {
    let says = stack.says(&service.name);
    let contents = uses(stack, says)?.into_iter().filter(Use::has_content);
    contents
        .map(|file| {
            let (kind, source) = (file.kind.name, file.source);
            if says.flag("read_only") {
                let message = format!("the {kind} `{source}` cannot be written into a read-only container");
                return Err(Problem::new(&says.place("read_only"), message)
                    .hint(format!("keep the {kind} in a file, and name it with `file:`")));
            }
            Ok(File {
                target: file.target(),
                mode: mode(file.says).unwrap_or(0o444),
                owner: (id(&file, "uid")?, id(&file, "gid")?),
                content: content(stack, &file)?,
            })
        })
        .collect()
}

fn uses<'a>(stack: &'a Stack, says: Fields<'a>) -> Result<Vec<Use<'a>>> {
    let mut uses = Vec::new();
    for kind in [&SECRETS, &CONFIGS] {
        for entry in says.items(kind.key) {
            let Some(source) = entry.text("source") else { continue };
            let object = Fields::of(Some(&stack.tree)).at(&[kind.key, source]);
            for key in ["external", "driver", "template_driver"] {
                if object.flag(key) || object.text(key).is_some() {
                    let message =
                        format!("the {} `{source}` has `{key}`, which only a swarm can carry out", kind.name);
                    return Err(Problem::new(&object.place(key), message)
                        .hint("keep it in a file (`file:`) or in a variable (`environment:`)"));
                }
            }
            uses.push(Use { kind, says: entry, object, source });
        }
    }
    Ok(uses)
}

fn content(stack: &Stack, file: &Use) -> Result<SecretString> {
    if let Some(content) = file.object.text("content") {
        return Ok(SecretString::from(content));
    }
    let name = file.object.text("environment").unwrap_or_default();
    stack.variables.get(name).cloned().ok_or_else(|| {
        let message =
            format!("the {} `{}` needs the variable `{name}`, which is not set", file.kind.name, file.source);
        Problem::new(&file.object.place("environment"), message)
            .hint(format!("set `{name}` in the environment or in `.env`"))
    })
}

fn mode(says: Fields) -> Option<u32> {
    u32::from_str_radix(says.text("mode")?, 8).ok()
}

fn id(file: &Use, key: &str) -> Result<u64> {
    let Some(text) = file.says.text(key) else { return Ok(0) };
    text.parse().map_err(|_| {
        Problem::new(&file.says.place(key), format!("`{key}` must be a number, not `{text}`"))
            .hint("names are known in the container alone")
    })
}
