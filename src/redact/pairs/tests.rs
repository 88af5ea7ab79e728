//! Every notation in a table, and what only looks like one.

use super::*;

/// The text with `[]` in the place of each secret, and what goes on.
fn marked(text: &str) -> (String, Vec<Continued>) {
    let (mut hits, mut opened) = (Vec::new(), Vec::new());
    crate::redact::scan::find(
        text.as_bytes(),
        &crate::redact::scan::words(text.as_bytes()),
        &|_| false,
        &mut hits,
        &mut opened,
    );
    let mut out = String::new();
    let mut at = 0;
    hits.sort_by_key(|hit| hit.start);
    for hit in hits {
        if hit.start < at {
            continue;
        }
        out += &text[at..hit.start];
        out += "[]";
        at = hit.end;
    }
    (out + &text[at..], opened.into_iter().map(|opened| opened.how).collect())
}

#[test]
fn every_notation() {
    let mut wrong = Vec::new();
    for (text, expected) in [
        ("DB_PASSWORD=hunter2x", "DB_PASSWORD=[]"),
        ("export DB_PASSWORD='hunter two'", "export DB_PASSWORD='[]'"),
        ("  - DB_PASS=a,b;c", "  - DB_PASS=[]"),
        ("password = \"hun\\\"ter2\"  # why", "password = \"[]\"  # why"),
        ("PASSPHRASE=correct horse battery staple", "PASSPHRASE=[]"),
        ("ts=1 password=hunter2x user=bob", "ts=1 password=[] user=bob"),
        ("{\"password\":\"hunter2x\",\"user\":\"bob\"}", "{\"password\":\"[]\",\"user\":\"bob\"}"),
        ("\"{\\\"password\\\":\\\"hun\\\"}\"", "\"{\\\"password\\\":\\\"[]\\\"}\""),
        ("{\"pin\": 123456, \"n\": 2}", "{\"pin\": [], \"n\": 2}"),
        ("{'password': 'hunter2x', 'n': 1}", "{'password': '[]', 'n': 1}"),
        ("Config { password: Some(\"hunter2x\"), n: 1 }", "Config { password: Some(\"[]\"), n: 1 }"),
        ("password: Secret(b\"hunter2x\")", "password: Secret(b\"[]\")"),
        ("map[password:hunter2x user:bob]", "map[password:[] user:bob]"),
        ("<password>hunter2x</password>", "<password>[]</password>"),
        ("<entry key=\"password\">hunter2x</entry>", "<entry key=\"password\">[]</entry>"),
        ("<add name=\"Password\" value=\"hunter2x\" />", "<add name=\"Password\" value=\"[]\" />"),
        ("{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2x\"}", "{\"name\":\"DB_PASSWORD\",\"value\":\"[]\"}"),
        ("Authorization: Bearer abc.def-123", "Authorization: Bearer []"),
        ("-H 'Authorization: ApiKey xyz123' -d x", "-H 'Authorization: ApiKey []' -d x"),
        ("Cookie: sid=abc; theme=dark", "Cookie: sid=[]; theme=[]"),
        ("Set-Cookie: sid=abc; Path=/; HttpOnly", "Set-Cookie: sid=[]; Path=/; HttpOnly"),
        ("X-Api-Key: a1b2c3d4e5f6", "X-Api-Key: []"),
        ("GET /x?token=a1b2c3d4e5&page=2 HTTP/1.1", "GET /x?token=[]&page=2 HTTP/1.1"),
        ("GET /x?a=1&token%3Da1b2c3d4e5 HTTP/1.1", "GET /x?a=1&token%3D[] HTTP/1.1"),
        ("cmd --password hunter2x --user bob", "cmd --password [] --user bob"),
        ("cmd --password=hunter2x --user bob", "cmd --password=[] --user bob"),
        ("[\"cmd\", \"--password\", \"hunter2x\"]", "[\"cmd\", \"--password\", \"[]\"]"),
        ("[\"DB_PASS=hunter2x\", \"A=b\"]", "[\"DB_PASS=[]\", \"A=b\"]"),
        ("Server=db;Uid=sa;Pwd=Xk9#mQ2!v;Encrypt=True;", "Server=db;Uid=sa;Pwd=[];Encrypt=True;"),
        ("Driver=x;Pwd={a}}b;c};X=1", "Driver=x;Pwd=[];X=1"),
        ("machine h login bob password hunter2x", "machine h login bob password []"),
        ("requirepass hunter2x", "requirepass []"),
        ("the password is hunter2x9, says bob", "the password is [], says bob"),
        ("password -> hunter2x", "password -> []"),
        ("password\thunter2x", "password\t[]"),
        ("  password        hunter2x", "  password        []"),
        ("password        required        pam_unix.so", "password        required        pam_unix.so"),
        ("user=bob%x,pass=hunter2x,uid=1", "user=bob%[],pass=[],uid=1"),
        ("IDENTIFIED BY PASSWORD 'hunter2x'", "IDENTIFIED BY PASSWORD '[]'"),
        ("datadog_key = 'a8f5f167f44f4964e6c998dee827110c'", "datadog_key = '[]'"),
        ("password: 'it''s'", "password: '[]'"),
        (r#"{"m":"a:\n  password: hunter2x\n  b: 1"}"#, r#"{"m":"a:\n  password: []\n  b: 1"}"#),
        ("API_KEY=a8f5f167f44f;Endpoint=https://h/", "API_KEY=[];Endpoint=https://h/"),
        ("PASSWORD=a8f5f167;x=44f", "PASSWORD=[]"),
        ("INFO x: DB_PASSWORD=[hunter2x]", "INFO x: DB_PASSWORD=[]"),
        ("secretKey: minioadmin", "secretKey: []"),
        ("password: AccessKeyRef", "password: []"),
        ("db.setPassword(\"hunter-12345\")", "db.setPassword(\"[]\")"),
        ("\"a String appSecret = \"a8f5f167f44f4964\"", "\"a String appSecret = \"[]\""),
        ("api_token: run-4839201745-a8f5f167f44f", "api_token: []"),
        ("{\"password\": \"not for you 12ab\"}", "{\"password\": \"[]\"}"),
        ("passphrase: walk to the moon and back", "passphrase: []"),
        (r#"{"log":"passphrase: walk to the moon and back\n"}"#, r#"{"log":"passphrase: []\n"}"#),
        ("export DB_PASSWORD='use the force 42'", "export DB_PASSWORD='[]'"),
        ("DB_PASSWORD=use the force 42", "DB_PASSWORD=[]"),
        ("<password>to be or not 17x</password>", "<password>[]</password>"),
        ("<entry key=\"password\">to be or not 17x</entry>", "<entry key=\"password\">[]</entry>"),
        ("cmd --password \"in the dark 55x\" -v", "cmd --password \"[]\" -v"),
        (r#"{"passwords": ["to be or not 17x", "b"]}"#, r#"{"passwords": ["[]", "b"]}"#),
        ("pw=hunter2x", "pw=[]"),
        ("GET /x?pw=hunter2x&page=2 HTTP/1.1", "GET /x?pw=[]&page=2 HTTP/1.1"),
        ("dbpw: hunter2x", "dbpw: []"),
        ("SSHPASS=hunter2x", "SSHPASS=[]"),
    ] {
        if marked(text).0 != expected {
            wrong.push((marked(text).0, expected));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_only_looks_like_a_pair_stays() {
    for text in [
        "password: ${DB_PASSWORD}",
        "password_file: /run/secrets/db",
        "token: 17",
        "max_tokens=512",
        "cache key: user:42:profile",
        "Key: (id)=(7)",
        "Basic health checks passed",
        "Password: authentication failed for user bob",
        "password must be at least 8 characters",
        "token expired at 2026-01-02T03:04:05Z",
        "\"token_type\": \"Bearer\"",
        "keyboard: us",
        "monkey=patch1234567890abc",
        "passed: 12 failed: 0",
        "pass: true",
        "the key is missing",
        "no password set for bob",
        "Password: required for this user",
        "# password: the password for the user of the database",
        r#"{"error":"password: must not be empty"}"#,
        "<label for=\"password\">The password for this account</label>",
        r#"{"errors":{"password":["is required","is too short (minimum is 8 characters)"]}}"#,
        "all 12 tests pass: 3 of them slowly",
        "bypass: 10.0.0.0/8",
        "bypass=10.0.0.0/8,localhost2",
        "author=someone",
        "tokens_used=12345",
        "session opened for user root",
        "secret: false",
        "Pwd=%DB_PASSWORD%;",
        r#"{"manifest":"data:\n  - secretKey: api-key\n    remoteRef:\n      key: app-secrets\n"}"#,
        r#"{"msg":"db.password=\ndb.url=jdbc:postgresql://db/app"}"#,
        r#"{"msg":"user = (char *) (p + 1);\npwd = (char *) (p + n + 2);\n"}"#,
    ] {
        assert_eq!(marked(text).0, text);
    }
}

#[test]
fn the_name_of_a_rule_in_a_mark_is_no_key() {
    for text in ["[REDACTED:token:12ab] a1b2c3d4e5f6g7h8i9j0", "[REDACTED:token:12ab]=a1b2c3d4e5f6g7h8i9j0"] {
        assert_eq!(marked(text).0, text);
    }
    assert!(!marked("[REDACTED:x:12ab] token a1b2c3d4e5f6g7h8i9j0").0.contains("a1b2"));
}

#[test]
fn what_goes_on_is_announced() {
    for (text, how) in [
        ("  password: |\n", Continued::Indented(2)),
        ("password:\n", Continued::Below(0)),
        ("PASSWORD=\"first\n", Continued::Quoted(b'"')),
        ("  - name: DB_PASSWORD\n", Continued::Named),
    ] {
        assert_eq!(marked(text).1, [how], "{text}");
    }
}

#[test]
fn a_bad_password_needs_no_key_where_it_stands_alone() {
    for (text, expected) in [
        ("a\npassword123\nb", "a\n[]\nb"),
        ("  # Qwerty2024  ", "  # []  "),
        ("letmein42\r\n", "[]\r\n"),
        ("p@ssw0rd99", "[]"),
    ] {
        assert_eq!(marked(text).0, expected);
    }
    for text in [
        "password1",
        "password12345678",
        "letmein",
        "mypassword123",
        "password123.txt",
        "see password123 there",
        "password123: none",
        "qwertz42",
        "/password42",
    ] {
        assert_eq!(marked(text).0, text);
    }
}
