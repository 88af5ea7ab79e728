//! What all finders see in one block of text, looked at by itself: from the text alone, and from what the lines before
//! it have begun. They look at it as a terminal shows it, without the times before its lines, into its strings, and
//! once more as it will be left. Where a block begins and ends, and what is put in the place of what was seen, is for
//! the stream.

use super::blocks::{self, Inside};
use super::identifiers::Identifiers;
use super::strings::Strings;
use super::view::View;
use super::words::Seen;
use super::{Hit, Redactor, mark, masked, scan, stamps, terminal};

/// So often at most is looked again at what is left.
const AGAIN: usize = 4;

/// So deep at most are strings within strings looked into.
const DEEPEST: usize = 3;

/// What was seen.
#[derive(Debug)]
pub struct Sight {
    /// Everything that must go, in no order. Values may reach beyond the block.
    pub hits: Vec<Hit>,
    /// What the block has begun, and has not ended.
    pub inside: Inside,
}

/// Looks at a block: the first `length` bytes of `ahead`, which goes on after it as far as a value may reach.
pub fn sight(redactor: &Redactor, ahead: &[u8], length: usize, inside: Inside) -> Sight {
    let text = &ahead[..length];
    let mut hits = Vec::new();
    let inside = look(redactor, text, inside, &mut hits);
    redactor.values.find(ahead, &mut hits);
    // What looks like an escape sequence may be a part of a value, and may stand in the midst of one.
    if let Some(view) = terminal::view(ahead) {
        through(Some(view), ahead, &mut hits, |shown, hits| redactor.values.find(shown, hits));
    }
    again(redactor, text, &mut hits);
    if let Some(identifiers) = &redactor.identifiers {
        names(identifiers, text, &mut hits);
    }
    Sight { hits, inside }
}

/// Looks at a view of a text, where there is one, and moves what is found back to the text.
fn through<T>(
    view: Option<View>,
    text: &[u8],
    hits: &mut Vec<Hit>,
    look: impl FnOnce(&[u8], &mut Vec<Hit>) -> T,
) -> T {
    let Some(view) = view else { return look(text, hits) };
    let from = hits.len();
    let seen = look(&view.text, hits);
    hits[from..].iter_mut().for_each(|hit| view.back(hit));
    seen
}

/// Everything but names and known values, in a text as a machine wrote it.
fn look(redactor: &Redactor, text: &[u8], inside: Inside, hits: &mut Vec<Hit>) -> Inside {
    through(terminal::view(text), text, hits, |shown, hits| {
        through(stamps::view(shown), shown, hits, |lines, hits| {
            let from = hits.len();
            let seen = scan::words(lines);
            let inside = several_lines(redactor, lines, &seen, inside, hits);
            in_strings(redactor, lines, &seen, DEEPEST, from, hits);
            inside
        })
    })
}

/// What stands in the strings of a text is a text of its own. What was found in the text itself begins at `from`.
fn in_strings(
    redactor: &Redactor,
    text: &[u8],
    seen: &[Seen],
    deep: usize,
    from: usize,
    hits: &mut Vec<Hit>,
) {
    let Some(strings) = Strings::of(text, seen).filter(|_| deep > 0) else { return };
    let mut place = 0..;
    hits.retain(|hit| place.next().is_some_and(|place| place < from) || !strings.is_within(hit));
    let all = strings.several.into_iter().map(|string| (string, true));
    for (string, has_several) in std::iter::once((strings.single, false)).chain(all) {
        through(Some(string), text, hits, |said, hits| {
            redactor.values.find(said, hits);
            through(terminal::view(said), said, hits, |lines, hits| {
                let (from, seen) = (hits.len(), scan::words(lines));
                if has_several {
                    several_lines(redactor, lines, &seen, Inside::Nothing, hits);
                } else {
                    single_lines(redactor, lines, &seen, hits);
                }
                in_strings(redactor, lines, &seen, deep - 1, from, hits);
            });
        });
    }
}

/// What stands under keys, in well-known places, has a shape of its own or takes several lines.
fn several_lines(
    redactor: &Redactor,
    text: &[u8],
    seen: &[Seen],
    inside: Inside,
    hits: &mut Vec<Hit>,
) -> Inside {
    let (mut opened, mut found) = (Vec::new(), Vec::new());
    scan::find(text, seen, &|value| redactor.values.is_weak(value), &mut found, &mut opened);
    let inside = blocks::find(text, inside, &mut opened, &mut found);
    add(text, found, hits);
    inside
}

/// The same in lines of which none goes on with another.
fn single_lines(redactor: &Redactor, text: &[u8], seen: &[Seen], hits: &mut Vec<Hit>) {
    let mut found = Vec::new();
    scan::find(text, seen, &|value| redactor.values.is_weak(value), &mut found, &mut Vec::new());
    add(text, found, hits);
}

/// What was redacted before stays as it is, and so does what has some of that in it: it was judged then.
fn add(text: &[u8], found: Vec<Hit>, hits: &mut Vec<Hit>) {
    hits.extend(
        found.into_iter().filter(|hit| hit.start < hit.end && !mark::is_in(text, hit.start, hit.end)),
    );
}

/// Looks again at the lines in which something goes, as they will be left, until nothing more is found: a text that
/// was redacted is then left as it is.
fn again(redactor: &Redactor, text: &[u8], hits: &mut Vec<Hit>) {
    for _ in 0..AGAIN {
        let from = hits.len();
        let left = masked::lines(text, hits);
        through(Some(left), text, hits, |lines, hits| {
            through(terminal::view(lines), lines, hits, |shown, hits| {
                through(stamps::view(shown), shown, hits, |lines, hits| {
                    let (from, seen) = (hits.len(), scan::words(lines));
                    single_lines(redactor, lines, &seen, hits);
                    in_strings(redactor, lines, &seen, DEEPEST, from, hits);
                });
            });
        });
        if hits.len() == from {
            return;
        }
    }
}

/// Finds names in what will be left of a text: what a name is depends on what stands beside it.
fn names(identifiers: &Identifiers, text: &[u8], hits: &mut Vec<Hit>) {
    let left = (!hits.is_empty()).then(|| masked::whole(text, hits));
    through(left, text, hits, |left, hits| {
        through(terminal::view(left), left, hits, |shown, hits| identifiers.find(shown, hits));
    });
}
