//! The documents to measure with: the corpora as they are, and as many variations of their passages as it
//! takes to reach a number of chunks. A variation replaces every eighth word by another word of the corpus,
//! chosen by a hash, so the same run always has the same documents and no two have the same content.

use std::collections::BTreeSet;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use tars::failure::{IoContext, Result};
use walkdir::WalkDir;

/// Bytes of all files below a directory.
pub fn bytes(directory: &Path) -> u64 {
    let entries = WalkDir::new(directory).into_iter().filter_map(std::result::Result::ok);
    entries.filter(|entry| entry.file_type().is_file()).filter_map(|e| Some(e.metadata().ok()?.len())).sum()
}

/// Writes variations of these passages, twenty to a document, until there are `wanted` of them.
pub fn variations(passages: &[String], wanted: usize, directory: &Path) -> Result<()> {
    let vocabulary: Vec<&str> = {
        let words: BTreeSet<&str> =
            passages.iter().flat_map(|text| words(text)).filter(|w| is_content(w)).collect();
        words.into_iter().collect()
    };
    let (mut written, mut copy) = (0, 0_u64);
    while written < wanted && !passages.is_empty() {
        let folder = directory.join(format!("copy-{copy}"));
        fs::create_dir_all(&folder).trying(format_args!("create `{}`", folder.display()))?;
        for (number, group) in passages.chunks(20).enumerate() {
            let mut text = format!("# Variation {copy}, part {number}\n");
            for (at, passage) in group.iter().enumerate() {
                text.push_str(&format!(
                    "\n## Passage {at}\n\n{}\n",
                    vary(passage, &vocabulary, (copy, number, at))
                ));
            }
            let path = folder.join(format!("{number:05}.md"));
            fs::write(&path, text).trying(format_args!("write `{}`", path.display()))?;
            written += group.len();
            if written >= wanted {
                break;
            }
        }
        copy += 1;
    }
    Ok(())
}

fn vary(passage: &str, vocabulary: &[&str], seed: impl Hash) -> String {
    let seed = hash(&seed);
    let mut out = String::with_capacity(passage.len() + passage.len() / 8);
    for (at, word) in passage.split_inclusive(char::is_whitespace).enumerate() {
        let draw = hash(&(seed, at));
        if draw.is_multiple_of(8) && is_content(word.trim_end()) {
            out.push_str(vocabulary[(draw / 8 % vocabulary.len() as u64) as usize]);
            out.push_str(&word[word.trim_end().len()..]);
        } else {
            out.push_str(word);
        }
    }
    out
}

/// Queries as people type them: four to nine words in a row from some passage, common words included.
pub fn queries(passages: &[String], count: u64) -> Vec<String> {
    let mut queries = Vec::new();
    let mut draw = 0;
    while (queries.len() as u64) < count && draw < count * 20 {
        draw += 1;
        let passage = &passages[(hash(&draw) % passages.len() as u64) as usize];
        let all: Vec<&str> = words(passage).collect();
        let length = 4 + (hash(&(draw, "length")) % 6) as usize;
        if all.len() < 4 * length {
            continue;
        }
        let start = (hash(&(draw, "start")) % (all.len() - length) as u64) as usize;
        let picked = &all[start..start + length];
        if picked.iter().filter(|word| is_content(word)).count() >= 2 {
            queries.push(picked.join(" "));
        }
    }
    queries
}

/// The same query without the words that carry no meaning.
pub fn without_common(query: &str) -> String {
    query.split(' ').filter(|word| is_content(word)).collect::<Vec<_>>().join(" ")
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty())
}

/// A word that carries meaning: long enough, and none of the commonest.
fn is_content(word: &str) -> bool {
    const COMMON: &[&str] = &[
        "about", "after", "also", "because", "been", "before", "being", "between", "both", "cannot", "could",
        "does", "each", "either", "every", "from", "have", "here", "into", "itself", "just", "like", "many",
        "more", "most", "must", "none", "only", "other", "over", "same", "should", "some", "such", "than",
        "that", "their", "them", "then", "there", "these", "they", "this", "those", "through", "under",
        "upon", "very", "were", "what", "when", "where", "whether", "which", "while", "will", "with",
        "within", "without", "would", "your",
    ];
    word.len() >= 4
        && word.chars().all(|c| c.is_ascii_alphabetic())
        && !COMMON.contains(&word.to_ascii_lowercase().as_str())
}

fn hash(of: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    of.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variations_differ_and_are_the_same_in_every_run() {
        let passage = "install package system database restore backup ".repeat(20);
        let vocabulary = ["alpha", "beta", "gamma"];
        let one = vary(&passage, &vocabulary, 1);
        assert_ne!(one, passage);
        assert_ne!(one, vary(&passage, &vocabulary, 2));
        assert_eq!(one, vary(&passage, &vocabulary, 1));
        assert_eq!(one.split_whitespace().count(), passage.split_whitespace().count());
    }

    #[test]
    fn queries_are_words_in_a_row() {
        let passage = "which package does the system restore with your backup database tools ".repeat(4);
        let queries = queries(std::slice::from_ref(&passage), 10);
        assert_eq!(queries.len(), 10);
        assert!(queries.iter().all(|query| passage.contains(query.as_str())), "{queries:?}");
        assert_eq!(without_common("which package does the system"), "package system");
    }
}
