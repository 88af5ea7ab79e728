//! The smaller things that a project declares: secrets, configs, models, and what it includes.

use super::common::{DRIVER_OPTS, ENTRIES, TEXT_OR_SET};
use super::shape::{FLAG, Shape, TEXT, TEXTS, WHOLE, mapping, one_of};

/// A secret of the project.
pub(super) const SECRET: &Shape = &mapping(&[
    ("name", TEXT),
    ("environment", TEXT),
    ("file", TEXT),
    ("external", EXTERNAL),
    ("labels", ENTRIES),
    ("driver", TEXT),
    ("driver_opts", DRIVER_OPTS),
    ("template_driver", TEXT),
]);

/// A config of the project.
pub(super) const CONFIG: &Shape = &mapping(&[
    ("name", TEXT),
    ("content", TEXT),
    ("environment", TEXT),
    ("file", TEXT),
    ("external", EXTERNAL),
    ("labels", ENTRIES),
    ("template_driver", TEXT),
]);

/// A model of the project.
pub(super) const MODEL: &Shape =
    &mapping(&[("name", TEXT), ("model", TEXT), ("context_size", WHOLE), ("runtime_flags", TEXTS)])
        .needs(&["model"]);

/// Another compose file that is part of this one.
pub(super) const INCLUDE: &Shape = &one_of(&[
    TEXT,
    &mapping(&[("path", TEXT_OR_SET), ("env_file", TEXT_OR_SET), ("project_directory", TEXT)])
        .without_extensions(),
]);

/// As for networks, but Docker Compose accepts unknown keys in the obsolete form.
const EXTERNAL: &Shape = &one_of(&[FLAG, TEXT, &mapping(&[("name", TEXT)]).lenient()]);
