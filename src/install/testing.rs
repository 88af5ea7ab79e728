//! A machine on which everything is in order, for the tests of what judges and plans.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::answers::Answers;
use super::facts::{Facts, Found, Key, Program};
use crate::config::Endpoint;
use crate::config::paths::Home;
use crate::facts::Fact;
use crate::facts::machine::{Storage, System};
use crate::facts::paths::Entry;
use crate::facts::ports::Port;
use crate::host::service::{Manager, State};

/// Where the machine has its installation.
pub(super) fn home() -> Home {
    Home::under(Path::new("/srv/t"))
}

/// A machine with nothing installed.
pub(super) fn bare() -> Facts {
    let home = home();
    let mut paths: BTreeMap<PathBuf, Entry> = BTreeMap::new();
    let all = [&home.config, &home.state, &home.logs, &home.run, &home.bin];
    for path in all.into_iter().flat_map(|path| path.ancestors()) {
        paths.insert(path.into(), Entry::Missing);
    }
    for there in ["/", "/srv"] {
        paths.insert(there.into(), Entry::Directory { mode: 0o755 });
    }
    for path in [home.env(), home.toml(), home.first_password(), home.database(), home.program()] {
        paths.insert(path, Entry::Missing);
    }
    Facts {
        system: Fact::Known(System { os: "linux".into(), arch: "x86_64".into(), memory_bytes: 8 << 30 }),
        storage: Fact::Known(Storage {
            path: "/srv".into(),
            filesystem: "ext4".into(),
            free_bytes: 100 << 30,
            inodes: Some((1_000_000, 2_000_000)),
        }),
        unwritable: Vec::new(),
        listen: "127.0.0.1:8000".parse().unwrap(),
        port: Fact::Known(Port::Free),
        manager: Manager::Supervisor,
        service: Fact::Known(State::default()),
        outdated: None,
        models: Fact::Known(Vec::new()),
        documents: Vec::new(),
        paths,
        leftovers: Vec::new(),
        program: Program { path: "/build/tars".into(), digest: "p2".into() },
        key: Key::Missing,
        docker: None,
    }
}

/// Answers that ask for the defaults.
pub(super) fn defaults() -> Answers {
    Answers {
        listen: "127.0.0.1:8000".parse().unwrap(),
        documents: Vec::new(),
        new_documents: Vec::new(),
        endpoint: Endpoint::Auto,
        manager: Manager::Supervisor,
        fleeting: Vec::new(),
        changes: Vec::new(),
    }
}

/// What was found, with the texts of the two settings files.
pub(super) fn found(facts: Facts, toml: Option<&str>, env: Option<&str>) -> Found {
    Found { facts, toml: toml.map(String::from), env: env.map(|text| text.to_string().into()) }
}
