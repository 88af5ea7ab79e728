//! What the machine is: the system, the processor, the limits that it sets, and whether it wants to be started
//! again.

use crate::doctor::check::{Judged, Judgement, fail, known, pass, unknown, warn, worst};
use crate::facts::snapshot::Facts;
use crate::facts::system::Descriptors;

/// The distributions that are tested, each with its oldest version.
const TESTED: &[(&str, (u32, u32))] = &[("debian", (12, 0)), ("ubuntu", (22, 4))];

pub(super) fn os(facts: &Facts) -> Judged {
    let os = known(&facts.system.os)?;
    if os.family != "linux" {
        return Ok(fail(format!("{} is not supported", os.family)).hint("install on Linux"));
    }
    let tested = "Debian 12 and later, and Ubuntu 22.04 and later, are tested";
    let Some((_, oldest)) = TESTED.iter().find(|(id, _)| *id == os.id) else {
        return Ok(warn(format!("{} is not tested", os.name))
            .evidence(format!("ID={} VERSION_ID={}", os.id, os.version))
            .hint(format!("{tested}; waive this check where everything else passes")));
    };
    // Testing and unstable have no number: they are later than any that has one.
    if os.version.is_empty() || numbers(&os.version) >= *oldest {
        return Ok(pass(os.name.clone()));
    }
    Ok(warn(format!("{} is older than what is tested", os.name))
        .evidence(format!("ID={} VERSION_ID={}", os.id, os.version))
        .hint(format!("{tested}: upgrade the distribution")))
}

/// The first two numbers of a version; what is missing or no number is 0.
fn numbers(version: &str) -> (u32, u32) {
    let mut parts = version.split(|c: char| !c.is_ascii_digit()).map(|part| part.parse().unwrap_or(0));
    (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
}

pub(super) fn arch(facts: &Facts) -> Judged {
    match facts.system.arch.as_str() {
        "" => Err(unknown("not looked at")),
        arch @ ("x86_64" | "aarch64") => Ok(pass(arch)),
        arch => Ok(warn(format!("{arch} is not tested"))
            .hint("use a machine with a 64-bit x86 or ARM processor, or waive this check where everything else passes")),
    }
}

pub(super) fn kernel(facts: &Facts) -> Judged {
    let release = known(&facts.system.kernel)?;
    match numbers(release) {
        (0, _) => Err(unknown(format!("`{release}` is no release of Linux"))),
        version if version >= (5, 10) => Ok(pass(format!("Linux {release}"))),
        _ => Ok(warn(format!("Linux {release} is older than 5.10"))
            .hint("install the current kernel of the distribution, then start the machine again")),
    }
}

pub(super) fn cpu(facts: &Facts) -> Judged {
    let processor = known(&facts.system.processor)?;
    let has = |name: &str| processor.features.iter().any(|feature| feature == name);
    let wanted: &[&str] = match facts.system.arch.as_str() {
        "x86_64" => &["avx2", "fma"],
        "aarch64" => &["asimd"],
        arch => return Err(unknown(format!("what a processor of {arch} can do is not known here"))),
    };
    let missing: Vec<&str> = wanted.iter().copied().filter(|name| !has(name)).collect();
    let model = &processor.model;
    if !missing.is_empty() {
        return Ok(warn(format!("{model} has no {}: searching by meaning is slower", missing.join(" and ")))
            .evidence(format!("it has: {}", processor.features.join(" ")))
            .hint("in a virtual machine choose the processor type `host`; otherwise only another processor helps"));
    }
    let best = if has("avx512f") { "avx512f" } else { wanted[0] };
    Ok(pass(format!("{model}, {} cores, {best}", processor.cores)))
}

pub(super) fn files(facts: &Facts) -> Judged {
    let limits = known(&facts.system.files)?;
    let machine = used(limits.machine_open, limits.machine_limit);
    let open = format!("{} of {} files of the machine are open", limits.machine_open, limits.machine_limit);
    let machine = match machine {
        96.. => fail(format!("nearly all files that the machine may open are open: {machine} %")),
        81..96 => warn(format!("most files that the machine may open are open: {machine} %")),
        _ => pass(open.clone()),
    };
    let hint = "`sudo apt install lsof`, then `sudo lsof -n | awk '{print $1}' | sort | uniq -c | sort -n | tail` shows who has them; `sudo sysctl fs.file-max=NUMBER` raises the limit";
    let machine = machine.evidence(open).hint(hint);
    // A limit of one's own shell says little where a server runs and can be looked at.
    let process = match &limits.server {
        Some(server) => process("the server", server),
        None => process("a program started here", &limits.own),
    };
    let fine = process.summary.clone();
    Ok(worst([process, machine], &fine, unknown("not looked at")))
}

fn process(who: &str, limits: &Descriptors) -> Judgement {
    let share = limits.open.map_or(0, |open| used(open, limits.soft));
    let may = format!("{who} may open {} files", shown(limits.soft));
    let hint = "under systemd: `sudo systemctl edit tars`, add `[Service]` and `LimitNOFILE=65536`, then `sudo systemctl restart tars`; in a shell: `ulimit -n 65536`";
    let told = format!("soft limit {}, hard limit {}", shown(limits.soft), shown(limits.hard));
    let judged = match (limits.soft, share) {
        (0..256, _) => fail(format!("{may}, which is too few")),
        (256..1024, _) => warn(format!("{may}, which is few")),
        (_, 81..) => warn(format!("{who} has {share} % of the files open that it may")),
        _ => pass(may),
    };
    judged.evidence(told).hint(hint)
}

fn shown(limit: u64) -> String {
    if limit == u64::MAX { "any number of".into() } else { limit.to_string() }
}

/// The share that is used, in percent.
pub(super) fn used(part: u64, whole: u64) -> u64 {
    let share = u128::from(part) * 100 / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

pub(super) fn inotify(facts: &Facts) -> Judged {
    let limits = known(&facts.system.inotify)?;
    let there = format!("{} watches and {} instances for each user", limits.watches, limits.instances);
    if limits.watches >= 8_192 && limits.instances >= 128 {
        return Ok(pass(there));
    }
    Ok(warn(format!("few files may be watched: {there}"))
        .evidence(format!("fs.inotify.max_user_watches = {}", limits.watches))
        .evidence(format!("fs.inotify.max_user_instances = {}", limits.instances))
        .hint("`printf 'fs.inotify.max_user_watches=524288\\nfs.inotify.max_user_instances=512\\n' | sudo tee /etc/sysctl.d/60-inotify.conf && sudo sysctl --system`"))
}

pub(super) fn reboot(facts: &Facts) -> Judged {
    match known(&facts.system.reboot)? {
        None => Ok(pass("no update waits for a restart")),
        Some(packages) => {
            let judged = warn("an update takes effect only after a restart of the machine")
                .hint("`sudo systemctl reboot` at a quiet time");
            let names = packages.join(", ");
            Ok(if names.is_empty() { judged } else { judged.evidence(format!("packages: {names}")) })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        for (text, read) in [
            ("12", (12, 0)),
            ("22.04", (22, 4)),
            ("6.1.0-28-amd64", (6, 1)),
            ("5.10.0", (5, 10)),
            ("", (0, 0)),
            ("x", (0, 0)),
            ("99999999999999999999.1", (0, 1)),
        ] {
            assert_eq!(numbers(text), read, "{text}");
        }
        assert!(numbers("5.4") < (5, 10) && numbers("5.15") > (5, 10));
        assert_eq!((used(1, 3), used(u64::MAX, 1), used(5, 0)), (33, u64::MAX, 500));
    }
}
