//! The lexical index: BM25 over title, headings and text, in tantivy. It is derived: it holds no text, only
//! which words stand in which passage, and the number of the last change it has applied. Losing it costs
//! time and nothing else.

use std::cell::RefCell;
use std::path::Path;
use std::sync::{Arc, PoisonError, RwLock};

use tantivy::collector::TopDocs;
use tantivy::columnar::Column;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::LogMergePolicy;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{
    AsciiFoldingFilter, Language, LowerCaser, RemoveLongFilter, SimpleTokenizer, Stemmer, StopWordFilter,
    TextAnalyzer, TokenStream,
};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, Term};

use crate::serve::store::changes::Position;
use crate::serve::store::passages::Indexable;

/// Raised when the fields or the analysis change: an index made before is then rebuilt.
const VERSION: u32 = crate::facts::data::INDEX;

/// What the writer may hold in memory before it starts a new segment, in bytes.
const BUFFER: usize = 32 << 20;

/// So many segments of about the same size become one: every segment costs each word of each query a look-up.
const SEGMENTS: usize = 3;

/// How much a word in the title or in a heading counts against one in the text.
const TITLE_WEIGHT: f32 = 0.8;
const HEADING_WEIGHT: f32 = 1.0;

/// The most words of a query that are looked up: more is a pasted text, not a question.
const MAX_TERMS: usize = 64;

#[derive(Clone, Copy)]
struct Fields {
    chunk: Field,
    revision: Field,
    collection: Field,
    title: Field,
    heading: Field,
    text: Field,
}

/// The open index, for searching.
pub struct Lexical {
    index: Index,
    reader: IndexReader,
    fields: Fields,
    snapshot: RwLock<Arc<Snapshot>>,
}

/// The index as of one commit. Opening the columns costs more than a search, so they are kept with it.
struct Snapshot {
    searcher: Searcher,
    chunks: Vec<Column<u64>>,
}

impl Snapshot {
    fn of(reader: &IndexReader) -> tantivy::Result<Arc<Self>> {
        let searcher = reader.searcher();
        let column = |segment: &tantivy::SegmentReader| segment.fast_fields().u64("chunk");
        let chunks = searcher.segment_readers().iter().map(column).collect::<tantivy::Result<_>>()?;
        Ok(Arc::new(Self { searcher, chunks }))
    }
}

/// The writing side; there is only one.
pub struct Writer {
    inner: IndexWriter,
    fields: Fields,
    identity: String,
    /// The last change that was given to the writer.
    applied: i64,
}

/// A passage that matches, not yet read back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Candidate {
    /// The passage.
    pub chunk: i64,
    /// Its BM25 score.
    pub score: f32,
}

/// Gives each word of `text` as the index has it (folded, without stop words, stemmed; duplicates stay), with
/// its byte range.
pub fn each_word(text: &str, mut give: impl FnMut(&str, std::ops::Range<usize>)) {
    thread_local! {
        static ANALYZER: RefCell<TextAnalyzer> = RefCell::new(analyzer());
    }
    ANALYZER.with_borrow_mut(|analyzer| {
        let mut stream = analyzer.token_stream(text);
        while let Some(token) = stream.next() {
            give(&token.text, token.offset_from..token.offset_to);
        }
    });
}

/// The words of `text` as the index has them.
pub fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    each_word(text, |word, _| words.push(word.to_string()));
    words
}

fn analyzer() -> TextAnalyzer {
    let builder = TextAnalyzer::builder(SimpleTokenizer::default())
        .filter(RemoveLongFilter::limit(64))
        .filter(LowerCaser)
        .filter(AsciiFoldingFilter)
        .filter_dynamic(
            StopWordFilter::new(Language::English).expect("invariant: English stop words are built in"),
        );
    builder.filter_dynamic(Stemmer::new(Language::English)).build()
}

fn schema() -> (Schema, Fields) {
    let mut builder = Schema::builder();
    let text = || {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default().set_tokenizer("tars").set_index_option(IndexRecordOption::WithFreqs),
        )
    };
    let fields = Fields {
        chunk: builder.add_u64_field("chunk", FAST),
        revision: builder.add_u64_field("revision", NumericOptions::from(INDEXED)),
        collection: builder.add_u64_field("collection", NumericOptions::from(INDEXED)),
        title: builder.add_text_field("title", text()),
        heading: builder.add_text_field("heading", text()),
        text: builder.add_text_field("text", text()),
    };
    (builder.build(), fields)
}

impl Lexical {
    /// Opens the index in `directory`, or makes an empty one where there is none that this version can use.
    /// A damaged index is an error: delete it and open again.
    pub fn open(directory: &Path) -> tantivy::Result<Self> {
        let (schema, fields) = schema();
        let index = Index::open_or_create(MmapDirectory::open(directory)?, schema)?;
        index.tokenizers().register("tars", analyzer());
        let reader: IndexReader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        let snapshot = RwLock::new(Snapshot::of(&reader)?);
        Ok(Self { index, reader, fields, snapshot })
    }

    /// How many changes the index has applied, if it was made from this database and by this version.
    pub fn applied(&self, position: &Position) -> tantivy::Result<Option<i64>> {
        let payload = self.index.load_metas()?.payload.unwrap_or_default();
        let mut parts = payload.split(':');
        let ours = parts.next() == Some(&VERSION.to_string()) && parts.next() == Some(&position.identity);
        let applied = parts.next().and_then(|seq| seq.parse().ok());
        // An index from before the trimmed part, or from a future that a restored database does not have.
        Ok(applied.filter(|seq| ours && (position.trimmed..=position.newest).contains(seq)))
    }

    /// The one writer.
    pub fn writer(&self, identity: &str, applied: i64) -> tantivy::Result<Writer> {
        let inner = self.index.writer_with_num_threads(1, BUFFER)?;
        let mut merging = LogMergePolicy::default();
        merging.set_min_num_segments(SEGMENTS);
        inner.set_merge_policy(Box::new(merging));
        Ok(Writer { inner, fields: self.fields, identity: identity.to_string(), applied })
    }

    /// Makes what was committed visible to searches.
    pub fn reload(&self) -> tantivy::Result<()> {
        self.reader.reload()?;
        *self.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Snapshot::of(&self.reader)?;
        Ok(())
    }

    fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The best passages for these words, best first: any word counts, the more and the rarer the better.
    pub fn search(
        &self,
        words: &[String],
        collection: Option<i64>,
        limit: usize,
    ) -> tantivy::Result<Vec<Candidate>> {
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let snapshot = self.snapshot();
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = Vec::new();
        for word in words.iter().take(MAX_TERMS) {
            for (field, weight) in [
                (self.fields.text, 1.0),
                (self.fields.heading, HEADING_WEIGHT),
                (self.fields.title, TITLE_WEIGHT),
            ] {
                let term = TermQuery::new(Term::from_field_text(field, word), IndexRecordOption::WithFreqs);
                clauses.push((Occur::Should, Box::new(BoostQuery::new(Box::new(term), weight))));
            }
        }
        let any: Box<dyn Query> = Box::new(BooleanQuery::new(clauses));
        let query: Box<dyn Query> = match collection {
            None => any,
            Some(id) => {
                let term = Term::from_field_u64(self.fields.collection, id.unsigned_abs());
                // The filter must not change scores: a constant would outweigh nothing, but confuse readers.
                let filter = BoostQuery::new(Box::new(TermQuery::new(term, IndexRecordOption::Basic)), 0.0);
                Box::new(BooleanQuery::new(vec![(Occur::Must, any), (Occur::Must, Box::new(filter))]))
            }
        };
        let found = snapshot.searcher.search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score())?;
        Ok(found
            .into_iter()
            .filter_map(|(score, address)| {
                let chunk = snapshot.chunks[address.segment_ord as usize].first(address.doc_id)?;
                Some(Candidate { chunk: i64::try_from(chunk).ok()?, score })
            })
            .collect())
    }

    /// How rare each word is, from its inverse document frequency over the text field; a word that stands
    /// nowhere is the rarest.
    pub fn rarity(&self, words: &[String]) -> tantivy::Result<Vec<f32>> {
        let searcher = &self.snapshot().searcher;
        let all = searcher.num_docs() as f32;
        words
            .iter()
            .map(|word| {
                let with = searcher.doc_freq(&Term::from_field_text(self.fields.text, word))? as f32;
                Ok((1.0 + (all - with + 0.5).max(0.5) / (with + 0.5)).ln())
            })
            .collect()
    }

    /// Every passage that the index holds, for an audit.
    pub fn all(&self) -> Vec<i64> {
        let snapshot = self.snapshot();
        let mut chunks = Vec::new();
        for (segment, column) in snapshot.searcher.segment_readers().iter().zip(&snapshot.chunks) {
            let live = segment.doc_ids_alive().filter_map(|doc| column.first(doc));
            chunks.extend(live.filter_map(|chunk| i64::try_from(chunk).ok()));
        }
        chunks
    }
}

impl Writer {
    /// Takes a passage in.
    pub fn add(&self, revision: i64, passage: &Indexable) -> tantivy::Result<()> {
        let mut document = TantivyDocument::new();
        document.add_u64(self.fields.chunk, passage.id.unsigned_abs());
        document.add_u64(self.fields.revision, revision.unsigned_abs());
        document.add_u64(self.fields.collection, passage.collection.unsigned_abs());
        document.add_text(self.fields.title, &passage.title);
        document.add_text(self.fields.heading, &passage.heading);
        document.add_text(self.fields.text, &passage.text);
        self.inner.add_document(document).map(drop)
    }

    /// Forgets every passage of a revision.
    pub fn remove(&self, revision: i64) {
        self.inner.delete_term(Term::from_field_u64(self.fields.revision, revision.unsigned_abs()));
    }

    /// Notes that every change up to this one has been given to the writer.
    pub fn applied(&mut self, seq: i64) {
        self.applied = self.applied.max(seq);
    }

    /// Ends writing: waits for merges under way, and gives the buffers back.
    pub fn close(self) -> tantivy::Result<()> {
        self.inner.wait_merging_threads()
    }

    /// Puts everything on the disk, together with the number of the last change. Returns that number.
    pub fn commit(&mut self) -> tantivy::Result<i64> {
        let mut commit = self.inner.prepare_commit()?;
        commit.set_payload(&format!("{VERSION}:{}:{}", self.identity, self.applied));
        commit.commit()?;
        Ok(self.applied)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_folded_stemmed_and_stopped() {
        assert_eq!(
            words("How do I restore the BACKUPS of Zoë?"),
            ["how", "do", "i", "restor", "backup", "zoe"]
        );
    }

    #[test]
    fn any_word_counts_and_a_removed_revision_is_gone() {
        let dir = tempfile::tempdir().unwrap();
        let lexical = Lexical::open(dir.path()).unwrap();
        let mut writer = lexical.writer("x", 0).unwrap();
        let passage = |id, text: &str, collection| Indexable {
            id,
            collection,
            title: "t".into(),
            heading: String::new(),
            text: text.into(),
        };
        writer.add(1, &passage(1, "to restore a backup, stop the server", 1)).unwrap();
        writer.add(2, &passage(2, "the server listens on loopback", 2)).unwrap();
        writer.applied(2);
        writer.commit().unwrap();
        lexical.reload().unwrap();
        let wanted = words("restoring backups of servers");
        let find = |collection| -> Vec<i64> {
            lexical.search(&wanted, collection, 10).unwrap().iter().map(|c| c.chunk).collect()
        };
        assert_eq!(find(None), [1, 2]);
        assert_eq!(find(Some(2)), [2]);
        writer.remove(1);
        writer.commit().unwrap();
        lexical.reload().unwrap();
        assert_eq!(find(None), [2]);
        let at = |identity: &str, trimmed, newest| Position { identity: identity.into(), trimmed, newest };
        assert_eq!(lexical.applied(&at("x", 0, 5)).unwrap(), Some(2));
        for stranger in [at("y", 0, 5), at("x", 3, 5), at("x", 0, 1)] {
            assert_eq!(lexical.applied(&stranger).unwrap(), None, "{stranger:?}");
        }
    }
}
