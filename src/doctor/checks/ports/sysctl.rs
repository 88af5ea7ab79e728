//! Setting something in the kernel, now and for every start: the setting itself, and its line in a file of this
//! program's own under `/etc/sysctl.d`.

use secrecy::ExposeSecret;

use crate::doctor::check::Repair;
use crate::facts::listeners::PortRange;
use crate::facts::snapshot::Facts;
use crate::failure::{Failure, Result};
use crate::host::action::{Action, Content};
use crate::host::files;

const FILE: &str = "/etc/sysctl.d/60-tars.conf";
const HEAD: &str = "# Written by `tars doctor --fix`.\n";

/// Keeps the server's port out of what outgoing connections get.
pub fn reserve_port(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let port = repair.asked.listen().port();
    let mut ranges = facts.listeners.reserved.known().cloned().unwrap_or_default();
    ranges.push(PortRange { first: port, last: port });
    let shown = |range: &PortRange| match range.first == range.last {
        true => range.first.to_string(),
        false => format!("{}-{}", range.first, range.last),
    };
    let list: Vec<String> = ranges.iter().map(shown).collect();
    set(facts, repair, "net.ipv4.ip_local_reserved_ports", &list.join(","))
}

/// Lets as many connections wait as the kernel does by itself.
pub fn widen_backlog(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    set(facts, repair, "net.core.somaxconn", "4096")
}

/// Forwards packets of containers.
pub fn forward(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    set(facts, repair, "net.ipv4.ip_forward", "1")
}

fn set(facts: &Facts, repair: &Repair<'_>, name: &str, value: &str) -> Result<Vec<Action>> {
    if !facts.subject.root {
        return Err(Failure::environment("only root may change the kernel's settings")
            .hint("run it again with `sudo`"));
    }
    let path = repair.place(&repair.asked.at(FILE));
    let text = repair.text(&path)?.map(|text| text.expose_secret().to_string());
    let text = with_line(text.as_deref().unwrap_or(HEAD), name, value);
    let mut steps = path.parent().map_or_else(Vec::new, |folder| repair.directories(folder, 0o755));
    steps.push(Action::WriteFile { path, mode: files::PUBLIC, content: Content::Text(text) });
    steps.push(Action::SetKernel { name: name.into(), value: value.into() });
    Ok(steps)
}

/// The text with that setting: in the place of an earlier line of it, or at the end.
fn with_line(text: &str, name: &str, value: &str) -> String {
    let line = format!("{name} = {value}");
    let is_it = |line: &str| line.split('=').next().is_some_and(|key| key.trim() == name);
    let mut lines: Vec<&str> = text.lines().filter(|line| !is_it(line)).collect();
    lines.push(&line);
    lines.join("\n") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_for_each_setting() {
        let one = with_line(HEAD, "net.core.somaxconn", "4096");
        assert_eq!(one, format!("{HEAD}net.core.somaxconn = 4096\n"));
        assert_eq!(with_line(&one, "net.core.somaxconn", "4096"), one);
        let two = with_line(&one, "net.ipv4.ip_forward", "1");
        assert_eq!(two, format!("{one}net.ipv4.ip_forward = 1\n"));
        assert_eq!(with_line("a=1\nb = 2\n", "a", "3"), "b = 2\na = 3\n");
    }
}
