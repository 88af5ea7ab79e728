//! The JSON form of a report, and of every other result: one document, pretty-printed, on standard output.

use serde::Serialize;

/// Any result as one JSON document with a final line end.
pub fn render(result: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(result)
        .expect("invariant: results are plain data with text keys, which JSON can always hold");
    text.push('\n');
    text
}
