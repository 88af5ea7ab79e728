//! The child process that reads PDF and Office files, called as the server calls it: real documents, broken
//! ones, and ones that are out to do harm. Every one of them comes back as a document or a reason, soon, with
//! no process left behind.

use std::fs::File;
use std::io::{Read, Seek, Write};
use std::path::Path;
use std::time::{Duration, Instant};

use lopdf::content::Content;
use lopdf::{Dictionary, Object, ObjectId, Stream, dictionary};
use tars::serve::ingest::extract::worker::extract_in_child;
use tars::serve::ingest::extract::{Extracted, Format, Limits, MarkKind, Skip};

use crate::support::papers::{docx, letter, lines, op, pdf, saved, two_pages};

const TARS: &str = env!("CARGO_BIN_EXE_tars");

fn file(bytes: &[u8]) -> File {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    file.rewind().unwrap();
    file
}

fn worker(format: Format, bytes: &[u8], limits: &Limits) -> Result<Extracted, Skip> {
    extract_in_child(Path::new(TARS), &["extract", "--"], file(bytes), format, limits)
}

fn code(format: Format, bytes: &[u8], limits: &Limits) -> &'static str {
    worker(format, bytes, limits).map_or_else(|skip| skip.code(), |_| "read")
}

#[test]
fn pdfs_are_read() {
    let mut handle = file(&two_pages());
    // A caller that looked at the beginning must not lose it.
    handle.read_exact(&mut [0; 100]).unwrap();
    let tars = Path::new(TARS);
    let doc = extract_in_child(tars, &["extract", "--"], handle, Format::Pdf, &Limits::default()).unwrap();
    assert_eq!(doc.text, "The boiler was informally serviced.\n\nNext paragraph.\n\nKerned words apart\n\n");
    assert_eq!(doc.title.as_deref(), Some("Die Heizung für alle"));
    assert_eq!(doc.notes, ["page 2: no text (scanned?)"]);
    let pages: Vec<_> = doc
        .marks
        .iter()
        .filter_map(
            |m| if let MarkKind::Page(n) = m.kind { Some((n, &doc.text[m.at..m.at + 3])) } else { None },
        )
        .collect();
    assert_eq!(pages, [(1, "The"), (2, "Ker"), (3, "Ker")]);
}

#[test]
fn word_documents_are_read() {
    let doc = worker(Format::Docx, &letter(), &Limits::default()).unwrap();
    assert!(doc.text.starts_with("Line 0 & more\n\nLine 1 & more\n"));
    assert_eq!(doc.marks.len(), 500);
}

#[test]
fn leftover_titles_are_not_titles() {
    let read = |title: &str| {
        let bytes = saved(pdf(&[lines(&[("text", 0)])], lopdf::text_string(title)));
        worker(Format::Pdf, &bytes, &Limits::default()).unwrap().title
    };
    assert_eq!(read("Microsoft Word - offer.doc"), None);
    assert_eq!(read(" - "), None);
    assert_eq!(read("An Offer"), Some("An Offer".to_owned()));
}

#[test]
fn pages_of_pictures_have_no_text() {
    let skip =
        worker(Format::Pdf, &saved(pdf(&[vec![], vec![]], Object::Null)), &Limits::default()).unwrap_err();
    assert_eq!(skip, Skip::NoText { scanned: true });
}

#[test]
fn text_in_forms_is_read_even_if_they_draw_themselves() {
    let mut pdf = pdf(&[vec![op("Do", vec!["X".into()])]], Object::Null);
    let form = pdf.new_object_id();
    let font = dictionary! { "Type" => "Font", "Subtype" => "Type1", "BaseFont" => "Times" };
    let resources =
        dictionary! { "Font" => dictionary! { "F1" => font }, "XObject" => dictionary! { "X" => form } };
    let mut operations = lines(&[("in a form", 0)]);
    operations.extend([op("Do", vec!["X".into()]), op("Do", vec!["X".into()])]);
    let dict = dictionary! { "Type" => "XObject", "Subtype" => "Form", "Resources" => resources.clone() };
    pdf.objects.insert(form, Stream::new(dict, Content { operations }.encode().unwrap()).into());
    let page: ObjectId = pdf.page_iter().next().unwrap();
    pdf.get_object_mut(page).unwrap().as_dict_mut().unwrap().set("Resources", resources);
    let doc = worker(Format::Pdf, &saved(pdf), &Limits::default()).unwrap();
    assert!(doc.text.starts_with("in a form"));
}

#[test]
fn truncated_documents_come_back() {
    let limits = Limits::default();
    for (format, whole) in [(Format::Pdf, two_pages()), (Format::Docx, letter())] {
        let began = Instant::now();
        let codes: Vec<&str> =
            (0..40).map(|n| code(format, &whole[..whole.len() * n / 40], &limits)).collect();
        assert!(codes.iter().all(|code| matches!(*code, "read" | "damaged" | "no-text")), "{codes:?}");
        assert_eq!(codes[0], "damaged");
        assert!(began.elapsed() < Duration::from_secs(30));
    }
}

#[test]
fn scrambled_documents_come_back() {
    let limits = Limits { cpu: Duration::from_secs(5), wall: Duration::from_secs(8), ..Limits::default() };
    for (format, whole) in [(Format::Pdf, two_pages()), (Format::Docx, letter())] {
        for n in 1_u32..30 {
            let mut bytes = whole.clone();
            for k in 0..n {
                let random = n.wrapping_mul(2_654_435_761).wrapping_add(k.wrapping_mul(40_503_001));
                let at = random as usize % bytes.len();
                bytes[at] ^= 1 << (random >> 29);
            }
            let code = code(format, &bytes, &limits);
            assert!(!matches!(code, "crashed" | "too-slow" | "too-hungry"), "{format:?} {n}: {code}");
        }
    }
}

#[test]
fn bombs_do_not_go_off() {
    let limits = Limits { max_text: 4 << 20, ..Limits::default() };
    let bomb = docx(&[("word/document.xml", &vec![b' '; 64 << 20])]);
    assert!(bomb.len() < 1 << 20);
    assert_eq!(code(Format::Docx, &bomb, &limits), "too-large");

    let text = format!("<w:p><w:t>{}</w:t></w:p>", "x ".repeat(3 << 20));
    assert_eq!(code(Format::Docx, &docx(&[("word/document.xml", text.as_bytes())]), &limits), "too-large");

    let mut inflated = pdf(&[lines(&[("kept", 0)]), vec![]], Object::Null);
    let page = inflated.page_iter().nth(1).unwrap();
    let contents = inflated.get_page_contents(page)[0];
    let huge = Stream::new(Dictionary::new(), vec![b' '; 100 << 20]);
    inflated.objects.insert(contents, huge.into());
    let doc = worker(Format::Pdf, &saved(inflated), &limits).unwrap();
    assert_eq!(
        (doc.text.as_str(), doc.notes.as_slice()),
        ("kept\n\n", &["page 2: cannot be read".to_owned()][..])
    );
}

#[test]
fn depth_does_no_harm() {
    let limits = Limits { cpu: Duration::from_secs(10), wall: Duration::from_secs(15), ..Limits::default() };
    let nested = format!(
        "%PDF-1.4\n1 0 obj\n{}{}\nendobj\ntrailer\n<</Root 1 0 R>>\n",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert_eq!(code(Format::Pdf, nested.as_bytes(), &limits), "damaged");

    let mut deep = pdf(&[lines(&[("kept", 0)])], Object::Null);
    let page = deep.page_iter().next().unwrap();
    let contents = deep.get_page_contents(page)[0];
    let brackets = Stream::new(Dictionary::new(), [&b"[".repeat(50_000)[..], b"TJ"].concat());
    deep.objects.insert(contents, brackets.into());
    assert_eq!(code(Format::Pdf, &saved(deep), &limits), "no-text");

    let xml = format!("<w:document>{}<w:t>deep</w:t>", "<w:p>".repeat(500_000));
    let code = code(Format::Docx, &docx(&[("word/document.xml", xml.as_bytes())]), &limits);
    assert!(matches!(code, "read" | "no-text"), "{code}");
}

#[test]
fn passwords_are_respected() {
    use lopdf::{EncryptionState, EncryptionVersion, Permissions};
    let locked = |user: &str| {
        let mut pdf = pdf(&[lines(&[("secret", 0)])], Object::Null);
        let id = Object::string_literal("0123456789abcdef");
        pdf.trailer.set("ID", vec![id.clone(), id]);
        let version = EncryptionVersion::V2 {
            document: &pdf,
            owner_password: "owner",
            user_password: user,
            key_length: 128,
            permissions: Permissions::all(),
        };
        let state = EncryptionState::try_from(version).unwrap();
        pdf.encrypt(&state).unwrap();
        let mut bytes = Vec::new();
        pdf.save_to(&mut bytes).unwrap();
        bytes
    };
    let read = |bytes: &[u8]| worker(Format::Pdf, bytes, &Limits::default()).map(|doc| doc.text);
    assert_eq!(read(&locked("user")), Err(Skip::Encrypted));
    assert_eq!(read(&locked("")), Ok("secret\n\n".to_owned()));
}

#[test]
fn the_clock_is_enforced() {
    let limits = Limits { wall: Duration::from_millis(1), ..Limits::default() };
    let began = Instant::now();
    assert_eq!(code(Format::Pdf, &two_pages(), &limits), "too-slow");
    assert!(began.elapsed() < Duration::from_secs(2));
    // A program that never answers and never ends.
    let limits = Limits { wall: Duration::from_millis(200), ..Limits::default() };
    let script = ["-c", "trap '' TERM; /bin/sleep 1000 & /bin/sleep 1000"];
    let result = extract_in_child(Path::new("/bin/sh"), &script, file(b""), Format::Pdf, &limits);
    assert_eq!(result, Err(Skip::TooSlow { seconds: 0 }));
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn memory_is_enforced() {
    let limits = Limits { memory: 200 << 20, ..Limits::default() };
    let many = lines(&vec![("many words on many lines of one page", 1); 300_000]);
    let bytes = saved(pdf(&[many], Object::Null));
    assert_eq!(code(Format::Pdf, &bytes, &Limits::default()), "read");
    let greedy = vec![b'x'; 300 << 20];
    let limits = Limits { max_file: 1 << 30, ..limits };
    let skip = worker(Format::Pdf, &greedy, &limits).unwrap_err();
    assert!(matches!(skip.code(), "too-hungry" | "unreadable"), "{skip:?}");
    let limits = Limits { max_file: 1 << 20, ..Limits::default() };
    assert_eq!(code(Format::Pdf, &greedy, &limits), "too-large");
}

#[test]
fn other_programs_are_not_believed() {
    let run = |script: &str, limits: &Limits| {
        extract_in_child(Path::new("/bin/sh"), &["-c", script], file(b"%PDF-"), Format::Pdf, limits)
            .map_err(|s| s.code())
    };
    let limits = Limits::default();
    assert_eq!(run("exit 3", &limits), Err("crashed"));
    assert_eq!(run("echo nonsense", &limits), Err("crashed"));
    assert_eq!(run("kill -SEGV $$", &limits), Err("crashed"));
    assert_eq!(run("kill -XCPU $$", &limits), Err("too-slow"));
    assert_eq!(run("kill -ABRT $$", &limits), Err("too-hungry"));
    assert_eq!(run("echo '{\"error\":{\"code\":\"encrypted\"}}'", &limits), Err("encrypted"));
    let lie = "echo '{\"document\":{\"title\":null,\"text\":\"é\",\"marks\":[{\"at\":1,\"kind\":\"block\"}],\"lines\":false,\"notes\":[]}}'";
    assert_eq!(run(lie, &limits), Err("crashed"));
    assert_eq!(run("yes", &Limits { max_text: 1000, ..limits.clone() }), Err("too-large"));
    assert_eq!(
        run(
            "/usr/bin/env | /bin/grep -v -e PWD -e MIMALLOC -e SHLVL -e _= | /bin/grep -q = || echo '{\"error\":{\"code\":\"vanished\"}}'",
            &limits
        ),
        Err("vanished")
    );
    let missing = extract_in_child(Path::new("/no/such/program"), &[], file(b""), Format::Pdf, &limits);
    assert_eq!(missing.map_err(|s| s.code()), Err("crashed"));
}
