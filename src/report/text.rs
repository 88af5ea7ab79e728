//! The text form of a report: sections of one line each with a word and a colour for the verdict, hints on
//! their own lines, then the facts, the decision and what to type next. Readable without colour.

use console::{Style, measure_text_width};

use super::{Decision, Finding, Report, Verdict};

/// Renders a report as text; `color` adds ANSI colours.
#[must_use]
pub fn render(report: &Report, color: bool) -> String {
    let bold = style(color, Style::new().bold());
    let mut out = format!("{}\n", bold.apply_to(&report.title));
    for section in &report.sections {
        out += &format!("\n{}\n", bold.apply_to(&section.title));
        for finding in &section.findings {
            line(&mut out, finding, color);
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
    if !report.next.is_empty() {
        out += "\nnext:\n";
        for command in &report.next {
            out += &format!("  {command}\n");
        }
    }
    out
}

fn line(out: &mut String, finding: &Finding, color: bool) {
    let (word, look) = match finding.verdict {
        Verdict::Pass => ("pass", Style::new().green()),
        Verdict::Skipped => ("skip", Style::new().dim()),
        Verdict::Unknown => ("????", Style::new().yellow()),
        Verdict::Warn => ("warn", Style::new().yellow()),
        Verdict::Fail => ("FAIL", Style::new().red().bold()),
    };
    *out += &format!("  {}  {}\n", style(color, look).apply_to(word), finding.summary);
    if let Some(hint) = &finding.hint {
        *out += &format!("        {} {hint}\n", style(color, Style::new().cyan()).apply_to("hint:"));
    }
}

fn verdict_line(report: &Report, decision: Decision, color: bool) -> String {
    let counts: Vec<String> = [
        (Verdict::Pass, "passed"),
        (Verdict::Warn, "warned"),
        (Verdict::Fail, "failed"),
        (Verdict::Unknown, "unknown"),
        (Verdict::Skipped, "skipped"),
    ]
    .into_iter()
    .map(|(verdict, word)| (report.count(verdict), word))
    .filter(|(count, _)| *count > 0)
    .map(|(count, word)| format!("{count} {word}"))
    .collect();
    let (word, look) = match decision {
        Decision::Go => ("GO", Style::new().green().bold()),
        Decision::NoGo => ("NO-GO", Style::new().red().bold()),
    };
    format!("{}  {}", style(color, look).apply_to(word), counts.join(", "))
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
