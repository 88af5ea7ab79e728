//! From passages to an answer: a language model writes it where one is at hand, otherwise it is made of
//! sentences of the passages, verbatim. Either way each statement carries the number of its citation, and a
//! question that nothing answers is told so without asking any model.

mod extracts;
pub mod generator;
mod prompt;
mod quote;

use std::time::{Duration, Instant};

use crate::wire::{Answer, Citation, Mode};
use generator::Generator;

use super::retrieve::Found;

/// What is said when nothing is near enough.
const NOTHING: &str = "Nothing in the documents answers this.";

/// Answers a question from the passages that are near enough to it.
pub async fn answer(
    question: &str,
    found: &[Found],
    generator: Option<&Generator>,
    deadline: Duration,
    retrieval: Duration,
) -> Answer {
    let started = Instant::now();
    let mut answer = Answer {
        answer: NOTHING.into(),
        mode: Mode::Nothing,
        model: None,
        citations: Vec::new(),
        degraded: Vec::new(),
        retrieval_ms: milliseconds(retrieval),
        answer_ms: 0.0,
    };
    if found.is_empty() {
        return answer;
    }
    match generator {
        None => answer.degraded.push(generator::NO_ENDPOINT.into()),
        Some(generator) => {
            let given = &found[..prompt::fitting(question, found)];
            match generator.generate(&prompt::build(question, given), deadline).await {
                Ok(text) => generated(&mut answer, &text, given, generator),
                Err(error) => answer.degraded.push(format!("answers are extracts: {error}")),
            }
        }
    }
    if answer.mode == Mode::Nothing {
        let (text, citations) = extracts::compose(question, found);
        answer.answer = text;
        answer.citations = citations;
        answer.mode = Mode::Extracts;
    }
    answer.answer_ms = milliseconds(started.elapsed());
    answer
}

/// Takes over what a model wrote, after checking every citation in it.
fn generated(answer: &mut Answer, text: &str, found: &[Found], generator: &Generator) {
    let (text, used) = prompt::renumber(text, found.len());
    if text.trim().is_empty() {
        answer
            .degraded
            .push(format!("answers are extracts: the model `{}` wrote nothing", generator.model()));
        return;
    }
    let cited: Vec<usize> = if used.is_empty() {
        answer.degraded.push("the model cited nothing: the passages it was given are listed".into());
        (0..found.len()).collect()
    } else {
        used
    };
    answer.citations = cited
        .into_iter()
        .enumerate()
        .map(|(n, index)| {
            let near = prompt::statements_citing(&text, n + 1);
            let near = if near.is_empty() { text.clone() } else { near };
            quote::citation(n + 1, &found[index].passage, &near)
        })
        .collect::<Vec<Citation>>();
    answer.answer = text;
    answer.mode = Mode::Generated;
    answer.model = Some(generator.model().to_string());
}

/// A duration as the API gives it.
#[must_use]
pub fn milliseconds(duration: Duration) -> f64 {
    (duration.as_secs_f64() * 1e6).round() / 1e3
}
