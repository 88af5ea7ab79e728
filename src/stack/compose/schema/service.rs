//! A service, and a job: a container together with when and how it runs.

use super::build::BUILD;
use super::common::TEXT_OR_TEXTS;
use super::container::CONTAINER;
use super::deploy::DEPLOY;
use super::develop::{DEVELOP, HOOK, PRE_START};
use super::shape::{
    FLAG, FLAG_OR_TEXT, NUMBER, NUMBER_OR_TEXT, Named, Shape, TEXT, TEXT_SET, WHOLE_OR_TEXT, list, map_of,
    mapping, one_of, set, word,
};

/// A service of the project.
pub(super) const SERVICE: &Shape = &mapping(&[
    ("deploy", DEPLOY),
    ("develop", DEVELOP),
    ("profiles", TEXT_SET),
    ("restart", TEXT),
    ("scale", WHOLE_OR_TEXT),
    ("attach", FLAG_OR_TEXT),
    ("container_name", CONTAINER_NAME),
    ("provider", PROVIDER),
    ("extends", EXTENDS),
    ("links", TEXT_SET),
    ("external_links", TEXT_SET),
    ("pre_start", &list(PRE_START)),
    ("post_start", &list(HOOK)),
    ("pre_stop", &list(HOOK)),
])
.and(&[CONTAINER, WORKLOAD]);

/// A job of the project: a container that runs to its end when something triggers it.
pub(super) const JOB: &Shape = &mapping(&[("profiles", TEXT_SET), ("triggers", TRIGGERS)])
    .and(&[CONTAINER, WORKLOAD])
    .needs(&["triggers"]);

/// What services and jobs have in common beyond the container.
const WORKLOAD: &Shape = &mapping(&[
    ("build", BUILD),
    ("depends_on", DEPENDS_ON),
    ("healthcheck", HEALTHCHECK),
    ("ports", PORTS),
    ("expose", &set(NUMBER_OR_TEXT)),
    ("stdin_open", FLAG_OR_TEXT),
    ("tty", FLAG_OR_TEXT),
]);

const CONTAINER_NAME: &Shape =
    &Shape::Form("a name of at least two letters, digits, `_`, `.` or `-`", is_container_name);

/// Docker Compose looks for a letter or digit with another character of a name after it, wherever it is in the text.
fn is_container_name(text: &str) -> bool {
    text.as_bytes().windows(2).any(|pair| {
        pair[0].is_ascii_alphanumeric() && (pair[1].is_ascii_alphanumeric() || b"_.-".contains(&pair[1]))
    })
}

const DEPENDS_ON: &Shape = &one_of(&[
    TEXT_SET,
    &map_of(
        Named::Resource,
        &mapping(&[
            ("restart", FLAG_OR_TEXT),
            ("required", FLAG),
            ("condition", &word(&["service_started", "service_healthy", "service_completed_successfully"])),
        ])
        .needs(&["condition"]),
    ),
]);

const HEALTHCHECK: &Shape = &mapping(&[
    ("disable", FLAG_OR_TEXT),
    ("interval", TEXT),
    ("retries", NUMBER_OR_TEXT),
    ("test", TEXT_OR_TEXTS),
    ("timeout", TEXT),
    ("start_period", TEXT),
    ("start_interval", TEXT),
]);

const PORTS: &Shape = &set(&one_of(&[
    NUMBER,
    TEXT,
    &mapping(&[
        ("name", TEXT),
        ("mode", TEXT),
        ("host_ip", TEXT),
        ("target", WHOLE_OR_TEXT),
        ("published", WHOLE_OR_TEXT),
        ("protocol", TEXT),
        ("app_protocol", TEXT),
    ]),
]));

const PROVIDER: &Shape = &mapping(&[
    ("type", TEXT),
    (
        "options",
        &map_of(Named::Line, &one_of(&[TEXT, NUMBER, FLAG, &list(&one_of(&[TEXT, NUMBER, FLAG]))])).lenient(),
    ),
])
.needs(&["type"]);

const EXTENDS: &Shape =
    &one_of(&[TEXT, &mapping(&[("service", TEXT), ("file", TEXT)]).needs(&["service"]).without_extensions()]);

const TRIGGERS: &Shape = &mapping(&[
    ("manual", FLAG_OR_TEXT),
    (
        "schedule",
        &list(&one_of(&[
            TEXT,
            &mapping(&[
                ("cron", TEXT),
                ("timezone", TEXT),
                ("concurrency", &word(&["forbid", "queue"])),
                ("missed_fires", &word(&["one", "skip"])),
            ])
            .needs(&["cron"]),
        ])),
    ),
])
.needs_one(&["manual", "schedule"]);
