//! A server of the test's own: the real binary on a port that the system chose, called over HTTP as the
//! operator. It goes away with the test, however the test ends.

use std::fs;
use std::net::SocketAddr;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tars::config::env_file;
use tars::config::paths::Home;
use tars::wire::token::{OPERATOR, Signer, Use};
use tars::wire::{
    Answer, Document, Documents, Hit, IngestRequest, Ingested, Job, JobState, QueryRequest, Ready,
    SearchRequest, SearchResponse, Stats, Upload,
};

use super::{TestEnv, wait};

/// How long one answer may take.
const ANSWER: Duration = Duration::from_secs(60);

/// The collection that every server has.
pub const GUIDES: &str = "guides";

/// A running server.
pub struct TestServer {
    child: Option<Child>,
    pub address: SocketAddr,
    log: PathBuf,
    token: String,
    http: reqwest::Client,
    runtime: tokio::runtime::Runtime,
}

impl TestServer {
    /// Starts the server on these documents and waits until it is ready.
    #[track_caller]
    pub fn start(env: &TestEnv, documents: &[&Path]) -> Self {
        Self::start_with(env, documents, &[])
    }

    /// The same with variables added to the environment.
    #[track_caller]
    pub fn start_with(env: &TestEnv, documents: &[&Path], variables: &[(&str, &str)]) -> Self {
        let home = env.home();
        let address_file = home.run.join("address");
        let _ = fs::remove_file(&address_file);
        let log = env.path().join("serve.log");
        let mut command = env.tars();
        command.args(["serve", "--listen", "127.0.0.1:0"]).envs(variables.iter().copied());
        for directory in documents {
            command.arg("--documents").arg(directory);
        }
        let stderr = fs::OpenOptions::new().append(true).create(true).open(&log).unwrap();
        let mut child = command.stdout(stderr.try_clone().unwrap()).stderr(stderr).spawn().unwrap();
        let address = wait("the server to listen", Duration::from_secs(30), || {
            if let Some(status) = child.try_wait().unwrap() {
                panic!("the server ended with {status}:\n{}", fs::read_to_string(&log).unwrap());
            }
            fs::read_to_string(&address_file).ok()?.trim().parse().ok()
        });
        let server = Self {
            child: Some(child),
            address,
            token: operator_token(&home),
            log,
            http: tars::wire::client::http().unwrap(),
            runtime: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
        };
        wait("the server to be ready", Duration::from_secs(30), || server.ready().ready.then_some(()));
        server
    }

    /// Sends a request; `None` where nobody answers.
    pub fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Option<(StatusCode, Vec<u8>)> {
        self.send_as(&self.token, method, path, body)
    }

    /// Sends a request with another token than the operator's.
    pub fn send_as(
        &self,
        token: &str,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Option<(StatusCode, Vec<u8>)> {
        let url = format!("http://{}{path}", self.address);
        let mut request = self.http.request(method, url).bearer_auth(token).timeout(ANSWER);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.runtime.block_on(async {
            let response = request.send().await.ok()?;
            Some((response.status(), response.bytes().await.ok()?.to_vec()))
        })
    }

    #[track_caller]
    fn call<T: DeserializeOwned>(&self, method: Method, path: &str, body: Option<&impl Serialize>) -> T {
        let Some((status, body)) = self.send(method.clone(), path, body) else {
            panic!("no answer to {method} {path}; the log:\n{}", self.log());
        };
        let text = String::from_utf8_lossy(&body);
        assert!(status.is_success(), "{method} {path}: {status} {text}");
        serde_json::from_slice(&body).unwrap_or_else(|error| panic!("{method} {path}: {error}: {text}"))
    }

    #[track_caller]
    pub fn get<T: DeserializeOwned>(&self, path: &str) -> T {
        self.call(Method::GET, path, None::<&()>)
    }

    #[track_caller]
    pub fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> T {
        self.call(Method::POST, path, Some(body))
    }

    pub fn ready(&self) -> Ready {
        let (_, body) = self.send(Method::GET, "/ready", None::<&()>).expect("an answer to /ready");
        serde_json::from_slice(&body).unwrap()
    }

    #[track_caller]
    pub fn search(&self, query: &str) -> Vec<Hit> {
        let request = SearchRequest { query: query.into(), ..SearchRequest::default() };
        self.post::<SearchResponse>("/rag/search", &request).hits
    }

    #[track_caller]
    pub fn ask(&self, query: &str) -> Answer {
        self.post("/rag/query", &QueryRequest { query: query.into(), ..QueryRequest::default() })
    }

    /// Uploads a document: its number, or nothing where the server went away before it answered.
    pub fn upload(&self, name: &str, text: &str) -> Option<i64> {
        let document = Upload { collection: "uploads".into(), name: name.into(), text: text.into() };
        let request = IngestRequest { document: Some(document) };
        let (status, body) = self.send(Method::POST, "/ingest", Some(&request))?;
        assert!(status.is_success(), "{status} {}", String::from_utf8_lossy(&body));
        match serde_json::from_slice(&body).unwrap() {
            Ingested::Document { id, .. } => Some(id),
            Ingested::Job(_) => panic!("an upload was answered as a scan"),
        }
    }

    /// Scans the directories and waits for the end.
    #[track_caller]
    pub fn ingest_and_wait(&self) -> Job {
        match self.post("/ingest", &IngestRequest::default()) {
            Ingested::Job(id) => self.finished(id),
            Ingested::Document { .. } => panic!("a scan was answered as an upload"),
        }
    }

    /// The first scan, the one that the start of the server causes, at its end.
    #[track_caller]
    pub fn first_scan(&self) -> Job {
        let id = wait("the first scan", Duration::from_secs(10), || self.get::<Stats>("/stats").last_job);
        self.finished(id)
    }

    #[track_caller]
    fn finished(&self, id: i64) -> Job {
        let job = wait("the scan to end", Duration::from_secs(300), || {
            let job: Job = self.get(&format!("/jobs/{id}"));
            (job.state != JobState::Running).then_some(job)
        });
        assert_eq!(job.state, JobState::Done, "{job:#?}");
        job
    }

    /// Every document that the server lists, page by page, but for the product's own guides.
    #[track_caller]
    pub fn documents(&self) -> Vec<Document> {
        let mut all: Vec<Document> = Vec::new();
        let mut next = None;
        loop {
            let path =
                next.map_or("/documents".to_string(), |after: i64| format!("/documents?after={after}"));
            let page: Documents = self.get(&path);
            let last = all.last().map_or(0, |document| document.id);
            assert!(page.documents.iter().all(|document| document.id > last), "a page repeats another");
            all.extend(page.documents);
            next = page.next;
            if next.is_none() {
                all.retain(|document| document.collection != GUIDES);
                return all;
            }
        }
    }

    /// How many files a scan meets beside those of the test: the product's own guides.
    #[track_caller]
    pub fn guides(&self) -> u64 {
        let stats: Stats = self.get("/stats");
        stats.collections.iter().find(|(name, _)| name == GUIDES).map_or(0, |(_, count)| *count)
    }

    /// The most memory that the server has had, in bytes.
    pub fn peak_memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
        line.trim().strip_suffix(" kB").unwrap().trim().parse::<u64>().unwrap() * 1024
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// What the server has written to its streams.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }

    /// Ends the server as a power cut would.
    pub fn kill(mut self) {
        self.end();
    }

    /// Asks the server to end, which it must do in time and with exit code 0.
    #[track_caller]
    pub fn stop(mut self) {
        let pid = nix::unistd::Pid::from_raw(i32::try_from(self.pid()).unwrap());
        nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
        let child = self.child.as_mut().unwrap();
        let status = wait("the server to stop", Duration::from_secs(20), || child.try_wait().unwrap());
        assert_eq!((status.code(), status.signal()), (Some(0), None), "{}", self.log());
    }

    fn end(&mut self) {
        if let Some(mut child) = self.child.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

impl Drop for TestServer {
    fn drop(&mut self) {
        self.end();
    }
}

/// A token as the owner of `tars.env` may mint it.
fn operator_token(home: &Home) -> String {
    let text = fs::read_to_string(home.env()).unwrap();
    let entries: Vec<_> = env_file::parse(&text).filter_map(Result::ok).collect();
    let key = entries.iter().find(|entry| entry.name.0 == "TARS_AUTH_SIGNING_KEY").unwrap();
    let now = jiff::Timestamp::now().as_second();
    let token = Signer::new(&key.value.0.to_string().into()).mint(
        OPERATOR,
        Use::Access,
        0,
        now,
        Duration::from_secs(3600),
    );
    token.unwrap().expose_secret().to_string()
}
