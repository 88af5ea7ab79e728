//! The layers of `ARCHITECTURE.md`: which module may know which, read from the `use` lines of every source
//! file. The order in `lib.rs` is the table; slices know one another only where it says so here.

use std::fs;
use std::path::{Path, PathBuf};

/// Slices, and the few other slices that each may use.
const SLICES: &[(&str, &[&str])] = &[
    ("serve", &[]),
    ("validate", &[]),
    ("doctor", &[]),
    ("bundle", &["doctor", "validate"]),
    ("up", &[]),
    ("ops", &["validate"]),
    ("install", &["ops", "up", "validate"]),
    ("cli", &["serve", "validate", "doctor", "bundle", "up", "ops", "install"]),
];

/// What a slice must not know although it stands lower: validate and ops are clients, and serve is a server.
const NEVER: &[(&str, &str)] = &[("serve", "plan"), ("validate", "plan"), ("validate", "facts")];

fn sources(directory: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// The modules in their order, from `lib.rs`.
fn order(src: &Path) -> Vec<String> {
    let text = fs::read_to_string(src.join("lib.rs")).unwrap();
    text.lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(String::from)
        .collect()
}

/// Every module of this crate that a file names after `crate::`.
fn named(text: &str) -> Vec<String> {
    let code =
        text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n");
    let mut names = Vec::new();
    for part in code.split("crate::").skip(1) {
        let group = part.strip_prefix('{').and_then(|inner| inner.split('}').next());
        for name in group.unwrap_or(part).split(',').take(if group.is_some() { usize::MAX } else { 1 }) {
            let word = name.trim().chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
            names.push(word);
        }
    }
    names
}

#[test]
fn no_module_knows_one_above_it() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let order = order(&src);
    let place = |name: &str| order.iter().position(|known| known == name);
    let allowed = |from: &str, to: &str| -> bool {
        let slice = |name: &str| SLICES.iter().find(|(slice, _)| *slice == name);
        let below = place(to) < place(from);
        let other_slice = slice(to).is_some();
        let listed = slice(from).is_some_and(|(_, may)| may.contains(&to));
        below && (!other_slice || listed) && !NEVER.contains(&(from, to))
    };
    let mut files = Vec::new();
    sources(&src, &mut files);
    assert!(files.len() > 50 && order.len() > 10, "the sources were not found");
    let mut wrong = Vec::new();
    for file in files {
        let relative = file.strip_prefix(&src).unwrap();
        let from = relative.iter().next().unwrap().to_str().unwrap().trim_end_matches(".rs").to_string();
        if place(&from).is_none() {
            continue;
        }
        for to in named(&fs::read_to_string(&file).unwrap()) {
            if place(&to).is_some() && to != from && !allowed(&from, &to) {
                wrong.push(format!("{} uses {to}", relative.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
