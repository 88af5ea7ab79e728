//! Judging who may do and read what: the server's process, groups, passwords, and the permissions of what it keeps.

use std::path::Path;

use jiff::SignedDuration;

use super::super::settings::in_force;
use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, Repair, fail, known, not_here, pass, warn, worst};
use crate::facts::Fact;
use crate::facts::place::Place;
use crate::facts::snapshot::Facts;
use crate::failure::Result;
use crate::host::action::Action;

/// `CAP_DAC_READ_SEARCH` and `CAP_NET_BIND_SERVICE`: what the unit leaves to root (capabilities(7)).
const NEEDED: u64 = 1 << 2 | 1 << 10;
const DAY: u64 = 86_400;
const STICKY: u32 = 0o1000;

pub(super) fn root(facts: &Facts) -> Judged {
    let server = known(&facts.security.server)?;
    if !server.running {
        return Ok(not_here("the server does not run"));
    }
    if server.uid != 0 {
        return Ok(pass(format!("the server runs as {}", server.user)));
    }
    if server.capabilities & !NEEDED == 0 && server.no_new_privileges {
        return Ok(pass("the server runs as root, and may only read documents and take its port"));
    }
    Ok(warn(format!("the server runs as root and may do whatever root may (process {})", server.pid))
        .evidence(format!(
            "capabilities {:#x}, NoNewPrivs {}",
            server.capabilities,
            u8::from(server.no_new_privileges)
        ))
        .hint("run `tars install` under systemd, or as an ordinary user who may read the documents"))
}

pub(super) fn docker_group(facts: &Facts) -> Judged {
    let group = known(&facts.security.docker_group)?;
    if !group.exists {
        return Ok(not_here("there is no group `docker`"));
    }
    let Some(first) = group.members.first() else { return Ok(pass("nobody is in the group `docker`")) };
    let names = group.members.join(", ");
    Ok(warn(format!("in the group `docker`, and so root without a password: {names}"))
        .hint(format!("run `sudo gpasswd --delete {first} docker` for everybody who does not need it")))
}

pub(super) fn tokens(facts: &Facts) -> Judged {
    in_force(facts)?;
    let lifetimes = known(&facts.security.lifetimes)?;
    let (hours, days) = (lifetimes.access / 3600, lifetimes.refresh / DAY);
    let mut judgements = Vec::new();
    if lifetimes.access > DAY {
        judgements.push(
            warn(format!("a sign-in is good for {hours} hours without being renewed"))
                .hint("set `auth.access_lifetime` to `1h` in `tars.toml`, and run `tars ops restart`"),
        );
    }
    if lifetimes.refresh > 90 * DAY {
        judgements.push(
            warn(format!("a sign-in can be renewed for {days} days without the password"))
                .hint("set `auth.refresh_lifetime` to `14d` in `tars.toml`, and run `tars ops restart`"),
        );
    }
    let fine = format!("renewed after {} min, and for {days} days", lifetimes.access / 60);
    Ok(worst(judgements, "", pass(fine)))
}

pub(super) fn first_password(facts: &Facts) -> Judged {
    let file = known(&facts.security.first_password)?;
    if !*known(&facts.settings.installed)? {
        return Ok(not_here("nothing is installed"));
    }
    if !file.exists {
        return Ok(pass("the administrator has a password of their own"));
    }
    let age = file.modified.map_or(SignedDuration::ZERO, |modified| facts.taken.duration_since(modified));
    let days = age.as_hours() / 24;
    if days < 7 {
        return Ok(pass(format!(
            "the one-time password in `{}` is {} old",
            file.path,
            show_count(days.max(0), "day")
        )));
    }
    Ok(warn(format!("the one-time password in `{}` was not changed for {days} days", file.path))
        .hint("sign in on the server's page with it, and choose another one: the file goes away by itself"))
}

pub(super) fn reused(facts: &Facts) -> Judged {
    let pairs = known(&facts.security.reused)?;
    let judge = |pair: &String| {
        fail(format!("{pair} have the same value"))
            .hint("remove the signing key's line from `tars.env` and run `tars install`, or ask for another API key")
    };
    Ok(worst(pairs.iter().map(judge), "", pass("every secret has a value of its own")))
}

pub(super) fn state(facts: &Facts) -> Judged {
    closed(&facts.security.state)
}

pub(super) fn logs(facts: &Facts) -> Judged {
    closed(&facts.security.logs)
}

pub(super) fn backups(facts: &Facts) -> Judged {
    closed(&facts.security.backups)
}

/// Whether only its owner can enter a directory; where that is so, it does not matter what the files in it allow.
fn closed(places: &Fact<Vec<Place>>) -> Judged {
    let places = known(places)?;
    let Some((directory, inside)) = places.split_first().filter(|(directory, _)| directory.exists) else {
        return Ok(not_here("there is none yet"));
    };
    let Place { path, mode, owner, .. } = directory;
    if mode & 0o077 == 0 {
        return Ok(pass(format!("only {owner} can enter `{path}` ({mode:04o})")));
    }
    let told: fn(String) -> Judgement = if mode & 0o027 != 0 { fail } else { warn };
    let open = inside.iter().filter(|place| place.mode & 0o077 != 0);
    Ok(told(format!("others than {owner} can use `{path}` ({mode:04o})"))
        .evidences(open.map(|place| format!("`{}` is open too ({:04o})", place.path, place.mode)))
        .hint(format!("run `chmod 0700 {path}`"))
        .fixable())
}

fn close(repair: &Repair<'_>, path: &Path) -> Result<Vec<Action>> {
    Ok(vec![Action::SetMode { path: repair.place(path), mode: 0o700 }])
}

pub(super) fn close_state(_: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    close(repair, &repair.asked.home.state)
}

pub(super) fn close_logs(_: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    close(repair, &repair.asked.home.logs)
}

pub(super) fn close_backups(_: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    close(repair, &repair.asked.home.journal().with_file_name("journal.d"))
}

/// Others who may change a place: everybody, or a group that is more than its owner's own.
fn writers(place: &Place) -> Option<&'static str> {
    // Into a directory with the sticky bit everybody may put files, and replace none.
    if place.directory && place.mode & STICKY != 0 {
        None
    } else if place.mode & 0o002 != 0 {
        Some("everybody")
    } else if place.mode & 0o020 != 0 && place.gid != 0 && place.gid != place.uid {
        Some("its group")
    } else {
        None
    }
}

pub(super) fn program(facts: &Facts) -> Judged {
    let places = known(&facts.security.program)?;
    let Some(program) = places.first() else { return Ok(not_here("no program is installed")) };
    let judgements = places.iter().enumerate().filter_map(|(index, place)| {
        let who = writers(place)?;
        let told: fn(String) -> Judgement = if who == "everybody" { fail } else { warn };
        let told = told(format!("{who} may change `{}` ({:04o})", place.path, place.mode))
            .hint(format!("run `chmod go-w {}`", place.path));
        // What stands above belongs to more than this program.
        Some(if index < 2 { told.fixable() } else { told })
    });
    Ok(worst(judgements, "", pass(format!("only its owner can change `{}`", program.path))))
}

pub(super) fn close_program(facts: &Facts, repair: &Repair<'_>) -> Result<Vec<Action>> {
    let places = facts.security.program.known().cloned().unwrap_or_default();
    let home = &repair.asked.home;
    let ours = places.iter().zip([home.program(), home.bin.clone()]);
    let open = ours.filter(|(place, _)| writers(place).is_some());
    Ok(open
        .map(|(place, path)| Action::SetMode { path: repair.place(&path), mode: place.mode & !0o022 })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_may_change_a_place() {
        let place = |mode, uid, gid, directory| Place { mode, uid, gid, directory, ..Place::default() };
        for (place, expected) in [
            (place(0o755, 0, 0, false), None),
            (place(0o757, 0, 0, false), Some("everybody")),
            (place(0o1777, 0, 0, true), None),
            (place(0o1777, 0, 0, false), Some("everybody")),
            (place(0o775, 1000, 1000, true), None),
            (place(0o2775, 0, 50, true), Some("its group")),
        ] {
            assert_eq!(writers(&place), expected, "{place:?}");
        }
    }
}
