//! The way back from journals on a real file system.

use super::*;
use crate::facts::paths::digest;
use crate::plan::journal::Written;

struct Fixture {
    directory: tempfile::TempDir,
    home: Home,
    journal: Journal,
}

impl Fixture {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let home = Home::under(&directory.path().join("t"));
        let journal = Journal::open(&home.journal()).unwrap();
        let mut fixture = Self { directory, home, journal };
        let home = fixture.home.clone();
        for path in [home.given.clone().unwrap(), home.state, home.config, home.logs, home.run, home.bin] {
            fixture.made_directory(&path);
        }
        fixture
    }

    fn note(&mut self, undo: Undo, path: Option<&Path>, wrote: Option<String>) {
        let seq = {
            let written = Written { path: path.map(Path::to_path_buf), digest: wrote, seal: None };
            self.journal.intend("x".into(), undo, written).unwrap()
        };
        self.journal.done(seq).unwrap();
    }

    fn made_directory(&mut self, path: &Path) {
        std::fs::create_dir(path).unwrap();
        self.note(Undo::RemoveDirectory { path: path.into() }, None, None);
    }

    fn made_file(&mut self, path: &Path, text: &str) {
        std::fs::write(path, text).unwrap();
        self.note(Undo::RemoveFile { path: path.into() }, Some(path), Some(digest(text.as_bytes())));
    }

    fn back(&self, purge: bool) -> Vec<String> {
        let back = way_back(&self.journal, &self.home, &[], false, purge);
        let root = self.directory.path().display().to_string();
        back.plan.steps.iter().map(|step| step.action.to_string().replace(&root, "")).collect()
    }
}

#[test]
fn without_purge_settings_and_data_stay() {
    let mut fixture = Fixture::new();
    let home = fixture.home.clone();
    fixture.made_file(&home.toml(), "settings");
    fixture.made_file(&home.program(), "v1");
    std::fs::write(home.database(), "data").unwrap();
    assert_eq!(
        fixture.back(false),
        [
            "remove `/t/bin/tars`",
            "remove the directory `/t/bin` if it is empty",
            "remove the directory `/t/run` if it is empty"
        ]
    );
    assert_eq!(
        fixture.back(true),
        [
            "remove `/t/bin/tars`",
            "remove `/t/config/tars.toml`",
            "remove the directory `/t/logs` and everything in it",
            "remove the directory `/t/bin` if it is empty",
            "remove the directory `/t/run` if it is empty",
            "remove the directory `/t/config` if it is empty",
            "remove the directory `/t/state` and everything in it",
            "remove the directory `/t` if it is empty",
        ]
    );
}

#[test]
fn an_updated_program_is_ours_and_a_strange_one_is_not() {
    let mut fixture = Fixture::new();
    let program = fixture.home.program();
    fixture.made_file(&program, "v1");
    std::fs::write(&program, "v2").unwrap();
    assert!(!fixture.back(false).contains(&"remove `/t/bin/tars`".into()), "somebody else put it there");
    fixture.note(Undo::Nothing, Some(&program), Some(digest(b"v2")));
    assert!(fixture.back(false).contains(&"remove `/t/bin/tars`".into()));
}

#[test]
fn a_replaced_file_comes_back_as_it_first_was() {
    let mut fixture = Fixture::new();
    let (program, backup) = (fixture.home.program(), fixture.home.state.join("0007-tars"));
    std::fs::write(&backup, "theirs").unwrap();
    std::fs::write(&program, "v2").unwrap();
    let undo = Undo::RestoreFile { path: program.clone(), backup, mode: 0o755 };
    fixture.note(undo, Some(&program), Some(digest(b"v1")));
    fixture.note(Undo::Nothing, Some(&program), Some(digest(b"v2")));
    assert_eq!(fixture.back(false)[0], "put the earlier `/t/bin/tars` back");
}

#[test]
fn what_was_there_before_and_what_holds_documents_is_never_purged() {
    let directory = tempfile::tempdir().unwrap();
    let home = Home::under(directory.path());
    std::fs::create_dir(&home.state).unwrap();
    std::fs::write(home.database(), "older than the installation").unwrap();
    let mut journal = Journal::open(&home.journal()).unwrap();
    journal.intend("x".into(), Undo::StopServer, Written::default()).unwrap();
    let trees = |back: Back| -> Vec<PathBuf> {
        let tree = |action: Action| if let Action::RemoveTree { path } = action { Some(path) } else { None };
        back.plan.steps.into_iter().filter_map(|step| tree(step.action)).collect()
    };
    assert_eq!(trees(way_back(&journal, &home, &[], false, true)), [journal.backups()]);
    let made = Fixture::new();
    let inside = [made.home.state.join("my papers")];
    let left = trees(way_back(&made.journal, &made.home, &inside, false, true));
    assert_eq!(left, [made.home.logs.clone(), made.journal.backups()]);
}

#[test]
fn what_was_taken_back_is_not_taken_back_twice() {
    let mut fixture = Fixture::new();
    let program = fixture.home.program();
    fixture.made_file(&program, "v1");
    let entries: Vec<u64> = fixture.journal.standing().map(|intent| intent.seq).collect();
    for entry in entries {
        fixture.journal.undone(entry).unwrap();
    }
    assert_eq!(fixture.back(false), [""; 0]);
}

#[test]
fn what_repairs_did_is_taken_back_too_newest_first() {
    let mut fixture = Fixture::new();
    fixture.note(Undo::SetKernel { name: "net.core.somaxconn".into(), value: "128".into() }, None, None);
    let (endpoint, model) = ("http://127.0.0.1:1".to_string(), "small:1b".to_string());
    fixture.note(Undo::RemoveModel { endpoint, model }, None, None);
    assert_eq!(
        fixture.back(false)[..2],
        [
            "delete the model `small:1b` from http://127.0.0.1:1",
            "set `net.core.somaxconn` to `128` in the kernel"
        ]
    );
}
