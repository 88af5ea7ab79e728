//! Chance from a seed, and what is drawn by it: passwords of every alphabet that people and programs use. It is not
//! the chance that real secrets are made of.

/// A generator (xorshift64*); the same seed draws the same.
#[derive(Debug, Clone)]
pub struct Random(u64);

pub(super) const HEX: &str = "0123456789abcdef";
pub(super) const UPPER_HEX: &str = "0123456789ABCDEF";
pub(super) const DIGITS: &str = "0123456789";
pub(super) const LOWER: &str = "abcdefghijklmnopqrstuvwxyz0123456789";
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
pub(super) const BASE32: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const BASE62: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub(super) const BASE64: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
pub(super) const BASE64URL: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
pub(super) const CRYPT: &str = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const MILD: &str = "ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@%^*-_+:.?~/=";
const WILD: &str = "ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789!@%^*-_+:.?~/=()[]{},;&<>|#$";
/// What a password may begin with that no notation takes for something else.
const FIRST: &str = "!@%^*-_+:.?~/=()[]{},&<>|$";
const QUOTES: &str = "ABCDEFGHIJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789\"\\!@";

/// Words that stand nowhere else in the texts.
const WORDS: [&str; 32] = [
    "walnut", "gravel", "oyster", "lantern", "velvet", "tundra", "quartz", "saddle", "pepper", "meadow",
    "copper", "falcon", "harbor", "juniper", "kettle", "linen", "marble", "nectar", "orchid", "pillow",
    "quiver", "raven", "saffron", "timber", "umbrella", "violet", "willow", "yonder", "zephyr", "almond",
    "bramble", "cinder",
];

/// What a notation can hold, from the tamest to the wildest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Holds {
    /// Letters and digits.
    Letters,
    /// Also `+`, `/` and `=`.
    Base64,
    /// Also signs that part nothing.
    Mild,
    /// Also brackets, commas and the like.
    Wild,
    /// Also blanks.
    Blanks,
    /// Also quotes and backslashes.
    Quotes,
}

impl Holds {
    /// All, from the tamest.
    pub const ALL: [Self; 6] =
        [Self::Letters, Self::Base64, Self::Mild, Self::Wild, Self::Blanks, Self::Quotes];
}

impl Random {
    /// From a seed; nought is as good as any.
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// The next number.
    pub fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }

    /// A number below this one.
    pub fn below(&mut self, end: usize) -> usize {
        usize::try_from((self.next() >> 33) % u64::try_from(end).unwrap()).unwrap()
    }

    /// One of several.
    pub fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// So many characters of an alphabet.
    pub(super) fn text(&mut self, alphabet: &str, length: usize) -> String {
        (0..length).map(|_| char::from(alphabet.as_bytes()[self.below(alphabet.len())])).collect()
    }

    /// Some words with blanks between them.
    pub(super) fn words(&mut self, count: usize) -> String {
        let words: Vec<&str> = (0..count).map(|_| self.pick(&WORDS)).collect();
        words.join(" ")
    }

    /// A password of this kind, of eight to forty characters. It ends in a letter, so that it is told from what follows;
    /// a person's own has a word and a number.
    pub(super) fn password(&mut self, kind: Holds) -> String {
        let length = 8 + self.below(33);
        let inner = match kind {
            Holds::Letters => match self.below(4) {
                0 => return format!("{}{}x", capital(self.pick(&WORDS)), 1000 + self.below(9000)),
                1 => self.text(HEX, length - 4),
                _ => self.text(BASE62, length - 4),
            },
            Holds::Base64 => return self.text(BASE64, 4 * (length / 4) - 2).replacen('/', "x", 1) + "9=",
            Holds::Mild => self.text(MILD, length - 4),
            Holds::Wild if self.below(3) == 0 => loop {
                let password = self.text(FIRST, 1) + &self.text(WILD, length - 3) + "7v";
                if !reads_as_code(&password) {
                    return password;
                }
            },
            Holds::Wild => self.text(WILD, length - 4),
            Holds::Blanks => return self.words(3) + &self.text(DIGITS, 2),
            Holds::Quotes => self.text(QUOTES, length - 4),
        };
        format!("k{}{inner}{}v", self.below(10), self.below(10))
    }
}

/// Whether it begins as a cast, a call, a template or a path does: `(ab)9x`, `+ab(9x`, `${ab}9x`, `./x9`. Nobody could
/// tell it from one, and nobody chooses it for a password.
fn reads_as_code(password: &str) -> bool {
    // `KEY==x` and `KEY=>x` are read as one sign and what follows.
    let password = password.trim_start_matches(['=', '>']);
    let cast = password.strip_prefix('(').and_then(|rest| rest.split_once(')'));
    let is_cast =
        cast.is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphabetic() || "_ *&:<>".contains(c)));
    let templates = [
        ("${", '}'),
        ("$(", ')'),
        ("{{", '}'),
        ("{%", '}'),
        ("%{", '}'),
        ("#{", '}'),
        ("@{", '}'),
        ("{$", '}'),
    ];
    let is_template =
        templates.iter().any(|(open, close)| password.starts_with(open) && password.contains(*close));
    let call = password.strip_prefix('+').and_then(|rest| rest.split_once('('));
    let is_call =
        call.is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_alphabetic() || "_.".contains(c)));
    let is_path = ["./", "../", "~/"].iter().any(|near| password.starts_with(near));
    let variable = password.strip_prefix('$').and_then(|rest| rest.split_once('/'));
    let is_path = is_path
        || variable
            .is_some_and(|(name, _)| name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit()));
    is_cast || is_call || is_template || is_path
}

fn capital(word: &str) -> String {
    word[..1].to_uppercase() + &word[1..]
}
