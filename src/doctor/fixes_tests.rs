//! What holds for every repair: what it is tried by, and what none may do.

use secrecy::SecretString;

use super::*;
use crate::config::paths::Home;
use crate::doctor::catalogue::find;
use crate::facts::services::State;

fn asked(folder: &Path) -> Asked {
    Asked {
        root: folder.to_path_buf(),
        home: Home::under(&folder.join("home")),
        config: None,
        waivers: Vec::new(),
        environment: Vec::new(),
        deadline: crate::facts::DEADLINE,
    }
}

fn steps(id: &str, facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    (find(id).and_then(|check| check.fix.as_ref()).unwrap().steps)(facts, repair)
}

#[test]
fn no_server_is_stopped_that_would_not_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let asked = asked(folder.path());
    std::fs::create_dir_all(&asked.home.config).unwrap();
    let mut facts = Facts::default();
    facts.services.state = Fact::Known(State { running: true, ..State::default() });
    facts.data.server = Fact::Known(crate::facts::data::Server { running: true, pid: Some(7) });
    facts.listeners.sockets = Fact::Known(Vec::new());
    let refused = "the settings on disk would not let the server start again";
    for (toml, env, fine) in [
        ("", "", true),
        ("[server\n", "", false),
        ("[server]\nlisten = \"nowhere\"\n", "", false),
        ("", "TARS_AUTH_SIGNING_KEY=short\n", false),
    ] {
        std::fs::write(asked.home.toml(), toml).unwrap();
        std::fs::write(asked.home.env(), env).unwrap();
        facts.subject.configured = fine;
        for id in ["data.index.present", "services.server.version", "settings.running", "ports.listen"] {
            let error = steps(id, &facts, &Repair::new(&asked)).err().map(|error| error.to_string());
            assert_eq!(error.as_deref(), (!fine).then_some(refused), "{id} with {toml:?} and {env:?}");
        }
    }
    // What an earlier repair of the same run puts right does not stand in the way.
    let repair = Repair::new(&asked);
    let content = Content::Secret(SecretString::from("TARS_SERVER_LOG=info\n".to_string()));
    repair.remember(&[Action::WriteFile { path: asked.home.env(), mode: 0o600, content }]);
    assert!(steps("settings.running", &facts, &repair).is_ok());
}
