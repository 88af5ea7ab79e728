//! Rows under headings, each column as wide as its widest cell; the last one is as wide as it likes. A column in which
//! nobody has anything to say is left out.

use crate::ui::Paint;

/// The rows as text.
pub fn table(headings: &[&str], rows: &[Vec<String>], paint: &Paint) -> String {
    let said: Vec<usize> =
        (0..headings.len()).filter(|column| rows.iter().any(|row| !row[*column].is_empty())).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| console::measure_text_width(&row[column]));
        cells.chain([console::measure_text_width(headings[column])]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = said.iter().map(|column| width(*column)).collect();
    let line = |cell: &dyn Fn(usize) -> String| {
        let cells = said.iter().zip(&widths).map(|(column, width)| {
            let text = cell(*column);
            let blanks = " ".repeat(width.saturating_sub(console::measure_text_width(&text)));
            format!("{text}{blanks}")
        });
        format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
    };
    let mut text = line(&|column| paint.bold(headings[column]));
    text.extend(rows.iter().map(|row| line(&|column| row[column].clone())));
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ui::{Format, Ui};

    #[test]
    fn columns_are_aligned_and_empty_ones_are_left_out() {
        let row = |cells: &[&str]| cells.iter().map(|cell| (*cell).to_string()).collect::<Vec<_>>();
        let rows = [row(&["web", "", "running"]), row(&["größer", "", "exited"])];
        let text = table(&["SERVICE", "HEALTH", "STATE"], &rows, &Ui::new(Format::Text).paint());
        insta::assert_snapshot!(console::strip_ansi_codes(&text), @r"
        SERVICE  STATE
        web      running
        größer   exited
        ");
    }
}
