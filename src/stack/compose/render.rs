//! A resolved tree as `docker compose config` prints it, as JSON or as YAML: in the order of the tables of
//! [`canonical`](super::canonical), without what is empty, and with each `$` doubled, so that what is printed can be read
//! again.

mod print;
mod yaml;

use serde_json::{Number, Value};

use self::print::Format;
pub(in crate::stack) use self::print::{Printed, entry};
use super::Node;

/// A tree as `config --format json` prints it. Extensions are shown at the top only, and models not at all, as there.
#[must_use]
pub fn json(tree: &Node) -> Value {
    value(print::project(tree, Format::Json).doubled())
}

/// A tree as `config --format yaml` prints it.
#[must_use]
pub fn yaml(tree: &Node) -> String {
    yaml::text(&print::project(tree, Format::Yaml).doubled())
}

fn value(printed: Printed) -> Value {
    match printed {
        Printed::Null => Value::Null,
        Printed::Bool(yes) => Value::Bool(yes),
        Printed::Int(number) => match (i64::try_from(number), u64::try_from(number)) {
            (Ok(number), _) => Value::Number(number.into()),
            (_, Ok(number)) => Value::Number(number.into()),
            _ => float(number as f64),
        },
        Printed::Float(number) => float(number),
        Printed::Text(text) => Value::String(text),
        Printed::List(list) => Value::Array(list.into_iter().map(value).collect()),
        Printed::Map(map) => Value::Object(map.into_iter().map(|(key, item)| (key, value(item))).collect()),
    }
}

/// A float without a fraction is printed like a whole number; JSON has no infinity.
fn float(number: f64) -> Value {
    if number.fract() == 0.0 && number.abs() < 1e15 {
        return Value::Number((number as i64).into());
    }
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

#[cfg(test)]
mod tests;
