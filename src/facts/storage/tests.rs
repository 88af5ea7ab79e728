//! Looking at storage: this machine, and one whose `/etc` and `/proc` a test has written.

use std::fs;

use super::*;
use crate::config::paths::Home;
use crate::config::{Config, Settings};

fn asked(root: &Path, toml: &str) -> (tempfile::TempDir, Asked) {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::under(dir.path());
    fs::create_dir_all(&home.config).unwrap();
    fs::write(home.toml(), toml).unwrap();
    let settings = Settings::load(&home, &Vec::new(), []).unwrap();
    let asked = Asked {
        root: root.into(),
        home,
        config: Some(Config::new(&settings).unwrap()),
        waivers: Vec::new(),
        hung: Vec::new(),
        environment: Vec::new(),
        deadline: Duration::from_secs(2),
    };
    (dir, asked)
}

#[test]
fn this_machine_is_looked_at() {
    let documents = tempfile::tempdir().unwrap();
    fs::write(documents.path().join("a.md"), "a").unwrap();
    fs::write(documents.path().join(".sentinel"), "").unwrap();
    let toml = format!(
        "[documents]\npaths = ['{}', '/no/such/place', '/proc/self/status']\nsentinel = '.sentinel'\n",
        documents.path().display()
    );
    let (_home, asked) = asked(Path::new("/"), &toml);
    let storage = gather(&asked);
    assert!(storage.mounts.known().unwrap().iter().any(|mount| mount.point == "/"));
    let places = storage.documents.known().unwrap();
    let Fact::Known(There::Directory(directory)) = &places[0].there else { panic!("{places:?}") };
    assert_eq!((directory.entries, directory.sentinel), (2, Some(true)));
    assert!(directory.total_bytes > 0 && !directory.filesystem.is_empty());
    assert_eq!(places[1].there, Fact::Known(There::Missing));
    assert_eq!(places[2].there, Fact::Known(There::NotADirectory));
    assert_eq!(storage.state.there, Fact::Known(There::Missing));
    assert_eq!(
        storage.nas,
        Nas { helpers: storage.nas.helpers.clone(), kernel: storage.nas.kernel.clone(), ..Nas::default() }
    );
}

#[test]
fn another_root_is_looked_at() {
    let root = tempfile::tempdir().unwrap();
    let write = |path: &str, text: &[u8]| {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let number = port.local_addr().unwrap().port();
    write(
        "etc/fstab",
        format!(
            "127.0.0.1:/x /mnt/nas nfs4 ro,port={number}\n//127.0.0.1/y /else cifs credentials=/no/file\n"
        )
        .as_bytes(),
    );
    write("etc/systemd/system/mnt-nas.automount", b"[Automount]\nWhere=/mnt/nas\n");
    write("proc/self/mountinfo", b"\xff\xff\n22 1 254:1 / / rw - ext4 /dev/vda1 rw\n");
    write("proc/filesystems", b"nodev\tnfs4\n");
    write("proc/sys/kernel/osrelease", b"6.1.0-1\n");
    write("lib/modules/6.1.0-1/modules.dep", b"kernel/fs/smb/client/cifs.ko.xz: kernel/x.ko\n");
    write("usr/sbin/mount.nfs4", b"");
    let (_home, asked) = asked(root.path(), "[documents]\npaths = ['/mnt/nas/documents']\n");
    let storage = gather(&asked);
    assert_eq!(storage.mounts.known().unwrap().len(), 1);
    assert_eq!(storage.units.known().unwrap()[0].point, "/mnt/nas");
    assert_eq!(storage.nas.helpers, Fact::Known(vec!["mount.nfs4".into()]));
    assert_eq!(storage.nas.kernel, Fact::Known(vec!["nfs4".into(), "cifs".into()]));
    let [host] = &storage.nas.hosts[..] else { panic!("{:?}", storage.nas.hosts) };
    let answer = host.answer.known().unwrap();
    assert_eq!(answer.ports, [nas::Port { number, error: None }]);
    assert_eq!(storage.nas.credential_files[0].file, Fact::Known(None));
}

#[test]
fn stale_is_told_from_missing_and_refused() {
    let seen = |mode: Result<u32, Errno>, entries| far::Seen {
        mode,
        owner: Ok(0),
        magic: Ok(0x6969),
        free: Ok(1),
        total: Ok(2),
        entries,
        sentinel: Ok(()),
        writable: Err(Errno::EROFS),
        leads_to: None,
    };
    let at = |seen| there(Path::new("/x"), &Question::default(), seen);
    assert_eq!(at(seen(Err(Errno::ESTALE), Err(Errno::ESTALE))), There::Stale("stale file handle".into()));
    assert!(matches!(at(seen(Ok(0), Err(Errno::ENOTCONN))), There::Stale(_)));
    assert_eq!(
        at(seen(Err(Errno::EACCES), Err(Errno::EACCES))),
        There::Unreadable("permission denied".into())
    );
    let There::Directory(directory) = at(seen(Ok(0), Ok(3))) else { panic!("a directory") };
    assert_eq!((&*directory.filesystem, &*directory.leads_to, directory.writable), ("nfs", "/x", false));
}
