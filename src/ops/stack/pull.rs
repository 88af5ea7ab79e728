//! `tars ops pull`: the images of the services of a stack, as their registries have them now. Nothing is restarted.

use std::collections::BTreeMap;

use serde_json::json;

use super::{Stack, select};
use crate::config::value::show_count;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::host::images::{self, Pulled};
use crate::host::registry::SignIns;
use crate::stack::choice::{Choice, Target};
use crate::stack::compose::{Map, Node};

/// Arguments of `tars ops pull`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    choice: Choice,
    /// Only the images of these services
    #[arg(value_name = "SERVICE")]
    services: Vec<String>,
}

/// Pulls them, one after another; all are tried.
pub fn run(ctx: &Ctx, args: &Args) -> Result<()> {
    let stack = Stack::chosen(ctx, &args.choice)?;
    let target = &stack.target;
    if target.project.is_none() {
        return Err(Failure::usage(format!("no file says which images the stack `{}` has", target.name))
            .hint("name its compose file with `-f`"));
    }
    select(target, &[], &args.services)?;
    let wanted = wanted(target, &args.services);
    let sign_ins = SignIns::load(ctx)?;
    let mut failures = Vec::new();
    for (image, platform) in &wanted {
        let progress = ctx.ui.progress(&format!("pulling {image}"));
        let tell = |pulled: &Pulled| {
            progress.message(&format!("pulling {image}: {}", pulled.text));
            let (done, total) = pulled.bytes;
            if total > 0 {
                progress.set(done, total);
            }
        };
        let pulled = ctx.block_on(images::pull(&stack.engine, &sign_ins, image, platform.as_deref(), &tell));
        progress.done();
        match pulled {
            Ok(()) => ctx.ui.note(&format!("pulled {image}")),
            Err(failure) if failure.kind() == crate::failure::Kind::Interrupted => return Err(failure),
            Err(failure) => failures.push(failure),
        }
    }
    if let Some(last) = failures.pop() {
        for failure in failures {
            ctx.ui.note(&failure.to_string());
        }
        return Err(last);
    }
    let images: Vec<&String> = wanted.keys().collect();
    let text = format!("stack `{}`: {} up to date\n", target.name, show_count(images.len(), "image"));
    ctx.ui.result(|_| text, &json!({ "project": target.name, "images": images }))
}

/// The images that a registry has, each once, with the platform that is asked for: those that are built here, or that a
/// service never wants pulled, are none.
fn wanted(target: &Target, services: &[String]) -> BTreeMap<String, Option<String>> {
    let tree = target.project.as_ref().and_then(|project| project.tree.as_map());
    let all = tree.and_then(|tree| tree.get("services")).and_then(Node::as_map);
    let mut wanted = BTreeMap::new();
    for (name, service) in all.into_iter().flat_map(Map::iter) {
        let Some(service) = service.as_map() else { continue };
        let says = |key: &str| service.get(key).and_then(Node::as_str).map(str::to_owned);
        let stays = service.has("build") || matches!(says("pull_policy").as_deref(), Some("never" | "build"));
        if !stays
            && (services.is_empty() || services.iter().any(|asked| asked == name))
            && let Some(image) = says("image")
        {
            wanted.insert(image, says("platform"));
        }
    }
    wanted
}
