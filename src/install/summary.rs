//! The GO or NO-GO that every installation ends with, however it ended: what was judged, where things are,
//! what works less well than it could, and what to type next.

use crate::config::paths::Home;
use crate::config::value::show_count;
use crate::ctx::{Ctx, quoted};
use crate::failure::Failure;
use crate::host::service::{Manager, State, find_managers};
use crate::report::{Decision, Finding, Report, Verdict};
use crate::wire::{Ready, Stats};

/// How far an installation came.
#[derive(Debug)]
pub(super) struct Outcome {
    preflight: Vec<Finding>,
    planned: usize,
    /// How many steps were done.
    pub done: usize,
    /// What still differs after the steps.
    pub changes: Vec<Finding>,
    /// What keeps the server running, and how it is.
    pub service: Option<(Manager, State)>,
    /// What the server said of itself.
    pub ready: Option<Ready>,
    /// How the scan of the documents ended.
    pub indexing: Vec<Finding>,
    /// What the store holds.
    pub stats: Option<Stats>,
    /// The validation's findings.
    pub validation: Vec<Finding>,
}

impl Outcome {
    /// Before the first step.
    pub(super) fn new(preflight: Vec<Finding>, planned: usize) -> Self {
        Self {
            preflight,
            planned,
            done: 0,
            changes: Vec::new(),
            service: None,
            ready: None,
            indexing: Vec::new(),
            stats: None,
            validation: Vec::new(),
        }
    }

    /// Notes that it broke off.
    pub(super) fn failed(&mut self, failure: &Failure) {
        let finding = Finding::new("install.unfinished", Verdict::Fail, failure.to_string());
        let hint = failure.hint_text().unwrap_or("run `tars install` again: it goes on from here");
        self.changes.push(finding.hint(hint));
    }
}

/// The report of an outcome.
pub(super) fn report(ctx: &Ctx, outcome: &Outcome) -> Report {
    let home = &ctx.home;
    let mut report = Report::new("install");
    let degraded = outcome.ready.as_ref().map(|ready| ready.degraded.clone()).unwrap_or_default();
    // The server itself says how it answers: what was seen before it ran is then said once, not twice.
    let told = |finding: &&Finding| finding.id != "models.endpoint" || outcome.ready.is_none();
    let worth_saying =
        outcome.preflight.iter().filter(|finding| finding.verdict != Verdict::Pass).filter(told);
    report.section("preflight", worth_saying.cloned().collect());
    report.section("changes", outcome.changes.clone());
    report.section("index", outcome.indexing.clone());
    report.section("validation", outcome.validation.clone());

    let mut fact = |label: &str, value: String| report.facts.push((label.into(), value));
    fact(
        "changed",
        match (outcome.planned, outcome.done) {
            (0, _) => super::NOTHING.into(),
            (planned, done) if planned == done => format!("{done} steps done"),
            (planned, done) => format!("{done} of {planned} steps done"),
        },
    );
    let program = invocation(ctx);
    if let (Some(_), Ok(config)) = (&outcome.ready, ctx.as_service().config()) {
        fact("listens on", format!("http://{}", config.listen));
        fact("sign in", sign_in(home));
    }
    if let Some(stats) = &outcome.stats {
        fact("indexed", indexed(stats));
    }
    if let Some((manager, state)) = &outcome.service {
        fact("service", service(*manager, state, find_managers(ctx).lingering, &by_path(ctx)));
    }
    if outcome.done > 0 || outcome.ready.is_some() {
        fact("program", on_path(ctx));
        fact("settings", home.toml().display().to_string());
    }
    if !degraded.is_empty() {
        fact("degraded", degraded.join("\n"));
    }
    let validated = outcome.validation.iter().any(|finding| finding.verdict == Verdict::Pass);
    report.decision = Some(if validated { report.decide() } else { Decision::NoGo });
    report.next = match report.decision {
        Some(Decision::Go) => {
            ["ops ask \"how do I restore a backup?\"", "ops status", "install --documents DIR"]
                .map(|rest| format!("{program} {rest}"))
        }
        _ => ["install --plan", "ops status", "ops logs"].map(|rest| format!("{program} {rest}")),
    }
    .into();
    report
}

fn sign_in(home: &Home) -> String {
    let password = home.first_password();
    match password.exists() {
        true => format!("user `admin`, one-time password in {}", password.display()),
        false => "user `admin`, your own password".into(),
    }
}

fn indexed(stats: &Stats) -> String {
    let collections: Vec<_> =
        stats.collections.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let skipped = match stats.skipped {
        0 => String::new(),
        some => format!("; {} left out", show_count(some, "file")),
    };
    let (documents, passages) =
        (show_count(stats.documents, "document"), show_count(stats.chunks, "passage"));
    format!("{documents}, {passages} ({}){skipped}", collections.join(", "))
}

fn service(manager: Manager, state: &State, lingering: bool, program: &str) -> String {
    let process = state.server.map(|pid| format!(", process {pid}")).unwrap_or_default();
    let boot = match manager {
        Manager::Supervisor => format!(
            "it does not start with the machine: for that, add `@reboot {program} ops start` with `crontab -e`"
        ),
        Manager::Systemd { user: true } if !lingering => {
            "it starts when you sign in; with the machine after `loginctl enable-linger`".into()
        }
        Manager::Docker if !state.at_boot => {
            "it does not start with the machine: its container has no restart policy".into()
        }
        Manager::Docker => "it starts with the container engine".into(),
        Manager::Systemd { .. } if state.at_boot => "it starts with the machine".into(),
        Manager::Systemd { .. } => "it does not start with the machine: it is not enabled".into(),
    };
    format!("{}{process}\n{boot}", manager.describe())
}

fn on_path(ctx: &Ctx) -> String {
    let program = ctx.home.program();
    if reachable(ctx) {
        return program.display().to_string();
    }
    format!(
        "{}\nits directory is not on the PATH: `export PATH=\"{}:$PATH\"`",
        program.display(),
        ctx.home.bin.display()
    )
}

fn reachable(ctx: &Ctx) -> bool {
    let path = ctx.variable("PATH").unwrap_or_default();
    std::env::split_paths(path).any(|directory| directory == ctx.home.bin)
}

/// How the installed program is called from a shell, with the place it needs.
fn invocation(ctx: &Ctx) -> String {
    if reachable(ctx) { ctx.typed("tars") } else { by_path(ctx) }
}

/// The same for where no PATH is set, such as a crontab.
fn by_path(ctx: &Ctx) -> String {
    ctx.typed(&quoted(&ctx.home.program()))
}
