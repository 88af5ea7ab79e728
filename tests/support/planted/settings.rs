//! Secrets under a key, in every notation of settings and every kind of output that shows them.

use super::random::{Holds, Random};
use super::{Encoding, Planted, planted};

use Encoding::{Base64, Json, Plain, Unicode, Xml};
use Holds::{Base64 as Padded, Blanks, Letters, Mild, Quotes, Wild};

/// How keys are spelt.
#[derive(Clone, Copy)]
enum Spelling {
    Upper,
    Lower,
    Camel,
    Dotted,
}

impl Spelling {
    /// Keys whose value is a secret whatever it looks like, and such where it has to look random.
    fn keys(self) -> (&'static [&'static str], &'static [&'static str]) {
        match self {
            Self::Upper => (
                &[
                    "DB_PASSWORD",
                    "SMB_PASS",
                    "RESTIC_PASSPHRASE",
                    "JWT_SECRET",
                    "PGPASSWORD",
                    "MYSQL_PWD",
                    "SECRET_KEY",
                ],
                &[
                    "OPENAI_API_KEY",
                    "GITHUB_PAT",
                    "ACCESS_TOKEN",
                    "TARS_AUTH_SIGNING_KEY",
                    "BACKUP_ENCRYPTION_KEY",
                ],
            ),
            Self::Lower => (
                &[
                    "password",
                    "db_password",
                    "passphrase",
                    "client_secret",
                    "smb_pass",
                    "pwd",
                    "passwd",
                    "secret",
                ],
                &["api_key", "access_token", "refresh_token", "signing_key", "auth_token", "session_token"],
            ),
            Self::Camel => (
                &["dbPassword", "clientSecret", "userPass", "secretKey", "Password", "Passphrase"],
                &["apiKey", "accessToken", "authToken", "encryptionKey", "ApiToken"],
            ),
            Self::Dotted => (
                &["spring.datasource.password", "auth.client-secret", "mail.smtp.pass", "keystore.password"],
                &["auth.api-key", "tars.access-token", "app.jwt.token"],
            ),
        }
    }
}

use Spelling::{Camel, Dotted, Lower, Upper};

/// A notation: its name, how keys are spelt in it, what its values may hold, how they are written, and the text of a
/// key and a value.
type Format = (&'static str, Spelling, Holds, Encoding, fn(&str, &str) -> String);

const ENV: &[Format] = &[
    ("env", Upper, Wild, Plain, |k, v| format!("{k}={v}")),
    ("env lower case", Lower, Wild, Plain, |k, v| format!("{k}={v}")),
    ("env double quotes", Upper, Blanks, Plain, |k, v| format!("{k}=\"{v}\"")),
    ("env single quotes", Upper, Blanks, Plain, |k, v| format!("{k}='{v}'")),
    ("env blanks unquoted", Upper, Blanks, Plain, |k, v| format!("{k}={v}")),
    ("env export", Upper, Mild, Plain, |k, v| format!("export {k}={v}")),
    ("env export quoted", Upper, Blanks, Plain, |k, v| format!("export {k}=\"{v}\"")),
    ("env spaces", Upper, Wild, Plain, |k, v| format!("{k} = {v}")),
    ("env indented", Upper, Wild, Plain, |k, v| format!("    {k}={v}")),
    ("env commented-out", Upper, Wild, Plain, |k, v| format!("# {k}={v}")),
    ("env commented-out tight", Upper, Wild, Plain, |k, v| format!("#{k}={v}")),
    ("env comment after", Upper, Padded, Plain, |k, v| format!("{k}={v} # rotated in May")),
    ("env crlf", Upper, Wild, Plain, |k, v| format!("A=1\r\n{k}={v}\r\nB=2\r")),
    ("env json escapes", Upper, Quotes, Json, |k, v| format!("{k}=\"{v}\"")),
    ("env default", Upper, Mild, Plain, |k, v| format!("      {k}: ${{{k}:-{v}}}")),
    ("systemd environment", Upper, Mild, Plain, |k, v| format!("Environment={k}={v}")),
    ("systemd quoted", Upper, Blanks, Plain, |k, v| format!("Environment=\"A=1\" \"{k}={v}\" \"B=2\"")),
    ("systemctl show", Upper, Padded, Plain, |k, v| format!("Environment=A=1 {k}={v} B=2")),
    ("docker -e", Upper, Mild, Plain, |k, v| format!("docker run --rm -e {k}={v} -p 80:80 app")),
    ("docker --env quoted", Upper, Blanks, Plain, |k, v| format!("docker run --env '{k}={v}' app")),
    ("dockerfile env", Upper, Mild, Plain, |k, v| format!("ENV {k}={v}")),
    ("dockerfile env old", Upper, Mild, Plain, |k, v| format!("ENV {k} {v}")),
    ("dockerfile arg", Upper, Mild, Plain, |k, v| format!("ARG {k}={v}")),
    ("inspect env", Upper, Blanks, Plain, |k, v| {
        format!("\"Env\": [\n    \"A=1\",\n    \"{k}={v}\",\n    \"PATH=/usr/bin\"\n],")
    }),
    ("inspect env compact", Upper, Quotes, Json, |k, v| {
        format!("{{\"Env\":[\"A=1\",\"{k}={v}\",\"PATH=/bin\"]}}")
    }),
    ("compose list", Upper, Mild, Plain, |k, v| format!("    environment:\n      - {k}={v}\n      - A=1")),
    ("compose list quoted", Upper, Blanks, Plain, |k, v| format!("      - \"{k}={v}\"")),
    ("csh setenv", Upper, Mild, Plain, |k, v| format!("setenv {k} {v}")),
    ("powershell", Upper, Blanks, Plain, |k, v| format!("$env:{k} = \"{v}\"")),
    ("cmd set", Upper, Mild, Plain, |k, v| format!("set {k}={v}")),
    ("makefile", Upper, Mild, Plain, |k, v| format!("{k} := {v}")),
    ("command prefix", Upper, Padded, Plain, |k, v| format!("A=1 {k}={v} psql -h db app")),
    ("proc environ", Upper, Padded, Plain, |k, v| format!("A=1\0{k}={v}\0PATH=/usr/bin\0")),
];

const TREES: &[Format] = &[
    ("toml", Lower, Blanks, Plain, |k, v| format!("[db]\n{k} = \"{v}\"\nport = 5432")),
    ("toml literal", Lower, Blanks, Plain, |k, v| format!("{k} = '{v}'")),
    ("toml three quotes", Lower, Blanks, Plain, |k, v| format!("{k} = \"\"\"{v}\"\"\"")),
    ("toml three quotes on the next line", Lower, Blanks, Plain, |k, v| {
        format!("{k} = \"\"\"\n{v}\n\"\"\"\nport = 1")
    }),
    ("toml inline table", Lower, Wild, Plain, |k, v| {
        format!("db = {{ user = \"app\", {k} = \"{v}\", port = 1 }}")
    }),
    ("toml dotted", Dotted, Blanks, Plain, |k, v| format!("{k} = \"{v}\"")),
    ("toml array", Lower, Wild, Plain, |k, v| format!("{k}s = [\"{v}\"]")),
    ("hcl", Lower, Blanks, Plain, |k, v| format!("  {k}   = \"{v}\"")),
    ("yaml", Lower, Mild, Plain, |k, v| format!("db:\n  {k}: {v}\n  port: 1")),
    ("yaml several words", Lower, Blanks, Plain, |k, v| format!("  {k}: {v}")),
    ("yaml double quotes", Lower, Blanks, Plain, |k, v| format!("  {k}: \"{v}\"")),
    ("yaml single quotes", Lower, Blanks, Plain, |k, v| format!("  {k}: '{v}'")),
    ("yaml quoted escapes", Lower, Quotes, Json, |k, v| format!("  {k}: \"{v}\"")),
    ("yaml quoted key", Camel, Blanks, Plain, |k, v| format!("  \"{k}\": \"{v}\"")),
    ("yaml comment after", Lower, Padded, Plain, |k, v| format!("  {k}: {v}   # rotated in May")),
    ("yaml commented-out", Lower, Mild, Plain, |k, v| format!("  # {k}: {v}")),
    ("yaml block", Lower, Blanks, Plain, |k, v| format!("{k}: |\n  {v}\nport: 1")),
    ("yaml block stripped", Lower, Blanks, Plain, |k, v| format!("  {k}: |-\n    {v}\n  port: 1")),
    ("yaml folded", Lower, Blanks, Plain, |k, v| format!("  {k}: >\n    {v}\n  port: 1")),
    ("yaml folded indent", Lower, Blanks, Plain, |k, v| format!("  {k}: >2-\n    {v}\n  port: 1")),
    ("yaml next line", Lower, Mild, Plain, |k, v| format!("  {k}:\n    {v}\n  port: 1")),
    ("yaml next line quoted", Lower, Blanks, Plain, |k, v| format!("  {k}:\n    \"{v}\"\n  port: 1")),
    ("yaml flow map", Lower, Padded, Plain, |k, v| format!("db: {{user: app, {k}: {v}, port: 1}}")),
    ("yaml flow map quoted", Lower, Blanks, Plain, |k, v| {
        format!("db: {{user: app, {k}: \"{v}\", port: 1}}")
    }),
    ("yaml list item", Lower, Mild, Plain, |k, v| format!("users:\n  - {k}: {v}\n    name: app")),
    ("yaml list of values", Lower, Padded, Plain, |k, v| format!("{k}s:\n  - {v}\n  - ${{OTHER}}")),
    ("yaml name and value", Upper, Mild, Plain, |k, v| {
        format!("  - name: {k}\n    value: {v}\n  - name: A\n    value: b")
    }),
    ("yaml name and value quoted", Upper, Blanks, Plain, |k, v| {
        format!("  - name: \"{k}\"\n    value: \"{v}\"")
    }),
    ("yaml value and name", Upper, Padded, Plain, |k, v| format!("  - value: {v}\n    name: {k}")),
    ("yaml anchor", Lower, Mild, Plain, |k, v| format!("  {k}: &anchor {v}")),
    ("yaml tag", Lower, Blanks, Plain, |k, v| format!("  {k}: !!str \"{v}\"")),
    ("yaml upper", Upper, Mild, Plain, |k, v| format!("      {k}: {v}")),
    ("kubernetes secret", Lower, Blanks, Base64, |k, v| format!("kind: Secret\ndata:\n  {k}: {v}\n")),
    ("json", Lower, Quotes, Json, |k, v| format!("{{\"user\":\"app\",\"{k}\":\"{v}\",\"port\":1}}")),
    ("json camel", Camel, Quotes, Json, |k, v| format!("{{\"user\":\"app\",\"{k}\":\"{v}\",\"port\":1}}")),
    ("json pretty", Lower, Quotes, Json, |k, v| {
        format!("{{\n  \"user\": \"app\",\n  \"{k}\": \"{v}\",\n  \"port\": 1\n}}")
    }),
    ("json value on the next line", Lower, Wild, Json, |k, v| format!("{{\n  \"{k}\":\n    \"{v}\"\n}}")),
    ("json spaced", Lower, Quotes, Json, |k, v| format!("{{ \"{k}\" : \"{v}\" }}")),
    ("json array", Lower, Wild, Json, |k, v| format!("{{\"{k}s\":[\"{v}\",\"\"],\"port\":1}}")),
    ("json nested object", Lower, Wild, Json, |k, v| format!("{{\"{k}\":{{\"value\":\"{v}\",\"ttl\":60}}}}")),
    ("json unicode", Lower, Wild, Unicode, |k, v| format!("{{\"{k}\":\"{v}\"}}")),
    ("json in a string", Lower, Blanks, Plain, |k, v| {
        format!("{{\"body\":\"{{\\\"user\\\":\\\"app\\\",\\\"{k}\\\":\\\"{v}\\\"}}\",\"n\":1}}")
    }),
    ("json in a string in a string", Lower, Blanks, Plain, |k, v| {
        format!("{{\"log\":\"{{\\\"body\\\":\\\"{{\\\\\\\"{k}\\\\\\\":\\\\\\\"{v}\\\\\\\"}}\\\"}}\\n\"}}")
    }),
    ("json pairs", Upper, Quotes, Json, |k, v| {
        format!("[{{\"name\":\"{k}\",\"value\":\"{v}\"}},{{\"name\":\"A\",\"value\":\"b\"}}]")
    }),
    ("json pairs pretty", Upper, Wild, Json, |k, v| {
        format!("  {{\n    \"name\": \"{k}\",\n    \"value\": \"{v}\"\n  }}")
    }),
    ("json pairs turned", Upper, Wild, Json, |k, v| format!("{{\"value\":\"{v}\",\"name\":\"{k}\"}}")),
    ("json html entities", Lower, Wild, Xml, |k, v| {
        format!("{{&quot;{k}&quot;:&quot;{v}&quot;,&quot;n&quot;:1}}")
    }),
    ("json of docker log", Upper, Mild, Plain, |k, v| {
        format!("{{\"log\":\"{k}={v}\\n\",\"stream\":\"stdout\",\"time\":\"2026-11-22T10:00:00Z\"}}")
    }),
    ("json message", Lower, Mild, Plain, |k, v| {
        format!("{{\"level\":\"info\",\"msg\":\"login with {k}={v} ok\",\"n\":1}}")
    }),
    ("ini", Lower, Wild, Plain, |k, v| format!("[mail]\n{k} = {v}\nport = 25")),
    ("ini colon", Lower, Mild, Plain, |k, v| format!("{k}: {v}")),
    ("ini commented-out", Lower, Mild, Plain, |k, v| format!("; {k} = {v}")),
    ("properties", Dotted, Wild, Plain, |k, v| format!("{k}={v}")),
    ("properties colon", Dotted, Mild, Plain, |k, v| format!("{k}: {v}")),
    ("xml element", Lower, Blanks, Xml, |k, v| format!("<db><user>app</user><{k}>{v}</{k}></db>")),
    ("xml element alone", Camel, Blanks, Xml, |k, v| format!("  <{k}>\n    {v}\n  </{k}>")),
    ("xml element with attributes", Camel, Wild, Xml, |k, v| format!("  <{k} type=\"string\">{v}</{k}>")),
    ("xml namespace", Lower, Wild, Xml, |k, v| format!("<a:{k}>{v}</a:{k}>")),
    ("xml cdata", Lower, Blanks, Plain, |k, v| format!("<{k}><![CDATA[{v}]]></{k}>")),
    ("xml attribute", Lower, Blanks, Xml, |k, v| format!("<db user=\"app\" {k}=\"{v}\" port=\"1\"/>")),
    ("xml add", Camel, Blanks, Xml, |k, v| format!("<add key=\"{k}\" value=\"{v}\" />")),
    ("xml property", Dotted, Blanks, Xml, |k, v| format!("<property name=\"{k}\" value=\"{v}\"/>")),
    ("xml property element", Dotted, Wild, Xml, |k, v| {
        format!("<property><name>{k}</name><value>{v}</value></property>")
    }),
    ("xml entry", Lower, Wild, Xml, |k, v| format!("<entry key=\"{k}\">{v}</entry>")),
    ("plist", Lower, Wild, Xml, |k, v| format!("<key>{k}</key><string>{v}</string>")),
    ("plist lines", Lower, Wild, Xml, |k, v| format!("  <key>{k}</key>\n  <string>{v}</string>")),
    ("html input", Lower, Blanks, Xml, |k, v| format!("<input type=\"text\" name=\"{k}\" value=\"{v}\">")),
    ("html input turned", Lower, Wild, Xml, |k, v| format!("<input value=\"{v}\" name=\"{k}\">")),
    ("html data", Lower, Wild, Xml, |k, v| format!("<div data-{k}=\"{v}\" class=\"a\">")),
    ("html meta", Lower, Wild, Xml, |k, v| format!("<meta name=\"{k}\" content=\"{v}\">")),
];

const OUTPUT: &[Format] = &[
    ("python dict", Lower, Blanks, Plain, |k, v| format!("{{'user': 'app', '{k}': '{v}', 'port': 1}}")),
    ("python bytes", Lower, Wild, Plain, |k, v| format!("{{b'{k}': b'{v}'}}")),
    ("python call", Lower, Blanks, Plain, |k, v| format!("client = connect(host='db', {k}='{v}', port=1)")),
    ("python repr", Lower, Blanks, Plain, |k, v| format!("Settings(host='db', {k}='{v}', port=1)")),
    ("python environ", Upper, Blanks, Plain, |k, v| format!("os.environ[\"{k}\"] = \"{v}\"")),
    ("python tuple", Upper, Wild, Plain, |k, v| format!("environ([('A', '1'), ('{k}', '{v}')])")),
    ("python f-string repr", Lower, Wild, Plain, |k, v| format!("DEBUG {k}='{v}'")),
    ("rust debug", Lower, Blanks, Plain, |k, v| format!("Config {{ host: \"db\", {k}: \"{v}\", port: 1 }}")),
    ("rust debug some", Lower, Blanks, Plain, |k, v| format!("Config {{ {k}: Some(\"{v}\"), port: 1 }}")),
    ("rust debug newtype", Lower, Wild, Plain, |k, v| format!("Config {{ {k}: Hidden(\"{v}\"), port: 1 }}")),
    ("rust debug pretty", Lower, Blanks, Plain, |k, v| {
        format!("Config {{\n    {k}: \"{v}\",\n    port: 1,\n}}")
    }),
    ("rust debug pretty some", Lower, Wild, Plain, |k, v| {
        format!("Config {{\n    {k}: Some(\n        \"{v}\",\n    ),\n    port: 1,\n}}")
    }),
    ("rust debug escapes", Lower, Quotes, Json, |k, v| format!("Config {{ {k}: \"{v}\", port: 1 }}")),
    ("rust debug map", Upper, Blanks, Plain, |k, v| format!("{{\"A\": \"1\", \"{k}\": \"{v}\"}}")),
    ("rust debug pairs", Upper, Wild, Plain, |k, v| format!("[(\"A\", \"1\"), (\"{k}\", \"{v}\")]")),
    ("go map", Lower, Mild, Plain, |k, v| format!("map[host:db {k}:{v} port:1]")),
    ("go struct", Camel, Mild, Plain, |k, v| format!("{{Host:db {k}:{v} Port:1}}")),
    ("go struct quoted", Camel, Blanks, Plain, |k, v| {
        format!("main.Config{{Host:\"db\", {k}:\"{v}\", Port:1}}")
    }),
    ("ruby hash", Lower, Blanks, Plain, |k, v| format!("{{:host=>\"db\", :{k}=>\"{v}\"}}")),
    ("ruby new hash", Lower, Blanks, Plain, |k, v| format!("{{host: \"db\", {k}: \"{v}\"}}")),
    ("php array", Lower, Blanks, Plain, |k, v| format!("    '{k}' => '{v}',")),
    ("php print_r", Lower, Wild, Plain, |k, v| format!("    [{k}] => {v}")),
    ("php var_dump", Lower, Wild, Plain, |k, v| format!("  [\"{k}\"]=>\n  string({}) \"{v}\"", v.len())),
    ("php define", Upper, Wild, Plain, |k, v| format!("define('{k}', '{v}');")),
    ("perl hash", Lower, Wild, Plain, |k, v| format!("  '{k}' => '{v}',")),
    ("js object", Camel, Blanks, Plain, |k, v| format!("{{ host: 'db', {k}: '{v}', port: 1 }}")),
    ("js assignment", Camel, Blanks, Plain, |k, v| format!("const {k} = '{v}';")),
    ("js template", Camel, Wild, Plain, |k, v| format!("config.{k} = `{v}`;")),
    ("java toString", Camel, Wild, Plain, |k, v| format!("Config{{host='db', {k}='{v}', port=1}}")),
    ("java record", Camel, Padded, Plain, |k, v| format!("Config[host=db, {k}={v}, port=1]")),
    ("java setter", Camel, Wild, Plain, |k, v| {
        format!("source.set{}{}(\"{v}\");", k[..1].to_uppercase(), &k[1..])
    }),
    ("java property", Dotted, Wild, Plain, |k, v| format!("props.setProperty(\"{k}\", \"{v}\");")),
    ("c assignment", Lower, Wild, Plain, |k, v| format!("static const char *{k} = \"{v}\";")),
    ("rust constant", Upper, Wild, Plain, |k, v| format!("const {k}: &str = \"{v}\";")),
    ("typescript", Camel, Wild, Plain, |k, v| format!("private {k}: string = \"{v}\";")),
    ("logfmt", Lower, Padded, Plain, |k, v| {
        format!("time=2026-11-22T10:00:00Z level=info msg=\"start\" {k}={v} port=1")
    }),
    ("logfmt quoted", Lower, Blanks, Plain, |k, v| format!("level=info {k}=\"{v}\" port=1")),
    ("log prefix", Upper, Mild, Plain, |k, v| format!("2026-11-22T10:00:00.123Z backend  | {k}={v}")),
    ("tracing", Lower, Padded, Plain, |k, v| {
        format!("2026-11-22T10:00:00Z  INFO tars::db: connecting {k}={v} port=1")
    }),
    ("journal", Upper, Padded, Plain, |k, v| format!("Nov 22 10:00:00 host app[12]: {k}={v}")),
    ("coloured key", Lower, Padded, Plain, |k, v| format!("\x1b[36m{k}\x1b[0m={v} port=1")),
    ("coloured both", Lower, Padded, Plain, |k, v| {
        format!("\x1b[2m{k}\x1b[0m\x1b[2m=\x1b[0m\x1b[32m{v}\x1b[0m port=1")
    }),
    ("coloured json", Lower, Wild, Plain, |k, v| {
        format!("  \x1b[34;1m\"{k}\"\x1b[0m: \x1b[32m\"{v}\"\x1b[0m,")
    }),
    ("coloured inside", Lower, Letters, Plain, |k, v| format!("{k}=\x1b[31m{v}\x1b[0m")),
    ("arrow", Lower, Mild, Plain, |k, v| format!("{k} -> {v}")),
    ("fat arrow", Lower, Mild, Plain, |k, v| format!("{k} => {v}")),
    ("tab", Lower, Mild, Plain, |k, v| format!("{k}\t{v}")),
    ("table", Lower, Mild, Plain, |k, v| format!("| {k} | {v} |")),
    ("table padded", Lower, Padded, Plain, |k, v| format!("| {k:<30} | {v:<42} | text |")),
    ("psql row", Lower, Padded, Plain, |k, v| format!(" {k} | {v}")),
    ("csv", Lower, Padded, Plain, |k, v| format!("\"{k}\",\"{v}\"")),
    ("diff added", Upper, Mild, Plain, |k, v| format!("+{k}={v}")),
    ("diff removed", Lower, Mild, Plain, |k, v| format!("-  {k}: {v}")),
    ("markdown", Lower, Padded, Plain, |k, v| format!("* **{k}**: `{v}`")),
    ("markdown code", Upper, Padded, Plain, |k, v| format!("Set `{k}={v}` and restart.")),
    ("assertion", Lower, Wild, Plain, |k, v| format!("assert {k} == \"{v}\"")),
    ("multipart", Lower, Wild, Plain, |k, v| {
        format!("Content-Disposition: form-data; name=\"{k}\"\r\n\r\n{v}\r\n--boundary")
    }),
    ("debconf", Lower, Padded, Plain, |k, v| format!("app app/{k} password {v}")),
];

/// Every notation with every kind of value that it can hold.
pub(super) fn plant(random: &mut Random) -> Vec<Planted> {
    let mut all = Vec::new();
    for (format, spelling, holds, encoding, write) in ENV.iter().chain(TREES).chain(OUTPUT) {
        for kind in Holds::ALL.into_iter().filter(|kind| kind <= holds) {
            let (certain, likely) = spelling.keys();
            let plain = random.password(kind);
            let is_token = plain.len() >= 20 && kind <= Padded && random.below(2) == 0;
            let key = random.pick(if is_token { likely } else { certain });
            let text = write(key, &encoding.apply(&plain));
            let family = if is_token { "token under a key" } else { "password under a key" };
            all.push(planted(family, format, (*encoding, &plain), text));
        }
    }
    all.push(wide(random));
    all.push(broken(random));
    all.extend(several_lines(random));
    all
}

/// As Windows writes text into a log: two bytes for each character.
fn wide(random: &mut Random) -> Planted {
    let plain = random.password(Holds::Letters);
    let twice = |text: &str| text.bytes().flat_map(|byte| [byte, 0]).collect::<Vec<u8>>();
    Planted {
        family: "password under a key",
        format: "env",
        encoding: "utf-16",
        value: twice(&plain),
        text: twice(&format!("DB_PASSWORD={plain}\n")),
        plain: plain.into_bytes(),
    }
}

/// Between bytes that are no text in any encoding.
fn broken(random: &mut Random) -> Planted {
    let plain = random.password(Holds::Mild);
    let mut one =
        planted("password under a key", "invalid utf-8", (Plain, &plain), format!("password={plain}"));
    one.text.splice(0..0, [0xff, 0xfe, b' ']);
    one
}

/// A notation for two lines of a value.
type Lines = (&'static str, fn(&str, &str) -> String);

/// Values that go on over the end of the line.
fn several_lines(random: &mut Random) -> Vec<Planted> {
    let formats: &[Lines] = &[
        ("yaml block", |a, b| format!("db:\n  password: |\n    {a}\n\n    {b}\n  port: 1")),
        ("yaml block in a log", |a, b| {
            format!(
                "2026-11-22T10:00:00.123Z backend  | db:\n2026-11-22T10:00:00.123Z backend  |   password: |\n\
                 2026-11-22T10:00:00.124Z backend  |     {a}\n2026-11-22T10:00:00.2Z backend  |     {b}\n\
                 2026-11-22T10:00:00.201Z backend  |   port: 1"
            )
        }),
        ("yaml block in a compose log", |a, b| {
            format!("db-1  |   password: |-\ndb-1  |     {a}\ndb-1  | \ndb-1  |     {b}\ndb-1  |   port: 1")
        }),
        ("yaml block commented-out", |a, b| format!("#  password: |\n#    {a}\n#    {b}\n#  port: 1")),
        ("yaml block in a diff", |a, b| format!("+  password: |\n+    {a}\n+    {b}\n   port: 1")),
        ("yaml folded", |a, b| format!("password: >-\n  {a}\n  {b}\nport: 1")),
        ("yaml quoted", |a, b| format!("  password: \"{a}\n    {b}\"\n  port: 1")),
        ("yaml plain", |a, b| format!("  password: {a}\n    {b}\n  port: 1")),
        ("toml three quotes", |a, b| format!("password = \"\"\"\n{a}\n{b}\n\"\"\"\nport = 1")),
        ("env quoted", |a, b| format!("DB_PASSWORD=\"{a}\n{b}\"\nPORT=1")),
        ("shell backslash", |a, b| format!("DB_PASSWORD={a}\\\n{b}\nPORT=1")),
        ("json escaped newline", |a, b| format!("{{\"password\":\"{a}\\n{b}\"}}")),
        ("properties backslash", |a, b| format!("db.password={a}\\\n    {b}\nport=1")),
        ("yaml block crlf", |a, b| format!("password: |\r\n  {a}\r\n  {b}\r\nport: 1\r")),
    ];
    let mut all = Vec::new();
    for (format, write) in formats {
        let lines = (random.password(Holds::Letters), random.password(Padded));
        let plain = format!("{}\n{}", lines.0, lines.1);
        all.push(planted("password of several lines", format, (Plain, &plain), write(&lines.0, &lines.1)));
    }
    all
}
