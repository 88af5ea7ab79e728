//! The log of a container as the engine sends it, taken apart into entries: frames with a time before each message. A
//! line of any length comes in pieces, so that none is ever held as a whole; bytes stay as they are.

use jiff::Timestamp;

use crate::ui::Stream;

/// No piece is longer. The engine itself cuts longer lines into smaller pieces than this.
const PIECE: usize = 64 << 10;

/// The engine cuts what a terminal gets into messages of this size.
const MESSAGE: usize = 16 << 10;

/// A line, or a piece of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// When the container wrote it.
    pub at: Timestamp,
    /// Where it wrote it.
    pub from: Stream,
    /// What it wrote, with the end of the line where that is reached.
    pub text: Vec<u8>,
    /// It is the beginning of a line.
    pub begins: bool,
}

impl Entry {
    /// The line ends with it.
    #[must_use]
    pub fn ends(&self) -> bool {
        self.text.ends_with(b"\n")
    }
}

/// Takes a log apart.
#[derive(Debug)]
pub struct Parser {
    /// The container has a terminal: there are no frames, and nobody knows who wrote where.
    terminal: bool,
    buffer: Vec<u8>,
    used: usize,
    /// How much of a long frame is still to come, and to which stream it belongs.
    rest: (Stream, usize),
    out: Line,
    err: Line,
}

/// The line that a stream is in.
#[derive(Debug, Clone, Copy, Default)]
struct Line {
    at: Timestamp,
    open: bool,
}

impl Parser {
    /// For the log of a container with a terminal, or without.
    #[must_use]
    pub fn new(terminal: bool) -> Self {
        let rest = (Stream::Out, 0);
        Self { terminal, buffer: Vec::new(), used: 0, rest, out: Line::default(), err: Line::default() }
    }

    /// Takes what has arrived.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.used);
        self.used = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next entry, where all of it has arrived.
    pub fn next(&mut self) -> Option<Entry> {
        if self.terminal { self.next_of_terminal(false) } else { self.next_of_frames() }
    }

    /// What is left where nothing more will arrive.
    pub fn finish(&mut self) -> Option<Entry> {
        if self.terminal { self.next_of_terminal(true) } else { None }
    }

    fn next_of_frames(&mut self) -> Option<Entry> {
        const HEADER: usize = 8;
        let waiting = &self.buffer[self.used..];
        if self.rest.1 > 0 {
            let (from, rest) = self.rest;
            let taken = rest.min(waiting.len()).min(PIECE);
            if taken == 0 {
                return None;
            }
            self.rest.1 -= taken;
            return Some(self.entry(from, taken, false));
        }
        let header = waiting.first_chunk::<HEADER>()?;
        let [stream, _, _, _, length @ ..] = *header;
        let length = u32::from_be_bytes(length) as usize;
        let first = length.min(PIECE);
        if waiting.len() < HEADER + first {
            return None;
        }
        let from = if stream <= 1 { Stream::Out } else { Stream::Err };
        self.rest = (from, length - first);
        self.used += HEADER;
        Some(self.entry(from, first, true))
    }

    fn next_of_terminal(&mut self, all: bool) -> Option<Entry> {
        let waiting = &self.buffer[self.used..];
        // Every message has a time before it, and a line that is longer than a message has several.
        let stamp = waiting.len() - split(waiting).1.len();
        let within = &waiting[..waiting.len().min(stamp + MESSAGE)];
        let taken = match memchr::memchr(b'\n', within) {
            Some(end) => end + 1,
            None if within.len() == stamp + MESSAGE || (all && !waiting.is_empty()) => within.len(),
            None => return None,
        };
        Some(self.entry(Stream::Out, taken, true))
    }

    /// An entry out of the next bytes; `stamped`: a time stands before them.
    fn entry(&mut self, from: Stream, length: usize, stamped: bool) -> Entry {
        let bytes = &self.buffer[self.used..self.used + length];
        self.used += length;
        let line = if from == Stream::Out { &mut self.out } else { &mut self.err };
        let (at, text) = if stamped { split(bytes) } else { (None, bytes) };
        let begins = !line.open;
        // The pieces of a line belong together, whatever time the engine gives each.
        if begins {
            line.at = at.unwrap_or(line.at);
        }
        line.open = !text.ends_with(b"\n");
        Entry { at: line.at, from, text: text.to_vec(), begins }
    }
}

/// The time before a message; the whole message where there is none.
fn split(message: &[u8]) -> (Option<Timestamp>, &[u8]) {
    const LONGEST: usize = 40;
    let stamp = memchr::memchr(b' ', &message[..message.len().min(LONGEST)]).and_then(|space| {
        let at = std::str::from_utf8(&message[..space]).ok()?.parse().ok()?;
        Some((at, &message[space + 1..]))
    });
    stamp.map_or((None, message), |(at, text)| (Some(at), text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frame(stream: u8, text: &[u8]) -> Vec<u8> {
        let length = u32::try_from(text.len()).unwrap().to_be_bytes();
        [&[stream, 0, 0, 0], length.as_slice(), text].concat()
    }

    /// All entries where the bytes arrive in pieces of this size.
    fn entries(terminal: bool, bytes: &[u8], size: usize) -> Vec<Entry> {
        let mut parser = Parser::new(terminal);
        let mut found = Vec::new();
        for piece in bytes.chunks(size) {
            parser.push(piece);
            while let Some(entry) = parser.next() {
                found.push(entry);
            }
            assert!(parser.buffer.len() - parser.used <= PIECE + 8 + size, "memory is bounded");
        }
        found.extend(parser.finish());
        found
    }

    fn shown(entries: &[Entry]) -> Vec<(i64, Stream, String, bool)> {
        entries
            .iter()
            .map(|entry| {
                let text = String::from_utf8_lossy(&entry.text).into_owned();
                (entry.at.as_second(), entry.from, text, entry.begins)
            })
            .collect()
    }

    #[test]
    fn frames_have_a_time_and_a_stream() {
        let bytes = [
            frame(1, b"1970-01-01T00:00:01.000000000Z one\n"),
            frame(2, b"1970-01-01T00:00:02.000000000Z two, "),
            frame(1, b"1970-01-01T00:00:03.000000000Z three\n"),
            frame(2, b"1970-01-01T00:00:02.000000000Z still two\n"),
            frame(1, b"no time\n"),
        ]
        .concat();
        let expected = [
            (1, Stream::Out, "one\n".to_string(), true),
            (2, Stream::Err, "two, ".to_string(), true),
            (3, Stream::Out, "three\n".to_string(), true),
            (2, Stream::Err, "still two\n".to_string(), false),
            (3, Stream::Out, "no time\n".to_string(), true),
        ];
        assert_eq!(shown(&entries(false, &bytes, 1)), expected);
        assert_eq!(shown(&entries(false, &bytes, 999)), expected);
    }

    #[test]
    fn a_terminal_has_neither_and_a_line_without_an_end_comes_in_pieces() {
        let long = "x".repeat(MESSAGE);
        let piece = format!("1970-01-01T00:00:02Z {long}");
        let bytes = format!("1970-01-01T00:00:01Z one\r\n{piece}{piece}1970-01-01T00:00:03Z end");
        let found = entries(true, bytes.as_bytes(), 1000);
        assert_eq!(shown(&found[..1]), [(1, Stream::Out, "one\r\n".to_string(), true)]);
        let rest: Vec<u8> = found[1..].iter().flat_map(|entry| entry.text.clone()).collect();
        assert_eq!(rest, format!("{long}{long}end").as_bytes());
        assert!(found[2..].iter().all(|entry| !entry.begins && entry.at.as_second() == 2));
    }

    proptest! {
        #[test]
        fn nothing_is_lost_however_it_arrives(
            messages in prop::collection::vec((1_u8..=2, prop::collection::vec(any::<u8>(), 0..200_000)), 1..4),
            size in 1_usize..70_000,
        ) {
            let stamped = |text: &[u8]| [b"1970-01-01T00:00:01Z ".as_slice(), text].concat();
            let bytes: Vec<u8> = messages.iter().flat_map(|(to, text)| frame(*to, &stamped(text))).collect();
            let found = entries(false, &bytes, size);
            for (number, stream) in [(1, Stream::Out), (2, Stream::Err)] {
                let sent: Vec<u8> =
                    messages.iter().filter(|(to, _)| *to == number).flat_map(|(_, text)| text.clone()).collect();
                let got: Vec<u8> =
                    found.iter().filter(|entry| entry.from == stream).flat_map(|entry| entry.text.clone()).collect();
                prop_assert_eq!(sent, got);
            }
        }
    }
}
