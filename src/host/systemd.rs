//! The server as a systemd unit: its text, and `systemctl` and `journalctl` with deadlines. Whether systemd
//! is the right manager here is decided in [`super::service`].

use std::path::{Path, PathBuf};
use std::time::Duration;

use jiff::Timestamp;

use super::command;
use super::service::State;
use crate::config::paths::Home;
use crate::failure::{Failure, Result};

/// The name of the unit.
pub const UNIT: &str = "tars.service";

const DEADLINE: Duration = Duration::from_secs(10);
/// Starting and stopping wait for the server itself.
const LONG: Duration = Duration::from_secs(40);

/// Where the unit file stands: beside the configuration directory for a user, in `/etc` for the system.
#[must_use]
pub fn unit_path(home: &Home, user: bool) -> PathBuf {
    if user {
        home.config.with_file_name("systemd").join("user").join(UNIT)
    } else {
        Path::new("/etc/systemd/system").join(UNIT)
    }
}

/// The text of the unit. `privileged` asks for a port below 1024; `environment` is what a user's manager has
/// to be told so that the server finds the same directories.
#[must_use]
pub fn unit(home: &Home, user: bool, privileged: bool, environment: &[(String, String)]) -> String {
    let exec = quote(&home.program().to_string_lossy()).replace('$', "$$");
    if user {
        let lines: String = environment
            .iter()
            .map(|(name, value)| format!("Environment={}\n", quote(&format!("{name}={value}"))))
            .collect();
        return include_str!("../../templates/tars-user.service")
            .replace("{environment}", &lines)
            .replace("{exec}", &exec);
    }
    let writable: Vec<_> =
        [&home.config, &home.state, &home.logs].iter().map(|p| quote(&p.to_string_lossy())).collect();
    let capabilities =
        if privileged { "CAP_DAC_READ_SEARCH CAP_NET_BIND_SERVICE" } else { "CAP_DAC_READ_SEARCH" };
    include_str!("../../templates/tars.service")
        .replace("{capabilities}", capabilities)
        .replace("{writable}", &writable.join(" "))
        .replace("{exec}", &exec)
}

/// One word of a unit file (systemd.syntax(7)).
fn quote(word: &str) -> String {
    format!("\"{}\"", word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%"))
}

/// Runs `systemctl` for the system or the user.
async fn systemctl(user: bool, arguments: &[&str], deadline: Duration) -> Result<String> {
    let mut all = Vec::new();
    if user {
        all.push("--user");
    }
    all.extend(arguments);
    command::run("systemctl", &all, deadline).await.map_err(|failure| {
        failure.hint("`tars ops logs` shows what the server said; without a unit, run `tars install`")
    })
}

/// Tells systemd to read its unit files again.
pub async fn reload(user: bool) -> Result<()> {
    systemctl(user, &["daemon-reload"], DEADLINE).await.map(drop)
}

/// Makes the server start with the machine (or with the user's sign-in).
pub async fn enable(user: bool) -> Result<()> {
    systemctl(user, &["enable", "--quiet", UNIT], DEADLINE).await.map(drop)
}

/// Makes it start no more.
pub async fn disable(user: bool) -> Result<()> {
    systemctl(user, &["disable", "--quiet", UNIT], DEADLINE).await.map(drop)
}

/// Starts the unit.
pub async fn start(user: bool) -> Result<()> {
    systemctl(user, &["start", UNIT], LONG).await.map(drop)
}

/// Stops the unit.
pub async fn stop(user: bool) -> Result<()> {
    systemctl(user, &["stop", UNIT], LONG).await.map(drop)
}

/// How the unit is.
pub async fn state(user: bool) -> Result<State> {
    const ASKED: &str = "--property=LoadState,ActiveState,MainPID,NRestarts,UnitFileState,ExecMainStatus,ExecMainStartTimestamp";
    let text = systemctl(user, &["show", UNIT, ASKED, "--timestamp=unix"], DEADLINE).await?;
    Ok(parse(&text))
}

fn parse(text: &str) -> State {
    let value = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default()
    };
    let pid = value("MainPID").parse().ok().filter(|pid| *pid != 0);
    let seconds = value("ExecMainStartTimestamp").strip_prefix('@').and_then(|text| text.parse().ok());
    let status: i32 = value("ExecMainStatus").parse().unwrap_or(0);
    State {
        running: matches!(value("ActiveState"), "active" | "activating" | "reloading"),
        pid,
        server: pid,
        since: seconds.and_then(|seconds| Timestamp::from_second(seconds).ok()),
        restarts: value("NRestarts").parse().unwrap_or(0),
        last_end: (status != 0).then(|| format!("exit code {status}")),
        cannot_run: status == 2 && value("ActiveState") != "active",
        at_boot: value("UnitFileState") == "enabled",
    }
}

/// The last `n` lines of the server's log.
pub async fn log_tail(user: bool, n: usize) -> Result<Vec<String>> {
    let count = n.to_string();
    let mut arguments =
        vec!["--unit", UNIT, "--lines", &count, "--no-pager", "--quiet", "--output=short-iso"];
    if user {
        arguments.insert(0, "--user");
    }
    let text = command::run("journalctl", &arguments, DEADLINE).await?;
    Ok(text.lines().map(String::from).collect())
}

/// Writes the server's log to standard output as it grows, until this command is interrupted.
pub async fn follow(user: bool) -> Result<()> {
    let mut journal = tokio::process::Command::new("journalctl");
    if user {
        journal.arg("--user");
    }
    journal
        .args(["--unit", UNIT, "--lines=0", "--follow", "--quiet", "--output=short-iso"])
        .kill_on_drop(true);
    let status =
        journal.status().await.map_err(|e| Failure::environment("cannot run `journalctl`").because(&e))?;
    if status.success() {
        Ok(())
    } else {
        Err(Failure::environment(format!("`journalctl` ended with {status}")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verify(text: &str, arguments: &[&str]) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join(UNIT);
        // The check wants the program to exist.
        std::fs::write(
            &path,
            text.replace("\"/usr/local/bin/tars\"", "/bin/true").replace("\"/a %%/tars\"", "/bin/true"),
        )
        .unwrap();
        let tool =
            std::process::Command::new("systemd-analyze").args(arguments).arg("verify").arg(&path).output();
        let Ok(tool) = tool else {
            eprintln!("skipped: systemd-analyze is not installed");
            return;
        };
        let said =
            String::from_utf8_lossy(&tool.stderr).into_owned() + &String::from_utf8_lossy(&tool.stdout);
        assert!(tool.status.success() && said.is_empty(), "{said}\n{text}");
    }

    #[test]
    fn both_units_pass_systemd_analyze() {
        let root = Home::find(None, true, |_| None).unwrap();
        verify(&unit(&root, false, false, &[]), &["--man=no"]);
        verify(&unit(&root, false, true, &[]), &["--man=no"]);
        let variables = [("XDG_DATA_HOME".to_string(), "/srv/100 %/\"data\"".to_string())];
        verify(&unit(&root, true, false, &variables), &["--man=no"]);
    }

    #[test]
    fn nothing_is_left_unfilled_and_words_are_quoted() {
        let mut home = Home::find(None, true, |_| None).unwrap();
        home.bin = "/opt/100% $HOME \"x\"".into();
        let text = unit(&home, false, false, &[]);
        assert!(text.contains(r#"ExecStart="/opt/100%% $$HOME \"x\"/tars" serve"#), "{text}");
        let user = unit(&home, true, false, &[("A".into(), "b c".into())]);
        assert!(user.contains("\nEnvironment=\"A=b c\"\n"), "{user}");
        assert!(!(text + &user).contains('{'));
    }

    #[test]
    fn the_state_of_a_unit() {
        let running = parse(
            "LoadState=loaded\nActiveState=active\nMainPID=42\nNRestarts=3\nUnitFileState=enabled\nExecMainStatus=0\nExecMainStartTimestamp=@1700000000\n",
        );
        assert_eq!(
            (running.running, running.pid, running.restarts, running.at_boot),
            (true, Some(42), 3, true)
        );
        assert_eq!(running.since.unwrap().as_second(), 1_700_000_000);
        let failing = parse(
            "LoadState=loaded\nActiveState=activating\nMainPID=0\nNRestarts=7\nUnitFileState=disabled\nExecMainStatus=2\nExecMainStartTimestamp=\n",
        );
        assert_eq!((failing.pid, failing.cannot_run, failing.at_boot), (None, true, false));
        let none = parse("LoadState=not-found\nActiveState=inactive\nMainPID=0\n");
        assert!(!none.running && none.since.is_none());
    }
}
