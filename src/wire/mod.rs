//! The requests and responses of the HTTP API, shared by the server and everything that talks to it. Plain
//! data: what the server does with it is in `serve`, how it is carried is in [`client`].

pub mod client;
pub mod token;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// `GET /health`: the process is alive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `alive`.
    pub status: String,
    /// The server's version.
    pub version: String,
}

/// `GET /ready`: each part and whether it works; answered with 503 where a part does not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ready {
    /// Whether every part works.
    pub ready: bool,
    /// The server's version.
    pub version: String,
    /// The parts, each judged.
    pub parts: Vec<Part>,
    /// What works less well than it could, and why, such as "answers are extracts".
    pub degraded: Vec<String>,
}

/// One part of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// `store`, `index`, `generator`.
    pub name: String,
    /// Whether it works.
    pub ok: bool,
    /// What there is, or what is wrong.
    pub detail: String,
}

/// `POST /auth/token`.
#[derive(Serialize, Deserialize)]
pub struct SignIn {
    /// The user's name.
    pub username: String,
    /// The user's password.
    pub password: String,
}

/// `POST /auth/refresh`.
#[derive(Serialize, Deserialize)]
pub struct Refresh {
    /// A refresh token that has not expired.
    pub refresh_token: String,
}

/// `POST /auth/password`: the signed-in user's own password; signs out everywhere else.
#[derive(Serialize, Deserialize)]
pub struct ChangePassword {
    /// The password in force.
    pub current: String,
    /// The one to put in force: at least 10 characters.
    pub new: String,
}

/// The answer to a sign-in (RFC 6749, section 5.1).
#[derive(Serialize, Deserialize)]
pub struct Tokens {
    /// Goes into the `Authorization: Bearer` header.
    pub access_token: String,
    /// Renews the sign-in at `/auth/refresh`.
    pub refresh_token: String,
    /// `bearer`.
    pub token_type: String,
    /// How long the access token lasts, in seconds.
    pub expires_in: u64,
    /// The password is the one-time one that install made: choose another.
    pub password_is_one_time: bool,
}

/// `POST /rag/search`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchRequest {
    /// What to look for, 1 to 10,000 characters.
    pub query: String,
    /// How many hits, 1 to 100; 10 where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only in this collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
}

/// The hits, best first.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SearchResponse {
    /// The passages found.
    pub hits: Vec<Hit>,
    /// How long the search took, in milliseconds.
    pub took_ms: f64,
}

/// A passage that was found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Hit {
    /// BM25 score: larger is better, comparable within one response only.
    pub score: f32,
    /// Where it stands.
    pub source: Source,
    /// The passage, verbatim.
    pub text: String,
}

/// Where a passage stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The document.
    pub document_id: i64,
    /// The collection it belongs to.
    pub collection: String,
    /// The document's title, or its file name where it has none.
    pub title: String,
    /// The path below its collection's directory.
    pub path: String,
    /// The headings that enclose the passage, outermost first, joined by ` › `; empty where there is none.
    pub heading: String,
    /// The page, from 1, where the format has pages.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub page: Option<u32>,
    /// First and last line, from 1, where the format has lines.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<(u32, u32)>,
    /// First and last row, from 1 with the header, where the format is a table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rows: Option<(u32, u32)>,
}

impl Source {
    /// Where in the document: `page 3`, `lines 10–14`, `rows 2–9`, or nothing.
    #[must_use]
    pub fn place(&self) -> Option<String> {
        let span = |one: &str, many: &str, (first, last): (u32, u32)| {
            if first == last { format!("{one} {first}") } else { format!("{many} {first}–{last}") }
        };
        self.page
            .map(|page| format!("page {page}"))
            .or_else(|| self.rows.map(|rows| span("row", "rows", rows)))
            .or_else(|| self.lines.map(|lines| span("line", "lines", lines)))
    }
}

/// `POST /rag/query`.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueryRequest {
    /// The question, 1 to 10,000 characters.
    pub query: String,
    /// How many passages to answer from, 1 to 20; 6 where it is not given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<usize>,
    /// Only from this collection.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collection: Option<String>,
}

/// An answer with its citations.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// The answer; `[n]` refers to citation `n`.
    pub answer: String,
    /// How it was made.
    pub mode: Mode,
    /// The model that wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// What it rests on, numbered from 1.
    pub citations: Vec<Citation>,
    /// What worked less well than it could, and why.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub degraded: Vec<String>,
    /// Time to find the passages, in milliseconds.
    pub retrieval_ms: f64,
    /// Time to write the answer, in milliseconds.
    pub answer_ms: f64,
}

/// How an answer was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// A language model wrote it from the passages.
    Generated,
    /// It is made of sentences of the passages, verbatim.
    Extracts,
    /// Nothing in the documents is near enough to the question.
    Nothing,
}

/// One numbered citation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Citation {
    /// The number, from 1.
    pub n: usize,
    /// Where the quote stands.
    pub source: Source,
    /// The quoted span, verbatim.
    pub quote: String,
}

/// `GET /documents`: one page of the documents, in the order in which they were first seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Documents {
    /// How many documents there are in all.
    pub total: u64,
    /// This page of them.
    pub documents: Vec<Document>,
    /// Give it as `after` to get the next page; absent on the last.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub next: Option<i64>,
}

/// One document, indexed or skipped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Its number.
    pub id: i64,
    /// The collection it belongs to.
    pub collection: String,
    /// The path below its collection's directory.
    pub path: String,
    /// Its title, where it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// Size in bytes.
    pub bytes: u64,
    /// How many passages it has.
    pub chunks: u64,
    /// When this revision was first seen.
    pub observed: Timestamp,
    /// Why it is not indexed, where it is not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
}

/// `POST /ingest`: compares the directories with the index now, or takes one text as a document.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IngestRequest {
    /// A document given in the request instead of a scan of the directories.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<Upload>,
}

/// A document given in a request.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The collection to put it into, made where it is missing.
    pub collection: String,
    /// Its name, with the extension that tells its format, such as `notes.md`.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// The answer to `POST /ingest`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Ingested {
    /// A scan that was started, or was already under way: ask `GET /jobs/{id}`.
    Job(i64),
    /// The document is stored and can be found.
    Document {
        /// Its number.
        id: i64,
        /// How many passages it has.
        chunks: u64,
    },
}

/// `GET /jobs/{id}`: a scan of the directories.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// How far it is.
    pub state: JobState,
    /// When it started.
    pub started: Timestamp,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finished: Option<Timestamp>,
    /// Files seen so far.
    pub seen: u64,
    /// How many files there are, once the directories have been walked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<u64>,
    /// Files that are new in the index.
    pub added: u64,
    /// Files whose content changed.
    pub changed: u64,
    /// Files that were moved: same content, new path.
    pub renamed: u64,
    /// Files that are gone.
    pub removed: u64,
    /// Files that are as they were.
    pub unchanged: u64,
    /// How many files were left out, by reason.
    pub skipped: Vec<(String, u64)>,
    /// What a person should look at: directories that are missing or were left alone.
    pub problems: Vec<String>,
}

/// How far a job is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    /// At work.
    Running,
    /// Ran to its end.
    Done,
    /// Could not go on; `problems` says why.
    Failed,
    /// The server stopped while it ran.
    Interrupted,
}

/// `GET /stats`: what the store and the index hold.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Documents that can be found.
    pub documents: u64,
    /// Files that are not indexed.
    pub skipped: u64,
    /// Passages that can be found.
    pub chunks: u64,
    /// Each collection and how many documents it has.
    pub collections: Vec<(String, u64)>,
    /// The newest scan, where there has been one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_job: Option<i64>,
}

/// Any error of the API.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiError {
    /// A stable word, such as `unauthorized`.
    pub error: String,
    /// What is wrong, for people.
    pub message: String,
    /// What to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
}
