//! The `tars.toml` layer: sections of keys, each checked against the table where it stands, so that every
//! problem carries its line and column. It reads; editing with comments kept is [`super::edit`]'s.

use std::path::Path;

use ::toml::Spanned;
use ::toml::de::{DeTable, DeValue};

use super::schema::{KEYS, find, nearest};
use super::{Fault, Problem, Settings, Source, Waiver, position};

/// Puts the values of a `tars.toml` in force and collects what is wrong in it.
pub(super) fn layer(path: &Path, text: &str, settings: &mut Settings, problems: &mut Vec<Problem>) {
    match DeTable::parse(text) {
        Ok(table) => Layer { path, text, settings, problems }.table("", table.get_ref()),
        Err(error) => {
            let at = error.span().map_or(0, |span| span.start);
            problems.push(Problem::in_file(Fault::Syntax, path, text, at, error.message()));
        }
    }
}

struct Layer<'a> {
    path: &'a Path,
    text: &'a str,
    settings: &'a mut Settings,
    problems: &'a mut Vec<Problem>,
}

impl Layer<'_> {
    fn table(&mut self, prefix: &str, table: &DeTable<'_>) {
        for (key, value) in table {
            let name = if prefix.is_empty() {
                key.get_ref().to_string()
            } else {
                format!("{prefix}.{}", key.get_ref())
            };
            match value.get_ref() {
                DeValue::Array(items) if name == "waiver" => {
                    items.iter().for_each(|item| self.waiver(item));
                }
                DeValue::Table(inner) if find(&name).is_none() && is_section(&name) => {
                    self.table(&name, inner);
                }
                _ => self.value(&name, key.span().start, value),
            }
        }
    }

    /// One `[[waiver]]`.
    fn waiver(&mut self, item: &Spanned<DeValue<'_>>) {
        let at = item.span().start;
        let DeValue::Table(table) = item.get_ref() else {
            return self.problem(Fault::Value, at, "a waiver is a table: `[[waiver]]`".into());
        };
        let mut waiver = Waiver { line: position(self.text, at).0, ..Waiver::default() };
        for (key, value) in table {
            let DeValue::String(text) = value.get_ref() else {
                return self.problem(
                    Fault::Value,
                    value.span().start,
                    format!("`{}` takes a text, in quotes", key.get_ref()),
                );
            };
            match key.get_ref().as_ref() {
                "id" => waiver.id = text.to_string(),
                "reason" => waiver.reason = text.to_string(),
                "until" if text.parse::<jiff::civil::Date>().is_err() => {
                    let message = format!("`{text}` is not a day such as `2030-12-31`");
                    return self.problem(Fault::Value, value.span().start, message);
                }
                "until" => waiver.until = text.to_string(),
                other => {
                    let meant = nearest(other, ["id", "reason", "until"]);
                    let meant = meant.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
                    return self.problem(
                        Fault::Unknown,
                        key.span().start,
                        format!("a waiver has no `{other}`{meant}"),
                    );
                }
            }
        }
        for (name, text) in [("id", &waiver.id), ("reason", &waiver.reason), ("until", &waiver.until)] {
            if text.is_empty() {
                return self.problem(Fault::Value, at, format!("this waiver has no `{name}`"));
            }
        }
        self.settings.waivers.push(waiver);
    }

    fn value(&mut self, name: &str, key_at: usize, value: &Spanned<DeValue<'_>>) {
        let Some(key) = find(name) else {
            let meant = nearest(name, KEYS.iter().map(|key| key.name))
                .map(|near| format!("; did you mean `{near}`?"))
                .unwrap_or_default();
            return self.problem(Fault::Unknown, key_at, format!("unknown key `{name}`{meant}"));
        };
        if key.secret {
            let message = format!(
                "`{name}` is a secret: put it into `tars.env` as `{}`, which only its owner can read",
                key.variable()
            );
            return self.problem(Fault::Misplaced, key_at, message);
        }
        let at = value.span().start;
        let items = match (value.get_ref(), key.kind.is_list()) {
            (DeValue::String(text), _) => Ok(vec![text.to_string()]),
            (DeValue::Integer(number), false) => Ok(vec![number.to_string()]),
            (DeValue::Array(items), true) => items
                .iter()
                .map(|item| match item.get_ref() {
                    DeValue::String(text) => Ok(text.to_string()),
                    _ => Err((item.span().start, format!("`{name}` takes a list of texts in quotes"))),
                })
                .collect(),
            _ => Err((at, format!("`{name}` takes a {}, in quotes", key.kind.describe()))),
        };
        match items {
            Ok(items) => {
                let (line, column) = position(self.text, at);
                let source = Source::File { path: self.path.to_path_buf(), line };
                let place = format!("{}:{line}:{column}", self.path.display());
                self.settings.set(key, items, source, &place, self.problems);
            }
            Err((at, message)) => self.problem(Fault::Value, at, message),
        }
    }

    fn problem(&mut self, fault: Fault, at: usize, message: String) {
        self.problems.push(Problem::in_file(fault, self.path, self.text, at, message));
    }
}

fn is_section(name: &str) -> bool {
    KEYS.iter().any(|key| key.name.strip_prefix(name).is_some_and(|rest| rest.starts_with('.')))
}
