//! Who a client is: identifiers that are no secret by themselves but one half of a pair, and tell whose account
//! it is. They look like anybody's numbers, so that each is taken only beside the name of its service. A table,
//! and nothing else.

use super::named::after_a_name;
use super::{Doubt, Family, beside, sure, sure_amid, unreserved, wary_beside};

/// In the order of the field: the large clouds, social networks, platforms.
pub(super) const FAMILIES: &[Family] = &[
    sure_amid("google-client-id", (unreserved, 20, 80), &[".apps.googleusercontent.com"], ""),
    beside("google-client-id", &["client_id"], r#"[ "'\\:=]{1,8}(\d{21})"#),
    beside(
        "azure-id",
        &["ZURE", "zure", "ARM_", "AZ_"],
        r#"[\w :{."'\\-]{0,24}(?i:tenant|client|app|application|subscription)_?(?i:id)[ "'\\:=>]{1,8}([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"#,
    ),
    beside(
        "client-id",
        &["BRICKS", "bricks", "CIELO", "cielo", "NSYS", "nsys"],
        r#"[\w.-]{0,16}(?i:id)[ "'\\:=>]{1,8}([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"#,
    ),
    beside(
        "facebook-id",
        &["cebook", "CEBOOK", "fb_", "FB_"],
        r#"[\w ."'\\-]{0,24}?(?i:id)[ "'\\:=>]{1,8}(\d{15,17})"#,
    ),
    beside(
        "discord-id",
        &["discord", "SCORD", "bot_id", "BOT_ID"],
        r#"[\w.-]{0,24}["'\\]{0,2} ?[:=][ "'\\]{0,4}(\d{17,19})"#,
    ),
    wary_beside("auth0-id", &["auth0", "Auth0", "AUTH0"], after_a_name!("[A-Za-z0-9]{32}")),
    wary_beside("algolia-id", &["lgolia", "LGOLIA"], after_a_name!("[A-Z0-9]{10}")),
    wary_beside(
        "atlas-public-key",
        &[
            "mongodb-public",
            "mongodb_public",
            "MONGODB_PUBLIC",
            "mongodb_atlas_public",
            "MONGODB_ATLAS_PUBLIC",
        ],
        after_a_name!("[A-Za-z0-9]{8,10}"),
    ),
    wary_beside(
        "confluent-id",
        &["kafka_", "KAFKA_", "confluent", "CONFLUENT"],
        after_a_name!("[A-Z0-9]{16}"),
    ),
    wary_beside("planetscale-id", &["pscale_", "planetscale", "PLANETSCALE"], after_a_name!("[a-z0-9]{12}")),
    wary_beside(
        "sumologic-id",
        &["sumologic", "SUMOLOGIC", "SumoLogic", "sumo_", "SUMO_"],
        after_a_name!("su[A-Za-z0-9]{12}"),
    ),
    Family {
        doubt: Doubt::Nothing,
        ..sure("azure-storage-account", &["AccountName="], r#"([a-z0-9]{3,24})(?:[;"'\\]|[ \t\r]*(?:\n|$))"#)
    },
    beside(
        "azure-storage-account",
        &["azure_storage_name", "AZURE_STORAGE_NAME", "azure_storage_account", "AZURE_STORAGE_ACCOUNT"],
        r#"(?:_name|_NAME)?[ "'\\:=]{1,6}([a-z0-9]{3,24})"#,
    ),
    beside(
        "azure-id",
        &["tenant", "Tenant", "TENANT", "appId", "app_id", "APP_ID"],
        r#"_?(?i:id)?["'\\]{0,2} ?[:=] ?["'\\]{0,2}([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"#,
    ),
    beside(
        "vault-role",
        &["role_id", "ROLE_ID", "roleId"],
        r#"["'\\]{0,2} ?[:=] ?["'\\]{0,2}([0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})"#,
    ),
    beside(
        "azure-hub",
        &["otificationHubPath", "otificationHubName"],
        r#"(?:=|["'\\]{0,2} ?[:=] ?\\?["'])([A-Za-z0-9][\w./-]{2,63})(?:[;"'\\]|[ \t\r]*(?:\n|$))"#,
    ),
    sure("age-recipient", &["age1"], "[ac-hj-np-z02-9]{58}"),
    beside(
        "account-name",
        &["aucelabs user", "owserstack user"],
        " ([A-Za-z][a-z0-9]*(?:[_-][A-Za-z0-9]+)+)",
    ),
    beside(
        "account-name",
        &["RSTACK_USER", "rstack_user", "SAUCE_USER", "sauce_user"],
        r#"(?:name|NAME)?[ "'\\:=]{1,6}([A-Za-z][\w.-]{2,40})"#,
    ),
    beside(
        "wallet-public-key",
        &["REUM_PUBLIC", "reum_public"],
        r#"_(?i:key)[ "'\\:=]{1,6}((?:0x)?0[234][0-9a-fA-F]{64}(?:[0-9a-fA-F]{64})?)"#,
    ),
    beside("canva-id", &["nva", "NVA"], after_a_name!(r"OC-[\w-]{8,14}")),
    beside("cypress-id", &["CYPRESS_PROJECT_ID"], after_a_name!("[a-z0-9]{6}")),
];
