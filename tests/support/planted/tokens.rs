//! Tokens of well-known providers, told by their shape: a mark and a body of chance. The marks are put together when
//! the tests run, so that no file holds what looks like a token.

use super::random::{BASE32, BASE62, BASE64, BASE64URL, CRYPT, DIGITS, HEX, LOWER, Random, UPPER};
use super::{Around, Encoding, Planted, base64, planted};

/// A part of a token.
#[derive(Clone, Copy)]
enum Part {
    /// These characters.
    Is(&'static str),
    /// So many of an alphabet.
    Of(&'static str, usize),
}

use Part::{Is, Of};

/// A family: its name and the parts of its tokens.
type Family = (&'static str, &'static [Part]);

const FAMILIES: &[Family] = &[
    ("AWS access key id", &[Is("AK"), Is("IA"), Of(BASE32, 16)]),
    ("AWS temporary key id", &[Is("AS"), Is("IA"), Of(BASE32, 16)]),
    ("Google API key", &[Is("AI"), Is("za"), Of(BASE64URL, 35)]),
    ("Google OAuth token", &[Is("ya"), Is("29."), Of(BASE64URL, 68)]),
    ("Google client secret", &[Is("GOC"), Is("SPX-"), Of(BASE64URL, 28)]),
    ("Azure client secret", &[Of(BASE62, 3), Is("8Q"), Is("~"), Of(BASE62, 34)]),
    ("DigitalOcean", &[Is("dop"), Is("_v1_"), Of(HEX, 64)]),
    ("Alibaba", &[Is("LT"), Is("AI"), Of(BASE62, 20)]),
    ("GitHub classic", &[Is("gh"), Is("p_"), Of(BASE62, 36)]),
    ("GitHub app", &[Is("gh"), Is("s_"), Of(BASE62, 36)]),
    ("GitHub OAuth", &[Is("gh"), Is("o_"), Of(BASE62, 36)]),
    ("GitHub fine-grained", &[Is("github"), Is("_pat_"), Of(BASE62, 22), Is("_"), Of(BASE62, 59)]),
    ("GitLab", &[Is("gl"), Is("pat-"), Of(BASE64URL, 20)]),
    ("GitLab runner", &[Is("gl"), Is("rt-"), Of(BASE64URL, 20)]),
    ("GitLab deploy", &[Is("gl"), Is("dt-"), Of(BASE64URL, 20)]),
    ("Bitbucket", &[Is("AT"), Is("BB"), Of(BASE62, 32)]),
    ("Atlassian", &[Is("ATA"), Is("TT3xFfGF0"), Of(BASE64URL, 175), Is("="), Of("0123456789ABCDEF", 8)]),
    ("Slack bot", &[Is("xo"), Is("xb-"), Of(DIGITS, 12), Is("-"), Of(DIGITS, 12), Is("-"), Of(BASE62, 24)]),
    (
        "Slack user",
        &[
            Is("xo"),
            Is("xp-"),
            Of(DIGITS, 11),
            Is("-"),
            Of(DIGITS, 11),
            Is("-"),
            Of(DIGITS, 12),
            Is("-"),
            Of(HEX, 32),
        ],
    ),
    ("Slack app", &[Is("xa"), Is("pp-1-A"), Of(UPPER, 10), Is("-"), Of(DIGITS, 13), Is("-"), Of(HEX, 64)]),
    (
        "Slack webhook",
        &[
            Is("https://hooks.slack"),
            Is(".com/services/T"),
            Of(UPPER, 9),
            Is("/B"),
            Of(UPPER, 9),
            Is("/"),
            Of(BASE62, 24),
        ],
    ),
    (
        "Discord webhook",
        &[Is("https://discord"), Is(".com/api/webhooks/"), Of(DIGITS, 18), Is("/"), Of(BASE64URL, 68)],
    ),
    ("Discord bot", &[Is("M"), Is("T"), Of(BASE62, 22), Is("."), Of(BASE62, 6), Is("."), Of(BASE64URL, 38)]),
    ("Telegram", &[Is("1"), Of(DIGITS, 9), Is(":A"), Is("A"), Of(BASE64URL, 33)]),
    (
        "Telegram address",
        &[Is("https://api.telegram.org/bot1"), Of(DIGITS, 9), Is(":A"), Is("A"), Of(BASE64URL, 33)],
    ),
    (
        "Teams webhook",
        &[
            Is("https://home.webhook.office"),
            Is(".com/webhookb2/"),
            Of(HEX, 8),
            Is("-1234-4567-89ab-"),
            Of(HEX, 12),
            Is("@"),
            Of(HEX, 8),
            Is("-1234-4567-89ab-"),
            Of(HEX, 12),
            Is("/IncomingWebhook/"),
            Of(HEX, 32),
            Is("/"),
            Of(HEX, 8),
            Is("-1234-4567-89ab-"),
            Of(HEX, 12),
        ],
    ),
    ("OpenAI", &[Is("sk"), Is("-"), Of(BASE62, 20), Is("T3Blbk"), Is("FJ"), Of(BASE62, 20)]),
    ("OpenAI plain", &[Is("sk"), Is("-"), Of(BASE62, 48)]),
    (
        "OpenAI project",
        &[Is("sk"), Is("-proj-"), Of(BASE64URL, 74), Is("T3Blbk"), Is("FJ"), Of(BASE64URL, 74)],
    ),
    ("Anthropic", &[Is("sk"), Is("-ant-api03-"), Of(BASE64URL, 93), Is("AA")]),
    ("Hugging Face", &[Is("h"), Is("f_"), Of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 34)]),
    ("Groq", &[Is("gs"), Is("k_"), Of(BASE62, 52)]),
    ("Replicate", &[Is("r"), Is("8_"), Of(BASE62, 37)]),
    ("Perplexity", &[Is("pp"), Is("lx-"), Of(BASE62, 48)]),
    ("OpenRouter", &[Is("sk"), Is("-or-v1-"), Of(HEX, 64)]),
    ("xAI", &[Is("xa"), Is("i-"), Of(BASE62, 80)]),
    ("NVIDIA", &[Is("nv"), Is("api-"), Of(BASE64URL, 64)]),
    ("Stripe live", &[Is("sk"), Is("_live_"), Of(BASE62, 24)]),
    ("Stripe test", &[Is("sk"), Is("_test_"), Of(BASE62, 24)]),
    ("Stripe restricted", &[Is("rk"), Is("_live_"), Of(BASE62, 99)]),
    ("Stripe webhook", &[Is("wh"), Is("sec_"), Of(BASE62, 32)]),
    ("Square", &[Is("sq0"), Is("atp-"), Of(BASE64URL, 22)]),
    ("Shopify", &[Is("sh"), Is("pat_"), Of(HEX, 32)]),
    ("PayPal Braintree", &[Is("access"), Is("_token$production$"), Of(LOWER, 16), Is("$"), Of(HEX, 32)]),
    ("SendGrid", &[Is("S"), Is("G."), Of(BASE64URL, 22), Is("."), Of(BASE64URL, 43)]),
    ("Mailgun", &[Is("key"), Is("-"), Of(HEX, 32)]),
    ("Mailchimp", &[Of(HEX, 32), Is("-us"), Is("12")]),
    ("Brevo", &[Is("xkeys"), Is("ib-"), Of(HEX, 64), Is("-"), Of(BASE62, 16)]),
    ("Resend", &[Is("r"), Is("e_"), Of(BASE62, 8), Is("_"), Of(BASE62, 24)]),
    ("Twilio", &[Is("S"), Is("K"), Of(HEX, 32)]),
    ("npm", &[Is("np"), Is("m_"), Of(BASE62, 36)]),
    ("PyPI", &[Is("py"), Is("pi-AgEIcHlwaS5vcmc"), Of(BASE64URL, 120)]),
    ("RubyGems", &[Is("ruby"), Is("gems_"), Of(HEX, 48)]),
    ("crates.io", &[Is("c"), Is("io"), Of(BASE62, 32)]),
    ("Docker Hub", &[Is("dckr"), Is("_pat_"), Of(BASE64URL, 27)]),
    ("NuGet", &[Is("oy"), Is("2"), Of(LOWER, 43)]),
    ("Artifactory", &[Is("AK"), Is("Cp"), Of(BASE62, 69)]),
    ("age", &[Is("AGE-SECRET"), Is("-KEY-1"), Of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)]),
    ("Tailscale", &[Is("ts"), Is("key-auth-"), Of(BASE62, 12), Is("CNTRL-"), Of(BASE62, 32)]),
    ("Vault", &[Is("hv"), Is("s."), Of(BASE64URL, 90)]),
    ("Doppler", &[Is("dp"), Is(".pt."), Of(BASE62, 43)]),
    ("Grafana", &[Is("gl"), Is("sa_"), Of(BASE62, 32), Is("_"), Of(HEX, 8)]),
    ("New Relic", &[Is("NR"), Is("AK-"), Of(UPPER, 27)]),
    ("Sentry", &[Is("sn"), Is("tryu_"), Of(HEX, 64)]),
    ("Databricks", &[Is("da"), Is("pi"), Of(HEX, 32)]),
    ("Postman", &[Is("PM"), Is("AK-"), Of(HEX, 24), Is("-"), Of(HEX, 34)]),
    ("Linear", &[Is("lin"), Is("_api_"), Of(BASE62, 40)]),
    ("Notion", &[Is("nt"), Is("n_"), Of(DIGITS, 11), Of(BASE62, 35)]),
    ("Airtable", &[Is("pa"), Is("t"), Of(BASE62, 14), Is("."), Of(HEX, 64)]),
    ("Figma", &[Is("fig"), Is("d_"), Of(BASE64URL, 40)]),
    ("Fly", &[Is("fm"), Is("2_"), Of(BASE64, 120)]),
    ("Supabase", &[Is("sb"), Is("p_"), Of(HEX, 40)]),
    ("PlanetScale", &[Is("pscale"), Is("_tkn_"), Of(BASE64URL, 43)]),
    ("Terraform", &[Of(BASE62, 14), Is(".atlas"), Is("v1."), Of(BASE64URL, 67)]),
    ("Pulumi", &[Is("pu"), Is("l-"), Of(HEX, 40)]),
    ("Swarm", &[Is("SWMTKN"), Is("-1-"), Of(LOWER, 50), Is("-"), Of(LOWER, 25)]),
    ("Cloudflare origin", &[Is("v1"), Is(".0-"), Of(HEX, 24), Is("-"), Of(HEX, 146)]),
    ("Facebook", &[Is("EA"), Is("AC"), Of(BASE62, 120)]),
    ("bcrypt", &[Is("$2"), Is("b$12$"), Of(CRYPT, 53)]),
    ("argon2", &[Is("$argon"), Is("2id$v=19$m=65536,t=3,p=4$"), Of(BASE64, 22), Is("$"), Of(BASE64, 43)]),
    ("SHA-512 crypt", &[Is("$"), Is("6$"), Of(CRYPT, 16), Is("$"), Of(CRYPT, 86)]),
    ("yescrypt", &[Is("$"), Is("y$j9T$"), Of(CRYPT, 22), Is("$"), Of(CRYPT, 43)]),
    ("otpauth address", &[Is("otpauth://"), Is("totp/Home:app?secret="), Of(BASE32, 32)]),
];

/// What stands around a token; no key among it.
const AROUND: &[Around] = &[
    ("bare", |v| v.to_string()),
    ("prose", |v| format!("2026-11-22T10:00:00Z DEBUG sent {v} to upstream")),
    ("full stop", |v| format!("It was {v}.")),
    ("brackets", |v| format!("request ({v}) failed")),
    ("neutral env", |v| format!("VALUE_2={v}")),
    ("json", |v| format!("{{\"a\":[\"{v}\",1]}}")),
    ("json in a string", |v| format!("{{\"log\":\"got \\\"{v}\\\"\\n\"}}")),
    ("python", |v| format!("args=('a', '{v}')")),
    ("query", |v| format!("GET /x?v={v}&n=1 HTTP/1.1")),
    ("coloured", |v| format!("\x1b[32m{v}\x1b[0m")),
    ("yaml", |v| format!("  - {v}")),
    ("xml", |v| format!("<v>{v}</v>")),
    ("newline before in json", |v| format!("{{\"log\":\"a\\n{v}\\nb\"}}")),
    ("crlf", |v| format!("{v}\r")),
];

/// Every family in some surroundings.
pub(super) fn plant(random: &mut Random) -> Vec<Planted> {
    let mut all = Vec::new();
    for (at, (family, parts)) in FAMILIES.iter().enumerate() {
        for round in 0..4 {
            let (format, around) = AROUND[(at + round * 5 + random.below(3)) % AROUND.len()];
            let token: String = parts
                .iter()
                .map(|part| match part {
                    Is(text) => (*text).to_string(),
                    Of(alphabet, length) => random.text(alphabet, *length - 1) + &random.text(DIGITS, 1),
                })
                .collect();
            // Of an address the host may stay, and what is the same for everybody.
            let fixed = [
                "https://hooks.slack.com/services/",
                "https://discord.com/api/webhooks/",
                "https://api.telegram.org/bot",
                "otpauth://totp/Home:app?secret=",
                "https://home.webhook.office.com/webhookb2/",
                "$argon2id$v=19$m=65536,t=3,p=4$",
            ];
            let secret = fixed.iter().find_map(|fixed| token.strip_prefix(fixed)).unwrap_or(&token);
            all.push(planted(family, format, (Encoding::Plain, secret), around(&token)));
        }
    }
    for (format, around) in AROUND {
        let part = |random: &mut Random, text: &str| {
            base64(text.replace('X', &random.text(HEX, 12)).as_bytes()).trim_end_matches('=').to_string()
        };
        let header = part(random, "{\"alg\":\"HS256\",\"typ\":\"JWT\"}");
        let body = part(random, "{\"sub\":\"X\",\"exp\":1700000000}");
        let token = format!("{header}.{body}.{}", random.text(BASE64URL, 43));
        all.push(planted("JWT", format, (Encoding::Plain, &token), around(&token)));
    }
    all
}
