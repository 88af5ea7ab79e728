use super::*;
use std::fs;

/// A directory with files in it; a name that ends with `/` is a directory.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        if name.ends_with('/') {
            fs::create_dir_all(path).unwrap();
        } else {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
    }
    folder
}

fn from(folder: &tempfile::TempDir, directory: &str, environment: &[(&str, &str)]) -> Options {
    Options {
        working_directory: absolute(folder.path(), Path::new(directory)),
        environment: environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..Options::default()
    }
}

/// The files that were found, from the folder on.
fn found(folder: &tempfile::TempDir, options: &Options) -> std::result::Result<String, String> {
    let found = discover(options, &mut |_| {}).map_err(|problem| problem.message)?;
    let names =
        found.files.iter().map(|file| file.strip_prefix(folder.path()).unwrap_or(file).display().to_string());
    Ok(names.collect::<Vec<_>>().join(" "))
}

#[test]
fn files_are_looked_up_by_their_names() {
    let rows: [(&[&str], &str, &str); 9] = [
        (&["compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml"], "", "compose.yaml"),
        (&["compose.yml", "docker-compose.yml"], "", "compose.yml"),
        (&["docker-compose.yaml", "docker-compose.yml"], "", "docker-compose.yml"),
        (&["docker-compose.yaml"], "", "docker-compose.yaml"),
        (&["compose.yaml", "compose.override.yaml"], "", "compose.yaml compose.override.yaml"),
        (
            &["compose.yaml", "docker-compose.override.yml", "compose.override.yml"],
            "",
            "compose.yaml compose.override.yml",
        ),
        (
            &["docker-compose.yml", "docker-compose.override.yml"],
            "",
            "docker-compose.yml docker-compose.override.yml",
        ),
        (
            &["x/compose.yaml", "x/compose.override.yml", "x/y/z/"],
            "x/y/z",
            "x/compose.yaml x/compose.override.yml",
        ),
        (&["compose.yaml", "x/docker-compose.yml"], "x", "x/docker-compose.yml"),
    ];
    for (files, directory, expected) in rows {
        let folder = folder(&files.iter().map(|name| (*name, "")).collect::<Vec<_>>());
        assert_eq!(
            found(&folder, &from(&folder, directory, &[])).as_deref(),
            Ok(expected),
            "{files:?} in `{directory}`"
        );
    }
}

#[test]
fn several_names_are_a_warning() {
    let folder = folder(&[("compose.yaml", ""), ("docker-compose.yml", "")]);
    let mut warnings = Vec::new();
    discover(&from(&folder, "", &[]), &mut |warning| warnings.push(warning.message)).unwrap();
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].contains("docker-compose.yml"), "{warnings:?}");
}

#[test]
fn files_may_be_named() {
    let folder = folder(&[("a.yml", ""), ("s/b.yml", ""), ("compose.yaml", "")]);
    let mut options = from(&folder, "s", &[("COMPOSE_FILE", "nope")]);
    options.files = ["../a.yml", "-", "b.yml"].map(PathBuf::from).to_vec();
    let found = discover(&options, &mut |_| {}).unwrap();
    assert_eq!(found.files, [folder.path().join("a.yml"), "-".into(), folder.path().join("s/b.yml")]);
    assert_eq!(found.directory, folder.path());
    options.files = vec!["-".into()];
    assert_eq!(discover(&options, &mut |_| {}).unwrap().directory, folder.path().join("s"));
    options.directory = Some("../q/./t".into());
    assert_eq!(discover(&options, &mut |_| {}).unwrap().directory, folder.path().join("q/t"));
}

#[test]
fn the_environment_may_name_files() {
    let folder =
        folder(&[("a.yml", ""), ("s/b.yml", ""), ("compose.yaml", ""), ("e/.env", "COMPOSE_FILE=../a.yml")]);
    type Row<'a> = (&'a str, &'a [(&'a str, &'a str)], std::result::Result<&'a str, &'a str>);
    let rows: [Row; 5] = [
        ("", &[("COMPOSE_FILE", "a.yml:s/b.yml")], Ok("a.yml s/b.yml")),
        ("", &[("COMPOSE_FILE", "s/b.yml,a.yml"), ("COMPOSE_PATH_SEPARATOR", ",")], Ok("s/b.yml a.yml")),
        ("", &[("COMPOSE_FILE", "-")], Ok("-")),
        ("e", &[], Ok("a.yml")),
        ("e", &[("COMPOSE_DISABLE_ENV_FILE", "true")], Ok("compose.yaml")),
    ];
    for (directory, environment, expected) in rows {
        let options = from(&folder, directory, environment);
        assert_eq!(
            found(&folder, &options),
            expected.map(str::to_owned).map_err(str::to_owned),
            "{environment:?}"
        );
    }
    let missing = found(&folder, &from(&folder, "", &[("COMPOSE_FILE", "gone.yml")])).unwrap_err();
    assert!(missing.starts_with("`COMPOSE_FILE` names `"), "{missing}");
}

#[test]
fn no_file_is_an_error() {
    let folder = folder(&[("other.yml", "")]);
    let message = found(&folder, &from(&folder, "", &[])).unwrap_err();
    assert!(message.starts_with("there is no compose file in `"), "{message}");
}

#[test]
fn variables_come_from_the_process_then_from_files() {
    let folder = folder(&[
        ("compose.yaml", ""),
        (".env", "V=root\nW=root\nX=root"),
        ("s/compose.yaml", ""),
        ("s/.env", "V=s\nW=s"),
        ("s/t/.env", "V=t"),
        ("a.env", "A=1\nB=a"),
        ("b.env", "B=b${A}\nA=2\nC=$A"),
    ]);
    let variable = |options: &Options, name: &str| {
        discover(options, &mut |_| {}).unwrap().environment.get(name).cloned().unwrap_or_default()
    };
    let mut named = from(&folder, "", &[]);
    named.env_files = vec!["a.env".into(), "b.env".into()];
    let rows = [
        (from(&folder, "", &[]), "V", "root"),
        (from(&folder, "", &[("V", "own")]), "V", "own"),
        (from(&folder, "s", &[]), "X", ""),
        (from(&folder, "s/t", &[]), "V", "t"),
        (from(&folder, "s/t", &[]), "W", "s"),
        (from(&folder, "", &[("COMPOSE_DISABLE_ENV_FILE", "1")]), "V", ""),
        (from(&folder, "", &[("COMPOSE_ENV_FILES", "a.env,b.env")]), "B", "b1"),
        (named.clone(), "B", "b1"),
        (named.clone(), "A", "2"),
        (named.clone(), "C", "2"),
        (named, "V", ""),
        (Options { files: vec!["s/compose.yaml".into()], ..from(&folder, "", &[]) }, "V", "s"),
    ];
    for (options, name, expected) in rows {
        assert_eq!(variable(&options, name), expected, "{name}: {options:?}");
    }
    let mut missing = from(&folder, "", &[]);
    missing.env_files = vec!["gone.env".into()];
    assert!(
        discover(&missing, &mut |_| {}).unwrap_err().message.starts_with("there is no file with variables `")
    );
    let unclear = from(&folder, "", &[("COMPOSE_DISABLE_ENV_FILE", "maybe")]);
    assert_eq!(discover(&unclear, &mut |_| {}).unwrap_err().message, "`COMPOSE_DISABLE_ENV_FILE` is `maybe`");
}

#[test]
fn a_project_is_called() {
    type Text<'a> = Option<&'a str>;
    type Row<'a> = (Text<'a>, Text<'a>, Text<'a>, &'a str, std::result::Result<&'a str, &'a str>);
    let rows: [Row; 11] = [
        (None, None, None, "/x/My Dir.1", Ok("mydir1")),
        (None, None, Some("Foo!"), "/x/y", Ok("foo")),
        (None, None, Some(""), "/x/y", Ok("y")),
        (None, None, Some("!!"), "/x/y", Ok("y")),
        (None, Some("bar"), Some("foo"), "/x/y", Ok("bar")),
        (Some("qq"), Some("bar"), Some("foo"), "/x/y", Ok("qq")),
        (Some(""), Some(""), None, "/x/_-y_-", Ok("y_-")),
        (
            None,
            Some("Bar"),
            None,
            "/x/y",
            Err("`Bar` is no project name: only lower case letters, digits, `-` and `_`"),
        ),
        (
            Some("-q"),
            None,
            None,
            "/x/y",
            Err("`-q` is no project name: only lower case letters, digits, `-` and `_`"),
        ),
        (None, None, None, "/", Err("the project has no name")),
        (None, None, None, "/x/!!", Err("the project has no name")),
    ];
    for (said, variable, file, directory, expected) in rows {
        let options = Options { project_name: said.map(Into::into), ..Options::default() };
        let mut environment = Environment::new();
        environment.extend(variable.map(|name| ("COMPOSE_PROJECT_NAME".into(), name.into())));
        let found =
            Found { files: Vec::new(), directory: directory.into(), env_files: Vec::new(), environment };
        let name = project_name(&options, &found, file).map_err(|problem| problem.message);
        assert_eq!(
            name,
            expected.map(str::to_owned).map_err(str::to_owned),
            "{said:?} {variable:?} {file:?} {directory}"
        );
    }
}

#[test]
fn profiles_are_said_or_listed() {
    let listed = Environment::from([("COMPOSE_PROFILES".into(), "a, b,,".into())]);
    assert_eq!(profiles(&Options::default(), &listed), ["a", "b"]);
    assert_eq!(profiles(&Options { profiles: vec!["c".into()], ..Options::default() }, &listed), ["c"]);
    assert!(profiles(&Options::default(), &Environment::new()).is_empty());
}
