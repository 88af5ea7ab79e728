//! The time: whether something keeps the clock, whether it can be right, and in which zone it is shown.

use jiff::SignedDuration;
use jiff::tz::TimeZone;

use crate::doctor::check::{Judged, fail, known, pass, warn};
use crate::facts::snapshot::Facts;

/// The year in which this program was made, at the earliest.
const MADE: i16 = 2025;

/// How far ahead of the clock a file may be: the look itself takes a while, and other machines write too.
const AHEAD: SignedDuration = SignedDuration::from_mins(5);

pub(super) fn sync(facts: &Facts) -> Judged {
    let clock = known(&facts.system.clock)?;
    let error = format!("largest error as the kernel reckons: {} ms", clock.max_error_us / 1000);
    if clock.synchronised {
        return Ok(pass(if clock.timesyncd {
            "the clock is synchronised by systemd-timesyncd"
        } else {
            "the clock is synchronised"
        }));
    }
    let judged = warn("nothing keeps the clock synchronised").evidence(error);
    Ok(if clock.timesyncd {
        judged
            .evidence("systemd-timesyncd has set it once since the machine was started")
            .hint("`timedatectl timesync-status` shows whether its server still answers")
    } else {
        judged.hint("`sudo apt install systemd-timesyncd && sudo timedatectl set-ntp true`; in a container or a virtual machine look at the host")
    })
}

pub(super) fn skew(facts: &Facts) -> Judged {
    let now = facts.taken;
    let year = now.to_zoned(TimeZone::UTC).year();
    let hint = "set it: `sudo timedatectl set-ntp true`, or by hand `sudo timedatectl set-time 'YEAR-MONTH-DAY HOUR:MINUTE'`";
    if year < MADE {
        return Ok(fail(format!("the clock says {now}, which is long past")).hint(hint));
    }
    let Some(trace) = known(&facts.system.trace)? else {
        return Ok(pass(format!("the clock says {}", now.strftime("%Y-%m-%d"))));
    };
    let ahead = trace.at.duration_since(now);
    if ahead > AHEAD {
        return Ok(fail(format!("the clock is {} behind a file that was written before", long(ahead)))
            .evidence(format!("it says {now}; `{}` was written at {}", trace.path, trace.at))
            .hint(hint));
    }
    Ok(pass("the clock is later than every file of the installation"))
}

fn long(time: SignedDuration) -> String {
    match time.as_secs() {
        seconds @ ..7_200 => format!("{} minutes", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} hours", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

pub(super) fn zone(facts: &Facts) -> Judged {
    let zone = known(&facts.system.zone)?;
    let set = "`sudo timedatectl set-timezone ZONE`, such as `Europe/Vienna` or `Etc/UTC`";
    let name = zone.localtime.as_deref();
    if !zone.present {
        return Ok(match zone.named.as_deref() {
            None => pass("time zone UTC: no other is set"),
            Some(named) if is_utc(named) => pass(format!("time zone {named}")),
            Some(named) => warn(format!(
                "`/etc/timezone` says {named}, and there is no `/etc/localtime`: times are in UTC"
            ))
            .hint(set),
        });
    }
    if !zone.readable {
        let what = name.map_or_else(String::new, |name| format!(" ({name})"));
        return Ok(warn(format!("`/etc/localtime` is no time zone that is here{what}: times are in UTC"))
            .hint(format!("`sudo apt install tzdata`, then {set}")));
    }
    match (name, zone.named.as_deref()) {
        (Some(name), Some(named)) if name != named && !(is_utc(name) && is_utc(named)) => {
            Ok(warn(format!("the time zone is {name} and `/etc/timezone` says {named}"))
                .hint(format!("set it once, for both: {set}")))
        }
        (Some(name), _) => Ok(pass(format!("time zone {name}"))),
        (None, named) => Ok(pass(format!("time zone {}", named.unwrap_or("without a name")))),
    }
}

fn is_utc(name: &str) -> bool {
    ["UTC", "UCT", "Universal", "Zulu", "GMT", "Greenwich"].contains(&name.trim_start_matches("Etc/"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::Fact;
    use crate::facts::system::Zone;
    use crate::report::Verdict;

    #[test]
    fn zones_that_are_the_same_under_two_names_pass() {
        let judged = |localtime: Option<&str>, readable, present, named: Option<&str>| {
            let mut facts = Facts::default();
            let zone = Zone {
                localtime: localtime.map(String::from),
                readable,
                present,
                named: named.map(String::from),
            };
            facts.system.zone = Fact::Known(zone);
            super::zone(&facts).unwrap().verdict
        };
        for (localtime, readable, present, named, verdict) in [
            (None, false, false, None, Verdict::Pass),
            (None, false, false, Some("Etc/UTC"), Verdict::Pass),
            (None, false, false, Some("Europe/Vienna"), Verdict::Warn),
            (Some("Europe/Vienna"), true, true, Some("Europe/Vienna"), Verdict::Pass),
            (Some("Europe/Vienna"), true, true, Some("Europe/Berlin"), Verdict::Warn),
            (Some("Etc/UTC"), true, true, Some("UTC"), Verdict::Pass),
            (Some("Mars/Base"), false, true, None, Verdict::Warn),
            (None, true, true, None, Verdict::Pass),
        ] {
            assert_eq!(judged(localtime, readable, present, named), verdict, "{localtime:?} {named:?}");
        }
    }
}
