use super::*;
use crate::stack::compose::test_tree::parsed;

const PROJECT: &str = r#"{"services": {
    "always": {"depends_on": {"debug": {"required": false}}},
    "debug": {"profiles": ["debug", "dev"]},
    "db": {"profiles": ["data"]},
    "web": {"depends_on": {"always": {"condition": "service_started", "required": true}}},
    "dev": {"profiles": ["dev"]}
}}"#;

fn left(profiles: &[&str], services: &[&str]) -> std::result::Result<String, String> {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let mut tree = parsed(PROJECT);
    let (profiles, services) = (owned(profiles), owned(services));
    apply(&mut tree, &profiles, &services).map_err(|problem| problem.message)?;
    select(&mut tree, &services).map_err(|problem| problem.message)?;
    Ok(section(&tree, "services").unwrap().keys().collect::<Vec<_>>().join(" "))
}

#[test]
fn which_services_are_left() {
    let rows: [(&[&str], &[&str], &str); 10] = [
        (&[], &[], "always web"),
        (&["debug"], &[], "always debug web"),
        (&["dev"], &[], "always debug dev web"),
        (&["data", "debug"], &[], "always db debug web"),
        (&["*"], &[], "always db debug dev web"),
        (&["other"], &[], "always web"),
        (&[], &["web"], "always web"),
        (&[], &["always"], "always"),
        (&[], &["db"], "db"),
        (&["debug"], &["always"], "always debug"),
    ];
    for (profiles, services, expected) in rows {
        assert_eq!(left(profiles, services).as_deref(), Ok(expected), "{profiles:?} {services:?}");
    }
}

#[test]
fn what_was_asked_for_has_to_be_there() {
    assert_eq!(left(&[], &["nope"]), Err("there is no service `nope`".into()));
    let mut tree = parsed(r#"{"services": {"a": {"depends_on": {"gone": {"required": true}}}}}"#);
    assert_eq!(select(&mut tree, &["a".into()]).unwrap_err().message, "there is no service `gone`");
}

#[test]
fn a_dependency_that_was_not_asked_for_goes() {
    let mut tree = parsed(PROJECT);
    apply(&mut tree, &[], &[]).unwrap();
    select(&mut tree, &["always".into()]).unwrap();
    assert_eq!(tree, parsed(r#"{"services": {"always": {}}}"#));
}

#[test]
fn who_is_inactive() {
    let tree = parsed(PROJECT);
    assert_eq!(inactive(&tree, &["debug".into()]), ["db", "dev"].map(str::to_owned).into());
    assert_eq!(inactive(&tree, &["*".into()]), BTreeSet::new());
}
