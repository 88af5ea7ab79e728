//! Tables as text: each row becomes one line that repeats the headers, so that
//! it can be understood alone, and is marked with its spreadsheet row number.
//! Not a data reader: values are never interpreted.

use super::{Extracted, Limits, Mark, MarkKind, Skip};
use ::csv::{ReaderBuilder, StringRecord};

/// How much of the file the delimiter is told from.
const SNIFFED_LINES: usize = 20;

/// Reads a table.
pub fn read(text: &str, limits: &Limits) -> Result<Extracted, Skip> {
    let mut reader = ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter(text))
        .from_reader(text.as_bytes());
    let mut out =
        Extracted { title: None, text: String::new(), marks: Vec::new(), lines: false, notes: Vec::new() };
    let mut record = StringRecord::new();
    let mut headers: Option<StringRecord> = None;
    let mut row: u32 = 0;
    loop {
        let begins = usize::try_from(reader.position().byte()).unwrap_or(usize::MAX);
        if !reader.read_record(&mut record).map_err(|error| Skip::Damaged(error.to_string()))? {
            break;
        }
        // The reader steps over empty lines, which are rows to a spreadsheet.
        let empty =
            text.as_bytes().get(begins..).unwrap_or_default().iter().take_while(|&&b| b == b'\n').count();
        row = row.saturating_add(1).saturating_add(u32::try_from(empty).unwrap_or(u32::MAX));
        match &headers {
            None if is_header(&record) => headers = Some(record.clone()),
            None => {
                headers = Some(StringRecord::new());
                push_row(&mut out, row, &StringRecord::new(), &record);
            }
            Some(headers) => push_row(&mut out, row, headers, &record),
        }
        if out.text.len() > limits.text_len() {
            return Err(limits.text_too_large());
        }
    }
    if let (true, Some(headers)) = (out.text.is_empty(), headers) {
        push_row(&mut out, row, &StringRecord::new(), &headers);
    }
    Ok(out)
}

/// The delimiter that the first lines agree on most: the one whose least
/// count over those lines, quoted parts aside, is highest.
fn delimiter(text: &str) -> u8 {
    let mut best = (b',', 0);
    for candidate in *b",;\t|" {
        let mut quoted = false;
        let mut least = usize::MAX;
        for line in text.lines().filter(|line| !line.trim().is_empty()).take(SNIFFED_LINES) {
            let began_quoted = quoted;
            let mut count = 0;
            for byte in line.bytes() {
                quoted ^= byte == b'"';
                count += usize::from(!quoted && byte == candidate);
            }
            if !began_quoted && !quoted {
                least = least.min(count);
            }
        }
        if least != usize::MAX && least > best.1 {
            best = (candidate, least);
        }
    }
    best.0
}

/// Whether a first row names columns: it has words and no numbers.
fn is_header(record: &StringRecord) -> bool {
    let is_number = |cell: &str| cell.trim().parse::<f64>().is_ok();
    record.iter().any(|cell| !cell.trim().is_empty()) && !record.iter().any(is_number)
}

/// Appends `row` as a line: `Header: value; Header: value`.
fn push_row(out: &mut Extracted, row: u32, headers: &StringRecord, record: &StringRecord) {
    let at = out.text.len();
    for (column, cell) in record.iter().enumerate() {
        let mut words = cell.split_whitespace().peekable();
        if words.peek().is_none() {
            continue;
        }
        if out.text.len() > at {
            out.text.push_str("; ");
        }
        if let Some(header) = headers.get(column).map(str::trim).filter(|header| !header.is_empty()) {
            push_words(&mut out.text, header.split_whitespace());
            out.text.push_str(": ");
        }
        push_words(&mut out.text, words);
    }
    if out.text.len() > at {
        out.text.push('\n');
        out.marks.push(Mark { at, kind: MarkKind::Row(row) });
    }
}

/// Appends words with single spaces between them.
fn push_words<'a>(out: &mut String, words: impl Iterator<Item = &'a str>) {
    for (index, word) in words.enumerate() {
        if index > 0 {
            out.push(' ');
        }
        out.push_str(word);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<(u32, String)> {
        let doc = read(text, &Limits::default()).unwrap();
        let row = |(mark, line): (&Mark, &str)| match mark.kind {
            MarkKind::Row(n) => (n, line.to_owned()),
            _ => panic!("not a row"),
        };
        doc.marks.iter().zip(doc.text.lines()).map(row).collect()
    }

    #[test]
    fn rows_stand_alone() {
        let got = rows("Name,Paid on\nBoiler,2024-01-02\nRoof,\n\n\"Multi\nline\",\"a, \"\"b\"\"\",extra\n");
        assert_eq!(
            got,
            [
                (2, "Name: Boiler; Paid on: 2024-01-02".to_owned()),
                (3, "Name: Roof".to_owned()),
                (5, "Name: Multi line; Paid on: a, \"b\"; extra".to_owned()),
            ]
        );
    }

    #[test]
    fn delimiters_are_sniffed() {
        for (text, wanted) in [
            ("a;b\n1,5;2,5\n", b';'),
            ("a\tb\n1\t2\n", b'\t'),
            ("a|b\n", b'|'),
            ("a\nb\n", b','),
            ("\"x;y\",b\n1,2\n", b','),
        ] {
            assert_eq!(delimiter(text), wanted, "{text:?}");
        }
    }

    #[test]
    fn tables_without_headers_or_rows() {
        assert_eq!(rows("1,2\n3,4\n"), [(1, "1; 2".to_owned()), (2, "3; 4".to_owned())]);
        assert_eq!(rows("Name,Age\n"), [(1, "Name; Age".to_owned())]);
    }

    #[test]
    fn repeated_headers_cannot_outgrow_the_limit() {
        let text = format!("{}\n{}", "h".repeat(1000), "x\n".repeat(1000));
        let limits = Limits { max_text: 10_000, ..Limits::default() };
        assert_eq!(read(&text, &limits), Err(limits.text_too_large()));
    }
}
