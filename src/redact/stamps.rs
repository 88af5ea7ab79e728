//! The times that the logs of containers and units put before every line: what stands behind one stands at the
//! beginning of a line, and lines that belong together follow one another. It finds nothing itself.

use super::view::View;

/// This text without the times before its lines; none where no line has one.
pub fn view(text: &[u8]) -> Option<View> {
    let (mut view, mut at, mut line) = (View::default(), 0, 0);
    while line < text.len() {
        let before = before(&text[line..]);
        if before > 0 {
            view.keep(text, at, line);
            at = line + before;
        }
        line = memchr::memchr(b'\n', &text[line..]).map_or(text.len(), |end| line + end + 1);
    }
    if at == 0 {
        return None;
    }
    view.keep(text, at, text.len());
    Some(view)
}

/// How much stands before a line: the time, where a journal wrote it the machine and the program, and one blank. More
/// blanks belong to the line.
fn before(line: &[u8]) -> usize {
    let stamp = length(line);
    if stamp == 0 {
        return 0;
    }
    let rest = &line[stamp + 1..];
    let word = |from: usize| rest[from..].iter().take(80).take_while(|byte| byte.is_ascii_graphic()).count();
    let host = word(0);
    let program =
        &rest[rest.len().min(host + 1)..][..if rest.get(host) == Some(&b' ') { word(host + 1) } else { 0 }];
    let is_program = program.strip_suffix(b"]:").is_some_and(|name| {
        let digits = name.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0 && name[..name.len() - digits].ends_with(b"[")
    });
    let told = host + 1 + program.len();
    if is_program && rest.get(told) == Some(&b' ') { stamp + 1 + told + 1 } else { stamp + 1 }
}

/// How long the time is that begins here (RFC 3339: `2026-01-31T09:26:53.589793238Z`), if a blank follows it.
pub fn length(line: &[u8]) -> usize {
    const FORM: &[u8] = b"0000-00-00T00:00:00";
    let like = |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte == form };
    if line.len() <= FORM.len() || !line.iter().zip(FORM).all(like) {
        return 0;
    }
    let zone = |byte: &&u8| byte.is_ascii_digit() || matches!(byte, b'.' | b'Z' | b'+' | b'-' | b':');
    let length = FORM.len() + line[FORM.len()..].iter().take_while(zone).count();
    if matches!(line.get(length), Some(b' ' | b'\t')) { length } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::redact::Redactor;

    #[test]
    fn times_before_lines_are_left_out_and_come_back() {
        let text = b"plain\n2026-01-31T09:26:53.5Z one\n2026-01-31T09:26:53+01:00   two\n2026-01-31 no\n\
            2026-01-31T09:26:53+0100 tower tars[12]:  three\n2026-01-31T09:26:53Z a b[c]: d\n2026-01-31T09:26:53Z x\n";
        let left = b"plain\none\n  two\n2026-01-31 no\n three\na b[c]: d\nx\n";
        assert_eq!(String::from_utf8_lossy(&view(text).unwrap().text), String::from_utf8_lossy(left));
        assert!(view(b"plain\nno times 2026-01-31T09:26:53Z here\n").is_none());
    }

    #[test]
    fn what_belongs_together_is_found_behind_times() {
        let redactor = Redactor::default();
        let times = ["2026-01-31T09:26:53.589793238Z ", "2026-01-31T09:26:53+0100 tower tars[12]: "];
        let all = [
            "db:5432:app:app:Tundra7108x",
            "password: |\n  Tundra7108x\n  more",
            "- name: DB_PASSWORD\n  value: Tundra7108x",
            "DB_PASSWORD=\"one\nTundra7108x\"",
        ];
        for (time, lines) in times.iter().flat_map(|time| all.map(|lines| (time, lines))) {
            let text: String = lines.lines().map(|line| format!("{time}{line}\n")).collect();
            let out = redactor.text(&text);
            assert!(!out.contains("Tundra"), "{out}");
            assert!(out.lines().all(|line| line.starts_with(*time)), "{out}");
        }
    }
}
