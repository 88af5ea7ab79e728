//! Whether the settings could be put in force: without that, every address, path and choice that the facts name
//! is a default that nobody chose, and nothing may be judged by it.

use crate::config::Fault;
use crate::doctor::check::{Judgement, not_here, unknown};
use crate::facts::snapshot::Facts;
use crate::facts::{Fact, NEEDS_ROOT};

/// Nothing where the settings are in force, also where none are written and the defaults are meant; otherwise why
/// what rests on them cannot be judged.
pub fn in_force(facts: &Facts) -> Result<(), Judgement> {
    if facts.subject.configured {
        return Ok(());
    }
    let settings = &facts.settings;
    let problems = match &settings.problems {
        Fact::Known(problems) => problems,
        Fact::Unknown(why) if why.starts_with(NEEDS_ROOT) => return Err(unknown(NEEDS_ROOT)),
        Fact::Unknown(_) => return Err(cannot_be_read()),
    };
    // The engine says it in these words of whatever names that check as its need.
    let broken = |fault: Fault| problems.iter().any(|problem| problem.fault == fault);
    Err(match (broken(Fault::Syntax), broken(Fault::Value)) {
        (true, _) => not_here("because settings.parse failed"),
        (false, true) => not_here("because settings.values failed"),
        (false, false) => cannot_be_read(),
    })
}

fn cannot_be_read() -> Judgement {
    unknown("the settings cannot be read").hint("`tars doctor --only 'settings.*'` says why")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Problem;
    use crate::report::Verdict;

    #[test]
    fn why_what_rests_on_the_settings_cannot_be_judged() {
        let mut facts = Facts::default();
        let mut said = |configured: bool, problems: Fact<Vec<Problem>>| {
            facts.subject.configured = configured;
            facts.settings.problems = problems;
            in_force(&facts).err().map(|judgement| (judgement.verdict, judgement.summary))
        };
        let one =
            |fault| Fact::Known(vec![Problem { fault, place: "tars.toml:1:1".into(), message: "no".into() }]);
        let is = |verdict, why: &str| Some((verdict, why.to_string()));
        assert_eq!(said(true, Fact::default()), None);
        assert_eq!(said(false, Fact::Unknown(NEEDS_ROOT.into())), is(Verdict::Unknown, NEEDS_ROOT));
        assert_eq!(said(false, one(Fault::Syntax)), is(Verdict::Skipped, "because settings.parse failed"));
        assert_eq!(said(false, one(Fault::Value)), is(Verdict::Skipped, "because settings.values failed"));
        assert_eq!(said(false, one(Fault::Unknown)), is(Verdict::Unknown, "the settings cannot be read"));
    }
}
