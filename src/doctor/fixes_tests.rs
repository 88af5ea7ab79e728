//! What holds for every repair: what it is tried by, and what none may do.

use std::os::unix::fs::symlink;

use secrecy::SecretString;

use super::*;
use crate::config::paths::Home;
use crate::doctor::catalogue::{all, find};
use crate::facts::services::State;

fn asked(folder: &Path) -> Asked {
    Asked { home: Home::under(&folder.join("home")), ..crate::facts::snapshot::testing(folder) }
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

#[test]
fn a_link_stays_one_and_two_names_of_a_file_are_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let mut asked = asked(folder.path());
    std::fs::create_dir_all(&asked.home.config).unwrap();
    symlink("home", folder.path().join("door")).unwrap();
    asked.home = Home::under(&folder.path().join("door"));
    std::fs::write(real.join("mine.toml"), "[server]\r\nlog = \"info\"\r\n").unwrap();
    symlink(real.join("mine.toml"), asked.home.toml()).unwrap();
    let repair = Repair::new(&asked);
    let mut facts = Facts::default();
    facts.subject.configured = true;
    facts.settings.toml_form = Fact::Known(crate::facts::settings::Form::default());
    facts.listeners.sockets = Fact::Known(Vec::new());
    let mut texts = Vec::new();
    for id in ["settings.line_ends", "ports.listen"] {
        let steps = steps(id, &facts, &repair).unwrap();
        let [Action::WriteFile { path, content: Content::Text(text), .. }] = &steps[..] else {
            panic!("{id}: {steps:?}")
        };
        assert_eq!(*path, real.join("mine.toml"), "{id}");
        texts.push(text.clone());
        repair.remember(&steps);
    }
    assert!(texts[1].starts_with(texts[0].trim_end()) && !texts[1].contains('\r'), "{texts:?}");
    // What does not exist yet has its place too, behind a link that leads nowhere and in a directory with two names.
    symlink("../nowhere.env", asked.home.config.join("dangling")).unwrap();
    let config = asked.home.config.canonicalize().unwrap();
    assert!(config.starts_with(real.join("home")));
    assert_eq!(repair.place(&asked.home.env()), config.join("tars.env"));
    assert_eq!(repair.place(&asked.home.config.join("dangling")), real.join("home/nowhere.env"));
    assert_eq!(repair.place(Path::new("/")), Path::new("/"));
}

#[test]
fn every_missing_directory_is_a_step_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let real = folder.path().canonicalize().unwrap();
    let asked = asked(folder.path());
    let repair = Repair::new(&asked);
    let made = |path: &str| -> Vec<PathBuf> {
        let steps = repair.directories(&folder.path().join(path), 0o755);
        let path = |step| match step {
            Action::CreateDirectory { path, mode: 0o755 } => path,
            other => panic!("{other}"),
        };
        steps.into_iter().map(path).collect()
    };
    assert_eq!(made("a/b/c"), [real.join("a"), real.join("a/b"), real.join("a/b/c")]);
    std::fs::create_dir_all(folder.path().join("a/b")).unwrap();
    assert_eq!(made("a/b/c"), [real.join("a/b/c")]);
    assert!(made("a/b").is_empty());
}

#[test]
fn the_kernel_is_set_now_and_for_every_start() {
    let folder = tempfile::tempdir().unwrap();
    let asked = asked(folder.path());
    std::fs::create_dir_all(folder.path().join("etc/sysctl.d")).unwrap();
    let file = folder.path().canonicalize().unwrap().join("etc/sysctl.d/60-tars.conf");
    let mut facts = Facts::default();
    assert!(steps("network.forward", &facts, &Repair::new(&asked)).is_err(), "only root can");
    facts.subject.root = true;
    for (id, name, value) in
        [("network.forward", "net.ipv4.ip_forward", "1"), ("ports.backlog", "net.core.somaxconn", "4096")]
    {
        let steps = steps(id, &facts, &Repair::new(&asked)).unwrap();
        let [Action::WriteFile { path, content: Content::Text(text), .. }, set] = &steps[..] else {
            panic!("{steps:?}")
        };
        assert_eq!(*path, file);
        assert!(text.ends_with(&format!("\n{name} = {value}\n")), "{text}");
        assert_eq!(set.to_string(), format!("set `{name}` to `{value}` in the kernel"));
    }
}

#[test]
fn the_unit_is_enabled() {
    let folder = tempfile::tempdir().unwrap();
    let mut facts = Facts::default();
    for user in [false, true] {
        facts.services.manager = Fact::Known(crate::facts::services::Manager::Systemd { user });
        let steps = steps("services.server.boot", &facts, &Repair::new(&asked(folder.path()))).unwrap();
        assert!(matches!(steps[..], [Action::EnableUnit { user: whose }] if whose == user), "{steps:?}");
    }
}

#[test]
fn the_engine_is_restarted_only_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let asked = asked(folder.path());
    for id in ["docker.reachable", "docker.settings.applied"] {
        assert_eq!(find(id).unwrap().fix.as_ref().unwrap().effect, Effect::Interrupts, "{id}");
        let steps = steps(id, &Facts::default(), &Repair::new(&asked)).unwrap();
        assert!(matches!(steps[..], [Action::RestartEngine]), "{id}: {steps:?}");
    }
}

/// Every repair, and the test that makes it for real, looks again and takes it back. Where a part of it cannot be
/// had in a test, the comment says which, and the test is that of its steps.
const TRIED: &[(&str, &str)] = &[
    // A restart of the engine wants systemd.
    ("docker.reachable", "the_engine_is_restarted_only_when_it_is_asked_for"),
    ("docker.settings.applied", "the_engine_is_restarted_only_when_it_is_asked_for"),
    // A disk that is nearly full cannot be had; the step is that of `docker.dangling`.
    ("docker.disk", "images_without_a_name_are_removed_only_by_name"),
    // The write and its way back are those of `docker.logs`; the engine finds itself by the system's `/run`.
    ("docker.live-restore", "everything_else_in_the_settings_file_stays"),
    ("data.index.agrees", "a_broken_index_is_made_anew_by_a_running_and_by_a_stopped_server"),
    ("data.index.intact", "a_broken_index_is_made_anew_by_a_running_and_by_a_stopped_server"),
    ("data.index.present", "a_broken_index_is_made_anew_by_a_running_and_by_a_stopped_server"),
    // What is deleted is not taken back.
    ("data.leftovers", "what_a_killed_writer_left_is_removed_only_when_it_is_named"),
    // There is nothing to take back.
    ("data.wal", "a_log_that_has_grown_is_moved_into_the_database"),
    // What is deleted is not taken back.
    ("docker.dangling", "images_without_a_name_are_removed_only_by_name"),
    ("docker.logs", "a_limit_of_the_logs_is_merged_into_the_settings_and_taken_out_again"),
    ("gpu.cdi", "a_stale_description_is_made_anew_and_put_back"),
    // The engine's own part of it is `a_real_engine_takes_up_a_runtime_without_a_restart`; the whole wants a card.
    ("gpu.runtime", "registering_keeps_what_the_settings_say"),
    ("models.present", "a_missing_model_is_downloaded_from_a_fake_of_ollama_and_deleted_again"),
    // Its finding wants an engine with a network of its own; `ports.ephemeral` makes the same steps for real.
    ("network.forward", "the_kernel_is_set_now_and_for_every_start"),
    ("network.hostname", "the_machine_s_own_name_is_put_into_the_hosts_file_and_taken_out_again"),
    ("network.hosts", "localhost_is_put_into_the_hosts_file_and_taken_out_again"),
    ("ports.backlog", "a_longer_queue_is_set_and_the_shorter_one_put_back"),
    ("ports.ephemeral", "a_port_is_kept_out_of_what_outgoing_connections_get_and_given_back"),
    ("ports.listen", "the_server_moves_to_a_free_port_and_back"),
    ("security.backups", "what_is_open_is_closed_and_opened_again"),
    ("security.logs", "what_is_open_is_closed_and_opened_again"),
    ("security.program", "what_is_open_is_closed_and_opened_again"),
    ("security.state", "what_is_open_is_closed_and_opened_again"),
    // There is no way back to an unhealthy container.
    ("services.containers.health", "an_unhealthy_container_is_restarted_only_by_name"),
    ("services.containers.state", "a_killed_container_is_started_and_the_way_back_stops_it"),
    // A server that runs and does not listen cannot be had for long; the step is that of `services.server.version`.
    ("services.server.health", "no_server_is_stopped_that_would_not_come_back"),
    // It wants systemd.
    ("services.server.boot", "the_unit_is_enabled"),
    ("services.server.running", "a_stopped_server_is_started_and_the_way_back_stops_it"),
    // There is no way back to the earlier process.
    ("services.server.version", "a_server_whose_program_was_replaced_is_restarted_only_by_name"),
    ("settings.directory", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.duplicates", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.env.exists", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.git", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.line_ends", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.owner", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.paths", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.permissions", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.placeholders", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.required", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.secrets.strength", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.shell_syntax", "every_breakage_is_told_repaired_and_taken_back"),
    ("settings.toml.exists", "every_breakage_is_told_repaired_and_taken_back"),
    // There is no way back to the earlier process.
    ("settings.running", "the_environment_and_the_running_server"),
    ("storage.documents.answer", "a_stale_mount_is_mounted_again_and_nobody_is_interrupted_unasked"),
    ("storage.documents.exist", "a_missing_documents_directory_is_made_and_taken_back_while_it_is_empty"),
    ("storage.documents.mounted", "what_fstab_asks_for_is_mounted_and_taken_back"),
    ("storage.fstab.boot", "the_line_of_the_nas_is_written_and_taken_back_byte_for_byte"),
    ("storage.nas.credentials", "the_credentials_of_the_nas_are_made_private"),
    // The mount itself wants a server and a client of NFS; `storage.documents.mounted` makes the same step for real.
    ("storage.nas.mounted", "the_line_of_the_nas_is_written_and_taken_back_byte_for_byte"),
    ("storage.nas.persistent", "the_line_of_the_nas_is_written_and_taken_back_byte_for_byte"),
];

#[test]
fn every_repair_is_tried() {
    let repairs: Vec<&str> = all().filter(|check| check.fix.is_some()).map(|check| check.id).collect();
    let mut tried: Vec<&str> = TRIED.iter().map(|(id, _)| *id).collect();
    tried.sort_unstable();
    let mut sorted = repairs.clone();
    sorted.sort_unstable();
    assert_eq!(tried, sorted, "the table has every check with a repair, once");
    let mut sources = String::new();
    let mut folders =
        ["tests/it", "src/doctor"].map(|name| Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).to_vec();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|end| end == "rs") {
                sources += &std::fs::read_to_string(path).unwrap();
            }
        }
    }
    for (id, test) in TRIED {
        assert!(
            sources.contains(&format!("#[test]\nfn {test}()"))
                || sources.contains(&format!("#[test]\n    fn {test}()")),
            "{id}: there is no test `{test}`"
        );
    }
}
