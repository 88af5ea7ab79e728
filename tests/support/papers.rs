//! Documents for the extractor, built part by part: pages out of drawing operations, packages out of their
//! members, so that a test can break or bloat exactly the one that it is about.

use std::io::{Cursor, Write};

use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Object, Stream, dictionary};
use zip::write::{SimpleFileOptions, ZipWriter};

/// A PDF with a page for each content, and `title`.
pub fn pdf(pages: &[Vec<Operation>], title: Object) -> Document {
    let mut pdf = Document::with_version("1.5");
    let tree = pdf.new_object_id();
    let font =
        pdf.add_object(dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Helvetica" });
    let resources = pdf.add_object(dictionary! { "Font" => dictionary! { "F1" => font } });
    let kids: Vec<Object> = pages
        .iter()
        .map(|operations| {
            let content = Content { operations: operations.clone() }.encode().unwrap();
            let content = pdf.add_object(Stream::new(Dictionary::new(), content));
            pdf.add_object(dictionary! {
                "Type" => "Page", "Parent" => tree, "Contents" => content, "Resources" => resources,
            })
            .into()
        })
        .collect();
    let count = i64::try_from(kids.len()).unwrap();
    pdf.objects.insert(tree, dictionary! { "Type" => "Pages", "Kids" => kids, "Count" => count }.into());
    let catalog = pdf.add_object(dictionary! { "Type" => "Catalog", "Pages" => tree });
    let info = pdf.add_object(dictionary! { "Title" => title });
    pdf.trailer.set("Root", catalog);
    pdf.trailer.set("Info", info);
    pdf
}

pub fn saved(mut pdf: Document) -> Vec<u8> {
    pdf.compress();
    let mut bytes = Vec::new();
    pdf.save_to(&mut bytes).unwrap();
    bytes
}

pub fn op(operator: &str, operands: Vec<Object>) -> Operation {
    Operation::new(operator, operands)
}

/// Lines of text, each a step of `step` below the one before.
pub fn lines(lines: &[(&str, i64)]) -> Vec<Operation> {
    let mut operations =
        vec![op("BT", vec![]), op("Tf", vec!["F1".into(), 12.into()]), op("Td", vec![72.into(), 720.into()])];
    for (text, step) in lines {
        operations.push(op("Td", vec![0.into(), (-step).into()]));
        operations.push(op("Tj", vec![Object::string_literal(*text)]));
    }
    operations.push(op("ET", vec![]));
    operations
}

pub fn two_pages() -> Vec<u8> {
    let first = lines(&[("The boiler was infor-", 14), ("mally serviced.", 14), ("Next paragraph.", 30)]);
    let kerned = vec![
        op("BT", vec![]),
        op("Tf", vec!["F1".into(), 10.into()]),
        op("Tm", vec![1.into(), 0.into(), 0.into(), 1.into(), 72.into(), 700.into()]),
        op(
            "TJ",
            vec![Object::Array(vec![
                Object::string_literal("Ker"),
                20.into(),
                Object::string_literal("ned"),
                (-300).into(),
                Object::string_literal("words"),
            ])],
        ),
        op("Td", vec![200.into(), 0.into()]),
        op("Tj", vec![Object::string_literal("apart")]),
        op("ET", vec![]),
    ];
    saved(pdf(&[first, vec![], kerned], lopdf::text_string("Die Heizung für alle")))
}

pub fn docx(parts: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, part) in parts {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(part).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub fn letter() -> Vec<u8> {
    let body: String =
        (0..500).map(|n| format!("<w:p><w:r><w:t>Line {n} &amp; more</w:t></w:r></w:p>")).collect();
    docx(&[("word/document.xml", format!("<w:document><w:body>{body}</w:body></w:document>").as_bytes())])
}
