//! Every family against tokens that are made from its published form, and against what only looks like one.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::string::string_regex;
use proptest::test_runner::TestRunner;

use super::*;
use crate::redact::Tags;
use crate::redact::words::Words;

/// Rule, what stands before the token, and the token's published form; where a family asks for randomness,
/// the form holds a digit and letters. It is written down apart from the tables, so that a slip in one shows
/// against the other.
const FORMS: &str = include_str!("forms.txt");

const AROUND: [(&str, &str); 13] = [
    ("", ""),
    ("x=", ""),
    ("\"", "\""),
    ("'", "',"),
    ("(", ")"),
    ("https://h/", "/x"),
    ("", "\r\n"),
    ("\\\"", "\\\""),
    ("<b>", "</b>"),
    ("one line\n\x1b[32m", "\x1b[0m\nand another\n"),
    ("a\\n", "\\nb"),
    ("?q%3D", "&b=1"),
    ("Bearer ", " 200 OK"),
];

fn found(text: &[u8]) -> Vec<Hit> {
    static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(&[], marks()));
    let mut hits = Vec::new();
    find(text, &WORDS.find(text), &mut hits);
    hits.sort_by_key(|hit| hit.start);
    hits
}

/// A row of the table.
#[derive(Debug, Clone, Copy)]
struct Form {
    rule: &'static str,
    before: &'static str,
    form: &'static str,
    after: &'static str,
}

fn forms() -> impl Iterator<Item = Form> {
    FORMS.lines().filter(|line| !line.starts_with('#')).map(|line| {
        let (rule, rest) = line.split_once(' ').unwrap();
        let (before, rest) = rest.split_once(" | ").unwrap_or(("", rest));
        let (form, after) = rest.split_once(" | ").unwrap_or((rest, ""));
        Form { rule, before, form, after }
    })
}

fn samples(form: &str) -> Vec<String> {
    let mut runner = TestRunner::default();
    let strategy = string_regex(form).unwrap();
    (0..20).map(|_| mixed(&strategy.new_tree(&mut runner).unwrap().current())).collect()
}

/// The strategy draws a range of the alphabet before a character of it, which makes runs that no generator
/// makes. The replacements belong to every alphabet of the table; a run of `A` is part of some marks.
fn mixed(token: &str) -> String {
    let mut out = Vec::new();
    for byte in token.bytes() {
        let run = byte != b'A' && byte != b'.' && out.ends_with(&[byte; 3]);
        out.push(match byte {
            b'5' | b'c' | b'C' if run => byte + 2,
            b'0'..=b'9' if run => b'5',
            b'A'..=b'Z' if run => b'C',
            _ if run => b'c',
            _ => byte,
        });
    }
    String::from_utf8(out).unwrap()
}

#[test]
fn every_published_form_is_found_whole_wherever_it_stands() {
    let mut missed = Vec::new();
    for Form { rule, before, form, after } in forms() {
        for token in samples(form) {
            for (left, right) in AROUND {
                let text = format!("{left}{before}{token}{after}{right}");
                let start = left.len() + before.len();
                let end = start + token.len();
                // Where the alphabet has the slash, the rest of a path could be the token's.
                let most = if right == "/x" { end + 2 } else { end };
                let whole = |hit: &Hit| {
                    hit.start == start && (end..=most).contains(&hit.end) && hit.what == What::Secret(rule)
                };
                let hits = found(text.as_bytes());
                if !hits.iter().any(whole) {
                    missed.push(format!("{rule}: {text:?} {hits:?}"));
                }
            }
        }
    }
    missed.dedup_by_key(|line| line.split(':').next().map(str::to_owned));
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn every_mark_of_every_family_has_a_form_and_every_expression_compiles() {
    let texts: Vec<(&str, String)> = forms()
        .flat_map(|Form { rule, before, form, after }| {
            let many = (0..5).flat_map(|_| samples(form)).collect::<Vec<_>>();
            many.into_iter().map(move |token| (rule, format!("{before}{token}{after}")))
        })
        .collect();
    for (family, _) in &SHAPES.families {
        let regex = compile(family.rest);
        assert!(regex.captures_len() <= 2, "{}", family.rule);
        assert!(
            family
                .rule
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        );
        for mark in family.marks {
            let shown = texts.iter().any(|(rule, text)| *rule == family.rule && text.contains(mark));
            assert!(shown, "no form of `{}` with `{mark}`", family.rule);
        }
    }
}

/// What must stay, each for another reason.
const STAY: &[&str] = &[
    // Hashes and identifiers that are no secrets
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "image: ghcr.io/org/app@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 (HEAD -> main, tag: v1.2.3)",
    "index 9fceb02..d61af87 100644",
    "request id 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "api-7d9c5b8f6-x2x9z   1/1   Running   0   3d",
    "sdk-manager-3.2.1-linux-x86_64.tar.gz",
    "container 4f66ad9a0b2e8c1b7d3f8f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d0e9f8a7b6c exited",
    "md5: 5d41402abc4b2a76b9719d911017c592",
    "md5sum 5d41402abc4b2a76b9719d911017c592  file.iso",
    "ETag: \"5d41402abc4b2a76b9719d911017c592\"",
    "sri sha512-z4PhNX7vuL3xVChQ1m2AB9Yg5AULVxXcg/SpIdNs6c5H0NE8XYXysP+DGNKHfuwvY7kxvUdBeoGlODJ6+SfaPg==",
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl",
    "SHA256:nThbg6kXUpJWGl7E1IGOCspRomTxdCARLviKw6E5SY8",
    "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ",
    "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk",
    "00000000: 4142 4344 SK41 AC42 5341 4d50 4c45 2041  ABCDSKAC SAMPLE A",
    "02:42:AC:11:00:02 brd ff:ff:ff:ff:ff:ff",
    "0000AC10ABCDEF0123456789ABCDEF0123456789",
    // Words that begin like a mark
    "task-0123456789abcdef0123456789abcdef done",
    "disk-sda1 mounted on /srv",
    "risk-assessment-2024-final-version-with-comments-and-corrections.pdf",
    "sk-some-class-name-of-a-button-that-is-quite-long-2",
    "struct sk_buff *skb; sk_stream_kill_queues; sk_memory_allocated_add",
    "re_compile_pattern_with_options_and_flags",
    "re_sync_0 done, re_started_by_supervisor",
    "key-value-store-of-the-second-generation",
    "cache-key-5d41402abc4b2a76b9719d911017c592",
    "hf_hub_download(repo_id, filename)",
    "npm_config_cache=/var/cache/npm npm_lifecycle_event=build",
    "npm_package_dependencies_typescript_eslint_parser",
    "pattern=/path/to/patches, patience",
    "path.to.some.very.long.module.name.with.Function2",
    "test_that_a_document_can_be_added_and_then_removed_again_by_id_0 ok",
    "live_migration_of_virtual_machine_number_1234_is_finished_now",
    "secret_santa_is_a_game_for_the_whole_family_in_december",
    "pul-requests, pulse, pull",
    "ASIAN CUISINE, AKIABARA, ABSKURE",
    "gh_pages, ghost_mode, ghp_short",
    "SGML. SG.1 and SG.2 are groups",
    "EAAT, EAA Directive 2019/882",
    "STS.AssumeRoleWithWebIdentity failed",
    "API-SERVER-CERTIFICATE-ROTATION enabled",
    "KEY_WRITE_PERMISSION_DENIED_FOR_THE_USER_OF_THE_SESSION_2",
    "TASKSK is not a word",
    "s.unwrap_or_default().to_string().len()",
    "files.py, secs.total, objects.SomeJavaClassNameLong24",
    "ya29.",
    "eyJ is how they begin; eyJhbGciOiJIUzI1NiJ9 is a header alone",
    "fw_update_status_of_device_3 ok",
    "pa-dlna and al-khwarizmi",
    "m0-cortex, db-backup-2024-01-01-full.sql.gz",
    "- (id)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;",
    "&hf_cell_load_and_priority_of_the_neighbour_h, 2",
    "https://h/icons/video_box.ico-5d41402abc4b2a76b9719d911017c592.png",
    "sgp_local_variable_of_the_second_generation_of_points",
    "glpat-some-words-that-only-begin-like-one",
    "GITHUB=ghp_AND_MORE_WORDS_THAT_NOBODY_WOULD_TAKE_FOR_ONE",
    "phc_client_of_the_second_server_is_attached_to_channel_2024",
    "xoxb-these-are-only-words-and-a-year-2024-after-them",
    "token-bucket:refill rate 10/s",
    // What stands beside the name of a service
    "wandb: at commit 9fceb02d0ae598e95dc970b74767f19372d61af8",
    "wandb_commit=9fceb02d0ae598e95dc970b74767f19372d61af8",
    "artifactory_sha256: 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "https://registry.example.org/artifactory/9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "postmark message 3f2504e0-4f89-11d3-9a0c-0305e82c3301 sent",
    "azure request_id: 3f2504e0-4f89-11d3-9a0c-0305e82c3301",
    "client_id=3f2504e0-4f89-11d3-9a0c-0305e82c3301 tenant=default",
    "notebook_id: 1763712345123456, openstack_user: admin",
    "oktane: 2026-11-22T00:00:00Z, okta sync took 00:00:12",
    "kafka_consumer: GROUP_COORDINATOR, confluent.version=7",
    "sAMAccountName=jdoe; AccountName=guest logged on",
    "discord: 3 of 12 messages, bot_id unknown",
    "tokens: |\\nnext, token: >\\n short",
    "https://www.zendesk.com/ https://status.okta.com/api https://example.atlassian.net/rest",
    "https://your-tenant.auth0.com/ login.salesforce.com dev.azure.com/",
    "NotificationHubPath={hub} notificationHubName: string, notificationHubName = config.hub",
    "saucelabs user not found, browserstack user 7 logged in",
    "role_id: 17, tenant=default, tenant: {name}, app_id: 7d9c5b8f6",
    "age1 is a column, age1234567890 another",
    "xoxp-1234-5678-9012-########################",
    "https://www.azurewebsites.net/ https://docs.azurecr.io/",
    "oauth-proxy-7d9c5b8f6-x2x9z.default.svc",
    "date +%s: 12:00:00+02:00 and a+b:C",
    // Times, versions, paths, addresses
    "2024-01-02T03:04:05.678901234Z INFO started in 1.234567 s",
    "/usr/lib/x86_64-linux-gnu/libstdc++.so.6.0.30(_ZNSt6thread4joinEv+0x17)",
    "1000.0 ms, 1001.5 ms, 1003.25 ms",
    "linux-image-6.8.0-45-generic_6.8.0-45.45_amd64.deb",
    "https://discord.com/channels/123456789012345678/123456789012345678",
    "https://hooks.slack.com/ answered 404",
    "https://example.webhook.office.com/ is not configured",
    "at 12:34:56 bot 123456: hello; https://h/bots/list?page=2",
    "otpauth://totp/Example:alice?issuer=Example",
    "postgres://user@db.internal:5432/app?sslmode=require",
    "git clone ssh://git@github.com/org/repo.git",
    "****************************************",
    "================================================================",
    "*/5 * * * * root /usr/bin/true",
    "echo $1 $2; sed 's/^$1$//'; awk '{print $5$6}'",
    "{SHA} is a scheme, {MD5} another",
    "signature=none; Signature=5d41402abc4b2a76",
    "/usr/share/icons/hicolor/scalable/apps/signature=",
    // What manuals write
    "AWS_ACCESS_KEY_ID=AKIAIOSFODNN7EXAMPLE",
    "AKIAXXXXXXXXXXXXXXXX",
    "ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "GITHUB_TOKEN=ghp_XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX",
    "glpat-XXXXXXXXXXXXXXXXXXXX",
    "sk-ant-api03-your-key-goes-here-and-nowhere-else-please",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-proj-................................................",
    "OPENAI_API_KEY=sk-...",
    "xoxb-your-bot-token",
    "xoxb-12345-abcd234",
    "xoxp-1234567890",
    "GR134894145454545454545454545",
    "ntn_123456789012345678901234567890123456789012345678901234567890",
    "xoxb-xxxxxxxxxxxx-xxxxxxxxxxxx-xxxxxxxxxxxxxxxxxxxxxxxx",
    "hf_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "npm_000000000000000000000000000000000000",
    "dop_v1_0000000000000000000000000000000000000000000000000000000000000000",
    "SK00000000000000000000000000000000",
    "sk_live_xxxxxxxxxxxxxxxxxxxxxxxx and <your token>",
    "pk_live_ keys are published in pages",
    "[REDACTED:github-token:0a1b] [REDACTED:password-hash:ffff]",
    "AccountKey=[REDACTED:azure-storage-key:0a1b];EndpointSuffix=core.windows.net",
];

#[test]
fn what_only_looks_like_a_token_stays() {
    assert!(STAY.len() >= 60);
    for line in STAY {
        for text in [line.to_string(), format!("log={line}\n"), format!("{{\"message\": \"{line}\"}}\n")] {
            let hits = found(text.as_bytes());
            let seen: Vec<_> = hits.iter().map(|hit| (hit.what, &text[hit.start..hit.end])).collect();
            assert!(seen.is_empty(), "{text:?}: {seen:?}");
        }
    }
}

#[test]
fn a_token_inside_a_longer_run_is_none_but_after_an_escape_it_is_one() {
    let token = format!("ghp_{}", samples("[A-Za-z0-9]{36}")[0]);
    for (left, expected) in [
        ("x", 0),
        ("9", 0),
        ("\\n", 1),
        ("\\u003d", 1),
        ("%22", 1),
        ("\\x1b[1;31m", 1),
        ("_", 1),
        ("item", 0),
        ("%2", 0),
    ] {
        assert_eq!(found(format!("{left}{token}").as_bytes()).len(), expected, "{left:?}");
    }
}

#[test]
fn a_token_of_a_fixed_length_is_neither_longer_nor_shorter() {
    for (mark, form) in [
        ("hf_", "[A-Za-z]{30}7dEf"),
        ("AIza", "[0-9A-Za-z_-]{32}7dE"),
        ("API-", "[A-Z0-9]{23}7D2"),
        ("ntn_", "[0-9]{11}[0-9A-Za-z]{32}7dE"),
        ("sgp_", "[0-9a-f]{37}7de"),
    ] {
        let body = samples(form).remove(0);
        let count = |body: &str| found(format!("x={mark}{body};").as_bytes()).len();
        assert_eq!(count(&body), 1, "{mark}{body}");
        for wrong in [format!("{body}a7"), body[..body.len() - 1].to_string()] {
            assert_eq!(count(&wrong), 0, "{mark}{wrong}");
        }
    }
}

#[test]
fn a_token_longer_than_the_window_goes_to_its_last_character() {
    let long = samples("[A-Za-z0-9_]{20000}").remove(0);
    let text = format!("a eyJhbGciOiJIUzI1NiJ9.eyJ{long}.{long} b");
    assert_eq!(found(text.as_bytes()), [Hit { start: 2, end: text.len() - 2, what: What::Secret("jwt") }]);
}

/// The text with its tokens replaced by marks.
fn replaced(text: &[u8]) -> Vec<u8> {
    let (mut out, mut done) = (Vec::new(), 0);
    for hit in found(text) {
        let What::Secret(rule) = hit.what else { unreachable!() };
        if hit.start < done {
            continue;
        }
        out.extend_from_slice(&text[done..hit.start]);
        Tags::default().write(rule, &text[hit.start..hit.end], &mut out);
        done = hit.end;
    }
    out.extend_from_slice(&text[done..]);
    out
}

fn shaped() -> impl Strategy<Value = String> {
    proptest::sample::select(forms().collect::<Vec<_>>()).prop_flat_map(
        |Form { before, form, after, .. }| {
            string_regex(form).unwrap().prop_map(move |token| format!("{before}{token}{after}"))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_is_found_twice(pieces in proptest::collection::vec((shaped(), "[ -~\n]{0,12}"), 0..6)) {
        let text = pieces.into_iter().flat_map(|(token, between)| [token, between]).collect::<String>();
        let once = replaced(text.as_bytes());
        prop_assert_eq!(found(&once), [], "{}", String::from_utf8_lossy(&once));
    }

    #[test]
    fn any_bytes_do_and_a_hit_is_inside_a_line(
        noise in proptest::collection::vec(any::<u8>(), 0..200),
        token in shaped(),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut text = noise;
        text.splice(cut.index(text.len() + 1)..cut.index(text.len() + 1), token.bytes());
        for hit in found(&text) {
            prop_assert!(hit.start < hit.end && hit.end <= text.len());
            prop_assert!(!text[hit.start..hit.end].contains(&b'\n'));
        }
        text.truncate(cut.index(text.len() + 1));
        found(&text);
    }

    #[test]
    fn lines_are_found_each_for_itself(tokens in proptest::collection::vec(shaped(), 1..5)) {
        let text = tokens.join("\n");
        let mut start = 0;
        let mut each = Vec::new();
        for token in &tokens {
            let moved = |hit: Hit| Hit { start: hit.start + start, end: hit.end + start, ..hit };
            each.extend(found(token.as_bytes()).into_iter().map(moved));
            start += token.len() + 1;
        }
        prop_assert_eq!(found(text.as_bytes()), each);
    }
}
