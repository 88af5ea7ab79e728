//! `tars ops config`: the effective configuration, each value with the place it comes from, secrets masked;
//! or the table of every setting. It reads; files are changed with an editor or by `tars install`.

use serde_json::{Value as Json, json};

use crate::config::schema::KEYS;
use crate::config::{Config, Settings, Value};
use crate::ctx::Ctx;
use crate::failure::Result;
use crate::ui::Paint;

/// What a secret shows of itself.
const MASK: &str = "********";

/// Options of `tars ops config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Describe every setting instead
    #[arg(long)]
    keys: bool,
}

/// Shows the configuration.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    if args.keys {
        let table: Vec<Json> = KEYS
            .iter()
            .map(|key| json!({ "name": key.name, "variable": key.variable(), "kind": key.kind.describe(), "secret": key.secret, "default": key.default, "doc": key.doc }))
            .collect();
        return ctx.ui.result(keys, &json!({ "keys": table }));
    }
    let settings = ctx.settings()?;
    // What can only be judged as a whole is wrong here too, and better said now than at the next start.
    Config::new(&settings)?;
    let table: Vec<Json> = KEYS
        .iter()
        .map(|key| match settings.get(key.name) {
            Some(setting) => {
                let value = match &setting.value {
                    Value::One(text) => json!(text),
                    Value::Many(items) => json!(items),
                    Value::Secret(_) => json!(MASK),
                };
                json!({ "name": key.name, "value": value, "source": setting.source.to_string() })
            }
            None => json!({ "name": key.name, "value": null, "source": null }),
        })
        .collect();
    settings.notes.iter().for_each(|note| ctx.ui.note(note));
    ctx.ui.result(|paint| effective(&settings, paint), &json!({ "settings": table }))
}

fn effective(settings: &Settings, paint: &Paint) -> String {
    let width = KEYS.iter().map(|key| key.name.len()).max().unwrap_or(0);
    let mut out = String::new();
    for key in KEYS {
        let (value, source) = match settings.get(key.name) {
            None => ("(not set)".to_string(), String::new()),
            Some(setting) => {
                let value = match &setting.value {
                    Value::One(text) if text.is_empty() => "(not set)".to_string(),
                    Value::One(text) => text.clone(),
                    Value::Many(items) if items.is_empty() => "(none)".to_string(),
                    Value::Many(items) => items.join(", "),
                    Value::Secret(_) => MASK.to_string(),
                };
                (value, setting.source.to_string())
            }
        };
        out += &format!("{:width$}  {value}  {}\n", key.name, paint.dim(&source));
    }
    out
}

fn keys(paint: &Paint) -> String {
    let mut out = String::new();
    for key in KEYS {
        out += &format!("{}  {}\n", paint.bold(key.name), paint.dim(&key.variable()));
        let default = match (key.secret, key.default) {
            (true, _) => "secret".to_string(),
            (false, "") => "no default".to_string(),
            (false, default) => format!("default `{default}`"),
        };
        out += &format!("  {}; {default}\n  {}\n", key.kind.describe(), key.doc);
    }
    out
}
