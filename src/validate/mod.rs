//! `tars validate`: proof that the running server finds, cites and forgets, from outside and through the API
//! alone. It puts a document with words that nobody else has into a collection of its own, must find and cite
//! them at the right line, deletes it, and must then not find them. It knows the wire types and no server
//! internals.

pub mod kept;

use std::time::Duration;

use crate::config::secrets;
use crate::ctx::Ctx;
use crate::failure::{Failure, Result};
use crate::report::{Decision, Finding, Report, Verdict};
use crate::wire::client::{Client, DEADLINE};
use crate::wire::{
    Answer, Documents, IngestRequest, Ingested, QueryRequest, SearchRequest, SearchResponse, Stats, Upload,
};

/// Options of `tars validate`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// Runs every check: exit code 0 for GO, 1 for NO-GO.
pub fn run(ctx: Ctx, _args: Args) -> Result<()> {
    let config = ctx.config()?;
    let report = ctx.block_on(async {
        let client = Client::operator(&ctx, &config)?;
        let mut report = Report::new(format!("validate {}", client.base()));
        report.section("retrieval", check(&ctx, &client).await);
        Ok(report)
    });
    let mut report = report?;
    let decision = report.decide();
    report.decision = Some(decision);
    kept::keep(&ctx, &report);
    ctx.ui.report(&report)?;
    match decision {
        Decision::Go => Ok(()),
        Decision::NoGo => {
            Err(Failure::no("NO-GO").hint("`tars ops status` and `tars ops logs` show what is wrong"))
        }
    }
}

/// The known-answer check. What could not be tried counts as skipped, never as passed.
pub async fn check(ctx: &Ctx, client: &Client) -> Vec<Finding> {
    let mut findings = Vec::new();
    let probe = match Probe::new(ctx) {
        Ok(probe) => probe,
        Err(failure) => return vec![Finding::new("rag.probe", Verdict::Unknown, failure.to_string())],
    };
    sweep(client).await;
    let result = probe.run(client, &mut findings).await;
    if let Err(failure) = result {
        let (id, what) = STEPS[findings.len().min(STEPS.len() - 1)];
        let finding = Finding::new(id, Verdict::Fail, format!("{what} failed: {failure}"));
        findings.push(match failure.hint_text() {
            Some(hint) => finding.hint(hint),
            None => finding,
        });
        // The document must not stay behind, whatever happened.
        probe.clean_up(client).await;
    }
    for (id, what) in STEPS.iter().skip(findings.len()) {
        findings.push(Finding::new(*id, Verdict::Skipped, format!("{what}: not tried")));
    }
    findings
}

/// What the collections of probes are called, apart from their random part.
const PREFIX: &str = "validate-";

/// Removes what an interrupted run has left behind. Whatever is wrong shows in the run itself.
async fn sweep(client: &Client) {
    let Ok(stats) = client.get::<Stats>("/stats").await else { return };
    if !stats.collections.iter().any(|(name, _)| name.starts_with(PREFIX)) {
        return;
    }
    let mut after = 0;
    while let Ok(page) = client.get::<Documents>(&format!("/documents?limit=1000&after={after}")).await {
        for document in page.documents.iter().filter(|document| document.collection.starts_with(PREFIX)) {
            // A folder that happens to be called so is refused, and stays.
            let _ = client.delete(&format!("/documents/{}", document.id)).await;
        }
        let Some(next) = page.next else { return };
        after = next;
    }
}

const STEPS: [(&str, &str); 4] = [
    ("rag.ingest", "ingesting"),
    ("rag.find", "finding"),
    ("rag.cite", "citing"),
    ("rag.forget", "forgetting"),
];

/// A document that only this run knows.
struct Probe {
    collection: String,
    word: String,
    text: String,
    line: u32,
}

impl Probe {
    fn new(ctx: &Ctx) -> Result<Self> {
        let letters =
            |bytes: Vec<u8>| -> String { bytes.iter().map(|byte| char::from(b'a' + byte % 26)).collect() };
        // Ends in a letter that no stemmer takes away.
        let word = format!("qz{}x", letters(secrets::random(12)?));
        let text = format!(
            "# Validation\n\nThis document was made at {} to see whether it can be found.\n\nThe password of the {word} is a yellow umbrella.\n\nNothing else stands here.\n",
            ctx.now()
        );
        Ok(Self { collection: format!("{PREFIX}{}", &word[2..10]), line: 5, word, text })
    }

    async fn run(&self, client: &Client, findings: &mut Vec<Finding>) -> Result<()> {
        let step = |n: usize, ok: bool, summary: String| {
            Finding::new(STEPS[n].0, if ok { Verdict::Pass } else { Verdict::Fail }, summary)
        };
        let upload = Upload {
            collection: self.collection.clone(),
            name: "validation.md".into(),
            text: self.text.clone(),
        };
        let ingested: Ingested = client
            .post("/ingest", &IngestRequest { document: Some(upload) }, Duration::from_secs(60))
            .await?;
        let Ingested::Document { id, chunks } = ingested else {
            return Err(Failure::environment("the server started a scan instead of taking the document"));
        };
        findings.push(step(0, chunks > 0, format!("took a document in: {chunks} passage(s)")));

        let found = self.search(client).await?;
        let right =
            found.hits.iter().any(|hit| hit.source.document_id == id && hit.text.contains(&self.word));
        findings.push(step(
            1,
            right,
            if right { "found it by a word that nothing else has".into() } else { "did not find it".into() },
        ));

        findings.push(self.cited(client, id).await?);

        client.delete(&format!("/documents/{id}")).await?;
        // The collection went with its only document; to be asked for it and to say no is right too.
        let still = match self.search(client).await {
            Ok(found) => found.hits.len(),
            Err(_) => self
                .search_everywhere(client)
                .await?
                .hits
                .iter()
                .filter(|hit| hit.text.contains(&self.word))
                .count(),
        };
        let summary = if still == 0 {
            "forgot it when it was deleted".into()
        } else {
            "still finds it after it was deleted".into()
        };
        findings.push(step(3, still == 0, summary));
        Ok(())
    }

    /// The answer must cite the line on which the word stands.
    async fn cited(&self, client: &Client, id: i64) -> Result<Finding> {
        let request = QueryRequest {
            query: format!("What is the password of the {}?", self.word),
            collection: Some(self.collection.clone()),
            limit: None,
        };
        // A model may take its time over the answer.
        let answer: Answer = client.post("/rag/query", &request, Duration::from_secs(300)).await?;
        let right = answer.citations.iter().find(|citation| {
            citation.source.document_id == id
                && citation.quote.contains(&self.word)
                && citation.source.lines.is_some_and(|(first, last)| (first..=last).contains(&self.line))
        });
        Ok(match right {
            Some(citation) => {
                let place = citation.source.place().unwrap_or_default();
                Finding::new(STEPS[2].0, Verdict::Pass, format!("cited it at the right place: {place}"))
            }
            None => Finding::new(STEPS[2].0, Verdict::Fail, "did not cite it at the right place"),
        })
    }

    async fn search(&self, client: &Client) -> Result<SearchResponse> {
        let request = SearchRequest {
            query: self.word.clone(),
            collection: Some(self.collection.clone()),
            limit: None,
        };
        client.post("/rag/search", &request, DEADLINE).await
    }

    async fn search_everywhere(&self, client: &Client) -> Result<SearchResponse> {
        let request = SearchRequest { query: self.word.clone(), collection: None, limit: None };
        client.post("/rag/search", &request, DEADLINE).await
    }

    async fn clean_up(&self, client: &Client) {
        let Ok(found) = self.search(client).await else { return };
        for hit in found.hits {
            // Whatever is wrong has been reported already.
            let _ = client.delete(&format!("/documents/{}", hit.source.document_id)).await;
        }
    }
}
