//! The newest part of a log that can only be read forwards, from its last so many lines: which number of lines fits
//! the cap is found out by reading and counting. Nothing is kept but the beginning of a small log.

use std::io::Read;

use super::FileSink;
use super::files::{after_key, pour, why};
use crate::config::value::show_count;

/// A line with its time is hardly shorter, so that as many of them as fit the cap are never too few.
const SHORT: u64 = 40;
/// How often it is counted; lines of like length need two.
const TRIES: usize = 6;
/// A log that is no larger is read once.
const SMALL: usize = 1 << 20;

/// What was counted.
struct Seen {
    bytes: u64,
    lines: u64,
    /// It came to its end before the cap.
    ended: bool,
    /// All of it, where it is small.
    text: Vec<u8>,
}

/// Writes as much of the end of a log as fits the cap. `open` gives its last lines, or all of it where no number is
/// asked for; without a cap, all of it is written. Says how many bytes were written.
pub fn newest<R: Read>(
    cap: Option<u64>,
    to: &mut dyn FileSink,
    mut open: impl FnMut(Option<u64>) -> Result<R, String>,
) -> Result<u64, String> {
    let mut opened = |lines: Option<u64>, to: &mut dyn FileSink| match open(lines) {
        Ok(reader) => Some(reader),
        Err(why) => {
            to.incomplete(&why);
            None
        }
    };
    let Some(cap) = cap else {
        let Some(reader) = opened(None, to) else { return Ok(0) };
        return pour(&mut after_key(reader), u64::MAX, to);
    };
    let mut lines = (cap / SHORT).max(1);
    for _ in 0..TRIES {
        let Some(reader) = opened(Some(lines), to) else { return Ok(0) };
        let seen = match count(reader, cap) {
            Ok(seen) => seen,
            Err(error) => {
                to.incomplete(&format!("reading broke off: {}", why(&error)));
                return Ok(0);
            }
        };
        if !seen.ended {
            // The oldest lines say how many fit; a tenth is for newer ones that are longer.
            let fit = seen.lines.saturating_mul(cap) / seen.bytes.max(1);
            lines = (fit.min(lines - 1) * 9 / 10).max(1);
            continue;
        }
        if seen.lines >= lines {
            to.incomplete(&format!("only its newest {}", show_count(lines, "line")));
        }
        if seen.text.len() as u64 == seen.bytes {
            return pour(&mut after_key(&seen.text[..]), cap, to);
        }
        let Some(reader) = opened(Some(lines), to) else { return Ok(0) };
        return pour(&mut after_key(reader), cap, to);
    }
    to.incomplete(&format!("its newest lines do not fit in {cap} bytes"));
    Ok(0)
}

fn count(mut from: impl Read, cap: u64) -> std::io::Result<Seen> {
    let mut seen = Seen { bytes: 0, lines: 0, ended: false, text: Vec::new() };
    let mut piece = vec![0; 64 << 10];
    while seen.bytes <= cap {
        match from.read(&mut piece) {
            Ok(0) => {
                seen.ended = true;
                break;
            }
            Ok(read) => {
                seen.bytes += read as u64;
                seen.lines += memchr::memchr_iter(b'\n', &piece[..read]).count() as u64;
                if seen.text.len() + read <= SMALL {
                    seen.text.extend_from_slice(&piece[..read]);
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    seen.ended &= seen.bytes <= cap;
    Ok(seen)
}

#[cfg(test)]
mod tests {
    use super::super::Sink;
    use super::super::testing::Archive;
    use super::*;
    use proptest::prelude::*;

    fn tail(log: &[String], lines: Option<u64>) -> Vec<u8> {
        let lines = lines.map_or(log.len(), |lines| usize::try_from(lines).unwrap());
        log[log.len().saturating_sub(lines)..].concat().into_bytes()
    }

    fn written(log: &[String], cap: Option<u64>) -> (String, usize) {
        let archive = Archive::default();
        newest(cap, &mut *archive.file("log"), |lines| Ok(std::io::Cursor::new(tail(log, lines)))).unwrap();
        (archive.text("log"), archive.notes("log").len())
    }

    proptest! {
        #[test]
        fn it_is_the_end_of_the_log_and_fits(lengths in prop::collection::vec(40_usize..400, 0..300), cap in 4000_u64..40_000) {
            let log: Vec<String> = lengths.iter().enumerate().map(|(n, len)| format!("{n:0len$}\n")).collect();
            let whole = log.concat();
            let (text, notes) = written(&log, Some(cap));
            prop_assert!(whole.ends_with(&text) && text.len() as u64 <= cap);
            prop_assert_eq!(notes == 0, text == whole, "{} of {} bytes", text.len(), whole.len());
            prop_assert!(text == whole || text.len() as u64 * 10 >= cap, "{} bytes of {}", text.len(), cap);
            prop_assert_eq!(written(&log, None).0, whole);
        }
    }

    #[test]
    fn large_logs_and_enormous_lines() {
        let log: Vec<String> =
            (0..200_000).map(|n| format!("a line with some words in it {n:08}\n")).collect();
        let (text, notes) = written(&log, Some(3 << 20));
        assert!(
            text.len() > 2 << 20 && text.ends_with("00199999\n") && text.starts_with("a line") && notes == 1
        );
        let enormous = vec!["x".repeat(100_000) + "\n"; 3];
        assert_eq!(written(&enormous, Some(1000)), (String::new(), 1));
    }

    #[test]
    fn a_log_that_cannot_be_read_says_why() {
        let archive = Archive::default();
        let open = |_| Err::<std::io::Empty, _>("no such log".to_string());
        newest(Some(10), &mut *archive.file("log"), open).unwrap();
        assert_eq!(archive.notes("log"), ["no such log"]);
    }
}
