//! Mounts and documents directories: whether the documents are really there, whether they will be there after
//! the next start of the machine, and whether the NAS that they come from can be reached.

mod documents;
mod expect;
mod fstab;
mod layout;
mod mounts;
mod nas;
mod state;

use crate::doctor::check::Check;

/// The checks of this category.
pub const CHECKS: &[Check] = &[
    documents::CONFIGURED,
    documents::ANSWER,
    documents::EXIST,
    documents::READABLE,
    documents::MOUNTED,
    documents::CONTENT,
    documents::SENTINEL,
    layout::FILESYSTEM,
    layout::SPACE,
    layout::SYMLINK,
    layout::INSIDE,
    mounts::OPTIONS,
    mounts::STACKED,
    fstab::VALID,
    fstab::BOOT,
    fstab::AGREES,
    nas::RESOLVES,
    nas::ANSWERS,
    nas::HELPER,
    nas::CREDENTIALS,
    nas::MOUNTED,
    nas::PERSISTENT,
    state::LOCAL,
    state::WRITABLE,
];
