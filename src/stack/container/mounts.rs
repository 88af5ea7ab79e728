//! What is mounted into a container. What can be said as `source:target:options` is: the engine then makes the directory
//! of the host where it is missing. Everything else needs its newer form.

use std::collections::HashMap;

use bollard::models::{
    Mount, MountBindOptions, MountImageOptions, MountPoint, MountTmpfsOptions, MountType, MountVolumeOptions,
};

use super::{Circumstances, Replaced, files};
use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Problem, Result};
use crate::stack::engine::Api;
use crate::stack::model::Stack;

/// The first version that mounts a part of a volume; older ones would mount all of it.
const SUBPATHS: Api = Api(1, 45);

/// The first version that mounts images.
const IMAGES: Api = Api(1, 48);

/// What is mounted, in the engine's terms.
#[derive(Default)]
pub(super) struct Mounted {
    /// `source:target:options`
    pub(super) binds: Option<Vec<String>>,
    /// What that form cannot say.
    pub(super) mounts: Option<Vec<Mount>>,
    /// File systems in memory, by the short key of the same name.
    pub(super) tmpfs: Option<HashMap<String, String>>,
}

impl Mounted {
    /// What is mounted into a container of a service.
    ///
    /// # Errors
    /// It is nothing that the engine can mount.
    pub(super) fn of(stack: &Stack, says: Fields, at: Circumstances) -> Result<Self> {
        let (mut binds, mut mounts) = (Vec::new(), Vec::new());
        let mut taken: Vec<String> = Vec::new();
        for volume in says.items("volumes") {
            let target = volume.text("target").unwrap_or_default();
            match at.replaced.and_then(|replaced| carried_over(volume, target, replaced)) {
                Some(mount) => mounts.push(mount),
                None => match bind(stack, volume) {
                    Some(bind) => binds.push(bind),
                    None => mounts.push(mount(stack, volume, at.api)?),
                },
            }
            taken.push(target.to_owned());
        }
        for mount in at.replaced.into_iter().flat_map(of_image).chain(files::mounts(stack, says)?) {
            let target = mount.target.clone().unwrap_or_default();
            if !taken.contains(&target) {
                taken.push(target);
                mounts.push(mount);
            }
        }
        let tmpfs = says.texts("tmpfs").into_iter().map(|tmpfs| match tmpfs.split_once(':') {
            Some((target, options)) => (target.to_owned(), options.to_owned()),
            None => (tmpfs, String::new()),
        });
        let tmpfs: HashMap<_, _> = tmpfs.collect();
        Ok(Self {
            binds: Some(binds).filter(|binds| !binds.is_empty()),
            mounts: Some(mounts).filter(|mounts| !mounts.is_empty()),
            tmpfs: Some(tmpfs).filter(|tmpfs| !tmpfs.is_empty()),
        })
    }
}

/// The volume that a service has not named stays that of the container before.
fn carried_over(volume: Fields, target: &str, replaced: Replaced) -> Option<Mount> {
    if volume.has("source") {
        return None;
    }
    let before = replaced.mounts.iter().find(|mount| mount.destination.as_deref() == Some(target))?;
    inherited(before)
}

/// The volumes that the image declares stay those of the container before.
fn of_image(replaced: Replaced<'_>) -> impl Iterator<Item = Mount> {
    let declared = |mount: &&MountPoint| {
        mount.destination.as_ref().is_some_and(|target| replaced.volumes_of_image.contains(target))
    };
    replaced.mounts.iter().filter(declared).filter_map(inherited)
}

fn inherited(before: &MountPoint) -> Option<Mount> {
    let kind: MountType = before.typ.as_deref()?.parse().ok()?;
    let source = match kind {
        MountType::TMPFS => return None,
        MountType::VOLUME => &before.name,
        _ => &before.source,
    };
    Some(Mount {
        target: before.destination.clone(),
        source: source.clone(),
        typ: Some(kind),
        read_only: Some(before.rw == Some(false)),
        ..Mount::default()
    })
}

/// `source:target:options`, where that says it all.
fn bind(stack: &Stack, says: Fields) -> Option<String> {
    let (source, target) = (says.text("source")?, says.text("target")?);
    let mut options = vec![if says.flag("read_only") { "ro" } else { "rw" }];
    let source = match says.text("type")? {
        "bind" => {
            let bind = says.fields("bind");
            let simple = bind.switch("create_host_path") != Some(false);
            if !simple || bind.has("propagation") || bind.has("recursive") {
                return None;
            }
            source
        }
        "volume" => {
            let volume = says.fields("volume");
            let labels = !volume.values("labels").is_empty();
            if labels || volume.flag("nocopy") || volume.text("subpath").is_some() {
                return None;
            }
            options.extend(says.fields("bind").text("propagation"));
            &stack.volume(source)?.name
        }
        _ => return None,
    };
    options.extend(says.fields("bind").text("selinux"));
    Some(format!("{source}:{target}:{}", options.join(",")))
}

/// Any mount, in the newer form.
fn mount(stack: &Stack, says: Fields, api: Api) -> Result<Mount> {
    let kind = says.text("type").unwrap_or_default();
    let source = says.text("source").unwrap_or_default();
    let named = stack.volume(source).filter(|_| kind == "volume");
    let mut mount = Mount {
        target: says.string("target"),
        source: named.map_or_else(|| says.string("source"), |volume| Some(volume.name.clone())),
        typ: kind.parse().ok(),
        read_only: Some(says.flag("read_only")),
        consistency: says.string("consistency"),
        ..Mount::default()
    };
    match mount.typ {
        Some(MountType::BIND) => mount.bind_options = bind_options(says.fields("bind")),
        Some(MountType::VOLUME) => mount.volume_options = volume_options(says.fields("volume"), api)?,
        Some(MountType::TMPFS) => mount.tmpfs_options = tmpfs_options(says.fields("tmpfs")),
        Some(MountType::IMAGE) if api >= IMAGES => {
            let image = says.fields("image");
            mount.image_options =
                image.is_there().then(|| MountImageOptions { subpath: image.string("subpath") });
        }
        Some(MountType::IMAGE) => {
            let message = format!("a mount of an image needs Docker 28: this engine has the API {api}");
            return Err(Problem::new(&says.place("type"), message).hint("install a newer Docker"));
        }
        _ => {
            return Err(Problem::new(&says.place("type"), format!("this engine cannot mount a `{kind}`"))
                .hint("mount a `bind`, a `volume` or a `tmpfs`"));
        }
    }
    Ok(mount)
}

fn bind_options(says: Fields) -> Option<MountBindOptions> {
    let recursive = says.text("recursive");
    let is = |kind| (recursive == Some(kind)).then_some(true);
    says.is_there().then(|| MountBindOptions {
        propagation: says.text("propagation").and_then(|propagation| propagation.parse().ok()),
        create_mountpoint: Some(says.switch("create_host_path") != Some(false)),
        non_recursive: is("disabled"),
        read_only_non_recursive: is("writable"),
        read_only_force_recursive: is("readonly"),
    })
}

fn volume_options(says: Fields, api: Api) -> Result<Option<MountVolumeOptions>> {
    if says.text("subpath").is_some() && api < SUBPATHS {
        let message = format!("`subpath` of a volume needs Docker 26: this engine has the API {api}");
        return Err(Problem::new(&says.place("subpath"), message)
            .hint("an older one would mount the whole volume: install a newer Docker, or mount all of it"));
    }
    Ok(says.is_there().then(|| MountVolumeOptions {
        no_copy: says.switch("nocopy"),
        labels: says.has("labels").then(|| says.pairs("labels")),
        subpath: says.string("subpath"),
        ..MountVolumeOptions::default()
    }))
}

fn tmpfs_options(says: Fields) -> Option<MountTmpfsOptions> {
    says.is_there().then(|| MountTmpfsOptions {
        size_bytes: says.amount("size"),
        mode: says.amount("mode"),
        ..MountTmpfsOptions::default()
    })
}
