//! Tokens of payment, trade and shipping, and keys of wallets: a table, and nothing else. Keys that are
//! published in pages on purpose (`pk_live_`) stay.

use super::{Family, sure, wary};

/// In the order of the field: payment, banks, shops, shipping, wallets.
pub(super) const FAMILIES: &[Family] = &[
    // Payment
    sure(
        "stripe-key",
        &[
            "sk_live_", "sk_test_", "sk_prod_", "rk_live_", "rk_test_", "rk_prod_", "ek_live_", "ek_test_",
            "sk_org_",
        ],
        r"[A-Za-z0-9_+/]{10,}={0,2}",
    ),
    sure("webhook-secret", &["whsec_"], "[A-Za-z0-9+/]{24,}={0,2}"),
    wary("checkout-key", &["sk_", "sk_sbox_"], "[0-9a-z]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    wary("freemius-key", &["sk_"], r"[\w.@#^&*+=~!?%-]{29}"),
    sure("square-token", &["sq0atp-", "sq0csp-", "sq0idp-", "sq0idb-"], r"[\w-]{22,}"),
    wary("square-token", &["EAAA"], r"[\w-]{22,}"),
    sure("paypal-token", &["access_token$"], r"(?:production|sandbox)\$[a-z0-9]{16}\$[0-9a-f]{32}"),
    sure("razorpay-key", &["rzp_live_", "rzp_test_"], "[A-Za-z0-9]{14,}"),
    sure(
        "flutterwave-key",
        &["FLWSECK-", "FLWSECK_TEST-", "FLWPUBK-", "FLWPUBK_TEST-", "FLWSECK_PROD-"],
        "[A-Za-z0-9]{12,}(?:-X)?",
    ),
    wary("payment-key", &["live_"], "[A-Za-z0-9]{30,}|[A-Za-z0-9_=-]{40}"),
    wary("payment-key", &["test_", "test_pub_"], "[A-Za-z0-9]{30,43}"),
    sure("asaas-key", &["$aact_prod_", "$aact_hmlg_"], r"[\w-]{20,}"),
    sure("xendit-key", &["xnd_production_", "xnd_development_"], "[A-Za-z0-9]{40,}"),
    sure(
        "paddle-key",
        &["pdl_live_apikey_", "pdl_sdbx_apikey_"],
        "[a-z0-9]{26}_[A-Za-z0-9]{22}_[A-Za-z0-9]{3}",
    ),
    sure("polar-token", &["polar_oat_", "polar_pat_", "polar_at_", "polar_whs_"], r"[\w-]{20,}"),
    sure(
        "crossmint-key",
        &["ck_staging_", "sk_staging_", "ck_production_", "sk_production_"],
        "[A-Za-z0-9]{20,}",
    ),
    wary("midtrans-key", &["Mid-server-", "Mid-client-"], r"\w{10,}"),
    wary("rainforest-key", &["apikey_"], "[0-9a-f]{64}"),
    // Banks and proof of identity
    sure(
        "plaid-token",
        &["access-sandbox-", "access-development-", "access-production-"],
        "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}",
    ),
    sure("mercury-token", &["mercury_production_"], "[a-z]{3,6}_[A-Za-z0-9]{40,50}_yrucrem"),
    sure("ramp-key", &["ramp_sec_", "ramp_id_"], "[A-Za-z0-9]{40,}"),
    sure("persona-key", &["persona_production_", "persona_sandbox_"], r"[\w-]{20,}"),
    wary("onfido-token", &["api_live.", "api_live_us.", "api_live_ca.", "api_sandbox."], r"[\w-]{20,}"),
    wary("proof-key", &["prf_"], r"[\w-]{20,}"),
    // Shops and shipping
    sure("shopify-token", &["shpat_", "shpca_", "shppa_", "shpss_", "shptka_", "shpua_"], "[0-9a-fA-F]{32}"),
    sure("woocommerce-key", &["cs_", "ck_"], "[0-9a-f]{40}"),
    wary("ebay-key", &["PRD-", "SBX-"], "[0-9a-f]{8,12}(?:-[0-9a-f]{4,12}){1,4}"),
    sure("shippo-token", &["shippo_live_", "shippo_test_"], "[0-9a-fA-F]{40}"),
    sure("easypost-key", &["EZAK", "EZTK"], "[A-Za-z0-9]{54}"),
    sure("duffel-token", &["duffel_test_", "duffel_live_"], r"[\w=-]{40,}"),
    // Wallets
    sure("wallet-key", &["xprv", "tprv", "yprv", "zprv"], "[1-9A-HJ-NP-Za-km-z]{100,}"),
    sure("nostr-key", &["nsec1"], "[02-9ac-hj-np-z]{58}"),
];
