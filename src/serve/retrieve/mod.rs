//! Finding passages for a query. Each arm (lexical today) proposes candidates by number; every candidate is
//! then read back from the store inside one read transaction, so what has gone since can never answer.

pub mod lexical;

use lexical::Candidate;

use super::library::{Library, LibraryError, Result};
use super::store::documents;
use super::store::passages::{self, Passage};

/// How many more candidates than hits are fetched, to make up for those that are gone when read back.
const SPARE: usize = 16;

/// What to look for.
#[derive(Debug, Clone)]
pub struct Query<'a> {
    /// The words, as the person wrote them.
    pub text: &'a str,
    /// Only in this collection.
    pub collection: Option<&'a str>,
    /// How many passages at most.
    pub limit: usize,
}

/// A passage that was found, and its score.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// The passage.
    pub passage: Passage,
    /// BM25 score.
    pub score: f32,
}

/// A query names a collection that does not exist.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// There is no such collection.
    #[error("there is no collection `{0}`")]
    NoCollection(String),
    /// Store or index failed.
    #[error(transparent)]
    Library(#[from] LibraryError),
}

/// The best passages for a query, best first.
pub fn search(library: &Library, query: &Query<'_>) -> std::result::Result<Vec<Found>, QueryError> {
    let words = lexical::words(query.text);
    let lexical = library.lexical()?;
    library
        .store
        .read(|tx| {
            let collection = match query.collection {
                None => None,
                Some(name) => match documents::find_collection(tx, name)? {
                    None => return Ok(Err(QueryError::NoCollection(name.to_string()))),
                    known => known,
                },
            };
            let candidates = match lexical.search(&words, collection, query.limit + SPARE) {
                Ok(candidates) => candidates,
                Err(error) => return Ok(Err(LibraryError::from(error).into())),
            };
            read_back(tx, &candidates, collection, query.limit).map(Ok)
        })
        .map_err(LibraryError::from)?
}

fn read_back(
    tx: &rusqlite::Transaction<'_>,
    candidates: &[Candidate],
    collection: Option<i64>,
    limit: usize,
) -> super::store::Result<Vec<Found>> {
    let mut found = Vec::with_capacity(limit);
    for candidate in candidates {
        if found.len() == limit {
            break;
        }
        let passage = passages::read(tx, candidate.chunk)?;
        if let Some(passage) = passage.filter(|passage| collection.is_none_or(|id| passage.collection == id))
        {
            found.push(Found { passage, score: candidate.score });
        }
    }
    Ok(found)
}

/// The least share of a question's weight (rare words weigh more) that a passage must hold to answer from.
const FLOOR: f32 = 0.34;

/// The passages that are near enough to a question to answer from: those that hold a fair share of its
/// words, weighed by how rare they are.
pub fn near_enough(library: &Library, question: &str, found: Vec<Found>) -> Result<Vec<Found>> {
    let mut words = lexical::words(question);
    words.sort();
    words.dedup();
    let rarity = library.lexical()?.rarity(&words)?;
    let whole: f32 = rarity.iter().sum();
    let near = |found: &Found| {
        let source = &found.passage.source;
        let mut has = vec![false; words.len()];
        for part in [&found.passage.text, &source.heading, &source.title] {
            lexical::each_word(part, |word, _| {
                if let Ok(at) = words.binary_search_by(|known| known.as_str().cmp(word)) {
                    has[at] = true;
                }
            });
        }
        let held: f32 = has.iter().zip(&rarity).filter(|(has, _)| **has).map(|(_, rarity)| rarity).sum();
        held >= FLOOR * whole
    };
    Ok(found.into_iter().filter(near).collect())
}
