//! HTML to text. The page is tokenised, never built into a tree, so that depth
//! costs nothing and unclosed tags are no trouble; what each tag means to the
//! text is decided in [`sink`]. Not a renderer: styles and scripts are ignored.

mod sink;
mod tags;

use super::{Extracted, Limits, Skip, decode};
use encoding_rs::Encoding;
use html5ever::buffer_queue::BufferQueue;
use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{Tokenizer, TokenizerOpts};
use memchr::memmem;
use sink::Sink;
use std::time::Instant;

/// How much the tokenizer is fed at a time. Between feeds the clock is read,
/// because one tag with a million attributes takes the tokenizer quadratic time.
const FEED: usize = 16 << 10;

/// Where a page may name its encoding.
const CHARSET_WITHIN: usize = 4096;

/// Reads a page.
pub fn read(bytes: Vec<u8>, limits: &Limits) -> Result<Extracted, Skip> {
    let charset = charset(&bytes[..bytes.len().min(CHARSET_WITHIN)]);
    let page = decode::decode(bytes, charset);
    let document = tokenize(&page, Sink::new(), limits)?;
    if document.text.is_empty() {
        // A navigation bar that is never closed swallows the page; then it is kept.
        return tokenize(&page, Sink::keeping_furniture(), limits);
    }
    Ok(document)
}

fn tokenize(page: &str, sink: Sink, limits: &Limits) -> Result<Extracted, Skip> {
    let began = Instant::now();
    let tokenizer = Tokenizer::new(sink, TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut rest = page;
    while !rest.is_empty() {
        // A character is shorter than a feed, so this always moves on.
        let (piece, after) = rest.split_at(rest.floor_char_boundary(FEED));
        rest = after;
        queue.push_back(StrTendril::from_slice(piece));
        // The sink never asks for a pause, so the whole piece is consumed.
        let _done = tokenizer.feed(&queue);
        if began.elapsed() > limits.cpu {
            return Err(Skip::TooSlow { seconds: limits.cpu.as_secs() });
        }
    }
    tokenizer.end();
    Ok(tokenizer.sink.finish())
}

/// The encoding a page says it is in. UTF-16 is not believed: a page whose
/// ASCII declaration could be read is not in it.
fn charset(head: &[u8]) -> Option<&'static Encoding> {
    let head = head.to_ascii_lowercase();
    let after = [&b"charset="[..], b"encoding="]
        .iter()
        .find_map(|key| memmem::find(&head, key).map(|at| &head[at + key.len()..]))?
        .trim_ascii_start();
    let label = after.strip_prefix(b"\"").or_else(|| after.strip_prefix(b"'")).unwrap_or(after);
    let end =
        label.iter().position(|b| !(b.is_ascii_alphanumeric() || b"-_:.".contains(b))).unwrap_or(label.len());
    Encoding::for_label(&label[..end]).map(|encoding| {
        if encoding == encoding_rs::UTF_16LE || encoding == encoding_rs::UTF_16BE {
            encoding_rs::UTF_8
        } else {
            encoding
        }
    })
}

#[cfg(test)]
mod tests {
    use super::super::MarkKind;
    use super::*;
    use proptest::prelude::*;
    use std::time::Duration;

    fn page(html: &str) -> Extracted {
        read(html.as_bytes().to_vec(), &Limits::default()).unwrap()
    }

    fn text(html: &str) -> String {
        page(html).text
    }

    #[test]
    fn paragraphs_lists_and_breaks() {
        assert_eq!(text("<p>One\n  two<p>three<br>four</p>five"), "One two\n\nthree\nfour\n\nfive\n");
        assert_eq!(
            text("a<ul><li>x<li><p>y</p><ol start=3><li>z</ol></ul>b"),
            "a\n\n- x\n- y\n\n  3. z\n\nb\n"
        );
        assert_eq!(text("<b>bo</b>ld <i> it</i>&amp;&eacute;&#8212;"), "bold it&é—\n");
        assert_eq!(text("<dl><dt>t<dd>d</dl>"), "t\nd\n");
    }

    #[test]
    fn tables_are_rows() {
        let html =
            "<table><tr><th>A<th>B<tr><td>1</td><td><p>2</p></td></tr><tr><td></td><td>3</td></table>after";
        assert_eq!(text(html), "A | B\n1 | 2\n| 3\n\nafter\n");
        let layout = "<table><tr><td><table><tr><td>x<td>y</table><h2>H</h2><p>p</td></table>";
        assert_eq!(text(layout), "x | y\n\nH\n\np\n");
    }

    #[test]
    fn what_is_not_content_is_dropped() {
        let html = "<head><title>T &amp; U</title><style>p{}</style><script>if (a<b) '<p>'</script></head>\
                    <nav><div>menu</div></nav><div role=navigation>crumbs<div>x</div></div>\
                    <noscript>no</noscript><svg><title>pic</title></svg><template>t</template>\
                    <p>body<aside>a</aside></p><footer>f</footer><!-- c --><textarea>form</textarea>";
        let doc = page(html);
        assert_eq!((doc.title.as_deref(), doc.text.as_str()), (Some("T & U"), "body\n"));
        assert_eq!(text("<nav>menu<p>the page"), "menu\n\nthe page\n");
    }

    #[test]
    fn preformatted_text_is_verbatim() {
        assert_eq!(text("<p>a<pre>\n  x\n\n\ty</pre>b  c"), "a\n\n  x\n\n\ty\n\nb c\n");
    }

    #[test]
    fn headings_and_titles() {
        let doc = page("<h1>Guide<a class='headerlink' href='#g'>¶</a></h1><p>x<h2>Back<em>up</em></h2>y");
        let headings: Vec<_> = doc
            .marks
            .iter()
            .filter_map(|m| {
                if let MarkKind::Heading { level, title } = &m.kind { Some((*level, &**title)) } else { None }
            })
            .collect();
        assert_eq!(headings, [(1, "Guide"), (2, "Backup")]);
        assert_eq!(doc.title.as_deref(), Some("Guide"));
        assert_eq!(page("<meta property=og:title content=' O '><h1>H</h1>").title.as_deref(), Some("O"));
    }

    #[test]
    fn encodings() {
        let bytes = b"<meta http-equiv=x content='text/html; charset=ISO-8859-2'>\xb9".to_vec();
        assert_eq!(read(bytes, &Limits::default()).unwrap().text, "š\n");
        assert_eq!(
            read(b"<meta charset=\"utf-16\">\xc3\xa9".to_vec(), &Limits::default()).unwrap().text,
            "é\n"
        );
    }

    #[test]
    fn depth_and_unclosed_tags_cost_nothing() {
        let began = Instant::now();
        for tag in ["<div>", "<b>", "<ul><li>", "<table><tr><td>", "<h1>", "<blockquote>", "<nav>"] {
            let html = format!("<p>x{}deep", tag.repeat(200_000));
            assert!(text(&html).starts_with('x'), "{tag}");
        }
        assert!(began.elapsed() < Duration::from_secs(20));
    }

    #[test]
    fn a_tag_of_a_million_attributes_is_given_up() {
        let mut html = String::from("<p ");
        for n in 0..1_000_000 {
            html.push_str(&format!("a{n:x} "));
        }
        let limits = Limits { cpu: Duration::from_millis(300), ..Limits::default() };
        let began = Instant::now();
        assert_eq!(read(html.into_bytes(), &limits).map_err(|s| s.code()), Err("too-slow"));
        assert!(began.elapsed() < Duration::from_secs(10));
    }

    proptest! {
        #[test]
        fn tag_soup_never_panics(soup in "(<|>|/|p|pre|li|ul|table|tr|td|h1|nav|title|&|;|#x|\"|=| |\n|é|!--|-|script){0,60}") {
            let doc = page(&soup);
            prop_assert!(doc.marks.is_sorted_by_key(|m| m.at));
            prop_assert!(doc.marks.iter().all(|m| doc.text.is_char_boundary(m.at)));
        }
    }
}
