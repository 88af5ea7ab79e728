//! The words on a PDF page: runs through the page's drawing operations and
//! writes down the text shown, with a space or a line end wherever the pen has
//! moved far enough. Only what moves the pen is followed; colour, clipping and
//! everything else that is drawn is passed over.

use super::font::Font;
use super::matrix::Matrix;
use super::{STREAM_MAX, tidy};
use lopdf::content::{Content, Operation};
use lopdf::{Dictionary, Document, Error, Object, ObjectId, Stream};
use std::collections::{BTreeMap, HashMap};

/// How deep forms may stand in forms.
const FORM_DEPTH_MAX: usize = 4;

/// How many forms one page may draw; each may draw others.
const FORMS_MAX: usize = 2000;

/// Deepest stack of saved graphics states.
const SAVED_MAX: usize = 256;

/// A gap wider than this part of the font size is a space.
const SPACE: f32 = 0.16;

/// A step across the baseline further than this part of the font size ends the line.
const LINE: f32 = 0.55;

/// Reads pages, remembering fonts from one to the next.
pub struct Reader<'a> {
    pdf: &'a Document,
    /// Fonts by the address of their dictionaries, which stay put in `pdf`.
    known: HashMap<*const Dictionary, usize>,
    fonts: Vec<Font<'a>>,
}

/// The fonts that a page or form calls by name.
type Named<'a> = BTreeMap<Vec<u8>, &'a Dictionary>;

impl<'a> Reader<'a> {
    /// Will read pages of `pdf`.
    pub fn new(pdf: &'a Document) -> Self {
        Self { pdf, known: HashMap::new(), fonts: Vec::new() }
    }

    /// The text of the page.
    pub fn text(&mut self, page: ObjectId) -> Result<String, Error> {
        let content = self.pdf.get_page_content_with_limit(page, STREAM_MAX)?;
        let fonts = self.pdf.get_page_fonts(page)?;
        let mut pen = Pen::default();
        self.run(&mut pen, &content, &fonts, Source::Page(page), 0);
        Ok(tidy::tidy(&pen.out))
    }

    fn run(&mut self, pen: &mut Pen, content: &[u8], fonts: &Named<'a>, source: Source<'a>, depth: usize) {
        for operation in Content::decode_iter(content) {
            // What follows a syntax error cannot be trusted to be text.
            let Ok(Operation { operator, operands }) = operation else { return };
            match (operator.as_str(), operands.as_slice()) {
                ("Tj", [Object::String(text, _)]) => self.show(pen, text),
                ("TJ", [Object::Array(parts)]) => self.show_spaced(pen, parts),
                ("'", [Object::String(text, _)]) => {
                    pen.next_line();
                    self.show(pen, text);
                }
                ("\"", [word, char, Object::String(text, _)]) => {
                    pen.word_spacing = number(word);
                    pen.char_spacing = number(char);
                    pen.next_line();
                    self.show(pen, text);
                }
                ("Tf", [Object::Name(name), size]) => {
                    pen.font = fonts.get(name).map(|dictionary| self.font(dictionary));
                    pen.size = number(size);
                }
                ("Do", [Object::Name(name)]) => self.draw(pen, name, fonts, source, depth),
                (operator, operands) => pen.operate(operator, operands),
            }
        }
    }

    /// The place of the font in `dictionary`, read at its first use.
    fn font(&mut self, dictionary: &'a Dictionary) -> usize {
        *self.known.entry(std::ptr::from_ref(dictionary)).or_insert_with(|| {
            self.fonts.push(Font::read(self.pdf, dictionary));
            self.fonts.len() - 1
        })
    }

    fn show(&mut self, pen: &mut Pen, text: &[u8]) {
        // Text in a font that the page does not have says nothing anyone could read.
        let Some(font) = pen.font.and_then(|font| self.fonts.get_mut(font)) else { return };
        pen.arrive();
        let (width, count, spaces) = font.show(text, &mut pen.out);
        let width = width / 1000.0 * pen.size;
        pen.advance(width + pen.char_spacing * count as f32 + pen.word_spacing * spaces as f32);
        pen.leave();
    }

    fn show_spaced(&mut self, pen: &mut Pen, parts: &[Object]) {
        for part in parts {
            match part {
                Object::String(text, _) => self.show(pen, text),
                other => pen.advance(-number(other) / 1000.0 * pen.size),
            }
        }
    }

    /// Draws a form, which is a page within the page.
    fn draw(&mut self, pen: &mut Pen, name: &[u8], fonts: &Named<'a>, source: Source<'a>, depth: usize) {
        if depth >= FORM_DEPTH_MAX || pen.forms >= FORMS_MAX {
            return;
        }
        let Some(form) = self.form(name, source) else { return };
        let Ok(content) = form.decompressed_content_with_limit(STREAM_MAX) else { return };
        pen.forms += 1;
        let mut own = Named::new();
        let resources = form.dict.get_deref(b"Resources", self.pdf).and_then(Object::as_dict).ok();
        let named = resources.and_then(|r| r.get_deref(b"Font", self.pdf).and_then(Object::as_dict).ok());
        for (name, font) in named.into_iter().flatten() {
            if let Ok((_, Object::Dictionary(font))) = self.pdf.dereference(font) {
                own.insert(name.clone(), font);
            }
        }
        let saved = pen.ctm;
        let matrix = form.dict.get(b"Matrix").and_then(Object::as_array).ok();
        if let Some(matrix) = matrix.and_then(|operands| Matrix::from_operands(operands)) {
            pen.ctm = matrix.then(pen.ctm);
        }
        self.run(pen, &content, if own.is_empty() { fonts } else { &own }, Source::Form(form), depth + 1);
        pen.ctm = saved;
    }

    fn form(&self, name: &[u8], source: Source<'a>) -> Option<&'a Stream> {
        let look = |resources: &'a Dictionary| -> Option<&'a Stream> {
            let objects = resources.get_deref(b"XObject", self.pdf).and_then(Object::as_dict).ok()?;
            let stream = objects.get_deref(name, self.pdf).and_then(Object::as_stream).ok()?;
            stream
                .dict
                .get(b"Subtype")
                .and_then(Object::as_name)
                .is_ok_and(|kind| kind == b"Form")
                .then_some(stream)
        };
        match source {
            Source::Form(form) => {
                look(form.dict.get_deref(b"Resources", self.pdf).and_then(Object::as_dict).ok()?)
            }
            Source::Page(page) => {
                let (inline, referenced) = self.pdf.get_page_resources(page).ok()?;
                let referenced = referenced.into_iter().filter_map(|id| self.pdf.get_dictionary(id).ok());
                inline.into_iter().chain(referenced).find_map(look)
            }
        }
    }
}

/// Whose resources are in force.
#[derive(Clone, Copy)]
enum Source<'a> {
    Page(ObjectId),
    Form(&'a Stream),
}

/// The graphics state, as far as it moves the pen, and the text so far.
#[derive(Default)]
struct Pen {
    out: String,
    ctm: Matrix,
    saved: Vec<Matrix>,
    /// Where text is shown next, and where its line began.
    text: Matrix,
    line: Matrix,
    font: Option<usize>,
    size: f32,
    leading: f32,
    char_spacing: f32,
    word_spacing: f32,
    forms: usize,
    /// Where the pen was left after the last text, along and across the
    /// baseline, and the size of the letters there.
    left: Option<(f32, f32, f32)>,
    /// The distance between the last two lines.
    line_step: f32,
}

impl Default for Matrix {
    fn default() -> Self {
        Self::IDENTITY
    }
}

impl Pen {
    /// Follows an operation that shows no text.
    fn operate(&mut self, operator: &str, operands: &[Object]) {
        match (operator, operands) {
            ("BT", _) => (self.text, self.line) = (Matrix::IDENTITY, Matrix::IDENTITY),
            ("Td", [x, y]) => self.move_line(number(x), number(y)),
            ("TD", [x, y]) => {
                self.leading = -number(y);
                self.move_line(number(x), number(y));
            }
            ("T*", _) => self.next_line(),
            ("Tm", operands) => {
                if let Some(matrix) = Matrix::from_operands(operands) {
                    (self.text, self.line) = (matrix, matrix);
                }
            }
            ("TL", [leading]) => self.leading = number(leading),
            ("Tc", [spacing]) => self.char_spacing = number(spacing),
            ("Tw", [spacing]) => self.word_spacing = number(spacing),
            ("cm", operands) => {
                if let Some(matrix) = Matrix::from_operands(operands) {
                    self.ctm = matrix.then(self.ctm);
                }
            }
            ("q", _) if self.saved.len() < SAVED_MAX => self.saved.push(self.ctm),
            ("Q", _) => self.ctm = self.saved.pop().unwrap_or(self.ctm),
            _ => {}
        }
    }

    fn move_line(&mut self, x: f32, y: f32) {
        self.line = Matrix::translation(x, y).then(self.line);
        self.text = self.line;
    }

    fn next_line(&mut self) {
        self.move_line(0.0, -self.leading);
    }

    fn advance(&mut self, distance: f32) {
        self.text = Matrix::translation(distance, 0.0).then(self.text);
    }

    /// Where the pen is along and across the baseline, and how large the letters are.
    fn here(&self) -> (f32, f32, f32) {
        let matrix = self.text.then(self.ctm);
        let (along, across) = matrix.place();
        (along, across, (self.size * matrix.height()).abs())
    }

    /// Writes the space or line end that lies between the last text and the next.
    fn arrive(&mut self) {
        let Some((last_along, last_across, last_size)) = self.left else { return };
        let (along, across, size) = self.here();
        let em = size.max(last_size).max(f32::MIN_POSITIVE);
        let step = last_across - across;
        if step.abs() > LINE * em || along - last_along < -2.0 * em {
            let usual = if self.line_step > 0.0 { self.line_step } else { 1.6 * em };
            // Upwards means another column; a wide step down, another paragraph.
            let apart = step < -LINE * em || step > 1.3 * usual;
            if !apart && step > LINE * em {
                self.line_step = step;
            }
            self.out.push_str(if apart { "\n\n" } else { "\n" });
        } else if along - last_along > SPACE * em {
            self.out.push(' ');
        }
    }

    fn leave(&mut self) {
        self.left = Some(self.here());
    }
}

/// A number, or nothing where there should be one.
fn number(object: &Object) -> f32 {
    object.as_float().unwrap_or(0.0)
}
