//! Names of customers in the addresses of hosted services: `acme` of `acme.zendesk.com`. They tell whose machine
//! it is, and where a found token could be tried. The service itself stays readable. A table, and which names
//! are the services' own.

use super::{Family, ahead, beside};

/// A host name without what comes after the customer's part of it.
const NAME: (fn(u8) -> bool, usize, usize) = (host, 3, 80);

fn host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// In the order of the field: work, identity, shops, data, clouds.
pub(super) const FAMILIES: &[Family] = &[
    beside("tenant", &["v.azure.com/"], r"([A-Za-z0-9][\w-]{2,48})"),
    ahead(
        "tenant",
        NAME,
        &[
            ".atlassian.net",
            ".zendesk.com",
            ".freshdesk.com",
            ".salesforce.com",
            ".okta.com",
            ".oktapreview.com",
            ".auth0.com",
            ".myshopify.com",
            ".supabase.co",
            ".jfrog.io",
            ".databricks.com",
            ".azuredatabricks.net",
            ".blob.core.windows.net",
            ".search.windows.net",
            ".servicebus.windows.net",
            ".openai.azure.com",
            ".azure-api.net",
            ".azurecr.io",
            ".azurewebsites.net",
            ".documents.azure.com",
            ".vault.azure.net",
        ],
    ),
];

/// Names that the services use themselves, and everybody may read.
const PUBLIC: &str = "\
    www api docs help support status login app apps static assets cdn developer developers dev blog community \
    id auth accounts account admin registry releases files download downloads trust marketplace learn about \
    go get info mail news partner partners test my cloud accounts.cloud docs.cloud azure global public repo \
    packages feed feeds content media images img ecosystem jira confluence example tenant \
    domain subdomain";

/// Whether this name before the service's own is nobody's.
pub(super) fn is_public(name: &[u8]) -> bool {
    let name = name.to_ascii_lowercase();
    std::str::from_utf8(&name).is_ok_and(|name| {
        let first = name.split('.').next().unwrap_or(name);
        name.starts_with("your") || PUBLIC.split_whitespace().any(|public| public == name || public == first)
    })
}
