//! The figures of the server, in one run: ingestion of text and of PDFs, memory, search over 100,000 chunks
//! beside SQLite FTS5, liveness under load, and the time to start.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tars::config::paths::Home;
use tars::failure::{Failure, IoContext, Result};
use tars::wire::SearchRequest;

use super::server::{self, Server};
use super::{Bar, Figure, baselines, documents};
use crate::work;

const CHUNKS: usize = 100_000;
const CONCURRENCY: usize = 2;
/// Of each connection.
const SEARCHES: usize = 2_000;
/// FTS5 takes tens of milliseconds for one: fewer are enough.
const SEARCHES_FTS5: usize = 150;
const MB: f64 = 1e6;

/// Measures everything.
pub fn measure() -> Result<Vec<Figure>> {
    let scratch =
        tempfile::Builder::new().prefix("bench-").tempdir_in(work::target()).trying("make a folder")?;
    let corpus = work::target().join("corpus");
    let mut figures = vec![version()?];
    let mut peak = 0.0_f64;
    let passages = text(&scratch.path().join("text"), &corpus, &mut figures, &mut peak)?;
    pdf(&scratch.path().join("pdf"), &corpus, &mut figures, &mut peak)?;

    say("writing documents for 100,000 chunks");
    let varied = scratch.path().join("varied");
    documents::variations(&passages, CHUNKS.saturating_sub(passages.len()), &varied)?;
    drop(passages);
    let large = scratch.path().join("large");
    let token = server::home(&large)?;
    let folders = [corpus.join("html"), corpus.join("text"), varied];
    let server = Server::start(&large, &token, &folders)?;
    figures.push(health_during(&server)?);
    peak = peak.max(server.memory("VmHWM")?);
    figures.push(Figure::new("peak server memory", peak / MB, "MB", Bar::Below(200.0)));
    let chunks = baselines::chunks(&Home::under(&large).database())?;
    figures.push(Figure::new("chunks", chunks.len() as f64, "", Bar::AtLeast(CHUNKS as f64)));
    search(&server, scratch.path(), &chunks, &mut figures)?;
    figures.push(idle(&server)?);
    drop(server);
    figures.push(cold_start(&large, &token, &folders)?);
    Ok(figures)
}

fn say(what: &str) {
    println!("{what} …");
}

/// `tars --version`, the best of 20.
fn version() -> Result<Figure> {
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let mut command = Command::new(work::target().join("release/tars"));
        command.arg("--version").stdout(Stdio::null());
        let started = Instant::now();
        let status =
            command.status().trying("run the release binary: build it with `cargo build --release`")?;
        if !status.success() {
            return Err(Failure::environment("`tars --version` fails"));
        }
        best = best.min(started.elapsed().as_secs_f64() * 1e3);
    }
    Ok(Figure::new("tars --version", best, "ms", Bar::Below(10.0)))
}

/// Ingests the texts and HTML; gives their passages.
fn text(home: &Path, corpus: &Path, figures: &mut Vec<Figure>, peak: &mut f64) -> Result<Vec<String>> {
    let folders = [corpus.join("html"), corpus.join("text")];
    let bytes: u64 = folders.iter().map(|folder| documents::bytes(folder)).sum();
    say(&format!("ingesting {:.0} MB of text and HTML", bytes as f64 / MB));
    let (server, cpu) = ingest(home, &folders, peak)?;
    figures.push(Figure::new(
        "text and HTML, per CPU-second",
        bytes as f64 / MB / cpu,
        "MB",
        Bar::AtLeast(10.0),
    ));
    drop(server);
    baselines::chunks(&Home::under(home).database())
}

fn pdf(home: &Path, corpus: &Path, figures: &mut Vec<Figure>, peak: &mut f64) -> Result<()> {
    let folder = corpus.join("pdf");
    let (pages, bare) = baselines::pdf_pages(&folder)?;
    say(&format!(
        "ingesting {pages} pages of PDF: the bare extractor reads {:.0} a CPU-second",
        pages as f64 / bare
    ));
    // The same pages on both sides: the ratio of speeds is the inverse ratio of times.
    let (_, cpu) = ingest(home, &[folder], peak)?;
    figures.push(Figure::new("PDF pages, to the bare extractor's", bare / cpu, "×", Bar::AtLeast(0.8)));
    Ok(())
}

/// Ingests into a new home, and gives the server with the processor seconds that took. What only the first start
/// of a home costs (secrets, the guides) is paid before.
fn ingest(home: &Path, folders: &[PathBuf], peak: &mut f64) -> Result<(Server, f64)> {
    let token = server::home(home)?;
    Server::start(home, &token, &[])?.ingest()?;
    let server = Server::start(home, &token, folders)?;
    let job = server.ingest()?;
    let cpu = server.cpu()?;
    println!("  {} files in {cpu:.1} CPU-seconds, left out: {:?}", job.seen, job.skipped);
    *peak = peak.max(server.memory("VmHWM")?);
    Ok((server, cpu))
}

/// `/health` while a batch is ingested.
fn health_during(server: &Server) -> Result<Figure> {
    let over = AtomicBool::new(false);
    let mut connection = server.connect()?;
    let times = std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let mut times = Vec::new();
            while !over.load(Ordering::Relaxed) {
                let started = Instant::now();
                let answered = connection.get("/health")?;
                times.push(started.elapsed());
                if answered.status != 200 {
                    return Err(Failure::environment(format!("/health answered {}", answered.status)));
                }
                std::thread::sleep(Duration::from_millis(5));
            }
            Ok(times)
        });
        let ingested = server.ingest();
        over.store(true, Ordering::Relaxed);
        let times = asking.join().map_err(|_| Failure::environment("the asking thread died"))?;
        ingested.and(times)
    })?;
    println!("  asked for /health {} times", times.len());
    Ok(Figure::new("/health p99 while ingesting", percentile(times, 0.99), "ms", Bar::Below(20.0)))
}

/// `/rag/search` and FTS5, each through two connections, with the same queries.
fn search(server: &Server, scratch: &Path, chunks: &[String], figures: &mut Vec<Figure>) -> Result<()> {
    say("searching");
    let fts5 = scratch.join("fts5.db");
    baselines::build_fts5(&fts5, chunks)?;
    let queries = documents::queries(chunks, (SEARCHES * CONCURRENCY) as u64);
    let (times, rate) = both(&queries, |queries| ask(server, queries))?;
    figures.push(Figure::new("/rag/search p50", percentile(times.clone(), 0.50), "ms", Bar::Below(5.0)));
    figures.push(Figure::new("/rag/search p99", percentile(times, 0.99), "ms", Bar::Below(25.0)));
    let fewer = &queries[..queries.len().min(SEARCHES_FTS5 * CONCURRENCY)];
    let (times, rate_fts5) = both(fewer, |queries| baselines::search_fts5(&fts5, queries))?;
    println!("  FTS5: p50 {:.1} ms; {rate:.0} and {rate_fts5:.1} queries a second", percentile(times, 0.5));
    figures.push(Figure::new("/rag/search queries, to FTS5's", rate / rate_fts5, "×", Bar::AtLeast(20.0)));
    // FTS5 scores every match of every common word. How much of the ratio is that?
    let queries: Vec<String> = queries.iter().map(|query| documents::without_common(query)).collect();
    let (_, rate) = both(&queries, |queries| ask(server, queries))?;
    let (_, rate_fts5) = both(&queries[..fewer.len()], |queries| baselines::search_fts5(&fts5, queries))?;
    println!(
        "  without common words: {rate:.0} and {rate_fts5:.1} queries a second, {:.1} ×",
        rate / rate_fts5
    );
    Ok(())
}

/// How long each query takes on one connection.
fn ask(server: &Server, queries: &[String]) -> Result<Vec<Duration>> {
    let mut connection = server.connect()?;
    let mut times = Vec::with_capacity(queries.len());
    for query in queries {
        let request = SearchRequest { query: query.clone(), ..SearchRequest::default() };
        let body = serde_json::to_string(&request).unwrap_or_default();
        let started = Instant::now();
        let response = connection.post("/rag/search", &body)?;
        times.push(started.elapsed());
        if response.status != 200 {
            return Err(Failure::environment(format!("/rag/search answered {}", response.status)));
        }
    }
    Ok(times)
}

/// Runs half of the queries on each of two threads: the times of all, and queries per second.
fn both(
    queries: &[String],
    search: impl Fn(&[String]) -> Result<Vec<Duration>> + Sync,
) -> Result<(Vec<Duration>, f64)> {
    search(&queries[..queries.len().min(20)])?;
    let started = Instant::now();
    let half = queries.len().div_ceil(CONCURRENCY);
    let times = std::thread::scope(|scope| {
        let threads: Vec<_> = queries.chunks(half).map(|part| scope.spawn(|| search(part))).collect();
        let mut all = Vec::with_capacity(queries.len());
        for thread in threads {
            all.extend(thread.join().map_err(|_| Failure::environment("a searching thread died"))??);
        }
        Ok::<_, Failure>(all)
    })?;
    Ok((times, queries.len() as f64 / started.elapsed().as_secs_f64()))
}

/// Memory once nothing is asked: the least of ten seconds, since buffers are given back in time.
fn idle(server: &Server) -> Result<Figure> {
    let mut least = f64::INFINITY;
    for _ in 0..20 {
        std::thread::sleep(Duration::from_millis(500));
        least = least.min(server.memory("VmRSS")?);
    }
    let (own, mapped) = (server.memory("RssAnon")?, server.memory("RssFile")?);
    println!("  idle: {:.0} MB of its own, {:.0} MB of mapped files", own / MB, mapped / MB);
    Ok(Figure::new("idle memory, 100,000 chunks", least / MB, "MB", Bar::Below(80.0)))
}

/// From the start of the process to `/ready`, the median of five.
fn cold_start(home: &Path, token: &str, folders: &[PathBuf]) -> Result<Figure> {
    let mut times = Vec::new();
    for _ in 0..5 {
        let server = Server::start(home, token, folders)?;
        times.push(server.start);
        server.ingest()?;
        println!("  idle after a restart and a scan: {:.0} MB", server.memory("VmRSS")? / MB);
    }
    Ok(Figure::new("start to ready, 100,000 chunks", percentile(times, 0.5), "ms", Bar::Below(500.0)))
}

/// In milliseconds.
fn percentile(mut times: Vec<Duration>, part: f64) -> f64 {
    times.sort_unstable();
    let at = (times.len() as f64 * part).ceil() as usize;
    times.get(at.saturating_sub(1)).map_or(f64::NAN, |time| time.as_secs_f64() * 1e3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let times: Vec<_> = (1..=100).map(Duration::from_millis).collect();
        assert!((percentile(times.clone(), 0.5) - 50.0).abs() < 1e-9);
        assert!((percentile(times, 0.99) - 99.0).abs() < 1e-9);
        assert!(percentile(Vec::new(), 0.5).is_nan());
    }
}
