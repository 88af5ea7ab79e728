//! Machines that nobody named beforehand, known by where their name stands or how it ends: in a domain that only a
//! network of one's own has, in one that a product run by oneself gave its name to, under a key that says so. What
//! everybody has stays: loopback, the machine that containers run on, services of a cluster, registries and vendors.

use super::names::is_common;
use super::{Hit, Kind, edges, hit};

/// What makes a look for a host worth while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// A label that networks of one's own have.
    Private,
    /// The name of something that people run themselves.
    Product,
    /// A key that has a machine's name under it.
    Key,
}

/// What is looked for, and from which byte on: the three there are rare in text, and a look costs time.
pub(super) const SIGNS: [(Sign, &str, usize); 40] = [
    (Sign::Private, ".internal", 0),
    (Sign::Private, ".local", 0),
    (Sign::Private, ".lan", 0),
    (Sign::Private, ".corp", 2),
    (Sign::Private, ".home.arpa", 4),
    (Sign::Private, ".intranet", 0),
    (Sign::Product, "argocd", 3),
    (Sign::Product, "artifactory", 1),
    (Sign::Product, "bamboo", 1),
    (Sign::Product, "bitbucket", 1),
    (Sign::Product, "confluence", 2),
    (Sign::Product, "forgejo", 2),
    (Sign::Product, "gitea", 0),
    (Sign::Product, "gitlab", 2),
    (Sign::Product, "grafana", 1),
    (Sign::Product, "homeassistant", 6),
    (Sign::Product, "immich", 0),
    (Sign::Product, "jellyfin", 0),
    (Sign::Product, "jenkins", 0),
    (Sign::Product, "jira", 0),
    (Sign::Product, "keycloak", 1),
    (Sign::Product, "kibana", 0),
    (Sign::Product, "kube", 1),
    (Sign::Product, "mattermost", 2),
    (Sign::Product, "nextcloud", 3),
    (Sign::Product, "owncloud", 2),
    (Sign::Product, "paperless", 0),
    (Sign::Product, "pihole", 2),
    (Sign::Product, "portainer", 2),
    (Sign::Product, "proxmox", 3),
    (Sign::Product, "redmine", 2),
    (Sign::Product, "sonar", 2),
    (Sign::Product, "synology", 3),
    (Sign::Product, "truenas", 3),
    (Sign::Product, "vaultwarden", 6),
    (Sign::Product, "youtrack", 0),
    (Sign::Product, "zabbix", 0),
    (Sign::Key, "hostname", 2),
    (Sign::Key, "nodename", 1),
    (Sign::Key, "computername", 1),
];

/// The products whole, as a label of a host begins that has its name from one.
const PRODUCTS: &str = "\
    argocd artifactory bamboo bitbucket confluence forgejo gitea gitlab grafana homeassistant immich jellyfin \
    jenkins jira keycloak kibana mattermost nextcloud owncloud paperless pihole portainer proxmox redmine sonar \
    sonarqube synology truenas vaultwarden youtrack zabbix";

/// Domains whose machines belong to everybody: they host the products, the sources or the documents of many.
const VENDORS: &str = "\
    amazonaws.com apache.org archlinux.org atlassian.com atlassian.net codeberg.org debian.org docker.com docker.io \
    eclipse.org elastic.co fedoraproject.org freedesktop.org gcr.io ghcr.io github.com github.io gitlab.com \
    gitlab.io gnome.org google.com googleapis.com hashicorp.com huggingface.co kde.org kernel.org kubernetes.io \
    lscr.io microsoft.com mozilla.org npmjs.org nvidia.com ollama.ai ollama.com openai.com opensuse.org pypi.org \
    python.org quay.io readthedocs.io redhat.com sonatype.com sonatype.org spring.io suse.com torproject.org \
    ubuntu.com videolan.org wikimedia.org wikipedia.org";

/// How the names of machines end that are reached from anywhere. Names of files end in none of these.
const TOPS: &str = "\
    ai app at au be biz br ca ch cloud co com cz de dev dk edu es eu fi fr gov hu ie in info io it jp kr me mx net \
    nl no nz online org pt ro se site tech tv uk us xyz za";

/// What the names of packages of Java and its like begin with, where those of machines end.
const PACKAGES: &str = "android androidx com de dev edu gov io java javax jdk kotlin net org scala sun";

/// Before `.local` these are files with settings for one machine, or members of something in a program.
const NO_MACHINES: &str = "\
    application bashrc compose conf config defaults docker-compose env fail2ban gitconfig hosts jail local makefile \
    options override params profile rc self settings storage system this threading vimrc window zshrc";

/// The end of names that stand for the same on every machine.
const EVERYWHERE: [&str; 5] =
    [".docker.internal", ".containers.internal", ".lima.internal", ".google.internal", ".svc.cluster.local"];

/// What parts the scheme of an address from its host, also in JSON.
const ADDRESSED: [&[u8]; 2] = [b"://", b":\\/\\/"];

/// The longest name that is looked at.
const LONGEST: usize = 253;

/// Finds the host that this sign tells of.
pub(super) fn at(text: &[u8], start: usize, end: usize, sign: Sign) -> Option<Hit> {
    let found = match sign {
        Sign::Private => Host::around(text, start).filter(|host| host.is_private(text)),
        Sign::Product => Host::around(text, start)
            .filter(Host::is_of_a_product)
            .or_else(|| before_a_path(text, start, end))
            .or_else(|| under_a_product(text, start, end)),
        Sign::Key => under_a_key(text, end).filter(|host| host.is_a_machine() || host.is_ones_own()),
    };
    found.map(|host| hit(Kind::Host, host.start, host.start + host.name.len()))
}

fn is_of(list: &str, word: &str) -> bool {
    list.split_ascii_whitespace().any(|one| one == word)
}

/// What could be the name of a machine.
struct Host {
    start: usize,
    /// In small letters.
    name: String,
}

impl Host {
    /// The run of bytes around this place that names have.
    fn around(text: &[u8], at: usize) -> Option<Self> {
        let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let before = text[..at].iter().rev().take(LONGEST).take_while(part).count();
        let after = text[at..].iter().take(LONGEST).take_while(part).count();
        let (from, to) = (at - before, at + after);
        // The letters and digits of an escape sequence before it are no part of it; `\\\\nas` is none.
        let shared = text[..from].ends_with(b"\\\\");
        let escaped =
            (from + 1..at.min(from + 5) + 1).find(|at| !shared && edges::after_escape(&text[..*at]));
        let start = escaped.unwrap_or(from);
        let end = to - text[start..to].iter().rev().take_while(|byte| b".-".contains(byte)).count();
        let (one_before, next) = (text[..start].last(), text.get(to));
        let start =
            if text[start..end].starts_with(b".") && one_before == Some(&b'*') { start + 1 } else { start };
        let name = std::str::from_utf8(text.get(start..end)?).ok()?.to_ascii_lowercase();
        let is_label = |label: &str| !label.is_empty() && label.len() < 64 && !label.starts_with('-');
        let alone = !matches!(one_before, Some(b'_' | b'$')) && !matches!(next, Some(b'_' | b'('));
        (alone && name.len() > 2 && name.split('.').all(is_label)).then_some(Self { start, name })
    }

    fn labels(&self) -> Vec<&str> {
        self.name.split('.').collect()
    }

    /// Whether its end is that of a public name, and its beginning not that of a package of a program.
    fn is_public(&self) -> bool {
        let labels = self.labels();
        labels.len() >= 2 && labels.last().is_some_and(|top| is_of(TOPS, top)) && !is_of(PACKAGES, labels[0])
    }

    fn is_of_a_vendor(&self) -> bool {
        let labels = self.labels();
        let domain = labels[labels.len().saturating_sub(2)..].join(".");
        is_of(VENDORS, &domain)
    }

    /// A whole name in a domain that belongs to somebody.
    fn is_ones_own(&self) -> bool {
        self.is_public() && !self.is_of_a_vendor() && !self.name.starts_with("www.")
    }

    /// `nas.lan`, `build-3.corp.acme.net`. Where the end is a word that programs have as well, more is asked.
    fn is_private(&self, text: &[u8]) -> bool {
        let labels = self.labels();
        let end = self.start + self.name.len();
        let (before, after) = (&text[..self.start], &text[end..]);
        let authority = [&b"//"[..], b"\\/", b"@", b"\\\\"].iter().any(|sign| before.ends_with(sign));
        let wildcard = before.ends_with(b"*.");
        let is_file = !authority && !wildcard && before.last().is_some_and(|byte| b"/\\.".contains(byte));
        if is_file || EVERYWHERE.iter().any(|everywhere| self.name.ends_with(everywhere)) {
            return false;
        }
        let (last, count) = (labels[labels.len() - 1], labels.len() - 1);
        let is_package = is_of(PACKAGES, labels[0]);
        if !matches!(last, "internal" | "local" | "lan" | "corp" | "arpa" | "intranet") {
            let inner = labels.iter().skip(1).take(count.saturating_sub(2));
            let inside =
                inner.into_iter().any(|label| matches!(*label, "corp" | "internal" | "intranet" | "lan"));
            return inside && self.is_public() && !self.is_of_a_vendor();
        }
        let port = after.strip_prefix(b":").is_some_and(|port| port.first().is_some_and(u8::is_ascii_digit));
        let numbered =
            labels[..count].iter().any(|label| label.contains(|c: char| c.is_ascii_digit() || c == '-'));
        let sure = authority || port;
        match last {
            _ if count == 0 || is_package => false,
            "arpa" => count >= 2 && labels[count - 1] == "home",
            "local" => {
                let file = is_of(NO_MACHINES, labels[0]) || is_of(NO_MACHINES, labels[count - 1]);
                sure || !(file || after.starts_with(b"=") || self.name == "cluster.local")
            }
            "internal" => sure || numbered || count >= 2,
            _ => true,
        }
    }

    /// `jira.acme.net`, `grafana-staging.acme.net`, and not the site of who makes it.
    fn is_of_a_product(&self) -> bool {
        let labels = self.labels();
        let own = &labels[..labels.len().saturating_sub(2)];
        self.is_ones_own() && own.iter().any(|label| product_of(label).is_some())
    }

    /// `desktop-7q2k1`, `srv04`: a number makes it the name of a machine, and not that of a service. The copies of
    /// a container have one behind a hyphen, and containers by themselves have names of twelve digits.
    fn is_a_machine(&self) -> bool {
        let name = self.name.as_str();
        let digits = name.bytes().filter(u8::is_ascii_digit).count();
        let copy = name.rsplit_once('-').is_some_and(|(_, number)| number.len() == 1 && digits == 1);
        let container = name.len() == 12 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
        let letters = name.bytes().filter(u8::is_ascii_alphabetic).count();
        !name.contains('.')
            && digits > 0
            && letters >= 2
            && name.len() >= 4
            && !copy
            && !container
            && !is_common(name)
    }
}

/// The product that a label has its name from: `jira`, `jira-staging`.
fn product_of(label: &str) -> Option<&str> {
    let name = label.split('-').next().unwrap_or(label).trim_end_matches(|c: char| c.is_ascii_digit());
    is_of(PRODUCTS, name).then_some(name)
}

/// `https://ci.acme.net/bamboo`: the product is the first part of the path.
fn before_a_path(text: &[u8], start: usize, end: usize) -> Option<Host> {
    let whole = |at: usize| text.get(at).is_none_or(|byte| !edges::wordy(*byte) && *byte != b'.');
    let slash = start.checked_sub(1).filter(|slash| text[*slash] == b'/' && whole(end))?;
    let product = std::str::from_utf8(&text[start..end]).ok().filter(|name| is_of(PRODUCTS, name))?;
    let slash = if text[..slash].ends_with(b"\\") { slash - 1 } else { slash };
    let port = text[..slash].iter().rev().take(5).take_while(|byte| byte.is_ascii_digit()).count();
    let colon = (slash - port).checked_sub(1)?;
    let last = if port > 0 && text[colon] == b':' { colon } else { slash };
    let host = Host::around(text, last.checked_sub(1)?)?;
    let before = &text[..host.start];
    let addressed = ADDRESSED.iter().any(|sign| before.ends_with(sign));
    let page = ["docs.", "blog.", "forum."].iter().any(|page| host.name.starts_with(page));
    let own = host.is_ones_own() && !host.name.contains(product) && !page;
    (own && addressed && host.start + host.name.len() == last).then_some(host)
}

/// `mattermost_url: https://chat.acme.net/`, `KUBE_API_SERVER=https://api.acme.net:6443`: the key names the product.
fn under_a_product(text: &[u8], start: usize, end: usize) -> Option<Host> {
    const WHERE: [&[u8]; 7] = [b"url", b"uri", b"host", b"server", b"address", b"endpoint", b"domain"];
    let rest = &text[end..];
    let length = rest.iter().take(32).take_while(|byte| edges::wordy(**byte) || **byte == b'.').count();
    let key = rest[..length].to_ascii_lowercase();
    let host = WHERE.iter().any(|place| key.ends_with(place)).then(|| under_a_key(text, end + length))??;
    let word = text[start..end].to_ascii_lowercase();
    let labels = host.labels();
    let theirs = labels[labels.len().saturating_sub(2)].as_bytes();
    (host.is_ones_own() && memchr::memmem::find(theirs, &word).is_none()).then_some(host)
}

/// The host that is the value of the key that ends here, or stands in the address that is.
fn under_a_key(text: &[u8], end: usize) -> Option<Host> {
    let begin = value_of(text, end)?;
    let rest = &text[begin..(begin + LONGEST).min(text.len())];
    let scheme =
        rest.iter().take(16).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'+').count();
    let slashes = ADDRESSED.iter().find(|sign| rest[scheme..].starts_with(sign));
    let begin = slashes.map_or(begin, |sign| begin + scheme + sign.len());
    let host = Host::around(text, begin)?;
    // What goes on is no name but a member, a path or a sentence.
    let next = text.get(begin + host.name.len()).copied().unwrap_or(b'\n');
    let ends = next.is_ascii_whitespace() || b"\"'`\\,;:/)]}&<".contains(&next);
    (host.start == begin && ends).then_some(host)
}

/// Where the value of a key begins that ends here.
pub(super) fn value_of(text: &[u8], end: usize) -> Option<usize> {
    let run = |from: usize, of: &[u8], most: usize| {
        from + text[from..].iter().take(most).take_while(|byte| of.contains(byte)).count()
    };
    let closed = run(end, b"\"'\\", 3);
    let blank = run(closed, b" \t", 24);
    let sign = run(blank, b":=", 1);
    let arrow = if sign > blank { run(sign, b">", 1) } else { return None };
    let value = run(arrow, b" \t", 24);
    // `ruser= rhost=x`: with a blank behind it only, the sign of equality has no value.
    let missing = text[blank] == b'=' && value > arrow && blank == closed;
    (!missing).then(|| run(value, b"\"'\\`", 3))
}
