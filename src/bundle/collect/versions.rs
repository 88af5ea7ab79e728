//! Which versions meet here: of this program, of the installed one, of the one that runs, and of the forms that they
//! read and write.

use super::files::write;
use super::page::Page;
use super::{Collector, Planned, Scope, Sink};
use crate::facts::{Fact, data, snapshot};
use crate::report;

pub(super) const COLLECTOR: Collector =
    Collector { name: "versions", about: "versions of the program and of its data", plan, run };

const PATH: &str = "versions.txt";

fn plan(_: &Scope) -> Vec<Planned> {
    vec![Planned::new(PATH, "the facts")]
}

fn run(scope: &Scope, sink: &dyn Sink) -> Result<(), String> {
    let facts = &scope.facts;
    let told = |fact: Fact<String>| match fact {
        Fact::Known(text) => text,
        Fact::Unknown(why) => format!("(unknown: {why})"),
    };
    let program = facts.services.program.clone().and_then(|program| {
        Ok::<_, String>(match program {
            Some(program) if program.is_this => "this very program".into(),
            Some(_) => "another one than this".into(),
            None => "none".into(),
        })
    });
    let running = facts.services.health.clone().and_then(|health| {
        Ok::<_, String>(health.map_or_else(|| "none".into(), |health| health.answer.version))
    });
    let database = facts.data.contents.clone().and_then(|found| Ok::<_, String>(found.schema.to_string()));
    let index = facts.data.index.clone().and_then(|found| {
        Ok::<_, String>(found.version.map_or_else(|| "none".into(), |version| version.to_string()))
    });
    let rows = [
        ["this program".into(), env!("CARGO_PKG_VERSION").into()],
        ["built for".into(), format!("{}-{}", std::env::consts::ARCH, std::env::consts::OS)],
        ["installed program".into(), told(program)],
        ["running server".into(), told(running)],
        ["schema of the database".into(), format!("{} (known: {})", told(database), data::SCHEMA)],
        ["version of the index".into(), format!("{} (known: {})", told(index), data::INDEX)],
        ["schema of the facts".into(), snapshot::SCHEMA.to_string()],
        ["schema of reports".into(), report::SCHEMA.to_string()],
    ];
    write(sink, PATH, Page::default().table(["what", "version"], &rows).text())
}
