//! Secrets that stand in a place rather than under a key: headers, addresses, queries, command lines, the strings
//! that name a connection.

use super::random::{HEX, Holds, Random};
use super::{Around, Encoding, Planted, base64, percent, planted};

use Encoding::{Json, Percent, Plain};
use Holds::{Base64 as Padded, Blanks, Letters, Mild, Quotes, Wild};

/// A place: its name, what it may hold, how it is written, and the text around the value.
type Place = (&'static str, Holds, Encoding, fn(&str) -> String);

const HEADERS: &[Place] = &[
    ("bearer", Padded, Plain, |v| format!("Authorization: Bearer {v}")),
    ("bearer lower case", Padded, Plain, |v| format!("authorization: bearer {v}")),
    ("bearer crlf", Padded, Plain, |v| {
        format!("GET / HTTP/1.1\r\nAuthorization: Bearer {v}\r\nAccept: */*\r")
    }),
    ("apikey", Mild, Plain, |v| format!("Authorization: ApiKey {v}")),
    ("token", Mild, Plain, |v| format!("Authorization: token {v}")),
    ("bare", Mild, Plain, |v| format!("Authorization: {v}")),
    ("digest", Letters, Plain, |v| {
        format!(
            "Authorization: Digest username=\"app\", realm=\"r\", nonce=\"n1\", uri=\"/\", response=\"{v}\""
        )
    }),
    ("aws4", Letters, Plain, |v| {
        format!(
            "Authorization: AWS4-HMAC-SHA256 Credential=A/20261122/eu/s3/aws4_request, SignedHeaders=host, Signature={v}"
        )
    }),
    ("proxy bearer", Padded, Plain, |v| format!("Proxy-Authorization: Bearer {v}")),
    ("cookie", Padded, Plain, |v| format!("Cookie: theme=dark; session={v}; lang=de")),
    ("cookie of any name", Padded, Plain, |v| format!("Cookie: remember_web={v}")),
    ("set-cookie", Padded, Plain, |v| format!("Set-Cookie: sid={v}; Path=/; HttpOnly; SameSite=Lax")),
    ("set-cookie lower case", Padded, Plain, |v| format!("set-cookie: tars_refresh={v}; Max-Age=3600")),
    ("x-api-key", Wild, Plain, |v| format!("X-Api-Key: {v}")),
    ("x-auth-token", Mild, Plain, |v| format!("X-Auth-Token: {v}")),
    ("x-vault-token", Mild, Plain, |v| format!("X-Vault-Token: {v}")),
    ("private-token", Mild, Plain, |v| format!("PRIVATE-TOKEN: {v}")),
    ("x-csrf-token", Mild, Plain, |v| format!("X-CSRF-Token: {v}")),
    ("x-amz-security-token", Padded, Plain, |v| format!("x-amz-security-token: {v}")),
    ("ocp-apim", Letters, Plain, |v| format!("Ocp-Apim-Subscription-Key: {v}")),
    ("curl verbose", Padded, Plain, |v| format!("> Authorization: Bearer {v}")),
    ("curl -H", Mild, Plain, |v| format!("curl -s -H 'X-Api-Key: {v}' https://api.example.com/v1")),
    ("curl --header", Padded, Plain, |v| {
        format!("curl --header \"Authorization: Bearer {v}\" https://api.example.com")
    }),
    ("json of headers", Wild, Json, |v| {
        format!("{{\"headers\":{{\"accept\":\"*/*\",\"X-Api-Key\":\"{v}\"}}}}")
    }),
    ("json bearer", Padded, Plain, |v| format!("{{\"headers\":{{\"Authorization\":\"Bearer {v}\"}}}}")),
    ("json list of values", Padded, Plain, |v| {
        format!("{{\"Authorization\":[\"Bearer {v}\"],\"Accept\":[\"*/*\"]}}")
    }),
    ("har", Padded, Plain, |v| format!("{{\"name\":\"Authorization\",\"value\":\"Bearer {v}\"}}")),
    ("python headers", Padded, Plain, |v| {
        format!("headers={{'Authorization': 'Bearer {v}', 'Accept': '*/*'}}")
    }),
    ("python tuples", Padded, Plain, |v| format!("[(b'authorization', b'Bearer {v}'), (b'accept', b'*/*')]")),
    ("rust headers", Padded, Plain, |v| {
        format!("headers: {{\"authorization\": \"Bearer {v}\", \"accept\": \"*/*\"}}")
    }),
    ("go headers", Padded, Plain, |v| format!("map[Accept:[*/*] Authorization:[Bearer {v}]]")),
    ("http2", Padded, Plain, |v| format!("[HTTP/2] [1] [authorization: Bearer {v}]")),
    ("nginx", Padded, Plain, |v| format!("    proxy_set_header Authorization \"Bearer {v}\";")),
    ("nginx header", Mild, Plain, |v| format!("    proxy_set_header X-Api-Key \"{v}\";")),
    ("fetch", Padded, Plain, |v| {
        format!("fetch(url, {{ headers: {{ Authorization: `Bearer ${{1}}`, 'X-Auth-Token': '{v}' }} }})")
    }),
    ("prometheus", Padded, Plain, |v| format!("  authorization:\n    type: Bearer\n    credentials: {v}")),
];

const QUERIES: &[Place] = &[
    ("token", Mild, Percent, |v| format!("GET /api/documents?page=2&token={v} HTTP/1.1\" 200 12")),
    ("api_key", Mild, Percent, |v| format!("https://api.example.com/v1?api_key={v}&page=2")),
    ("key", Letters, Plain, |v| format!("https://maps.example.com/v1?key={v}&zoom=2")),
    ("password percent", Wild, Percent, |v| format!("POST /login?user=app&password={v} HTTP/1.1")),
    ("blanks percent", Blanks, Percent, |v| format!("https://h.example/login?password={v}#top")),
    ("access_token", Letters, Plain, |v| {
        format!("Referer: https://h.example/cb#access_token={v}&token_type=bearer")
    }),
    ("percent equals", Letters, Plain, |v| {
        format!("next=https%3A%2F%2Fh.example%2Fcb%3Ftoken%3D{v}%26page%3D2")
    }),
    ("percent equals password", Mild, Percent, |v| format!("redirect=%2Flogin%3Fpassword%3D{v}")),
    ("websocket", Mild, Percent, |v| format!("\"GET /ws?token={v} HTTP/1.1\" 101 0")),
    ("websocket address", Letters, Plain, |v| {
        format!("INFO connecting to wss://h.example:8443/ws/chat?token={v}")
    }),
    ("auth", Letters, Plain, |v| format!("GET /stream?auth={v} HTTP/1.1")),
    ("sig", Mild, Percent, |v| format!("https://a.blob.core.windows.net/c/f?sv=2024&sp=r&sig={v}")),
    ("amz signature", Letters, Plain, |v| {
        format!("https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature={v}")
    }),
    ("form body", Mild, Percent, |v| format!("grant_type=password&username=app&password={v}&scope=all")),
    ("form secret", Mild, Percent, |v| {
        format!("client_id=app&client_secret={v}&grant_type=client_credentials")
    }),
    ("html entity", Letters, Plain, |v| format!("<a href=\"/cb?page=2&amp;token={v}&amp;x=1\">")),
    ("json unicode ampersand", Letters, Plain, |v| {
        format!("{{\"url\":\"/cb?page=2\\u0026token={v}\\u0026x=1\"}}")
    }),
    ("reset link", Letters, Plain, |v| format!("mail sent: https://h.example/reset?reset_token={v}")),
];

const COMMANDS: &[Place] = &[
    ("--password x", Mild, Plain, |v| format!("app serve --user app --password {v} --port 80")),
    ("--password=x", Mild, Plain, |v| format!("app serve --password={v} --port 80")),
    ("--password 'x y'", Blanks, Plain, |v| format!("app serve --password '{v}' --port 80")),
    ("--password=\"x y\"", Blanks, Plain, |v| format!("app serve --password=\"{v}\" --port 80")),
    ("-password x", Mild, Plain, |v| format!("app -password {v} -port 80")),
    ("--token x", Letters, Plain, |v| format!("kubeadm join 192.0.2.1:6443 --token {v}")),
    ("--api-key x", Letters, Plain, |v| format!("app --api-key {v}")),
    ("--requirepass x", Mild, Plain, |v| format!("redis-server --requirepass {v} --port 6379")),
    ("json list", Wild, Json, |v| {
        format!("\"Cmd\": [\"app\", \"--password\", \"{v}\", \"--port\", \"80\"],")
    }),
    ("json list joined", Wild, Json, |v| format!("\"Args\":[\"serve\",\"--password={v}\"]")),
    ("json list pretty", Wild, Json, |v| {
        format!("  \"Cmd\": [\n    \"redis-server\",\n    \"--requirepass\",\n    \"{v}\"\n  ]")
    }),
    ("yaml list", Mild, Plain, |v| {
        format!("    command:\n      - redis-server\n      - --requirepass\n      - {v}")
    }),
    ("yaml list joined", Mild, Plain, |v| format!("      - --password={v}")),
    ("yaml flow list", Padded, Plain, |v| format!("command: [\"redis-server\", \"--requirepass\", \"{v}\"]")),
    ("python argv", Wild, Plain, |v| format!("['app', '--password', '{v}', '--port', '80']")),
    ("cmdline", Mild, Plain, |v| format!("app\0--password\0{v}\0--port\080\0")),
    ("ps", Padded, Plain, |v| {
        format!("root  1234  0.0  0.1 12345 678 ?  Ss 10:00 0:00 app --db-password={v} --port 80")
    }),
    ("sshpass", Mild, Plain, |v| format!("sshpass -p {v} ssh app@h.example")),
    ("sshpass quoted", Blanks, Plain, |v| format!("sshpass -p '{v}' ssh app@h.example")),
    ("sshpass tight", Mild, Plain, |v| format!("sshpass -p{v} scp a app@h.example:")),
    ("mysql", Mild, Plain, |v| format!("mysql -u root -p{v} app")),
    ("mysql quoted", Blanks, Plain, |v| format!("mysql -u root -p'{v}' app")),
    ("mysqldump", Mild, Plain, |v| format!("mysqldump -h db -uroot -p{v} --all-databases")),
    ("docker login", Mild, Plain, |v| format!("docker login -u app -p {v} registry.example.com")),
    ("docker login long", Mild, Plain, |v| {
        format!("docker login --username app --password {v} registry.example.com")
    }),
    ("curl -u", Mild, Plain, |v| format!("curl -s -u app:{v} https://h.example/v1")),
    ("curl -u quoted", Blanks, Plain, |v| format!("curl -u 'app:{v}' https://h.example/v1")),
    ("curl -u tight", Mild, Plain, |v| format!("curl -uapp:{v} https://h.example/v1")),
    ("curl --user", Mild, Plain, |v| format!("curl --user app:{v} https://h.example/v1")),
    ("curl -d", Wild, Json, |v| {
        format!("curl -d '{{\"user\":\"app\",\"password\":\"{v}\"}}' https://h.example")
    }),
    ("wget", Mild, Plain, |v| format!("wget --user=app --password={v} https://h.example/f")),
    ("redis-cli -a", Mild, Plain, |v| format!("redis-cli -h cache -a {v} ping")),
    ("redis-cli -a quoted", Blanks, Plain, |v| format!("redis-cli -a \"{v}\" ping")),
    ("redis AUTH", Letters, Plain, |v| format!("127.0.0.1:6379> AUTH {v}")),
    ("smbclient", Padded, Plain, |v| format!("smbclient //nas/share -U app%{v}")),
    ("mount -o password", Padded, Plain, |v| {
        format!("mount -t cifs //nas/share /mnt -o username=app,password={v},uid=1000")
    }),
    ("mount -o pass", Padded, Plain, |v| format!("mount -t cifs //nas/share /mnt -o rw,user=app,pass={v}")),
    ("mount -o user%", Padded, Plain, |v| format!("mount -t cifs -o user=app%{v},uid=1000 //nas/share /mnt")),
    ("ldapsearch", Mild, Plain, |v| format!("ldapsearch -x -D cn=app -w {v} -b dc=example")),
    ("openssl", Mild, Plain, |v| format!("openssl rsa -in key.pem -passin pass:{v} -out out.pem")),
    ("htpasswd -b", Mild, Plain, |v| format!("htpasswd -bB users.htpasswd app {v}")),
    ("mosquitto", Mild, Plain, |v| format!("mosquitto_sub -h broker -u app -P {v} -t '#'")),
    ("mongo", Mild, Plain, |v| format!("mongosh --host db -u root -p {v} --authenticationDatabase admin")),
    ("zip", Mild, Plain, |v| format!("zip -r -P {v} out.zip in/")),
    ("7z", Mild, Plain, |v| format!("7z a -p{v} out.7z in/")),
    ("echo to stdin", Padded, Plain, |v| format!("echo \"{v}\" | docker login -u app --password-stdin")),
    ("chpasswd", Padded, Plain, |v| format!("echo 'app:{v}' | chpasswd")),
    ("sqlplus", Letters, Plain, |v| format!("sqlplus app/{v}@db:1521/x")),
    ("rsync", Mild, Plain, |v| format!("RSYNC_PASSWORD={v} rsync -a app@nas::share /mnt")),
    ("sudo -S", Padded, Plain, |v| format!("echo {v} | sudo -S systemctl restart app")),
    ("net user", Mild, Plain, |v| format!("net user app {v} /add")),
    ("borg", Mild, Plain, |v| format!("BORG_PASSPHRASE='{v}' borg list /mnt/repo")),
    ("ipmitool", Mild, Plain, |v| format!("ipmitool -I lanplus -H bmc -U admin -P {v} chassis status")),
    ("nmcli", Mild, Plain, |v| format!("nmcli device wifi connect home password {v}")),
    ("ffmpeg camera", Letters, Plain, |v| {
        format!("ffmpeg -i rtsp://admin:{v}@camera.example:554/stream1 out.mp4")
    }),
];

const CONNECTIONS: &[Place] = &[
    ("libpq", Mild, Plain, |v| format!("host=db port=5432 dbname=app user=app password={v} sslmode=require")),
    ("libpq quoted", Blanks, Plain, |v| format!("host=db user=app password='{v}' dbname=app")),
    ("jdbc postgresql", Mild, Percent, |v| {
        format!("jdbc:postgresql://db:5432/app?user=app&password={v}&ssl=true")
    }),
    ("jdbc sqlserver", Padded, Plain, |v| {
        format!("jdbc:sqlserver://db:1433;databaseName=app;user=sa;password={v};encrypt=true;")
    }),
    ("jdbc sqlserver braces", Mild, Plain, |v| {
        format!("jdbc:sqlserver://db:1433;user=sa;password={{{v}}};encrypt=true;")
    }),
    ("jdbc oracle", Letters, Plain, |v| format!("jdbc:oracle:thin:app/{v}@db:1521:x")),
    ("jdbc user info", Letters, Plain, |v| format!("jdbc:mysql://app:{v}@db:3306/app")),
    ("odbc", Mild, Plain, |v| format!("Driver={{ODBC Driver 18}};Server=db;Uid=app;Pwd={v};Encrypt=yes;")),
    ("odbc braces", Mild, Plain, |v| format!("DRIVER={{SQL}};SERVER=db;UID=app;PWD={{{v}}};")),
    ("ado", Mild, Plain, |v| {
        format!("Server=db,1433;Database=app;User Id=app;Password={v};TrustServerCertificate=True")
    }),
    ("ado quoted", Blanks, Plain, |v| format!("Server=db;User Id=app;Password='{v}';Database=app")),
    ("ado in json", Mild, Plain, |v| {
        format!("{{\"ConnectionStrings\":{{\"Default\":\"Server=db;User Id=app;Password={v};\"}}}}")
    }),
    ("ado in xml", Mild, Plain, |v| {
        format!("<add name=\"db\" connectionString=\"Server=db;User Id=app;Password={v};\" />")
    }),
    ("sqlalchemy", Mild, Percent, |v| format!("create_engine('postgresql+psycopg2://app:{v}@db/app')")),
    ("go mysql", Letters, Plain, |v| format!("dsn: app:{v}@tcp(db:3306)/app?parseTime=true")),
    ("stackexchange redis", Letters, Plain, |v| {
        format!("cache:6379,password={v},ssl=True,abortConnect=False")
    }),
    ("azure storage", Padded, Plain, |v| {
        format!(
            "DefaultEndpointsProtocol=https;AccountName=app;AccountKey={v};EndpointSuffix=core.windows.net"
        )
    }),
    ("azure bus", Padded, Plain, |v| {
        format!("Endpoint=sb://app.example/;SharedAccessKeyName=root;SharedAccessKey={v}")
    }),
    ("smtp", Mild, Percent, |v| format!("smtp://app%40example.com:{v}@mail.example.com:587")),
    ("psycopg error", Mild, Plain, |v| {
        format!("psycopg2.connect(\"dbname=app user=app password={v} host=db\") failed")
    }),
    ("php pdo", Wild, Plain, |v| format!("$db = new PDO('mysql:host=db', 'app', '{v}');")),
    ("php mysqli", Wild, Plain, |v| format!("$db = mysqli_connect('db', 'app', '{v}', 'app');")),
    ("java driver manager", Wild, Plain, |v| {
        format!("DriverManager.getConnection(\"jdbc:x\", \"app\", \"{v}\");")
    }),
    ("sentry", Letters, Plain, |v| format!("SENTRY_DSN=https://{v}@o1.ingest.example.io/12")),
];

const PROSE: &[Place] = &[
    ("password is", Mild, Plain, |v| format!("INFO the password is {v}")),
    ("password is quoted", Blanks, Plain, |v| format!("the password is \"{v}\"")),
    ("initial password", Mild, Plain, |v| format!("Generated initial admin password: {v}")),
    ("password was", Letters, Plain, |v| format!("WARN the old password was {v}, now changed")),
    ("password set to", Letters, Plain, |v| format!("password set to {v}")),
    ("token is", Letters, Plain, |v| format!("your token is {v}.")),
    ("passphrase of words", Blanks, Plain, |v| format!("Passphrase: {v}")),
    ("with password", Letters, Plain, |v| format!("login as app with password {v}")),
    ("with password quoted", Wild, Plain, |v| format!("login as app with password '{v}' failed")),
    ("using password", Wild, Plain, |v| format!("Connecting as app using password \"{v}\" to db")),
    ("api key", Letters, Plain, |v| {
        format!("Incorrect API key provided: {v}. You can find yours on the page.")
    }),
    ("secret key is", Letters, Plain, |v| format!("the secret key is {v}")),
    ("german", Letters, Plain, |v| format!("Das Passwort lautet {v}")),
    ("german colon", Mild, Plain, |v| format!("Passwort: {v}")),
    ("german key", Mild, Plain, |v| format!("Kennwort: {v}")),
    ("jupyter", Letters, Plain, |v| format!("    http://127.0.0.1:8888/lab?token={v}")),
    ("unseal key", Padded, Plain, |v| format!("Unseal Key 1: {v}")),
    ("root token", Letters, Plain, |v| format!("Initial Root Token: {v}")),
    ("wifi", Mild, Plain, |v| format!("    WPA PSK: {v}")),
    ("sql identified by", Blanks, Plain, |v| format!("CREATE USER 'app'@'%' IDENTIFIED BY '{v}';")),
    ("sql identified with", Blanks, Plain, |v| {
        format!("ALTER USER app IDENTIFIED WITH caching_sha2_password BY '{v}';")
    }),
    ("sql with password", Blanks, Plain, |v| format!("ALTER USER app WITH PASSWORD '{v}';")),
    ("sql encrypted password", Blanks, Plain, |v| {
        format!("CREATE ROLE app LOGIN ENCRYPTED PASSWORD '{v}' VALID UNTIL 'infinity';")
    }),
    ("sql set password", Blanks, Plain, |v| format!("SET PASSWORD FOR 'app'@'%' = '{v}';")),
    ("sql set password call", Blanks, Plain, |v| format!("SET PASSWORD FOR 'app'@'%' = PASSWORD('{v}');")),
    ("sql lower case", Wild, Plain, |v| format!("statement: create user app with password '{v}'")),
    ("sql where", Wild, Plain, |v| format!("SELECT id FROM users WHERE name = 'app' AND password = '{v}'")),
    ("sql update", Wild, Plain, |v| format!("UPDATE users SET password = '{v}', age = 4 WHERE id = 1")),
    ("sql insert", Wild, Plain, |v| format!("INSERT INTO users (name, password) VALUES ('app', '{v}')")),
    ("sql pragma", Wild, Plain, |v| format!("PRAGMA key = '{v}';")),
    ("error detail", Quotes, Json, |v| {
        format!("ERROR {{\"detail\":\"bad\",\"input\":{{\"password\":\"{v}\"}}}}")
    }),
];

const SCHEMES: [&str; 16] = [
    "postgres",
    "postgresql",
    "postgresql+asyncpg",
    "redis",
    "rediss",
    "mongodb",
    "mongodb+srv",
    "mysql",
    "amqp",
    "amqps",
    "https",
    "http",
    "ftp",
    "smb",
    "ldap",
    "rtsp",
];

/// What may stand around an address.
const AROUND: &[Around] = &[
    ("env", |url| format!("DATABASE_URL={url}")),
    ("env quoted", |url| format!("CACHE_URL=\"{url}\"")),
    ("yaml", |url| format!("  url: {url}")),
    ("json", |url| format!("{{\"url\":\"{url}\",\"n\":1}}")),
    ("json slashes", |url| format!("{{\"url\":\"{}\"}}", url.replace('/', "\\/"))),
    ("prose", |url| format!("ERROR could not connect to {url}: timed out")),
    ("brackets", |url| format!("error (url={url})")),
    ("python", |url| format!("Engine({url})")),
    ("git remote", |url| format!("origin\t{url} (fetch)")),
    ("percent in another", |url| format!("GET /proxy?target={}&x=1 HTTP/1.1", percent(url))),
    ("percent in json", |url| format!("{{\"next\":\"/go?to={}\"}}", percent(url))),
];

fn urls(random: &mut Random) -> Vec<Planted> {
    let mut all = Vec::new();
    for (at, scheme) in SCHEMES.iter().enumerate() {
        let is_web = scheme.starts_with("http");
        for (format, around) in AROUND {
            let variant = random.below(6);
            let plain = match variant {
                0 | 1 => random.password(Letters),
                2 => random.password(Letters).replacen('k', "k@", 1),
                3 => random.password(Letters).replacen('k', "k:", 1),
                4 if !is_web => random.password(Letters).replacen('k', "k/", 1),
                _ => random.password(Wild),
            };
            let written =
                if variant >= 4 && (is_web || variant == 5) { percent(&plain) } else { plain.clone() };
            let user = if variant == 1 { "" } else { random.pick(&["app", "bob", "admin"]) };
            let url = format!("{scheme}://{user}:{written}@db.example:{}/app", 5432 + at);
            let mut one = planted("password in an address", format, (Plain, &plain), around(&url));
            one.encoding = if written == plain { "plain" } else { "percent" };
            if format.starts_with("percent") {
                one.encoding = "percent of an address";
                one.value = percent(&written).into_bytes();
            } else if *format == "json slashes" {
                one.value = written.replace('/', "\\/").into_bytes();
            } else {
                one.value = written.into_bytes();
            }
            all.push(one);
        }
    }
    for (format, around) in AROUND {
        let plain = random.text(HEX, 40);
        all.push(planted(
            "token as the user of an address",
            format,
            (Plain, &plain),
            around(&format!("https://{plain}@git.example/a/b.git")),
        ));
        let plain = random.text(HEX, 40);
        all.push(planted(
            "token before x-oauth",
            format,
            (Plain, &plain),
            around(&format!("https://{plain}:x-oauth-basic@git.example/a.git")),
        ));
    }
    all
}

/// User and password in base64, as in a header.
fn basic(random: &mut Random) -> Vec<Planted> {
    let formats: &[Around] = &[
        ("authorization", |v| format!("Authorization: Basic {v}")),
        ("lower case", |v| format!("authorization: basic {v}")),
        ("proxy", |v| format!("Proxy-Authorization: Basic {v}")),
        ("json", |v| format!("{{\"Authorization\":\"Basic {v}\"}}")),
        ("env", |v| format!("BASIC_AUTH={v}")),
        ("bare", |v| format!("sent Basic {v} to upstream")),
        ("docker", |v| format!("{{\"auths\":{{\"registry.example.com\":{{\"auth\":\"{v}\"}}}}}}")),
        ("docker pretty", |v| {
            format!(
                "{{\n  \"auths\": {{\n    \"https://index.docker.io/v1/\": {{\n      \"auth\": \"{v}\"\n    }}\n  }}\n}}"
            )
        }),
        ("npmrc", |v| format!("//registry.example.com/:_auth={v}")),
        ("kubernetes docker config", |v| {
            format!(
                "  .dockerconfigjson: {}",
                base64(format!("{{\"auths\":{{\"r\":{{\"auth\":\"{v}\"}}}}}}").as_bytes())
            )
        }),
    ];
    let mut all = Vec::new();
    for (format, write) in formats {
        for kind in [Letters, Mild] {
            let plain = random.password(kind);
            let pair = base64(format!("app:{plain}").as_bytes());
            let mut one = planted("user and password in base64", format, (Plain, &plain), write(&pair));
            one.encoding = "base64";
            one.value = if *format == "kubernetes docker config" {
                one.text[21..one.text.len() - 1].to_vec()
            } else {
                pair.into_bytes()
            };
            all.push(one);
        }
    }
    all
}

/// All of them.
pub(super) fn plant(random: &mut Random) -> Vec<Planted> {
    let mut all = urls(random);
    all.extend(basic(random));
    let tables = [
        ("header", HEADERS),
        ("query parameter", QUERIES),
        ("command line", COMMANDS),
        ("connection string", CONNECTIONS),
        ("prose and SQL", PROSE),
    ];
    for (family, table) in tables {
        for (format, holds, encoding, write) in table {
            for kind in Holds::ALL.into_iter().filter(|kind| kind <= holds) {
                // A token is longer than a password may be, and of one alphabet: a key such as `key` or `auth` tells
                // so little that what varies as little as a number does is none.
                let plain = random.password(kind);
                let needs_token = matches!(family, "header" | "query parameter")
                    && kind <= Padded
                    && (plain.len() < 16 || !plain.bytes().any(|byte| byte.is_ascii_uppercase()));
                let plain = if needs_token { random.text(HEX, 32) } else { plain };
                all.push(planted(family, format, (*encoding, &plain), write(&encoding.apply(&plain))));
            }
        }
    }
    all
}
