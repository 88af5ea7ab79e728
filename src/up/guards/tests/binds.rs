//! Paths that services bind: mounted or not, hung, stale, missing, without their sentinel.

use super::*;
use crate::facts::storage::{Directory, Entry, Fstab, Mount, Unit};

fn directory() -> Fact<There> {
    Fact::Known(There::Directory(Directory::default()))
}

fn mount(point: &str, filesystem: &str) -> Mount {
    Mount { point: point.into(), filesystem: filesystem.into(), source: "nas:/x".into(), ..Mount::default() }
}

/// A machine whose `/etc/fstab` mounts a NAS, with these mounts now and this at the path.
fn with(options: &[&str], mounts: &[Mount], path: &str, there: Fact<There>) -> Seen {
    let mut seen = machine();
    let entry = Entry {
        line: 4,
        source: "nas:/x".into(),
        point: "/mnt/nas".into(),
        filesystem: "nfs4".into(),
        options: options.iter().map(ToString::to_string).collect(),
    };
    seen.storage.fstab = Fact::Known(Fstab { entries: vec![entry], problems: Vec::new() });
    seen.storage.mounts = Fact::Known(mounts.to_vec());
    seen.paths.insert(path.into(), there);
    seen
}

const NAS: &str = "services: {docs: {image: x, volumes: ['/mnt/nas/docs:/d:ro']}}";

#[test]
fn a_service_does_not_start_against_an_empty_mount_point() {
    let absent = "fail up.mount.absent: `docs` binds `/mnt/nas/docs`, and `nas:/x` is not mounted on `/mnt/nas` (`/etc/fstab` line 4)\n";
    for (mounts, told) in [
        (vec![mount("/", "ext4")], absent),
        (vec![mount("/mnt/nas", "autofs")], absent),
        (vec![mount("/mnt/nasty", "nfs4")], absent),
        (vec![mount("/mnt/nas", "nfs4")], ""),
        (vec![mount("/mnt/nas", "autofs"), mount("/mnt/nas", "nfs4")], ""),
    ] {
        assert_eq!(found(NAS, &with(&["ro"], &mounts, "/mnt/nas/docs", directory())), told, "{mounts:?}");
    }
    let missing = with(&["ro"], &[], "/mnt/nas/docs", Fact::Known(There::Missing));
    assert_eq!(found(NAS, &missing), absent);
    let by_hand = with(&["noauto"], &[], "/mnt/nas/docs", directory());
    assert!(found(NAS, &by_hand).starts_with("warn up.mount.absent"));
    let on_access = with(&["noauto", "x-systemd.automount"], &[], "/mnt/nas/docs", directory());
    assert_eq!(found(NAS, &on_access), absent);
    assert_eq!(
        found(NAS, &Seen { paths: BTreeMap::new(), ..missing }),
        "unknown up.bind.unknown: `docs` binds `/mnt/nas/docs`, which could not be looked at: not looked at\n"
    );
}

#[test]
fn units_settings_volumes_and_links_count_as_well() {
    let mut unit = with(&[], &[], "/mnt/nas/docs", directory());
    unit.storage.fstab = Fact::Known(Fstab::default());
    unit.storage.units = Fact::Known(vec![Unit {
        name: "mnt-nas.automount".into(),
        automount: true,
        point: "/mnt/nas".into(),
        ..Unit::default()
    }]);
    let mut setting = with(&[], &[], "/mnt/nas/docs", directory());
    setting.storage.fstab = Fact::Known(Fstab::default());
    setting.storage.nas.mount_point = Some("/mnt/nas".into());
    setting.storage.nas.share = Some("//nas/docs".into());
    let volume = "services: {docs: {image: x, volumes: ['data:/d']}}\nvolumes: {data: {driver_opts: {type: none, o: 'bind,ro', device: /mnt/nas/docs}}}";
    let linked =
        Fact::Known(There::Directory(Directory { leads_to: "/mnt/nas/docs".into(), ..Directory::default() }));
    let link = "services: {docs: {image: x, volumes: ['/srv/docs:/d']}}";
    let secret = "services: {docs: {image: x, secrets: [s]}}\nsecrets: {s: {file: /mnt/nas/secret}}";
    let found = [
        found(NAS, &unit),
        found(NAS, &setting),
        found(volume, &with(&[], &[], "/mnt/nas/docs", directory())),
        found(link, &with(&[], &[], "/srv/docs", linked)),
        found(secret, &with(&[], &[], "/mnt/nas/secret", Fact::Known(There::Missing))),
    ]
    .concat();
    insta::assert_snapshot!(found, @r"
    fail up.mount.absent: `docs` binds `/mnt/nas/docs`, and nothing is mounted on `/mnt/nas` (the unit `mnt-nas.automount`)
    fail up.mount.absent: `docs` binds `/mnt/nas/docs`, and `//nas/docs` is not mounted on `/mnt/nas` (the setting `nas.mount_point`)
    fail up.mount.absent: `docs` binds `/mnt/nas/docs`, and `nas:/x` is not mounted on `/mnt/nas` (`/etc/fstab` line 4)
    fail up.mount.absent: `docs` binds `/srv/docs`, and `nas:/x` is not mounted on `/mnt/nas` (`/etc/fstab` line 4)
    fail up.mount.absent: `docs` takes the secret `s` from `/mnt/nas/secret`, and `nas:/x` is not mounted on `/mnt/nas` (`/etc/fstab` line 4)
    ");
    let hint = |seen: &Seen| {
        let (tree, stack) = declared(NAS);
        judged(&tree, &stack, &fresh(&stack), seen)[0].hint.clone().unwrap()
    };
    let entry = with(&[], &[], "/mnt/nas/docs", directory());
    for (seen, how) in [
        (&entry, "`sudo mount /mnt/nas`;"),
        (&unit, "`sudo systemctl start mnt-nas.automount`;"),
        (&setting, "`tars doctor --fix --only storage.nas.mounted` mounts it;"),
    ] {
        assert!(hint(seen).starts_with(how), "{}", hint(seen));
    }
    // A mount point that is itself a link is mounted where the link leads.
    let mut through = with(&[], &[mount("/volume/nas", "nfs4")], "/mnt/nas/docs", directory());
    let real = Directory { leads_to: "/volume/nas".into(), ..Directory::default() };
    through.paths.insert("/mnt/nas".into(), Fact::Known(There::Directory(real)));
    assert_eq!(super::found(NAS, &through), "");
}

#[test]
fn a_mount_that_hangs_or_is_stale_is_refused() {
    let mounts = [mount("/mnt/nas", "nfs4")];
    let hangs = with(&[], &mounts, "/mnt/nas/docs", Fact::Unknown("no answer in 2 s".into()));
    let stale = with(&[], &mounts, "/mnt/nas/docs", Fact::Known(There::Stale("stale file handle".into())));
    let closed =
        with(&[], &mounts, "/mnt/nas/docs", Fact::Known(There::Unreadable("permission denied".into())));
    let broken = with(&[], &mounts, "/mnt/nas/docs", Fact::Unknown("the look broke off".into()));
    insta::assert_snapshot!([&hangs, &stale, &closed, &broken].map(|seen| found(NAS, seen)).concat(), @r"
    fail up.mount.hangs: `docs` binds `/mnt/nas/docs`, which hangs (no answer in 2 s)
    fail up.mount.stale: `docs` binds `/mnt/nas/docs`, whose mount is stale (stale file handle)
    unknown up.bind.unknown: `docs` binds `/mnt/nas/docs`, which could not be looked at: the look broke off
    ");
}

#[test]
fn documents_directories_are_known_by_their_sentinel() {
    let text = "services: {docs: {image: x, volumes: ['/srv/documents/letters:/d']}}";
    let at = |documents: There, sentinel: Option<&str>| {
        let mut seen = with(&[], &[], "/srv/documents/letters", directory());
        seen.documents = vec!["/srv".into(), "/srv/documents".into()];
        seen.storage.sentinel = sentinel.map(String::from);
        seen.paths.insert("/srv/documents".into(), Fact::Known(documents));
        found(text, &seen)
    };
    let with_sentinel = |sentinel| There::Directory(Directory { sentinel, ..Directory::default() });
    assert_eq!(at(with_sentinel(Some(true)), Some(".here")), "");
    assert_eq!(at(with_sentinel(None), None), "");
    assert_eq!(
        at(with_sentinel(Some(false)), Some(".here")),
        "fail up.documents.sentinel: `docs` binds `/srv/documents/letters`, and `.here` is missing in the documents directory `/srv/documents`\n"
    );
    assert_eq!(
        at(There::Missing, None),
        "fail up.documents.missing: `docs` binds `/srv/documents/letters`, and the documents directory `/srv/documents` does not exist\n"
    );
}

#[test]
fn what_the_engine_does_not_make_has_to_be_there() {
    let strict = "services: {a: {image: x, volumes: [{type: bind, source: /srv/a, target: /a, bind: {create_host_path: false}}]}}";
    let lax = "services: {a: {image: x, volumes: ['/srv/a:/a']}}";
    let config = "services: {a: {image: x, configs: [c]}}\nconfigs: {c: {file: /srv/a}}";
    let at = |text: &str, there: There| found(text, &with(&[], &[], "/srv/a", Fact::Known(there)));
    assert_eq!(
        at(strict, There::Missing),
        "fail up.bind.missing: `a` binds `/srv/a`, which does not exist\n"
    );
    assert_eq!(at(strict, There::NotADirectory), "");
    assert_eq!(at(lax, There::Missing), "");
    assert_eq!(
        at(config, There::Missing),
        "fail up.bind.missing: `a` takes the config `c` from `/srv/a`, which does not exist\n"
    );
    assert_eq!(at(config, There::NotADirectory), "");
}
