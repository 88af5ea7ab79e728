//! The settings files as they are written: new ones from the templates, existing ones edited so that comments,
//! order and other people's lines stay. It makes texts and writes nothing; reading them is `toml.rs`'s
//! and [`super::env_file`]'s.

use toml_edit::{Array, DocumentMut, Item, Table, value};

use super::schema;
use crate::failure::{Failure, Result};

/// A new `tars.toml`.
pub const TOML: &str = include_str!("../../templates/tars.toml");

/// A new `tars.env`, before there is a secret in it.
pub const ENV: &str =
    "# The secrets of tars: `NAME=value` lines. Nobody but their owner may read this file.\n";

/// A key and the items that it is to have.
pub type Change<'a> = (&'static str, &'a [String]);

/// `tars.toml` with these settings: the template where there is none yet.
pub fn toml<'a>(current: Option<&str>, changes: impl IntoIterator<Item = Change<'a>>) -> Result<String> {
    let text = current.unwrap_or(TOML);
    let mut document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| {
        Failure::config("cannot edit `tars.toml`")
            .because(&error)
            .hint("put it right by hand, then run the command again")
    })?;
    let mut changed = false;
    for (name, items) in changes {
        let (section, key) = name.split_once('.').expect("invariant: every key is `section.key`");
        let is_list = schema::find(name).is_some_and(|key| key.kind.is_list());
        let item = if is_list { value(array(items)) } else { value(items.join("")) };
        let table = document.entry(section).or_insert_with(|| Item::Table(Table::new()));
        let table = table
            .as_table_like_mut()
            .ok_or_else(|| Failure::config(format!("`{section}` in `tars.toml` is no section")))?;
        match (table.get_mut(key), item) {
            (Some(Item::Value(old)), Item::Value(mut new)) => {
                // The comment at the end of the line belongs to the setting, not to its old value.
                *new.decor_mut() = old.decor().clone();
                *old = new;
            }
            (_, item) => drop(table.insert(key, item)),
        }
        changed = true;
    }
    Ok(if changed { document.to_string() } else { text.to_string() })
}

/// One directory a line where there are several: that is how people edit it.
fn array(items: &[String]) -> Array {
    let mut array: Array = items.iter().collect();
    if items.len() > 1 {
        array.iter_mut().for_each(|item| item.decor_mut().set_prefix("\n    "));
        array.set_trailing("\n");
        array.set_trailing_comma(true);
    }
    array
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::paths::Home;
    use crate::config::{Settings, Source};

    #[test]
    fn the_template_is_valid_and_says_the_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::under(dir.path());
        std::fs::create_dir_all(&home.config).unwrap();
        // With every commented line in force, each value must be the default of its key.
        let in_force: String = TOML
            .lines()
            .map(|line| {
                line.strip_prefix("# ")
                    .filter(|rest| rest.split_once(" = ").is_some_and(|(k, _)| !k.contains(' ')))
                    .unwrap_or(line)
            })
            .map(|line| format!("{line}\n"))
            .collect();
        let load = |text: &str| {
            std::fs::write(home.toml(), text).unwrap();
            Settings::load(&home, &Vec::new(), []).unwrap()
        };
        let (written, defaults) = (load(&in_force), load(""));
        for key in schema::KEYS.iter().filter(|key| !key.secret) {
            let value = |settings: &Settings| format!("{:?}", settings.get(key.name).unwrap().value);
            assert_eq!(value(&written), value(&defaults), "{}", key.name);
            // A setting without a default stands there as an empty text, which sets nothing.
            let stands = matches!(written.get(key.name).unwrap().source, Source::File { .. })
                || (key.default.is_empty()
                    && in_force.contains(&format!("\n{} = \"\"\n", key.name.split_once('.').unwrap().1)));
            assert!(stands, "{} is missing from templates/tars.toml", key.name);
        }
    }

    #[test]
    fn an_edit_keeps_comments_and_order() {
        let text = "# mine\n[documents] # here\npaths = ['/a'] # and here\nmax_file = '1 GiB'\n";
        let owned = |items: &[&str]| items.iter().map(ToString::to_string).collect::<Vec<_>>();
        let (paths, log) = (owned(&["/a", "/b \"c\""]), owned(&["warn"]));
        let edited = toml(Some(text), [("documents.paths", &paths[..]), ("server.log", &log[..])]).unwrap();
        insta::assert_snapshot!(edited, @r#"
        # mine
        [documents] # here
        paths = [
            "/a",
            '/b "c"',
        ] # and here
        max_file = '1 GiB'

        [server]
        log = "warn"
        "#);
        assert_eq!(toml(Some(text), []).unwrap(), text);
        assert!(toml(Some("server = 1"), [("server.log", &log[..])]).is_err());
    }
}
