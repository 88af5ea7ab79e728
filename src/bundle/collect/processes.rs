//! Every process: its number, user, state, memory and command line. A part of its own, because command lines are
//! read from the memory of others, which may be slow.

use std::collections::HashMap;

use procfs::process::{Process, all_processes};

use super::files::{text_of, write};
use super::page::{Page, mebibytes};
use super::{Collector, Planned, Scope, Sink};

pub(super) const COLLECTOR: Collector =
    Collector { name: "processes", about: "every process with its user, memory and command line", plan, run };

const PATH: &str = "system/processes.txt";

fn plan(_: &Scope) -> Vec<Planned> {
    vec![Planned::new(PATH, "/proc")]
}

fn run(_: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let users = users(&text_of("/etc/passwd".as_ref()).ok().flatten().unwrap_or_default());
    let all = all_processes().map_err(|error| format!("`/proc`: {error}"))?;
    // One that ended meanwhile is no process any more.
    let mut rows: Vec<_> = all.filter_map(|process| row(&process.ok()?, &users)).collect();
    rows.sort_by_key(|(pid, _)| *pid);
    let rows: Vec<_> = rows.into_iter().map(|(_, row)| row).collect();
    write(
        sink,
        PATH,
        Page::default().table(["pid", "parent", "user", "state", "memory", "command"], &rows).text(),
    )
}

fn row(process: &Process, users: &HashMap<u32, String>) -> Option<(i32, [String; 6])> {
    let stat = process.stat().ok()?;
    let uid = process.uid().ok()?;
    let user = users.get(&uid).cloned().unwrap_or_else(|| uid.to_string());
    let memory = stat.rss.saturating_mul(procfs::page_size());
    let command = process.cmdline().ok().filter(|words| !words.is_empty());
    // Threads of the kernel have a name only.
    let command = command.map_or_else(|| format!("[{}]", stat.comm), |words| words.join(" "));
    let command = command.replace(['\n', '\r'], " ");
    Some((
        stat.pid,
        [
            stat.pid.to_string(),
            stat.ppid.to_string(),
            user,
            stat.state.to_string(),
            mebibytes(memory),
            command,
        ],
    ))
}

/// The names in a list of users.
fn users(passwd: &str) -> HashMap<u32, String> {
    let user = |line: &str| {
        let mut fields = line.split(':');
        let name = fields.next()?.to_string();
        Some((fields.nth(1)?.parse().ok()?, name))
    };
    passwd.lines().filter_map(user).collect()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{Archive, scope};
    use super::*;

    #[test]
    fn this_process_is_among_them() {
        let archive = Archive::default();
        run(&scope("/nowhere".as_ref()), &archive).unwrap();
        let text = archive.text(PATH);
        let pid = format!("{} ", std::process::id());
        assert!(text.lines().any(|line| line.starts_with(&pid)), "{text}");
    }

    #[test]
    fn users_by_their_numbers() {
        let found = users("root:x:0:0::/root:/bin/sh\nbroken\nann:x:1000:1000::/:/bin/sh\n");
        assert_eq!((found[&0].as_str(), found[&1000].as_str(), found.len()), ("root", "ann", 2));
    }
}
