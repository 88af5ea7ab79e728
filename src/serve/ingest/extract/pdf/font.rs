//! What a PDF font says about its codes: the characters they stand for and how
//! wide they are. Widths are only for telling words apart, so anything that is
//! missing gets a middling one.

use lopdf::{Dictionary, Document, Encoding, Object};
use std::collections::HashMap;

/// The most that a font's character map may unpack to.
const MAP_MAX: usize = 16 << 20;

/// The width taken for a code that has none, in thousandths of the font size.
const MIDDLING: f32 = 500.0;

/// A font, ready to decode text with.
pub struct Font<'a> {
    codes: Codes<'a>,
    widths: HashMap<u16, f32>,
    default_width: f32,
}

/// How codes become characters.
enum Codes<'a> {
    /// One byte each, looked up once and for all.
    Bytes(Box<[String; 256]>),
    /// Two bytes each as a rule, decoded at need and remembered.
    Pairs(Option<Box<Encoding<'a>>>, HashMap<u16, String>),
}

impl<'a> Font<'a> {
    /// Reads the font in `dictionary`.
    pub fn read(pdf: &'a Document, dictionary: &'a Dictionary) -> Self {
        let encoding = dictionary.get_font_encoding_with_limit(pdf, MAP_MAX).ok();
        if dictionary.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0") {
            let (widths, default_width) =
                descendant_widths(pdf, dictionary).unwrap_or((HashMap::new(), 1000.0));
            return Self {
                codes: Codes::Pairs(encoding.map(Box::new), HashMap::new()),
                widths,
                default_width,
            };
        }
        let codes = Codes::Bytes(Box::new(byte_table(pdf, dictionary, encoding.as_ref())));
        Self { codes, widths: simple_widths(pdf, dictionary).unwrap_or_default(), default_width: MIDDLING }
    }

    /// Appends the characters of `text` to `out` and returns their width in
    /// thousandths of the font size, their count and the count of spaces.
    pub fn show(&mut self, text: &[u8], out: &mut String) -> (f32, u32, u32) {
        let (mut width, mut count, mut spaces) = (0.0, 0, 0);
        let size = if matches!(self.codes, Codes::Bytes(_)) { 1 } else { 2 };
        for code in text.chunks(size) {
            let number = code.iter().fold(0, |number, &byte| number << 8 | u16::from(byte));
            width += self.widths.get(&number).copied().unwrap_or(self.default_width);
            count += 1;
            spaces += u32::from(code == b" ");
            match &mut self.codes {
                Codes::Bytes(table) => out.push_str(&table[usize::from(number) & 0xff]),
                Codes::Pairs(None, _) => {}
                Codes::Pairs(Some(encoding), known) => {
                    out.push_str(known.entry(number).or_insert_with(|| decode(encoding, code)));
                }
            }
        }
        (width, count, spaces)
    }
}

/// The characters of each single-byte code. The map to Unicode comes first, as
/// it is there for this very purpose; the encoding fills its gaps.
fn byte_table(pdf: &Document, dictionary: &Dictionary, encoding: Option<&Encoding<'_>>) -> [String; 256] {
    let mapped = dictionary.has(b"ToUnicode").then(|| {
        let mut bare = dictionary.clone();
        bare.remove(b"Encoding");
        bare
    });
    let mapped = mapped.as_ref().and_then(|bare| bare.get_font_encoding_with_limit(pdf, MAP_MAX).ok());
    let mapped = mapped.filter(|encoding| matches!(encoding, Encoding::UnicodeMapEncoding(_)));
    std::array::from_fn(|code| {
        let code = [u8::try_from(code).unwrap_or(u8::MAX)];
        let found = [mapped.as_ref(), encoding].into_iter().flatten().map(|encoding| decode(encoding, &code));
        found.into_iter().find(|text| !text.is_empty()).unwrap_or_default()
    })
}

/// The characters of one code; none where the font does not know it.
fn decode(encoding: &Encoding<'_>, code: &[u8]) -> String {
    let mut text = encoding.bytes_to_string(code).unwrap_or_default();
    text.retain(|c| c != '\u{fffd}' && (!c.is_control() || c == '\t'));
    text
}

/// The widths of a font with single-byte codes.
fn simple_widths(pdf: &Document, font: &Dictionary) -> Option<HashMap<u16, f32>> {
    let first = font.get_deref(b"FirstChar", pdf).and_then(Object::as_i64).ok()?;
    let widths = font.get_deref(b"Widths", pdf).and_then(Object::as_array).ok()?;
    let width = |(code, width): (i64, &Object)| Some((u16::try_from(code).ok()?, number(pdf, width)?));
    Some((first..).zip(widths).take(256).filter_map(width).collect())
}

/// The widths of a composite font, and the one for all other codes. Assumes
/// that codes are glyph numbers, which is so in all but some Asian fonts.
fn descendant_widths(pdf: &Document, font: &Dictionary) -> Option<(HashMap<u16, f32>, f32)> {
    let descendants = font.get_deref(b"DescendantFonts", pdf).and_then(Object::as_array).ok()?;
    let descendant = pdf.dereference(descendants.first()?).ok()?.1.as_dict().ok()?;
    let default =
        descendant.get_deref(b"DW", pdf).ok().and_then(|width| width.as_float().ok()).unwrap_or(1000.0);
    let mut widths = HashMap::new();
    let mut entries =
        descendant.get_deref(b"W", pdf).and_then(Object::as_array).map(Vec::as_slice).unwrap_or_default();
    // Either `first [width width ...]` or `first last width`.
    while let [first, next, rest @ ..] = entries {
        let first = number(pdf, first)? as u16;
        if let Ok((_, Object::Array(list))) = pdf.dereference(next) {
            let each =
                (first..=u16::MAX).zip(list).filter_map(|(code, width)| Some((code, number(pdf, width)?)));
            widths.extend(each);
            entries = rest;
        } else if let [width, rest @ ..] = rest {
            let (last, width) = (number(pdf, next)? as u16, number(pdf, width)?);
            widths.extend((first..=last).map(|code| (code, width)));
            entries = rest;
        } else {
            break;
        }
    }
    Some((widths, default))
}

fn number(pdf: &Document, object: &Object) -> Option<f32> {
    pdf.dereference(object).ok()?.1.as_float().ok()
}
