//! Judging the settings against what is around them: the environment of this shell, the server that runs already,
//! and the calendar.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan};

use crate::config::Waiver;
use crate::doctor::catalogue;
use crate::doctor::check::{Judged, Judgement, known, not_here, pass, warn, worst};
use crate::facts::settings::Shadow;
use crate::facts::snapshot::Facts;

/// The start of a process is known to the second, and that of the machine too.
const TOLERANCE: SignedDuration = SignedDuration::from_secs(2);

pub(super) fn environment(facts: &Facts) -> Judged {
    let judge = |stranger: &String| {
        warn(format!("the environment has {stranger}, and no setting of that name"))
            .hint("correct the name, or `unset` it")
    };
    Ok(worst(facts.settings.strangers.iter().map(judge), "", pass("every `TARS_` variable is a setting")))
}

pub(super) fn shadowed(facts: &Facts) -> Judged {
    let judge = |shadow: &Shadow| {
        let Shadow { variable, key, hides } = shadow;
        let hidden = if hides == "default" { "the default".into() } else { format!("`{hides}`") };
        warn(format!("`{variable}` hides what {hidden} says for `{key}`, for commands in this shell only"))
            .hint(format!("run `unset {variable}`, or write the value into the file and `tars ops restart`"))
    };
    let shadows = known(&facts.settings.shadows)?;
    Ok(worst(shadows.iter().map(judge), "", pass("no variable hides a setting")))
}

pub(super) fn running(facts: &Facts) -> Judged {
    let server = known(&facts.settings.server)?;
    if !server.running {
        return Ok(not_here("the server does not run"));
    }
    let mut judgements = Vec::new();
    let restart = |told: String| warn(told).hint("run `tars ops restart`").fixable();
    for place in [&facts.settings.toml, &facts.settings.env] {
        let place = known(place)?;
        if let (Some(changed), Some(since)) = (place.modified, server.since)
            && changed.duration_since(since) > TOLERANCE
        {
            let told = format!("`{}` was changed after the server had started", place.path);
            judgements.push(
                restart(told)
                    .evidence(format!("changed {changed:.0}, started {since:.0} (process {})", server.pid)),
            );
        }
    }
    if let Some(address) = &server.address
        && facts.subject.configured
        && *address != facts.subject.listen
        // Port 0 asks for any port.
        && !facts.subject.listen.ends_with(":0")
    {
        let told = format!("the server listens on {address}, and the settings say {}", facts.subject.listen);
        judgements.push(restart(told));
    }
    Ok(worst(judgements, "", pass(format!("process {} runs with the settings as they are", server.pid))))
}

pub(super) fn waivers(facts: &Facts) -> Judged {
    let waivers = &facts.settings.waivers;
    if waivers.is_empty() {
        // Those of a file that could not be read are not seen.
        known(&facts.settings.problems)?;
    }
    let fine = format!("{} waivers, all in force", waivers.len());
    let judgements = waivers.iter().map(|waiver| waiver_of(facts, waiver));
    Ok(worst(judgements, &fine, pass("nothing is waived")))
}

fn waiver_of(facts: &Facts, waiver: &Waiver) -> Judgement {
    let Waiver { id, until, line, .. } = waiver;
    let at = format!("{}/tars.toml:{line}", facts.subject.config);
    let today = facts.taken.to_zoned(TimeZone::UTC).date();
    if catalogue::find(id).is_none() {
        let meant =
            catalogue::did_you_mean(id).map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        return warn(format!("{at}: there is no check `{id}` to waive{meant}"))
            .hint("`tars doctor --list` shows every id");
    }
    let Ok(day) = until.parse::<jiff::civil::Date>() else {
        return warn(format!("{at}: the waiver of `{id}` has no day until which it holds"))
            .hint("write it as `until = \"2030-12-31\"`");
    };
    if day < today {
        return warn(format!("{at}: the waiver of `{id}` ended on {day}"))
            .hint("remove it, or choose another day if the reason still holds");
    }
    let latest = today.checked_add(1.year()).unwrap_or(jiff::civil::Date::MAX);
    if day > latest {
        return warn(format!("{at}: the waiver of `{id}` holds until {day}, for more than a year"))
            .hint("choose a nearer day, so that somebody looks again");
    }
    pass(format!("`{id}` is waived until {day}"))
}
