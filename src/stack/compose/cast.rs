//! Values that are truth values or numbers but were written, or interpolated, as texts: `privileged: "${DEBUG}"`. It
//! knows the few places where Compose reads a text as something else; everywhere else a text stays a text.

use super::interpolate::path_text;
use super::node::{Kind, Node, Tag};
use super::problem::{Problem, Result};

/// What a text becomes.
#[derive(Clone, Copy)]
enum Wanted {
    Flag,
    Whole,
    Number,
    /// A number of single precision.
    Single,
}

/// The places, each with what a text there becomes: `*` is every key of a mapping, `[]` every item of a list.
const PLACES: &[(&str, Wanted)] = &[
    ("services.*.cpu_count", Wanted::Whole),
    ("services.*.cpu_percent", Wanted::Number),
    ("services.*.cpu_period", Wanted::Whole),
    ("services.*.cpu_quota", Wanted::Whole),
    ("services.*.cpu_rt_period", Wanted::Whole),
    ("services.*.cpu_rt_runtime", Wanted::Whole),
    ("services.*.cpu_shares", Wanted::Whole),
    ("services.*.cpus", Wanted::Single),
    ("services.*.depends_on.*.required", Wanted::Flag),
    ("services.*.depends_on.*.restart", Wanted::Flag),
    ("services.*.deploy.placement.max_replicas_per_node", Wanted::Whole),
    ("services.*.deploy.replicas", Wanted::Whole),
    ("services.*.deploy.restart_policy.max_attempts", Wanted::Whole),
    ("services.*.deploy.rollback_config.max_failure_ratio", Wanted::Number),
    ("services.*.deploy.rollback_config.parallelism", Wanted::Whole),
    ("services.*.deploy.update_config.max_failure_ratio", Wanted::Number),
    ("services.*.deploy.update_config.parallelism", Wanted::Whole),
    ("services.*.healthcheck.disable", Wanted::Flag),
    ("services.*.healthcheck.retries", Wanted::Whole),
    ("services.*.init", Wanted::Flag),
    ("services.*.oom_kill_disable", Wanted::Flag),
    ("services.*.oom_score_adj", Wanted::Whole),
    ("services.*.pids_limit", Wanted::Whole),
    ("services.*.ports.[].target", Wanted::Whole),
    ("services.*.privileged", Wanted::Flag),
    ("services.*.read_only", Wanted::Flag),
    ("services.*.scale", Wanted::Whole),
    ("services.*.stdin_open", Wanted::Flag),
    ("services.*.tty", Wanted::Flag),
    ("services.*.ulimits.*", Wanted::Whole),
    ("services.*.ulimits.*.hard", Wanted::Whole),
    ("services.*.ulimits.*.soft", Wanted::Whole),
    ("services.*.volumes.[].read_only", Wanted::Flag),
    ("services.*.volumes.[].volume.nocopy", Wanted::Flag),
    ("networks.*.attachable", Wanted::Flag),
    ("networks.*.enable_ipv4", Wanted::Flag),
    ("networks.*.enable_ipv6", Wanted::Flag),
    ("networks.*.external", Wanted::Flag),
    ("networks.*.internal", Wanted::Flag),
    ("volumes.*.external", Wanted::Flag),
    ("secrets.*.external", Wanted::Flag),
    ("configs.*.external", Wanted::Flag),
];

/// Makes truth values and numbers of the texts that stand where Compose wants one. It belongs behind interpolation and
/// is left out together with it.
///
/// # Errors
/// Where such a text is neither, an empty one included.
pub fn cast(tree: &mut Node) -> Result<()> {
    for (place, wanted) in PLACES {
        let steps: Vec<&str> = place.split('.').collect();
        visit(tree, &steps, *wanted, &mut Vec::new())?;
    }
    Ok(())
}

fn visit(node: &mut Node, steps: &[&str], wanted: Wanted, path: &mut Vec<String>) -> Result<()> {
    if node.tag == Some(Tag::Reset) {
        return Ok(());
    }
    let Some((step, rest)) = steps.split_first() else { return convert(node, wanted, path) };
    match (&mut node.kind, *step) {
        (Kind::Map(map), "*") => {
            for (key, value) in map.iter_mut() {
                path.push(key.to_owned());
                visit(value, rest, wanted, path)?;
                path.pop();
            }
        }
        (Kind::List(list), "[]") => {
            for (index, item) in list.iter_mut().enumerate() {
                path.push(format!("[{index}]"));
                visit(item, rest, wanted, path)?;
                path.pop();
            }
        }
        (Kind::Map(map), key) => {
            if let Some(value) = map.get_mut(key) {
                path.push(key.to_owned());
                visit(value, rest, wanted, path)?;
                path.pop();
            }
        }
        _ => {}
    }
    Ok(())
}

fn convert(node: &mut Node, wanted: Wanted, path: &[String]) -> Result<()> {
    let Kind::Str(text) = &node.kind else { return Ok(()) };
    let kind = match wanted {
        Wanted::Flag => flag(text).map(Kind::Bool),
        Wanted::Whole => text.parse().ok().map(|whole: i64| Kind::Int(whole.into())),
        Wanted::Number => number(text).map(Kind::Float),
        Wanted::Single => single(text).map(Kind::Float),
    };
    node.kind = kind.ok_or_else(|| wrong(node, text, wanted, &path_text(path)))?;
    Ok(())
}

/// A truth value in the words of YAML 1.1.
fn flag(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "yes" | "y" | "on" => Some(true),
        "false" | "no" | "n" | "off" => Some(false),
        _ => None,
    }
}

fn number(text: &str) -> Option<f64> {
    text.parse().ok().filter(|number: &f64| number.is_finite())
}

/// A number rounded to single precision, but with the digits that people expect: 0.1 stays 0.1.
fn single(text: &str) -> Option<f64> {
    let rounded: f32 = text.parse().ok().filter(|number: &f32| number.is_finite())?;
    number(&rounded.to_string())
}

fn wrong(node: &Node, text: &str, wanted: Wanted, path: &str) -> Problem {
    let (what, hint) = match wanted {
        Wanted::Flag => ("a boolean", "write `true` or `false`"),
        Wanted::Whole => ("a whole number", "write it with digits only"),
        Wanted::Number | Wanted::Single => ("a number", "write it like `0.5`"),
    };
    if text.is_empty() {
        return Problem::new(&node.place, format!("`{path}` wants {what}, but is empty"))
            .hint("give the variable a value or a default: `${NAME:-default}`");
    }
    Problem::new(&node.place, format!("`{path}` wants {what}, but is `{text}`")).hint(hint)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::stack::compose::yaml;

    fn casted(text: &str) -> Result<Node> {
        let mut tree = yaml::parse(text, Path::new("compose.yml"))?.remove(0);
        cast(&mut tree).map(|()| tree)
    }

    fn at<'a>(node: &'a Node, path: &str) -> &'a Kind {
        let node = path.split('.').fold(node, |node, step| match &node.kind {
            Kind::List(list) => &list[step.parse::<usize>().unwrap()],
            _ => node.as_map().unwrap().get(step).unwrap(),
        });
        &node.kind
    }

    #[test]
    fn texts_become_what_their_place_wants() {
        let whole = Kind::Int;
        let rows: &[(&str, &str, Kind)] = &[
            ("privileged: 'true'", "privileged", Kind::Bool(true)),
            ("privileged: 'TRUE'", "privileged", Kind::Bool(true)),
            ("privileged: yes", "privileged", Kind::Bool(true)),
            ("privileged: Y", "privileged", Kind::Bool(true)),
            ("privileged: 'ON'", "privileged", Kind::Bool(true)),
            ("tty: off", "tty", Kind::Bool(false)),
            ("init: n", "init", Kind::Bool(false)),
            ("read_only: 'No'", "read_only", Kind::Bool(false)),
            ("stdin_open: true", "stdin_open", Kind::Bool(true)),
            ("pids_limit: '5'", "pids_limit", whole(5)),
            ("pids_limit: '+5'", "pids_limit", whole(5)),
            ("pids_limit: '-1'", "pids_limit", whole(-1)),
            ("pids_limit: '05'", "pids_limit", whole(5)),
            ("pids_limit: 0x10", "pids_limit", whole(16)),
            ("pids_limit: '9223372036854775807'", "pids_limit", whole(i64::MAX.into())),
            ("cpus: '0.5'", "cpus", Kind::Float(0.5)),
            ("cpus: '.5'", "cpus", Kind::Float(0.5)),
            ("cpus: '1e1'", "cpus", Kind::Float(10.0)),
            ("cpus: '5.'", "cpus", Kind::Float(5.0)),
            ("cpus: '0.1'", "cpus", Kind::Float(0.1)),
            ("cpus: '0.123456789'", "cpus", Kind::Float(0.123_456_79)),
            ("cpus: '16777217'", "cpus", Kind::Float(16_777_216.0)),
            ("cpu_percent: '50'", "cpu_percent", Kind::Float(50.0)),
            ("deploy: {replicas: '3'}", "deploy.replicas", whole(3)),
            ("deploy: {update_config: {parallelism: '2'}}", "deploy.update_config.parallelism", whole(2)),
            ("healthcheck: {retries: '4'}", "healthcheck.retries", whole(4)),
            ("ulimits: {nproc: '65535'}", "ulimits.nproc", whole(65535)),
            ("ulimits: {nofile: {soft: '1', hard: '2'}}", "ulimits.nofile.hard", whole(2)),
            ("ports: [{target: '80'}]", "ports.0.target", whole(80)),
            ("ports: [{published: '80', target: 80}]", "ports.0.published", Kind::Str("80".into())),
            ("volumes: [{read_only: 'yes'}]", "volumes.0.read_only", Kind::Bool(true)),
            ("depends_on: {b: {required: 'false'}}", "depends_on.b.required", Kind::Bool(false)),
            ("mem_limit: '50'", "mem_limit", Kind::Str("50".into())),
            ("secrets: [{mode: '0440'}]", "secrets.0.mode", Kind::Str("0440".into())),
            ("privileged: !reset zz", "privileged", Kind::Null),
        ];
        for (written, path, expected) in rows {
            let text = format!("services: {{a: {{{written}}}}}");
            let tree = casted(&text).unwrap_or_else(|problem| panic!("{written}: {problem}"));
            assert_eq!(at(&tree, &format!("services.a.{path}")), expected, "{written}");
        }
    }

    #[test]
    fn other_texts_are_refused_with_their_path() {
        let rows = [
            ("privileged: '1'", "services.a.privileged"),
            ("privileged: ''", "services.a.privileged"),
            ("privileged: ' true'", "services.a.privileged"),
            ("pids_limit: '0x10'", "services.a.pids_limit"),
            ("pids_limit: '5.0'", "services.a.pids_limit"),
            ("pids_limit: ' 5'", "services.a.pids_limit"),
            ("pids_limit: '9223372036854775808'", "services.a.pids_limit"),
            ("cpus: '1e40'", "services.a.cpus"),
            ("cpus: inf", "services.a.cpus"),
            ("cpu_percent: '1e400'", "services.a.cpu_percent"),
            ("ports: [{target: 80}, {target: http}]", "services.a.ports[1].target"),
        ];
        for (written, path) in rows {
            let problem = casted(&format!("services: {{a: {{{written}}}}}")).unwrap_err();
            assert!(problem.message.starts_with(&format!("`{path}` wants")), "{written}: {problem}");
            assert!(problem.hint.is_some() && problem.place.line == 1, "{written}");
        }
    }

    #[test]
    fn resources_outside_of_services_are_cast_too() {
        let tree = casted(
            "networks: {n: {external: 'yes', enable_ipv6: 'off', internal: 'true'}}\nvolumes: {v: {external: on}}",
        )
        .unwrap();
        assert_eq!(at(&tree, "networks.n.external"), &Kind::Bool(true));
        assert_eq!(at(&tree, "networks.n.enable_ipv6"), &Kind::Bool(false));
        assert_eq!(at(&tree, "volumes.v.external"), &Kind::Bool(true));
    }
}
