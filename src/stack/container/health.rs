//! How a container is looked after: its health check, and whether it is started again.

use bollard::models::{HealthConfig, RestartPolicy, RestartPolicyNameEnum};

use crate::stack::compose::fields::Fields;
use crate::stack::compose::{Problem, Result};

/// The health check that a service says.
///
/// # Errors
/// It is to be asked more often in the beginning, and no beginning is said.
pub(super) fn check(says: Fields) -> Result<Option<HealthConfig>> {
    let check = says.fields("healthcheck");
    if !check.is_there() {
        return Ok(None);
    }
    if check.has("start_interval") && !check.has("start_period") {
        let message = "`healthcheck.start_interval` has no `start_period` in which it could count";
        return Err(Problem::new(&check.place("start_interval"), message)
            .hint("say `start_period`, or take out `start_interval`"));
    }
    let disabled = check.flag("disable");
    let test = if disabled { Some(vec!["NONE".into()]) } else { check.some_texts("test") };
    Ok(Some(HealthConfig {
        test,
        interval: check.nanoseconds("interval"),
        timeout: check.nanoseconds("timeout"),
        retries: check.number("retries"),
        start_period: check.nanoseconds("start_period"),
        start_interval: check.nanoseconds("start_interval"),
    }))
}

/// Whether and how often it is started again: `deploy.restart_policy` comes before `restart`.
///
/// # Errors
/// There is no such policy.
pub(super) fn restart(says: Fields) -> Result<Option<RestartPolicy>> {
    let deploy = says.at(&["deploy", "restart_policy"]);
    let (name, attempts, place) = if deploy.is_there() {
        (deploy.text("condition"), deploy.number("max_attempts"), deploy.place("condition"))
    } else if let Some(restart) = says.text("restart") {
        let (name, attempts) = restart.split_once(':').unwrap_or((restart, ""));
        (Some(name), attempts.parse().ok(), says.place("restart"))
    } else {
        return Ok(None);
    };
    let name = match name {
        None => RestartPolicyNameEnum::EMPTY,
        Some("no" | "none") => RestartPolicyNameEnum::NO,
        Some("always" | "any") => RestartPolicyNameEnum::ALWAYS,
        Some("on-failure") => RestartPolicyNameEnum::ON_FAILURE,
        Some("unless-stopped") => RestartPolicyNameEnum::UNLESS_STOPPED,
        Some(other) => {
            return Err(Problem::new(&place, format!("there is no restart policy `{other}`"))
                .hint("write `no`, `always`, `unless-stopped`, `on-failure` or `on-failure:3`"));
        }
    };
    Ok(Some(RestartPolicy { name: Some(name), maximum_retry_count: attempts }))
}
