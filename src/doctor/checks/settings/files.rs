//! Judging the settings files as files: whether they are there, whose they are, who may read and change them, and
//! how they are written.

use crate::config::value::show_count;
use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, unknown, warn, worst};
use crate::facts::place::Place;
use crate::facts::settings::Form;
use crate::facts::snapshot::Facts;
use crate::facts::{Fact, NEEDS_ROOT};

/// Permission bits that nobody but the keeper may have on a file with secrets.
pub(super) const SECRET: u32 = 0o077;
/// Permission bits that let others change something.
pub(super) const CHANGE: u32 = 0o022;

pub(super) fn toml_exists(facts: &Facts) -> Judged {
    exists(facts, &facts.settings.toml)
}

pub(super) fn env_exists(facts: &Facts) -> Judged {
    exists(facts, &facts.settings.env)
}

fn exists(facts: &Facts, place: &Fact<Place>) -> Judged {
    let place = known(place)?;
    if place.exists {
        return match place.directory {
            true => Ok(fail(format!("`{}` is a directory", place.path))
                .hint(format!("move it away: `mv {0} {0}.away`, then `tars install`", place.path))),
            false => Ok(pass(format!("`{}` is there", place.path))),
        };
    }
    let missing = fail(format!("`{}` does not exist", place.path));
    if *known(&facts.settings.installed)? {
        return Ok(missing
            .hint("`tars doctor --fix` writes a new one; a copy from a backup keeps what was chosen before")
            .fixable());
    }
    Ok(missing
        .evidence(format!("nothing is in `{}` and `{}`", facts.subject.config, facts.subject.state))
        .hint("run `tars install`, or name another place with `--home DIR`"))
}

pub(super) fn readable(facts: &Facts) -> Judged {
    let settings = &facts.settings;
    let there = |place: &Fact<Place>| place.known().is_none_or(|place| place.exists);
    if !there(&settings.toml) && !there(&settings.env) {
        return Ok(not_here("there is no settings file"));
    }
    let theirs = settings.keeper.known().is_some_and(|keeper| keeper.name == facts.subject.user);
    for (name, form) in [("tars.toml", &settings.toml_form), ("tars.env", &settings.env_form)] {
        let Fact::Unknown(why) = form else { continue };
        let path = format!("{}/{name}", facts.subject.config);
        if why == NEEDS_ROOT && theirs {
            return Ok(fail(format!(
                "`{path}` cannot be read by {}, whose it should be",
                facts.subject.user
            ))
            .hint(format!("run `sudo chown {} {path}`", facts.subject.user)));
        }
        if why == NEEDS_ROOT || why.starts_with("no answer") || why == "not looked at" {
            return Err(unknown(why.clone()));
        }
        return Ok(fail(format!("`{path}` cannot be read: {why}")).hint(format!(
            "look at it with `ls -l {path}`, and see that it is a plain file on a sound disk"
        )));
    }
    Ok(pass("every settings file can be read"))
}

pub(super) fn directory(facts: &Facts) -> Judged {
    let place = known(&facts.settings.directory)?;
    if !place.exists {
        return Ok(not_here(format!("`{}` does not exist", place.path)));
    }
    let hint = format!("run `chmod 0700 {}`", place.path);
    let (path, mode) = (&place.path, place.mode);
    Ok(if mode & CHANGE != 0 {
        fail(format!("others may change what is in `{path}` ({mode:04o})")).hint(hint).fixable()
    } else {
        pass(format!("only its keeper can change what is in `{path}` ({mode:04o})"))
    })
}

pub(super) fn permissions(facts: &Facts) -> Judged {
    let settings = &facts.settings;
    let mut judgements = Vec::new();
    for (place, secret) in [(&settings.env, true), (&settings.password, true), (&settings.toml, false)] {
        let place = known(place)?;
        if place.exists {
            judgements.push(permission(place, secret));
        }
    }
    Ok(worst(
        judgements,
        "nobody else can read the secrets or change the settings",
        not_here("there is no file"),
    ))
}

fn permission(place: &Place, secret: bool) -> Judgement {
    let Place { path, mode, .. } = place;
    let hint = |wanted: &str| format!("run `chmod {wanted} {path}`");
    if secret && mode & SECRET != 0 {
        fail(format!("`{path}` holds a secret, and its permissions are {mode:04o}"))
            .hint(hint("0600"))
            .fixable()
    } else if mode & CHANGE != 0 {
        fail(format!("others may change `{path}` ({mode:04o})")).hint(hint("go-w")).fixable()
    } else {
        pass(format!("the permissions of `{path}` are {mode:04o}"))
    }
}

pub(super) fn owner(facts: &Facts) -> Judged {
    let settings = &facts.settings;
    let keeper = known(&settings.keeper)?;
    let mut judgements = Vec::new();
    for place in [&settings.directory, &settings.toml, &settings.env, &settings.password] {
        let place = known(place)?;
        if !place.exists {
            continue;
        }
        judgements.push(match place.uid == keeper.uid {
            true => pass(format!("`{}` belongs to {}", place.path, place.owner)),
            false => fail(format!("`{}` belongs to {} and not to {}", place.path, place.owner, keeper.name))
                .hint(format!("run `sudo chown {} {}`", keeper.name, place.path))
                .fixable(),
        });
    }
    let fine = format!("everything belongs to {}", keeper.name);
    Ok(worst(judgements, &fine, not_here("there is no settings file")))
}

pub(super) fn line_ends(facts: &Facts) -> Judged {
    let settings = &facts.settings;
    let mut judgements = Vec::new();
    for (place, form) in [(&settings.toml, &settings.toml_form), (&settings.env, &settings.env_form)] {
        let place = known(place)?;
        if place.exists {
            judgements.extend(form_of(&place.path, known(form)?));
        }
    }
    Ok(worst(judgements, "plain UTF-8 with Unix line ends", pass("plain UTF-8 with Unix line ends")))
}

fn form_of(path: &str, form: &Form) -> Vec<Judgement> {
    let mut found = Vec::new();
    if let Some(line) = form.not_utf8 {
        found.push(fail(format!("`{path}`:{line} is not UTF-8 text")).hint(format!(
            "convert it: `iconv -f WINDOWS-1252 -t UTF-8 {path}` shows it as it may be meant"
        )));
    }
    if let Some(line) = form.nul {
        found.push(
            fail(format!("`{path}`:{line} contains a NUL byte"))
                .hint("the file is damaged or no text: restore it from a backup, or correct that line"),
        );
    }
    // What is no text is not written anew.
    let fixable = |judgement: Judgement| match form.not_utf8.is_none() && form.nul.is_none() {
        true => judgement.fixable(),
        false => judgement,
    };
    if form.mark {
        let mark = fail(format!("`{path}` begins with a byte order mark, which hides its first line"));
        found.push(fixable(mark.hint(format!("run `sed -i '1s/^\\xEF\\xBB\\xBF//' {path}`"))));
    }
    if form.carriage_returns > 0 {
        let lines = form.carriage_returns;
        let windows = warn(format!("`{path}` has Windows line ends in {}", show_count(lines, "line")));
        found.push(fixable(windows.hint(format!("run `sed -i 's/\\r$//' {path}`"))));
    }
    if form.unfinished {
        let unfinished =
            warn(format!("the last line of `{path}` has no end: what is appended would continue it"));
        found.push(fixable(unfinished.hint(format!("run `echo >> {path}`"))));
    }
    found
}

pub(super) fn git(facts: &Facts) -> Judged {
    let git = known(&facts.settings.git)?;
    let Some(tree) = &git.tree else {
        return Ok(pass("the settings are in no git work tree"));
    };
    let names = |names: &[String]| names.join("` and `");
    if !git.tracked.is_empty() {
        return Ok(fail(format!("git tracks `{}` in `{tree}`", names(&git.tracked)))
            .hint(format!(
                "run `git rm --cached` on it in `{}`, then `tars doctor --fix`; make a new signing key if the history was ever shared",
                facts.subject.config
            )));
    }
    if !git.exposed.is_empty() {
        return Ok(warn(format!("the next `git add` in `{tree}` takes `{}` with it", names(&git.exposed)))
            .hint(format!("put the names into `{}/.gitignore`", facts.subject.config))
            .fixable());
    }
    Ok(pass(format!("git ignores the secrets in `{tree}`")))
}
