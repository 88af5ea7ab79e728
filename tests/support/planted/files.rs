//! Secrets in the files that programs keep them in, each in its own notation.

use super::random::{BASE64, CRYPT, HEX, Holds, LOWER, Random, UPPER_HEX};
use super::{Encoding, Planted, base64, planted};

/// A file: its name, what its secret is made of, and its lines.
type File = (&'static str, Made, fn(&str) -> String);

/// What a secret of a file is made of.
#[derive(Clone, Copy)]
enum Made {
    Password(Holds),
    Of(&'static str, usize),
    /// Thirty-two bytes in base64.
    Key,
    Encoded(usize),
}

use Holds::{Base64 as Padded, Blanks, Letters, Mild, Wild};
use Made::{Encoded, Key, Of, Password};

const FILES: &[File] = &[
    ("netrc one line", Password(Mild), |v| format!("machine h.example login app password {v}")),
    ("netrc several lines", Password(Mild), |v| {
        format!("machine h.example\n  login app\n  password {v}\n\nmachine b.example")
    }),
    ("netrc default", Password(Mild), |v| format!("default login anonymous password {v}")),
    ("pgpass", Password(Letters), |v| format!("db.example:5432:app:app:{v}")),
    ("pgpass any", Password(Letters), |v| format!("*:*:*:app:{v}")),
    ("pgpass escaped", Password(Mild), |v| format!("db:5433:*:app:{}", v.replace(':', "."))),
    ("htpasswd bcrypt", Of(CRYPT, 53), |v| format!("app:$2y$10${v}")),
    ("htpasswd apr1", Of(CRYPT, 22), |v| format!("app:$apr1$Zx81kLpq${v}")),
    ("htpasswd sha", Encoded(20), |v| format!("app:{{SHA}}{v}")),
    ("htdigest", Of(HEX, 32), |v| format!("app:Private:{v}")),
    ("shadow sha512", Of(CRYPT, 86), |v| format!("app:$6$Zx81kLpqQw3r${v}:19000:0:99999:7:::")),
    ("shadow yescrypt", Of(CRYPT, 43), |v| format!("app:$y$j9T$Zx81kLpqQw3r7TyU9.${v}:19000:0:99999:7:::")),
    ("smbpasswd", Of(UPPER_HEX, 32), |v| {
        format!("app:1000:XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX:{v}:[U          ]:LCT-65F0A1B2:")
    }),
    ("cifs credentials", Password(Wild), |v| format!("username=app\npassword={v}\ndomain=HOME")),
    ("cifs credentials short", Password(Wild), |v| format!("user=app\npass={v}")),
    ("fstab password", Password(Padded), |v| {
        format!("//nas/share /mnt/nas cifs username=app,password={v},uid=1000 0 0")
    }),
    ("fstab pass", Password(Padded), |v| {
        format!("//nas/share /mnt/nas cifs rw,user=app,pass={v},vers=3.0 0 0")
    }),
    ("fstab user%", Password(Mild), |v| {
        format!("//nas/share /mnt/nas cifs user=app%{},uid=1000 0 0", v.replace('%', "."))
    }),
    ("fstab password2", Password(Letters), |v| {
        format!("//nas/share /mnt/nas cifs user=app,password2={v} 0 0")
    }),
    ("docker identity token", Of(LOWER, 40), |v| {
        format!("{{\"auths\":{{\"r.example\":{{\"identitytoken\":\"{v}\"}}}}}}")
    }),
    ("docker registry token", Of(LOWER, 40), |v| {
        format!("{{\"auths\":{{\"r.example\":{{\"registrytoken\":\"{v}\"}}}}}}")
    }),
    ("kubeconfig token", Of(LOWER, 48), |v| format!("users:\n- name: app\n  user:\n    token: {v}")),
    ("kubeconfig password", Password(Mild), |v| format!("  user:\n    username: app\n    password: {v}")),
    ("kubeconfig client key", Encoded(300), |v| format!("  user:\n    client-key-data: {v}")),
    ("kubernetes opaque", Encoded(24), |v| {
        format!("apiVersion: v1\nkind: Secret\ntype: Opaque\ndata:\n  password: {v}")
    }),
    ("kubernetes string data", Password(Blanks), |v| format!("kind: Secret\nstringData:\n  password: {v}")),
    ("my.cnf", Password(Wild), |v| format!("[client]\nuser=root\npassword={v}")),
    ("my.cnf quoted", Password(Blanks), |v| format!("[client]\npassword = \"{v}\"")),
    ("pypirc", Password(Mild), |v| format!("[pypi]\nusername = app\npassword = {v}")),
    ("pip.conf", Password(Letters), |v| format!("[global]\nindex-url = https://app:{v}@pypi.example/simple")),
    ("npmrc", Of(LOWER, 36), |v| format!("//registry.example.com/:_authToken={v}")),
    ("npmrc password", Encoded(18), |v| format!("//registry.example.com/:_password={v}")),
    ("cargo credentials", Of(LOWER, 40), |v| format!("[registries.own]\ntoken = \"{v}\"")),
    ("gem credentials", Of(HEX, 48), |v| format!("---\n:rubygems_api_key: {v}")),
    ("maven settings", Password(Mild), |v| {
        format!(
            "<server><id>a</id><username>app</username><password>{}</password></server>",
            v.replace(['<', '&'], ".")
        )
    }),
    ("gradle", Password(Mild), |v| format!("signing.password={v}")),
    ("git credentials", Password(Letters), |v| format!("https://app:{v}@git.example")),
    ("gh hosts", Of(LOWER, 40), |v| format!("git.example:\n    oauth_token: {v}\n    user: app")),
    ("aws credentials", Of(BASE64, 40), |v| {
        format!("[default]\naws_access_key_id = A\naws_secret_access_key = {v}")
    }),
    ("s3cfg", Of(BASE64, 40), |v| format!("secret_key = {v}")),
    ("rclone", Of(LOWER, 30), |v| format!("[nas]\ntype = smb\nuser = app\npass = {v}")),
    ("restic", Password(Mild), |v| format!("RESTIC_PASSWORD={v}")),
    ("wpa_supplicant", Password(Blanks), |v| format!("network={{\n  ssid=\"home\"\n  psk=\"{v}\"\n}}")),
    ("wpa_supplicant hex", Of(HEX, 64), |v| format!("  psk={v}")),
    ("network manager", Password(Mild), |v| format!("[wifi-security]\nkey-mgmt=wpa-psk\npsk={v}")),
    ("netplan", Password(Mild), |v| format!("        \"home\":\n          password: \"{v}\"")),
    ("wireguard private", Key, |v| format!("[Interface]\nPrivateKey = {v}\nAddress = 10.0.0.2/24")),
    ("wireguard preshared", Key, |v| format!("[Peer]\nPublicKey = x\nPresharedKey = {v}")),
    ("redis.conf", Password(Mild), |v| format!("port 6379\nrequirepass {v}\nmasterauth {v}")),
    ("redis.conf quoted", Password(Blanks), |v| format!("requirepass \"{v}\"")),
    ("redis acl", Password(Letters), |v| format!("user app on >{v} ~* +@all")),
    ("smtp sasl", Password(Letters), |v| format!("[mail.example.com]:587 app@example.com:{v}")),
    ("msmtp", Password(Mild), |v| format!("account home\nuser app\npassword {v}")),
    ("mosquitto passwd", Encoded(64), |v| format!("app:$7$101$Zx81kLpqQw3r7TyU${v}")),
    ("ldap", Encoded(28), |v| format!("userPassword: {{SSHA}}{v}")),
    ("ldap base64", Encoded(28), |v| format!("userPassword:: {v}")),
    ("slapd", Password(Mild), |v| format!("rootpw {v}")),
    ("django", Encoded(32), |v| format!("\"password\": \"pbkdf2_sha256$600000$Zx81kLpqQw3r${v}\"")),
    ("postgres scram", Encoded(32), |v| {
        format!("ALTER ROLE app PASSWORD 'SCRAM-SHA-256$4096:Zx81kLpqQw3r7T==${v}:{v}';")
    }),
    ("samba secrets", Password(Mild), |v| format!("passdb: password = {v}")),
    ("ansible", Password(Blanks), |v| {
        format!("nas ansible_host=192.0.2.4 ansible_user=app ansible_password='{v}'")
    }),
    ("ansible become", Password(Mild), |v| format!("ansible_become_pass: {v}")),
    ("cloud-init", Password(Letters), |v| format!("chpasswd:\n  list: |\n    app:{v}\n  expire: false")),
    ("cloud-init user", Of(CRYPT, 86), |v| format!("    passwd: $6$Zx81kLpqQw3r${v}")),
    ("tailscale up", Of(LOWER, 40), |v| format!("tailscale up --authkey {v}")),
    ("home assistant", Password(Mild), |v| format!("mqtt_password: {v}")),
    ("esphome", Key, |v| format!("api:\n  encryption:\n    key: \"{v}\"")),
    ("grafana.ini", Password(Blanks), |v| format!("[security]\nadmin_password = \"\"\"{v}\"\"\"")),
    ("vnc", Password(Letters), |v| format!("graphics type='vnc' port='-1' passwd='{v}'")),
    ("snmp", Password(Letters), |v| format!("createUser app SHA \"{v}\" AES")),
    ("ppp", Password(Mild), |v| format!("\"app\" * \"{v}\"")),
    ("ipsec", Password(Mild), |v| format!("192.0.2.1 192.0.2.2 : PSK \"{v}\"")),
    ("totp", Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32), |v| format!("totp_secret={v}")),
    ("totp prose", Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32), |v| format!("2FA secret: {v}")),
    ("totp blocks", Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 16), |v| {
        format!(
            "OTP seed: {}",
            v.as_bytes()
                .chunks(4)
                .map(|four| String::from_utf8_lossy(four).into_owned())
                .collect::<Vec<_>>()
                .join("-")
        )
    }),
    ("otpauth", Of("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 32), |v| {
        format!("otpauth://totp/Home:app?secret={v}&issuer=Home")
    }),
];

/// Words that seeds of wallets are made of.
const SEED: [&str; 16] = [
    "abandon", "ability", "absorb", "legal", "winner", "thank", "yellow", "letter", "advice", "cage",
    "ozone", "drill", "grief", "hamster", "diagram", "vacuum",
];

/// Every file, twice.
pub(super) fn plant(random: &mut Random) -> Vec<Planted> {
    let mut all = Vec::new();
    for _ in 0..2 {
        for (format, made, write) in FILES {
            let plain = match *made {
                Password(holds) => {
                    let kinds: Vec<Holds> = Holds::ALL.into_iter().filter(|kind| *kind <= holds).collect();
                    let kind = kinds[random.below(kinds.len())];
                    random.password(kind)
                }
                Of(alphabet, length) => random.text(alphabet, length),
                Key => base64(random.text(BASE64, 32).as_bytes()),
                Encoded(length) => base64(random.text(BASE64, length).as_bytes()),
            };
            let text = write(&plain);
            // What the notation itself cannot hold was written in another way.
            if text.contains(&plain) {
                all.push(planted("file of credentials", format, (Encoding::Plain, &plain), text));
            }
        }
        for (format, count, word) in
            [("colon", 12, "mnemonic: "), ("phrase", 24, "recovery phrase: "), ("is", 12, "seed phrase = ")]
        {
            let words: Vec<&str> = (0..count).map(|_| random.pick(&SEED)).collect();
            let plain = words.join(" ");
            all.push(planted(
                "words of a wallet",
                format,
                (Encoding::Plain, &plain),
                format!("{word}{plain}"),
            ));
        }
    }
    all
}
