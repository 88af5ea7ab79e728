//! Whether a value only stands in for a secret: a template, a variable, a call, a placeholder, the name of one. What
//! else is no secret, such as a path or a count, is for [`worth`](super::worth) to say.

use super::worth::{is_pronounceable, is_random};

/// What is longer stands in for nothing.
const LONGEST: usize = 1 << 10;

/// Whether it stands in for a secret: a placeholder, a variable, a call.
pub fn is_stand_in(value: &[u8]) -> bool {
    if value.len() > LONGEST {
        return false;
    }
    let value = value.trim_ascii();
    let value = value.strip_suffix(b";").or_else(|| value.strip_suffix(b",")).unwrap_or(value);
    let value = &value[value.iter().take_while(|byte| **byte == b'\\').count()..];
    let quotes = |byte: Option<&u8>| matches!(byte, Some(b'"' | b'\''));
    let value = if value.len() > 2 && quotes(value.first()) && quotes(value.last()) {
        &value[1..value.len() - 1]
    } else {
        value
    };
    if value.is_empty() {
        return true;
    }
    let text = value.to_ascii_lowercase();
    let contains = |what: &[u8]| memchr::memmem::find(&text, what).is_some();
    let (first, last) = (text[0], text[text.len() - 1]);
    // `${NAME}`, `$(command)`, `{{ template }}`, `%{NAME}`
    const TEMPLATES: &[(&[u8], &[u8])] = &[
        (b"${", b"}"),
        (b"$(", b")"),
        (b"{{", b"}}"),
        (b"{%", b"%}"),
        (b"%{", b"}"),
        (b"#{", b"}"),
        (b"@{", b"}"),
        (b"{$", b"}"),
    ];
    let is_template = |(open, close): &(&[u8], &[u8])| {
        let inner = text.strip_prefix(*open);
        inner.is_some_and(|inner| contains(close) || is_cut_template(inner))
    };
    if TEMPLATES.iter().any(is_template) {
        return true;
    }
    // `<your password>`, `%NAME%`, `{name}`, `[hidden]`
    let (first, last, inner) = match text.strip_prefix(b"&lt;").and_then(|text| text.strip_suffix(b"&gt")) {
        Some(inner) => (b'<', b'>', inner),
        None => (first, last, &text[1..text.len().max(2) - 1]),
    };
    let is_named = !inner.is_empty()
        && inner.iter().all(|byte| byte.is_ascii_alphabetic() || b"_-. ".contains(byte))
        && (is_pronounceable(inner) || inner.len() <= 4 || contains(b"_"));
    if is_named && [(b'<', b'>'), (b'%', b'%'), (b'{', b'}'), (b'[', b']')].contains(&(first, last)) {
        return true;
    }
    if (first, last) == (b'<', b'>') && !is_random(value) && contains(b" ") {
        return true;
    }
    if first == b'$' && value.len() > 1 && is_variable(&value[1..]) {
        return true;
    }
    // A cast, a concatenation, a construction, what is encrypted already; what somebody has cut off.
    let cast = memchr::memchr(b')', &text).filter(|_| first == b'(');
    let is_cast = cast.is_some_and(|end| {
        text[1..end].iter().all(|byte| byte.is_ascii_alphabetic() || b"_ *&:<>".contains(byte))
    });
    let is_cut = text.ends_with(b"...") && !text.iter().any(u8::is_ascii_digit);
    const BEGINNINGS: &[&[u8]] =
        &[b"+ ", b". ", b"new ", b"+new ", b"await ", b"async ", b"function", b"enc[", b"&mut "];
    if is_cast
        || is_cut
        || is_code_after_a_quote(&text)
        || BEGINNINGS.iter().any(|beginning| text.starts_with(beginning))
    {
        return true;
    }
    if is_mask(&text) {
        return true;
    }
    // The alphabet from its first letter to its last.
    if text.len() <= 36 && memchr::memmem::find(value, b"abcdefghijklmnopqrstuvwxyz").is_some() {
        return true;
    }
    // `"Bearer " + token`
    if matches!(&text[..], b"bearer" | b"basic") {
        return true;
    }
    // The key that Amazon's manuals show.
    if value.starts_with(b"AKIA") && value.ends_with(b"EXAMPLE") {
        return true;
    }
    is_reference(&text) || is_call(&text) || is_placeholder(&text) || is_name_of_a_secret(&text)
}

/// So long are most keys that programs make, in hexadecimal digits and in base64, some with two letters before them.
const KEYS: [usize; 6] = [24, 32, 40, 42, 64, 66];

/// One character again and again: `********`, `xxxxxxxx`, `........`, `000`. What is exactly as long as a key is has
/// to be of those characters that people hide things behind: forty times `a` has the form that a key is asked to have.
fn is_mask(text: &[u8]) -> bool {
    let mut counts = [0_usize; 256];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let most = counts.into_iter().max().unwrap_or(0);
    // The last three bytes are those of a bullet.
    let few = text.iter().filter(|byte| b"x*.-_#?\xe2\x80\xa2".contains(byte)).count();
    let hidden = text.len() >= 4 && few * 10 >= text.len() * 8;
    let same =
        (text.len() >= 3 && most * 10 >= text.len() * 8) || (text.len() >= 32 && most * 4 >= text.len() * 3);
    hidden || (same && !KEYS.contains(&text.len()))
}

/// What is within `${` and never closed: the name of a variable, a path to it, a default that is one in turn.
fn is_cut_template(inner: &[u8]) -> bool {
    let name = inner.iter().take_while(|byte| byte.is_ascii_alphanumeric() || b"_.".contains(byte)).count();
    let rest = &inner[name..];
    let is_default = [&b":=$"[..], b":-$", b"-$"].iter().any(|sign| rest.starts_with(sign));
    let names = |byte: &u8| byte.is_ascii_alphabetic() || b"_.- [(/'$".contains(byte);
    (name > 0 && is_default) || inner.iter().all(names)
}

/// `,next:`, `+name(`, `(char`: what was taken for the quote before the value closed another one, or a blank cut it.
fn is_code_after_a_quote(text: &[u8]) -> bool {
    const TYPES: &[&[u8]] = &[b"char", b"const", b"unsigned", b"void", b"string", b"wchar_t", b"struct"];
    let Some((sign, rest)) = text.split_first() else { return false };
    let name = rest.iter().take_while(|byte| byte.is_ascii_alphabetic() || b"_.".contains(byte)).count();
    let (name, after) = rest.split_at(name);
    let is_name = name.len() >= 3 && is_pronounceable(name);
    match sign {
        b',' => is_name && matches!(after, b":" | b"="),
        b'+' => is_name && after.starts_with(b"("),
        b'(' => after.is_empty() && TYPES.contains(&name),
        _ => false,
    }
}

/// `process.env.DB_PASSWORD`, `config.password`, `op://vault/item`: where the secret is.
fn is_reference(text: &[u8]) -> bool {
    const PLACES: &[&[u8]] = &[
        b"process.env",
        b"os.environ",
        b"os.getenv",
        b"getenv",
        b"system.getenv",
        b"std::env",
        b"import.meta",
        b"$env:",
        b"env.",
        b"env[",
        b"config.",
        b"settings.",
        b"self.",
        b"this.",
        b"secrets.",
        b"var.",
        b"data.",
        b"local.",
    ];
    const ADDRESSES: &[&[u8]] = &[b"vault:", b"op://", b"file:", b"env:", b"ssm:", b"arn:", b"ref+"];
    let names = |rest: &[u8]| {
        rest.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.[]()'\"\\-: |/#".contains(byte))
    };
    let is_place = PLACES.iter().any(|place| text.strip_prefix(*place).is_some_and(names));
    let is_address = ADDRESSES.iter().any(|place| {
        text.strip_prefix(*place)
            .is_some_and(|rest| memchr::memchr2(b'/', b':', rest).is_some() || names(rest))
    });
    is_place || is_address
}

/// `getPassword()`, `cfg.secret("db")`: a call, or the beginning of one.
fn is_call(text: &[u8]) -> bool {
    let Some(open) = memchr::memchr(b'(', text) else { return false };
    let name = &text[..open];
    let is_name = name.len() >= 3
        && name.iter().all(|byte| byte.is_ascii_alphabetic() || b"_.:$>-".contains(byte))
        && (is_pronounceable(name) || memchr::memchr(b'.', name).is_some());
    let ends = text.ends_with(b")") || text.ends_with(b"(") || text.ends_with(b");");
    is_name
        && ends
        && text[open + 1..]
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || b"_.,'\"()[]{}<> :/-$\\".contains(byte))
}

/// What somebody is to replace: `changeme`, `YOUR_PASSWORD_HERE`.
fn is_placeholder(text: &[u8]) -> bool {
    const WORDS: &[&[u8]] = &[
        b"changeme",
        b"changeit",
        b"placeholder",
        b"replaceme",
        b"redacted",
        b"fixme",
        b"yourpassword",
        b"yoursecret",
    ];
    const PAIRS: &[[&[u8]; 2]] = &[
        [b"change", b"me"],
        [b"change", b"it"],
        [b"replace", b"me"],
        [b"your", b""],
        [b"", b"here"],
        [b"insert", b""],
        [b"enter", b""],
    ];
    let words: Vec<&[u8]> =
        text.split(|byte| !byte.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let is_yours = |two: &[&[u8]]| two[0] == b"your" && NAMES.contains(&two[1]);
    if words.iter().any(|word| WORDS.contains(word)) || words.windows(2).any(is_yours) {
        return true;
    }
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    let letters = text.iter().all(|byte| byte.is_ascii_alphabetic() || b"_- .".contains(byte));
    letters
        && words.len() >= 2
        && PAIRS
            .iter()
            .any(|[begin, end]| (begin.is_empty() || begin == first) && (end.is_empty() || end == last))
}

/// The words that say of what something is the name.
const NAMES: &[&[u8]] = &[
    b"password",
    b"passwords",
    b"passwd",
    b"secret",
    b"secrets",
    b"token",
    b"tokens",
    b"key",
    b"keys",
    b"cred",
    b"creds",
    b"credential",
    b"credentials",
];

/// `db-password`, `#add-password`, `K8S_CRED`, `secret/app_token`: words, and one of them says what they name.
fn is_name_of_a_secret(text: &[u8]) -> bool {
    let words: Vec<&[u8]> =
        text.split(|byte| b"_-./#:@ ".contains(byte)).filter(|word| !word.is_empty()).collect();
    let parts = words.len() >= 2 || text.first() == Some(&b'#');
    parts
        && words.iter().any(|word| NAMES.contains(word))
        && words.iter().all(|word| {
            word.len() <= 3 || (word.iter().all(u8::is_ascii_alphabetic) && is_pronounceable(word))
        })
}

fn is_variable(name: &[u8]) -> bool {
    let upper = name
        .iter()
        .take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || **byte == b'_')
        .count();
    upper == name.len()
        || (upper >= 3 && name[upper] == b'/')
        || (name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_:.->[]'\"\\/#".contains(byte))
            && !name.iter().any(u8::is_ascii_digit))
}
