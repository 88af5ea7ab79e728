//! Variables in the values of a file. Keys stay as they are, as in Docker Compose. Where the values of variables come
//! from is for the caller to say; what a variable's value holds is never interpolated again.

use std::collections::BTreeSet;

use super::node::{Kind, Node, Place, Tag};
use super::problem::{Problem, Result};

pub mod template;

use template::Fault;

/// Replaces the variables in all values of a tree. A variable without a value becomes an empty text, with one warning
/// for each name. What `!reset` removes is not looked at.
///
/// # Errors
/// Where a `$` begins something that is no variable, or a required variable has no value.
pub fn interpolate(
    tree: &mut Node,
    lookup: &dyn Fn(&str) -> Option<String>,
    warn: &mut dyn FnMut(Problem),
) -> Result<()> {
    Interpolation { lookup, warn, unset: BTreeSet::new(), path: Vec::new() }.node(tree)
}

struct Interpolation<'a> {
    lookup: &'a dyn Fn(&str) -> Option<String>,
    warn: &'a mut dyn FnMut(Problem),
    /// The variables that were warned about.
    unset: BTreeSet<String>,
    /// Where in the tree this is: `services`, `web`, `ports`, `[0]`.
    path: Vec<String>,
}

impl Interpolation<'_> {
    fn node(&mut self, node: &mut Node) -> Result<()> {
        if node.tag == Some(Tag::Reset) {
            return Ok(());
        }
        match &mut node.kind {
            Kind::Str(text) if text.contains('$') => *text = self.text(text, &node.place)?,
            Kind::List(list) => {
                for (index, item) in list.iter_mut().enumerate() {
                    self.below(format!("[{index}]"), item)?;
                }
            }
            Kind::Map(map) => {
                for (key, value) in map.iter_mut() {
                    self.below(key.to_owned(), value)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn below(&mut self, step: String, node: &mut Node) -> Result<()> {
        self.path.push(step);
        self.node(node)?;
        self.path.pop();
        Ok(())
    }

    fn text(&mut self, text: &str, place: &Place) -> Result<String> {
        let mut unset = Vec::new();
        let replaced = template::substitute(text, self.lookup, &mut |name| unset.push(name.to_owned()))
            .map_err(|fault| fault_at(&fault, place, &path_text(&self.path)))?;
        for name in unset {
            if self.unset.insert(name.clone()) {
                let message = format!("the variable `{name}` is not set, an empty text takes its place");
                (self.warn)(Problem::new(place, message).hint(format!("set it, or write `${{{name}:-}}`")));
            }
        }
        Ok(replaced)
    }
}

/// A path as it is written in messages: `services.web.ports[0]`.
pub(super) fn path_text(path: &[String]) -> String {
    path.iter().enumerate().fold(String::new(), |text, (index, step)| {
        let dot = if index == 0 || step.starts_with('[') { "" } else { "." };
        text + dot + step
    })
}

/// What is wrong with a text, and where.
fn fault_at(fault: &Fault, place: &Place, path: &str) -> Problem {
    match fault {
        Fault::Invalid { found, line } => {
            let within = if *line > 1 { format!(" in line {line} of the text") } else { String::new() };
            Problem::new(place, format!("`{found}` in `{path}` is not a variable{within}"))
                .hint("write `${NAME}` or `${NAME:-default}` on one line, or `$$` for a dollar sign")
        }
        Fault::Required { name, reason } => {
            let reason = if reason.is_empty() { String::new() } else { format!(": {reason}") };
            Problem::new(place, format!("`{path}` needs the variable `{name}`, which is not set{reason}"))
                .hint(format!("set `{name}` in the environment or in `.env`"))
        }
        Fault::Deep => Problem::new(place, format!("the variables in `{path}` nest too deep")),
    }
}

#[cfg(test)]
mod tests;
