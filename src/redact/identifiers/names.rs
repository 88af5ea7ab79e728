//! Names that are known beforehand, and numbers that stand behind a word that says what they are. One table holds
//! these words and those that tell of machines and accounts; what is made of the latter is for [`hosts`] and
//! [`accounts`].

use super::{Hit, Kind, Known, accounts, edges, hit, hosts};

/// Names that tell nothing, and that text is full of.
const COMMON: &str = "\
    admin administrator api app backup bin client container daemon data debian default desktop docker \
    documents download downloads email files games gateway group guest home host http https info irc lan \
    laptop linux list local localdomain localhost log mac machine mail man media messagebus model models \
    movies music net network news nobody ollama photos postgres proxy public root serial server share shared \
    sshd sync sys system tars test ubuntu user users video videos volume www-data";

/// The first part of a host's name is a name by itself from this length on.
const LABEL: usize = 4;

/// A name, as text has it, and which one it is.
pub(super) struct Name {
    pub kind: Kind,
    pub text: String,
    /// Names with the same number, from 1 on, mean the same.
    pub number: usize,
}

/// Those of the known names that can be told from ordinary text, in the order in which they are known.
pub(super) fn usable(known: &Known) -> Vec<Name> {
    let mut names: Vec<Name> = Vec::new();
    let of_kinds = [
        (Kind::Host, &known.hosts),
        (Kind::User, &known.users),
        (Kind::Share, &known.shares),
        (Kind::Serial, &known.serials),
    ];
    for (kind, all) in of_kinds {
        let mut last = 0;
        for text in all {
            let text = text.trim().trim_end_matches('.');
            let label = text.split('.').next().filter(|label| kind == Kind::Host && label.len() >= LABEL);
            let forms: Vec<&str> = std::iter::once(text).chain(label).filter(|form| telling(form)).collect();
            let same = |name: &&Name, form: &str| name.kind == kind && name.text.eq_ignore_ascii_case(form);
            let number = match forms.iter().find_map(|form| names.iter().find(|name| same(name, form))) {
                Some(name) => name.number,
                None => last + 1,
            };
            last = if forms.is_empty() { last } else { last.max(number) };
            for form in forms {
                if !names.iter().any(|name| name.text.eq_ignore_ascii_case(form)) {
                    names.push(Name { kind, text: form.to_string(), number });
                }
            }
        }
    }
    names
}

fn telling(name: &str) -> bool {
    name.len() >= 3
        && name.bytes().any(|byte| byte.is_ascii_alphabetic() || !byte.is_ascii())
        && name.parse::<std::net::IpAddr>().is_err()
        && !is_common(name)
}

/// Whether text is full of this name.
pub(super) fn is_common(name: &str) -> bool {
    COMMON.split_ascii_whitespace().any(|common| name.eq_ignore_ascii_case(common))
}

/// What is looked for.
struct Word {
    text: Vec<u8>,
    /// So many of its bytes stand before those that are looked for.
    before: usize,
    tells: Tells,
}

/// What a word tells of where it stands.
#[derive(Clone, Copy)]
enum Tells {
    /// It is itself a name.
    Name(Kind),
    /// A number follows it.
    Number(Kind),
    /// The name of a machine is around it, or follows.
    Host(hosts::Sign),
    /// The name of an account follows.
    Account(accounts::Sign),
}

/// Words that say that a serial number follows, and that the number of an installation does.
const BEFORE: [(Kind, &str); 8] = [
    (Kind::Serial, "serial"),
    (Kind::Serial, "s/n"),
    (Kind::Machine, "machine-id"),
    (Kind::Machine, "machine_id"),
    (Kind::Machine, "machineid"),
    (Kind::Machine, "machine id"),
    (Kind::Machine, "product_uuid"),
    (Kind::Machine, "product uuid"),
];

/// All of them, ready to be looked for: by the hash of their first three bytes, in small letters. Looking that up at
/// every place of a text is faster than an automaton, where each step waits for the one before.
pub(super) struct Names {
    /// In the order of the hash.
    words: Vec<(usize, Word)>,
    /// For each hash: one more than the place of its first word; 0 where there is none.
    first: Vec<u32>,
}

impl Names {
    /// Makes the table.
    pub fn new(names: &[Name]) -> Self {
        let known = names.iter().map(|name| (name.text.as_str(), 0, Tells::Name(name.kind)));
        let numbers = BEFORE.map(|(kind, text)| (text, 0, Tells::Number(kind)));
        let hosts = hosts::SIGNS.map(|(sign, text, before)| (text, before, Tells::Host(sign)));
        let accounts = accounts::SIGNS.map(|(sign, text, before)| (text, before, Tells::Account(sign)));
        let mut words: Vec<(usize, Word)> = known
            .chain(numbers)
            .chain(hosts)
            .chain(accounts)
            .map(|(text, before, tells)| Word { text: text.into(), before, tells })
            .filter_map(|word| Some((hash_of(&word.text[word.before..])?, word)))
            .collect();
        words.sort_by_key(|(hash, _)| *hash);
        let mut first = vec![0; 1 << BITS];
        for (place, (hash, _)) in (1..).zip(&words) {
            if first[*hash] == 0 {
                first[*hash] = place;
            }
        }
        Self { words, first }
    }

    /// Finds them.
    pub fn find(&self, text: &[u8], hits: &mut Vec<Hit>) {
        for (start, four) in text.array_windows().enumerate() {
            let hash = hash(*four);
            if self.first[hash] > 0 {
                self.find_at(text, start, hash, hits);
            }
        }
        if let Some(last) = text.len().checked_sub(3)
            && let Some(hash) = hash_of(&text[last..])
        {
            self.find_at(text, last, hash, hits);
        }
    }

    /// Finds those that begin here and have this hash.
    fn find_at(&self, text: &[u8], start: usize, hash: usize, hits: &mut Vec<Hit>) {
        let Some(first) = (self.first[hash] as usize).checked_sub(1) else { return };
        for (_, word) in self.words[first..].iter().take_while(|(other, _)| *other == hash) {
            let Some(start) = start.checked_sub(word.before) else { continue };
            let end = start + word.text.len();
            if text.get(start..end).is_some_and(|here| here.eq_ignore_ascii_case(&word.text)) {
                word.look(text, start, end, hits);
            }
        }
    }
}

/// Bits of the hash: few enough for the table to stay in the nearest cache.
const BITS: u32 = 12;

/// The hash of the first three of four bytes, which are read at once.
fn hash(four: [u8; 4]) -> usize {
    let number = (u32::from_le_bytes(four) | 0x20_2020) << 8;
    (number.wrapping_mul(0x9e37_79b1) >> (32 - BITS)) as usize
}

fn hash_of(word: &[u8]) -> Option<usize> {
    word.first_chunk().map(|&[one, two, three]| hash([one, two, three, 0]))
}

impl Word {
    fn look(&self, text: &[u8], start: usize, end: usize, hits: &mut Vec<Hit>) {
        match self.tells {
            Tells::Name(kind) => {
                let exact = kind != Kind::User || text[start..end] == self.text[..];
                let alone = exact && stands_alone(text, start, end, kind);
                hits.extend(alone.then(|| hit(kind, start, end)));
            }
            Tells::Number(kind) => hits.extend(number_behind(text, start, end, kind)),
            Tells::Host(sign) => hits.extend(hosts::at(text, start, end, sign)),
            Tells::Account(sign) => accounts::at(text, start, end, sign, hits),
        }
    }
}

/// Serial numbers are part of longer names of devices, and long enough to be told from them.
fn stands_alone(text: &[u8], start: usize, end: usize, kind: Kind) -> bool {
    let of = if kind == Kind::Serial { |byte: u8| byte.is_ascii_alphanumeric() } else { edges::wordy };
    (!of(text[start]) || edges::opens(text, start, of))
        && (!of(text[end - 1]) || edges::closes(text, end, of))
}

/// The number behind a word that announces it.
fn number_behind(text: &[u8], start: usize, end: usize, kind: Kind) -> Option<Hit> {
    if !edges::opens(text, start, |byte| byte.is_ascii_alphabetic()) && kind == Kind::Serial {
        return None;
    }
    let line = &text[end..(end + LINE).min(text.len())];
    let (skipped, said) = announced(line)?;
    let part = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let length = line[skipped..].iter().take_while(part).count();
    let dots = line[skipped..skipped + length].iter().rev().take_while(|byte| **byte == b'.').count();
    let value = &line[skipped..skipped + length - dots];
    let is = if kind == Kind::Serial { serial(value, said) } else { said && uuid(value) };
    is.then(|| hit(kind, end + skipped, end + skipped + value.len()))
}

/// So much of a line is looked at behind a word.
const LINE: usize = 192;

/// How many bytes stand between the word and the number, and whether they say that a value follows.
fn announced(line: &[u8]) -> Option<(usize, bool)> {
    const MORE: [&[u8]; 8] = [b"number", b"_number", b" number", b"_no", b" no", b"_short", b" id", b"#"];
    let more =
        MORE.iter().filter(|more| line.len() > more.len() && line[..more.len()].eq_ignore_ascii_case(more));
    let more = more.map(|more| more.len()).find(|length| !line[*length].is_ascii_alphanumeric()).unwrap_or(0);
    let between = line[more..].iter().take_while(|byte| b" \t\"':=\\.".contains(byte)).count();
    let said = line[more..more + between].iter().any(|byte| matches!(byte, b':' | b'='));
    (between > 0).then_some((more + between, said))
}

/// Whether this is a serial number; more is asked of it where no sign says that a value follows.
fn serial(value: &[u8], said: bool) -> bool {
    let count = |is: fn(&u8) -> bool| value.iter().filter(|byte| is(byte)).count();
    let (digits, capitals, small) =
        (count(u8::is_ascii_digit), count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let different = value.iter().any(|byte| byte != &value[0]);
    let clear = said || digits >= 2 && capitals >= 2 && small == 0;
    value.len() >= 6 && digits > 0 && different && clear && !value.starts_with(b"tty")
}

/// 32 hexadecimal digits, with the hyphens of a UUID or without.
fn uuid(value: &[u8]) -> bool {
    let digits = value.iter().filter(|byte| byte.is_ascii_hexdigit()).count();
    digits == 32
        && value.iter().all(|byte| byte.is_ascii_hexdigit() || *byte == b'-')
        && matches!(value.len(), 32 | 36)
}
