//! `tars bundle --plan`: what would be collected, from where, how large it is, and what would be taken out of it.
//! Nothing is read but sizes, and nothing is written.

use serde::Serialize;

use super::collect::{COLLECTORS, Scope};
use crate::config::value::{show_bytes, show_count};
use crate::ctx::Ctx;
use crate::failure::Result;

#[derive(Serialize)]
struct Row {
    collector: &'static str,
    path: String,
    source: String,
    bytes: Option<u64>,
}

#[derive(Serialize)]
struct Rule {
    rule: &'static str,
    what: String,
}

#[derive(Serialize)]
struct Plan<'a> {
    archive: &'a str,
    largest: u64,
    files: Vec<Row>,
    rules: Vec<Rule>,
}

/// Shows it. `known` is how many secrets of this machine are known by value.
pub fn show(
    ctx: &Ctx,
    scope: &Scope,
    archive: &str,
    largest: u64,
    known: usize,
    keep_identifiers: bool,
) -> Result<()> {
    let files: Vec<Row> = COLLECTORS
        .iter()
        .flat_map(|collector| {
            let planned = (collector.plan)(scope).into_iter();
            planned.map(|file| Row {
                collector: collector.name,
                path: file.path,
                source: file.source,
                bytes: file.bytes,
            })
        })
        .collect();
    let plan = Plan { archive, largest, files, rules: rules(known, keep_identifiers) };
    ctx.ui.result(
        |paint| {
            let width = |of: fn(&Row) -> usize| plan.files.iter().map(of).max().unwrap_or(0).min(48);
            let path = width(|row| row.path.chars().count());
            let mut out = format!("{}\n", paint.bold("what would be collected"));
            for collector in COLLECTORS {
                let rows = || plan.files.iter().filter(|row| row.collector == collector.name);
                out += &format!("\n{}  {}\n", paint.bold(collector.name), paint.dim(collector.about));
                for row in rows() {
                    let bytes = row.bytes.map_or_else(|| "?".into(), show_bytes);
                    out += &format!("  {:<path$}  {bytes:>9}  {}\n", row.path, paint.dim(&row.source));
                }
                if rows().next().is_none() {
                    out += &format!("  {}\n", paint.dim("nothing here"));
                }
            }
            out += &format!("\n{}\n", paint.bold("what would be taken out"));
            for rule in &plan.rules {
                out += &format!("  {:<12}  {}\n", rule.rule, rule.what);
            }
            out += &format!(
                "\nIt would be written to `{archive}`, at most {}; nothing was written now.\n",
                show_bytes(largest)
            );
            out
        },
        &plan,
    )
}

fn rules(known: usize, keep_identifiers: bool) -> Vec<Rule> {
    let rule = |rule, what: &str| Rule { rule, what: what.to_string() };
    let mut rules = vec![
        rule(
            "by value",
            &format!(
                "the {} that this machine is known to hold, plain and encoded",
                show_count(known, "secret")
            ),
        ),
        rule(
            "by structure",
            "what stands behind keys such as `password` and `token`, in every format of settings and logs",
        ),
        rule("by shape", "tokens, hashes and private keys that are known by how they look"),
        rule("by entropy", "what looks random beside a telling word"),
    ];
    rules.push(match keep_identifiers {
        true => rule("identifiers", "names of people and machines and addresses stay (`--keep-identifiers`)"),
        false => rule(
            "identifiers",
            "names of people and machines, addresses and serial numbers become pseudonyms",
        ),
    });
    rules
}
