//! `tars doctor` and a real installation whose settings are broken on disk in one way after the other: the right
//! check tells, nothing secret is said, the repair makes it pass, and taking the repair back leaves every byte,
//! mode and owner as it was.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::{BufRead, BufReader, Write};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use jiff::{ToSpan, Zoned};
use serde_json::Value;

use crate::support::env::{Ended, Guard, finish_within};
use crate::support::installed::{Installation, LONG, json, mode};
use crate::support::{is_root, program, skip, snapshot, wait};

/// Runs the doctor for these checks as an operator would, with no variable that hides a setting.
#[track_caller]
fn doctor(installation: &Installation, only: &str, more: &[&str]) -> Ended {
    let mut command = installation.tars(&["doctor", "--format", "json", "--only", only]);
    command.env_remove("TARS_ANSWER_ENDPOINT").args(more);
    finish_within(&mut command, LONG)
}

/// The verdicts of a report that are not a pass.
#[track_caller]
fn troubles(ended: &Ended) -> BTreeMap<String, String> {
    let report = json(ended);
    let sections = report["sections"].as_array().unwrap_or_else(|| panic!("{ended:#?}")).clone();
    let findings = sections.iter().flat_map(|section| section["findings"].as_array().unwrap().clone());
    let of = |finding: Value| {
        let text = |name: &str| finding[name].as_str().unwrap().to_string();
        (text("id"), text("verdict"))
    };
    findings.map(of).filter(|(_, verdict)| verdict != "pass").collect()
}

/// What else is told with every change of a settings file, and what cannot be judged because of another trouble.
fn is_beside(id: &str, verdict: &str) -> bool {
    verdict == "skipped" || (id == "settings.running" && verdict == "warn")
}

/// Everything that stands behind a `=` in the secrets file, and the one-time password.
fn secrets(installation: &Installation) -> Vec<String> {
    let home = installation.home();
    let read = |path: PathBuf| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
    let values = read(home.env());
    let values =
        values.lines().filter_map(|line| line.split_once('=')).map(|(_, value)| value.trim().to_string());
    values.chain([read(home.first_password()).trim().to_string()]).filter(|value| value.len() > 5).collect()
}

#[track_caller]
fn says_no_secret(ended: &Ended, facts: &Path, secrets: &[String]) {
    let facts = fs::read_to_string(facts).unwrap_or_default();
    for secret in secrets {
        for text in [&ended.stdout, &ended.stderr, &facts] {
            assert!(!text.contains(secret.as_str()), "a secret was told");
        }
    }
}

/// The configuration directory as it was, to be put back.
struct Kept {
    files: snapshot::Snapshot,
    mode: u32,
}

impl Kept {
    fn of(directory: &Path) -> Self {
        Self { files: snapshot::take(directory), mode: mode(directory) }
    }

    fn put_back(&self, directory: &Path) {
        for path in snapshot::take(directory).into_keys().filter(|path| !self.files.contains_key(path)) {
            let _ = fs::remove_file(&path).or_else(|_| fs::remove_dir_all(&path));
        }
        for (path, (mode, content)) in &self.files {
            if let Some(content) = content {
                fs::write(path, content).unwrap();
            }
            fs::set_permissions(path, Permissions::from_mode(*mode)).unwrap();
        }
        fs::set_permissions(directory, Permissions::from_mode(self.mode)).unwrap();
        if is_root() {
            for path in self.files.keys().map(PathBuf::as_path).chain([directory]) {
                chown(path, Some(0), Some(0)).unwrap();
            }
        }
    }
}

/// Breaks, looks, repairs, looks, takes back.
#[track_caller]
fn broken_repaired_and_back(installation: &Installation, id: &str, verdict: &str, break_it: impl FnOnce()) {
    let config = installation.home().config;
    let kept = Kept::of(&config);
    let mut known = secrets(installation);
    break_it();
    known.extend(secrets(installation));
    let state = || (snapshot::take(&config), snapshot::owners(&config), mode(&config));
    let broken = state();
    let saved = installation.env.path().join("facts.json");
    let looked = doctor(installation, "settings.*", &["--save-facts", saved.to_str().unwrap()]);
    says_no_secret(&looked, &saved, &known);
    let mut found = troubles(&looked);
    assert_eq!(found.remove(id).as_deref(), Some(verdict), "{id}: {looked:#?}");
    found.retain(|id, verdict| !is_beside(id, verdict));
    assert!(found.is_empty(), "{id}: also {found:?}: {looked:#?}");
    assert_eq!(state(), broken, "{id}: looking changes nothing");

    let plan = doctor(installation, id, &["--fix", "--plan"]).expect(0);
    says_no_secret(&plan, &saved, &known);
    let repaired = doctor(installation, id, &["--fix", "--yes", "--yes-destructive", id]).expect(0);
    known.extend(secrets(installation));
    says_no_secret(&repaired, &saved, &known);
    assert_eq!(troubles(&repaired), BTreeMap::new(), "{id}: {repaired:#?}");
    let again = doctor(installation, id, &["--fix", "--yes", "--yes-destructive", id]).expect(0);
    assert!(
        again.stdout.contains("nothing was changed"),
        "{id}: a second repair has nothing to do: {again:#?}"
    );

    let back = finish_within(&mut installation.tars(&["doctor", "--undo", "--yes"]), LONG).expect(0);
    says_no_secret(&back, &saved, &known);
    let after = state();
    assert!(after == broken, "{id}: not as before: {:?} and not {:?}", after.0.keys(), broken.0.keys());
    kept.put_back(&config);
}

fn rewrite(path: &Path, change: impl FnOnce(String) -> String) {
    let text = fs::read_to_string(path).unwrap();
    fs::write(path, change(text)).unwrap();
}

/// The text with another signing key.
fn with_key(text: &str, key: &str) -> String {
    let line = |line: &str| match line.starts_with("TARS_AUTH_SIGNING_KEY=") {
        true => format!("TARS_AUTH_SIGNING_KEY={key}\n"),
        false => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

#[test]
fn every_breakage_is_told_repaired_and_taken_back() {
    let installation = Installation::installed();
    let home = installation.home();
    let (toml, env) = (home.toml(), home.env());
    let whole = doctor(&installation, "settings.*", &[]).expect(0);
    assert_eq!(troubles(&whole), BTreeMap::new(), "what was just installed is as it should be");
    let set = |path: &Path, mode: u32| fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    let case = |id: &str, verdict: &str, break_it: &dyn Fn()| {
        broken_repaired_and_back(&installation, id, verdict, break_it);
    };
    case("settings.permissions", "fail", &|| set(&env, 0o644));
    case("settings.permissions", "fail", &|| {
        set(&toml, 0o666);
        set(&home.first_password(), 0o640);
    });
    case("settings.directory", "fail", &|| set(&home.config, 0o777));
    case("settings.line_ends", "warn", &|| rewrite(&toml, |text| text.replace('\n', "\r\n")));
    case("settings.line_ends", "fail", &|| rewrite(&env, |text| format!("\u{feff}{text}")));
    case("settings.line_ends", "warn", &|| rewrite(&env, |text| text.trim_end().to_string()));
    case("settings.duplicates", "fail", &|| {
        rewrite(&env, |text| format!("TARS_SERVER_LOG=warn\n{text}# mine\nTARS_SERVER_LOG=info\n"));
    });
    case("settings.secrets.strength", "fail", &|| {
        rewrite(&env, |text| with_key(&text, "summer-2024-summer"));
    });
    case("settings.placeholders", "fail", &|| {
        rewrite(&env, |text| with_key(&text, "CHANGE_ME_to-a-long-text"));
    });
    case("settings.shell_syntax", "fail", &|| {
        rewrite(&env, |text| with_key(&text, "$(head -c 48 /dev/urandom | base64 --wrap=0 | tr -d =)"));
    });
    case("settings.required", "fail", &|| {
        rewrite(&env, |text| with_key(&text, "").replace("TARS_AUTH_SIGNING_KEY=\n", "# no key\n"));
    });
    case("settings.required", "warn", &|| rewrite(&toml, |text| text.replace("\npaths = ", "\n# paths = ")));
    case("settings.toml.exists", "fail", &|| fs::remove_file(&toml).unwrap());
    case("settings.env.exists", "fail", &|| fs::remove_file(&env).unwrap());
    case("settings.paths", "warn", &|| {
        let outer = installation.env.path().join("documents");
        let paths = format!("\npaths = [\"{0}/inner\", # mine\n \"{0}\"]\n#", outer.display());
        rewrite(&toml, |text| text.replacen("\npaths = ", &paths, 1));
    });
    case("settings.git", "warn", &|| fs::create_dir(home.config.join(".git")).unwrap());
    if !is_root() {
        return skip("only root can give files to another user: run the tests as root");
    }
    case("settings.owner", "fail", &|| {
        chown(&env, Some(4321), Some(5432)).unwrap();
        chown(&toml, Some(4321), None).unwrap();
    });
    // A repair of the text leaves the file with whom it belongs to.
    chown(&env, Some(4321), Some(5432)).unwrap();
    rewrite(&env, |text| text.trim_end().to_string());
    doctor(&installation, "settings.line_ends", &["--fix", "--yes"]).expect(0);
    assert_eq!(snapshot::owners(&home.config)[&env], (4321, 5432));
}

#[test]
fn only_the_broken_secret_is_made_anew() {
    let installation = Installation::installed();
    let home = installation.home();
    let given = "TARS_ANSWER_API_KEY='k' # mine, and short\n";
    rewrite(&home.env(), |text| format!("{}{given}", with_key(&text, "winter-winter-winter")));
    let broken = fs::read_to_string(home.env()).unwrap();
    let (id, server) = ("settings.secrets.strength", installation.server());
    // Everybody has to sign in again: it is left out unless it is named.
    let left = doctor(&installation, id, &["--fix", "--yes"]).expect(1);
    assert!(left.stdout.contains("sign in again") && left.stdout.contains("left out"), "{left:#?}");
    doctor(&installation, id, &["--fix", "--yes", "--yes-destructive", id]).expect(0);
    assert!(installation.server().is_some() && installation.server() != server, "it has the new key");
    // A local command signs with the key that is in force.
    installation.run(&["ops", "status"]).expect(0);
    let repaired = fs::read_to_string(home.env()).unwrap();
    let changed: Vec<_> = broken.lines().zip(repaired.lines()).filter(|(one, other)| one != other).collect();
    assert_eq!(changed.len(), 1, "only the line of the signing key differs");
    assert!(changed[0].0.starts_with("TARS_AUTH_SIGNING_KEY=") && repaired.ends_with(given));
    // The earlier file is kept, and kept from others.
    let kept = fs::read_dir(home.journal().with_file_name("journal.d")).unwrap().flatten();
    let kept: Vec<_> =
        kept.map(|entry| entry.path()).filter(|path| fs::read_to_string(path).unwrap() == broken).collect();
    assert_eq!(kept.len(), 1);
    assert_eq!(mode(&kept[0]), 0o600);
}

#[test]
fn a_lost_configuration_directory_is_made_again() {
    let installation = Installation::installed();
    let home = installation.home();
    // With the address of the template it would take a port that is not ours.
    installation.run(&["ops", "stop"]).expect(0);
    fs::remove_dir_all(&home.config).unwrap();
    let found = troubles(&doctor(&installation, "settings.*.exists", &[]).expect(1));
    assert_eq!(found.len(), 2, "{found:?}");
    let fix = ["--fix", "--yes", "--yes-destructive", "settings.*.exists"];
    let repaired = doctor(&installation, "settings.*.exists", &fix).expect(0);
    assert_eq!(troubles(&repaired), BTreeMap::new(), "{repaired:#?}");
    assert_eq!((mode(&home.config), mode(&home.env())), (0o700, 0o600));
    finish_within(&mut installation.tars(&["doctor", "--undo", "--yes"]), LONG).expect(0);
    assert!(!home.config.exists());
    // Where nothing at all is, there is nothing to repair but everything to install.
    let bare = Installation::bare();
    let told = doctor(&bare, "settings.*", &["--fix", "--yes"]).expect(1);
    assert!(told.stdout.contains(" install`") && !bare.place().exists(), "{told:#?}");
}

#[test]
fn what_only_a_person_can_put_right_is_told_and_left() {
    let installation = Installation::installed();
    let home = installation.home();
    let kept = Kept::of(&home.config);
    let (toml, env) = (home.toml(), home.env());
    let drawn = fs::read_to_string(&env).unwrap();
    let drawn =
        drawn.lines().find_map(|line| line.strip_prefix("TARS_AUTH_SIGNING_KEY=")).unwrap().to_string();
    let cases: [(&str, &dyn Fn()); 6] = [
        ("settings.parse", &|| rewrite(&toml, |text| text.replace("[documents]", "[documents"))),
        ("settings.values", &|| rewrite(&env, |text| format!("{text}TARS_SERVER_LOG=loud\n"))),
        ("settings.unknown_keys", &|| {
            rewrite(&toml, |text| text.replace("\nlisten = ", "\nmode = \"x\"\nlisten = "));
        }),
        ("settings.misplaced", &|| {
            rewrite(&toml, |text| text.replace("[auth]", &format!("[auth]\nsigning_key = \"{drawn}\"")));
        }),
        ("settings.quotes", &|| {
            rewrite(&env, |text| format!("{text}TARS_ANSWER_MODEL=\u{201c}a:1b\u{201d}\n"));
        }),
        ("settings.line_ends", &|| {
            let mut bytes = fs::read(&toml).unwrap();
            bytes.extend_from_slice(b"# caf\xe9\n");
            fs::write(&toml, bytes).unwrap();
        }),
    ];
    for (id, break_it) in cases {
        break_it();
        let broken = snapshot::take(&home.config);
        let looked = doctor(&installation, "settings.*", &[]).expect(1);
        says_no_secret(&looked, Path::new(""), &secrets(&installation));
        let mut found = troubles(&looked);
        assert_eq!(found.remove(id).as_deref(), Some("fail"), "{id}: {looked:#?}");
        found.retain(|id, verdict| !is_beside(id, verdict));
        assert!(found.is_empty(), "{id}: also {found:?}: {looked:#?}");
        doctor(&installation, id, &["--fix", "--yes"]).expect(1);
        assert!(snapshot::take(&home.config) == broken, "{id}: it is a person's to repair");
        kept.put_back(&home.config);
    }
}

#[test]
fn the_environment_and_the_running_server() {
    let installation = Installation::installed();
    let mut command = installation.tars(&["doctor", "--format", "json", "--only", "settings.*"]);
    command.env("TARS_SERVER_LOG", "debug").env("TARS_SERVR_LOG", "debug");
    let found = troubles(&finish_within(&mut command, LONG).expect(0));
    assert_eq!(found.into_keys().collect::<Vec<_>>(), ["settings.environment", "settings.shadowed"]);

    let toml = File::options().append(true).open(installation.home().toml()).unwrap();
    toml.set_modified(SystemTime::now() + Duration::from_secs(60)).unwrap();
    let found = troubles(&doctor(&installation, "settings.*", &[]).expect(0));
    assert_eq!(found.into_iter().collect::<Vec<_>>(), [("settings.running".into(), "warn".into())]);
    // A restart interrupts: it is left out unless it is named.
    let server = installation.server();
    let left = doctor(&installation, "settings.running", &["--fix", "--yes"]).expect(0);
    assert!(left.stdout.contains("left out") && installation.server() == server, "{left:#?}");
    toml.set_modified(SystemTime::now()).unwrap();
    rewrite(&installation.home().toml(), |text| text.replacen("127.0.0.1:", "127.0.0.2:", 1));
    let fix = ["--fix", "--yes", "--yes-destructive", "settings.running"];
    let restarted = doctor(&installation, "settings.running", &fix).expect(0);
    assert_eq!(troubles(&restarted), BTreeMap::new(), "{restarted:#?}");
    assert_ne!(installation.server(), server);
}

#[test]
fn waivers_hold_until_their_day() {
    let installation = Installation::installed();
    let home = installation.home();
    rewrite(&home.env(), |text| format!("TARS_SERVER_LOG=warn\n{text}TARS_SERVER_LOG=info\n"));
    let plain = fs::read_to_string(home.toml()).unwrap();
    let today = Zoned::now().date();
    let look = |id: &str, until: jiff::civil::Date| {
        let waiver = format!("\n[[waiver]]\nid = \"{id}\"\nreason = \"a test\"\nuntil = \"{until}\"\n");
        fs::write(home.toml(), format!("{plain}{waiver}")).unwrap();
        let mut found = troubles(&doctor(&installation, "settings.*", &[]));
        found.remove("settings.running");
        found.into_iter().map(|(id, verdict)| format!("{id} {verdict}")).collect::<Vec<_>>()
    };
    let (near, past, far) = (
        today.checked_add(10.days()).unwrap(),
        today.checked_sub(10.days()).unwrap(),
        today.checked_add(3.years()).unwrap(),
    );
    assert_eq!(look("settings.duplicates", near), ["settings.duplicates waived"]);
    assert_eq!(look("settings.duplicates", past), ["settings.duplicates fail", "settings.waivers warn"]);
    assert_eq!(look("settings.duplicates", far), ["settings.duplicates waived", "settings.waivers warn"]);
    assert_eq!(look("settings.duplicate", near), ["settings.duplicates fail", "settings.waivers warn"]);
}

#[test]
fn what_is_open_is_closed_and_opened_again() {
    let installation = Installation::installed();
    let home = installation.home();
    let open = [
        ("security.state", home.state.clone(), 0o755),
        ("security.logs", home.logs.clone(), 0o777),
        ("security.program", home.program(), 0o757),
    ];
    for (id, path, wide) in &open {
        assert!(!troubles(&doctor(&installation, id, &[])).contains_key(*id), "{id}");
        fs::set_permissions(path, Permissions::from_mode(*wide)).unwrap();
    }
    // The journal of a repair is what makes the directory of kept copies.
    rewrite(&home.env(), |text| text.trim_end().to_string());
    doctor(&installation, "settings.line_ends", &["--fix", "--yes"]).expect(0);
    let backups = home.journal().with_file_name("journal.d");
    fs::set_permissions(&backups, Permissions::from_mode(0o755)).unwrap();
    let ids = "security.state,security.logs,security.program,security.backups";
    let found = troubles(&doctor(&installation, ids, &[]).expect(1));
    assert_eq!(found.len(), 4, "{found:?}");
    assert!(found.values().all(|verdict| verdict == "fail"), "{found:?}");
    let repaired = doctor(&installation, ids, &["--fix", "--yes"]).expect(0);
    assert_eq!(troubles(&repaired), BTreeMap::new(), "{repaired:#?}");
    finish_within(&mut installation.tars(&["doctor", "--undo", "--yes"]), LONG).expect(0);
    for (_, path, wide) in
        open.iter().map(|(id, path, wide)| (id, path, *wide)).chain([(&"", &backups, 0o755)])
    {
        assert_eq!(mode(path), wide, "{}", path.display());
    }
}

#[test]
fn a_secret_that_got_out_is_found_and_not_repeated() {
    let installation = Installation::installed();
    let home = installation.home();
    let text = fs::read_to_string(home.env()).unwrap();
    let key = text.lines().find_map(|line| line.strip_prefix("TARS_AUTH_SIGNING_KEY=")).unwrap();
    let ids = "security.arguments,security.log_secrets,security.reused";
    let before = doctor(&installation, ids, &[]).expect(0);
    assert_eq!(troubles(&before), BTreeMap::new(), "{before:#?}");
    fs::write(home.logs.join("debug.log"), format!("key={key}\n")).unwrap();
    rewrite(&home.env(), |text| format!("{text}TARS_ANSWER_API_KEY={key}\n"));
    let mut shell = installation.env.command("sh");
    // It waits for a line that never comes.
    shell.args(["-c", "read line", "sh", key]).stdin(Stdio::piped()).stdout(Stdio::null());
    let _shell = Guard(shell.spawn().unwrap());
    let looked = doctor(&installation, ids, &[]).expect(1);
    let found = troubles(&looked);
    assert_eq!(found.len(), 3, "{found:?}");
    assert!(found.values().all(|verdict| verdict == "fail"), "{found:?}");
    says_no_secret(&looked, Path::new(""), &secrets(&installation));
}

/// A TLS server of a test's own; it ends with the guard. Returns its address.
fn tls_server(folder: &Path, days: &str) -> Option<(Guard, String, PathBuf)> {
    let Some(openssl) = program("openssl") else {
        skip("there is no openssl to serve a certificate with: install it");
        return None;
    };
    let (key, certificate) = (folder.join("key.pem"), folder.join("certificate.pem"));
    let made = std::process::Command::new(&openssl)
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-subj", "/CN=model.test", "-addext", "subjectAltName=IP:127.0.0.1"])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-days", days])
        .arg("-keyout")
        .arg(&key)
        .arg("-out")
        .arg(&certificate)
        .output()
        .unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let mut server = std::process::Command::new(&openssl)
        .args(["s_server", "-accept", "127.0.0.1:0", "-www"])
        .arg("-key")
        .arg(&key)
        .arg("-cert")
        .arg(&certificate)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let lines = BufReader::new(server.stdout.take().unwrap()).lines();
    let guard = Guard(server);
    let address = lines.map_while(Result::ok).find_map(|line| line.strip_prefix("ACCEPT ").map(String::from));
    Some((guard, address.unwrap(), certificate))
}

#[test]
fn the_certificate_of_the_endpoint_is_looked_at() {
    let installation = Installation::installed();
    let folder = installation.env.directory("tls");
    let Some((_server, address, certificate)) = tls_server(&folder, "5") else { return };
    let mut toml = File::options().append(true).open(installation.home().env()).unwrap();
    writeln!(toml, "TARS_ANSWER_ENDPOINT=https://{address}").unwrap();
    let look = |trusted: Option<&Path>| {
        let mut command = installation.tars(&["doctor", "--format", "json", "--only", "security.endpoint.*"]);
        command.env_remove("TARS_ANSWER_ENDPOINT");
        if let Some(trusted) = trusted {
            command.env("SSL_CERT_FILE", trusted);
        }
        // A busy machine may not answer in two seconds.
        command.args(["--deadline", "20s"]);
        finish_within(&mut command, LONG)
    };
    let refused = look(None).expect(1);
    assert!(refused.stdout.contains("signed its certificate itself"), "{refused:#?}");
    assert!(refused.stdout.contains("model.test"), "{refused:#?}");
    let soon = look(Some(&certificate)).expect(0);
    let found = troubles(&soon);
    assert_eq!(found.get("security.endpoint.certificate").map(String::as_str), Some("warn"), "{soon:#?}");
    // Nobody answers any more: that says nothing of the certificate.
    drop(_server);
    wait("the port to be closed", Duration::from_secs(10), || {
        std::net::TcpStream::connect(&address).is_err().then_some(())
    });
    let gone = troubles(&look(None));
    assert_eq!(gone.get("security.endpoint.certificate").map(String::as_str), Some("unknown"), "{gone:?}");
}

#[test]
fn a_link_stays_one_in_a_home_behind_a_link() {
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    let home = installation.home();
    let (mine, door) = (installation.env.path().join("mine.toml"), installation.env.path().join("door"));
    rewrite(&home.toml(), |text| text.replace('\n', "\r\n"));
    fs::rename(home.toml(), &mine).unwrap();
    std::os::unix::fs::symlink(&mine, home.toml()).unwrap();
    std::os::unix::fs::symlink(installation.place(), &door).unwrap();
    fs::set_permissions(&mine, Permissions::from_mode(0o666)).unwrap();
    let state = || (snapshot::take(&home.config), fs::read(&mine).unwrap(), mode(&mine));
    let before = state();
    let by_the_door = |arguments: &[&str]| {
        let mut command = installation.env.tars();
        command.env_remove("TARS_HOME").arg("--home").arg(&door).arg("doctor").args(arguments);
        finish_within(&mut command, LONG)
    };
    by_the_door(&["--fix", "--yes", "--only", "settings.line_ends,settings.permissions"]).expect(0);
    assert!(fs::symlink_metadata(home.toml()).unwrap().is_symlink());
    assert!(!fs::read_to_string(&mine).unwrap().contains('\r') && mode(&mine) == 0o644);
    by_the_door(&["--undo", "--yes"]).expect(0);
    assert!(fs::symlink_metadata(home.toml()).unwrap().is_symlink());
    assert!(state() == before, "not as before");
}
