//! Which process has a socket, and what it is: its name and what of its arguments is surely no secret, its systemd unit
//! and its container from the control groups, and where a docker-proxy forwards to. A process that ends
//! meanwhile, or that this user may not look into, is passed over.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::Owner;

/// No machine that this is for has more.
const MOST_PROCESSES: usize = 5_000;
const MOST_DESCRIPTORS: usize = 200_000;
/// What runs the script or module that its first argument names, and the options, none with a value, that may
/// stand before it.
const INTERPRETERS: [(&str, &[&str]); 9] = [
    ("python", &["-u", "-B", "-E", "-I", "-s", "-S", "-O", "-m"]),
    ("perl", &[]),
    ("ruby", &[]),
    ("node", &[]),
    ("deno", &[]),
    ("php", &[]),
    ("java", &["-jar"]),
    ("bash", &[]),
    ("sh", &[]),
];
/// First words that only say what a program is to do.
const COMMANDS: [&str; 4] = ["serve", "start", "run", "daemon"];
/// The options of docker-proxy, each with a value.
const PROXY: [&str; 5] = ["-proto", "-host-ip", "-host-port", "-container-ip", "-container-port"];
/// How much of a command line is shown.
const LONGEST: usize = 120;

/// The owner of each of these sockets that this user may see. `lock` is the file that our own server has open.
pub(super) fn of(proc: &Path, inodes: &BTreeSet<u64>, lock: &Path) -> BTreeMap<u64, Owner> {
    let mut owners: BTreeMap<u64, Owner> = BTreeMap::new();
    let mut left = MOST_DESCRIPTORS;
    let Ok(entries) = fs::read_dir(proc) else { return owners };
    let mut pids: Vec<u32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    pids.sort_unstable();
    for pid in pids.into_iter().take(MOST_PROCESSES) {
        let Ok(descriptors) = fs::read_dir(proc.join(pid.to_string()).join("fd")) else { continue };
        let (mut sockets, mut ours) = (Vec::new(), false);
        for descriptor in descriptors.flatten().take(left) {
            left -= 1;
            let Ok(target) = fs::read_link(descriptor.path()) else { continue };
            ours |= target == lock;
            sockets.extend(inode(&target.to_string_lossy()).filter(|inode| inodes.contains(inode)));
        }
        // Of several processes that share a socket the first one opened it, unless that is the init system,
        // which opens sockets for others.
        sockets.retain(|inode| owners.get(inode).is_none_or(|owner| owner.pid == 1));
        if !sockets.is_empty() {
            let owner = Owner { ours, ..look(proc, pid) };
            owners.extend(sockets.into_iter().map(|inode| (inode, owner.clone())));
        }
        if left == 0 {
            break;
        }
    }
    owners
}

/// `socket:[4711]`
pub(super) fn inode(target: &str) -> Option<u64> {
    target.strip_prefix("socket:[")?.strip_suffix(']')?.parse().ok()
}

fn look(proc: &Path, pid: u32) -> Owner {
    let read = |name: &str| {
        let bytes = fs::read(proc.join(pid.to_string()).join(name)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let (line, groups) = (read("cmdline"), read("cgroup"));
    let words: Vec<&str> = line.split('\0').filter(|word| !word.is_empty()).collect();
    let command = if words.is_empty() { read("comm").trim().to_string() } else { shown(&words) };
    Owner {
        pid,
        command: cut(&command),
        unit: unit(&groups),
        container: container(&groups),
        forwards: forwards(&words),
        ours: false,
    }
}

fn cut(text: &str) -> String {
    let text: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    match text.char_indices().nth(LONGEST) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text,
    }
}

/// A command line without anything that could be a secret: the program's name, the script or module of an
/// interpreter, and what is known to be harmless. A secret may stand in any other place, in any form (`-pSECRET`,
/// `-u name:secret`), so all of that is one `…`.
fn shown(words: &[&str]) -> String {
    let Some((program, arguments)) = words.split_first() else { return String::new() };
    // A process may have written a title of its own over its arguments: `nginx: master process`.
    let name = program.split_whitespace().next().unwrap_or_default().trim_end_matches(':');
    let name = name.rsplit('/').next().unwrap_or_default();
    let interpreter = INTERPRETERS.iter().find(|(one, _)| is_version_of(name, one));
    let script = interpreter.and_then(|(_, options)| script(arguments, options));
    let mut out = vec![name];
    let mut hide = program.contains(char::is_whitespace);
    for (at, word) in arguments.iter().enumerate() {
        let before = at.checked_sub(1).map(|before| arguments[before]);
        let is_harmless = match name {
            "docker-proxy" => {
                PROXY.contains(word) || before.is_some_and(|name| PROXY.contains(&name) && is_address(word))
            }
            _ => script.is_some_and(|script| at <= script) || (at == 0 && COMMANDS.contains(word)),
        };
        if !is_harmless {
            hide = true;
            continue;
        }
        if std::mem::take(&mut hide) {
            out.push("…");
        }
        out.push(word);
    }
    if hide {
        out.push("…");
    }
    out.join(" ")
}

/// `python3.11` of `python`.
fn is_version_of(name: &str, program: &str) -> bool {
    name.strip_prefix(program).is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit() || b == b'.'))
}

/// The index of the script or module that an interpreter runs, where nothing but these options stands before it.
fn script(arguments: &[&str], options: &[&str]) -> Option<usize> {
    let at = arguments.iter().position(|word| !options.contains(word))?;
    // Any other option may bring a value, or a program, in the next word.
    let is_path = |word: &str| {
        !word.starts_with('-') && word.bytes().all(|b| b.is_ascii_alphanumeric() || b"/._+-".contains(&b))
    };
    is_path(arguments[at]).then_some(at)
}

fn is_address(word: &str) -> bool {
    matches!(word, "tcp" | "udp" | "sctp")
        || word.bytes().all(|b| b.is_ascii_hexdigit() || b".:".contains(&b))
}

/// The paths of the control groups, of which version 1 has one for each controller and version 2 has one.
fn paths(groups: &str) -> impl Iterator<Item = &str> {
    groups.lines().filter_map(|line| line.splitn(3, ':').nth(2))
}

/// The innermost service, socket or session scope. A container's scope is no unit that anybody wrote.
fn unit(groups: &str) -> Option<String> {
    let named = |part: &&str| {
        (part.ends_with(".service") || part.ends_with(".scope")) && container_in(part).is_none()
    };
    // The user's own manager is a service too, in which the user's units are.
    let of = |path: &str| path.rsplit('/').find(named).map(String::from);
    paths(groups).find_map(of).filter(|unit| unit != "init.scope")
}

/// The id of the container.
fn container(groups: &str) -> Option<String> {
    paths(groups).find_map(|path| path.rsplit('/').find_map(container_in))
}

/// The id in one part of a path: `docker-ID.scope`, `libpod-ID.scope`, `cri-containerd-ID.scope`, or the id alone
/// (`/docker/ID`).
fn container_in(part: &str) -> Option<String> {
    let part = part.strip_suffix(".scope").unwrap_or(part);
    let id = part.rsplit_once('-').map_or(part, |(_, id)| id);
    (id.len() == 64 && id.bytes().all(|b| b.is_ascii_hexdigit())).then(|| id.to_string())
}

/// Where a docker-proxy forwards to, by its arguments.
fn forwards(words: &[&str]) -> Option<String> {
    if words.first()?.rsplit('/').next() != Some("docker-proxy") {
        return None;
    }
    let after = |name: &str| words.iter().skip_while(|word| **word != name).nth(1);
    Some(format!("{}:{}", after("-container-ip")?, after("-container-port")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn units_and_containers_of_both_versions() {
        let known = |groups: &str| (unit(groups), container(groups));
        let is = |unit: &str| (Some(unit.to_string()), None);
        let within = || (None, Some(ID.to_string()));
        assert_eq!(known("0::/system.slice/tars.service\n"), is("tars.service"));
        assert_eq!(
            known("12:pids:/system.slice/ssh.service\n1:name=systemd:/system.slice/ssh.service\n"),
            is("ssh.service")
        );
        let user = "0::/user.slice/user-1000.slice/user@1000.service/app.slice/tars.service\n";
        assert_eq!(known(user), is("tars.service"));
        assert_eq!(known("0::/user.slice/user-1000.slice/session-3.scope\n"), is("session-3.scope"));
        for path in [
            format!("0::/system.slice/docker-{ID}.scope\n"),
            format!("4:memory:/docker/{ID}\n"),
            format!("0::/machine.slice/libpod-{ID}.scope\n"),
            format!("0::/kubepods/burstable/pod1/cri-containerd-{ID}.scope\n"),
        ] {
            assert_eq!(known(&path), within(), "{path}");
        }
        assert_eq!(known("0::/\n"), (None, None));
        assert_eq!(known("0::/init.scope\n"), (None, None));
        assert_eq!(known("no colon at all\n::\n"), (None, None));
    }

    #[test]
    fn a_command_line_tells_no_secret() {
        let is = |line: &str, expected: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            assert_eq!(shown(&words), expected, "{line}");
        };
        is("/usr/bin/python3 -m http.server 8000", "python3 -m http.server …");
        is("/usr/bin/python3.11 -u /opt/app/main.py --key abc", "python3.11 -u /opt/app/main.py …");
        is("python3 -c password='abc'", "python3 …");
        is("python3 -X abc main.py", "python3 …");
        is("bash -s abc", "bash …");
        is("perl -E abc", "perl …");
        is("/bin/sh /etc/rc.local abc", "sh /etc/rc.local …");
        is("java -Dpassword=abc -jar app.jar", "java …");
        is("java -jar app.jar abc", "java -jar app.jar …");
        is("/usr/bin/curl -u root:abc http://h", "curl …");
        is("mysqld -pabc", "mysqld …");
        is("x --api-key abc serve", "x …");
        is("/usr/local/bin/ollama serve", "ollama serve");
        is("/usr/sbin/sshd", "sshd");
        is(
            "/usr/bin/docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 -x abc -container-ip fe80::1",
            "docker-proxy -proto tcp -host-ip 0.0.0.0 -host-port 80 … -container-ip fe80::1",
        );
        assert_eq!(shown(&["nginx: master process /usr/sbin/nginx"]), "nginx …");
        assert_eq!(shown(&["postgres: ann abc", ""]), "postgres …");
        assert_eq!(shown(&[]), "");
        assert_eq!(cut(&"é".repeat(200)).chars().count(), LONGEST + 1);
        assert_eq!(cut("a\nb"), "a b");
    }

    #[test]
    fn docker_proxy_says_where_it_forwards_to() {
        let words = [
            "/usr/bin/docker-proxy",
            "-proto",
            "tcp",
            "-host-ip",
            "0.0.0.0",
            "-host-port",
            "11434",
            "-container-ip",
            "172.17.0.2",
            "-container-port",
            "11434",
        ];
        assert_eq!(forwards(&words), Some("172.17.0.2:11434".into()));
        assert_eq!(forwards(&words[..9]), None);
        assert_eq!(forwards(&["python3", "-container-ip", "a", "-container-port", "1"]), None);
        assert_eq!(
            (inode("socket:[4711]"), inode("pipe:[1]"), inode("socket:[x]")),
            (Some(4711), None, None)
        );
    }
}
