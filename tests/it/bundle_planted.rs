//! A real machine full of secrets: every kind of secret in every place that a collector reads, other ones on every
//! run. Whoever takes the archive apart finds none of them, neither whole nor in part, and sees that each of the
//! places was read.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::support::engine::{Engine, engine};
use crate::support::env::{Guard, finish_within};
use crate::support::installed::{Installation, LONG};
use crate::support::ollama::FakeOllama;
use crate::support::planted::{Planted, Random, plant};
use crate::support::{journald, mounts, seed, unpacked};

/// Notations whose secrets the machine's settings hold, too.
const BY_VALUE: &[&str] = &["sql insert", "cloud-init", "ppp", "yaml value and name", "yaml plain"];

/// What takes texts as they are: where they come out in the archive.
const TEXTS: &[&str] = &[
    "logs/server.log",
    "logs/server.log.1",
    "logs/server.log.2",
    "logs/containers/tars-front.log",
    "logs/containers/tars-back.log",
    "logs/containers/tars-shell.log",
    "logs/units/tars.log",
    "config/compose.yml",
    "config/extra/service.env",
    "config/extra/notes.conf",
    "config/extra/older/settings.bak",
    "api/health.json",
];

/// What puts texts into strings of JSON.
const STRINGS: &[&str] = &["docker/inspect/tars-front.json", "journal/journal.jsonl"];

/// The health check's output is cut at four kilobytes.
const OUTPUT: usize = 3500;

/// The secrets that are still to be planted.
struct Pool(Vec<Planted>);

impl Pool {
    /// In an order of chance.
    fn new(mut all: Vec<Planted>, random: &mut Random) -> Self {
        (1..all.len()).for_each(|at| all.swap(at, random.below(at + 1)));
        Self(all)
    }

    /// Takes some out.
    fn take(&mut self, most: usize, fits: impl Fn(&Planted) -> bool) -> Vec<Planted> {
        let mut taken = Vec::new();
        let left = std::mem::take(&mut self.0);
        for one in left {
            if taken.len() < most && !BY_VALUE.contains(&one.format) && fits(&one) {
                taken.push(one);
            } else {
                self.0.push(one);
            }
        }
        taken
    }

    /// Some in this notation, as the text of one line.
    fn lines(&mut self, most: usize, format: &str) -> Vec<Planted> {
        self.take(most, |one| one.format == format && is_line(one))
    }

    /// Some command lines, but those that the container engine is to have.
    fn commands(&mut self, most: usize, fits: impl Fn(&Planted) -> bool) -> Vec<Planted> {
        let mine = |one: &Planted| one.family == "command line" && one.format != "mount -o password";
        self.take(most, |one| mine(one) && is_line(one) && fits(one))
    }
}

/// It is one line, which any program can be given as a word.
fn is_line(one: &Planted) -> bool {
    !one.text[..one.text.len() - 1].iter().any(|byte| b"\n\r\0".contains(byte)) && one.text.is_ascii()
}

/// The line of a secret of one line.
fn line(one: &Planted) -> String {
    String::from_utf8(one.text.clone()).unwrap().trim_end_matches('\n').to_string()
}

/// `NAME=value`, and nothing else.
fn assignment(one: &Planted) -> Option<(String, String)> {
    let text = String::from_utf8(one.text.clone()).ok()?;
    let (name, value) = text.strip_suffix('\n')?.split_once('=')?;
    let is_name = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_') && name.len() > 2;
    (is_name && !value.contains(['\n', '\r', '\0'])).then(|| (name.to_string(), value.to_string()))
}

/// A value of letters and digits, with what base64 has beside them.
fn is_tame(one: &Planted) -> bool {
    one.plain.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/=_-.".contains(byte))
}

/// Whether a text can stand there: what keeps logs of units takes no zero bytes.
fn suits(path: &str, one: &Planted) -> bool {
    !path.starts_with("logs/units/") || !one.text.contains(&0)
}

/// Every family in turn goes to every place that suits it.
fn shared(all: Vec<Planted>, places: &[&'static str]) -> BTreeMap<&'static str, Vec<Planted>> {
    let mut shares: BTreeMap<_, Vec<_>> = places.iter().map(|place| (*place, Vec::new())).collect();
    let mut turns: BTreeMap<&str, usize> = BTreeMap::new();
    for one in all {
        let count = turns.len();
        let turn = turns.entry(one.family).or_insert(count);
        let suited = (*turn..).find(|at| suits(places[at % places.len()], &one)).unwrap();
        *turn = suited + 1;
        shares.get_mut(places[suited % places.len()]).unwrap().push(one);
    }
    shares
}

/// Lines as they would come from a program at work, numbered, with a secret after each.
fn text(share: &[Planted], comment: &str) -> Vec<u8> {
    let mut text = Vec::new();
    for (number, one) in share.iter().enumerate() {
        text.extend(format!("{comment}{}\n", step(number)).into_bytes());
        text.extend_from_slice(&one.text);
    }
    text
}

fn step(number: usize) -> String {
    format!("the lamp turned to step {number:04}")
}

/// What was planted where: the path in the archive, what the steps before the secrets are counted by, the secrets.
#[derive(Default)]
struct Garden(BTreeMap<&'static str, Vec<Planted>>);

impl Garden {
    fn note(&mut self, path: &'static str, planted: &[Planted]) {
        self.0.entry(path).or_default().extend_from_slice(planted);
    }

    fn secrets(&self) -> impl Iterator<Item = (&'static str, &Planted)> {
        self.0.iter().flat_map(|(path, planted)| planted.iter().map(|one| (*path, one)))
    }
}

/// Everything that has to stay until the archive is made.
struct Machine {
    installation: Installation,
    garden: Garden,
    engine: Engine,
    environment: Vec<(String, String)>,
    processes: Vec<Guard>,
}

impl Machine {
    fn path(&self, name: &str) -> PathBuf {
        self.installation.env.path().join(name)
    }

    /// Files that the server and its owner wrote.
    fn files(&mut self, shares: &mut BTreeMap<&'static str, Vec<Planted>>) {
        let home = self.installation.home();
        for (path, to, comment) in [
            ("logs/server.log", home.log_file(), ""),
            ("logs/server.log.1", home.logs.join("serve.log.1"), ""),
            ("logs/server.log.2", home.logs.join("serve.log.2"), ""),
            ("config/compose.yml", home.config.join("compose.yml"), "# "),
            ("config/extra/service.env", home.config.join("extra/service.env"), "# "),
            ("config/extra/notes.conf", home.config.join("extra/notes.conf"), "; "),
            ("config/extra/older/settings.bak", home.config.join("extra/older/settings.bak"), "# "),
        ] {
            let share = shares.remove(path).unwrap();
            fs::create_dir_all(to.parent().unwrap()).unwrap();
            fs::write(to, text(&share, comment)).unwrap();
            self.garden.note(path, &share);
        }
        let share = shares.remove("journal/journal.jsonl").unwrap();
        let mut journal = fs::File::options().append(true).create(true).open(home.journal()).unwrap();
        for (number, one) in share.iter().enumerate() {
            let what = format!("{}\n{}", step(number), String::from_utf8_lossy(&one.text));
            let intent =
                json!({ "seq": 1000 + number, "what": what, "undo": { "undo": "nothing" }, "run": 9 });
            writeln!(journal, "{}", json!({ "intent": intent })).unwrap();
        }
        self.garden.note("journal/journal.jsonl", &share);
    }

    /// Settings as they are written, beside those that the server needs.
    fn settings(&mut self, pool: &mut Pool) {
        let home = self.installation.home();
        let mut comments = pool.lines(3, "toml");
        comments.extend(pool.take(6, |one| one.format == "env commented-out"));
        let lines: String = comments.iter().map(|one| format!("# {}\n", line(one))).collect();
        append(&home.toml(), &lines);
        self.garden.note("config/tars.toml", &comments);
        let others = pool.take(6, |one| one.format == "env double quotes");
        append(&home.env(), &others.iter().map(|one| format!("# {}\n", line(one))).collect::<String>());
        self.garden.note("config/tars.env", &others);
    }

    /// Containers with secrets in what they were started with, and in what they say.
    fn containers(&mut self, shares: &mut BTreeMap<&'static str, Vec<Planted>>, pool: &mut Pool) {
        let mut complaint = Vec::new();
        let mut said = 0;
        let health = shares.remove("docker/inspect/tars-front.json").unwrap();
        let fits = |one: &&Planted| {
            said += one.text.len() + 40;
            said < OUTPUT
        };
        complaint.extend(health.iter().take_while(fits).cloned());
        fs::write(self.path("complaint"), text(&complaint, "")).unwrap();
        let variables = pool.take(12, |one| assignment(one).is_some());
        let labels = pool.take(12, |one| one.format == "properties" || one.format == "env");
        let labels: Vec<Planted> = labels.into_iter().filter(|one| line(one).contains('=')).collect();
        let commands = pool.commands(12, |one| one.format.starts_with("--") && is_tame(one));
        for (name, how, terminal) in
            [("tars-front", "say", false), ("tars-back", "mutter", false), ("tars-shell", "say", true)]
        {
            let path: &'static str = TEXTS.iter().find(|path| path.contains(name)).unwrap();
            let share = shares.remove(path).unwrap();
            fs::write(self.path(name), text(&share, "")).unwrap();
            self.garden.note(path, &share);
            let mut settings = json!({
                "Cmd": ["/part", how, "/lines"],
                "Tty": terminal,
                "HostConfig": {
                    "NetworkMode": "none",
                    "Binds": [
                        format!("{}:/lines:ro", self.path(name).display()),
                        format!("{}:/complaint:ro", self.path("complaint").display()),
                    ],
                },
            });
            if name == "tars-front" {
                settings["Env"] = variables.iter().map(line).collect();
                let label = |one: &Planted| {
                    let line = line(one);
                    let (name, value) = line.split_once('=').unwrap();
                    (name.to_string(), Value::from(value))
                };
                settings["Labels"] = Value::Object(labels.iter().map(label).collect());
                settings["Healthcheck"] = json!({ "Test": ["CMD", "/part", "complain", "/complaint"], "Interval": 1_000_000_000, "Retries": 1 });
            }
            if name == "tars-back" {
                let words = commands.iter().map(line);
                settings["Cmd"].as_array_mut().unwrap().extend(words.map(Value::from));
            }
            self.engine.run(name, settings);
        }
        self.garden.note("docker/inspect/tars-front.json", &complaint);
        self.garden.note("docker/inspect/tars-front.json", &[variables, labels].concat());
        self.garden.note("docker/inspect/tars-back.json", &commands);
        let mounted = pool.take(2, |one| one.format == "mount -o password");
        for (number, one) in mounted.iter().enumerate() {
            let line = line(one);
            let options = line.split_once(" -o ").unwrap().1;
            let made = json!({
                "Name": format!("nas-{number}"),
                "DriverOpts": { "type": "cifs", "device": "//nas/share", "o": options },
            });
            self.engine.ask("POST", "/volumes/create", &made);
        }
        self.garden.note("docker/volumes.json", &mounted);
    }

    /// The system's own files, and the programs that run.
    fn system(&mut self, etc: &Path, pool: &mut Pool) {
        let mounted = pool.take(12, |one| one.format.starts_with("fstab"));
        fs::write(etc.join("fstab"), text(&mounted, "# ")).unwrap();
        self.garden.note("mounts/fstab.txt", &mounted);
        let mirrors = pool.take(4, |one| one.family == "password in an address" && one.format == "env");
        let addresses: Vec<String> =
            mirrors.iter().map(|one| line(one)["DATABASE_URL=".len()..].into()).collect();
        fs::create_dir(etc.join("docker")).unwrap();
        let settings = json!({ "registry-mirrors": addresses[..3], "log-driver": "json-file" });
        fs::write(etc.join("docker/daemon.json"), format!("{settings:#}\n")).unwrap();
        self.garden.note("config/docker/daemon.json", &mirrors[..3]);
        let point = self.installation.env.directory("dav");
        mounts::named(&addresses[3], &point);
        self.garden.note("mounts/mountinfo.txt", &mirrors[3..]);
        let hosts = pool.lines(3, "ini commented-out");
        append(
            &etc.join("hosts"),
            &hosts.iter().map(|one| line(one).replacen(';', "#", 1) + "\n").collect::<String>(),
        );
        self.garden.note("network/dns.txt", &hosts);
        let kernel = pool.take(6, |one| one.format == "--password x" || one.format == "--password=x");
        let records =
            kernel.iter().map(|one| format!("6,1,5000000,-;oom-kill: task=app,cmd={}\n", line(one)));
        let ring = self.path("kmsg");
        fs::write(&ring, records.collect::<String>()).unwrap();
        mounts::bind(&ring, Path::new("/dev/kmsg"));
        self.garden.note("logs/kernel.log", &kernel);
        let commands = pool.commands(40, |_| true);
        for one in &commands {
            let mut command = Command::new("sh");
            command.args(["-c", "read end"]).args(line(one).split(' '));
            let child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            self.processes.push(Guard(child.unwrap()));
        }
        self.garden.note("system/processes.txt", &commands);
    }

    /// Secrets that nothing tells but that they are kept: each in one of the places that keep some, and in a log.
    fn known(&mut self, etc: &Path, known: Vec<Planted>) {
        let home = self.installation.home();
        let person = self.installation.env.path().to_path_buf();
        let credentials = self.path("credentials");
        append(
            &etc.join("fstab"),
            &format!("//nas/x /mnt cifs ro,credentials={} 0 0\n", credentials.display()),
        );
        fs::create_dir_all(person.join(".docker")).unwrap();
        let mut sign_ins = serde_json::Map::new();
        let mut container = Vec::new();
        for (number, one) in known.iter().enumerate() {
            let plain = String::from_utf8(one.plain.clone()).unwrap();
            // A value of several lines suits the first two only, and one with commas no list of options.
            let places = if plain.contains('\n') { 2 } else { 7 - usize::from(plain.contains(',')) };
            match number % places {
                0 => self.environment.push((format!("APP_{number}_PASSWORD"), plain)),
                1 => container.push(format!("APP_{number}_PASSWORD={plain}")),
                2 => {
                    append(
                        &home.config.join("extra/more.env"),
                        &format!("APP_{number}_PASSWORD='{plain}'\n"),
                    );
                }
                3 => append(&credentials, &format!("password={plain}\n")),
                4 => {
                    append(
                        &person.join(".netrc"),
                        &format!("machine h{number} login app password {plain}\n"),
                    );
                }
                5 => drop(sign_ins.insert(format!("r{number}.example"), json!({ "identitytoken": plain }))),
                _ => append(
                    &etc.join("fstab"),
                    &format!("//nas/{number} /mnt cifs ro,password2={plain} 0 0\n"),
                ),
            }
        }
        fs::write(person.join(".docker/config.json"), json!({ "auths": sign_ins }).to_string()).unwrap();
        fs::write(self.path("tars-known"), text(&known, "")).unwrap();
        let bind = format!("{}:/lines:ro", self.path("tars-known").display());
        self.engine.run(
            "tars-known",
            json!({
                "Cmd": ["/part", "say", "/lines"], "Env": container,
                "HostConfig": { "NetworkMode": "none", "Binds": [bind] },
            }),
        );
        self.garden.note("logs/containers/tars-known.log", &known);
    }

    /// What answers over HTTP: a stranger where the server was, and a model server.
    fn answers(&mut self, shares: &mut BTreeMap<&'static str, Vec<Planted>>, pool: &mut Pool) {
        let share = shares.remove("api/health.json").unwrap();
        let body = text(&share, "");
        self.garden.note("api/health.json", &share);
        let listener = TcpListener::bind(&self.installation.listen).unwrap();
        // It ends with the process of the tests.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let mut head = String::new();
                while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
                let stream = reader.get_mut();
                // Whoever asks may have heard enough.
                let _ = write!(stream, "HTTP/1.0 500 No\r\nContent-Length: {}\r\n\r\n", body.len());
                let _ = stream.write_all(&body);
            }
        });
        let ollama = FakeOllama::start("nothing");
        let named = pool.take(3, |one| one.family == "password in an address" && one.format == "env");
        let names = named.iter().map(|one| line(one)["DATABASE_URL=".len()..].to_string());
        ollama.models.lock().unwrap().extend(names);
        self.environment.push(("TARS_ANSWER_ENDPOINT".into(), format!("http://{}", ollama.address)));
        self.garden.note("facts.json", &named);
    }
}

fn append(path: &Path, text: &str) {
    let mut file = fs::File::options().create(true).append(true).open(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

/// How often this stands in a text.
fn count(what: &str, text: &[u8]) -> usize {
    memchr::memmem::find_iter(text, what.as_bytes()).count()
}

#[test]
fn nothing_of_a_machine_full_of_secrets_is_in_its_archive() {
    let Some(engine) = engine() else { return };
    let seed = seed();
    let installation = Installation::installed();
    installation.run(&["ops", "stop"]).expect(0);
    let Some(()) = mounts::namespace() else { return };
    let mut random = Random::new(seed);
    let id = format!("{:032x}\n", u128::from(random.next()) + (1 << 100));
    let etc = mounts::little_etc(
        installation.env.path(),
        &[("machine-id", &id), ("systemd/journald.conf", journald::SETTINGS)],
    );

    let (mut all, mut pool) = (plant(seed), Pool::new(plant(seed + 1), &mut random));
    let known: Vec<Planted> = all.extract_if(.., |one| BY_VALUE.contains(&one.format)).collect();
    let places: Vec<&'static str> = TEXTS.iter().chain(STRINGS).copied().collect();
    let mut shares = shared(all, &places);
    let mut machine = Machine {
        installation,
        engine,
        garden: Garden::default(),
        environment: Vec::new(),
        processes: Vec::new(),
    };
    let unit = shares.remove("logs/units/tars.log").unwrap();
    let Some(_journal) = journald::start(&text(&unit, "")) else { return };
    machine.garden.note("logs/units/tars.log", &unit);
    machine.files(&mut shares);
    machine.settings(&mut pool);
    machine.system(&etc, &mut pool);
    machine.containers(&mut shares, &mut pool);
    machine.known(&etc, known);
    machine.answers(&mut shares, &mut pool);
    assert!(shares.is_empty(), "{:?}", shares.keys());
    machine.engine.await_state("tars-front", "/State/Health/Status", "unhealthy");

    let out = machine.installation.env.directory("out");
    let mut command = machine.installation.tars(&["bundle", "--deadline", "60s", "--output"]);
    command.arg(&out).env("DOCKER_HOST", machine.engine.host()).envs(machine.environment.clone());
    finish_within(&mut command, LONG).expect(0);
    let files = unpacked::files(&fs::read(unpacked::archive_in(&out)).unwrap());
    let planted = machine.garden.secrets().count();
    let kinds: BTreeSet<_> = machine.garden.secrets().map(|(_, one)| (one.family, one.format)).collect();
    println!("{planted} secrets of {} kinds in {} places", kinds.len(), machine.garden.0.len());
    assert!(planted >= 150);
    let mut wrong = unpacked::survivors(&machine.garden.secrets().collect::<Vec<_>>(), &files);
    for (path, share) in &machine.garden.0 {
        let Some((_, content)) = files.iter().find(|(name, _)| name == path) else {
            wrong.push(format!("{path} is not there"));
            continue;
        };
        let (marks, steps) = (count("[REDACTED:", content), count("the lamp turned to step", content));
        println!("{path}: {} planted, {marks} marks, {steps} steps", share.len());
        if marks * 3 < share.len() {
            wrong.push(format!("{path} has {marks} marks of {} secrets", share.len()));
        }
        if TEXTS.contains(path) && steps < share.len() {
            wrong.push(format!("{path} has {steps} lines of {}", share.len()));
        }
    }
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}
