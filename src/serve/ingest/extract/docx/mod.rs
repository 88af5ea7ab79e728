//! Word documents to text: body, then footnotes and endnotes. Headers, footers,
//! comments, deleted text and page breaks are left out. Everything is streamed
//! under one budget of unpacked bytes, and nothing recurses, so neither a zip
//! bomb nor deep nesting gets far.

mod archive;
mod body;
mod properties;
mod styles;

use super::builder::{Builder, Gap};
use super::{Extracted, Limits, MarkKind, Skip};
use archive::Archive;
use body::Body;
use styles::Styles;

/// Reads a Word document.
///
/// # Errors
///
/// Says why it cannot be indexed.
pub fn read(bytes: &[u8], limits: &Limits) -> Result<Extracted, Skip> {
    let mut archive = Archive::open(bytes, limits)?;
    let styles = match archive.part("word/styles.xml")? {
        Some(part) => Styles::read(part),
        None => Styles::default(),
    };
    archive.check_budget()?;
    let title = archive.part("docProps/core.xml")?.and_then(properties::title);

    let mut body = Body::new(&styles, Builder::new(), limits.text_len());
    let main =
        archive.part("word/document.xml")?.ok_or_else(|| Skip::Damaged("it has no main part".to_owned()))?;
    let mut whole = body.read(main);
    archive.check_budget()?;
    for name in ["word/footnotes.xml", "word/endnotes.xml"] {
        body.begin_part(Gap::Blank);
        whole &= archive.part(name)?.is_none_or(|part| body.read(part));
        archive.check_budget()?;
    }
    let mut document = body.finish();
    if !whole {
        document.notes.push("damaged: some text may be missing".to_owned());
        if document.text.is_empty() {
            return Err(Skip::Damaged("its XML cannot be read".to_owned()));
        }
    }
    document.title = title.or_else(|| first_heading(&document));
    Ok(document)
}

fn first_heading(document: &Extracted) -> Option<String> {
    document.marks.iter().find_map(|mark| match &mark.kind {
        MarkKind::Heading { level: 1, title } => Some(title.clone()),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, Write};
    use zip::write::{SimpleFileOptions, ZipWriter};

    fn docx(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, xml) in parts {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(xml.as_bytes()).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    fn document(body: &str) -> String {
        format!("<?xml version=\"1.0\"?><w:document xmlns:w=\"x\"><w:body>{body}</w:body></w:document>")
    }

    fn text(body: &str) -> String {
        read(&docx(&[("word/document.xml", &document(body))]), &Limits::default()).unwrap().text
    }

    const STYLES: &str = "<w:styles>\
        <w:style w:styleId=\"berschrift1\"><w:name w:val=\"heading 1\"/></w:style>\
        <w:style w:styleId=\"Mine\"><w:name w:val=\"mine\"/><w:basedOn w:val=\"berschrift1\"/></w:style>\
        <w:style w:styleId=\"Part\"><w:name w:val=\"part\"/><w:pPr><w:outlineLvl w:val=\"1\"/></w:pPr></w:style>\
        <w:style w:styleId=\"Loop\"><w:name w:val=\"loop\"/><w:basedOn w:val=\"Loop\"/></w:style>\
        <w:style w:styleId=\"List\"><w:name w:val=\"list\"/><w:pPr><w:numPr><w:numId w:val=\"1\"/></w:numPr></w:pPr></w:style>\
        </w:styles>";

    #[test]
    fn headings_by_style_name_inheritance_and_outline_level() {
        let para = |style, text| {
            format!("<w:p><w:pPr><w:pStyle w:val=\"{style}\"/></w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>")
        };
        let body = [("berschrift1", "A"), ("Mine", "B"), ("Part", "C"), ("Loop", "D"), ("List", "E")]
            .map(|(s, t)| para(s, t));
        let doc = read(
            &docx(&[("word/styles.xml", STYLES), ("word/document.xml", &document(&body.concat()))]),
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(doc.text, "A\n\nB\n\nC\n\nD\n\n- E\n");
        let levels: Vec<_> = doc
            .marks
            .iter()
            .filter_map(|m| {
                if let MarkKind::Heading { level, title } = &m.kind { Some((*level, &**title)) } else { None }
            })
            .collect();
        assert_eq!(levels, [(1, "A"), (1, "B"), (2, "C")]);
        assert_eq!(doc.title.as_deref(), Some("A"));
    }

    #[test]
    fn runs_breaks_entities_and_deletions() {
        assert_eq!(
            text(
                "<w:p><w:r><w:t xml:space=\"preserve\">Tom </w:t></w:r><w:r><w:t>&amp; J&#233;r</w:t><w:tab/><w:t>x</w:t>\
                 <w:br/><w:t>y</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>\
                 <w:moveFrom><w:r><w:t>moved</w:t></w:r></w:moveFrom></w:p><w:p/><w:p><w:r><w:t>end</w:t></w:r></w:p>"
            ),
            "Tom & Jér x\ny\n\nend\n"
        );
    }

    #[test]
    fn tables_and_lists() {
        let cell = |text| format!("<w:tc><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>");
        let nested = format!("<w:tc><w:tbl><w:tr>{}{}</w:tr></w:tbl><w:p/></w:tc>", cell("i"), cell("j"));
        let item = "<w:p><w:pPr><w:numPr><w:ilvl w:val=\"1\"/><w:numId w:val=\"2\"/></w:numPr></w:pPr><w:r><w:t>item</w:t></w:r></w:p>";
        let body = format!(
            "<w:tbl><w:tr>{}{}</w:tr><w:tr>{}{nested}</w:tr></w:tbl>{item}{item}",
            cell("a"),
            cell("b"),
            cell("c")
        );
        assert_eq!(text(&body), "a | b\nc | i j\n\n  - item\n  - item\n");
    }

    #[test]
    fn notes_follow_the_text_and_properties_name_it() {
        let notes = "<w:footnotes><w:footnote w:type=\"separator\" w:id=\"0\"><w:p><w:r><w:t>---</w:t></w:r></w:p></w:footnote>\
            <w:footnote w:id=\"2\"><w:p><w:r><w:t>the note</w:t></w:r></w:p></w:footnote></w:footnotes>";
        let body = document("<w:p><w:r><w:t>claim</w:t><w:footnoteReference w:id=\"2\"/></w:r></w:p>");
        let core =
            "<cp:coreProperties xmlns:dc=\"d\"><dc:title>Named &amp; known</dc:title></cp:coreProperties>";
        let doc = read(
            &docx(&[
                ("word/document.xml", &body),
                ("word/footnotes.xml", notes),
                ("docProps/core.xml", core),
            ]),
            &Limits::default(),
        )
        .unwrap();
        assert_eq!(doc.text, "claim[2]\n\n[2] the note\n");
        assert_eq!(doc.title.as_deref(), Some("Named & known"));
    }

    #[test]
    fn bombs_and_damage_are_skipped() {
        let limits = Limits { max_text: 1 << 20, ..Limits::default() };
        let code = |bytes: &[u8]| read(bytes, &limits).map_err(|skip| skip.code()).map(|doc| doc.notes.len());
        let bomb = docx(&[("word/document.xml", &document(&" ".repeat(8 << 20)))]);
        assert!(bomb.len() < 64 << 10);
        assert_eq!(code(&bomb), Err("too-large"));
        assert_eq!(
            code(&docx(&[("word/styles.xml", &"<a>".repeat(2 << 20)), ("word/document.xml", "<w/>")])),
            Err("too-large")
        );
        assert_eq!(code(&docx(&[("other", "")])), Err("damaged"));
        assert_eq!(code(b"PK\x03\x04 and no more"), Err("damaged"));
        assert_eq!(code(&docx(&[("word/document.xml", "<w:p><w:t>kept</w:t></w:p><w:p></w:r>")])), Ok(1));
    }

    #[test]
    fn depth_costs_nothing() {
        for open in ["<w:p>", "<w:tbl><w:tr><w:tc><w:p>", "<x>"] {
            let body = format!(
                "<w:p><w:r><w:t>top</w:t></w:r></w:p>{}<w:p><w:t>deep</w:t></w:p>",
                open.repeat(100_000)
            );
            assert!(text(&body[..]).starts_with("top"), "{open}");
        }
    }
}
