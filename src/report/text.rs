//! The text form of a report: sections of one line each with a word and a colour for the verdict, hints on
//! their own lines, then the facts, the decision and what to type next. Readable without colour.

use console::{Style, measure_text_width};

use super::{Decision, Finding, Report, Section, Verdict};

/// Renders a report as text; `color` adds ANSI colours.
#[must_use]
pub fn render(report: &Report, color: bool) -> String {
    let bold = style(color, Style::new().bold());
    let mut out = format!("{}\n", bold.apply_to(&report.title));
    for section in &report.sections {
        out += &format!("\n{}\n", bold.apply_to(&section.title));
        for finding in &section.findings {
            match same_reason(section, finding) {
                alike if alike.len() < FOLD => line(&mut out, finding, color),
                // The first of them stands for all.
                alike if std::ptr::eq(alike[0], finding) => {
                    folded(&mut out, &alike, color);
                }
                _ => {}
            }
        }
    }
    if !report.facts.is_empty() {
        let width = report.facts.iter().map(|(label, _)| measure_text_width(label)).max().unwrap_or(0);
        out.push('\n');
        for (label, value) in &report.facts {
            let pad = " ".repeat(width - measure_text_width(label));
            let value = value.replace('\n', &format!("\n  {}", " ".repeat(width + 2)));
            out += &format!("  {}{pad}  {value}\n", bold.apply_to(label));
        }
    }
    if let Some(decision) = report.decision {
        out += &format!("\n{}\n", verdict_line(report, decision, color));
    }
    if !report.notes.is_empty() {
        out.push('\n');
        for note in &report.notes {
            out += &format!("{note}\n");
        }
    }
    if !report.next.is_empty() {
        out += "\nnext:\n";
        for command in &report.next {
            out += &format!("  {command}\n");
        }
    }
    out
}

/// From how many on skipped checks with one reason become one line.
const FOLD: usize = 3;
/// Where the list of their names is broken.
const WIDTH: usize = 100;

/// The checks of a section that were skipped for the reason of this one.
fn same_reason<'a>(section: &'a Section, finding: &Finding) -> Vec<&'a Finding> {
    let alike = |other: &&Finding| other.because.is_some() && other.because == finding.because;
    section.findings.iter().filter(alike).collect()
}

/// Many skipped checks in one line, and their names.
fn folded(out: &mut String, alike: &[&Finding], color: bool) {
    let dim = style(color, Style::new().dim());
    let reason = alike[0].because.as_deref().unwrap_or_default();
    *out += &format!("  {}  {} checks: {reason}\n", dim.apply_to("skip"), alike.len());
    let mut row = String::new();
    for finding in alike {
        if row.len() + finding.id.len() + 2 > WIDTH {
            *out += &format!("        {}\n", dim.apply_to(row.trim_end()));
            row.clear();
        }
        row += &format!("{} ", finding.id);
    }
    *out += &format!("        {}\n", dim.apply_to(row.trim_end()));
}

fn line(out: &mut String, finding: &Finding, color: bool) {
    let (word, look) = match finding.verdict {
        Verdict::Pass => ("pass", Style::new().green()),
        Verdict::Waived => ("waiv", Style::new().dim()),
        Verdict::Skipped => ("skip", Style::new().dim()),
        Verdict::Unknown => ("????", Style::new().yellow()),
        Verdict::Warn => ("warn", Style::new().yellow()),
        Verdict::Fail => ("FAIL", Style::new().red().bold()),
    };
    let id = match (&finding.docs, finding.verdict) {
        (None, _) | (_, Verdict::Pass) => String::new(),
        (Some(_), _) => {
            format!("  {}", style(color, Style::new().dim()).apply_to(format!("[{}]", finding.id)))
        }
    };
    *out += &format!("  {}  {}{id}\n", style(color, look).apply_to(word), finding.summary);
    for line in &finding.evidence {
        *out += &format!("        {line}\n");
    }
    if let Some(hint) = &finding.hint {
        *out += &format!("        {} {hint}\n", style(color, Style::new().cyan()).apply_to("hint:"));
    }
    if let Some(fix) = &finding.fix {
        *out += &format!("        {} {fix}\n", style(color, Style::new().cyan()).apply_to("fix:"));
    }
}

fn verdict_line(report: &Report, decision: Decision, color: bool) -> String {
    let (word, look) = match decision {
        Decision::Go => ("GO", Style::new().green().bold()),
        Decision::NoGo => ("NO-GO", Style::new().red().bold()),
    };
    format!("{}  {}", style(color, look).apply_to(word), report.counts())
}

fn style(color: bool, style: Style) -> Style {
    style.force_styling(color)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_reads_without_colour() {
        let mut report = Report::new("preflight");
        report.section(
            "ports",
            vec![
                Finding::new("ports.listen", Verdict::Fail, "127.0.0.1:8000 is taken")
                    .hint("choose another with `--listen`"),
                Finding::new("ports.other", Verdict::Pass, "nothing else is needed"),
            ],
        );
        report.facts = vec![("listens on".into(), "nothing".into())];
        report.decision = Some(report.decide());
        report.next = vec!["tars install --listen 127.0.0.1:8001".into()];
        insta::assert_snapshot!(render(&report, false), @r"
        preflight

        ports
          FAIL  127.0.0.1:8000 is taken
                hint: choose another with `--listen`
          pass  nothing else is needed

          listens on  nothing

        NO-GO  1 passed, 1 failed

        next:
          tars install --listen 127.0.0.1:8001
        ");
        assert!(render(&report, true).contains("\u{1b}[31m"));
    }
}
