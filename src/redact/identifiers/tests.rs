//! What must go and what must stay, and that pseudonyms are stable.

use proptest::prelude::*;

use super::*;

fn identifiers() -> Identifiers {
    let all = |names: &[&str]| names.iter().map(ToString::to_string).collect();
    let known = Known {
        hosts: all(&["tower.home.arpa", "nas", "Pixelbook", "localhost", "server.lan"]),
        users: all(&["marlene", "root", "xy", "tars", "joe"]),
        shares: all(&["familyarchive", "data"]),
        serials: all(&["WD-WCC7K0123456"]),
    };
    Identifiers::new(&known, [7; 32])
}

fn replaced(identifiers: &Identifiers, text: &str) -> String {
    let mut hits = Vec::new();
    identifiers.find(text.as_bytes(), &mut hits);
    let (mut out, mut at) = (Vec::new(), 0);
    for hit in hits {
        assert!(hit.start >= at && hit.start < hit.end && hit.end <= text.len(), "{hit:?}");
        out.extend_from_slice(&text.as_bytes()[at..hit.start]);
        let What::Name(kind) = hit.what else { panic!("not a name") };
        out.extend(identifiers.pseudonym(kind, &text.as_bytes()[hit.start..hit.end]).into_bytes());
        at = hit.end;
    }
    out.extend_from_slice(&text.as_bytes()[at..]);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn these_go() {
    let table = [
        ("host tower.home.arpa up", "tower.home.arpa", Kind::Host),
        ("Jan 31 09:26:53 tower kernel: x", "tower", Kind::Host),
        ("TOWER: ready", "TOWER", Kind::Host),
        ("http://tower:8080/", "tower", Kind::Host),
        ("//nas/familyarchive /mnt cifs", "nas", Kind::Host),
        ("//nas/familyarchive /mnt cifs", "familyarchive", Kind::Share),
        ("nas:/volume1/x", "nas", Kind::Host),
        ("\"hostname\":\"pixelbook\"", "pixelbook", Kind::Host),
        ("\u{1b}[31mtower\u{1b}[0m", "tower", Kind::Host),
        ("msg=\"a\\ntower b\"", "tower", Kind::Host),
        ("path=%2Ftower%2Fx", "tower", Kind::Host),
        ("at server.lan now", "server.lan", Kind::Host),
        ("/home/marlene/docs", "marlene", Kind::User),
        ("uid=1000(marlene) gid=1000", "marlene", Kind::User),
        ("sshd: session opened for user joe", "joe", Kind::User),
        ("marlene@laptop", "marlene", Kind::User),
        ("syncthing@joe.service", "joe", Kind::User),
        ("ata-WDC_WD40EFRX_WD-WCC7K0123456-part1", "WD-WCC7K0123456", Kind::Serial),
        ("mail to anna.b@mail.example.org.", "anna.b@mail.example.org", Kind::Email),
        ("<first+tag@sub.domain.co.uk>", "first+tag@sub.domain.co.uk", Kind::Email),
        ("from=a_b@company.io,", "a_b@company.io", Kind::Email),
        ("mailto:info@firma.de", "info@firma.de", Kind::Email),
        ("user=anna%40posteo.de&x", "anna%40posteo.de", Kind::Email),
        ("x\\nanna@posteo.de", "anna@posteo.de", Kind::Email),
        ("nobody@163.com", "nobody@163.com", Kind::Email),
        ("https://anna@posteo.de:pw@cloud.host.net/", "anna@posteo.de", Kind::Email),
        ("git@git.family.net:repo", "git@git.family.net", Kind::Email),
        ("client 81.2.69.142 - -", "81.2.69.142", Kind::Ip),
        ("192.168.1.20:8080", "192.168.1.20", Kind::Ip),
        ("inet 10.0.0.5/24", "10.0.0.5", Kind::Ip),
        ("172.17.0.2", "172.17.0.2", Kind::Ip),
        ("100.100.3.4", "100.100.3.4", Kind::Ip),
        ("(8.8.8.8)", "8.8.8.8", Kind::Ip),
        ("dial tcp 81.2.69.142:443: refused", "81.2.69.142", Kind::Ip),
        ("10.0.0.1-10.0.0.9", "10.0.0.9", Kind::Ip),
        ("81.2.69.1-81.2.69.9", "81.2.69.9", Kind::Ip),
        ("81.2.69.1-81.2.69.9", "81.2.69.1", Kind::Ip),
        ("from 81.2.69.142.", "81.2.69.142", Kind::Ip),
        ("http-nio-10.0.0.5-8080-exec", "10.0.0.5", Kind::Ip),
        ("::ffff:81.2.69.142", "81.2.69.142", Kind::Ip),
        ("ip=%2281.2.69.142%22", "81.2.69.142", Kind::Ip),
        ("\\n81.2.69.142", "81.2.69.142", Kind::Ip),
        ("http://81.2.69.142/x", "81.2.69.142", Kind::Ip),
        ("4.3.2.1.in-addr.arpa", "4.3.2.1", Kind::Ip),
        ("[2a01:4f8:c17:b8f::2]:443", "2a01:4f8:c17:b8f::2", Kind::Ip),
        ("inet6 2a01:4f8:c17:b8f::2/64", "2a01:4f8:c17:b8f::2", Kind::Ip),
        ("2A01:04F8:0C17:0B8F:0000:0000:0000:0002 x", "2A01:04F8:0C17:0B8F:0000:0000:0000:0002", Kind::Ip),
        ("nameserver 2606:4700:4700::1111", "2606:4700:4700::1111", Kind::Ip),
        ("fd12:3456:789a::1", "fd12:3456:789a::1", Kind::Ip),
        ("fe80::21b:44ff:fe11:3ab7%eth0", "fe80::21b:44ff:fe11:3ab7", Kind::Ip),
        ("addr:2a01:4f8::1", "2a01:4f8::1", Kind::Ip),
        ("2a01:4f8::1: unreachable", "2a01:4f8::1", Kind::Ip),
        ("link/ether 3c:7c:3f:1e:2b:9a brd", "3c:7c:3f:1e:2b:9a", Kind::Mac),
        ("HWaddr 3C-7C-3F-1E-2B-9A", "3C-7C-3F-1E-2B-9A", Kind::Mac),
        ("mac:3c:7c:3f:1e:2b:9a", "3c:7c:3f:1e:2b:9a", Kind::Mac),
        ("3c:7c:3f:1e:2b:9a: up", "3c:7c:3f:1e:2b:9a", Kind::Mac),
        ("02:42:ac:11:00:02", "02:42:ac:11:00:02", Kind::Mac),
        ("Serial Number: S3Z9NB0K123456", "S3Z9NB0K123456", Kind::Serial),
        ("\"serial\": \"S3Z9NB0K123456\"", "S3Z9NB0K123456", Kind::Serial),
        ("ID_SERIAL_SHORT=WD-WX1234567", "WD-WX1234567", Kind::Serial),
        ("ID_SERIAL=Samsung_SSD_970_S466NX0", "Samsung_SSD_970_S466NX0", Kind::Serial),
        ("S/N: 0324917044521", "0324917044521", Kind::Serial),
        ("serial_number = \"4C530001\"", "4C530001", Kind::Serial),
        ("SerialNumber: 00A1B2C3D4", "00A1B2C3D4", Kind::Serial),
        ("disk serial ZA1234BC found", "ZA1234BC", Kind::Serial),
        ("product_serial: PF2ABCDE", "PF2ABCDE", Kind::Serial),
        ("Machine ID: 0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef", Kind::Machine),
        ("_MACHINE_ID=0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcdef", Kind::Machine),
        (
            "product_uuid: 03000200-0400-0500-0006-000700080009",
            "03000200-0400-0500-0006-000700080009",
            Kind::Machine,
        ),
        ("ping printer.lan: unreachable", "printer.lan", Kind::Host),
        ("https://backup.local:5001/", "backup.local", Kind::Host),
        ("kernel: CIFS: \\\\\\\\disks.home.arpa has not responded", "disks.home.arpa", Kind::Host),
        ("disks.intranet:/export /mnt nfs", "disks.intranet", Kind::Host),
        ("dial tcp: lookup db-3.internal: no such host", "db-3.internal", Kind::Host),
        ("ip-10-1-2-3.eu-west-1.compute.internal", "ip-10-1-2-3.eu-west-1.compute.internal", Kind::Host),
        ("notes.corp.kestrel.io answered", "notes.corp.kestrel.io", Kind::Host),
        ("s:\\nnotes.corp", "notes.corp", Kind::Host),
        ("u=https%3A%2F%2Fnotes.corp%2Fx", "notes.corp", Kind::Host),
        ("*.lab.kestrel.lan", "lab.kestrel.lan", Kind::Host),
        ("Host(`grafana.kestrel.io`)", "grafana.kestrel.io", Kind::Host),
        ("git clone git.gitlab-test.kestrel.de:x", "git.gitlab-test.kestrel.de", Kind::Host),
        ("https://work.kestrel.net/jira/browse/X-1", "work.kestrel.net", Kind::Host),
        (r#"{"u":"https:\/\/work.kestrel.net:8443\/bamboo"}"#, "work.kestrel.net", Kind::Host),
        ("nextcloud_url: https://files.kestrel.ch/", "files.kestrel.ch", Kind::Host),
        ("KUBE_API_SERVER=https://k.kestrel.ch:6443", "k.kestrel.ch", Kind::Host),
        ("HOSTNAME=srv04", "srv04", Kind::Host),
        (r#""computername": "DESKTOP-9X1K2""#, "DESKTOP-9X1K2", Kind::Host),
        ("hostname: mail.kestrel.fr", "mail.kestrel.fr", Kind::Host),
        (r"psexec \\LAB7 -u KESTREL\finn cmd", "LAB7", Kind::Host),
        (r"psexec \\LAB7 -u KESTREL\finn cmd", r"KESTREL\finn", Kind::User),
        ("PsExec.exe -u finn -i x", "finn", Kind::User),
        ("APP_AUTH_USER=finn", "finn", Kind::User),
        ("SMTP_USERNAME = finn.k  # mine", "finn.k", Kind::User),
        ("  username: finn", "finn", Kind::User),
        ("    username: finn    # a remark", "finn", Kind::User),
        (r#"{"userName":"finn","x":1}"#, "finn", Kind::User),
        (r#"{\"user\": \"finn\"}"#, "finn", Kind::User),
        ("pam: ruser= rhost=h user=finn", "finn", Kind::User),
        ("?user=finn&x=1", "finn", Kind::User),
    ];
    let identifiers = identifiers();
    for (text, name, kind) in table {
        let mut hits = Vec::new();
        identifiers.find(text.as_bytes(), &mut hits);
        let start = text.find(name).unwrap();
        assert!(hits.contains(&hit(kind, start, start + name.len())), "{name} in {text:?}: {hits:?}");
    }
}

#[test]
fn these_stay() {
    let identifiers = identifiers();
    for text in [
        "localhost root tars data xy server home",
        "towers tower_1 tower-1 mytower watchtower",
        "nasa dynasty nas_backup",
        "Joe JOE joey",
        "127.0.0.1:8080 0.0.0.0 255.255.255.0 255.255.255.255",
        "169.254.1.1 224.0.0.251 239.255.255.250 240.0.0.1",
        "192.0.2.1 198.51.100.7 203.0.113.9",
        "v1.2.3.4",
        "version 1.2.3.4",
        "version: 1.2.3.4",
        "\"Version\":\"1.2.3.4\"",
        "firmware=1.2.3.4",
        "release 5.4.3.2",
        "package-1.2.3.4.tar.gz",
        "libfoo.so.1.2.3.4",
        "foo_1.2.3.4-1ubuntu2",
        "1.2.3.4-r0",
        "1.3.6.1.4.1.311",
        "1.2.3",
        "1.2.3.4.5",
        "1.2.3.256",
        "1.2.3.4a",
        "Chrome/120.0.0.0 Safari/537.36 OPR/106.0.0.0",
        "12:34:56",
        "2026-01-31T09:26:53.589793238Z",
        "2026-01-31 09:26:53,123",
        "[09:26:53]",
        "00:00:00:00:00:00 ff:ff:ff:ff:ff:ff FF-FF-FF-FF-FF-FF",
        "01:00:5e:00:00:fb 33:33:00:00:00:01",
        "SHA256:3c:7c:3f:1e:2b:9a:3c:7c:3f:1e:2b:9a:3c:7c:3f:1e",
        "::1 :: fe80::1 ff02::1 2001:db8::5",
        "std::vec::Vec abc::def dead::beef",
        "a::b fe::ff",
        "image:tag:3",
        "0000:01:00.0",
        "pci 0000:00:1f.2: [8086:2822]",
        "550e8400-e29b-41d4-a716-446655440000",
        "boot id 550e8400-e29b-41d4-a716-446655440000",
        "12-34-56-78-9a",
        "01-02-03-04-05-06-07",
        "git@github.com:owner/repo.git",
        "getty@tty1.service user@1000.service",
        "modprobe@fuse.service wg-quick@wg0.service",
        "pkg@1.2.3 @scope/pkg@1.2.3-rc.alpha",
        "logo@2x.png",
        "curve25519-sha256@libssh.org chacha20-poly1305@openssh.com",
        "image@sha256:0123456789abcdef",
        "@app.route and @property",
        "python3.11@3.11.4_1",
        "postgres://svc:pw@db.internal.net:5432/x",
        "https://svc@registry.host.net/v2/",
        "foo @ bar.com",
        "a@b",
        "serial console ttyS0 at 115200",
        "serial ttyUSB0",
        "serial8250: ttyS0",
        "Serial Attached SCSI",
        "SerialNumber=3",
        "serial: none",
        "serialized: abc123def",
        "serial number of times 12",
        "Serial: 000000000",
        "machine-id not found",
        "product_uuid: unknown",
        "0.5.0.1 load",
        "took 1.5s, 12.75 ms, 99.9.",
        "2024.01.31.1500",
        "deadbeef:12:34",
        "key:value a:b:c",
        "http://localhost:8080/::/",
        "%3A%40",
        // What is no machine, or everybody's
        "localhost host.docker.internal metadata.google.internal x.containers.internal",
        "postgres.default.svc.cluster.local cluster.local",
        "http://backend:8000 redis://cache:6379/0 OLLAMA_HOST=http://ollama:11434",
        "registry-1.docker.io github.com ollama.com gitlab.com grafana.com ghcr.io/x/y",
        "https://jira.atlassian.com/ https://gitlab.gnome.org/x https://issues.apache.org/jira/x",
        "mattermost_url: https://community.mattermost.com",
        ".env.local settings.local.json docker-compose.local rc.local /etc/fail2ban/jail.local",
        "local-fs.target user.slice user@1000.service jira.service grafana.ini",
        "_http._tcp.local threading.local() self.local x.local_date config.local=1",
        "com.kestrel.internal.Main org.jenkins.model.io jdk.internal.misc.Unsafe app.internal started",
        "https://www.kestrel.net/jira https://docs.kestrel.net/grafana https://kestrel.net/grafana-setup",
        "grafana/grafana:11.1.0 sonar.host.url sonar.projectKey=x jira: 3 of 4",
        "hostname: backend HOSTNAME=0123456789ab hostname=worker-1 hostname = gethostname()",
        "hostname: api.github.com",
        "POSTGRES_USER=postgres DB_USER=app_user username: string user: root",
        "GUEST_USERNAME=guest USER=nobody MAIL_USER=smtp_username user=${USER} user=%s",
        "user: not found, please try again",
        "user: 1000:1000",
        "\"user\": \"What is this about?\" \"role\": \"user\", \"content\": \"x\"",
        "username = request.get(1) user = models.ForeignKey(x)",
        "ruser= rhost=h",
        "user_agent=curl http_user_id=abc users=three multi-user.target: reached",
        r"psexec \\server -u DOMAIN\Administrator cmd; psexec -u %USER% x",
        "[HOST-1] [USER-2] [LAN-IP-3fa1.5c/24] [MAC-3f1.9b02] [EMAIL-00ff] [REDACTED:nas:abcd]",
    ] {
        assert_eq!(replaced(&identifiers, text), text);
    }
}

#[test]
fn pseudonyms_tell_the_network_and_nothing_else() {
    let one = identifiers();
    let of = |kind, name: &str| one.pseudonym(kind, name.as_bytes());
    assert_eq!(of(Kind::Host, "tower.home.arpa"), "[HOST-1]");
    assert_eq!(of(Kind::Host, "TOWER"), "[HOST-1]");
    assert_eq!(of(Kind::Host, "nas"), "[HOST-2]");
    assert_eq!(of(Kind::User, "marlene"), "[USER-1]");
    assert_eq!(of(Kind::User, "joe"), "[USER-2]");
    assert_eq!(of(Kind::Mac, "3c:7c:3f:1e:2b:9a"), of(Kind::Mac, "3C-7C-3F-1E-2B-9A"));
    assert_eq!(of(Kind::Email, "Anna%40posteo.de"), of(Kind::Email, "anna@posteo.de"));
    let network = |name: &str| of(Kind::Ip, name).rsplit_once('.').map(|(network, _)| network.to_string());
    assert_eq!(network("192.168.1.5"), network("192.168.1.9"));
    assert_ne!(network("192.168.1.5"), network("192.168.2.5"));
    assert!(
        of(Kind::Ip, "192.168.1.5").starts_with("[LAN-IP-") && of(Kind::Ip, "8.8.8.8").starts_with("[IP-")
    );
    assert!(of(Kind::Ip, "fd12::1").starts_with("[LAN-IP-") && of(Kind::Ip, "2a01::1").ends_with("/64]"));
    let all: std::collections::BTreeSet<_> =
        (0..=255).map(|n| of(Kind::Ip, &format!("192.168.1.{n}"))).collect();
    assert_eq!(all.len(), 256);
    assert_eq!(one.map().get("[HOST-1]").map(String::as_str), Some("tower.home.arpa"));
    assert_eq!(one.map().get(&of(Kind::Ip, "8.8.8.8")).map(String::as_str), Some("8.8.8.8"));
    assert!(format!("{one:?}").len() < 30);
}

#[test]
fn pseudonyms_do_not_depend_on_the_order_and_do_on_the_key() {
    let names = [
        (Kind::Ip, "8.8.4.4"),
        (Kind::Email, "a@b.de"),
        (Kind::Host, "nas"),
        (Kind::Mac, "3c:7c:3f:1e:2b:9a"),
    ];
    let (one, two, other) = (identifiers(), identifiers(), Identifiers::new(&Known::default(), [8; 32]));
    let forth: Vec<_> = names.iter().map(|(kind, name)| one.pseudonym(*kind, name.as_bytes())).collect();
    let mut back: Vec<_> =
        names.iter().rev().map(|(kind, name)| two.pseudonym(*kind, name.as_bytes())).collect();
    back.reverse();
    assert_eq!(forth, back);
    assert_eq!(one.map(), two.map());
    for ((kind, name), pseudonym) in names.iter().zip(&forth) {
        assert_ne!(&other.pseudonym(*kind, name.as_bytes()), pseudonym);
        assert_eq!(length(pseudonym.as_bytes()), Some(pseudonym.len()));
    }
    for not in ["[HOST-]", "[HOST-1", "HOST-1]", "[HOST-xyz]", "[OTHER-1]", "[IP-00000000000000000]", ""] {
        assert_eq!(length(not.as_bytes()), None, "{not}");
    }
}

/// Pieces of which texts with names in them are made.
fn pieces(most: usize) -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "tower",
        "tower.home.arpa",
        "nas",
        "joe",
        "@",
        ".",
        ":",
        "-",
        " ",
        "\n",
        "10.0.0.7",
        "8.8.8.8",
        "2a01:4f8::1",
        "::",
        "3c:7c:3f:1e:2b:9a",
        "anna@posteo.de",
        "%40",
        "%",
        "serial: ",
        "S3Z9NB0K12",
        "[",
        "]",
        "v",
        "1.2",
        "/",
        "\\n",
        "cafe",
        "[HOST-1]",
        "[IP-00aa.01/24]",
        "machine-id=",
        "0123456789abcdef0123456789abcdef",
        "ä",
        "_",
        "https://",
        ".lan",
        ".internal",
        "jira",
        ".kestrel.net",
        "user",
        "hostname=",
        "srv04",
        "psexec ",
        "\\\\",
        " -u ",
    ]);
    proptest::collection::vec(piece, 0..most).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn what_was_replaced_is_not_replaced_again(
        pieces in proptest::collection::vec((pieces(2), proptest::sample::select(vec![" ", "\n", "/", ", ", "\"", "=", ": ", "(", "]"])), 0..9),
    ) {
        let identifiers = identifiers();
        let text: String = pieces.into_iter().map(|(piece, after)| piece + after).collect();
        let once = replaced(&identifiers, &text);
        let twice = replaced(&identifiers, &once);
        prop_assert_eq!(&once, &twice, "from {:?}", text);
    }

    #[test]
    fn any_bytes_are_a_text(text in proptest::collection::vec(any::<u8>(), 0..200), also in pieces(14)) {
        let identifiers = identifiers();
        let mut hits = Vec::new();
        identifiers.find(&[&text, also.as_bytes(), &text].concat(), &mut hits);
        prop_assert!(hits.windows(2).all(|pair| pair[0].end <= pair[1].start));
    }
}
