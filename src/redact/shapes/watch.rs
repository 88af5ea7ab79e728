//! Tokens of monitoring, of analytics, of private networks and of clusters: a table, and nothing else.

use super::{Family, amid, sure, wary};

/// In the order of the field: monitoring and analytics, networks, clusters, one-time passwords.
pub(super) const FAMILIES: &[Family] = &[
    // Monitoring and analytics
    sure("new-relic-key", &["NRAK-", "NRII-", "NRJS-", "NRRA-", "NRAA-", "NRIQ-"], "[A-Za-z0-9-]{19,}"),
    amid("new-relic-key", (super::alnum, 36, 40), &["NRAL"], ""),
    sure("grafana-token", &["glc_"], "[A-Za-z0-9+/_-]{32,}={0,2}"),
    sure("grafana-token", &["glsa_"], "[A-Za-z0-9]{32}_[0-9A-Fa-f]{8}"),
    sure("grafana-token", &["eyJrIjoi"], "[A-Za-z0-9+/_-]{40,}={0,2}"),
    sure("sentry-token", &["sntrys_"], "[A-Za-z0-9+/=_-]{60,}"),
    sure("sentry-token", &["sntryu_", "sntryi_"], "[0-9a-f]{64}"),
    wary("sentry-dsn", &["://"], "([0-9a-f]{32}(?::[0-9a-f]{32})?)@"),
    sure("posthog-key", &["phx_", "phc_", "phs_", "pha_", "phr_"], r"[\w-]{40,}"),
    sure(
        "dynatrace-token",
        &["dt0c01.", "dt0s01.", "dt0s02.", "dt0s03.", "dt0s16."],
        r"[A-Za-z0-9]{8,24}\.[A-Za-z0-9]{64}",
    ),
    sure("honeycomb-key", &["hcaik_", "hcxik_", "hcalk_", "hcbik_", "hcbmk_", "hcxmk_"], "[0-9a-z]{30,}"),
    wary("axiom-token", &["xaat-", "xapt-"], "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    sure("rootly-key", &["rootly_"], "[0-9a-f]{64}"),
    // Networks
    sure("age-key", &["AGE-SECRET-KEY-1"], "[A-Za-z0-9]{58}"),
    sure("age-key", &["AGE-SECRET-KEY-PQ-1"], "[A-Za-z0-9]{58,}"),
    sure("age-key", &["AGE-PLUGIN-"], "[A-Z0-9-]{1,40}-1[A-Z0-9]{20,}"),
    sure(
        "tailscale-key",
        &["tskey-api-", "tskey-auth-", "tskey-client-", "tskey-scim-", "tskey-webhook-"],
        "[A-Za-z0-9]{6,64}-[A-Za-z0-9]{8,64}",
    ),
    wary(
        "tailscale-key",
        &["tskey-"],
        "[A-Za-z0-9]{1,12}(?:-[A-Za-z0-9]{8,64}){1,3}|k?[A-Za-z0-9]{8,32}-[A-Za-z0-9]{16,64}",
    ),
    sure("headscale-key", &["hskey-"], r"[\w-]{30,}"),
    sure("defined-networking-key", &["dnkey-"], r"[\w=-]{70,}"),
    sure("intra42-secret", &["s-s4t2ud-", "s-s4t2af-"], "[0-9a-fA-F]{64}"),
    // Clusters
    sure("swarm-token", &["SWMTKN-1-"], "[a-z0-9]{40,60}-[a-z0-9]{20,30}"),
    sure("swarm-key", &["SWMKEY-1-"], "[A-Za-z0-9+/]{40,50}"),
    sure("k3s-token", &["K10"], r"[0-9a-f]{64}::(?:[a-z]+:)?[\w.-]{8,}"),
    sure("openshift-token", &["sha256~"], r"[\w-]{43}"),
    sure("rancher-token", &["token-"], "[a-z0-9]{5}:[a-z0-9]{54}"),
    sure("portainer-token", &["ptr_"], "[A-Za-z0-9+/]{40,}={0,2}"),
    // One-time passwords
    sure("otpauth", &["otpauth:"], "(?:\\\\?/){2}[^\\s\"'<>\\[]{0,200}?secret(?:=|%3D)([A-Za-z2-7]{8,})"),
    sure("otpauth", &["otpauth-migration:"], r"(?:\\?/){2}offline\?data=([\w%+/=-]{16,})"),
];
