//! A problem of a compose file as a person reads it: where it is, what is wrong, the line itself and a caret under the
//! place. It judges nothing.

use crate::failure::Failure;
use crate::stack::compose::{Place, Problem};

/// Longer lines are not shown: they would say nothing.
const LONGEST: usize = 160;

/// The problem as a failure of the command.
pub fn failure(problem: &Problem) -> Failure {
    let shown =
        std::fs::read_to_string(&problem.place.file).ok().and_then(|text| excerpt(&text, &problem.place));
    let failure = Failure::config(format!("{problem}{}", shown.unwrap_or_default()));
    match &problem.hint {
        Some(hint) => failure.hint(hint),
        None => failure,
    }
}

/// The line of a place with a caret; none where a line says nothing.
fn excerpt(text: &str, place: &Place) -> Option<String> {
    let number = usize::try_from(place.line).ok()?.checked_sub(1)?;
    let line = text.lines().nth(number)?.trim_end();
    let column = usize::try_from(place.column).ok()?.max(1) - 1;
    if line.chars().count() > LONGEST {
        return None;
    }
    let margin = " ".repeat(place.line.to_string().len());
    // A tab is as wide under the line as in it.
    let blanks: String = line.chars().take(column).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
    Some(format!("\n{margin} |\n{} | {line}\n{margin} | {blanks}^", place.line))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn the_caret_stands_under_the_place() {
        let at = |line, column| Place { file: Path::new("compose.yaml").into(), line, column };
        let text = "services:\n\tweb:\n    imag: x\n";
        assert_eq!(excerpt(text, &at(3, 5)).unwrap(), "\n  |\n3 |     imag: x\n  |     ^");
        assert_eq!(excerpt(text, &at(2, 2)).unwrap(), "\n  |\n2 | \tweb:\n  | \t^");
        assert_eq!((excerpt(text, &at(0, 1)), excerpt(text, &at(9, 1))), (None, None));
        assert_eq!(excerpt(&"x".repeat(999), &at(1, 1)), None);
    }
}
