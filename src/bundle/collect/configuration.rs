//! The settings: every file beside `tars.toml`, our unit, the container engine's settings, which keys are set and by
//! whom, and who owns the files. Private keys and the first password are told by their size and mode only.

use std::fs::Metadata;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use super::files::{Keep, answers, missing, planned, put, text_of, why, write};
use super::page::Page;
use super::{Collector, Planned, Scope, Sink};
use crate::config::schema::KEYS;
use crate::config::{Settings, Source};
use crate::host::systemd;

pub(super) const COLLECTOR: Collector = Collector {
    name: "configuration",
    about: "settings files, which keys are set, owners and modes",
    plan,
    run,
};

/// The engine's settings.
const ENGINE: &str = "/etc/docker/daemon.json";
/// How deep and how many files below the directory of settings are collected.
const DEPTH: usize = 4;
const MOST: usize = 200;
/// What names a file whose content is a secret as a whole.
const WITHHELD: &[&str] = &["key", "pem", "p12", "pfx", "jks", "keystore", "kdbx", "ppk", "gpg", "age"];

/// The content of a file is a secret as a whole.
pub fn is_withheld(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    name == "admin-password" || name.starts_with("id_") || WITHHELD.contains(&extension)
}

/// Everything in the directory of settings, in order; the directory has to answer.
fn everything(scope: &Scope) -> Vec<(PathBuf, Metadata)> {
    let walk = WalkDir::new(&scope.home.config).max_depth(DEPTH).follow_links(false).same_file_system(true);
    let entries = walk.sort_by_file_name().into_iter().filter_map(Result::ok);
    entries
        .filter_map(|entry| Some((entry.path().to_path_buf(), entry.metadata().ok()?)))
        .take(MOST)
        .collect()
}

/// The files whose content is collected, with their paths in the archive.
fn files(scope: &Scope) -> Vec<(String, PathBuf)> {
    let regular = everything(scope).into_iter().filter(|(path, found)| found.is_file() && !is_withheld(path));
    let named = regular.filter_map(|(path, _)| {
        let below = path.strip_prefix(&scope.home.config).ok()?.to_string_lossy().into_owned();
        Some((format!("config/{below}"), path))
    });
    named.chain(elsewhere(scope)).collect()
}

/// Settings of ours that others keep.
fn elsewhere(scope: &Scope) -> Vec<(String, PathBuf)> {
    let mut found = vec![("config/docker/daemon.json".to_string(), PathBuf::from(ENGINE))];
    if scope.home.given.is_none() {
        let user = !nix::unistd::geteuid().is_root();
        found.push((format!("config/systemd/{}", systemd::UNIT), systemd::unit_path(&scope.home, user)));
    }
    found
}

fn plan(scope: &Scope) -> Vec<Planned> {
    let mut all = planned("config/", &scope.home.config, || files(scope));
    all.push(Planned::new("config/keys.txt", "the settings in force, without values"));
    all.push(Planned::new("config/modes.txt", scope.home.config.display().to_string()));
    all
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    if let Err(why) = answers(scope, &[&scope.home.config]) {
        missing(sink, "config/tars.toml", &why);
        return elsewhere(scope)
            .iter()
            .try_for_each(|(path, from)| put(scope, sink, path, from, Keep::Beginning));
    }
    for (path, source) in files(scope) {
        put(scope, sink, &path, &source, Keep::Beginning)?;
    }
    write(sink, "config/keys.txt", &keys(scope))?;
    write(sink, "config/modes.txt", &modes(scope))
}

/// Which settings are set, and where.
fn keys(scope: &Scope) -> String {
    let home = &scope.home;
    let mut page = Page::default();
    let mut text = |path: &Path| {
        text_of(path).unwrap_or_else(|error| {
            page.line(&format!("`{}` cannot be read: {}", path.display(), why(&error)));
            None
        })
    };
    let (toml, env) = (text(&home.toml()), text(&home.env()));
    let (settings, problems) = Settings::examine(home, toml.as_deref(), env.as_deref());
    let rows: Vec<[String; 3]> = KEYS
        .iter()
        .map(|key| {
            let variable = key.variable();
            let in_files = settings.get(key.name).map(|setting| &setting.source);
            let source =
                if scope.environment.iter().any(|(name, value)| *name == variable && !value.is_empty()) {
                    format!("environment {variable}")
                } else {
                    in_files.map_or_else(|| "nowhere".into(), Source::to_string)
                };
            let kind = if key.secret { "secret" } else { "" };
            [key.name.into(), source, kind.into()]
        })
        .collect();
    page.table(["key", "set by", ""], &rows);
    if !problems.is_empty() {
        page.part("problems");
        problems.iter().for_each(|problem| {
            page.line(&format!("{}: {}", problem.place, problem.message));
        });
    }
    page.text().to_string()
}

/// Who owns what, and who may read it.
fn modes(scope: &Scope) -> String {
    let rows: Vec<[String; 4]> = everything(scope)
        .into_iter()
        .map(|(path, found)| {
            let note = if found.is_file() && is_withheld(&path) { " (content left out)" } else { "" };
            [
                format!("{:06o}", found.permissions().mode()),
                format!("{}:{}", found.uid(), found.gid()),
                found.len().to_string(),
                format!("{}{note}", path.display()),
            ]
        })
        .collect();
    Page::default().table(["mode", "owner", "bytes", "path"], &rows).text().to_string()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;

    #[test]
    fn everything_is_there_but_what_is_secret_as_a_whole() {
        let dir = tempfile::tempdir().unwrap();
        let mut scope = scope(dir.path());
        let config = &scope.home.config;
        std::fs::create_dir_all(config.join("tls")).unwrap();
        let write = |name: &str, text: &str| std::fs::write(config.join(name), text).unwrap();
        write("tars.toml", "# a comment\n[server]\nlisten = \"127.0.0.1:9000\"\n");
        write("tars.env", "TARS_ANSWER_API_KEY=hidden-in-file\nTARS_NO_SUCH=1\n");
        write("compose.yml", "services: {}\n");
        write("admin-password", "hidden-password\n");
        write("tls/server.key", "hidden-key\n");
        write("tls/server.crt", "certificate\n");
        std::os::unix::fs::symlink("/etc/passwd", config.join("link")).unwrap();
        scope.environment = vec![("TARS_SERVER_LOG".into(), "debug".into())];
        let archive = Archive::default();
        run(&scope, &archive).unwrap();
        let text = archive.text("config/tars.toml");
        assert!(text.starts_with("# a comment"));
        assert_eq!(archive.text("config/tls/server.crt"), "certificate\n");
        let keys = archive.text("config/keys.txt");
        let line = |key: &str| keys.lines().find(|line| line.starts_with(key)).unwrap().to_string();
        assert!(line("server.listen").contains("tars.toml:3"), "{keys}");
        assert!(
            line("answer.api_key").contains("tars.env:1") && line("answer.api_key").ends_with("secret"),
            "{keys}"
        );
        assert!(line("server.log").contains("environment TARS_SERVER_LOG"), "{keys}");
        assert!(
            line("auth.signing_key").contains("nowhere") && line("nas.share").contains("default"),
            "{keys}"
        );
        assert!(!keys.contains("hidden"), "{keys}");
        let modes = archive.text("config/modes.txt");
        assert!(
            modes.contains("admin-password (content left out)") && modes.contains("server.key (content"),
            "{modes}"
        );
        let all = archive.everything();
        assert!(
            !all.contains("hidden-password") && !all.contains("hidden-key") && !all.contains("root:x"),
            "{all}"
        );
        let planned: Vec<String> = plan(&scope).into_iter().map(|planned| planned.path).collect();
        for path in archive.paths() {
            assert!(planned.contains(&path), "{path} was not planned: {planned:?}");
        }
    }

    #[test]
    fn an_installation_that_is_not_there_is_no_error() {
        let dir = tempfile::tempdir().unwrap();
        let archive = Archive::default();
        run(&scope(&dir.path().join("none")), &archive).unwrap();
        assert!(archive.text("config/keys.txt").contains("server.listen"));
    }
}
