//! `tars install` from outside: what it says, what it writes, and that it writes no more than it has to. What
//! is there already is kept where it is sound, and nothing is touched where something stands in the way.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;
use std::time::SystemTime;

use crate::support::installed::{Installation, json, mode};
use crate::support::snapshot::{self, Snapshot};

const KEY: &str = "TARS_AUTH_SIGNING_KEY";
/// A key that a person may have generated: 256 bits, as varied as chance makes them.
const SOUND: &str = "9f3ac1d27e5b48066c1fe2d0a7b3594882d7c60f1b9ea35472e80d4c6bf19a53";

#[test]
fn a_bare_home_ends_with_go_and_the_password_is_only_in_its_file() {
    let installation = Installation::bare();
    let ended = installation.install();
    let file = installation.home().first_password();
    let said = |text: &str| assert!(ended.stdout.contains(text), "`{text}` is not in {ended:#?}");
    said("\nGO ");
    said(&format!("http://{}", installation.listen));
    said(&file.display().to_string());

    assert_eq!((mode(&file), mode(&installation.home().env())), (0o600, 0o600));
    let password = fs::read_to_string(&file).unwrap();
    let password = password.trim();
    assert!(password.len() >= 16, "a password of {} characters is soon guessed", password.len());
    let told = [("stdout", &ended.stdout), ("stderr", &ended.stderr)];
    for (stream, text) in told {
        assert!(!text.contains(password), "the password is on {stream}");
    }
    for (path, (_, content)) in snapshot::take(&installation.place()) {
        let holds = content.is_some_and(|bytes| contains(&bytes, password.as_bytes()));
        assert_eq!(holds, path == file, "{}", path.display());
    }
}

#[test]
fn the_second_time_there_is_nothing_to_change() {
    let installation = Installation::installed();
    let before = settled(&installation);
    assert!(before.len() > 8, "{:?}", before.keys());
    let server = installation.server();

    let again = installation.run(&["install", "--yes"]).expect(0);
    assert!(again.stdout.contains("nothing to change") && again.stdout.contains("\nGO "), "{again:#?}");
    let again = json(&installation.run(&["install", "--yes", "--format", "json"]).expect(0));
    assert_eq!(again["decision"], "go", "{again:#}");
    let facts = again["facts"].as_array().unwrap();
    assert!(facts.iter().any(|fact| fact[0] == "changed" && fact[1] == "nothing to change"), "{again:#}");
    assert_eq!(installation.steps_left(), [] as [serde_json::Value; 0]);

    let after = settled(&installation);
    for (path, content) in &before {
        assert_eq!(after.get(path), Some(content), "{}", path.display());
    }
    assert_eq!(after.len(), before.len(), "{:?}", after.keys());
    assert_eq!(installation.server(), server, "the server was not restarted");
}

#[test]
fn a_weak_signing_key_is_replaced_and_nothing_else_of_its_file() {
    let installation = Installation::installed();
    let file = installation.home().env();
    let with = |key: &str| format!("# mine\n\nTARS_ANSWER_API_KEY='sk-1 # 2'\n{KEY}={key}\n# the end\n");
    fs::write(&file, with("hunter2")).unwrap();

    let ended = installation.run(&["install", "--yes"]).expect(0);
    assert!(!(ended.stdout + &ended.stderr).contains("hunter2"));
    let text = fs::read_to_string(&file).unwrap();
    let key = signing_key(&text).to_string();
    assert!(key.len() >= 43, "256 bits need at least 43 characters, not {}", key.len());
    assert_eq!(text, with(&key), "only the key differs");
    assert_eq!(mode(&file), 0o600);
    assert_eq!(installation.steps_left().len(), 0);
}

#[test]
fn a_sound_signing_key_is_kept_and_its_file_closed_to_others() {
    let installation = Installation::bare();
    let file = installation.home().env();
    fs::create_dir_all(&installation.home().config).unwrap();
    let mine = format!("# written by hand\n{KEY}=\"{SOUND}\"\n");
    fs::write(&file, &mine).unwrap();
    assert_ne!(mode(&file), 0o600, "the file is open to others before");

    installation.install();
    assert_eq!(fs::read_to_string(&file).unwrap(), mine);
    assert_eq!(mode(&file), 0o600);

    installation.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    assert_eq!(fs::read_to_string(&file).unwrap(), mine, "what was there before the installation stays");
}

#[test]
fn without_purge_settings_and_data_stay_and_are_picked_up_again() {
    let installation = Installation::installed();
    let home = installation.home();
    let secrets = || (fs::read(home.env()).unwrap(), fs::read(home.first_password()).unwrap());
    let found = || {
        let ended = installation.run(&["ops", "search", "lighthouse keeper", "--format", "json"]).expect(0);
        let source = json(&ended)["hits"][0]["source"].clone();
        assert_eq!(source["path"], "boats.md", "{source:#}");
        source
    };
    let (before, source) = (secrets(), found());

    let ended = installation.run(&["install", "--uninstall", "--yes"]).expect(0);
    assert!(ended.stdout.contains(&home.config.display().to_string()), "what is kept is told: {ended:#?}");
    assert_eq!(installation.processes(), [] as [i32; 0]);
    assert!(!home.program().exists() && !home.run.exists());
    assert!(home.database().exists() && home.toml().exists());
    assert_eq!(secrets(), before);

    installation.run(&["install", "--yes"]).expect(0);
    assert_eq!(secrets(), before, "the same signing key, the same password");
    assert_eq!(found(), source, "the document has kept its number: it was not read again");

    installation.run(&["install", "--uninstall", "--purge", "--yes"]).expect(0);
    assert!(!installation.place().exists(), "{:?}", snapshot::take(&installation.place()).keys());
}

#[test]
fn a_plan_writes_nothing() {
    let installation = Installation::bare();
    let before = snapshot::take(installation.env.path());
    let documents = installation.env.path().join("documents");
    let mut arguments = vec!["install", "--plan", "--listen", &installation.listen, "--documents"];
    let documents = documents.display().to_string();
    arguments.push(&documents);
    let text = installation.run(&arguments).expect(0).stdout;
    assert!(text.contains("start the server — because it does not run"), "{text}");
    arguments.extend(["--format", "json"]);
    let steps = json(&installation.run(&arguments).expect(0))["steps"].as_array().unwrap().len();
    assert_eq!(text.lines().count(), steps, "both forms of the plan have the same steps");
    assert_unchanged(&installation, &before);
}

#[test]
fn what_cannot_be_installed_is_refused_before_anything_is_written() {
    let installation = Installation::bare();
    let before = snapshot::take(installation.env.path());
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    let free = installation.listen.as_str();
    let refusals = [
        (vec!["--listen", &taken], "is taken by another program"),
        (vec!["--listen", free, "--documents", "/no/such/directory"], "does not exist"),
        (vec!["--listen", free, "--documents", "/etc/hostname"], "is not a directory"),
    ];
    for (options, why) in refusals {
        let arguments = [&["install", "--yes"], options.as_slice()].concat();
        installation.run(&arguments).expect(2).says(why).says("hint: ");
        assert_unchanged(&installation, &before);
    }
    installation.run(&["install", "--yes", "--listen", "nowhere"]).expect(2).says("such as `127.0.0.1:8000`");
    assert_unchanged(&installation, &before);
    // A refused documents directory leaves an installation that runs as it was, too.
    installation.install();
    let before = settled(&installation);
    installation
        .run(&["install", "--yes", "--documents", "/no/such/directory"])
        .expect(2)
        .says("does not exist");
    assert_eq!(settled(&installation), before);
}

/// What an installation is made of, with the time of its last change; not what the running server writes.
fn settled(installation: &Installation) -> BTreeMap<PathBuf, (u32, Option<Vec<u8>>, SystemTime)> {
    let home = installation.home();
    let lasting = [&home.config, &home.bin, &home.run, &home.guides(), &home.journal()];
    let lasts = |path: &PathBuf| lasting.iter().any(|place| path.starts_with(place));
    let files = snapshot::take(&installation.place()).into_iter().filter(|(path, _)| lasts(path));
    files
        .map(|(path, (mode, content))| {
            let modified = fs::metadata(&path).unwrap().modified().unwrap();
            (path, (mode, content, modified))
        })
        .collect()
}

#[track_caller]
fn assert_unchanged(installation: &Installation, before: &Snapshot) {
    let after = snapshot::take(installation.env.path());
    assert!(after == *before, "before: {:?}\nafter: {:?}", before.keys(), after.keys());
}

fn signing_key(text: &str) -> &str {
    text.lines().find_map(|line| line.strip_prefix(KEY)?.strip_prefix('=')).unwrap()
}

fn contains(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}
