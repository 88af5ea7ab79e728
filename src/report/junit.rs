//! The JUnit XML form of a report, as build servers read it: a suite for each section, a case for each finding.
//! A failed check is a failure; one that is unknown is an error; warnings pass, with their text in the output.

use quick_xml::Writer;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{Finding, Report, Section, Verdict};

/// Renders a report as JUnit XML.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut xml = Writer::new_with_indent(Vec::new(), b' ', 2);
    write(&mut xml, report).expect("invariant: writing to memory does not fail");
    let mut text = String::from_utf8(xml.into_inner()).expect("invariant: only text was written");
    text.push('\n');
    text
}

type Xml = Writer<Vec<u8>>;

fn write(xml: &mut Xml, report: &Report) -> std::io::Result<()> {
    xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
    let mut all = BytesStart::new("testsuites");
    all.push_attribute(("name", format!("tars {}", report.title).as_str()));
    counts(&mut all, report.findings());
    xml.write_event(Event::Start(all))?;
    for section in &report.sections {
        suite(xml, section)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuites")))
}

fn counts<'a>(element: &mut BytesStart<'_>, findings: impl Iterator<Item = &'a Finding>) {
    let verdicts: Vec<Verdict> = findings.map(|finding| finding.verdict).collect();
    let count =
        |wanted: &[Verdict]| verdicts.iter().filter(|verdict| wanted.contains(verdict)).count().to_string();
    element.push_attribute(("tests", verdicts.len().to_string().as_str()));
    element.push_attribute(("failures", count(&[Verdict::Fail]).as_str()));
    element.push_attribute(("errors", count(&[Verdict::Unknown]).as_str()));
    element.push_attribute(("skipped", count(&[Verdict::Skipped, Verdict::Waived]).as_str()));
}

fn suite(xml: &mut Xml, section: &Section) -> std::io::Result<()> {
    let mut start = BytesStart::new("testsuite");
    start.push_attribute(("name", section.title.as_str()));
    counts(&mut start, section.findings.iter());
    xml.write_event(Event::Start(start))?;
    for finding in &section.findings {
        case(xml, &section.title, finding)?;
    }
    xml.write_event(Event::End(BytesEnd::new("testsuite")))
}

fn case(xml: &mut Xml, section: &str, finding: &Finding) -> std::io::Result<()> {
    let mut start = BytesStart::new("testcase");
    start.push_attribute(("classname", section));
    start.push_attribute(("name", finding.id.as_str()));
    xml.write_event(Event::Start(start))?;
    let (element, attribute) = match finding.verdict {
        Verdict::Fail => ("failure", Some("message")),
        Verdict::Unknown => ("error", Some("message")),
        Verdict::Skipped | Verdict::Waived => ("skipped", Some("message")),
        Verdict::Pass | Verdict::Warn => ("system-out", None),
    };
    let mut inner = BytesStart::new(element);
    if let Some(name) = attribute {
        inner.push_attribute((name, clean(&finding.summary).as_str()));
    }
    xml.write_event(Event::Start(inner))?;
    xml.write_event(Event::Text(BytesText::new(&clean(&body(finding)))))?;
    xml.write_event(Event::End(BytesEnd::new(element)))?;
    xml.write_event(Event::End(BytesEnd::new("testcase")))
}

fn body(finding: &Finding) -> String {
    let word = if finding.verdict == Verdict::Warn { "warning: " } else { "" };
    let mut lines = vec![format!("{word}{}", finding.summary)];
    lines.extend(finding.evidence.iter().cloned());
    lines.extend(finding.hint.iter().map(|hint| format!("hint: {hint}")));
    lines.extend(finding.fix.iter().map(|fix| format!("fix: {fix}")));
    lines.extend(finding.docs.iter().cloned());
    lines.join("\n")
}

/// Without the control characters that XML 1.0 cannot hold (section 2.2).
fn clean(text: &str) -> String {
    let fits = |c: char| !c.is_control() || matches!(c, '\t' | '\n' | '\r');
    text.chars()
        .map(|c| if fits(c) && !matches!(c, '\u{fffe}' | '\u{ffff}') { c } else { '\u{fffd}' })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verdict_has_its_element() {
        let mut report = Report::new("doctor");
        let finding = |id: &str, verdict, text: &str| Finding::new(id, verdict, text);
        report.section(
            "ports",
            vec![
                finding("ports.a", Verdict::Pass, "free"),
                finding("ports.b", Verdict::Fail, "taken by <nginx> & co\u{1}").hint("stop it"),
                finding("ports.c", Verdict::Unknown, "needs root"),
                finding("ports.d", Verdict::Skipped, "because ports.b failed"),
            ],
        );
        insta::assert_snapshot!(render(&report), @r#"
        <?xml version="1.0" encoding="UTF-8"?>
        <testsuites name="tars doctor" tests="4" failures="1" errors="1" skipped="1">
          <testsuite name="ports" tests="4" failures="1" errors="1" skipped="1">
            <testcase classname="ports" name="ports.a">
              <system-out>free</system-out>
            </testcase>
            <testcase classname="ports" name="ports.b">
              <failure message="taken by &lt;nginx&gt; &amp; co�">taken by &lt;nginx&gt; &amp; co�
        hint: stop it</failure>
            </testcase>
            <testcase classname="ports" name="ports.c">
              <error message="needs root">needs root</error>
            </testcase>
            <testcase classname="ports" name="ports.d">
              <skipped message="because ports.b failed">because ports.b failed</skipped>
            </testcase>
          </testsuite>
        </testsuites>
        "#);
    }
}
