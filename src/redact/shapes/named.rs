//! Tokens that have no mark of their own, but a shape that is known, beside the name of the service that they
//! open: a table, and nothing else. A key whose words say that a secret follows needs none of this.

use super::{Family, beside, sure, wary_beside};

/// What stands between the name of a service and its token: the rest of the key, or a few words that say what
/// follows, then the signs of any notation.
macro_rules! after_a_name {
    ($token:literal) => {
        concat!(
            r"(?:[\w.-]{0,24}(?i:access|auth|client|id|key|login|pat|project|public|secret|token|user))?(?: (?:api|app|auth|access|account|client|connected|id|is|key|login|pat|project|secret|token)){0,4}",
            r#"[ \t:=>,("'`\\\[-]{1,8}("#,
            $token,
            ")"
        )
    };
}
pub(super) use after_a_name;

/// In the order of the field: models, code, clouds, mail, storage.
pub(super) const FAMILIES: &[Family] = &[
    beside("weights-and-biases-key", &["wandb", "WANDB"], after_a_name!("[0-9a-f]{40}")),
    beside("sonar-token", &["sonar.login", "sonar.token"], after_a_name!("[0-9a-f]{40}")),
    beside(
        "artifactory-token",
        &["ifactory", "IFACTORY", "bintray"],
        after_a_name!("[0-9A-Fa-f]{0,16}[G-Zg-z][A-Za-z0-9]{47,72}"),
    ),
    beside("codeclimate-key", &["CC_TEST_REPORTER_ID"], after_a_name!("[0-9a-f]{64}")),
    beside("infura-key", &["fura.io/v3/"], "([0-9a-f]{32})"),
    beside("infura-key", &["fura", "FURA"], after_a_name!("[0-9a-f]{32}")),
    sure("alchemy-key", &["alchemy.com/v2/", "alchemyapi.io/v2/"], r"([\w-]{32})"),
    beside("anypoint-id", &["nypoint", "NYPOINT"], after_a_name!("[0-9a-f]{32}")),
    wary_beside("okta-token", &["kta", "KTA"], r#"[^\n\[]{0,60}?[ "'=:](00[\w-]{40})"#),
    beside(
        "postmark-token",
        &["stmark", "STMARK"],
        r#"(?:[\w.-]{0,16}(?i:key|token))?["'\\]{0,2} ?[:=] ?\\?["']([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"#,
    ),
    beside("app-secret", &["ppSecret", "pp_secret", "PP_SECRET"], after_a_name!("[0-9a-f]{32}")),
    // A block of YAML where its lines were put into one, as in the annotations of a cluster
    beside(
        "token",
        &[
            "ken: |\\n",
            "ken: >\\n",
            "KEN: |\\n",
            "KEN: >\\n",
            "cret: |\\n",
            "cret: >\\n",
            "_key: |\\n",
            "_key: >\\n",
            "sword: |\\n",
            "sword: >\\n",
        ],
        r#" {0,12}([\w+/=.~!@#$%^*-]{8,})"#,
    ),
    // The number of a key, a hyphen, the key
    sure("truenas-key", &["_with_api_key"], r#"[^\n\[]{1,40}\[[^\[\]\n]{0,24}?"(\d{1,4}-[A-Za-z0-9]{64})"#),
];
