//! Files of variables against what Docker Compose makes of the same texts: rows found by asking it, and properties that
//! hold for every text. `V` is `v` in the environment, nothing else is set.

use proptest::prelude::*;

use super::*;

fn value(name: &str) -> Option<String> {
    (name == "V").then(|| "v".to_owned())
}

type Read = fn(&str, &Path, &dyn Fn(&str) -> Option<String>) -> Result<Variables>;

/// The variables of a text, sorted by name.
fn read(parser: Read, text: &str) -> Result<Vec<(String, String)>> {
    let mut variables: Vec<_> = parser(text, Path::new("some.env"), &value)?
        .into_iter()
        .map(|(name, value)| (name, value.expect("a value")))
        .collect();
    variables.sort();
    Ok(variables)
}

#[track_caller]
fn rows(parser: Read, rows: &[(&str, &[(&str, &str)])]) {
    for (text, expected) in rows {
        let variables = read(parser, text).unwrap_or_else(|problem| panic!("{text:?}: {problem}"));
        let found: Vec<_> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(&found, expected, "{text:?}");
    }
}

#[test]
fn variables_are_read_as_compose_reads_them() {
    let read: &[(&str, &[(&str, &str)])] = &[
        ("A=1", &[("A", "1")]),
        ("A=1\n", &[("A", "1")]),
        ("A = 1\n", &[("A", "1")]),
        (" A=1\n", &[("A", "1")]),
        ("A= 1 \n", &[("A", "1")]),
        ("A=1 # c\n", &[("A", "1")]),
        ("A=1# c\n", &[("A", "1# c")]),
        ("A=#c\n", &[("A", "#c")]),
        ("A= #c\n", &[("A", "#c")]),
        ("A=a #b #c\n", &[("A", "a")]),
        ("# c\nA=1\n", &[("A", "1")]),
        ("\n\nA=1\n\n", &[("A", "1")]),
        ("export A=1\n", &[("A", "1")]),
        ("export  A=1\n", &[("A", "1")]),
        ("export\tA=1\n", &[("A", "1")]),
        ("exportA=1\n", &[("exportA", "1")]),
        ("export=1\n", &[("export", "1")]),
        ("export A\n", &[]),
        ("export\n", &[]),
        ("A: 1\n", &[("A", "1")]),
        ("A : 1\n", &[("A", "1")]),
        ("A:1\n", &[("A", "1")]),
        ("A=a=b\n", &[("A", "a=b")]),
        ("A=a:b\n", &[("A", "a:b")]),
        ("A:b=c\n", &[("A", "b=c")]),
        ("A\n", &[]),
        ("HOMEX\n", &[]),
        ("A\nB=1\n", &[("B", "1")]),
        ("V\n", &[("V", "v")]),
        ("V\nB=2\n", &[("B", "2"), ("V", "v")]),
        ("A=\n", &[("A", "")]),
        ("A=", &[("A", "")]),
        ("A=''\n", &[("A", "")]),
        ("A=\"\"\n", &[("A", "")]),
        ("A='a b'\n", &[("A", "a b")]),
        ("A=\"a b\"\n", &[("A", "a b")]),
        ("A='a'b\n", &[("A", "a")]),
        ("A='a' # c\n", &[("A", "a")]),
        ("A=\"a\" # c\n", &[("A", "a")]),
        ("A=\"a\"b\n", &[("A", "a")]),
        ("A='a\nb'\n", &[("A", "a\nb")]),
        ("A=\"a\nb\"\nB=1\n", &[("A", "a\nb"), ("B", "1")]),
        ("A='a\\'b'\n", &[("A", "a'b")]),
        ("A=\"a\\\"b\"\n", &[("A", "a\"b")]),
        ("A=\"a\\nb\"\n", &[("A", "a\nb")]),
        ("A='a\\nb'\n", &[("A", "a\\nb")]),
        ("A=a\\nb\n", &[("A", "a\\nb")]),
        ("A=\"a\\tb\\\\c\\$V\"\n", &[("A", "a\tb\\c$V")]),
        ("A=\"\\a\\b\\f\\v\\r\\0101\\x41\\u0041\\q\"\n", &[("A", "\u{7}\u{8}\u{c}\u{b}\rA\\x41\\u0041\\q")]),
        ("A='\\$V'\n", &[("A", "\\$V")]),
        ("A=\\$V\n", &[("A", "\\v")]),
        ("A=$V\n", &[("A", "v")]),
        ("A=${V}\n", &[("A", "v")]),
        ("A=\"${V}\"\n", &[("A", "v")]),
        ("A='${V}'\n", &[("A", "${V}")]),
        ("A=${U}\n", &[("A", "")]),
        ("A=${U:-d}\n", &[("A", "d")]),
        ("A=$$V\n", &[("A", "$V")]),
        ("A=\"$$V\"\n", &[("A", "$V")]),
        ("A=1\nB=$A\n", &[("A", "1"), ("B", "1")]),
        ("A=1\nB=${A}x\nA=2\n", &[("A", "2"), ("B", "1x")]),
        ("A=1\nA=2\n", &[("A", "2")]),
        ("V=1\nB=$V\n", &[("B", "v"), ("V", "1")]),
        ("1A=1\n", &[("1A", "1")]),
        ("A-B=1\n", &[("A-B", "1")]),
        ("A.B=1\n", &[("A.B", "1")]),
        ("A[0]=1\n", &[("A[0]", "1")]),
        ("é=1\n", &[("é", "1")]),
        ("A_1=é\n", &[("A_1", "é")]),
        ("=1\n", &[("", "1")]),
        (":1\n", &[("", "1")]),
        ("A==1\n", &[("A", "=1")]),
        ("\u{feff}A=1\n", &[("A", "1")]),
        ("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]),
        ("A=\"a\r\nb\"\r\n", &[("A", "a\r\nb")]),
        ("A=1\rB=2\n", &[("A", "1\rB=2")]),
        ("A\t=\t1\n", &[("A", "1")]),
        ("A=1;B=2\n", &[("A", "1;B=2")]),
        ("A=`x`\n", &[("A", "`x`")]),
        ("A=$(x)\n", &[("A", "$(x)")]),
        ("A={\"a\": 1}\n", &[("A", "{\"a\": 1}")]),
        ("A=[1]\n", &[("A", "[1]")]),
        ("A=a'b\n", &[("A", "a'b")]),
        ("A=a\"b\n", &[("A", "a\"b")]),
        ("A=\"a'b\"\n", &[("A", "a'b")]),
        ("A='a\"b'\n", &[("A", "a\"b")]),
        ("A=x 'y'\n", &[("A", "x 'y'")]),
        ("A=\\\n", &[("A", "\\")]),
        ("A=a\\\nb\n", &[("A", "a\\")]),
        ("A=\"a\\\nb\"\n", &[("A", "a\\\nb")]),
        ("A=\\'\n", &[("A", "\\'")]),
        ("#A=1", &[]),
        ("  # c\nA=1", &[("A", "1")]),
        ("A=1\n  B=2\n", &[("A", "1"), ("B", "2")]),
        ("A=1 B=2\n", &[("A", "1 B=2")]),
        ("A=\u{a0}x\u{a0}\n", &[("A", "x")]),
        ("A=x\u{3000}\n", &[("A", "x")]),
        ("A\u{a0}=1\n", &[("A", "1")]),
        ("A=${U:-#x}\n", &[("A", "#x")]),
        ("A=x#y\n", &[("A", "x#y")]),
        ("A=x\t#y\n", &[("A", "x\t#y")]),
        ("A=http://x/#y\n", &[("A", "http://x/#y")]),
        ("A=\"x\\\\\"\nB=1\n", &[("A", "x\\"), ("B", "1")]),
        ("A='x\\\\'\nB=1\n", &[("A", "x\\\\"), ("B", "1")]),
        ("A=\"\n\"\n", &[("A", "\n")]),
        ("A='$'\n", &[("A", "$")]),
        ("A=$\n", &[("A", "$")]),
        ("A=\"$\"\n", &[("A", "$")]),
        ("A=a$\n", &[("A", "a$")]),
        ("A=$1\n", &[("A", "$1")]),
        ("A=1\nexport B=2\n", &[("A", "1"), ("B", "2")]),
        ("export A=\n", &[("A", "")]),
        ("A=\\\"x\\\"\n", &[("A", "\\\"x\\\"")]),
        ("A='multi\nline' # c\nB=1\n", &[("A", "multi\nline"), ("B", "1")]),
        ("A='x'\tB=2\n", &[("A", "x"), ("B", "2")]),
        ("A='x' B=2\n", &[("A", "x"), ("B", "2")]),
        ("A='x'B=2\n", &[("A", "x"), ("B", "2")]),
        ("_=1\n", &[("_", "1")]),
        ("A=\"\\\\n\"\n", &[("A", "\\n")]),
        ("A=\"\\\\\\n\"\n", &[("A", "\\\n")]),
        ("A=\"a\\\\$V\"\n", &[("A", "a\\v")]),
        ("A=\"\\012\"\n", &[("A", "\\12")]),
        ("A=\"\\0012\"\n", &[("A", "\n")]),
        ("A=\"\\0400\"\n", &[("A", "\\400")]),
        ("A=\"\\08\"\n", &[("A", "\\8")]),
        ("A=\"\\c\"\n", &[("A", "\\c")]),
        // A name at the very end counts as well, which Compose takes for the value of a variable without a name.
        ("A", &[]),
        ("V", &[("V", "v")]),
    ];
    rows(parse, read);
}

#[test]
fn raw_files_are_taken_as_they_stand() {
    let read: &[(&str, &[(&str, &str)])] = &[
        ("A=1\n", &[("A", "1")]),
        (" A=1\n", &[("A", "1")]),
        ("A='a b'\n", &[("A", "'a b'")]),
        ("A=\"x\"\n", &[("A", "\"x\"")]),
        ("A=a #c\n", &[("A", "a #c")]),
        ("#A=1\n", &[]),
        (" # c\n", &[]),
        ("A\n", &[]),
        ("V\n", &[("V", "v")]),
        ("A=$V\n", &[("A", "$V")]),
        ("\n\nA=1\n", &[("A", "1")]),
        ("A=1\r\n", &[("A", "1")]),
        ("A=\n", &[("A", "")]),
        ("\u{feff}A=1\n", &[("A", "1")]),
        ("1A=2\n", &[("1A", "2")]),
        ("A=x \n", &[("A", "x ")]),
        ("\tA=1\n", &[("A", "1")]),
        ("A=1\nA=2\n", &[("A", "2")]),
        ("A==1\n", &[("A", "=1")]),
        ("A", &[]),
    ];
    rows(parse_raw, read);
}

#[test]
fn what_compose_refuses_is_refused() {
    let cooked = [
        "A='a\n",
        "A=\"a\n",
        "A=${U:?e}\n",
        "A B=1\n",
        "A!=1\n",
        "A='x' 'y'\n",
        "A 1\n",
        "- A=1\n",
        "A=1\n\u{0}B=2\n",
        "A=\"${U:-\"x\"}\"\n",
        "A=${V",
        "A=${1}\n",
        "A=\"x\"\n\n'B'=1\n",
        "\"A\"=1\n",
        "set A=1\n",
        "export A B\n",
        "V # c\n",
        "V #c\nB=1\n",
        "A # c\nB=1\n",
        "%A=1\n",
        "$A=1\n",
    ];
    for text in cooked {
        let problem = parse(text, Path::new("some.env"), &value).expect_err(text);
        assert!(problem.place.line > 0, "{text:?}: {problem}");
    }
    let raw = ["A = 1\n", "A: 1\n", "=1\n", "export A=1\n", "A B=1\n", "a b\n", "A =1\n"];
    for text in raw {
        let problem = parse_raw(text, Path::new("some.env"), &value).expect_err(text);
        assert!(problem.hint.is_some(), "{text:?}: {problem}");
    }
}

#[test]
fn problems_name_their_place() {
    let rows = [
        ("A=1\n\n  B C=2\n", "some.env:3:3: the name `B C` contains a space"),
        ("# c\nA=1 \nB!=2\n", "some.env:3:1: `!` is not allowed in the name of a variable, in `B!=2`"),
        ("A='1\n2'\nB=  \"x\n", "some.env:3:5: a quote is opened but never closed"),
        ("A=${1}\n", "some.env:1:3: `${1}` is not a variable"),
        ("A=\"x ${U:?say it}\"\n", "some.env:1:3: the required variable `U` is not set: say it"),
        ("A=${U?}\n", "some.env:1:3: the required variable `U` is not set"),
    ];
    for (text, expected) in rows {
        assert_eq!(parse(text, Path::new("some.env"), &value).unwrap_err().to_string(), expected, "{text:?}");
    }
}

#[test]
fn the_order_of_the_file_is_kept_and_unset_variables_are_told() {
    let mut told = Vec::new();
    let variables = parse_and_warn("B=1\nA=$U\nB=$A$V\nC='$U'\n", Path::new("e"), &value, &mut |problem| {
        told.push(problem.to_string());
    });
    let named = |name: &str, value: &str| (name.to_owned(), Some(value.to_owned()));
    assert_eq!(variables, Ok(vec![named("B", "v"), named("A", ""), named("C", "$U")]));
    assert_eq!(told, ["e:2:3: the variable `U` is not set, an empty text takes its place"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn no_text_makes_it_panic(
        text in prop_oneof![any::<String>(), "[AV=: \t\r\n#'\"\\\\$n0{}é-]{0,32}"],
    ) {
        for parser in [parse as Read, parse_raw] {
            if let Err(problem) = parser(&text, Path::new("some.env"), &value) {
                prop_assert!(problem.place.line as usize <= text.matches('\n').count() + 1);
            }
        }
    }

    #[test]
    fn single_quotes_keep_everything(text in "[^'\\\\]{0,20}") {
        prop_assert_eq!(read(parse, &format!("A='{text}' # c\n")), Ok(vec![("A".to_owned(), text)]));
    }

    #[test]
    fn a_comment_changes_nothing(
        name in "[A-Z_][A-Z0-9_.-]{0,6}",
        text in "[a-z0-9/:.,@=-]{0,12}",
        comment in "[^\n]{0,12}",
    ) {
        let expected = Ok(vec![(name.clone(), text.clone())]);
        let unquoted = format!("#{comment}\nexport {name} = {text} #{comment}\n");
        prop_assume!(!text.is_empty());
        prop_assert_eq!(read(parse, &unquoted), expected.clone());
        prop_assert_eq!(read(parse, &format!("{name}: \"{text}\" #{comment}\r\n")), expected);
    }
}
