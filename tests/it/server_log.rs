//! What the server writes about itself, from outside: its log stays readable and holds no secret.

use crate::support::{TestEnv, TestServer};

#[test]
fn the_log_says_what_is_wrong_and_no_secret() {
    let env = TestEnv::new();
    let token: String = "ghp_".chars().chain('a'..='z').chain('0'..='9').collect();
    let key = "walrus lantern meadow";
    let folder = env.path().join(format!("from {token} and {key}"));
    let server = TestServer::start_with(&env, &[&folder], &[("TARS_ANSWER_API_KEY", key)]);
    server.first_scan();
    let log = server.log();
    assert!(log.contains("WARN") && log.contains("cannot be read, and its documents are kept"), "{log}");
    assert!(log.contains("from [REDACTED:") && log.contains(" and [REDACTED:known:"), "{log}");
    assert!(!log.contains(&token) && !log.contains(key), "{log}");
}
