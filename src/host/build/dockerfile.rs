//! Where the Dockerfile of a build is: in its context, beside it, or in the compose file itself. One that is not in the
//! context travels in it under a name that nobody else uses, and the engine takes it out again.

use std::path::{Path, PathBuf};

use super::Order;
use crate::failure::{Failure, IoContext, Result};

/// What it is called where nobody says.
const NAME: &str = "Dockerfile";

/// A Dockerfile.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Dockerfile {
    /// In the context, at this path.
    Inside(String),
    /// Its text, and the name that it has in the archive.
    Beside {
        /// The name.
        name: String,
        /// The text.
        text: Vec<u8>,
        /// Where it was read, if it was in a file.
        from: Option<PathBuf>,
    },
}

impl Dockerfile {
    /// Finds that of a build whose context is this directory.
    pub(super) fn find(order: &Order<'_>, context: &Path) -> Result<Self> {
        let said = |key: &str| order.build.get(key).and_then(|value| value.as_str());
        if let Some(text) = said("dockerfile_inline") {
            return Self::beside(text.into(), None);
        }
        let path = context.join(said("dockerfile").unwrap_or(NAME));
        let lower = context.join(NAME.to_lowercase());
        let path = if path == context.join(NAME) && !path.exists() && lower.exists() { lower } else { path };
        // A link may lead out of the context, and a path with `..` back into it.
        let place = path.canonicalize().map_err(|error| {
            Failure::environment(format!(
                "cannot read the Dockerfile `{}` of `{}`",
                path.display(),
                order.service
            ))
            .because(&error)
            .hint(format!(
                "correct `services.{}.build.dockerfile`; it is relative to the context",
                order.service
            ))
        })?;
        match place
            .strip_prefix(context.canonicalize().trying(format_args!("resolve `{}`", context.display()))?)
        {
            Ok(inside) => Ok(Self::Inside(inside.to_string_lossy().into_owned())),
            Err(_) => {
                let text = std::fs::read(&place).trying(format_args!("read `{}`", place.display()))?;
                Self::beside(text, Some(place))
            }
        }
    }

    fn beside(text: Vec<u8>, from: Option<PathBuf>) -> Result<Self> {
        let mut random = [0; 10];
        getrandom::fill(&mut random)
            .map_err(|error| Failure::environment("the system gives no random numbers").because(&error))?;
        let name = random.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        Ok(Self::Beside { name: format!(".dockerfile.{name}"), text, from })
    }

    /// Its path in the archive.
    pub(super) fn path(&self) -> &str {
        match self {
            Self::Inside(path) => path,
            Self::Beside { name, .. } => name,
        }
    }
}
