//! What is mounted where, as far as it matters to tars, and how it is mounted: what several checks and repairs of
//! storage share, beside the questions that the facts themselves answer.
//! It judges nothing.

use std::path::PathBuf;

use crate::doctor::check::{Judged, Judgement, Repair, known, not_here, worst};
use crate::facts::Fact;
use crate::facts::snapshot::Facts;
pub use crate::facts::storage::expect::{Expected, all, expected, from_settings, mount_at, mount_of};
use crate::facts::storage::{Directory, Mount, Place, There};
use crate::failure::{Failure, Result};
use crate::host::action::Action;

/// Where a place really is.
pub fn real(place: &Place) -> &str {
    match &place.there {
        Fact::Known(There::Directory(directory)) if !directory.leads_to.is_empty() => &directory.leads_to,
        _ => &place.path,
    }
}

/// Judges every documents directory that is there. One that does not answer leaves the check unjudged for it,
/// and one that is missing or stale is the finding of another check.
pub fn each(facts: &Facts, fine: &str, judge: impl Fn(&Place, &Directory) -> Judgement) -> Judged {
    let places = known(&facts.storage.documents)?;
    let judgements = places.iter().filter_map(|place| match &place.there {
        Fact::Known(There::Directory(directory)) => Some(judge(place, directory)),
        Fact::Known(_) => None,
        Fact::Unknown(why) => Some(not_here(format!("`{}`: {why}", place.path))),
    });
    Ok(worst(judgements, fine, not_here("no documents directory is there")))
}

/// The points that matter to tars: those that its documents or its state are on, and that of the NAS.
pub fn points_of_interest<'a>(facts: &'a Facts, mounts: &'a [Mount]) -> Vec<&'a Mount> {
    let storage = &facts.storage;
    let places = storage.documents.known().map(|places| &places[..]).unwrap_or_default();
    let paths =
        places.iter().map(real).chain([real(&storage.state)]).chain(storage.nas.mount_point.as_deref());
    let mut found: Vec<&Mount> = Vec::new();
    for mount in paths.filter_map(|path| mount_of(mounts, path)) {
        if !found.iter().any(|known| known.point == mount.point) {
            found.push(mount);
        }
    }
    found
}

/// The steps that mount what is expected; `there` is what is at the mount point now.
pub fn mount(repair: &Repair<'_>, expected: &Expected, there: Option<&Fact<There>>) -> Result<Vec<Action>> {
    can_mount(expected)?;
    let point = PathBuf::from(&expected.point);
    let is_there = !matches!(there, None | Some(Fact::Known(There::Missing)));
    let mut steps = if is_there { Vec::new() } else { repair.directories(&point, 0o755) };
    steps.push(Action::Mount {
        source: expected.source.clone(),
        point,
        filesystem: expected.filesystem.clone(),
        options: expected.options.clone(),
    });
    Ok(steps)
}

/// Whether enough is known to mount it.
pub fn can_mount(expected: &Expected) -> Result<()> {
    let Expected { point, source, filesystem, options, .. } = expected;
    if source.is_empty() || filesystem.is_empty() {
        return Err(Failure::no(format!("nothing says what to mount on `{point}`"))
            .hint("set `nas.share`, or add a line to `/etc/fstab`"));
    }
    if options.iter().any(|option| option.ends_with("=(hidden)")) || source.contains("(hidden)@") {
        return Err(Failure::no(format!("its options hold a password: mount it with `mount {point}`")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::facts::snapshot::Asked;
    use crate::facts::storage::Storage;

    #[test]
    fn what_the_settings_ask_for_is_a_whole_mount() {
        let mut storage = Storage::default();
        storage.nas.mount_point = Some("/mnt/nas".into());
        storage.nas.share = Some("//nas/docs".into());
        storage.nas.credentials = Some("/etc/tars/nas".into());
        storage.server_user = Fact::Known(998);
        let expected = from_settings(&storage).unwrap();
        assert_eq!(expected.options.join(","), "ro,iocharset=utf8,credentials=/etc/tars/nas,uid=998");
        let folder = tempfile::tempdir().unwrap();
        let asked = Asked {
            home: Home::under(folder.path()),
            ..crate::facts::snapshot::testing(std::path::Path::new("/"))
        };
        let point = folder.path().canonicalize().unwrap().join("mnt/nas").display().to_string();
        let there = Expected { point: point.clone(), ..expected.clone() };
        let steps = mount(&Repair::new(&asked), &there, Some(&Fact::Known(There::Missing))).unwrap();
        assert_eq!(
            steps.iter().map(ToString::to_string).collect::<Vec<_>>(),
            [
                format!("create the directory `{}` (0755)", point.trim_end_matches("/nas")),
                format!("create the directory `{point}` (0755)"),
                format!(
                    "mount `//nas/docs` on `{point}` (cifs, ro,iocharset=utf8,credentials=/etc/tars/nas,uid=998)"
                )
            ]
        );
        let secret = Expected { options: vec!["password=(hidden)".into()], ..expected.clone() };
        assert!(can_mount(&secret).unwrap_err().to_string().contains("`mount /mnt/nas`"));
        assert!(can_mount(&Expected { source: String::new(), ..expected }).is_err());
    }
}
