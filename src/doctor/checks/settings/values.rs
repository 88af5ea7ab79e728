//! Judging what the settings say: what the parser refuses, what is missing, and values that cannot be meant as they
//! stand.

use std::path::Path;

use crate::config::Fault;
use crate::doctor::check::{Judged, Judgement, fail, known, not_here, pass, warn, worst};
use crate::facts::settings::{Secret, Spot};
use crate::facts::snapshot::Facts;

/// The variable of the one secret that this program makes itself.
pub(super) const SIGNING_KEY: &str = "TARS_AUTH_SIGNING_KEY";
/// A signing key that is easier to guess is none.
const STRONG: u32 = 128;
/// A secret that somebody else issued may be shorter, because guessing it takes asking them.
const SOUND: u32 = 40;

pub(super) fn parse(facts: &Facts) -> Judged {
    let hint =
        "correct the lines that are named: `name = value` in sections in the one, `NAME=value` in the other";
    problems(facts, Fault::Syntax, "both files can be understood", hint)
}

pub(super) fn values(facts: &Facts) -> Judged {
    let hint = "correct the lines that are named; `tars ops config --keys` lists what each setting takes";
    problems(facts, Fault::Value, "every setting takes its value", hint)
}

pub(super) fn unknown_keys(facts: &Facts) -> Judged {
    let hint = "correct the name or remove the line; `tars ops config --keys` lists every setting";
    problems(facts, Fault::Unknown, "every name is a setting", hint)
}

pub(super) fn misplaced(facts: &Facts) -> Judged {
    let hint = "move the value into `tars.env` and remove the line from `tars.toml`";
    problems(facts, Fault::Misplaced, "no secret stands in `tars.toml`", hint)
}

fn problems(facts: &Facts, fault: Fault, fine: &str, hint: &str) -> Judged {
    let all = known(&facts.settings.problems)?;
    let mut lines = all
        .iter()
        .filter(|problem| problem.fault == fault)
        .map(|problem| format!("{}: {}", problem.place, problem.message));
    let Some(first) = lines.next() else { return Ok(pass(fine)) };
    Ok(fail(first).evidences(lines).hint(hint))
}

pub(super) fn duplicates(facts: &Facts) -> Judged {
    let words = known(&facts.settings.words)?;
    let judge = |spot: &Spot| {
        fail(format!("{}: `{}` is set more than once: {}", spot.place, spot.name, spot.what))
            .hint("remove the lines that do not count")
            .fixable()
    };
    Ok(worst(words.duplicates.iter().map(judge), "", pass("nothing is set twice")))
}

pub(super) fn required(facts: &Facts) -> Judged {
    let missing = known(&facts.settings.missing)?;
    let judge = |name: &String| match name.as_str() {
        "auth.signing_key" => fail("there is no signing key: nobody can sign in")
            .hint("`tars doctor --fix` or `tars install` makes one")
            .fixable(),
        "documents.paths" => warn("no documents directory is named: nothing of yours is indexed")
            .hint("run `tars install --documents DIR`")
            .fixable(),
        other => warn(format!("`{other}` is in neither file: the default is in force"))
            .hint("`tars doctor --fix` writes the default down, to be changed there")
            .fixable(),
    };
    Ok(worst(missing.iter().map(judge), "", pass("nothing is missing")))
}

pub(super) fn placeholders(facts: &Facts) -> Judged {
    let words = known(&facts.settings.words)?;
    let judge = |spot: &Spot| {
        let told = fail(format!("{}: `{}` is still a placeholder", spot.place, spot.name));
        repairable(told, &spot.name, "put the real value there")
    };
    Ok(worst(words.placeholders.iter().map(judge), "", pass("no value is a placeholder")))
}

pub(super) fn shell_syntax(facts: &Facts) -> Judged {
    let words = known(&facts.settings.words)?;
    let judge = |spot: &Spot| {
        let told = fail(format!(
            "{}: `{}` contains {}, which nothing here replaces",
            spot.place, spot.name, spot.what
        ));
        repairable(told, &spot.name, "run the command yourself, and put its result there")
    };
    Ok(worst(words.shell.iter().map(judge), "", pass("no value waits for a shell")))
}

/// The signing key can be made anew; every other value is the operator's to know.
fn repairable(judgement: Judgement, name: &str, otherwise: &str) -> Judgement {
    match name {
        SIGNING_KEY => {
            judgement.hint("`tars doctor --fix` makes a new signing key; users sign in again").fixable()
        }
        _ => judgement.hint(otherwise),
    }
}

pub(super) fn quotes(facts: &Facts) -> Judged {
    let words = known(&facts.settings.words)?;
    let judge = |spot: &Spot| {
        fail(format!("{}: `{}`: {}", spot.place, spot.name, spot.what))
            .hint("write the value once in plain quotes, or without any")
    };
    Ok(worst(words.quotes.iter().map(judge), "", pass("no value begins or ends with a quote")))
}

pub(super) fn strength(facts: &Facts) -> Judged {
    let words = known(&facts.settings.words)?;
    let none = not_here("there is no secret to judge");
    // What only goes to this machine's own model server is no secret from anybody.
    let local = facts.security.endpoint.known().is_some_and(|endpoint| endpoint.local);
    let judgements = words.secrets.iter().map(|secret| strength_of(secret, local));
    Ok(worst(judgements, "every secret is hard to guess", none))
}

fn strength_of(secret: &Secret, local: bool) -> Judgement {
    let Secret { name, place, bits, refused } = secret;
    let hint = "`tars doctor --fix` makes a new signing key; users sign in again";
    match refused {
        Some(why) => fail(format!("{place}: `{name}` {why}")).hint(hint).fixable(),
        None if name == SIGNING_KEY && *bits < STRONG => {
            fail(format!("{place}: `{name}` is worth about {bits} bits, and should have {STRONG} or more"))
                .hint(hint)
                .fixable()
        }
        None if *bits < SOUND && !local => warn(format!("{place}: `{name}` is worth about {bits} bits"))
            .hint("ask whoever issued it for a longer one"),
        None => pass(format!("`{name}` is worth about {bits} bits")),
    }
}

pub(super) fn paths(facts: &Facts) -> Judged {
    let paths = &facts.subject.documents;
    if !facts.subject.configured {
        return Ok(not_here("the settings cannot be put in force"));
    }
    if paths.is_empty() {
        return Ok(not_here("no documents directory is named"));
    }
    let covered = paths.iter().enumerate().filter_map(|(index, path)| {
        let outer = covers(paths, index)?;
        let told = match outer == path {
            true => format!("`{path}` is named twice"),
            false => format!("`{path}` is inside `{outer}`, which is indexed with everything below it"),
        };
        Some(warn(told).hint("remove it from `documents.paths`").fixable())
    });
    Ok(worst(covered, "", pass(format!("{} documents directories, and none inside another", paths.len()))))
}

/// The directory that makes the one at `index` superfluous: one that it is in, or the same one named before.
pub(super) fn covers(paths: &[String], index: usize) -> Option<&String> {
    let path = Path::new(paths.get(index)?);
    paths.iter().enumerate().find_map(|(other, outer)| {
        let is_same = Path::new(outer) == path;
        let covers = if is_same { other < index } else { path.starts_with(outer) };
        covers.then_some(outer)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_covers_what() {
        let paths = ["/a", "/b/c", "/a/", "/b", "/bc", "/a/x/y"].map(String::from);
        let covered: Vec<_> =
            (0..paths.len()).map(|index| covers(&paths, index).map(String::as_str)).collect();
        assert_eq!(covered, [None, Some("/b"), Some("/a"), None, None, Some("/a")]);
        assert_eq!(covers(&paths, 99), None);
    }
}
